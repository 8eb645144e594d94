# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13 · Sparse rewards
#
# **You will see a sparse reward make DQN a matter of luck, and find out what prioritized replay and tile coding do about
# it.**
#
# | | |
# |---|---|
# | Read | 35 minutes, and 25 for the exercises |
# | Run | about 40 seconds |
# | Needs | lesson 05, the memory; lesson 06, the TD target; lesson 10, MountainCar's reward |
# | Gives | a sum tree, three silent mistakes, and five learners on one budget |

# %% [markdown]
# ## Before you run: predict
#
# In MountainCar a weak car stands in a valley. It has to swing to and fro to reach the flag. Every step costs 1, and
# after 200 steps the episode is cut off. **Let a random policy play 200 episodes. In how many does it reach the flag?**
#
# - (a) About half.
# - (b) About ten.
# - (c) None.
#
# Decide. Then run on.

# %%
import copy
import dataclasses
import functools
import pathlib

import gymnasium
import numpy as np
import torch
from scipy import stats

import qlib
from qlib.core import prioritized, sumtree
from qlib.lessons.sparse_rewards import checks as check
from qlib.lessons.sparse_rewards import pictures, tiles
from qlib.show.explorer import Explorer
from qlib.study.records import read, recorded
from qlib.study.result import Comparison
from qlib.study.statistics import mean_interval

torch.set_num_threads(1)  # networks this small are faster on one
car = gymnasium.make_vec("MountainCar-v0", num_envs=200, vectorization_mode="sync")
car.action_space.seed(0)
car.reset(seed=0)
flags = sum(car.step(car.action_space.sample())[2].sum() for _ in range(200))
print("episodes of 200 that reached the flag:", flags)

# %% [markdown]
# So (c). Each of these 40,000 transitions says "reward −1", and none says where the end is. A reward like that is called
# **sparse**. The original notebook says two things about it: that *prioritized experience replay* saves useless
# training, and that it is "super necessary" for sparse rewards such as MountainCar's. Keep the second one in mind. What
# could a memory draw more often, as long as all it holds looks alike?
#
# ## 1. Draw by surprise
# Uniform replay draws every transition alike. **Prioritized replay** draws transition *i* with probability
# P(i) = pᵢ^α / Σ pₖ^α, where pᵢ is the size of its last TD error plus a little ε, so that nothing is lost for good. With
# α = 0 all are alike; with α = 1 an error twice as large is drawn twice as often.
#
# Whose TD error is known? Only that of what was drawn: its priority is renewed after the update, and the others grow
# stale. A *new* transition has none yet. It gets the highest priority so far (1 at first), so that it is soon looked
# at.
#
# The sum over a memory of 50,000 must not be added up anew for each draw. A **sum tree** keeps it. The leaves hold pᵢ^α,
# each node above holds the sum of its two children, and node 1 holds the sum of all.


# %%
def write(sums, leaf, value):
    node = len(sums) // 2 + leaf
    sums[node] = value
    while node > 1:
        node //= 2
        sums[node] = sums[2 * node] + sums[2 * node + 1]


def find(sums, number):  # a number from 0 up to the sum: on which leaf does it fall?
    node = 1
    while node < len(sums) // 2:
        node *= 2  # the left child
        if number >= sums[node]:
            number, node = number - sums[node], node + 1
    return node - len(sums) // 2


# %%
sums, theirs, minima = np.zeros(16), np.zeros(16), np.full(16, np.inf)
priorities = np.array([1.0, 0.5, 4.0, 0.1, 2.0, 0.4, 0.0, 8.0])
for leaf, priority in enumerate(priorities):
    write(sums, leaf, priority)
sumtree.write(theirs, minima, np.arange(8), priorities)
print("the sum of all:", sums[1], "  the same tree as qlib's:", np.array_equal(sums, theirs))
numbers = (np.arange(64) + 0.5) / 64
print(
    "the same draws:",
    [find(sums, x * sums[1]) for x in numbers] == sumtree.find(theirs, np.full(64, 0.5)).tolist(),
)

# %% [markdown]
# (A batch of B divides the sum into B equal parts and draws once in each, so that no part is missed. The 0.5 above is
# the middle of each part.) A draw and a change cost as many steps as the tree has levels. In qlib the same tree is
# compiled. You write `Settings(replay="prioritized", priority_beta_steps=...)`: the second is your run's length, and is
# told below.

