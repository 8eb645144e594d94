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
# # 08 · Debugging an update
#
# **You will find what is broken in an update: from its symptoms, from worlds so small that the truth is known, and with
# one call that looks at every part of an agent.**
#
# | | |
# |---|---|
# | Read | 28 minutes, and 35 for the exercises |
# | Run | about 40 seconds |
# | Needs | lessons 06 and 07: the update, the training loop |
# | Gives | a drawer of nineteen agents to examine, and the order in which to look when an agent does not learn |

# %%

import numpy as np
import torch

import qlib
from qlib.lessons.debugging import checks as check
from qlib.lessons.debugging import drawer, faults, limits, measured, pictures, time_limit, updates
from qlib.lessons.debugging.panel import Drawer
from qlib.lessons.lesson import Lesson
from qlib.show.explorer import Explorer
from qlib.show.fold import Fold
from qlib.study.statistics import mean_interval

_ = torch.set_num_threads(1)  # networks this small are faster on one
lesson = Lesson("08_debugging")

# %%
lesson.again()

# %% [markdown]
# ## 1. Six losses
# In lesson 06 you wrote the update. Here are six versions of its loss. The first is whole. Each of the others is one
# small change away from it:
#
# | name | what is different |
# |---|---|
# | whole | nothing |
# | all actions | no `gather`: the loss pulls at the values of both actions |
# | no cut | the [TD target](glossary.md#td-target) looks beyond a fall, as in the original notebook |
# | broadcast | (B, 1) meets (B,): each value is compared with every target |
# | through target | no `torch.no_grad()`: the gradient flows through the target, too |
# | same observation | the target values *s* where *s′* belongs |

# %%
lesson.ask("errors raised")

# %% [markdown]
# What you need are **instruments**: numbers that look one way when all is well and another way when something is broken. This
# lesson tries them one after the other, and in the end counts how often each was right.
#
# ## 2. Symptoms side by side
# We train a fresh network (one network, no target network) with each loss on the same thousand random steps of CartPole:
# 16 seeds, 100 updates, gamma 0.8, so that the [ceiling](glossary.md#ceiling) is 5. Then we take five numbers:
#
# - the value of **doomed** states. Here that means the last step before a fall, where one more reward comes and nothing
#   after it. The truth is exactly 1;
# - the value of **fresh** states, the first of an episode: more than 1, and at most 5;
# - the **gap** between the values of the two actions, on average over the memory;
# - the **loss**, and the length of its **gradient**.

# %%
found = {name: updates.symptoms(loss) for name, loss in updates.LOSSES.items()}
means = {name: dict(zip(updates.SYMPTOMS, each.mean(0), strict=True)) for name, each in found.items()}

# %% [markdown]
# Think before you look; the table of section 1 helps. First the gap:

# %%
smallest = sorted(list(found)[1:], key=lambda name: means[name]["gap"])[:3]
lesson.ask(
    "half the gap",
    sum(means[name]["gap"] < means["whole"]["gap"] / 2 for name in list(found)[1:]),
    smallest=", ".join(smallest),
)

# %% [markdown]
# Now the loss. It is the number that everybody plots. Which of these updates brings it down furthest? The picture that
# comes with the answer has a row for each update, and a panel for each of the five numbers.

# %%
lowest = min(means, key=lambda name: means[name]["loss"])
lesson.ask("lowest loss", lowest, show=lambda guess: pictures.symptoms(found, guess))

# %% [markdown]
# <details><summary>What you should find, row by row</summary>
#
# **Whole.** Not perfect either: after 100 updates doomed states still have more than twice their true value, and fresh
# ones stand a little *above* the ceiling. The maximum prefers values that err upwards (section 4).
#
# **All actions.** Both values of a state are pulled to the target of one of them, so the actions become equal.
# *Symptom: the gap.*
#
# **No cut.** The order is turned round: states in which all is lost look best. The network has never been told what a
# fallen pole is worth, because no transition starts there. It makes that value up, and the target believes it.
# *Symptom: doomed above fresh, and above the ceiling.* The original notebook has no cut. Without its −10 at a fall, a
# fall would leave no trace in its targets at all.
#
# **Broadcast.** Doomed and fresh come out alike, and the actions, too: each value is pulled to the mean of all targets.
# *Symptom: the gap, and a loss that stays high.*
#
# **Through the target.** Here the measurement contradicts the usual story: doomed states came out *nearer* to the truth
# than with the whole update. The gap is smaller, and a hundred updates are few. CartPole has no chance in it; where
# chance decides, this update ends at wrong values however long it runs, as the fork of lesson 06 shows. What it does
# to the score is measured in lesson 09.
#
# **Same observation.** The value of a state leans on itself. On these five numbers it looks almost whole: only the gap
# is smaller. *No symptom here names it.* Section 5 does.
#
# </details>

