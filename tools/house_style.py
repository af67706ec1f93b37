r"""The house style of the chapters, as far as a program can see it.

    python tools/house_style.py book/backprop.ipynb ...

Each check takes a page and yields what is wrong with it, in words that say where. The tests run every check on every
chapter, and show of every check that it refuses something.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chapters import ROOT, read
from nblib.exercise import OPEN
from nblib.syntax import NotationError, rows

HEADINGS = [
    "Goals", "Setting", "Derivation", "Check", "Picture", "Where it breaks", "Summary", "Exercises", "Sources",
]  # fmt: skip
LONGEST_CELL, MEDIAN_CELL = 25, 5  # lines
FRONT = "index"  # the landing page runs and is checked like a chapter, but fits on one screen
WORDS = range(1500, 3501)
EXERCISES = range(2, 6)
ON_COLAB = """import importlib.util

if importlib.util.find_spec("nblib") is None:  # Colab opens this notebook alone
    %pip install --quiet git+https://github.com/executable-derivations/book"""
EMPTY_PHRASES = r"\b(it can be shown|it is easy to (see|show)|clearly|obviously|one verifies|trivially)\b"


@dataclass(frozen=True)
class Page:
    """A chapter or another page of the book: its name and its cells, and whether it opens on Colab.

    The cell that makes it do so is hidden on the site and the same in every chapter; no other check sees it.
    """

    name: str
    cells: list[dict]
    on_colab: bool = True

    @classmethod
    def of(cls, path: Path) -> "Page":
        """The page at `path`; a Markdown file is a page of one cell."""
        if path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            return cls(path.stem, [{"cell_type": "markdown", "metadata": {}, "source": text}])
        cells = read(path)["cells"]
        hidden = [cell for cell in cells if "remove-cell" in cell["metadata"].get("tags", [])]
        kept = [cell for cell in cells if cell not in hidden or cell["source"] != ON_COLAB]
        return cls(path.stem, kept, len(kept) == len(cells) - 1)

    def code(self) -> Iterator[tuple[int, dict]]:
        """The code cells, each with its number in the notebook, from 1."""
        return ((number, cell) for number, cell in enumerate(self.cells, 1) if cell["cell_type"] == "code")

    def prose(self) -> Iterator[tuple[int, str]]:
        """The Markdown cells without fenced code, each with its number."""
        for number, cell in enumerate(self.cells, 1):
            if cell["cell_type"] == "markdown":
                yield number, re.sub(r"(?ms)^(`{3,}|~{3,})(?! *\{)(.*?)^\1 *$", "", cell["source"])

    def magics(self, *names: str) -> Iterator[tuple[int, str, str]]:
        """The cells of these magics: number, label, text."""
        for number, cell in self.code():
            match = re.match(rf"%%({'|'.join(names)})\b[ \t]*(.*)\n?", cell["source"])
            if match:
                yield number, match[2].strip(), cell["source"][match.end() :]


# ---- anatomy

def headings(page: Page) -> Iterator[str]:
    """One title, then the sections of a chapter, in their order."""
    if page.name == FRONT:
        return
    text = "\n".join(text for _, text in page.prose())
    titles = re.findall(r"(?m)^# +(.+?) *$", text)
    if len(titles) != 1:
        yield f"a chapter has one title (# ...), this one has {len(titles)}"
    sections = re.findall(r"(?m)^## +(.+?) *$", text)
    if sections != HEADINGS:
        yield f"the sections are {', '.join(sections) or 'missing'}; they should be {', '.join(HEADINGS)}"


def length_in_words(page: Page) -> Iterator[str]:
    """Not a leaflet, not a book; a formula counts as one word."""
    if page.name == FRONT:
        return
    text = "\n".join(text for _, text in page.prose())
    text = re.sub(r"(?s)\$\$.*?\$\$|\$[^$]+\$", " formula ", text)
    count = len(re.findall(r"\w*[A-Za-z]\w*(?:['’-]\w+)*", text))
    if count not in WORDS:
        yield f"{count} words of prose; {WORDS.start} to {WORDS.stop - 1} are wanted"


def setup_cell(page: Page) -> Iterator[str]:
    """One cell loads nblib and imports all that the chapter needs; no import comes later."""
    loads = [number for number, cell in page.code() if "%load_ext nblib" in cell["source"]]
    if len(loads) != 1:
        yield f"one setup cell says %load_ext nblib, here {len(loads)} do"
    for number, cell in page.code():
        imports = any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(python(cell)))
        if imports and number > min(loads, default=0):
            yield f"cell {number} imports; imports belong into the setup cell"


def opens_on_colab(page: Page) -> Iterator[str]:
    """A hidden first cell installs nblib where only the notebook has been opened."""
    if not page.on_colab:
        yield "before the setup cell the hidden cell ON_COLAB of tools/house_style.py is missing (tag: remove-cell)"