# %%
print("levels for 50,000 transitions:", int(np.ceil(np.log2(50_000))))

# %% [markdown]
#
# ### Who gets drawn?
# Two memories of 2,000 transitions, each with the TD errors of the agent that made it. On CartPole it has fallen often;
# on MountainCar it has never seen the flag. Move alpha, and change the memory. In which of the two does the tenth with
# the largest errors get more of the draws?


# %% tags=["nbval-ignore-output"]
def errors_of(settings):
    agent = qlib.QAgent(settings, seed=0)
    for _ in qlib.train(agent, steps=2_000):
        pass
    batch = prioritized.Batch(*(column[: len(agent.memory)] for column in agent.memory.storage))
    print(f"{settings.env_id}: {batch.terminated.sum().item()} terminated transitions in the memory")
    with torch.no_grad():
        values = agent.online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        return (values - agent.td_target(batch)).numpy()


DEEP = qlib.Settings(
    hidden=(64, 64), learning_rate=1e-3, gamma=0.99, target_network="soft", tau=0.01, double=True
)
pole = dataclasses.replace(DEEP, observation_scale=(2.4, 2.0, 0.2095, 2.0), epsilon_episodes=30)
climb = dataclasses.replace(
    DEEP, env_id="MountainCar-v0", observation_scale=(0.6, 0.035), epsilon_episodes=100, reward_scale=0.1
)
errors = {"CartPole": errors_of(pole), "MountainCar": errors_of(climb)}


def draws(memory, alpha, beta):
    return pictures.drawn(errors[memory], alpha, beta)


Explorer(draws, memory=list(errors), alpha=(0.0, 1.0, 0.05, 0.6), beta=(0.0, 1.0, 0.05, 0.4))

# %% [markdown]
# ### What is drawn more often must count less
# The update is a mean over what happens in the environment. A transition that is drawn twice as often weighs twice in
# it. **Importance-sampling weights** undo it: wᵢ = (N · P(i))^−β, divided by the largest weight there is. With β = 1
# the bias is gone. The paper lets β rise to 1 as training goes on, when it matters most.

# %%
memory = qlib.PrioritizedReplayMemory(8, alpha=1.0, beta=0.5)
for _ in range(8):
    memory.push(np.zeros(4), 0, 1.0, np.zeros(4), False)
memory.prioritize(np.arange(8), np.arange(1.0, 9.0))
chance = memory.priorities / memory.priorities.sum()
by_hand = (8 * chance) ** -0.5
print(
    "qlib's weights are the paper's:", np.allclose(memory.weights(np.arange(8)), by_hand / by_hand.max())
)

# %% [markdown]
# ## 2. Three mistakes that raise no error
# ### Beta that compounds
# β is meant to go from 0.4 to 1 in 30,000 steps. The broken line raises it from where it *stands*.

# %%
whole = [prioritized.beta_at(0.4, step / 30_000) for step in range(30_001)]
broken, now = [], 0.4
for step in range(30_001):
    now = now + (1 - now) * step / 30_000  # beta, from its own last value
    broken.append(now)
for name, betas in {"whole": whole, "broken": broken}.items():
    print(f"{name:7} passes 0.99 at step {int(np.argmax(np.array(betas) > 0.99)):6,}")

# %% [markdown]
# *Diagnostic:* print β at a tenth of the way. It must have gone a tenth of the way.
#
# ### The last one is never drawn
# An off-by-one in the edges: the last slot is out of reach. In a memory that is not full yet it holds the newest
# transition, the one that should be looked at first.


# %%
def draw_by_edges(priorities, chances, broken):
    edges = priorities[: len(priorities) - broken].cumsum()
    return np.searchsorted(edges, chances * edges[-1], side="right")


chances, eight = np.random.default_rng(0).random(20_000), np.arange(1.0, 9.0)
for name, is_broken in {"whole": 0, "broken": 1}.items():
    counts = np.bincount(draw_by_edges(eight, chances, is_broken), minlength=8)
    fit = stats.chisquare(counts, 20_000 * eight / eight.sum()).pvalue
    print(
        f"{name:7} draws {counts.tolist()}   chi-square: p {'above' if fit > 0.001 else 'below'} 0.001"
    )

