"""Declarations -> `Setting`: the statements of a `given`, one by one, and the refusal of degenerate sizes."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace

from sympy import Expr, Symbol

from .algebra import Evaluator
from .arrays import EverySize, Explicit, shape_text
from .assumptions import inequalities, solved
from .laws import FORMS, declare
from .reader import read_expression, read_row
from .setting import Assumption, Declared, Macro, Setting
from .syntax import Node, NotationError, ShapeError, canonical, check_text, free_indices, split_top

MARK = "\x01"  # stands before the range of a family while a statement is read
EXACTLY = r"(or say \text{ exactly} where the size is the topic)"
FLIPPED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le"}
RESERVED = {"d", "e"}
DOMAINS = {
    r"\mathbb{R}": "real",
    r"\mathbb{R}_{>0}": "positive",
    r"\mathbb{R}_{+}": "positive",
    "(0,1)": "unit",
    "[0,1]": "closed unit",
    r"\{0,1\}": "binary",
    r"\{-1,1\}": "sign",
}
SUFFIX = re.compile(r"\\text\s*\{\s*(exactly|zero outside|symmetric)\s*\}|\b(exactly|zero outside|symmetric)\b")
FAMILY = re.compile(
    r"(?:[,;]|\\[;,]|\\q?quad|\s)*(?:\\text\s*\{\s*for\s*\}|\bfor\b)?\s*\b([a-z])\s*=\s*([01])\s*,\s*\\[lc]?dots\s*,\s*([^\\,;\n]+)"
)


class _Scope:
    """A setting's names, with others (the parameters of a function) added."""

    def __init__(self, setting: Setting, extra: tuple[str, ...]):
        self.setting, self.extra = setting, extra

    def kind(self, name):
        return "symbol" if name in self.extra else self.setting.kind(name)

    def names(self):
        return [*self.extra, *self.setting.names()]


