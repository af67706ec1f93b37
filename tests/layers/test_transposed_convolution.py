"""The transposed convolution seen in four ways: as a matrix, by scattering, with zeros between, as the adjoint.

Each view is written here by itself, for any stride, padding, dilation and output padding; the layer agrees with all.
"""

import numpy as np
import pytest
from skimage.transform import rescale

from nblib.layers import conv2d, conv_transpose2d, conv_transpose_size

# (h, w), (kh, kw), stride, padding, dilation, output padding
SETTINGS = [
    ((3, 4), (3, 2), (1, 2), (0, 1), (2, 1), (0, 0)),
    ((4, 3), (2, 3), (2, 3), (1, 2), (1, 2), (1, 0)),
    ((2, 5), (4, 3), (3, 2), (2, 0), (1, 3), (2, 1)),
    ((3, 2), (2, 5), (4, 2), (0, 3), (3, 1), (3, 1)),
]
rng = np.random.default_rng(20260104)


def matrix_of_axis(size, kernel, stride, padding, dilation, extra):
    """T[q, i, t] = 1 where entry q of the kernel takes input i to output t: the layer is a product of two such."""
    long = conv_transpose_size(size, kernel, stride, padding, dilation, extra)
    at = stride * np.arange(size) + dilation * np.arange(kernel)[:, None] - padding
    return (at[..., None] == np.arange(long)).astype(float)


def by_matrix(X, W, *settings):
    rows, columns = (matrix_of_axis(*axis) for axis in zip(X.shape[2:], W.shape[2:], *settings, strict=True))
    C = np.einsum("cfqr,qit,rju->cijftu", W, rows, columns)
    return np.einsum("acij,cijftu->aftu", X, C)


def by_scatter(X, W, stride, padding, dilation, extra):
    full = [conv_transpose_size(*axis) + 2 * p
            for *axis, p in zip(X.shape[2:], W.shape[2:], stride, padding, dilation, extra, padding, strict=True)]
    out = np.zeros((len(X), W.shape[1], *full))
    for a, c, i, j in np.ndindex(X.shape):
        for f, q, r in np.ndindex(W.shape[1:]):
            out[a, f, stride[0] * i + dilation[0] * q, stride[1] * j + dilation[1] * r] += X[a, c, i, j] * W[c, f, q, r]
    return out[:, :, padding[0] : full[0] - padding[0], padding[1] : full[1] - padding[1]]


def with_zeros(X, W, stride, padding, dilation, extra):
    """X with zeros between its entries and around them, so that a window of stride 1 sees all."""
    before = [d * (k - 1) - p for d, k, p in zip(dilation, W.shape[2:], padding, strict=True)]
    shape = [s * (n - 1) + 1 + 2 * b + e for s, n, b, e in zip(stride, X.shape[2:], before, extra, strict=True)]
    out = np.zeros((*X.shape[:2], *shape))
    rows, columns = ([b + s * i for i in range(n)] for b, s, n in zip(before, stride, X.shape[2:], strict=True))
    for (i, t), (j, u) in ((one, two) for one in enumerate(rows) for two in enumerate(columns)):
        if 0 <= t < shape[0] and 0 <= u < shape[1]:
            out[:, :, t, u] = X[:, :, i, j]
    return out


def by_zeros(X, W, *settings, turn=True):
    turned = W[:, :, ::-1, ::-1] if turn else W
    F = W.shape[1]
    return conv2d(with_zeros(X, W, *settings), turned.swapaxes(0, 1), np.zeros(F), dilation=settings[2])


def by_adjoint(X, W, stride, padding, dilation, extra):
    axes = zip(X.shape[2:], W.shape[2:], stride, padding, dilation, extra, strict=True)
    shape = (W.shape[1], *[conv_transpose_size(*axis) for axis in axes])
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    seen = conv2d(units, W, np.zeros(len(W)), stride, padding, dilation)
    return np.einsum("ncij,acij->an", seen, X).reshape(len(X), *shape)


def drawn(setting):
    size, kernel, *settings = setting
    return rng.normal(size=(2, 3, *size)), rng.normal(size=(3, 4, *kernel)), settings


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("view", [by_matrix, by_scatter, by_zeros, by_adjoint])
def test_the_layer_agrees_with_each_view(view, setting):
    X, W, settings = drawn(setting)
    got = conv_transpose2d(X, W, np.zeros(4), *settings)
    np.testing.assert_allclose(got, view(X, W, *settings), rtol=0, atol=1e-12)


@pytest.mark.parametrize("setting", SETTINGS)
def test_zeros_between_without_the_kernel_turned_is_something_else(setting):
    X, W, settings = drawn(setting)
    got = conv_transpose2d(X, W, np.zeros(4), *settings)
    assert abs(got - by_zeros(X, W, *settings, turn=False)).max() > 0.1


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_view_with_another_padding_dilation_or_output_padding_is_refused(setting, which):
    X, W, settings = drawn(setting)
    got = conv_transpose2d(X, W, np.zeros(4), *settings)
    rows, columns = settings[which]
    settings[which] = (rows, (columns + 1) % settings[0][1]) if which == 3 else (rows + 1, columns)
    other = by_scatter(X, W, *settings)
    assert other.shape != got.shape or abs(other - got).max() > 0.1


@pytest.mark.parametrize("f", range(1, 9))
def test_a_linear_kernel_enlarges_by_any_factor_as_scikit_image_does(f):
    image, k = rng.uniform(size=(5, 7)), 2 * f - f % 2
    w = 1 - abs(np.arange(k) - (k - 1) / 2) / f
    got = conv_transpose2d(image[None, None], np.outer(w, w)[None, None], np.zeros(1), f, f // 2)[0, 0]
    assert got.shape == (5 * f, 7 * f)
    wanted = rescale(image, f, order=1, mode="constant", cval=0, anti_aliasing=False)
    inside = np.s_[f:-f, f:-f]  # beyond the border, scikit-image has conventions of its own
    np.testing.assert_allclose(got[inside], wanted[inside], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("k", "s"), [(k, s) for k in range(2, 9) for s in range(1, 5) if s <= k])
def test_overlaps_are_even_only_where_the_stride_divides_the_kernel(k, s):
    ones = conv_transpose2d(np.ones((1, 1, 12, 1)), np.ones((1, 1, k, 1)), np.zeros(1), s)[0, 0, k:-k, 0]
    assert set(ones) == {k // s, -(-k // s)}
    assert (len(set(ones)) == 1) == (k % s == 0)
