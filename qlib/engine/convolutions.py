"""Convolutions once more, compiled: forwards and backwards, as matrix products over patches.

Nobody has to read this to understand convolutions; `network.py` is the definition, and tests hold this one to it.
Images lie with the batch last, (channels, H, W, B): the pixels of one place in all images are neighbours in memory, so
that patches are copies of whole runs, and a weight times the patches gives the next images as they are to lie.
Weights and biases of all convolutions stand in one flat row.
A plan has one row a convolution: channels in, rows, columns, channels out, window, stride, border, and whether its
input is added to what it gives.
"""

from __future__ import annotations

import numpy as np

from qlib.engine.jit import jit

PATCHES = 131_072  # numbers in the patches that are looked at at once: half a megabyte, which a core keeps close


@jit
def look(parameters: np.ndarray, plan: np.ndarray, images: tuple, found: tuple) -> None:
    """Send images through convolutions and ReLUs.

    Args:
        parameters: of all convolutions, in one row.
        plan: shape (convolutions, 8), as above.
        images: what each convolution sees, (channels, H, W, B), and what the last one leaves; the first is given, the
            others are written here.
        found: what each ReLU gives, written here; where no input is added, the same arrays as the later images.
    """
    start = 0
    for k in range(len(plan)):
        c, _, _, n_out, window, _, _, adds = plan[k]
        n_in = c * window * window
        weight = parameters[start : start + n_out * n_in].reshape(n_out, n_in)
        bias = parameters[start + n_out * n_in : start + n_out * (n_in + 1)]
        start += n_out * (n_in + 1)
        x, y = images[k], found[k]
        _, down, across, n = y.shape
        at_once = max(1, PATCHES // (n_in * across * n))  # rows of the outcome
        for top in range(0, down, at_once):
            rows = min(at_once, down - top)
            z = np.dot(weight, patches(x, plan[k], top, rows, n))
            for o in range(n_out):
                lift, seen, given = bias[o], z[o], y[o, top : top + rows].reshape(-1)
                for p in range(len(seen)):
                    value = seen[p] + lift
                    given[p] = np.float32(0) if value < 0 else value  # not max(), which would hide a NaN
        if adds:
            whole, before, after = images[k + 1].reshape(-1), x.reshape(-1), y.reshape(-1)
            for p in range(len(whole)):
                whole[p] = before[p] + after[p]


@jit
def look_back(
    parameters: np.ndarray, plan: np.ndarray, images: tuple, found: tuple, delta: np.ndarray, gradient: np.ndarray
) -> None:
    """Compute the gradient with respect to the parameters, given the one with respect to what `look` left.

    Args:
        parameters, plan, images, found: as `look` took and left them; of more images than delta has, the first count.
        delta: shape as the last of the images; used up.
        gradient: shape as parameters, written here.
    """
    end = len(parameters)
    for k in range(len(plan) - 1, -1, -1):
        c, high, wide, n_out, window, _, _, adds = plan[k]
        n_in = c * window * window
        start, middle = end - n_out * (n_in + 1), end - n_out
        weight = parameters[start:middle].reshape(n_out, n_in)
        slope, bias = gradient[start:middle].reshape(n_out, n_in), gradient[middle:end]
        slope[:], bias[:] = 0, 0
        x, y = images[k], found[k]
        _, down, across, n = delta.shape
        below = np.zeros((c if k > 0 else 0, high, wide, n), np.float32)
        at_once = max(1, PATCHES // (n_in * across * n))
        for top in range(0, down, at_once):
            rows = min(at_once, down - top)
            d = np.empty((n_out, rows * across * n), np.float32)
            for o in range(n_out):
                for h in range(rows):
                    for w in range(across):
                        at = (h * across + w) * n
                        given, above = y[o, top + h, w], delta[o, top + h, w]
                        for b in range(n):
                            d[o, at + b] = np.float32(0) if given[b] <= 0 else above[b]
                bias[o] += d[o].sum()
            slope += np.dot(d, patches(x, plan[k], top, rows, n).T)
            if k > 0:
                put_back(np.dot(weight.T, d), plan[k], top, rows, below)
        if k > 0:
            if adds:
                below += delta
            delta = below
        end = start


@jit
def patches(x: np.ndarray, shape: np.ndarray, top: int, rows: int, n: int) -> np.ndarray:
    """Lay the windows of some rows of the outcome side by side, of the first n of images x (C, H, W, B).

    Returns:
        Shape (C x window x window, rows x columns x n).
    """
    c, high, wide, _, window, stride, border, _ = shape
    across = (wide + 2 * border - window) // stride + 1
    found = np.empty((c * window * window, rows * across * n), np.float32)
    for channel in range(c):
        for i in range(window):
            for j in range(window):
                row = found[(channel * window + i) * window + j]
                for h in range(rows):
                    above = (top + h) * stride + i - border
                    for w in range(across):
                        left, at = w * stride + j - border, (h * across + w) * n
                        if 0 <= above < high and 0 <= left < wide:
                            pixel = x[channel, above, left]
                            for b in range(n):
                                row[at + b] = pixel[b]
                        else:
                            row[at : at + n] = 0
    return found


@jit
def put_back(slopes: np.ndarray, shape: np.ndarray, top: int, rows: int, below: np.ndarray) -> None:
    """Add to each pixel of below (C, H, W, B) what its places in the patches of some rows have."""
    c, high, wide, _, window, stride, border, _ = shape
    across, n = (wide + 2 * border - window) // stride + 1, below.shape[3]
    for channel in range(c):
        for i in range(window):
            for j in range(window):
                row = slopes[(channel * window + i) * window + j]
                for h in range(rows):
                    above = (top + h) * stride + i - border
                    if 0 <= above < high:
                        for w in range(across):
                            left, at = w * stride + j - border, (h * across + w) * n
                            if 0 <= left < wide:
                                pixel = below[channel, above, left]
                                for b in range(n):
                                    pixel[b] += row[at + b]
