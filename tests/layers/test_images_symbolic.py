r"""The layers of images are the derived lines: run on symbols, compared with gradients that nblib derives.

Stride, dilation and padding are 2 or 3 each, and the last rows or columns are read by no window (r, a remainder). The
gradient that arrives from above is any G, probed by the loss Σ G ⊙ output.
"""

from functools import cache

import pytest
from test_convolution import MUTANTS, mutant_of_conv2d_backward

from nblib import derive, given
from nblib.layers import (
    conv2d,
    conv2d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    max_pool2d,
    max_pool2d_backward,
    mean_pool2d,
    mean_pool2d_backward,
)
from nblib.symbolic import WrongCode, prove_code

SIZES = r"""indices from 0
m = 2, 3 \quad C = 3, 2 \text{ exactly} \quad F = 4, 3 \text{ exactly}
k = 2, 3 \text{ exactly} \quad l = 3, 2 \text{ exactly} \quad o = 3, 2 \text{ exactly} \quad q = 2, 3 \text{ exactly}
s = 3, 2 \text{ exactly} \quad t = 2, 3 \text{ exactly} \quad D = 2, 3 \text{ exactly} \quad p = 1, 2 \text{ exactly}
r = 2, 1 \text{ exactly} \quad z = 1, 2 \text{ exactly}
h = s(o - 1) + D(k - 1) + 1 - 2p + r \quad w = t(q - 1) + D(l - 1) + 1 - 2p + z
"""
#: by m: strides, padding and dilation, and the remainders
CONV = {2: ((3, 2), 1, 2), 3: ((2, 3), 2, 3)}
REST = {2: (2, 1), 3: (1, 2)}


@cache
def convolution():
    return given(SIZES + r"""
        X \in \mathbb{R}^{m \times C \times h \times w} \text{ zero outside}
        W \in \mathbb{R}^{F \times C \times k \times l}, b \in \mathbb{R}^{F}
        Y, G \in \mathbb{R}^{m \times F \times o \times q}
        Y_{n,f,i,j} := b_f + \sum_{c,u,v} W_{f,c,u,v} X_{n, c, s i + D u - p, t j + D v - p}
        L := \sum_{n,f,i,j} G_{n,f,i,j} Y_{n,f,i,j}""")


@cache
def line(name, setting):
    left = rf"\frac{{\partial L}}{{\partial {name}}}"
    return derive(rf"{left} &= {left}", setting())


def gradient_of(backward, k, settings):
    return lambda G, X, *more: backward(G, X, *more, *settings(len(X)))[k]


def test_conv2d_is_its_definition():
    def code(X, W, b):
        return conv2d(X, W, b, *CONV[len(X)])
    proof = prove_code(code, derive("Y &= Y", convolution()), "X", "W", "b")
    assert len(proof.sizes) == 2 and proof.branches == 1


@pytest.mark.parametrize(("k", "name"), list(enumerate("XWb")))
def test_conv2d_backward_is_the_gradient(k, name):
    prove_code(gradient_of(conv2d_backward, k, CONV.get), line(name, convolution), "G", "X", "W", "b")


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_conv2d_backward_is_refused(name):
    backward, k = mutant_of_conv2d_backward(name)
    with pytest.raises(WrongCode, match=r"is not the derived line|returns the shape"):
        prove_code(gradient_of(backward, k, CONV.get), line("XWb"[k], convolution), "G", "X", "W", "b")


# ---- transposed: small images X, large ones G. L = Σ G ⊙ Y for the layer's Y, which is so the gradient of L by G.

@cache
def transposed():
    return given(SIZES + r"""
        X \in \mathbb{R}^{m \times F \times o \times q}, W \in \mathbb{R}^{F \times C \times k \times l}
        b \in \mathbb{R}^{C}, G \in \mathbb{R}^{m \times C \times h \times w} \text{ zero outside}
        V \in \mathbb{R}^{m \times F \times o \times q}
        V_{n,f,i,j} := \sum_{c,u,v} W_{f,c,u,v} G_{n, c, s i + D u - p, t j + D v - p}
        L := \sum_{n,f,i,j} X_{n,f,i,j} V_{n,f,i,j} + \sum_{n,c,y,x} G_{n,c,y,x} b_c""")


def up(m):
    return *CONV[m], REST[m]


