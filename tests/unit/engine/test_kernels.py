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
