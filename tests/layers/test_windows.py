"""Windows: their number, what they read, images as columns and back."""

import loops
import numpy as np
import pytest

from nblib.layers import (
    LAYERS,
    col2im,
    conv2d,
    conv2d_backward,
    conv_size,
    conv_transpose_size,
    dense,
    flatten,
    flatten_backward,
    im2col,
)
from nblib.layers.windows import inside, pair

rng = np.random.default_rng(2)
X, W, b = rng.normal(size=(2, 3, 7, 8)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
SETTINGS = [(2, 0, 1), ((1, 3), (2, 1), (2, 1)), (3, 1, 2), ((2, 1), 0, (1, 3))]


def test_the_number_of_windows_is_counted_by_moving_one():
    for n in range(1, 9):
        for k, s, p, d in np.ndindex(3, 4, 3, 3):
            setting = (k + 1, s + 1, p, d + 1)
            windows, = loops.count((n,), (setting[0],), *[(value,) for value in setting[1:]])
            if windows:
                assert conv_size(n, *setting) == windows
            else:
                with pytest.raises(ValueError, match="pad by"):
                    conv_size(n, *setting)


def test_the_error_names_a_padding_and_a_window_that_do_and_the_next_do_not():
    with pytest.raises(ValueError, match=r"pad by 2 or more, or take a window of 3 or less"):
        conv_size(9, 4, 2, 0, 4)
    assert conv_size(9, 4, 2, 2, 4) == 1 and conv_size(9, 3, 2, 0, 4) == 1
    with pytest.raises(ValueError):
        conv_size(9, 4, 2, 1, 4)


def test_a_transposed_size_is_one_that_leads_back():
    for o, k, s, p, d in np.ndindex(4, 3, 3, 2, 3):
        setting = (k + 1, s + 1, p, d + 1)
        for extra in range(s + 1):
            if o * (s + 1) + (d + 1) * k + 1 + extra > 2 * p:
                assert conv_size(conv_transpose_size(o + 1, *setting, extra), *setting) == o + 1
        with pytest.raises(ValueError, match="less than the stride"):
            conv_transpose_size(o + 1, *setting, s + 1)


def test_a_transposed_size_of_nothing_names_a_padding_that_does():
    with pytest.raises(ValueError, match=r"2 columns become 4, of which padding 2 takes off 4.*padding of 1 or less"):
        conv_transpose_size((5, 2), 3, 1, 2)
    assert conv_transpose_size(2, 3, 1, 1) == 2
    assert conv_transpose_size(5, 3) == 7


def test_sizes_are_pairs_where_a_pair_is_given():
    assert conv_size(9, 3) == 7 and conv_size((9, 5), 3) == conv_size([9, 5], 3) == (7, 3)
    assert conv_size(9, 3, stride=(2, 3)) == (4, 3) and conv_transpose_size(4, (3, 2), 2) == (9, 8)


@pytest.mark.parametrize("value", [0, -1, 1.0, True, (1,), (1, 2, 3), (1, 0), "same", None, (1, True)])
def test_what_is_no_setting_is_refused(value):
    with pytest.raises(ValueError, match="stride is"):
        pair(value, "stride")


def test_places_inside_are_those_that_a_loop_finds():
    for start, step, count, size in np.ndindex(9, 3, 5, 6):
        places = [(i, start - 4 + i * (step + 1)) for i in range(count) if 0 <= start - 4 + i * (step + 1) <= size]
        numbers, found = inside(start - 4, step + 1, count, size + 1)
        assert list(zip(range(count)[numbers], range(size + 1)[found], strict=True)) == places


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_convolution_is_a_dense_layer_on_columns(setting):
    out = conv_size((7, 8), (3, 2), *setting)
    Y = dense(im2col(X, (3, 2), *setting), W.reshape(4, -1), b[:, None])
    assert np.allclose(Y.reshape(4, 2, *out).swapaxes(0, 1), conv2d(X, W, b, *setting), rtol=1e-12)


@pytest.mark.parametrize("setting", SETTINGS)
def test_col2im_is_the_adjoint_of_im2col_and_gives_the_gradient_by_the_images(setting):
    columns = rng.normal(size=im2col(X, (3, 2), *setting).shape)
    image = col2im(columns, X.shape, (3, 2), *setting)
    assert np.vdot(columns, im2col(X, (3, 2), *setting)) == pytest.approx(np.vdot(image, X), rel=1e-11)
    dY = rng.normal(size=conv2d(X, W, b, *setting).shape)
    dcolumns = W.reshape(4, -1).T @ dY.swapaxes(0, 1).reshape(4, -1)
    assert np.allclose(col2im(dcolumns, X.shape, (3, 2), *setting), conv2d_backward(dY, X, W, b, *setting)[0],
                       rtol=1e-11)


def test_columns_keep_single_precision():
    single = im2col(X.astype(np.float32), 2)
    assert single.dtype == col2im(single, X.shape, 2).dtype == flatten(X.astype(np.float32)).dtype == np.float32


def test_flatten_puts_each_image_in_a_column_and_back():
    assert np.array_equal(flatten(X)[:, 1], X[1].ravel())
    assert np.array_equal(flatten_backward(flatten(X), X)[0], X)
    assert not np.shares_memory(flatten(X[:1]), X)


def test_entrywise_layers_take_images_too():
    forward, backward = LAYERS["relu"]
    assert np.array_equal(forward(X), np.maximum(X, 0))
    assert np.array_equal(backward(2 * X, X)[0], 2 * np.maximum(X, 0))
    with pytest.raises(ValueError, match="must be alike"):
        backward(X[:, :1], X)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: im2col(X[0], 2), ["(3, 7, 8)", "X[None]"]),
    (lambda: im2col(X, 9), ["spans 9", "7 rows"]),
    (lambda: col2im(np.ones((12, 80)), X.shape, 2), ["(12, 80)", "2 × 2", "6 × 7", "(12, 84)"]),
    (lambda: col2im(np.ones((4, 84)), X.shape, 2), ["(4, 84)", "(12, 84)"]),
    (lambda: flatten(X[0]), ["(3, 7, 8)", "X[None]"]),
    (lambda: flatten_backward(flatten(X).T, X), ["(2, 168)", "(168, 2)", "dZ.T"]),
    (lambda: flatten_backward(flatten(X)[:, :1], X), ["(168, 1)", "(168, 2)", "nothing is broadcast", "those columns"]),
    (lambda: flatten_backward(flatten(X), X[0]), ["(3, 7, 8)", "X[None]"]),
    (lambda: LAYERS["relu"].forward(X[0]), ["(3, 7, 8)"]),
])
def test_a_wrong_shape_is_an_error_with_both_shapes_and_a_way_to_mend_it(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert [word for word in words if word not in str(error.value)] == []
