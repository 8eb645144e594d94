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
# # 11 · Normalisation
#
# **You will bring observations to one size in four ways, measure what each is worth, and find the mistakes that come
# with them.**
#
# | | |
# |---|---|
# | Read | 32 minutes, and 37 for the exercises |
# | Run | about 20 seconds |
# | Needs | lesson 02 for the network, lesson 09 for the target network |
# | Gives | four ways beside each other, what it is in them that helps, and three silent mistakes with what catches them |

# %%
import inspect

import gymnasium
import numpy as np
import torch

import qlib
from qlib.lessons.lesson import Lesson
from qlib.lessons.normalisation import agents, found, measured, mistakes, pictures, rates, rows
from qlib.lessons.normalisation import checks as check
from qlib.lessons.normalisation.measured import gain
from qlib.lessons.normalisation.scaling import RunningAgent, min_max
from qlib.show.explorer import Explorer
from qlib.show.fold import Fold
from qlib.show.playground import Playground
from qlib.study.diagnostics import visited

lesson = Lesson("11_normalisation")
torch.set_num_threads(1)  # networks this small are faster on one
RUN_IT = False  # True measures again what is recorded: some ten minutes in all

# %%
lesson.again()

# %% [markdown]
# ## 1. No error, and no agent
# The original notebook scales each state to 0 … 1 with **min-max normalisation**: (x − low) / (high − low). It takes
# `low` and `high` from the environment. Here they are.

# %%
space = gymnasium.make("CartPole-v1").observation_space
for name, low, high in zip(pictures.NAMES, space.low, space.high, strict=True):
    print(f"{name:17} {low:8.3f} to {high:.3f}")

# %%
observation = np.array([0.1, -0.5, 0.02, 0.8], np.float32)
scaled = found.by_the_space(observation, space.low, space.high)  # (x - low) / (high - low)
lesson.ask("declared bounds", int(((scaled >= 0) & (scaled <= 1)).sum()), scaled=scaled.round(2))

# %% [markdown]
# Give the network what came out above, and look at three things: the values, the greedy action and the loss.

# %%
made = found.passed_on(qlib.QAgent(qlib.Settings(), seed=0), scaled)  # values, action, loss
lesson.ask("most proper", found.proper(made), **made)

# %% [markdown]
# Many programs play on with that. qlib's agents refuse such an observation when they act, and a loss that is not finite
# when they learn. But a late error sends you to the wrong place. Better is an error *where the mistake is made*, one
# that says which dimensions and what to do:

# %%
Fold(
    "What qlib's min_max says of these bounds",
    found.refusal(min_max, observation, space.low, space.high),
)

# %% [markdown]
# <details><summary>Dig deeper: the largest float32, and the original's guard</summary>
#
# In older versions of gym the bounds were the largest float32 instead of infinity, 3.4 · 10³⁸. Then the outcome hangs on
# the kind of number that you compute with. In float32 the difference overflows, and every velocity becomes 0. A double
# holds the difference, and every velocity becomes 0.5. Either way the velocity is lost. The original names two dangers
# of its method: a width of 0 ("if input/0, output becomes infinity"), and a width that "the double variable is unable
# to store". It gave the method up.
#
# An agent that hides this scaling in its network, where `act` does not look, fails at its first update: "The loss or its
# gradient is not finite at update 1", and advice that fits the usual causes, none of which is the cause here.
#
# The original had a guard, too. Exercise 11.3 mends it.
#
# </details>
#
# ## 2. Declare the ranges
# The task says more than the space does. The cart leaves the track at 2.4 m, and the pole is lost at 0.2095 rad. For the
# two velocities nobody gives a limit; 2 m/s and 2 rad/s are usual ones. A range around 0 is min-max to −1 … 1 by one
# division, and that is all that `Settings.observation_scale` does, at the network's door:

# %%
settings = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0))  # m, m/s, rad, rad/s
scaling, bare = (qlib.QAgent(one, seed=0).online for one in (settings, qlib.Settings()))
x = torch.tensor(observation)
print("scaled inside:", scaling(x).detach().numpy())
print("divided first:", bare(x / torch.tensor(settings.observation_scale)).detach().numpy())

# %% [markdown]
# While a random policy plays, the four raw inputs are not alike: the widest spreads 9 times as far as the narrowest (by
# the standard deviation, from here on *deviation*).

