"""Lesson 15's ways to make an update: all end at the same weights, and what is counted is what is done."""

import collections
import dataclasses
import random

import numpy as np
import pytest
import torch

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.lessons.why_so_slow import by_hand, slips, ways


@pytest.fixture(scope="module")
def collector():
    return ways.collect()


@pytest.fixture(scope="module")
def memories(collector):
    return ways.both_memories(collector)


def no_graph(network, following):
    with torch.no_grad():
        return network(following).max(1)[0]


def in_ring(ring, best=ways.with_graph, **options):
    return ways.in_torch(lambda rows: [column[rows] for column in ring], best, **options)


def in_deque(deque):
    return ways.in_torch(
        lambda rows: map(torch.stack, zip(*[deque[i] for i in rows], strict=True)), draw=ways.one_by_one
    )


def test_both_memories_hold_the_same(memories):
    ring, deque = memories
    assert len(deque) == len(ring[0]) == ways.HELD
    assert all(torch.equal(column[77], part) for column, part in zip(ring, deque[77], strict=True))


def test_every_way_may_take_part_and_another_algorithm_may_not(memories):
    ring, deque = memories
    race = ways.Race()
    race.enter("first", in_deque(deque))
    for name, way in {"ring": in_ring(ring), "none": in_ring(ring, no_graph), "hand": by_hand.way(ring)}.items():
        race.enter(name, way)
    race.enter("fused", in_ring(ring, no_graph, fused=True))
    with pytest.raises(ValueError, match=r"'other' ends .* away from 'first': it is another algorithm"):
        race.enter("other", in_ring(ring, lambda network, following: 0.9 * no_graph(network, following)))
    assert list(race.ways) == ["first", "ring", "none", "hand", "fused"]


def test_the_readable_update_is_the_originals_and_the_compiled_one_the_readables(collector, memories):
    original = in_ring(memories[0])
    agents = [qlib.QAgent(dataclasses.replace(qlib.ORIGINAL, compiled=c), seed=1) for c in (False, True)]
    readable = qlib.QAgent(dataclasses.replace(qlib.ORIGINAL, compiled=False), seed=0)
    readable.online.load_state_dict(ways.learner()[0].state_dict())
    for i in range(50):
        rows = np.array(random.Random(i).sample(range(ways.HELD), ways.BATCH))
        original.update(rows)
        readable.update(qlib.Batch(*(column[rows] for column in collector.memory.storage)))
    assert np.allclose(original.weights(), ways.flat(readable.online), atol=1e-4)
    for agent in agents:
        agent.memory = collector.memory
        for _ in range(50):
            agent.learn()
    assert np.allclose(*[ways.flat(agent.online) for agent in agents], atol=1e-4)


def test_an_agent_among_sixteen_is_the_one_that_it_would_be_alone():
    few = dataclasses.replace(qlib.ORIGINAL, updates_per_step=2)
    alone = qlib.QAgent(few, seed=3)
    list(qlib.train(alone, steps=100))
    together = Ensemble([qlib.QAgent(few, seed=seed) for seed in range(16)])
    while together.steps < alone.steps:
        together.step()
    assert alone.updates > 0
    assert np.allclose(ways.flat(together.agents[3].online), ways.flat(alone.online), atol=1e-4)


def test_only_fused_adam_halves_what_pytorch_is_asked_for(memories):
    ring, deque = memories
    made = {"deque": in_deque(deque), "ring": in_ring(ring), "none": in_ring(ring, no_graph)}
    made["fused"] = in_ring(ring, no_graph, fused=True)
    totals = {name: ways.operations(way).total() for name, way in made.items()}
    assert ways.halved(totals) == "fused"
    assert abs(totals["ring"] - totals["deque"]) <= 2
    assert ways.halved({"a": 3, "b": 2}) == "none of them"


def test_a_profile_books_every_part_and_none_of_the_warm_up():
    calls = []

    def update(network, optimizer, rows, watch):
        calls.append(len(rows))
        watch.lap("optimiser")

    watch = ways.play(update, steps=2, warm_up=1)
    assert set(watch) == {"act", "environment", "remember", "draw 64 numbers", "optimiser"}
    assert calls == [64] * 120


def test_the_longest_group_is_named_with_its_share():
    watch = collections.defaultdict(float, {"act": 1.0, "stack into tensors": 2.0, "forward: s": 4.0, "optimiser": 1.0})
    assert ways.longest(watch) == ("the network: forward, loss, backward, optimiser", 5 / 8)
    watch["pick 64 tuples"] = 8.0
    assert ways.longest(watch) == ("fetching the 40 batches from the memory", 10 / 16)


def test_the_largest_step_is_a_factor_between_neighbours():
    assert ways.largest_step({"a": 100.0, "b": 50.0, "c": 10.0, "d": 4.0}) == ("c", 5.0)


def test_an_agent_without_a_batch_makes_no_update(collector, memories):
    made = ways.updates_made({"new": qlib.QAgent(qlib.ORIGINAL, seed=0)}, memories[0], calls=70)["new"]
    assert made[62] == 0 and made[63] == 1 and made[-1] == 7


def test_each_slip_shows_in_its_own_part(memories):
    counts = slips.counts(memories[0])
    whole = counts.pop(slips.WHOLE)
    more = {letter: {part for part in whole if counts[letter][part] > whole[part]} for letter in counts}
    assert more == {"A": {"backward", "loss"}, "B": {"fetching"}, "C": {"forward"}, "D": {"optimiser"}}
    assert counts["B"]["fetching"] - whole["fetching"] == 256
    assert counts["C"]["forward"] == 1.5 * whole["forward"]
