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
# # 04 · Choosing actions
#
# **You will write the rule by which the agent acts, and know what it will do before you run it.**
#
# | | |
# |---|---|
# | Read | 25 minutes, and 23 for the exercises |
# | Run | about 30 seconds |
# | Needs | lessons 02 and 03: action values, shapes |
# | Gives | epsilon-greedy of your own, a schedule for epsilon, how an agent behaves told from what it has learned |

# %%
import numpy as np
import torch

import qlib
from qlib.core.training import exam
from qlib.lessons.choosing_actions import checks as check
from qlib.lessons.choosing_actions import pictures
from qlib.show.explorer import Explorer
from qlib.study.statistics import mean_interval

torch.set_num_threads(1)  # one core is quicker for networks this small

# %% [markdown]
# ## Before you run: predict
#
# An agent with two actions acts randomly with a chance of 0.1, and otherwise takes the action that it thinks is
# better. **In 1,000 steps, how often does it take the action that it thinks is worse: about 100, 50 or 10 times?**
# Write your number down.
#
# ## 1. From values to an action
# The network gives one value per action. `argmax` gives the *place* of the highest one, and the place is the action.

# %%
agent = qlib.QAgent(qlib.ORIGINAL, seed=3)
observation, _ = qlib.make_env(qlib.ORIGINAL).reset(seed=3)
values = agent.q_values(observation)
print("values of left and right:", values.numpy().round(3))
print("the better action:       ", values.argmax().item())

# %% [markdown]
# A rule for choosing actions is called a **policy**. Always taking the best-looking action is the **greedy** policy.
#
# This network is untrained. Its values are noise, and greed makes noise into a habit. Here are 16 untrained agents in
# 1,000 states each (made-up states: four random numbers of CartPole's usual sizes). How often does each one take its
# favourite action?

# %%
rng = np.random.default_rng(0)
states = rng.normal(size=(1_000, 4)).astype(np.float32) * [0.5, 0.8, 0.1, 0.8]
untrained = [qlib.QAgent(qlib.ORIGINAL, seed=seed) for seed in range(16)]
pushes_right = np.array([a.q_values(states).argmax(1).double().mean().item() for a in untrained])
favourite = np.maximum(pushes_right, 1 - pushes_right)
print("share of the favourite action, sorted:", np.sort(favourite).round(2))

# %% [markdown]
# Most of them push to one side nearly always. They would never find out what the other side is worth. So a learning
# agent must sometimes do what does *not* look best. That is **exploration**. Using what it knows is **exploitation**.
#
# ## 2. Epsilon-greedy
# The simplest way to explore: with a small chance, called **epsilon**, take any action at all. This is the whole rule.


# %%
def act(agent, observation, epsilon):
    if epsilon > 0 and torch.rand((), generator=agent.generator).item() < epsilon:
        return torch.randint(agent.n_actions, (), generator=agent.generator).item()
    agent.online.eval()
    with torch.no_grad():
        values = agent.online(torch.as_tensor(observation).unsqueeze(0))  # (1, A)
    return values.argmax(1).item()


# %% [markdown]
# `qlib.QAgent.act` is the same rule. Two agents of one seed draw the same random numbers, so their choices can be
# compared one by one.

# %%
ours, theirs = qlib.QAgent(qlib.ORIGINAL, seed=7), qlib.QAgent(qlib.ORIGINAL, seed=7)
states = states.astype(np.float32)
same = [act(ours, state, epsilon=0.3) == theirs.act(state, epsilon=0.3) for state in states]
print(f"the same action in {sum(same):,} of {len(same):,} states")

# %% [markdown]
# Now your guess. Here are 10,000 choices in one state with epsilon 0.1.

# %%
best = agent.act(observation, epsilon=0.0)
worse = sum(agent.act(observation, epsilon=0.1) != best for _ in range(10_000))
print(f"the worse action: {worse / 10:.0f} times in 1,000 steps")
print("between 40 and 60:", 400 < worse < 600)

# %% [markdown]
# About 50, not 100: half of the random actions happen to be the better one. **A random action is not a wrong action.**
# Move epsilon and the number of actions. The hatched part is what chance adds.

# %%
Explorer(pictures.chances, epsilon=(0.0, 1.0, 0.05, 0.1), n_actions=(2, 6, 1, 2))

