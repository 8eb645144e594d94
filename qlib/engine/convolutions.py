"""Convolutions once more, compiled: forwards and backwards, as matrix products over patches.

Nobody has to read this to understand convolutions; `network.py` is the definition, and tests hold this one to it.
Images lie as PyTorch lays them out, (B, channels, H, W), and weights and biases of all convolutions in one flat row.
A plan has one row a convolution: channels in, rows, columns, channels out, window, stride, border, and whether its
input is added to what it gives.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_jit: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"}, error_model="numpy")  # as in `kernels`

PATCHES = 131_072  # numbers in the patches that are looked at at once: half a megabyte, which a core keeps close


@_jit
def look(parameters: np.ndarray, plan: np.ndarray, images: tuple, found: tuple) -> None:
    """Send images through convolutions and ReLUs.

    Args:
        parameters: of all convolutions, in one row.
        plan: shape (convolutions, 8), as above.
        images: what each convolution sees, (B, channels, H, W), and what the last one leaves; the first is given, the
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
        n, size = len(x), y.shape[2] * y.shape[3]
        at_once = max(1, min(n, PATCHES // (n_in * size)))
        for first in range(0, n, at_once):
            m = min(at_once, n - first)
            z = np.dot(weight, patches(x[first : first + m], plan[k], size))  # (n_out, m x size)
            for b in range(m):
                row = y[first + b].reshape(n_out, size)
                for o in range(n_out):
                    lift = bias[o]
                    for p in range(size):
                        value = z[o, b * size + p] + lift
                        row[o, p] = np.float32(0) if value < 0 else value  # not max(), which would hide a NaN
        if adds:
            whole, seen, given = images[k + 1].reshape(-1), x.reshape(-1), y.reshape(-1)
            for i in range(len(whole)):
                whole[i] = seen[i] + given[i]


@_jit
def look_back(
    parameters: np.ndarray, plan: np.ndarray, images: tuple, found: tuple, delta: np.ndarray, gradient: np.ndarray
) -> None:
    """Compute the gradient with respect to the parameters, given the one with respect to what `look` left.

    Args:
        parameters, plan, images, found: as `look` took and left them; of more rows than delta has, the first count.
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
        n, size = len(delta), y.shape[2] * y.shape[3]
        below = np.zeros((n if k > 0 else 0, c, high, wide), np.float32)
        at_once = max(1, min(n, PATCHES // (n_in * size)))
        for first in range(0, n, at_once):
            m = min(at_once, n - first)
            d = np.empty((n_out, m * size), np.float32)
            for b in range(m):
                row, given = delta[first + b].reshape(n_out, size), y[first + b].reshape(n_out, size)
                for o in range(n_out):
                    for p in range(size):
                        d[o, b * size + p] = np.float32(0) if given[o, p] <= 0 else row[o, p]
            for o in range(n_out):
                bias[o] += d[o].sum()
            slope += np.dot(d, patches(x[first : first + m], plan[k], size).T)
            if k > 0:
                put_back(np.dot(weight.T, d), plan[k], size, below[first : first + m])
        if k > 0:
            if adds:
                below += delta
            delta = below
        end = start


@_jit
def patches(x: np.ndarray, shape: np.ndarray, size: int) -> np.ndarray:
    """Lay the windows of images x (m, C, H, W) side by side, shape (C x window x window, m x size)."""
    c, high, wide, _, window, stride, border, _ = shape
    across = (wide + 2 * border - window) // stride + 1
    down = size // across
    found = np.empty((c * window * window, len(x) * size), np.float32)
    for channel in range(c):
        for i in range(window):
            for j in range(window):
                row = found[(channel * window + i) * window + j]
                for b in range(len(x)):
                    image = x[b, channel]
                    for h in range(down):
                        at, above = (b * down + h) * across, h * stride + i - border
                        if border == 0:
                            for w in range(across):
                                row[at + w] = image[above, w * stride + j]
                        else:
                            for w in range(across):
                                left = w * stride + j - border
                                inside = 0 <= above < high and 0 <= left < wide
                                row[at + w] = image[above, left] if inside else np.float32(0)
    return found


@_jit
def put_back(slopes: np.ndarray, shape: np.ndarray, size: int, below: np.ndarray) -> None:
    """Add to each pixel of below (m, C, H, W) what its places in the patches (C x window x window, m x size) have."""
    c, high, wide, _, window, stride, border, _ = shape
    across = (wide + 2 * border - window) // stride + 1
    down = size // across
    for channel in range(c):
        for i in range(window):
            for j in range(window):
                row = slopes[(channel * window + i) * window + j]
                for b in range(len(below)):
                    image = below[b, channel]
                    for h in range(down):
                        at, above = (b * down + h) * across, h * stride + i - border
                        if 0 <= above < high:
                            for w in range(across):
                                left = w * stride + j - border
                                if 0 <= left < wide:
                                    image[above, left] += row[at + w]
