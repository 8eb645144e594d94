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
# | Read | 30 minutes, and 35 for the exercises |
# | Run | about two minutes |
# | Needs | lessons 04 to 06 |
# | Gives | a trained agent in a file; Monte Carlo and temporal difference told apart by measuring |

# %%
import dataclasses
import tempfile
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

import qlib
from qlib.core.rules import next_epsilon
from qlib.core.training import episode_seed
from qlib.lessons import own_agent
from qlib.lessons.full_training import checks as check
from qlib.show import broadcast as pictures
from qlib.show.training_panel import TrainingPanel
from qlib.study.statistics import mean_interval

torch.set_num_threads(1)  # one core is quicker for networks this small

# %% [markdown]
# ## Before you run: predict
#
# You stop a training, save the agent to a file, and switch the computer off. Tomorrow you load the file and train on.
# **Which episodes will differ from those of an agent that never stopped: none, the next few, or all?** Think of
# everything that the rest of a run depends on. Write your answer down, and what would have to be in the file.
#
# ## 1. The whole loop
# You know every part: lesson 04 chose the action, lesson 05 remembered, lesson 06 learned. This is all of it.


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
# that nothing follows. `qlib.train` is the same loop as a generator: it hands you a record after each episode, and
# whoever holds it may look, change something, or stop. Here are both, with the same seed.

# %%
mine, theirs = qlib.QAgent(qlib.RECOMMENDED), qlib.QAgent(qlib.RECOMMENDED)
durations = train_by_hand(mine, qlib.make_env(qlib.RECOMMENDED), episodes=70)
records = list(qlib.train(theirs, episodes=70))

print("the same episodes:", durations == [record.steps for record in records])
print("the same weights:", all(map(torch.equal, mine.online.parameters(), theirs.online.parameters())))

# %% [markdown]
# ## 2. Your hands on it
# The panel trains **your agent**, with the pieces that you wrote (its second line says which are yours), in the
# background, so the notebook stays free while it runs. Everything on it acts at the next step. Press **Train**, and try
# these, one at a time. A run has 10,000 steps; when it is over, **Go on** trains as many again. **Reset** gives you a
# fresh agent in between.
#
# 1. When the agent balances, move **epsilon** to 1. That holds it there: every action is random now. The dots fall at
#    once, but the cart still balances: it shows the greedy policy, and that one has not changed yet. Untick the box,
#    and the schedule takes over from where epsilon stands.
# 2. Move the **learning rate** to its upper end. Watch the loss and the value. The dashed line is the ceiling, which an
#    episode without end is worth: 1 / (1 − γ), here 100. A value above it is a promise that no episode can keep: an
#    overestimate. (Where a rate falls by itself, the panel says so. Moving the slider ends its fall and holds it.)
# 3. Choose a **stick** of −100. A fall now costs what a hundred steps earn. Look at the loss when it strikes.
# 4. **Stop**, write a file name, **Save**. Press **Go on** and try to ruin the agent with a learning rate at the upper
#    end, then **Load**: the curve and the cart are those of the saved agent again.

# %%
kind = {"make": own_agent.OwnAgent, "note": repr(own_agent.pieces())}
panel = TrainingPanel(own_agent.OWN, steps=10_000, controls=True, name="lesson 07", **kind)
panel

# %% [markdown]
# The next cell waits for the end of the run, and starts it if you have not. The square in the toolbar stops the
# training as well, and keeps the agent.

# %%
await panel.finished()
panel.picture()

# %% tags=["nbval-ignore-output"]
scores = qlib.evaluate(panel.agent)
print(
    f"{panel.agent}\ngreedy score over {len(scores)} starts: {scores.mean():.0f}, the lowest {scores.min():.0f}"
)

# %% [markdown]
# The same can be done in code. A record is a place to stop and to change things: here epsilon drops to 0 after the
# second episode, and the loop ends after the fourth. The agent stays as it is.

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
# Now your first guess. One agent trains without a break. Another trains half as long, is saved, is loaded as a new
# object, and goes on.

# %%
settings = dataclasses.replace(qlib.RECOMMENDED, learning_starts=100)
straight = [record.steps for record in qlib.train(qlib.QAgent(settings), episodes=60)]

