"""Edits that mend a line in which one thing stands for another, or a factor, a function or a bracket is lost.

Each is a slip by its name with the mended right-hand side; diagnosis.py names it only if that side holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sympy import Integer

from .display import readable
from .syntax import Node, free_indices
from .tree import editable, rebuilt, renamed, spelled

Edits = Iterator[tuple[str, Node]]
PRODUCTS = ("mul", "had", "dot", "times")
TURNED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le"}
ONE = Node("num", (Integer(1),))


def confusions(right: Node, left: Node, setting, latex) -> Edits:
    """(name of the slip, mended right-hand side), the likeliest first.  `latex` shows a node of the line."""
    nodes = list(values(right))
    yield from names(right, setting)
    yield from brackets(right, nodes, latex)
    yield from functions(right, left, nodes, setting, latex)
    yield from complements(right, nodes, setting, latex)
    yield from quotients(right, nodes, setting, latex)
    yield from axes(right, nodes)
    yield from ones(right, nodes, setting)
    yield from lost_factors(right, nodes, setting, latex)
    yield from lost_neighbours(right, left, nodes, setting, latex)


def values(node: Node) -> Iterator[Node]:
    """The nodes of a side that are values, not indices or limits."""
    yield node
    inner = {"at": node.children[:1], "kron": (), "member": (), "partial": node.children[:1]}.get(node.head)
    if node.head in ("sum", "prod", "max", "min"):
        inner = node.children[4:]
    for child in node.children if inner is None else inner:
        for part in child if isinstance(child, tuple) else (child,):
            if isinstance(part, Node) and not (node.head == "at" and part.head == "ref"):
                yield from values(part)


def free_symbols(setting) -> list[str]:
    """The names that a slip may have lost: no families, moments and constants."""
    declared = setting.declared.items()
    return [n for n, d in declared if not d.family and d.moment is None and d.constant is None]


def numbers(setting) -> list[str]:
    """Those of them that are numbers."""
    return [name for name in free_symbols(setting) if not setting.declared[name].shape]


# -- one for another


def names(right: Node, setting) -> Edits:
    """A name for another of its shape, everywhere, and two names exchanged."""
    used = list(dict.fromkeys(n.children[0] for n in editable(right) if n.head in ("ref", "member")))
    kinds = {n: (d.shape, d.family) for n, d in setting.declared.items() if d.moment is None}
    used = [name for name in used if name in kinds]
    for first, second in itertools.combinations(used, 2):
        if kinds[first] == kinds[second]:
            name = f"{readable(first)} and {readable(second)} are exchanged"
            yield name, with_names(right, {first: second, second: first})
    for first in used:
        for second in kinds:
            if second != first and kinds[first] == kinds[second]:
                name = f"{readable(first)} stands where {readable(second)} should"
                yield name, with_names(right, {first: second})


def with_names(node: Node, other: dict[str, str]) -> Node:
    """`node` with declared names replaced, but for the variables of derivatives."""
    for inner in editable(node):
        if inner.head in ("ref", "member") and inner.children[0] in other:
            node = rebuilt(node, inner, Node(inner.head, (other[inner.children[0]], *inner.children[1:]), inner.span))
    return node


def quotients(right: Node, nodes: list[Node], setting, latex) -> Edits:
    """A number that multiplies where it should divide, or the other way round."""
    for node in nodes:
        if node.head == "ref" and node.children[0] in numbers(setting):
            name = f"{latex(node)} multiplies where it should divide"
            yield name, rebuilt(right, node, Node("div", (ONE, node), node.span))
        if node.head == "div":
            name = f"{latex(node.children[1])} divides where it should multiply"
            yield name, rebuilt(right, node, Node("mul", node.children, node.span))


def complements(right: Node, nodes: list[Node], setting, latex) -> Edits:
    """x where 1 − x should stand, or the other way round."""
    for node in nodes:
        if node.head in ("ref", "at", "pow", "call", "member", "indicator"):
            made = Node("add", (ONE, Node("neg", (node,), node.span)), node.span)
            yield f"{latex(node)} stands where 1 − {latex(node)} should", rebuilt(right, node, made)
        if node.head == "add" and len(node.children) == 2 and node.children[0] == ONE:
            plain = node.children[1]
            if plain.head == "neg":
                name = f"{latex(node)} stands where {latex(plain.children[0])} should"
                yield name, rebuilt(right, node, plain.children[0])
    for name in dict.fromkeys(n.children[0] for n in nodes if n.head == "ref"):
        made = right
        for node in [n for n in nodes if n.head == "ref" and n.children[0] == name]:
            made = rebuilt(made, node, Node("add", (ONE, Node("neg", (node,), node.span)), node.span))
        yield f"{readable(name)} and 1 − {readable(name)} are exchanged", made


def ones(right: Node, nodes: list[Node], setting) -> Edits:
    """A 1 where δ or a number of the setting should stand."""
    letters = sorted(free_indices(right))
    for node in nodes:
        if node == ONE:
            for pair in itertools.combinations(letters, 2):
                made = Node("kron", tuple(Node("index", (letter,)) for letter in pair), node.span)
                yield f"1 stands where δ_{''.join(pair)} should", rebuilt(right, node, made)
            for name in numbers(setting):
                made = rebuilt(right, node, Node("ref", (name,), node.span))
                yield f"1 stands where {readable(name)} should", made


def axes(right: Node, nodes: list[Node]) -> Edits:
    """A sum along the wrong axis, Σ_k A_kj where Σ_k A_ik should stand, and a matrix whose indices are exchanged."""
    pairs = [n for n in nodes if n.head == "at" and len(n.children[2] or n.children[1]) == 2]
    for base in dict.fromkeys(n.children[0] for n in pairs):
        made = right
        for node in [n for n in pairs if n.children[0] == base]:
            turned = (node.children[2] or node.children[1])[::-1]
            made = rebuilt(made, node, Node("at", (base, turned, None), node.span))
        yield f"the indices of {spelled(base)} are exchanged", made
    outside = sorted(free_indices(right))
    for node in nodes:
        if node.head == "sum" and len(node.children[0]) == 1 and node.children[1] is None:
            (bound,), body = node.children[0], node.children[4]
            for inner in sorted(free_indices(body) - {bound}):
                for free in outside:
                    made = renamed(body, {bound: free, inner: bound})
                    sum_ = Node("sum", (*node.children[:4], made), node.span)
                    yield f"the sum over {bound} runs along the wrong axis", rebuilt(right, node, sum_)


# -- what is lost


def functions(right: Node, left: Node, nodes: list[Node], setting, latex) -> Edits:
    """A function, or its prime, that is missing or too many, and a condition that is turned round."""
    bodies = [d.body for d in setting.declared.values() if d.body is not None]
    used = [n.children[0] for side in (right, left, *bodies) for n in side.walk() if n.head == "call"]
    used = [name for name in dict.fromkeys([*used, *setting.functions]) if name not in ("max", "min", "O")]
    spelling = {"sigma": "σ"}
    for node in nodes:
        if node.head == "call":
            function, order, arguments = node.children
            shown = spelling.get(function, readable(function))
            for step, word in ((1, "a prime is missing"), (-1, "a prime too many")):
                if order + step >= 0 and len(arguments) == 1:
                    made = Node("call", (function, order + step, arguments), node.span)
                    yield f"{word}: {latex(node)}", rebuilt(right, node, made)
            if len(arguments) == 1:
                yield f"{shown} too many: {latex(node)}", rebuilt(right, node, arguments[0])
            for other in used:
                if other != function and len(arguments) == 1:
                    name = f"{shown} stands where {spelling.get(other, readable(other))} should"
                    yield name, rebuilt(right, node, Node("call", (other, order, arguments), node.span))
        if node.head in ("ref", "at", "member") or node is right:
            for name in used:
                slip = f"{spelling.get(name, readable(name))} is missing around {latex(node)}"
                yield slip, rebuilt(right, node, Node("call", (name, 0, (node,)), node.span))
        if node.head == "indicator":
            relation, a, b = node.children
            made = Node("indicator", (TURNED.get(relation, relation), a, b), node.span)
            yield f"the condition {latex(node)} is turned round", rebuilt(right, node, made)
    if any(n.head in ("max", "call") and "max" in (n.head, n.children[0]) for side in bodies for n in side.walk()):
        yield f"max(0, ·) is missing around {latex(right)}", Node("call", ("relu", 0, (right,)), right.span)


def brackets(right: Node, nodes: list[Node], latex) -> Edits:
    """Brackets that are missing or reach too far, a + that is lost, a power at the wrong place."""
    for node in nodes:
        if node.head == "add":
            name = f"a + stands where a product should: {latex(node)}"
            yield name, rebuilt(right, node, Node("mul", node.children, node.span))
            for k, child in enumerate(node.children[:-1]):
                plain = child.children[0] if child.head == "neg" else child
                for cut in range(1, len(plain.children) if plain.head in PRODUCTS else 0):
                    first, last = plain.children[:cut], joined(plain.head, plain.children[cut:])
                    for end in range(k + 2, len(node.children) + 1):
                        inner = Node("add", (last, *node.children[k + 1 : end]), node.span)
                        made = Node(plain.head, (*first, inner), child.span)
                        made = Node("neg", (made,), child.span) if child is not plain else made
                        rest = (*node.children[:k], made, *node.children[end:])
                        name = f"brackets are missing behind {latex(first[-1])}"
                        yield name, rebuilt(right, node, joined("add", rest))
        if node.head in PRODUCTS and node.children[-1].head == "add":
            *first, last = node.children
            for cut in range(1, len(last.children)):
                inner = joined("add", last.children[:cut])
                made = Node("add", (Node(node.head, (*first, inner), node.span), *last.children[cut:]), node.span)
                yield f"the brackets behind {latex(first[-1])} reach too far", rebuilt(right, node, made)
        if node.head in PRODUCTS:
            for k in range(len(node.children) - 1):
                before, after = node.children[: k + 1], node.children[k + 1 :]
                parts = tuple(joined(node.head, part) for part in (before, after))
                name = f"a + is missing between {latex(parts[0])} and {latex(parts[1])}"
                yield name, rebuilt(right, node, Node("add", parts, node.span))
                if len(node.children) > 2:
                    swapped = (*before[:-1], after[0], before[-1], *after[1:])
                    name = f"the factors {latex(before[-1])} and {latex(after[0])} are in the wrong order"
                    yield name, rebuilt(right, node, Node(node.head, swapped, node.span))
        if node.head == "pow":
            base, power = node.children
            if base.head == "add":
                each = tuple(powered(child, power) for child in base.children)
                name = f"the power stands outside the brackets: {latex(node)}"
                yield name, rebuilt(right, node, Node("add", each, node.span))
            if base.head == "sum":
                made = Node("sum", (*base.children[:4], powered(base.children[4], power)), node.span)
                yield f"the power stands outside the sum: {latex(node)}", rebuilt(right, node, made)
        if node.head == "sum" and node.children[4].head == "pow":
            base, power = node.children[4].children
            made = Node("pow", (Node("sum", (*node.children[:4], base), node.span), power), node.span)
            yield f"the power stands inside the sum: {latex(node)}", rebuilt(right, node, made)


def joined(head: str, parts: tuple[Node, ...]) -> Node:
    """A sum or a product of the parts; of one part, the part."""
    return parts[0] if len(parts) == 1 else Node(head, parts, (parts[0].span[0], parts[-1].span[1]))


def powered(node: Node, power: Node) -> Node:
    """`node` to a power; the sign of a term stays, and so does a number."""
    if node.head == "neg":
        return Node("neg", (powered(node.children[0], power),), node.span)
    return node if node.head == "num" else Node("pow", (node, power), node.span)


def lost_factors(right: Node, nodes: list[Node], setting, latex) -> Edits:
    """A factor that the line, one of its terms or an argument lacks: a number, a size or its root, an array's entry."""
    letters = free_indices(right)
    terms = [child for node in nodes if node.head in ("add", "neg") for child in node.children]
    first = [right, *[t.children[0] if t.head == "neg" else t for t in terms]]
    for node in {id(node): node for node in [*first, *nodes]}.values():  # equal nodes at two places are two
        if node.head in ("neg", "add") and node is not right:
            continue
        place = "a factor is missing" if node is right else f"{latex(node)} lacks the factor"
        for factor, shown in factors(node, letters, setting):
            name = f"{place}: {shown}" if node is right else f"{place} {shown}"
            for product in ("mul", "had"):
                yield name, rebuilt(right, node, Node(product, (factor, node), node.span))


