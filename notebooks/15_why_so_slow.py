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
# | Read | 39 minutes, and 42 for the exercises |
# | Run | about 30 seconds |
# | Needs | lesson 06, the update; lesson 05 helps |
# | Gives | a profile, a fair stopwatch, a waterfall of changes, and the floor under them |
#
# Times belong to a machine. Those that are saved here are the last machine's. Run the lesson, and they are yours.

# %%
import tempfile
from functools import partial
from pathlib import Path

import numba
import numpy as np
import torch
import torch.nn.functional as F

import qlib
from qlib.core.demands import is_present
from qlib.engine.ensemble import Ensemble
from qlib.lessons.lesson import Lesson
from qlib.lessons.why_so_slow import arithmetic, by_hand, pictures, slips, twins, ways, whole_run
from qlib.lessons.why_so_slow import checks as check
from qlib.lessons.why_so_slow import stopwatch as clock
from qlib.show.explorer import Explorer

lesson = Lesson("15_why_so_slow")
torch.set_num_threads(1)  # section 3 tries more
RUN_IT = False  # True runs section 6's two whole runs again: some minutes

# %%
lesson.again()

# %% [markdown]
# ## 1. Where the time goes
# The original notebook trained for 1,000 episodes. "So slow", it says: its progress bar ended at 7.99 seconds an
# episode, 2 h 13 min in all. After every step of the environment it made 40 updates.
#
# First we need a memory. A random agent plays 10,000 steps. `qlib` keeps them in a ring of tensors, one column for each
# kind of thing; the original kept a `deque` of tuples of small tensors. Both hold the same transitions.

# %%
collector = ways.collect()
ring, deque = ways.both_memories(collector)

# %% [markdown]
# A **profile** says how long each part of a program takes. Python's own profiler, `cProfile`, times every function
# call, and adds its own time to each. Here the parts are few, so a stopwatch with laps is enough: `lap("optimiser")`
# books the time since the last lap under "optimiser". This is one update as the original makes it, with laps.


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
# `play` lets it play: act, let the environment move, remember, and 40 of these updates, for twelve steps. (The original
# also draws a window at each step, and two plots at each episode's end. We leave both out, so the real thing was slower
# still.)

# %% tags=["nbval-ignore-output"]
watch = ways.play(original_update)
group, share = ways.longest(watch)
lesson.ask("what takes longest", group, show=pictures.parts(watch)[0], share=share)

# %% [markdown]
# What would it give to make one part faster? Choose a part, and move `times faster` to 2, then to 100.

# %% tags=["nbval-ignore-output"]
faster_part = partial(pictures.faster_part, watch)
parts = sorted(watch, reverse=True)
Explorer(faster_part, name="faster part", record=1_000, part=parts, times_faster=(1, 100, 1, 1))

# %% [markdown]
# The parts that you did not touch set a limit. This is **Amdahl's law**. No single part here is the cause; whoever
# wants to be ten times faster has to change nearly everything. So we go on, one change after the other.
#
# ## 2. A fair stopwatch
# Other programs share the machine, and clocks of processors go up and down. If you time A for a minute and then B for a
# minute, you may have timed the weather. So `turn_about` lets all ways take **turns**, in many short rounds, and we look
# at the **median** of the rounds, with the least and the most beside it. A turn makes so many calls that it lasts some
# milliseconds. And each way is called once before: section 8 shows why.
#
# A faster update that computes something else is no faster update. So each way, before it may take part in the race,
# makes 50 updates with the *same* first weights and the *same* batches as the original's way. `enter` raises an error if
# it does not end at the same weights.

# %%
race = ways.Race()


def from_deque(rows):
    return map(torch.stack, zip(*[deque[i] for i in rows], strict=True))


race.enter("the original's way", ways.in_torch(from_deque, draw=ways.one_by_one))

# %% [markdown]
# `in_torch` makes the update of section 1 out of a way to fetch a batch; it has no laps.
#
# ## 3. One change at a time
# ### Threads
# PyTorch may split one operation over the processor's cores. The number of threads is a switch for the whole program, so
# put it back afterwards, or everything after it is measured with the wrong one. `all_cores` does.

