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
# | Read | 25 minutes, and 36 for the exercises |
# | Run | about 40 seconds |
# | Needs | lesson 05, the memory; lesson 06, the TD target; lesson 10, MountainCar's reward |
# | Gives | a sum tree, three silent mistakes, and five learners on one budget |

# %%
import numpy as np
import torch

import qlib
from qlib.lessons.lesson import Lesson
from qlib.lessons.sparse_rewards import cars, pictures, tiles
from qlib.lessons.sparse_rewards import checks as check
from qlib.lessons.sparse_rewards import measured as record
from qlib.lessons.sparse_rewards.measured import measured
from qlib.show.explorer import Explorer
from qlib.show.findings import Findings
from qlib.show.fold import Fold
from qlib.show.table import Table

lesson = Lesson("13_sparse_rewards")
torch.set_num_threads(1)  # networks this small are faster on one
RUN_IT = False  # True measures again what is recorded: an hour or more in all

# %%
lesson.again()

# %% [markdown]
# ## 1. A reward that says nothing
# In MountainCar a weak car stands in a valley. It has to swing to and fro to reach the flag. Every step costs 1, and
# after 200 steps the episode is cut off.

# %%
lesson.ask("by chance", cars.flags_by_chance())

# %% [markdown]
# A reward that hardly ever tells anything is called **sparse**. The original notebook says two things about it: that
# *prioritized experience replay* saves useless training, and that it is "super necessary" for sparse rewards such as
# MountainCar's. Keep the second one in mind. What could a memory draw more often, as long as all it holds looks alike?
#
# ## 2. Draw by surprise
# Uniform replay draws every [transition](glossary.md#transition) alike. **Prioritized replay** draws transition *i*
# with probability P(i) = pᵢ^α / Σ pₖ^α, where pᵢ is the size of its last TD error (lesson 06's error: value minus
# target), plus a tiny number, so that no transition gets the chance 0. With α = 0 all are alike; with α = 1 an error
# twice as large is drawn twice as often.
#
# Whose TD error is known? Only that of what was drawn: its priority is renewed after the update, and the others grow
# stale. A *new* transition has none yet. It gets the highest priority so far (1 at first), so that it is soon looked at.
#
# The sum over a memory of 50,000 must not be added up anew for each draw. A **sum tree** keeps it. The leaves hold pᵢ^α,
# each node above holds the sum of its two children, and node 1 holds the sum of all. This is how a leaf changes:


# %%
def write(sums, leaf, value):
    node = len(sums) // 2 + leaf
    sums[node] = value
    while node > 1:
        node //= 2
        sums[node] = sums[2 * node] + sums[2 * node + 1]


# %% [markdown]
# To draw, take a random number from 0 up to the sum, and find the leaf that it falls on: walk down from node 1, left or
# right at each node. You will write that in exercise 13.1.

# %%
lesson.ask("levels", int(np.ceil(np.log2(50_000))))

# %% [markdown]
# In qlib the same tree is compiled. You write `Settings(replay="prioritized", priority_beta_steps=...)`: the second is
# your run's length, and the next section says what for.
#
# <details><summary>Dig deeper: a whole batch at once</summary>
#
# A batch of B divides the sum into B equal parts and draws once in each, so that no part is missed.
#
# </details>
#
# ### What is drawn more often must count less
# The update is a mean over what happens in the environment. A transition that is drawn twice as often weighs twice in
# it. **Importance-sampling weights** undo that: wᵢ = (N · P(i))^−β, divided by the largest weight there is. With β = 0
# nothing is undone, with β = 1 the bias is gone. The paper lets β rise to 1 as training goes on, when it matters most.

# %%
eight = cars.filled(np.arange(1.0, 9.0), alpha=1.0, beta=0.5)  # a memory of eight

# %%
lesson.ask("weight of the eighth", float(eight.weights(np.array([7]))[0]))

# %% [markdown]
# ### Who gets drawn?
# Two memories of some 2,000 transitions, each with the TD errors of the agent that made it. On CartPole it has fallen often;
# on MountainCar it has never seen the flag.

# %%
errors = {"CartPole": cars.errors_of(cars.POLE), "MountainCar": cars.errors_of(cars.CLIMB)}
share = {name: pictures.tenth(each, alpha=0.6) for name, each in errors.items()}

# %% tags=["nbval-ignore-output"]
lesson.ask("whose tenth", max(share, key=share.get), pole=share["CartPole"], car=share["MountainCar"])

# %% [markdown]
# Move alpha, and change the memory. Then move beta, and read what it does to the most surprising one.

# %% jupyter={"source_hidden": true} tags=["nbval-ignore-output"]
Explorer(
    lambda memory, alpha, beta: pictures.drawn(errors[memory], alpha, beta, memory),
    name="drawn",
    record=900,
    memory=list(errors),
    alpha=(0.0, 1.0, 0.05, 0.0),
    beta=(0.0, 1.0, 0.05, 0.4),
)

