r"""The code that trains is the derivation that is printed: layers run on symbols, compared with lines derived by nblib.

The gradient that arrives from above is any G, probed by the loss Σ G ⊙ output; so each line holds under any loss.
"""

import inspect

import numpy as np
import pytest

from nblib import derive, given, layers
from nblib.layers import LAYERS, dense, dense_backward, losses
from nblib.symbolic import WrongCode, prove_code

DENSE = given(r"""n = 3, 4 \quad m = 2, 5 \quad k = 4, 3
A \in \mathbb{R}^{n \times m}, W \in \mathbb{R}^{k \times n}, b \in \mathbb{R}^{k}, \mathbf{1} \in \mathbb{R}^{m}
G \in \mathbb{R}^{k \times m}
Z := W A + b \mathbf{1}^\top
L := \sum_{i,j} G_{ij} Z_{ij}""")
LINES = {
    0: r"\frac{\partial L}{\partial A} &= W^\top \frac{\partial L}{\partial Z} \\ &= W^\top G",
    1: r"\frac{\partial L}{\partial W} &= \frac{\partial L}{\partial Z} A^\top \\ &= G A^\top",
    2: r"\frac{\partial L}{\partial b} &= \frac{\partial L}{\partial Z} \mathbf{1} \\ &= G \mathbf{1}",
}


def gradient_of_dense(k, backward=dense_backward):
    """The k-th gradient, with the bias as the vector that it is in the derivation."""
    def code(G, A, W, b):
        grad = backward(G, A, W, b[:, None])[k]
        return grad[:, 0] if k == 2 else grad
    return code


@pytest.mark.parametrize("k", LINES)
def test_the_dense_backward_is_the_derived_line(k):
    line = derive(LINES[k], DENSE)
    assert line.verdict == "proved for every size"
    assert prove_code(gradient_of_dense(k), line, "G", "A", "W", "b").branches == 1


def test_the_dense_forward_is_the_definition():
    line = derive(r"Z &= W A + b \mathbf{1}^\top", DENSE)
    prove_code(lambda A, W, b: dense(A, W, b[:, None]), line, "A", "W", "b")


MUTANTS = [("W.T @ dZ", "-W.T @ dZ", 0), ("dZ @ A.T", "-dZ @ A.T", 1), ("dZ.sum(", "-dZ.sum(", 2),
           ("dZ.sum(", "dZ.mean(", 2)]


@pytest.mark.parametrize(("right", "wrong", "k"), MUTANTS)
def test_a_flipped_sign_in_the_dense_backward_is_refused(right, wrong, k):
    source = inspect.getsource(dense_backward)
    returned = source[source.rindex("return"):]
    assert returned.count(right) == 1
    names = dict(vars(layers))
    exec("from __future__ import annotations\n" + source.replace(returned, returned.replace(right, wrong)), names)
    with pytest.raises(WrongCode, match="is not the derived line, at n = 3"):
        prove_code(gradient_of_dense(k, names["dense_backward"]), derive(LINES[k], DENSE), "G", "A", "W", "b")


# ---- activations: the language has no name for some of them, so they are defined

