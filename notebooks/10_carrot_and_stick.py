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
# # 10 · Carrot and stick
#
# **You will shape a reward, work out what the shaping changes, and catch the shapings that teach something else than
# you meant.**
#
# | | |
# |---|---|
# | Read | 35 minutes, and 28 for the exercises |
# | Run | about a minute |
# | Needs | lesson 06: the TD target, the terminal cut, the ceiling 1 / (1 − γ) |
# | Gives | a sweep of sticks, a potential that is safe, a bonus that is not, and the tests that tell them apart |

# %% [markdown]
# ## Before you run: predict
#
# CartPole pays 1 for each step, also for the step in which the pole falls. The original notebook calls that an
# environment with a carrot and without a stick: it gives no punishment. So the notebook pays −10 at the end instead.
#
# We will train with no stick, −1, −10 and −100, and with gamma 0.8, 0.95 and 0.99. **Is there a gamma at which an agent
# learns without any stick? Is −100 better than −10?** Say yes or no to each. Then run on.

# %%
import dataclasses
import pathlib

import gymnasium as gym
import numpy as np
import torch

import qlib
from qlib.lessons.carrot_and_stick import checks as check
from qlib.lessons.carrot_and_stick import pictures
from qlib.show.explorer import Explorer
from qlib.show.picture import intervals
from qlib.show.playground import Playground
from qlib.study.diagnostics import visited
from qlib.study.records import recorded
from qlib.study.statistics import mean_interval

torch.set_num_threads(1)  # networks this small are faster on one

# %% [markdown]
# ## 1. What a stick is
# A stick *replaces* the reward of the last step. It changes what the agent is told, and nothing in the world. That is
# **reward shaping**: paying other rewards than the task does, so that it is learned sooner.


# %%
def with_stick(reward, terminated, truncated, stick, at_time_limit=False):
    punished = terminated or (truncated and at_time_limit)
    return stick if punished else reward


# %% [markdown]
# Is this what `qlib.make_env` does? A balancer written by hand plays two episodes. In the first it holds the pole for
# all 500 steps, in the second it pushes the wrong way. The time limit truncates the first, the fall terminates the
# second.


# %%
def play(stick, at_time_limit, side):
    settings = qlib.Settings(stick=stick, stick_at_time_limit=at_time_limit)
    env, rewards, over = qlib.make_env(settings), [], False
    (x, velocity, angle, spin), _ = env.reset(seed=0)
    while not over:
        push = side * (angle + 0.3 * spin + 0.08 * x + 0.12 * velocity) > 0
        (x, velocity, angle, spin), reward, terminated, truncated, _ = env.step(int(push))
        rewards.append(float(reward))
        over = terminated or truncated
    return len(rewards), rewards[-1], with_stick(1.0, terminated, truncated, stick, at_time_limit)


for at_time_limit in (False, True):
    for side in (1, -1):
        steps, theirs, ours = play(-10.0, at_time_limit, side)
        print(f"punished at the limit: {at_time_limit!s:5}  {steps:3} steps, last reward {theirs:g}, ours {ours:g}")

# %% [markdown]
# Look at the third line. That is the original's way: it asks only whether the game is over. A perfect episode ends with
# a punishment. Section 4 measures what that costs.
#
# ## 2. What a stick does to the values
# The pole will fall in k steps. Without a stick, the state is worth 1 + γ + … : k rewards. With a stick the last of
# them is another number. Both curves have the same ceiling C = 1 / (1 − γ):
#
# $$V(k) = C - \gamma^{k-1}\,(C - \text{stick})$$
#
# So the stick does one thing only: it stretches the distance to the ceiling. Move it, and look at the right-hand panel.
# It shows what *one more step* is worth, on a logarithmic scale.

# %%
Explorer(pictures.before_the_fall, stick=(-100.0, 0.0, 1.0, -10.0), gamma=(0.5, 0.99, 0.01, 0.8))

# %% [markdown]
# On that scale the two lines are parallel: everywhere the same factor, (1 − stick · (1 − γ)) / γ. The order of the
# states is the same with every stick below the ceiling, and so is the best action. What changes is the size of the
# **action gap**, the best action's value minus the second best's.
#
# By which factor? Work it out for the three gammas.

# %%
for gamma in (0.8, 0.95, 0.99):
    factors = [(1 - stick * (1 - gamma)) / gamma for stick in (-1, -10, -100)]
    print(f"gamma {gamma}: stick -1, -10, -100 multiply every gap by", *(f"{factor:.1f}" for factor in factors))

# %% [markdown]
# So on paper "without a stick it cannot learn" is wrong: falling later is worth more anyway, for a fall ends the
# rewards. That holds *because the target is cut at a fall*. Now the network.
#
# ## 3. Sticks and gammas, measured
# Twelve cells: four sticks, three gammas, 16 seeds each. The score is the **unshaped return** of the greedy policy, the
# number of steps. `compare` always scores that, whatever the agent was paid.

