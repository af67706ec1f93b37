"""The counts of mutants that the ledger shows, and whether they still count what stands there.

`make mutants` writes `book/mutants.json`. Each part of it carries a fingerprint of what was counted: of the checked
cells of a chapter, of the checker, of the layers and their tests. Where that is another now, the counts are stale.
"""

import hashlib
import json
from pathlib import Path

from chapters import ROOT

TABLE = ROOT / "book" / "mutants.json"


def read(table: Path = TABLE) -> dict:
    """The counts, or nothing where there are none yet."""
    return json.loads(table.read_text(encoding="utf-8")) if table.exists() else {}


def write(part: str, counts: dict, table: Path = TABLE) -> None:
    """Put new counts in the place of a part: "checker", "chapters" or "layers"."""
    found = read(table) | {part: counts}
    table.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def checker(root: Path = ROOT) -> str:
    """A fingerprint of all that decides the fate of a mutant of a line."""
    return digest([*sorted((root / "nblib").glob("*.py")), root / "nblib" / "grammar.lark",
                   root / "tools" / "mutants.py", root / "tools" / "mutations.py"])


def layers(root: Path = ROOT) -> str:
    """A fingerprint of the layers, of their tests and of what makes their mutants."""
    return digest([root / "tools" / "code_mutants.py", *sorted((root / "nblib" / "layers").glob("*.py")),
                   *sorted((root / "tests" / "layers").glob("*.py"))])


def digest(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
