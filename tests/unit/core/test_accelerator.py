"""With the door closed, the same agent runs as it reads, and gives the same numbers within rounding."""

import numpy as np

import qlib
from qlib.core import accelerator


def test_without_an_engine_the_agent_runs_readably(monkeypatch, small):
    sooner = qlib.QAgent(small)
    steps = [episode.steps for episode in qlib.train(sooner, steps=150)]
    assert sooner._taken is not None
    monkeypatch.setattr(accelerator, "engine", None)
    readable = qlib.QAgent(small)
    assert [episode.steps for episode in qlib.train(readable, steps=150)] == steps
    assert readable._taken is None and readable.updates == sooner.updates > 100
    starts = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    np.testing.assert_allclose(readable.q_values(starts), sooner.q_values(starts), rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(qlib.evaluate(readable, 5), qlib.evaluate(sooner, 5))
