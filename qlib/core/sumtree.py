"""A sum tree in an array: numbers that can be drawn in proportion to their size, and changed, in log2(n) steps each.

Node 1 is the root; the children of node i are 2i and 2i + 1; the leaves are the last half of the array. Each inner
node holds the sum of its children (or, in a tree of minima, their minimum).
"""

from __future__ import annotations

import numpy as np


def write(sums: np.ndarray, minima: np.ndarray, slots: np.ndarray, values: np.ndarray) -> None:
    """Write values into leaves and make the nodes above them right again; a leaf named twice keeps the last value.

    Args:
        sums, minima: the two trees, shape (2 * leaves,), float64; `leaves` is a power of 2.
        slots: which leaves, shape (B,).
        values: shape (B,), 0 or above; 0 empties a leaf, which then counts in no minimum.

    Raises:
        IndexError: if a slot is no leaf, or there are not as many values; nothing is written then.
    """
    leaves = len(sums) // 2
    if len(minima) != len(sums) or len(values) != len(slots):
        raise IndexError("Both trees must be of one size, and each slot needs one value.")
    for slot in slots:
        if slot < 0 or slot >= leaves:
            raise IndexError("A slot is not one of the tree's leaves.")
    for k in range(len(slots)):
        node = leaves + slots[k]
        sums[node] = values[k]
        minima[node] = values[k] if values[k] > 0 else np.inf
        node //= 2
        while node > 0:  # summed anew, not corrected by the difference: rounding does not pile up
            sums[node] = sums[2 * node] + sums[2 * node + 1]
            minima[node] = min(minima[2 * node], minima[2 * node + 1])
            node //= 2


def find(sums: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Find the leaves that shares of the total fall on, one in each of B equal parts of it.

    Args:
        sums: the tree; its total is above 0.
        chance: where in its part each share lies, in [0, 1], shape (B,).

    Returns:
        Leaves, shape (B,), int64. Never one whose number is 0, whatever rounding does at the right end.
    """
    leaves = len(sums) // 2
    found = np.empty(len(chance), np.int64)
    for k in range(len(chance)):
        rest = (k + chance[k]) / len(chance) * sums[1]
        node = 1
        while node < leaves:
            node *= 2
            if (rest >= sums[node] and sums[node + 1] > 0) or sums[node] == 0:
                rest -= sums[node]
                node += 1
        found[k] = node - leaves
    return found
