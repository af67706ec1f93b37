"""Convolution and its transpose: against loops over single entries, `autograd` and the complex step; shapes; mutants.

The grid of settings is generic: rectangular kernels, pairs of strides, a batch, no two sizes alike, and at many of them
the last rows or columns are read by no window: the remainder r is not 0.
"""

import inspect
from itertools import product

import autograd
import autograd.numpy as anp
import loops
import numpy as np
import pytest

from nblib.check_layer import check_layer
from nblib.layers import (
    LAYERS,
    conv2d,
    conv2d_backward,
    conv_size,
    conv_transpose2d,
    conv_transpose2d_backward,
    convolution,
    products,
)

SETTINGS = [(size, kernel, stride, padding, dilation) for size, kernel, stride, padding, dilation in product(
    [(7, 8), (8, 6)], [(3, 2), (1, 3)], [2, (1, 3), (3, 2)], [0, (2, 1)], [1, 2, (1, 2), (3, 2)])
    if all(n + 2 * p >= d * (k - 1) + 1 for n, k, p, d in zip(size, kernel, *loops.pairs(padding, dilation),
                                                             strict=True))]


def remainder(size, kernel, stride, padding, dilation):
    """So many rows and columns are read by no window."""
    return tuple((n + 2 * p - d * (k - 1) - 1) % s
                 for n, k, s, p, d in zip(size, kernel, *loops.pairs(stride, padding, dilation), strict=True))


def drawn(size, kernel, stride, padding, dilation, seed=5):
    """X, W, b and a gradient by the outputs of conv2d: 2 images, 3 channels, 4 kernels."""
    rng = np.random.default_rng(seed)
    out = conv_size(size, kernel, stride, padding, dilation)
    return (rng.normal(size=(2, 3, *size)), rng.normal(size=(4, 3, *kernel)), rng.normal(size=4),
            rng.normal(size=(2, 4, *out)))


def same(a, b):
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-12, atol=1e-13))


def test_the_grid_has_remainders_along_rows_and_along_columns():
    found = [remainder(*setting) for setting in SETTINGS]
    assert len(SETTINGS) > 70
    assert sum(r > 0 for r, _ in found) > 20 and sum(r > 0 for _, r in found) > 20
    assert any(r > p[0] for (r, _), p in zip(found, [loops.pairs(s[3])[0] for s in SETTINGS], strict=True))


@pytest.mark.parametrize("setting", SETTINGS)
def test_convolution_forward_and_backward_are_the_loops(setting):
    rest = setting[2:]
    X, W, b, dY = drawn(*setting)
    assert same(conv2d(X, W, b, *rest), loops.conv2d(X, W, b, *rest))
    for got, right in zip(conv2d_backward(dY, X, W, b, *rest), loops.conv2d_backward(dY, X, W, b, *rest), strict=True):
        assert same(got, right)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_transpose_is_the_loops_and_the_adjoint(setting):
    size, _, *rest = setting
    X, W, _, Y = drawn(*setting)
    c, extra = np.array([0.3, -0.7, 1.1]), remainder(*setting)
    up = conv_transpose2d(Y, W, c, *rest, output_padding=extra)
    assert same(up, loops.conv_transpose2d(Y, W, c, size, *rest))
    down, none = conv2d(X, W, np.zeros(4), *rest), np.zeros(3)
    assert np.vdot(Y, down) == pytest.approx(np.vdot(conv_transpose2d(Y, W, none, *rest, extra), X), rel=1e-11)


