"""The chapters of the book: the notebooks that `_toc.yml` lists, in the order of the book."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def pages(toc: Path = ROOT / "_toc.yml") -> list[str]:
    """Every file that the table of contents names, as it names it."""

    def files(node):
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key in ("root", "file"))
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                yield from files(child)

    return list(files(yaml.safe_load(toc.read_text(encoding="utf-8"))))


def notebooks(root: Path = ROOT) -> list[Path]:
    """The chapters: a page that is not Markdown is a notebook, whether its file exists or not."""
    stems = [root / page.removesuffix(".ipynb") for page in pages(root / "_toc.yml") if not page.endswith(".md")]
    return [stem.with_suffix(".ipynb") for stem in stems if not stem.with_suffix(".md").exists()]


def read(notebook: Path) -> dict:
    """A notebook as it is stored, each cell's source as one string."""
    book = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"])
    return book


def checked(notebook: Path) -> Iterator[tuple[str, str, str]]:
    """The cells that decide what is checked: (magic, what stands behind it, text), without exercises that are open."""
    for cell in read(notebook)["cells"]:
        magic = re.match(r"%%(given|derive|exercise)[ \t]*(.*)\n", cell["source"])
        if cell["cell_type"] != "code" or not magic:
            continue
        text = cell["source"][magic.end() :]
        if magic[1] != "exercise" or not re.search(r"\\(l?dots|square)", text):
            yield magic[1], magic[2].strip(), text


def fingerprint(notebook: Path) -> str:
    """Changes when, and only when, a cell changes that decides what is checked."""
    return hashlib.sha256(json.dumps(list(checked(notebook))).encode()).hexdigest()[:16]
