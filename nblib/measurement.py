r"""`measured`: a statistical statement, held against a simulation, with its interval.

What a derivation proves of means and variances holds for averages without end; a simulation has an end, and so an
interval. The statement stands if it lies within five standard errors of the mean over independent runs, and only if
that interval is narrow enough to tell the statement from others. The runs have fixed seeds: the result is the same each
time. It carries the mark *measured*, never *proved*.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

import numpy as np

from .checking import Line, WrongLine
from .display import Shown

ERRORS = 5  # standard errors on each side
Claim = float | str | Sequence[float | str]


class NotMeasured(AssertionError):
    """The simulation does not bear the statement out: says both numbers, the interval and the seed."""

    _render_traceback_ = WrongLine._render_traceback_


@dataclass
class Measurement(Shown):
    """Statements that a simulation bears out, one on each line."""

    name: str
    lines: list[Line]

    @property
    def verdict(self) -> str:
        return "measured"

    @property
    def record(self) -> dict:
        return {
            "kind": "measurement",
            "name": self.name,
            "source": "",
            "sizes": [],
            "verdict": self.verdict,
            "lines": [line.record for line in self.lines],
        }


def measured(name: str, claims: Mapping[str, Claim], simulate: Callable[[np.random.Generator], Sequence], *,
             runs: int = 16, seed: int = 0, one_run: bool = False, width: float = 0.1) -> Measurement:
    r"""Each claim lies within five standard errors of the mean over independent runs.

    Parameters
    ----------
    name : str
        The label under which the measurement is cited.
    claims : dict
        From the LaTeX of a quantity to the number, or the numbers, that it is claimed to have. A string is a number as
        it was printed: half a unit of its last digit is added to its interval.
    simulate : function
        ``simulate(rng)`` is one run: for each claim, in their order, as many numbers as it has. All randomness comes
        from ``rng``, a generator of its own for each run.
    runs : int
        How many runs, eight or more: fewer do not tell their own spread.
    seed : int
        From which the generators are made.
    one_run : bool
        Whether the claimed numbers are themselves those of a single run, and scatter as one.
    width : float
        The interval is at most this share of the claimed number, on each side; a wider one says too little.

    Returns
    -------
    Measurement

    Raises
    ------
    NotMeasured
        When a claim lies outside its interval, or an interval is too wide.
    ValueError
        When a run gives other shapes than the claims, or there are fewer than eight runs.

    Examples
    --------
    >>> print(measured("eq-dice", {r"\mathbb{E}[x]": 3.5}, lambda rng: [rng.integers(1, 7, 400).mean()]))
    measurement eq-dice: measured
        𝔼[x] ≈ 3.5   [± measured]  3.52 ± 0.15
    """
    if runs < 8:
        raise ValueError(f"{runs} runs do not tell their own spread: give eight or more.")
    started = time.perf_counter()
    found = [simulate(np.random.default_rng([seed, run])) for run in range(runs)]
    seconds = round((time.perf_counter() - started) / len(claims), 4)
    lines = []
    for k, (latex, claim) in enumerate(claims.items()):
        several = not isinstance(claim, str) and np.ndim(claim) > 0
        printed = list(claim) if several else [claim]
        values = _values(latex, [one[k] if len(one) == len(claims) else () for one in found], len(printed))
        line = Line(latex, r"\approx", _row([_tex(p) for p in printed]), "", "measured", seconds=seconds)
        line.reason, line.detail = _judged(f"{name}, {latex}", printed, values, seed, one_run, width)
        lines.append(line)
    return Measurement(name, lines)


def _values(latex: str, found: list, count: int) -> np.ndarray:
    """(runs, count) numbers of one claim."""
    shapes = {np.shape(np.atleast_1d(value)) for value in found}
    if shapes != {(count,)}:
        got = " or ".join(map(str, sorted(shapes)))
        raise ValueError(f"{latex}: a run gives numbers of shape {got}, the claim has shape ({count},); "
                         "give as many numbers for each claim as it has, in the order of the claims.")
    return np.array([np.atleast_1d(value) for value in found], dtype=float)


def _judged(place: str, printed: list, values: np.ndarray, seed: int, one_run: bool, width: float) -> tuple[str, str]:
    """(what the reader sees, what the ledger keeps) of a claim that holds; raises NotMeasured for one that does not."""
    runs, claimed = len(values), np.array([float(p) for p in printed])
    mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
    half = ERRORS * spread * np.sqrt(one_run + 1 / runs)
    half += [_half_unit(p) for p in printed]
    how = f"{runs} runs, seed {seed}"
    for k, value in enumerate(claimed):
        where = place + (f", number {k + 1}" if len(claimed) > 1 else "")
        interval = " ± ".join(_pair(mean[k], half[k]))
        if not abs(mean[k] - value) <= half[k]:
            raise NotMeasured(f"{where}: claimed is {printed[k]}, measured is {interval} ({how})\n"
                              "one of the two is wrong: the statement, or what is simulated")
        if half[k] > width * abs(value):
            raise NotMeasured(f"{where}: the interval {interval} ({how}) is too wide to tell {printed[k]} from others\n"
                              f"more runs narrow it; it may be {100 * width:g} % of the number on each side")
    pairs = [_pair(*pair) for pair in zip(mean, half, strict=True)]
    widest = 100 * (half / abs(claimed)).max()
    share = f"{widest:.0f}" if widest >= 1 else f"{widest:.1g}"
    shown = r" \pm ".join(map(_tex, pairs[0])) if len(pairs) == 1 else rf"\pm {share} \text{{ per cent at most}}"
    return shown, f"measured {', '.join(' ± '.join(pair) for pair in pairs)}: five standard errors, {how}"


def _half_unit(printed) -> float:
    """Half a unit of the last digit of a printed number; nothing for one that is exact."""
    return float(Decimal(5).scaleb(Decimal(printed).as_tuple().exponent - 1)) if isinstance(printed, str) else 0.0


def _pair(mean: float, half: float) -> tuple[str, str]:
    """A mean and its interval, which has two digits, to the same decimal."""
    if not half or not 1e-4 < abs(mean) < 1e6:
        return f"{mean:.3g}", f"{half:.2g}"
    decimals = max(0, 1 - floor(log10(half)))
    return f"{mean:.{decimals}f}", f"{half:.{decimals}f}"


def _tex(number) -> str:
    digits, _, power = str(number).partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits


def _row(numbers: list[str]) -> str:
    return numbers[0] if len(numbers) == 1 else "(" + r",\; ".join(numbers) + ")"