@pytest.mark.parametrize("setting", SETTINGS[::3])
def test_the_gradients_of_the_transpose_are_the_adjoints(setting):
    """Z = T(Y, W) + c is linear in each of Y, W and c, so ⟨dZ, T(U, W)⟩ = ⟨dY, U⟩ for any U, and likewise for W."""
    size, _, *rest = setting
    rng, extra = np.random.default_rng(8), remainder(*setting)
    _, W, _, Y = drawn(*setting)
    c, dZ, none = rng.normal(size=3), rng.normal(size=(2, 3, *size)), np.zeros(3)
    dY, dW, dc = conv_transpose2d_backward(dZ, Y, W, c, *rest, extra)
    U, M = rng.normal(size=Y.shape), rng.normal(size=W.shape)
    assert np.vdot(dY, U) == pytest.approx(np.vdot(dZ, loops.conv_transpose2d(U, W, none, size, *rest)), rel=1e-10)
    assert np.vdot(dW, M) == pytest.approx(np.vdot(dZ, loops.conv_transpose2d(Y, M, none, size, *rest)), rel=1e-10)
    assert same(dc, dZ.sum(axis=(0, 2, 3)))


def convolved(X, W, b, stride, padding, dilation, out):
    """For autograd: a sum over the entries of a window."""
    (s, t), (p, q), (d, e) = loops.pairs(stride, padding, dilation)
    X = anp.pad(X, ((0, 0), (0, 0), (p, p), (q, q)), "constant")
    parts = [anp.einsum("fc,ncij->nfij", W[:, :, u, v], X[:, :, d * u : d * u + s * (out[0] - 1) + 1 : s,
                                                          e * v : e * v + t * (out[1] - 1) + 1 : t])
             for u, v in product(*map(range, W.shape[2:]))]
    return sum(parts) + b[:, None, None]


@pytest.mark.parametrize("setting", SETTINGS[1::9])
def test_convolution_agrees_with_autograd(setting):
    rest = setting[2:]
    X, W, b, dY = drawn(*setting)
    scalar = lambda *a: anp.sum(dY * convolved(*a, *rest, dY.shape[2:]))  # noqa: E731
    for k, got in enumerate(conv2d_backward(dY, X, W, b, *rest)):
        assert same(got, autograd.grad(scalar, k)(X, W, b))


CHECKED = {"stride": 2, "padding": (1, 2), "dilation": (2, 1)}


@pytest.mark.parametrize(("name", "shapes", "settings"), [
    ("conv2d", [("m", 3, 6, 7), (4, 3, 2, 3), (4,)], CHECKED),
    ("conv_transpose2d", [("m", 4, 3, 5), (4, 3, 2, 3), (3,)], CHECKED | {"output_padding": (1, 0)}),
    ("flatten", [("m", 3, 4, 2)], {}),
])
def test_a_layer_of_images_passes_check_layer(name, shapes, settings):
    report = check_layer(*LAYERS[name].having(**settings), *shapes)
    assert "complex step" in str(report)


# ---- portions: whatever the workspace holds, the numbers are the same

BIG = ((23, 9), (3, 4), (2, 1), (1, 2), (1, 2))