# %% [markdown]
# ## 3. Three mistakes that raise no error
# ### Beta that compounds
# β is meant to go from 0.4 to 1 in 30,000 steps. The broken line raises it from where it *stands*.


# %%
def compounding(start, steps):
    betas = [start]
    for step in range(steps):
        betas.append(betas[-1] + (1 - betas[-1]) * step / steps)  # from its own last value
    return np.array(betas)


# %%
lesson.ask("compounding", int(np.argmax(compounding(0.4, 30_000) > 0.99)))

# %% [markdown]
# *Diagnostic:* print β at a tenth of the way. It must have gone a tenth of the way.
#
# ### One edge too few
# A way to draw without a tree: add the priorities up, and see between which two sums a random number falls. `broken` is
# 0, or 1 for an off-by-one.


# %%
def draw_by_edges(priorities, chances, broken):
    edges = priorities[: len(priorities) - broken].cumsum()
    return np.searchsorted(edges, chances * edges[-1], side="right")


# %%
draws = draw_by_edges(np.arange(1.0, 9.0), np.random.default_rng(0).random(20_000), broken=1)
lesson.ask("the last slot", int((draws == 7).sum()))

# %% [markdown]
# *Diagnostic:* draw often, count, and compare with P(i) by a chi-square test. It takes every slot, the last one
# included.
#
# ### Weights that broadcast
# The loss is the mean of the weights times the squared errors, both of shape (B,). Let one of them have shape (B, 1), and
# they [broadcast](glossary.md#broadcasting).

# %%
generator = torch.Generator().manual_seed(0)
squared, weight = torch.rand(64, generator=generator), torch.rand(64, generator=generator)
matrix = weight.unsqueeze(1) * squared
lesson.ask("broadcast", torch.isclose(matrix.mean(), weight.mean() * squared.mean()).item())

# %% [markdown]
# *Diagnostic:* the loss before its mean has shape (B,). Assert it.
#
# ## 4. Tile coding
# The original asks about *linear* methods, too. Here is the classic one. **Tile coding** lays several grids over the
# plane of position and velocity, each moved by a part of a tile. A state is described by the tiles that it lies in, one of
# each grid. Its value is the sum of their weights: linear, with features of 0 and 1.

# %%
lesson.ask("tiles in all", tiles.TileCoder(*tiles.MOUNTAIN_CAR, tilings=4, tiles=8).n_tiles)

# %% [markdown]
# A cross marks a neighbour. How many of its tiles are the point's? Read it under the picture. Then take 1 tiling, then
# 16.

# %% jupyter={"source_hidden": true}
Explorer(
    pictures.tilings,
    position=(-1.2, 0.6, 0.05, -0.5),
    velocity=(-0.07, 0.07, 0.005, 0.0),
    tilings=[4, 1, 8, 16],
    tiles=(2, 12, 1, 8),
)

# %% [markdown]
# The update is the one of lesson 06, on a few weights. No memory, no target network; each transition is used once. The
# step size is shared among the tilings. The target is made of the same weights, and yet only the value's side of the
# error is moved: that is a [**semi-gradient**](glossary.md#semi-gradient), as in lesson 09.


# %%
def tile_update(weights, here, action, reward, next_tiles, terminated, gamma, step_size):
    target = reward + (0 if terminated else gamma * weights[:, next_tiles].sum(1).max())
    error = target - weights[action, here].sum()
    weights[action, here] += step_size / len(here) * error


# %% [markdown]
# ### What was not tried looks good
# All weights begin at 0, and all rewards are −1. So at first every value is too high: **optimistic start values**. The
# agent tries an action, is disappointed, and tries another. It explores without a random action, but for ties. Here it
# learns for 40,000 steps, and its weights are kept on the way.

# %%
growth = cars.Growth(steps=40_000)

# %% tags=["nbval-ignore-output"]
lesson.ask("from the valley", round(growth.from_the_valley()), first=growth.first)

# %% [markdown]
# Move `step`. The costs rise where the agent has been: that is the disappointment. Once the flag was found, a low cost
# spreads from it, against the way the car travels.

# %% tags=["nbval-ignore-output"]
Explorer(growth.surface, step=(0, 40_000, 1_000, 0))

# %% [markdown]
# ### Now take the optimism away
# The true cost from the valley is about 65 discounted steps. So with a start value of −50 the agent would be a little
# optimistic, and with −95 a pessimist. Each of these learns for 6,000 steps.

# %%
arrivals = {start: cars.first_at(start) for start in (0.0, -50.0, -95.0, -100.0)}
said = [
    f"{start:.0f}: step {at:,}" if np.isfinite(at) else f"{start:.0f}: never"
    for start, at in arrivals.items()
]

