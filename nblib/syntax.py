"""LaTeX text -> parse tree, and the nodes and errors that every later step shares.

This module divides a text into lines and parses each with the grammar (`grammar.lark`); reader.py gives the parse
tree its meaning. Whatever does not fit is a `NotationError` that points at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from lark import Lark, Token, Tree, UnexpectedInput

MAX_LENGTH, MAX_DEPTH, MAX_DIGITS = 4000, 40, 40
AVERAGES = ("expect", "variance", "covariance")  # heads of nodes


class NotationError(ValueError):
    """What stands there cannot be read.  The message shows the LaTeX with a caret under the place and a
    way to mend it.
    """

    def __init__(self, message: str, text: str = "", span: tuple[int, int] = (0, 0), hint: str = ""):
        self.message, self.text, self.span, self.hint = message, text, span, hint
        super().__init__(pointed(message, text, span, hint))

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]  # a reader of a notebook needs the message, not our stack


class ShapeError(NotationError):
    """The shapes do not fit.  The message names them and says what would."""


def pointed(message: str, text: str, span: tuple[int, int], hint: str = "") -> str:
    """`message`, the line of `text` that holds `span` with carets below it, and `hint`."""
    if not text:
        return message + (f"\n{hint}" if hint else "")
    start, stop = max(0, min(span[0], len(text))), max(0, min(span[1], len(text)))
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[begin : end if end >= 0 else len(text)]
    caret = " " * (start - begin) + "^" * max(1, min(stop, begin + len(line)) - start)
    return "\n".join([message, "  " + line, "  " + caret] + ([hint] if hint else []))


@dataclass(frozen=True)
class Node:
    """A node of the syntax tree: its head, its children (nodes, or plain values such as names), and its place in the
    text.
    """

    head: str
    children: tuple = ()
    span: tuple[int, int] = (0, 0)

    def __eq__(self, other):
        return isinstance(other, Node) and self.head == other.head and self.children == other.children

    def __hash__(self):
        return hash((self.head, self.children))

    def walk(self) -> Iterator[Node]:
        """This node and every node below it."""
        yield self
        waiting = list(reversed(self.children))
        while waiting:  # children may stand in tuples: conditions, the rows of a matrix
            child = waiting.pop()
            if isinstance(child, tuple):
                waiting.extend(reversed(child))
            elif isinstance(child, Node):
                yield from child.walk()


class Scope(Protocol):
    """What names mean: `kind` gives "size", "symbol", "family", "function", "macro", or None for a name that is not
    declared.
    """

    def kind(self, name: str) -> str | None: ...

    def names(self) -> list[str]: ...


@dataclass(frozen=True)
class Row:
    """One line of a derivation: its mathematics, the reason beside it, and where the mathematics begins in the whole
    text.
    """

    text: str
    reason: str
    offset: int


# ---------------------------------------------------------------------------------------------------------------- text


def check_text(text: str) -> None:
    r"""Refuse what no line can be: unbalanced braces, comments, dollar signs, a flood, and outside `\text{}`
    letters that LaTeX does not set.
    """
    if len(text) > MAX_LENGTH:
        raise NotationError(f"this is {len(text)} characters long; a line or a setting has at most {MAX_LENGTH}")
    opened: list[int] = []
    words = [match.span() for match in re.finditer(r"\\text\s*\{[^{}]*\}", text)]
    for match in re.finditer(r"\\.|[{}$%#\x00-\x08\x0b-\x1f]|[^\x00-\x7f]", text, re.S):
        char, at = match[0], match.start()
        if char == "{":
            opened.append(at)
            if len(opened) > MAX_DEPTH:
                raise NotationError("braces are nested too deeply", text, (at, at + 1), "split the line")
        elif char == "}":
            if not opened:
                raise NotationError(
                    "a closing brace } without an opening one", text, (at, at + 1), "remove it, or write \\} "
                )
            opened.pop()
        elif len(char) == 1:
            if char > "\x7f" and char.isprintable() and any(begin < at < end for begin, end in words):
                continue
            raise NotationError(
                f"{char!r} cannot stand here",
                text,
                (at, at + 1),
                "write LaTeX commands, such as \\alpha, without dollar signs and comments",
            )
    if opened:
        raise NotationError(
            "an opening brace { is never closed", text, (opened[-1], opened[-1] + 1), "add the missing }"
        )


def split_top(text: str, separator: str) -> list[tuple[str, int]]:
    """Pieces of `text` between matches of the regular expression `separator` outside braces, brackets and
    environments.
    """
    token = re.compile(rf"(?P<cut>{separator})|\\(?:begin|end)\s*\{{[a-z]*\}}|\\[A-Za-z]+|\\.|[{{}}()\[\]]", re.S)
    pieces, depth, begin = [], 0, 0
    for match in token.finditer(text):
        if match["cut"] is not None and depth == 0:
            pieces.append((text[begin : match.start()], begin))
            begin = match.end()
        elif match[0] in ("{", "(", "[", r"\{") or match[0].startswith(r"\begin"):
            depth += 1
        elif match[0] in ("}", ")", "]", r"\}") or match[0].startswith(r"\end"):
            depth = max(0, depth - 1)
    pieces.append((text[begin:], begin))
    return pieces


def rows(text: str) -> list[Row]:
    r"""The lines of a derivation, divided at `\\`; what follows `&&` in a line is its reason, a single `&`
    only aligns.
    """
    check_text(text)
    found = []
    for piece, offset in split_top(_unwrapped(text), r"\\\\(\[[^\]]*\])?"):
        if not piece.strip():
            continue
        parts = split_top(piece, r"&&")
        if len(parts) > 2:
            at = offset + parts[2][1] - 2
            raise NotationError("a line has one reason, after one &&", text, (at, at + 2))
        reason = parts[1][0].strip() if len(parts) == 2 else ""
        if re.search(r"(?<![\\A-Za-z])(=|\\approx|\\le\b|\\ge\b|\\leq\b|\\geq\b)", reason):
            at = offset + parts[1][1]
            raise NotationError(
                "an equation in a reason is not checked",
                text,
                (at, at + len(parts[1][0])),
                "make it a line of its own, or say it in words and cite its label",
            )
        math = "".join(" " if c == "&" else c for c in _blank_alignment(parts[0][0]))
        math = re.sub(r"[.,;]\s*$", lambda m: " " * len(m[0]), math)
        found.append(Row(math, reason, offset))
    if not found:
        raise NotationError(
            "there is no line here", text or " ", (0, 1), r"write, for example, \frac{\partial E}{\partial z} &= a - t"
        )
    return found


def _unwrapped(text: str) -> str:
    r"""`text` with spaces for the \begin{aligned} and \end{aligned} around all of it."""
    wrapper = r"(\s*\\begin\s*\{(aligned|align\*?|split|gathered|gather\*?|equation\*?)\})(.*)(\\end\s*\{\2\}\s*)"
    while match := re.fullmatch(wrapper, text, re.S):
        text = " " * len(match[1]) + match[3] + " " * len(match[4])
    return text


def _blank_alignment(text: str) -> str:
    return "".join(re.sub("&", " ", piece) if top else piece for piece, top in _environments(text))


def _environments(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces of `text`, each with whether it stands outside every environment; their lengths add up to
    that of `text`.
    """
    at = 0
    for match in re.finditer(r"\\begin\{.*?\\end\{[a-z]*\}", text, re.S):
        yield text[at : match.start()], True
        yield match[0].replace("&", "\x00"), False
        at = match.end()
    yield text[at:], True