# %% [markdown]
# ## 3. Small print that matters
# ### `<` or `<=`?
# The original notebook asks `random() <= epsilon`. Here it is beside `<` for the lowest number that `random()` gives.

# %%
lowest = 0.0
print("epsilon 0, acts randomly with <=:", lowest <= 0.0)
print("epsilon 0, acts randomly with < :", lowest < 0.0)

# %% [markdown]
# `random()` can return exactly 0.0, and never returns 1.0. So with `<`, epsilon 0 means never and epsilon 1 means
# always. With `<=`, epsilon 0 means *almost* never. How often? Python and NumPy draw one of $2^{53}$ equally spaced
# numbers. `torch.rand` draws one of $2^{24}$, because float32 is coarser. Let us count the zeros of the latter.

# %%
generator = torch.Generator().manual_seed(0)
zeros = sum(int((torch.rand(2**24, generator=generator) == 0).sum()) for _ in range(4))
print(f"zeros in 4 × 2^24 draws of torch.rand: {zeros} (expected: 4)")
for name, chance in {"NumPy": 500_000 * 2.0**-53, "torch": 1 - (1 - 2.0**-24) ** 500_000}.items():
    print(f"{name}: a random step in 1,000 episodes of 500 steps at epsilon 0 with <=, chance {chance:.1g}")

# %% [markdown]
# So `<=` did the original no harm. The same line with `torch.rand` would once in a while slip a random step into an
# evaluation that you believe to be free of them. `<` costs nothing. Use it.
#
# ### "Always unsqueeze", and why it ran without
# A network takes a *batch* of observations, shape `(B, 4)`. One observation has shape `(4,)`, and `unsqueeze(0)` makes
# it a batch of one, `(1, 4)`. The author of the original notebook took that line out, expected an error, got none, and
# wondered. Here is the answer, for both of the original's networks.


# %%
def outcome(network, x):
    try:
        return f"gives {tuple(network(x).shape)}"
    except ValueError as error:
        return f"ValueError: {error}"


x = torch.as_tensor(observation)
for network in (qlib.QNetwork().eval(), qlib.QNetworkBN().eval()):
    print(f"{type(network).__name__:11} on (4,)   {outcome(network, x)}")
    print(f"{type(network).__name__:11} on (1, 4) {outcome(network, x.unsqueeze(0))}")

# %% [markdown]
# A linear layer multiplies along the *last* dimension and lets any others, or none, pass through. So `(4,)` works.
# Batch norm takes statistics *over the batch*, so it must know which dimension that is, and refuses `(4,)`. With the
# plain network the unsqueeze is a habit. With batch norm it is a need.
#
# The habit hides a trap of its own. `argmax()` without a dimension counts through the *flattened* tensor. On a batch of
# one that is the action. On a larger batch it is a number that no environment asked for, and nothing complains:

# %%
batch = agent.q_values(states)  # (1000, 2)
print("argmax() without a dimension, of 1,000 states:", "an action" if batch.argmax() < 2 else "not an action")
print("argmax(1), the first five actions:", batch.argmax(1)[:5].tolist())

# %% [markdown]
# ### `no_grad`, `eval` and `train`
# Acting needs no gradient. Without `no_grad`, PyTorch keeps every intermediate result in case you call `backward`. The
# values are the same numbers.

# %%
with_graph = agent.online(x.unsqueeze(0))
with torch.no_grad():
    without_graph = agent.online(x.unsqueeze(0))
print("same values:", torch.equal(with_graph, without_graph))
print("keeps a graph for backward:", with_graph.requires_grad, "and", without_graph.requires_grad)

# %% [markdown]
# So `no_grad` spares PyTorch that work, and cannot change what is chosen. (Lesson 09 tests that on learning.) `eval()`
# is another matter. It changes nothing in the plain network. With batch norm it decides whether a state is normalised
# by running statistics, or by whoever else is in the batch:

# %%
bn = qlib.QNetworkBN(generator=torch.Generator().manual_seed(0))
crowd = torch.as_tensor(states[:64])
with torch.no_grad():
    alone = bn.eval()(crowd[:1])[0]
    in_eval = bn.eval()(crowd)[0]
    before = bn.layers[1].running_mean.clone()
    in_train = bn.train()(crowd)[0]
