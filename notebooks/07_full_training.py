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
# # 07 · Full training
#
# **You will hold the whole loop in your hands: train, pause, change, save, go on.**
#
# | | |
# |---|---|
# | Read | 35 minutes, and 43 for the exercises |
# | Run | about two minutes |
# | Needs | lessons 04 to 06 |
# | Gives | a trained agent in a file; when to train and on what, taken apart and measured |

# %%
import dataclasses
import tempfile
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import torch

import qlib
from qlib.core.rules import next_epsilon
from qlib.core.training import episode_seed
from qlib.lessons.full_training import checks as check
from qlib.lessons.full_training import incomplete, loops, measured
from qlib.lessons.full_training.episodes import against_the_first, final_scores, one_episode
from qlib.lessons.lesson import Lesson
from qlib.lessons.own_agent import OwnAgent
from qlib.lessons.own_run import OWN
from qlib.lessons.stand_ins import pieces
from qlib.show.intervals import each_seed
from qlib.show.training_panel import TrainingPanel

torch.set_num_threads(1)  # one core is quicker for networks this small
lesson = Lesson("07_full_training")

# %%
lesson.again()

# %% [markdown]
# ## 1. The whole loop
# You know every part: lesson 04 chose the action, lesson 05 remembered, lesson 06 learned. This is all of it. Two helpers
# keep it repeatable: `episode_seed` gives each episode a start of its own, and `next_epsilon` is lesson 04's decay.


# %%
def train_by_hand(agent, env, episodes):
    durations = []
    for _ in range(episodes):
        observation, _ = env.reset(seed=episode_seed(agent))
        over = False
        while not over:
            action = agent.act(observation, agent.epsilon)
            next_observation, reward, terminated, truncated, info = env.step(action)
            agent.remember(observation, action, reward, next_observation, terminated, truncated)
            agent.learn()
            observation, over = next_observation, terminated or truncated
        agent.epsilon = next_epsilon(agent.settings, agent.epsilon)
        agent.episodes += 1
        durations.append(info["episode"]["l"])
    return durations


# %% [markdown]
# `terminated` and `truncated` end the episode alike. They reach the memory apart, because only `terminated` means
# that nothing follows. (`remember` is told of `truncated` for the sake of settings that treat it wrongly on purpose.)
# `qlib.train` is the same loop as a generator: it hands you a record after each episode, and whoever holds it may look,
# change something, or stop. Here are both, with the same seed.

# %%
mine, theirs = qlib.QAgent(qlib.RECOMMENDED), qlib.QAgent(qlib.RECOMMENDED)
durations = train_by_hand(mine, qlib.make_env(qlib.RECOMMENDED), episodes=70)
records = list(qlib.train(theirs, episodes=70))

a, b = (torch.nn.utils.parameters_to_vector(one.online.parameters()) for one in (mine, theirs))
print(f"{len(durations)} and {len(records)} episodes; of {len(a):,} weights {(a != b).sum()} differ")

# %% [markdown]
# ## 2. Your hands on it
# The panel trains **your agent**, with the pieces that you wrote (its second line says which are yours), in the
# background, so the notebook stays free while it runs. Everything on it acts at the next step. Press **Train**, and try
# these, one at a time. A run has 10,000 steps; when it is over, **Go on** trains as many again. **Reset** gives you a
# fresh agent in between.
#
# 1. When the agent balances, move **epsilon** to 1. That ticks **hold**: every action is random now. The dots
#    fall at once, but the cart still balances: it shows the greedy policy, and that one has not changed yet. Untick it,
#    and the schedule takes over from where epsilon stands.
# 2. Move the **learning rate**, first a little, then to its upper end. Watch the loss and the value. The dashed line is
#    the ceiling, which an episode without end is worth: 1 / (1 − γ), here 100. A value above it is a promise that no
#    episode can keep: an overestimate. The slider holds the rate where you put it. (Other agents, `qlib.RECOMMENDED`
#    among them, let their rate fall by itself. Then the panel's line says "falling", until you move the slider.)
# 3. Drag the **time machine** back and forth over the fall. The map beside the cart shows for each angle and angular
#    velocity which push the agent prefers; watch its white line, where the agent changes its mind. **Keep beside**
#    holds a good moment next to a bad one.
# 4. Choose a **stick** of −100. A fall now costs what a hundred steps earn. Look at the loss when it strikes.
# 5. Press **Reset**, **Train**, and **Stop** when the agent balances (or wait for the end of the run). Write a file
#    name, **Save**. Then ruin the agent: learning rate to the upper end, **Go on**. Then **Load**: the curve, the cart
#    and the rate are those of the saved agent again, and **Go on** trains that one.

