"""One thing for another, or a factor, a function, a bracket that is lost, in settings unlike those of the book."""

import pytest

from nblib import ShapeError, WrongLine, derive, given

ATTENTION = r"""n = 3, 4 \quad m = 2, 5 \quad D = 5, 3
q \in \mathbb{R}^{D}, K \in \mathbb{R}^{m \times D}, V \in \mathbb{R}^{m \times n}
s := \tfrac{1}{\sqrt{D}} K q \\ p := \operatorname{softmax}(s) \\ o := V^\top p"""
NORMALIZED = r"""m = 3, 5 \quad n = 2, 4
X, G \in \mathbb{R}^{m \times n}, \gamma \in \mathbb{R}^{n}, \epsilon \in \mathbb{R}_{>0}
\mu_j := \frac1m \sum_i X_{ij} \\ v_j := \frac1m \sum_i (X_{ij} - \mu_j)^2
H_{ij} := \frac{X_{ij} - \mu_j}{\sqrt{v_j + \epsilon}} \\ L := \sum_{i,j} G_{ij} \gamma_j H_{ij}"""
RECURRENT = r"""n = 2, 3 \quad m = 3, 2
u, c \in \mathbb{R}^{n}, U \in \mathbb{R}^{n \times n}, V \in \mathbb{R}^{n \times m}, x_1, x_2 \in \mathbb{R}^{m}
a_1 := U u + V x_1 \\ h_1 := \tanh(a_1) \\ a_2 := U h_1 + V x_2 \\ h_2 := \tanh(a_2) \\ L := c^\top h_2"""
GATED = r"""n = 3, 5 \\ f, o, c_0, r \in \mathbb{R}^{n}, \beta \in \mathbb{R}
u := \sigma(f) \\ c := u \odot c_0 \\ L := r^\top (\sigma(o) \odot \tanh(c)) \\ q := f \odot \sigma(\beta f)
M := r^\top q"""
SMOOTHED = r"""K = 3, 5 \\ z, y \in \mathbb{R}^{K}, \epsilon \in (0,1) \\ \sum_k y_k = 1
p := \operatorname{softmax}(z) \\ t := (1 - \epsilon) y + \frac{\epsilon}{K} \\ L := -\sum_k t_k \log p_k"""
HINGE = r"""n = 3, 4 \\ w, x \in \mathbb{R}^{n}, y \in \{-1,1\} \\ f := w^\top x \\ H := \max(0, 1 - y f)"""
HEATED = r"""n = 3, 5 \\ x \in \mathbb{R}^{n}, \tau \in \mathbb{R}_{>0}, b \in \mathbb{R}
p_i := \frac{e^{x_i / \tau}}{\sum_j e^{x_j / \tau}} \\ H := -\sum_i p_i \log p_i \\ f := \log \sum_i e^{x_i}"""
CHANCE = r"""n = 3, 5 \\ a, w, x \in \mathbb{R}^{n}, \mu \in \mathbb{R}, v, t \in \mathbb{R}_{>0}
w_i \sim (0, v) \text{ independent} \\ x_i \sim (\mu, t) \text{ independent}
s := \sum_i w_i x_i \\ q := \sum_i a_i x_i"""
RIDGE = r"""m = 3, 4 \quad n = 2, 5
X \in \mathbb{R}^{m \times n}, y \in \mathbb{R}^{m}, w \in \mathbb{R}^{n}, \lambda, \eta \in \mathbb{R}_{>0}
K := X X^\top
J := \frac{1}{2 m} \lVert X w - y \rVert^2 + \frac{\lambda}{2} \lVert w \rVert^2 \\ u := w - \eta \lambda w"""
POOLED = r"""C = 3, 4 \quad h = 2, 5 \quad w = 4, 3 \\ X \in \mathbb{R}^{C \times h \times w}, g \in \mathbb{R}^{C}
a_c := \frac{1}{h w} \sum_{i,j} X_{c,i,j} \\ L := g^\top a"""

