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
# # 09 · The catastrophe
#
# **You will know where a gradient has to stop, what `no_grad`, `eval` and `train` really change, and what a target
# network buys.**
#
# | | |
# |---|---|
# | Read | 43 minutes, and 30 for the exercises |
# | Run | about 60 seconds |
# | Needs | lesson 06, the update; lesson 08, looking for mistakes |
# | Gives | five altered agents beside whole ones, and two short diagnostics |

# %%
import dataclasses

import numpy as np
import torch

import qlib
from qlib.lessons.catastrophe import checks as check
from qlib.lessons.catastrophe import measure, pictures, rates
from qlib.lessons.lesson import Lesson
from qlib.show.explorer import Explorer
from qlib.show.playground import Playground
from qlib.show.training_panel import TrainingPanel
from qlib.study.diagnostics import visited

_ = torch.set_num_threads(1)  # networks this small are faster on one
lesson = Lesson("09_catastrophe")

# %%
lesson.again()

# %% [markdown]
# The original notebook has a "catastrophe clause": the network does not learn "because of sharing previous gradients".
# Its remedies are these lines, in acting and in the update:
#
# ```python
# self.model.eval()
# with torch.no_grad():
#     action_values = self.model(state)
# self.model.train()
# max_next_q_values = self.model(batch_next_state).detach().max(1)[0]
# ```
#
# Each of the three, `detach`, `no_grad` and `eval`, is left out below, one at a time.
#
# All agents share one preset, `measure.BRIEF`. It learns and spoils quickly: observations scaled by their ranges, γ = 0.99,
# a learning rate of 0.003, and no [target network](glossary.md#target-network), as in the original. No true value is above
# the [ceiling](glossary.md#ceiling), 1 / (1 − γ) = 100.

# %%
settings = measure.BRIEF
ceiling = 1 / (1 - settings.gamma)

# %% [markdown]
# ## 1. Where the gradient stops
# In lesson 06 the [TD target](glossary.md#td-target) was a constant: the gradient goes through the current value only.
# That part of the gradient is called a [semi-gradient](glossary.md#semi-gradient). This agent differs from a whole one in
# one thing: there is no `torch.no_grad()`, and no `detach`, around its target.


# %%
class ThroughTarget(qlib.QAgent):
    def td_target(self, batch):
        valuer = self.online if self.target is None else self.target
        best = valuer(batch.next_observations).max(1).values * ~batch.terminated
        return batch.rewards + self.settings.gamma * best


# %% [markdown]
# Give it the same first weights as a whole agent, and ask both about the same [batch](glossary.md#batch), filled by
# random play.

# %%
whole, broken = qlib.QAgent(settings, seed=0), ThroughTarget(settings, seed=0)
batch = measure.random_batch()
shared = measure.side_by_side(whole, broken, batch)

# %%
lesson.ask("what differs", " and ".join(name for name, equal in shared.items() if not equal) or "none")

# %% [markdown]
# Now let both learn. `qlib.compare` trains each kind on sixteen seeds and gives them an
# [examination](glossary.md#examination) now and then. There it takes the greedy score, and here also the loss and the
# highest value given to a state in the memory.

# %%
kinds = {"whole": settings, "through target": lambda seed: ThroughTarget(settings, seed)}
far = qlib.compare(kinds, steps=1_500, checkpoints=6, diagnostics=("loss", "highest value"))

# %% tags=["nbval-ignore-output"]
lesson.ask("through the target", show=far.plot())

# %%
loss, highest = measure.last(far, "loss"), measure.last(far, "highest value")

# %% tags=["nbval-ignore-output"]
lesson.ask(
    "lower loss",
    min(loss, key=loss.get),
    losses=[f"{loss[kind]:.2g}" for kind in kinds],
    highest=[f"{highest[kind]:.0f}" for kind in kinds],
)

