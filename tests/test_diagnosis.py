"""A wrong line is shown where it fails, and its slip is named; each of the ten slips stood in print or in code."""

import re

import pytest

from nblib import NotationError, ShapeError, WrongLine, derive, given


def refused(line, text):
    """The error of a wrong line."""
    with pytest.raises((WrongLine, ShapeError)) as caught:
        derive(line, given(text))
    return caught.value


def assert_shows(error, right_side):
    """Line, place, both values."""
    text = str(error)
    assert "line 1" in text and right_side in text
    if isinstance(error, WrongLine):
        found = error.counterexample
        assert f"is {found.left}, the right side is {found.right}" in text
        assert found.left != found.right
        assert all(f"{name} = {value}" in text for name, value in found.values.items())
    else:
        assert "^" in text


TWO_LAYERS = r"""m = 4, 6 \quad n_1 = 2, 4 \quad n_2 = 3, 5
x^{(i)} \in \mathbb{R}^{n_1}, y^{(i)} \in \mathbb{R}^{n_2}, i = 1, \dots, m
\Theta \in \mathbb{R}^{n_2 \times n_1}
f : \mathbb{R} \to \mathbb{R}
z^{(i)} := \Theta x^{(i)}
a^{(i)} := f(z^{(i)})
J := \frac{1}{2 m} \sum_i \lVert y^{(i)} - a^{(i)} \rVert^2"""

HIDDEN = r"""m = 3, 5 \quad n = 2, 4
a^{[1]} \in \mathbb{R}^{n}, y \in \mathbb{R}^{m}, W^{[2]} \in \mathbb{R}^{m \times n}, z^{[1]} \in \mathbb{R}^{n}
f : \mathbb{R} \to \mathbb{R}
a^{[1]} := f(z^{[1]})
z^{[2]} := W^{[2]} a^{[1]}
a^{[2]} := f(z^{[2]})
J := \frac12 \sum_i (y_i - a^{[2]}_i)^2"""


def test_the_factor_minus_one_is_named():
    """J. Jordan, "Neural networks: training with backpropagation": δ⁽³⁾ = (1/m)(y − a) ⊙ f'(·) without its minus."""
    line = r"\frac{\partial J}{\partial z^{(i)}} = \frac1m (y^{(i)} - a^{(i)}) \odot f'(z^{(i)})"
    error = refused(line, TWO_LAYERS)
    assert "factor −1" in error.slip
    assert_shows(error, r"\frac1m (y^{(i)} - a^{(i)}) \odot f'(z^{(i)})")
    right = line.replace("= ", "= -")
    assert derive(right, given(TWO_LAYERS)).verdict.startswith("proved")


def test_the_factor_minus_one_is_named_in_the_logistic_loss():
    """slds-lmu/lecture_i2ml #294: the logistic loss as y z − log(1 + e^z)."""
    text = r"z \in \mathbb{R}, y \in (0,1) \\ a := \sigma(z) \\ L := -y \log a - (1 - y) \log(1 - a)"
    error = refused(r"L = y z - \log(1 + e^z)", text)
    assert "factor −1" in error.slip
    assert_shows(error, r"y z - \log(1 + e^z)")


def test_the_factor_minus_one_is_named_in_the_gradient_of_a_residual():
    """NeuromatchAcademy/course-content-dl #176: dloss/dw₁ without its minus (passes where the residual is zero)."""
    text = r"w, v, x, y \in \mathbb{R} \\ h := w x \\ \ell := (y - v h)^2"
    error = refused(r"\frac{\partial \ell}{\partial w} = 2 (y - v h) v x", text)
    assert "factor −1" in error.slip


def test_the_factor_two_is_named():
    """MATLAB, custom regression output layers: the sum of squared errors has no ½, so its gradient has a 2."""
    text = r"K = 3, 5 \\ y, t \in \mathbb{R}^{K} \\ L := \sum_k (y_k - t_k)^2"
    error = refused(r"\frac{\partial L}{\partial y} = y - t", text)
    assert re.search("factor (½|2)", error.slip)
    assert_shows(error, "y - t")