# %% tags=["nbval-ignore-output"]
said, threads = clock.all_cores(race.ways["the original's way"])
lesson.ask("more threads", said, **threads)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# For large tensors more threads pay. For a batch of 64 the threads mostly wait for each other. That gets far worse when
# another program needs the cores too: then one of them holds up all the others. What you saw depends on both.
#
# </details>
#
# Everything below uses **one thread**, the original's way as well: the ratios leave this out.
#
# ### Three changes inside PyTorch
# **A ring instead of a deque of tuples.** Lesson 05 measured it: stacking 4 times 64 small tensors costs more than
# copying 64 rows of four large ones. And one call draws all 64 numbers.


# %%
def from_ring(rows):
    return [column[rows] for column in ring]


race.enter("ring of tensors", ways.in_torch(from_ring))

# %% [markdown]
# **No graph for the target.** `detach()` throws away a graph that PyTorch has just built. Under `no_grad` it is never
# built.


# %%
def no_graph(network, following):
    with torch.no_grad():
        return network(following).max(1)[0]


race.enter("no graph for the target", ways.in_torch(from_ring, no_graph))

# %% [markdown]
# **Fused Adam.** Adam's step is several operations for each of the six parameter tensors. PyTorch can do all of them in
# one call.

# %%
race.enter("fused Adam", ways.in_torch(from_ring, no_graph, fused=True))

# %% [markdown]
# What have they changed? Count what PyTorch is asked for. A **dispatch mode**, an inner tool of PyTorch, sees every
# operation on its way to the code that computes it. We leave out those that only look at a tensor in another way.

# %%
totals = {name: ways.operations(way).total() for name, way in race.ways.items()}
lesson.ask("fewer requests", ways.halved(totals), show=pictures.asked_for(totals))

# %% [markdown]
# ### Out of PyTorch
# **The gradient by hand.** PyTorch notes each operation and then walks the notes backwards. For three layers we can
# write that walk ourselves, in NumPy, as lesson 06 did. All weights lie in one row, and the six matrices and vectors are
# **views** of it. So Adam needs no loop over tensors. (`qlib/lessons/why_so_slow/by_hand.py`, some 40 lines.)

# %%
race.enter("gradient by hand, NumPy", by_hand.way(ring))

# %% [markdown]
# **Compiled.** Numba turns a Python function into machine code. For one function that is one word: `numba.njit(adam)`.
# `qlib.QAgent.learn` does it for the whole update, in `qlib/engine`. With `compiled=False` the same method
# runs the readable update in PyTorch. It draws its own batches, so `enter` cannot try it. Tests hold it instead: given
# the same batches, the readable one ends at the original's weights, and the compiled one at the readable one's.

# %%
agent = qlib.QAgent(qlib.ORIGINAL, seed=0)
agent.memory = collector.memory
race.enter_as_tested("compiled, one agent", agent.learn)

# %% [markdown]
# **Many agents at once.** One [seed](glossary.md#seed) is an [anecdote](glossary.md#anecdote), so we want sixteen anyway.
# `qlib.compare` and the `Ensemble` inside it let them take their steps together: Python is called once for all. A test
# holds that each is still the agent that it would be alone. Each has a memory of its own here, and once in 40 updates
# they all act and move their environments. That time is counted in.

# %%
sixteen = Ensemble([qlib.QAgent(qlib.ORIGINAL, seed=seed) for seed in range(16)])
while sixteen.agents[0].updates == 0:
    sixteen.step()
race.enter_as_tested("compiled, among sixteen", sixteen.step, updates=16 * 40)

# %% [markdown]
# ### The race
# All ways, turn about, one thread. First the steps between neighbours, then the whole.

# %% tags=["nbval-ignore-output"]
times = race.run()
median = clock.medians(times)
largest, factor = ways.largest_step(median)
lesson.ask("largest step", largest, factor=factor)

# %% tags=["nbval-ignore-output"]
original, last = median["the original's way"], median["compiled, among sixteen"]
lesson.ask("all in all", original / last, show=pictures.waterfall(times))

# %% [markdown]
# In the picture the striped part of a bar is what the change saved. On this axis equal lengths are equal factors. And
# remember: each of them ends at the same weights, as you saw of those in PyTorch and NumPy, and as tests hold of the
# compiled ones.
#
# ## 4. What has to be computed
# How much of all this is arithmetic? A layer with $n$ inputs and $m$ outputs takes $n \cdot m$ **multiply-adds** for
# each row of the batch. One update passes the layers forward twice (once for $s'$, once for $s$). Backward, it computes
# the gradient of the weights, which takes as many again, and passes the error on to the layer below, except below the
# first. Exercise 15.1 is this by pencil.

