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
# **You will know what a batch is made of, why it is shuffled, and how a memory can lie without an error.**
#
# | | |
# |---|---|
# | Read | 25 minutes, and 24 for the exercises |
# | Run | about 40 seconds, most of it in one comparison |
# | Needs | lessons 03 and 04: shapes, actions |
# | Gives | a replay memory of your own, what it is worth in two settings, three diagnostics |

# %%
import collections
import dataclasses
import random
import timeit

import gymnasium as gym
import numpy as np
import psutil
import torch

import qlib
from qlib.core.memory import Batch
from qlib.lessons.replay_memory import checks as check
from qlib.lessons.replay_memory import pictures
from qlib.show.explorer import Explorer
from qlib.study.statistics import mean_interval

torch.set_num_threads(1)  # one core is quicker for networks this small

# %% [markdown]
# ## Before you run: predict
#
# Two agents train for 1,000 steps with one update after each step, 64 transitions an update. One draws its 64 from
# everything that happened so far. The other draws them from the **last 64 steps** only: the freshest news there is.
# **Which one scores higher: the first, the second, or no difference?** Decide before you read on.
#
# ## 1. What is remembered
# At each step the agent sees an observation, acts, gets a reward, sees the next observation, and is told whether the
# episode terminated. These five things together are a **transition**. A memory stores them and hands some of them back:

# %%
memory = qlib.ReplayMemory(capacity=1_000)
env = gym.make("CartPole-v1")
observation, _ = env.reset(seed=4)
next_observation, reward, terminated, truncated, _ = env.step(1)
memory.push(observation, 1, reward, next_observation, terminated)
memory.sample(1)

# %% [markdown]
# A **batch** is B transitions, one row each, in five tensors whose row $i$ belongs together. Nothing in it says which
# step came before which. The update of lesson 06 needs no order: each row holds its own "before" and "after".
#
# ## 2. Neighbours look alike
# Let an agent train for 2,000 steps and keep everything in order. (This is one run of one seed: an anecdote, good for
# looking at. The comparison below uses 16.)

# %%
settings = qlib.Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0), stick=-10.0, gamma=0.95, learning_rate=5e-3, epsilon_episodes=15
)
recorder = qlib.QAgent(settings, seed=1)
lengths = [episode.steps for episode in qlib.train(recorder, steps=2_000)]
log = Batch(*(column[: recorder.steps] for column in recorder.memory.storage))  # in order: the ring never came round
episode = np.repeat(np.arange(len(lengths)), lengths)
seen = log.observations.numpy()

# %% [markdown]
# Now take pairs: each observation and the one right after it. A **correlation** of 1 means that you can compute the one
# from the other by a straight line; 0 means that no straight line helps. **Guess** the four correlations, then run.

# %% tags=["nbval-ignore-output"]
first, second = pictures.pairs(episode, lag=1)
in_order = pictures.correlations(seen[first], seen[second])
rows = np.random.default_rng(0).integers(len(seen), size=(2, len(first)))
shuffled = pictures.correlations(seen[rows[0]], seen[rows[1]])
for name, a, b in zip(pictures.NAMES, in_order, shuffled, strict=True):
    print(f"{name:22} next step {a:+.2f}   next in a shuffled batch {b:+.2f}")

# %%
print("position, in order, above 0.99:", in_order[0] > 0.99)
print("shuffled, all within ±0.1 of 0:", bool(np.abs(shuffled).max() < 0.1))

# %% [markdown]
# Move the lag. Which of the four is the first to say nothing about its later value? Which one still says almost
# everything 40 steps later?

# %% tags=["nbval-ignore-output"]
Explorer(
    lambda lag, quantity: pictures.neighbours(seen, episode, lag, quantity),
    lag=(1, 40, 1, 1),
    quantity=list(pictures.NAMES),
)

# %%
first, second = pictures.pairs(episode, lag=20)
later = np.abs(pictures.correlations(seen[first], seen[second]))
print("20 steps later, position above 0.9:        ", later[0] > 0.9)
print("20 steps later, angular velocity below 0.3:", later[3] < 0.3)

# %% [markdown]
# The pole swings to and fro within a few steps. The cart drifts slowly. So 64 steps in a row are far less than 64
# pieces of news: one stretch of track and a few swings of the pole.
#
# ## 3. Does it matter for learning?
# Your first guess, measured: same steps, same updates, same batch size, 16 seeds each. Only the pool that batches come
# from differs: a memory of 64 *is* the last 64 steps.