SLIPS = [
    (ATTENTION, r"\frac{\partial o}{\partial q} = V^\top (\operatorname{diag}(p) - p p^\top) K", "1/√D"),
    (ATTENTION, r"\frac{\partial o}{\partial q} = \frac1D V^\top (\operatorname{diag}(p) - p p^\top) K", "√D"),
    (ATTENTION, r"\frac{\partial p_i}{\partial s_j} = p_i (1 - p_j)", "1 stands where δ_ij should"),
    (ATTENTION, r"\frac{\partial p_i}{\partial s_j} = \delta_{ij} - p_i p_j", "δ_ij lacks the factor p_i"),
    (ATTENTION, r"\frac{\partial o_j}{\partial s_i} = p_i V_{ij}", "V_ij stands where V_ij − o_j should"),
    (
        NORMALIZED,
        r"\frac{\partial L}{\partial X_{ij}} = \frac{\gamma_j}{m \sqrt{v_j + \epsilon}} \Bigl( m G_{ij} "
        r"- \sum_k G_{ik} - H_{ij} \sum_k G_{kj} H_{kj} \Bigr)",
        "the sum over k runs along the wrong axis",
    ),
    (NORMALIZED, r"\sum_i H_{ij}^2 = m + 0 \mu_j", "true only when ε = 0"),
    (
        RECURRENT,
        r"\frac{\partial h_2}{\partial h_1} = \operatorname{diag}(1 - h_1 \odot h_1) U",
        "h_1 stands where h_2",
    ),
    (
        RECURRENT,
        r"\frac{\partial L}{\partial V} = \frac{\partial L}{\partial a_1} x_2^\top "
        r"+ \frac{\partial L}{\partial a_2} x_1^\top",
        "x_2 and x_1 are exchanged",
    ),
    (
        GATED,
        r"\frac{\partial L}{\partial f} = \frac{\partial L}{\partial c} \odot c_0 \odot f \odot (1 - f)",
        "f stands where u",
    ),
    (
        GATED,
        r"\frac{\partial L}{\partial o} = r \odot c \odot \sigma(o) \odot (1 - \sigma(o))",
        "tanh is missing around c",
    ),
    (GATED, r"\frac{\partial u_i}{\partial f_i} = \sigma(f_i)", "a prime is missing"),
    (
        GATED,
        r"\frac{\partial M}{\partial f} = r \odot (\beta q + \sigma(f) \odot (1 - \beta q))",
        "f lacks the factor β",
    ),
    (SMOOTHED, r"\frac{\partial L}{\partial z_k} = p_k - \epsilon y_k - \frac{1 - \epsilon}{K}", "ε and 1 − ε"),
    (SMOOTHED, r"\frac{\partial L}{\partial z_k} = p_k - (1 - \epsilon) y_k", "a term is missing"),
    (HINGE, r"\frac{\partial H}{\partial w} = -y \mathbb{1}[y f > 1] x", "is turned round"),
    (HINGE, r"\frac{\partial H}{\partial w} = -y \mathbb{1}[f < 1] x", "f lacks the factor y"),
    (HINGE, r"\frac{\partial H}{\partial w} = -\mathbb{1}[y f < 1] x", "a factor is missing: y"),
    (HINGE, "H = 1 - y f", "max(0, ·) is missing"),
    (HEATED, r"\frac{\partial p_i}{\partial x_j} = p_i (\delta_{ij} - p_j)", "a factor is missing: 1/τ"),
    (HEATED, r"H = \log \sum_j e^{x_j} - \frac1\tau \sum_i p_i x_i", "x_j lacks the factor 1/τ"),
    (HEATED, r"\frac{\partial H}{\partial x_k} = -\frac1\tau p_k (\log p_k + 1)", "1 stands where H should"),
    (HEATED, r"f = b \log \sum_i e^{x_i - b}", "a + is missing between b and"),
    (CHANCE, r"\operatorname{Var}(s) = n v t", "true only when μ = 0"),
    (CHANCE, r"\operatorname{Var}(q) = t (\sum_i a_i)^2", "the power stands outside the sum"),
    (CHANCE, r"\operatorname{Var}(w_i x_i) = v t + \mu^2", "brackets are missing behind v"),
    (RIDGE, r"\nabla_w J = \frac1m (X^\top (X w - y) + \lambda w)", "the brackets behind 1/m reach too far"),
    (RIDGE, r"\nabla_w J = \frac1m X^\top X w - y + \lambda w", "brackets are missing behind Xᵀ"),
    (RIDGE, r"K_{ij} = \sum_a X_{ai} X_{aj}", "the indices of X are exchanged"),
    (RIDGE, r"w^\top X^\top X w = \lVert X w \rVert", "a square is missing"),
    (RIDGE, r"w^\top X^\top X w = \lVert X^\top w \rVert^2", "a transpose too many: Xᵀ"),
    (RIDGE, r"u = (1 - \lambda) w", "λ lacks the factor η"),
    (RIDGE, r"\frac{\partial^2 J}{\partial w_j \partial w_k} = \frac1m \sum_i X_{ij} X_{ik} + \lambda", "factor δ_jk"),
    (POOLED, r"\frac{\partial L}{\partial X_{c,i,j}} = g_c", "a factor is missing: 1/(h w)"),
    (POOLED, r"\frac{\partial L}{\partial X_{c,i,j}} = \frac{g_c}{h + w}", "a + stands where a product should: h + w"),
]


@pytest.mark.parametrize(("text", "line", "slip"), SLIPS, ids=[line for _, line, _ in SLIPS])
def test_a_confusion_is_named(text, line, slip):
    with pytest.raises((WrongLine, ShapeError)) as caught:
        derive(line, given(text))
    assert slip in caught.value.slip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ATTENTION, r"\frac{\partial p_i}{\partial s_j} = 3 p_i^3 - p_j"),
        (RECURRENT, r"\frac{\partial L}{\partial U} = \frac{\partial L}{\partial a_2} h_1^\top"),
        (HEATED, r"\frac{\partial H}{\partial x_k} = p_k^2 - 3 \tau"),
        (RIDGE, r"\nabla_w J = 5 X^\top (X w + 2 y) - w"),
    ],
)
def test_two_slips_at_once_and_a_lost_sum_get_no_name(text, line):
    with pytest.raises(WrongLine) as caught:
        derive(line, given(text))
    assert caught.value.slip == ""


def test_no_value_is_named_at_which_both_sides_vanish():
    """With r = 0 both gradients are zero."""
    with pytest.raises(WrongLine) as caught:
        derive(r"\frac{\partial M}{\partial \beta} = 7 r^\top f", given(GATED))
    assert "r = 0" not in caught.value.slip
