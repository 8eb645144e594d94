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
# # 08 · Normalisation
#
# **You will bring observations to one size in four ways, measure what each is worth, and find the mistakes that come
# with them.**
#
# | | |
# |---|---|
# | Read | 30 minutes, and 25 for the exercises |
# | Run | about 80 seconds |
# | Needs | lesson 01 for batch norm, lesson 06 for the target network |
# | Gives | four ways beside each other at two learning rates, and three silent mistakes with what catches them |

# %% [markdown]
# ## Before you run: predict
#
# The original notebook scales each state to 0 … 1 with **min-max normalisation**: (x − low) / (high − low). It takes
# `low` and `high` from the environment. Here they are. **What will the four numbers become?**
#
# - (a) Four numbers between 0 and 1.
# - (b) An error.
# - (c) Something that is not a number.
#
# Decide. Then run on.

# %%
import dataclasses
import time

import gymnasium
import numpy as np
import torch

import qlib
from qlib import normalisation
from qlib.checks import normalisation as check
from qlib.diagnostics import visited
from qlib.explorer import Explorer
from qlib.network import build_optimizer
from qlib.pictures import normalisation as pictures
from qlib.playground import Playground
from qlib.plotting import intervals
from qlib.statistics import mean_interval

torch.set_num_threads(1)  # networks this small are faster on one
space = gymnasium.make("CartPole-v1").observation_space
for name, low, high in zip(pictures.NAMES, space.low, space.high, strict=True):
    print(f"{name:17} {low:8.3f} to {high:.3f}")

# %%
observation = np.array([0.1, -0.5, 0.02, 0.8], np.float32)
with np.errstate(invalid="ignore"):  # this silences the only trace that there would have been
    scaled = (observation - space.low) / (space.high - space.low)
scaled

# %% [markdown]
# So (c). Two of the four ranges are infinite, and ∞ / ∞ is "not a number", `nan`. In older versions of gym the bounds were
# the largest float32 instead, 3.4 · 10³⁸. Then the difference overflows, and the result is another one:

# %%
largest = np.finfo(np.float32).max
with np.errstate(over="ignore"):
    print((observation[1] + largest) / (largest - -largest))

# %% [markdown]
# Zero, whatever the velocity is. The original saw both ("input / 0 becomes infinity", "the double variable is unable to
# store it") and gave the method up.
#
# ## 1. No error, and no agent
# Would you notice? Give the network what came out above.

# %%
agent = qlib.QAgent(qlib.Settings(), seed=0)
print("values:", agent.q_values(scaled).numpy())
print("action:", agent.act(scaled))
print("loss:  ", torch.nn.functional.mse_loss(agent.q_values(scaled), torch.zeros(2)).item())

# %% [markdown]
# The values are not numbers, and `argmax` gives an action all the same. The loss says it, if you print it. The agent
# below learns from such inputs. It raises an error, because qlib checks its loss. Many programs do not.


# %%
class MinMaxByTheSpace(qlib.QNetwork):
    def forward(self, observations):
        low, high = torch.tensor(space.low), torch.tensor(space.high)
        return self.layers((observations - low) / (high - low))


agent.online = MinMaxByTheSpace()
agent.optimizer = build_optimizer(agent.online, agent.settings)
try:
    for _ in qlib.train(agent, steps=200):
        pass
except qlib.DivergedError as error:
    print(error)

# %% [markdown]
# Better is an error *where the mistake is made*, one that says which dimensions and what to do. That is
# `qlib.normalisation.min_max`:

# %%
try:
    normalisation.min_max(observation, space.low, space.high)
except ValueError as error:
    print(error)

# %% [markdown]
# The original had a guard, too: `assert None == high - low`, with a message that warns of the computation. Read it
# slowly: it demands that the difference *is* `None`. A difference of two numbers never is. So it stops every dimension,
# the good ones as well. Exercise 8.3 mends it.
#
# ## 2. Declare the ranges
# The task says more than the space does. The cart leaves the track at 2.4 m, and the pole is lost at 0.2095 rad. For the
# two velocities nobody gives a limit; 2 m/s and 2 rad/s are usual ones. A range around 0 is min-max to −1 … 1 by one
# division, and that is all that `Settings.observation_scale` does, at the network's door:

