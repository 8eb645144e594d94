"""A fall that can be stepped through: the same training, bit for bit, and what undoing an update does."""

import numpy as np
import pytest
import torch
from controls import drawn, marks

import qlib
from qlib.lessons.forgetting_and_memory import fall as module
from qlib.lessons.forgetting_and_memory import flights, valuemap
from qlib.lessons.forgetting_and_memory.fall import WAYS, Fall, of
from qlib.show.marks import Dots, Heat
from qlib.study.result import Comparison

PLACES = np.random.default_rng(0).uniform(-0.2, 0.2, (8, 4)).astype(np.float32)
LABEL, SETTINGS = next(iter(flights.FORGETFUL.items()))


def same(one, other):
    return all(map(torch.equal, one.online.parameters(), other.online.parameters()))


@pytest.fixture(scope="module")
def fall():
    return Fall(SETTINGS, seed=1, begin=600, end=640)


def test_the_recorder_changes_nothing_of_the_training(fall):
    alone = qlib.QAgent(SETTINGS, 1)
    there = {}
    for _ in qlib.train(
        alone, steps=640, before_step=lambda step: there.setdefault(alone.steps, alone.q_values(PLACES))
    ):
        pass
    assert len(fall.agents) == 40
    for k, agent in enumerate(fall.agents):
        torch.testing.assert_close(agent.q_values(PLACES), there[600 + k], rtol=0, atol=0)


def test_an_update_that_is_made_again_is_the_one_that_was_made(fall):
    for k in (0, 17, 38):
        assert same(fall.after(k), fall.agents[k + 1])


def test_an_update_that_is_undone_leaves_the_weights(fall):
    assert same(fall.after(5, "undo it"), fall.agents[5])
    assert fall.after(5, "undo it").updates == fall.agents[5].updates


def test_another_batch_is_another_and_the_same_each_time(fall):
    other = fall.after(5, "another batch")
    assert not same(other, fall.after(5))
    assert same(other, fall.after(5, "another batch"))


def test_the_batch_is_the_one_that_was_learned_from(fall):
    batch, agent = fall.batch(5), fall.after(5, "undo it")
    agent.update(batch)
    for ours, theirs in zip(agent.online.parameters(), fall.agents[6].online.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_the_picture_says_what_turned_and_where_it_leads(fall, way):
    drawing, words = fall.draw(7, way)
    before, after = (
        agent.q_values(fall.batch(7).observations).argmax(1) for agent in (fall.agents[7], fall.after(7, way))
    )
    turned = int((before != after).sum())
    assert f"Update at step 608, {way}: the choice turned in {turned} of the batch's 64 states" in words
    assert f"as it was: a score of {fall.further(7, WAYS[0]):.0f} over 100 starts" in words
    assert (f"; {way}: {fall.further(7, way):.0f}." in words) is (way != WAYS[0])
    assert [panel.title for panel in drawing.panels] == ["", "before, with its batch", f"after: {way}"]
    assert drawing.key == valuemap.KEY and drawn(drawing)
    batch, turned_ones = marks(drawing, Dots, 1)[0], marks(drawing, Dots, 2)[0]
    assert len(batch.x) == 64 and len(turned_ones.x) == turned and turned_ones.hollow
    before, after = marks(drawing, Heat, 1)[0], marks(drawing, Heat, 2)[0]
    assert before.high == after.high and not before.label and after.label, "one scale for both"


def test_the_explorer_begins_at_the_worst_update_and_is_recorded(monkeypatch, fall):
    monkeypatch.setattr(module, "of", lambda *which: fall)
    monkeypatch.setattr(fall, "further", lambda update, way: 9.0)
    explorer = module.explore(None, LABEL, 0)
    update, _ = module.worst(fall)
    control = explorer.controls["update"]
    assert control.value == update and control.values[0] == max(update - 10, 0)
    assert control.values[-1] == min(update + 10, 39)
    assert len(explorer._made) == len(control.values) * len(WAYS)
    explorer.close()


def test_the_largest_fall_is_between_the_examinations_that_saw_it():
    steps, scores = np.array([200, 400, 440, 800]), np.array([[[10.0, 480.0, 30.0, 200.0]]])
    found = of(Comparison((LABEL,), steps, scores), LABEL, 0)
    assert (found.begin, len(found.agents)) == (400, 40)
    assert found.agents[0].steps == 401


def test_the_scores_along_it_are_the_agents_own(fall):
    made, scores = fall.scores
    assert made.tolist() == list(range(0, 40, 4))
    assert scores[3] == qlib.evaluate(fall.agents[12], 20).mean()