# %%
settings = qlib.Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    learning_rate=3e-3,
    epsilon_episodes=30,
)
STICKS, GAMMAS = {"none": None, "-1": -1.0, "-10": -10.0, "-100": -100.0}, (0.8, 0.95, 0.99)
cells = {
    f"stick {name}, gamma {gamma}": dataclasses.replace(settings, stick=stick, gamma=gamma)
    for gamma in GAMMAS
    for name, stick in STICKS.items()
}
sweep = qlib.compare(cells, steps=2_000, checkpoints=5)

# %% [markdown]
# One number per seed: the mean of its checkpoints. It says how an agent did *while* it learned, and hangs less on chance
# than the last checkpoint alone.

# %% tags=["nbval-ignore-output"]
groups = {
    f"gamma {g}": {f"stick {name}": sweep.over_training(f"stick {name}, gamma {g}") for name in STICKS} for g in GAMMAS
}
intervals(groups, "score over training, steps")

# %% tags=["nbval-ignore-output"]
print("score over training, against no stick, paired by seed, with the 95 % interval")
for gamma, group in groups.items():
    for label, values in list(group.items())[1:]:
        print(f"{gamma:10} {label:10} {mean_interval(values - group['stick none']):+4.0f}")


# %% [markdown]
# Nine differences, and some of their intervals leave 0 out. Would they do so with sixteen *other* seeds? We measured 128.
# That takes two minutes, so it stands behind a switch and is recorded: `RUN_IT = True` measures it again.

# %%
RUN_IT, RECORD = False, pathlib.Path("records/carrot_and_stick.json")


def over_128_seeds(variants):
    result = qlib.compare(variants, seeds=128, steps=2_000, checkpoints=5)
    return {label: result.over_training(label) for label in result.labels}


HOW = "128 seeds, 2,000 steps, mean of 5 examinations"
many = recorded(RECORD, "sticks", lambda: over_128_seeds(cells), RUN_IT, HOW)
print(f"{'against no stick':21}  {'seeds 0 to 15':17}  {'seeds 16 to 31':17}  all 128 seeds")
for gamma in GAMMAS:
    for name in list(STICKS)[1:]:
        change = many[f"stick {name}, gamma {gamma}"] - many[f"stick none, gamma {gamma}"]
        one, other, every = (mean_interval(change[part]) for part in (slice(16), slice(16, 32), slice(128)))
        row = f"{one:+4.0f}  {other:+4.0f}  {every:+4.0f} {every.verdict()}"  # above, below or open: does it hold 0?
        print(f"gamma {gamma:<4} stick {name:4}  {row}")

# %%
untrained = 30  # steps; a policy that pushes at random falls after some 22
for gamma, group in groups.items():
    print(
        f"{gamma}, no stick: far above {untrained} steps, surely:",
        mean_interval(group["stick none"]).above(3 * untrained),
    )

# %% [markdown]
# First compare the columns. At gamma 0.8 the stick of −100 looks ruinous on one set of sixteen seeds and not at all on
# the next. Both intervals were computed as they should be. One interval in twenty misses, the percentile bootstrap
# misses a little more often with few seeds, and we look at many. **Sixteen seeds are enough for large effects.** For
# small ones you need more seeds, or you say that you do not know. What the last column supports:
#
# - **Every gamma learns without a stick**, in this setting. The rule "without punishment it cannot learn" is refuted,
#   for an agent whose target is cut at a fall.
# - **At gamma 0.8 −100 did harm**, and for the smaller sticks nothing is shown. It makes targets of −100 where all
#   other values lie below 5. With a squared error the falls may then crowd out the rest; that would fit, and we have
#   not tested it.
# - **At gamma 0.95 and 0.99 a stick helped**, by some tens of steps: −10 and −1 at both, and −100 at 0.99. That of −1 at
#   0.99 lies just above 0, and with nine rows one may do so by luck.
#
# So a stick can speed learning up at a long horizon, and harm at a short one. Which size is best at which gamma, the
# table does not say, for the intervals of the sticks overlap. Nor does it say why one helps. A network that starts near
# 0 has far to climb to a ceiling of 100, and a stick tells doomed from safe before it is there; that would fit, and it
# is not proven.
#
# ### Then why did the original need it?
# The original has no terminal cut: it looks ahead through the fall. If every reward is 1 and nothing is cut, then every
# target is 1 + γ · something. A fall leaves *no trace at all*. So take the cut away. **Predict:** gamma 0.8 without a
# stick, gamma 0.8 with −10, gamma 0.99 with −10. Which of the three learn?

# %%
uncut = {
    f"stick {name}, gamma {g}, no cut": dataclasses.replace(
        cells[f"stick {name}, gamma {g}"], bootstrap_ends_at="nothing"
    )
    for name, g in (("none", 0.8), ("-10", 0.8), ("-10", 0.99))
}
through_the_fall = qlib.compare(uncut, steps=2_000, checkpoints=4)

# %% tags=["nbval-ignore-output"]
through_the_fall.plot()