# %% [markdown]
# The whole agent's values stand above the ceiling, too. Section 4 asks what a target network does about that.
#
# <details><summary>What you should find</summary>
#
# How much lower? In the median seed it is far below a tenth of the whole agent's. Part of that is scale: the broken
# agent's values are far below a third of the whole one's, and the loss is a square. Divided by the square of its
# highest value, the broken agent's loss is *not* the lower one. It is quiet because its values are small. This is a
# mistake that never raises an error: *the loss read as progress*.
# </details>
#
# The gradient would tell, but only with a whole agent's beside it. One question needs no other agent: **does the target
# ask for a gradient?** Keep this line.

# %%
for agent in (whole, broken):
    print(f"{type(agent).__name__:14} requires a gradient: {agent.td_target(batch).requires_grad}")

# %% [markdown]
# ### At the original's gamma
# The original's γ is 0.8: a [horizon](glossary.md#horizon) of 5 steps. Two sets of sixteen seeds did not agree whether the
# gradient through the target costs anything there. So here are 128, at both gammas, each scored by its mean over the
# examinations: [over training](glossary.md#over-training). That takes some minutes, so it is recorded. `RUN_IT = True`
# measures it again, here and below.

# %%
RUN_IT = False


# %%
def with_and_without_detach(gamma):
    here = dataclasses.replace(settings, gamma=gamma)
    both = {"whole": here, "through target": lambda seed: ThroughTarget(here, seed)}
    return measure.over_training(both, steps=1_500, examinations=6)


# %%
cost = {}
for name, both in {f"gamma {gamma}": with_and_without_detach(gamma) for gamma in (0.99, 0.8)}.items():
    cost[name] = measure.recorded(f"detach, {name}", both, RUN_IT).difference("through target", "whole")

# %%
lesson.ask(
    "cost at 0.8",
    round(cost["gamma 0.8"].loss().value),
    long=cost["gamma 0.99"].loss(),
    show=measure.sets(cost | {"0.99 minus 0.8": cost["gamma 0.99"].minus(cost["gamma 0.8"])}),
)

# %% [markdown]
# In the answer's figure each mark is a mean difference over training, *through target* minus *whole* (so a cost has a
# minus), with its 95 % interval: sixteen seeds, the next sixteen, all 128, and 64
# [held-out](glossary.md#held-out-seeds) ones. From here on the word **shown** asks for more than in lesson 05: all 128
# seeds *and* the held-out ones lie on one side of 0. Else a difference is **open**. In a table of many rows the bar is
# higher still, for of twenty rows that hold nothing one looks like something by chance. Lesson 10 says how.
#
# At 0.99 the cost is shown. At 0.8 it is there on the 128 seeds and not on the held-out ones: open.
# But all this is one learning rate. The side road has four.
#
# <details><summary>What you should find</summary>
#
# Read the row of gamma 0.8 from top to bottom. The first sixteen seeds all but say "worse", the next sixteen say nothing.
# **Sixteen seeds are enough for large effects.** For one that is no larger than this they are not.
#
# The last row says that it hurt more at 0.99 than at 0.8. Why? With a horizon of 5 steps there is less to carry back. That
# would fit, and we have not tested it. In lesson 08, with gamma 0.8, the values of [doomed](glossary.md#doomed) states took
# no harm.
#
# A gradient that flows through both values is Baird's *residual gradient*. It is a sound method for another aim. Used by
# accident it is what you saw.
# </details>

# %% [markdown] tags=["side-road"]
# ### Dig deeper: watch it
# A side road. Train the broken agent, and drag the time machine.

# %% tags=["side-road"]
TrainingPanel(settings, steps=4_000, name="lesson 09", make=ThroughTarget)

# %% [markdown] tags=["side-road"]
# ### Dig deeper: four learning rates
# A side road. Both kinds of agent at both gammas, at learning rates from 0.001 to 0.03: 64 seeds and 64 held-out ones.

# %% tags=["side-road"]
by_rate = measure.recorded("detach by rate", rates.leaks_by_rate(ThroughTarget), RUN_IT)
low, high = (len(rates.cost_is_shown(by_rate, gamma)) for gamma in rates.GAMMAS)
lesson.ask("four rates", low, show=rates.draw_leak(by_rate, 0.8), long=high)

