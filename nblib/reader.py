"""Parse tree -> syntax tree.

The grammar reads a line as flat terms; the reader gives them their structure, which depends on what the names mean: a
declared function applies to the bracket behind it, a declared number multiplies it; `n_{l-1}` is one name when it is
declared and an entry of `n` when it is not.
"""

from __future__ import annotations

import re

from lark import Token, Tree
from sympy import Rational

from .syntax import MAX_DEPTH, MAX_DIGITS, Node, NotationError, Scope, canonical, parse, strip_braces

FUNCTIONS = {
    "log",
    "ln",
    "exp",
    "tanh",
    "sinh",
    "cosh",
    "sin",
    "cos",
    "arctan",
    "sigma",
    "relu",
    "ReLU",
    "step",
    "sign",
    "softplus",
    "softmax",
    "diag",
    "tr",
    "max",
    "min",
    "O",
}
OTHER_NAMES = {"sigmoid": "sigma", "sgn": "sign", "Tr": "tr", "trace": "tr"}  # of known functions
MOMENTS = {"Var": "variance", "Cov": "covariance"}
FORMS = {"expect": r"\mathbb{E}[x]", "variance": r"\operatorname{Var}(x)", "covariance": r"\operatorname{Cov}(x, y)"}
INDEX = re.compile(r"[a-z]'{0,2}")
RELATIONS = {
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\gets": r"\leftarrow",
    r"\neq": r"\ne",
    r"\coloneqq": ":=",
    r"\lt": "<",
    r"\gt": ">",
}