# %%
def score_and_updates(memory_size, seed, **changes):
    agent = qlib.QAgent(dataclasses.replace(settings, memory_size=memory_size, **changes), seed)
    env = qlib.make_env(settings)
    observation, _ = env.reset(seed=seed)
    for step in range(1_000):
        action = agent.act(observation, epsilon=max(0.05, 1 - step / 250))
        following, reward, terminated, truncated, _ = env.step(action)
        agent.remember(observation, action, reward, following, terminated)
        agent.learn()  # does nothing until there are 64
        observation = env.reset()[0] if terminated or truncated else following
    return qlib.evaluate(agent, 30).mean(), agent.updates


# %% [markdown]
# One setting is one setting, so do it in two. The first discounts less and takes smaller steps. The second is the one
# that you have just recorded.

# %%
SETTINGS = {"first": {"gamma": 0.98, "learning_rate": 2e-3}, "second": {"gamma": 0.95, "learning_rate": 5e-3}}
POOLS = {"last 64 only": 64, "everything so far": 10_000}
results = {
    f"{setting}: {pool}": np.array([score_and_updates(size, seed, **changes) for seed in range(16)])
    for setting, changes in SETTINGS.items()
    for pool, size in POOLS.items()
}
pictures.two_ways({name: result[:, 0] for name, result in results.items()})

# %% tags=["nbval-ignore-output"]
intervals = {}
for setting in SETTINGS:
    recent, everything = (results[f"{setting}: {pool}"][:, 0] for pool in POOLS)
    intervals[setting] = mean_interval(recent - everything)
    print(f"{setting:6} setting: last 64 only, against everything, 16 seeds: {intervals[setting]:+.0f} steps")

# %%
print("first setting:  the whole 95 % interval is a loss for the last 64:", intervals["first"].below(0))
print("second setting: the interval holds zero:                          ", intervals["second"].verdict() == "open")
recent, everything = (results[f"first: {pool}"][:, 0] for pool in POOLS)
print("first setting:  some seed of the worse way beats one of the better:", recent.max() > everything.min())

# %% [markdown]
# In the first setting replay wins. In the second the interval holds zero: no difference shown. So replay is no law. The
# obvious reason for the first result would be that replay uses each transition more often. It does not:

# %%
updates = {int(n) for result in results.values() for n in result[:, 1]}
print("updates of all 64 agents:", updates, f" draws per transition: {max(updates) * 64 / 1_000:.0f} on average")

# %% [markdown]
# All agents make the same number of draws from the same number of steps. What differs is the company. With the last 64,
# a transition is drawn again and again within 64 steps, among its neighbours, and then never again. With everything so
# far, it is drawn over the whole run, among strangers. And fewer of them are drawn twice. So many different transitions
# are in a batch of 64, on average, if the memory holds 64 or 1,000:

# %%
[round(n * (1 - (1 - 1 / n) ** 64)) for n in (64, 1_000)]  # distinct transitions in a batch

# %% [markdown]
# So the batch is mixed, *and* it holds more different transitions, *and* old experience is rehearsed. This experiment
# cannot tell the three apart.
#
# And a warning. The dots overlap: a single run of each could have told you the opposite. So say "replay helped *here*",
# and measure when it matters.
#
# ## 4. What the memory holds as training goes on
# A memory of capacity C holds the last C transitions. So from the recorded run we can see what a memory of any size
# would have held at any moment. Move the step first, then the capacity.

# %% tags=["nbval-ignore-output"]
Explorer(
    lambda step, capacity: pictures.contents(log, episode, step, capacity),
    step=(50, 2000, 50, 500),
    capacity=(50, 2000, 50, 2000),
)

# %% [markdown]
# Three things to see:
# - **States.** At first the cart is near the middle and the pole at many angles. Later the pole stays nearer to upright
#   and the cart wanders far from the middle. What the network is trained on changes under it.
# - **Ages.** In a full memory the ages are spread evenly from 0 to C - 1. A batch is on average about C / 2 steps old.
# - **Terminations**: the pole fell, or the cart left the track. The longer the episodes, the rarer they are. A small
#   memory of a good agent may hold none at all.

