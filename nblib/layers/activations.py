"""The activations: functions of one number, each with its slope, in NumPy.

Every one works entry by entry on an array of any shape, in single, double and complex precision, and on objects that
can add, multiply, compare and take their own ``exp``, such as symbols. Branches look at the real part, so that the
complex step may pass. Exponents are never positive where that matters, so that nothing overflows. Slopes are taken at
``Z``, the input; at the kink of a function with one, the slope is that of its left side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["ACTIVATIONS", "Activation", "arctan", "bipolar", "elu", "identity", "leaky_relu", "relu", "sigmoid",
           "softplus", "step", "tanh"]

Array = np.ndarray


class Activation(NamedTuple):
    """A function of one number and its derivative, both applied entry by entry."""

    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def step(Z: Array) -> Array:
    """1 where Z is positive, else 0, in the precision of Z.

    Examples
    --------
    >>> step(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    """
    return (Z.real > 0).astype(Z.real.dtype)


def _size(Z: Array) -> Array:
    """|Z|, analytic on both sides of zero."""
    return np.where(Z.real > 0, Z, -Z)


def identity(Z: Array) -> Array:
    """Z, as a new array."""
    return 1 * Z


def identity_slope(Z: Array) -> Array:
    """1."""
    return np.ones_like(Z)


def sigmoid(Z: Array) -> Array:
    """1 / (1 + exp(−Z)), by the one of its two forms that does not overflow.

    Examples
    --------
    >>> sigmoid(np.array([-800.0, 0.0, 800.0]))
    array([0. , 0.5, 1. ])
    """
    e = np.exp(-_size(Z))
    return np.where(Z.real > 0, 1, e) / (1 + e)


def sigmoid_slope(Z: Array) -> Array:
    """σ(Z) σ(−Z): the complement is not formed by a subtraction, so it keeps its digits where σ is nearly 1."""
    return sigmoid(Z) * sigmoid(-Z)


def tanh(Z: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(Z)


def tanh_slope(Z: Array) -> Array:
    """1 − tanh²(Z)."""
    return 1 - np.tanh(Z) ** 2


def relu(Z: Array) -> Array:
    """Z where it is positive, else 0."""
    return np.where(Z.real > 0, Z, 0)


def leaky_relu(Z: Array, alpha: float = 0.01) -> Array:
    """Z where it is positive, else α Z."""
    return np.where(Z.real > 0, Z, alpha * Z)


def leaky_relu_slope(Z: Array, alpha: float = 0.01) -> Array:
    """1 or α."""
    up = step(Z)
    return up + alpha * (1 - up)


def elu(Z: Array, alpha: float = 1.0) -> Array:
    """Z where it is positive, else α (exp(Z) − 1)."""
    return np.where(Z.real > 0, Z, alpha * np.expm1(Z * (Z.real <= 0)))


def elu_slope(Z: Array, alpha: float = 1.0) -> Array:
    """1 or α exp(Z)."""
    up = step(Z)
    return up + alpha * (1 - up) * np.exp(Z * (Z.real <= 0))


def softplus(Z: Array) -> Array:
    """log(1 + exp(Z)), as max(Z, 0) + log(1 + exp(−|Z|)).

    Examples
    --------
    >>> softplus(np.array([-800.0, 800.0]))
    array([  0., 800.])
    """
    return np.where(Z.real > 0, Z, 0) + np.log1p(np.exp(-_size(Z)))


def arctan(Z: Array) -> Array:
    """The angle whose tangent is Z."""
    return np.arctan(Z)


def arctan_slope(Z: Array) -> Array:
    """1 / (1 + Z²)."""
    return 1 / (1 + Z**2)


def bipolar(Z: Array) -> Array:
    """(1 − exp(−Z)) / (1 + exp(−Z)), which is tanh(Z / 2)."""
    return np.tanh(Z / 2)


def bipolar_slope(Z: Array) -> Array:
    """(1 − tanh²(Z / 2)) / 2."""
    return (1 - np.tanh(Z / 2) ** 2) / 2


#: name: the function and its slope
ACTIVATIONS = {
    "identity": Activation(identity, identity_slope),
    "sigmoid": Activation(sigmoid, sigmoid_slope),
    "tanh": Activation(tanh, tanh_slope),
    "relu": Activation(relu, step),
    "leaky_relu": Activation(leaky_relu, leaky_relu_slope),
    "elu": Activation(elu, elu_slope),
    "softplus": Activation(softplus, sigmoid),
    "arctan": Activation(arctan, arctan_slope),
    "bipolar": Activation(bipolar, bipolar_slope),
}
