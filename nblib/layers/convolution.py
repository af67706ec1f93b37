"""Convolution of images, and its transpose, forward and backward.

"Convolution" is what the field calls so, a cross-correlation: the kernel is not flipped. Images are (m, C, h, w), see
`nblib.layers.windows`, which also says what stride, padding and dilation mean.
"""

from __future__ import annotations

import numpy as np

from nblib.layers.products import correlate, gather, spread
from nblib.layers.windows import Setting, Windows, check_images, conv_transpose_size, pair, windows_of

__all__ = ["conv2d", "conv2d_backward", "conv_transpose2d", "conv_transpose2d_backward"]

Array = np.ndarray


def conv2d(X: Array, W: Array, b: Array, stride: Setting = 1, padding: Setting = 0, dilation: Setting = 1) -> Array:
    """Y[n, f, i, j] = b[f] + Σ W[f, c, u, v] X[n, c, s·i + d·u − p, s·j + d·v − p] over channels c and entries u, v.

    Outside X there are zeros.

    Parameters
    ----------
    X : (m, C, h, w) images. W : (F, C, kh, kw) kernels, one for each output channel. b : (F,) biases.
    stride, padding, dilation : s, p, d; an int, or a pair for rows and columns.

    Returns
    -------
    Y : (m, F, oh, ow), with oh = ⌊(h + 2p − d(kh − 1) − 1) / s⌋ + 1, and ow likewise.

    Raises
    ------
    ValueError
        if the shapes do not fit, or no window fits.

    Examples
    --------
    >>> X = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    >>> conv2d(X, np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), np.array([10.0]))
    array([[[[6., 6.],
             [6., 6.]]]])
    """
    windows = _check_conv(X, W, b, stride, padding, dilation)
    return _plus(correlate(X, W, windows), b)


def conv2d_backward(dY: Array, X: Array, W: Array, b: Array, stride: Setting = 1, padding: Setting = 0,
                    dilation: Setting = 1) -> tuple[Array, Array, Array]:
    """The gradients by images, kernels and biases.

    dX is the transposed convolution of dY by W, dW the correlation of X by dY, db the sum of dY over each channel.

    Parameters
    ----------
    dY : (m, F, oh, ow) gradient of the loss by the outputs; the others as for `conv2d`.

    Returns
    -------
    dX : (m, C, h, w); dW : (F, C, kh, kw); db : (F,)

    Raises
    ------
    ValueError
        if the shapes do not fit, or no window fits.
    """
    windows = _check_conv(X, W, b, stride, padding, dilation)
    _check_outputs(dY, (len(X), len(W), *windows.out), "conv2d(X, W, b)")
    return spread(dY, W, windows), gather(dY, X, windows), dY.sum(axis=(0, 2, 3))


def conv_transpose2d(X: Array, W: Array, b: Array, stride: Setting = 1, padding: Setting = 0, dilation: Setting = 1,
                     output_padding: Setting = 0) -> Array:
    """b plus the adjoint of the linear map that `conv2d` is with the same W: each entry of X spreads a scaled kernel.

    Parameters
    ----------
    X : (m, C, h, w) images. W : (C, F, kh, kw) kernels, one for each input channel. b : (F,) biases.
    stride, padding, dilation : as of that `conv2d`; padding is taken off.
    output_padding : so many rows and columns more, below and to the right, less than the stride.

    Returns
    -------
    Y : (m, F, oh, ow), with oh = (h − 1)s + d(kh − 1) + 1 − 2p + output_padding, and ow likewise.

    Raises
    ------
    ValueError
        if the shapes do not fit, or nothing is left of the output.

    Examples
    --------
    >>> X = np.array([[[[1.0, 2.0]]]])
    >>> conv_transpose2d(X, np.array([[[[1.0, 10.0, 100.0]]]]), np.array([0.0]), stride=(1, 2))
    array([[[[  1.,  10., 102.,  20., 200.]]]])
    """
    windows = _check_transpose(X, W, b, stride, padding, dilation, output_padding)
    return _plus(spread(X, W, windows), b)


def conv_transpose2d_backward(dY: Array, X: Array, W: Array, b: Array, stride: Setting = 1, padding: Setting = 0,
                              dilation: Setting = 1, output_padding: Setting = 0) -> tuple[Array, Array, Array]:
    """The gradients by images, kernels and biases: dX is the convolution of dY by W, dW the correlation of dY by X.

    Parameters
    ----------
    dY : (m, F, oh, ow) gradient of the loss by the outputs; the others as for `conv_transpose2d`.

    Returns
    -------
    dX : (m, C, h, w); dW : (C, F, kh, kw); db : (F,)

    Raises
    ------
    ValueError
        if the shapes do not fit, or nothing is left of the output.
    """
    windows = _check_transpose(X, W, b, stride, padding, dilation, output_padding)
    _check_outputs(dY, (len(X), W.shape[1], *windows.size), "conv_transpose2d(X, W, b)")
    return correlate(dY, W, windows), gather(X, dY, windows), dY.sum(axis=(0, 2, 3))


def _plus(Y: Array, b: Array) -> Array:
    """A bias added to each output channel, in place where the type of Y allows."""
    return np.add(Y, b[:, None, None], out=Y if np.result_type(Y, b) == Y.dtype else None)


# ---- shapes

def _check_conv(X: Array, W: Array, b: Array, stride: Setting, padding: Setting, dilation: Setting) -> Windows:
    _check_kernels(X, W, b, ("F", "C"))
    return windows_of(X.shape[2:], W.shape[2:], stride, padding, dilation)


def _check_transpose(X: Array, W: Array, b: Array, stride: Setting, padding: Setting, dilation: Setting,
                     output_padding: Setting) -> Windows:
    _check_kernels(X, W, b, ("C", "F"))
    extra = pair(output_padding, "output_padding", 0)
    size = conv_transpose_size(X.shape[2:], W.shape[2:], stride, padding, dilation, extra)
    return windows_of(size, W.shape[2:], stride, padding, dilation)


def _check_kernels(X: Array, W: Array, b: Array, axes: tuple[str, str]) -> None:
    check_images(X, "X")
    shape, general = np.shape(W), f"({axes[0]}, {axes[1]}, kh, kw)"
    if len(shape) != 4 or 0 in shape:
        raise ValueError(f"W has shape {shape}, but kernels have shape {general}: F output channels, C input channels, "
                         "rows, columns, one or more of each.")
    inputs, outputs = axes.index("C"), axes.index("F")
    if shape[inputs] != X.shape[1]:
        swapped = shape[outputs] == X.shape[1]
        mend = "W seems to have its channels swapped, pass W.swapaxes(0, 1)" if swapped else \
            "X seems to have its channels last, pass np.moveaxis(X, -1, 1)" if shape[inputs] == X.shape[3] else \
            f"give W {X.shape[1]} input channels"
        raise ValueError(f"W has shape {shape}, which is {general}, X has shape {X.shape}, which is (m, C, h, w); they "
                         f"must have as many input channels C: {mend}.")
    if np.shape(b) != (shape[outputs],):
        mend = "b.reshape(-1) is one" if np.size(b) == shape[outputs] else "give b one number for each output channel"
        raise ValueError(f"b has shape {np.shape(b)}, W has shape {shape}, which is {general}; b must have the shape "
                         f"({shape[outputs]},): {mend}.")


def _check_outputs(dY: Array, shape: tuple[int, ...], what: str) -> None:
    if np.shape(dY) != shape:
        raise ValueError(f"dY has shape {np.shape(dY)}, {what} has shape {shape}; they must be alike, nothing is "
                         "broadcast: it is the gradient by those outputs, with the same settings.")