# %% [markdown]
# *Diagnostic:* draw often, count, and compare with P(i) by a chi-square test. It takes every slot, the last one
# included.
#
# ### Weights that broadcast
# Weights of shape (B, 1) times errors of shape (B,) make a matrix (B, B), and its mean is a number like any other. Which
# number? **Predict**, then read the last line.

# %%
generator = torch.Generator().manual_seed(0)
squared, weight = torch.rand(64, generator=generator), torch.rand(64, generator=generator)
whole_loss = (weight * squared).mean()
matrix = weight.unsqueeze(1) * squared
print("shapes:", tuple((weight * squared).shape), tuple(matrix.shape))
print("whole: ", round(whole_loss.item(), 4), "  broken:", round(matrix.mean().item(), 4))
print(
    "the broken one is the product of both means:",
    torch.isclose(matrix.mean(), weight.mean() * squared.mean()).item(),
)

# %% [markdown]
# So every transition counts alike: the weights are gone, all but a common factor. *Diagnostic:* the loss before its mean
# has shape (B,). Assert it.
#
# ## 3. Tile coding
# The original asks about *linear* methods, too. Here is the classic one. **Tile coding** lays several grids over the
# plane of position and velocity, each moved a little. A state is described by the tiles that it lies in, one of each
# grid. Its value is the sum of their weights: linear, with features of 0 and 1.
#
# A cross marks a neighbour. How many of its tiles are the point's? Read it under the picture. Then take 1 tiling, then
# 16.

# %%
Explorer(
    pictures.tilings,
    position=(-1.2, 0.6, 0.05, -0.5),
    velocity=(-0.07, 0.07, 0.005, 0.0),
    tilings=[4, 1, 8, 16],
    tiles=(2, 12, 1, 8),
)

# %% [markdown]
# The update is the one of lesson 06, on a few weights: **semi-gradient Q-learning**. No memory, no target network; each
# transition is used once. The step size is shared among the tilings.


# %%
def tile_update(weights, here, action, reward, next_tiles, terminated, gamma, step_size):
    target = reward + (0 if terminated else gamma * weights[:, next_tiles].sum(1).max())
    error = target - weights[action, here].sum()
    weights[action, here] += step_size / len(here) * error


coder = tiles.TileCoder(*tiles.MOUNTAIN_CAR, tilings=32, tiles=8)
linear = qlib.Settings(
    env_id="MountainCar-v0",
    gamma=0.99,
    learning_rate=1.0,
    learning_rate_end=0.01,
    epsilon_start=0.0,
    epsilon_end=0.0,
)
agent = tiles.LinearQ(linear, coder)
ours = agent.weights.copy()
here, there = np.array([-0.5, 0.0]), np.array([-0.49, 0.01])
tile_update(ours, coder.active(here), 2, -1.0, coder.active(there), False, 0.99, 1.0)
agent.remember(here, 2, -1.0, there, terminated=False)
agent.learn()
print("the same weights:", np.allclose(ours, agent.weights, atol=1e-4))

# %% [markdown]
# ### What was not tried looks good
# All weights begin at 0, and all rewards are −1. So at first every value is too high: **optimistic start values**. The
# agent tries an action, is disappointed, and tries another. It explores without a random action, but for ties.
#
# Here it learns for 40,000 steps, and we keep its weights on the way. Move `step`. The costs rise where the agent has
# been: that is the disappointment. Once the flag was found, a low cost spreads from it, against the way the car
# travels.


# %% tags=["nbval-ignore-output"]
class Logbook(gymnasium.Wrapper):
    """Write down what was seen, and the first step at the goal."""

    def __init__(self, env):
        super().__init__(env)
        self.seen, self.first = [], np.inf

    def step(self, action):
        result = self.env.step(action)
        self.seen.append(result[0])
        if result[2]:
            self.first = min(self.first, len(self.seen))
        return result


learner = tiles.LinearQ(dataclasses.replace(linear, learning_rate_steps=40_000), coder, seed=0)
log, kept = Logbook(qlib.make_env(linear)), {}
for _ in qlib.train(learner, steps=40_000, env=log):
    if not kept or learner.steps >= max(kept) + 1_000:
        kept[learner.steps] = learner.weights.copy()


def surface(step):
    at = max((kept_step for kept_step in kept if kept_step <= step), default=min(kept))
    viewer = copy.copy(learner)
    viewer.weights = kept[at]
    return pictures.cost_to_go(viewer.q_values, np.array(log.seen[:at]), f"step {at:,}")


