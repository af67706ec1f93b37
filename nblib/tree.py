"""The syntax tree of a line in other words: a part replaced, letters renamed, spelled for a message."""

from __future__ import annotations

from collections.abc import Iterator

from .syntax import Node


def rebuilt(node: Node, old: Node, new: Node) -> Node:
    """`node` with the one node `old` (this very object) replaced."""
    if node is old:
        return new
    changed = False
    children = []
    for child in node.children:
        if isinstance(child, Node):
            made = rebuilt(child, old, new)
        elif isinstance(child, tuple):
            made = tuple(rebuilt(c, old, new) if isinstance(c, Node) else c for c in child)
            made = child if all(a is b for a, b in zip(made, child, strict=False)) else made
        else:
            made = child
        changed = changed or made is not child
        children.append(made)
    return Node(node.head, tuple(children), node.span) if changed else node


def editable(node: Node) -> Iterator[Node]:
    """The nodes of a side, without the variables that derivatives are taken by."""
    yield node
    for child in node.children[:1] if node.head == "partial" else node.children:
        for inner in child if isinstance(child, tuple) else (child,):
            if isinstance(inner, Node):
                yield from editable(inner)


def renamed(node: Node, names: dict[str, str]) -> Node:
    if node.head == "index":
        return Node("index", (names.get(node.children[0], node.children[0]),), node.span)
    children = []
    for child in node.children:
        if isinstance(child, Node):
            children.append(renamed(child, names))
        elif isinstance(child, tuple) and any(isinstance(c, Node) for c in child):
            children.append(tuple(renamed(c, names) if isinstance(c, Node) else c for c in child))
        elif (
            isinstance(child, tuple)
            and node.head in ("sum", "prod", "max", "min")
            and child
            and isinstance(child[0], str)
        ):
            children.append(tuple(names.get(c, c) for c in child))
        else:
            children.append(child)
    return Node(node.head, tuple(children), node.span)


def spelled(node: Node) -> str:
    """A short LaTeX spelling of a syntax tree, for messages."""
    inner = [spelled(c) for c in node.children if isinstance(c, Node)]
    if node.head in ("ref", "index"):
        return str(node.children[0])
    if node.head == "num":
        return str(node.children[0])
    if node.head == "member":
        return f"{node.children[0]}^({inner[0]})"
    if node.head == "at":
        return f"{inner[0]}_{''.join(spelled(i) for i in (node.children[2] or node.children[1]))}"
    if node.head == "mul":
        return " ".join(inner)
    if node.head == "transpose":
        return inner[0] + r"^\top"
    if node.head == "pow":
        return f"{inner[0]}^{inner[1]}"
    if node.head == "neg":
        return "−" + inner[0]
    if node.head == "add":
        return "(" + " + ".join(inner) + ")"
    if node.head == "div":
        return f"{inner[0]}/{inner[1]}"
    return f"the {node.head}"


def untransposed(node: Node) -> Node:
    return node.children[0] if node.head == "transpose" else Node("transpose", (node,), node.span)
