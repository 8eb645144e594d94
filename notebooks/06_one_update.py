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
# # 06 · One update
#
# **You will write the DQN update line by line, check it against numbers worked out by hand, and learn to catch the
# mistakes in it that never raise an error.**
#
# | | |
# |---|---|
# | Read | 40 minutes, and 28 for the exercises |
# | Run | about 30 seconds |
# | Needs | lessons 03 to 05: `gather`, actions, batches |
# | Gives | an update that you have tested in four ways: by hand, against qlib, against NumPy, with probes |

# %% [markdown]
# ## Before you run: predict
#
# A pole is balanced for 500 steps. Each step pays a reward of 1. The original notebook discounts with gamma = 0.8: a
# reward one step later is worth 0.8 times as much now. **What is the first state worth, in rewards?** 500? 400? Less?
#
# Say a number aloud. Then run the cell.

# %%
round(sum(0.8**step for step in range(500)), 6)

# %% [markdown]
# This sum is the **return** of the episode, discounted to its first step. An **action value** Q(s, a) is the return to
# expect from state s if you take action a there and choose well afterwards. It is the number that the network has to
# learn. So the network's output is not a score, and not a number of steps.

# %%
import math
import textwrap

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import qlib
from qlib.core.environment import make_vector_env
from qlib.lessons.one_update import checks as check
from qlib.lessons.one_update import pictures, worlds
from qlib.show.explorer import Explorer
from qlib.show.picture import Picture, figure, lines
from qlib.study import probes
from qlib.study.statistics import mean_interval

_ = torch.set_num_threads(1)  # networks this small are faster on one

# %% [markdown]
# ## 1. The ceiling
# With a reward of 1 each step, no state can be worth more than 1 + γ + γ² + … = **1 / (1 − γ)**. That is the ceiling.
# The same number is the **horizon**: about so many steps ahead, a reward still counts. Move gamma and watch both.

# %%
Explorer(pictures.ceiling, gamma=(0.0, 0.98, 0.01, 0.8))

# %% [markdown]
# Look at the right-hand panel. With gamma 0.8, a fall in 20 steps and a fall in 500 steps look nearly the same: the
# curve has all but reached the ceiling by then. Move gamma up, and the curve is still rising at its right end.

# %% [markdown]
# ## 2. The equation
# Nobody tells the agent what an action is worth. It makes the best label it can: the reward that came, plus its own
# estimate of what follows. That label is the **TD target** *y* (TD: temporal difference). Using one's own estimate
# in the label is called **bootstrapping**.
#
# $$y = r + \gamma \max_{a'} Q(s', a'; \theta) \qquad\text{and, where the episode terminated,}\qquad y = r$$
#
# $$L(\theta) = \text{mean over the batch of } \big(Q(s, a; \theta) - y\big)^2$$
#
# | in the paper | what it is | in the code | shape |
# |---|---|---|---|
# | θ | the network's weights | `network` | |
# | s, s′ | what was seen, and what was seen next | `batch.observations`, `batch.next_observations` | (B, n) |
# | a, r | what was done, and what it paid | `batch.actions`, `batch.rewards` | (B,) |
# | Q(s, ·; θ) | the value of every action | `values = network(batch.observations)` | (B, A) |
# | Q(s, a; θ) | that of the action taken | `current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)` | (B,) |
# | max Q(s′, a′; θ) | the best that can follow | `best = network(batch.next_observations).max(1).values` | (B,) |
# | y | the TD target | `batch.rewards + gamma * best * ~batch.terminated` | (B,) |
# | L(θ) | the loss | `F.mse_loss(current, target)` | () |
#
# The loss is the mean squared error, MSE. In the paper of 2015, y comes from a second, slower network with weights
# θ⁻, the **target network**; here, as in the original notebook, one network does both.
#
# One thing is not in the symbols: **y counts as a constant.** The gradient moves Q(s, a) towards y, and never y
# towards Q(s, a). In the code, `torch.no_grad()` says so.

# %% [markdown]
# ## 3. By hand
# Take a world so small that you can do the update with a pencil. It has two states.
#
# - In **A**, *wait* stays in A and pays 0. *Go* leads to B and pays 1.
# - In **B**, *wait* stays in B and pays 0. *Go* pays 2 and ends the episode. The last observation looks like B, as a
#   fallen pole looks much like a falling one.
#
# These four transitions are our batch. The picture shows one update's arithmetic for gamma 0.9, with first values that
# we made up.