# %%
kind = {"make": OwnAgent, "note": repr(pieces())}
panel = TrainingPanel(OWN, steps=10_000, controls=True, name="lesson 07", **kind)
panel

# %% [markdown]
# The next cell waits for the end of the run, and starts it if you have not. The square in the toolbar stops the
# training as well, and keeps the agent.

# %%
await panel.finished()
panel.picture()

# %% tags=["nbval-ignore-output"]
scores = qlib.evaluate(panel.agent)
print(f"{panel.agent.episodes} episodes, {panel.agent.steps:,} steps, {panel.agent.updates:,} updates")
print(f"greedy score over {len(scores)} starts: {scores.mean():.0f}, the lowest {scores.min():.0f}")

# %% [markdown]
# Your score may lie far below 500, though the agent balanced on the way. Lesson 06's runs stopped at a good moment;
# this one went on. The time machine still has the good moments, and lesson 12 asks why an agent loses what it had.
#
# How often does a high rate ruin an agent? Sixteen agents, of qlib's pieces, trained until they balanced, and then
# 10,000 steps with the slider's upper end, 0.1. It takes five minutes, so it was recorded; `RUN_IT = True` measures it
# again.

# %%
RUN_IT = False
scores = measured.measured("ruined", RUN_IT)
drawn = each_seed(scores, "greedy score, steps")
count, numbers = measured.how_many(scores)
fresh = measured.told(measured.RECORDS.held_out("ruined"))
lesson.ask("a high rate", count, show=drawn, **numbers, fresh=fresh)

# %% [markdown]
# What the panel does can be done in code, too. A record is a place to stop and to change things: here epsilon drops to 0
# after the second episode, and the loop ends after the fourth. The agent stays as it is.

# %%
agent = qlib.QAgent(qlib.RECOMMENDED)
for record in qlib.train(agent, episodes=100):
    print(f"episode {record.number}: epsilon {record.epsilon:.2f}")
    if record.number == 2:
        agent.epsilon = 0.0
    if record.number == 4:
        break

# %% [markdown]
# ## 3. Save, load, go on
# You stop a training, save the agent to a file, and switch the computer off. Tomorrow you load the file and train on.
# Here one agent trains without a break. Another trains half as long, is saved, is loaded as a new object, and goes on.
# Think of everything that the rest of a run depends on.

# %%
settings = dataclasses.replace(qlib.RECOMMENDED, learning_starts=100)
straight = [record.steps for record in qlib.train(qlib.QAgent(settings), episodes=60)]

broken = qlib.QAgent(settings)
halves = [record.steps for record in qlib.train(broken, episodes=30)]
with tempfile.TemporaryDirectory() as folder:
    file = broken.save(Path(folder) / "half.safetensors")
    resumed = qlib.QAgent.load(file)
halves += [record.steps for record in qlib.train(resumed, episodes=30)]

lesson.ask("saved and loaded", halves == straight)

# %% [markdown]
# Now a mistake that is often made, and that never raises an error: everything is carried over but the memory, and the
# agent goes on with an empty one.

# %%
forgetful = qlib.QAgent(settings)
for _ in qlib.train(forgetful, episodes=30):
    pass
forgetful.memory = qlib.ReplayMemory(settings.memory_size)
later = [record.steps for record in qlib.train(forgetful, episodes=30)]
differ = sum(a != b for a, b in zip(straight[30:], later, strict=True))
lesson.ask(
    "an empty memory", "None" if differ == 0 else "Fewer than half" if differ < 15 else "More than half"
)

# %% [markdown]
# ## 4. Monte Carlo or temporal difference?
# The original notebook says that training many times at the end of each episode is Monte Carlo, that training at every
# step is TD, and that one needs both. Two choices are mixed up there, and it is easy to see why: in the textbook
# methods they come in pairs.
#
# - **When do you train?** At every step, at the episode's end, or both.
# - **What is the target?** *Monte Carlo*: the whole return, as it was, so you have to wait for the end. *Temporal
#   difference* (TD): one reward, and a guess of the rest, $r + \gamma \max_a Q(s', a)$.
#
# A replay memory takes the two apart. The original's target is one step and a guess whenever it trains: it is TD. Let
# us make all the choices one by one. For Monte Carlo we store the return $G$ as the reward, and say `terminated`. Then
# the cut makes the target $y = G + 0$, and nothing else has to change. (An episode that is cut at 500 steps gives a
# return that ends there, too: Monte Carlo cannot know what would have come.)