# %% tags=["nbval-ignore-output"]
lesson.ask("four starts", cars.what_happens(arrivals), steps=", ".join(said))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# The first three arrive at the very same step. As long as the flag is not found, every reward is −1 and nothing is cut.
# Then another start value only shifts and shrinks all values alike: the order of the actions stays, and so does the run.
# What counts is not "above the true value". It is **above −100**, for that is what an agent comes to believe that never
# arrives: −1 for ever, at a gamma of 0.99. Whoever starts above is disappointed wherever it goes, and moves on. Whoever
# starts *at* −100 is never surprised: every TD error is 0, nothing is learned, and it acts at random.
#
# </details>
#
# Try it. `random_actions` adds an [epsilon](glossary.md#epsilon) of 0.3. Each move trains a new agent for 6,000 steps, so
# the picture fades, and comes a moment later.

# %% jupyter={"source_hidden": true} tags=["nbval-ignore-output"]
Explorer(
    cars.tries,
    record=0,
    start_value=(-100.0, 0.0, 5.0, 0.0),
    tilings=[32, 8, 1],
    step_size=(0.1, 1.0, 0.1, 1.0),
    random_actions=False,
)

# %% [markdown]
# ## 5. One budget for all
# MountainCar-v0 as it is registered, its 200 steps untouched. 100,000 environment steps for each of 16
# [seeds](glossary.md#seed), recorded:
#
# - **uniform** and **prioritized**: the DQN of section 2, with a memory large enough to hold everything;
# - **tiles**: optimistic, no random action;
# - **tiles, epsilon**: optimistic, with the DQN's epsilon;
# - **tiles, −100**: the DQN's epsilon, and start values from which nothing is learned before the flag.
#
# First question: *was the goal found?* The DQN with uniform replay is a matter of luck.

# %%
found = measured("mountain car", again=RUN_IT)
first = record.first_flags(found)
reached = {label: int(np.isfinite(at).sum()) for label, at in first.items()}

# %%
deep = {label: first[label] for label in ("uniform", "prioritized")}
lesson.ask("by replay", reached["prioritized"], show=pictures.found(deep, found.steps[-1]))

# %% [markdown]
# Is it the tiles, or the start?

# %%
lesson.ask("by the start", reached["tiles, −100"], show=pictures.found(first, found.steps[-1]))

# %% [markdown]
# So is prioritized replay "super necessary" here, or does it even do harm? For the two DQNs we measured
# sixteen seeds *more*.

# %%
others = measured("other seeds", again=RUN_IT)
changes = [record.replay_changes(each) for each in (found, others)]

# %%
lesson.ask(
    "sixteen others",
    round(changes[1]["score"].value),
    show=Table(*record.replay_rows()),
    other=changes[1]["score"],
)

# %%
Fold("All five learners: the flag, the plane that they saw, and the scores", record.car_rows(found))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# **Was the goal found?** Nobody can replay what never happened. Tiles found it on every seed, unless they began at −100.
# The DQNs are a matter of luck: uniform found it on 12 of 16 seeds, prioritized on 6. They begin at values near 0 as well,
# so they are optimistic at first. The usual explanation is that a network generalises: disappointment in the valley
# lowers the values everywhere, and the unknown soon promises nothing. That is not measured here. The outcome is.
#
# **And prioritized replay?** By the first sixteen seeds it does *worse* in score, with an interval that holds no 0. By the
# second it does not, nor by 32 [held-out](glossary.md#held-out-seeds) ones: 1 step better [−19, 20]. Had we stopped at
# sixteen seeds, you would now be reading an explanation of why it hurts. It solved the task (a mean of −110 or better) on
# 4 of 32 seeds, uniform on 11. No measure is shown on both sets, so it is **open**: nothing shows that it helps, and
# nothing that it harms.
#
# "Super necessary" is **refuted here**: uniform replay solved MountainCar on some of its seeds, and the linear method
# solved it on all of its sixteen, without any replay. It ends 33 steps [11, 54] above the uniform DQN.
#
# </details>
#
# "Linear" was no drawback: two dimensions can be tiled. How well do tiles do in CartPole's four?

# %%
poles = measured("tiles on CartPole", again=RUN_IT)["tiles"]

# %%
lesson.ask("poles by tiles", round(poles.mean()), **record.poles_said(poles))

# %% [markdown]
# And the number of tiles grows with each dimension as a power: a picture of 84 by 84 pixels cannot be tiled like that.
#
# ## 6. And where rewards are dense?
# CartPole's reward is as constant as MountainCar's. But there what tells is the *end* of an episode, and a random policy
# meets it every twenty steps or so: every episode holds a surprise. Does prioritized replay pay there?
#
# A fair question needs a **control**: the prioritized memory with α = 0. It draws everything alike, as uniform replay
# does, from other random numbers. What it shows is chance. These 16 seeds run now.