# %%
print(f"{arithmetic.multiply_adds(24, 64):,} multiply-adds in one update")

# %% [markdown]
# And how many does this processor do? Let NumPy multiply a stack of matrices of 64 rows in one call, so that the call
# itself costs next to nothing. Small matrices leave a part of the processor idle.

# %% tags=["nbval-ignore-output"]
speed = arithmetic.measure_speed()
pictures.rates(speed.rates)

# %% [markdown]
# So there is a floor: the multiply-adds of one update, at the speed of matrices of this size.

# %% tags=["nbval-ignore-output"]
floor = speed.microseconds(24, 64)
picture = pictures.waterfall(times, floor)
lesson.ask("share of arithmetic", 100 * floor / original, show=picture, last=100 * floor / last)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Section 1's parts *contain* the matrix products, and the products are a small share of them: in our runs a hundredth
# of the original's update, or less. Nearly all of its time goes into *asking* for them. Python finds the method;
# PyTorch checks types and shapes, chooses a routine, makes room for the result and notes it for the backward pass. That
# is **overhead**.
#
# What the last way still takes beyond the floor is what the floor leaves out: drawing, copying rows, the ReLUs, the
# loss, Adam with its square roots, and now and then a step of the environments.
#
# </details>
#
# ### Wider networks, larger batches
# Call *rest* what an update takes beside its multiply-adds. If all of it were overhead, paid once for each operation, it
# would not depend on the size at all. We let `qlib`'s update run, readable in PyTorch and compiled, for four widths and
# three batches, turn about.

# %% tags=["nbval-ignore-output"]
sizes = arithmetic.measure_sizes(collector, speed)
said, growth = sizes.growth((24, 64), (256, 256))
lesson.ask("the rest grows", said, **growth)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# The rest grows, by far less than the multiply-adds do. It holds two things. Overhead is paid once for each operation and
# does not grow. But the ReLUs touch every number of a layer, Adam touches every weight with a square root and a division,
# and large results no longer fit the processor's cache. So a model "overhead as at width 24, and the multiply-adds on
# top" predicts too little for a wide network. We tried it: that is why this lesson measures each size.
#
# </details>
#
# ## 5. CPU and GPU
# "TODO: create architecture to transfer GPU to CPU, vice versa", says the original. Here it is. Every tensor lives on a
# **device**: `"cpu"`, `"cuda"` (NVIDIA) or `"mps"` (Apple). A network and what you feed it must live on the same one.

# %% tags=["nbval-ignore-output"]
there = next((name for name in ("cuda", "mps") if is_present(name)), "cpu")
print("there:", there)

# %% [markdown]
# If it says cpu, PyTorch sees no GPU here: there is none, or this is PyTorch's CPU build. Then the moves below go
# nowhere, and everything still runs. An agent takes a device in its settings, and moves with `to`; networks, optimiser
# and memory go together. You pass NumPy observations and get CPU values, so the rest of your code need not know.

# %%
traveller = qlib.QAgent(qlib.Settings(device="cpu"), seed=0)
list(qlib.train(traveller, episodes=3))
at_home = traveller.q_values(ring[0][:64])
away = traveller.to(there).q_values(ring[0][:64])
back = traveller.to("cpu").q_values(ring[0][:64])
for where, values, by in (("away", away, 1e-5), ("back", back, 0)):
    other = ((values - at_home).abs() > by).sum().item()
    print(f"{where}: {other} of {values.numel()} values differ by more than {by:g}")

# %% [markdown]
# Save on one device, load on the other. The file knows numbers, not places. (Saved on a GPU and loaded where there is
# none, the agent comes to the CPU by itself.)

# %%
with tempfile.TemporaryDirectory() as folder:
    path = traveller.to(there).save(Path(folder) / "agent.safetensors")
    loaded = qlib.QAgent.load(path, device="cpu")
print("loaded on the", loaded.device, "after", loaded.steps, "steps, as before:", traveller.steps)

# %% [markdown]
# **What would a GPU change here?** Nothing was measured on one. But to a GPU, each operation that you counted is at least
# one **kernel** that has to be started.

