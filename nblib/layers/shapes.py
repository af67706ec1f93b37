"""Shapes of batches and parameters, made sure of before anything is computed: a wrong one is an error, no broadcast.

Each function returns nothing and raises a ValueError that holds both shapes and says how to mend it.
"""

from __future__ import annotations

import numpy as np

__all__ = ["check_batch", "check_dense", "check_each_row", "check_like"]


def check_batch(A: np.ndarray, name: str) -> None:
    """`A` is a batch: (n, m), an example in each column, one or more of each.

    Examples
    --------
    >>> check_batch(np.ones(3), "A")
    Traceback (most recent call last):
    ValueError: A has shape (3,), but a batch has shape (n, m), an example in each column: a single \
example is A[:, None].
    """
    shape = np.shape(A)
    if len(shape) != 2:
        mend = f"a single example is {name}[:, None]" if len(shape) == 1 else f"unroll it, {name}.reshape(n, m)"
        raise ValueError(f"{name} has shape {shape}, but a batch has shape (n, m), an example in each column: {mend}.")
    if 0 in shape:
        raise ValueError(f"{name} has shape {shape}: a batch holds one example or more, each of one number or more.")


def check_like(a: np.ndarray, b: np.ndarray, name: str, other: str) -> None:
    """`a` has the shape of `b`.

    Examples
    --------
    >>> check_like(np.ones((3, 5)), np.ones((5, 3)), "dA", "Z")
    Traceback (most recent call last):
    ValueError: dA has shape (3, 5), Z has shape (5, 3); they must be alike, nothing is broadcast: one of them stands \
with its examples in rows, transpose it.
    """
    one, two = np.shape(a), np.shape(b)
    if one != two:
        mend = f"give {name} the shape {two}"
        if one == two[::-1]:
            mend = "one of them stands with its examples in rows, transpose it"
        elif len(one) < len(two) and int(np.prod(one)) == int(np.prod(two)):
            mend = f"{name}.reshape{two} holds as many numbers"
        raise ValueError(f"{name} has shape {one}, {other} has shape {two}; they must be alike, nothing is broadcast: "
                         f"{mend}.")


def check_each_row(b: np.ndarray, rows: int, name: str, of: str) -> None:
    """`b` is a column with an entry for each of so many rows.

    Examples
    --------
    >>> check_each_row(np.ones(3), 3, "b", "W")
    Traceback (most recent call last):
    ValueError: b has shape (3,), W has 3 rows; b must be a column of shape (3, 1): b[:, None] is one.
    """
    shape = np.shape(b)
    if shape != (rows, 1):
        mend = f"{name}[:, None] is one" if shape == (rows,) else f"{name}.T is one" if shape == (1, rows) else \
            f"give {name} an entry for each row of {of}"
        raise ValueError(f"{name} has shape {shape}, {of} has {rows} rows; {name} must be a column of shape "
                         f"({rows}, 1): {mend}.")


def check_dense(A: np.ndarray, W: np.ndarray, b: np.ndarray) -> None:
    """`W` multiplies the columns of `A`, and `b` has an entry for each row of `W`.

    Examples
    --------
    >>> check_dense(np.ones((5, 3)), np.ones((4, 3)), np.ones((4, 1)))
    Traceback (most recent call last):
    ValueError: W has shape (4, 3), A has shape (5, 3); W @ A needs as many columns of W as A has rows: \
A seems to hold its examples in rows, pass A.T.
    """
    check_batch(A, "A")
    if np.ndim(W) != 2:
        raise ValueError(f"W has shape {np.shape(W)}, A has shape {A.shape}; W must have a row for each unit and a "
                         f"column for each of the {len(A)} inputs: W.reshape(-1, {len(A)}) has.")
    if W.shape[1] != A.shape[0]:
        mend = f"give W the shape ({W.shape[0]}, {A.shape[0]})"
        if W.shape[1] == A.shape[1]:
            mend = "A seems to hold its examples in rows, pass A.T"
        elif W.shape[0] == A.shape[0]:
            mend = "W seems to hold its units in columns, pass W.T"
        raise ValueError(f"W has shape {W.shape}, A has shape {A.shape}; W @ A needs as many columns of W as A has "
                         f"rows: {mend}.")
    check_each_row(b, W.shape[0], "b", "W")