# %%
early, late = np.abs(seen[:250]).mean(0), np.abs(seen[1_750:2_000]).mean(0)
print("from the first 250 steps to steps 1,750 to 2,000, on average,")
print(
    "the pole is nearer to upright:", late[2] < early[2], "- the cart is further from the middle:", late[0] > early[0]
)

# %% tags=["nbval-ignore-output"]
print(f"the cart in the last 250 steps: from {seen[-250:, 0].min():+.2f} to {seen[-250:, 0].max():+.2f} m")

# %% tags=["nbval-ignore-output"]
pictures.terminal_share(log, [250, 2000])


# %%
def terminal_share(step, capacity):
    return log.terminated[max(0, step - capacity) : step].float().mean().item()


print("a smaller share of terminations at step 2,000 than at 300, capacity 2,000:", end=" ")
print(terminal_share(2_000, 2_000) < terminal_share(300, 2_000))

# %% [markdown]
# Terminations are what teaches the agent what to avoid. If they all leave the memory, the network may forget what they
# taught it. Lesson 12 sweeps the capacity from 64 to 100,000 and measures that.
#
# ## 5. Building it: a ring of tensors
# The original notebook keeps a `deque` of 10,000 tuples of small tensors. When it is full, `append` drops the oldest.
# Each batch is drawn with `random.sample`, taken apart with `zip(*batch)`, and stacked with `torch.stack`.
#
# There is another way: five big tensors, made once. Transition number $n$ goes to row $n$ modulo the capacity. After
# the last row comes the first one again: a **ring**, in which the newest always overwrites the oldest.

# %%
Explorer(pictures.ring, pushed=(0, 30, 1, 11), capacity=(1, 12, 1, 8))

# %% [markdown]
# Here is the whole ring.


# %%
class Ring:
    def __init__(self, capacity):
        self.capacity, self.pushed = capacity, 0
        shapes = [(capacity, 4), (capacity,), (capacity,), (capacity, 4), (capacity,)]
        kinds = [torch.float32, torch.int64, torch.float32, torch.float32, torch.bool]
        self.columns = [torch.zeros(shape, dtype=kind) for shape, kind in zip(shapes, kinds, strict=True)]

    def push(self, *transition):
        for column, value in zip(self.columns, transition, strict=True):
            column[self.pushed % self.capacity] = torch.as_tensor(value)
        self.pushed += 1

    def sample(self, batch_size, generator):
        rows = torch.randint(min(self.pushed, self.capacity), (batch_size,), generator=generator)
        return Batch(*(column[rows] for column in self.columns))


# %% [markdown]
# Fill it and `qlib.ReplayMemory` with the same 700 transitions, more than its 500 slots, and draw with equal
# generators.


# %%
def transition(n):
    return [column[n] for column in log]


ours, theirs = Ring(500), qlib.ReplayMemory(500)
for n in range(700):
    ours.push(*transition(n))
    theirs.push(*transition(n))
a = ours.sample(64, torch.Generator().manual_seed(0))
b = theirs.sample(64, torch.Generator().manual_seed(0))
print("the same batch:", all(torch.equal(x, y) for x, y in zip(a, b, strict=True)))

# %% [markdown]
# And the original's way? From the same indices it makes the same batch. Only the order of its places differs: a deque
# starts at the oldest, a ring at slot 0.


# %%
def from_deque(deque, places):
    return Batch(*(torch.stack(column) for column in zip(*(deque[i] for i in places), strict=True)))


deque = collections.deque((tuple(x.clone() for x in transition(n)) for n in range(700)), maxlen=500)
slots = [700 % 500, 0, 499]  # the oldest, number 200; the first slot, number 500; the last slot, number 499
places = [(slot - 700) % 500 for slot in slots]
whole = Batch(*(column[slots] for column in theirs.storage))
print("the same transitions:", all(torch.equal(x, y) for x, y in zip(from_deque(deque, places), whole, strict=True)))

# %% [markdown]
# What differs is the price. **Guess** how many times more memory 20,000 transitions take as tuples of tensors, and how
# many times longer a batch takes.


# %%
def resident():
    return psutil.Process().memory_info().rss


big_ring = qlib.ReplayMemory(20_000)
before = resident()
big_deque = collections.deque(maxlen=20_000)
for n in range(20_000):
    s, s_next = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0.5, 0.6, 0.7, 0.8])
    big_deque.append((s, torch.tensor(n % 2), torch.tensor(1.0), s_next, torch.tensor(False)))
    big_ring.push(s, n % 2, 1.0, s_next, False)