# ---- cells

def short_cells(page: Page) -> Iterator[str]:
    """A cell fits on a slide."""
    lengths = {number: sum(bool(line.strip()) for line in cell["source"].splitlines()) for number, cell in page.code()}
    for number, length in lengths.items():
        if length > LONGEST_CELL:
            yield f"cell {number} has {length} lines; {LONGEST_CELL} is the limit"
    if lengths and statistics.median(lengths.values()) > MEDIAN_CELL:
        yield f"the median cell has {statistics.median(lengths.values())} lines; {MEDIAN_CELL} is the limit"


def sentence_before(page: Page) -> Iterator[str]:
    """Before each code cell stands a sentence that says what it is for."""
    for number, _ in page.code():
        before = page.cells[number - 2] if number > 1 else {"cell_type": "none", "source": ""}
        text = re.split(r"(?m)^#+ .*$", before["source"])[-1]
        if before["cell_type"] != "markdown" or not re.search(r"\w.*[.:?!]", text, re.DOTALL):
            yield f"cell {number} has no sentence before it"


def quiet_code(page: Page) -> Iterator[str]:
    """A cell ends with a value; nothing is printed, installed or fetched."""
    for number, cell in page.code():
        names = {node.id for node in ast.walk(python(cell)) if isinstance(node, ast.Name)}
        if "print" in names:
            yield f"cell {number} prints; end it with a value instead"
        if re.search(r"(?m)^\s*(!|%\s*(pip|conda|uv)\b)|\b(urllib|requests|urlopen|fetch_openml)\b", cell["source"]):
            yield f"cell {number} installs something or asks the network"


def bound_once(page: Page) -> Iterator[str]:
    """A name means one thing in a chapter; those of a figure under way may come again."""
    cells = {}
    for number, cell in page.code():
        for statement in python(cell).body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                names = {statement.name}
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                named = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
                names = {node.id for node in named if isinstance(node.ctx, ast.Store)}
            else:
                names = set()
            for name in names - {"_", "figure", "axes"}:
                cells.setdefault(name, set()).add(number)
    for name, numbers in cells.items():
        if len(numbers) > 1:
            yield f"{name} is bound in the cells {sorted(numbers)}; one name means one thing in a chapter"


def seeded(page: Page) -> Iterator[str]:
    """Random numbers come from rng, which the setup cell makes from a fixed seed."""
    for number, cell in page.code():
        source = cell["source"].replace("rng = np.random.default_rng(0)", "")
        if re.search(r"\b(np\.random|import random|RandomState)\b", source):
            yield f"cell {number} has a source of random numbers of its own; take them from rng"


def nothing_excused(page: Page) -> Iterator[str]:
    """No cell is left out of a check by a tag or a comment, and none shows an error."""
    for number, cell in page.code():
        tags = cell["metadata"].get("tags", [])
        if any(re.match(r"raises-exception|skip-execution|nbval-", tag) for tag in tags) or "NBVAL_" in cell["source"]:
            yield f"cell {number} is excused from a check by a tag or a comment; a wrong line is shown with %%refute"
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            yield f"cell {number} shows an error"


# ---- mathematics

def displays(text: str) -> Iterator[str]:
    r"""The display equations of a Markdown text: $$, ```{math}, \[ \], align and so on; not what is quoted (> ...)."""
    text = re.sub(r"(?m)^[ \t]*>.*$", "", text)
    forms = [
        r"(?s)\$\$(.+?)\$\$",
        r"(?ms)^[ \t]*(?:`{3,}|:{3,})\{math\}[^\n]*\n(.*?)^[ \t]*(?:`{3,}|:{3,})",
        r"(?s)\\begin\{(?:align|equation|gather|multline|eqnarray|alignat|flalign)\*?\}(.*?)\\end\{",
        r"(?s)\\{1,2}\[(.+?)\\{1,2}\]",
    ]
    for form in forms:
        yield from (match[1] for match in re.finditer(form, text))
        text = re.sub(form, "", text)


def no_unchecked_equation(page: Page) -> Iterator[str]:
    """A display in the prose may define (:=) or quote (> ...); an equation belongs into a %%derive cell."""
    for number, text in page.prose():
        for display in displays(text):
            claims = re.sub(r":=|(?m:^:\w+:.*$)|\\text\{[^{}]*\}|\\label\{[^{}]*\}", "", display)
            claims = re.sub(r"_\{[^{}]*\}", "", claims)  # the range of a sum
            if re.search(r"=|\\(equiv|approx)(?![A-Za-z])", claims):
                yield f"cell {number} claims without a check: {' '.join(display.split())}"