# %%
seen = visited("CartPole-v1", 2_000)
raw, ranged = (found.unlike(seen, way) for way in ("nothing", "declared ranges"))
door = pictures.inputs("declared ranges", 1.0)[0]
lesson.ask("more alike", found.compared(ranged, raw), show=door, unlike=ranged)

# %% [markdown]
# Choose each way, and read the last line. Then choose *declared ranges*, and move `range factor`: which numbers change,
# and which does not?

# %%
Explorer(pictures.inputs, way=list(pictures.WAYS), range_factor=pictures.ranges())

# %% [markdown]
# <details><summary>What you should find</summary>
#
# By the declared ranges the inputs are *less* alike, for the cart hardly moves while a random policy plays. What has
# changed is which of them are large: the pole's angle has come up to the two velocities. And the factor changes **how
# large** all of them are. Keep the two apart. Section 5 does.
#
# </details>
#
# ## 3. The mean and deviation of what was seen
# If nobody knows the ranges, measure them on the way. Welford's update keeps mean and variance without keeping the
# numbers. The new mean goes the share 1/n of the way to the newest number. (qlib's `RunningNetwork` leaves the variance
# at 1 until there are two numbers. One number has no deviation to divide by.)


# %%
def welford(count, mean, variance, x):
    away = x - mean
    mean = mean + away / (count + 1)
    return count + 1, mean, variance + (away * (x - mean) - variance) / (count + 1)


# %%
kept = 0, np.zeros(4), np.ones(4)
for x in seen[:200]:
    kept = welford(*kept, x)
print("update by update:", kept[2].round(3), "  all at once:", seen[:200].var(0).round(3))

# %% [markdown]
# The statistics are **buffers**: they are saved with the network, and no gradient moves them. Who copies a network to
# its [target network](glossary.md#target-network) has to copy them, too (section 8). `RunningAgent` shows each
# observation to its network once, when it is remembered. Note what that means for old
# [transitions](glossary.md#transition): they are stored in m and rad, and scaled anew whenever they are drawn.
#
# ## 4. Batch norm
# **Batch normalisation** does the same, between the layers. It stands between each linear layer and its ReLU. It takes
# one unit's numbers over the whole [batch](glossary.md#batch), subtracts their mean and divides by their deviation. Then
# it multiplies by a learned weight and adds a learned bias: two more parameters a unit. The original has a second network
# with it. On a batch of 64 it looks like any other:

# %%
kinds = qlib.QNetworkBN, qlib.QNetwork
normed, plain = (kind(generator=torch.Generator().manual_seed(0)) for kind in kinds)
states = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
print(tuple(normed(states).shape), normed.n_parameters, "parameters; plain:", plain.n_parameters)

# %% [markdown]
# Now a batch of one: one single state, as when acting.

# %%
said, words = found.answer_to(normed, states[:1])
lesson.ask("one state", said, error=words)

# %% [markdown]
# A PyTorch network has two **modes**: `network.train()`, in which it is made and learns, and `network.eval()`, in which
# it acts. Put the same state into two batches: the other eight rows are calm in one, and five times as large in the
# other.

# %%
calm, wild = torch.cat([states[:1], states[1:9]]), torch.cat([states[:1], 5 * states[1:9]])
lesson.ask("same value", found.same_in_both(plain, normed, (calm, wild)))

# %% [markdown]
# In **train mode** batch norm normalises with the batch that it is looking at. In **eval mode** it uses **running
# statistics** instead: a mean and a variance per unit that it gathered, bit by bit, from the batches it saw in train
# mode. They are buffers, too. So one single state has a value in eval mode. Act in eval mode, and train in train mode.
#
# `agent.q_values` and `agent.learn` switch for you, as the original's `select_action` does by hand. Two things that
# `eval()` does *not* do: it changes nothing in a plain network, and it does not stop gradients. That is the work of
# `torch.no_grad()`.

# %%
print("in eval mode the values have a gradient:", normed.eval()(states).requires_grad)

