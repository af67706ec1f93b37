"""Everything that the language lists is read, what looks like it is refused, and errors point at their place."""

import functools

import pytest
from carets import column, pointed_at

from nblib import NotationError, ShapeError, WrongLine, derive, given
from nblib.syntax import canonical, check_text, parse, pointed, rows, split_top

REFUSED = (WrongLine, NotationError)  # a ShapeError is a NotationError

# One setting for all: nothing square, nothing symmetric, no two sizes alike.
SETTINGS = {
    "plain": r"""m = 3, 5 \quad n = 2, 4
        x, u, \bar{x}, \mathbf{x} \in \mathbb{R}^{n}, \; W, V \in \mathbb{R}^{m \times n}
        t, \hat{y}, \delta^{(3)}, a^{[l-1]} \in \mathbb{R}^{m}, W^{[2]} \in \mathbb{R}^{n \times m}
        \alpha, \beta, w^* \in \mathbb{R}, p \in \mathbb{R}_{>0}, q \in (0,1)
        g : \mathbb{R} \to \mathbb{R}
        z := W x
        a := g(z)
        E := \tfrac12 \sum_i (a_i - t_i)^2""",
    "tensor": r"""m = 3, 5 \quad n = 2, 4 \quad k = 4, 3
        T \in \mathbb{R}^{m \times n \times k}, v \in \mathbb{R}^{n}, x^{\text{pad}} \in \mathbb{R}^{k}""",
    "signal": r"""n = 7, 12 \quad k = 2, 4 \quad s = 2 \text{ exactly}
        o = \lfloor (n - k)/s \rfloor + 1
        x \in \mathbb{R}^{n}, w \in \mathbb{R}^{k}, c \in \mathbb{R}^{o}
        c_i := \sum_{p=1}^{k} w_p x_{s (i - 1) + p}, v \in \mathbb{R}^{o}
        h \in \mathbb{R}^{n} \text{ zero outside}""",
    "family": r"""m = 3, 5 \quad n = 2, 4
        w \in \mathbb{R}^{n}, x^{(i)} \in \mathbb{R}^{n}, y^{(i)} \in (0,1), i = 1, \dots, m
        \ell(a, y) := (a - y)^2
        a^{(i)} := w^\top x^{(i)}
        J := \frac1m \sum_{i=1}^{m} \ell(a^{(i)}, y^{(i)})
        X_{ji} := x^{(i)}_j""",
    "entries": r"\alpha, \beta, \gamma, \epsilon \in \mathbb{R}",
}