def labels(page: Page) -> Iterator[str]:
    """Each derivation and each measurement has a label of its own, eq-<chapter>-<word>."""
    named = [(number, label) for number, label, _ in page.magics("derive")] + list(measurements(page))
    for number, label in named:
        if not re.fullmatch(rf"eq-{re.escape(page.name)}-\w+(-\w+)*", label):
            yield f"cell {number} has the label {label!r}; the form is eq-{page.name}-<word>"
    others = [(number, label) for number, label, _ in page.magics("refute", "exercise") if label]
    for label, count in Counter(label for _, label in named + others if label).items():
        if count > 1:
            yield f"{count} cells have the label {label}"


def reasons(page: Page) -> Iterator[str]:
    """Each line of a derivation says why it holds."""
    for number, label, text in page.magics("derive"):
        try:
            for line, row in enumerate(rows(text), 1):
                if not row.reason:
                    yield f"cell {number}, {label}: line {line} has no reason (&& \\text{{...}})"
        except NotationError as error:
            yield f"cell {number}, {label}: {error}"


def exercises(page: Page) -> Iterator[str]:
    """At the end the reader has a turn: exercises that wait, with hints, each with a checked solution in a fold."""
    if page.name == FRONT:
        return
    code = dict(page.code())
    asked = list(page.magics("exercise"))
    if len(asked) not in EXERCISES:
        yield f"{len(asked)} exercises (%%exercise); {EXERCISES.start} to {EXERCISES.stop - 1} are wanted"
    for number, label, text in asked:
        where = f"cell {number}, {label}:"
        if not re.fullmatch(rf"ex-{re.escape(page.name)}-\w+(-\w+)*", label):
            yield f"cell {number} has the label {label!r}; the form is ex-{page.name}-<word>"
        if not OPEN.search(text):
            yield rf"{where} nothing is left to the reader; write \ldots where the answer belongs"
        if not re.search(r"(?m)^hint: *\S", text):
            yield f"{where} there is no hint (a line hint: ...)"
        solution = code.get(min((later for later in code if later > number), default=0))
        if solution is None or not solution["source"].startswith("%%derive "):
            yield f"{where} no checked solution (%%derive) comes next"
        elif "hide-cell" not in solution["metadata"].get("tags", []):
            yield f"{where} the solution lies open; fold it (tag: hide-cell)"


def no_empty_phrases(page: Page) -> Iterator[str]:
    """What can be shown is shown: in a cell, or by a source with its page."""
    for number, text in page.prose():
        for match in re.finditer(EMPTY_PHRASES, text, re.IGNORECASE):
            yield f"cell {number} says {match[0]!r}; put a cell there, or a source with its page"


def measurements(page: Page) -> Iterator[tuple[int, str]]:
    """The calls of `measured` in the code: the number of their cell, and their label."""
    for number, cell in page.code():
        for node in ast.walk(python(cell)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "measured" and node.args:
                yield number, getattr(node.args[0], "value", "")


# ---- across the whole book

def targets(pages: Iterable[Page]) -> set[str]:
    """The labels that {eq} can name: of derivations and measurements, and of displays that only define."""
    found = set()
    for page in pages:
        found |= {label for _, label, _ in page.magics("derive", "refute", "exercise")}
        found |= {label for _, label in measurements(page)}
        for _, text in page.prose():
            found |= set(re.findall(r"(?:\$\$ *\(|:label: *|\\label\{)([\w-]+)", text))
    return found


def bibliography(path: Path = ROOT / "book" / "references.bib") -> set[str]:
    """The keys of the sources."""
    return set(re.findall(r"@\w+\{\s*([^,\s]+)", path.read_text(encoding="utf-8"))) if path.exists() else set()


def citations(page: Page, equations: set[str], sources: set[str]) -> Iterator[str]:
    """What {eq} and {cite} name exists."""
    for number, text in page.prose():
        for role, argument in re.findall(r"\{(eq|cite(?::\w+)?)\}`([^`]+)`", text):
            known = equations if role == "eq" else sources
            for name in re.sub(r".*<(.+)>", r"\1", argument).split(","):
                if name.strip() not in known:
                    yield f"cell {number} cites {name.strip()!r}, which is nowhere"


def python(cell: dict) -> ast.Module:
    """The Python of a cell, without its magics; empty for a cell that is written in another language."""
    if cell["source"].startswith("%%"):
        return ast.Module(body=[], type_ignores=[])
    return ast.parse(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", cell["source"]))


OF_A_CHAPTER = [
    headings, length_in_words, setup_cell, opens_on_colab,
    short_cells, sentence_before, quiet_code, bound_once, seeded, nothing_excused,
    labels, reasons, exercises,
]  # fmt: skip
OF_EVERY_PAGE = [no_unchecked_equation, no_empty_phrases]


def main(paths: list[str]) -> int:
    pages = [Page.of(Path(path)) for path in paths]
    checks = OF_A_CHAPTER + OF_EVERY_PAGE
    findings = [f"{page.name}: {words}" for page in pages for check in checks for words in check(page)]
    print("\n".join(findings) or "Nothing to mend.")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