# %% tags=["side-road"]
Explorer(lambda gamma: (rates.draw_leak(by_rate, gamma), f"Gamma {gamma}"), gamma=list(rates.GAMMAS))

# %% [markdown] tags=["side-road"]
# <details><summary>What you should find</summary>
#
# At gamma 0.8 the missing `detach` is shown to cost score at the largest rate, 0.03. At 0.01 both intervals lie below 0, and
# among eight rows that is not enough: open, as at the two small rates. At 0.99 it costs at all four. So "it hurts" is true,
# and where it hurts hangs on the horizon and on the rate.
# </details>

# %% [markdown]
# ## 2. `no_grad` when acting
# The original: "Make sure to predict using torch.no_grad()". Here are two agents that act without a precaution. The
# first forgets `no_grad`: its values come with a graph attached, and nobody calls `backward()` on it. The second
# forgets `eval()`: a switch for the few kinds of layers that work in one way while they learn and in another while they
# act. Section 3 meets one; linear layers and ReLU work the same in both.


# %%
class GraphWhenActing(qlib.QAgent):
    def q_values(self, observations):
        self.online.eval()
        return self.online(torch.as_tensor(observations).unsqueeze(0)).squeeze(0)


class NoEval(qlib.QAgent):
    def q_values(self, observations):
        self.online.train()
        with torch.no_grad():
            return self.online(torch.as_tensor(observations).unsqueeze(0)).squeeze(0)


# %% [markdown]
# Train each beside a whole agent, on sixteen seeds, 150 steps each and an update after each step. Then compare all the
# weights, bit for bit.

# %%
same = {kind.__name__: measure.same_weights(kind) for kind in (GraphWhenActing, NoEval)}

# %%
lesson.ask("no no_grad", same["GraphWhenActing"])

# %%
lesson.ask("no eval", same["NoEval"])

# %% [markdown]
# What is a graph for, and what does it cost? Autograd keeps tensors of the forward pass for a `backward()` to come. Count
# them:

# %%
one = torch.zeros(1, 4)
for name, mode in {"under no_grad": torch.no_grad(), "with a graph": torch.enable_grad()}.items():
    with mode:
        print(name, "keeps {} tensors, {:,} bytes".format(*measure.kept_by(lambda: whole.online(one))))

# %% [markdown]
# Gradients are added to `.grad` by `backward()` only, and acting calls none: there is nothing to "share". The graph is
# thrown away with the values. But who keeps the *values*, keeps their graphs: `history.append(values.max())` keeps every
# graph alive, step after step. `history.append(values.max().item())` keeps a number.
#
# <details><summary>What you should find</summary>
#
# Most of the bytes are the weights themselves, which exist anyway. What a graph costs is a little time at most (the side
# road below).
#
# `eval()` is a switch for layers that behave differently while they train. Linear layers and ReLU do not.
# </details>

# %% [markdown] tags=["side-road"]
# ### Dig deeper: how long a forward pass takes
# A side road. The same forward pass with a graph and without, in turn, 41 times: how many times as long does it take? A
# ratio of two times measured side by side does not hang on how fast this machine is, or how busy.

# %% tags=["side-road", "nbval-ignore-output"]
ratios = measure.times_as_long(lambda: whole.online(one), torch.no_grad()(lambda: whole.online(one)))
print("with a graph: {1:.2f} times as long, half of the rounds {0:.2f} to {2:.2f}".format(*ratios))

# %% [markdown]
# ## 3. `eval` when acting, with batch norm
# Batch norm is a layer that behaves differently while it trains. (You may leave this section until lesson 11 asks
# whether it is worth having.) In train mode it shifts and scales each unit by the mean and the spread *of this batch*.
# In eval mode it uses running averages that it gathered before.
#
# `measure.NORMED` is the preset with batch norm, and with a target network. A batch of one has no spread:

# %%
normed = measure.NORMED
try:
    NoEval(normed).act(np.zeros(4, np.float32))