# %% [markdown]
# A symptom tells you *that* something is odd. Only sometimes does it tell you what.
#
# ## 3. The fall and the time limit
# CartPole ends an episode for two reasons. **[Terminated](glossary.md#terminated)**: the pole fell, or the cart left the
# track. Nothing follows, and the target is cut. **[Truncated](glossary.md#truncated)**: 500 steps are over. The pole
# still stands and would go on to earn; we merely stopped watching. The target must look ahead. Code that merges both into
# one `done` cannot tell them apart.
#
# An update like yours learns the values of a balancer that never falls, with gamma 0.95: every state is worth 20. The
# balancer is a rule written by hand, which lets the cart wander from left to right, so that its place tells the time. (A
# second one, *centred*, keeps the cart in the middle.)

# %%
ways = {"right": (limits.WANDERING, False), "cut like a fall": (limits.WANDERING, True)}
ways |= {"centred, cut": (limits.CENTRED, True)}
learned = {
    name: np.array([limits.values_over_time(*way, seed) for seed in range(4)])
    for name, way in ways.items()  # four seeds: a picture, no claim
}

# %%
lesson.ask("limit as a fall", show=time_limit.learned(learned))

# %% [markdown]
# For a perfect balancer the values can be worked out exactly. The next figure does so for three targets of the last
# step: the right one, one that is cut as if the pole had fallen, and the original's, a reward of −10 without a cut.
# Look at step 499: the pole stands, and each makes another target of that. Then let the observation show the time. (We
# take the last observation to look like the one before.)

# %%
shows = ["no time", "the time"]
Explorer(time_limit.explained, gamma=(0.5, 0.99, 0.01, 0.8), the_observation_shows=shows)

# %% [markdown]
# Where nothing shows the time, the values are only a little too low, as those of a young network are. The instrument is to
# **count**: the memory may hold as many terminated [transitions](glossary.md#transition) as there were falls, and not one
# more. Here are 16 episodes of the centred balancer. In none of them did the pole fall.

# %%
for cut in (False, True):
    memory = limits.as_memory(*limits.balance(limits.CENTRED), cut)
    print("falls: 0, terminated transitions in the memory:", int(memory.storage.terminated.sum()))

# %% [markdown]
# ## 4. Values against the ceiling, and Double DQN
# You know the ceiling before training begins. A little above it is the maximum at work on noise. Far above it, something
# feeds itself. That may be a missing cut, as in section 2. It may also be an update without any slip.
#
# Say that two actions are both worth 20, and your estimates of them err by chance: 18 and 23. The maximum is 23. It picks
# what is too high *by mistake*, puts it into the next target, and the mistake feeds itself: **overestimation**. Double
# DQN asks two networks. One chooses, the other values what was chosen:
#
# | estimates | online network | target network | who chooses | who values | result |
# |---|---|---|---|---|---|
# | one network | 18, 23 | none | online | online | 23 |
# | target network | 18, 23 | 21, 19 | target | target | 21 |
# | Double DQN | 18, 23 | 21, 19 | online | target | 19 |
#
# Take the wandering balancer's memory and 200 updates; the target and the cut are right. It holds only the balancer's own
# choices, so nothing ever contradicts a made-up value of the other action: a hard test.

# %%
seeds = range(8)
highest = {name: [limits.highest(name, seed, updates=200) for seed in seeds] for name in limits.CHOICES}

# %%
lesson.ask("two actions", show=pictures.overestimated(highest))

# %% tags=["nbval-ignore-output"]
difference = np.array(highest["Double DQN"]) - np.array(highest["target network"])
for name in ("target network", "Double DQN"):
    print(f"{name}: {np.median(highest[name]):.1f} in the median seed")
