"""When the engine takes over, and what happens where it cannot."""

import dataclasses
import os
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import tiny
import torch

import qlib
from qlib.core.network import build_optimizer
from qlib.engine.conv import ConvUpdate
from qlib.engine.flat import FlatUpdate
from qlib.engine.takeover import take, take_all
from qlib.engine.traced import TracedUpdate

SMALL = qlib.Settings(hidden=(8,), batch_size=8, memory_size=300, target_network="soft", epsilon_episodes=20)
NORMED = dataclasses.replace(SMALL, network="batch_norm")


class Wider(qlib.QNetwork):
    """A subclass of a lesson."""


def with_another_network(seed, settings=SMALL):
    """Forget to give the optimiser the new network's parameters."""
    agent = qlib.QAgent(settings, seed)
    agent.online = Wider(hidden=settings.hidden, generator=torch.Generator().manual_seed(seed))
    return agent


def whole(seed):
    agent = with_another_network(seed)
    agent.optimizer = build_optimizer(agent.online, agent.settings)
    return agent


def test_it_takes_plain_agents_flat_others_traced_and_leaves_the_rest_alone():
    assert isinstance(take(qlib.QAgent(SMALL)), FlatUpdate)
    assert isinstance(take_all([qlib.QAgent(SMALL, seed) for seed in range(2)]), FlatUpdate)
    assert take(qlib.QAgent(NORMED)) is None
    assert isinstance(take_all([qlib.QAgent(NORMED, seed) for seed in range(2)]), TracedUpdate)
    assert take(qlib.QAgent(dataclasses.replace(SMALL, compiled=False))) is None


def test_an_optimiser_that_owns_another_network_is_not_passed_over():
    assert take(with_another_network(0)) is None
    assert take_all([with_another_network(seed) for seed in range(2)]) is None
    assert isinstance(take(whole(0)), FlatUpdate)


def test_compare_shows_that_such_an_agent_learns_nothing():
    result = qlib.compare(
        {"broken": with_another_network, "whole": whole}, seeds=4, steps=200, checkpoints=4, diagnostics=("weights",)
    )
    broken, mended = result.diagnostics["weights"]
    assert (broken == broken[:, :1]).all() and (mended != mended[:, :1]).any(1).all()
    assert (result["broken"] == result["broken"][:, :1]).all()


@pytest.mark.parametrize(
    "edit",
    [
        lambda o: o.param_groups[0].update(betas=(0.5, 0.999)),
        lambda o: o.param_groups[0].update(weight_decay=0.5),
        lambda o: o.param_groups[0].update(maximize=True),
        lambda o: o.param_groups[0]["params"].pop(),
        lambda o: o.param_groups[0]["params"].reverse(),
        lambda o: o.register_step_post_hook(lambda *_: None),
    ],
)
def test_an_optimiser_that_is_edited_in_place_is_noticed(edit):
    agent = qlib.QAgent(SMALL)
    for _ in qlib.train(agent, steps=30):
        pass
    assert take(agent) is not None
    edit(agent.optimizer)
    assert take(agent) is None


def test_without_a_folder_for_compiled_code_it_trains_readably_and_says_so_once(tmp_path):
    code = """
import warnings
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    import qlib
    agent = qlib.QAgent(qlib.Settings(hidden=(8,), batch_size=8, memory_size=100))
    list(qlib.train(agent, episodes=2))
    list(qlib.train(agent, episodes=2))
    scores = qlib.compare({"a": qlib.Settings(hidden=(8,), memory_size=100)}, seeds=2, steps=100, checkpoints=1).scores
print(agent.updates, agent._taken, scores.shape, sum("compiled code cannot be kept" in str(w.message) for w in said))
"""
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    # Numba looks at NUMBA_CACHE_DIR alone if it is set; a file in its place cannot be written into.
    env = os.environ | {
        "NUMBA_CACHE_DIR": str(blocked / "cache"),
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
    }
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=120)
    assert ran.returncode == 0, ran.stderr
    updates, taken, *shape, said = ran.stdout.split()
    assert int(updates) > 10 and taken == "None" and "".join(shape) == "(1,2,1)" and said == "1"


def test_tracing_in_threads_leaves_the_warnings_of_others_alone():
    """Batch norm is traced in four threads while another one warns."""
    before, errors, going = list(warnings.filters), [], threading.Event()

    def trace():
        try:
            qlib.compare({"a": NORMED}, seeds=2, steps=40, checkpoints=1, executor="here")
        except BaseException as error:
            errors.append(error)

    def warn():
        while not going.is_set():
            try:
                with torch.no_grad():
                    warnings.warn("harmless", UserWarning, stacklevel=1)
            except UserWarning as error:
                errors.append(error)

    threads = [threading.Thread(target=trace) for _ in range(4)]
    other = threading.Thread(target=warn)
    for thread in (other, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    going.set()
    other.join()
    assert errors == []
    assert warnings.filters == before


def test_batch_norm_does_not_depend_on_the_number_of_threads():
    def run(threads):
        torch.set_num_threads(threads)
        try:
            settings = dataclasses.replace(NORMED, hidden=(64, 64), batch_size=64)
            agent = qlib.QAgent(settings)
            list(qlib.train(agent, steps=150))
            return torch.cat([p.detach().reshape(-1) for p in agent.online.parameters()]).numpy()
        finally:
            torch.set_num_threads(1)

    np.testing.assert_array_equal(run(1), run(2))


@pytest.mark.parametrize(
    "touch",
    [
        lambda agent: agent.online.layers[0].weight.requires_grad_(False),
        lambda agent: agent.online.layers[0].weight.register_hook(lambda gradient: gradient * 0),
    ],
    ids=["frozen", "hook"],
)
def test_a_layer_that_is_frozen_halfway_stays_as_it_is(touch):
    agent = qlib.QAgent(SMALL)
    for _ in qlib.train(agent, steps=30):
        pass
    assert take(agent) is not None
    touch(agent)
    assert take(agent) is None
    agent.optimizer = build_optimizer(agent.online, agent.settings)  # without the momentum that it had
    before = agent.online.layers[0].weight.detach().clone()
    for _ in qlib.train(agent, steps=30):
        pass
    assert torch.equal(agent.online.layers[0].weight, before)


def test_a_hook_on_an_inner_layer_is_called():
    agent, calls = qlib.QAgent(SMALL), []
    agent.online.layers[0].register_forward_hook(lambda module, given, out: calls.append(1))
    assert take(agent) is None
    agent.act(np.zeros(4))
    assert calls == [1]


@pytest.mark.parametrize(
    ("changes", "alone"),
    [({}, ConvUpdate), ({"network": "plain"}, type(None)), ({"replay": "prioritized"}, ConvUpdate)],
)
def test_agents_that_see_images_are_taken_over_one_by_one(changes, alone):
    agents = [qlib.QAgent(tiny.few(**changes), seed) for seed in range(2)]
    assert type(take(agents[0])) is alone
    assert take_all(agents) is None
    assert TracedUpdate.attempt(agents) is None
