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
# # 03 · Tensor shapes
#
# **You will name the shape after every line of an update of DQN (the deep Q-network, the method of these lessons), and
# find a shape mistake that ruins it.**
#
# | | |
# |---|---|
# | Read | 24 minutes, and 34 for the exercises |
# | Run | about 30 seconds, nearly all of it in one comparison |
# | Needs | lesson 02: what goes into the network and what comes out |
# | Gives | shapes read at sight, and a loss that checks them |

# %%
import warnings

import numpy as np
import torch
import torch.nn.functional as F

import qlib
from qlib.lessons.lesson import Lesson
from qlib.lessons.tensor_shapes import checks as check
from qlib.lessons.tensor_shapes import learning
from qlib.lessons.tensor_shapes import pictures as shapes
from qlib.show import broadcast
from qlib.show.explorer import Explorer
from qlib.show.intervals import each_seed

lesson = Lesson("03_tensor_shapes")

# %%
lesson.again()

# %% [markdown]
# ## Before you run: predict
#
# Four values stand in a column. Four targets, the numbers they should have been, stand in a row. You subtract one
# from the other.

# %%
column, row = torch.zeros(4, 1), torch.zeros(4)
lesson.ask("column and row", str(tuple((column - row).shape)))

# %% [markdown]
# ## 1. Reading a shape
#
# A **tensor** is a box of numbers. Its **shape** says how many there are along each **dimension**. Count the opening
# brackets at the start of the printed tensor: that many dimensions, the outermost first.

# %%
observation, _ = qlib.make_env(qlib.Settings()).reset(seed=0)  # _: information that we do not need
observation = torch.as_tensor(observation)
print(observation.numpy().round(2), tuple(observation.shape))
print(observation.unsqueeze(0).numpy().round(2), tuple(observation.unsqueeze(0).shape))

# %% [markdown]
# `(4,)` is four numbers in a row. The comma belongs to it: it is how Python writes a tuple with one entry. `(1, 4)` is
# one row of four numbers. The numbers are the same, and `unsqueeze(0)` has put one more pair of brackets around them.
# `squeeze(0)` takes it off again.
#
# Dimensions are counted from 0, outermost first. Negative ones count from the end: `-1` is the innermost, the last.

# %% [markdown]
# ## 2. The three pictures of the original notebook
#
# The original notebook explains three lines with drawings: `unsqueeze(0)`, `unsqueeze(1)` and `torch.stack`, which
# "does sort of the same thing, but with a caveat". Here is the first: a frame around the whole. Each frame in a picture is
# a pair of brackets, each arrow a dimension.

# %%
shapes.still("(4,)", "unsqueeze", 0)

# %%
lesson.ask(
    "unsqueeze", str(tuple(observation.unsqueeze(1).shape)), show=shapes.asked("(4,)", "unsqueeze", 1)
)

# %%
a, b = torch.arange(4), torch.arange(4, 8)
lesson.ask("stack", str(tuple(torch.stack([a, b], 0).shape)), show=shapes.asked("(4,)", "stack", 0))

# %% [markdown]
# What is the caveat? `unsqueeze` takes one tensor, `stack` takes a list of them. There is a second way of joining:

# %%
lesson.ask("cat", str(tuple(torch.cat([a, b]).shape)), show=shapes.asked("(4,)", "cat", 0))

# %% [markdown]
# ## 3. From transitions to a batch: zip and stack
#
# The agent remembers [transitions](glossary.md#transition): what it saw, what it did, the reward, what it saw next, and
# whether the episode terminated there. Here are three of them, shortened to three entries each.

# %%
transitions = [
    (torch.tensor([0.1, 0.2, 0.3, 0.4]), 1, 1.0),
    (torch.tensor([0.5, 0.6, 0.7, 0.8]), 0, 1.0),
    (torch.tensor([0.9, 1.0, 1.1, 1.2]), 1, -10.0),
]

# %% [markdown]
# That is a list of rows. The network wants columns: all observations together, all actions together. The star in
# `zip(*transitions)` hands the three rows to `zip` one by one, and `zip` gathers what stands in the same place.

# %%
observations, actions, rewards = zip(*transitions, strict=True)
print("actions", actions, " rewards", rewards)
torch.stack(observations)

# %% [markdown]
# One row for each transition. For the actions, which are plain numbers, `torch.tensor(actions)` does it. `cat` would not
# do here: it cannot tell one transition from the next, and single numbers have no dimension to be joined along.

# %% [markdown]
# ## 4. Three steps on their own
#
# `gather` picks an entry from each row, `max` the highest along a dimension, `squeeze` takes a dimension of size 1 away.
# `max` returns two tensors: `[0]` is the values, `[1]` their places.

