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
# # 05 · Replay memory
#
# **You will build the memory of your own agent, know what drawing from it changes, and how it can lie without an error.**
#
# | | |
# |---|---|
# | Read | 27 minutes, and 49 for the exercises |
# | Run | about 40 seconds, most of it in one comparison |
# | Needs | lessons 03 and 04: shapes, actions |
# | Gives | a replay memory of your own, what it is worth in two settings, three diagnostics |

# %%
import gymnasium as gym
import numpy as np
import torch

import qlib
from qlib.core.memory import Batch  # noqa: F401  for your exercises
from qlib.lessons.lesson import Lesson
from qlib.lessons.replay_memory import checks as check
from qlib.lessons.replay_memory import measured, pictures, price, resets, runs
from qlib.show.explorer import Explorer

torch.set_num_threads(1)  # PyTorch on one core: quicker for networks this small
lesson = Lesson("05_replay_memory")

# %%
lesson.again()

# %% [markdown]
# ## 1. What is remembered
# At each step the agent sees an observation, acts, gets a reward, sees the next observation, and is told whether the
# episode [terminated](glossary.md#terminated). These five things together are a
# [transition](glossary.md#transition). A [replay memory](glossary.md#replay-memory) stores them and hands some of them
# back:

# %%
memory = qlib.ReplayMemory(capacity=1_000)
env = gym.make("CartPole-v1")
observation, _ = env.reset(seed=4)
next_observation, reward, terminated, truncated, _ = env.step(1)
memory.push(observation, 1, reward, next_observation, terminated)
memory.sample(1)

# %% [markdown]
# A [batch](glossary.md#batch) is B transitions, one row each, in five tensors whose row $i$ belongs together. Nothing
# in it says which step came before which. The update of lesson 06 needs no order: each row holds its own "before" and
# "after".
#
# In qlib it is a `Batch`, a named tuple. `batch.actions` is one column, `for column in batch` walks over all five, and
# `Batch(observations, actions, rewards, next_observations, terminated)` makes one. Actions are int64, `terminated` is
# bool, and the rest float32.
#
# ## 2. Neighbours look alike
# Let an agent train for 2,000 steps and keep everything in order. (This is one run of one seed: an
# [anecdote](glossary.md#anecdote), good for looking at. The comparison below uses 16.)

# %%
log, episode = runs.kept_in_order()  # 2,000 transitions, and the number of the episode of each
seen = log.observations.numpy()

# %% [markdown]
# Now take pairs: each observation and the one right after it. A **correlation** of 1 means that you can compute the one
# from the other by a straight line; 0 means that no straight line helps.

# %%
first, second = pictures.pairs(episode, lag=1)
lesson.ask(
    "one step later",
    round(pictures.correlations(seen[first], seen[second])[3], 1),
    show=pictures.all_four(seen, episode, 1),
)

# %%
first, second = pictures.pairs(episode, lag=20)
later = np.abs(pictures.correlations(seen[first], seen[second]))
lesson.ask(
    "twenty steps later",
    pictures.NAMES[int(later.argmax())],
    show=pictures.all_four(seen, episode, 20),
)

# %% [markdown]
# Move the lag, up to 40 steps, and change the quantity.

# %% jupyter={"source_hidden": true} tags=["nbval-ignore-output"]
Explorer(
    pictures.neighbours(seen, episode),
    record=100,
    lag=(1, 40, 1, 5),
    quantity=[*pictures.NAMES[1:], pictures.NAMES[0]],
)

# %% [markdown]
# So 64 steps in a row are far less than 64 pieces of news: one stretch of track and a few swings of the pole.
#
# ## 3. Does it matter for learning?
# Two agents train for 1,000 steps with one update after each step, 64 transitions an update. One draws its 64 from
# everything that happened so far. The other draws them from the **last 64 steps** only: the freshest news there is. Same
# steps, same updates, 16 [seeds](glossary.md#seed) each, a [stick](glossary.md#stick) of −10, and an epsilon that falls
# to 0.05 within 250 steps. And since one setting shows nothing about others, we take two: a
# [discount](glossary.md#discount) gamma of 0.98 with learning rate 0.002, and 0.95 with 0.005. (The cell takes half a
# minute.)
#
# Look at the differences, seed by seed, and at the 95 % interval of their mean. If it lies on one side of 0, a difference
# is *shown*. An interval that holds 0 is *open*: nothing is shown.