ENTRYWISE = r"""n = 3, 2 \quad m = 2, 3
Z \in \mathbb{R}^{n \times m}, G \in \mathbb{R}^{n \times m}
A_{ij} := %s
L := \sum_{i,j} G_{ij} A_{ij}"""
DEFINITIONS = {
    "identity": r"Z_{ij}",
    "sigmoid": r"\frac{1}{1 + e^{-Z_{ij}}}",
    "tanh": r"\frac{e^{Z_{ij}} - e^{-Z_{ij}}}{e^{Z_{ij}} + e^{-Z_{ij}}}",
    "relu": r"\max(Z_{ij}, 0)",
    "leaky_relu": r"\max(Z_{ij}, 0) - 0.01 \max(-Z_{ij}, 0)",
    "elu": r"\max(Z_{ij}, 0) + e^{-\max(-Z_{ij}, 0)} - 1",
    "softplus": r"\log(1 + e^{Z_{ij}})",
    "arctan": r"\arctan(Z_{ij})",
    "bipolar": r"\frac{1 - e^{-Z_{ij}}}{1 + e^{-Z_{ij}}}",
    "softmax": r"\frac{e^{Z_{ij}}}{\sum_k e^{Z_{kj}}}",
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_layer_is_its_definition_and_its_backward_is_the_derivative_of_that(name):
    setting = given(ENTRYWISE % DEFINITIONS[name])
    prove_code(LAYERS[name].forward, derive(r"A &= A", setting), "Z")
    slope = derive(r"\frac{\partial L}{\partial Z} &= \frac{\partial L}{\partial Z}", setting)
    proof = prove_code(lambda G, Z: LAYERS[name].backward(G, Z)[0], slope, "G", "Z")
    assert (proof.branches > 8) == (name in ("relu", "leaky_relu", "elu", "sigmoid", "softplus", "softmax"))


def test_prelu_is_its_definition_and_its_backward_both_derivatives():
    setting = given(r"""n = 3, 2 \quad m = 2, 3
        Z \in \mathbb{R}^{n \times m}, G \in \mathbb{R}^{n \times m}, \alpha \in \mathbb{R}^{n}
        A_{ij} := \max(Z_{ij}, 0) - \alpha_i \max(-Z_{ij}, 0)
        L := \sum_{i,j} G_{ij} A_{ij}""")
    prelu = LAYERS["prelu"]
    prove_code(lambda Z, a: prelu.forward(Z, a[:, None]), derive(r"A &= A", setting), "Z", r"\alpha")
    for k, name in enumerate(("Z", r"\alpha")):
        line = derive(rf"\frac{{\partial L}}{{\partial {name}}} &= \frac{{\partial L}}{{\partial {name}}}", setting)
        code = lambda G, Z, a, k=k: prelu.backward(G, Z, a[:, None])[k].reshape(Z.shape if k == 0 else a.shape)  # noqa: E731
        prove_code(code, line, "G", "Z", r"\alpha")


def test_maxout_routes_the_gradient_as_derived():
    setting = given(r"""m = 2, 3
        Z \in \mathbb{R}^{4 \times m} \text{ exactly}, G \in \mathbb{R}^{2 \times m} \text{ exactly}
        L := \sum_j G_{1j} \max(Z_{1j}, Z_{2j}) + \sum_j G_{2j} \max(Z_{3j}, Z_{4j})""")
    line = derive(r"\frac{\partial L}{\partial Z} &= \frac{\partial L}{\partial Z}", setting)
    assert prove_code(lambda G, Z: LAYERS["maxout"].backward(G, Z)[0], line, "G", "Z").branches > 8


# ---- losses

LOSSES = given(r"""n = 3, 2 \quad m = 2, 3
Z \in \mathbb{R}^{n \times m}, Y \in \mathbb{R}^{n \times m}, P \in (0, 1)^{n \times m}
\omega \in \mathbb{R}^{n}, \lambda \in \mathbb{R}
Q_{ij} := \frac{e^{Z_{ij}}}{\sum_k e^{Z_{kj}}}
S := \frac1m \sum_{i,j} (Z_{ij} - Y_{ij})^2
M := \frac{1}{n m} \sum_{i,j} \lvert Z_{ij} - Y_{ij} \rvert
C := -\frac1m \sum_{i,j} \omega_i Y_{ij} \log P_{ij}
B := -\frac1m \sum_{i,j} (Y_{ij} \log \sigma(Z_{ij}) + (1 - Y_{ij}) \log(1 - \sigma(Z_{ij})))
K := -\frac1m \sum_{i,j} Y_{ij} \log Q_{ij}
R := \frac{\lambda}{2} \sum_{i,j} Z_{ij}^2""")
CODE = {
    "S": (losses.squared_error, losses.squared_error_backward, "Z", ("Z", "Y")),
    "M": (losses.absolute_error, losses.absolute_error_backward, "Z", ("Z", "Y")),
    "C": (lambda P, Y, w: losses.cross_entropy(P, Y, w[:, None]),
          lambda P, Y, w: losses.cross_entropy_backward(P, Y, w[:, None]), "P", ("P", "Y", r"\omega")),
    "B": (losses.sigmoid_on_logits, losses.sigmoid_on_logits_backward, "Z", ("Z", "Y")),
    "K": (losses.softmax_on_logits, losses.softmax_on_logits_backward, "Z", ("Z", "Y")),
    "R": (lambda Z, lam: losses.penalty(Z, lam[()]), lambda Z, lam: losses.penalty_backward(Z, lam[()]), "Z",
          ("Z", r"\lambda")),
}


@pytest.mark.parametrize("name", CODE)
def test_a_loss_is_its_definition_and_its_backward_the_derivative_of_that(name):
    forward, backward, by, names = CODE[name]
    prove_code(forward, derive(f"{name} &= {name}", LOSSES), *names)
    slope = rf"\frac{{\partial {name}}}{{\partial {by}}}"
    prove_code(backward, derive(f"{slope} &= {slope}", LOSSES), *names)


def test_a_forgotten_factor_of_two_is_refused():
    line = derive(r"\frac{\partial S}{\partial Z} &= \frac{\partial S}{\partial Z}", LOSSES)
    with pytest.raises(WrongCode):
        prove_code(lambda Z, Y: losses.squared_error_backward(Z, Y) / 2, line, "Z", "Y")


def test_labels_that_are_taken_to_add_up_to_1_are_refused():
    line = derive(r"\frac{\partial K}{\partial Z} &= \frac{\partial K}{\partial Z}", LOSSES)
    with pytest.raises(WrongCode):
        prove_code(lambda Z, Y: (layers.softmax(Z) - Y) / Y.shape[1], line, "Z", "Y")


# ---- a network of two layers, by the rule of the chapter on backpropagation

def test_backward_of_two_layers_is_the_derived_recursion():
    setting = given(r"""n = 2, 4 \quad h = 3, 2 \quad k = 4, 5 \quad m = 5, 3
        X \in \mathbb{R}^{n \times m}, W \in \mathbb{R}^{h \times n}, V \in \mathbb{R}^{k \times h}
        Y \in \mathbb{R}^{k \times m}
        Z := W X
        A := \tanh(Z)
        T := V A
        J := \frac1m \sum_{i,j} (T_{ij} - Y_{ij})^2""")
    line = derive(r"""\frac{\partial J}{\partial W} &= \frac{\partial J}{\partial Z} X^\top \\
        &= (V^\top \frac{\partial J}{\partial T} \odot (1 - A \odot A)) X^\top""", setting)

    def code(X, W, V, Y):
        b, c = np.zeros((W.shape[0], 1), int), np.zeros((V.shape[0], 1), int)
        Z = dense(X, W, b)
        A = LAYERS["tanh"].forward(Z)
        dT = losses.squared_error_backward(dense(A, V, c), Y)
        dZ, = LAYERS["tanh"].backward(dense_backward(dT, A, V, c)[0], Z)
        return dense_backward(dZ, X, W, b)[1]

    prove_code(code, line, "X", "W", "V", "Y")