# %%
RANGES = (2.4, 2.0, 0.2095, 2.0)  # m, m/s, rad, rad/s
whole = qlib.QNetwork(4, 2, observation_scale=RANGES, generator=torch.Generator().manual_seed(0))
bare = qlib.QNetwork(4, 2, generator=torch.Generator().manual_seed(0))
ranges = np.array(RANGES)
by_hand = 2 * normalisation.min_max(observation, -ranges, ranges) - 1
x = torch.tensor(np.stack([observation, by_hand]), dtype=torch.float32)
print("the same values:", torch.allclose(whole(x[:1]), bare(x[1:])))

# %% [markdown]
# Here is what arrives at the network while a random policy plays. **Predict:** the four raw inputs are not alike; the
# widest spreads 9 times as far as the narrowest. Do the *declared ranges* make them more alike? Choose each way, and read
# the last line. Then move `range factor`: which numbers change, and which does not?

# %%
Explorer(pictures.inputs, way=list(pictures.WAYS), range_factor=(0.25, 8.0, 0.25, 1.0))

# %% [markdown]
# No. By the declared ranges they are *less* alike, for the cart hardly moves while a random policy plays. What has changed
# is which of them are large: the pole's angle has come up to the two velocities. And the factor changes **how large** all
# of them are. Keep the two apart. Section 5 does.
#
# ## 3. The mean and deviation of what was seen
# If nobody knows the ranges, measure them on the way. Welford's update keeps mean and variance without keeping the
# numbers. The new mean goes the share 1/n of the way to the newest number.


# %%
def welford(count, mean, variance, x):
    count = count + 1
    away = x - mean
    mean = mean + away / count
    variance = variance + (away * (x - mean) - variance) / count
    return count, mean, variance


network = normalisation.RunningNetwork()
seen = np.random.default_rng(0).normal((0, 1, -2, 5), (1, 2, 3, 4), (500, 4))
count, mean, variance = 0, np.zeros(4), np.ones(4)
for x in seen:
    count, mean, variance = welford(count, mean, variance, x)
    network.watch(x)
print("mean and variance as numpy's:          ", np.allclose(mean, seen.mean(0)), np.allclose(variance, seen.var(0)))
print("qlib's network has the same statistics:", end=" ")
print(np.allclose(network.mean, mean, atol=1e-4), np.allclose(network.variance, variance, rtol=1e-3))

# %% [markdown]
# The statistics are **buffers**: saved with the network and copied to the target network, but no gradient moves them.
# `normalisation.RunningAgent` shows each observation to its network once, when it is remembered. Note what that means for
# old transitions: they are stored in m and rad, and scaled anew whenever they are drawn.
#
# ## 4. Batch norm
# Batch norm does the same, between the layers. In train mode it takes mean and deviation of *the batch*, in eval mode
# running averages of the batches. Three things follow, and each was met before:
#
# - A batch of one has no deviation. Acting needs eval mode (lessons 01 and 06).
# - The target network needs the statistics as well as the weights. They are buffers, not parameters.
# - It normalises what comes *out* of the first linear layer. What goes *in* stays as it was. Section 6 shows what hangs
#   on that.

# %%
print(
    "plain:     ",
    len(list(qlib.QNetwork().parameters())),
    "parameters,",
    len(list(qlib.QNetwork().buffers())),
    "buffers",
)
print("batch norm:", [name for name, _ in qlib.QNetworkBN().named_buffers()][:3], "and as many for the second layer")

# %% [markdown]
# ## 5. Which is best?
# **Predict:** put *nothing*, *ranges*, *running* and *batch norm* in order. Will it be the same order at a learning rate
# ten times smaller?
#
# One base, with a soft target network. Sixteen seeds for each.