# %% tags=["nbval-ignore-output"]
for label in through_the_fall.labels:
    print(f"{label:30} {mean_interval(through_the_fall.over_training(label)):3.0f}")

# %%
without, with_ten, far = (through_the_fall.over_training(label) for label in through_the_fall.labels)
print("no cut, gamma 0.8: -10 is 100 steps above no stick, surely:", mean_interval(with_ten - without).above(100))
print("no cut, no stick: below 30 steps, surely:                  ", mean_interval(without).below(untrained))
print("no cut, gamma 0.99, -10: below 60 steps, surely:           ", mean_interval(far).below(60))

# %% [markdown]
# There it is. The original's author was right about *that* agent: without the stick it learns nothing. The stick stood
# in for the missing cut. And it could do so only because gamma was small. As long as no value is above the ceiling C,
# an uncut fall is worth at most stick + γ · C:

# %%
for gamma in GAMMAS:
    print(
        f"gamma {gamma}: a fall that is not cut is worth up to {-10 + gamma / (1 - gamma):6.1f}, the ceiling is {1 / (1 - gamma):.0f}"
    )

# %% [markdown]
# At gamma 0.8 that is below 0, whatever the network makes up under its ceiling. At 0.99 the −10 drowns. Two mistakes
# and a small gamma held each other up. *Diagnostic:* a stick that the agent cannot do without points at a missing cut.
#
# ## 4. Punished for succeeding
# The original's stick also falls on an agent that reaches 500 steps. It sounds terrible. Measure it, with that one
# change: epsilon falls to 0 here, so that training episodes do reach the limit. And count how often the punishment
# came.


# %%
def punished_at_limit(agent):  # rows that are punished and did not terminate
    stored, n = agent.memory.storage, len(agent.memory)
    return ((stored.rewards[:n] < 0) & ~stored.terminated[:n]).sum().item()


fall_only = dataclasses.replace(settings, gamma=0.99, stick=-10.0, epsilon_end=0.0)
ways = {"fall only": fall_only, "limit too": dataclasses.replace(fall_only, stick_at_time_limit=True)}
limit = qlib.compare(ways, steps=10_000, checkpoints=10, diagnostics=(punished_at_limit,))

# %% tags=["nbval-ignore-output"]
limit.plot()

# %% tags=["nbval-ignore-output"]
spared, punished = (limit.over_training(label, after=5_000) for label in ways)
change = mean_interval(punished - spared)
print(f"limit too minus fall only, second half of training: {change:+.0f}")
for label, counts in zip(limit.labels, limit.diagnostics["punished_at_limit"][:, :, -1], strict=True):
    print(
        f"{label}: punished at the limit {counts.mean():.1f} times in 10,000 steps, most {counts.max():.0f}; "
        f"{(counts == 0).sum()} of 16 seeds never"
    )

# %%
print("a cost of 100 steps or more is ruled out:", change.above(-100))

# %% [markdown]
# **No cost is shown**, and one of 100 steps is ruled out. But read the counts as well. An agent must first balance for
# 500 steps to be punished for it, so the punishment comes seldom. What does it cost an agent that balances most of the
# time? `qlib.RECOMMENDED` does. With a stick of −10 and 15,000 steps it takes more than a minute, so it is recorded as
# well.


# %%
def balancing_agents():
    fall_only = dataclasses.replace(qlib.RECOMMENDED, stick=-10.0)
    ways = {"fall only": fall_only, "limit too": dataclasses.replace(fall_only, stick_at_time_limit=True)}
    result = qlib.compare(ways, steps=15_000, checkpoints=10, diagnostics=(punished_at_limit,))
    times = result.diagnostics["punished_at_limit"][1, :, -1]
    return {label: result.over_training(label, after=7_500) for label in ways} | {"times punished": times}


HALF = "16 seeds, 15,000 steps, mean of the last 5 of 10 examinations"
practised = recorded(RECORD, "limit", balancing_agents, RUN_IT, HALF)
print(f"second half of training, fall only: {mean_interval(practised['fall only']):.0f}")
print(f"limit too minus fall only:          {mean_interval(practised['limit too'] - practised['fall only']):+.0f}")
times = practised["times punished"]
print(f"punished at the limit {times.mean():.1f} times, mean of 16 seeds; at least {times.min():.0f}")

# %% [markdown]
# Again no cost is shown, and now the interval is narrow. Why so little?
#
# The observation does not show the time. So a state met at step 499 looks like one met at step 100, and the punishment
# is shared among all 500. A step of balancing pays, on average, a little less than 1. With a limit of T steps:

# %%
for T, stick in ((500, -10), (500, -100), (200, -10), (20, -10), (20, -100)):
    mean_reward = 1 + (stick - 1) / T
    print(
        f"limit {T:3}, stick {stick:4}: balancing pays {mean_reward:6.2f} a step; for ever, at gamma 0.99, {100 * mean_reward:7.1f}"
    )

