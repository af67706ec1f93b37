"""A statistical statement is held against a simulation, and can fail."""

import numpy as np
import pytest

from nblib import NotMeasured, measured

CLAIMS = {r"\mathbb{E}[x]": 2.5, r"s": ("0.87", "12.5")}


def simulate(rng):
    """The mean of 2000 numbers around 2.5, and two spreads: √3/2 of a uniform law, and a tenth of 125."""
    x = rng.normal(2.5, 1.0, 2000)
    return x.mean(), (rng.uniform(-1.5, 1.5, 2000).std(), rng.normal(0, 12.5, 2000).std())


def test_what_a_simulation_bears_out_is_measured():
    found = measured("eq-a-b", CLAIMS, simulate)
    assert [line.verdict for line in found.lines] == ["measured", "measured"]
    assert found.lines[1].right == r"(0.87,\; 12.5)" and "16 runs, seed 0" in found.lines[0].detail
    assert found.record == measured("eq-a-b", CLAIMS, simulate).record  # nothing of it is left to chance
    assert found.record["kind"] == "measurement"


WRONG = {r"\mathbb{E}[x]": 2.45}, {r"\mathbb{E}[x]": 2.55}, {r"s": ("0.80", "12.5")}, {r"s": ("0.87", "14")}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_number_that_is_off_is_refused(wrong):
    with pytest.raises(NotMeasured) as caught:
        measured("eq-a-b", CLAIMS | wrong, simulate)
    name, claim = next(iter(wrong.items()))
    off = [p for p, right in zip(np.atleast_1d(claim), np.atleast_1d(CLAIMS[name]), strict=True) if p != right]
    assert name in str(caught.value) and f"claimed is {off[0]}" in str(caught.value) and "±" in str(caught.value)


def test_a_number_that_is_no_number_is_refused():
    with pytest.raises(NotMeasured):
        measured("eq-a-b", {"x": 1.0}, lambda rng: [np.nan])


def test_an_interval_that_would_accept_anything_is_refused():
    with pytest.raises(NotMeasured, match="too wide"):
        measured("eq-a-b", {"x": 1.0}, lambda rng: [rng.normal(1, 0.5)])


def test_half_a_unit_of_the_last_digit_counts_for_a_printed_number_only():
    exact = lambda rng: [0.1249 + 1e-9 * rng.normal()]  # noqa: E731
    assert measured("eq-a-b", {"x": "0.125"}, exact)
    for claim in (0.125, "0.1250", "0.126"):
        with pytest.raises(NotMeasured):
            measured("eq-a-b", {"x": claim}, exact)


def test_a_number_of_one_run_may_scatter_as_one_run():
    """One of the runs is three of its own spreads off, which is more than five standard errors of the mean of 64."""
    noisy = lambda rng: [rng.normal(10, 0.1)]  # noqa: E731
    assert measured("eq-a-b", {"x": 10.3}, noisy, runs=64, one_run=True)
    with pytest.raises(NotMeasured):
        measured("eq-a-b", {"x": 10.3}, noisy, runs=64)
    with pytest.raises(NotMeasured):
        measured("eq-a-b", {"x": 10.8}, noisy, runs=64, one_run=True)


def test_each_run_has_a_generator_of_its_own():
    seen = []
    measured("eq-a-b", {"x": 1.0}, lambda rng: seen.append(rng.normal()) or [1.0], runs=9)
    assert len(set(seen)) == 9
    with pytest.raises(NotMeasured):
        measured("eq-a-b", {"x": seen[0]}, lambda rng: [rng.normal()], runs=9, seed=1)


@pytest.mark.parametrize(
    "claims, run, runs",
    [
        ({"x": 1.0}, lambda rng: [1.0], 7),
        ({"x": 1.0}, lambda rng: [(1.0, 1.0)], 8),
        ({"x": (1.0, 2.0)}, lambda rng: [1.0], 8),
        ({"x": 1.0, "y": 2.0}, lambda rng: [1.0], 8),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_compared(claims, run, runs):
    with pytest.raises(ValueError):
        measured("eq-a-b", claims, run, runs=runs)


def test_a_small_number_is_written_with_its_power():
    found = measured("eq-a-b", {"s": "2.9e-7"}, lambda rng: [2.9e-7 + 1e-9 * rng.normal()], runs=8)
    assert found.lines[0].right == r"2.9 \cdot 10^{-7}" and r"\cdot 10^{-7} \pm" in found.lines[0].reason