# %%
scores = runs.scores()  # "setting: pool" to the greedy policy's score, one a seed

# %%
first = runs.pools(scores, "gamma 0.98, rate 0.002")
lesson.ask("gamma 0.98", runs.better(first), pictures.two_ways(first), gain=runs.gain(first))

# %%
other = runs.pools(scores, "gamma 0.95, rate 0.005")
lesson.ask("gamma 0.95", runs.better(other), pictures.two_ways(scores), gain=runs.gain(other))

# %%
lesson.ask("which sentence")

# %% [markdown]
# Both ways use a transition equally often, about 60 times. They differ in what stands beside it in the batch. The first
# 63 of the 1,000 steps have no update, for a batch needs 64 transitions. So all agents make 937 updates of 64, some 60
# draws for each of the 1,000 transitions. With the last 64, a transition is drawn again and again within 64 steps,
# among its neighbours, and then never again. With everything so far, it is drawn over the rest of the run, among
# strangers (and an early one more often than a late one).

# %%
different = {n: n * (1 - (1 - 1 / n) ** 64) for n in (64, 1_000)}  # on average
lesson.ask("64 of 64", round(different[64]), of_many=different[1_000])

# %% [markdown]
# So the batch is mixed, *and* it holds more different transitions, *and* old experience is rehearsed. This experiment
# cannot tell the three apart.
#
# ### Full online learning: no memory at all
# The original writes FULL ONLINE LEARNING in capitals. It means: train at every step, and at the episode's end once more.
# Both times it draws from its memory. (Lesson 07 measures these two.) In the strict sense *online* says more: learn from
# each transition as it comes, **once**, and keep none. That is a memory of 1 and a batch of 1. Can one do without?
#
# A batch of one is a noisy step and may want another learning rate. So there are seven rates, at gamma 0.98, for 4,000
# steps. Each way gets the rate with the best mean score over 64 seeds, and is compared on 32 other seeds that nobody
# had looked at ([held out](glossary.md#held-out-seeds)). It was recorded.