# %% [markdown]
# Look at the last row. Balancing for ever is worth far less than one fall of −100: it is *better to fall at once*. So
# the mistake waits for a short limit or a heavy stick. Build that world: CartPole with a limit of 20 steps.

# %%
if "Short/CartPole-v1" not in gym.registry:
    usual = gym.spec("CartPole-v1")
    doors = {"entry_point": usual.entry_point, "vector_entry_point": usual.vector_entry_point}
    gym.register("Short/CartPole-v1", max_episode_steps=20, **doors)
short = dataclasses.replace(settings, env_id="Short/CartPole-v1", gamma=0.99, stick=-100.0)
ways = {"fall only": short, "limit too": dataclasses.replace(short, stick_at_time_limit=True)}
brief = qlib.compare(ways, steps=1_500, checkpoints=5, diagnostics=(punished_at_limit,))

# %% tags=["nbval-ignore-output"]
brief.plot()

# %% tags=["nbval-ignore-output"]
change = brief.difference("limit too", "fall only")
print(f"limit too minus fall only, last score: {change:.1f}")

# %%
print("worse by more than 2 of 20 steps, surely:", change.below(-2))
counts = brief.diagnostics["punished_at_limit"][:, :, -1].mean(1)
print("punished rows that did not terminate, fall only:", int(counts[0]), "· limit too, more than 0:", counts[1] > 0)

# %% [markdown]
# The same line of code: harmless there, ruinous here, and no error in either. *Diagnostic: count* the rows of the memory
# that are punished and did not terminate. There may be none.

# %% [markdown]
# ## 5. Why gamma 0.8 works at all
# A horizon of 5 steps, and yet an agent balances for hundreds. How? Take two actions. One leads to a fall in k steps,
# the other keeps the pole up. The gap between them is what the agent has to see.

# %%
for k in (3, 10, 30):
    gaps = [1 / (1 - g) - pictures.value_before_fall(k, g, None) for g in GAMMAS]
    print(f"a fall {k:2} steps away costs", *(f"{gap:8.3f} at gamma {g}" for gap, g in zip(gaps, GAMMAS, strict=True)))

# %% [markdown]
# A fall that is 30 steps away is as good as invisible at gamma 0.8. But it need not be seen. A leaning pole is a matter
# of few steps, and a push can still mend it then. The agent does not need the right *values*. It needs the right
# **order** of two values, at the moment when it matters.
#
# Does the network see it so? Sixteen agents for gamma 0.8 and for 0.99, without a stick. We ask for the gap in states of
# a random policy: where the pole is nearly upright and calm, and where it tips.

# %%
states = visited("CartPole-v1")
lean = np.abs(states[:, 2] + 0.3 * states[:, 3])  # rad: where the pole will be in 0.3 s
calm, tipping = states[lean < np.quantile(lean, 1 / 3)], states[lean > np.quantile(lean, 2 / 3)]


def gap_over_ceiling(agent, where):
    values = agent.q_values(where)
    return (values[:, 0] - values[:, 1]).abs().mean().item() * (1 - agent.settings.gamma)


def gap_when_calm(agent):
    return gap_over_ceiling(agent, calm)


def gap_when_tipping(agent):
    return gap_over_ceiling(agent, tipping)


def right_when_tipping(agent):  # the share in which it pushes to the side on which the pole leans
    values = agent.q_values(tipping)
    return ((values[:, 1] > values[:, 0]).numpy() == (tipping[:, 2] + 0.3 * tipping[:, 3] > 0)).mean()


# %%
plain = {f"gamma {g}": dataclasses.replace(settings, gamma=g) for g in (0.8, 0.99)}
asked = (gap_when_calm, gap_when_tipping, right_when_tipping)
seen = qlib.compare(plain, steps=1_500, checkpoints=3, diagnostics=asked)

# %% tags=["nbval-ignore-output"]
for name, values in seen.diagnostics.items():
    for label, each in zip(seen.labels, values[:, :, -1], strict=True):
        print(f"{name.replace('_', ' '):20} {label:10} {mean_interval(each):.3f}")

# %%
gap = {name: dict(zip(seen.labels, values[:, :, -1], strict=True)) for name, values in seen.diagnostics.items()}
for label in seen.labels:
    ratio = gap["gap_when_tipping"][label] / gap["gap_when_calm"][label]
    print(f"{label}: the gap is at least twice as large when the pole tips:", mean_interval(ratio).above(2))
    print(
        f"{label}: pushes to the right side in 9 of 10 tipping states:  ", gap["right_when_tipping"][label].mean() > 0.9
    )

# %% [markdown]
# Both see it. Where the pole tips, the gap is wide and the choice is right, at gamma 0.8 as at 0.99. Where it is calm,
# the gap is small, and there a wrong choice costs little.
#
# (You may have expected gamma 0.8 to have the larger gap, as a share of its low ceiling. Look at the table: it has the
# smaller one here. So *that* is not why it works.)
#
# On CartPole each mistake shows within few steps, and there a short horizon is a good bargain. These are section 3's 128
# seeds once more, without a stick:

