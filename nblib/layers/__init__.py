"""Layers of a network, forward and backward, in NumPy: functions without any state.

``forward(A, *parameters)`` gives the outputs, ``backward(dZ, A, *parameters)`` takes the gradient of the loss by these
outputs and gives a tuple, the gradient by each of the arguments of ``forward``, in their order. Nothing is remembered
between the two: what backward needs, it is given. Columns are examples, or, of images, (m, C, h, w), the first axis is;
a wrong shape is an error, never a broadcast.
Every function takes float32 and float64 and keeps them, takes complex numbers (for the complex step), and arrays of
symbols (for `nblib.symbolic`, which proves it equal to a derivation).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from nblib.layers.activations import ACTIVATIONS, Activation
from nblib.layers.convolution import conv2d, conv2d_backward, conv_transpose2d, conv_transpose2d_backward
from nblib.layers.pooling import max_pool2d, max_pool2d_backward, mean_pool2d, mean_pool2d_backward
from nblib.layers.shapes import check_batch, check_dense, check_each_row, check_like
from nblib.layers.windows import (
    check_images,
    col2im,
    conv_size,
    conv_transpose_size,
    flatten,
    flatten_backward,
    im2col,
)

__all__ = ["LAYERS", "Layer", "col2im", "conv2d", "conv2d_backward", "conv_size", "conv_transpose2d",
           "conv_transpose2d_backward", "conv_transpose_size", "dense", "dense_backward", "draw_mask", "dropout",
           "dropout_backward", "elementwise", "flatten", "flatten_backward", "im2col", "max_pool2d",
           "max_pool2d_backward", "maxout", "maxout_backward", "mean_pool2d", "mean_pool2d_backward", "prelu",
           "prelu_backward", "softmax", "softmax_backward"]

Array = np.ndarray


class Layer(NamedTuple):
    """``forward(A, *parameters) -> Z`` and ``backward(dZ, A, *parameters) -> (dA, *dparameters)``."""

    forward: Callable[..., Array]
    backward: Callable[..., tuple[Array, ...]]

    def having(self, **settings: object) -> Layer:
        """The layer with some settings fixed.

        Examples
        --------
        >>> LAYERS["conv2d"].having(stride=2).forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1)), np.array([0.5]))
        array([[[[1.5, 1.5],
                 [1.5, 1.5]]]])
        """
        return Layer(partial(self.forward, **settings), partial(self.backward, **settings))


def dense(A: Array, W: Array, b: Array) -> Array:
    """W A + b: every unit takes a weighted sum of every input.

    Parameters
    ----------
    A : (n, m) inputs, an example in each column.
    W : (k, n) weights, a row for each unit.
    b : (k, 1) biases, added to every column.

    Returns
    -------
    Z : (k, m)

    Raises
    ------
    ValueError
        if the shapes do not fit.

    Examples
    --------
    >>> dense(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0]]), np.array([[0.5]]))
    array([[-1.5, -1.5]])
    """
    check_dense(A, W, b)
    return W @ A + b


def dense_backward(dZ: Array, A: Array, W: Array, b: Array) -> tuple[Array, Array, Array]:
    """The gradients by inputs, weights and biases: Wᵀ dZ, dZ Aᵀ, and the row sums of dZ.

    The derivation is that of the chapter on notation: eq-notation-dX, eq-notation-dW, eq-notation-db.

    Parameters
    ----------
    dZ : (k, m) gradient of the loss by the outputs; A, W, b : as for `dense`.

    Returns
    -------
    dA : (n, m); dW : (k, n); db : (k, 1)

    Raises
    ------
    ValueError
        if the shapes do not fit.

    Examples
    --------
    >>> A, W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0]]), np.array([[0.5]])
    >>> dense_backward(np.array([[10.0, 1.0]]), A, W, b)[1:]
    (array([[12., 34.]]), array([[11.]]))
    """
    check_dense(A, W, b)
    _check_outputs(dZ, (W.shape[0], A.shape[1]), "W @ A + b")
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


def elementwise(function: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Layer:
    """The layer that applies a function to each entry, of columns or of images.

    Examples
    --------
    >>> cube = elementwise(lambda Z: Z**3, lambda Z: 3 * Z**2)
    >>> cube.backward(np.array([[10.0]]), np.array([[2.0]]))
    (array([[120.]]),)
    """

    def forward(Z: Array) -> Array:
        _check_entries(Z)
        return function(Z)

    def backward(dA: Array, Z: Array) -> tuple[Array]:
        _check_entries(Z)
        check_like(dA, Z, "dA", "Z")
        return (dA * slope(Z),)

    return Layer(forward, backward)


def _check_entries(Z: Array) -> None:
    check = check_images if np.ndim(Z) == 4 else check_batch
    check(Z, "Z")


def prelu(Z: Array, alpha: Array) -> Array:
    """Z where it is positive, else α Z, with an α of its own, (n, 1), for each row, that is learned."""
    _check_prelu(Z, alpha)
    return np.where(Z.real > 0, Z, alpha * Z)


def prelu_backward(dA: Array, Z: Array, alpha: Array) -> tuple[Array, Array]:
    """The gradients by Z (n, m) and by α (n, 1), which only the negative entries of a row move."""
    _check_prelu(Z, alpha)
    check_like(dA, Z, "dA", "Z")
    down = (Z.real <= 0).astype(Z.real.dtype)
    return dA * (1 - down + alpha * down), (dA * Z * down).sum(axis=1, keepdims=True)


def _check_prelu(Z: Array, alpha: Array) -> None:
    check_batch(Z, "Z")
    check_each_row(alpha, Z.shape[0], "alpha", "Z")


def maxout(Z: Array, pieces: int = 2) -> Array:
    """The largest of each group of ``pieces`` rows that follow one another: (n · pieces, m) -> (n, m).

    Examples
    --------
    >>> maxout(np.array([[1.0, 2.0], [3.0, -4.0], [5.0, 6.0], [0.0, 7.0]]))
    array([[3., 2.],
           [5., 7.]])
    """
    groups, largest = _groups(Z, pieces)
    return np.take_along_axis(groups, largest, axis=1)[:, 0]


def maxout_backward(dA: Array, Z: Array, pieces: int = 2) -> tuple[Array]:
    """Each gradient goes to the row that was largest; of several equal ones to the first."""
    groups, largest = _groups(Z, pieces)
    _check_outputs(dA, (len(groups), Z.shape[1]), "maxout(Z)", "dA")
    dZ = np.zeros(groups.shape, np.result_type(dA, Z))
    np.put_along_axis(dZ, largest, dA[:, None], axis=1)
    return (dZ.reshape(Z.shape),)


def _groups(Z: Array, pieces: int) -> tuple[Array, Array]:
    """The rows in groups, (n, pieces, m), and the place of the largest in each, (n, 1, m)."""
    check_batch(Z, "Z")
    if pieces < 1 or Z.shape[0] % pieces:
        raise ValueError(f"Z has shape {Z.shape}, and {Z.shape[0]} rows do not fall into groups of {pieces}: "
                         f"give the layer before {pieces} rows for each unit.")
    groups = Z.reshape(-1, pieces, Z.shape[1])
    return groups, groups.real.argmax(axis=1)[:, None]


def softmax(Z: Array) -> Array:
    """exp(Z), divided by its sum in each column; the largest logit is taken off first, so that nothing overflows.

    Examples
    --------
    >>> softmax(np.array([[800.0, 0.0], [800.0, 0.0]]))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    check_batch(Z, "Z")
    e = np.exp(Z - Z.real.max(axis=0))
    return e / e.sum(axis=0)