def factors(node: Node, letters: set[str], setting) -> Iterator[tuple[Node, str]]:
    """(what may be missing before a node, how it is shown); `letters` are the free indices of the line."""
    for name in setting.sizes:
        ref = Node("ref", (name,), node.span)
        root = Node("sqrt", (ref,), node.span)
        for made, shown in ((ref, name), (root, f"√{name}")):
            yield Node("div", (ONE, made), node.span), f"1/{shown}"
            yield made, shown
    for pair in itertools.combinations(setting.sizes, 2):
        product = Node("mul", tuple(Node("ref", (name,)) for name in pair), node.span)
        yield Node("div", (ONE, product), node.span), f"1/({' '.join(pair)})"
    letters = sorted(free_indices(node) | letters)
    for pair in itertools.combinations(letters, 2):
        yield Node("kron", tuple(Node("index", (letter,)) for letter in pair), node.span), f"δ_{''.join(pair)}"
    for name in free_symbols(setting):
        ref, shape, shown = Node("ref", (name,), node.span), setting.declared[name].shape, readable(name)
        if not shape:
            yield ref, shown
            yield Node("div", (ONE, ref), node.span), f"1/{shown}"
        elif not letters:
            yield ref, shown
        for chosen in itertools.permutations(letters, len(shape)) if shape else ():
            entry = Node("at", (ref, tuple(Node("index", (letter,)) for letter in chosen), None), node.span)
            yield entry, f"{shown}_{''.join(chosen)}"


def lost_neighbours(right: Node, left: Node, nodes: list[Node], setting, latex) -> Edits:
    """A term that is lost inside a product, and the transpose of a sum's one term."""
    letters = sorted(free_indices(right))
    if len(letters) == 2:
        turned = renamed(right, dict(zip(letters, letters[::-1], strict=True)))
        yield "the term with its indices exchanged is missing", Node("add", (right, turned), right.span)
    yield "the transposed term is missing", Node("add", (right, Node("transpose", (right,), right.span)), right.span)
    for node in nodes:
        if node.head in ("at", "ref") and node is not right:
            for term, shown in factors(node, set(letters), setting):
                if term.head in ("ref", "at"):
                    for made, sign in ((Node("neg", (term,), node.span), "−"), (term, "+")):
                        name = f"{latex(node)} stands where {latex(node)} {sign} {shown} should"
                        yield name, rebuilt(right, node, Node("add", (node, made), node.span))
