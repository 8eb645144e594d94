"""Each instrument that reads an account condemns an account that was spoilt in its part, and no other."""

import dataclasses

import pytest

import qlib
from qlib.study import instruments, witness
from qlib.study.verdict import SOUND, SUSPICIOUS

READING = ("rows", "next observation", "rewards", "ends", "updates", "weights moved", "optimiser", "epsilon", "score")


@pytest.fixture(scope="module")
def account():
    return witness.watch(qlib.QAgent(qlib.Settings(hidden=(8,)), 1), 8)


def said(account, name):
    return instruments.LOOKS[name](account, None)[0]


def test_an_account_of_a_whole_agent_is_sound(account):
    assert {name: said(account, name) for name in READING} == dict.fromkeys(READING, SOUND)


def test_epsilon_by_steps_has_a_plan_too():
    by_steps = witness.watch(qlib.QAgent(qlib.Settings(hidden=(8,), epsilon_steps=60), 1), 4)
    assert said(by_steps, "epsilon") == SOUND
    flat = [[each[0]] * len(each) for each in by_steps.epsilons]  # as if it fell by episodes
    assert said(dataclasses.replace(by_steps, epsilons=flat), "epsilon") == SUSPICIOUS


def spoilt(row, **changes):
    return row._replace(**changes)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rows", lambda a: {"pushed": a.pushed + 1}),
        ("rows", lambda a: {"stored": [spoilt(a.stored[0], action=1 - a.stored[0].action), *a.stored[1:]]}),
        ("rows", lambda a: {"stored": [spoilt(a.stored[0], observation=a.stored[0].observation + 1), *a.stored[1:]]}),
        ("next observation", lambda a: {"stored": [spoilt(r, next_observation=r.observation) for r in a.stored]}),
        ("rewards", lambda a: {"stored": [*a.stored[:-1], spoilt(a.stored[-1], reward=0.9)]}),
        ("ends", lambda a: {"stored": [spoilt(r, terminated=False) for r in a.stored]}),
        ("ends", lambda a: {"stored": [spoilt(a.stored[0], terminated=True), *a.stored[1:]]}),
        ("updates", lambda a: {"planned": a.planned + 1}),
        ("weights moved", lambda a: {"before": a.agent}),
        ("epsilon", lambda a: {"epsilons": [*a.epsilons[:-1], [0.5] * len(a.epsilons[-1])]}),
        ("score", lambda a: {"scores": [*a.scores[:-1], a.scores[-1] + 1]}),
    ],
)
def test_what_is_spoilt_is_suspicious(account, name, change):
    assert said(dataclasses.replace(account, **change(account)), name) == SUSPICIOUS