# %%
own = measured.at_their_best()
lesson.ask(
    "no memory",
    round(own["the newest alone"].value),
    show=measured.draw(measured.measured("online")),
    newest=own["the newest alone"],
    recent=own["the last 64 only"],
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# With the newest alone it learns, and little: 84 steps at its best rate, where everything so far has 268. That is on
# the seeds that chose the rates; the answer's difference is from the fresh ones. And look at the upper two curves: at a
# rate of 0.003 nothing parts them, at each of the other six rates the last 64 is shown to be lower. So what section 3
# found at one rate need not hold at another.
# </details>
#
# ## 4. What the memory holds as training goes on
# A memory of capacity C holds the last C transitions. So from the recorded run we can see what a memory of any size
# would have held at any moment. Some of what it holds are **terminations**: the pole fell, or the cart left the track.

# %%
shares = [log.terminated[:steps].double().mean().item() for steps in (300, 2_000)]  # all are still held
lesson.ask(
    "terminations",
    runs.becomes(*shares),
    show=lambda guess: pictures.terminal_share(log, [250, 2000]),
)

# %% [markdown]
# Move the step first, then the capacity. Watch three things: where the states lie, how old they are, and how many of them
# are terminations.

# %% jupyter={"source_hidden": true} tags=["nbval-ignore-output"]
Explorer(
    lambda step, capacity: pictures.contents(log, episode, step, capacity),
    step=(50, 2000, 50, 500),
    capacity=(50, 2000, 50, 2000),
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# **States.** At first the cart is near the middle and the pole at many angles. Later the pole stays nearer to upright
# and the cart wanders far from the middle. What the network is trained on changes under it. **Ages.** In a full memory
# they are spread evenly from 0 to C - 1. A batch is on average about C / 2 steps old.
# </details>
#
# Terminations are what teaches the agent what to avoid. If they all leave the memory, the network may forget what they
# taught it. [Lesson 12](12_forgetting_and_memory.ipynb) sweeps the capacity from 64 to 100,000 and measures that.
#
# ## 5. Building it: a ring of tensors
# The original notebook keeps a `deque` of 10,000 tuples of small tensors. When it is full, `append` drops the oldest.
# There is another way: five big tensors, made once. Transition number $n$, counted from 0, goes to row $n$ modulo the
# capacity. After the last row comes the first one again: a **ring**, in which the newest always overwrites the oldest.
# Here is one column of it, the rewards, with room for 8.

# %%
rewards = torch.zeros(8)
for n in range(6):
    rewards[n % 8] = n + 0.5  # transition number n has this reward here
rewards

# %%
lesson.ask("slot 2", show=lambda guess: pictures.ring(11, 8)[0])

# %%
Explorer(pictures.ring, pushed=(0, 30, 1, 4), capacity=(1, 12, 1, 6))

# %% [markdown]
# The whole thing, five columns and a fair draw, is exercise 5.4: it will be your agent's memory. What is it worth?
# A batch out of a deque is the same batch. What differs is the price.

# %% tags=["nbval-ignore-output"]
prices = price.prices()  # of 20,000 transitions each way
dearer = price.is_dear(prices)
lesson.ask("tuples", dearer, show=lambda guess: pictures.price_bars(prices))

# %% [markdown]
# <details><summary>Where 45 comes from, and drawing the same transition twice</summary>
#
# Two observations of 4 numbers at 4 bytes, an action at 8, a reward at 4 and a flag at 1: 45 bytes; a million of them are
# 45 MB. On the machines that ran this, the deque took more than 3 times as long for a batch.
#
# `random.sample` draws *without* replacement, `torch.randint` *with*. So some transition is in a batch of 64 twice: with
# chance 0.18 in a memory of 10,000, with chance 0.87 in one of 1,000, and almost always in one of 64. A repeat
# only counts one transition twice.
# </details>
#
# ## 6. Ways in which a memory lies
# None of these raises an error.
#
# ### The memory that is not full yet
# The rows that nobody wrote are zeros, and zeros look like a perfect CartPole: centred, upright, at rest. Here are 100
# transitions in a ring of 10,000, and somebody draws 64 from all the rows.

# %%
young = qlib.ReplayMemory(10_000)
for row in range(100):
    young.push(*(column[row] for column in log))
rows = torch.randint(10_000, (64,), generator=torch.Generator().manual_seed(0))
broken = young.storage.observations[rows]
lesson.ask("never happened", int((broken == 0).all(1).sum()))

# %% [markdown]
# **Diagnostic:** count the rows of a batch that are all zeros. qlib refuses to sample more than it holds, in words:

# %%
try:
    qlib.ReplayMemory(10_000).sample(64)
except ValueError as error:
    print(error)

# %% [markdown]
# ### What the environment hands over
# Some environments write every observation into one and the same array, and return that. A list stores what it is given:

# %%
array, remembered = np.zeros(2), []
for step in range(3):
    array[:] = step, 10 * step  # the environment's next observation
    remembered.append(array)
lesson.ask("remembered", runs.kept(remembered))

# %% [markdown]
# <details><summary>The diagnostic</summary>
#
# Compare the oldest observation with the newest: are they the same numbers?
# </details>
#
# ### The automatic reset
# Environments that step together (gymnasium calls them **vector environments**) are reset automatically, each when its
# episode ends. Whoever stores that as a transition tells the agent that from a fallen pole one push leads to a fresh
# start. **Diagnostic:** the cart must never jump: from one row's observation to its next observation it moves by its
# velocity times 0.02 s.

# %% [markdown]
# ### Dig deeper: automatic resets, two kinds
# A side road, for those who will use vector environments; exercise 5.3 belongs to it.
#
# In the default mode (`NEXT_STEP`), after an end, the *next* call to `step` ignores your action and returns the first
# observation of a new episode, with reward 0 and "not terminated". CartPole moves the cart by its velocity times 0.02 s
# at each step, so $|x' - x - 0.02\,v|$ must be 0, up to rounding. A reset makes the cart jump.

# %% tags=["side-road"]
steps = resets.collect("NEXT_STEP")  # 400 steps of 4 CartPoles, random actions
jump = resets.jump(steps.observations, steps.next_observations)
pictures.jumps(jump[:, 0], resets.really_happened(steps)[:, 0])

# %% tags=["side-road"]
real = resets.really_happened(steps)
print(f"{(jump > 1e-6).sum()} of {jump.size:,} jump, {(jump[real] > 1e-6).sum()} of the real ones")
print("false ones: reward", steps.rewards[~real].max(), " terminated:", steps.terminated[~real].any())

# %% [markdown]
# In the other mode, `SAME_STEP`, the step that ends an episode already returns the *new* episode's first observation.
# No step is wasted, but the `next_observation` of the last step is wrong. The true one is in `info["final_obs"]`.

# %% tags=["side-road"]
steps = resets.collect("SAME_STEP")
for name, following in (("as returned", steps.next_observations), ("with final_obs", steps.mended)):
    jump = resets.jump(steps.observations, following)
    print(f"{name:14}: {(jump > 1e-6).sum()} of {jump.size:,} transitions jump")

# %% [markdown]
# <details><summary>Which of the two is worse?</summary>
#
# What an update aims at is the [TD target](glossary.md#td-target), the subject of lesson 06: the reward, plus what the
# agent thinks the next observation is worth, unless the episode terminated there. At a *termination* the next
# observation does not count, so the second kind does no harm. It does harm at a [truncation](glossary.md#truncated), a
# time limit, where the agent must look ahead and sees a fresh start. The first kind makes a false row after every end.
# It teaches that a fallen pole is worth a fresh start. No target asks for that value where the episode terminated, but
# the network is taught something like it of states nearby. After a truncation the target asks for it directly.
# </details>
#
# ## 7. Exercises
#
# Replace the `...` and run the cell.
#
# ### 5.1 Who sits where · ●○○ · 6 minutes
# Transitions are numbered from 0. After `pushed` pushes into a ring of `capacity` slots, which number is in each slot?
# Return a list of length `capacity`, with -1 for a slot that was never written. (The ring explorer above shows it.)


# %%
def slots_after(pushed, capacity):
    return ...


check.slots(slots_after)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Start from a list of -1 and write the numbers in the order of the pushes.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def slots_after(pushed, capacity):
#     slots = [-1] * capacity
#     for n in range(pushed):
#         slots[n % capacity] = n
#     return slots
# ```
# </details>
#
# ### 5.2 A fair draw · ●●○ · 8 minutes
# `storage` is a `Batch` of five columns, as long as the capacity. Draw `batch_size` transitions uniformly from those
# that were written, and return them as a `Batch`. `pushed` is how many were pushed so far, `generator` is PyTorch's random
# generator.


# %%
def fair_sample(storage, pushed, batch_size, generator):
    return ...


check.sample(fair_sample)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.randint(high, (n,), generator=generator)` draws n numbers from 0 to high - 1. How many rows were written,
# before and after the ring is full? Then use the *same* rows for every column.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def fair_sample(storage, pushed, batch_size, generator):
#     held = min(pushed, len(storage.actions))
#     rows = torch.randint(held, (batch_size,), generator=generator)
#     return Batch(*(column[rows] for column in storage))
# ```
# </details>
#
# ### 5.3 Which transitions are real · ●●● · 10 minutes
# (For the side road.) A vector environment in `NEXT_STEP` mode ran for T steps in N environments. Given `terminated` and
# `truncated`, both of shape `(T, N)`, return a boolean array of shape `(T, N)`: True where a transition really happened.
# Step 0 came right after your own reset.


# %%
def really_happened(terminated, truncated):
    return ...


check.real_transitions(really_happened)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The false one comes one step *after* an end, in the same column. Begin with all True and assign to rows `1:`.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def really_happened(terminated, truncated):
#     real = np.ones_like(terminated)
#     real[1:] = ~(terminated | truncated)[:-1]
#     return real
# ```
# </details>
#
# ### 5.4 Your ring · ●●● · 15 minutes
# Put it together: a memory for your own agent, of `capacity` transitions whose observations have `n_observations`
# numbers. `push` stores one, `sample` draws fairly and returns a `Batch` (dtypes as `Batch` says: float32, int64, float32,
# float32, bool), and `len` says how many are held. The environment may go on writing into the arrays that it gave you.


# %%
class Ring:
    def __init__(self, capacity, n_observations): ...

    def push(self, observation, action, reward, next_observation, terminated): ...

    def sample(self, batch_size, generator): ...

    def __len__(self): ...


check.ring(Ring)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Keep a `Batch` of five tensors of zeros in `self`, each with its `dtype`, and count the pushes in `self.pushed`. The
# slot is exercise 5.1, the draw is 5.2. `torch.as_tensor(observation)` is what a row takes.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# class Ring:
#     def __init__(self, capacity, n_observations):
#         self.capacity, self.pushed = capacity, 0
#         self.storage = Batch(
#             torch.zeros(capacity, n_observations),
#             torch.zeros(capacity, dtype=torch.int64),
#             torch.zeros(capacity),
#             torch.zeros(capacity, n_observations),
#             torch.zeros(capacity, dtype=torch.bool),
#         )
#
#     def push(self, observation, action, reward, next_observation, terminated):
#         transition = observation, action, reward, next_observation, terminated
#         for column, value in zip(self.storage, transition):
#             column[self.pushed % self.capacity] = torch.as_tensor(value)
#         self.pushed += 1
#
#     def sample(self, batch_size, generator):
#         rows = torch.randint(len(self), (batch_size,), generator=generator)
#         return Batch(*(column[rows] for column in self.storage))
#
#     def __len__(self):
#         return min(self.pushed, self.capacity)
# ```
# </details>
#
# ### 5.5 Read the bars · ●○○ · 5 minutes
# Nine transitions were pushed into each of four memories of 12 slots, and 1,800 were drawn. The bars count how often each
# slot came; grey are the slots that nobody wrote. One memory is `"sound"`. One draws `"unwritten"` rows. One never
# draws the newest: `"newest missing"`. One draws some slots more often than others: `"uneven"`. Which is which?

# %%
pictures.suspects()


# %%
def findings():
    return ...  # {"A": "sound", "B": ...}


check.suspects(findings)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Chance makes bars ragged: of 200 draws, 14 more or less is usual. The newest was written last: which slot is that?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def findings():
#     return {"A": "unwritten", "B": "sound", "C": "newest missing", "D": "uneven"}
# ```
# </details>
#
# ### 5.6 What was shown? · ●●○ · 5 minutes
# Which of these sentences do sections 2 and 3 support? Return their letters, such as `"AC"`.
#
# - A: Mixing the batch helps learning.
# - B: With gamma 0.98 and rate 0.002, agents that draw from everything so far score higher, on average over 16 seeds.
# - C: With gamma 0.95 and rate 0.005 it makes no difference what the agent draws from.
# - D: The larger gamma is, the more it matters what the agent draws from.
# - E: In the recorded run, each of the four numbers of an observation says much about itself one step later.
# - F: On seeds that nobody had looked at, full online learning scores lower than everything so far, each at its own best
#   rate.


# %%
def what_was_shown():
    return ...


check.what_was_shown(what_was_shown)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three hold. A sentence may say too much in three ways: it names one cause where several change together, it takes "open"
# for "the same", or it makes a rule of two settings.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def what_was_shown():
#     return "BEF"
# ```
#
# B and F name what was compared, and stop there. For A one would have to change the mixing alone, for C many more seeds
# would have to leave a narrow interval around 0, and for D one would change gamma at one rate and compare the gains.
# </details>
#
# ## 8. If you see this
#
# | you see | the cause |
# |---|---|
# | `batch_size=64 is not allowed: the memory holds 10 transitions` | sampling too early: collect first, or ask `len(memory)` |
# | `batch_size=64 is larger than memory_size=32` | a batch cannot be larger than the memory that it is drawn from |
# | `stack expects each tensor to be equal size` | a deque holds observations of different shapes, often one with an extra dimension |
# | all old observations equal the newest one | the environment reuses its array, and the memory stored the array instead of a copy |
# | rows of zeros in a batch | unwritten slots are sampled |
# | a fallen pole has a high value | automatic resets are stored as transitions, or the terminal cut is missing (lesson 06) |
# | the score climbs, then sinks, then climbs | one possible cause: the memory's contents change with the agent; lesson 12 measures it |
# | memory use grows for an hour, then stops | a deque fills up; a ring takes all its space at once |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
#
# 1. Neighbouring steps say much about each other; transitions drawn from the whole run do not. Over 16 seeds learning
#    from everything so far was better in one setting, and in another no difference showed. Why, is not measured here.
# 2. A ring: transition n in row n modulo capacity, sampled from the written rows only, the same rows in every column.
# 3. A memory can lie quietly. Count zeros, compare the oldest with the newest, and check that the cart never jumps.
#
# **Sources.** [Lin 1992](https://doi.org/10.1007/BF00992699), who introduced experience replay.
# [Mnih et al. 2015](https://www.nature.com/articles/nature14236), a memory of a million frames.
# [Farama on automatic resets](https://farama.org/Vector-Autoreset-Mode).
#
# Next: [06 · One update](06_one_update.ipynb).
