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
# # 11 · Prioritized replay
#
# **You will see a sparse reward defeat DQN, and find out what prioritized replay and tile coding do about it.**
#
# | | |
# |---|---|
# | Read | 35 minutes, and 30 for the exercises |
# | Run | about 40 seconds |
# | Needs | lesson 04, the memory; lesson 05, the TD target; lesson 07, MountainCar's reward |
# | Gives | a sum tree, three silent mistakes, and four learners on one budget |

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
import json
import pathlib

import gymnasium
import numpy as np
import torch
from scipy import stats

import qlib
from qlib import prioritized, sumtree, tiles
from qlib.checks import sparse as check
from qlib.explorer import Explorer
from qlib.pictures import tiles as pictures
from qlib.scores import Comparison
from qlib.statistics import mean_interval

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
# P(i) = pᵢ^α / Σ pₖ^α, where pᵢ is the size of its last TD error. With α = 0 all are alike; with α = 1 an error twice as
# large is drawn twice as often.
#
# The sum over a memory of 50,000 must not be added up anew for each draw. A **sum tree** keeps it. The leaves hold the
# priorities, each node above holds the sum of its two children, and node 1 holds the sum of all.


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
print("the same draws:", [find(sums, x * sums[1]) for x in numbers] == sumtree.find(theirs, np.full(64, 0.5)).tolist())

# %% [markdown]
# A draw and a change cost as many steps as the tree has levels: 16 for 50,000 transitions. In qlib the same tree is
# compiled, and `Settings(replay="prioritized")` is all that you write.
#
# ### Who gets drawn?
# Two memories of 2,000 transitions. *CartPole*: from an agent that has learned for 2,000 steps. *MountainCar*: the same,
# and the flag was never seen. Move alpha. Compare how much the two memories let it prefer anything.


# %% tags=["nbval-ignore-output"]
def errors_of(settings):
    agent = qlib.QAgent(settings, seed=0)
    for _ in qlib.train(agent, steps=2_000):
        pass
    batch = prioritized.Batch(*(column[: len(agent.memory)] for column in agent.memory.storage))
    with torch.no_grad():
        values = agent.online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        return (values - agent.td_target(batch)).numpy()


DEEP = qlib.Settings(hidden=(64, 64), learning_rate=1e-3, gamma=0.99, target_network="soft", tau=0.01, double=True)
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
# The update is a mean over what happens in the environment. Whoever is drawn twice as often weighs twice in that mean.
# **Importance-sampling weights** undo it: wᵢ = (N · P(i))^−β, divided by the largest weight there is. With β = 1 the bias
# is gone. The paper lets β rise to 1 as training goes on, when it matters most.

# %%
memory = qlib.PrioritizedReplayMemory(8, alpha=1.0, beta=0.5)
for _ in range(8):
    memory.push(np.zeros(4), 0, 1.0, np.zeros(4), False)
memory.prioritize(np.arange(8), np.arange(1.0, 9.0))
chance = memory.priorities / memory.priorities.sum()
by_hand = (8 * chance) ** -0.5
print("qlib's weights are the paper's:", np.allclose(memory.weights(np.arange(8)), by_hand / by_hand.max()))

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
# An off-by-one in the edges: the newest transition, the one with the highest priority, is out of reach.


# %%
def draw_by_edges(priorities, chances, broken):
    edges = priorities[: len(priorities) - broken].cumsum()
    return np.searchsorted(edges, chances * edges[-1], side="right")


chances, eight = np.random.default_rng(0).random(20_000), np.arange(1.0, 9.0)
for name, is_broken in {"whole": 0, "broken": 1}.items():
    counts = np.bincount(draw_by_edges(eight, chances, is_broken), minlength=8)
    fit = stats.chisquare(counts, 20_000 * eight / eight.sum()).pvalue
    print(f"{name:7} draws {counts.tolist()}   chi-square: p {'above' if fit > 0.001 else 'below'} 0.001")

# %% [markdown]
# *Diagnostic:* draw often, count, and compare with P(i) by a chi-square test. It takes every slot, the last one included.
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
    "the broken one is the product of both means:", torch.isclose(matrix.mean(), weight.mean() * squared.mean()).item()
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
# Move the point by a little, and watch how many tiles stay the same. Then take 1 tiling, then 16.