except ValueError as error:
    print("ValueError:", str(error).split(",")[0])

# %% [markdown]
# Good: an error. Now meet the cure that makes it a silent mistake. "It wants more than one value? Then I give it two."
# The observation goes in twice.


# %%
class RowDoubled(qlib.QAgent):
    def act(self, observation, epsilon=0.0):
        random_action = self.explore(epsilon)
        if random_action is not None:
            return random_action
        twice = torch.as_tensor(observation).repeat(2, 1)  # (2, 4): "more than 1 value"
        self.online.train()
        with torch.no_grad():
            return int(self.online(twice)[0].argmax())


# %%
doubled = RowDoubled(normed, seed=0)
for _ in qlib.train(doubled, steps=300):
    pass
actions = {doubled.act(observation) for observation in visited("CartPole-v1")}

# %%
lesson.ask("twice the row", len(actions))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# One action in all 200 states, whatever it learned. Each unit minus the mean of two equal rows is 0, so every state gets
# the same values. A whole agent takes both actions in these states.
# </details>
#
# A third agent acts correctly, and has its *target* network in train mode: next states are normalised by their own
# batch, current states by theirs. (The original's single network did that whenever it learned: it was in train mode.)


# %%
class TargetInTrainMode(qlib.QAgent):
    def td_target(self, batch):
        self.target.train()
        return super().td_target(batch)


# %%
others = {
    "target in train mode": lambda seed: TargetInTrainMode(normed, seed),
    "row doubled": lambda seed: RowDoubled(normed, seed),
}
normed_runs = measure.over_training({"whole": normed, **others}, steps=600, examinations=3)
modes = measure.recorded("batch norm", normed_runs, RUN_IT)
beside = {label: modes.difference(label, "whole") for label in others}

# %%
costs = {label.split()[0]: beside[label].loss() for label in others}
lesson.ask("both scores", **costs, show=measure.sets(beside))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# The doubled row is a catastrophe that deserves the name, whichever seeds you take. Its values run away, too: in the
# median seed the highest one is more than twice a whole agent's.
#
# The target in train mode costs less. The first sixteen seeds make it look nearly twice as bad as all 128 do, and the next
# sixteen leave it open.
# </details>
#
# **The diagnostic: acting must not move the network.** Compare the running averages before and after.


# %%
def moves_when_acting(agent):
    before = [buffer.clone() for buffer in agent.online.buffers()]
    agent.act(np.array([0.1, 0.0, 0.05, 0.0], np.float32))
    return any(not torch.equal(a, b) for a, b in zip(before, agent.online.buffers(), strict=True))


# %%
three = (qlib.QAgent, TargetInTrainMode, RowDoubled)
moves = {kind.__name__: moves_when_acting(kind(normed)) for kind in three}

# %%
lesson.ask("found", " and ".join(name for name, moved in moves.items() if moved))

# %% [markdown]
# ## 4. One network or two
# The original has one network, which values the next states too. So each update also moves the targets. A **target
# network** moves more slowly. *Hard*: a copy every so many updates. [Soft](glossary.md#soft-update): at each update a step of the share τ towards
# the [online network](glossary.md#online-network).


# %%
@torch.no_grad()
def follow(target, online, tau):
    for slow, quick in zip(target.parameters(), online.parameters(), strict=True):
        slow += tau * (quick - slow)  # θ⁻ ← θ⁻ + τ (θ − θ⁻)
    for average, latest in zip(target.buffers(), online.buffers(), strict=True):
        average.copy_(latest)  # batch norm's averages are no weights: they are copied whole


# %% [markdown]
# qlib's is `qlib.core.network.mix`; a test checks that the two agree. Lesson 11 shows what happens to an agent whose rule
# forgets the averages. Now four ways: none, and three target networks. Two of them are slow, the third is quicker.

# %%
targets = {
    "none": settings,
    "hard, every 100": dataclasses.replace(settings, target_network="hard", target_every=100),
    "soft, tau 0.01": dataclasses.replace(settings, target_network="soft", tau=0.01),
    "soft, tau 0.05": dataclasses.replace(settings, target_network="soft", tau=0.05),
}

