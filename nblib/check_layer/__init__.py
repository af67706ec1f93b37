"""`check_layer`: is this pair, forward and backward, a layer? A reader hands in their own and gets a report.

Generic points are drawn from the shapes; then each thing that goes wrong in practice is tried: shapes, precision, the
gradient by every argument for a batch and for one example, an input that is not contiguous in memory, a repeated call,
an argument that is written to. All checks run, so that one report tells of all faults, each with a way to mend it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

import numpy as np

from nblib.check_layer.examination import Examination
from nblib.check_layer.report import LayerFault, LayerReport, NoFault

__all__ = ["LayerFault", "LayerReport", "NoFault", "check_layer", "refute_layer"]

Array = np.ndarray
Argument = Sequence[int | str] | Callable[[np.random.Generator, int], Array]


def check_layer(forward: Callable, backward: Callable, *arguments: Argument, seed: int = 0) -> LayerReport:
    """The pair is a layer, or a loss: a report says what was checked.

    Parameters
    ----------
    forward : function
        ``forward(A, *more)``: an array (k, m), or one number, which makes it a loss. No randomness inside: a mask is an
        argument.
    backward : function
        ``backward(dZ, A, *more)``, or ``backward(A, *more)`` of a loss: the gradient by the first argument, or a tuple
        of gradients by the first few; the other arguments are data.
    arguments : one for each argument of ``forward``
        A shape, in which ``"m"`` stands for the number of examples: ``(3, "m")``, ``(4, 3)``; entries are then drawn
        from a normal distribution. Or a function ``draw(rng, m)`` that returns an array, for probabilities, labels,
        masks.
    seed : int
        Of the points.

    Returns
    -------
    LayerReport

    Raises
    ------
    LayerFault
        An `AssertionError`: a check failed. Its ``report`` holds all of them.
    ValueError
        There are more or fewer arguments than ``forward`` takes, or one is neither a shape nor a function.

    Examples
    --------
    >>> check_layer(lambda A, c: c * A**2, lambda dZ, A, c: (2 * c * A * dZ, (dZ * A**2).sum(1, keepdims=True)),
    ...             (3, "m"), (3, 1))
    ✓ runs             5 examples and 1, all numbers finite
    ✓ shapes           out (3, m); gradients by A (3, m), c (3, 1)
    ✓ precision        float64 gives float64, float32 gives float32
    ✓ gradient by A    at 5 examples and at 1: every entry to 1e-10, complex step
    ✓ gradient by c    at 5 examples and at 1: every entry to 1e-10, complex step
    ✓ not contiguous   the same for strided and for transposed memory
    ✓ called again     the same, also after a call with other numbers
    ✓ arguments        left as they were; no gradient shares their memory
    """
    report = _examine(forward, backward, arguments, seed)
    if not report.passed:
        raise LayerFault(report)
    return report


def refute_layer(forward: Callable, backward: Callable, *arguments: Argument, seed: int = 0) -> LayerReport:
    """The pair is no layer: a report says what is wrong. Passes only if a check fails.

    Parameters, and further errors, are those of `check_layer`.

    Raises
    ------
    NoFault
        An `AssertionError`: every check passed.

    Examples
    --------
    >>> refute_layer(lambda A: A**2, lambda dZ, A: -2 * A * dZ, (3, "m")).faults[0].what
    'gradient by A'
    """
    report = _examine(forward, backward, arguments, seed)
    if report.passed:
        raise NoFault(f"every check passed, so there is nothing to refute:\n{report}")
    return report


def _examine(forward: Callable, backward: Callable, arguments: Sequence[Argument], seed: int) -> LayerReport:
    examination = Examination(forward, backward, _drawing(arguments), _names(forward, len(arguments)), seed)
    return LayerReport(tuple(examination.findings()))


def _drawing(arguments: Sequence[Argument]) -> list[Callable[[np.random.Generator, int], Array]]:
    """For each argument a function that draws it."""
    if not arguments:
        raise ValueError('check_layer needs a shape for each argument of forward, such as (3, "m").')
    for argument in arguments:
        shape = not callable(argument) and isinstance(argument, Sequence) and not isinstance(argument, str)
        if not callable(argument) and not (shape and all(n == "m" or isinstance(n, int) for n in argument)):
            raise ValueError(f'{argument!r} is neither a shape, such as (3, "m"), nor a function draw(rng, m): '
                             "wrap an array that stays the same as lambda rng, m: array.")
    return [a if callable(a) else _normal(tuple(a)) for a in arguments]


def _normal(shape: tuple[int | str, ...]) -> Callable[[np.random.Generator, int], Array]:
    return lambda rng, m: rng.normal(size=tuple(m if n == "m" else n for n in shape))


def _names(forward: Callable, count: int) -> list[str]:
    """The names of the arguments, as forward gives them."""
    try:
        kinds = inspect.signature(forward).parameters.values()
    except (TypeError, ValueError):
        return [f"argument {k + 1}" for k in range(count)]
    positional = [p for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    several = any(p.kind == p.VAR_POSITIONAL for p in kinds)
    needed = sum(p.default is p.empty for p in positional)
    if count < needed or (count > len(positional) and not several):
        names = ", ".join(p.name for p in positional)
        raise ValueError(f"forward takes {needed} argument{'s' * (needed != 1)} ({names}), {count} "
                         f"{'is' if count == 1 else 'are'} described: give a shape for each.")
    return [p.name for p in positional[:count]] + [f"argument {k + 1}" for k in range(len(positional), count)]