# %% tags=["nbval-ignore-output"]
kernels = totals["fused Adam"]
said, numbers = pictures.starting(kernels, median["compiled, one agent"])
lesson.ask("starting on a GPU", said, **numbers)

# %% [markdown]
# Choose another width, then another batch. The hatched part is the multiply-adds, the plain part is the rest. Where does
# arithmetic overtake the rest? From where on could a GPU pay at all?

# %% tags=["nbval-ignore-output"]
at_size = partial(pictures.sizes, sizes, kernels)
Explorer(at_size, name="sizes", width=list(arithmetic.WIDTHS), batch=list(arithmetic.BATCHES))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# One thing a GPU would not change: after each step the agent has to act, so each step waits for the kernels before it.
# Many agents in one kernel, large batches, images instead of four numbers: there a GPU can pay. With 24 units it has
# hardly anything to do.
#
# </details>
#
# ## 6. The original's whole run
# The same algorithm, mistakes included, 1,000 episodes, 40 updates after each step. First three seconds of it, live.

# %%
lengths, here = whole_run.live(seconds=3)

# %% tags=["nbval-ignore-output"]
early, late = np.mean(lengths[:10]), np.mean(lengths[-10:])
print(f"{len(lengths)} episodes, {original / here:.0f} times faster than the original's way")
print(f"mean steps of an episode: {early:.0f} in the first ten, {late:.0f} in the last")

# %% [markdown]
# How long would all of it take? Careful: what stays the same is the time of an *update*. An episode's length is what
# the agent learns, so the first episodes say nothing about the rest. Whoever multiplies them by a thousand extrapolates
# the wrong thing. So we say what we know: the time for a given mean length of an episode. (The original printed 133
# minutes for episodes of 94 steps in the mean. If the last column says more, this machine is slower or busy; the ratio
# of the two columns counts.)

# %% tags=["nbval-ignore-output"]
whole_run.minutes_by_length(here, original)

# %% [markdown]
# The whole run takes minutes, so it is recorded, on two machines in `records/why_so_slow.json`. A third record is the
# **control**: one machine again, but each of the first weights was moved up or down to the next number that float32 can
# hold. No change can be smaller.

# %%
other, run = whole_run.on_two_machines()
nudges = whole_run.nudged(again=RUN_IT)
lesson.ask("another machine", other["score"], first=run["score"], **nudges)

# %%
made = f"{run['steps']:,} steps, {run['updates']:,} updates"
print(f"{run['episodes']:,} episodes, {made} in {run['seconds']:.0f} s")
ratio = whole_run.PRINTED / run["seconds"]
print(f"the original printed 2 h 13 min: {ratio:.0f} times as long, on another machine")

# %% [markdown]
# The two machines have processors of one name. What may differ is which **vector instructions** PyTorch finds on them.
# With others it adds up in another order, and rounds otherwise. So here is one processor twice: as it is, and told to do
# without them. The first 40 episodes, seed 0:

# %%
whole_run.by_capability(again=RUN_IT)

# %% [markdown]
# Already the first weights differ, in their last digit, and no line of code does. So a record now says beside the
# machine which instructions were in use (`capability`). Of the two whole runs we did not keep that. We ran the first
# machine's code again on the second machine, and got the second machine's steps and updates, number for number. So the
# machine made the difference, not the code. More is not shown.
#
# On one machine the same seed gives the same run. Nowhere does one run tell how good a method is.
#
# Mind what is compared with what. The 7,980 s are the author's machine, its window and its plots, years ago. That ratio
# tells you what *you* save, not which code is better. The claim that holds is the one of section 3: both ways on one
# machine, in one run, turn about. And one seed's score is an anecdote; lesson 16 repeats it.
#
# ## 7. Does faster change what is learned?
# The compiled sums add their numbers in another order, so they round otherwise. Such a difference can grow from update
# to update. Let a readable and a compiled agent make 1,000 updates on the same batches. Measure how far apart their
# weights are, as a share of the way that they have gone. And for comparison, a **control**: the compiled agent against
# itself, nudged as in section 6. Eight nudges, so that chance has its say.

# %% tags=["nbval-ignore-output"]
found = {seed: twins.gaps(collector.memory, seed) for seed in (1, 2, 3)}
name, seeds = twins.further(found)
lesson.ask("who parts further", name, show=pictures.gaps(found), seeds=seeds)