# %%
for g in (0.95, 0.99):
    change = mean_interval(many["stick none, gamma 0.8"] - many[f"stick none, gamma {g}"])
    print(f"gamma 0.8 minus gamma {g}, score over training: {change:+.0f}")

# %% [markdown]
# No stick in section 3 helped as much as that. (It is about the first 2,000 steps. `qlib.RECOMMENDED` looks further
# ahead, and lesson 12 says what that is worth over 20,000.) On a task whose reward lies far away a short horizon is no
# bargain: MountainCar needs about a hundred steps.

# %%
print(f"a reward 100 steps away is worth {0.8**100:.0e} at gamma 0.8, and {0.99**100:.2f} at gamma 0.99")

# %% [markdown]
# ## 6. All stick and no carrot
# MountainCar pays −1 at every step, also at the last. *How can it learn if the reward is always −1?* The reward tells
# nothing. What tells is that it **stops**. The target of the last step is cut: y = −1, and nothing more to pay.
#
# Take a corridor of ten states with the goal at its right end. Every step pays −1. Start from values of 0 and repeat the
# update in all states. First with the cut, then without.


# %%
def sweep_once(values, gamma, terminal_cut):  # from each state: left, or right; beyond the last state is the goal
    left = np.append(values[0], values[:-1])  # a wall at the left end
    right = np.append(values[1:], 0.0 if terminal_cut else values[-1])
    return -1 + gamma * np.maximum(left, right)


for cut in (True, False):
    values = np.zeros(10)
    for _ in range(500):
        values = sweep_once(values, 0.95, cut)
    print("with the cut:   " if cut else "without the cut:", values.round(1))
    assert np.allclose(values, pictures.corridor_values(0.95, cut, 500)[-1])

# %% [markdown]
# With the cut and gamma 1 the values would be minus the distance. Without the cut they are all −1 / (1 − γ): nothing to
# choose between. Watch the signal come in from the goal, one state each sweep.

# %%
Explorer(pictures.corridor, terminal_cut=True, gamma=(0.8, 1.0, 0.01, 1.0), sweeps=(0, 40, 1, 4))

# %% [markdown]
# Now an agent that has to find the goal by itself: Q-learning with a table, epsilon 0.1, 60 episodes, 16 seeds. (Ties
# are broken at random, so that nobody is stuck at the start.)


# %%
def learn_corridor(seed, terminal_cut, gamma=0.95, episodes=60):
    rng, q, lengths = np.random.default_rng(seed), np.zeros((10, 2)), []
    for _ in range(episodes):
        s, steps = 0, 0
        while s < 10 and steps < 300:
            a = int(rng.integers(2)) if rng.random() < 0.1 else int(rng.choice(np.flatnonzero(q[s] == q[s].max())))
            after = max(s - 1, 0) if a == 0 else s + 1
            looks_like = min(after, 9)  # the last observation resembles the last state
            follows = 0.0 if after == 10 and terminal_cut else q[looks_like].max()
            q[s, a] += 0.5 * (-1 + gamma * follows - q[s, a])
            s, steps = after, steps + 1
        lengths.append(steps)
    return np.mean(lengths[-20:])


lengths = {cut: np.array([learn_corridor(seed, cut) for seed in range(16)]) for cut in (True, False)}
for cut, found in lengths.items():
    words = f"steps to the goal in the last 20 episodes {mean_interval(found):.1f}"
    print(f"terminal cut {cut!s:5}: {words}, the shortest way is 10")

# %% [markdown]
# And MountainCar itself, its equation solved on a grid of positions and velocities. White lines lie ten rewards apart.
# The values rise towards the goal at 0.5 m, in a spiral: from the valley the way to the right leads first to the left.

# %%
pictures.mountain_car()

# %% [markdown]
# So "all stick" is no trouble for the values. The trouble is to reach the goal for the first time, since until then no
# target is ever cut. Lesson 13 is about that.
#
# ## 7. A bonus that teaches the wrong thing
# Back to the corridor. Let the goal pay 1 and all other steps 0, gamma 0.9. To help the agent, we pay a bonus for
# progress: something extra for each step that brings it nearer. What could go wrong?


# %%
def corridor_q(bonus, gamma=0.9, n=6):  # bonus(s, next_s): what we pay on top; state n is the goal
    q = np.zeros((n + 1, 2))  # the goal's row stays 0: the terminal cut
    for _ in range(500):
        for s in range(n):
            for a, after in enumerate((max(s - 1, 0), s + 1)):
                q[s, a] = float(after == n) + bonus(s, after) + gamma * q[after].max()
    return q[:n]


nothing = corridor_q(lambda s, after: 0.0)
progress = corridor_q(lambda s, after: 0.5 * (after > s))
pictures.arrows({"no bonus": nothing.argmax(1), "bonus for progress": progress.argmax(1)})

