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
# **You will predict the shape after every line of a DQN update, and find the shape mistake that never raises an
# error.**
#
# | | |
# |---|---|
# | Read | 20 minutes, and 23 for the exercises |
# | Run | about 30 seconds, nearly all of it in one comparison |
# | Needs | lesson 02: what goes into the network and what comes out |
# | Gives | shapes read at sight, a loss that refuses to broadcast |

# %%
import warnings

import numpy as np
import torch
import torch.nn.functional as F

import qlib
from qlib.lessons.tensor_shapes import checks as check
from qlib.lessons.tensor_shapes import pictures as shapes
from qlib.show import broadcast
from qlib.show import picture as plotting
from qlib.show.explorer import Explorer
from qlib.study.statistics import mean_interval

torch.set_num_threads(1)

# %% [markdown]
# ## Before you run: predict
#
# Four values stand in a column, shape `(4, 1)`. Four targets, the numbers they should have been, stand in a row,
# shape `(4,)`. You subtract one from the other. Is the result a column of four, a row of four, or an error?
#
# Write your answer down, then run the cell.

# %%
column, row = torch.zeros(4, 1), torch.zeros(4)
(column - row).shape

# %% [markdown]
# <details><summary>What happened?</summary>
#
# None of the three. PyTorch stretched the column to the right and the row downwards until they fitted: sixteen
# differences where you wanted four. This stretching is called **broadcasting**. It is useful when you mean it.
# Section 7 is about the day when you do not.
#
# </details>

# %% [markdown]
# ## 1. Reading a shape
#
# A **tensor** is a box of numbers. Its **shape** says how many there are along each **dimension**. Count the opening
# brackets at the start of the printed tensor: that many dimensions, the outermost first.

# %%
env = qlib.make_env(qlib.Settings())
observation = torch.as_tensor(env.reset(seed=0)[0])
print(observation.numpy().round(2), tuple(observation.shape))
print(observation.unsqueeze(0).numpy().round(2), tuple(observation.unsqueeze(0).shape))

# %% [markdown]
# `(4,)` is four numbers in a row. The comma belongs to it: it is how Python writes a tuple with one entry. `(1, 4)`
# is one row of four numbers. The numbers are the same, and there is one more pair of brackets.
#
# Dimensions are counted from 0, outermost first. Negative ones count from the end: `-1` is the innermost, the last.

# %% [markdown]
# ## 2. Move the boxes
#
# Choose a shape, an operation and a dimension. Each frame in the picture is a pair of brackets, each arrow a
# dimension.
#
# The slider **move** carries the boxes from the input to the result. At 0 the result is hidden. Use it so: set it to
# 0, say the shape aloud, then slide. Try a dimension that does not exist, too.

# %%
Explorer(
    shapes.explore,
    shape=shapes.SHAPES,
    operation=list(shapes.OPERATIONS),
    dim=(-3, 3, 1, 0),
    move=(0.0, 1.0, 0.1, 1.0),
)

# %% [markdown]
# Things to find with it, each in a few seconds:
#
# - For `(4,)`, `unsqueeze` accepts 1 and -2, and `squeeze` refuses them. Why?
# - `squeeze` on a dimension that is not of size 1 does nothing, and does not complain.
# - `max` and `gather` both pick numbers. One loses the dimension, the other keeps it.
# - `stack` and `cat` both take `[a, b]`. Only one of them adds a frame.

# %% [markdown]
# ## 3. The three pictures of the original notebook
#
# The original notebook explains three lines with drawings: `unsqueeze(0)`, `unsqueeze(1)` and `torch.stack`, which
# "does sort of the same thing, but with a caveat". Here they are again. First `unsqueeze(0)`: a frame around the
# whole.

# %%
shapes.still("(4,)", "unsqueeze", 0)

# %% [markdown]
# Then `unsqueeze(1)`: a frame around every number. A row has become a column.

# %%
shapes.still("(4,)", "unsqueeze", 1)

# %% [markdown]
# And `torch.stack`, with two tensors:

# %%
shapes.still("(4,)", "stack", 0)

# %% [markdown]
# What is the caveat? `unsqueeze` takes one tensor, `stack` takes a list of them. `stack` first unsqueezes each, then
# joins them with `cat` along the new dimension. A cell can say that more exactly than words:

# %%
a, b = torch.arange(4), torch.arange(4, 8)
torch.equal(torch.stack([a, b], 0), torch.cat([a.unsqueeze(0), b.unsqueeze(0)], 0))

# %% [markdown]
# ## 4. One observation on its way through the agent
#
# The environment gives one observation, shape `(4,)`. A network takes a batch, shape `(B, 4)`, where `B` counts
# observations. One observation is a batch of one, so `unsqueeze(0)` puts the frame on and `squeeze(0)` takes it off.