print(f"Double DQN minus target network: {mean_interval(difference)} (8 seeds)")

# %% [markdown]
# Both stand at about 8 here, below the true 20. So these 200 updates show that a slow network holds values back. They
# do not show that Double DQN cures overestimation: the slow network left it none to cure, and what parts the two is
# nothing beside 20. Whether Double DQN helps the score is lesson 12's question.
#
# <details><summary>What you should find</summary>
#
# Held back is not stopped. Go on to 3,000 updates, and both run away as well: on four seeds all eight networks stood above
# the ceiling of 20, some of them at millions. Nothing in this memory contradicts a made-up value. An agent that
# acts gathers what contradicts it.
#
# </details>
#
# What to do today: **print your highest value beside 1 / (1 − γ).**
#
# ## 5. Probes
# CartPole is a bad place to look for a mistake: everything matters at once. **Probe environments** are so small that
# their values are known, and each brings in a part of the agent that the earlier ones did not need. The first that fails
# names the code to look at. The idea is Andy Jones's.
#
# | probe | what happens in it | what it needs |
# |---|---|---|
# | Value | see 0, get 1, end: the value is 1 | loss, step, reward |
# | Observation | see −1 or 1, get what you saw, end | the observation's way through the network |
# | End | as Value, with gamma 0.5, and the last observation looks like the first | the terminal cut |
# | Delay | see 0, get 0; see 1, get 1, end: with gamma 0.5 the values are 0.5 and 1 | the next observation, the discount |
# | Action | action 0 gets −1, action 1 gets 1, end | the action's column |
# | Policy | action 1 gets what you saw, action 0 its negative, end | observation and action together |

# %%
suspects = {name: updates.agent_with(loss) for name, loss in updates.LOSSES.items()}
verdicts = {name: qlib.probes.examine(agent) for name, agent in suspects.items()}
failed = {name: [v.probe[5:] for v in each if not v.passed] for name, each in verdicts.items()}
first = {name: (each or ["none"])[0] for name, each in failed.items()}

# %%
lesson.ask("same observation", first["same observation"])

# %%
lesson.ask(
    "through the target",
    first["through target"],
    firsts="; ".join(f"{name}: {probe}" for name, probe in first.items()),
)

# %% [markdown]
# ## 6. The audit
# All this, and more, in one call. `qlib.audit` trains a copy of an agent for some episodes. It compares what the memory
# kept with what the environment gave. Then it puts questions to more copies: which slots are drawn, what is the gradient
# on a batch made to tell mistakes apart, how far is the target network behind. What is *expected* comes from the agent's
# own settings. Here is one that is whole. Do not study each line: a ✓ is all that matters here.

# %% tags=["nbval-ignore-output"]
qlib.audit(faults.named("nothing is wrong")(faults.SETTINGS, 0), episodes=10)

# %% [markdown]
# Two mistakes that no curve shows. The first agent has a Double DQN in name only. The second seeds its first weights
# inside `__init__`: the audit makes agents of other seeds from the class, and compares their first weights.

# %%
unseen = {"who values": "Double DQN in name only: the target network chooses and values"}
unseen["seeds"] = "all seeds begin with the same weights"
for part, fault in unseen.items():
    one = qlib.audit(faults.named(fault)(faults.SETTINGS, seed=5), episodes=10)[part]
    print(f"{part}: {one.verdict}, {one.measured}")

# %% [markdown]
# No score shows these: on the 16 seeds of section 8 they reach 205 and 231 steps on average, a sound agent 226. Both
# differences are **open**: the interval holds 0. (The numbers are from section 8's record.) But the second lets sixteen
# seeds share one first network: its interval says nothing about other first weights.

# %%
lesson.ask("absolute values")

# %% [markdown]
# ## 7. The drawer
# Nineteen agents lie in a drawer. Eighteen have a fault, one has none. You do not know which. Look at one with the
# instruments below (each look is a run), and then guess. Your first guess counts. Begin with the curve and the rows of the
# memory. The audit last: it takes the fun out of it.

# %%
Drawer()

# %% [markdown]
# Without the panel: `drawer.make(3)` gives a function from a seed to agent number 3, and `drawer.guess(3, "...")` takes
# one of `drawer.CHOICES`.

