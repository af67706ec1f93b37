r"""The checker behind a web page: a cell as a reader typed it becomes what the page shows and says.

The page's worker calls `answer` in Python in the browser; nothing here knows of the browser, so it is tested like the
rest. A cell begins with its magic, as in a notebook. What the reader sees of it is the tree of `nblib.page`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from .checking import GaveUp
from .derivation import Refutation, attempt
from .exercise import exercise
from .page import Part, content, element, headline, html, why
from .setting import Setting, given
from .syntax import NotationError

MAGIC = re.compile(r"%%(given|derive|refute|exercise)\b([^\n]*)\n")


def answer(cell: str, before: list[str]) -> dict:
    r"""What the checker says to a cell.

    Parameters
    ----------
    cell : str
        The source of the cell, its magic included.
    before : list of str
        The `%%given` cells above it, in the order of the page.

    Returns
    -------
    dict
        `status` is one of "stated" (a setting), "right", "wrong", "open" (an exercise that is not finished), "unread"
        (it is not in the language) and "undecided"; `say` is a sentence in words; `html` is what the page shows.

    Raises
    ------
    ValueError
        if the cell does not begin with a magic of nblib.

    Examples
    --------
    >>> cell = "%%derive\n\\frac{d}{dx} x^2 &= x"
    >>> reply = answer(cell, ["%%given\nx \\in \\mathbb{R}"])
    >>> reply["status"], reply["say"]
    ('wrong', 'Line 1 does not follow: differs by the factor ½.')
    """
    kind, body = parts(cell)[::2]
    try:
        earlier = setting_of(tuple(before))
    except NotationError as error:
        return unread(error, "The setting above cannot be read")
    try:
        if kind == "given":
            stated = setting_of(given_cells([*before, cell]))
            return reply("stated", "The setting is read.", content(stated.record))
        if earlier is None:
            raise NotationError("there is no setting yet", hint="declare sizes and symbols in a %%given cell first")
        if kind == "exercise":
            return answer_exercise(body, earlier)
        return answer_lines(kind, body, earlier)
    except GaveUp as error:
        return unread(error, "Not decided", "undecided")
    except NotationError as error:
        return unread(error)


def parts(cell: str) -> tuple[str, str, str]:
    """The magic of a cell, what follows it on its line, and the lines below."""
    found = MAGIC.match(cell if cell.endswith("\n") else cell + "\n")
    if not found:
        raise ValueError(f"a cell begins with %%given, %%derive, %%refute or %%exercise, not with {cell[:20]!r}")
    return found[1], found[2].strip(), cell[found.end():]


def given_cells(cells: list[str]) -> tuple[str, ...]:
    """Those of the `%%given` cells that make the last setting: a plain one begins anew, `also` adds to it."""
    chosen: list[str] = []
    for cell in cells:
        kind, option, _ = parts(cell)
        if kind == "given":
            chosen = [*chosen, cell] if option == "also" else [cell]
    return tuple(chosen)


@lru_cache(maxsize=64)
def setting_of(cells: tuple[str, ...]) -> Setting | None:
    """The setting that these cells declare; kept, so that the next check does not read them again."""
    cells = given_cells(list(cells))
    if not cells:
        return None
    _, option, body = parts(cells[-1])
    earlier = setting_of(cells[:-1])
    if option == "also" and earlier is None:
        raise NotationError("there is no setting to add to", hint="begin with %%given")
    return given(body, earlier)


def answer_lines(kind: str, body: str, setting: Setting) -> dict:
    """A derivation, or lines to refute; what is asked of them differs, how they are checked does not."""
    result = attempt(body, setting)
    if isinstance(result, Refutation):
        refuted = kind == "refute"
        words = "Refuted" if refuted else f"Line {len(result.lines)} does not follow"
        return reply("right" if refuted else "wrong", wrong_words(result), refuted_lines(result, words))
    held = "Every line holds" if len(result.lines) > 1 else "The line holds"
    if kind == "refute":
        return reply("wrong", f"{held}: there is nothing to refute.", content(result.record))
    return reply("right", f"{held}: {result.verdict}.", content(result.record))


def wrong_words(result: Refutation) -> str:
    rest = {0: "", 1: " The line after it was not checked."}.get(
        result.rest, f" The {result.rest} lines after it were not checked.")
    reason = why(result.record["refutation"]).replace("this line does not follow", "the two sides differ")
    return f"Line {len(result.lines)} does not follow: {reason}.{rest}"


def refuted_lines(result: Refutation, words: str) -> Part:
    """The lines up to the wrong one; where there is no counterexample, the message, which points at the place."""
    tree = content(result.record | {"words": words})
    if result.record["refutation"]["left"]:
        return tree
    return replace(tree, children=(*tree.children, element("pre", str(result.error), classes="feedback")))


def answer_exercise(body: str, setting: Setting) -> dict:
    """An exercise; a wrong answer is shown as a refuted line, with its counterexample."""
    result = exercise(body, setting)
    record = result.record | {"hints": []}                  # the page shows them one at a time
    if result.status == "open" and not result.lines[0].nodes[0]:
        record["feedback"] = r"Replace \ldots with your answer."
    if result.status == "wrong":
        caught = attempt(re.sub(r"^hint:.*$\n?", "", body, flags=re.M), setting)    # raises what cannot be read
        return reply("wrong", wrong_words(caught), refuted_lines(caught, "Not yet"))
    return reply(result.status, record["feedback"], content(record))


def unread(error: Exception, words: str = "Cannot be read", status: str = "unread") -> dict:
    """The message of an error, its carets below the place that they point at."""
    tree = element("div", headline("wrong", words), element("pre", str(error), classes="feedback"),
                   classes="derivation refutation unread", role="group")
    return reply(status, f"{words}: {str(error).partition(chr(10))[0]}.", tree)


def reply(status: str, say: str, tree: Part) -> dict:
    return {"status": status, "say": say, "html": html(tree)}
