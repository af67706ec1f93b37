"""What is claimed to be the gradient, in whatever form: read into one array for each parameter.

A claim is a structure of arrays like that of the parameters, or functions of the parameters that return one, or a
`Derivation`, whose last line is taken as a NumPy function. It must have the names and the shapes of the parameters:
a gradient of the wrong shape is refused, for NumPy would broadcast it in the update and nobody would notice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nblib.numeric.mismatch import GradientMismatch
from nblib.numeric.problem import Problem, read_array

__all__ = ["derived", "python_name", "read_claims"]


def derived(claimed: Any) -> dict[str, Any] | None:
    """The derivations in ``claimed``, each under the parameter that it differentiates by; None if not all are.

    Raises
    ------
    GradientMismatch
        The left side of one is no derivative by one symbol.
    """
    if isinstance(claimed, Mapping):
        return dict(claimed) if claimed and all(map(_is_derivation, claimed.values())) else None
    parts = list(claimed) if isinstance(claimed, (list, tuple)) else [claimed]
    if not parts or not all(_is_derivation(part) for part in parts):
        return None
    claims = {_variable(part): part for part in parts}
    if None in claims:
        raise GradientMismatch(
            "the derivation's left side is no derivative by one symbol, so it claims no gradient.\n"
            "  Give one whose left side is ∂L/∂W, or a dict: the name of the parameter, and the derivation."
        )
    return claims


def python_name(symbol: str) -> str:
    """The Python name of a symbol of the book: W1 for W^{[1]}, y_hat for \\hat{y}, lam for \\lambda.

    Examples
    --------
    >>> python_name("W^{[1]}"), python_name(r"\\hat{y}"), python_name(r"\\lambda"), python_name("W")
    ('W1', 'y_hat', 'lam', 'W')
    """
    name = re.sub(r"\\(hat|bar|tilde)\s*\{?(\w+)\}?", r"\2_\1", symbol)
    name = re.sub(r"\\(mathbf|mathrm|boldsymbol)", "", name)
    name = re.sub(r"[^A-Za-z0-9_]", "", name)
    return "lam" if name == "lambda" else name


def read_claims(claimed: Any, problem: Problem) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """The claimed gradient in double precision, one array for each parameter, and the same as it was given.

    Parameters
    ----------
    claimed : dict, list, tuple or array like the parameters, or a function of the parameters that returns one
        An entry of it may itself be such a function, or a `Derivation`.

    Raises
    ------
    GradientMismatch
        A name is missing or unknown, a shape is not its parameter's, an entry is no finite float, or a function
        changes its arguments.
    """
    given = _structure(_call(claimed, problem), problem)
    _check_names(given, problem)
    given = {name: _array(name, _call(given[name], problem, name)) for name in problem.point}
    for name, array in given.items():
        _check_shape(name, array.shape, problem.point[name].shape)
    return {name: read_array(array, name, f"the claimed gradient of {name}") for name, array in given.items()}, given


def _array(name: str, claim: Any) -> NDArray:
    """The claim for one parameter as an array of numbers."""
    try:
        array = np.asarray(claim)
    except ValueError:  # rows of different lengths
        array = np.empty((), object)
    if array.dtype.kind in "OUSV":
        raise GradientMismatch(
            f"the claimed gradient of {name} is no array of numbers but {type(claim).__name__}.\n"
            "  Return the gradient from the function, as an array of the shape of its variable.",
            name=name,
        )
    return array


def _structure(claimed: Any, problem: Problem) -> Mapping[str, Any]:
    """The claim as a mapping from the names of the parameters."""
    if isinstance(claimed, Mapping):
        return claimed
    parts = claimed if isinstance(claimed, (list, tuple)) and not problem.single else [claimed]
    if len(parts) != len(problem.names) or problem.by_name:
        raise GradientMismatch(
            f"the claim is {type(claimed).__name__} with {len(parts)} gradients, and the parameters are "
            f"{', '.join(problem.names)}.\n  Give one gradient for each, in a dict with the same names."
        )
    return dict(zip(problem.names, parts, strict=True))


def _call(claim: Any, problem: Problem, name: str | None = None) -> Any:
    """The claim itself, or what it returns at the parameters if it is a function or a derivation."""
    if _is_derivation(claim):
        if name is not None and _variable(claim) not in (None, name):
            raise GradientMismatch(
                f"the derivation given for {name} derives the gradient by {_variable(claim)}.\n"
                f"  Give the one whose left side differentiates by {name}.",
                name=name,
            )
        return _evaluate(claim, problem)
    if not callable(claim):
        return claim
    arguments = problem.arguments()
    value = problem.apply(claim, arguments)
    problem.check_unmoved(arguments, "the claimed gradient")
    return value


def _evaluate(derivation: Any, problem: Problem) -> Any:
    """The last line of a derivation at the parameters, each passed as the symbol of which it has the Python name."""
    declared = getattr(getattr(derivation, "setting", None), "declared", problem.names)
    symbols = {python_name(symbol): symbol for symbol in declared}
    arguments = {symbols[name]: array for name, array in problem.arguments().items() if name in symbols}
    return derivation.function(*arguments)(*arguments.values())


def _is_derivation(claim: Any) -> bool:
    return callable(getattr(claim, "function", None)) and hasattr(claim, "record")


def _variable(derivation: Any) -> str | None:
    """The Python name of the one symbol that a derivation differentiates by; None if there is no such symbol."""
    variable = getattr(derivation, "variable", None)
    variable = variable[0] if isinstance(variable, (list, tuple)) and len(variable) == 1 else variable
    return python_name(variable) if isinstance(variable, str) else None


def _check_names(claims: Mapping[str, Any], problem: Problem) -> None:
    missing = [name for name in problem.point if name not in claims]
    unknown = [str(name) for name in claims if name not in problem.point]
    if not missing and not unknown:
        return
    lines = [f"no gradient is claimed for {', '.join(missing)}"] if missing else []
    lines += [f"a gradient is claimed for {', '.join(unknown)}, which is no parameter"] if unknown else []
    renamed = [f"{key!r} to {name!r}" for name in missing for key in unknown if key in (f"d{name}", f"grad_{name}")]
    mend = f"Rename {', '.join(renamed)}" if renamed else f"Use the names {', '.join(problem.point)}"
    raise GradientMismatch(
        f"{'; '.join(lines)}.\n  {mend}; keep what is not to be checked inside the loss.", name=(missing + unknown)[0]
    )


def _check_shape(name: str, claimed: tuple[int, ...], shape: tuple[int, ...]) -> None:
    if claimed == shape:
        return
    mend = "A gradient has the shape of its variable: look for an axis that is summed, or not summed, by mistake."
    if claimed == shape[::-1]:
        mend = "It is the transpose: exchange the factors of the product, or transpose the result."
    elif tuple(n for n in claimed if n != 1) == tuple(n for n in shape if n != 1):
        mend = f"The sizes differ by axes of length 1: write .reshape({shape}), or mend keepdims in the sum."
    elif claimed[1:] == shape or claimed[:-1] == shape:
        mend = "It has one axis more: sum, or average, over the examples."
    raise GradientMismatch(
        f"the claimed gradient of {name} has shape {claimed}, and {name} has shape {shape}: nothing is broadcast.\n"
        f"  {mend}",
        name=name,
    )
