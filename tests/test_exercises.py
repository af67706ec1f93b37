r"""The exercises of the book, answered: by the folded solution, in forms that differ from it, and wrongly.

`ANSWERS` holds, for some exercises of each chapter, what three readers may write instead of `\ldots`, and what a fourth
one writes whose slip has a name.
"""

import re
from functools import cache

import pytest

from chapters import notebooks, read
from nblib import exercise, given
from nblib.exercise import OPEN


@cache
def exercises():
    """Every exercise: label -> (its chapter, its text, the settings that lead to it, the solution that follows)."""
    found = {}
    for chapter in notebooks():
        settings, waiting = [], None
        for cell in read(chapter)["cells"]:
            magic = re.match(r"%%(given|derive|exercise)[ \t]*(.*)\n", cell["source"])
            if cell["cell_type"] != "code" or not magic:
                continue
            text = cell["source"][magic.end() :]
            if magic[1] == "given":
                settings = [*settings * (magic[2] == "also"), text]
            elif magic[1] == "exercise":
                waiting = magic[2]
                found[waiting] = (chapter.stem, text, tuple(settings), None)
            elif waiting:
                found[waiting] = (*found[waiting][:3], text)
                waiting = None
    return found


@cache
def declared(settings):
    """The setting that these cells make, one added to the other."""
    setting = None
    for text in settings:
        setting = given(text, setting)
    return setting


def answered(label, answer):
    """The exercise with `answer` in the place of the dots."""
    _, text, settings, _ = exercises()[label]
    return exercise(OPEN.sub(lambda _: answer, text), declared(settings), label)


@pytest.mark.parametrize("label", exercises())
def test_an_exercise_waits_and_its_solution_is_a_right_answer(label):
    _, text, settings, solution = exercises()[label]
    setting = declared(settings)
    assert exercise(text, setting, label).status == "open"
    assert exercise(solution, setting, label).status == "right"