deque_bytes = resident() - before - big_ring.nbytes


# %%
def seconds(function):
    return min(timeit.repeat(function, number=200, repeat=5)) / 200  # the least disturbed of five


ring_time = seconds(lambda: big_ring.sample(64))
draw = random.Random(0)
deque_time = seconds(lambda: from_deque(big_deque, draw.sample(range(20_000), 64)))

# %% tags=["nbval-ignore-output"]
print(f"ring:  {big_ring.nbytes / 20_000:5.0f} bytes a transition, {1e6 * ring_time:4.0f} µs a batch of 64")
print(f"deque: {deque_bytes / 20_000:5.0f} bytes a transition, {1e6 * deque_time:4.0f} µs a batch of 64")
print(f"ratio: {deque_bytes / big_ring.nbytes:5.0f} in bytes, {deque_time / ring_time:.0f} in time")

# %%
print("the ring: 45 bytes a transition:", big_ring.nbytes == 45 * 20_000)
print("the deque takes more than 10 times the bytes:", deque_bytes > 10 * big_ring.nbytes)
print("the deque takes more than 3 times as long:   ", deque_time > 3 * ring_time)
print(f"a million transitions in a ring: {1_000_000 * big_ring.nbytes / 20_000 / 1e6:.0f} MB")

# %% [markdown]
# Two observations of 4 numbers at 4 bytes, an action at 8, a reward at 4 and a flag at 1: 45 bytes. Each small tensor,
# on the other hand, is a Python object with a header, a reference count and a separate piece of memory.
#
# One difference is left. `random.sample` draws *without* replacement, `torch.randint` *with*. Does a batch hold the
# same transition twice?


# %%
def chance_of_a_repeat(held, batch_size=64):
    return 1 - np.prod(1 - np.arange(batch_size) / held)


for held in (64, 1_000, 10_000):
    print(f"{held:6,} held: a batch of 64 holds some transition twice with chance {chance_of_a_repeat(held):.2f}")

# %% [markdown]
# In a memory of 10,000 fewer than one batch in five holds a repeat, and a repeat only counts one transition twice. In a
# memory of 64, with replacement, it is sure.
#
# ## 6. Three ways a memory lies
# None of these raises an error. Each is shown broken beside whole, with the diagnostic that catches it.
#
# ### The memory that is not full yet
# The rows that nobody wrote are zeros, and zeros look like a perfect CartPole: centred, upright, at rest. Here are 100
# transitions in a ring of 10,000. The broken way draws from all the rows.

# %%
young = qlib.ReplayMemory(10_000)
for n in range(100):
    young.push(*transition(n))
generator = torch.Generator().manual_seed(0)
broken = young.storage.observations[torch.randint(young.capacity, (64,), generator=generator)]
whole = young.sample(64, generator).observations


def never_happened(observations):
    return int((observations == 0).all(1).sum())


print(f"broken: {never_happened(broken)} of 64 rows never happened")
print(f"whole:  {never_happened(whole)} of 64 rows never happened")

# %% [markdown]
# **Diagnostic:** count the rows that are all zeros. An agent trained on them learns that a perfect state earns 0 and
# leads to itself, for ever. qlib refuses to sample more than it holds, in words:

# %%
try:
    qlib.ReplayMemory(10_000).sample(64)
except ValueError as error:
    print(error)

# %% [markdown]
# ### The automatic reset, first kind: a step that nobody took
# Many environments can step together in one **vector environment**. When one of them ends, it is reset automatically,
# so that the others need not wait. In gymnasium's default (`NEXT_STEP`) the *next* call to `step` ignores your action
# and returns the first observation of a new episode, with reward 0 and "not terminated". Whoever stores that as a
# transition tells the agent: from a fallen pole, one push leads to a fresh start.


# %%
def collect(mode, steps=400, n=4):
    envs = gym.make_vec("CartPole-v1", num_envs=n, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode})
    envs.action_space.seed(0)
    observations, _ = envs.reset(seed=0)
    rows = []
    for _ in range(steps):
        following, *rest = envs.step(envs.action_space.sample())  # rest: rewards, terminated, truncated, info
        rows.append((observations, following, *rest))
        observations = following
    envs.close()
    return rows


