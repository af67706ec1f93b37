"""Layers of images as loops over single entries, as slow as they are plain: what the fast ones are compared with."""

from itertools import product

import numpy as np


def pairs(*settings):
    return [s if isinstance(s, tuple) else (s, s) for s in settings]


def places(size, out, kernel, stride, padding, dilation):
    """Window i, j reads with its entry u, v the entry y, x of the image; those in the padding are left out."""
    kernel, (s, t), (p, q), (d, e) = pairs(kernel, stride, padding, dilation)
    for i, j, u, v in product(*map(range, (*out, *kernel))):
        y, x = s * i + d * u - p, t * j + e * v - q
        if 0 <= y < size[0] and 0 <= x < size[1]:
            yield i, j, u, v, y, x


def count(size, kernel, stride, padding, dilation):
    """How many windows fit, found by moving one until its end is outside."""
    out = []
    for n, k, s, p, d in zip(size, *pairs(kernel, stride, padding, dilation), strict=True):
        begin, windows = -p, 0
        while begin + d * (k - 1) <= n - 1 + p:
            begin, windows = begin + s, windows + 1
        out.append(windows)
    return tuple(out)


def conv2d(X, W, b, stride=1, padding=0, dilation=1):
    (m, _, *size), (F, _, *kernel) = X.shape, W.shape
    out = count(size, tuple(kernel), stride, padding, dilation)
    Y = np.zeros((m, F, *out), np.result_type(X, W, b))
    for n, f in product(range(m), range(F)):
        Y[n, f] += b[f]
        for i, j, u, v, y, x in places(size, out, tuple(kernel), stride, padding, dilation):
            for c in range(X.shape[1]):
                Y[n, f, i, j] += W[f, c, u, v] * X[n, c, y, x]
    return Y


def conv2d_backward(dY, X, W, b, stride=1, padding=0, dilation=1):
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(b.shape)
    for n, f in product(range(len(X)), range(len(W))):
        db[f] += dY[n, f].sum()
        for i, j, u, v, y, x in places(X.shape[2:], dY.shape[2:], W.shape[2:], stride, padding, dilation):
            for c in range(X.shape[1]):
                dX[n, c, y, x] += W[f, c, u, v] * dY[n, f, i, j]
                dW[f, c, u, v] += X[n, c, y, x] * dY[n, f, i, j]
    return dX, dW, db


def conv_transpose2d(X, W, b, size, stride=1, padding=0, dilation=1):
    """The images of this size, to which each entry of X adds its kernel."""
    Y = np.zeros((len(X), W.shape[1], *size)) + b[:, None, None]
    for n, f in product(range(len(X)), range(W.shape[1])):
        for i, j, u, v, y, x in places(size, X.shape[2:], W.shape[2:], stride, padding, dilation):
            for c in range(X.shape[1]):
                Y[n, f, y, x] += W[c, f, u, v] * X[n, c, i, j]
    return Y


def pool2d(X, size, stride, padding, pick):
    """``pick`` is handed the entries of a window, without the padding, in reading order."""
    out = count(X.shape[2:], size, stride, padding, 1)
    Y = np.zeros((*X.shape[:2], *out))
    for n, c, i, j in product(*map(range, Y.shape)):
        Y[n, c, i, j] = pick([X[n, c, y, x] for *at, _, _, y, x in places(X.shape[2:], out, size, stride, padding, 1)
                              if at == [i, j]])
    return Y


def max_pool2d_backward(dY, X, size, stride, padding):
    """Each gradient to the first largest entry of its window."""
    dX = np.zeros(X.shape)
    for n, c, i, j in product(*map(range, dY.shape)):
        window = [(y, x) for *at, _, _, y, x in places(X.shape[2:], dY.shape[2:], size, stride, padding, 1)
                  if at == [i, j]]
        best = max(window, key=lambda place: X[n, c, place[0], place[1]])  # max keeps the first
        dX[(n, c, *best)] += dY[n, c, i, j]
    return dX
