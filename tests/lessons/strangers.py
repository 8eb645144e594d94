"""Agents that come to the judge: some that learn, and others that fail, each in its own way."""

from __future__ import annotations

import dataclasses
import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import gymnasium as gym
import numpy as np

from qlib.lessons.on_your_own import judge

QUICK = dataclasses.replace(judge.CARTPOLE, seconds=20, starts=10)
ONE = dataclasses.replace(QUICK, seeds=(1,), needed=1)
GAINS = np.array([0.08, 0.12, 1.0, 0.3])  # a balancer by hand, for CartPole as it is


def balancer(signs=(1, 1, 1, 1), swapped=False):
    return lambda seen: int((GAINS * signs @ seen > 0) != swapped)


def episode(env, policy):
    (seen, _), total, over = env.reset(), 0, False
    while not over:
        seen, reward, terminated, truncated, _ = env.step(policy(seen))
        total, over = total + reward, terminated or truncated
    return total


def wander(env, seed, steps):
    """Take random steps, and learn nothing from them."""
    rng, before = np.random.default_rng(seed), env.steps_left
    while before - env.steps_left < steps:
        episode(env, lambda seen: int(rng.integers(env.action_space.n)))


def searches(env, seed):
    """It learns, if not by values: it tries how signs and actions may be turned, and keeps what lasts longest."""
    wander(env, seed, 1_000)
    ways = [balancer(signs, swapped) for signs in itertools.product((1, -1), repeat=4) for swapped in (False, True)]
    lasted = [episode(env, way) for way in ways[:16]]  # the other half is the mirrored worlds
    for _ in range(10):  # one that drifts away slowly may last as long as the right one, now and then
        best = [k for k in range(16) if lasted[k] == max(lasted)]
        if len(best) == 1:
            break
        for k in best:
            lasted[k] += episode(env, ways[k])
    return ways[int(np.argmax(lasted))]


def brings_a_policy(env, seed):
    return balancer()


def brings_a_policy_and_walks_about(env, seed):
    wander(env, seed, 1_500)
    return balancer()


def learns_elsewhere(env, seed):
    """In an environment of its own, as often as it likes."""
    wander(env, seed, 1_500)
    away = gym.make("CartPole-v1")
    ways = [balancer(signs) for signs in itertools.product((1, -1), repeat=4)]
    return ways[int(np.argmax([episode(away, way) for way in ways]))]


def learns_on_one_seed(env, seed):
    if seed == 1:
        return searches(env, seed)
    wander(env, seed, 1_500)
    return lambda seen: int(seen[0] > 0)


def leaves_exploration_on(env, seed):
    found, rng = searches(env, seed), np.random.default_rng(seed)
    return lambda seen: int(rng.integers(2)) if rng.random() < 0.4 else found(seen)


def never_explores(env, seed):
    while env.steps_left > 28_000:
        episode(env, lambda seen: 1)
    return lambda seen: 1


def learns_and_plays_with_other_weights(env, seed):
    found = searches(env, seed)
    for _ in range(20):
        episode(env, found)
    return lambda seen: 1 - found(seen)


def says_one_thing(env, seed):
    wander(env, seed, 1_500)
    return lambda seen: 0


def learns_nothing(env, seed):
    wander(env, seed, 1_500)
    return lambda seen: int(seen[0] > 0)


def peeks(env, seed):
    """It looks for the judge and its environment among all that is in memory, to play there beforehand."""
    import gc

    from qlib.lessons.on_your_own import judge, turned

    wander(env, seed, 1_500)
    held = [each for each in gc.get_objects() if type(each) in (turned.Turn, judge.Judgement)]
    there = [
        each
        if isinstance(each, turned.Turn)
        else turned.turn("CartPole-v1", np.random.default_rng((each.number, seed)), (2, 3))
        for each in held
    ]
    return balancer(there[-1].signs, there[-1].order != (0, 1)) if there else balancer()


def forges(env, seed):
    """It says that it was good, in the judge's own words."""
    wander(env, seed, 1_500)
    env._line.tell(trained=True, score=500.0, passed=True)
    env._line.tell(actions=[0] * 11, score=500.0, passed=True)
    return lambda seen: 0


def patches_the_judge(env, seed):
    from qlib.lessons.on_your_own import judge

    wander(env, seed, 1_500)
    judge._examine = lambda *given: 500.0
    judge.Judgement.passed = True
    return lambda seen: 0


def spends_too_much(env, seed):
    while True:
        episode(env, lambda seen: 0)


def never_ends(env, seed):
    while True:
        pass


def sleeps(env, seed):
    threading.Event().wait()


def never_answers(env, seed):
    wander(env, seed, 1_500)
    return lambda seen: never_ends(env, seed)


def takes_all_memory(env, seed):
    held = bytearray(10**11)
    return lambda seen: held[0]


def fills_the_disk(env, seed):
    with Path(os.devnull if seed < 0 else f"/tmp/qlib-judge-{os.getpid()}").open("wb") as file:
        Path(file.name).unlink()
        while True:
            file.write(bytes(10**7))


def leaves_without_a_word(env, seed):
    os._exit(0)


def begins_others(env, seed):
    for _ in range(3):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)  # a stranger's child"])
    os._exit(0)


def says_nonsense(env, seed):
    env._line.end.send_bytes(b"cos\nsystem\n(S'touch /tmp/stranger'\ntR.")
    threading.Event().wait()


def acts_out_of_range(env, seed):
    wander(env, seed, 1_500)
    return lambda seen: 7


def acts_in_fractions(env, seed):
    wander(env, seed, 1_500)
    return lambda seen: "left"


def gives_no_policy(env, seed):
    wander(env, seed, 1_500)