def test_the_factor_one_over_m_is_named():
    """I. Dabbura, "Coding Neural Network": dZ is called ∂J/∂Z, though it is m times it."""
    error = refused(r"\frac{\partial J}{\partial z^{(i)}} = (a^{(i)} - y^{(i)}) \odot f'(z^{(i)})", TWO_LAYERS)
    assert "1/m" in error.slip
    assert_shows(error, r"(a^{(i)} - y^{(i)}) \odot f'(z^{(i)})")


def test_a_factor_one_over_m_too_many_is_named():
    error = refused(r"\frac{\partial J}{\partial a^{(i)}} = \frac{1}{m^2} (a^{(i)} - y^{(i)})", TWO_LAYERS)
    assert "1/m" in error.slip


def test_the_transpose_is_named():
    """Published notes list Jacobians in the order of row vectors beside formulas for columns."""
    error = refused(r"\frac{\partial z^{[2]}}{\partial a^{[1]}} = W^{[2]\top}", HIDDEN)
    assert "transpose" in error.slip
    assert_shows(error, r"W^{[2]\top}")
    assert "m × n" in str(error) and "n × m" in str(error)


def test_the_transpose_is_named_where_a_factor_stands_for_another():
    """cs231n.github.io #229 (derivatives handout, eq. 12): Y = XW with ∂L/∂X = (∂L/∂Y) Xᵀ; right is Wᵀ."""
    text = (
        r"N = 3, 5 \quad D = 2, 4 \quad C = 4, 3 \\ X \in \mathbb{R}^{N \times D}, W \in "
        r"\mathbb{R}^{D \times C}, G \in \mathbb{R}^{N \times C} \\ Y := X W "
        r"\\ L := \sum_{i,j} G_{ij} Y_{ij}"
    )
    error = refused(r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} X^\top", text)
    assert "N × C" in str(error) and "D × N" in str(error)
    assert "X" in error.slip and "W" in error.slip


def test_exchanged_indices_are_named():
    """neon #111: the input gradient of a layer reads its weights with the channel indices exchanged."""
    text = (
        r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, w \in \mathbb{R}^{m \times n}, \epsilon "
        r"\in \mathbb{R}^{m} \\ y_o := \sum_c w_{oc} x_c \\ L := \sum_o \epsilon_o y_o"
    )
    error = refused(r"\frac{\partial L}{\partial x_c} = \sum_o w_{co} \epsilon_o", text)
    assert re.search("ind(ex|ices).*exchanged", error.slip)
    assert_shows(error, "w_{co}")


def test_exchanged_indices_are_named_where_the_shapes_fit():
    """The same slip in a recurrent layer, whose weights are square."""
    text = (
        r"n = 3, 5 \\ s, v \in \mathbb{R}^{n}, \theta \in \mathbb{R}^{n \times n} "
        r"\\ z_j := \sum_k \theta_{jk} s_k \\ L := \sum_j v_j z_j"
    )
    error = refused(r"\frac{\partial L}{\partial s_k} = \sum_j \theta_{kj} v_j", text)
    assert re.search("ind(ex|ices).*exchanged", error.slip)
    assert_shows(error, r"\sum_j \theta_{kj} v_j")


def test_a_missing_hadamard_product_is_named():
    """A gentle introduction to backpropagation: ⊙ is omitted in δ^[l] = (W^⊤ δ^[l+1]) f'(z^[l])."""
    error = refused(
        (
            r"\frac{\partial J}{\partial z^{[1]}} = \Bigl(W^{[2]\top} \frac{\partial J}{\partial "
            r"z^{[2]}}\Bigr) f'(z^{[1]})"
        ),
        HIDDEN,
    )
    assert "missing ⊙" in error.slip
    assert_shows(error, "f'(z^{[1]})")


def test_the_derivative_of_an_activation_at_the_wrong_place_is_named():
    """J. Jordan, "Neural networks: training with backpropagation": f'(a) for f'(z)."""
    error = refused(r"\frac{\partial J}{\partial z^{[2]}} = (a^{[2]} - y) \odot f'(a^{[2]})", HIDDEN)
    assert "f′ is taken at a^[2] instead of z^[2]" in re.sub("[{}]", "", error.slip)
    assert_shows(error, r"(a^{[2]} - y) \odot f'(a^{[2]})")