# %%
STEPS = 1_200
base = qlib.Settings(gamma=0.99, epsilon_episodes=30, target_network="soft", tau=0.05)
RATES = {"learning rate 0.003": 3e-3, "learning rate 0.0003": 3e-4}
WAYS = ("nothing", "ranges", "running", "batch norm")


def choose(way, learning_rate, ranges=RANGES):
    settings = dataclasses.replace(base, learning_rate=learning_rate)
    if way == "ranges":
        return dataclasses.replace(settings, observation_scale=ranges)
    if way == "running":
        return lambda seed: normalisation.RunningAgent(settings, seed)
    return dataclasses.replace(settings, network="batch_norm" if way == "batch norm" else "plain")


results = {
    label: qlib.compare({way: choose(way, rate) for way in WAYS}, steps=STEPS, checkpoints=6)
    for label, rate in RATES.items()
}

# %% tags=["nbval-ignore-output"]
results["learning rate 0.003"].plot()

# %% tags=["nbval-ignore-output"]
results["learning rate 0.0003"].plot()

# %% [markdown]
# One number for each seed: the mean of its six examinations. Then the difference from *nothing*, on the same seeds.


# %%
def over_training(result, way):
    return result[way].mean(1)  # (seeds,)


gains = {
    label: {way: over_training(result, way) - over_training(result, "nothing") for way in WAYS[1:]}
    for label, result in results.items()
}

# %% tags=["nbval-ignore-output"]
intervals(gains, "score over training, minus nothing's", zero=True)

# %% tags=["nbval-ignore-output"]
for label, result in results.items():
    print(
        f"{label}: nothing has {{:.0f}} [{{:.0f}}, {{:.0f}}]".format(*mean_interval(over_training(result, "nothing")))
    )
    for way, gain in gains[label].items():
        mean, low, high = mean_interval(gain)
        verdict = "better" if low > 0 else "worse" if high < 0 else "not shown"
        print(f"  {way:10} {mean:+6.1f} [{low:+6.1f}, {high:+6.1f}]  {verdict}")

# %%
for label in RATES:
    print(
        f"{label}: the declared ranges are better than nothing, surely:", mean_interval(gains[label]["ranges"])[1] > 0
    )
slow, quick = (over_training(results[label], way) for label, way in zip(RATES, ("nothing", "ranges"), strict=True))
print("nothing at the large rate beats the ranges at the small one:   ", mean_interval(slow - quick)[1] > 0)

# %% [markdown]
# Scaling helps here, and the learning rate matters more than the way of scaling. When we ran it, *running* and *batch
# norm* helped at the large rate about as much as the declared ranges. At the small rate *running* was not shown to help.
# Its statistics move while the agent learns, so the same state means something else from day to day. We did not test
# whether that is the cause.
#
# ### What is it that helps?
# Larger inputs? Inputs that are alike? Or one of the four? Take it apart. The ranges times a factor: all inputs larger or
# smaller. All four divided by one number: larger, and nothing else changed. All of one deviation: alike. The angle alone.
# The position alone. **Predict** which of them does as well as the ranges.

# %%
FACTORS = (0.25, 0.5, 1, 2, 4)
widths = {
    label: qlib.compare(
        {f"x {factor}": choose("ranges", rate, tuple(factor * ranges)) for factor in FACTORS},
        steps=STEPS,
        checkpoints=6,
    )
    for label, rate in RATES.items()
}
by_factor = {label: np.array([over_training(w, f"x {f}") for f in FACTORS]) for label, w in widths.items()}

# %% tags=["nbval-ignore-output"]
pictures.over_factors(FACTORS, by_factor, {label: over_training(r, "nothing") for label, r in results.items()})

# %%
parts = {
    "all by one number": (0.2,) * 4,
    "all alike": tuple(visited("CartPole-v1", 2_000).std(0)),  # by their deviations under random play
    "angle alone": (1, 1, 0.2095, 1),
    "position alone": (0.08, 1, 1, 1),
}
apart = qlib.compare({name: choose("ranges", 3e-3, s) for name, s in parts.items()}, steps=STEPS, checkpoints=6)