# %%
Explorer(
    pictures.tilings,
    position=(-1.2, 0.6, 0.05, -0.5),
    velocity=(-0.07, 0.07, 0.005, 0.0),
    tilings=[4, 1, 8, 16],
    tiles=(2, 12, 1, 8),
)

# %% [markdown]
# The update is the one of lesson 05, on a few weights: **semi-gradient Q-learning**. No memory, no target network; each
# transition is used once. The step size is shared among the tilings.


# %%
def tile_update(weights, here, action, reward, next_tiles, terminated, gamma, step_size):
    target = reward + (0 if terminated else gamma * weights[:, next_tiles].sum(1).max())
    error = target - weights[action, here].sum()
    weights[action, here] += step_size / len(here) * error


coder = tiles.TileCoder(*tiles.MOUNTAIN_CAR, tilings=32, tiles=8)
linear = qlib.Settings(
    env_id="MountainCar-v0", gamma=0.99, learning_rate=1.0, learning_rate_end=0.01, epsilon_start=0.0, epsilon_end=0.0
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
# agent tries an action, is disappointed, and tries another. It explores without a single random action.
#
# Here it learns for 40,000 steps, and we keep its weights on the way. Move `step`. Where does the agent go first, and
# what happens to the surface once the flag was found?


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
    at = min(kept, key=lambda s: abs(s - step))
    viewer = copy.copy(learner)
    viewer.weights = kept[at]
    return pictures.cost_to_go(viewer.q_values, np.array(log.seen[:at]), f"step {at:,}")


Explorer(surface, step=(0, 40_000, 1_000, 3_000))

# %%
print("the flag was found within 10,000 steps, without a random action:", log.first < 10_000)

# %% [markdown]
# ### Now take the optimism away
# Choose the start value. −100 is what a step costs for ever, at a gamma of 0.99: the worst there is. Each move trains a
# new agent for 6,000 steps, so the picture comes a moment later. `random_actions` adds an epsilon of 0.3.


# %% tags=["nbval-ignore-output"]
def tries(start_value, tilings, step_size, random_actions):
    epsilon = 0.3 if random_actions else 0.0
    settings = dataclasses.replace(
        linear, learning_rate=step_size, learning_rate_end=None, epsilon_start=epsilon, epsilon_end=epsilon
    )
    agent = tiles.LinearQ(settings, tiles.TileCoder(*tiles.MOUNTAIN_CAR, tilings, 8), 0, start_value)
    log = Logbook(qlib.make_env(settings))
    for _ in qlib.train(agent, steps=6_000, env=log):
        pass
    goal = f"flag first reached at step {log.first:,}" if np.isfinite(log.first) else "flag never reached"
    return pictures.cost_to_go(agent.q_values, np.array(log.seen), goal)


Explorer(
    tries,
    start_value=(-100.0, 0.0, 5.0, 0.0),
    tilings=[32, 8, 1],
    step_size=(0.1, 1.0, 0.1, 1.0),
    random_actions=False,
)

# %% [markdown]
# ## 4. One budget for all
# MountainCar-v0 as it is registered, its 200 steps untouched. 100,000 environment steps for each of 16 seeds:
#
# - **uniform** and **prioritized**: the DQN of section 1, its memory large enough to hold everything;
# - **tiles**: optimistic, no random action;
# - **tiles, epsilon**: optimistic, with the DQN's epsilon;
# - **tiles, −100**: the DQN's epsilon, and start values that promise nothing.
#
# This takes many minutes, so it stands behind a switch. `RUN_IT = True` measures again.

# %%
STEPS, SEEDS = 100_000, 16


def coverage_of(agent):  # the share of a 20 by 20 grid over the plane
    return pictures.was_there(agent.memory.storage.observations[: len(agent.memory)].numpy()).mean()


def first_of(agent):
    goals = np.flatnonzero(agent.memory.storage.terminated[: len(agent.memory)].numpy())
    return goals[0] + 1 if len(goals) else np.inf


def measure_deep(replay):
    settings = dataclasses.replace(
        climb, replay=replay, memory_size=STEPS, learning_starts=1_000, priority_beta_steps=STEPS
    )
    found = qlib.compare({replay: settings}, SEEDS, STEPS, None, 10, 100, (first_of, coverage_of))
    beside = found.diagnostics
    return found[replay], beside["first_of"][0, :, -1], beside["coverage_of"][0]


def measure_tiles(settings, start_value):
    rows = []
    for seed in range(SEEDS):
        agent, log = tiles.LinearQ(settings, coder, seed, start_value), Logbook(qlib.make_env(settings))
        scores, covered = [], []
        for _ in qlib.train(agent, steps=STEPS, env=log):
            while agent.steps >= STEPS // 10 * (len(scores) + 1) and len(scores) < 10:
                scores.append(qlib.evaluate(agent, 100).mean())
                covered.append(pictures.was_there(np.array(log.seen)).mean())
        rows.append((scores, log.first, covered))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


LINEAR = dataclasses.replace(linear, learning_rate_steps=STEPS)
LIKE_DEEP = dataclasses.replace(LINEAR, epsilon_start=1.0, epsilon_end=0.05, epsilon_episodes=100)
measurements = {
    "uniform": lambda: measure_deep("uniform"),
    "prioritized": lambda: measure_deep("prioritized"),
    "tiles": lambda: measure_tiles(LINEAR, 0.0),
    "tiles, epsilon": lambda: measure_tiles(LIKE_DEEP, 0.0),
    "tiles, −100": lambda: measure_tiles(LIKE_DEEP, -100.0),
}

# %%
RUN_IT = False
RECORD = pathlib.Path("records/sparse_rewards.json")
if RUN_IT:
    runs = {label: [part.round(4).tolist() for part in measure()] for label, measure in measurements.items()}
    RECORD.write_text(json.dumps({"steps": STEPS, "variants": runs}) + "\n")
record = json.loads(RECORD.read_text())
at = np.linspace(0, record["steps"], 11).astype(int)[1:]
scores, first, covered = ({k: np.array(v[i]) for k, v in record["variants"].items()} for i in range(3))
print("recorded", record.get("date"), record.get("machine"))

# %%
pictures.found(first, record["steps"])

# %%
pictures.scores(Comparison(tuple(scores), at, np.array(list(scores.values()))))

# %%
print(f"{'':15} reached  median first  plane seen  score at the end     seeds at -110 or better")
for label in scores:
    reached = np.isfinite(first[label])
    middle = f"{np.median(first[label]):9,.0f}" if reached.mean() > 0.5 else "        -"
    mean = "{:6.1f} [{:6.1f}, {:6.1f}]".format(*mean_interval(scores[label][:, -1]))
    solved = (scores[label][:, -1] >= -110).sum()
    print(f"{label:15} {reached.sum():4} of 16 {middle} {covered[label][:, -1].mean():12.0%}  {mean} {solved:8} of 16")

# %% [markdown]
# Read the table in this order.
#
# **Was the goal found?** Nobody can replay what never happened. The two DQNs begin at values near 0 as well, so they are
# optimistic at first. But a network generalises: disappointment in the valley lowers the values everywhere, and the
# unknown soon promises nothing. In tiles the promise stays where nobody was. (That is the usual explanation. What is
# measured here is the outcome.)
#
# **Is it the tiles, or the optimism?** Compare the last two rows. They differ in nothing but the start value. And −1 + 0.99
# · (−100) = −100: no TD target ever differs from what the last agent believes, until chance alone takes it to the flag.
#
# **And prioritized replay?** The question was whether it is "super necessary" here.

# %%
score, low, high = mean_interval(scores["prioritized"][:, -1] - scores["uniform"][:, -1])
print(f"prioritized minus uniform, score at the end: {score:+.1f} [{low:+.1f}, {high:+.1f}]")
print("prioritized is shown to be better:", low > 0, "  to be worse:", high < 0)
more = np.isfinite(first["prioritized"]).astype(float) - np.isfinite(first["uniform"])
print("share of seeds that found the flag, the same way: {:+.2f} [{:+.2f}, {:+.2f}]".format(*mean_interval(more)))
for label in ("uniform", "prioritized"):
    early = first[label] <= 50_000
    print(f"{label:12} found the flag within 50,000 steps: {early.sum():2} of 16;", end=" ")
    print("their score at the end: {:.1f} [{:.1f}, {:.1f}]".format(*mean_interval(scores[label][early, -1])))

# %% [markdown]
# So "super necessary" is **refuted here**. Prioritized replay found the flag less often, not more: before the first
# success all surprises are about the valley. Once it is found, one may hope to learn faster from the rare success. The
# last lines ask that, of those seeds that found it early. They are few, and their intervals overlap: not shown.
#
# What solved MountainCar on this budget is the linear method with optimistic start values. "Linear" was no drawback: two
# dimensions can be tiled. CartPole's four can, too (`tiles.CART_POLE`). A picture of 84 by 84 pixels cannot.
#
# ## 5. And where rewards are dense?
# CartPole pays at every step. Sixteen seeds, uniform and prioritized. The paper lowers the learning rate to a quarter for
# prioritized replay, because it draws larger errors. So we try that, too.

# %%
dense = {
    "uniform": pole,
    "prioritized": dataclasses.replace(pole, replay="prioritized", priority_beta_steps=5_000),
    "a quarter of the rate": dataclasses.replace(
        pole, replay="prioritized", priority_beta_steps=5_000, learning_rate=pole.learning_rate / 4
    ),
}
result = qlib.compare(dense, seeds=16, steps=5_000, checkpoints=10)

# %% tags=["nbval-ignore-output"]
result.plot()

# %% tags=["nbval-ignore-output"]
for label in result.labels[1:]:
    way = mean_interval((result[label] - result["uniform"]).mean(1))
    print(f"{label:21} minus uniform, at the end: ", end="")
    print("{:+.1f} [{:+.1f}, {:+.1f}]".format(*result.difference(label, "uniform")), end="")
    print("   along the way: {:+.1f} [{:+.1f}, {:+.1f}]".format(*way))

# %%
print("prioritized is shown to end above uniform:", result.difference("prioritized", "uniform")[1] > 0)

# %% [markdown]
# When we ran it, *prioritized* ended lower than uniform at the same learning rate. Lesson 10 asked the same with other
# settings, over 20,000 steps, and found no difference. Lesson 13 meets a third set, with a small memory and small
# batches, and its table says what it does there. So "it saves useless training" depends on the settings. On Atari games
# the paper reports that it helps; that is another scale, and nothing here speaks about it.
#
# ## 6. Exercises
# Replace the `...` and run the cell.
#
# ### 11.1 Find the leaf · ●●○ · 8 minutes
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
# ### 11.2 Importance-sampling weights · ●●○ · 6 minutes
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
# ### 11.3 Find the bug: beta · ●○○ · 5 minutes
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
# ### 11.4 The active tile · ●●○ · 6 minutes
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
# | the score stays at −200.0 exactly | the goal was never found: count `terminated` in the memory before you change the replay |
# | the score is −200 and the goal was found | too few successes so far, or the time limit is stored as terminated (lesson 05) |
# | "Slots must be from 0 to …" from `prioritize` | the batch is older than the memory, or a TD error is not finite |
# | "Min-max cannot scale dimension …" from a `TileCoder` | declare the ranges (lesson 08) |
# | prioritized gives exactly what uniform gives | α is 0, or all errors are equal |
#
# ## 8. What to remember
#
# 1. Finding and replaying are two problems. Prioritized replay is about the second only.
# 2. What is drawn more often must count less: weights, β to 1, shape (B,).
# 3. Optimistic start values explore. A table or tiles keep the optimism; a network generalises it away.
#
# **Sources.** [Schaul et al. 2016](https://arxiv.org/abs/1511.05952), prioritized experience replay.
# [Sutton and Barto 2018](http://incompleteideas.net/book/the-book-2nd.html), sections 2.6 (optimism), 9.5.4 (tiles) and
# 10.1 (MountainCar). [Moore 1990](https://www.cl.cam.ac.uk/techreports/UCAM-CL-TR-209.html), the car on the hill.
#
# Next: [12 · Why so slow?](12_why_so_slow.ipynb).