Explorer(surface, step=(0, 40_000, 1_000, 3_000))

# %%
print("the flag was found within 10,000 steps, without a random action:", log.first < 10_000)

# %% [markdown]
# ### Now take the optimism away
# The true cost from the valley is about 65 steps: see the surface above, at its last step. So with a start value of −50
# the agent would be a little optimistic, and with −95 a pessimist. **Predict:** when will each reach the flag?
# `random_actions` adds an epsilon of 0.3. Each move trains a new agent for 6,000 steps, so the picture comes a moment
# later.


# %% tags=["nbval-ignore-output"]
def tries(start_value, tilings, step_size, random_actions, show=True):
    epsilon = 0.3 if random_actions else 0.0
    settings = dataclasses.replace(
        linear,
        learning_rate=step_size,
        learning_rate_end=None,
        epsilon_start=epsilon,
        epsilon_end=epsilon,
    )
    agent = tiles.LinearQ(settings, tiles.TileCoder(*tiles.MOUNTAIN_CAR, tilings, 8), 0, start_value)
    log = Logbook(qlib.make_env(settings))
    for _ in qlib.train(agent, steps=6_000, env=log):
        pass
    goal = (
        f"flag first reached at step {log.first:,}" if np.isfinite(log.first) else "flag never reached"
    )
    if show:
        return pictures.cost_to_go(agent.q_values, np.array(log.seen), goal)
    return log.first


Explorer(
    tries,
    start_value=(-100.0, 0.0, 5.0, 0.0),
    tilings=[32, 8, 1],
    step_size=(0.1, 1.0, 0.1, 1.0),
    random_actions=False,
)

# %% tags=["nbval-ignore-output"]
arrivals = {start: tries(start, 32, 1.0, False, show=False) for start in (0.0, -50.0, -95.0, -100.0)}
for start, step in arrivals.items():
    print(
        f"start value {start:6.0f}: flag",
        f"first reached at step {step:,}" if np.isfinite(step) else "never reached",
    )

# %%
print(
    "reached within 6,000 steps:", {start: bool(np.isfinite(step)) for start, step in arrivals.items()}
)

# %% [markdown]
# The first three arrive at the very same step. Surprised? As long as the flag is not found, every reward is −1 and
# nothing is cut. Then another start value only shifts and shrinks all values alike: the order of the actions stays, and
# so does the run. What counts is not "above the true value". It is **above −100**, for that is what an agent comes to
# believe that never arrives: −1 for ever, at a gamma of 0.99. Whoever starts above is disappointed wherever it goes,
# and moves on. Whoever starts *at* −100 is never surprised: every TD error is 0, nothing is learned, and it acts at
# random.
#
# ## 4. One budget for all
# MountainCar-v0 as it is registered, its 200 steps untouched. 100,000 environment steps for each of 16 seeds:
#
# - **uniform** and **prioritized**: the DQN of section 1, with a memory large enough to hold everything;
# - **tiles**: optimistic, no random action;
# - **tiles, epsilon**: optimistic, with the DQN's epsilon;
# - **tiles, −100**: the DQN's epsilon, and start values from which nothing is learned before the flag.
#
# For the two DQNs we measured sixteen seeds *more*: you will see why. All this takes half an hour or longer, so it
# stands behind a switch. `RUN_IT = True` measures again.

# %%
STEPS, SEEDS = 100_000, 16


def first_flag(agent):
    goals = np.flatnonzero(agent.memory.storage.terminated[: len(agent.memory)].numpy())
    return goals[0] + 1 if len(goals) else np.inf


def plane_seen(agent):  # the share of a 20 by 20 grid over the plane
    return pictures.was_there(agent.memory.storage.observations[: len(agent.memory)].numpy()).mean()


def measure_deep(first_seed=0):
    def agent(seed, replay):
        settings = dataclasses.replace(climb, replay=replay, memory_size=STEPS, learning_starts=1_000)
        return qlib.QAgent(dataclasses.replace(settings, priority_beta_steps=STEPS), first_seed + seed)

    agents = {replay: functools.partial(agent, replay=replay) for replay in ("uniform", "prioritized")}
    return qlib.compare(agents, SEEDS, STEPS, None, 10, 100, (first_flag, plane_seen))