# %%
networks = qlib.compare(targets, steps=4_000, checkpoints=10, diagnostics=("highest value",))
tops = measure.highest(networks)

# %% tags=["nbval-ignore-output"]
lesson.ask(
    "highest value",
    round(tops["none"]),
    show=lambda guess: pictures.highest_values(networks, ceiling, guess),
    others="; ".join(f"{label}: {top:.0f}" for label, top in list(tops.items())[1:]),
)

# %% [markdown]
# So much for the values, and for 4,000 steps: both slow lines still rise at the end. And the score? Here are 128 recorded seeds, with a quicker copy (every 20 updates) beside them.
# Each is scored at the end and over training.

# %%
quick = {"hard, every 20": dataclasses.replace(settings, target_network="hard", target_every=20)}
target_runs = measure.both_scores(targets | quick, steps=4_000, examinations=10)
found = measure.recorded("target networks", target_runs, RUN_IT)
beside = measure.against_none(found)

# %%
lesson.ask("slow targets", **measure.slow_losses(beside), show=measure.sets(beside))

# %% [markdown]
# Each difference is the score with that target network, minus the score without one. CartPole can be played with values
# that are wrong by far, as long as their *order* is right. So "DQN needs a target network" is **not supported here**.
# That holds for this setting and 4,000 steps. Lesson 12 measures it again, over longer runs.
#
# <details><summary>What you should find</summary>
#
# The values first: with one network they run to twice their ceiling or more. Within these 4,000 steps a *slow* target
# network held them below it. Held back is not stopped, as in lesson 08. A quicker one holds them nearer to the ceiling, at
# less than half of none's, but not below.
#
# And the score? On the 128 seeds the slow ones lie lower at the end, by 42 steps [9, 75] (hard, 100) and by 77 [46, 107]
# (soft, 0.01). The held-out seeds do not show it, −26 [−78, 25] and −41 [−92, 11], and with eight rows one may lie there by
# luck. So all eight rows are **open**, and open is not "the same".
#
# Why are they too high at all? The maximum over noisy values is too high on average: the
# [overestimation](glossary.md#overestimation) of lesson 08. A target network of its own does not stop that, it slows it.
# </details>

# %% [markdown] tags=["side-road"]
# ### Dig deeper: each at its own learning rate
# A side road. With a target network the values may bear another learning rate than without. So here is each way at four
# rates, the best for each chosen on 64 seeds, and compared on 64 held-out ones.

# %% tags=["side-road"]
found = measure.recorded("target networks by rate", rates.targets_by_rate(), RUN_IT)
above, told = rates.told(found)
lesson.ask("own rates", above, show=rates.draw_targets(found), told=told)

# %% [markdown] tags=["side-road"]
# <details><summary>What you should find</summary>
#
# At a rate of 0.03 a slow target network costs a great deal, at 0.001 nothing is to be seen of any. With each at its own
# best rate none of the four is shown to beat none. Lesson 12's longer runs found of τ 0.02 that it helps at the end, and
# have not been confirmed yet. All that together: **for CartPole a target network is no must; a slow one wants a small rate,
# and of a quick one no harm is shown.**
# </details>

# %% [markdown]
# One more thing. Give a target network to the agent of section 1, whose gradient flows through the target, and compare
# again: one batch, and the gradient by the weights of the online network.

# %%
two = [kind(targets["hard, every 100"], seed=0) for kind in (qlib.QAgent, ThroughTarget)]
sides = measure.side_by_side(*two, batch)

# %%
lesson.ask("with a target", ["another", "the same"][sides["gradient"]])