broken = qlib.QAgent(settings)
halves = [record.steps for record in qlib.train(broken, episodes=30)]
with tempfile.TemporaryDirectory() as folder:
    file = broken.save(Path(folder) / "half.safetensors")
    resumed = qlib.QAgent.load(file)
halves += [record.steps for record in qlib.train(resumed, episodes=30)]

print("episodes that differ:", sum(a != b for a, b in zip(straight, halves, strict=True)))

# %% [markdown]
# None: because the file holds more than the weights. The optimiser's averages, the memory, the counters, epsilon and
# the state of the random generator are in it too. Leave one out and the run goes another way. A small mistake of this
# kind never raises an error. Let us make the commonest one, and begin with an empty memory.

# %%
forgetful = qlib.QAgent(settings)
for _ in qlib.train(forgetful, episodes=30):
    pass
forgetful.memory = qlib.ReplayMemory(settings.memory_size)
halves = halves[:30] + [record.steps for record in qlib.train(forgetful, episodes=30)]
print("some episodes differ now:", halves != straight)

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
# us make all the choices one by one. A return needs no guess, so we store it as the reward of a transition after which
# nothing follows: then `learn()` computes $y = G + 0$. Nothing else has to change.


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


# %%
def one_episode(agent, env, learn, remember):
    observation, _ = env.reset(seed=episode_seed(agent))
    transitions, over = [], False
    while not over:
        action = agent.act(observation, agent.epsilon)
        next_observation, reward, terminated, truncated, _ = env.step(action)
        transitions.append((observation, action, float(reward), next_observation, terminated))
        if remember:
            agent.remember(*transitions[-1], truncated)
        if learn:
            agent.learn()
        observation, over = next_observation, terminated or truncated
    return transitions


# %% [markdown]
# **Guess:** which of the four learns most from the same number of steps? Sixteen seeds each, few steps, an epsilon that
# falls quickly. The score is the greedy policy's, over twenty unseen starts.

# %%
quick = dataclasses.replace(qlib.RECOMMENDED, epsilon_episodes=30, learning_starts=200)
env = qlib.make_env(quick)


def final_scores(target, when, seeds=16, steps=1_500):
    agents = [qlib.QAgent(quick, seed) for seed in range(seeds)]
    for agent in agents:
        play(agent, env, steps, target, when)
    return np.array([qlib.evaluate(agent, 20).mean() for agent in agents])


choices = [
    ("TD", "every step"),
    ("TD", "episode's end"),
    ("TD", "both"),
    ("Monte Carlo", "episode's end"),
]
scores = {f"{target}, {when}": final_scores(target, when) for target, when in choices}

# %% tags=["nbval-ignore-output"]
print("mean of the seeds [95 % interval]")
for label, values in scores.items():
    print(f"{label:27} {mean_interval(values):4.0f} steps")

# %%
pictures.seeds(scores, "greedy score, steps")

# %% tags=["nbval-ignore-output"]
usual = scores["TD, every step"]
for label, values in list(scores.items())[1:]:
    change = mean_interval(values - usual)
    words = "not told apart" if change.verdict() == "open" else "told apart"
    print(f"{label} minus TD, every step: {change:.0f} steps: {words}")

# %%
untrained = qlib.evaluate(qlib.QAgent(quick), 20).mean()
learn = [mean_interval(values).above(10 * untrained) for values in scores.values()]
print("every choice learns, ten times the untrained score and more:", all(learn))

# %% [markdown]
# An interval that holds 0 means: with these seeds the two cannot be told apart. An interval on one side of 0 means that
# they can. Read your own lines above: that is what you know, for these settings and this few steps.
#
# What is sure is the last line. Each of the four choices learns, training at the end alone included, and Monte Carlo
# too. One does not "need both". To know which is best takes more seeds, or a difference that is larger than this.
#
# Why then is TD the usual choice? A return must wait for the end of the episode, and some tasks have none. It also
# belongs to the actions that were really taken, random ones included, so an old return in the memory tells what an old
# agent was worth. A guess is made anew at each update. CartPole's first episodes are short and its rewards come at
# every step, which is kind to Monte Carlo. Do not carry this table to another task without measuring again.
#
# ## 5. The original's run
# The original trained 1,000 episodes with 40 updates after every step, and printed how long it took: 2 hours and
# 13 minutes. `qlib.ORIGINAL` are its settings. A few episodes are enough to count.

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
def no_name(lengths):  # broken: each episode opens a figure, and nobody closes it
    plt.figure()
    plt.plot(lengths)


