"""The tree agrees with a list, stays inside its arrays, and can be compiled as it stands."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qlib.core import sumtree


def trees(leaves: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(2 * leaves), np.full(2 * leaves, np.inf)


@settings(max_examples=60, deadline=None)
@given(
    levels=st.integers(0, 5),
    writes=st.lists(st.lists(st.tuples(st.integers(0, 31), st.floats(1e-6, 1e6)), max_size=8), max_size=8),
)
def test_each_node_is_the_sum_and_the_least_of_its_children(levels, writes):
    leaves = 2**levels
    sums, minima = trees(leaves)
    values = [0.0] * leaves
    for pairs in writes:
        slots = np.array([slot % leaves for slot, _ in pairs], np.int64)
        sumtree.write(sums, minima, slots, np.array([value for _, value in pairs]))
        for slot, (_, value) in zip(slots, pairs, strict=True):
            values[slot] = value
    assert sums[leaves:].tolist() == values
    assert sums[1] == pytest.approx(sum(values))
    assert minima[1] == min((value for value in values if value > 0), default=np.inf)
    for node in range(1, leaves):
        assert sums[node] == sums[2 * node] + sums[2 * node + 1]
        assert minima[node] == min(minima[2 * node], minima[2 * node + 1])


def test_a_share_of_the_total_falls_on_the_leaf_that_it_lies_in():
    sums, minima = trees(4)
    sumtree.write(sums, minima, np.arange(4), np.array([1.0, 2.0, 0.0, 5.0]))
    places = np.array([0.0, 0.99, 1.0, 2.99, 3.0, 7.99, 8.0])  # of the total of 8
    assert [int(sumtree.find(sums, np.array([place / 8]))[0]) for place in places] == [0, 0, 1, 1, 3, 3, 3]
    assert sumtree.find(sums, np.zeros(8)).tolist() == [0, 1, 1, 3, 3, 3, 3, 3], "one in each of B equal parts"


@pytest.mark.parametrize(
    ("slots", "values"), [([0, 4], [1.0, 1.0]), ([0, -1], [1.0, 1.0]), ([0, 10**12], [1.0, 1.0]), ([0, 1], [1.0])]
)
def test_a_write_outside_is_refused_and_nothing_is_written(slots, values):
    sums, minima = trees(4)
    for write in (sumtree.write, numba.njit(sumtree.write)):
        with pytest.raises(IndexError):
            write(sums, minima, np.array(slots), np.array(values))
        assert not sums.any() and np.isinf(minima).all()
    with pytest.raises(IndexError, match="of one size"):
        sumtree.write(sums, minima[:4], np.array([0]), np.array([1.0]))


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    "sums", [np.full(8, np.nan), np.zeros(8), np.full(8, np.inf)], ids=["NaN", "nothing", "infinite"]
)
def test_a_damaged_tree_is_not_left(sums):
    found = sumtree.find(sums, np.array([0.0, 0.5, 1.0, 7.0, np.nan]))
    assert ((found >= 0) & (found < 4)).all()


def test_the_same_functions_compiled_do_the_same_to_the_last_bit():
    rng = np.random.default_rng(0)
    plain, compiled = trees(64), trees(64)
    write, find = numba.njit(sumtree.write), numba.njit(sumtree.find)
    for _ in range(20):
        slots, values, chance = rng.integers(64, size=9), rng.exponential(size=9), rng.random(30)
        sumtree.write(*plain, slots, values)
        write(*compiled, slots, values)
        np.testing.assert_array_equal(plain, compiled)
        np.testing.assert_array_equal(sumtree.find(plain[0], chance), find(compiled[0], chance))