# %% tags=["nbval-ignore-output"]
for label, width in (*widths.items(), ("learning rate 0.003", apart)):
    print(f"{label}, minus nothing")
    for name in width.labels:
        gain = mean_interval(over_training(width, name) - over_training(results[label], "nothing"))
        print(f"  {name:17} {{:+6.1f}} [{{:+6.1f}}, {{:+6.1f}}]".format(*gain))

gain = mean_interval(over_training(apart, "angle alone") - over_training(apart, "all alike"))
print("angle alone, minus all alike: {:+.1f} [{:+.1f}, {:+.1f}]".format(*gain))

# %%
nothing, by_ranges = over_training(results["learning rate 0.003"], "nothing"), by_factor["learning rate 0.003"]
print("ranges 4 times as wide are worse than nothing, surely:  ", mean_interval(by_ranges[-1] - nothing)[2] < 0)
print("ranges a quarter as wide are better, surely:            ", mean_interval(by_ranges[0] - nothing)[1] > 0)
print("the angle alone is better than nothing, surely:         ", end=" ")
print(mean_interval(over_training(apart, "angle alone") - nothing)[1] > 0)
print("the position alone is worse than nothing, surely:       ", end=" ")
print(mean_interval(over_training(apart, "position alone") - nothing)[2] < 0)

# %% [markdown]
# Two rules of thumb are **refuted here**, at the large rate.
#
# *"Scale the possible range to −1 … 1."* The row *x 2* has the space's own bounds of position and angle, and shows no gain.
# With ranges that are never reached, all inputs huddle near 0, and the agent is worse off than without scaling.
#
# *"Make all inputs alike."* The angle alone does it, and leaves the other three as they were: its interval against *all
# alike* is the last line. And the position alone, brought up, does harm. So what helped was not likeness. It was that
# *this* input stopped being small. Which input that is, no formula knows. It is a question about the task.
#
# At the small rate the rows hardly part over so few steps.
#
# ## 6. "Batch norm normalises anything really well"
# That is the original's praise: even when the input has a huge range of values, it performs well. A test: give the
# agents other **units**. First everything in hundredths, so all numbers are 100 times as large. Then only the cart's
# position in millimetres.

# %%
UNITS = {"as it is": (1, 1, 1, 1), "all in hundredths": (0.01,) * 4, "position in mm": (0.001, 1, 1, 1)}
quick = dataclasses.replace(base, learning_rate=3e-3)
agents = {
    (kind, unit): dataclasses.replace(quick, network=kind, observation_scale=scale)  # dividing by 0.01: in hundredths
    for kind in ("plain", "batch_norm")
    for unit, scale in UNITS.items()
}
found = qlib.compare({f"{kind}, {unit}": s for (kind, unit), s in agents.items()}, steps=500, checkpoints=2)

# %% tags=["nbval-ignore-output"]
groups = {
    unit: {kind.replace("_", " "): over_training(found, f"{kind}, {unit}") for kind in ("plain", "batch_norm")}
    for unit in UNITS
}
intervals(groups, "greedy score over training")

# %% tags=["nbval-ignore-output"]
for unit, group in groups.items():
    for kind, scores in group.items():
        print(f"{unit:18} {kind:11} {{:5.0f}} [{{:.0f}}, {{:.0f}}]".format(*mean_interval(scores)))

# %%
normal, large, mixed = (group["batch norm"] for group in groups.values())
print("all numbers 100 times as large, batch norm loses more than a quarter:", large.mean() < 0.75 * normal.mean())
print("one number 1,000 times as large, it loses more than half:            ", mixed.mean() < 0.5 * normal.mean())
print("there it is still better than the plain network:                     ", end=" ")
print(mean_interval(mixed - groups["position in mm"]["plain"])[1] > 0)

# %% [markdown]
# The praise holds for one common factor, and fails where one input dwarfs the others. The reason is *where* batch norm
# stands: behind the first linear layer. Each unit's sum is nearly all position; dividing the sum by its deviation does
# not bring the pole's angle back. Scaling at the door does: ranges of 2,400 mm and so on give back the very same inputs.
#
# What does it cost? One update of each, on equal terms (both in plain PyTorch):