# %%
drawer.score()

# %% [markdown]
# ## 8. What to look at first
# How often was each instrument right on these agents? Every fault was run on 16 seeds: 600 steps each for the score and
# the other symptoms, all six probes, and an audit of 20 episodes. The sound agent was run on 16 more, which had no part
# in setting any limit. An instrument gives an *alarm* when the score lies below those of the first 16 sound agents,
# when another symptom lies outside of theirs, when a probe fails, or when a line of the audit is suspicious. *Counted
# rows* are five lines of the audit: rows, next observation, rewards, ends and updates. It takes some minutes, so it is
# recorded. `RUN_IT = True` measures again.
#
# The faults, the looks and these limits were chosen while we saw those seeds. So all of it was run again on 32
# [held-out](glossary.md#held-out-seeds) seeds, with the limits as they were.

# %%
RUN_IT = False
numbers = [measured.measured(name, RUN_IT) for name in ("symptoms", "probed", "audits")]
alarms = measured.alarms(*numbers)
right = measured.right(alarms)

# %%
simple = [*measured.SYMPTOMS, measured.COUNTED, "any probe"]
best = max(simple, key=lambda name: right[name][0] - right[name][1])
lesson.ask(
    "best instrument",
    best,
    show=lambda guess: pictures.instruments({name: right[name] for name in simple}, guess),
    **dict(zip(("hits", "false"), right[best][:2], strict=True)),
)

# %%
lesson.ask(
    "audit",
    right["audit"][2],
    show=pictures.finds(alarms, measured.LABELS, [*simple, "audit"]),
    **dict(zip(("hits", "false"), right["audit"][:2], strict=True)),
)

# %%
Fold("Each instrument on both sets of seeds", measured.both_rows(simple))

# %% [markdown]
# <details><summary>What you should find: what nothing found</summary>
#
# The audit missed two. *The network does not see signs*: its settings say nothing of it; the probes know. And *after
# 5,000 steps nothing is stored any more*: the audit had ended by then. Nothing here finds it, neither the probes nor the
# symptoms, but a longer audit. A fault that begins late is found late.
#
# The audit was made by the same hands as the drawer. On faults that nobody thought of it may well do worse than here.
#
# </details>
#
# So, when an agent does not learn, look in this order:
#
# 1. **Count and compare rows**: updates made, rows stored, falls against stored ends. Alone this found 5 of the 18
#    faults, each on all seeds, without a false alarm, and it names what it finds. It takes seconds. `qlib.audit` does
#    it and takes more looks beside: it found 16 of the 18 faults, and cried at no sound agent, of 16 and of 32 held-out
#    ones.
# 2. **Probes**: does it learn where you know the truth? 11 of 18, without a false alarm on either set.
# 3. **The score over seeds, and the gap between the actions**: 9 of 18 each. There was no false alarm on 16 sound agents;
#    on the 32 held-out ones there were 3 and 2. They say that something is odd, not what.
# 4. **The highest value beside the ceiling**: 9 of 18, and it cried at 5 of 16 sound agents and at 6 of 32, since anything
#    outside the first sixteen's narrow range was an alarm. Look for values *above* the ceiling: of the 32 sound agents one came there,
#    to 1.02 of it; without the cut all 16 stood at 1.7 of it or more. Lesson 09 shows whole agents above it, too.
# 5. **Loss and gradient last**: 4 and 2 of 18. In section 2 the most wrong values came with a lower loss than the right
#    ones.
#
# Only after all of these turn to settings: none of these instruments was tried on an agent that is whole and has bad
# settings.

# %% [markdown]
# ## 9. Exercises
# Replace the `...` and run the cell again. The check tells you what it expected and what came.
#
# ### 8.1 Read the symptoms · ●○○ · 6 minutes
# Five agents, gamma 0.8, reward 1 a step. Which is which? Each of these words belongs to one letter. Four you know from
# section 1: `"whole"`, `"all actions"`, `"no cut"`, `"broadcast"`. The fifth is new: `"optimiser"`, an update whose
# optimiser moves another network's weights.

# %%
for letter, row in check.SYMPTOMS.items():
    print(letter, "  ".join(f"{name} {value:4.2f}" for name, value in row.items()))


# %%
def my_diagnosis():
    return ...  # {"A": "...", "B": ...}


