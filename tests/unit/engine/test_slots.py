"""A lock-step's transitions go where they belong, all or none (the compiled tree: `test_sumtree.py`)."""

import numpy as np
import pytest

from qlib.core import sumtree
from qlib.engine import slots
from qlib.engine.takeover import compiled

COLUMNS = "observations", "actions", "rewards", "next_observations", "terminated"


def memories(agents=3, capacity=4):
    shapes = (agents, capacity, 2), (agents, capacity), (agents, capacity), (agents, capacity, 2), (agents, capacity)
    kinds = np.float32, np.int64, np.float32, np.float32, bool
    return [np.zeros(shape, kind) for shape, kind in zip(shapes, kinds, strict=True)]


def transitions(kind=np.float32):
    observations = np.arange(6, dtype=kind).reshape(3, 2)
    return [observations, np.array([0, 1, 0]), np.array([1, 2, 3], kind), observations + 10, np.array([0, 1, 0], bool)]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_each_agents_transition_goes_into_its_slot_and_nowhere_else(kind):
    memory, given, where = memories(), transitions(kind), np.array([2, 0, 3])
    assert slots.store(*memory, where, *given)
    for column, values in zip(memory, given, strict=True):
        np.testing.assert_array_equal(column[np.arange(3), where], values)
        column[np.arange(3), where] = 0
        assert not column.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("column", [0, 2, 3])
def test_if_one_number_is_not_finite_nothing_is_written(column, bad):
    memory, given = memories(), transitions(np.float64)
    given[column].flat[-1] = bad
    assert not slots.store(*memory, np.array([2, 0, 3]), *given)
    assert not any(each.any() for each in memory)


def test_the_tree_that_is_compiled_is_the_one_that_is_read():
    assert compiled(sumtree.write) is slots.write and slots.write.py_func is sumtree.write
    assert compiled(sumtree.find) is slots.find and slots.find.py_func is sumtree.find