# construct: (setting, a right line, a wrong one that looks like it)
CONSTRUCTS = {
    # names
    "scalar": ("plain", r"\alpha + \beta = \beta + \alpha", r"\alpha - \beta = \beta - \alpha"),
    "vector": ("plain", r"x + u = u + x", r"x + u = x - u"),
    "matrix": ("plain", r"W x - V x = (W - V) x", r"W x - V x = (V - W) x"),
    "tensor": ("tensor", r"\sum_j T_{ijl} v_j = \sum_j v_j T_{i,j,l}", r"\sum_j T_{ijl} v_j = \sum_j v_j T_{j,i,l}"),
    "hat": ("plain", r"\hat y_i + t_i = t_i + \hat{y}_i", r"\hat y_i + t_i = 2 t_i"),
    "bar": ("plain", r"\bar{x} + x = x + \bar x", r"\bar{x} + x = 2 x"),
    "bold": ("plain", r"2 \mathbf{x} - \mathbf x = \mathbf{x}", r"\mathbf{x} = x"),
    "star": ("plain", r"2 w^* = w^* + w^{*}", r"(w^*)^2 = w^*"),
    "text mark": ("tensor", r"x^{\text{pad}}_1 + 1 = 1 + x^{\text{pad}}_{1}", r"x^{\text{pad}}_1 = x^{\text{pad}}_2"),
    "layer": (
        "plain",
        r"W^{[2]} \delta^{(3)} - W^{[2]} t = W^{[2]} (\delta^{(3)} - t)",
        r"W^{[2]} \delta^{(3)} = W^{[3]} \delta^{(3)}",
    ),
    "layer l-1": ("plain", r"a^{[l-1]} + t = t + a^{[l-1]}", r"a^{[l-1]} + t = t + a^{[l]}"),
    "layer in round brackets": ("plain", r"\delta^{(3)}_1 t_1 = t_1 \delta^{(3)}_1", r"\delta^{(3)} = \delta^3"),
    "subscript before the layer": (
        "plain",
        r"W_{ij}^{[2]} \delta_j^{(3)} = W^{[2]}_{ij} \delta^{(3)}_j",
        r"W_{ij}^{[2]} = W^{[2]}_{ji}",
    ),
    "family": ("family", r"x^{(i)}_j w_j = w_j x_j^{(i)}", r"x^{(i)}_j = x^{(j)}_i"),
    # operators
    "plus minus": ("plain", r"-(\alpha - \beta) = \beta - \alpha", r"-(\alpha - \beta) = -\beta - \alpha"),
    "slash": ("plain", r"\alpha/2 = \frac12 \alpha", r"\alpha/2 = \frac{2}{\alpha}"),
    "frac": (
        "plain",
        r"\frac{\alpha + \beta}{p} = \frac{\alpha}{p} + \frac{\beta}{p}",
        r"\frac{p}{\alpha + \beta} = \frac{p}{\alpha} + \frac{p}{\beta}",
    ),
    "frac without braces": ("plain", r"\frac12 p + \tfrac{1}{3} p = \dfrac56 p", r"\frac12 p + \frac13 p = \frac25 p"),
    "cdot": ("plain", r"x \cdot u = \sum_i x_i u_i", r"x \cdot u = \sum_i x_i + u_i"),
    "times": ("plain", r"2 \times \alpha = \alpha + \alpha", r"2 \times \alpha = \alpha + 2"),
    "odot": ("plain", r"(x \odot u)_i = x_i u_i", r"x \odot u = x^\top u"),
    "transpose": ("plain", r"(W x)^\top = x^\top W^\top", r"(W x)^\top = W^\top x^\top"),
    "transpose of a layer": ("plain", r"W^{[2]\top} x = {W^{[2]}}^{\top} x", r"W^{[2]\top} x = W^{[2]} x"),
    "square": (
        "plain",
        r"(\alpha + \beta)^2 = \alpha^2 + 2 \alpha \beta + \beta^2",
        r"(\alpha + \beta)^2 = \alpha^2 + \beta^2",
    ),
    "square of an entry": ("plain", r"x_i^2 = x_i x_i", r"x_i^2 = 2 x_i"),
    "root": ("plain", r"\sqrt{p} \sqrt{p} = p", r"\sqrt{\alpha^2} = \alpha"),
    "outer product": ("plain", r"(t x^\top)_{ij} = t_i x_j", r"(t x^\top)_{ij} = t_j x_i"),
    "inner product": ("plain", r"x^\top u = u^\top x", r"x^\top u = x u^\top"),
    "angle brackets": ("plain", r"\langle x, u \rangle = x^\top u", r"\langle x, u \rangle = \langle x, x \rangle"),
    "matrix by vector": ("plain", r"(W x)_i = \sum_j W_{ij} x_j", r"(W x)_i = \sum_j W_{ij} x_i"),
    "vector by matrix": ("plain", r"t^\top W = (W^\top t)^\top", r"t^\top W = W^\top t"),
    "left right": (
        "plain",
        r"\left( \alpha + \bigl[ \beta \bigr] \right) \Bigl(2\Bigr) = 2\alpha + 2\beta",
        r"\left( \alpha + \beta \right) 2 = \alpha + 2\beta",
    ),
    "spacing": (
        "plain",
        r"\alpha\,\beta \; + \: p \! \quad q = \beta~\alpha + q p",
        r"\alpha\,\beta = \alpha\;+\;\beta",
    ),
    "colour": (
        "plain",
        r"\textcolor{red}{\alpha} - \color{blue} \beta = \alpha - \beta",
        r"\textcolor{red}{\alpha} = \textcolor{blue}{\beta}",
    ),
    "underbrace": (
        "plain",
        r"\underbrace{\alpha + \beta}_{\text{sum}} = \beta + \alpha",
        r"\underbrace{\alpha + \beta}_{\text{sum}} = \beta",
    ),
    "boxed": ("plain", r"\boxed{\alpha^2} = \alpha \alpha", r"\boxed{\alpha^2} = \alpha"),
    # functions
    "log": ("plain", r"\log(p q) = \log p + \log q", r"\log(p + q) = \log p + \log q"),
    "log without brackets": ("plain", r"- \alpha \log p = -\log(p) \alpha", r"- \alpha \log p = \log(\alpha p)"),
    "ln": ("plain", r"\ln p^2 = 2 \ln p", r"\ln p^2 = (\ln p)^2"),
    "exp": ("plain", r"\exp(\alpha + \beta) = e^{\alpha} e^{\beta}", r"\exp(\alpha + \beta) = e^{\alpha} + e^{\beta}"),
    "tanh": ("plain", r"\tanh(\alpha) = 2 \sigma(2 \alpha) - 1", r"\tanh(\alpha) = 2 \sigma(\alpha) - 1"),
    "sigma": (
        "plain",
        r"\sigma'(\alpha) = \sigma(\alpha) (1 - \sigma(\alpha))",
        r"\sigma'(\alpha) = \sigma(\alpha) (1 + \sigma(\alpha))",
    ),
    "relu": (
        "plain",
        r"\operatorname{relu}'(\alpha) = \mathbb{1}[\alpha > 0]",
        r"\operatorname{relu}'(\alpha) = \mathbb{1}[\alpha < 0]",
    ),
    "max": (
        "plain",
        r"\max(\alpha, \beta) + \min(\alpha, \beta) = \alpha + \beta",
        r"\max(\alpha, \beta) = \frac{\alpha + \beta}{2}",
    ),
    "softmax": (
        "plain",
        r"\operatorname{softmax}(t)_i = \frac{e^{t_i}}{\sum_k e^{t_k}}",
        r"\operatorname{softmax}(t)_i = \frac{e^{t_i}}{\sum_k t_k}",
    ),
    "norm": ("plain", r"\lVert x \rVert^2 = x^\top x", r"\lVert x \rVert = x^\top x"),
    "double bars": ("plain", r"\| x - u \|^2 = \| u - x \|^2", r"\| x - u \|^2 = \| u + x \|^2"),
    "bars": ("plain", r"|\alpha|^2 = \alpha^2", r"|\alpha| = \alpha"),
    "declared function": (
        "plain",
        r"\frac{\partial}{\partial \alpha} g(2 \alpha) = 2 g'(2 \alpha)",
        r"\frac{\partial}{\partial \alpha} g(2 \alpha) = g'(2 \alpha)",
    ),
    "two primes": ("plain", r"\frac{\partial}{\partial \alpha} g'(\alpha) = g''(\alpha)", r"g''(\alpha) = g'(\alpha)"),
    "prime as a superscript": ("plain", r"g^{\prime}(\alpha) = g'(\alpha)", r"g^{\prime}(\alpha) = g(\alpha)"),
    "indicator": (
        "plain",
        r"\mathbb{1}[\alpha > 0] + \mathbb{1}[\alpha \le 0] = 1",
        r"\mathbb{1}[\alpha > 0] + \mathbb{1}[\alpha > 0] = 1",
    ),
    "diag": ("plain", r"\operatorname{diag}(x) u = x \odot u", r"\operatorname{diag}(x) u = x^\top u"),
    "Kronecker": ("plain", r"\sum_j \delta_{ij} x_j = x_i", r"\sum_j \delta_{ij} x_j = x_1"),
    # sums and indices
    "sum": ("plain", r"\sum_{i} x_i u_i = x^\top u", r"\sum_{i} x_i u_i = \sum_i x_i \sum_j u_j"),
    "sum over two": ("plain", r"\sum_{i,j} W_{ij} = \sum_j \sum_i W_{ij}", r"\sum_{i,j} W_{ij} = \sum_i W_{i1}"),
    "sum with limits": (
        "plain",
        r"\sum_{i=1}^{n} x_i = x_1 + \sum_{i=2}^{n} x_i",
        r"\sum_{i=1}^{n} x_i = \sum_{i=2}^{n} x_i",
    ),
    "product": ("plain", r"\prod_{i=1}^{n} e^{x_i} = e^{\sum_i x_i}", r"\prod_i x_i = \sum_i x_i"),
    "index arithmetic": (
        "plain",
        r"\sum_{i=1}^{n-1} (x_{i+1} - x_i) = x_n - x_1",
        r"\sum_{i=1}^{n-1} (x_{i+1} - x_i) = x_1 - x_n",
    ),
    "strided index": (
        "signal",
        r"\frac{\partial c_i}{\partial w_p} = x_{s (i-1) + p}",
        r"\frac{\partial c_i}{\partial w_p} = x_{i + p - 1}",
    ),
    "zero outside": ("signal", r"h_0 + h_{n+1} = 0", r"h_0 + h_n = 0"),
    "free index": ("plain", r"a_i = g(z_i)", r"a_i = g(z_1)"),
    # derivatives
    "scalar by array": (
        "plain",
        r"\frac{\partial E}{\partial x} = W^\top \bigl((a - t) \odot g'(z)\bigr)",
        r"\frac{\partial E}{\partial x} = W \bigl((a - t) \odot g'(z)\bigr)",
    ),
    "intermediate": (
        "plain",
        r"\frac{\partial E}{\partial z} = (a - t) \odot g'(z)",
        r"\frac{\partial E}{\partial z} = a - t",
    ),
    "Jacobian": ("plain", r"\frac{\partial z}{\partial x} = W", r"\frac{\partial z}{\partial x} = W^\top"),
    "indexed derivative": (
        "plain",
        r"\frac{\partial z_k}{\partial W_{ij}} = \delta_{ki} x_j",
        r"\frac{\partial z_k}{\partial W_{ij}} = \delta_{kj} x_i",
    ),
    "nabla": ("plain", r"\nabla_W E = \frac{\partial E}{\partial W}", r"\nabla_W E = -\frac{\partial E}{\partial W}"),
    "second derivative": (
        "plain",
        r"\frac{\partial^2 E}{\partial a_i \partial a_j} = \delta_{ij}",
        r"\frac{\partial^2 E}{\partial a_i \partial a_j} = 1",
    ),
    "Hessian": ("plain", r"\frac{\partial^2 E}{\partial a^2} t = t", r"\frac{\partial^2 E}{\partial a^2} t = 2 t"),
    "upright d": ("plain", r"\frac{d}{d \alpha}(\alpha^2) = 2 \alpha", r"\frac{d}{d \alpha}(\alpha^2) = \alpha"),
    "derivative inline": ("plain", r"\partial E / \partial a = a - t", r"\partial E / \partial a = t - a"),
    # numbers
    "size as a number": (
        "plain",
        r"\frac{1}{m} \sum_i (t_i + \alpha) = \frac1m \sum_i t_i + \alpha",
        r"\frac{1}{m} \sum_i (t_i + \alpha) = \frac1m \sum_i t_i + m \alpha",
    ),
    "number plus array": ("plain", r"(1 - x)_i = 1 - x_i", r"1 - x = x - 1"),
    "decimal": ("plain", r"0.5 \alpha + 0.125 \alpha = \frac58 \alpha", r"0.5 \alpha = 5 \alpha"),
    "third": ("plain", r"\frac13 + \frac16 = 0.5", r"\frac13 = 0.333"),
    "power of ten": ("plain", r"10^3 \alpha = 1000 \alpha", r"10^3 \alpha = 100 \alpha"),
    "written matrix": (
        "entries",
        (
            r"\begin{bmatrix} \alpha & \beta \\ \gamma & \epsilon \end{bmatrix} \begin{bmatrix} 1 "
            r"\\ 2 \end{bmatrix} &= \begin{bmatrix} \alpha + 2 \beta \\ \gamma + 2 \epsilon \end{bmatrix}"
        ),
        (
            r"\begin{bmatrix} \alpha & \beta \\ \gamma & \epsilon \end{bmatrix} \begin{bmatrix} 1 "
            r"\\ 2 \end{bmatrix} &= \begin{bmatrix} \alpha + 2 \gamma \\ \beta + 2 \epsilon \end{bmatrix}"
        ),
    ),
    # relations
    "at most": ("plain", r"q (1 - q) \le \frac14", r"q (1 - q) \le \frac15"),
    "at least": ("plain", r"\alpha^2 + \beta^2 \ge 2 \alpha \beta", r"\alpha^2 \ge 2 \alpha"),
    "less": ("plain", r"q < 1", r"q < q^2"),
    "greater": ("plain", r"\alpha^2 + 1 > 0", r"\alpha^3 + 1 > 0"),
    "approximately": (
        "plain",
        r"e^\alpha \approx 1 + \alpha + \frac12 \alpha^2 + O(\alpha^3)",
        r"e^\alpha \approx 1 + \alpha + \alpha^2 + O(\alpha^3)",
    ),
    "family mean": (
        "family",
        r"\frac{\partial J}{\partial w} = \frac2m \sum_i (a^{(i)} - y^{(i)}) x^{(i)}",
        r"\frac{\partial J}{\partial w} = \frac2m \sum_i (y^{(i)} - a^{(i)}) x^{(i)}",
    ),
    "family as columns": ("family", r"X_{ji} = x^{(i)}_j", r"X_{ji} = x^{(i)}_1"),
}