print("in eval mode, alone and in a crowd, the same values:", torch.allclose(alone, in_eval, atol=1e-6))
print("in train mode, in a crowd, the same values:         ", torch.allclose(alone, in_train, atol=1e-3))
print("train mode changed the running statistics:          ", not torch.equal(before, bn.layers[1].running_mean))
print("train mode, batch of one:", outcome(bn, crowd[:1]))

# %% [markdown]
# Lines two and three of the output are a mistake that never raises an error: acting in train mode changes the network.
# Whoever switches to `eval()` to act has to switch back to `train()` to learn. The original does both, and so does
# qlib.
#
# ## 4. How it behaves, and what it has learned
# Two policies live in one agent:
# - the **behaviour policy** acts and gathers data: epsilon-greedy,
# - the **target policy** is what is being learned about: greedy.
#
# Q-learning may learn about one while it follows the other. That is called **off-policy** learning. It also means that
# there are two scores. To see both, train 16 agents briefly. Training stops at the end of the first episode that
# reaches step 500.

# %%
brief = qlib.Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0), stick=-10.0, gamma=0.95, learning_rate=5e-3, epsilon_episodes=15
)
agents = [qlib.QAgent(brief, seed=seed) for seed in range(16)]
for trained in agents:
    for _ in qlib.train(trained, steps=500):
        pass

# %% [markdown]
# `qlib.evaluate` plays the greedy policy. This cell is the same with an epsilon, many starts at once.


# %%
def play(agent, epsilon, episodes=30, seed=1_000_000):
    rng = np.random.default_rng([seed, agent.seed])

    def policy(observations):
        actions = agent.greedy(observations)
        random = rng.random(episodes) < epsilon
        actions[random] = rng.integers(agent.n_actions, size=random.sum())
        return actions

    return exam(policy, agent.settings, range(seed, seed + episodes))


print("without epsilon, what qlib.evaluate gives:", np.array_equal(play(agents[0], 0.0), qlib.evaluate(agents[0], 30)))

# %% [markdown]
# **Guess:** the schedule of these agents aims at an epsilon of 0.05. How much does the score drop if you leave that
# on? And at 0.5, where half of the steps are random?

# %%
epsilons = np.array([0.0, 0.05, 0.2, 0.5, 1.0])
scores = np.array([[play(trained, epsilon).mean() for epsilon in epsilons] for trained in agents])  # (16, 5)
pictures.scores_by_epsilon(epsilons, scores)

# %% tags=["nbval-ignore-output"]
for epsilon, column in zip(epsilons[1:], scores.T[1:], strict=True):
    drop = mean_interval(column - scores[:, 0])
    print(f"epsilon {epsilon:4}, steps against greedy, mean of 16 agents [95 % interval]: {drop:+6.1f}")

# %%
drops = [mean_interval(column - scores[:, 0]) for column in scores.T[1:]]
print("epsilon 0.05, the whole interval is a loss:", drops[0].below(0))
print("epsilon 0.5,  the whole interval is a loss:", drops[2].below(0))
print("half of the steps random is still better than all of them:", bool((scores[:, 3] > scores[:, 4]).all()))
loss_at_a_fifth = scores[:, 0] - scores[:, 2]
print("the better agents lose more (correlation above 0.5):", np.corrcoef(scores[:, 0], loss_at_a_fifth)[0, 1] > 0.5)

# %% [markdown]
# A small epsilon costs these agents little. But it does cost, so **an
# epsilon left on in evaluation makes an agent look worse than it is**, and no error tells you. The thin lines tell
# more: the better the agent, the more it loses.
#
# The diagnostic: CartPole has no randomness of its own after the start. So a greedy agent that plays one start five
# times gets one score five times. An exploring one does not.

# %%
env = qlib.make_env(brief)


def one_score(agent, epsilon):
    observation, _ = env.reset(seed=1)
    over, steps = False, 0
    while not over:
        observation, _, terminated, truncated, _ = env.step(agent.act(observation, epsilon))
        over, steps = terminated or truncated, steps + 1
    return steps


for epsilon in (0.0, 0.5):
    different = len({one_score(agents[0], epsilon) for _ in range(5)})
    print(f"epsilon {epsilon}: five plays of one start, the same score each time: {different == 1}")

# %% [markdown]
# ## 5. Letting epsilon fall
# At first the values mean nothing, so explore a lot. Later they mean something, so use them. The original multiplies
# epsilon by the same factor after each episode: $1 + \ln(0.05) \,/\, (0.6 \cdot \text{episodes})$.
#
# **Guess:** it is meant to reach 0.05 after 60 % of the episodes. What is epsilon in the last of 1,000 episodes?