# %%
chain, gamma = worlds.CHAIN, 0.9
worlds.table(chain, chain.start, gamma)

# %% [markdown]
# Read one row: in A we went to B and got 1. The best value in B is 3. So y = 1 + 0.9 · 3. Our value was 2, which is too
# low. In the last row the episode ended, so nothing follows and y is the reward alone.
#
# Now the same in PyTorch. The smallest network there is will do: with one-hot observations and no bias, each weight
# *is* one action value.

# %%
one_hot = torch.eye(2)
batch = qlib.Batch(
    observations=one_hot[chain.s],
    actions=torch.as_tensor(chain.a),
    rewards=torch.as_tensor(chain.r).float(),
    next_observations=one_hot[chain.next_s],
    terminated=torch.as_tensor(chain.terminated),
)
network = nn.Linear(2, 2, bias=False)
network.weight.data = torch.as_tensor(chain.start).float().T.contiguous()
optimizer = torch.optim.SGD(network.parameters(), lr=0.5)

# %% [markdown]
# **Current values.** The network gives a value for each action. Only one action was taken in each row; `gather` picks
# its value.

# %%
values = network(batch.observations)  # Q(s, ·; θ)  (B, A)
current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)  # Q(s, a; θ)  (B,)
current.data

# %% [markdown]
# **Targets.** The maximum over the next state's values, without a gradient. `~batch.terminated` is 1 where the episode
# went on and 0 where it terminated: this is the **terminal cut**.

# %%
with torch.no_grad():
    best = network(batch.next_observations).max(1).values  # max Q(s', a'; θ)  (B,)
target = batch.rewards + gamma * best * ~batch.terminated  # y  (B,)
target

# %% [markdown]
# **Loss.** The mean of four squared errors. With a pencil: (0.8² + 1.7² + 0.3² + 1²) / 4.

# %%
loss = F.mse_loss(current, target)
print(f"PyTorch {loss.item():.4f}, pencil {(0.8**2 + 1.7**2 + 0.3**2 + 1**2) / 4:.4f}")

# %% [markdown]
# **Gradient.** Forget the old one, compute the new one. For each value it is 2 · error / 4. Rows are states, columns
# are *wait* and *go*.

# %%
optimizer.zero_grad()
loss.backward()
network.weight.grad.T

# %% [markdown]
# **Step.** Each value moves by the learning rate 0.5 times its gradient, against it.

# %%
optimizer.step()
by_pencil = torch.tensor([[1 + 0.5 * 0.40, 2 + 0.5 * 0.85], [3 - 0.5 * 0.15, 1 + 0.5 * 0.50]])
print(network.weight.data.T)
print("as worked out by hand:", torch.allclose(network.weight.data.T, by_pencil))

# %% [markdown]
# That is all of it. The values did not jump to their targets. They moved a part of the way: the targets are guesses
# too, and will move as well.
#
# ## 4. The update in one cell
# The same lines, as functions. This is deep Q-learning; everything else feeds it.


# %%
def td_target(network, batch, gamma):
    with torch.no_grad():  # y is a constant: the gradient stops here
        best = network(batch.next_observations).max(1).values  # max Q(s', a'; θ)  (B,)
    return batch.rewards + gamma * best * ~batch.terminated  # y  (B,)


def q_loss(network, batch, gamma):
    values = network(batch.observations)  # Q(s, ·; θ)  (B, A)
    current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)  # Q(s, a; θ)  (B,)
    return F.mse_loss(current, td_target(network, batch, gamma))  # L(θ)  ()


def update(network, optimizer, batch, gamma, loss=q_loss):
    error = loss(network, batch, gamma)
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
    return error.item()


# %% [markdown]
# Is it what `qlib` does? Let a random agent fill a memory on CartPole. Then let two twins with equal weights learn from
# the same batch: one by your update, one by `QAgent.learn`.

# %%
settings = qlib.Settings(gamma=0.8, updates_per_step=0)  # no updates: it only collects
mine, twin = qlib.QAgent(settings, seed=0), qlib.QAgent(settings, seed=0)
for _ in qlib.train(mine, steps=1_000):
    pass
twin.memory = memory = mine.memory
_ = twin.generator.set_state(mine.generator.get_state())  # so that both draw the same batch

# %%
batch = memory.sample(settings.batch_size, mine.generator)
my_loss, their_loss = update(mine.online, mine.optimizer, batch, settings.gamma), twin.learn()
pairs = list(zip(mine.online.parameters(), twin.online.parameters(), strict=True))
print("same loss:   ", math.isclose(my_loss, their_loss, rel_tol=1e-5))
print("same weights:", all(torch.allclose(a, b, atol=1e-5) for a, b in pairs))