# %% [markdown]
# Two things to keep in mind for what follows. The target network needs the statistics as well as the weights. And batch
# norm normalises what comes *out* of the first linear layer. What goes *in* stays as it was.
#
# ## 5. Which is best?
# Five agents. *Ranges* maps the declared ranges to −1 … 1. *0 to 1* maps the very same ranges to 0 … 1, as the original
# meant to. *Running* and *batch norm* you know, and *nothing* is nothing. 64 [seeds](glossary.md#seed), 1,200 steps, and
# one number a seed: the mean of its [examinations](glossary.md#examination). Differences are taken on the same seeds. As
# in lesson 10 a difference is *shown* if the seeds that were chosen on and the
# [held-out](glossary.md#held-out-seeds) ones both show it, after the
# [correction](glossary.md#false-discovery-rate) for many rows. Else it is *open*.

# %%
large = measured.measured("ways", again=RUN_IT)
change = gain(large, "0 to 1")
lesson.ask("0 to 1", round(change.value), show=rows.ways("ways"), gain=change)

# %% [markdown]
# Will the order be the same at a learning rate ten times smaller? There the agents get 4,000 steps.

# %%
small = measured.measured("small rate", again=RUN_IT)
change, other = gain(small, "running"), gain(small, "batch norm")
lesson.ask("small rate", round(change.value), show=rows.ways("small rate"), gain=change, normed=other)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# At the large rate *ranges*, *running* and *batch norm* gain some 65 to 70 steps over *nothing*. **Among these three no
# order is shown:** each interval holds 0. And *0 to 1* does **harm**. It loses 19 [2, 37] steps against *nothing*,
# though it uses the very ranges that gain so much as −1 … 1. Scaling does not help as such.
#
# At the small rate the rows hardly part over 1,200 steps. Over 4,000 they do. *Ranges* gain 67 [54, 81], *batch norm*
# 60 [47, 74]. Whether *0 to 1* does harm again is open: 11 [3, 18], and on the
# held-out seeds 4 [−7, 15]. Ranges four times too wide do harm, too: 21 [16, 27]. *Running* gains
# 11 [4, 18], and is below the other two here. So your order, if you found one, belongs to a learning rate and a
# number of steps.
#
# </details>
#
# ### What is it that helps?
# Larger inputs? Inputs that are alike? Or one of the four inputs? Take it apart, at the large rate, on 128 seeds. (Only
# at that rate: the next subsection asks how much of this is left at others.) First the size: the declared ranges times
# a factor. With the factor 1 the score is 180, without any scaling 115.

# %%
parts = measured.measured("parts", again=RUN_IT)
narrow, wide = gain(parts, "x 0.25"), gain(parts, "x 4")
quarter = round(parts.over_training("x 0.25").mean())
lesson.ask("outside", quarter, show=measured.over_factors(parts), gain=narrow, wide=wide)

# %% [markdown]
# Now one of the four inputs. *All by one number* divides all inputs by 0.2095, which makes the angle as large as the
# ranges do. *Angle alone* divides only the angle by it, *position alone* only the position.

# %%
ones = "all by one number", "angle alone", "position alone"
drawn = measured.scores(parts, "128 seeds", ("nothing", *ones))
more, position = gain(parts, ones[1], ones[0]), gain(parts, ones[2])
lesson.ask("one number", measured.highest(parts, ones), show=drawn, more=more, position=position)

# %% [markdown]
# And likeness. *Alike under random play* divides each input by its deviation while a random policy plays. *Alike where
# it learns* divides by its deviation in the [memory](glossary.md#replay-memory) of agents that learn: an agent that
# learns goes farther to the side than a random one (its deviation is 0.55 m against 0.08), and its pole stays more
# upright (0.073 rad against 0.095).

# %%
random, lived = "alike under random play", "alike where it learns"
change, more = gain(parts, lived), gain(parts, lived, random)
lesson.ask("where it learns", round(change.value), show=rows.parts(), more=more)

# %% [markdown]
# <details><summary>What you should find, in four points</summary>
#
# - **Size**: the ranges times 4 lose 55 [46, 64] against *nothing*, a quarter of them gains 109 [96, 123]. To scale the
#   declared range to −1 … 1 is far better than nothing, but that it is *the best* is **refuted here**.
# - **Not size alone**: *angle alone* gains 48 [34, 62] more than *all by one number*, which makes the angle just as
#   large; it is the angle's size *beside the others* that counts.
# - **Likeness, where the agent learns**: it gains 110 [97, 122], which is 68 [52, 83] more than likeness under random
#   play.
# - **The centre**: *0 to 1* is the ranges times 2 with ½ added, nothing else differs, and the ½ costs 43 [28, 59]; do not
#   move what lies around 0 away from 0.
#
# </details>