# %%
def play(agent, env, steps, target, when):
    while agent.steps < steps:
        transitions = one_episode(
            agent, env, learn=when in ("every step", "both"), remember=target == "TD"
        )
        if target == "Monte Carlo":
            following = 0.0
            for observation, action, reward, next_observation, _ in reversed(transitions):
                following = reward + agent.settings.gamma * following
                agent.remember(observation, action, following, next_observation, terminated=True)
        if when in ("episode's end", "both"):
            for _ in transitions:  # as many updates as the episode had steps
                agent.learn()
        agent.epsilon = next_epsilon(agent.settings, agent.epsilon)
        agent.episodes += 1


# %% [markdown]
# Three times to train and two targets make six ways. A return is known only at the end, so Monte Carlo trains there,
# and four are left. Each gets the same number of steps. "Both" trains at every step and again at the end: it makes
# twice as many updates as the others. Sixteen seeds each, 1,500 steps, an epsilon that falls quickly. The score is the
# greedy policy's, over twenty unseen starts. (`one_episode` is section 1's inner loop, which also returns its
# transitions.)
#
# Each way is compared with TD at every step, seed by seed. An interval of the mean difference that holds 0 is *open*:
# with these seeds the two are not told apart.

# %%
ways = [("TD", "every step"), ("TD", "episode's end"), ("TD", "both"), ("Monte Carlo", "episode's end")]
scores = {f"{target}, {when}": final_scores(play, target, when) for target, when in ways}

# %% tags=["nbval-ignore-output"]
told, (end, both, carlo) = against_the_first(scores)
drawn = each_seed(scores, "greedy score, steps")
lesson.ask("four choices", told, show=drawn, end=end, both=both, carlo=carlo)

# %% [markdown]
# To know which is best takes more seeds, unless the true difference is large.
#
# Why then is TD the usual choice? A return must wait for the end of the episode, and some tasks have none. It also
# belongs to the actions that were really taken, random ones included, so an old return in the memory tells what an old
# agent was worth. A guess is made anew at each update. CartPole's first episodes are short and its rewards come at
# every step, which is kind to Monte Carlo. Do not carry this picture to another task without measuring again.
#
# ## 5. The original's run
# Whatever the original says of the episode's end, its code trains at every step only: 40 updates after each. It trained
# 1,000 episodes so, and printed how long that took: 2 hours and 13 minutes. `qlib.ORIGINAL` are its settings. A few
# episodes are enough to count.

# %%
original = qlib.QAgent(qlib.ORIGINAL)
steps = sum(record.steps for record in qlib.train(original, episodes=8))
learning = steps - qlib.ORIGINAL.batch_size + 1  # the first ones only fill the memory
print("updates a step, once the memory holds a batch:", original.updates / learning)

# %% [markdown]
# Watch it, if you have the time: put `TrainingPanel(qlib.ORIGINAL, controls=True)` in a new cell. Lesson 15 is about
# where the hours went.
#
# ### Plots that pile up
# The original drew its two plots anew after each episode. It began with `plt.figure(1)` and `plt.clf()`: take figure 1,
# and wipe it. Both are easily forgotten. Here is its first plot three times: without the 1, without the wiping, and
# whole.


# %%
def no_name(lengths):  # broken: without the 1
    plt.figure()
    plt.plot(lengths)


# %%
def no_wiping(lengths):  # broken: without the wiping
    plt.figure("durations")
    plt.plot(lengths)


# %%
def in_place(lengths):  # whole: the same figure, wiped first
    plt.figure("durations", clear=True)
    plt.plot(lengths)


# %% [markdown]
# Let each draw after each of the first 25 episodes of section 1, and count the figures that are open in the end, and
# the curves in them.


# %%
def piled_up(draw, durations):
    for episode in range(len(durations)):
        draw(durations[: episode + 1])
    figures = [plt.figure(number) for number in plt.get_fignums()]
    curves = sum(len(ax.lines) for figure in figures for ax in figure.axes)
    plt.close("all")
    return len(figures), curves


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # matplotlib's word on it comes with the answer
    named = piled_up(no_name, durations[:25])
lesson.ask("figures left open", named[0])

# %%
lesson.ask(
    "curves beneath", piled_up(no_wiping, durations[:25])[1], whole=piled_up(in_place, durations[:25])[1]
)

# %% [markdown]
# No error came from any of them. After the original's 1,000 episodes, 1,000 figures or 1,000 curves would be there.
#
# *Diagnostic: count.* Print `len(plt.get_fignums())` and `len(plt.gca().lines)` after one episode and after two.
# Neither may grow. The lessons' own pictures do without pyplot: such a figure is gone when no name holds it.
#
# ## 6. Exercises
# ### 7.1 The whole return · ●○○ · 10 minutes
# Write the Monte Carlo target: for each step of an episode, the sum of the rewards from that step on, each multiplied
# by gamma once more than the one before it. Gamma may be any number from 0 to 1.


