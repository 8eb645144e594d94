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
# # 15 · Why so slow?
#
# **You will find where the time of a training run goes, and make the same algorithm many times faster, one measured
# change at a time, without changing what it learns.**
#
# | | |
# |---|---|
# | Read | 30 minutes, and 28 for the exercises |
# | Run | about 30 seconds |
# | Needs | lesson 06, the update; lesson 05 helps |
# | Gives | a profile, a fair stopwatch, a waterfall of speed-ups, and the floor under them |
#
# The times below are those of the machine that ran this notebook last. Run it, and they are yours.

# %% [markdown]
# ## Before you run: predict
#
# The original notebook trained for 1,000 episodes. "So slow", it says: its progress bar ended at 7.99 seconds an
# episode, 2 h 13 min in all. After every step of the environment it made 40 updates. **What takes most of the time of
# one such step?**
#
# - (a) playing: choosing the action, and the environment's physics
# - (b) fetching the 40 batches of 64 from the memory
# - (c) the network's matrix products, forward and backward
# - (d) something else
#
# Decide. Then say how many times faster you think that it can become on one core, with the same numbers coming out.

# %%
import collections
import dataclasses
import math
import os
import pathlib
import random
import time
from typing import NamedTuple

import gymnasium as gym
import numba
import numpy as np
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.lessons.why_so_slow import checks as check
from qlib.lessons.why_so_slow import pictures
from qlib.show.explorer import Explorer
from qlib.study.records import read, recorded

torch.set_num_threads(1)  # section 3 measures why

# %% [markdown]
# ## 1. Where the time goes
# First we need a memory. A random agent plays 10,000 steps. `qlib` keeps them in a ring of five tensors; the original
# kept a `deque` of tuples of small tensors. Both hold the same transitions.

# %%
collector = qlib.QAgent(dataclasses.replace(qlib.ORIGINAL, updates_per_step=0), seed=0)
for _ in qlib.train(collector, steps=10_000):
    pass
ring = collector.memory.storage[
    :4
]  # observations, actions, rewards, next observations; the original has no cut
deque = collections.deque(
    (tuple(column[i].clone() for column in ring) for i in range(10_000)), maxlen=10_000
)
print(f"{len(deque):,} transitions, twice")

# %% [markdown]
# A **profile** says how long each part of a program takes. Python's own profiler, `cProfile`, times every function
# call, and adds its own time to each. Here the parts are few, so a stopwatch with laps is enough: `lap("draw")` books
# the time since the last lap under "draw".


# %%
class Stopwatch(collections.Counter):
    def start(self):
        self.last = time.perf_counter()

    def lap(self, part):
        now = time.perf_counter()
        self[part] += now - self.last
        self.last = now


# %% [markdown]
# This is one update as the original makes it. Its steps are those of lesson 06; only the laps are ours.


