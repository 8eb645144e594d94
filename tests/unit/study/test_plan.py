"""What a comparison is asked to measure: refused before anything is trained, and cut into parts that cover it once."""

import dataclasses

import numpy as np
import pytest

import qlib
from qlib.study.plan import Plan

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(8,), memory_size=500, learning_starts=50, batch_size=16)
VARIANTS = {"double": SMALL, "single": dataclasses.replace(SMALL, double=False)}
SIZE = {"seeds": 5, "steps": 300, "checkpoints": 3, "starts": 4}


@pytest.mark.parametrize(("whole", "n"), [(0, 1), (0, 2), (0, 4), (0, 9), (1, 2), (2, 3)])
def test_the_parts_cover_every_seed_of_every_variant_once(whole, n):
    parts = Plan(VARIANTS, diagnostics=(), **SIZE).parts(whole, n)
    assert sorted((v, seed) for v, seeds in parts for seed in seeds) == [(v, s) for v in range(2) for s in range(5)]
    assert [seeds for v, seeds in parts if v < whole] == [range(5)] * whole
    assert all(len(seeds) <= -(-5 // n) for v, seeds in parts if v >= whole)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_parts_of_a_range_are_its_own_seeds(n):
    parts = Plan(VARIANTS, diagnostics=(), **SIZE | {"seeds": range(5000, 5005)}).parts(0, n)
    assert sorted(seed for v, seeds in parts if v == 1 for seed in seeds) == list(range(5000, 5005))


@pytest.mark.parametrize("executor", ["here", "processes"])
def test_a_range_names_the_seeds_and_the_numbers_are_theirs(executor):
    size = SIZE | {"executor": executor}
    whole = qlib.compare(VARIANTS, **size | {"seeds": 5})
    late = qlib.compare(VARIANTS, **size | {"seeds": range(2, 5)})
    np.testing.assert_array_equal(late.scores, whole.scores[:, 2:])


@pytest.mark.parametrize("seeds", [range(0), range(5, 5), range(0, 9, 2), range(-3, 3), 0, [1, 2]])
def test_seeds_are_a_number_or_a_range_without_gaps(seeds):
    with pytest.raises(ValueError, match="seeds="):
        qlib.compare(VARIANTS, **SIZE | {"seeds": seeds})


def test_what_fails_on_a_seed_of_a_range_is_named_by_its_seed():
    def fails(seed):
        if seed == 5001:
            raise OSError("no room")
        return qlib.QAgent(SMALL, seed)

    found = qlib.compare({"fails": fails}, **SIZE | {"seeds": range(5000, 5003)})
    assert any("seed 5001 was lost" in note for note in found.notes), found.notes
    assert np.isnan(found["fails"][1]).all() and np.isfinite(found["fails"][[0, 2]]).all()


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64])
def test_sizes_may_be_numpys(kind):
    sizes = {"seeds": kind(2), "steps": kind(60), "starts": kind(2), "checkpoints": kind(1)}
    plain = {name: int(value) for name, value in sizes.items()}
    np.testing.assert_array_equal(
        qlib.compare({"a": SMALL}, **sizes).scores, qlib.compare({"a": SMALL}, **plain).scores
    )


def test_agents_on_another_device_stay_in_this_process(monkeypatch):
    assert Plan(VARIANTS, diagnostics=(), **SIZE).may_travel

    def elsewhere(seed):
        agent = qlib.QAgent(SMALL, seed)
        agent.device = type("Device", (), {"type": "cuda"})()
        return agent

    assert not Plan({"x": elsewhere}, diagnostics=(), **SIZE).may_travel


def test_checkpoints_may_be_chosen():
    result = qlib.compare(VARIANTS, **SIZE)
    early = qlib.compare(VARIANTS, **SIZE | {"checkpoints": (30, 100, 200)})
    assert early.steps.tolist() == [30, 100, 200]
    assert qlib.compare({"a": SMALL}, 1, 20, checkpoints=np.array([10, 20])).steps.tolist() == [10, 20]
    np.testing.assert_array_equal(early.scores[:, :, 1:], result.scores[:, :, :2])
    for wrong in ((), (0, 100), (100, 100), (200, 100), (100, 301), (1.5,), np.zeros((2, 2))):
        with pytest.raises(ValueError, match="checkpoints="):
            qlib.compare(VARIANTS, **SIZE | {"checkpoints": wrong})


@pytest.mark.parametrize("name", SIZE)
@pytest.mark.parametrize("value", [0, -1, 1.5])
def test_counts_must_be_whole_and_positive(name, value):
    with pytest.raises(ValueError, match=f"{name}={value}.*whole number from 1 up"):
        qlib.compare(VARIANTS, **SIZE | {name: value})


def test_variants_and_executor_must_be_of_their_kind():
    with pytest.raises(ValueError, match="at least one"):
        qlib.compare({}, **SIZE)
    with pytest.raises(TypeError, match="'x' is 3"):
        qlib.compare({"x": 3}, **SIZE)
    with pytest.raises(TypeError, match="no submit"):
        qlib.compare(VARIANTS, executor="threads", **SIZE)