# %% [markdown]
# ## 5. A second opinion
# Both of these trust PyTorch's autograd. So here is the gradient without it: NumPy and the chain rule. `delta` is how
# the loss changes with each output. It is zero for the actions that were not taken, and it walks back layer by layer.


# %%
def numpy_loss_and_gradient(layers, batch, gamma):
    def outputs(x):  # of every layer, the input first
        xs = [x]
        for i, (weight, bias) in enumerate(layers):
            y = xs[-1] @ weight.T + bias
            xs.append(y if i == len(layers) - 1 else np.maximum(y, 0))
        return xs

    s, a, r, next_s, terminated = (column.numpy() for column in batch)
    xs, y = outputs(s), r + gamma * outputs(next_s)[-1].max(1) * ~terminated
    delta, rows, gradient = np.zeros_like(xs[-1]), np.arange(len(a)), []
    error = xs[-1][rows, a] - y
    delta[rows, a] = 2 * error / len(a)
    for (weight, _), x in zip(reversed(layers), reversed(xs[:-1]), strict=True):
        gradient = [delta.T @ x, delta.sum(0), *gradient]
        delta = delta @ weight * (x > 0)  # ReLU lets through where it was open
    return np.mean(error**2), gradient


# %%
parameters = list(mine.online.parameters())
arrays = [p.detach().numpy().copy() for p in parameters]
layers = list(zip(arrays[::2], arrays[1::2], strict=True))  # a weight and a bias each
numpy_loss, gradient = numpy_loss_and_gradient(layers, batch, 0.8)
torch_loss = q_loss(mine.online, batch, 0.8)
torch_gradient = torch.autograd.grad(torch_loss, parameters)
print("same loss:    ", math.isclose(numpy_loss, torch_loss.item(), rel_tol=1e-5))
same = [np.allclose(a, b, atol=1e-5) for a, b in zip(gradient, torch_gradient, strict=True)]
print("same gradient:", all(same), f"({len(same)} arrays)")

# %% [markdown]
# ## 6. Again and again
# One update moves the values a little, and then the targets are no longer what they were. Move the slider and watch
# the columns *y* and *error*.


# %%
def after(updates):
    q = worlds.repeat(chain, 0.5, gamma, updates)[-1]
    errors = q[chain.s, chain.a] - worlds.targets(chain, q, gamma)
    return worlds.table(chain, q, gamma), f"After {updates} updates the loss is {np.mean(errors**2):.4f}."


Explorer(after, updates=(0, 40))

# %% [markdown]
# Now a hundred updates at a glance. Dotted lines are the true values.
#
# Try these, one at a time, and guess before each:
# 1. Raise the learning rate. At which one do the values swing, and at which do they run away?
# 2. Untick the terminal cut. Which number does Q(B, go) head for?
# 3. Let the gradient flow through the target, with gamma at 0.9. Are the values wrong, or late?
# 4. Do 3 again in the other world, the *fork*: from A, chance leads to B or to C. B pays 1 and ends, C pays 0 and ends.