check.diagnosis(my_diagnosis)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The ceiling is 5, and doomed states are worth 1. Which agent has learned nothing at all? A loss that stays at the reward
# squared says so.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_diagnosis():
#     return {"A": "whole", "B": "no cut", "C": "all actions", "D": "broadcast", "E": "optimiser"}
# ```
# </details>
#
# ### 8.2 Count the ends · ●●○ · 9 minutes
# `terminated` and `truncated` say of each step how it ended, `stored` what the memory kept as terminated: three NumPy
# arrays of bool. Return two numbers: falls that were lost, and ends that were invented. (A step may be both terminated and
# truncated: then it is a fall.)


# %%
def my_count_ends(terminated, truncated, stored):
    return ...


check.count_ends(my_count_ends)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Subtracting totals lets one mistake hide another. Compare row by row: `&` is and, `~` is not.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_count_ends(terminated, truncated, stored):
#     return (terminated & ~stored).sum(), (stored & ~terminated).sum()
# ```
# </details>
#
# ### 8.3 Who chose, who valued? · ●●● · 14 minutes
# You get what the online and the target network said of the next observations (B, A each), rewards, the flags of
# termination, gamma, and the targets `y` that somebody's code made of them. Which rule did it follow? `"max"`: the target
# network's maximum. `"double"`: the online network chooses, the target network values. `"online"`: the online network's
# maximum.


# %%
def my_who_valued(online, target, rewards, terminated, gamma, y):
    return ...


check.who_valued(my_who_valued)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Make y by each of the three rules, and see which one agrees on all rows, with `torch.allclose`. After a termination all
# three agree.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_who_valued(online, target, rewards, terminated, gamma, y):
#     best = {
#         "max": target.max(1).values,
#         "double": target.gather(1, online.argmax(1, keepdim=True)).squeeze(1),
#         "online": online.max(1).values,
#     }
#     for rule, values in best.items():
#         if torch.allclose(rewards + gamma * values * ~terminated, y):
#             return rule
# ```
# </details>
#
# ### 8.4 Say what was measured · ●●○ · 6 minutes
# Which of `check.CLAIMS` says what section 8 measured, and no more? Return its letter.

# %%
for letter, sentence in check.CLAIMS.items():
    print(letter, sentence)


# %%
def my_claim():
    return ...


check.claim(my_claim)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Ask of each sentence: was this counted? On which agents, on how many seeds? What was not varied, cannot be a cause.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_claim():
#     return "b"
# ```
# </details>
#
# ## 10. If you see this
#
# - **The values climb past 1 / (1 − γ) and go on**: [overestimation](glossary.md#overestimation), too high a learning
#   rate, or a missing terminal cut. If End is the first probe to fail, look at the cut.
# - **All actions of a state have the same value**: the loss pulls at all of them, and the probe Action fails. Or (B, 1)
#   met (B,): then the probe Observation fails first.
# - **The loss rises while the score rises**: that can be well. Longer episodes mean higher values, and higher values make
#   larger errors.
# - **The score never moves, and the loss is flat**: ask whether the optimiser owns the network's weights.
# - **Two seeds give the very same curve**: somebody seeds everything inside `__init__`. If only the first weights are the
#   same, no curve shows it: ask the audit.
# - **The audit says "neither the equation's nor those of … known mistakes"**: you changed the update in a way that nobody
#   foresaw. If you meant to, it is no fault.

# %%
lesson.done()

# %% [markdown]
# ## 11. What to remember
#
# - A mistake here raises no error. The most wrong values came with a lower loss than the whole update's.
# - Count and compare rows first, then probe where the truth is known. Then the score over seeds and the gap between the
#   actions, then the values beside the ceiling. The loss comes last.
# - An instrument is worth what it was right on: ask for its hits and its false alarms, and for what it cannot see.
#
# Sources: probes from [Jones, Debugging RL, without the agonizing
# pain](https://andyljones.com/posts/rl-debugging.html); time limits in [Pardo et al.
# (2018)](https://arxiv.org/abs/1712.00378); overestimation and Double DQN in [van Hasselt et al.
# (2016)](https://arxiv.org/abs/1509.06461).
#
# Next: [09 · The catastrophe](09_catastrophe.ipynb).