def softmax_backward(dP: Array, Z: Array) -> tuple[Array]:
    """P ⊙ (dP − Σ P ⊙ dP) in each column: the Jacobian diag(p) − p pᵀ, which is not built, times the gradient."""
    check_like(dP, Z, "dP", "Z")
    P = softmax(Z)
    return (P * (dP - (P * dP).sum(axis=0)),)


def draw_mask(shape: tuple[int, ...], keep: float, rng: np.random.Generator) -> Array:
    """An array of bool in which each entry is True with the probability ``keep``.

    Raises
    ------
    ValueError
        unless 0 < keep ≤ 1.
    """
    if not 0 < keep <= 1:
        raise ValueError(f"keep is {keep}, but it is the probability to stay: 0 < keep ≤ 1.")
    return rng.random(shape) < keep


def dropout(A: Array, mask: Array, keep: float) -> Array:
    """A where the mask is True, divided by ``keep`` so that the mean stays, else 0; without dropout, in use, just A.

    The mask, (n, m), is an argument: forward and backward must use the same, and a repeated call must give the same.

    Raises
    ------
    ValueError
        if mask and A have different shapes.

    Examples
    --------
    >>> dropout(np.array([[1.0, 2.0]]), np.array([[True, False]]), keep=0.5)
    array([[2., 0.]])
    """
    check_batch(A, "A")
    check_like(mask, A, "mask", "A")
    return A * mask / keep


def dropout_backward(dZ: Array, A: Array, mask: Array, keep: float) -> tuple[Array]:
    """The gradient takes the way that the numbers took."""
    check_batch(A, "A")
    check_like(mask, A, "mask", "A")
    check_like(dZ, A, "dZ", "A")
    return (dZ * mask / keep,)


def _check_outputs(dZ: Array, shape: tuple[int, int], what: str, name: str = "dZ") -> None:
    if np.shape(dZ) != shape:
        mend = f"pass {name}.T" if np.shape(dZ) == shape[::-1] else "it is the gradient by those outputs"
        raise ValueError(f"{name} has shape {np.shape(dZ)}, {what} has shape {shape}; they must be alike, "
                         f"nothing is broadcast: {mend}.")


def _activation_layers(table: dict[str, Activation]) -> dict[str, Layer]:
    return {name: elementwise(*activation) for name, activation in table.items()}


#: What an architecture may name; pooling still wants its size: ``LAYERS["max_pool2d"].having(size=2)``.
LAYERS = {
    "dense": Layer(dense, dense_backward),
    **_activation_layers(ACTIVATIONS),
    "prelu": Layer(prelu, prelu_backward),
    "maxout": Layer(maxout, maxout_backward),
    "softmax": Layer(softmax, softmax_backward),
    "conv2d": Layer(conv2d, conv2d_backward),
    "conv_transpose2d": Layer(conv_transpose2d, conv_transpose2d_backward),
    "max_pool2d": Layer(max_pool2d, max_pool2d_backward),
    "mean_pool2d": Layer(mean_pool2d, mean_pool2d_backward),
    "flatten": Layer(flatten, flatten_backward),
}