# %%
player = qlib.QAgent(dataclasses.replace(quick, updates_per_step=0), seed=0)
for _ in qlib.train(player, steps=500):
    pass
batch = player.memory.sample(64, player.generator)


def microseconds(agent, calls=60):
    start = time.perf_counter()
    for _ in range(calls):
        agent.update(batch)
    return (time.perf_counter() - start) / calls * 1e6


slow_ones = [qlib.QAgent(dataclasses.replace(quick, network=kind, compiled=False)) for kind in ("plain", "batch_norm")]
rounds = np.array([[microseconds(agent) for agent in slow_ones] for _ in range(7)])
ratio = np.median(rounds[:, 1] / rounds[:, 0])
print("an update with batch norm takes longer:", ratio > 1.1)

# %% tags=["nbval-ignore-output"]
print("plain {:.0f} µs, batch norm {:.0f} µs".format(*np.median(rounds, 0)), f"(medians); ratio {ratio:.2f}")

# %% [markdown]
# ## 7. Your turn: the playground
# Choose a way, press Run, change one thing, and run again. The last run stays as a pale line. *Batch norm* can stand on
# top of declared ranges. `range factor` has an effect on *ranges* only.


# %%
def play(scaling, range_factor, batch_norm, learning_rate):
    settings = dataclasses.replace(base, learning_rate=learning_rate, network="batch_norm" if batch_norm else "plain")
    if scaling == "running":
        normalisation.RunningAgent(settings)  # which says in words what it cannot be combined with
        return lambda seed: normalisation.RunningAgent(settings, seed)
    scale = tuple(range_factor * ranges) if scaling == "ranges" else None
    return dataclasses.replace(settings, observation_scale=scale)


Playground(
    play,
    steps=1_200,
    seeds=16,
    diagnostics=("highest value",),
    scaling=["nothing", "ranges", "running"],
    range_factor=(0.1, 8.0, 0.1, 1.0),
    batch_norm=False,
    learning_rate=[3e-3, 1e-3, 3e-4],
)

# %% [markdown]
# ## 8. Three mistakes that raise no error
# ### Scaled when learning, otherwise when acting
# The scaling sits in two places, and one of them is changed. These agents learn properly and act on other inputs: the
# first on inputs scaled twice, the second on raw ones.

# %%
per_range = torch.tensor(RANGES)


class ScaledTwice(qlib.QAgent):
    def q_values(self, observations):
        return super().q_values(torch.as_tensor(observations) / per_range)  # and the network divides, too


class ActsUnscaled(qlib.QAgent):
    def q_values(self, observations):
        return super().q_values(torch.as_tensor(observations) * per_range)  # takes back what the network divides


scaled_base = dataclasses.replace(quick, observation_scale=RANGES)
acting = {
    "whole": scaled_base,
    "scaled twice": lambda seed: ScaledTwice(scaled_base, seed),
    "acts unscaled": lambda seed: ActsUnscaled(scaled_base, seed),
}
elsewhere = qlib.compare(acting, steps=1_200, checkpoints=4)

# %% tags=["nbval-ignore-output"]
for label in elsewhere.labels[1:]:
    lost = mean_interval(over_training(elsewhere, label) - over_training(elsewhere, "whole"))
    print(f"{label:13} minus whole, over training: {{:+7.1f}} [{{:+.1f}}, {{:+.1f}}]".format(*lost), end="   ")
    print("at the end: {:+7.1f} [{:+.1f}, {:+.1f}]".format(*elsewhere.difference(label, "whole")))

# %%
print("acts unscaled: worse at the end, surely:", elsewhere.difference("acts unscaled", "whole")[2] < 0)

# %% [markdown]
# *Scaled twice* is the mild one: its loss over training was not sure when we ran it. A mistake that costs a little is the
# hardest to find by its score. So do not look at the score. *Diagnostic:* the network that acts and the network that
# learns must give the same values.