# %%
Fold("Nine pairs of the thirteen, and two of them with the ways", rows.pairs())

# %%
Fold("How unlike the inputs were where the agents learned", rows.unlike())

# %% [markdown]
# <details><summary>Dig deeper: what the thirteen rows say, and what they do not</summary>
#
# The scores are means over training, so they reward an agent that learns *early*.
#
# **Must the inputs be large?** If most of a range is never reached, all inputs huddle near 0. A quarter is the smallest
# that we tried. We do not know where it ends. The row *x 2* has the space's own bounds of position and angle. It gains
# 14 [4, 25] on the seeds that were chosen on, and the held-out ones do not show it: open. `qlib.RECOMMENDED` uses just
# these ranges, with other settings and in longer runs. Lesson 12 takes them back and measures: its row *without doubled
# ranges*.
#
# **Is it size alone?** *All by one number* gains 29 [19, 38]. And the position alone, brought up by the same factor, does
# harm: 35 [28, 42].
#
# **Is it likeness?** *"Make all inputs alike"* depends on **where you measure it**. By the deviations under random play
# it gains 42 [29, 55]. Where the agent learns, those inputs are no longer alike: the widest is 5.1 times the narrowest.
# In the column of unlikeness, every row below 2.5 gains at least 65, and no row above 5 gains more than 42. But do not read too
# much into that column. A better agent also visits other places, so it is partly the consequence. (*Alike where it
# learns* divides by the rounded mean over seeds 0 to 15 of the agents of *x 1*.)
#
# **And size once more, with likeness kept.** Inputs that are alike and 2.5 times smaller lose 32 [17, 47]. The angle
# alone, and then all five times as large, gains 20 [5, 35] over the angle alone. The held-out seeds show neither: both
# are **open**. The three highest rows have both, and no difference is shown between *alike where it learns* and the
# other two.
#
# **Why does the ½ do harm?** LeCun et al. (1998, section 4.3) give a reason. Where all inputs of a unit are above 0,
# what one state teaches moves all its weights the same way, up or down. We did not test whether that is the cause here.
#
# *Running* makes its inputs alike, too, and is 49 [28, 70] below *alike where it learns*; on the held-out seeds it is
# 34 [−4, 72], open. Its statistics begin with
# random play and move as training goes on, so the same state means something else later. We did not test whether that
# is the cause.
#
# </details>

# %% [markdown]
# ### Or is it the step size?
# All that was at one learning rate. A network whose inputs are larger moves farther at each update, so a larger learning
# rate might do the same. So give six of the divisors five learning rates, choose the best for each on 64 seeds, and
# compare on 64 held-out ones. (The best of five is a little lucky on the seeds that it was chosen on.)

# %%
grid = measured.measured("rates", again=RUN_IT), measured.RECORDS.held_out("rates")
own = rates.at_their_best(*grid)
still = [name for name in ("x 0.25", "angle alone", "alike where it learns") if own[name].above()]

# %%
wide = rates.at_their_best(*grid, "nothing")["x 4"]
lesson.ask("own rates", len(still), show=rates.draw(grid[0]), wide=wide)

# %% [markdown]
# Move the learning rate, and see how the order changes.

# %%
Explorer(lambda learning_rate: rates.at(grid[0], learning_rate), learning_rate=list(agents.RATES))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Scaled to −1 … 1 still beats nothing, each at its own best rate. But the *order* among the scaled ones is gone: at its
# own best rate none of them is shown to be above *x 1*. And *x 4*, which loses so much at 0.003, is level with *nothing*.
# So the table above is true at its learning rate, and much of it is about the size of the steps. **"Larger and alike
# inputs are better" is not shown here** beyond that. Whoever compares two scalings at one learning rate compares two step
# sizes.
#
# </details>
#
# ## 6. "Batch norm normalises anything really well"
# That is the original's praise: even when the input has a huge range of values, it performs well. A test: give the
# agents other **units**. First everything in hundredths, so all numbers are 100 times as large. Then only the cart's
# position in millimetres. Over the first 500 steps, in the usual units, batch norm scores 107.

# %%
units = measured.measured("units", again=RUN_IT)
far = units.over_training("batch_norm, position in mm", until=500).mean()
lesson.ask("millimetres", round(far), show=measured.by_unit(units))