@functools.cache
def setting(name):
    return given(SETTINGS[name])


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_is_read(construct):
    name, right, _ = CONSTRUCTS[construct]
    assert derive(right, setting(name)).verdict.startswith("proved")


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_what_looks_like_it_is_refused(construct):
    name, _, wrong = CONSTRUCTS[construct]
    with pytest.raises(REFUSED):
        derive(wrong, setting(name))


def test_a_definition_states_and_a_later_line_uses_it():
    result = derive(r"r := a - t \\ \frac12 \lVert r \rVert^2 &= E", setting("plain"))
    assert [line.verdict for line in result.lines] == ["definition", "proved for every size"]


def test_a_definition_of_a_known_symbol_is_refused():
    with pytest.raises(NotationError, match="already defined"):
        derive(r"a := t", setting("plain"))


def test_an_update_states_and_is_no_equation():
    line = derive(r"W \leftarrow W - p \nabla_W E", setting("plain")).lines[0]
    assert (line.relation, line.verdict) == (r"\leftarrow", "definition")


def test_an_update_of_another_shape_is_refused():
    with pytest.raises(ShapeError, match="vector of n"):
        derive(r"W \leftarrow W - p\, x", setting("plain"))


def test_an_approximation_without_its_order_is_refused():
    with pytest.raises(NotationError, match="order"):
        derive(r"e^\alpha \approx 1 + \alpha", setting("plain"))