# %%
schedule = qlib.epsilon_schedule(qlib.ORIGINAL, 1_000)
print("episode   0:", schedule[0])
print("episode 600:", schedule[600].round(4))
print("episode 999:", schedule[999])
print("the number that the original notebook printed:", schedule[999] == 0.0067353342917064515)

# %% [markdown]
# Why does that factor aim at 0.05? For a long run, $(1 + \ln e / n)^n$ is close to $e$: here $n = 600$ and $e = 0.05$.
# The exact factor would be $e^{1/n}$. The difference is small:

# %%
n = 600
print(f"with the original's factor: {(1 + np.log(0.05) / n) ** n:.4f}")
print(f"with the exact factor:      {(0.05 ** (1 / n)) ** n:.4f}")

# %% [markdown]
# The original calls 0.05 `min_epsilon`, but it is not a minimum. It only sets how fast epsilon falls, and epsilon falls
# through it. Draw a schedule *before* you train with it. The area under the curve, times the steps of an episode, is
# the expected number of random actions.

# %%
Explorer(
    pictures.schedule,
    decay=["original", "linear"],
    start=(0.0, 1.0, 0.05, 1.0),
    end=(0.01, 0.5, 0.01, 0.05),
    share=(0.05, 1.0, 0.05, 0.6),
    episodes=(20, 1000, 20, 1000),
    steps_per_episode=(10, 500, 10, 100),
)

# %% [markdown]
# Things to try. Which kind of decay leaves more random actions for the last tenth of the run? Set `episodes` to 20, and
# `share` and `end` to their lowest: what becomes of the original's factor? And mind what the readout takes for granted:
# episodes of one length. A learning agent's episodes get longer, so the late, small epsilons count for more than here.
#
# ### No floor
# What happens to the original's epsilon if the run goes on past its plan?

# %%
pictures.floor()

# %%
settings = qlib.Settings(epsilon_decay="original", epsilon_episodes=600)
bare = qlib.epsilon_schedule(settings, 2_000)
kept = np.maximum(bare, 0.05)
for label, epsilons in {"no floor": bare, "floor": kept}.items():
    print(
        f"{label:8}: {epsilons[-100:].sum() * 100:5.1f} random actions in the last 100 of 2,000 episodes, 100 steps each"
    )

# %% [markdown]
# That count is the diagnostic: *how many random actions are still to come?* To see what it costs, take a toy that runs
# in no time. There are two buttons. The first pays 0.5. The second pays 0.2 for the first 1,000 presses, and 1.0 from
# then on. In CartPole, too, some things can only be discovered late: nobody who falls after 20 steps knows what step
# 200 is like. Each press uses the next epsilon of the list above. Who finds out that the second button got better?


# %%
def chose_well_at_the_end(epsilons, runs=1_000, seed=0):
    rng = np.random.default_rng(seed)
    values, everyone = np.zeros((runs, 2)), np.arange(runs)
    for press, epsilon in enumerate(epsilons):
        pays = np.array([0.5, 0.2 if press < 1_000 else 1.0])
        random = rng.random(runs) < epsilon
        actions = np.where(random, rng.integers(2, size=runs), values.argmax(1))
        values[everyone, actions] += 0.1 * (pays[actions] - values[everyone, actions])
    return values.argmax(1) == 1


found = {"no floor": chose_well_at_the_end(bare), "floor 0.05": chose_well_at_the_end(kept)}
for label, runs in found.items():
    print(f"{label:10} found the better button in {100 * runs.mean():5.1f} % of {len(runs):,} runs")

# %% [markdown]
# Without a floor, what these runs did not know when the exploring ended, they never learned. The toy is built to show
# that. How much a floor is worth in CartPole is a question of its own, for long runs.
#
# ## 6. When two actions look the same
# `argmax` of equal values returns the first one. Always. Set a whole network to zero, and every state is a tie:

# %%
blank = qlib.QAgent(brief, seed=0)
for parameter in blank.online.parameters():
    parameter.data.zero_()
print("values:", blank.q_values(observation).tolist(), " argmax:", blank.q_values(observation).argmax().item())
print(f"first of the tied: {play(blank, 0.0).mean():4.1f} steps")
print(f"any of the tied:   {play(blank, 1.0).mean():4.1f} steps")