# %%
Fold("What other units change", rows.units())

# %% [markdown]
# <details><summary>What you should find</summary>
#
# For *one common factor* the praise stands: in hundredths no difference from the usual units is shown, +11 [−14, +36].
# Where *one input dwarfs the others* it does not. With the position in millimetres the score is a third of the usual. It
# is still 20 [17, 22] above the plain network, and it goes on learning. So batch norm mends unlike inputs **in part**.
#
# Why? Look at *where* batch norm stands: after the first linear layer. In the one agent that we looked at, the median
# unit's sum in that layer follows the position with a correlation above 0.99. Dividing such a sum by its deviation does
# not bring the pole's angle back. Scaling at the door does: ranges of 2,400 mm and so on give back the very same inputs.
#
# </details>
#
# ### A side road: what batch norm costs
# One update of each, on equal terms (both in plain PyTorch). The times come from this machine, as busy as
# it is. Believe their ratio only.

# %% tags=["nbval-ignore-output", "side-road"]
times = measured.update_times(seen)
print(f"an update with batch norm takes {times[1] / times[0]:.1f} times as long as a plain one")

# %% [markdown]
# ### Which one, when?
# - **You know how large the numbers usually are:** divide by that at the door. Nothing has to be kept, copied or saved.
# - **You do not know that, but can train once:** take the deviations in that agent's memory, and declare them.
# - **You know nothing beforehand:** running statistics. What they gained hung on the learning rate, and they are state,
#   with the mistakes of section 8.
# - **Batch norm** gained at both rates. It costs time in each update, is state as well, and does not replace scaling at
#   the door where one input dwarfs the others.
#
# This holds for what was measured: CartPole, short runs. Measure it on your task.
#
# ## 7. Your turn: the playground
# Choose a way, press Run, change one thing, and run again. The last run stays as a pale line. *Batch norm* can stand on
# top of declared ranges. `range factor` has an effect on *ranges* only. Sixteen seeds: believe large differences only.
# *Running* and *batch norm* take several times as long as the others, on a busy machine more than ten seconds.

# %% jupyter={"source_hidden": true}
Playground(
    agents.play,
    steps=800,
    seeds=16,
    diagnostics=("highest value",),
    scaling=["nothing", "ranges", "running"],
    range_factor=(0.1, 8.0, 0.1, 1.0),
    batch_norm=False,
    learning_rate=[3e-3, 1e-3, 3e-4],
)

# %% [markdown]
# ## 8. Three mistakes that raise no error
# ### Scaled one way when learning, another way when acting
# The scaling sits in two places, and one of them is changed. These agents learn properly and act on other inputs.
# `ActsUnscaled` gives its network raw numbers; this one scales twice:

# %%
print(inspect.getsource(mistakes.ScaledTwice))

# %%
acting = measured.measured("acting", again=RUN_IT)
halfway, end = measured.below(acting, checkpoint=2), measured.below(acting, checkpoint=-1)
lesson.ask("halfway", round(halfway.value), show=acting.plot(), halfway=halfway, end=end)

# %% [markdown]
# *Diagnostic:* what the agent acts on and what its network says must be the same values. How such a test is written
# is exercise 11.4.

# %%
for kind in (qlib.QAgent, mistakes.ScaledTwice, mistakes.ActsUnscaled):
    same = mistakes.acts_as_it_learns(kind(agents.SCALED), states)
    print(f"{kind.__name__:12} acts {'as it learns' if same else 'on other values than it learns'}")

# %%
Fold("The differences over training, at 600 steps and at the end", rows.acting())

# %% [markdown]
# <details><summary>What you should find</summary>
#
# *Scaled twice* costs less than *acts unscaled*. Over training the difference between the two is 48 [35, 60]. But by
# the end it is worse than the whole agent, by 76 [52, 100]. At 600 steps the difference is open: −1 [−28, +27],
# so it may cost up to 28 steps there, or nothing. Its curve rises until then, and afterwards it looks like forgetting.
# Only a whole agent beside it shows that something is broken, and usually there is none. So do not look at the score
# alone.
#
# </details>
#
# ### A target network without statistics
# A hand-written [soft update](glossary.md#soft-update) that walks over `parameters()` forgets the buffers. The target's
# statistics then stay what they were at first: mean 0, variance 1.

