"""Layers and losses: values by hand, gradients by `autograd` (which shares no code with them) and by the complex step.

Points are generic: no two sizes alike, a batch above 1, labels that do not add up to 1.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from nblib.check_layer import check_layer
from nblib.layers import LAYERS, dense, dense_backward, draw_mask, dropout, dropout_backward, losses, maxout, softmax
from nblib.layers.activations import ACTIVATIONS

rng = np.random.default_rng(7)
A, W, b = rng.normal(size=(3, 5)), rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
Z, dZ, alpha = rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.uniform(0.1, 0.9, (4, 1))
Y, weights = rng.uniform(0.1, 0.9, (4, 5)), rng.uniform(0.5, 2, (4, 1))
P = softmax(rng.normal(size=(4, 5)))


def same(a, b):
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-12, atol=1e-14))


# ---- against autograd: each function written down once more, as textbooks have it

def column_max(z):
    return anp.max(z.reshape(2, 2, 5), axis=1)


TEXTBOOK = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": lambda z: (anp.exp(z) - anp.exp(-z)) / (anp.exp(z) + anp.exp(-z)),
    "relu": lambda z: anp.maximum(z, 0),
    "leaky_relu": lambda z: anp.maximum(z, 0) + 0.01 * anp.minimum(z, 0),
    "elu": lambda z: anp.maximum(z, 0) + anp.exp(anp.minimum(z, 0)) - 1,
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "arctan": lambda z: anp.arctan(z),
    "bipolar": lambda z: (1 - anp.exp(-z)) / (1 + anp.exp(-z)),
    "prelu": lambda z, alpha: anp.maximum(z, 0) + alpha * anp.minimum(z, 0),
    "maxout": column_max,
    "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z), axis=0),
    "dense": lambda A, W, b: anp.dot(W, A) + b,
}
ARGUMENTS = {"prelu": (Z, alpha), "dense": (A, W, b)}
IMAGES = {"conv2d", "conv_transpose2d", "max_pool2d", "mean_pool2d", "flatten"}  # they have tests of their own
COLUMNS = [name for name in LAYERS if name not in IMAGES]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_layer_agrees_with_autograd_forward_and_backward(name):
    arguments = ARGUMENTS.get(name, (Z,))
    out, textbook = LAYERS[name].forward(*arguments), TEXTBOOK[name](*arguments)
    assert same(out, textbook)
    incoming = rng.normal(size=out.shape)
    grads = LAYERS[name].backward(incoming, *arguments)
    assert len(grads) == len(arguments)
    for k, grad in enumerate(grads):
        right = autograd.grad(lambda *a: anp.sum(incoming * TEXTBOOK[name](*a)), k)(*arguments)
        assert same(grad, right), f"by argument {k}"


LOSSES = {
    "squared_error": (lambda a: anp.sum((a - Y) ** 2) / 5, (Z, Y)),
    "absolute_error": (lambda a: anp.sum(anp.abs(a - Y)) / 20, (Z, Y)),
    "cross_entropy": (lambda a: -anp.sum(weights * Y * anp.log(a)) / 5, (P, Y, weights)),
    "sigmoid_on_logits": (lambda z: -anp.sum(Y * anp.log(1 / (1 + anp.exp(-z)))
                                             + (1 - Y) * anp.log(1 / (1 + anp.exp(z)))) / 5, (Z, Y)),
    "softmax_on_logits": (lambda z: -anp.sum(Y * anp.log(anp.exp(z) / anp.sum(anp.exp(z), axis=0))) / 5, (Z, Y)),
    "penalty": (lambda w: 0.3 / 2 * anp.sum(w * w), (W, 0.3)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_agrees_with_autograd_forward_and_backward(name):
    textbook, arguments = LOSSES[name]
    assert getattr(losses, name)(*arguments) == pytest.approx(textbook(arguments[0]), rel=1e-12)
    assert same(getattr(losses, f"{name}_backward")(*arguments), autograd.grad(textbook)(arguments[0]))


def test_a_cross_entropy_without_weights_weighs_every_class_alike():
    assert losses.cross_entropy(P, Y) == losses.cross_entropy(P, Y, np.ones((4, 1)))
    assert same(losses.cross_entropy_backward(P, Y), losses.cross_entropy_backward(P, Y, np.ones((4, 1))))


def test_the_slope_of_the_sum_of_squares_has_the_factor_2():
    assert same(losses.squared_error_backward(Z, Y), 2 * (Z - Y) / 5)


# ---- every layer passes the check that readers use on theirs

SHAPES = {"prelu": [(4, "m"), (4, 1)], "dense": [(3, "m"), (4, 3), (4, 1)]}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_layer_passes_check_layer(name):
    report = check_layer(*LAYERS[name], *SHAPES.get(name, [(4, "m")]))
    assert all("complex step" in finding.detail for finding in report.findings if finding.what.startswith("gradient"))


def labels(rng, m):
    return rng.uniform(0.1, 0.9, (4, m))


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("cross_entropy", "penalty")])
def test_a_loss_passes_check_layer(name):
    check_layer(getattr(losses, name), getattr(losses, f"{name}_backward"), (4, "m"), labels)


def test_the_weighted_cross_entropy_passes_check_layer():
    draws = [lambda rng, m: softmax(rng.normal(size=(4, m))), labels, lambda rng, m: weights]
    report = check_layer(losses.cross_entropy, losses.cross_entropy_backward, *draws)
    assert "complex step" in str(report)


def test_penalty_and_dropout_pass_check_layer():
    check_layer(lambda W: losses.penalty(W, 0.3), lambda W: losses.penalty_backward(W, 0.3), (4, 3))
    mask = lambda rng, m: rng.random((4, m)) < 0.7  # noqa: E731
    check_layer(lambda A, mask: dropout(A, mask, 0.7), lambda dZ, A, mask: dropout_backward(dZ, A, mask, 0.7),
                (4, "m"), mask)


# ---- numbers: precision, overflow, kinks

@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_and_its_slope_keep_single_precision_and_accept_complex_numbers(name):
    for function in ACTIVATIONS[name]:
        assert function(Z.astype(np.float32)).dtype == np.float32
        assert same(np.real(function(Z + 1e-30j)), function(Z))
    stepped = ACTIVATIONS[name].function(Z + 1e-20j).imag / 1e-20
    assert same(stepped, ACTIVATIONS[name].slope(Z))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nothing_overflows(name):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for function in ACTIVATIONS[name]:
            assert np.isfinite(function(np.array([[-800.0, 800.0]]))).all()


def test_losses_on_logits_are_finite_and_right_where_the_unit_is_sure():
    sure, label = np.array([[-800.0, -800.0, 800.0, 800.0]]), np.array([[0.0, 1.0, 0.0, 1.0]])
    with np.errstate(all="raise", under="ignore"):
        assert losses.sigmoid_on_logits(sure, label) == 400
        both = np.concatenate([sure, -sure]), np.concatenate([label, 1 - label])
        assert losses.softmax_on_logits(*both) == 800
        assert np.isfinite(losses.softmax_on_logits_backward(*both)).all()


def test_the_slope_at_a_kink_is_that_of_the_left_side():
    zero = np.zeros((1, 1))
    assert [float(ACTIVATIONS[name].slope(zero)[0, 0]) for name in ("relu", "leaky_relu", "elu")] == [0, 0.01, 1]
    assert losses.absolute_error_backward(zero, zero) == 0


def test_no_layer_writes_to_its_arguments():
    copies = [array.copy() for array in (A, W, b, Z)]
    for name in COLUMNS:
        arguments = ARGUMENTS.get(name, (Z,))
        LAYERS[name].backward(LAYERS[name].forward(*arguments) + 1, *arguments)
    assert all(np.array_equal(*pair) for pair in zip((A, W, b, Z), copies, strict=True))


# ---- dropout

def test_dropout_keeps_the_mean():
    """Five standard errors: a kept entry is 1/0.8, so the variance of an entry is 0.25, of the mean 0.25 / 40,000."""
    mask = draw_mask((200, 200), 0.8, np.random.default_rng(3))
    out = dropout(np.ones((200, 200)), mask, 0.8)
    assert abs(out.mean() - 1) < 5 * np.sqrt(0.25 / 40_000)
    assert set(np.unique(out)) == {0, 1.25}


@pytest.mark.parametrize("keep", [0, -0.1, 1.5])
def test_a_probability_to_stay_lies_between_0_and_1(keep):
    with pytest.raises(ValueError, match="0 < keep ≤ 1"):
        draw_mask((2, 3), keep, rng)


# ---- shapes: a wrong one is an error that holds both, and says how to mend it

@pytest.mark.parametrize(("call", "words"), [
    (lambda: dense(A[:, 0], W, b), ["(3,)", "A[:, None]"]),
    (lambda: dense(A.T, W, b), ["(5, 3)", "(4, 3)", "pass A.T"]),
    (lambda: dense(A, W.T, b), ["(3, 5)", "(3, 4)", "pass W.T"]),
    (lambda: dense(A, W[0], b), ["(3,)", "(3, 5)", "W.reshape(-1, 3)"]),
    (lambda: dense(A, W[:, :2], b), ["(4, 2)", "(3, 5)", "give W the shape (4, 3)"]),
    (lambda: dense(A, W, b[:, 0]), ["(4,)", "4 rows", "b[:, None]"]),
    (lambda: dense(A, W, b.T), ["(1, 4)", "4 rows", "b.T"]),
    (lambda: dense(A, W, b[:1]), ["(1, 1)", "4 rows"]),
    (lambda: dense(A[:, :0], W, b), ["(3, 0)", "one example or more"]),
    (lambda: dense(A.reshape(3, 5, 1), W, b), ["(3, 5, 1)", "unroll"]),
    (lambda: dense_backward(dZ.T, A, W, b), ["(5, 4)", "(4, 5)", "dZ.T"]),
    (lambda: dense_backward(dZ[:, :1], A, W, b), ["(4, 1)", "(4, 5)"]),
    (lambda: dense_backward(dZ[:, :2], A, W, b), ["(4, 2)", "(4, 5)", "the gradient by those outputs"]),
    (lambda: dense_backward(dZ, A, W, b[:, 0]), ["(4,)", "4 rows", "b[:, None]"]),
    (lambda: LAYERS["tanh"].forward(Z[0]), ["(5,)", "Z[:, None]"]),
    (lambda: LAYERS["tanh"].backward(dZ[0], Z[0]), ["(5,)", "Z[:, None]"]),
    (lambda: LAYERS["tanh"].backward(dZ[:1], Z), ["(1, 5)", "(4, 5)", "nothing is broadcast"]),
    (lambda: LAYERS["tanh"].backward(dZ.T, Z), ["(5, 4)", "(4, 5)", "transpose"]),
    (lambda: LAYERS["prelu"].forward(Z, alpha[:, 0]), ["(4,)", "4 rows", "alpha[:, None]"]),
    (lambda: LAYERS["prelu"].forward(Z[:, 0], alpha), ["(4,)", "Z[:, None]"]),
    (lambda: LAYERS["prelu"].backward(dZ[:1], Z, alpha), ["(1, 5)", "(4, 5)"]),
    (lambda: LAYERS["prelu"].backward(dZ, Z, alpha.T), ["(1, 4)", "4 rows", "alpha.T"]),
    (lambda: softmax(Z[:, 0]), ["(4,)", "Z[:, None]"]),
    (lambda: LAYERS["softmax"].backward(dZ[:1], Z), ["(1, 5)", "(4, 5)"]),
    (lambda: maxout(Z, 3), ["(4, 5)", "groups of 3"]),
    (lambda: maxout(Z, 0), ["(4, 5)", "groups of 0"]),
    (lambda: maxout(Z[:, 0]), ["(4,)", "Z[:, None]"]),
    (lambda: LAYERS["maxout"].backward(dZ, Z), ["(4, 5)", "(2, 5)"]),
    (lambda: dropout(A, np.ones((3, 1), bool), 0.5), ["(3, 1)", "(3, 5)"]),
    (lambda: dropout_backward(dZ, A, np.ones((3, 5), bool), 0.5), ["(4, 5)", "(3, 5)"]),
    (lambda: dropout(A[0], A[0] > 0, 0.5), ["(5,)", "A[:, None]"]),
    (lambda: dropout_backward(A[0], A[0], A[0] > 0, 0.5), ["(5,)", "A[:, None]"]),
    (lambda: dropout_backward(A, A, np.ones((3, 1), bool), 0.5), ["(3, 1)", "(3, 5)"]),
    (lambda: losses.squared_error(Z[0], Y[0]), ["(5,)", "A[:, None]"]),
    *((lambda name=name: getattr(losses, name)(P, Y[:1]), ["(1, 5)", "(4, 5)"]) for name in losses.__all__
      if not name.startswith("penalty")),
    (lambda: losses.squared_error(Z, Y[:1]), ["(1, 5)", "(4, 5)"]),
    (lambda: losses.squared_error_backward(Z, Y.T), ["(5, 4)", "(4, 5)", "transpose"]),
    (lambda: losses.squared_error(Z[:1], Y[0]), ["(5,)", "(1, 5)", "Y.reshape(1, 5)"]),
    (lambda: losses.cross_entropy(P, Y, weights.T), ["(1, 4)", "4 rows", "weights.T"]),
    (lambda: losses.softmax_on_logits(Z, Y[:, :1]), ["(4, 1)", "(4, 5)"]),
    (lambda: losses.sigmoid_on_logits_backward(Z, Y[:1]), ["(1, 5)", "(4, 5)"]),
])
def test_a_wrong_shape_is_an_error_with_both_shapes_and_a_way_to_mend_it(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert [word for word in words if word not in str(error.value)] == []


def test_a_single_input_or_unit_or_example_is_no_wrong_shape():
    assert dense(A[:1, :1], W[:1, :1], b[:1]).shape == (1, 1)
    assert [g.shape for g in dense_backward(dZ[:1, :1], A[:, :1], W[:1], b[:1])] == [(3, 1), (1, 3), (1, 1)]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_at_a_kink_function_and_slope_are_those_of_the_left_side(name):
    """The complex step leaves 0 along the imaginary axis; a branch that looks at it would take the right side."""
    function, slope = ACTIVATIONS[name]
    step = 1e-30
    assert same(function(np.array([[step * 1j, -step * 1j]])).imag / step, slope(np.zeros((1, 2))) * [1, -1])


@pytest.mark.parametrize("name", ["leaky_relu", "elu"])
def test_at_a_kink_that_alpha_makes_the_slope_is_alpha(name):
    function, slope = ACTIVATIONS[name]
    step, alpha = 1e-30, 0.3
    assert same(function(np.array([[step * 1j]]), alpha).imag / step, np.array([[alpha]]))
    assert same(slope(np.zeros((1, 1)), alpha), np.array([[alpha]]))


def test_prelu_is_its_left_side_at_the_kink():
    step, zero = 1e-30, np.zeros((4, 1))
    assert same(LAYERS["prelu"].forward(zero + step * 1j, alpha).imag / step, alpha)
    dZ, dalpha = LAYERS["prelu"].backward(zero + 1, zero, alpha)
    assert same(dZ, alpha) and same(dalpha, zero)
    dZ, _ = LAYERS["prelu"].backward(zero + 1, zero + step * 1j, alpha)
    assert same(dZ, alpha) and np.isrealobj(dZ)


def test_of_equal_rows_the_first_is_the_largest_to_the_complex_step():
    rows = np.array([[2.0 + 1e-30j], [2.0 + 2e-30j]])
    assert maxout(rows) == rows[:1]
    assert same(LAYERS["maxout"].backward(np.array([[3.0]]), rows)[0].real, np.array([[3.0], [0.0]]))


def test_maxout_of_one_piece_is_the_identity():
    assert same(maxout(Z, 1), Z)


def test_elu_bends_on_the_left_side_of_its_kink():
    step, slope = 1e-30, ACTIVATIONS["elu"].slope
    assert same(slope(np.array([[step * 1j]]), 0.3).imag / step, np.array([[0.3]]))


def test_what_tells_the_sides_apart_is_real_for_complex_numbers():
    assert np.isrealobj(ACTIVATIONS["relu"].slope(Z + 1j))
    assert np.isrealobj(losses.absolute_error_backward(Z + 1j, Y))
    assert same(losses.absolute_error_backward(np.array([[0.5 + 1e-30j]]), np.array([[0.5]])), np.zeros((1, 1)))


def test_a_mask_that_keeps_all_is_a_mask_and_a_draw_as_large_as_keep_is_not_kept():
    class Draws:
        def random(self, shape):
            return np.full(shape, 0.5)

    assert draw_mask((2, 3), 1, rng).all()
    assert draw_mask((2, 3), 0.75, Draws()).all() and not draw_mask((2, 3), 0.5, Draws()).any()
