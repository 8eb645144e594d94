"""The compiled code reads and writes within its arrays, whatever a memory holds; `test_flat.py` holds its numbers."""

import numpy as np
import pytest

import qlib
from qlib.engine.takeover import take


@pytest.mark.parametrize("action", [-1, 2, 10**6, -(10**12), 2**62])
def test_an_action_out_of_range_is_refused_and_nothing_is_learned(small, action):
    agent = qlib.QAgent(small)
    for _ in qlib.train(agent, steps=60):
        pass
    before = {name: t.clone() for name, t in agent.online.state_dict().items()}
    agent.memory.storage.actions[:] = action  # past every door
    with pytest.raises(ValueError, match="out of range; nothing was learned"):
        agent.learn()
    assert all((t == before[name]).all() for name, t in agent.online.state_dict().items())


@pytest.mark.parametrize("slot", [-1, 200, 2**40])
def test_a_slot_out_of_range_is_refused(small, slot):
    agent = qlib.QAgent(small)
    slots = np.full((1, 8), slot)
    with pytest.raises(ValueError, match="out of range"):
        take(agent).update(slots, 1e-3, np.zeros(1))


def test_a_share_of_1_copies_and_a_share_between_mixes(small):
    agent = qlib.QAgent(qlib.Settings(hidden=(8,), batch_size=8, memory_size=200, target_network="hard"))
    for _ in qlib.train(agent, steps=60):
        pass
    fast, slots = take(agent), np.zeros((1, 8), np.int64)
    target = fast.rows[0, 1].copy()
    fast.update(slots, 1e-3, np.array([0.25]))
    np.testing.assert_allclose(fast.rows[0, 1], target + 0.25 * (fast.rows[0, 0] - target), rtol=1e-5, atol=1e-7)
    fast.update(slots, 1e-3, np.array([1.0]))
    np.testing.assert_array_equal(fast.rows[0, 1], fast.rows[0, 0])