# %%
blank = measured.measured("blank target", again=RUN_IT)
losses = found.ends(blank)  # whole and blank: of batch norm, of running statistics
size = found.size(losses[1], losses[0])
lesson.ask("blank target", size, show=blank.plot(), normed=losses[:2], running=losses[2:])

# %% [markdown]
# *Diagnostic, with a soft target network:* right after an update, the target's buffers must be the online network's. (A
# hard one agrees right after each copy.)

# %%
for label, variant in mistakes.targets().items():
    print(f"{label:25} target:", "complete" if mistakes.has_statistics_after(100, variant) else "blank")

# %%
Fold("What the blank target costs", rows.targets())

# %% [markdown]
# <details><summary>What you should find</summary>
#
# A disaster, without a word: over training the blank target costs 130 [105, 154] steps with batch norm and 94 [70, 118]
# with running statistics. The loss looks odd, and each time in another way: with batch norm it ends *smaller*, with
# running statistics larger. We looked at two agents of each kind. With batch norm the blank target said nearly the same
# small number of every state, and that is easy to fit. With running statistics the values stood above a whole agent's,
# in one of the two past the [ceiling](glossary.md#ceiling) of 100. Alone, neither loss says anything.
#
# </details>
#
# ### Statistics that move when you look
# The third one shows in no score at all. This agent counts an observation in whenever it is asked for values. So
# examining it changes it. *Diagnostic:* train twice with one seed, and examine one of the two. Every bit must be the
# same.

# %%
for kind in (RunningAgent, mistakes.CountsEveryLook):
    print(f"{kind.__name__:16} {'the same' if mistakes.examined_is_the_same(kind) else 'other'} weights")

# %% [markdown]
# ## 9. Exercises
# Replace the `...` and run the cell.
#
# ### 11.1 And back again · ●○○ · 5 minutes
# `scaled` came from a range `low` to `high`, mapped to −1 … 1, each dimension by its own. Give the numbers as they were.
# `scaled` is an array of shape (n,) or (B, n), the two others have shape (n,).


# %%
def unscaled(scaled, low, high):
    return ...


check.unscaled(unscaled)

# %% [markdown]
# <details><summary>Hint</summary>
#
# −1 must become `low` and 1 must become `high`. What lies in the middle, and how far is it from there to an end?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def unscaled(scaled, low, high):
#     return (low + high) / 2 + scaled * (high - low) / 2
# ```
# </details>
#
# ### 11.2 Two memories, one mean · ●●○ · 8 minutes
# Two agents have kept statistics: how many numbers they saw, their mean and their variance (the mean square of the
# distances from the mean). Nobody has the numbers any more. Give the mean and the variance of all of them together.
# One of the two may have seen nothing, but never both.


# %%
def merged(count_a, mean_a, variance_a, count_b, mean_b, variance_b):
    return ...  # mean, variance


check.merged(merged)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The sum of all numbers is `count_a * mean_a + count_b * mean_b`. The mean square of a memory is its variance plus its
# mean squared. From the mean square of all you get back to a variance.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def merged(count_a, mean_a, variance_a, count_b, mean_b, variance_b):
#     share = count_b / (count_a + count_b)
#     mean = mean_a + share * (mean_b - mean_a)
#     within = (1 - share) * variance_a + share * variance_b
#     return mean, within + share * (1 - share) * (mean_b - mean_a) ** 2
# ```
# </details>
#
# ### 11.3 Find the bug: the assertion · ●●○ · 8 minutes
# The original guards its min-max by `assert None == high - low`, with a message that warns of the computation. It is
# meant to let the usable dimensions pass, and it stops them all: it demands that the difference *is* `None`. Write it
# anew. From `low` and `high`, NumPy arrays of shape (n,), make an array of n truth values, True where min-max can scale
# the dimension. Beware of ranges that are infinite, empty, upside down, unknown (`nan`), or as good as infinite (more
# than 10³⁰ wide).
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
# ### 11.4 Find the bug: scaled where, and how often? · ●●○ · 8 minutes
# Two agents of section 8 act on other inputs than they learn from. Write the test that finds them: True if an agent acts
# on the values of the network that learns, each value to within 0.0001, be it near 0 or near 100; else False.
# `observations` is a NumPy array of shape (B, 4), float32, and B may be 1. Leave the agent as it was: its weights, which
# learn on, its statistics, its mode, and its generator, from which nothing is drawn.