def test_relations_stand_in_one_row_or_in_many():
    one = derive(r"\alpha (\beta + 1) = \alpha \beta + \alpha = \alpha + \beta \alpha", setting("plain"))
    many = derive(r"\alpha (\beta + 1) &= \alpha \beta + \alpha \\ &= \alpha + \beta \alpha", setting("plain"))
    assert (
        [line.right for line in one.lines]
        == [line.right for line in many.lines]
        == [r"\alpha \beta + \alpha", r"\alpha + \beta \alpha"]
    )


# ---- what cannot be read: (setting, line, what the caret stands under, a word of the message, one of the mend)

UNREADABLE = {
    "unknown symbol": ("plain", r"\frac{\partial E}{\partial Q} &= \alpha", "Q", "Q is not declared", "declare it"),
    "unknown symbol in the middle": ("plain", r"\alpha + \kappa = \beta", r"\kappa", "not declared", "declared here"),
    "a name in another case": ("plain", r"w x = z", "w", "not declared", "did you mean W"),
    "another layer": ("plain", r"W^{[3]} x = x", r"W^{[3]}", "not declared", "W^{[2]}"),
    "unknown function": ("plain", r"\operatorname{foo}(\alpha) = 1", r"\operatorname{foo}", "foo", "declare it"),
    "open brace": ("plain", r"\frac{\partial E}{\partial W &= a", "{", "never closed", "}"),
    "closing brace": ("plain", r"\alpha} = \beta", "}", "without an opening", "remove"),
    "open bracket": ("plain", r"(\alpha = \beta", " ", "ends too early", "never closed"),
    "open bracket at the end": ("plain", r"\alpha = (\beta", " ", "ends too early", "never closed"),
    "closing bracket": ("plain", r"\alpha) = \beta", ")", "cannot be read", "not open"),
    "shapes in a sum": ("plain", r"z = t + x", "x", "a vector of n cannot be added to a vector of m", "number"),
    "shapes in a product": ("plain", r"z = x W", "x W", "a vector of n times a m × n matrix", "order"),
    "two columns": ("plain", r"t = a t", "a t", "a vector of m times a vector of m", r"\odot"),
    "shapes of the sides": (
        "plain",
        r"W = W^\top",
        r"W^\top",
        "the left side is a m × n matrix, the right side is a n × m matrix",
        "",
    ),
    "number against array": ("plain", r"x = \alpha + 1", r"\alpha + 1", "the right side is a number", "never compared"),
    "odot of unlike shapes": ("plain", r"x = x \odot t", "t", "vector of n and a vector of m", "one shape"),
    "index on the left only": ("plain", r"a_i = g(z)", "g(z)", "the index i stands on the left only", "both sides"),
    "index on the right only": (
        "plain",
        r"E = a_i - t_i",
        r"a_i - t_i",
        "the index i stands on the right only",
        "sum over",
    ),
    "sum without an index": ("plain", r"E = \sum (a_i - t_i)^2", r"\sum", "without its index", r"\sum_{i}"),
    "sum without a range": ("plain", r"E = \sum_i i", r"\sum_i i", "range of i", r"\sum_{i=1}^{n}"),
    "sum over nothing": ("plain", r"E = \sum_k (a_1 - t_1)^2", r"_k", "not used", "run over"),
    "sum with one limit": ("plain", r"\alpha = \sum_{i=1} x_i", r"\sum_{i=1}", "both limits", r"^{n}"),
    "an index for two sums": ("plain", r"E = \sum_i \sum_i W_{ii}", r"_i", "two sums", "another letter"),
    "an index over two sizes": (
        "plain",
        r"\alpha = \sum_i a_i x_i",
        "x_i",
        "runs over m in one place and over n in another",
        "one size",
    ),
    "division by a vector": ("plain", r"a = \frac{\alpha}{x}", "x", "division by a vector of n", r"\frac{a_i}{b_i}"),
    "division by a matrix": ("plain", r"a = \alpha / W", "W", "division by a m × n matrix", "entry by entry"),
    "division by zero": ("plain", r"\alpha = \frac{1}{\alpha - \alpha}", r"\alpha - \alpha", "divides by zero", ""),
    "unclear division": ("plain", r"\alpha = 1/2 \beta", r"/2 \beta", "not clear what is divided", r"\frac"),
    "power of a vector": ("plain", r"\alpha = x^2", "x^2", "a power of a vector of n", r"\lVert x \rVert^2"),
    "inverse of a matrix that is not square": ("plain", r"V = W^{-1}", r"W^{-1}", "no inverse", "square"),
    "entry of a number": ("plain", r"\alpha_1 = \beta", r"\alpha_1", "a number has no entries", "vector"),
    "one index for a matrix": ("plain", r"\alpha = W_1", r"W_1", "1 index for a matrix", "each axis"),
    "index outside": ("plain", r"\alpha = x_0", "x_0", "no entry 0", "zero outside"),
    "order of a derivative": (
        "plain",
        r"\frac{\partial z}{\partial W} = x",
        r"\frac{\partial z}{\partial W}",
        "3 axes",
        "with indices",
    ),
    "derivative the wrong way round": (
        "plain",
        r"\frac{\partial z}{\partial a} = \alpha",
        r"\frac{\partial z}{\partial a}",
        "comes before",
        "derivative of a by z",
    ),
    "derivative of something else": (
        "plain",
        r"\frac{\partial t}{\partial x} = 0",
        r"\frac{\partial t}{\partial x}",
        "does not depend",
        "prove nothing",
    ),
    "derivative by a size": ("plain", r"\frac{\partial E}{\partial m} = 0", r"m", "size", ""),
    "derivative by an expression": (
        "plain",
        r"\frac{\partial E}{\partial (W x)} = a",
        "(W x)",
        "declared symbol",
        "define",
    ),
    "how far log reaches": ("plain", r"\alpha = \log p q", r"\log p q", "how far log reaches", "brackets"),
    "function without its argument": ("plain", r"\alpha = g + 1", "g", "argument", "g(z)"),
    "prime on a vector": ("plain", r"\alpha = x'", "'", "prime", "function"),
    "dots": ("plain", r"\alpha = x_1 + \dots + x_n", r"\dots", "cannot be read", "write a sum"),
    "integral": ("plain", r"\alpha = \int \beta", r"\int", "cannot be read", "integrals"),
    "dollar sign": ("plain", r"\alpha = $\beta$", "$", "cannot stand here", "dollar"),
    "comment": ("plain", r"\alpha = \beta % so", "%", "cannot stand here", "comments"),
    "greek letter typed": ("plain", "\\alpha = β", "β", "cannot stand here", r"\alpha"),
    "text in a formula": ("plain", r"\alpha = \beta \text{ so}", r"\text{ so}", "text", "&&"),
    "no relation": ("plain", r"\alpha + \beta", r"\alpha + \beta", "no relation", "a = b"),
    "no left side": ("plain", r"&= \alpha", "&=", "no left-hand side", "begin with"),
    "missing operand": ("plain", r"\alpha = \beta \cdot", " ", "ends too early", "operand"),
    "inequation": ("plain", r"\alpha \ne \beta", r"\beta", "inequation", r"\le"),
    "expectation of a number": ("plain", r"\mathbb{E}[\alpha] = \alpha", r"\mathbb{E}[\alpha]", "random", r"\sim"),
    "expectation without brackets": ("plain", r"\mathbb{E} \alpha = 0", r"\mathbb{E}", "brackets", r"\mathbb{E}[x]"),
    "exponent before the bracket": ("plain", r"\mathbb{E}^2[\alpha] = 0", "^2", "cannot be read", "behind the bracket"),
    "variance of two": ("plain", r"\operatorname{Var}(p, q) = 0", "(p, q)", "2 arguments", r"\operatorname{Var}(x)"),
    "covariance of one": ("plain", r"\operatorname{Cov}(p) = 0", "(p)", "1 arguments", r"\operatorname{Cov}(x, y)"),
    "equality of real numbers": (
        "plain",
        r"\mathbb{1}[\alpha = \beta] = 0",
        r"\mathbb{1}[\alpha = \beta]",
        "compared for equality",
        "maximum",
    ),
    "reason with an equation": (
        "plain",
        r"\alpha &= \alpha && \beta = 0",
        r" \beta = 0",
        "not checked",
        "line of its own",
    ),
    "two reasons": ("plain", r"\alpha &= \alpha && \text{a} && \text{b}", "&&", "one reason", ""),
    "ragged matrix": (
        "entries",
        r"\begin{bmatrix} \alpha & \beta \\ \gamma \end{bmatrix} = \alpha",
        r"\begin{bmatrix} \alpha & \beta \\ \gamma \end{bmatrix}",
        "different lengths",
        "",
    ),
    "tensor with two indices": ("tensor", r"\alpha = T_{12}", r"\alpha", "not declared", "declare"),
    "tensor transposed": ("tensor", r"T^\top = T", r"T^\top", "transpose of a m × n × k array", "indices"),
    "family without its number": ("family", r"x = w", "x", "family", "x^{(i)}"),
    "function with a missing argument": ("family", r"\ell(w_1) = 1", r"\ell(w_1)", "2 arguments, not 1", ""),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_error_points_at_its_place_and_says_how_to_mend_it(case):
    name, line, place, message, mend = UNREADABLE[case]
    with pytest.raises(NotationError) as caught:
        derive(line, setting(name))
    text = str(caught.value)
    assert message in text
    assert pointed_at(caught.value) == place or place == " " and pointed_at(caught.value).strip() == ""
    assert mend in text


@pytest.mark.parametrize(
    "line, at",
    [
        (r"\frac{\partial E}{\partial Q} &= \alpha", 27),
        (r"\alpha = \frac{\beta}{x}", 22),
        (r"\alpha &= \beta + (x", 20),
        (r"\alpha = x^\top (t + u)", 21),
        (r"   \alpha = \kappa", 12),
    ],
)
def test_the_caret_stands_in_the_column_of_the_mistake(line, at):
    with pytest.raises(NotationError) as caught:
        derive(line, setting("plain"))
    assert column(caught.value) == at


def test_the_caret_stands_in_the_line_of_the_mistake():
    text = "\\alpha (\\beta + 1)\n  &= \\alpha \\beta + \\alpha \\\\\n  &= \\alpha \\beta + \\kappa"
    with pytest.raises(NotationError) as caught:
        derive(text, setting("plain"))
    assert str(caught.value).startswith("line 2:")
    assert pointed_at(caught.value) == r"\kappa"
    assert column(caught.value) == 20


# ---- pieces


def test_names_have_one_spelling():
    assert canonical(r"\hat y") == canonical(r"\hat{y}") == canonical(r"\hat {y}") == r"\hat{y}"
    assert canonical(r"W^{[2]}") == canonical(r"W^{ [2] }")
    assert canonical(r"\bar x") != canonical(r"\hat x")


def test_rows_keep_reasons_apart_from_mathematics():
    first, second = rows(r"a &= b && \text{as defined, } \\ &= c")
    assert first.text.strip() == "a  = b" and first.reason == r"\text{as defined, }"
    assert second.text.strip() == "= c" and second.reason == ""


def test_a_reason_may_be_in_any_language():
    (row,) = rows("x &= x && \\text{d’où l’égalité, 相等}")
    assert row.reason == "\\text{d’où l’égalité, 相等}"
    for unseen in ("\\text{a\u202eb}", "\\text{a\u200bb}", "égalité"):
        with pytest.raises(NotationError, match="cannot stand here"):
            rows(f"x &= x && {unseen}")


def test_a_row_ends_outside_matrices_only():
    assert len(rows(r"\begin{bmatrix} 1 \\ 2 \end{bmatrix} = x \\ = y")) == 2


def test_split_top_leaves_brackets_whole():
    assert [piece for piece, _ in split_top("f(a, b), {c, d}, [e]", ",")] == ["f(a, b)", " {c, d}", " [e]"]


def test_pointed_puts_the_caret_under_the_span():
    assert pointed("no", "abc def", (4, 7), "mend") == "no\n  abc def\n      ^^^\nmend"


@pytest.mark.parametrize(
    "text", ["{" * 41 + "}" * 41, "x" * 4001, "\x00", "{", "a}"], ids=["deep", "long", "null", "open", "closed"]
)
def test_text_that_no_line_can_be_is_refused(text):
    with pytest.raises(NotationError):
        check_text(text)


def test_escaped_braces_are_no_braces():
    check_text(r"\{0, 1\}")


def test_what_is_behind_a_complete_line_is_never_skipped():
    with pytest.raises(NotationError) as caught:
        parse(r"a = b \circ a")
    assert pointed_at(caught.value) == r"\circ" and r"\odot" in str(caught.value)


@pytest.mark.parametrize(
    "line", [r"3 \left| p - r \right| = 3 |p - r|", r"\bigl| p \bigr| 2 = 2 |p|", r"|x_{1} - x_{2}| = |x_{2} - x_{1}|"]
)
def test_it_is_told_which_bar_closes(line):
    assert derive(line, given(r"n = 2, 3 \\ p, r \in \mathbb{R}, x \in \mathbb{R}^{n}")).verdict.startswith("proved")


# ---- as it is written elsewhere

LOGISTIC = r"""m = 3, 5 \quad n = 2, 4
X \in \mathbb{R}^{n \times m}, \mathbf{w} \in \mathbb{R}^{n}, y \in \mathbb{R}^{m}, b \in \mathbb{R}
z_j := \mathbf{w}^\top X_{:,j} + b
L := -\frac1m \sum_j (y_j \ln \sigma(z_j) + (1 - y_j) \ln(1 - \sigma(z_j)))"""


@pytest.mark.parametrize(
    "line",
    [
        r"\mathrm{tr}(X X^\top) = \operatorname{Tr}(X^\top X)",
        r"\text{softmax}(y)_j = \frac{e^{y_j}}{\sum_k e^{y_k}}",
        r"\partial_b L = \frac1m \sum_j (\mathrm{sigmoid}(z_j) - y_j)",
        r"\partial_{\mathbf{w}} z_j = X_{:,j}",
        r"\begin{equation} \begin{aligned} \partial_b L &= \frac1m \sum_j (\sigma(z_j) - y_j) && \text{chain} \\ "
        r"&= \frac1m \sum_j \sigma(z_j) - \frac1m \sum_j y_j \end{aligned} \end{equation}",
    ],
)
def test_other_spellings_are_read(line):
    assert derive(line, given(LOGISTIC)).verdict == "proved for every size"


def test_a_declared_name_is_no_function_of_the_language():
    setting = given(r"\mathrm{tr}, \alpha \in \mathbb{R}")
    assert derive(r"\mathrm{tr} (\alpha + 1) = \alpha \mathrm{tr} + \mathrm{tr}", setting).verdict == "proved"


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (r"L = \mathbf{1}^\top y", r"\mathbf{1} is not declared", r"\mathbf{1} \in \mathbb{R}^{n}"),
        (r"w_k = y_k", "w_{k} is not declared", r"did you mean \mathbf{w}?"),
        (r"\delta_{:,j} = y_j", "δ has two indices, and no slices", r"\delta_{ij}"),
        (r"y \odot (y_j - z) = y_j z", "an entry is added to a vector", r"\mathbf{1}"),
        (r"\begin{aligned} L &= 2 L \end{aligned}", "line 1: this line does not follow", "the factor 2"),
        (r"\begin{aligned} L &= 2 L \end{align}", "cannot be read", ""),
    ],
)
def test_what_is_not_read_or_not_true_says_what_to_write(line, message, hint):
    with pytest.raises((NotationError, WrongLine)) as caught:
        derive(line, given(LOGISTIC))
    assert message in str(caught.value) and hint in str(caught.value)
