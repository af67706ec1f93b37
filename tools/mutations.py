r"""Every one-token slip that a line of a derivation can hold, written into its LaTeX.

`mutations(text, setting)` reads one row with the reader of nblib and gives each change as an `Edit` of the text: where,
what stands there instead, and which kind of slip it is. It follows the parse tree, so it knows a product from an index,
a power from a layer's mark and a derivative from a fraction, and it needs to know nothing of any chapter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token, Tree

from nblib.algebra import Evaluator
from nblib.diagnosis import related
from nblib.reader import Reader
from nblib.setting import Setting
from nblib.syntax import Node, NotationError, parse, strip_braces

#: kind of slip: what is done to the line
KINDS = {
    "sign": "a sign turned, dropped or put in",
    "term": "a term of a sum dropped",
    "factor": "a factor dropped, repeated, or doubled",
    "mean": "1/m, or another size in a divisor, dropped",
    "number": "a number one too large",
    "power": "a power or a root dropped",
    "transpose": "a transpose dropped or put in",
    "product": "⊙ for the matrix product, or the other way round",
    "index": "an index exchanged or shifted by one",
    "range": "the range of a sum, product or maximum cut by one",
    "stride": "a factor dropped inside an index: stride, dilation, row length",
    "complement": "1 − a for a, or a for 1 − a",
    "prime": "a prime dropped or put in",
    "symbol": "a related symbol of the same shape: a for z, a layer for the next",
    "function": "a function dropped, or max for min",
    "relation": "an inequality turned round",
}
TURNED = {"<": ">", ">": "<", r"\le": r"\ge", r"\leq": r"\geq", r"\ge": r"\le", r"\geq": r"\leq"}
PRIMED = {"sigma", "tanh", "relu", "softplus", "arctan"}


@dataclass(frozen=True)
class Edit:
    """`new` for what stands from `begin` to `end`."""

    kind: str
    begin: int
    end: int
    new: str

    def applied(self, text: str) -> str:
        return text[: self.begin] + self.new + text[self.end :]


def plain(text: str) -> str:
    r"""The text of an `nblib.syntax.Row` without `\left`, `\bigr` and their like, which an edit would tear apart."""
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?)\s*(?=[()\[\]]|\\[{}])", "", text.replace("\x00", "&"))
    return text.strip()


def mutations(text: str, setting: Setting) -> list[Edit]:
    """Every one-token change of a `plain` row, each once, from left to right.

    Raises NotationError when the row itself cannot be read.
    """
    found = dict.fromkeys(Walk(text, setting).row())
    return sorted(found, key=lambda edit: (edit.begin, edit.end, edit.kind, edit.new))


@dataclass
class Operand:
    """What a term multiplies: factors of the parse tree, and the syntax tree that they make (None for a bare Σ)."""

    factors: list[Tree]
    node: Node | None
    begin: int
    end: int


class Walk:
    """One row, walked once.  `place` says where: "value", "index" (inside a subscript) or "order" (inside O)."""

    def __init__(self, text: str, setting: Setting):
        self.text, self.setting, self.tree = text, setting, parse(text)
        self.reader = Reader(text, setting)
        self.nodes = [node for _, node in self.reader.row(self.tree) if node is not None]
        every = [node for side in self.nodes for node in side.walk()]
        self.letters = sorted({node.children[0] for node in every if node.head == "index"})
        self.indexed = {items[0].span[0]: node for node in every for items in [index_items(node)] if items}
        self.every = every

    def row(self) -> Iterator[Edit]:
        for child in self.tree.children:
            if isinstance(child, Token):
                yield from self.relation(child)
            else:
                yield from self.expr(child)
        yield from self.names()

    # -- what an expression consists of

    def expr(self, tree: Tree, place: str = "value") -> Iterator[Edit]:
        begin, _ = self.reader.span(tree)
        terms = [child for child in tree.children if isinstance(child, Tree)]
        signs = {id(after): sign for sign, after in zip(tree.children, tree.children[1:], strict=False)
                 if isinstance(sign, Token)}
        kind = "sign" if place == "value" else "index"
        for term in terms:
            first, last = self.reader.span(term)
            sign = signs.get(id(term))
            if place == "order":
                pass
            elif sign is not None:
                leading = term is terms[0]
                turned = "" if leading and sign == "-" else {"+": "-", "-": "+"}[sign]
                yield Edit(kind, sign.start_pos, sign.end_pos, turned)
            elif place == "value" and self.text[first:last].strip() != "0":
                yield Edit("sign", first, first, "-")
            if place == "value" and len(terms) > 1:
                after = terms[1] if term is terms[0] else term
                cut = self.reader.span(after)[0] if term is terms[0] else last
                opened = sign.start_pos if sign is not None else first
                bare = term is terms[0] and signs[id(after)] == "+"
                yield Edit("term", opened, cut if term is not terms[0] or bare else signs[id(after)].start_pos, "")
            yield from self.term(term, place)
        if place == "value" and len(terms) == 2 and self.source(terms[0]) == "1" and signs.get(id(terms[1])) == "-":
            yield Edit("complement", begin, self.reader.span(terms[1])[0], "")

    def term(self, tree: Tree, place: str) -> Iterator[Edit]:
        parts = self.operands(tree.children)
        operands = [part for part in parts if isinstance(part, Operand)]
        if place == "value":
            yield Edit("factor", operands[0].begin, operands[0].begin, r"2 \cdot ")
            yield from self.products(parts)
        if place != "order" and len(operands) > 1:
            yield from self.drops(parts, place)
        for operand in operands:
            if place == "value":
                yield from self.operand(operand)
            is_order = operand.node is not None and operand.node.head == "call" and operand.node.children[0] == "O"
            for factor in operand.factors:
                if not isinstance(factor, Token):
                    yield from self.factor(factor, "order" if is_order else place, lone=len(operands) == 1)

    def operands(self, elements: list) -> list:
        """The operands of a flat run of factors, and the operators between them."""
        found: list = []
        at = 0
        while at < len(elements):
            element = elements[at]
            if isinstance(element, Token):
                found.append(element)
                at += 1
                continue
            if self.is_big(element):
                node, after = None, at + 1
            else:
                node, after = self.reader.operand(elements, at)
            begin, end = self.reader.span(element)[0], self.reader.span(elements[after - 1])[1]
            found.append(Operand(elements[at:after], node, begin, end))
            at = after
        return found

    def is_big(self, factor: Tree) -> bool:
        """Whether this is Σ, Π, or a maximum over an index: it reaches to the end of its term."""
        below = any(script.data == "sub" for script in factor.children[1:])
        return factor.children[0].data == "big" or below and self.reader.function_name(factor) in ("max", "min")

    # -- terms

    def drops(self, parts: list, place: str) -> Iterator[Edit]:
        """Each operand dropped, with the operator beside it."""
        for k, part in enumerate(parts):
            if isinstance(part, Token):
                continue
            begin, end, new = part.begin, part.end, ""
            if k and isinstance(parts[k - 1], Token):
                begin = parts[k - 1].start_pos
            elif k + 1 < len(parts) and isinstance(parts[k + 1], Token):
                end, new = (part.end, "1") if parts[k + 1] == "/" else (parts[k + 1].end_pos, "")
            if k + 1 < len(parts):
                end += len(self.text[end:]) - len(self.text[end:].lstrip())
            else:
                begin = len(self.text[:begin].rstrip())
            kind = "stride" if place == "index" else "mean" if self.only_sizes(part.node) else "factor"
            yield Edit(kind, begin, end, new)

    def products(self, parts: list) -> Iterator[Edit]:
        """⊙ dropped, and put between two arrays that a product joins."""
        for before, part, after in zip([None, *parts], parts, [*parts[1:], None], strict=False):
            if isinstance(part, Token) and part == r"\odot":
                yield Edit("product", part.start_pos, part.end_pos, "")
            elif isinstance(part, Operand) and isinstance(after, Operand) and self.rank(part) and self.rank(after):
                yield Edit("product", part.end, part.end, r" \odot ")
            elif isinstance(part, Operand) and isinstance(before, Operand) and self.is_alike(before, part):
                yield Edit("factor", part.begin, part.begin, self.text[part.begin : part.end] + r" \, ")

    def is_alike(self, before: Operand, part: Operand) -> bool:
        """Whether `part`, a number that stands behind another operand, may be repeated."""
        return part.node is not None and part.node.head in ("ref", "at", "member") and self.rank(part) == 0

    def operand(self, operand: Operand) -> Iterator[Edit]:
        """A transpose or 1 − a put in, a function dropped or primed."""
        node, text = operand.node, self.text[operand.begin : operand.end]
        if node is None:
            return
        if self.rank(operand) and node.head != "transpose":
            yield Edit("transpose", operand.begin, operand.end, rf"({text})^\top")
        known = node.head == "call" and node.children[0] not in ("O", "exp")
        if known or node.head in ("ref", "at", "member") and not self.only_sizes(node):
            yield Edit("complement", operand.begin, operand.end, f"(1 - {text})")
        name = self.reader.function_name(operand.factors[0])
        if name is None or node.head not in ("call", "pow", "at"):
            return
        head = operand.factors[0]
        if name in ("max", "min"):
            begin, end = self.reader.span(head.children[0])
            yield Edit("function", begin, end, r"\min" if name == "max" else r"\max")
        call = next((inner for inner in node.walk() if inner.head == "call"), None)
        if call is None or len(call.children[2]) != 1 or name == "O":
            return
        if len(operand.factors) > 1:
            begin, end = self.reader.span(head)
            yield Edit("function", begin, end, "")
        if self.setting.kind(name) in ("function", "macro") or name in PRIMED:
            last = self.reader.span(head)[1]
            if all(script.data == "prime" for script in head.children[1:]):
                yield Edit("prime", last, last, "'")
        if operand.factors[1].children[0].data not in ("parens", "brackets", "curly"):
            inner = self.operands(operand.factors[1:])
            if len(inner) == 1:
                yield from self.operand(inner[0])

    def rank(self, operand: Operand) -> int | None:
        """How many axes an operand has; None where that cannot be told."""
        if operand.node is None:
            return None
        env = dict.fromkeys(self.letters, self.setting.origin)
        try:
            return Evaluator(self.setting, self.setting.explicit[0]).value(operand.node, env).rank
        except (NotationError, KeyError):
            return None

    def only_sizes(self, node: Node | None) -> bool:
        """Whether sizes stand here and no other names: 1/m, or an m by itself."""
        names = {inner.children[0] for inner in node.walk() if inner.head in ("ref", "member")} if node else set()
        return bool(names) and all(self.setting.kind(name) == "size" for name in names)

    # -- factors

    def factor(self, tree: Tree, place: str, lone: bool) -> Iterator[Edit]:
        atom, scripts = tree.children[0], tree.children[1:]
        yield from self.atom(atom, place, lone)
        for script in scripts:
            _, end = self.reader.span(script)
            if script.data == "prime":
                yield Edit("prime", end - 1, end, "")
            elif self.is_big(tree):
                if script.data == "sub":
                    yield from self.range(script, [s for s in scripts if s.data == "sup"])
            elif script.data == "sub":
                yield from self.subscript(script)
            else:
                yield from self.superscript(tree, script, place)

    def atom(self, atom: Tree, place: str, lone: bool) -> Iterator[Edit]:
        arguments = [child for child in atom.children if isinstance(child, Tree)]
        begin, end = self.reader.span(atom)
        if atom.data == "number":
            yield from self.number(begin, end, place)
        elif atom.data == "frac":
            if self.reader.derivative(atom) is None:
                yield from self.fraction(atom, arguments, place, lone)
        elif atom.data == "sqrt":
            yield Edit("power", begin, end, "{" + strip_braces(self.source(arguments[0])) + "}")
            yield from self.argument(arguments[0], place)
        elif atom.data == "matrix":
            for cells in arguments:
                for cell in cells.children:
                    if isinstance(cell, Tree):
                        yield from self.expr(cell, place)
        elif atom.data in ("abs", "norm", "floor", "ceil"):
            yield from self.expr(arguments[0], place)
        elif atom.data == "decorated":
            yield from self.argument(arguments[0], place)
        elif atom.data in ("parens", "brackets", "curly", "group", "inner"):
            for item in self.reader.items(atom):
                yield from self.item(item, place)

    def item(self, item: Tree, place: str) -> Iterator[Edit]:
        for child in item.children:
            yield from self.relation(child) if isinstance(child, Token) else self.expr(child, place)

    def argument(self, argument: Tree, place: str) -> Iterator[Edit]:
        """What stands in braces behind a command, or the one digit or letter there."""
        for item in self.reader.items(argument):
            yield from self.item(item, place)
        token = argument.children[0]
        if isinstance(token, Token) and token.type == "DIGIT":
            yield from self.number(token.start_pos, token.end_pos, place)

    def number(self, begin: int, end: int, place: str) -> Iterator[Edit]:
        if self.text[begin:end].isdigit():
            kind = "index" if place == "index" else "number"
            yield Edit(kind, begin, end, "{" + str(int(self.text[begin:end]) + 1) + "}")

    def fraction(self, atom: Tree, arguments: list[Tree], place: str, lone: bool) -> Iterator[Edit]:
        begin, end = self.reader.span(atom)
        above, below = (strip_braces(self.source(argument)) for argument in arguments)
        if place == "value":
            if lone or not above.isdigit():  # beside other operands a numeric fraction is dropped whole
                kind = "mean" if self.only_sizes(self.reader.argument(arguments[1])) else "factor"
                yield Edit(kind, begin, end, "{" + above + "}")
            if above != "1":
                yield Edit("factor", begin, end, rf"\frac{{1}}{{{below}}}")
        for argument in arguments:
            yield from self.argument(argument, place)

    def superscript(self, factor: Tree, script: Tree, place: str) -> Iterator[Edit]:
        """A transpose or a power dropped; a layer's mark is part of a name and stays."""
        begin, end = self.reader.span(script)
        mark = re.search(r"\\(?:top|intercal)(?![A-Za-z])", self.source(script))
        if self.reader.is_transpose(script):
            yield Edit("transpose", begin, end, "")
        elif mark:
            yield Edit("transpose", begin + mark.start(), begin + mark.end(), "")
        elif not self.is_of_name(factor, script):
            if place != "order":
                yield Edit("power", begin, end, "")
            yield from self.argument(script.children[0], place)

    def is_of_name(self, factor: Tree, script: Tree) -> bool:
        """Whether a superscript belongs to a name, or counts derivatives: W^{[2]}, x^{(i)}, w^\\star, f^{(3)}."""
        atom = factor.children[0]
        if atom.data == "name":
            _, left = self.reader.name_with(self.source(atom), list(factor.children[1:]))
            if script not in left:
                return True
        return self.reader.mark(script)[0] is not None or self.reader.function_name(factor) == "prime"

    # -- indices

    def subscript(self, script: Tree) -> Iterator[Edit]:
        items = self.reader.list_of(script)
        node = self.indexed.get(self.reader.span(items[0])[0])
        if node is None:
            return  # part of a name
        slots = self.slots(node)
        begin, end = self.reader.span(script.children[0])
        whole = len(slots) == len(items)
        texts = [self.source(item) for item in items] if whole else [self.text[s.span[0] : s.span[1]] for s in slots]

        def written(new: list[str]) -> Edit:
            return Edit("index", begin, end, "{" + ", ".join(new) + "}")

        for k, slot in enumerate(slots):
            if slot.head == "num":
                yield written([*texts[:k], str(slot.children[0] + 1), *texts[k + 1 :]])
            elif slot.head != "colon":
                for shift in (" + 1", " - 1"):
                    yield written([*texts[:k], texts[k] + shift, *texts[k + 1 :]])
            if k and texts[k] != texts[k - 1] and node.head != "kron":
                yield written([*texts[: k - 1], texts[k], texts[k - 1], *texts[k + 1 :]])
        if whole:
            for item, slot in zip(items, slots, strict=True):
                if slot.head not in ("num", "colon", "index"):
                    yield from self.item(item, "index")

    def slots(self, node: Node) -> tuple[Node, ...]:
        """The indices of an entry, one for each axis: `ij` is two of them where the array has two axes."""
        if node.head == "kron":
            return node.children
        _base, items, split = node.children
        rank = self.rank(Operand([], node.children[0], 0, 0))
        return split if split and rank == len(split) and rank != len(items) else items

    def range(self, script: Tree, above: list[Tree]) -> Iterator[Edit]:
        """A sum without its first term, or without its last; a condition dropped."""
        items = self.reader.list_of(script)
        begin, end = self.reader.span(script.children[0])
        if above:
            low, high = self.reader.span(items[0])[1], self.reader.span(above[0].children[0])
            yield Edit("range", low, low, " + 1")
            yield Edit("range", *high, "{" + strip_braces(self.text[high[0] : high[1]]) + " - 1}")
            return
        names: list[str] = []
        for item in items:
            letters = self.reader.letters(item.children[0])
            names.extend([self.source(item)] if len(item.children) > 1 else letters)
            if len(item.children) > 1:
                first, last = self.reader.span(item)
                yield Edit("range", first, last, letters[0])
        for k, name in enumerate(names):
            if re.fullmatch(r"[a-z]'*", name):
                cut = [*names[:k], rf"{name} \ne {self.setting.origin}", *names[k + 1 :]]
                yield Edit("range", begin, end, "{" + ", ".join(cut) + "}")

    # -- names

    def names(self) -> Iterator[Edit]:
        """Letters of indices exchanged, members of families shifted, symbols in place of related ones."""
        for node in self.every:
            begin, end = node.span
            if node.head == "index" and self.text[begin:end] == node.children[0]:
                for letter in self.letters:
                    if letter != node.children[0]:
                        yield Edit("index", begin, end, letter)
            if node.head == "member":
                inner = node.children[1].span
                for shift in (" + 1", " - 1"):
                    yield Edit("index", inner[1], inner[1], shift)
            if node.head in ("ref", "member") and node.children[0] in self.setting.declared:
                for other in self.kin(node):
                    yield Edit("symbol", begin, end, self.respelled(node, other))

    def kin(self, node: Node) -> list[str]:
        """The symbols that might stand here by mistake: defined by this one, or from it, or by the same letter."""
        own, found = self.setting.declared[node.children[0]], related(self.setting, node)
        for name, other in self.setting.declared.items():
            alike = (other.shape, other.family) == (own.shape, own.family) and bare(name) == bare(own.name)
            if alike and name not in (own.name, *found):
                found.append(name)
        return found

    def respelled(self, node: Node, name: str) -> str:
        """`name` in place of a symbol, with the member's number and the transpose that stand in its superscript."""
        begin, end = node.span
        if node.head == "member":
            first, last = node.children[1].span
            name += f"^{{({self.text[first:last]})}}"
        turned = re.search(r"\\(?:top|intercal)\s*\}$", self.text[begin:end])
        return "{" + name + "}" + (r"^\top" if turned else "")

    # -- small things

    def relation(self, token: Token) -> Iterator[Edit]:
        if str(token) in TURNED:
            yield Edit("relation", token.start_pos, token.end_pos, TURNED[str(token)] + " ")

    def source(self, tree: Tree) -> str:
        return self.reader.source(tree).strip()


def index_items(node: Node) -> tuple[Node, ...]:
    """The subscript of an entry or of Kronecker's delta, as it is divided by commas."""
    return node.children[1] if node.head == "at" else node.children if node.head == "kron" else ()


def bare(name: str) -> str:
    r"""The letter of a name: `W` of `W^{[2]}`, `X` of `\tilde{X}`."""
    name = re.sub(r"[_^]\{[^{}]*\}|[_^].", "", name)
    return re.sub(r"\\(?:wide)?(?:hat|bar|overline|tilde|vec|dot|ddot)\{(.*)\}", r"\1", name)