# %%
def scaled_alike(agent, observations):
    return ...


check.scaled_alike(scaled_alike)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `agent.q_values(observations)` is what acts. `agent.online(torch.as_tensor(observations))` is what learns; it wants
# `no_grad`, and `eval` because of batch norm. `agent.online.training` says in which mode it was.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def scaled_alike(agent, observations):
#     was_training = agent.online.training
#     agent.online.eval()
#     with torch.no_grad():
#         learns = agent.online(torch.as_tensor(observations))
#     acts = agent.q_values(observations)
#     agent.online.train(was_training)
#     return torch.allclose(acts, learns, rtol=0, atol=1e-4)
# ```
# </details>
#
# ### 11.5 One unit, by pencil · ●●○ · 8 minutes
# Take a pencil. One unit of a batch norm layer has the weight 3 and the bias 10. Its running mean is 2, its running
# variance 16. Two batches reach it: A is 1, 1, 5, 5 and B is 5, 5, 9, 9. What leaves it? Return a list of four rows, each of four
# numbers: A in train mode, B in train mode, A in eval mode, B in eval mode. Leave the tiny epsilon out, and let the
# running statistics stay as they are.


# %%
def unit_table():
    return ...


check.unit_table(unit_table)

# %% [markdown]
# <details><summary>Hint</summary>
#
# In train mode the batch's own mean and variance count; A's are 3 and 4 (the mean square of the distances). Subtract,
# divide by the *deviation*, times the weight, plus the bias.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def unit_table():
#     return [[7, 7, 13, 13], [7, 7, 13, 13], [9.25, 9.25, 12.25, 12.25], [12.25, 12.25, 15.25, 15.25]]
# ```
#
# In train mode a 5 becomes 13 in A and 7 in B: its value depends on its company. In eval mode it is 12.25 in both. And
# that B is 4 above A is lost in train mode.
#
# </details>
#
# ## 10. If you see this
#
# | you see | the cause |
# |---|---|
# | `Min-max cannot scale dimension 1 (-inf to inf)` | the space gives no finite range: declare one, or use running statistics |
# | `RuntimeWarning: invalid value encountered in divide` | ∞ / ∞ or 0 / 0: look at the ranges; do not silence it |
# | every value is `nan`, and the action is always 0 | `argmax` of `nan` raises nothing: look at what goes into the network |
# | `Expected more than 1 value per channel when training` | batch norm, one row, train mode: `network.eval()` before acting |
# | `expected 2D or 3D input (got 1D input)` | batch norm got one observation without a batch: `observation.unsqueeze(0)` |
# | values change although nobody trains | batch norm in train mode learns from every batch that it sees: `network.eval()` |
# | scaled to −1 … 1, and learning is slower than before | the ranges are too wide: all inputs are near 0 |
# | scaled to 0 … 1, and learning is slower than before | the inputs lie around ½: scale to −1 … 1 |
# | the loss falls as it should, and the agent acts badly, in training and in the exam | acting scales in another way than learning: exercise 11.4 |
# | the score stays low and does not rise, the loss is tiny or large, and there is a target network | its statistics are missing: copy `buffers()`, too |

# %%
lesson.done()

# %% [markdown]
# ## 11. What to remember
#
# 1. Scale by what is usual, around 0, at the network's door, in one place. The ranges of the space may be infinite.
# 2. Scaled to −1 … 1 beats nothing, each at its own best rate. That larger or more alike inputs are better was shown at
#    one learning rate only. Batch norm mends unlike inputs in part; it acts in eval mode and trains in train mode.
# 3. Statistics are state: copy them to the target, and move them only by what was lived, never by looking.
#
# **Sources.** [Ioffe and Szegedy 2015](https://arxiv.org/abs/1502.03167), batch norm.
# [Welford 1962](https://doi.org/10.1080/00401706.1962.10490022), the running variance.
# [LeCun et al. 1998](https://doi.org/10.1007/3-540-49430-8_2), why inputs are scaled.
# [Lillicrap et al. 2016](https://arxiv.org/abs/1509.02971), batch norm on observations of different units.
# [Bhatt et al. 2024](https://arxiv.org/abs/1902.05605), batch norm without a target network.
#
# Next: [12 · Forgetting and memory](12_forgetting_and_memory.ipynb).