ANSWERS = {
    "ex-notation-square": (
        [r"2 a a^\top x", r"2 \Bigl( \sum_i a_i x_i \Bigr) a", r"a \, (x^\top a + a^\top x)"],
        r"(a^\top x) a",
        "factor",
    ),
    "ex-notation-two": (
        [r"V^\top f'(V W X) X^\top", r"\bigl( X f'(Z)^\top V \bigr)^\top", r"V^\top f'(V H) X^\top"],
        r"X f'(Z)^\top V",
        "transpose",
    ),
    "ex-logistic_regression-softplus": (
        [r"\frac{1}{1 + e^{-z}}", r"1 - \sigma(-z)", r"\tfrac12 (1 + \tanh(z / 2))"],
        r"\sigma(-z)",
        "the sign of z",
    ),
    "ex-logistic_regression-penalty": (
        [
            r"\frac1m \sum_i (a_i - y_i) X_{:,i} + \lambda w",
            r"\lambda w - \frac1m X (y - a)",
            r"\frac{X a - X y + m \lambda w}{m}",
        ],
        r"X (a - y) + \lambda w",
        "lacks the factor 1/m",
    ),
    "ex-gradient_descent-linesearch": (
        [r"g^\top (a H g - g)", r"a \sum_{i,j} g_i H_{ij} g_j - \lVert g \rVert^2", r"g^\top H (a g - w + w^\star)"],
        r"g^\top g - a\, g^\top H g",
        "factor",
    ),
    "ex-gradient_descent-nesterov": (
        [
            r"(\hat{w} - w^\star)(1 - \alpha\lambda)",
            r"(1 - \alpha\lambda) r_k + \beta (1 - \alpha\lambda) (r_k - r_{k-1})",
            r"\hat{w} - w^\star - \alpha\lambda (\hat{w} - w^\star)",
        ],
        r"(1 - \alpha\lambda) \bigl( (1 + \beta) r_k + \beta r_{k-1} \bigr)",
        "the sign of the term",
    ),
    "ex-backprop-residual": (
        [
            r"W^\top (u \odot g'(z)) + u",
            r"(\operatorname{diag}(g'(z)) W)^\top u + u",
            r"u + \sum_i u_i \, g'(z_i) W_{i,:}",
        ],
        r"u + W^\top (u \odot g'(a))",
        "a instead of z",
    ),
    "ex-backprop-tanh": (
        [
            r"(a - y) \odot (1 - a) \odot (1 + a)",
            r"a - y - a \odot a \odot (a - y)",
            r"(y - a) \odot (a \odot a - 1)",
        ],
        r"(y - a) \odot (1 - a \odot a)",
        "factor −1",
    ),
    "ex-activations-swish": (
        [
            r"\sigma(z) + z \, \sigma(z) \, \sigma(-z)",
            r"\sigma(z) (1 + z) - z \, \sigma(z)^2",
            r"\frac{1 + e^{-z} + z e^{-z}}{(1 + e^{-z})^2}",
        ],
        r"\sigma(z) \, (1 - z \, (1 - \sigma(z)))",
        "sign",
    ),
    "ex-activations-odd_part": (
        [r"z + \alpha z", r"\rho(|z|) \cdot \frac{(1 + \alpha) z}{|z|}", r"2 z - (1 - \alpha) z"],
        r"(1 - \alpha) z",
        "the sign of the term",
    ),
    "ex-network-logcosh": (
        [
            r"-\frac1m \tanh(Y - A)",
            r"\frac1m \tanh(A) - \frac1m (\tanh(A) - \tanh(A - Y))",
            r"\frac1m (2 \sigma(2 A - 2 Y) - 1)",
        ],
        r"\tanh(A - Y)",
        "1/m",
    ),
    "ex-network-gain": (
        [r"\sum_j A_{:,j} \odot G_{:,j}", r"(A \odot G) \mathbf{1}", r"\operatorname{diag}(G A^\top)"],
        r"(G A) \mathbf{1}",
        "⊙",
    ),
    "ex-cnn_1-bias": (
        [r"\sum_{i=0}^{o-1} G_i", r"\sum_j G_j", r"\sum_{i=0}^{o-1} G_{o-1-i}"],
        r"o \sum_i G_i",
        "1/o",
    ),
    "ex-cnn_1-edge": (
        [
            r"\sum_i (x_{i-1} - x_{i+1}) G_i",
            r"\sum_i G_i x_{i-1} - \sum_i G_i x_{i+1}",
            r"-\sum_t (x_{t+1} - x_{t-1}) G_t",
        ],
        r"\sum_i G_i \, (x_{i+1} - x_{i-1})",
        "factor −1",
    ),
    "ex-cnn_2-leaky": (
        [
            r"V_i (\alpha + (1 - \alpha) \mathbb{1}[c_i > 0])",
            r"V_i \mathbb{1}[c_i > 0] + \alpha V_i (1 - \mathbb{1}[c_i > 0])",
            r"V_i (1 - (1 - \alpha) \mathbb{1}[c_i \le 0])",
        ],
        r"V_i (\mathbb{1}[c_i > 0] - \alpha \, \mathbb{1}[c_i \le 0])",
        "sign",
    ),
    "ex-cnn_2-bias": (
        [
            r"\sum_{i,j} \mathbb{1}[Z_{ij} + b > 0] \, G_{ij}",
            r"\sum_{i,j} G_{ij} - \sum_{i,j} \mathbb{1}[c_{ij} \le 0] \, G_{ij}",
            r"\sum_{i,j} G_{ij} \operatorname{relu}'(c_{ij})",
        ],
        r"-\sum_{i,j} G_{ij} \, \mathbb{1}[c_{ij} > 0]",
        "factor −1",
    ),
    "ex-cnn_3-depthwise": (
        [
            r"\sum_{i=0}^{o-1} X_{c, u + s i} \, G_{c,i}",
            r"\sum_{i,t} G_{c,i} \, \delta_{t, s i + u} \, X_{c,t}",
            r"\sum_j G_{c,j} X_{c, s j + u}",
        ],
        r"\sum_i G_{c,i} \, X_{c, s u + i}",
        "indices i and u",
    ),
    "ex-cnn_3-single": (
        [r"(H^\top A)^\top", r"\sum_f A_{f,:} H_{f,:}^\top", r"A^\top H + X - X"],
        r"H^\top A",
        "transpose",
    ),
    "ex-cnn_digits-arrives": (
        [
            r"\sum_{i=0}^{o-1} v_{t-i} G_i",
            r"\sum_i v_{t-i} G_i",
            r"\sum_{u=0}^{\ell-1} v_u \sum_i \mathbb{1}[i = t - u] G_i",
        ],
        r"\sum_i G_i \, v_{i-t}",
        "indices i and t",
    ),
    "ex-cnn_digits-strided": (
        [
            r"\sum_i X_{u + s i} \, \delta_i",
            r"-\sum_i X_{s i + u} (0 - \delta_i)",
            r"\sum_{t=0}^{n-1} \delta_t X_{s t + u}",
        ],
        r"\sum_i \delta_i \, X_{s u + i}",
        "indices i and u",
    ),
    "ex-transposed_convolution-order": (
        [r"w^\top w \, y", r"y \sum_q w_q^2", r"\langle w, w \rangle \, y"],
        r"2 \lVert w \rVert^2 \, y",
        "factor 2",
    ),
    "ex-transposed_convolution-rebuild": (
        [r"C C^\top y - C x", r"\lVert w \rVert^2 y - C x", r"-C \, (x - C^\top y)"],
        r"C \, (C^\top y + x)",
        "the sign of the term x",
    ),
    "ex-initialization-bias": (
        [
            r"\beta + n v \, \mathbb{E}[x_1^2]",
            r"v \sum_j \mathbb{E}[x_j^2] + \beta",
            r"n v \, (\operatorname{Var}(x_1) + \mathbb{E}[x_1]^2) + \beta",
        ],
        r"n v \, \mathbb{E}[x_1^2]",
        "missing",
    ),
    "ex-initialization-residual": (
        [
            r"\mathbb{E}[x_1^2] + n v \, \mathbb{E}[x_1^2]",
            r"\mathbb{E}[x_1^2] + v \sum_j \mathbb{E}[x_j^2]",
            r"(1 + n v) \bigl( \operatorname{Var}(x_1) + \mathbb{E}[x_1]^2 \bigr)",
        ],
        r"(1 - n v) \, \mathbb{E}[x_1^2]",
        "the sign of",
    ),
    "ex-errata-span": (
        [r"-(D - k)", r"D (k - 1) - k (D - 1)", r"(k - 1) - (D - 1)"],
        r"D - k",
        "factor −1",
    ),
    "ex-errata-square": (
        [r"2 c^\top x", r"c^\top x + x^\top c", r"2 \sum_i x_i c_i"],
        r"x^\top c",
        "factor ½",
    ),
}