# %% [markdown]
# The best policy under the bonus goes to the last state and *turns round*. One step back costs nothing, one step forth
# pays 0.5, for ever. The goal would end it. In 1998 Randløv and Alstrøm paid an agent on a bicycle for each bit of
# progress towards a goal, and it rode in circles.
#
# The repair is to charge for going back what is paid for going forth. That is a **potential**: a number Φ(s) for each
# state, and the reward
#
# $$r' = r + \gamma\,\Phi(s') - \Phi(s), \qquad \Phi(\text{terminal}) = 0$$
#
# Ng, Harada and Russell proved in 1999 that this changes no best policy, whatever Φ is. On any way the sums cancel, but
# for the Φ of the first state: Q′(s, a) = Q(s, a) − Φ(s). Both actions lose the same.


# %%
def shaped_reward(reward, potential, next_potential, terminated, gamma):
    return reward + gamma * next_potential * (not terminated) - potential


def potential(s, n=6):
    return 0.5 * (s - n)  # minus half the distance


by_potential = corridor_q(lambda s, after: shaped_reward(0, potential(s), potential(after), after == 6, 0.9))
print("Q' is Q minus the potential:", np.allclose(by_potential, nothing - potential(np.arange(6))[:, None]))

# %% [markdown]
# One potential in one corridor is no proof. Take a thousand small worlds at random: five states, three actions, random
# rewards and random places to go, and one more state that ends it. In each, try a random potential and a random bonus of
# the same kind, which depends on where one comes from and where one goes.


# %%
def best_policy(rewards, places, gamma=0.9):  # (W, S, A) both, for W worlds; place S is the terminal state
    best = np.zeros((len(rewards), rewards.shape[1] + 1))  # the terminal state stays 0
    for _ in range(300):
        q = rewards + gamma * np.take_along_axis(best[:, None], places, 2)
        best[:, :-1] = q.max(2)
    return q.argmax(2)


rng, W, S, A = np.random.default_rng(0), 1_000, 5, 3
rewards, places = rng.normal(size=(W, S, A)), rng.integers(S + 1, size=(W, S, A))
phi, free = rng.normal(size=(W, S + 1)), rng.normal(size=(W, S, S + 1))
zero_at_end = phi * (np.arange(S + 1) < S)
bonuses = {
    f"potential, {end} at the end": 0.9 * np.take_along_axis(p[:, None], places, 2) - p[:, :S, None]
    for end, p in (("0", zero_at_end), ("not 0", phi))
}
bonuses["bonus"] = np.take_along_axis(free, places, 2)
true = best_policy(rewards, places)
for name, bonus in bonuses.items():
    same = (best_policy(rewards + bonus, places) == true).all(1).sum()
    print(f"{name:27} the best policy is kept in {same:5,} of 1,000 worlds")

# %% [markdown]
# The middle row is a fine point that is easily missed: **Φ must be 0 at the end**. Otherwise ending itself is paid or
# punished.
#
# Move the strength. Left the potential, right the bonus for progress. Where does the right one turn round?


# %%
def both(strength):
    by_phi = corridor_q(
        lambda s, after: shaped_reward(0, strength * potential(s), strength * potential(after), after == 6, 0.9)
    )
    return by_phi, corridor_q(lambda s, after: 0.5 * strength * (after > s))


Explorer(lambda strength: pictures.shaped(both, strength), name="shaped", strength=(0.0, 2.0, 0.1, 1.0))

# %% [markdown]
# ## 8. Shaping CartPole
# An agent whose `remember` shapes the reward. Its scores stay unshaped, because only what it *stores* is changed.