def test_the_derivative_of_an_activation_at_the_wrong_place_is_named_in_a_family():
    """The same, as it stands there: one column for each example."""
    error = refused(r"\frac{\partial J}{\partial z^{(i)}} = -\frac1m (y^{(i)} - a^{(i)}) \odot f'(a^{(i)})", TWO_LAYERS)
    assert re.search(r"f′ is taken at a.* instead of z", error.slip)


def test_a_missing_term_is_named():
    """mml-book #226: ∇(zᵀAz − pᵀz) = Az − p for a symmetric A; one of the two A z is missing."""
    text = (
        r"n = 3, 5 \\ A \in \mathbb{R}^{n \times n} \text{ symmetric}, z, p \in \mathbb{R}^{n} "
        r"\\ f := z^\top A z - p^\top z"
    )
    error = refused(r"\frac{\partial f}{\partial z} = A z - p", text)
    assert "A z" in error.slip
    assert_shows(error, "A z - p")


def test_a_missing_one_is_named():
    """pytorch #14099: the size of a transposed convolution lost its dilation and its + 1."""
    text = r"n, s, p, k, f, r \in \mathbb{R} \\ o := (n - 1) s - 2 p + f (k - 1) + r + 1"
    error = refused(r"o = (n - 1) s - 2 p + f (k - 1) + r", text)
    assert "a term is missing: 1" in error.slip
    assert_shows(error, "(n - 1) s - 2 p + f (k - 1) + r")


def test_an_extra_term_is_named():
    """mnielsen PR 77 turned round: the regularized gradient, with a decay of the bias that is not there."""
    text = (
        r"n = 3, 5 \\ w, x \in \mathbb{R}^{n}, b, y, \lambda \in \mathbb{R} "
        r"\\ C := \frac12 (w^\top x + b - y)^2 + \frac{\lambda}{2} \lVert w \rVert^2"
    )
    error = refused(r"\frac{\partial C}{\partial b} = w^\top x + b - y + \lambda b", text)
    assert re.search(r"extra term: (\\lambda |λ ?)b", error.slip)
    assert_shows(error, r"\lambda b")


def test_the_sign_of_a_term_is_named():
    """d2l-ai/d2l-en PR #2657: completing the square with x − Q⁻¹c (passes where c = 0)."""
    text = (
        r"n = 2, 3 \\ Q \in \mathbb{R}^{n \times n} \text{ symmetric}, x, c, s \in \mathbb{R}^{n} "
        r"\\ f := \frac12 (x + s)^\top Q (x + s)"
    )
    error = refused(r"f = \frac12 x^\top Q x - s^\top Q x + \frac12 s^\top Q s", text)
    assert "sign" in error.slip and "Q x" in error.slip


def test_what_is_true_for_square_shapes_only_is_named():
    """cs249r_book #1161: "Xavier" initialization with 1/fan_in; right is 2/(fan_in + fan_out)."""
    error = refused(r"\frac{2}{n + m} = \frac{1}{n}", r"n = 3, 5 \quad m = 2, 4")
    assert re.search("true only when (n = m|m = n)", error.slip)
    assert_shows(error, r"\frac{1}{n}")


def test_what_is_true_for_square_matrices_only_is_named():
    """mml-book #262: the derivative of RᵀR by R of M × N has shape (N × N) × (M × N); printed was (N × N) × (M × M)."""
    text = r"M = 3, 5 \quad N = 2, 4"
    error = refused(r"N N M N = N N M M", text)
    assert re.search("true only when (N = M|M = N)", error.slip)