# %%
def original_update(network, optimizer, rows, watch):
    sample = [deque[i] for i in rows]
    watch.lap("pick 64 tuples")
    s, a, r, following = map(torch.stack, zip(*sample, strict=True))
    watch.lap("stack into tensors")
    current = network(s).gather(1, a.unsqueeze(1))
    watch.lap("forward: s")
    best = network(following).detach().max(1)[0]
    watch.lap("forward: s'")
    loss = F.mse_loss(current, (r + 0.8 * best).unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    watch.lap("loss and backward")
    optimizer.step()
    watch.lap("optimiser")


# %% [markdown]
# And this is one step: act, let the environment move, remember, and 40 updates. (The original also draws a window at
# each step, and two plots at each episode's end. We leave both out, so the real thing was slower still.)


# %%
def original_step(env, observation, network, optimizer, watch):
    watch.start()
    with torch.no_grad():
        action = network(torch.as_tensor(observation).unsqueeze(0)).argmax().item()
    watch.lap("act")
    following, reward, terminated, truncated, _ = env.step(action)
    watch.lap("environment")
    transition = (observation, action, reward, following)
    diary.append(
        tuple(torch.as_tensor(part) for part in transition)
    )  # not into our deque: it stays equal to the ring
    watch.lap("remember")
    for _ in range(40):
        rows = draw.sample(range(len(deque)), 64)
        watch.lap("draw 64 numbers")
        original_update(network, optimizer, rows, watch)
    return env.reset()[0] if terminated or truncated else following


# %%
def learner(**options):
    network = qlib.QNetwork(generator=torch.Generator().manual_seed(0))  # always the same first weights
    return network, torch.optim.Adam(network.parameters(), 1e-3, **options)


draw, watch, env, diary = random.Random(0), Stopwatch(), gym.make("CartPole-v1"), []
parts, observation = learner(), env.reset(seed=0)[0]
for _ in range(3):
    observation = original_step(env, observation, *parts, Stopwatch())  # to warm up: not kept
for _ in range(12):
    observation = original_step(env, observation, *parts, watch)

# %% tags=["nbval-ignore-output"]
pictures.parts(watch)[0]

# %%
playing = (watch["act"] + watch["environment"] + watch["remember"]) / watch.total()
fetching = (
    watch["draw 64 numbers"] + watch["pick 64 tuples"] + watch["stack into tensors"]
) / watch.total()
print("(a) playing takes less than a tenth:                 ", playing < 0.1)
print("(b) fetching takes less than half:                   ", fetching < 0.5)
print(
    "the rest, forward, backward and optimiser, is largest:",
    1 - playing - fetching > max(playing, fetching),
)

# %% [markdown]
# So (c)? Not yet. These parts *contain* the matrix products. Section 4 counts the products and finds how long they must
# take. Keep your guess until then.
#
# What would it give to make one part faster? Choose a part, and make it 2 times faster, then 100 times.

# %% tags=["nbval-ignore-output"]
Explorer(
    lambda part, times_faster: pictures.faster_part(watch, part, times_faster),
    part=[name for name, _ in watch.most_common()],
    times_faster=(1, 100, 1, 2),
)

# %% [markdown]
# The parts that you did not touch set a limit. This is **Amdahl's law**. No single part here is the cause; whoever
# wants to be ten times faster has to change nearly everything. So we go on, one change after the other.
#
# ## 2. A fair stopwatch
# Other programs share the machine, and clocks of processors go up and down. If you time A for a minute and then B for a
# minute, you may have timed the weather. So let all ways take **turns**, in many short rounds, and look at the
# **median** of the rounds, with the least and the most beside it. And call each way once before: first calls are
# special, as section 7 shows. A round makes so many calls that it lasts some milliseconds, however short a call is.


# %%
def turn_about(ways, rounds=15, milliseconds=8):
    """Return microseconds per call: name to shape (rounds,)."""
    times, calls = {name: np.zeros(rounds) for name in ways}, {}
    for name, function in ways.items():
        function()  # to warm up
        start = time.perf_counter()
        function()
        calls[name] = max(1, round(milliseconds / 1e3 / (time.perf_counter() - start)))
    for i in range(rounds):
        for name, function in ways.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                function()
            times[name][i] = (time.perf_counter() - start) / calls[name] * 1e6
    return times


# %% [markdown]
# A faster update that computes something else is no faster update. So each way, before it may take part, has to make 50
# updates with the *same* first weights and the *same* batches as the original's way, and end at the same weights.


# %%
class Way(NamedTuple):
    update: object  # takes the rows of a batch
    draw: object  # chooses them
    weights: object  # the network's parameters, in one row


ways, ends = {}, {}
BATCHES = [random.Random(i).sample(range(10_000), 64) for i in range(50)]


def enter(name, way):
    for rows in BATCHES:
        way.update(np.array(rows))
    ways[name], ends[name] = way, way.weights()
    first = ends["the original's way"]
    print(f"{name}: the same weights after 50 updates: {np.allclose(ends[name], first, atol=1e-4)}")


# %%
def flat(network):
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()]).numpy()


def enter_torch(name, update, draw_rows, **options):
    network, optimizer = learner(**options)
    enter(name, Way(lambda rows: update(network, optimizer, rows), draw_rows, lambda: flat(network)))


silent = Stopwatch()
silent.start()
enter_torch(
    "the original's way",
    lambda network, optimizer, rows: original_update(network, optimizer, rows, silent),
    lambda: draw.sample(range(10_000), 64),
)

# %% [markdown]
# ## 3. One change at a time
# ### Threads
# PyTorch may split one operation over the cores. For large tensors that pays. Here is the original's update with one
# thread, and with as many as there are cores. The number of threads is a switch for the whole program, so put it back
# in `finally`, or everything after it is measured with the wrong one.


# %%
def in_threads(n):
    torch.set_num_threads(n)
    try:
        name = "the original's way"
        return turn_about({name: lambda: ways[name].update(ways[name].draw())}, rounds=5)[name]
    finally:
        torch.set_num_threads(1)


cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
by_threads = {n: in_threads(n) for n in sorted({1, cores})}

# %% tags=["nbval-ignore-output"]
for n, rounds in by_threads.items():
    print(
        f"{n} thread{'s' * (n > 1)}: {np.median(rounds):,.0f} µs an update, {rounds.min():,.0f} to {rounds.max():,.0f}"
    )

# %% [markdown]
# Is yours slower with more threads? Then waiting for each other costs the threads more than they save. It can get far
# worse when another program needs the cores too. Everything below uses **one thread**, the original's way as well: the
# ratios leave this out.
#
# ### A ring instead of a deque of tuples
# Lesson 05 measured it: stacking 4 times 64 small tensors costs more than copying 64 rows of four large ones. And one
# call draws all 64 numbers.

# %%
generator = torch.Generator().manual_seed(0)