# %%
class Shaped(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        gamma = self.settings.gamma
        reward = reward + self.extra(observation, next_observation, terminated, gamma)
        super().remember(observation, action, reward, next_observation, terminated, truncated)


class Potential(Shaped):  # minus the angle, in units of 2.4 degrees
    def extra(self, observation, next_observation, terminated, gamma):
        now, later = -24 * abs(observation[2]), -24 * abs(next_observation[2])
        return shaped_reward(0.0, now, later, terminated, gamma)


class Progress(Shaped):  # the same, but only what is paid, not what is charged
    def extra(self, observation, next_observation, terminated, gamma):
        return max(0.0, 24 * (abs(observation[2]) - abs(next_observation[2])))


class Speed(Shaped):  # "keep the cart moving": 5 for each m/s
    def extra(self, observation, next_observation, terminated, gamma):
        return 5 * abs(next_observation[1])


# %%
middle = dataclasses.replace(settings, gamma=0.95)
kinds = {"none": qlib.QAgent, "potential": Potential, "progress": Progress, "speed": Speed}
variants = {name: (lambda seed, kind=kind: kind(middle, seed)) for name, kind in kinds.items()}
shaping = qlib.compare(variants, steps=2_000, checkpoints=5)

# %% tags=["nbval-ignore-output"]
shaping.plot()

# %% tags=["nbval-ignore-output"]
for label in shaping.labels[1:]:
    print(
        f"{label:10} minus none, score over training: {shaping.difference(label, 'none', when='over training'):+4.0f}"
    )

# %%
shaped_by_many = recorded(RECORD, "shaping", lambda: over_128_seeds(variants), RUN_IT, HOW)
for ours, theirs in (("potential", "none"), ("progress", "none"), ("speed", "none"), ("progress", "potential")):
    change = mean_interval(shaped_by_many[ours] - shaped_by_many[theirs])
    print(f"128 seeds: {ours:9} minus {theirs:9} {change:+4.0f} {change.verdict()}")
print("16 seeds: speed against none:", shaping.difference("speed", "none", when="over training").verdict())

# %% [markdown]
# Again, 128 seeds are recorded beside the sixteen.
#
# **The potential** cannot change the best policy, and on paper it changes no gap between the actions. Yet it sped
# learning up, by little: the interval over 128 seeds lies just above 0.
#
# **Progress** could change the best policy, as in the corridor. No harm is shown, and no difference from the potential.
# A bonus that *may* ruin a policy need not do so in your world. What the theorem buys is that you need not look.
#
# **Speed** is ruinous in this setting. An agent that looks 20 steps ahead is paid more for a rush that ends in a fall
# than for balancing. It learned exactly what we paid for.
#
# ### Scored on what is paid
# Had we looked at what each agent is *paid*, what would we have seen? We play one greedy episode for each agent and add
# it up, for the episode and for each step of it.


# %%
def paid_and_steps(agent, seed=1_000_000):
    env, paid, steps, over = qlib.make_env(agent.settings), 0.0, 0, False
    observation, _ = env.reset(seed=seed)
    while not over:
        after, reward, terminated, truncated, _ = env.step(agent.act(observation))
        paid += reward + (agent.extra(observation, after, terminated, 0.95) if isinstance(agent, Shaped) else 0.0)
        observation, steps, over = after, steps + 1, terminated or truncated
    return paid, steps


def paid(agent):
    return paid_and_steps(agent)[0]


def paid_per_step(agent):
    return paid(agent) / paid_and_steps(agent)[1]


brisk = {name: variants[name] for name in ("none", "speed")}
flattered = qlib.compare(brisk, steps=1_000, checkpoints=2, diagnostics=(paid, paid_per_step))

# %% tags=["nbval-ignore-output"]
for name, values in {"unshaped score": flattered.scores, **flattered.diagnostics}.items():
    for label, each in zip(flattered.labels, values[:, :, -1], strict=True):
        print(f"{name.replace('_', ' '):15} {label:6} {mean_interval(each):5.1f}")

# %%
for name, values in {"unshaped score": flattered.scores, **flattered.diagnostics}.items():
    print(
        f"{name.replace('_', ' '):15} speed against none:", mean_interval(values[1, :, -1] - values[0, :, -1]).verdict()
    )

# %% [markdown]
# For each step the broken agent is paid more, by far. For an episode it is paid less, since its episodes are so short.
# So what is paid says "better" or "worse", as you add it up: it is another currency than the task's. *Diagnostic:*
# score every variant on the task's own reward, and on nothing else.
#
# ## 9. Your turn: the playground
# Choose, press Run, and watch 16 agents learn. The last run stays as a pale line. The line of Python that repeats a run
# needs this lesson's cells: it counts with `punished_at_limit`. (A run with a limit of 20 steps scores at most 20;
# compare it with its like.) Some things to try:
# 1. Gamma 0.8 with no stick, then untick the terminal cut. Then take a stick of −10.
# 2. The same at gamma 0.99. Which stick would it take?
# 3. A limit of 20 steps, a stick of −100, gamma 0.99. Then punish the time limit.
# 4. The speed bonus at gamma 0.99 and at 0.8. Does an agent that looks further ahead still fall for it?


# %%
def carrot_and_stick(stick, gamma, punish_time_limit, terminal_cut, step_limit, shaping):
    if punish_time_limit and stick == "none":
        raise ValueError(
            "Without a stick there is nothing to punish the time limit with. Choose a stick, or untick it."
        )
    chosen = dataclasses.replace(
        short if step_limit == 20 else settings,
        stick=STICKS[stick],
        gamma=gamma,
        stick_at_time_limit=punish_time_limit,
        bootstrap_ends_at="termination" if terminal_cut else "nothing",
    )
    return chosen if shaping == "none" else lambda seed: kinds[shaping](chosen, seed)


Playground(
    carrot_and_stick,
    steps=1_500,
    seeds=16,
    diagnostics=("highest value", punished_at_limit),
    stick=list(STICKS),
    gamma=list(GAMMAS),
    punish_time_limit=False,
    terminal_cut=True,
    step_limit=[500, 20],
    shaping=list(kinds),
)

# %% [markdown]
# ## 10. Exercises
#
# Replace the `...` and run the cell again. The check tells you what it expected and what came.
#
# ### 10.1 The value before a punished fall · ●○○ · 5 minutes
# The pole pays 1 for each of `steps` steps, but the last of these rewards is replaced by the stick. What is the state
# worth?


# %%
def punished_value(gamma, steps, stick):
    return ...


check.punished_value(punished_value)

# %% [markdown]
# <details><summary>Hint</summary>
#
# There are `steps - 1` rewards of 1. The stick comes `steps - 1` steps from now, so it is worth γ to that power.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def punished_value(gamma, steps, stick):
#     return sum(gamma**k for k in range(steps - 1)) + gamma ** (steps - 1) * stick
# ```
# </details>
#
# ### 10.2 A reward that is shaped by a potential · ●○○ · 5 minutes
# From the reward, Φ(s), Φ(s′), whether s′ is terminal, and gamma, make the shaped reward.


# %%
def my_shaped_reward(reward, potential, next_potential, terminated, gamma):
    return ...


check.shaped_reward(my_shaped_reward)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Later minus now, and later is discounted. What is the potential of a terminal state?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_shaped_reward(reward, potential, next_potential, terminated, gamma):
#     if terminated:
#         next_potential = 0.0
#     return reward + gamma * next_potential - potential
# ```
# </details>
#
# ### 10.3 What a round trip pays · ●●○ · 8 minutes
# A quick test for any bonus: go on a round trip, back to where you began, and add up what it paid, discounted to the
# start. If one trip pays more than another of as many steps, an agent may find it. Add up the bonuses of one trip,
# an array of numbers.


# %%
def loop_gain(bonuses, gamma):
    return ...


check.loop_gain(loop_gain)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The first bonus counts whole, the second γ times, the third γ² times.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def loop_gain(bonuses, gamma):
#     return sum(gamma**k * bonus for k, bonus in enumerate(bonuses))
# ```
# </details>
#
# What should a trip pay? Along a potential all but the ends cancel: n steps from s back to s pay (γⁿ − 1) Φ(s),
# **whichever way they went**. At gamma 1 that is 0; below it, it need not be. So do not ask whether a trip pays
# nothing. Ask whether all trips of n steps from s pay the same. In the corridor, from the state at the wall, two steps:

# %%
trips = {"into the wall, twice": (0, 0, 0), "one forth, one back": (0, 1, 0)}
for name, bonus in {
    "potential": lambda s, after: shaped_reward(0, potential(s), potential(after), False, 0.9),
    "progress": lambda s, after: 0.5 * (after > s),
}.items():
    for trip, (a, b, c) in trips.items():
        print(f"{name:9}  {trip:20}  pays {bonus(a, b) + 0.9 * bonus(b, c):.2f}")

# %% [markdown]
# The potential pays more, and there is nothing in it to be had: standing still pays as much. Progress pays for walking
# to and fro.
#
# ### 10.4 Find the faults · ●●● · 10 minutes
# This function gives the reward that is stored: a stick at a fall, and a potential's shaping on top. It raises no
# error, and it has three faults. Find them, and write it anew.


# %%
def broken_reward(reward, terminated, truncated, stick, potential, next_potential, gamma):
    if terminated or truncated:
        reward = stick
    return reward + next_potential - potential


# %%
def mended_reward(reward, terminated, truncated, stick, potential, next_potential, gamma):
    return ...


check.mended_reward(mended_reward)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Who is punished? What is missing before the next potential? And what is it worth when the pole has fallen?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def mended_reward(reward, terminated, truncated, stick, potential, next_potential, gamma):
#     if terminated:
#         reward, next_potential = stick, 0.0
#     return reward + gamma * next_potential - potential
# ```
# </details>
#
# ## 11. If you see this
#
# - **The score stays near 9 steps, and the values near the ceiling**: nothing tells a fall from any other step. The
#   terminal cut is missing, and so is a stick that outweighs γ / (1 − γ).
# - **The training return is negative and the agent balances well**: the stick is in the return. Score the unshaped one.
# - **The agent is paid more and more, and plays worse**: it found a loop or a rush that pays. Compare round trips (7.3).
# - **It falls on purpose**: going on is worth less than the fall. Look for a punishment at the time limit, or for a
#   cost of each step that is too high.
# - **The loss is in the hundreds**: a stick of −100 makes errors of 100, squared. Use a smaller one, `reward_scale`, or
#   the Huber loss.
#
# ## 12. What to remember
#
# - The terminal cut carries the signal of the end. A stick only stretches the gaps, and where it seems indispensable,
#   the cut is missing.
# - A potential with Φ(terminal) = 0 cannot change the best policy. Another bonus can: check that round trips of as many
#   steps pay the same.
# - Score the task's own reward, always. Punish a fall, never a time limit.
#
# Sources: potential-based shaping is from Ng, Harada and Russell (1999), *Policy invariance under reward
# transformations*, ICML; the bicycle from Randløv and Alstrøm (1998), *Learning to drive a bicycle using reinforcement
# learning and shaping*, ICML; time limits from [Pardo et al. (2018)](https://arxiv.org/abs/1712.00378); MountainCar and
# discounting are chapters 10 and 3 of [Sutton and Barto (2018)](http://incompleteideas.net/book/the-book-2nd.html).
#
# Next: [11 · Normalisation](11_normalisation.ipynb).