# %%
agent = qlib.QAgent(qlib.Settings(), seed=0)
batch_of_one = observation.unsqueeze(0)  # (1, 4)
values = agent.online(batch_of_one)  # (1, 2)
tuple(observation.shape), tuple(batch_of_one.shape), tuple(values.shape), tuple(values.squeeze(0).shape)

# %% [markdown]
# `agent.q_values` does just that for you. Same numbers:

# %%
torch.equal(values.squeeze(0), agent.q_values(observation))

# %% [markdown]
# ## 5. From transitions to a batch: zip and stack
#
# The agent remembers **transitions**: what it saw, what it did, the reward, what it saw next, and whether the episode
# terminated there. Here are three of them, shortened to three entries each.

# %%
transitions = [
    (torch.tensor([0.1, 0.2, 0.3, 0.4]), 1, 1.0),
    (torch.tensor([0.5, 0.6, 0.7, 0.8]), 0, 1.0),
    (torch.tensor([0.9, 1.0, 1.1, 1.2]), 1, -10.0),
]

# %% [markdown]
# That is a list of rows. The network wants columns: all observations together, all actions together. The star in
# `zip(*transitions)` hands the three rows to `zip` one by one, and `zip` gathers first with first, second with
# second.

# %%
observations, actions, rewards = zip(*transitions, strict=True)
actions, rewards

# %% [markdown]
# `observations` is now a tuple of three tensors. Stack or cat? Predict both shapes before you run.

# %%
tuple(torch.stack(observations).shape), tuple(torch.cat(observations).shape)

# %% [markdown]
# `stack` keeps the transitions apart, one row each. `cat` joins the rows end to end, and nobody can tell any more
# where one observation stops. Single numbers cannot be joined at all, because they have no dimension to be joined
# along:

# %%
try:
    torch.cat([torch.tensor(action) for action in actions])
except RuntimeError as error:
    print(error)

# %% [markdown]
# ## 6. The update, shape by shape
#
# Now the lines at the heart of DQN. Lesson 06 explains what they mean; here only the shapes count. Let the agent play
# two episodes and draw `B = 5` transitions from its memory.

# %%
list(qlib.train(agent, episodes=2))
batch = agent.memory.sample(5, torch.Generator().manual_seed(1))
{name: tuple(tensor.shape) for name, tensor in batch._asdict().items()}

# %% [markdown]
# `actions` has shape `(5,)`. `gather` wants an index with as many dimensions as the values have, so the actions
# become a column first.

# %%
values = agent.online(batch.observations)  # (5, 2)
chosen = values.gather(1, batch.actions.unsqueeze(1))  # (5, 1)
best_next = agent.online(batch.next_observations).max(1)[0]  # (5,)
tuple(values.shape), tuple(chosen.shape), tuple(chosen.squeeze(1).shape), tuple(best_next.shape)

# %% [markdown]
# Read the second line from the inside out. Row i of the column holds the action of transition i. `gather(1, ...)`
# goes along dimension 1, the actions, and takes that one entry from row i. In plain Python it is this loop:

# %%
by_hand = [values[i, action].item() for i, action in enumerate(batch.actions.tolist())]
torch.equal(torch.tensor(by_hand), chosen.squeeze(1).detach())

# %% [markdown]
# Here is the whole of it as one function, with the shape at the end of each line. That habit costs nothing, and you
# see a mistake while you type it.


# %%
def loss_of(agent, batch):
    values = agent.online(batch.observations)  # (B, A)
    current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)  # (B,)
    with torch.no_grad():
        best_next = agent.online(batch.next_observations).max(1)[0]  # (B,)
    targets = batch.rewards + agent.settings.gamma * best_next * ~batch.terminated  # (B,)
    return F.mse_loss(current, targets)  # ()


torch.equal(loss_of(agent, batch), agent.loss(batch))

# %% [markdown]
# It is the number that `agent.loss` gives, so from here on we use qlib's.
#
# ### Predict, then reveal
#
# Seven steps of an update. Choose one, look at the tensors on the left, and pick the shape that comes out. The result
# appears when you are right.

# %%
Explorer(shapes.quiz, step=list(shapes.QUIZ), your_guess=shapes.GUESSES)

# %% [markdown]
# ## 7. The mistake that never raises an error
#
# Forget the `squeeze(1)`. The values stay a column, `(B, 1)`. The targets are a row, `(B,)`. You have met this pair
# at the top of the lesson. In the picture every value is half a point away from its target: 0.5 squared is 0.25, and
# that would be the right loss. Turn on either **cure** and see.

# %%
Explorer(broadcast.grid, batch=(2, 6, 1, 4), cure=["none", "squeeze the values", "unsqueeze the targets"])