class Reader:
    """Reads the parse tree of one line in a scope.  `indices` collects the letters that stand as free indices."""

    def __init__(self, text: str, scope: Scope, bound: tuple[str, ...] = ()):
        self.text, self.scope = text.replace("\x00", "&"), scope
        self.bound: list[str] = list(bound)
        self.loose: dict[str, tuple[int, int]] = {}  # undeclared letters outside subscripts
        self.indices: set[str] = set()  # undeclared letters inside subscripts
        self.depth = 0

    # -- errors and places

    def fail(self, message: str, where, hint: str = "", kind: type = NotationError):
        span = where if isinstance(where, tuple) else self.span(where)
        raise kind(message, self.text, span, hint)

    @staticmethod
    def span(tree) -> tuple[int, int]:
        if isinstance(tree, Token):
            return tree.start_pos, tree.end_pos
        if isinstance(tree, Node):
            return tree.span
        if isinstance(tree, list):
            return Reader.span(tree[0])[0], Reader.span(tree[-1])[1]
        return (tree.meta.start_pos, tree.meta.end_pos) if not tree.meta.empty else (0, 0)

    def source(self, tree) -> str:
        begin, end = self.span(tree)
        return self.text[begin:end]

    # -- lines

    def row(self, tree: Tree) -> list[tuple[str, Node | None]]:
        """The line as (relation, expression) pairs; the first relation is "" and its expression may be None."""
        parts: list[tuple[str, Node | None]] = []
        relation = ""
        for child in tree.children:
            if isinstance(child, Token):
                if not parts:
                    parts.append(("", None))
                relation = RELATIONS.get(str(child), str(child))
            else:
                parts.append((relation, self.expr(child)))
        for name, span in self.loose.items():
            if name not in self.indices:
                self.unknown(name, span)
        return parts

    def unknown(self, name: str, span):
        near = [
            n
            for n in self.scope.names()
            if (other := bare(n))[:1] == (own := bare(name))[:1] or own.lower() == other.lower() or own in other
        ]
        hint = f"declare it in the setting; declared here: {', '.join(sorted(self.scope.names())) or 'nothing'}"
        if constant := re.match(r"\\mathbf\{[01]\}", name):
            hint = rf"declare it with its size, for example {constant[0]} \in \mathbb{{R}}^{{n}}"
            self.fail(f"{constant[0]} is not declared", span, hint)
        if near:
            hint = f"did you mean {' or '.join(near[:3])}? " + hint
        self.fail(f"{name} is not declared", span, hint)

    # -- expressions

    def expr(self, tree: Tree) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH * 3:
            self.fail("this is nested too deeply", tree, "split the line")
        terms, sign = [], "+"
        for child in tree.children:
            if isinstance(child, Token):
                sign = str(child)
                continue
            node = self.term(child.children)
            terms.append(Node("neg", (node,), node.span) if sign == "-" else node)
            sign = "+"
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Node("add", tuple(terms), self.span(tree))

    def term(self, elements: list) -> Node:
        """Structure of a flat run of factors and operators."""
        out: list = []
        at = 0
        while at < len(elements):
            element = elements[at]
            if isinstance(element, Token):
                out.append(element)
                at += 1
                continue
            node, at = self.operand(elements, at)
            out.append(node)
        return self.precedence(out)

    def precedence(self, out: list) -> Node:
        r"""Juxtaposition binds tightest, then \cdot \times and /, then \odot."""
        groups: list[list] = [[]]
        for element in out:
            if isinstance(element, Token) and str(element) == r"\odot":
                groups.append([])
            else:
                groups[-1].append(element)
        factors = [self.divisions(group, out) for group in groups]
        if len(factors) == 1:
            return factors[0]
        return Node("had", tuple(factors), (factors[0].span[0], factors[-1].span[1]))

    def divisions(self, group: list, whole: list) -> Node:
        chains: list[list] = [[]]
        operators: list[Token] = []
        for element in group:
            if isinstance(element, Token):
                operators.append(element)
                chains.append([])
            else:
                chains[-1].append(element)
        if any(not chain for chain in chains):
            self.fail("an operand is missing here", operators[0] if operators else whole[0])
        result = self.juxtaposed(chains[0])
        for operator, chain in zip(operators, chains[1:], strict=False):
            right = self.juxtaposed(chain)
            span = (result.span[0], right.span[1])
            if str(operator) == "/":
                if len(chain) > 1:
                    self.fail(
                        "it is not clear what is divided by what",
                        (operator.start_pos, right.span[1]),
                        r"write \frac{..}{..}, or brackets around the divisor",
                    )
                result = Node("div", (result, right), span)
            else:
                result = Node("dot" if str(operator) == r"\cdot" else "times", (result, right), span)
        return result

    @staticmethod
    def juxtaposed(chain: list[Node]) -> Node:
        return chain[0] if len(chain) == 1 else Node("mul", tuple(chain), (chain[0].span[0], chain[-1].span[1]))

    def operand(self, elements: list, at: int) -> tuple[Node, int]:
        """The operand that begins at `elements[at]`, and where the next one begins."""
        factor = elements[at]
        atom, scripts = factor.children[0], factor.children[1:]
        head = atom.data
        self.single_scripts(factor)
        if head == "big":
            return self.big(factor, elements[at + 1 :]), len(elements)
        if head == "nabla":
            return self.nabla(factor, elements, at)
        if head == "partial":
            return self.inline_partial(elements, at)
        if head == "blackboard":
            return self.blackboard(elements, at)
        if head == "frac" and not scripts:
            derivative = self.derivative(atom)
            if derivative is not None:
                return self.derive_operand(derivative, atom, elements, at)
        name = self.function_name(factor)
        if name in MOMENTS and self.scope.kind(name) is None:
            return self.moments(MOMENTS[name], elements, at)
        if name is not None:
            return self.apply(name, elements, at)
        return self.factor(factor), at + 1

    # -- functions

    def function_name(self, factor: Tree) -> str | None:
        atom = factor.children[0]
        if atom.data == "word":
            word = re.sub(r"^\\|operatorname\*?\s*\{|\}", "", str(atom.children[0])).replace("{", "")
            return self.known(word) or word
        upright = re.fullmatch(r"\\(?:math(?:rm|sf|it)|text(?:rm|it|sf)?)\{([A-Za-z]{2,})\}", self.source(atom))
        if upright and self.scope.kind(canonical(self.source(atom))) is None and self.known(upright[1]):
            return self.known(upright[1])
        if atom.data == "name":
            base = canonical(str(atom.children[0]))
            primes = "".join("'" for s in factor.children[1:] if s.data == "prime")
            if self.scope.kind(base + primes):
                return base + primes if self.scope.kind(base + primes) in ("function", "macro") else None
            scripted = self.name_with(base, factor.children[1:])[0]
            for candidate in (scripted, base):
                if candidate and self.scope.kind(candidate) in ("function", "macro"):
                    return candidate
            if scripted is None and base == "O" and len(factor.children) == 1:
                return "O"  # the order of what is left out
            if scripted is None and base == r"\sigma" and self.scope.kind(base) is None:
                return "sigma"
        return None

    def known(self, word: str) -> str | None:
        """The function of the language that a word means, where the setting does not use it otherwise."""
        if self.scope.kind(word) is None and (word in OTHER_NAMES or word in FUNCTIONS or word in MOMENTS):
            return OTHER_NAMES.get(word, word)
        return None

    def apply(self, name: str, elements: list, at: int) -> tuple[Node, int]:
        factor = elements[at]
        scripts = list(factor.children[1:])
        known = self.scope.kind(name)
        if known is None and name not in FUNCTIONS:
            self.fail(
                f"the function {name} is not declared",
                factor.children[0],
                rf"declare it, for example {name} : \mathbb{{R}} \to \mathbb{{R}}, or define {name}(x) := ...",
            )
        order = sum(len(s.children) for s in scripts if s.data == "prime")
        if name.endswith("'") and known:
            order = 0
        if name in ("max", "min") and any(s.data == "sub" for s in scripts):
            return self.reduction(name, factor, elements[at + 1 :]), len(elements)
        order, power = self.function_scripts(name, factor, order)
        primes = [s for s in power if re.fullmatch(r"(\\prime)+", canonical(strip_braces(self.source(s)[1:])))]
        order += sum(self.source(s).count("prime") for s in primes)
        power = [s for s in power if s not in primes]
        begin = self.span(factor)[0]
        if at + 1 < len(elements) and not isinstance(elements[at + 1], Token):
            following = elements[at + 1]
            if following.children[0].data in ("parens", "brackets", "curly"):
                inner = following.children[0]
                arguments = self.arguments(inner)
                node = Node("call", (name, order, tuple(arguments)), (begin, self.span(inner)[1]))
                node = self.powers(node, power)
                return self.scripted(node, following.children[1:], following), at + 2
            if factor.children[0].data == "word":
                after = following.children[0].data
                if after == "big" or (after == "word" and self.function_name(following) in ("max", "min")):
                    argument, end = self.term(elements[at + 1 :]), len(elements)
                else:
                    argument, end = self.operand(elements, at + 1)
                    if end < len(elements) and not isinstance(elements[end], Token):
                        self.fail(
                            f"it is not clear how far {name} reaches",
                            (begin, self.span(elements[end])[1]),
                            f"put brackets around the argument of {name}, or the other factor first",
                        )
                node = Node("call", (name, order, (argument,)), (begin, argument.span[1]))
                return self.powers(node, power), end
        self.fail(f"{name} needs its argument in brackets", factor, f"write {name}(z)")

    def function_scripts(self, name: str, factor: Tree, order: int) -> tuple[int, list]:
        """(order of the derivative, powers) that the scripts say which are not part of the function's name."""
        atom, scripts = factor.children[0], [s for s in factor.children[1:] if s.data != "prime"]
        if atom.data == "name" and self.scope.kind(name):
            scripts = self.name_with(canonical(str(atom.children[0])), scripts)[1]
        powers = []
        for script in scripts:
            mark = self.mark(script)[0] if not isinstance(script, tuple) and script.data == "sup" else None
            if mark and re.fullmatch(r"\(\d\)", mark):
                order += int(mark[1])  # f^{(3)} is the third derivative
            elif isinstance(script, tuple) or script.data == "sub" or mark:
                self.fail(
                    f"{self.source(factor)} is not declared", factor, "a subscript belongs behind the bracket: f(z)_i"
                )
            elif self.source(script).replace(" ", "").strip("^{}") == "-1":
                hint = rf"write \frac{{1}}{{{name}(..)}}"
                self.fail(f"{self.source(factor)} may mean an inverse function", factor, hint)
            else:
                powers.append(script)
        return order, powers

    def single_scripts(self, factor: Tree):
        """Refuse x^2^3 and x_1_2, as LaTeX does."""
        for kind, word in (("sup", "superscript"), ("sub", "subscript")):
            found = [s for s in factor.children[1:] if s.data == kind]
            if len(found) > 1:
                self.fail(f"a second {word} needs braces", found[1], "write {x^{2}}^{3}, or {x_1}_2")

    def powers(self, node: Node, scripts: list) -> Node:
        for script in scripts:
            node = Node("pow", (node, self.content(script)), (node.span[0], max(node.span[1], self.span(script)[1])))
        return node

    def arguments(self, bracket: Tree) -> list[Node]:
        return [self.plain(item) for item in self.items(bracket)]

    def items(self, tree: Tree) -> list[Tree]:
        """The items of a bracket or a braced argument."""
        inner = [c for c in tree.children if isinstance(c, Tree) and c.data == "list"]
        return list(inner[0].children) if inner else []

    def plain(self, item: Tree) -> Node:
        if len(item.children) > 1:
            self.fail("a relation cannot stand here", item.children[1], r"a condition belongs into \mathbb{1}[...]")
        return self.expr(item.children[0])

    # -- big operators

    def big(self, factor: Tree, rest: list) -> Node:
        kind = "sum" if str(factor.children[0].children[0]) == r"\sum" else "prod"
        if not rest or isinstance(rest[0], Token):
            self.fail(f"nothing follows \\{kind}", factor, "a sum reaches over the factors to its right")
        return self.ranged(kind, factor, rest)

    def reduction(self, name: str, factor: Tree, rest: list) -> Node:
        if not rest or isinstance(rest[0], Token):
            self.fail(f"nothing follows \\{name}", factor)
        return self.ranged(name, factor, rest)

    def ranged(self, kind: str, factor: Tree, rest: list) -> Node:
        """A sum, product, maximum or minimum over indices, with its body."""
        lower = [s for s in factor.children[1:] if s.data == "sub"]
        upper = [s for s in factor.children[1:] if s.data == "sup"]
        if not lower:
            self.fail(f"\\{kind} without its index", factor, f"write \\{kind}_{{i}} or \\{kind}_{{i=1}}^{{n}}")
        names, low, conditions = self.ranges(lower[0], kind)
        high = self.content(upper[0]) if upper else None
        if (low is None) != (high is None):
            self.fail(
                f"\\{kind} needs both limits, or none",
                factor,
                f"write \\{kind}_{{i=1}}^{{n}}, or \\{kind}_{{i}} for every value",
            )
        self.bound.extend(names)
        conditions = tuple((rel, self.expr(a), self.expr(b)) for rel, a, b in conditions)
        body = self.term(rest)
        del self.bound[-len(names) :]
        used = {n.children[0] for n in body.walk() if n.head == "index"}
        for name in names:
            if name not in used and low is None:
                self.fail(f"the index {name} is not used behind \\{kind}", lower[0], "what does the sum run over?")
        return Node(kind, (tuple(names), low, high, conditions, body), (self.span(factor)[0], body.span[1]))

    def ranges(self, script: Tree, kind: str):
        names, low, conditions = [], None, []
        for item in self.list_of(script):
            parts = [c for c in item.children if not isinstance(c, Token)]
            relations = [RELATIONS.get(str(c), str(c)) for c in item.children if isinstance(c, Token)]
            letters = self.letters(parts[0])
            if letters is None:
                self.fail(
                    f"\\{kind} runs over index letters",
                    item,
                    f"write \\{kind}_{{i}}, \\{kind}_{{i,j}} or \\{kind}_{{i=1}}^{{n}}",
                )
            if relations == ["="] and len(letters) == 1:
                low = self.expr(parts[1])
            elif relations == [r"\ne"] and len(letters) == 1:
                conditions.append((r"\ne", parts[0], parts[1]))
            elif relations:
                self.fail("this range cannot be read", item, r"write i=1 with an upper limit, or k \ne i")
            names.extend(letters)
        for name in names:
            if self.scope.kind(name):
                self.fail(
                    f"{name} is declared; it cannot also be an index", script, "choose another letter for the index"
                )
            if name in self.bound or names.count(name) > 1:
                self.fail(
                    f"the index {name} is used by two sums at once", script, "choose another letter for one of them"
                )
        if low is not None and len(names) > 1:
            self.fail("limits belong to one index", script, "write one sum for each index")
        return names, low, conditions

    def letters(self, expr: Tree) -> list[str] | None:
        """The index letters of `i`, `ij`; None when something else stands there."""
        if len(expr.children) != 1:
            return None
        found = []
        for factor in expr.children[0].children:
            if isinstance(factor, Token) or factor.children[0].data != "name":
                return None
            primes = factor.children[1:]
            if any(s.data != "prime" for s in primes):
                return None
            found.append(str(factor.children[0].children[0]) + "'" * sum(len(s.children) for s in primes))
        return found if all(INDEX.fullmatch(name) for name in found) else None

    def list_of(self, script: Tree) -> list[Tree]:
        argument = script.children[0]
        inner = [c for c in argument.children if isinstance(c, Tree) and c.data == "list"]
        if inner:
            return list(inner[0].children)
        token = argument.children[0]
        return [_as_item(token)]

    # -- derivatives

    def derivative(self, frac: Tree):
        r"""(order, rest of the numerator, variables) of \frac{\partial L}{\partial v} or \frac{dL}{dv};
        None for others.
        """
        top, bottom = (self.flat(argument) for argument in frac.children if isinstance(argument, Tree))
        if not top or not bottom or not self.is_d(top[0]) or not self.is_d(bottom[0]):
            return None
        if top[0].children[0].data == "name" and bottom[0].children[0].data == "partial":
            return None
        order = self.exponent(top[0])
        groups: list[list] = []
        for element in bottom:
            if not isinstance(element, Token) and self.is_d(element) and (not groups or groups[-1]):
                if len(element.children) > 1:
                    self.fail(
                        "the order belongs above, and behind the variable below",
                        element,
                        r"write \frac{\partial^2 L}{\partial w^2}",
                    )
                groups.append([])
            else:
                groups[-1].append(element)
        variables = []
        for group in groups:
            if len(group) != 1 or isinstance(group[0], Token):
                self.fail(
                    "it is not clear what is differentiated by",
                    frac,
                    r"write \partial before each variable: \partial w_i \, \partial w_j",
                )
            variables.extend(self.variable(group[0], order, len(groups)))
        if len(variables) != order:
            self.fail(
                f"a derivative of order {order} needs {order} variables below, not {len(variables)}",
                frac,
                r"write \frac{\partial^2 L}{\partial w_i \, \partial w_j}",
            )
        return order, top[1:], variables

    def variable(self, factor: Tree, order: int, groups: int) -> list[Node]:
        scripts = list(factor.children[1:])
        powers = [s for s in scripts if s.data == "sup" and re.fullmatch(r"\d", strip_braces(self.source(s)[1:]))]
        times = 1
        if order > 1 and groups < order and powers:
            times = int(strip_braces(self.source(powers[0])[1:]))
            scripts.remove(powers[0])
        node = self.base(factor.children[0], scripts, factor)
        if node.head not in ("ref", "at", "member"):
            self.fail(
                "a derivative is taken by a declared symbol or one of its entries",
                factor,
                "define the expression with a name in the setting, and differentiate by that name",
            )
        return [node] * times

    def exponent(self, factor: Tree) -> int:
        if len(factor.children) == 1:
            return 1
        digits = strip_braces(self.source(factor.children[1])[1:])
        if not re.fullmatch(r"[1-4]", digits):
            self.fail("the order of a derivative is a number from 1 to 4", factor)
        return int(digits)

    def is_d(self, factor) -> bool:
        if isinstance(factor, Token):
            return False
        atom = factor.children[0]
        if atom.data == "partial":
            return True
        return (
            atom.data == "name"
            and canonical(str(atom.children[0])) in ("d", r"\mathrm{d}")
            and self.scope.kind("d") is None
            and "d" not in self.bound
            and all(s.data == "sup" for s in factor.children[1:])
        )

    def flat(self, argument: Tree) -> list | None:
        """The factors and operators of a braced argument that is one positive term; else None."""
        inner = [c for c in argument.children if isinstance(c, Tree) and c.data == "list"]
        if not inner:
            return None
        items = inner[0].children
        if len(items) != 1 or len(items[0].children) != 1:
            return None
        expr = items[0].children[0]
        if len(expr.children) != 1:
            return None
        return list(expr.children[0].children)

    def derive_operand(self, derivative, atom: Tree, elements: list, at: int) -> tuple[Node, int]:
        _order, top, variables = derivative
        begin, end = self.span(atom)
        if top:
            return Node("partial", (self.term(top), tuple(variables)), (begin, end)), at + 1
        if at + 1 >= len(elements) or isinstance(elements[at + 1], Token):
            self.fail(
                "nothing follows this derivative",
                atom,
                r"write \frac{\partial E}{\partial w} or \frac{\partial}{\partial w}(...)",
            )
        if elements[at + 1].children[0].data == "big":
            body, after = self.term(elements[at + 1 :]), len(elements)
        else:
            body, after = self.operand(elements, at + 1)
            if after < len(elements) and not isinstance(elements[after], Token):
                self.fail(
                    "it is not clear how far the derivative reaches",
                    (begin, self.span(elements[after])[1]),
                    "put brackets around what is differentiated",
                )
        return Node("partial", (body, tuple(variables)), (begin, body.span[1])), after

    def inline_partial(self, elements: list, at: int) -> tuple[Node, int]:
        r"""\partial L / \partial v, or \partial_v L."""
        if any(script.data == "sub" for script in elements[at].children[1:]):
            return self.nabla(elements[at], elements, at)
        window = elements[at : at + 5]
        if (
            len(window) < 5
            or isinstance(window[1], Token)
            or str(window[2]) != "/"
            or isinstance(window[3], Token)
            or window[3].children[0].data != "partial"
            or isinstance(window[4], Token)
        ):
            self.fail(
                r"\partial stands in a fraction",
                elements[at],
                r"write \frac{\partial L}{\partial w} or \partial L / \partial w",
            )
        body, _ = self.operand([window[1]], 0)
        order = self.exponent(window[0])
        variables = self.variable(window[4], order, 1)
        if len(variables) != order:
            self.fail(f"a derivative of order {order} needs {order} variables below", window[4])
        return Node("partial", (body, tuple(variables)), (self.span(window[0])[0], self.span(window[4])[1])), at + 5

    def nabla(self, factor: Tree, elements: list, at: int) -> tuple[Node, int]:
        scripts = factor.children[1:]
        lower = [s for s in scripts if s.data == "sub"]
        order = 1
        for script in scripts:
            if script.data == "sup":
                if strip_braces(self.source(script)[1:]) != "2":
                    self.fail(r"only \nabla and \nabla^2 are in the language", script)
                order = 2
        if not lower:
            self.fail(r"\nabla without its variable", factor, r"write \nabla_w L")
        items = self.list_of(lower[0])
        if len(items) != 1:
            self.fail(f"{self.source(factor.children[0])} takes one variable", lower[0])
        variable = self.plain(items[0])
        if variable.head not in ("ref", "at", "member"):
            self.fail("a gradient is taken by a declared symbol", lower[0])
        if at + 1 >= len(elements) or isinstance(elements[at + 1], Token):
            self.fail(r"nothing follows \nabla", factor, r"write \nabla_w L")
        body, after = self.operand(elements, at + 1)
        if after < len(elements) and not isinstance(elements[after], Token):
            self.fail(
                r"it is not clear how far \nabla reaches",
                (self.span(factor)[0], self.span(elements[after])[1]),
                r"put brackets: (\nabla_w L) x, or \nabla_w (L x)",
            )
        return Node("partial", (body, (variable,) * order), (self.span(factor)[0], body.span[1])), after

    # -- expectations

    def moments(self, head: str, elements: list, at: int) -> tuple[Node, int]:
        r"""\mathbb{E}[x], \operatorname{Var}(x), \operatorname{Cov}(x, y), with an exponent behind the bracket."""
        factor, form = elements[at], FORMS[head]
        if len(factor.children) > 1:
            self.fail(
                f"what stands at {self.source(factor.children[0])} cannot be read",
                factor.children[1],
                f"write {form}; an exponent stands behind the bracket",
            )
        following = elements[at + 1] if at + 1 < len(elements) else None
        if not isinstance(following, Tree) or following.children[0].data not in ("brackets", "parens", "curly"):
            self.fail(f"{self.source(factor)} needs its argument in brackets", factor, f"write {form}")
        bracket = following.children[0]
        arguments = self.arguments(bracket)
        if len(arguments) != (2 if head == "covariance" else 1):
            self.fail(f"{self.source(factor)} has {len(arguments)} arguments here", bracket, f"write {form}")
        node = Node(head, tuple(arguments), (self.span(factor)[0], self.span(bracket)[1]))
        return self.scripted(node, following.children[1:], following), at + 2

    # -- indicators

    def blackboard(self, elements: list, at: int) -> tuple[Node, int]:
        factor = elements[at]
        if "E" in str(factor.children[0].children[0]):
            return self.moments("expect", elements, at)
        condition, after = None, at + 1
        lower = [s for s in factor.children[1:] if s.data == "sub"]
        if lower:
            condition = self.list_of(lower[0])
        elif (
            after < len(elements)
            and not isinstance(elements[after], Token)
            and elements[after].children[0].data in ("brackets", "curly", "parens")
        ):
            condition = self.items(elements[after].children[0])
            after += 1
        if condition is None or len(condition) != 1 or len(condition[0].children) < 3:
            self.fail(
                r"\mathbb{1} needs its condition",
                factor,
                r"write \mathbb{1}[z > 0]; a vector of ones is \mathbf{1}, declared with its size",
            )
        parts = condition[0].children
        sides = [self.expr(c) for c in parts if not isinstance(c, Token)]
        relations = [RELATIONS.get(str(c), str(c)) for c in parts if isinstance(c, Token)]
        if any(r in (":=", r"\leftarrow", r"\approx") for r in relations):
            self.fail("this is not a condition", condition[0])
        span = (self.span(factor)[0], self.span(elements[after - 1])[1])
        tests = [Node("indicator", (r, a, b), span) for r, a, b in zip(relations, sides, sides[1:], strict=False)]
        node = tests[0] if len(tests) == 1 else Node("mul", tuple(tests), span)
        scripts = [] if lower else (list(elements[after - 1].children[1:]) if after == at + 2 else [])
        return self.scripted(node, scripts, elements[after - 1]), after

    # -- factors and names

    def factor(self, factor: Tree) -> Node:
        return self.base(factor.children[0], list(factor.children[1:]), factor)

    def base(self, atom: Tree, scripts: list, factor: Tree) -> Node:
        head, span = atom.data, self.span(atom)
        if head == "name":
            return self.name(canonical(str(atom.children[0])), atom, scripts, factor)
        if head == "number":
            digits = re.sub(r"[^0-9.]", "", re.sub(r"\\[,;:!> ]", "", self.source(atom)))
            if len(digits) > MAX_DIGITS:
                self.fail(f"a number has at most {MAX_DIGITS} digits", atom)
            node = Node("num", (Rational(digits),), span)
        elif head in ("parens", "brackets", "curly", "group"):
            items = self.items(atom)
            if len(items) != 1:
                self.fail(
                    "a list cannot stand here",
                    atom,
                    "brackets hold one expression, unless a function stands before them",
                )
            inner = self.plain(items[0])
            node = Node(inner.head, inner.children, span)
        elif head == "inner":
            items = self.items(atom)
            if len(items) != 2:
                self.fail(r"an inner product has two arguments: \langle u, v \rangle", atom)
            node = Node("inner", tuple(self.plain(i) for i in items), span)
        elif head in ("abs", "norm", "floor", "ceil"):
            node = Node(head, (self.expr(next(c for c in atom.children if isinstance(c, Tree))),), span)
        elif head == "frac":
            derivative = self.derivative(atom)
            if derivative is not None and derivative[1]:
                node = Node("partial", (self.term(derivative[1]), tuple(derivative[2])), span)
            elif derivative is not None:
                self.fail("nothing follows this derivative", atom)
            else:
                top, bottom = (self.argument(a) for a in (c for c in atom.children if isinstance(c, Tree)))
                node = Node("div", (top, bottom), span)
        elif head == "sqrt":
            node = Node("sqrt", (self.argument(next(c for c in atom.children if isinstance(c, Tree))),), span)
        elif head == "decorated":
            inner = self.argument(next(c for c in atom.children if isinstance(c, Tree)))
            if "brace" in str(atom.children[0]):  # its label is decoration
                for script in scripts:
                    if not re.fullmatch(r"\s*\\text(rm|it|bf|sf)?\{[^{}]*\}\s*", strip_braces(self.source(script)[1:])):
                        self.fail("the label of a brace is text", script, r"write \underbrace{...}_{\text{...}}")
                scripts = []
            node = Node(inner.head, inner.children, span)
        elif head == "matrix":
            node = self.matrix(atom)
        elif head == "mark":
            self.fail(
                f"{self.source(atom)} cannot stand here",
                atom,
                r"write ^\top for a transpose, \odot or \cdot for a product",
            )
        elif head == "text":
            self.fail("text cannot stand here", atom, "a reason stands after &&")
        else:
            self.fail(f"{self.source(atom)} cannot stand here", atom)
        return self.scripted(node, scripts, factor)

    def argument(self, argument: Tree) -> Node:
        first = argument.children[0]
        inner = [c for c in argument.children if isinstance(c, Tree) and c.data == "list"]
        if inner:
            if len(inner[0].children) != 1:
                self.fail("one expression belongs here", argument)
            return self.plain(inner[0].children[0])
        if isinstance(first, Token) and first.type in ("DIGIT", "NAME"):
            return self.plain(_as_item(first))
        self.fail("this argument needs braces", argument, r"write \frac{..}{..}")

    def matrix(self, atom: Tree) -> Node:
        begin, end = str(atom.children[0])[7:-1], str(atom.children[-1])[5:-1]
        if begin != end:
            self.fail(f"\\begin{{{begin}}} is closed by \\end{{{end}}}", atom.children[-1])
        lines = [
            tuple(self.expr(c) for c in row.children if isinstance(c, Tree))
            for row in atom.children
            if isinstance(row, Tree)
        ]
        if len({len(line) for line in lines}) != 1:
            self.fail("the rows of this matrix have different lengths", atom)
        return Node("matrix", (tuple(lines),), self.span(atom))

    def mark(self, script: Tree) -> tuple[str | None, list]:
        r"""The part of a superscript that belongs to the name (`[2]`, `(i)`, `*`, `\text{pad}`), and what is left."""
        elements = self.flat_script(script)
        if elements is None:
            return None, []
        first = elements[0]
        if isinstance(first, Token):
            return None, elements
        kind = first.children[0].data
        if kind in ("brackets", "parens", "text") and len(first.children) == 1:
            return canonical(self.source(first)), elements[1:]
        if kind == "name" and re.match(r"\\mathrm|\\mathit|\\mathsf", self.source(first)):
            return canonical(self.source(first)), elements[1:]
        if kind == "mark" and self.source(first).strip() in ("*", r"\star", r"\ast", r"\dagger"):
            return canonical(self.source(first)), elements[1:]
        return None, elements

    def flat_script(self, script: Tree) -> list | None:
        argument = script.children[0]
        if not any(isinstance(c, Tree) for c in argument.children):
            return [Tree("factor", [_as_atom(argument.children[0])], argument.meta)]
        return self.flat(argument)

    def name_with(self, base: str, scripts: list) -> tuple[str | None, list]:
        """The longest declared name that base and scripts spell, and the scripts (or parts of them) that
        are left over.
        """
        subs = [s for s in scripts if s.data == "sub"]
        sups = [s for s in scripts if s.data == "sup"]
        sub = "_{" + canonical(strip_braces(self.source(subs[0])[1:])) + "}" if subs else ""
        mark, rest = self.mark(sups[0]) if sups else (None, [])
        sup = "^{" + mark + "}" if mark else ""
        whole_sup = "^{" + canonical(strip_braces(self.source(sups[0])[1:])) + "}" if sups else ""
        for name, used_sub, used_sup in (
            (base + sub + whole_sup, 1, 2),
            (base + sub + sup, 1, 1),
            (base + whole_sup, 0, 2),
            (base + sup, 0, 1),
            (base + sub, 1, 0),
            (base, 0, 0),
        ):
            if (used_sub and not subs) or (used_sup and not sups) or (used_sup == 1 and not mark):
                continue
            if self.scope.kind(name):
                left = [s for s in scripts if not (used_sub and s.data == "sub" or used_sup and s.data == "sup")]
                return name, [*left, ("rest", rest)] if used_sup == 1 and rest else left
        return None, scripts

    def name(self, base: str, atom: Tree, scripts: list, factor: Tree) -> Node:
        span = self.span(atom)
        primes = sum(len(s.children) for s in scripts if s.data == "prime")
        if primes:
            primed = base + "'" * primes
            if (
                self.scope.kind(primed)
                or primed in self.bound
                or (INDEX.fullmatch(primed) and not self.scope.kind(base))
            ):
                base, scripts = primed, [s for s in scripts if s.data != "prime"]
        name, left = self.name_with(base, scripts)
        if name is None:
            return self.undeclared(base, atom, scripts, factor)
        kind = self.scope.kind(name)
        span = (span[0], max([span[1], *(self.span(s)[1] for s in scripts if s not in left)]))
        if kind in ("function", "macro"):
            self.fail(f"{name} needs its argument in brackets", factor, f"write {name}(z)")
        if kind == "family":
            return self.family(name, left, span, factor)
        if any(
            not isinstance(s, tuple) and s.data == "sup" and self.mark(s)[0] and re.match(r"[\[(]", self.mark(s)[0])
            for s in left
        ):
            marked = self.source(factor)
            others = [n for n in self.scope.names() if n.startswith(base + "^") or n.startswith(base + "_")]
            self.fail(
                f"{marked} is not declared",
                factor,
                f"declared: {', '.join(others or [name])}; a power is written without brackets",
            )
        return self.scripted(Node("ref", (name,), span), left, factor)

    def family(self, name: str, left: list, span, factor: Tree) -> Node:
        """x^{(i)}: a member of a family of examples."""
        sups = [s for s in left if not isinstance(s, tuple) and s.data == "sup"]
        elements = self.flat_script(sups[0]) if sups else None
        if not elements or isinstance(elements[0], Token) or elements[0].children[0].data != "parens":
            self.fail(
                f"{name} is a family: it needs its number in round brackets above", factor, f"write {name}^{{(i)}}"
            )
        items = self.items(elements[0].children[0])
        if len(items) != 1:
            self.fail("one number belongs here", factor)
        index = self.in_subscript(items[0])
        rest = [s for s in left if s is not sups[0]]
        if elements[1:]:
            rest.append(("rest", elements[1:]))
        return self.scripted(Node("member", (name, index), (span[0], self.span(sups[0])[1])), rest, factor)

    def undeclared(self, base: str, atom: Tree, scripts: list, factor: Tree) -> Node:
        span = self.span(atom)
        kept = [s for s in scripts if s.data != "prime"] if base.endswith("'") else scripts
        if base in self.bound:
            return self.scripted(Node("index", (base,), span), kept, factor)
        if base == r"\delta" and [s.data for s in scripts] == ["sub"]:
            indices = self.indices_of(scripts[0])
            if len(indices[0]) == 2 or (indices[1] and len(indices[1]) == 2):
                pair = indices[0] if len(indices[0]) == 2 else indices[1]
                return Node("kron", tuple(pair), (span[0], self.span(scripts[0])[1]))
        if base in ("e", r"\mathrm{e}") and any(s.data == "sup" for s in scripts):
            return Node("call", ("exp", 0, (self.content(scripts[0]),)), (span[0], self.span(scripts[0])[1]))
        if base in ("e", r"\mathrm{e}", r"\pi") and not scripts:
            return Node("constant", (base[-2:] if base == r"\pi" else "e",), span)
        if base == r"\pi":
            return self.scripted(Node("constant", ("pi",), span), scripts, factor)
        if INDEX.fullmatch(base) and not any(s.data == "sub" for s in kept):
            self.loose.setdefault(base, span)
            return self.scripted(Node("index", (base,), span), kept, factor)
        whole = canonical(self.source(factor))
        self.unknown(whole if scripts and not self.scope.kind(base) else base, factor)

    def in_subscript(self, item: Tree) -> Node:
        before = dict(self.loose)
        node = self.plain(item)
        self.loose = before
        for inner in node.walk():
            if inner.head == "index" and inner.children[0] not in self.bound:
                self.indices.add(inner.children[0])
        return node

    def indices_of(self, script: Tree) -> tuple[tuple[Node, ...], tuple[Node, ...] | None]:
        """The indices in a subscript: as items between commas, and letter by letter (`ij`, `12`) where that can be
        meant.
        """
        items = self.list_of(script)
        if len(items) > 1 or len(items[0].children) > 1:
            return tuple(self.slot(item) for item in items), None
        whole, split = self.slot(items[0]), None
        expr = items[0].children[0]
        if len(expr.children) == 1 and not any(isinstance(f, Token) for f in expr.children[0].children):
            split = []
            for factor in expr.children[0].children:
                atom = factor.children[0]
                if (
                    atom.data == "number"
                    and len(factor.children) == 1
                    and all(t.type == "DIGIT" for t in atom.children)
                ):
                    split.extend(Node("num", (Rational(str(t)),), self.span(t)) for t in atom.children)
                else:
                    split.append(self.slot(_item_of(factor)))
        return (whole,), tuple(split) if split and len(split) > 1 else None

    def slot(self, item: Tree) -> Node:
        factors = item.children[0].children[0].children if len(item.children[0].children) == 1 else []
        if (
            len(factors) == 1
            and not isinstance(factors[0], Token)
            and factors[0].children[0].data == "mark"
            and self.source(item) == ":"
        ):
            return Node("colon", (), self.span(item))
        return self.in_subscript(item)

    def content(self, script: Tree) -> Node:
        items = self.list_of(script)
        if len(items) != 1:
            self.fail("one expression belongs here", script)
        return self.plain(items[0])

    def scripted(self, node: Node, scripts: list, factor: Tree) -> Node:
        """`node` with the scripts behind it: indices first, then a transpose or a power."""
        end = self.span(factor)[1]
        sliced = any(not isinstance(s, tuple) and s.data == "sub" and ":" in self.source(s) for s in scripts)

        def place(script) -> int:
            """W^\\top_{ij} is an entry of the transpose; W_{:,i}^\\top is the transpose of a slice; z_i^2 is a power of
            an entry.
            """
            if not isinstance(script, tuple) and script.data == "sub":
                return 1
            if self.is_transpose(script):
                return 1 if sliced else 0  # beside a slice, in the order in which they are written
            return 2

        ordered = sorted(scripts, key=place)
        for script in ordered:
            span = (node.span[0], end if len(ordered) else node.span[1])
            if isinstance(script, tuple):
                node = self.raised(node, script[1], span, factor)
            elif script.data == "sub":
                items, split = self.indices_of(script)
                node = Node("at", (node, items, split), (node.span[0], self.span(script)[1]))
            elif script.data == "prime":
                self.fail(
                    "a prime stands behind the name of a function", script, "write g'(z), with g declared as a function"
                )
            else:
                elements = self.flat_script(script)
                node = self.raised(node, elements, span, factor, script)
        return node

    def is_transpose(self, script) -> bool:
        elements = (
            script[1] if isinstance(script, tuple) else self.flat_script(script) if script.data == "sup" else None
        )
        if not elements or len(elements) != 1 or isinstance(elements[0], Token):
            return False
        bare = canonical(self.source(elements[0]).strip())
        return (
            bare in (r"\top", r"\intercal")
            or bare in ("T", r"\mathsf{T}", r"\mathrm{T}")
            and self.scope.kind(bare) is None
        )

    def raised(self, node: Node, elements: list | None, span, factor: Tree, script: Tree | None = None) -> Node:
        if elements and len(elements) == 1 and not isinstance(elements[0], Token):
            if self.is_transpose(("rest", elements)):
                return Node("transpose", (node,), span)
            if elements[0].children[0].data in ("mark", "text"):
                self.fail(f"{canonical(self.source(factor))} is not declared", factor)
        if script is not None:
            return Node("pow", (node, self.content(script)), span)
        if not elements:
            self.fail("this superscript cannot be read", factor)
        return Node("pow", (node, self.term(elements)), span)