def test_off_by_one_in_a_layer_index_is_named():
    """J. Jordan: J is written with a⁽²⁾, the hidden layer, for a⁽³⁾, the output."""
    text = (
        r"y, z^{(2)}, \theta \in \mathbb{R} \\ f : \mathbb{R} \to \mathbb{R} "
        r"\\ a^{(2)} := f(z^{(2)}) \\ z^{(3)} := \theta a^{(2)} \\ a^{(3)} := f(z^{(3)}) "
        r"\\ J := \frac12 (y - a^{(3)})^2"
    )
    error = refused(r"J = \frac12 (y - a^{(2)})^2", text)
    assert "a^{(2)}" in error.slip and "a^{(3)}" in error.slip


def test_off_by_one_in_an_index_is_named():
    """The kernel gradient of a 1-based convolution with the index of a 0-based one."""
    text = (
        r"n = 7, 12 \quad k = 2, 4 \\ o = n - k + 1 "
        r"\\ x \in \mathbb{R}^{n} \text{ zero outside}, w \in \mathbb{R}^{k}, \epsilon, c \in "
        r"\mathbb{R}^{o} \\ c_i := \sum_{p=1}^{k} w_p x_{i + p - 1} \\ E := \sum_i \epsilon_i c_i"
    )
    error = refused(r"\frac{\partial E}{\partial w_p} = \sum_i \epsilon_i x_{i + p}", text)
    assert "off by one in the index" in error.slip
    assert_shows(error, r"\sum_i \epsilon_i x_{i + p}")


def test_off_by_one_in_a_size_is_named():
    """A source prints 149 × 225 for 149 × 224 after pooling a 298 × 449 map by two."""
    error = refused(r"\lfloor \frac{451 - 3 + 1}{2} \rfloor = 225", r"\alpha \in \mathbb{R}")
    assert error.counterexample.left == "224" and error.counterexample.right == "225"


def test_a_kernel_and_its_dilation_exchanged_are_seen():
    """matconvnet #1010: a dilated kernel reaches d (k − 1) + 1; printed was k (d − 1) + 1 (passes where k = d)."""
    error = refused(r"r = k (f - 1) + 1", r"k, f \in \mathbb{R} \\ r := f (k - 1) + 1")
    assert_shows(error, "k (f - 1) + 1")


def test_a_division_by_stride_plus_one_is_seen():
    """deep-learning-notes #1: (W − F + 2P)/(S + 1) for (W − F + 2P)/S + 1."""
    error = refused(
        r"o = \frac{n - f + 2 p}{s + 1}",
        r"n, f, p \in \mathbb{R}, s \in \mathbb{R}_{>0} \\ o := \frac{n - f + 2 p}{s} + 1",
    )
    assert_shows(error, r"\frac{n - f + 2 p}{s + 1}")


# ---- no slip where there is none


def test_a_line_that_is_wrong_in_no_known_way_gets_no_slip():
    error = refused(r"\alpha^2 + \beta = 7 \alpha^3 - \frac{\beta^2}{5}", r"\alpha, \beta \in \mathbb{R}")
    assert error.slip == "" and "slip" not in str(error)


def test_a_slip_is_named_only_if_mending_it_makes_the_line_right():
    """−(a + b) differs from a − b by no factor."""
    error = refused(r"\alpha - \beta = -(\alpha + \beta)", r"\alpha, \beta \in \mathbb{R}")
    assert "factor" not in error.slip