def measure_tiles(settings, start_value):  # scores, first flag, plane seen: (3, seeds, checkpoints)
    rows = []
    for seed in range(SEEDS):
        agent, log = tiles.LinearQ(settings, coder, seed, start_value), Logbook(qlib.make_env(settings))
        found = []
        for _ in qlib.train(agent, steps=STEPS, env=log):
            while agent.steps >= STEPS // 10 * (len(found) + 1) and len(found) < 10:
                seen = pictures.was_there(np.array(log.seen)).mean()
                found.append((qlib.evaluate(agent, 100).mean(), log.first, seen))
        rows.append(found)
    return np.moveaxis(rows, 2, 0)


LINEAR = dataclasses.replace(linear, learning_rate_steps=STEPS)
LIKE_DEEP = dataclasses.replace(LINEAR, epsilon_start=1.0, epsilon_end=0.05, epsilon_episodes=100)
BY_TILES = {
    "tiles": (LINEAR, 0.0),
    "tiles, epsilon": (LIKE_DEEP, 0.0),
    "tiles, −100": (LIKE_DEEP, -100.0),
}


def measure_all():
    deep, linear = measure_deep(), [measure_tiles(*how) for how in BY_TILES.values()]
    names, beside = zip(*deep.diagnostics.items(), strict=True)
    scores, *beside = np.append([deep.scores, *beside], np.stack(linear, 1), axis=1)
    return Comparison(
        (*deep.labels, *BY_TILES), deep.steps, scores, (), dict(zip(names, beside, strict=True))
    )


def balance_by_tiles(seed):  # CartPole, for later in this section
    four = tiles.TileCoder(*tiles.CART_POLE, tilings=16, tiles=4)
    agent = tiles.LinearQ(qlib.Settings(gamma=0.99, learning_rate=0.5, epsilon_episodes=20), four, seed)
    for _ in qlib.train(agent, steps=20_000):
        pass
    return qlib.evaluate(agent, 100).mean()


# %%
RUN_IT, RECORD = False, pathlib.Path("records/sparse_rewards.json")
found = recorded(RECORD, "mountain car", measure_all, RUN_IT, "seeds 0 to 15")
others = recorded(RECORD, "other seeds", lambda: measure_deep(first_seed=16), RUN_IT, "seeds 16 to 31")
scores, first, seen = (
    dict(zip(found.labels, values[:, :, -1], strict=True))
    for values in (found.scores, *found.diagnostics.values())
)  # each at the end
print("recorded", *(read(RECORD)["mountain car"][what] for what in ("date", "machine")))

# %%
pictures.found(first, found.steps[-1])

# %%
pictures.scores(found)

# %%
print(f"{'':15} reached  median first  plane seen         score at the end          at -110 or better")
for label in scores:
    reached, solved = np.isfinite(first[label]), (scores[label] >= -110).sum()
    middle = f"{np.median(first[label]):9,.0f}" if reached.mean() > 0.5 else "        -"
    means = f"{mean_interval(seen[label]):4.0%}  {mean_interval(scores[label]):6.1f}"
    print(f"{label:15} {reached.sum():4} of 16 {middle}    {means} {solved:6} of 16")

# %% [markdown]
# Read the table in this order.
#
# **Was the goal found?** Nobody can replay what never happened. Tiles found it on every seed, unless they began at
# −100. The DQNs are a matter of luck. They begin at values near 0 as well, so they are optimistic at first. The usual
# explanation is that a network generalises: disappointment in the valley lowers the values everywhere, and the unknown
# soon promises nothing. That is not measured here. The outcome is.
#
# **Is it the tiles, or the start?** Compare the last two rows. They differ in nothing but the start value.
#
# **And prioritized replay?** The question was whether it is "super necessary" here. First the sixteen seeds of the
# table, then sixteen others, then all 32.

# %%
DEEP = others.labels
ends = {label: np.append(scores[label], others[label][:, -1]) for label in DEEP}
more = dict(zip(DEEP, others.diagnostics["first_flag"][:, :, -1], strict=True))
measures = {
    "score": ends,
    "share that found the flag": {
        label: np.isfinite(np.append(first[label], more[label])) * 1.0 for label in DEEP
    },
    "share that solved it": {label: (score >= -110) * 1.0 for label, score in ends.items()},
}
print(f"{'prioritized minus uniform':26} {'seeds 0 to 15':23} {'seeds 16 to 31':23} all 32")
for name, values in measures.items():
    change = values["prioritized"] - values["uniform"]
    one, other, every = (mean_interval(change[part]) for part in (slice(16), slice(16, 32), slice(32)))
    print(f"{name:26} {one:+6.2f} {other:+6.2f} {every:+6.2f}")