# %% [markdown]
# <details><summary>What you should find</summary>
#
# With a target network the mistake of section 1 is disarmed, to the last bit. And the one-line diagnostic still says
# `True`: it raises an alarm where no harm is done. Exercise 9.1 asks for a better one.
# </details>
#
# ## 5. Your turn: the playground
# Choose, press Run, and watch 16 agents learn. The last run stays as a pale line. Below the score the panel draws the loss
# and three readings of the values. The *action gap*: how far the best action's value lies above the other's, on average
# over fixed states; near 0 the choice hangs on noise. The *highest value* of a state in the memory: no true value is above
# the ceiling, 100. The *doomed value*: the highest value given to states in which nothing saves the pole any more (wider
# than in lesson 08); the truth there is at most 3.
#
# Three things to try:
#
# 1. Gradient through the target. Which curve looks *best*, if you look at the loss only?
# 2. Batch norm, and act in train mode. Read the error. Then double the row, with a soft target network.
# 3. Gradient through the target once more, with a target network. What has become of the mistake?
#
# <details><summary>What you should find</summary>
#
# 1. The loss: it is lower in the broken agent. 2. An error that names the cause; then, with the row doubled, a poor
# score. The score is that of the eval mode: see section 3. 3. It is disarmed: section 4.
#
# With batch norm or a broken agent a run takes some ten seconds, on a busy machine more: those updates are not compiled.
# The panel's line of Python calls `catastrophe`, so for a broken agent it needs this lesson's cells. Without batch norm
# `acting` changes nothing, so the panel trains the same agents for all three choices.
# </details>


# %%
def catastrophe(gradient, acting, target_network, network):
    if network == "batch_norm" and acting == "train":
        raise ValueError("Batch norm in train mode needs two rows: choose eval, or double the row.")
    parts = (ThroughTarget,) if gradient == "flows through" else ()
    parts += (RowDoubled,) if network == "batch_norm" and acting == "train, row doubled" else ()
    named = {"target_network": target_network, "target_every": 100, "network": network}
    chosen = dataclasses.replace(settings, **named)
    return (lambda seed: type("Broken", (*parts, qlib.QAgent), {})(chosen, seed)) if parts else chosen


# %% jupyter={"source_hidden": true}
Playground(
    catastrophe,
    steps=800,
    seeds=16,
    diagnostics=("loss", "action gap", "highest value", "doomed value"),
    gradient=["stops at the target", "flows through"],
    acting=["eval", "train", "train, row doubled"],
    target_network=["none", "hard", "soft"],
    network=["plain", "batch_norm"],
)

# %% [markdown]
# ## 6. Exercises
#
# Replace the `...` and run the cell again. The check tells you what it expected and what came.
#
# ### 9.1 Does it leak? · ●●○ · 7 minutes
# Section 1's diagnostic says `True` for an agent with a target network, where no harm is done. Write a better one: does
# the gradient of this agent's target reach the weights of its **online** network, which the optimiser moves? `True` or
# `False`.


# %%
def leaks(agent, batch):
    return ...


check.leaks(leaks)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.autograd.grad(something.sum(), list(agent.online.parameters()), allow_unused=True)` gives one gradient for each
# weight tensor, and `None` for a tensor that was not used. It raises an error if there is no graph at all: ask
# `requires_grad` first.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def leaks(agent, batch):
#     target = agent.td_target(batch)
#     if not target.requires_grad:
#         return False
#     found = torch.autograd.grad(target.sum(), list(agent.online.parameters()), allow_unused=True)
#     return any(gradient is not None for gradient in found)
# ```
# </details>
#
# ### 9.2 Choose tau · ●●○ · 5 minutes
# A soft target network is to go a part `share` (between 0 and 1) of the way to an online network that stands still, in
# `updates` updates. Which τ does that? With half the way in one update it is 0.5. The check follows the online network
# with your τ, update by update, and sees how far it gets.


# %%
def tau_for(updates, share):
    return ...