# %%
def acts_as_it_learns(agent, observations):
    agent.online.eval()
    with torch.no_grad():
        return torch.allclose(agent.q_values(observations), agent.online(observations), atol=1e-5)


for kind in (qlib.QAgent, ScaledTwice, ActsUnscaled):
    print(f"{kind.__name__:12} acts as it learns: {acts_as_it_learns(kind(scaled_base), batch.observations)}")

# %% [markdown]
# ### A target network without statistics
# A hand-written soft update that walks over `parameters()` forgets the buffers. The target's statistics then stay what
# they were at first: mean 0, variance 1. Here for batch norm and for the running statistics.


# %%
class BlankBatchNorm(qlib.QAgent):
    def td_target(self, batch):
        for name, buffer in self.target.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.fill_(name.endswith("var"))
        return super().td_target(batch)


class BlankRunning(normalisation.RunningAgent):
    def td_target(self, batch):
        self.target.mean.fill_(0)
        self.target.variance.fill_(1)
        return super().td_target(batch)


normed = dataclasses.replace(quick, network="batch_norm")
targets = {
    "batch norm": normed,
    "batch norm, blank target": lambda seed: BlankBatchNorm(normed, seed),
    "running": lambda seed: normalisation.RunningAgent(quick, seed),
    "running, blank target": lambda seed: BlankRunning(quick, seed),
}
blank = qlib.compare(targets, steps=800, checkpoints=2)
lost = {
    way: over_training(blank, f"{way}, blank target") - over_training(blank, way) for way in ("batch norm", "running")
}

# %% tags=["nbval-ignore-output"]
for way, difference in lost.items():
    print(f"{way:10} blank target minus whole: {{:.1f}} [{{:.1f}}, {{:.1f}}]".format(*mean_interval(difference)))

# %%
for way, difference in lost.items():
    print(f"{way:10} a target without statistics is worse, surely: {mean_interval(difference)[2] < 0}")

# %% [markdown]
# A disaster, without a word. *Diagnostic:* right after an update, the target's buffers must be the online network's.


# %%
def target_has_statistics(agent):
    return all(torch.equal(a, b) for a, b in zip(agent.target.buffers(), agent.online.buffers(), strict=True))


for label, variant in targets.items():
    agent = variant(0) if callable(variant) else qlib.QAgent(variant, 0)
    for _ in qlib.train(agent, steps=100):
        pass
    agent.learn()
    agent.td_target(batch)
    print(f"{label:25} target has the statistics: {target_has_statistics(agent)}")

# %% [markdown]
# ### Statistics that move when you look
# The third one is in no score at all. This agent counts an observation in whenever it is asked for values. So examining
# it changes it.


# %%
class CountsEveryLook(normalisation.RunningAgent):
    def q_values(self, observations):
        for observation in torch.as_tensor(observations).reshape(-1, 4):
            self.online.watch(observation)
        return super().q_values(observations)


def weights(kind, examined):
    agent = kind(dataclasses.replace(quick, compiled=False), seed=0)
    for steps in (150, 300):
        for _ in qlib.train(agent, steps=steps - agent.steps):
            pass
        if examined:
            qlib.evaluate(agent, episodes=5)
    return torch.cat([parameter.detach().flatten() for parameter in agent.online.parameters()])


for kind in (normalisation.RunningAgent, CountsEveryLook):
    same = torch.equal(weights(kind, examined=False), weights(kind, examined=True))
    print(f"{kind.__name__:16} the same weights, examined on the way or not: {same}")

# %% [markdown]
# *Diagnostic:* train twice with one seed, and examine one of the two. Every bit must be the same.
#
# ## 9. Exercises
# Replace the `...` and run the cell.
#
# ### 8.1 From range to range · ●○○ · 4 minutes
# Map each dimension's range from `low` to `high` to −1 … 1.


# %%
def symmetric(x, low, high):
    return ...


check.symmetric(symmetric)