def random_rows():
    return torch.randint(10_000, (64,), generator=generator)


def ring_update(network, optimizer, rows):
    s, a, r, following = (column[rows] for column in ring)
    current = network(s).gather(1, a.unsqueeze(1))
    best = network(following).detach().max(1)[0]
    loss = F.mse_loss(current, (r + 0.8 * best).unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


enter_torch("ring of tensors", ring_update, random_rows)

# %% [markdown]
# ### No graph for the target
# `detach()` throws away a graph that PyTorch has just built. Under `no_grad` it is never built.


# %%
def no_graph_update(network, optimizer, rows):
    s, a, r, following = (column[rows] for column in ring)
    with torch.no_grad():
        best = network(following).max(1)[0]
    loss = F.mse_loss(network(s).gather(1, a.unsqueeze(1)), (r + 0.8 * best).unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


enter_torch("no graph for the target", no_graph_update, random_rows)

# %% [markdown]
# ### Fused Adam
# Adam's step is several operations for each of the six parameter tensors. With `fused=True` one call does all of it.

# %%
enter_torch("fused Adam", no_graph_update, random_rows, fused=True)

# %% [markdown]
# Three changes inside PyTorch. To see what they have done, count what PyTorch is asked for. A **dispatch mode**, an
# inner tool of PyTorch, sees every operation on its way to the code that computes it. We leave out those that only look
# at a tensor in another way.

# %%
LOOKS = {"t", "detach", "view", "unsqueeze", "_record_function_enter_new", "_record_function_exit"}


class Count(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.operations = collections.Counter()

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        self.operations[function.overloadpacket.__name__] += 1
        return function(*arguments, **(named or {}))


def operations(name):
    with Count() as count:
        ways[name].update(ways[name].draw())
    return collections.Counter({name: n for name, n in count.operations.items() if name not in LOOKS})


counted = {name: operations(name) for name in ways}

# %% tags=["nbval-ignore-output"]
for name, found in counted.items():
    most = ", ".join(f"{n} {operation}" for operation, n in found.most_common(5))
    print(f"{name:24} {found.total():4} operations: {most}, …")

# %%
print("fused Adam asks for less than half of what plain Adam does:", end=" ")
print(counted["fused Adam"].total() < 0.5 * counted["no graph for the target"].total())

# %% [markdown]
# Only the last change makes the requests fewer. The ring makes them lighter: a `stack` opens 64 small tensors, an
# `index` reads 64 rows of one. Under `no_grad` they are as many as before, without the notes for the way back.

# %% [markdown]
# ### The gradient by hand
# PyTorch notes each operation and then walks the notes backwards. For three layers we can write that walk ourselves, as
# in lesson 06, in NumPy. All parameters lie in one row, `theta`; the six matrices and vectors are **views** of it. So
# Adam needs no loop over tensors.

# %%
columns = [column.numpy() for column in ring]
theta = flat(learner()[0])
g, m, v = (
    np.zeros_like(theta),
    np.zeros_like(theta),
    np.zeros_like(theta),
)  # gradient, Adam's two averages


def views(row):
    W1, b1, W2, b2, W3, b3 = np.split(row, np.cumsum([4 * 24, 24, 24 * 24, 24, 24 * 2]))
    return W1.reshape(24, 4), b1, W2.reshape(24, 24), b2, W3.reshape(2, 24), b3


W1, b1, W2, b2, W3, b3 = views(theta)
dW1, db1, dW2, db2, dW3, db3 = views(g)


def forward(x):
    h1 = np.maximum(x @ W1.T + b1, 0)
    h2 = np.maximum(h1 @ W2.T + b2, 0)
    return h1, h2, h2 @ W3.T + b3


# %%
each = np.arange(64)


def fill_gradient(rows):
    s, a, r, following = (column[rows] for column in columns)
    y = r + np.float32(0.8) * forward(following)[-1].max(1)
    h1, h2, values = forward(s)
    delta = np.zeros_like(values)  # how the loss changes with each value
    delta[each, a] = (values[each, a] - y) * np.float32(2 / 64)
    dW3[:], db3[:] = delta.T @ h2, delta.sum(0)
    delta = (delta @ W3) * (h2 > 0)
    dW2[:], db2[:] = delta.T @ h1, delta.sum(0)
    delta = (delta @ W2) * (h1 > 0)
    dW1[:], db1[:] = delta.T @ s, delta.sum(0)


def adam(theta, m, v, g, t):
    m += np.float32(0.1) * (g - m)
    v += np.float32(0.001) * (g * g - v)
    root = np.sqrt(v / np.float32(1 - 0.999**t)) + np.float32(1e-8)
    theta -= np.float32(1e-3 / (1 - 0.9**t)) * m / root


# %%
count = iter(range(1, 10**9))  # Adam counts its steps
numbers = np.random.default_rng(0)


def numpy_update(rows):
    fill_gradient(rows)
    adam(theta, m, v, g, next(count))


enter(
    "gradient by hand, NumPy",
    Way(numpy_update, lambda: numbers.integers(10_000, size=64), lambda: theta.copy()),
)

# %% [markdown]
# ### Compiled
# What is left is Python's and NumPy's own work for each of many small operations. **Numba** turns a Python
# function into machine code. For `adam` that is one word:

# %%
fast_adam = numba.njit(adam)
start = time.perf_counter()
ours, compiled = [[x.copy() for x in (theta, m, v, g)] for _ in range(2)]
adam(*ours, 5)
fast_adam(*compiled, 5)
first_call = time.perf_counter() - start
print("the same step:", all(np.allclose(a, b, atol=1e-6) for a, b in zip(ours, compiled, strict=True)))

# %% [markdown]
# `qlib.QAgent.learn` does this for the whole update (in `qlib/engine/kernels.py`, if you are curious). It is
# compiled when the package is set up, or at its first use, and kept on disk. With `compiled=False` the same method
# runs the readable update in PyTorch. First, is the readable one the same as the original's?

# %%
readable = qlib.QAgent(dataclasses.replace(qlib.ORIGINAL, compiled=False), seed=0)
readable.online.load_state_dict(learner()[0].state_dict())
whole = collector.memory.storage
enter(
    "qlib, readable",
    Way(
        lambda rows: readable.update(qlib.Batch(*(column[rows] for column in whole))),
        random_rows,
        lambda: flat(readable.online),
    ),
)

# %% [markdown]
# And is the compiled one the same as the readable one? Give both the same seed, so that they draw the same batches.


# %%
def twins(updates):
    pair = [qlib.QAgent(dataclasses.replace(qlib.ORIGINAL, compiled=c), seed=1) for c in (False, True)]
    for agent in pair:
        agent.memory = collector.memory
        for _ in range(updates):
            agent.learn()
    return [flat(agent.online) for agent in pair]


print("compiled: the same weights after 50 updates:", np.allclose(*twins(50), atol=1e-4))

# %% [markdown]
# ### Many agents at once
# One seed is an anecdote, so we want sixteen anyway. `qlib.compare` and the `Ensemble` inside it let them take their
# steps together: Python is called once for all. Is each agent still the one that it would be alone?

# %%
few = dataclasses.replace(qlib.ORIGINAL, updates_per_step=2)
alone = qlib.QAgent(few, seed=3)
for _ in qlib.train(alone, steps=100):
    pass
together = Ensemble([qlib.QAgent(few, seed=seed) for seed in range(16)])
while together.steps < alone.steps:
    together.step()
same = np.allclose(flat(together.agents[3].online), flat(alone.online), atol=1e-4)
print(
    "seed 3 among sixteen: the same weights as alone after a hundred steps or more:",
    same and alone.steps >= 100,
)

# %% [markdown]
# ### The waterfall
# All ways, turn about, one thread. Each draws its own batches of 64 from the same 10,000 transitions. The sixteen
# agents differ in two things: each has a memory of its own, and once in 40 updates they all act and move their
# environments. That time is counted in.

# %%
agent = qlib.QAgent(qlib.ORIGINAL, seed=0)
agent.memory = collector.memory
sixteen = Ensemble([qlib.QAgent(qlib.ORIGINAL, seed=seed) for seed in range(16)])
while sixteen.agents[0].updates == 0:
    sixteen.step()
timed = {
    name: lambda way=way: way.update(way.draw())
    for name, way in ways.items()
    if name != "qlib, readable"
}
timed["compiled, one agent"] = agent.learn
timed["compiled, among sixteen"] = sixteen.step
times = turn_about(timed)
times["compiled, among sixteen"] /= 16 * 40  # a step of all is 16 times 40 updates

# %% tags=["nbval-ignore-output"]
print("one thread; microseconds for one update      median   least to most")
for name, rounds in times.items():
    print(f"{name:40} {np.median(rounds):10,.1f}   {rounds.min():,.1f} to {rounds.max():,.1f}")
pictures.waterfall(times)

# %%
median = {name: np.median(rounds) for name, rounds in times.items()}
original = median["the original's way"]
print("by hand, at least 1.5 times faster:      ", original > 1.5 * median["gradient by hand, NumPy"])
print("compiled, at least 4 times faster:       ", original > 4 * median["compiled, one agent"])
print("among sixteen, at least 8 times faster:  ", original > 8 * median["compiled, among sixteen"])

# %% [markdown]
# The pale part of a bar is what the change saved. On this axis equal lengths are equal factors. Which changes gave most
# on your machine? And remember: every one of them was held to the same weights.
#
# ## 4. Down to the arithmetic that must be done
# How much of this is arithmetic? A layer with $n$ inputs and $m$ outputs takes $n \cdot m$ **multiply-adds** for each
# row of the batch. One update passes the layers forward twice (once for $s'$, once for $s$). Backward, it computes the
# gradient of the weights, which takes as many again, and passes the error on to the layer below, except below the
# first.


# %%
def multiply_adds(width, batch, n_observations=4, n_actions=2):
    first, rest = n_observations * width, width * width + width * n_actions
    target = online = gradient = first + rest
    below = rest
    return batch * (target + online + gradient + below)


print(f"{multiply_adds(24, 64):,} multiply-adds in one update")

# %% [markdown]
# And how many does this processor do? Let NumPy multiply a stack of matrices of 64 rows in one call, so that the call
# itself costs next to nothing. Small matrices leave a part of the processor idle.


# %%
def multiply_adds_per_microsecond(widths, rows=64):
    counts = [
        max(1, 10_000_000 // (rows * width**2)) for width in widths
    ]  # so that each takes about as long
    stacks = [
        (np.ones((n, rows, width), np.float32), np.ones((n, width, width), np.float32))
        for n, width in zip(counts, widths, strict=True)
    ]
    times = turn_about(
        {i: lambda x=x, w=w: np.matmul(x, w) for i, (x, w) in enumerate(stacks)}, rounds=9
    )
    return np.array(
        [
            n * rows * width**2 / min(times[i])
            for i, (n, width) in enumerate(zip(counts, widths, strict=True))
        ]
    )


WIDTHS = (8, 24, 64, 128, 256, 512)
measured = multiply_adds_per_microsecond(WIDTHS)

# %% tags=["nbval-ignore-output"]
pictures.rates(np.array(WIDTHS), measured)

# %%
print("width 512 at more than 1.5 times the speed of width 8:", measured[-1] > 1.5 * measured[0])

# %% [markdown]
# So here is the floor: the multiply-adds of one update, at the speed of matrices of this size, and at the best speed
# that we saw.


# %%
def arithmetic(width, batch):
    """Return the microseconds that the multiply-adds take at the speed measured for this width."""
    return multiply_adds(width, batch) / np.interp(np.log(width), np.log(WIDTHS), measured)


floor = arithmetic(24, 64)

# %% tags=["nbval-ignore-output"]
print(f"multiply-adds at the speed of this size: {floor:5.1f} µs")
print(f"at the best speed seen:                  {multiply_adds(24, 64) / measured.max():5.1f} µs")
print(f"share of the original's update:          {100 * floor / original:5.1f} %")
print(
    f"share of an update among sixteen:        {100 * floor / median['compiled, among sixteen']:5.1f} %"
)
pictures.waterfall(times, floor)

# %%
print("multiply-adds are less than a tenth of the original's update:", floor < 0.1 * original)

# %% [markdown]
# So the answer to the first question is **(d)**. The matrix products are a small share of the part that looked like
# (c). Nearly all of the original's time goes into *asking* for them: Python finds the method, PyTorch checks types and
# shapes, chooses a routine, makes room for the result and notes it for the backward pass. That is **overhead**. Most of
# it does not depend on how large the matrices are.
#
# What the last way still takes beyond the floor is what the floor leaves out: drawing, copying rows, the ReLUs, the
# loss, Adam with its square roots, and now and then a step of the environments.
#
# ### Wider networks, larger batches
# Overhead stays, arithmetic grows. So for larger networks all this matters less. The model: each way's overhead is what
# it takes beyond its multiply-adds at width 24 and batch 64; at other sizes only the multiply-adds change, at the
# speeds measured above.
#
# The grey bar is a **GPU**. Nothing here was measured on one. But to a GPU, each of the operations that you counted is
# at least one **kernel** that has to be started, and a rule of thumb gives 5 to 10 µs for starting one. Starting is all
# that the bar holds: no computing, no copying to and fro.

# %% [markdown]
# Move the width, then the batch. Where does arithmetic overtake overhead? From where on could a GPU pay at all?

# %% tags=["nbval-ignore-output"]
shown = {"PyTorch": "fused Adam", "NumPy": "gradient by hand, NumPy", "compiled": "compiled, one agent"}
kernels = counted["fused Adam"].total()
overheads = {label: max(0.0, median[name] - floor) for label, name in shown.items()}
Explorer(
    lambda width, batch: pictures.overhead(
        arithmetic(width, batch), overheads, kernels, width=width, batch=batch
    ),
    width=[24, 64, 128, 256, 512],
    batch=[64, 256, 1024],
)

# %% [markdown]
# A model is a guess until it is tested. So here is one size that was not used to make it: width 256, batch 256.


# %%
def learner_of(width, batch, compiled):
    settings = dataclasses.replace(
        qlib.ORIGINAL, hidden=(width, width), batch_size=batch, compiled=compiled
    )
    agent = qlib.QAgent(settings, seed=0)
    agent.memory = collector.memory
    return agent.learn


wide = turn_about(
    {label: learner_of(256, 256, label == "compiled") for label in ("PyTorch", "compiled")}, rounds=7
)

# %% tags=["nbval-ignore-output"]
for label, rounds in wide.items():
    predicted = arithmetic(256, 256) + overheads[label]
    print(f"{label:8}: predicted {predicted:7,.0f} µs, measured {np.median(rounds):7,.0f} µs")

# %% [markdown]
# Is the prediction too low on your machine? The model leaves out all that grows with the network beside the matrix
# products: the ReLUs, Adam's work on more parameters, memory that no longer fits the processor's cache. So read it as a
# floor. The measured times are the truth.
#
# And one thing that a GPU would not change: after each step the agent has to act, so each step waits for the kernels
# before it. Many agents in one kernel, large batches, images instead of four numbers: there a GPU can pay. With
# 24 units it has hardly anything to do.
#
# ## 5. The original's whole run
# The same algorithm, mistakes included, 1,000 episodes, 40 updates after each step. First a few seconds of it, live.

# %%
agent, lengths = qlib.QAgent(qlib.ORIGINAL, seed=0), []
started = time.perf_counter()
for episode in qlib.train(agent, episodes=1_000):
    lengths.append(episode.steps)
    if time.perf_counter() - started > 4:
        break
seconds = time.perf_counter() - started

# %% tags=["nbval-ignore-output"]
one = seconds / agent.updates
print(f"{agent.episodes} episodes, {agent.steps:,} steps, {agent.updates:,} updates in {seconds:.1f} s")
print(
    f"{1 / one:,.0f} updates a second, acting and environment included; the original's way: {1e6 / original:,.0f}"
)
first, last = np.mean(lengths[:10]), np.mean(lengths[-10:])
print(
    f"mean length of an episode: {first:.0f} steps in the first ten, {last:.0f} in the last ten so far"
)

# %% [markdown]
# How long would all of it take? Careful: what stays the same is the time of an *update*. An episode's length is what
# the agent learns, so the first episodes say nothing about the rest. Whoever multiplies them by a thousand extrapolates
# the wrong thing. So we say what we know: the time for a given mean length of an episode.

# %% tags=["nbval-ignore-output"]
for length in (50, 100, 200):
    updates = 1_000 * length * 40
    ours, theirs = updates * one / 60, updates * original / 1e6 / 60
    print(
        f"mean length {length:3}: {updates:9,} updates: {ours:5.1f} min here, {theirs:6.1f} min in the original's way"
    )

# %% [markdown]
# The whole run takes minutes, so it stands behind a switch. `RUN_IT = True` runs it and adds it to the records.

# %%
RUN_IT = False
RECORDS = pathlib.Path("records/why_so_slow.json")


def run_the_original():
    agent = qlib.QAgent(qlib.ORIGINAL, seed=0)
    started = time.perf_counter()
    episodes = sum(1 for _ in qlib.train(agent))
    spent = time.perf_counter() - started
    return {"episodes": episodes, "steps": agent.steps, "updates": agent.updates, "seconds": spent} | {
        "score": qlib.evaluate(agent).mean()
    }


runs = read(RECORDS)
if RUN_IT:
    recorded(
        RECORDS,
        f"run {len(runs) + 1}",
        run_the_original,
        RUN_IT,
        "1,000 episodes of qlib.ORIGINAL, seed 0",
    )
    runs = read(RECORDS)

# %%
for run in runs.values():
    found = run["values"]
    print(f"recorded on {run['date']}, {run['machine']}, seed 0:")
    counts = f"{found['episodes']:,} episodes, {found['steps']:,} steps, {found['updates']:,} updates"
    print(f"  {counts} in {found['seconds']:,.0f} s")
    print(f"  greedy score at the end, mean of 100 starts: {found['score']:.1f}")
    print(
        f"  the original printed 2 h 13 min, 7,980 s: {7_980 / found['seconds']:.0f} times as long, on another machine"
    )

# %% [markdown]
# The first record was made on a busy machine, the second on a quiet one: that is the difference in seconds. But look at
# the **scores**. Both runs have the same settings, the same seed and the same code. They ran on two machines, which add
# up in another order, and a difference in the last digit is enough: section 6 shows how it grows. On one machine the
# same seed gives the same run. Nowhere does one run tell how good a method is.
#
# Mind what is compared with what. The 7,980 s are the author's machine, its window and its plots, years ago. That ratio
# tells you what *you* save, not which code is better. The claim that holds is the one of section 3: both ways on one
# machine, in one run, turn about. And one seed's score is an anecdote; lesson 16 repeats it.
#
# ## 6. Does faster change what is learned?
# The compiled sums add their numbers in another order, so they round otherwise. Such a difference can grow from update
# to update. Let the readable and the compiled twin make 1,000 updates on the same batches. Measure how far apart they
# are, as a share of the way that they have gone. And for comparison, a **control**: the compiled twin against itself,
# with each first weight moved up or down to the next number that float32 can hold. No change can be smaller. Eight such
# nudges, so that chance has its say.


# %%
def nudged(parameter, generator):
    away = torch.randint(2, parameter.shape, generator=generator) * 2.0 - 1
    return torch.nextafter(parameter, 9 * away)


def path(seed, compiled, nudge=None):
    """Return the weights after every 20 updates, shape (51, parameters)."""
    agent = qlib.QAgent(dataclasses.replace(qlib.ORIGINAL, compiled=compiled), seed=seed)
    agent.memory = collector.memory
    if nudge is not None:
        generator = torch.Generator().manual_seed(nudge)
        for parameter in agent.online.parameters():
            parameter.data = nudged(parameter.data, generator)
    weights = [flat(agent.online).copy()]
    for update in range(1, 1_001):
        agent.learn()
        if update % 20 == 0:
            weights.append(flat(agent.online).copy())
    return np.array(weights)


def apart(a, b):
    return np.abs(a - b).max(1)[1:] / np.abs(a - a[0]).max(1)[1:]


readable_gaps, nudged_gaps = {}, {}
for seed in (1, 2, 3):
    fast = path(seed, compiled=True)
    readable_gaps[seed] = apart(fast, path(seed, compiled=False))
    nudged_gaps[seed] = np.array([apart(fast, path(seed, True, nudge)) for nudge in range(1, 9)])

# %% tags=["nbval-ignore-output"]
for seed, gap in readable_gaps.items():
    low, high = nudged_gaps[seed][:, -1].min(), nudged_gaps[seed][:, -1].max()
    print(
        f"seed {seed}, after 1,000 updates: readable {gap[-1]:.0e} of the way apart, nudged {low:.0e} to {high:.0e}"
    )
pictures.gaps(readable_gaps, nudged_gaps)

# %%
print(
    "after 100 updates, less than a ten-thousandth apart:",
    all(gap[4] < 1e-4 for gap in readable_gaps.values()),
)

# %% [markdown]
# Does a blue line jump in your picture? Then look at the orange ones: if some of them jump at the same place and as
# high, the jump is no mistake of the compiled update. There, learning itself stands on an edge, for example a ReLU that
# is on in one twin and off in the other, and the last digit of a weight decides. Without the control you would have
# blamed the compiler. Three seeds are an anecdote; `tests/unit/engine/test_flat.py` holds the two updates together.
#
# In a whole run, the twins part for good: once a rounding difference tips a single action, the two see different
# episodes. Then they are like two seeds. That is why results in this tutorial are stated over seeds.
#
# ## 7. Three ways a stopwatch lies
# None of them raises an error.
#
# ### A speed-up that learns nothing
# Somebody times `learn()` on two agents. One has just been made. It wins by far.

# %%
new, old = qlib.QAgent(qlib.ORIGINAL, seed=0), qlib.QAgent(qlib.ORIGINAL, seed=0)
old.memory = collector.memory
quick = turn_about({"just made": new.learn, "with a memory": old.learn})

# %% tags=["nbval-ignore-output"]
print(", ".join(f"{name}: {np.median(rounds):.2f} µs a call" for name, rounds in quick.items()))

# %%
print(
    "the one just made is at least 3 times faster:",
    np.median(quick["with a memory"]) > 3 * np.median(quick["just made"]),
)
print("it returns NaN:", math.isnan(new.learn()))
print("updates that it made:", new.updates, " the other made some:", old.updates > 0)

# %% [markdown]
# With fewer transitions than a batch there is nothing to learn from: `learn()` returns NaN at once. **Diagnostic:**
# count the work, not the calls. `agent.updates` tells. Here are an agent that starts with an empty memory and one
# that does not; each call remembers one more transition.

# %%
counts = {"memory empty at first": [], "memory full": []}
for label, agent in zip(counts, (qlib.QAgent(qlib.ORIGINAL, seed=0), old), strict=True):
    made = agent.updates
    for i in range(120):
        agent.remember(ring[0][i].numpy(), int(ring[1][i]), 1.0, ring[3][i].numpy(), False)
        agent.learn()
        counts[label].append(agent.updates - made)
pictures.over_time({label: np.array(made) for label, made in counts.items()})

# %% [markdown]
# ### The first call
# Numba compiles a function when it is first called. (GPUs, caches and `torch.compile` have first calls of their own.)

# %%
again = turn_about({"": lambda: fast_adam(*compiled, 5)})[""]

# %% tags=["nbval-ignore-output"]
later = np.median(again)
print(
    f"fast_adam: first call {first_call:.2f} s, later {later:.1f} µs: {first_call / later * 1e6:,.0f} times as long"
)

# %%
print("the first call takes more than 100 times as long:", first_call > 100 * np.median(again) / 1e6)

# %% [markdown]
# Broken: time the first ten calls and divide by ten. Whole: warm up, then time. And if the program runs only once, the
# compile time is part of the truth: say it.
#
# ### Threads, once more
# The number of threads belongs to the program, and so to all that you measure after changing it. **Diagnostic:** print
# it beside the result.

# %%
torch.get_num_threads()

# %% [markdown]
# ## 8. Exercises
#
# Replace the `...` and run the cell. No check depends on how fast your machine is.
#
# ### 15.1 A fair clock · ●○○ · 6 minutes
# Return the median time of one call of `function`, in seconds. Call it `warm_up` times first, untimed. Then time
# `repeats` calls, each for itself. `clock()` returns the time in seconds, like `time.perf_counter()`.


# %%
def typical_time(function, clock, warm_up, repeats):
    return ...


check.typical_time(typical_time)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Two loops. In the second: `start = clock()`, call, append `clock() - start` to a list. `np.median` takes a list.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def typical_time(function, clock, warm_up, repeats):
#     for _ in range(warm_up):
#         function()
#     times = []
#     for _ in range(repeats):
#         start = clock()
#         function()
#         times.append(clock() - start)
#     return np.median(times)
# ```
# </details>
#
# ### 15.2 A batch in one go · ●○○ · 5 minutes
# The original picks its batch row by row:
# `tuple(torch.stack([column[i] for i in rows]) for column in columns)`. Return the same four tensors, but with the same
# number of PyTorch calls for 60 rows as for 6. `columns` is a tuple of four tensors, `rows` a tensor of whole numbers.


# %%
def draw_batch(columns, rows):
    return ...


check.draw_batch(draw_batch)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A tensor can be indexed with a whole tensor of rows.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def draw_batch(columns, rows):
#     return tuple(column[rows] for column in columns)
# ```
# </details>
#
# ### 15.3 What one part can give · ●●○ · 7 minutes
# `spent` maps each part of a program to its seconds. One `part` becomes `factor` times faster, the others stay. How
# many times faster is the whole? (Amdahl's law. `factor` may be `math.inf`.)


# %%
def whole_speed_up(spent, part, factor):
    return ...


check.whole_speed_up(whole_speed_up)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Time before, divided by time after. `spent[part] / factor` is what the part takes afterwards; it is 0 for `math.inf`.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def whole_speed_up(spent, part, factor):
#     before = sum(spent.values())
#     after = before - spent[part] + spent[part] / factor
#     return before / after
# ```
# </details>
#
# ### 15.4 The benchmark that lied · ●●● · 10 minutes
# This one reported an update in 2 µs:
#
# ```python
# def microseconds_per_update(learn, clock, calls):
#     start = clock()
#     for _ in range(calls):
#         learn()
#     return (clock() - start) / calls * 1e6
# ```
#
# `learn()` returns NaN while the memory holds too little, and a number when it has made an update. The first update
# compiles. Mend the function: it must time `calls` real updates, without the first.


# %%
def microseconds_per_update(learn, clock, calls):
    return ...


check.microseconds_per_update(microseconds_per_update)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `math.isnan(x)`. Call `learn()` in a `while` until it returns a number: that call was the first update. Only then look
# at the clock.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def microseconds_per_update(learn, clock, calls):
#     while math.isnan(learn()):
#         pass
#     start = clock()
#     for _ in range(calls):
#         learn()
#     return (clock() - start) / calls * 1e6
# ```
# </details>
#
# ## 9. If you see this
#
# | you see | the cause |
# |---|---|
# | a speed-up too good to be true | perhaps nothing was computed: count `agent.updates`, look for NaN |
# | twice the time on the second try | another program, or the processor's clock: take turns, compare medians |
# | all cores busy, and slower than with one | threads that wait for each other: `torch.set_num_threads(1)` |
# | the first episode takes seconds, the others do not | compiling, or loading what was compiled |
# | `qlib` is suddenly slow after you redefined a method of an agent | the compiled update steps aside for your method; that is meant so |
# | compiled, and the weights differ in the sixth digit | float32 rounds; sums in another order round otherwise |
# | "the GPU is slower" | small matrices: starting kernels takes longer than computing them |
# | the GPU is unbelievably fast | it works on after the call returns: call `torch.cuda.synchronize()` before you look at the clock |
#
# ## 10. What to remember
#
# 1. At this size the time goes into asking for the arithmetic, not into the arithmetic. Measure before you believe.
# 2. One change at a time, turn about, medians, threads stated, and the same weights after it.
# 3. Count the work that was done. A call is not an update.
#
# **Sources.** [Amdahl 1967](https://doi.org/10.1145/1465482.1465560), the law of the untouched rest.
# [PyTorch's tuning guide](https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html),
# [its profiler](https://pytorch.org/docs/stable/profiler.html). [Numba](https://numba.readthedocs.io).
#
# Next: [16 · Results](16_results.ipynb).