def bare(name: str) -> str:
    """A name without its typeface and braces: w_k of \\mathbf{w}_{k}."""
    return re.sub(r"\\(math[a-z]+|boldsymbol|bm)(?![A-Za-z])|[\\{} ]", "", name)


def _as_atom(token: Token) -> Tree:
    kind = {"DIGIT": "number", "NAME": "name", "MARK": "mark", "PARTIAL": "partial"}.get(token.type, "name")
    return _with_meta(Tree(kind, [token]), token)


def _with_meta(tree: Tree, like) -> Tree:
    begin, end = Reader.span(like)
    tree.meta.empty, tree.meta.start_pos, tree.meta.end_pos = False, begin, end
    return tree


def _as_item(token: Token) -> Tree:
    return _item_of(_with_meta(Tree("factor", [_as_atom(token)]), token))


def _item_of(factor: Tree) -> Tree:
    tree = factor
    for kind in ("term", "expr", "item"):
        tree = _with_meta(Tree(kind, [tree]), factor)
    return tree


def read_row(text: str, scope: Scope) -> list[tuple[str, Node | None]]:
    """One line as (relation, syntax tree) pairs: `a = b \\le c` gives [("", a), ("=", b), ("\\le", c)]."""
    try:
        return Reader(text, scope).row(parse(text))
    except RecursionError:
        raise NotationError("this is nested too deeply", text, (0, 1), "split the line") from None


def read_expression(text: str, scope: Scope, bound: tuple[str, ...] = ()) -> Node:
    """A single expression, without a relation."""
    tree = parse(text)
    reader = Reader(text, scope, bound)
    parts = reader.row(tree)
    if len(parts) != 1 or parts[0][1] is None:
        raise NotationError("one expression belongs here, without a relation", text, (0, len(text)))
    return parts[0][1]