class Declaring:
    """Reads declarations into a setting."""

    def __init__(self, setting: Setting, text: str):
        self.setting, self.text = setting, text
        self.new_sizes: dict[str, tuple[int, int]] = {}

    def fail(self, message: str, at: tuple[int, int], hint: str = "", kind=NotationError):
        raise kind(message, self.text, at, hint)

    @contextmanager
    def placed(self, offset: int):
        """Tell an error of a piece of the text, which begins at `offset`, in terms of the whole."""
        try:
            yield
        except NotationError as error:
            if error.text == self.text:
                raise
            begin, end = error.span
            raise type(error)(error.message, self.text, (begin + offset, end + offset), error.hint) from None
        except RecursionError:
            self.fail("this is nested too deeply", (offset, offset + 1))

    def run(self):
        check_text(self.text)
        statements = list(self.statements())
        if not statements:
            self.fail("nothing is declared here", (0, 1), r"write, for example, n = 3, 5 \quad x \in \mathbb{R}^{n}")
        for text, offset in statements:
            with self.placed(offset):
                self.statement(text, offset)
        self.check_sizes()
        self.setting.source = (self.setting.source + "\n" + self.text.strip()).strip()

    # -- statements

    def statements(self):
        """(text, offset) of each declaration: pieces between separators, put together again where one alone says
        nothing.
        """
        text = FAMILY.sub(lambda m: f"{MARK}{m[1]}{m[2]}{m[3]}".ljust(len(m[0])), self.text)
        lines = []
        for piece, offset in split_top(text, r"\\\\(\[[^\]]*\])?|\n"):
            if lines and (re.match(r"\s*([-+=]|\\cdot|\\odot|\\times|:=|&?\s*[-+=])", piece)):
                begin = lines[-1][1]
                lines[-1] = (text[begin : offset + len(piece)].replace("\\\\", "  ").replace("\n", " "), begin)
            elif piece.strip():
                lines.append((piece, offset))
        for line, begin in lines:
            pieces = [(p, begin + o) for p, o in split_top(line, r",|;|\\[; ]|\\q?quad(?![A-Za-z])") if p.strip()]
            merged: list[list] = []
            pending: list = []
            for piece, offset in pieces:
                says = bool(re.search(r"[=:<>]|\\(in|sim|[lg][et]q?)(?![A-Za-z])|indices", piece))
                bare = bool(re.fullmatch(r"\s*(?:\\?[A-Za-z]|\\[a-z]+\s*\{[^{}]*\})[^=\s]*\s*", piece))
                if says:
                    typed = re.search(r"\\in(?![A-Za-z])|:(?!=)", piece)
                    merged.extend(
                        [name.strip() + " " + piece[typed.start() :] if typed else name, at] for name, at in pending
                    )
                    merged.append([piece, offset])
                    pending = []
                elif bare and re.search(r"\\in(?![A-Za-z])|:(?!=)", line[offset - begin :]):
                    pending.append((piece, offset))  # x, y \in ...: each takes the type behind
                elif merged:
                    start = merged[-1][1]
                    merged[-1] = [line[start - begin : offset - begin + len(piece)], start]
                else:
                    merged.append([piece, offset])
            merged.extend([piece, offset] for piece, offset in pending)
            ranges = [piece[piece.index(MARK) :] for piece, _ in merged if MARK in piece]
            for piece, offset in merged:  # x^{(i)} \in ..., y^{(i)} \in ..., i = 1, \dots, m: one range for both
                shares = (
                    ranges and MARK not in piece and re.search(r"\^\{?\(" + ranges[0][1] + r"\)", piece.split(":=")[0])
                )
                yield (piece + ranges[0] if shares else piece), offset

    def statement(self, text: str, offset: int):
        setting, where = self.setting, (offset, offset + len(text.rstrip()))
        plain = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text).strip()
        match = re.fullmatch(r"indices from\s+([01])", plain)
        if match:
            if setting.declared:
                self.fail("where indices begin is said before the first symbol", where, "move this line to the top")
            setting.origin = int(match[1])
            setting.declarations.append(
                {"kind": "assumption", "latex": rf"\text{{indices from }} {match[1]}", "name": "", "shape": []}
            )
            return
        if re.search(r"\\sim(?![A-Za-z])", text):
            return declare(self, text, offset)
        flags = {m[1] or m[2] for m in SUFFIX.finditer(text)}
        body = SUFFIX.sub(lambda m: " " * len(m[0]), text)
        if re.search(r":=|\\coloneqq", body):
            self.definition(body, offset, text)
        elif re.search(r"\\in(?![A-Za-z])", body):
            self.symbol(body, offset, flags, text)
        elif re.search(r"(?<!:):(?!=)", body):
            self.function(body, offset)
        else:
            self.relation(body, offset, flags, text)

    def new_name(self, latex: str, where) -> str:
        name = canonical(latex)
        if not re.match(r"[A-Za-z\\]", name):
            self.fail(
                f"{latex.strip() or 'nothing'} is not a name",
                where,
                "a name begins with a letter or a command such as \\alpha",
            )
        if self.setting.kind(name):
            self.fail(
                f"{name} is already declared", where, "choose another name, or remove one of the two declarations"
            )
        if name in RESERVED:
            self.fail(
                f"{name} is reserved",
                where,
                r"d and e stand for differentials and for exp; write \mathrm{d} or another letter",
            )
        return name

    # -- sizes and assumptions

    def relation(self, text: str, offset: int, flags: set, whole: str):
        where = (offset, offset + len(text.rstrip()))
        left, sign, right = text.partition("=")
        if sign and not re.search(r"[<>]|\\[lg][et]", text):
            numbers = [n.strip() for n in right.split(",")]
            name = canonical(left)
            bare = re.fullmatch(r"(\\[A-Za-z]+|[A-Za-z])(_\{.*\})?(\^\{.*\})?", name)
            if bare and name not in self.setting.declared and all(re.fullmatch(r"\d{1,4}", n) for n in numbers):
                return self.size(name, tuple(map(int, numbers)), where, "exactly" in flags, whole)
            if (
                self.setting.kind(name) is None
                and re.fullmatch(r"(\\[A-Za-z]+|[A-Za-z])(_\{.*\})?", name)
                and self.only_sizes(right, offset + len(left) + 1)
            ):
                self.new_name(left, where)
                value = self.size_expression(right, offset + len(left) + 1)
                self.setting.derived[name] = value
                self.new_sizes[name] = where
                self.setting.declarations.append({"kind": "size", "latex": whole.strip(), "name": name, "shape": []})
                return
        parts = read_row(text, self.setting)
        if len(parts) < 2 or parts[0][1] is None:
            self.fail(
                "this declares nothing",
                where,
                r"sizes: n = 3, 5; symbols: x \in \mathbb{R}^{n}; definitions: z := W x; assumptions: \alpha > 0",
            )
        self.assumption(parts, where, whole)

    def only_sizes(self, text: str, offset: int) -> bool:
        try:
            node = read_expression(text, self.setting)
        except NotationError:
            return False
        return all(self.setting.kind(n.children[0]) == "size" for n in node.walk() if n.head == "ref") and not any(
            n.head in ("index", "sum", "call", "at") for n in node.walk()
        )

    def size_expression(self, text: str, offset: int) -> Expr:
        with self.placed(offset):
            node = read_expression(text, self.setting)
            if any(self.setting.kind(n.children[0]) != "size" for n in node.walk() if n.head in ("ref", "member")):
                self.fail("a size is made of sizes and numbers", (offset, offset + len(text)))
            value = Evaluator(self.setting, EverySize(self.setting)).value(node, {}).at()
            return value.expand() if not value.atoms(Symbol) or value.is_polynomial() else value

    def size(self, name: str, values: tuple[int, ...], where, exactly: bool, whole: str):
        self.new_name(name, where)
        if min(values) < 2 and not exactly:
            self.fail(
                f"the size {name} = {min(values)} hides mistakes: an axis of {min(values)} broadcasts and sums away",
                where,
                rf"use sizes of two or more, for example {name} = 3, 5 {EXACTLY}",
            )
        if len(set(values)) < len(values):
            self.fail(f"{name} has the same value twice", where, f"write {name} = {values[0]}, {values[0] + 2}")
        if len(values) < 2 and not exactly:
            self.fail(
                f"{name} has one value; a line is checked at two sizes or more",
                where,
                rf"write {name} = {values[0]}, {values[0] + 2} {EXACTLY}",
            )
        if max(values) > 60:
            self.fail(
                f"{name} = {max(values)} is too large to write every entry out", where, "sizes from 2 to 7 find as much"
            )
        self.setting.sizes[name] = values
        self.new_sizes[name] = where
        if exactly:
            self.setting.exact.add(name)
        latex = f"{name} = {', '.join(map(str, values))}" + (r" \text{ exactly}" if exactly else "")
        self.setting.declarations.append({"kind": "size", "latex": latex, "name": name, "shape": []})

    def check_sizes(self):
        """Refuse sizes that make a matrix square or two sizes alike."""
        setting = self.setting
        counts = {len(v) for v in setting.sizes.values() if len(v) > 1}
        if len(counts) > 1:
            name = next(iter(self.new_sizes), next(iter(setting.sizes)))
            self.fail(
                "the sizes have different numbers of values",
                self.new_sizes.get(name, (0, 1)),
                "give each size as many values as the others",
            )
        for k, sizes in enumerate(setting.assignments):
            domain = Explicit(setting, sizes)
            values = dict(sizes.items())
            for name, expr in setting.derived.items():
                try:
                    values[name] = domain.size(expr)
                except NotationError as error:
                    self.fail(
                        f"the size {name} = {error.message}",
                        self.new_sizes.get(name, (0, 1)),
                        "change the sizes so that it is a whole number",
                    )
                if values[name] < 1:
                    self.fail(
                        f"the size {name} is {values[name]} when {_say(sizes)}",
                        self.new_sizes.get(name, (0, 1)),
                        "change the sizes",
                    )
            seen: dict[int, str] = {}
            for name, n in values.items():
                if n in seen and name not in setting.exact and seen[n] not in setting.exact:
                    where = self.new_sizes.get(name) or self.new_sizes.get(seen[n]) or (0, 1)
                    free = next(v for v in range(2, 99) if v not in values.values())
                    self.fail(
                        f"the sizes {seen[n]} and {name} are both {n} (in check {k + 1}): "
                        "a transposed matrix would still fit",
                        where,
                        f"change one of them, for example {name} to {free} {EXACTLY}",
                    )
                seen.setdefault(n, name)

    def assumption(self, parts, where, whole: str):
        for _, node in parts:
            if self.setting.chance(self.setting.names_in(node)):
                self.fail("an assumption cannot be made of what is random", where, f"give its law: {FORMS}")
        for (_, left), (relation, right) in zip(parts, parts[1:], strict=False):
            if relation not in ("=", "<", ">", r"\le", r"\ge"):
                self.fail(f"an assumption cannot be written with {relation}", where)
            bare = next(
                (n for n in (left, right) if n.head == "ref" and self.setting.kind(n.children[0]) == "symbol"), None
            )
            if relation != "=" and bare is not None:
                other = right if bare is left else left
                declared = self.setting.declared[bare.children[0]]
                if declared.body is None:
                    bound = bounded(declared.values, relation if bare is left else FLIPPED[relation], other)
                    self.setting.declared[declared.name] = replace(declared, values=bound)
            self.setting.assumptions.append(Assumption(relation, left, right, whole.strip()))
        self.setting.declarations.append({"kind": "assumption", "latex": whole.strip(), "name": "", "shape": []})
        domain = setting_domain(self.setting)
        solved(domain)
        inequalities(domain)

    # -- symbols, functions, definitions

    def symbol(self, text: str, offset: int, flags: set, whole: str):
        text, family = self.family_range(text)
        left, right = re.split(r"\\in(?![A-Za-z])", text, maxsplit=1)
        where = (offset, offset + len(left.rstrip()))
        letter, name = None, canonical(left)
        if family:
            match = re.fullmatch(r"(.+)\^\{\(([a-z])\)\}|(.+)\^\(([a-z])\)", name)
            if not match or (match[2] or match[4]) != family[0]:
                self.fail(
                    "a family is written x^{(i)}", where, r"for example x^{(i)} \in \mathbb{R}^{n}, i = 1, \dots, m"
                )
            name, letter = match[1] or match[3], family[0]
        elif re.search(r"\^\{\([a-z]\)\}$", name):
            self.fail(
                f"{name} is a family without its range",
                where,
                r"write x^{(i)} \in \mathbb{R}^{n}, i = 1, \dots, m; a layer is written x^{[l]}",
            )
        self.new_name(name, where)
        values, shape = self.type_of(right, offset + len(text) - len(right), flags)
        if letter:
            shape = (family[1], *shape)
        constant = {r"\mathbf{1}": 1, r"\mathbf{0}": 0}.get(name)
        if "symmetric" in flags and (len(shape) != 2 or shape[0] != shape[1]):
            self.fail(f"{name} is {shape_text(shape)}; only a square matrix is symmetric", where, kind=ShapeError)
        self.setting.declared[name] = Declared(
            name,
            shape,
            len(self.setting.declared),
            whole.strip(),
            bool(letter),
            values,
            "zero outside" in flags,
            "symmetric" in flags,
            constant,
        )
        latex = f"{left.strip()} \\in {right.strip()}" + (
            rf",\; {letter} = {self.setting.origin}, \dots, {_size_latex(family[1])}" if letter else ""
        )
        latex += "".join(rf" \text{{, {flag}}}" for flag in sorted(flags - {"exactly"}))
        self.setting.declarations.append(
            {"kind": "symbol", "latex": latex, "name": name, "shape": [str(s) for s in shape]}
        )

    def family_range(self, text: str):
        match = re.search(MARK + r"([a-z])([01])(.+)$", text)
        if not match:
            return text, None
        return text[: match.start()], (match[1], self.size_expression(match[3].strip(), 0))

    def type_of(self, text: str, offset: int, flags: set):
        where = (offset, offset + max(1, len(text.rstrip())))
        compact = re.sub(r"\\[,;:! ]|\\left|\\right|(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", text)
        power = r"(?:\^(?:\{(.*)\}|([A-Za-z0-9])))?"
        positive = r"(?:_\{?(?:>0|\+)\}?)?"
        sets = rf"\\mathbb ?\{{?R\}}?{positive}|\(0,1\)|\[0,1\]|\\\{{0,1\\\}}|\\\{{-1,1\\\}}"
        match = re.fullmatch(rf"({sets}){power}{positive}", compact)
        if not match:
            self.fail(
                f"{text.strip()} is not a set that the language knows",
                where,
                r"write \mathbb{R}^{n}, \mathbb{R}^{m \times n}, \mathbb{R}_{>0}, (0, 1)^{n} or \{0, 1\}",
            )
        base = re.sub(r"\\mathbb ?\{?R\}?", lambda m: r"\mathbb{R}", match[1])
        base = re.sub(r"_\{?(>0|\+)\}?", r"_{>0}", base)
        if compact.endswith(("_{>0}", "_{+}", "_+")):
            base = r"\mathbb{R}_{>0}"
        dims = match[2] or match[3]
        if not dims:
            return DOMAINS[base], ()
        shape = []
        at = text.find("^") + 1
        for piece, _ in split_top(dims, r"\\times(?![A-Za-z])"):
            at = max(text.find(piece, at), 0)
            if re.fullmatch(r"\d+", piece) and "exactly" not in flags:
                self.fail(
                    f"the size {piece} has no name, so nothing can be checked at a second size",
                    (offset + at, offset + at + len(piece)),
                    rf"declare it, for example n = {piece}, {int(piece) + 2} {EXACTLY}",
                )
            shape.append(self.size_expression(piece, offset + at))
        while len(shape) > 1 and shape[-1] == 1:
            shape.pop()
        return DOMAINS[base], tuple(shape)

    def function(self, text: str, offset: int):
        left, right = text.split(":", 1)
        where = (offset, offset + len(left.rstrip()))
        if not re.fullmatch(r"\\mathbb\{?R\}?\\to\\mathbb\{?R\}?", re.sub(r"\s+", "", right)):
            self.fail(
                "a function is declared on the real numbers",
                (offset + len(left) + 1, offset + len(text.rstrip())),
                r"write g : \mathbb{R} \to \mathbb{R}, or define it: f(u, v) := ...",
            )
        name = self.new_name(left, where)
        self.setting.functions[name] = name
        self.setting.declarations.append({"kind": "function", "latex": text.strip(), "name": name, "shape": []})

    def definition(self, text: str, offset: int, whole: str):
        setting = self.setting
        text, family = self.family_range(text)
        left, right = re.split(r":=|\\coloneqq", text, maxsplit=1)
        where, shift = (offset, offset + len(left.rstrip())), len(text) - len(right)
        right = re.sub(r"[.,;]\s*$", "", right)
        match = re.fullmatch(r"\s*(.+?)\s*(?:\\left)?\(\s*([^()]+?)\s*(?:\\right)?\)\s*", left)
        if match and not match[1].rstrip().endswith(("^", "^{")) and not re.search(r"\^\{?$", match[1]):
            return self.macro(match[1], [canonical(p) for p in match[2].split(",")], right, offset, shift, where, whole)
        node = self.read(right, offset + shift)
        name, letters, is_family = self.defined_name(canonical(left), node, where)
        known = setting.declared.get(name)
        if known is not None and (known.body is not None or known.constant is not None):
            self.fail(f"{name} is already defined", where, "a symbol has one definition")
        if known is None:
            self.new_name(name, where)
        if known is not None and known.law is not None:
            self.fail(f"{name} is random; a definition would fix it", where, "remove its law, or its definition")
        if known is not None and any(name in setting.ancestors(n) or n == name for n in setting.names_in(node)):
            self.fail(f"{name} is used in its own definition", where)
        shape = self.defined_shape(name, node, letters, known, offset + shift, right, family)
        setting.declared.pop(name, None)
        setting.declared[name] = Declared(
            name,
            shape,
            1 + max((d.position for d in setting.declared.values()), default=0),
            whole.strip(),
            is_family or bool(known and known.family),
            body=node,
            letters=letters,
            zero_outside=bool(known and known.zero_outside),
        )
        setting.declarations.append(
            {
                "kind": "definition",
                "latex": f"{left.strip()} := {right.strip()}",
                "name": name,
                "shape": [str(s) for s in shape],
            }
        )
        setting.__dict__.pop("_ancestors", None)

    def read(self, text: str, offset: int, extra: tuple[str, ...] = ()) -> Node:
        with self.placed(offset):
            return read_expression(text, _Scope(self.setting, extra))

    def defined_name(self, spelled: str, node: Node, where):
        """(name, index letters, whether it is a family) on the left of `:=`."""
        loose = free_indices(node)
        match = re.fullmatch(
            r"(.+)\^\{\(([a-z])\)\}(?:_\{([a-z,]+)\}|_([a-z]))?|(.+)_\{([a-z,]+)\}\^\{\(([a-z])\)\}|(.+)_([a-z])\^\{\(([a-z])\)\}",
            spelled,
        )
        if match:
            name = match[1] or match[5] or match[8]
            letters = (match[2] or match[7] or match[10],) + tuple(
                (match[3] or match[4] or match[6] or match[9] or "").replace(",", "")
            )
            if loose == set(letters):
                return name, letters, True
        match = re.fullmatch(r"(.+)_(?:\{([a-z]'?(?:,?[a-z]'?)*)\}|([a-z]))", spelled)
        if match and self.setting.kind(spelled) is None:
            letters = tuple(re.findall(r"[a-z]'*", match[2] or match[3]))
            known = self.setting.declared.get(match[1])
            entry = (
                known is not None and known.body is None and len(known.shape) >= len(letters) and loose <= set(letters)
            )
            if loose == set(letters) or entry:
                if len(set(letters)) != len(letters):
                    self.fail("an index stands twice on the left", where)
                return match[1], letters, False
            # where w_k is a name, r_k may be one, too
            label = any(other.endswith(f"_{{{letters[0]}}}") for other in self.setting.names())
            if len(letters) == 1 and not loose and not label:
                self.fail(
                    f"the index {letters[0]} stands on the left only",
                    where,
                    rf"as part of a name write {match[1]}_{{\text{{{letters[0]}}}}}",
                )
        if loose:
            self.fail(
                f"the index {', '.join(sorted(loose))} stands on the right only",
                where,
                "a definition has the same free indices on both sides",
            )
        return spelled, (), False

    def defined_shape(self, name, node, letters, known, offset, text, family):
        setting = self.setting
        evaluator = Evaluator(setting, setting_domain(setting))
        with self.placed(offset):
            env = dict.fromkeys(letters, setting.origin)
            sizes = []
            for axis, letter in enumerate(letters):
                if known is not None:
                    sizes.append(known.shape[axis] if axis < len(known.shape) else None)
                elif family and letter == family[0]:
                    sizes.append(family[1])
                else:
                    low, high = evaluator.limits_of(letter, [node], node, env)
                    sizes.append(high - low + 1)
            inner = evaluator.value(node, env)
            for at in evaluator.domain.indices(tuple(sizes)):  # an index that leaves its array is told here
                array = evaluator.value(node, dict(zip(letters, at, strict=True)))
                for rest in evaluator.domain.indices(array.shape):
                    array.at(*rest)
        shape = tuple(sizes) + inner.shape
        if known is not None and shape != known.shape:
            self.fail(
                f"{name} is declared as {shape_text(known.shape)} and defined as {shape_text(shape)}",
                (offset, offset + len(text.rstrip())),
                kind=ShapeError,
            )
        return shape

    def macro(self, latex: str, parameters: list[str], right: str, offset: int, shift: int, where, whole: str):
        name = self.new_name(latex, where)
        if len(set(parameters)) != len(parameters) or any(self.setting.kind(p) == "size" for p in parameters):
            self.fail("the parameters of a function are different letters, none of them a size", where)
        body = self.read(right, offset + shift, tuple(parameters))
        if free_indices(body):
            self.fail(f"the index {', '.join(sorted(free_indices(body)))} has no sum", where)
        self.setting.macros[name] = Macro(tuple(parameters), body, whole.strip())
        self.setting.declarations.append({"kind": "function", "latex": whole.strip(), "name": name, "shape": []})


def bounded(values: str, relation: str, other: Node) -> str:
    """What a symbol's values are once `symbol relation other` is assumed, for a bound of zero or one."""
    number = other.children[0] if other.head == "num" else None
    if number == 0 and relation in (">", r"\ge"):
        if values in ("below one", "at most one"):
            return "unit" if (values, relation) == ("below one", ">") else "closed unit"
        return {"real": "positive" if relation == ">" else "nonnegative"}.get(values, values)
    if number == 1 and relation in ("<", r"\le"):
        if values in ("positive", "nonnegative"):
            return "unit" if (values, relation) == ("positive", "<") else "closed unit"
        return {"real": "below one" if relation == "<" else "at most one"}.get(values, values)
    return values


def setting_domain(setting: Setting) -> Explicit:
    """Arrays at the first sizes of a setting that is still being declared."""
    return Explicit(setting, {name: values[0] for name, values in setting.sizes.items()})


def _say(sizes: dict[str, int]) -> str:
    return ", ".join(f"{name} = {n}" for name, n in sizes.items())


def _size_latex(size: Expr) -> str:
    return str(size)