def test_conv_transpose2d_is_the_adjoint_of_the_convolution_and_a_bias():
    def code(X, W, b):
        return conv_transpose2d(X, W, b, *up(len(X)))
    prove_code(code, line("G", transposed), "X", "W", "b")


@pytest.mark.parametrize(("k", "name"), list(enumerate("XWb")))
def test_conv_transpose2d_backward_is_the_gradient(k, name):
    prove_code(gradient_of(conv_transpose2d_backward, k, up), line(name, transposed), "G", "X", "W", "b")


def test_a_transposed_layer_without_output_padding_is_refused():
    def code(X, W, b):
        return conv_transpose2d(X, W, b, *CONV[len(X)])
    with pytest.raises(WrongCode, match="returns the shape"):
        prove_code(code, line("G", transposed), "X", "W", "b")


@pytest.mark.parametrize("wrong", [
    lambda X, W, b, s, p, d, r: conv_transpose2d(X, W[:, ::-1], b, s, p, d, r),
    lambda X, W, b, s, p, d, r: conv_transpose2d(X, W[..., ::-1], b, s, p, d, r),
    lambda X, W, b, s, p, d, r: conv_transpose2d(X, W, b, s, p, d, r)[..., ::-1],
])
def test_a_wrong_transposed_layer_is_refused(wrong):
    with pytest.raises(WrongCode, match="is not the derived line"):
        prove_code(lambda X, W, b: wrong(X, W, b, *up(len(X))), line("G", transposed), "X", "W", "b")


# ---- pooling: windows of k by l, which overlap along one axis and leave a gap along the other

@cache
def pooled():
    return given(r"""indices from 0
        k = 3, 2 \text{ exactly} \quad l = 2, 3 \text{ exactly} \quad o = 2, 3 \text{ exactly}
        q = 3, 2 \text{ exactly} \quad s = 2, 3 \text{ exactly} \quad t = 3, 2 \text{ exactly}
        m = 2, 3 \text{ exactly} \quad r = 1, 2 \text{ exactly}
        h = s(o - 1) + k + r \quad w = t(q - 1) + l
        X \in \mathbb{R}^{m \times h \times w}, G \in \mathbb{R}^{m \times o \times q}
        U \in \mathbb{R}^{m \times o \times q \times k \times l}, Y, M \in \mathbb{R}^{m \times o \times q}
        U_{c,i,j,u,v} := X_{c, s i + u, t j + v}
        Y_{c,i,j} := \max_{u,v} U_{c,i,j,u,v}
        M_{c,i,j} := \frac{1}{k l} \sum_{u,v} U_{c,i,j,u,v}
        L := \sum_{c,i,j} G_{c,i,j} Y_{c,i,j}
        H := \sum_{c,i,j} G_{c,i,j} M_{c,i,j}""")


POOL = {2: ((3, 2), (2, 3)), 3: ((2, 3), (3, 2))}


@pytest.mark.parametrize(("pool", "backward", "name", "loss"), [
    (max_pool2d, max_pool2d_backward, "Y", "L"), (mean_pool2d, mean_pool2d_backward, "M", "H")])
def test_pooling_is_its_definition_and_its_backward_the_gradient(pool, backward, name, loss):
    prove_code(lambda X: pool(X[None], *POOL[len(X)])[0], derive(f"{name} &= {name}", pooled()), "X")
    left = rf"\frac{{\partial {loss}}}{{\partial X}}"
    proof = prove_code(lambda G, X: backward(G[None], X[None], *POOL[len(X)])[0][0],
                       derive(f"{left} &= {left}", pooled()), "G", "X")
    assert (proof.branches > 8) == (pool is max_pool2d)


@pytest.mark.parametrize("wrong", [
    lambda G, X, k, s: mean_pool2d_backward(G, X, k, s)[0],
    lambda G, X, k, s: max_pool2d_backward(G, -X, k, s)[0],
    lambda G, X, k, s: max_pool2d_backward(G, X[..., ::-1], k, s)[0],
])
def test_a_wrong_route_is_refused(wrong):
    left = r"\frac{\partial L}{\partial X}"
    with pytest.raises(WrongCode):
        prove_code(lambda G, X: wrong(G[None], X[None], *POOL[len(X)])[0], derive(f"{left} &= {left}", pooled()),
                   "G", "X")