@pytest.mark.parametrize(("workspace", "group", "bands"), [(1, 1, 2), (95_000, 2, 1), (2**20, 5, 1)])
def test_groups_of_images_and_bands_of_windows_do_not_change_the_result(monkeypatch, workspace, group, bands):
    size, kernel, *rest = BIG
    X, W, b, dY = (np.concatenate([a, 2 * a, 3 * a[:1]]) if a.ndim == 4 and len(a) == 2 else a for a in drawn(*BIG))
    monkeypatch.setattr(products, "WORKSPACE", workspace)
    layout = products.layout_of(products.Windows(size, kernel, *loops.pairs(*rest), dY.shape[2:]))
    portions = layout.portions(3, 5, 8)
    assert (portions.group, portions.length // portions.band) == (group, bands)
    assert same(conv2d(X, W, b, *rest), loops.conv2d(X, W, b, *rest))
    for got, right in zip(conv2d_backward(dY, X, W, b, *rest), loops.conv2d_backward(dY, X, W, b, *rest), strict=True):
        assert same(got, right)


# ---- numbers

SETTING = SETTINGS[7]


def test_single_precision_stays_and_is_near():
    *_, stride, padding, dilation = SETTING
    X, W, b, dY = (a.astype(np.float32) for a in drawn(*SETTING))
    down, up = conv2d(X, W, b, stride, padding, dilation), conv_transpose2d(dY, W, b[:3], stride, padding, dilation)
    grads = conv2d_backward(dY, X, W, b, stride, padding, dilation)
    more = conv_transpose2d_backward(up, dY, W, b[:3], stride, padding, dilation)
    assert {array.dtype for array in (down, up, *grads, *more)} == {np.dtype(np.float32)}
    assert np.allclose(down, loops.conv2d(X, W, b, stride, padding, dilation), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_any_one_argument_may_be_complex(k):
    *_, stride, padding, dilation = SETTING
    arrays, step = list(drawn(*SETTING)[:3]), np.random.default_rng(1).normal(size=drawn(*SETTING)[k].shape)
    arrays[k] = arrays[k] + 1j * step
    got = conv2d(*arrays, stride, padding, dilation)
    assert same(got, loops.conv2d(*arrays, stride, padding, dilation))
    up = [arrays[0][:, [0, 1, 2, 0]], arrays[1], arrays[2][:3]]
    real = conv_transpose2d(*[a.real for a in up], stride, padding, dilation)
    assert same(conv_transpose2d(*up, stride, padding, dilation).real, real)


def test_a_window_that_lies_in_the_padding_gives_the_bias():
    Y = conv2d(np.full((2, 1, 2, 3), 7.0), np.full((1, 1, 1, 2), 5.0), np.array([0.5]), stride=4, padding=(0, 3))
    assert Y.tolist() == [[[[0.5, 70.5]]]] * 2


def test_nothing_is_written_to_and_nothing_is_shared():
    *_, stride, padding, dilation = SETTING
    X, W, b, dY = arrays = drawn(*SETTING)
    copies = [a.copy() for a in arrays]
    results = [conv2d(X, W, b, stride, padding, dilation), *conv2d_backward(dY, X, W, b, stride, padding, dilation)]
    up = conv_transpose2d(dY, W, b[:3], stride, padding, dilation)
    results += [up, *conv_transpose2d_backward(up, dY, W, b[:3], stride, padding, dilation)]
    assert all(np.array_equal(*pair) for pair in zip(arrays, copies, strict=True))
    assert not any(np.shares_memory(result, array) for result, array in product(results, arrays))


# ---- mutants: each is refused by the comparison with the loops (and, in test_images_symbolic.py, by derived lines)

def unread(windows):
    """The windows over an image without the rows and columns that none of them reads."""
    size = [(o - 1) * s + d * (k - 1) + 1 - 2 * p for o, s, d, k, p in zip(
        windows.out, windows.stride, windows.dilation, windows.kernel, windows.padding, strict=True)]
    return windows._replace(size=tuple(size))


def moved(windows):
    """The remainder on the wrong side: the last window is taken to end with the image."""
    rest = [(n + 2 * p - d * (k - 1) - 1) % s for n, k, s, p, d in zip(*windows[:5], strict=True)]
    return windows._replace(padding=tuple(p - r for p, r in zip(windows.padding, rest, strict=True)))


#: in conv2d_backward: right, wrong, and which of the gradients it spoils
MUTANTS = {
    "no remainder in dX": ("spread(dY, W, windows)", "spread(dY, W, unread(windows))", 0),
    "the remainder before the image in dX": ("spread(dY, W, windows)", "spread(dY, W, moved(windows))", 0),
    "the remainder before the image in dW": ("gather(dY, X, windows)", "gather(dY, X, moved(windows))", 1),
    "no stride in dX": ("spread(dY, W, windows)", "spread(dY, W, windows._replace(stride=(1, 1)))", 0),
    "no stride in dW": ("gather(dY, X, windows)", "gather(dY, X, windows._replace(stride=(1, 1)))", 1),
    "no dilation in dX": ("spread(dY, W, windows)", "spread(dY, W, windows._replace(dilation=(1, 1)))", 0),
    "no dilation in dW": ("gather(dY, X, windows)", "gather(dY, X, windows._replace(dilation=(1, 1)))", 1),
    "no padding in dX": ("spread(dY, W, windows)", "spread(dY, W, windows._replace(padding=(0, 0)))", 0),
    "no padding in dW": ("gather(dY, X, windows)", "gather(dY, X, windows._replace(padding=(0, 0)))", 1),
    "channels swapped in dX": ("spread(dY, W, windows)", "spread(dY, W[:, ::-1], windows)", 0),
    "channels swapped in dW": ("gather(dY, X, windows)", "gather(dY, X[:, ::-1], windows)", 1),
    "outputs swapped in dW": ("gather(dY, X, windows)", "gather(dY[:, ::-1], X, windows)", 1),
    "a flipped kernel in dX": ("spread(dY, W, windows)", "spread(dY, W[:, :, ::-1, ::-1], windows)", 0),
    "one image only in dW": ("gather(dY, X, windows)", "gather(dY[:1], X[:1], windows)", 1),
    "a sign in dX": ("spread(dY, W, windows)", "-spread(dY, W, windows)", 0),
    "a sign in dW": ("gather(dY, X, windows)", "-gather(dY, X, windows)", 1),
    "a mean in db": ("dY.sum(", "dY.mean(", 2),
}


def mutant_of_conv2d_backward(name):
    """conv2d_backward with this fault, and the number of the gradient that it spoils."""
    right, wrong, k = MUTANTS[name]
    source = inspect.getsource(conv2d_backward)
    assert source.count(right) == 1
    names = vars(convolution) | {"unread": unread, "moved": moved}
    exec("from __future__ import annotations\n" + source.replace(right, wrong), names)
    return names["conv2d_backward"], k


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_the_backward_pass_is_not_the_loops(name):
    setting = ((8, 10), (2, 3), (3, 2), (1, 1), (2, 2))
    assert remainder(*setting) == (1, 1) and conv_size(*setting) == (3, 4)
    rest = setting[2:]
    X, W, b, dY = drawn(*setting)
    backward, k = mutant_of_conv2d_backward(name)
    right = loops.conv2d_backward(dY, X, W, b, *rest)
    assert [same(*pair) for pair in zip(backward(dY, X, W, b, *rest), right, strict=True)] == [j != k for j in range(3)]


# ---- shapes: a wrong one is an error that holds both, and says how to mend it

X, W, b, dY = drawn((7, 8), (3, 2), 2, 0, 1)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: conv2d(X[0], W, b), ["(3, 7, 8)", "X[None]", "X[:, None]"]),
    (lambda: conv2d(X[0, 0], W, b), ["(7, 8)", "X[None, None]"]),
    (lambda: conv2d(X[:0], W, b), ["(0, 3, 7, 8)", "one or more"]),
    (lambda: conv2d(X, W[0], b), ["(3, 3, 2)", "(F, C, kh, kw)"]),
    (lambda: conv2d(X, W.swapaxes(0, 1), b), ["(3, 4, 3, 2)", "(2, 3, 7, 8)", "W.swapaxes(0, 1)"]),
    (lambda: conv2d(np.moveaxis(X, 1, -1), W, b), ["(2, 7, 8, 3)", "np.moveaxis(X, -1, 1)"]),
    (lambda: conv2d(X, W[:, :2], b), ["(4, 2, 3, 2)", "(2, 3, 7, 8)", "3 input channels"]),
    (lambda: conv2d(X, W[:, :1], b), ["(4, 1, 3, 2)", "(2, 3, 7, 8)", "3 input channels"]),
    (lambda: conv2d(X, W, b[:, None]), ["(4, 1)", "(4,)", "b.reshape(-1)"]),
    (lambda: conv2d(X, W, b[:1]), ["(1,)", "(4,)", "each output channel"]),
    (lambda: conv2d(X, W, b[:3]), ["(3,)", "(4,)"]),
    (lambda: conv2d(X, W, b, dilation=(4, 1)), ["spans 9", "7 rows", "pad by 1 or more", "2 or less"]),
    (lambda: conv2d(X, W, b, dilation=(1, 9), padding=(0, 0)), ["spans 10", "8 columns", "pad by 1 or more"]),
    (lambda: conv2d(X, W, b, stride=0), ["stride is 0", "from 1 on"]),
    (lambda: conv2d(X, W, b, stride=(2, 1, 1)), ["stride is (2, 1, 1)", "a pair"]),
    (lambda: conv2d(X, W, b, padding=-1), ["padding is -1", "from 0 on"]),
    (lambda: conv2d(X, W, b, padding="same"), ["padding is 'same'"]),
    (lambda: conv2d(X, W, b, dilation=1.5), ["dilation is 1.5"]),
    (lambda: conv2d(X, W[0], b), ["(3, 3, 2)", "kernels have shape", "(F, C, kh, kw)"]),
    (lambda: conv2d(X, W[..., :0], b), ["(4, 3, 3, 0)", "kernels have shape", "one or more of each"]),
    (lambda: conv2d_backward(dY, X, W, b), ["(2, 4, 3, 4)", "(2, 4, 5, 7)", "same settings"]),
    (lambda: conv2d_backward(dY[:1], X, W, b, 2), ["(1, 4, 3, 4)", "(2, 4, 3, 4)", "nothing is broadcast"]),
    (lambda: conv2d_backward(dY[:, :1], X, W, b, 2), ["(2, 1, 3, 4)", "(2, 4, 3, 4)"]),
    (lambda: conv_transpose2d(dY, W.swapaxes(0, 1), b[:3], 2), ["(3, 4, 3, 2)", "(C, F, kh, kw)", "W.swapaxes(0, 1)"]),
    (lambda: conv_transpose2d(dY, W, b, 2), ["(4,)", "(3,)"]),
    (lambda: conv_transpose2d(dY, W, b[:3], 2, output_padding=2), ["output_padding is 2", "0 to 1", "3 rows"]),
    (lambda: conv_transpose2d(dY, W, b[:3], 1, output_padding=(0, 1)), ["output_padding is 1", "stride is 1"]),
    (lambda: conv_transpose2d(dY, W, b[:3], padding=(3, 0)), ["become 5", "takes off 6", "2 or less"]),
    (lambda: conv_transpose2d_backward(X, dY, W, b[:3], 2, output_padding=(1, 1)), ["(2, 3, 7, 8)", "(2, 3, 8, 9)"]),
    (lambda: conv_transpose2d_backward(X[:1], dY, W, b[:3], 2), ["(1, 3, 7, 8)", "(2, 3, 7, 8)"]),
])
def test_a_wrong_shape_is_an_error_with_both_shapes_and_a_way_to_mend_it(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert [word for word in words if word not in str(error.value)] == []


def test_settings_may_be_ints_pairs_lists_and_numpy_ints():
    right = conv2d(X, W, b, (2, 2), (1, 1), (2, 2))
    assert same(conv2d(X, W, b, 2, 1, 2), right)
    assert same(conv2d(X, W, b, [2, 2], np.int64(1), (np.int32(2), 2)), right)


def test_a_single_entry_channel_or_example_is_no_wrong_shape():
    assert conv2d(X[:1, :1, :1, :1], W[:1, :1, :1, :1], b[:1]).shape == (1, 1, 1, 1)
    assert [g.shape for g in conv2d_backward(dY[:1, :1, :1, :1], X[:1, :, :3, :2], W[:1], b[:1])] == [
        (1, 3, 3, 2), (1, 3, 3, 2), (1,)]


def test_what_is_left_out_of_the_settings_is_what_convolutions_do_by_default():
    rng = np.random.default_rng(8)
    X, W, b = rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(3, 4, 2, 3)), rng.normal(size=4)
    Y = conv_transpose2d(X, W, b)
    assert Y.shape == (2, 4, 6, 8) and np.array_equal(Y, conv_transpose2d(X, W, b, 1, 0, 1, 0))
    for left, right in zip(conv_transpose2d_backward(Y, X, W, b),
                           conv_transpose2d_backward(Y, X, W, b, 1, 0, 1, 0), strict=True):
        assert np.array_equal(left, right)