solved = {
    label: f"{values.sum():.0f} of 32" for label, values in measures["share that solved it"].items()
}
print("solved at the end:", solved)
print(f"tiles minus uniform, score, seeds 0 to 15: {found.difference('tiles', 'uniform'):+.1f}")

# %% [markdown]
# By the first column prioritized replay does *worse*, in score and in flags found, with intervals that hold no 0. By
# the second it does not. Had we stopped at sixteen seeds, you would now be reading an explanation of why it hurts. Over
# all 32, two intervals hold 0, and that of the share that solved it lies just below. So no measure shows that it helps,
# and one of three says that it harms. We would ask more seeds before we believed that.
#
# What the numbers support is this. "Super necessary" is **refuted here**: uniform replay solved MountainCar on some of
# its seeds, and the linear method solved it on all of its sixteen, without any replay.
#
# "Linear" was no drawback: two dimensions can be tiled. How well do tiles do in CartPole's four? Sixteen seeds, 20,000
# steps, also recorded:

# %%
balanced = recorded(
    RECORD,
    "tiles on CartPole",
    lambda: {"tiles": [balance_by_tiles(seed) for seed in range(SEEDS)]},
    RUN_IT,
    "16 seeds, the end of 20,000 steps",
)["tiles"]
print(
    f"tiles on CartPole: {mean_interval(balanced):.0f}, {(balanced >= 475).sum()} of 16 seeds at 475 or more"
)

# %% [markdown]
# It learns, and most seeds do not end solved. And the number of tiles grows with each dimension as a power: a picture
# of 84 by 84 pixels cannot be tiled like that.
#
# ## 5. And where rewards are dense?
# CartPole's reward is as constant as MountainCar's. But there what tells is the *end* of an episode, and a random policy
# meets it every twenty steps or so: every episode holds a surprise. Does prioritized replay pay there?
#
# A fair question needs a **control**: the prioritized memory with α = 0. It draws everything alike, as uniform replay
# does, from other random numbers. What it shows is chance.

# %%
dense = {
    "uniform": pole,
    "prioritized": dataclasses.replace(pole, replay="prioritized", priority_beta_steps=5_000),
    "control, α = 0": dataclasses.replace(
        pole, replay="prioritized", priority_alpha=0.0, priority_beta_steps=5_000
    ),
}
result = qlib.compare(dense, seeds=16, steps=5_000, checkpoints=10)

# %% tags=["nbval-ignore-output"]
result.plot()

# %% tags=["nbval-ignore-output"]
for label in result.labels[1:]:
    print(f"{label:15} minus uniform, 16 seeds, at the end: {result.difference(label, 'uniform'):+.1f}")

# %% [markdown]
# Both lines look alike, and one of them compares uniform drawing with uniform drawing! So look at 64 seeds, recorded by
# the cell below: the end, and the mean over the ten examinations.


# %%
def in_64_seeds():
    wide = qlib.compare(dense, seeds=64, steps=5_000, checkpoints=10)
    ends = {f"{label}, at the end": end for label, end in wide.final().items()}
    return ends | {f"{label}, along the way": wide.over_training(label) for label in dense}


many = recorded(RECORD, "dense", in_64_seeds, RUN_IT, "64 seeds, 5,000 steps, 10 examinations")
for ours, theirs in (
    ("prioritized", "uniform"),
    ("control, α = 0", "uniform"),
    ("prioritized", "control, α = 0"),
):
    print(f"64 seeds: {ours:15} minus {theirs:15}", end="")
    for when in ("at the end", "along the way"):
        print(
            f"  {when} {mean_interval(many[f'{ours}, {when}'] - many[f'{theirs}, {when}']):+4.0f}",
            end="",
        )
    print()

