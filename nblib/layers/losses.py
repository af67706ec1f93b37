"""Losses and the penalty on weights, forward and backward.

``loss(A, Y)`` is one number: the losses of the m examples, which stand in columns, averaged; ``loss_backward(A, Y)`` is
its gradient by ``A``, and the only place where 1/m appears. The error is output minus label. Losses that end in
``on_logits`` take what goes *into* the sigmoid or the softmax: there its slope cancels, and nothing overflows.
"""

from __future__ import annotations

import numpy as np

from nblib.layers.activations import sigmoid, softplus
from nblib.layers.shapes import check_batch, check_each_row, check_like

__all__ = ["absolute_error", "absolute_error_backward", "cross_entropy", "cross_entropy_backward", "penalty",
           "penalty_backward", "sigmoid_on_logits", "sigmoid_on_logits_backward", "softmax_on_logits",
           "softmax_on_logits_backward", "squared_error", "squared_error_backward"]

Array = np.ndarray


def _check(A: Array, Y: Array, name: str = "A") -> None:
    check_batch(A, name)
    check_like(Y, A, "Y", name)


def squared_error(A: Array, Y: Array) -> Array:
    """Σ (A − Y)² / m, the sum of squared errors of an example, without a ½, averaged.

    Parameters
    ----------
    A, Y : (n, m) outputs and labels.

    Raises
    ------
    ValueError
        if the shapes differ.

    Examples
    --------
    >>> A, Y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [2.0, 4.0]])
    >>> float(squared_error(A, Y))
    2.5
    """
    _check(A, Y)
    return ((A - Y) ** 2).sum() / A.shape[1]


def squared_error_backward(A: Array, Y: Array) -> Array:
    """2 (A − Y) / m: the 2 stays, because no ½ cancels it."""
    _check(A, Y)
    return 2 * (A - Y) / A.shape[1]


def absolute_error(A: Array, Y: Array) -> Array:
    """The mean of |A − Y| over the n outputs and the m examples."""
    _check(A, Y)
    error = A - Y
    return np.where(error.real > 0, error, -error).sum() / A.size


def absolute_error_backward(A: Array, Y: Array) -> Array:
    """sign(A − Y) / (n m); at an error of exactly 0, where there is a kink, 0."""
    _check(A, Y)
    error = (A - Y).real
    return ((error > 0).astype(error.dtype) - (error < 0).astype(error.dtype)) / A.size


def cross_entropy(A: Array, Y: Array, weights: Array | None = None) -> Array:
    """−Σ weights · Y · log A / m: labels against probabilities, each class with its weight (1 where none is given).

    Parameters
    ----------
    A : (n, m) probabilities, positive. Y : (n, m) labels. weights : (n, 1), one for each class.

    Raises
    ------
    ValueError
        if the shapes do not fit.

    Examples
    --------
    >>> A, Y = np.array([[0.5, 0.25], [0.5, 0.75]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> float(cross_entropy(A, Y, np.array([[2.0], [0.0]])) / np.log(2))
    1.0
    """
    _check(A, Y)
    return -(_weighted(Y, weights) * np.log(A)).sum() / A.shape[1]


def cross_entropy_backward(A: Array, Y: Array, weights: Array | None = None) -> Array:
    """−weights · Y / A / m."""
    _check(A, Y)
    return -_weighted(Y, weights) / A / A.shape[1]


def _weighted(Y: Array, weights: Array | None) -> Array:
    if weights is None:
        return Y
    check_each_row(weights, Y.shape[0], "weights", "Y")
    return weights * Y


def sigmoid_on_logits(Z: Array, Y: Array) -> Array:
    """The cross-entropy of labels and σ(Z), summed over the n outputs, averaged over the m examples.

    Computed as max(Z, 0) − Z Y + log(1 + exp(−|Z|)), which is finite for every finite Z.

    Examples
    --------
    >>> Z, Y = np.array([[800.0, -800.0]]), np.array([[0.0, 0.0]])
    >>> float(sigmoid_on_logits(Z, Y))
    400.0
    """
    _check(Z, Y, "Z")
    return (softplus(Z) - Z * Y).sum() / Z.shape[1]


def sigmoid_on_logits_backward(Z: Array, Y: Array) -> Array:
    """(σ(Z) − Y) / m: no slope of σ is left."""
    _check(Z, Y, "Z")
    return (sigmoid(Z) - Y) / Z.shape[1]


def softmax_on_logits(Z: Array, Y: Array) -> Array:
    """The cross-entropy of labels and softmax(Z), averaged over the m examples.

    Computed as (1ᵀY) log-sum-exp(Z) − YᵀZ in each column, shifted by its largest logit.

    Examples
    --------
    >>> float(softmax_on_logits(np.array([[800.0], [-800.0]]), np.array([[0.0], [1.0]])))
    1600.0
    """
    _check(Z, Y, "Z")
    shifted = Z - Z.real.max(axis=0)
    return (Y * (np.log(np.exp(shifted).sum(axis=0)) - shifted)).sum() / Z.shape[1]


def softmax_on_logits_backward(Z: Array, Y: Array) -> Array:
    """((1ᵀY) softmax(Z) − Y) / m; the first factor is 1 for labels that add up to 1."""
    _check(Z, Y, "Z")
    e = np.exp(Z - Z.real.max(axis=0))
    return (Y.sum(axis=0) * e / e.sum(axis=0) - Y) / Z.shape[1]


def penalty(W: Array, lam: float) -> Array:
    """λ/2 Σ W²: what L2 regularization adds to the loss, for one array of weights (biases go free).

    Examples
    --------
    >>> float(penalty(np.array([[1.0, 2.0]]), 0.1))
    0.25
    """
    return lam / 2 * (W**2).sum()


def penalty_backward(W: Array, lam: float) -> Array:
    """λ W: each weight is pulled towards zero."""
    return lam * W