# -------------------------------------------------------------------------------------------------------------- parser


class _Bars:
    """Tells an opening bar from a closing one by where it stands: behind an operand with a bar open, it closes."""

    always_accept = ("BAR", "BARS")
    ENDS = frozenset(
        {
            "DIGIT",
            "NAME",
            "RPAR",
            "RSQB",
            "RBRACE",
            "RBAR",
            "RNORM",
            "PRIME",
            "TEXT",
            "MARK",
            "END",
            "RANGLE",
            "RFLOOR",
            "RCEIL",
        }
    )

    def process(self, stream):
        opened, previous = [], None
        for token in stream:
            kind = {"BAR": "BAR", "BARS": "NORM"}.get(token.type)
            if token.type in ("LPAR", "LSQB", "LBRACE", "LANGLE"):
                opened.append(token.type)
            elif token.type in ("RPAR", "RSQB", "RBRACE", "RANGLE") and opened:
                opened.pop()
            elif kind:
                closes = bool(opened) and opened[-1] == kind and previous in self.ENDS
                opened.pop() if closes else opened.append(kind)
                token = Token.new_borrow_pos(("R" if closes else "L") + kind, token.value, token)
            previous = "RBRACE" if token.value == "}" else token.type
            yield token


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="row", parser="lalr", lexer="contextual", propagate_positions=True, postlex=_Bars())


def parse(text: str) -> Tree:
    """The parse tree of one line; a `NotationError` that points at the first place which the grammar does not know."""
    text = text.replace("\x00", "&")  # rows() marks the & of a matrix so
    check_text(text)
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        at = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text.rstrip())
        token = getattr(error, "token", None)
        if token is not None and token.type == "$END":
            raise NotationError(
                "the line ends too early", text, (len(text.rstrip()), len(text.rstrip()) + 1), _missing(text)
            ) from None
        what = re.match(r"\\[A-Za-z]+|.", text[at:], re.S)
        word = what[0] if what else ""
        raise NotationError(f"{word} cannot be read here", text, (at, at + max(1, len(word))), _advice(word)) from None