# %%
values, index = torch.tensor([[2.0, 1.0], [0.0, 5.0], [4.0, 3.0]]), torch.tensor([[1], [0], [1]])
lesson.ask("gather", str(tuple(values.gather(1, index).shape)), show=shapes.asked("(3, 2)", "gather", 1))

# %%
lesson.ask("max", str(tuple(values.max(1)[0].shape)), show=shapes.asked("(3, 2)", "max", 1))

# %%
lesson.ask("squeeze", str(tuple(torch.zeros(1, 1).squeeze().shape)))

# %% [markdown]
# ### Move the boxes
#
# Choose a shape, an operation and a dimension. The slider **move** carries the boxes from the input to the result. At 0
# the result is hidden: say the shape aloud, then slide. Try a dimension that does not exist, too. (`transpose` exchanges
# dimension 0 with the chosen one.)

# %% jupyter={"source_hidden": true}
Explorer(
    shapes.explore,
    shape=shapes.SHAPES,
    operation=list(shapes.OPERATIONS),
    dim=(-3, 3, 1, 0),
    move=(0.0, 1.0, 0.1, 0.0),
)

# %% [markdown]
# Things to find with it, each in a few seconds:
#
# - For `(4,)`, `unsqueeze` accepts 1 and -2, and `squeeze` refuses them. Why?
# - What does `squeeze` do with a dimension that is not of size 1?
# - `max` and `gather` both pick numbers. Which one loses a dimension?
# - `stack` and `cat` both take `[a, b]`. Which one adds a frame?
#
# <details><summary>What you should find</summary>
#
# - `unsqueeze` counts the places where a new frame can go, and there is one more of them than there are frames.
# - Nothing, and it does not complain.
# - `max` loses it, `gather` keeps it.
# - `stack` adds one. `cat` makes a dimension longer that is there.
#
# </details>

# %% [markdown]
# ## 5. The update, shape by shape
#
# Now the lines at the heart of DQN. Lesson 06 explains what they mean; here only the shapes count. The agent plays two
# episodes, and we draw `B = 5` transitions from its memory.

# %%
agent = qlib.QAgent(qlib.Settings(), seed=0)
list(qlib.train(agent, episodes=2))
batch = agent.memory.sample(5, torch.Generator().manual_seed(1))
{name: tuple(tensor.shape) for name, tensor in batch._asdict().items()}

# %% [markdown]
# `actions` is a row. `gather` wants an index with as many dimensions as the values have, so the actions become a column
# first. Below, each line has its shape at its end. That habit costs nothing, and you see a mistake while you type it.
# `A` is the number of actions. The **targets** are what the chosen values should have been.

# %%
values = agent.online(batch.observations)  # (B, A)
index = batch.actions.unsqueeze(1)  # (B, 1)
chosen = values.gather(1, index)  # (B, 1)
targets = agent.td_target(batch)  # (B,): lesson 06 builds it

# %% [markdown]
# The loss subtracts the targets from the chosen values. What has to come first?

# %%
lesson.ask("before the loss")

# %% [markdown]
# ## 6. The mistake that never raises an error
#
# Forget that step. The values stay a column. The targets are a row. You have met this pair at the top of the lesson. In
# the picture every value is half a point away from its target: 0.5 squared is 0.25, and that is the right loss. There
# are two cures: squeeze the values, or unsqueeze the targets. Both give 0.25. Then choose *none*, and see over how many
# squares the mean is taken.

# %%
cures = ["squeeze the values", "unsqueeze the targets", "none"]
Explorer(broadcast.grid, cure=cures, batch=(2, 6, 1, 4))

# %% [markdown]
# What would a network learn from that? Here a curve is fitted both ways: same network, same points, same number of
# steps, one seed. The targets are a wave, and the warnings are off, as in many notebooks.


# %%
x = torch.linspace(-1, 1, 50).unsqueeze(1)  # (50, 1)
y = torch.sin(4 * x).squeeze(1) + 1  # (50,)