check.tau_for(tau_for)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Each update leaves 1 − τ of the way. After two updates (1 − τ)² is left. How much is to be left at the end?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def tau_for(updates, share):
#     return 1 - (1 - share) ** (1 / updates)
# ```
# </details>
#
# ### 9.3 What was shown? · ●●○ · 5 minutes
# Which of these sentences do this lesson's measurements support? Return their letters, such as "af". Some say more than
# was measured.
#
# - (a) In this setting the gradient through the target costs score at gamma 0.99.
# - (b) It costs less at gamma 0.8 than at 0.99 because less has to be carried back.
# - (c) Forgetting `no_grad` when acting changed not one weight, on any of the sixteen seeds.
# - (d) In this setting, after 4,000 steps, a slow target network scores less than none.
# - (e) DQN needs no target network.
# - (f) A quick target network (a copy every 20 updates) scores the same as none.


# %%
def supported():
    return ...


check.supported(supported)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A *because* needs a measurement of its own. One setting is not all settings. And what is "open"?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def supported():
#     return "ac"
# ```
#
# (b) was measured up to the word "because". (d) is what the 128 seeds said, and the held-out ones do not show it. (e) goes
# from one setting to all. (f) says "the same", and no interval can show that: "open", no difference shown, is not "no difference".
# </details>
#
# ### 9.4 Find the faults · ●●● · 13 minutes
# This function chooses the greedy action of a network *with batch norm* for one observation of shape (4,). It raises no
# error. Find what is wrong with it, and write it anew. After the call the network must be as it was before: its weights,
# its running averages, and its mode, train or eval. And there must be no graph.


# %%
def broken_act(network, observation):
    network.train()
    values = network(observation.repeat(2, 1))
    return values[0].argmax().item()


# %%
def mended_act(network, observation):
    return ...


check.mended_act(mended_act)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Which mode reads the running averages, and which moves them? Which shape has a batch of one? Who will call `backward()`?
# And `network.training` says which mode it was in; `network.train(True)` and `network.train(False)` set it.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def mended_act(network, observation):
#     mode = network.training
#     network.eval()
#     with torch.no_grad():
#         values = network(observation.unsqueeze(0))
#     network.train(mode)
#     return values.argmax().item()
# ```
# </details>
#
# ## 7. If you see this
#
# - **`Expected more than 1 value per channel when training`**: batch norm in train mode, on a batch of one. Call
#   `eval()` before you act. Do not feed the row twice.
# - **The loss is small and the score does not rise**: print `td_target(batch).requires_grad`. If that is `False`, see
#   whether the values are still far below the ceiling: then learning is slow, not done.
# - **The same action in every state, and batch norm in the network**: it may act in train mode. See whether acting moves
#   the running averages: section 3.
# - **Memory grows with every step**: a list keeps tensors that hold their graphs. Store `.item()`, or `.detach()`.
# - **`Can't call numpy() on Tensor that requires grad`**: the values were computed without `no_grad`. No harm done;
#   write the `no_grad`.
# - **The score falls from 500 to 100 and comes back**: nothing need be broken. That is forgetting: lesson 12.
# - **Values far above 1 / (1 − γ)**: section 4, and lesson 08.

# %%
lesson.done()

# %% [markdown]
# ## 8. What to remember
#
# - The gradient stops at the target. Leaving that out cost score at gamma 0.99; at 0.8 it hangs on the learning rate. The loss does not show
#   it.
# - `no_grad` when acting changed no bit of what was learned; what time it saves is small and noisy. Nor did `eval` change
#   any, in a network without batch norm. With batch norm an agent in train mode raised an error; with its row doubled it
#   acted blindly.
# - Within 4,000 steps a slow target network held the values below their ceiling. Whether
#   it costs score is open.
#
# Sources: the target network is from [Mnih et al. (2015)](https://doi.org/10.1038/nature14236), its soft form from
# [Lillicrap et al. (2016)](https://arxiv.org/abs/1509.02971); the residual gradient from
# [Baird (1995)](https://doi.org/10.1016/B978-1-55860-377-6.50013-X); batch norm from
# [Ioffe and Szegedy (2015)](https://arxiv.org/abs/1502.03167); intervals over seeds from
# [Agarwal et al. (2021)](https://arxiv.org/abs/2108.13264).
#
# Next: [10 · Carrot and stick](10_carrot_and_stick.ipynb).