@pytest.mark.parametrize("line", [r"W_{1,:} = W^\top_{:,2}", r"W_{:,1} = W_{:,2}", r"W_{1,:} = 2 W_{2,:}"])
def test_a_slice_is_no_crash(line):
    with pytest.raises((WrongLine, NotationError)):
        derive(line, given(r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}"))


def test_a_line_that_fails_in_a_corner_only_gets_no_slip():
    """Where all entries are rectified to 0 they tie for the maximum; at the other points any edit would do."""
    rectified = r"n = 3, 2 \\ c \in \mathbb{R}^{n} \\ a := \operatorname{relu}(c)"
    assert refused(r"\sum_i \mathbb{1}[a_i = \max_j a_j] = 1", rectified).slip == ""


def test_a_number_has_no_transpose():
    """At n = 2 the sum is empty."""
    error = refused(r"\sum_{i=4}^{n} 1 = n - 3 + 0 m", r"n = 3, 5 \quad m = 2, 4")
    assert "transpose" not in error.slip


@pytest.mark.parametrize("line", ["(-1)^n = -1", "(-1)^{n} + 1 = 0", "(n - 3) (n - 5) = 0"])
def test_no_slip_is_named_that_holds_at_the_declared_sizes_only(line):
    """These hold at n = 3, 5, and are refuted beyond."""
    assert refused(line, r"n = 3, 5 \quad m = 2, 4").slip == ""


CONVOLUTION = (
    r"indices from 0 \\ s = 2, 3 \quad D = 3, 2 \quad k = 4, 5 \quad n = 6, 7 \quad m = 9, 8 \quad h = 30, 31"
    r"\\ x \in \mathbb{R}^{m \times h} \text{ zero outside}, w \in \mathbb{R}^{k}, G \in \mathbb{R}^{m \times n}"
    r"\\ Y \in \mathbb{R}^{m \times n} \\ Y_{i,j} := \sum_q w_q x_{i,\, sj + Dq} \\ L := \sum_{i,j} G_{i,j} Y_{i,j}"
)


@pytest.mark.parametrize(
    ("index", "slip"),
    [
        ("sj + q", "the factor D of the index q is missing"),
        ("j + Dq", "the factor s of the index j is missing"),
        ("sj + sDq", "the term sDq lacks the factor 1/s"),
        ("sj + Dsq", "the term Dsq lacks the factor 1/s"),
        ("sq + Dj", "the indices j and q are exchanged"),
    ],
)
def test_a_stride_or_a_dilation_that_is_missing_or_misplaced_is_named(index, slip):
    """Kulbear #34, rasbt #168: the backward pass of a convolution without its stride."""
    text = rf"\frac{{\partial L}}{{\partial w_q}} = \sum_{{i,j}} G_{{i,j}} x_{{i,\, {index}}}"
    assert refused(text, CONVOLUTION).slip == slip


def test_a_stride_too_many_is_named():
    text = r"\frac{\partial L}{\partial G_{i,j}} = \sum_q w_q x_{i,\, sj + Dq}"
    strideless = CONVOLUTION.replace(r"w_q x_{i,\, sj + Dq}", r"w_q x_{i,\, j + Dq}")
    assert refused(text, strideless).slip == "a factor s of the index j too many"


# ---- what is forgotten: a mean that is not subtracted, a matrix that is not symmetric


def test_a_mean_that_is_not_subtracted_is_named():
    """The gradient through a centring, as normalizing layers have it."""
    centred = r"\mu := \frac1n \sum_i x_i \\ y_i := x_i - \mu \\ L := \sum_i c_i y_i"
    text = r"n = 3, 5 \\ x, c \in \mathbb{R}^{n} \\" + centred
    error = refused(r"\frac{\partial L}{\partial x_i} = c_i", text)
    assert error.slip == "the mean over i is not subtracted"
    assert "mean" not in refused(r"\frac{\partial L}{\partial x_i} = 2 c_i", text).slip


def test_a_matrix_that_would_have_to_be_symmetric_is_named():
    text = r"n = 3, 5 \\ A \in \mathbb{R}^{n \times n}, x \in \mathbb{R}^{n} \\ f := x^\top A x"
    assert refused(r"\frac{\partial f}{\partial x} = 2 A x", text).slip == "true only when A is symmetric"
    assert "symmetric" not in refused(r"\frac{\partial f}{\partial x} = 2 A x - x", text).slip


def test_a_square_that_is_missing_is_named():
    """The variance of a weighted sum."""
    text = (
        r"n = 3, 5 \\ x, w \in \mathbb{R}^{n}, v \in \mathbb{R}_{>0} \\ w_i \sim (0, v) \text{ independent}"
        r"\\ z := \sum_i w_i x_i"
    )
    assert refused(r"\operatorname{Var}(z) = v \sum_i x_i", text).slip == "a square is missing: x_i"
    assert "square" not in refused(r"\operatorname{Var}(z) = v \sum_i x_i^3", text).slip


def test_a_square_that_is_missing_under_an_entrywise_product_is_named():
    """The derivative of tanh, written with its output."""
    text = (
        r"h = 2, 3 \quad m = 3, 4 \quad n = 4, 5 \\ W \in \mathbb{R}^{h \times n}, X \in \mathbb{R}^{n \times m} "
        r"\\ G \in \mathbb{R}^{h \times m} \\ A := \tanh(W X) \\ L := \sum_{i,j} G_{ij} A_{ij}"
    )
    assert refused(r"\frac{\partial L}{\partial W} = (G \odot (1 - A)) X^\top", text).slip == "a square is missing: A"


# ---- a stride that is lost


GATED = (
    r"\text{indices from } 0 \\ k = 2 \text{ exactly} \quad n = 4 \text{ exactly} \quad o = 2 \text{ exactly} "
    r"\\ X \in \mathbb{R}^{n \times n}, w \in \mathbb{R}^{k \times k}, c \in \mathbb{R}^{o \times o}, s \in \mathbb{R} "
    r"\\ c_{ij} := \sum_{p,q} w_{pq} X_{2i+p,2j+q} \\ m := \max_{i,j} c_{ij} \\ E := s m"
)


@pytest.mark.parametrize(
    ("index", "slip"),
    [
        ("i+p,j+q", "the factor 2 of the indices i and j is missing"),
        ("2i+p,j+q", "the factor 2 of the index j is missing"),
        ("2j+p,2i+q", "the indices i and j are exchanged"),
    ],
)
def test_a_lost_stride_is_named_behind_a_maximum(index, slip):
    """Behind a maximum two points can both lie in the one branch in which an index makes no difference."""
    gradient = r"\frac{\partial E}{\partial w_{pq}} = s \sum_{i,j} \mathbb{1}[c_{ij} = \max_{u,v} c_{uv}] "
    assert refused(gradient + f"X_{{{index}}}", GATED).slip == slip


# ---- a name only where the mended line holds beyond every kink, and for both of two values


def test_no_factor_is_named_that_is_one_of_two_values():
    """The gradient of the hinge loss without its label, which is 1 or -1."""
    text = r"n = 3, 4 \\ w, x \in \mathbb{R}^{n}, y \in \{-1,1\} \\ H := \max(0, 1 - y w^\top x)"
    error = refused(r"\frac{\partial H}{\partial w} = -\mathbb{1}[y w^\top x < 1] x", text)
    assert "−1" not in error.slip


@pytest.mark.parametrize(
    "line", [r"\max(-\tau, \min(r, 1))", r"r \mathbb{1}[|r| \le \tau] + \tau \mathbb{1}[|r| > \tau]"]
)
def test_no_edit_is_named_that_holds_on_one_side_of_a_kink_only(line):
    """Huber's loss: 2 is no mend of the 1, and - no mend of the lost sign."""
    text = (
        r"\tau \in \mathbb{R}_{>0}, r \in \mathbb{R} \\ \rho := \frac12 r^2 \mathbb{1}[|r| \le \tau] "
        r"+ \tau (|r| - \frac12 \tau) \mathbb{1}[|r| > \tau]"
    )
    slip = refused(rf"\frac{{\partial \rho}}{{\partial r}} = {line}", text).slip
    assert "2" not in slip and "sign of the term" not in slip


def test_what_is_true_of_nothing_is_no_name():
    """With n = k a dilated convolution has no output, and any line about it holds."""
    text = (
        r"n = 9, 12 \quad k = 2, 3 \quad D = 3, 2 \\ o = n - D(k - 1) \\ x \in \mathbb{R}^{n}, w \in \mathbb{R}^{k} "
        r"\\ G, y \in \mathbb{R}^{o} \\ y_i := \sum_q w_q x_{i + D q - D} \\ L := \sum_i G_i y_i"
    )
    assert "true only" not in refused(r"\frac{\partial L}{\partial w_q} = 3 \sum_i G_i", text).slip
    counted = refused(r"\frac{\partial L}{\partial w_q} = \sum_i G_i x_{i + q - 1}", text)
    assert counted.slip == "the factor D of the index q is missing"