# %% [markdown]
# A random tie-break more than doubles the score of an agent that knows nothing. (When *all* actions tie, breaking the
# tie at random is acting with epsilon 1, so the same function plays both.) How common are ties in a network with random
# weights?

# %%
ties = sum(int((values[:, 0] == values[:, 1]).sum()) for values in (a.q_values(states) for a in untrained))
print(f"ties in {len(untrained)} untrained networks, {len(states):,} states each: {ties}")

# %% [markdown]
# None here, so qlib does not break ties. In a table of zeros, or with a last layer that starts at zero, ties are the
# rule. You will write the tie-break in exercise 4.2.
#
# ## 7. Exercises
#
# Replace the `...` and run the cell. The check tells you what it expected and what came.
#
# ### 4.1 Epsilon-greedy · ●○○ · 5 minutes
# Without PyTorch this time. `q_values` has shape `(A,)`; `rng` is a NumPy generator with `rng.random()` and
# `rng.integers(n)`. Return the action.


# %%
def epsilon_greedy(q_values, epsilon, rng):
    return ...


check.epsilon_greedy(epsilon_greedy)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Draw one number. If it is below epsilon, any action will do. If not, `np.argmax`.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def epsilon_greedy(q_values, epsilon, rng):
#     if rng.random() < epsilon:
#         return int(rng.integers(len(q_values)))
#     return int(np.argmax(q_values))
# ```
# </details>
#
# ### 4.2 Breaking ties · ●●○ · 8 minutes
# Return one of the best actions, each with the same chance.


# %%
def random_argmax(q_values, rng):
    return ...


check.random_argmax(random_argmax)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.flatnonzero(condition)` lists the places where a condition holds. `rng.choice(places)` draws one of them.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def random_argmax(q_values, rng):
#     best = np.flatnonzero(q_values == q_values.max())
#     return int(rng.choice(best))
# ```
# </details>
#
# ### 4.3 A decay with a floor · ●●○ · 10 minutes
# Mend the original's schedule: multiply by the *exact* factor, so that epsilon is `end` at episode `share * episodes`,
# and stay there. Return epsilon of each episode, shape `(episodes,)`; the first one is `start`.


# %%
def decay(episodes, start, end, share):
    return ...


check.decay(decay)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Solve `start * factor ** (share * episodes) = end` for the factor. `np.maximum(end, ...)` is the floor.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def decay(episodes, start, end, share):
#     factor = (end / start) ** (1 / (share * episodes))
#     return np.maximum(end, start * factor ** np.arange(episodes))
# ```
# </details>
#
# ## 8. If you see this
#
# | you see | the cause |
# |---|---|
# | `expected 2D or 3D input (got 1D input)` | batch norm was given one observation of shape `(4,)`: `unsqueeze(0)` |
# | `Expected more than 1 value per channel when training` | batch norm acts in train mode on a batch of one: `eval()` |
# | `act takes one observation of shape (4,)` | it was given a batch; for many use `q_values(observations).argmax(1)` |
# | an action of 37 when there are 2 | `argmax()` of a batch without `argmax(1)` |
# | the training curve never gets as good as the evaluation | the curve shows the behaviour policy, epsilon included |
# | two evaluations of one agent on the same starts differ | epsilon is still on |
# | no surprise ever again, late in a long run | epsilon has no floor |
# | an untrained agent that only ever pushes left | equal or nearly constant values, and `argmax` takes the first |
#
# ## 9. What to remember
#
# 1. Epsilon-greedy: with chance epsilon any action, the best one included; otherwise `argmax`. Compare with `<`.
# 2. The behaviour policy gathers data, the target policy is what you learn. Say which one you are scoring.
# 3. Draw the schedule before you run it, count the random actions that it holds, and give it a floor.
#
# **Sources.** Sutton and Barto, *Reinforcement Learning*, 2nd edition, sections 2.2 (epsilon-greedy) and 6.5
# (Q-learning, off-policy). [Mnih et al. 2015](https://www.nature.com/articles/nature14236): epsilon from 1 to a floor
# of 0.1, and evaluation with epsilon 0.05, on purpose and reported as such: the way to leave it on honestly.
# PyTorch on
# [disabling gradients](https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation).
#
# Next: [05 · Replay memory](05_replay_memory.ipynb).