# %% [markdown]
# At the end, prioritized replay and its control both lie below uniform, and between the two no difference is shown. So
# it is not the prioritizing: *uniform* was lucky at that one examination, and along the way nothing is shown at all.
# Without the control we would have said that prioritized replay harms CartPole.
#
# Lessons 12 and 16 meet it in other settings, and their tables say what they found. "It saves useless training" is
# **not shown here**. On Atari games the paper reports that it helps; that is another scale, and nothing here speaks
# about it. (The paper also lowers the learning rate to a quarter, since it draws larger errors. Try it, against uniform
# at the same rate.)
#
# ## 6. Exercises
# Replace the `...` and run the cell.
#
# ### 13.1 Find the leaf · ●●○ · 8 minutes
# `sums` is a sum tree of shape (2 · leaves,): node 1 is the root, node i has the children 2i and 2i + 1, the last half
# holds the leaves. `number` lies between 0 and the sum. Return the leaf that it falls on, counted from 0.


# %%
def find_leaf(sums, number):
    return ...


check.find(find_leaf)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Begin at node 1. Is the number below the left child's sum? Then go left. If not, subtract that sum and go right.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def find_leaf(sums, number):
#     node = 1
#     while node < len(sums) // 2:
#         node = 2 * node
#         if number >= sums[node]:
#             number = number - sums[node]
#             node = node + 1
#     return node - len(sums) // 2
# ```
# </details>
#
# ### 13.2 Importance-sampling weights · ●●○ · 6 minutes
# `priorities` holds pᵢ^α of all N transitions, shape (N,). Return all weights, divided by the largest.


# %%
def weights(priorities, beta):
    return ...


check.weights(weights)

# %% [markdown]
# <details><summary>Hint</summary>
#
# P is `priorities / priorities.sum()`. The exponent has a minus sign.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def weights(priorities, beta):
#     chance = priorities / priorities.sum()
#     weight = (len(priorities) * chance) ** -beta
#     return weight / weight.max()
# ```
# </details>
#
# ### 13.3 Find the bug: beta · ●○○ · 5 minutes
# This line is called after every step, and β is 1 much too early. Write a function that gives β at a step, from its
# start and the steps until it is 1. It stays at 1 after that.
#
# ```python
# beta = beta + (1 - beta) * step / steps
# ```


# %%
def beta(start, step, steps):
    return ...


check.beta(beta)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `step / steps` is the share of the way, and it must not go past 1. Which β does the way begin at?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def beta(start, step, steps):
#     return start + (1 - start) * min(1, step / steps)
# ```
# </details>
#
# ### 13.4 The active tile · ●●○ · 6 minutes
# One dimension, one grid: `tiles` tiles between `low` and `high`, moved by `offset` tiles. Which tile holds x?


# %%
def tile(x, low, high, tiles, offset):
    return ...


check.tile(tile)

# %% [markdown]
# <details><summary>Hint</summary>
#
# (x − low) / (high − low) is the share of the range. How many tiles is that? `int(...)` rounds a positive number down.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def tile(x, low, high, tiles, offset):
#     return int((x - low) / (high - low) * tiles + offset)
# ```
# </details>
#
# ## 7. If you see this
#
# | you see | the cause |
# |---|---|
# | the score stays at −200.0 exactly | the goal was never found: count `next_observations[:, 0] >= 0.5` in the memory before you change the replay |
# | the score is −200 and the goal was found | too few successes so far, or the time limit is stored as terminated (lesson 06) |
# | "Slots must be from 0 to …" from `prioritize` | they are slots of another memory, or a TD error is not finite |
# | "Min-max cannot scale dimension …" from a `TileCoder` | declare the ranges (lesson 11) |
# | the curve of draws is the diagonal | α is 0, or all errors are equal |
#
# ## 8. What to remember
#
# 1. Finding and replaying are two problems. Prioritized replay is about the second only.
# 2. What is drawn more often must count less: weights, β to 1, shape (B,).
# 3. Start values above what an agent comes to believe explore; at that belief nothing is learned. And sixteen seeds of
#    luck look like an effect: take more, and a control.
#
# **Sources.** [Schaul et al. 2016](https://arxiv.org/abs/1511.05952), prioritized experience replay. [Sutton and Barto
# 2018](http://incompleteideas.net/book/the-book-2nd.html), sections 2.6 (optimism), 9.5.4 (tiles) and 10.1
# (MountainCar; with Sarsa, where we take Q-learning's maximum). [Moore
# 1990](https://www.cl.cam.ac.uk/techreports/UCAM-CL-TR-209.html), the car on the hill.
#
# Next: [15 · Why so slow?](15_why_so_slow.ipynb).