# %%
result = qlib.compare(cars.DENSE, seeds=16, steps=5_000, checkpoints=10)
ours, control = (result.difference(label, "uniform") for label in result.labels[1:])

# %% tags=["nbval-ignore-output"]
lesson.ask("the control", round(control.value), ours=ours.value, show=result.plot())

# %% [markdown]
# So look at 64 seeds, recorded, and at 32 [held-out](glossary.md#held-out-seeds) ones: the end, and the mean
# [over training](glossary.md#over-training). Three pairs, two measures each.

# %%
many = measured("dense", again=RUN_IT)
claims = record.RECORDS.claims("dense")
shown = [words for words, claim in claims.items() if claim.verdict() != "open"]

# %%
lesson.ask("64 seeds", len(shown), show=Findings(claims))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# On the 64 seeds prioritized replay and its control both lie below uniform at the end, and between the two no
# difference is shown. So it need not be the prioritizing: *uniform* may have been lucky at that one examination. The
# held-out seeds say so, too: there the control lies above uniform. None of the six is shown. Without the control, and
# without fresh seeds, we would have said that prioritized replay harms CartPole.
#
# Lessons 12 and 16 meet it in other settings, and their tables say what they found. "It saves useless training" is **not
# shown here**. On Atari games the paper reports that it helps; that is another scale, and nothing here speaks about it.
# (The paper also lowers the learning rate to a quarter, since it draws larger errors. Try it, against uniform at the same
# rate.)
#
# </details>
#
# ## 7. Exercises
# Replace the `...` and run the cell.
#
# ### 13.1 Find the leaf · ●●○ · 8 minutes
# `sums` is a sum tree of shape (2 · leaves,): node 1 is the root, node i has the children 2i and 2i + 1, the last half
# holds the leaves, and their number is a power of two. `number` lies between 0 and the sum. Return the leaf that it falls
# on, counted from 0. Read no other nodes than the children of those that you walk through: with 65,536 leaves there is no
# time to add them up.


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
# One dimension, one grid: `tiles` tiles between `low` and `high`, and the whole grid moved `offset` tiles to the left.
# Which tile holds x, counted from 0?


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
# ### 13.5 Name the broken part · ●●○ · 5 minutes
# Four memories hold eight transitions of priorities 1 to 8, and should draw with α = 1. One is whole. In the others "alpha
# is 0", "the last slot is out of reach", or "new ones are never renewed": the last four slots keep the priority 8 that they
# got when they came. The dots are what should come. Return the broken part of each, or "whole", as a dict such as
# `{"A": "whole", ...}`.

# %%
pictures.memories()


# %%
def broken_parts():
    return ...


check.broken_parts(broken_parts)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Which bars are as high as each other? Which are missing? In the whole one every bar ends at its dot.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def broken_parts():
#     return {
#         "A": "new ones are never renewed",
#         "B": "whole",
#         "C": "the last slot is out of reach",
#         "D": "alpha is 0",
#     }
# ```
# </details>
#
# ### 13.6 What it shows · ●●○ · 6 minutes
# Which of these follow from sections 5 and 6? Return their letters.
#
# - A: Taken together, the 32 seeds give an interval that holds 0 for what prioritized replay changes in the score on
#   MountainCar.
# - B: Prioritized replay makes no difference on MountainCar.
# - C: On CartPole, 64 seeds show that prioritizing is what lowers the score at the end.
# - D: Within 100,000 steps, a linear method found MountainCar's flag on every seed, if it began optimistic.
# - E: Linear methods are better than networks where rewards are sparse.
# - F: Sixteen seeds gave an interval without 0 that sixteen other seeds did not repeat.


# %%
def what_it_shows():
    return ...


check.what_it_shows(what_it_shows)

# %% [markdown]
# <details><summary>Hint</summary>
#
# "Open" is not "no difference". And one task is not all tasks. What did the control draw by?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def what_it_shows():
#     return ["A", "D", "F"]
# ```
# </details>
#
# ## 8. If you see this
#
# | you see | the cause |
# |---|---|
# | the score stays at −200.0 exactly | the goal was never found: count `next_observations[:, 0] >= 0.5` in the memory before you change the replay |
# | the score is −200 and the goal was found | too few successes so far, or the time limit is stored as terminated (lesson 06) |
# | "Slots must be from 0 to …" from `prioritize` | they are slots of another memory, or a TD error is not finite |
# | "Min-max cannot scale dimension …" from a `TileCoder` | declare the ranges (lesson 11) |
# | the curve of draws is the diagonal | α is 0, or all errors are equal |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
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
# Next: [14 · From images](14_from_images.ipynb).