# %%
rows = collect(gym.vector.AutoresetMode.NEXT_STEP)
x, x_next = np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])  # (T, N, 4)
over = np.stack([row[3] | row[4] for row in rows])  # (T, N)
print("observations:", x.shape, " episodes that ended:", over.sum())

# %% [markdown]
# **Diagnostic:** physics. CartPole moves the cart by its velocity times 0.02 s at each step, so
# $|x' - x - 0.02\,v|$ must be 0, up to rounding. A reset makes the cart jump.

# %%
jump = np.abs(x_next[:, :, 0] - x[:, :, 0] - 0.02 * x[:, :, 1])  # (T, N)
real = np.ones_like(over)
real[1:] = ~over[:-1]  # the step after an end is the reset
pictures.jumps(jump[:, 0], real[:, 0])

# %%
print(f"broken, everything stored: {(jump > 1e-6).sum()} of {jump.size:,} transitions jump")
print(f"whole, resets left out:    {(jump[real] > 1e-6).sum()} of {real.sum():,} transitions jump")
rewards, terminated = np.stack([row[2] for row in rows]), np.stack([row[3] for row in rows])
print("every false one has reward 0:", (rewards[~real] == 0).all(), " says terminated:", terminated[~real].any())

# %% [markdown]
# ### The automatic reset, second kind: the wrong next observation
# In the other mode, `SAME_STEP`, the step that ends an episode already returns the *new* episode's first observation.
# No step is wasted, but the `next_observation` of the last step is wrong. The true one is in `info["final_obs"]`.

# %%
rows = collect(gym.vector.AutoresetMode.SAME_STEP)
x = np.stack([row[0] for row in rows])
broken = np.stack([row[1] for row in rows])
whole = broken.copy()
for t, row in enumerate(rows):
    for i in np.flatnonzero(row[3] | row[4]):
        whole[t, i] = row[5]["final_obs"][i]
print("episodes that ended:", sum(int((row[3] | row[4]).sum()) for row in rows))
for name, x_next in (("broken", broken), ("whole", whole)):
    jump = np.abs(x_next[:, :, 0] - x[:, :, 0] - 0.02 * x[:, :, 1])
    print(f"{name:6}: {(jump > 1e-6).sum()} of {jump.size:,} transitions jump")

# %% [markdown]
# Which of the two is worse? What an update aims at is the **TD target**, the subject of lesson 06: the reward, plus
# what the agent thinks the next observation is worth, unless the episode terminated there. Here it is for one wrong
# row.

# %%
t, i = np.argwhere((broken != whole).any(-1))[0]


def td_target(next_observation, terminated):
    row = (x[t, i], 1, 1.0, next_observation, terminated)
    return recorder.td_target(Batch(*(torch.as_tensor(value).unsqueeze(0) for value in row))).item()


for terminated in (True, False):
    harmless = np.isclose(td_target(broken[t, i], terminated), td_target(whole[t, i], terminated))
    print(f"terminated {terminated!s:5}: the wrong next observation leaves the target as it is: {harmless}")

# %% [markdown]
# At a *termination* the next observation does not count, so the second kind does no harm. It does harm at a
# *truncation*, a time limit, where the agent must look ahead and sees a fresh start. The first kind does harm after
# every end: its false row says "not terminated".
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
# Number n goes to slot `n % capacity`. Start from a list of -1 and write the numbers in the order of the pushes.
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
# that were written, and return them as a `Batch`.


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
# A vector environment in `NEXT_STEP` mode ran for T steps in N environments. Given `terminated` and `truncated`, both
# of shape `(T, N)`, return a boolean array of shape `(T, N)`: True where a transition really happened. Step 0 came
# right after your own reset.


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
#
# ## 9. What to remember
#
# 1. Neighbouring steps are nearly copies; a shuffled batch is not. Over 16 seeds learning from it was better in one
#    setting, and in another no difference showed.
# 2. A ring: transition n in row n modulo capacity, sampled from the written rows only, the same rows in every column.
# 3. A memory can lie quietly. Count zeros, and check that the cart never jumps.
#
# **Sources.** [Lin 1992](https://doi.org/10.1007/BF00992699), who introduced experience replay.
# [Mnih et al. 2015](https://www.nature.com/articles/nature14236), a memory of a million frames.
# [Farama on automatic resets](https://farama.org/Vector-Autoreset-Mode).
#
# Next: [06 · One update](06_one_update.ipynb).