def no_wiping(lengths):  # broken: the old curves stay beneath the new one
    plt.figure("durations")
    plt.plot(lengths)


def in_place(lengths):  # whole: the same figure, wiped first
    plt.figure("durations", clear=True)
    plt.plot(lengths)


# %% [markdown]
# Let each draw after each of the first 25 episodes of section 1. **Guess:** how many figures are open in the end, and
# how many curves are in them?


# %%
def piled_up(draw, durations):
    for episode in range(len(durations)):
        draw(durations[: episode + 1])
    figures = [plt.figure(number) for number in plt.get_fignums()]
    curves = sum(len(ax.lines) for figure in figures for ax in figure.axes)
    plt.close("all")
    return len(figures), curves


with warnings.catch_warnings(record=True) as caught:
    for draw in (no_name, no_wiping, in_place):
        print(
            f"{draw.__name__:9} figures: {{:2}}, curves: {{:2}}".format(*piled_up(draw, durations[:25]))
        )
print("matplotlib said:", *(str(warning.message).split(". ")[0] for warning in caught))

# %% [markdown]
# No error. Matplotlib warns once, at figure 21, and goes on. pyplot keeps every figure until somebody closes it, with
# all that was drawn in it. After the original's 1,000 episodes that would be 1,000 of them.
#
# The second one is sly. It looks right: each old curve lies exactly beneath the new one. But each episode draws one
# curve more than the last one did.
#
# *Diagnostic: count.* Print `len(plt.get_fignums())` and `len(plt.gca().lines)` after one episode and after two.
# Neither may grow. The lessons' own pictures do without pyplot: such a figure is gone when no name holds it.
#
# ## 6. Exercises
# ### 7.1 The whole return · ●○○ · 10 minutes
# Write the Monte Carlo target: for each step of an episode, the sum of the rewards from that step on, each further one
# discounted by another gamma.


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
# ### 7.2 A moving mean that begins honestly · ●●○ · 10 minutes
# The original drew its moving mean with zeros for the first hundred episodes, and nobody had measured a zero. Write one
# that averages each value with those before it, at most `window` of them, and at the start with what there is.


# %%
def running_mean(values, window):
    """Return one mean per value, over the values of the window that ends there."""
    ...


check.moving_mean(running_mean)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A slice `values[a : i + 1]` ends at value `i`. Where must it begin, and what if that is below 0?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def running_mean(values, window):
#     means = []
#     for i in range(len(values)):
#         part = values[max(0, i + 1 - window) : i + 1]
#         means.append(sum(part) / len(part))
#     return means
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
#   random actions included; the cart is the target policy.
# - **The loss rises while the score rises.** Longer episodes have larger values, and larger values have larger errors.
#   The loss is not the score. Lesson 09 has more of this.
# - **A long run draws fewer dots than it has episodes.** The panel thins them out to stay quick; `panel.history` holds
#   them all.
# - **`More than 20 figures have been opened`**, or drawing takes longer with each episode. Plots pile up: section 5.
#
# ## 8. What to remember
# - The loop is: act, remember, learn. Everything else is a choice of when and how much.
# - When you train is one choice, what the target is another. Monte Carlo is a target, not a time.
# - To go on as if you had never stopped, save the optimiser, the memory, the counters and the random state too.
#
# Sources: [Sutton and Barto, Reinforcement Learning (2018)](http://incompleteideas.net/book/the-book-2nd.html),
# chapter 5 on Monte Carlo and chapter 6 on TD; [Mnih et al. (2015)](https://doi.org/10.1038/nature14236), algorithm 1,
# for the loop.
#
# Next: [08 · Debugging an update](08_debugging.ipynb).