def fit(broken, steps=300):
    network = qlib.QNetwork(1, 1, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(steps):
        values = network(x) if broken else network(x).squeeze(1)
        loss = F.mse_loss(values, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network(x).squeeze(1).detach().numpy()


# %%
with warnings.catch_warnings(action="ignore"):
    curves = {"targets": y.numpy(), "(B,), whole": fit(broken=False), "(B, 1), broken": fit(broken=True)}

# %%
lesson.ask("a fitted curve", show=shapes.waves(x.squeeze(1).numpy(), curves), mean=y.mean().item())

# %% [markdown]
# <details><summary>Why? The loss in two parts</summary>
#
# Take one value v and average (v - t)² over all targets t with mean m. Write v - t as (v - m) + (m - t) and square.
# The mixed term averages to 0, because the mean of m - t is 0. What stays is (v - m)² plus the mean of (m - t)², the
# variance. So the mean over the grid has two parts: how far each value is from the **mean target**, and how much the
# targets differ among themselves. The second part has no gradient. The first asks for one number everywhere.
# Standing pole, falling pole, left, right: all worth the same. Whoever finds all actions equally good cannot choose.
#
# </details>
#
# ### What it does to learning
#
# Now the agent itself. `learning.Broken` differs from `QAgent` by one missing `squeeze(1)`.
#
# 16 [seeds](glossary.md#seed) of each kind must fit into half a minute, so the settings are chosen for haste, and each
# agent stops after 350 steps. The score is the mean length of 20 episodes without exploration, 500 at most. The gap is
# the mean difference between the values of the two actions. This cell takes most of the lesson's time.

# %%
with warnings.catch_warnings(action="ignore"):
    whole = np.array([learning.score(qlib.QAgent, seed) for seed in range(16)])  # (16, 2): score and gap
    broken = np.array([learning.score(learning.Broken, seed) for seed in range(16)])
scores = {"with the squeeze": whole[:, 0], "without it": broken[:, 0]}

# %% tags=["nbval-ignore-output"]
lesson.ask(
    "steps after training",
    show=lambda guess: each_seed(scores, "score without exploration (steps)", guess=guess),
    **learning.told(whole, broken),
)

# %% [markdown]
# In brackets stands a 95 % [interval](glossary.md#interval), as in lesson 01. It is made so that in 95 of 100 such
# experiments it holds the true mean, that over all seeds. And with the warnings off nothing was red: no error, a loss
# that is a number, a run that goes to its end.
#
# ### What catches it
#
# PyTorch does say something: a `UserWarning`, once, somewhere above a thousand lines of progress. Turn it into an error
# while you develop:

# %%
with warnings.catch_warnings():
    warnings.filterwarnings("error", message="Using a target size")
    try:
        F.mse_loss(torch.zeros(4, 1), torch.zeros(4))
    except UserWarning as error:
        print("stopped:", str(error).split(". ")[0])

# %% [markdown]
# Or, better, say what you believe about shapes in the code. If you write the loss yourself, as `((values - targets)
# ** 2).mean()`, there is no warning at all. A line like this still catches it:

# %%
values, targets = torch.zeros(4, 1), torch.zeros(4)
try:
    assert values.shape == targets.shape, f"values {tuple(values.shape)}, targets {tuple(targets.shape)}"
except AssertionError as error:
    print(error)

# %% [markdown]
# You are in good company. OpenAI's *Spinning Up* made a shape mistake in a network of values into [an exercise,
# 2.2](https://spinningup.openai.com/en/latest/spinningup/exercises.html): find a bug that raises no error, and shows
# only in the score.

# %% [markdown]
# ## 7. Exercises
#
# Replace the `...`, run the cell, read the check. An untouched stub just waits.
#
# ### 3.1 One table chooses, another says the worth · ●●○ · 8 minutes
#
# Two tables of action values, each `(B, A)`. `choosing` says which action, `valuing` says what it is worth. In each row
# find the best action in `choosing`, and return what `valuing` gives to that action: shape `(B,)`. It must work for a
# batch of one, too. (Lesson 06 says what it is good for.)


# %%
def values_of_choice(choosing, valuing): ...


check.values_of_choice(values_of_choice)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `argmax(1)` gives actions of shape `(B,)`. What does `gather` want them to be? And what shape does it leave behind?
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def values_of_choice(choosing, valuing):
#     actions = choosing.argmax(1)  # (B,)
#     return valuing.gather(1, actions.unsqueeze(1)).squeeze(1)  # (B, 1), then (B,)
# ```
#
# </details>
#
# ### 3.2 From transitions to a batch · ●●○ · 10 minutes
#
# You get a list of B transitions `(observation, action, reward, next_observation, terminated)`. Each holds a tensor of
# shape `(4,)`, an int, a float, another tensor of shape `(4,)`, and a bool. Return five tensors (or arrays), one for each
# of the five: `(B, 4)` floats, `(B,)` whole numbers, `(B,)` floats, `(B, 4)` floats, `(B,)` booleans.


# %%
def batch_of(transitions): ...


check.batch_of(batch_of)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Section 3 does three of the five. `torch.tensor` takes a tuple of plain numbers: whole numbers become int64, truth
# values bool, and other numbers float32.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def batch_of(transitions):
#     observations, actions, rewards, next_observations, terminated = zip(*transitions)
#     return (
#         torch.stack(observations),
#         torch.tensor(actions),
#         torch.tensor(rewards),
#         torch.stack(next_observations),
#         torch.tensor(terminated),
#     )
# ```
#
# </details>
#
# ### 3.3 A loss that refuses to broadcast · ●○○ · 5 minutes
#
# Return the mean squared error of two tensors of the same shape, as a tensor that `backward()` can start from. If the
# shapes differ, in any way, raise a `ValueError` whose message names both shapes.


# %%
def careful_mse(values, targets): ...


check.careful_mse(careful_mse)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `values.shape` and `targets.shape` can be compared whole. `tuple(values.shape)` prints well.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def careful_mse(values, targets):
#     if values.shape != targets.shape:
#         shapes = f"values {tuple(values.shape)} and targets {tuple(targets.shape)}"
#         raise ValueError(f"{shapes} must have one shape.")
#     return ((values - targets) ** 2).mean()
# ```
#
# </details>
#
# ### 3.4 Shapes by pencil · ●●○ · 6 minutes
#
# Another game: 8 numbers in an observation, 4 actions, a batch of 32. `seen` and `then` are lists of 32 observations,
# `actions` has shape `(32,)`. One line is not as its author meant it. Which shape has each name?
#
# ```python
# observations = torch.stack(seen)
# values = network(observations)
# index = actions.unsqueeze(1)
# chosen = values.gather(1, index)
# best = network(torch.stack(then)).max(1)[0]
# difference = chosen - best
# loss = (difference**2).mean()
# ```
#
# Return a dictionary from the seven names to their shapes, such as `{"observations": (1, 2), "values": (3,), ...}`.


# %%
def shapes_by_pencil(): ...


check.shapes_by_pencil(shapes_by_pencil)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write the shape at the end of each line. At `difference`, lay the two shapes one above the other, from the right.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def shapes_by_pencil():
#     return {
#         "observations": (32, 8),
#         "values": (32, 4),
#         "index": (32, 1),
#         "chosen": (32, 1),
#         "best": (32,),
#         "difference": (32, 32),
#         "loss": (),
#     }
# ```
#
# </details>
#
# ### 3.5 What does the experiment show? · ●○○ · 5 minutes
#
# Go back to the comparison of section 6: its numbers, its picture, its 350 steps. Which of these sentences does it
# support?
#
# - A. With these settings, after 350 steps, agents without the squeeze score lower on average than agents with it.
# - B. An agent without the squeeze never learns to balance, however long it trains.
# - C. In the agents without the squeeze, the values of the two actions lie closer together on average.
# - D. The agents without the squeeze score low because their learning rate is too low.
# - E. A run can go to its end without an error although its loss compares the wrong pairs.
#
# Return the letters of all that it supports, such as `"AB"`.


# %%
def supported(): ...


check.supported(supported)

# %% [markdown]
# <details><summary>Hint</summary>
#
# For each sentence ask: which number above would be different if it were false?
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def supported():
#     # B says more than was measured: no run was longer than 350 steps. D was not varied.
#     return "ACE"
# ```
#
# </details>

# %% [markdown]
# ## 8. If you see this
#
# | message or curve | cause | what to do |
# |---|---|---|
# | `UserWarning: Using a target size (torch.Size([64])) that is different to the input size (torch.Size([64, 1]))` | section 6: the values are a column, the targets a row | `squeeze(1)` the values or `unsqueeze(1)` the targets |
# | `Index tensor must have the same number of dimensions as input tensor` | `gather` got actions of shape `(B,)` | `actions.unsqueeze(1)` |
# | `gather(): Expected dtype int32/int64 for index` | the actions are floats | `actions.long()`, or store them as whole numbers |
# | `index 2 is out of bounds for dimension 1 with size 2` | an action that the network has no output for | count actions from 0 |
# | `stack expects each tensor to be equal size` | one observation has another shape than the rest, often `(1, 4)` among `(4,)` | unsqueeze all of them or none |
# | `Could not infer dtype of dict` | `env.reset()` returns `(observation, info)` | take `[0]` |
# | `zero-dimensional tensor ... cannot be concatenated` | `cat` on single numbers | `stack` |
# | `Dimension out of range` | no such dimension | count the frames; the last one is `-1` |
# | a dimension is gone that you wanted to keep | `squeeze()` without a number | always say which: `squeeze(1)` |
# | the score stays low, the loss looks harmless, values of all actions alike | the silent broadcast | assert the shapes before the loss |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
#
# 1. A frame per dimension. Some operations add one, some take one away, some keep the count: say which, before you run.
# 2. Write the shape at the end of the line: `# (B, A)`.
# 3. A row against a column raises no error, and ruins the loss: assert that values and targets have one shape.
#
# Sources: [PyTorch on broadcasting](https://pytorch.org/docs/stable/notes/broadcasting.html),
# [torch.gather](https://pytorch.org/docs/stable/generated/torch.gather.html), [Spinning Up, exercise
# 2.2](https://spinningup.openai.com/en/latest/spinningup/exercises.html).
#
# Next: [04 · Choosing actions](04_choosing_actions.ipynb).
