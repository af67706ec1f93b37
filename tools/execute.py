"""Execute chapters in place, reproducibly, and keep what their derivations showed.

    python tools/execute.py book/backprop.ipynb ...

The notebook gets its outputs; `_build/records/backprop.json` gets the records of its derivations, with the seconds
that each line took, and is make's stamp. Run twice, both notebooks are the same byte for byte: no times, no execution
metadata, fixed kernel metadata. A wrong line stops the run, is reported with its chapter and label, and leaves the
notebook as it was.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from chapters import ROOT

RECORD = "application/vnd.nblib.derivation+json"
SECONDS_PER_CELL = 120
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


class ChapterStops(Exception):
    """A cell of a chapter failed; says which and why."""


def load(path: Path) -> nbformat.NotebookNode:
    """The notebook at `path` without its outputs, each cell with an id that stays."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["nbformat_minor"] = max(5, notebook.get("nbformat_minor", 5))
    notebook["metadata"].pop("widgets", None)
    for number, cell in enumerate(notebook["cells"]):
        cell.setdefault("id", f"cell-{number}")
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        for noise in ("execution", "ExecuteTime"):
            cell["metadata"].pop(noise, None)
    return nbformat.from_dict(rejoin(notebook))


def rejoin(notebook: dict) -> dict:
    """The notebook with each source as one string (on disk it may be a list of lines)."""
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def execute(path: Path) -> tuple[nbformat.NotebookNode, list[dict]]:
    """The notebook at `path` with its outputs, and the records of its derivations. Raises ChapterStops."""
    notebook = load(path)
    current = {}
    with tempfile.TemporaryDirectory(prefix="nb") as sockets:
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            # Two kernels that start at once over TCP can take the same port, and one is lost: each has its own sockets.
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/k"}}),
            timeout=SECONDS_PER_CELL,
            record_timing=False,
            coalesce_streams=True,
            force_raise_errors=True,  # no tag excuses a wrong line
            on_cell_start=lambda cell, cell_index: current.update(number=cell_index, source=cell.source),
            resources={"metadata": {"path": str(path.parent)}},
        )
        try:
            client.execute(env={**os.environ, "IPYTHONDIR": sockets})  # nobody's own start-up files
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise ChapterStops(explain(path, error, **current)) from None
    notebook.metadata.update(METADATA)  # the kernel has written its version there
    return notebook, list(take_records(notebook))


def take_records(notebook: nbformat.NotebookNode) -> Iterator[dict]:
    """The records in the outputs, each with its seconds, which leave the notebook (they differ from run to run)."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            seconds = output.get("metadata", {}).pop("nblib", {}).get("seconds", [])
            if RECORD in output.get("data", {}):
                yield {**output.data[RECORD], "seconds": seconds}


def explain(path: Path, error: Exception, number: int = 0, source: str = "") -> str:
    """The failure in the words of the checker: chapter, label, then its message, which names the line."""
    magic = re.match(r"%%.*", source)
    place = magic[0].strip() if magic else f"cell {number + 1}"
    if isinstance(error, CellExecutionError):
        reason = f"{error.ename}: {error.evalue}"
    elif isinstance(error, CellTimeoutError):
        reason = f"it ran for more than {SECONDS_PER_CELL} seconds"
    else:
        reason = f"its kernel died ({error})"
    cell = "" if magic else "\n\n" + re.sub(r"(?m)^", "    ", source)
    where = f"Chapter {path.stem} stops at {place} (cell {number + 1} of {path.name})"
    return f"{where}{cell}\n\n{reason}\n\n{path} is as it was."


def fingerprint(path: Path) -> str:
    """One hash of all that the outputs depend on: the cells, nblib and the locked packages."""
    digest = hashlib.sha256()
    for cell in load(path).cells:
        digest.update(f"{cell.cell_type}\0{cell.source}\0".encode())
    for file in sorted([*(ROOT / "nblib").rglob("*.py"), *(ROOT / "nblib").glob("*.lark"), ROOT / "requirements.txt"]):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def write(path: Path, text: str) -> None:
    """`path` holds `text`; an interrupted write loses nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def run(path: Path, records_folder: Path) -> None:
    """The notebook and its records are up to date; the notebook is rewritten only if that changes it."""
    inputs = fingerprint(path)
    notebook, records = execute(path)
    text = nbformat.writes(notebook) + "\n"
    if text != path.read_text(encoding="utf-8"):
        write(path, text)
    # Last, so that the stamp is newer than the notebook.
    chapter = {"chapter": path.stem, "fingerprint": inputs, "records": records}
    write(records_folder / f"{path.stem}.json", json.dumps(chapter, indent=1, ensure_ascii=False) + "\n")
    lines = sum(len(record.get("lines", [])) for record in records)
    print(f"{path}: {len(records)} records, {lines} lines checked", flush=True)


def main(paths: list[str]) -> int:
    try:
        for path in paths:
            run(Path(path), ROOT / "_build" / "records")
    except ChapterStops as failure:
        print(f"\n{failure}\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