# %%
def whole_returns(rewards, gamma):
    """Return one number per step: G_t = r_t + gamma * r_(t+1) + gamma ** 2 * r_(t+2) + ..."""
    ...


check.returns(whole_returns)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Walk backwards from the last step: each return is its own reward plus gamma times the return after it.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def whole_returns(rewards, gamma):
#     result, following = [], 0.0
#     for reward in reversed(rewards):
#         following = reward + gamma * following
#         result.append(following)
#     return result[::-1]
# ```
# </details>
#
# ### 7.2 One line is wrong · ●●○ · 10 minutes
# Here are four loops of one episode. No line raises an error, and in each loop one line is wrong: what it says, or where
# it stands. Which? Return the number of that line for each loop.

# %%
loops.show()


# %%
def wrong_lines():
    return ...  # {"A": 1, "B": ...}


check.wrong_lines(wrong_lines)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Section 1 has the whole loop. Go through two steps with a pencil, and write down what each name holds. Then ask how an
# episode ends, and how often each line runs.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def wrong_lines():
#     return {"A": 7, "B": 9, "C": 8, "D": 6}
# ```
#
# **A**: the new observation is not taken over. The agent acts on the first one all along, and remembers it as what was
# seen before each step. **B**: epsilon falls at each step, so exploring is over within a few episodes. **C**: `truncated`
# ends nothing. An episode whose pole stands goes on beyond its limit. **D**: the new observation is taken over too soon,
# so the memory holds it twice, as before and as after (line 7 passes as well: it comes too late).
# </details>
#
# ### 7.3 What was not saved? · ●●○ · 8 minutes
# One agent trained 30 episodes. Four files were written of it, and each lacks another part: the `memory`, the
# `optimiser`, `epsilon` or the `random state`. Each file was loaded, and went on for three episodes. The table says what
# the memory held at that moment, where epsilon stood, how far the first update moved a weight in the mean (the learning
# rate is just below 0.002), and how long the three episodes were. Which part does each file lack?

# %%
incomplete.files()


# %%
def not_saved():
    return ...  # {"A": "memory", ...}


check.not_saved(not_saved)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Look in each row for the column that differs most from the row of the agent that never stopped. The optimiser (Adam)
# keeps two averages, of the slopes and of their squares, and divides the first by the root of the second. At its first
# step both hold one slope only. So each weight whose slope is not 0 moves by nearly the learning rate, however small
# that slope. The others stay: here most slopes are 0, for their weights lie behind closed ReLUs.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def not_saved():
#     return {"A": "random state", "B": "optimiser", "C": "epsilon", "D": "memory"}
# ```
# </details>
#
# ### To play with · 15 minutes
# Find a learning rate, an epsilon and a stick with which the panel's agent unlearns to balance, and the change that
# brings it back without Reset. Save the agent before you begin, and write down what you expect before each change.
#
# ## 7. If you see this
# - **`The loss or its gradient is not finite`** in the line under the buttons. The learning rate was too high. The
#   weights are the last good ones: lower it and press Go on.
# - **`Not saved: The folder ... does not exist`.** Make the folder, or write a name without one. The agent is still
#   there.
# - **`... is not a whole safetensors file`.** The file was cut off, or it is of another kind. Nothing was loaded, and
#   your agent is as it was.
# - **The dots fall to the ground, and the cart still balances.** Epsilon is high: the dots are the behaviour policy,
#   random actions included; the cart is the greedy policy.
# - **The loss rises while the score rises.** Longer episodes have larger values, and larger values have larger errors.
#   The loss is not the score. Lesson 09 has more of this.
# - **A long run draws fewer dots than it has episodes.** The panel thins them out to stay quick; `panel.history` holds
#   them all.
# - **`More than 20 figures have been opened`**, or drawing takes longer with each episode. Plots pile up: section 5.

# %%
lesson.done()

# %% [markdown]
# ## 8. What to remember
# - The loop is: act, remember, learn. Everything else is a choice of when and how much.
# - When you train is one choice, what the target is another. Monte Carlo is a target, not a time.
# - To go on as if you had never stopped, save both networks, the optimiser, the memory, the counters, epsilon and the
#   random state.
#
# Sources: [Sutton and Barto, Reinforcement Learning (2018)](http://incompleteideas.net/book/the-book-2nd.html),
# chapter 5 on Monte Carlo and chapter 6 on TD; [Mnih et al. (2015)](https://doi.org/10.1038/nature14236), algorithm 1,
# for the loop.
#
# Next: [08 · Debugging an update](08_debugging.ipynb).