def _missing(text: str) -> str:
    for left, right in (
        (r"\(", r"\)"),
        (r"(?<!\\begin)\[", r"\]"),
        (r"\\begin\b", r"\\end\b"),
        (r"\\lVert", r"\\rVert"),
        (r"\\langle", r"\\rangle"),
    ):
        if len(re.findall(left, text)) > len(re.findall(right, text)):
            return f"a bracket is never closed: {left.replace(chr(92) * 2, chr(92)).lstrip(chr(92))}"
    return "something is missing at the end: an operand, or a closing bracket"


def _advice(word: str) -> str:
    known = {
        r"\dots": "dots cannot be checked: write a sum, or every term",
        r"\cdots": "dots cannot be checked: write a sum, or every term",
        r"\ldots": "dots cannot be checked: write a sum, or every term",
        r"\det": "determinants are not in the language",
        r"\otimes": r"the Kronecker product is not in the language; an outer product is u v^\top",
        r"\circ": r"write \odot for the entrywise product",
        r"\pm": "write both signs as two lines",
        r"\overset": r"the reason of a line stands after &&",
        r"\stackrel": r"the reason of a line stands after &&",
        r"\in": "declarations belong into a setting (given)",
        r"\infty": "a sum runs over the range of its index: leave the limits out",
        r"\int": "integrals are not in the language",
        "!": "factorials are not in the language",
        "^": "a second superscript needs braces: {x^{[1]}}^2",
        "_": "a second subscript needs braces",
        "&": "& only aligns; a reason follows &&",
        ")": "this bracket is not open",
        "]": "this bracket is not open",
    }
    return known.get(
        word,
        "the grammar of the book does not know this here; the language is described in CONTRIBUTING.md"
        if not word.startswith("\\")
        else f"{word} is not in the language, or not at this place",
    )


def canonical(latex: str) -> str:
    r"""A name's spelling without spaces and needless braces, so that `\hat y`, `\hat{y}` and `\hat {y}` are
    one name.
    """
    text = re.sub(r"\\[,;:!> ]|\\(?:left|right|big[lr]?|Big[lr]?)(?![A-Za-z])|~", "", latex)
    text = re.sub(r"(\\[A-Za-z]+)\s+(?=[A-Za-z])", r"\1{}", text)
    text = re.sub(r"\s+", "", text)
    accents = r"\\(?:wide)?(?:hat|bar|overline|tilde|vec|dot|ddot)"
    decorated = rf"({accents}|\\math(?:bf|cal|rm|it|sf|frak)|\\boldsymbol|\\bm)(?:\{{\}})?"
    text = re.sub(decorated + r"([A-Za-z0-9]|\\[A-Za-z]+)(?![A-Za-z{}])", r"\1{\2}", text)
    text = text.replace("{}", " ") if re.search(r"\\[A-Za-z]+\{\}[A-Za-z]", text) else text.replace("{}", "")
    while re.fullmatch(r"\{[^{}]*\}", text):
        text = text[1:-1]
    text = re.sub(r"([_^])([A-Za-z0-9*]|\\[A-Za-z]+)(?![A-Za-z{])", r"\1{\2}", text)  # n_x and n_{x} are one name
    return re.sub(r"^(.*[^_^{])(\^\{[^{}]*\})(_\{[^{}]*\})$", r"\1\3\2", text)  # so are W^{[1]}_{f} and W_{f}^{[1]}


def strip_braces(text: str) -> str:
    text = text.strip()
    while text.startswith("{") and text.endswith("}") and _matching(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _matching(text: str, at: int) -> int:
    depth = 0
    for match in re.finditer(r"\\.|[{}]", text[at:]):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return at + match.start()
    return -1


def free_indices(node: Node) -> set[str]:
    """Index letters of a syntax tree that no sum binds."""
    if node.head == "index":
        return {node.children[0]}
    if node.head in ("sum", "prod", "max", "min"):
        names, low, high, conditions, body = node.children
        found = free_indices(body)
        for _, a, b in conditions:
            found |= free_indices(a) | free_indices(b)
        found -= set(names)
        for limit in (low, high):
            found |= free_indices(limit) if limit is not None else set()
        return found
    found = set()
    for child in node.children:
        for inner in child if isinstance(child, tuple) else (child,):
            if isinstance(inner, Node):
                found |= free_indices(inner)
    return found