FORMS = [(label, form) for label, (forms, _, _) in ANSWERS.items() for form in forms]


@pytest.mark.parametrize("label, form", FORMS)
def test_an_equivalent_form_is_a_right_answer(label, form):
    reply = answered(label, form)
    assert reply.status == "right", reply.feedback
    assert reply.lines[-1].verdict.startswith("proved")


@pytest.mark.parametrize("label", ANSWERS)
def test_three_forms_differ_from_the_solution_and_from_one_another(label):
    forms, wrong, _ = ANSWERS[label]
    solution = exercises()[label][3]
    written = [re.sub(r"\s", "", form) for form in [*forms, wrong]]
    assert len(set(written)) == 4 and not any(f"&={form}&&" in re.sub(r"\s", "", solution) for form in written)


@pytest.mark.parametrize("label", ANSWERS)
def test_a_wrong_answer_gets_its_line_a_counterexample_and_its_slip(label):
    _, wrong, slip = ANSWERS[label]
    reply = answered(label, wrong)
    assert reply.status == "wrong" and f"{label}, line 1: " in reply.feedback
    values = re.search(r"at .+ = .+\n.*the left side(, entry \(.+\),)? is \S+, the right side is \S+", reply.feedback)
    assert values or "^^" in reply.feedback  # a shape that does not fit has no numbers, but a place
    assert slip in reply.feedback.partition("slip: ")[2]


def test_each_chapter_has_two_exercises_that_are_answered_here():
    answered_in = [exercises()[label][0] for label in ANSWERS]
    assert all(answered_in.count(chapter) >= 2 for chapter, *_ in exercises().values())