# %%
Explorer(
    worlds.convergence,
    world=["chain", "fork"],
    learning_rate=(0.1, 5.0, 0.1, 0.5),
    gamma=(0.0, 0.95, 0.05, 0.9),
    terminal_cut=True,
    gradient=["stops at the target", "flows through it"],
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# 1. Above 2 each update steps past its target: the values swing, and settle. At 4 they swing for ever, above 4 they run
#    away.
# 2. Q(B, go) climbs towards 2 / (1 − γ) = 20, slowly, and pulls the others after it.
# 3. Late.
# 4. Wrong: B stays below 1 and C above 0, however long.
#
# </details>
#
# The same four in numbers:

# %%
truth = worlds.true_values(chain, gamma)
for rate in (2.5, 4.0, 4.1):
    far = abs(worlds.repeat(chain, rate, gamma, 100) - truth).max((1, 2))
    print(f"1. learning rate {rate}: largest error after 50 updates {far[50]:.2f}, after 100 {far[100]:.2f}")
uncut = worlds.repeat(chain, 0.5, gamma, 1_000, terminal_cut=False)[:, 1, 1]
print(f"2. Q(B, go) after 100 updates {uncut[100]:.2f}, after 1,000 {uncut[1_000]:.2f}")
stops, flows = (worlds.repeat(chain, 0.5, gamma, 1_000, stopped=stopped) for stopped in (True, False))
print(
    "3. largest error after 25 updates, stopped and flowing:",
    *(f"{abs(q[25] - truth).max():.2f}" for q in (stops, flows)),
)
print(f"   after 1,000 updates, flowing: {abs(flows[-1] - truth).max():.2f}")
fork = worlds.repeat(worlds.FORK, 0.5, gamma, 1_000, stopped=False)[[100, 1_000], 1:, 0]
print("4. B and C after 100 and after 1,000 updates, flowing:", fork.round(2).tolist())

# %% [markdown]
# ## 7. Three mistakes without an error message
# Each of these losses is one small change away from yours. Each runs without a complaint.


# %%
def all_actions(network, batch, gamma):  # no gather
    values = network(batch.observations)
    return F.mse_loss(values, td_target(network, batch, gamma).unsqueeze(1).expand_as(values))


def no_cut(network, batch, gamma):  # as in the original notebook
    return q_loss(network, batch._replace(terminated=torch.zeros_like(batch.terminated)), gamma)


def through_target(network, batch, gamma):  # no torch.no_grad()
    best = network(batch.next_observations).max(1).values
    current = network(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    return F.mse_loss(current, batch.rewards + gamma * best * ~batch.terminated)


LOSSES = {"whole": q_loss, "all actions": all_actions}
LOSSES |= {"no cut": no_cut, "through target": through_target}

# %% [markdown]
# We train a fresh network with each loss on the thousand or so random steps of CartPole in `memory`: 16 seeds, 100
# updates each. Then we ask each network about two kinds of states.
# - **Doomed**, here more narrowly than in lesson 02: the last step before a fall. One more reward and it is over, so
#   the value of the action taken is exactly 1.
# - **Fresh**: the first state of an episode. Its value is higher, and never above the ceiling of 5.


# %%
def fit(memory, loss=q_loss, gamma=0.8, seed=0, updates=100, n_actions=2):
    generator = torch.Generator().manual_seed(seed)
    scale = (2.4, 2.0, 0.2095, 2.0)  # m, m/s, rad, rad/s
    network = qlib.QNetwork(4, n_actions, observation_scale=scale, generator=generator)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03, fused=True)
    for _ in range(updates):
        update(network, optimizer, memory.sample(64, generator), gamma, loss)
    return network


networks = {name: [fit(memory, loss, seed=seed) for seed in range(16)] for name, loss in LOSSES.items()}

# %%
stored = qlib.Batch(*(column[: len(memory)] for column in memory.storage))
last = stored.terminated.nonzero().squeeze(1)
doomed, taken, fresh = stored.observations[last], stored.actions[last], stored.observations[last[:-1] + 1]


@torch.no_grad()
def measure(network):
    of_taken = network(doomed).gather(1, taken.unsqueeze(1))
    gap = network(stored.observations).diff(dim=1).abs()
    return of_taken.mean().item(), network(fresh).max(1).values.mean().item(), gap.mean().item()


found = {name: np.array([measure(network) for network in group]) for name, group in networks.items()}
pictures.doomed_and_fresh(found, ceiling=1 / (1 - 0.8))

# %% tags=["nbval-ignore-output"]
for name, numbers in found.items():
    intervals = "   ".join(f"{mean_interval(column):.2f}" for column in numbers.T)
    print(f"{name:15} doomed, fresh, gap between the actions: {intervals}")

# %%
whole, every, uncut, through = found.values()
print("whole: fresh is worth more than doomed:            ", mean_interval(whole[:, 1] - whole[:, 0]).above(0))
print("whole: fresh is within 1 of the ceiling:           ", abs(whole[:, 1].mean() - 5) < 1)
print("whole: fresh a little above the ceiling:           ", mean_interval(whole[:, 1] - 5).above(0))
print("whole: doomed is worth more than twice the truth:  ", mean_interval(whole[:, 0] - 2 * 1).above(0))
print("all actions: a gap less than half of whole's:      ", mean_interval(whole[:, 2] / 2 - every[:, 2]).above(0))
print("no cut: doomed is worth more than fresh:           ", mean_interval(uncut[:, 0] - uncut[:, 1]).above(0))
print("no cut: doomed is above the ceiling:               ", mean_interval(uncut[:, 0] - 5).above(0))
print("through target: doomed nearer the truth than whole:", mean_interval(whole[:, 0] - through[:, 0]).above(0))
print("through target: its gap, too, is less than whole's:", mean_interval(whole[:, 2] - through[:, 2]).above(0))

# %% [markdown]
# **Whole.** Not perfect either. After 100 updates doomed states still have more than twice their true value, and fresh
# ones stand a little *above* the ceiling: the maximum prefers values that err upwards (section 9).
#
# **All actions.** Both values of a state are pulled to the target of one of them, so the actions become equal. The
# greedy choice then hangs on noise. *Diagnostic: the mean gap between the actions.*
#
# **No cut.** The order is turned round: states in which all is lost look best. The network has never been told what a
# fallen pole is worth, because no transition starts there. It makes that value up, and the target believes it.
# *Diagnostic: the value of doomed states, and the ceiling.* The original notebook has no cut. Without its −10 at a
# fall, every one of its rewards would be 1, and a fall would leave no trace in its targets at all.
#
# **Through the target.** Here the measurement contradicts the usual story: the doomed states came out *nearer* to their
# true value than with the whole update. (Not everything is better: the gap between the actions is smaller. And a
# hundred updates are few.) So is the constant target a superstition? No. CartPole has no chance in it: one state and
# one action lead to one next state. Look at the fork, where chance decides, with gamma 1.

# %%
stops = worlds.repeat(worlds.FORK, learning_rate=0.5, gamma=1.0, updates=1_000)[-1]
flows = worlds.repeat(worlds.FORK, learning_rate=0.5, gamma=1.0, updates=1_000, stopped=False)[-1]
for state, a, b in zip(worlds.FORK.states, stops[:, 0], flows[:, 0], strict=True):
    print(f"{state}: gradient stopped {a:.2f}, gradient flows {b:.2f}")

# %% [markdown]
# B always pays 1 and C always pays 0. With the gradient flowing, both are wrong, and more updates do not help: the
# *values of B and C* are pulled towards A, to make A's guess look better. This is called the **residual gradient**; the
# update with a constant target is a **semi-gradient**. Without chance, and with a
# number of its own for every value as here, both end at the same values. (With shared weights even that can fail:
# example 11.3 in Sutton and Barto.) But how soon?


# %%
def updates_needed(stopped):
    history = worlds.repeat(worlds.CHAIN, learning_rate=0.5, gamma=0.9, updates=2_000, stopped=stopped)
    far = abs(history - worlds.true_values(worlds.CHAIN, 0.9)).max((1, 2)) > 0.01
    return int(np.flatnonzero(far)[-1]) + 1


semi, residual = updates_needed(True), updates_needed(False)
print(f"updates until every value of the chain is within 0.01: {semi} stopped, {residual} flowing")

# %% [markdown]
# So in the chain the constant target is also the faster one. On CartPole's doomed states it was the slower one. What it
# does to the *score* is a question for lesson 09.
#
# ## 8. The fall and the time limit
# CartPole ends an episode for two reasons.
# - **Terminated**: the pole fell, or the cart left the track. Nothing follows. The target is cut.
# - **Truncated**: 500 steps are over. The pole still stands and would go on to earn. We merely stopped watching. The
#   target must look ahead.
#
# Code that merges both into one `done` cannot tell them apart. `Settings.bootstrap_ends_at` has the right way and two
# mistakes. Which rows look ahead?

# %%
upright, fallen = [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.25, 1.0]
for rule in ("termination", "termination or truncation", "nothing"):
    agent = qlib.QAgent(qlib.Settings(bootstrap_ends_at=rule))
    agent.remember(upright, 0, 1.0, fallen, terminated=True, truncated=False)
    agent.remember(upright, 0, 1.0, upright, terminated=False, truncated=True)
    two = qlib.Batch(*(column[:2] for column in agent.memory.storage))
    fall, limit = (agent.td_target(two) != two.rewards).tolist()
    print(f"{rule:26} looks ahead of a fall: {fall!s:6} of the time limit: {limit}")

# %% [markdown]
# The original is the last row, and at the time limit it also gives −10: its best episodes end with a punishment.
#
# What does that do to the values of a perfectly balanced episode? For a perfect balancer they can be worked out
# exactly. There is one catch: does the observation show the time? Move the switch, and look at step 499. (For the
# original's way, with no cut, we take the last observation to look like the one before. Then the −10 is paid for ever.)

# %%
Explorer(pictures.time_limit, the_observation_shows=["the time", "no time"], gamma=(0.5, 0.99, 0.01, 0.95))

# %% [markdown]
# The textbook picture is the cliff: near step 499 the values fall, because the end is near. But CartPole's four numbers
# do not hold the time. If a state at step 499 looks like one at step 100, both get the same value, and the mistake
# shows everywhere, a little.
#
# Which one happens? That depends on the policy. We write two balancers by hand. One keeps the cart in the centre. The
# other lets it wander slowly along the track, so that its position gives the time away.


# %%
def balance(wander, n=16, seed=0):  # n episodes of 500 steps, side by side
    envs, states, actions = make_vector_env(qlib.Settings(), n), [], []
    observations, _ = envs.reset(seed=seed)
    for step in range(500):
        x, velocity, angle, spin = observations.T
        goal = wander * (step / 250 - 1)  # m, from left to right
        actions.append((angle + 0.3 * spin + 0.08 * (x - goal) + 0.12 * velocity > 0).astype(int))
        states.append(observations)
        observations, _, terminated, truncated, _ = envs.step(actions[-1])
        assert not terminated.any() and truncated.all() == (step == 499)
    return np.stack([*states, observations]), np.stack(actions)  # (501, n, 4), (500, n)


centred, wandering = balance(wander=0.0), balance(wander=1.8)

# %% [markdown]
# Now your update learns the values of these two policies, with the time limit treated in both ways. The policy is
# fixed, so the network needs one output only, and there is nothing to maximise over.


# %%
def as_memory(states, actions, cut_at_limit):
    over = np.zeros(actions.shape, dtype=bool)
    over[-1] = cut_at_limit
    columns = states[:-1], actions, np.ones(actions.shape, np.float32), states[1:], over
    batch = qlib.Batch(*(torch.as_tensor(column).flatten(0, 1) for column in columns))
    memory = qlib.ReplayMemory(actions.size)
    memory.restore(batch, actions.size)
    return memory


# %%
def values_over_time(run, cut_at_limit, seed):
    memory = as_memory(run[0], np.zeros_like(run[1]), cut_at_limit)
    network = fit(memory, gamma=0.95, seed=seed, updates=600, n_actions=1)
    with torch.no_grad():
        return network(torch.as_tensor(run[0][:-1])).mean((1, 2)).numpy()  # the mean over episodes, (500,)


# %%
ways = {
    "centred, right": (centred, False),
    "centred, cut": (centred, True),
    "wandering, right": (wandering, False),
    "wandering, cut": (wandering, True),
}
learned = {name: np.array([values_over_time(*way, seed) for seed in range(4)]) for name, way in ways.items()}
fig, ax = figure(7.2, 3.4)
ax.set(xlabel="step of the episode", ylabel="value that the network learned", xlim=(0, 500), ylim=(14, 22))
lines(ax, np.arange(500), {name: seeds.mean(0) for name, seeds in learned.items()})
Picture(fig, "Learned values over 500 steps, mean of 4 seeds: right and cut, for a centred and a wandering cart.")

# %% tags=["nbval-ignore-output"]
for name, seeds in learned.items():
    print(f"{name:18} to step 299: {seeds[:, :300].mean():6.2f}   step 499: {seeds[:, 499].mean():6.2f}   (4 seeds)")
print(f"\nfrom the equation, when nothing shows the time: {1 / (1 - 0.95 * (1 - 1 / 500)):.2f}")

# %%
early = {name: seeds[:, :300].mean(1) for name, seeds in learned.items()}
fall_off = {name: early[name] - seeds[:, 499] for name, seeds in learned.items()}
furthest = max(abs(learned[name] - 20).max() for name in ("centred, right", "wandering, right"))
print("right: within 1 of the ceiling everywhere:        ", furthest < 1)
print("centred, cut: too low from the first step on:     ", mean_interval(20 - early["centred, cut"]).above(0))
print("centred, cut: no slope (a fall-off less than 0.5):", abs(fall_off["centred, cut"]).max() < 0.5)
print("wandering, cut: a slope (a fall-off more than 1): ", mean_interval(fall_off["wandering, cut"] - 1).above(0))

# %% [markdown]
# Both pictures are real. Where something in the observation tells the time, the values sink towards the end (the
# network draws the cliff as a slope), and the agent is given a reason to shy away from a perfectly good place. Where
# nothing does, the mistake lowers all values alike. A common shift leaves the order of the actions as it was, so then
# the damage can be small. Do not count on it: the policy decides, and the policy changes as the agent learns.
#
# *Diagnostic: count.* The memory may hold as many terminated transitions as there were falls, and not one more. None of
# these 16 episodes fell.

# %%
for cut in (False, True):
    memory_of = as_memory(*centred, cut)
    print("falls: 0, terminated transitions in the memory:", int(memory_of.storage.terminated.sum()))

# %% [markdown]
# ## 9. Reading values against the ceiling
# You know the ceiling before training begins. So one number can tell you that something is wrong. A little above, as in
# section 7, is the maximum at work on noise. Twice the ceiling is a fault.
#
# Take the wandering cart's memory and 50 updates, first with one output, then with both actions and the usual maximum.
# The target is right, the terminal cut is right. The ceiling for gamma 0.95 is 20.


# %%
def mean_highest(n_actions, seed):
    data = as_memory(wandering[0], wandering[1] * (n_actions - 1), cut_at_limit=False)
    network = fit(data, gamma=0.95, seed=seed, updates=50, n_actions=n_actions)
    return network(data.storage.observations).detach().max(1).values.mean().item()


highest = {n: [mean_highest(n, seed) for seed in range(8)] for n in (1, 2)}

# %% tags=["nbval-ignore-output"]
for n, values in highest.items():
    print(f"outputs: {n}, mean of the highest values, 8 seeds:", np.round(sorted(values), 1))

# %%
print("one output:  the median is within 2 of the ceiling:", abs(np.median(highest[1]) - 20) < 2)
print("two outputs: above the ceiling:                    ", sum(value > 20 for value in highest[2]), "of 8 seeds")
print("two outputs: twice the ceiling, half or more:      ", np.median(highest[2]) > 40)

# %% [markdown]
# With one output, and so no maximum, the values come out near 20. With two, the maximum picks whichever value is too
# high *by mistake*, puts it into the next target, and the mistake feeds itself. This is **overestimation**. It has an
# easy life here: the memory holds only the balancer's own choices, so nothing ever contradicts a made-up value of the
# other action. In section 7, where both actions were tried at random, fresh states came out a little above their
# ceiling.
#
# Trying both actions, a target network and Double DQN are the usual remedies. Lessons 09 and 12 measure what they do.
# What to do today: **print your highest value beside 1 / (1 − γ).**
#
# ## 10. Probes
# CartPole is a bad place to look for a mistake: everything matters at once. **Probe environments** are so small that
# their values are known, and each brings in a part of the agent that the earlier ones did not need. The first that
# fails names the code to look at. The idea is Andy Jones's.

# %%
for probe in probes.PROBES:
    print(probe.__name__, textwrap.fill(probe.__doc__, 90, initial_indent="    ", subsequent_indent="    "), sep="\n")

# %% [markdown]
# We put a loss of yours into an agent and let `probes.examine` train it on each probe.


# %%
def agent_with(loss):
    class Agent(qlib.QAgent):
        def learn(self):
            if len(self.memory) < self.settings.batch_size:
                return math.nan
            batch = self.memory.sample(self.settings.batch_size, self.generator)
            return update(self.online, self.optimizer, batch, self.settings.gamma, loss)

    return Agent


def same_observation(network, batch, gamma):  # one more mistake: s where s' belongs
    return q_loss(network, batch._replace(next_observations=batch.observations), gamma)


SUSPECTS = LOSSES | {"same observation": same_observation}
verdicts = {name: probes.examine(agent_with(loss)) for name, loss in SUSPECTS.items()}

# %%
for name, verdict in verdicts.items():
    failed = [v for v in verdict if not v.passed]
    print(f"{name:17}", "".join("✓" if v.passed else "✗" for v in verdict), end="  ")
    print(f"{failed[0].probe}: {failed[0].indicts}" if failed else "passes them all")

# %% [markdown]
# Each column is a probe, in the order above. Three broken agents are caught by the first probe that needs the broken
# part. One goes free: the gradient *through the target*. The probes' transitions hold no chance, and without chance its
# values came out right here. A test finds only what it was made for; the fork of section 7 is made for that one. And
# no probe has a time limit, so none can see truncation taken for termination: count, as in section 8.
#
# ## 11. Exercises
#
# Replace the `...` and run the cell again. The check tells you what it expected and what came.
#
# ### 6.1 The value before a fall · ●○○ · 3 minutes
# The pole pays 1 for this step and for each step until it falls, `steps` rewards in all. What is the state worth?


# %%
def value_before_fall(gamma, steps):
    return ...


check.value_before_fall(value_before_fall)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The reward of this step is worth 1, the next one gamma, the next one gamma². Add up.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def value_before_fall(gamma, steps):
#     return sum(gamma**step for step in range(steps))
# ```
# </details>
#
# ### 6.2 The TD target · ●○○ · 5 minutes
# From the rewards (B,), the next state's values (B, A), the flags (B,) and gamma, make the targets (B,).


# %%
def my_td_target(rewards, next_values, terminated, gamma):
    return ...


check.td_target(my_td_target)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `next_values.max(1).values` has shape (B,). A flag that is inverted with `~` counts as 0 or 1 in a product.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_td_target(rewards, next_values, terminated, gamma):
#     return rewards + gamma * next_values.max(1).values * ~terminated
# ```
# </details>
#
# ### 6.3 The loss · ●●○ · 8 minutes
# From the values (B, A), the actions (B,) and the targets (B,), make the loss: one number that `backward()` can use.


# %%
def my_loss(values, actions, targets):
    return ...


check.q_loss(my_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `gather` wants an index with as many dimensions as the values: (B, 1). Afterwards you have (B, 1) and the targets have
# (B,). Make them equal before you subtract.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def my_loss(values, actions, targets):
#     current = values.gather(1, actions.unsqueeze(1)).squeeze(1)
#     return ((current - targets) ** 2).mean()
# ```
# </details>
#
# ### 6.4 Find the faults · ●●● · 12 minutes
# This update runs, and raises no error. It has three faults. Find them, and write the mended update below.


# %%
def broken_update(network, optimizer, batch, gamma):
    current = network(batch.observations).max(1).values
    best = network(batch.next_observations).max(1).values
    target = batch.rewards + gamma * best * ~batch.terminated
    loss = F.mse_loss(current, target)
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
def mended_update(network, optimizer, batch, gamma):
    return ...


check.mended_update(mended_update)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Put it beside the table of section 2. Which value is compared with the target? Where does the gradient stop? And what
# is in `.grad` from the update before?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def mended_update(network, optimizer, batch, gamma):
#     current = network(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
#     with torch.no_grad():
#         best = network(batch.next_observations).max(1).values
#     target = batch.rewards + gamma * best * ~batch.terminated
#     loss = F.mse_loss(current, target)
#     optimizer.zero_grad()
#     loss.backward()
#     optimizer.step()
#     return loss.item()
# ```
# </details>
#
# ## 12. If you see this
#
# - **`gather(): Expected dtype int… for index`**: the actions were stored as floats. Store them as `torch.int64`.
# - **`Index tensor must have the same number of dimensions as input tensor`**: `unsqueeze(1)` is missing in `gather`.
# - **`Using a target size … that is different to the input size`**: (B,) meets (B, 1). The loss is wrong. Lesson 03
#   shows what it computes.
# - **``Subtraction, the `-` operator, with a bool tensor is not supported``**: write `~terminated`, not `1 -
#   terminated`.
# - **`element 0 of tensors does not require grad`**: the whole loss stands under `no_grad`. Only the target
#   belongs there.
# - **The values climb past 1 / (1 − γ) and go on**: overestimation, too high a learning rate, or a missing terminal
#   cut. If `ProbeEnd` fails, it is the cut.
# - **All actions of a state have the same value**: the loss pulls at all of them. `ProbeAction` fails. Or (B, 1) met
#   (B,): then `ProbeObservation` fails first.
# - **The loss rises while the score rises**: that can be well. Longer episodes mean higher values, and higher values
#   make larger errors. The loss tells you how far the values are from their targets, not from the truth.
#
# ## 13. What to remember
#
# - `gather` the value of the action taken; compare it with *r + γ max Q(s′, a′)*; let the gradient stop at the target.
# - Only a termination cuts the target. A time limit does not.
# - A mistake here raises no error. Compute by hand, run the probes, and keep the ceiling 1 / (1 − γ) in sight.
#
# Sources: the update is from [Mnih et al. (2013)](https://arxiv.org/abs/1312.5602) and
# [(2015)](https://doi.org/10.1038/nature14236); the residual gradient from
# [Baird (1995)](https://doi.org/10.1016/B978-1-55860-377-6.50013-X), the fork after example 11.2 in
# [Sutton and Barto (2018)](http://incompleteideas.net/book/the-book-2nd.html); time limits in
# [Pardo et al. (2018)](https://arxiv.org/abs/1712.00378); overestimation in
# [van Hasselt et al. (2016)](https://arxiv.org/abs/1509.06461); probes in
# [Jones, Debugging RL, without the agonizing pain](https://andyljones.com/posts/rl-debugging.html).
#
# Next: [07 · Full training](07_full_training.ipynb).