# %% tags=["nbval-ignore-output"]
print(
    f"after 100 updates the readable agent is {100 * twins.largest(found, 100):.1g} % of the way apart"
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Does a line of the readable agent jump in your picture? Then look at the nudged ones. If some of them jump as high, the
# jump is no mistake of the compiled update. There, learning itself stands on an edge, for example a ReLU that is on in
# one agent and off in the other, and the last digit of a weight decides. Without the control you would have blamed the
# compiler. Three seeds are an anecdote; `tests/unit/engine/test_flat.py` holds the two updates together.
#
# </details>
#
# In a whole run the two part for good: once a rounding difference tips a single action, they see different episodes.
# Then they are like two seeds. That is why results in this tutorial are stated over seeds.
#
# ## 8. Look twice at a stopwatch
# Three ways in which a stopwatch lies. None of them raises an error.
#
# **One.** Somebody times `learn()` on two agents. One has just been made, the other has 10,000 transitions. The first
# wins by far.

# %% tags=["nbval-ignore-output"]
new, old = qlib.QAgent(qlib.ORIGINAL, seed=0), qlib.QAgent(qlib.ORIGINAL, seed=0)
old.memory = collector.memory
times = clock.medians(clock.turn_about({"new": new.learn, "old": old.learn}))
made = ways.updates_made({"just made": new, "with a memory": old}, ring)
ratio, count = times["old"] / times["new"], made["just made"][-1]
lesson.ask("an agent just made", show=pictures.over_time(made), times=ratio, made=count)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# With fewer transitions than a batch there is nothing to learn from, and `learn()` returns at once. **Diagnostic:** count
# the work, not the calls. `agent.updates` tells.
#
# </details>
#
# **Two.** Numba compiles a function when it is first called. Here is Adam's step, as a plain Python function that becomes
# a compiled one.

# %% tags=["nbval-ignore-output"]
fast_adam, arrays = numba.njit(by_hand.adam), by_hand.arrays_of_adam()
said, times = clock.first_call(lambda: fast_adam(*arrays, 5))
lesson.ask("the first call", said, **times)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Broken: time the first ten calls and divide by ten. Whole: warm up, then time. And if the program runs only once, the
# compile time is part of the truth: say it. (GPUs, caches and `torch.compile` have first calls of their own.)
#
# </details>
#
# **Three.** The number of threads belongs to the program, and so to all that you measure after changing it.
# **Diagnostic:** print it beside the result.

# %%
torch.get_num_threads()

# %% [markdown]
# ## 9. Exercises
#
# Replace the `...` and run the cell. No check depends on how fast your machine is.
#
# ### 15.1 Count by pencil · ●○○ · 7 minutes
# Take a pencil. A network has 4 inputs, two hidden layers of one width, and 2 outputs. The batch is one row. How many
# multiply-adds does an update take? Five rows, each for width 10 and for width 100: forward for s′; forward for s; the
# gradient of the weights; the error passed down; all together. Return `[[..., ...], [..., ...], ...]`, filled in.


# %%
def count_table():
    return ...


check.count_table(count_table)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The first layer takes 4 times the width, the second the width times itself, the last the width times 2. Biases are
# only added. Nobody asks for the error of the observations.
#
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def count_table():
#     return [[160, 10_600], [160, 10_600], [160, 10_600], [120, 10_200], [600, 42_000]]
# ```
#
# Ten times the width is 70 times the work. Which layer makes it so?
#
# </details>
#
# ### 15.2 A fair clock · ●○○ · 6 minutes
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
# ### 15.3 How much faster must it be? · ●●○ · 8 minutes
# `spent` maps each part of a program to its seconds. The whole is to become `wanted` times faster, and only one `part`
# may be changed. Choose: by which factor must it become faster? Where no factor is enough, give `math.inf`.


# %%
def needed_factor(spent, part, wanted):
    return ...


check.needed_factor(needed_factor)

# %% [markdown]
# <details><summary>Hint</summary>
#
# How many seconds may the whole take? Take off what the other parts take. What is left is for the part; is anything left?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# import math
#
#
# def needed_factor(spent, part, wanted):
#     before = sum(spent.values())
#     left = before / wanted - (before - spent[part])
#     return spent[part] / left if left > 1e-9 else math.inf
# ```
#
# Try it on section 1: `needed_factor(watch, "optimiser", 1.2)`, then 1.5. A part that takes a third of the time can
# never make the whole more than 1.5 times faster.
#
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
# import math
#
#
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
# ### 15.5 Which part is broken? · ●●○ · 6 minutes
# Four updates, each with one slip that raises no error. The picture counts the operations that they ask PyTorch for, part
# by part, beside the whole update with fused Adam.

# %%
counts = slips.counts(ring)
pictures.requests(counts.pop(slips.WHOLE), counts)

# %% [markdown]
# | culprit | |
# |---|---|
# | `"batch"` | the batch is twice as large as it should be |
# | `"fetching"` | the rows are fetched one by one |
# | `"twice"` | the network is asked once more than it must be |
# | `"target"` | the gradient runs into the target |
# | `"optimiser"` | the optimiser goes from tensor to tensor |
# | `"actions"` | the loss is taken over all actions |
#
# Which is it? Return a dictionary, `{"A": "...", "B": "...", "C": "...", "D": "..."}`, a culprit for each letter. Two of
# the six are not in the picture.


# %%
def broken_parts():
    return ...


check.broken_parts(broken_parts)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Which part asks for more than the whole update does, and how much more? A larger batch makes each operation longer. Does
# it make them more?
#
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def broken_parts():
#     return {"A": "target", "B": "fetching", "C": "twice", "D": "optimiser"}
# ```
#
# A is a mistake of learning, too (lesson 09), and you found it with a stopwatch's means: backward and the loss are
# walked twice. B, C and D learn the same and only take longer.
#
# </details>
#
# ### 15.6 What was shown? · ●●○ · 5 minutes
# Which of these sentences do this lesson's measurements support? Return their letters as one text, such as `"AB"`.
#
# - **A**: Every way in PyTorch and NumPy that took part in the race ends, after 50 updates, at the same weights.
# - **B**: The compiled update among sixteen is as fast as it can be made on this machine.
# - **C**: One run of one seed does not tell how good the original's settings are.
# - **D**: A nudge in the last digit makes the original's settings learn worse, or better.
# - **E**: A GPU is slower than this processor, for a network of 24 units.
# - **F**: `qlib`'s code is as many times better than the original's as 7,980 s are more than the recorded run's.


# %%
def what_was_shown():
    return ...


check.what_was_shown(what_was_shown)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A sentence may say too much in three ways: from a floor to what can be reached, from a rule of thumb to a measurement,
# or from one pair of runs to a rule.
#
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def what_was_shown():
#     return "AC"
# ```
#
# D is the tempting one. The two runs differ, and that shows how much a single run is worth. It says nothing of which way
# a nudge goes on average: for that you would nudge many times.
#
# </details>
#
# ## 10. If you see this
#
# | you see | the cause |
# |---|---|
# | a speed-up too good to be true | perhaps nothing was computed: count `agent.updates`, look for NaN |
# | twice the time on the second try | another program, or the processor's clock: take turns, compare medians |
# | all cores busy, and slower than with one | threads that wait for each other: `torch.set_num_threads(1)` |
# | the first episode takes seconds, the others do not | compiling, or loading what was compiled |
# | `qlib` is suddenly slow after you redefined a method of an agent | the compiled update steps aside for your method; that is meant so |
# | compiled, and the weights differ in the sixth digit | float32 rounds; sums in another order round otherwise |
# | `Expected all tensors to be on the same device` | network and input live on different devices: move one of them with `.to(device)` |
# | `device='cuda' is not on this machine` | PyTorch sees no GPU; an agent says so when it is made, before any training |
# | "the GPU is slower" | small matrices: starting kernels takes longer than computing them |
# | the GPU is unbelievably fast | it works on after the call returns: call `torch.cuda.synchronize()` before you look at the clock |

# %%
lesson.done()

# %% [markdown]
# ## 11. What to remember
#
# - At this size the time goes into asking for the arithmetic, not into the arithmetic. Measure before you believe.
# - One change at a time, turn about, medians, threads stated, and the same weights after it.
# - Count the work that was done. A call is not an update.
#
# **Sources.** [Amdahl 1967](https://doi.org/10.1145/1465482.1465560), the law of the untouched rest.
# [PyTorch's tuning guide](https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html),
# [its profiler](https://pytorch.org/docs/stable/profiler.html). [Numba](https://numba.readthedocs.io).
#
# Next: [16 · Results](16_results.ipynb).