# %% [markdown]
# Without a cure, every value is compared with the targets of *all* transitions in the batch. What does the network
# learn from that? The mean over the grid splits into two parts: how far each value is from the **mean target**, and
# how much the targets differ among themselves. The second part has no gradient. Check it with random numbers:

# %%
generator = torch.Generator().manual_seed(0)
values, targets = torch.randn(64, 1, generator=generator), torch.randn(64, generator=generator)
grid_loss = ((values - targets) ** 2).mean()
two_parts = ((values - targets.mean()) ** 2).mean() + targets.var(correction=0)
torch.allclose(grid_loss, two_parts)

# %% [markdown]
# So the broken loss asks for one and the same number everywhere: the mean of the batch's targets. Standing pole,
# falling pole, left, right: all worth the same. An agent that finds all actions equally good cannot choose.
#
# <details><summary>Why the two parts?</summary>
#
# Take one value v and average (v - t)² over all targets t with mean m. Write v - t as (v - m) + (m - t) and square.
# The mixed term averages to 0, because the mean of m - t is 0. What stays is (v - m)² plus the mean of (m - t)², the
# variance.
#
# </details>
#
# To see it, fit a curve both ways. Same network, same points, same number of steps, one seed: an illustration of what
# the line above says for all.


# %%
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
x = torch.linspace(-1, 1, 50).unsqueeze(1)  # (50, 1)
y = torch.sin(4 * x).squeeze(1) + 1  # (50,)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # as many notebooks do at the top
    curves = {"targets": y.numpy(), "(B,), whole": fit(broken=False), "(B, 1), broken": fit(broken=True)}

# %%
fig, ax = plotting.figure(7.2, 3.0)
ax.set(xlabel="input", ylabel="value", xlim=(-1, 1.5), ylim=(-0.3, 2.3))
plotting.lines(ax, x.squeeze(1).numpy(), curves)
plotting.Picture(fig, "The whole loss follows the targets' wave; the broken one is a flat line at their mean.")

# %% [markdown]
# ### What it does to learning
#
# Now the agent itself. `Broken` differs from `QAgent` by one missing `squeeze(1)`. Before you run: will it learn more
# slowly, or not at all?


# %%
class Broken(qlib.QAgent):
    def loss(self, batch):
        values = self.online(batch.observations)  # (B, A)
        current = values.gather(1, batch.actions.unsqueeze(1))  # (B, 1): the squeeze is missing
        # td_target: the line "targets = ..." above, (B,)
        return F.mse_loss(current, self.td_target(batch))  # (B, 1) against (B,)


quick = qlib.Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    hidden=(32,),
    learning_rate=8e-3,
    gamma=0.95,
    target_network="soft",
    tau=0.05,
    batch_size=32,
    memory_size=2_000,
    learning_starts=32,
    epsilon_episodes=10,
)

# %% [markdown]
# These settings are chosen for haste: 16 seeds of each kind must fit into half a minute, so each agent stops after
# about 350 steps. The score is the mean length of 20 episodes without exploration, 500 at most. The gap is the mean
# difference between the values of the two actions, over 64 states from the agent's memory. This cell takes most of the
# lesson's time.


# %% tags=["nbval-ignore-output"]
def score(kind, seed):
    agent = kind(quick, seed)
    list(qlib.train(agent, steps=350))
    observations = agent.memory.sample(64, torch.Generator().manual_seed(seed)).observations
    gap = agent.q_values(observations).diff(dim=1).abs().mean().item()
    return qlib.evaluate(agent, episodes=20).mean(), gap


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    results = {kind.__name__: [score(kind, seed) for seed in range(16)] for kind in (qlib.QAgent, Broken)}
scores, gaps = ({name: [pair[i] for pair in pairs] for name, pairs in results.items()} for i in (0, 1))
broadcast.seeds(scores, "score without exploration, steps (after 350 steps of training)")

# %% tags=["nbval-ignore-output"]
differences = [whole - broken for whole, broken in zip(scores["QAgent"], scores["Broken"], strict=True)]
difference = mean_interval(differences)
print(f"whole minus broken in steps, 16 seeds, mean [95 % interval]: {difference:.0f}")
for name, gap in gaps.items():
    print(f"mean gap between the actions, 16 seeds: {np.mean(gap):.2f} ({name})")

# %% [markdown]
# The interval comes from a **bootstrap**: draw 16 differences from these 16 with replacement, take the mean, and do
# so thousands of times. It says how far the mean might be elsewhere with other seeds. What should hold on any
# machine:

# %%
print("the interval lies above 0:", difference.above(0))
print(
    "the broken agents' mean gap is less than half of the whole ones':",
    np.mean(gaps["Broken"]) < np.mean(gaps["QAgent"]) / 2,
)

# %% [markdown]
# To see what such a score means, push the cart to one side only, from 20 starts, and count the steps:


# %%
def one_sided(seed, action=0):
    env.reset(seed=seed)
    return next(step for step in range(1, 501) if env.step(action)[2])  # [2] is terminated


float(np.mean([one_sided(seed) for seed in range(20)]))

# %% [markdown]
# And the broken agents?

# %%
print("more than half fall as fast as with a one-sided push:", sum(s < 10 for s in scores["Broken"]) > 8)

# %% [markdown]
# That is about where most broken agents end: from the start they push to one side until the pole falls. And nothing was
# red. No error, a loss that is a number, a run that goes to its end.
#
# ### What catches it
#
# PyTorch does say something. Once, as a warning, somewhere above a thousand lines of progress:

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.mse_loss(torch.zeros(4, 1), torch.zeros(4))
print(caught[0].category.__name__, "·", str(caught[0].message).split(". ")[0])

# %% [markdown]
# Two remedies, one line each. Turn the warning into an error while you develop:

# %%
with warnings.catch_warnings():
    warnings.filterwarnings("error", message="Using a target size")
    try:
        F.mse_loss(torch.zeros(4, 1), torch.zeros(4))
    except UserWarning:
        print("stopped by the warning")

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
# You are in good company. OpenAI's *Spinning Up* made a shape mistake in a critic into [an exercise,
# 2.2](https://spinningup.openai.com/en/latest/spinningup/exercises.html): find a bug that raises no error, and shows
# only in the score.

# %% [markdown]
# ## 8. Exercises
#
# Replace the `...`, run the cell, read the check. An untouched stub just waits.
#
# ### 3.1 One table chooses, another values · ●●○ · 8 minutes
#
# Two tables of action values, each `(B, A)`. In each row find the best action in `choosing`, and return what
# `valuing` gives to that action: shape `(B,)`. It must work for a batch of one, too. (This line turns DQN into Double
# DQN.)


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
# A list of transitions `(observation, action, reward, next_observation, terminated)`: tensors of shape `(4,)`, an
# int, a float, a tensor, a bool. Return five tensors: `(B, 4)`, `(B,)` whole numbers, `(B,)` floats, `(B, 4)`, `(B,)`
# booleans.


# %%
def batch_of(transitions): ...


check.batch_of(batch_of)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Section 5 does three of the five. `torch.tensor` takes a tuple of plain numbers and keeps their type.
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
# Return the mean squared error of two tensors of the same shape. If the shapes differ, in any way, raise a
# `ValueError` whose message names both shapes.


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
#         raise ValueError(f"values {tuple(values.shape)} and targets {tuple(targets.shape)} must have one shape.")
#     return ((values - targets) ** 2).mean()
# ```
#
# </details>

# %% [markdown]
# ## 9. If you see this
#
# | message or curve | cause | what to do |
# |---|---|---|
# | `UserWarning: Using a target size (torch.Size([64])) that is different to the input size (torch.Size([64, 1]))` | section 7: the loss compares all with all | `squeeze(1)` the values or `unsqueeze(1)` the targets |
# | `Index tensor must have the same number of dimensions as input tensor` | `gather` got actions of shape `(B,)` | `actions.unsqueeze(1)` |
# | `gather(): Expected dtype int32/int64 for index` | the actions are floats | `actions.long()`, or store them as whole numbers |
# | `index 2 is out of bounds for dimension 1 with size 2` | an action that the network has no output for | count actions from 0 |
# | `stack expects each tensor to be equal size` | one observation has another shape than the rest, often `(1, 4)` among `(4,)` | unsqueeze all of them or none |
# | `Could not infer dtype of dict` | `env.reset()` returns `(observation, info)` | take `[0]` |
# | `zero-dimensional tensor ... cannot be concatenated` | `cat` on single numbers | `stack` |
# | `Dimension out of range` | no such dimension | count the frames; the last one is `-1` |
# | a shape `()` where you expected `(1,)` | `squeeze()` without a number took the batch away, too | always say which: `squeeze(1)` |
# | score stays near 9 or 10, loss looks harmless, values of all actions alike | the silent broadcast | assert the shapes before the loss |

# %% [markdown]
# ## 10. What to remember
#
# 1. A frame per dimension: `unsqueeze` and `stack` add one, `squeeze` and `max` take one away, `cat` and `gather`
#    keep the count.
# 2. Write the shape at the end of the line: `# (B, A)`.
# 3. `(B,)` against `(B, 1)` is `(B, B)`: assert that values and targets have one shape.
#
# Sources: [PyTorch on broadcasting](https://pytorch.org/docs/stable/notes/broadcasting.html),
# [torch.gather](https://pytorch.org/docs/stable/generated/torch.gather.html), [Spinning Up, exercise
# 2.2](https://spinningup.openai.com/en/latest/spinningup/exercises.html).
#
# Next: [04 · Choosing actions](04_choosing_actions.ipynb).