# %% [markdown]
# <details><summary>Hint</summary>
#
# (x − low) / (high − low) lies in 0 … 1. How wide is −1 … 1, and where does it begin?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def symmetric(x, low, high):
#     return 2 * (x - low) / (high - low) - 1
# ```
# </details>
#
# ### 8.2 The running mean · ●○○ · 5 minutes
# `mean` is the mean of `count` numbers. One more comes: `x`. Return the mean of all of them.


# %%
def running_mean(mean, count, x):
    return ...


check.running_mean(running_mean)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The sum so far is `mean * count`. Or go the share 1 / (count + 1) of the way from the mean to x.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def running_mean(mean, count, x):
#     return mean + (x - mean) / (count + 1)
# ```
# </details>
#
# ### 8.3 Find the bug: the assertion · ●●○ · 8 minutes
# This guard is meant to let the usable dimensions pass. It stops them all. Write it anew: from `low` and `high`, NumPy
# arrays of shape (n,), make an array of n truth values, True where min-max can scale the dimension. Beware of ranges that
# are infinite, empty, upside down, or as good as infinite (more than 10³⁰ wide).
#
# ```python
# def usable(low, high):
#     return [None == high[i] - low[i] for i in range(len(low))]
# ```


# %%
def usable(low, high):
    return ...


check.usable(usable)

# %% [markdown]
# <details><summary>Hint</summary>
#
# One number decides: the width, `high - low`. A comparison with `nan` is False, and ∞ is not below 10³⁰.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def usable(low, high):
#     width = high - low
#     return (width > 0) & (width < 1e30)
# ```
# </details>
#
# ### 8.4 Find the bug: scaled where, and how often? · ●●○ · 8 minutes
# Two agents of section 8 act on other inputs than they learn from. Write the test that finds them: True if an agent acts
# on the values of the network that learns. It must not change the agent.


# %%
def scaled_alike(agent, observations):
    return ...


check.scaled_alike(scaled_alike)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `agent.q_values(observations)` is what acts. `agent.online(torch.as_tensor(observations))` is what learns; it wants
# `no_grad`, and `eval` because of batch norm.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def scaled_alike(agent, observations):
#     agent.online.eval()
#     with torch.no_grad():
#         learns = agent.online(torch.as_tensor(observations))
#     return torch.allclose(agent.q_values(observations), learns, atol=1e-5)
# ```
# </details>
#
# ## 10. If you see this
#
# | you see | the cause |
# |---|---|
# | `Min-max cannot scale dimension 1 (-inf to inf)` | the space gives no finite range: declare one, or use running statistics |
# | `RuntimeWarning: invalid value encountered in divide` | ∞ / ∞ or 0 / 0: look at the ranges; do not silence it |
# | every value is `nan`, and the action is always 0 | `argmax` of `nan` raises nothing: look at what goes into the network |
# | scaled to −1 … 1, and learning is slower than before | the ranges are too wide: all inputs are near 0 |
# | training is fine, the exam is poor | acting scales otherwise than learning: exercise 8.4 |
# | the loss is quiet, the score stays near 10, and there is a target network | its statistics are missing: copy `buffers()`, too |
#
# ## 11. What to remember
#
# 1. Scale by what is usual, at the network's door, in one place. The ranges of the space may be infinite.
# 2. What decides must not be small. Alike for its own sake gains less, and batch norm does not mend unlike inputs.
# 3. Statistics are state: copy them to the target, and move them only by what was lived, never by looking.
#
# **Sources.** [Ioffe and Szegedy 2015](https://arxiv.org/abs/1502.03167), batch norm.
# [Welford 1962](https://doi.org/10.1080/00401706.1962.10490022), the running variance.
# [LeCun et al. 1998](https://doi.org/10.1007/3-540-49430-8_2), why inputs are scaled.
# [Lillicrap et al. 2016](https://arxiv.org/abs/1509.02971), batch norm on observations of different units.
# [Bhatt et al. 2024](https://arxiv.org/abs/1902.05605), batch norm without a target network.
#
# Next: [09 · Full training](09_full_training.ipynb).
