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
# | Read | 18 minutes, and 34 for the exercises |
# | Run | about 30 seconds |
# | Needs | lessons 01 to 03: action values, the network, shapes |
# | Gives | two pieces of your own agent: epsilon-greedy and its decay; how an agent behaves told from what it has learned |

# %%
import numpy as np
import torch

import qlib
from qlib.lessons.choosing_actions import checks as check
from qlib.lessons.choosing_actions import pictures, trials
from qlib.lessons.lesson import Lesson
from qlib.show.explorer import Explorer

torch.set_num_threads(1)  # PyTorch on one core: quicker for networks this small
lesson = Lesson("04_choosing_actions")

# %%
lesson.again()

# %% [markdown]
# ## 1. From values to an action
# The network gives one [action value](glossary.md#action-value) per action. `argmax` gives the *place* of the highest
# one, and the place is the action. A rule for choosing actions is called a **policy**. Always taking the best-looking
# action is the [greedy policy](glossary.md#greedy-policy). (`qlib.ORIGINAL` holds the settings of the original notebook.)

# %%
agent = qlib.QAgent(qlib.ORIGINAL, seed=3)
observation, _ = qlib.make_env(qlib.ORIGINAL).reset(seed=3)
values = agent.q_values(observation)
print("values of left and right:", values.numpy().round(3))
print("greedy action:", values.argmax().item())

# %% [markdown]
# This network is untrained, so its values are noise. Take 16 such agents, and show each of them 1,000 states (made up:
# four random numbers of CartPole's usual sizes). Greed decides. Does noise make them wander, now left, now right?

# %%
untrained = [qlib.QAgent(qlib.ORIGINAL, seed=seed) for seed in range(16)]
favourite = trials.favourites(untrained)  # the share of its favourite action, of each agent
lesson.ask(
    "one side", int((favourite > 0.9).sum()), show=lambda guess: pictures.habits(favourite, guess)
)

# %% [markdown]
# An agent that only does what looks best never finds out what the other side is worth. So a learning agent must sometimes
# do what does *not* look best. That is **exploration**. Using what it knows is **exploitation**.
#
# ## 2. Epsilon-greedy
# The simplest way to explore: at each step, with a small chance called [epsilon](glossary.md#epsilon), take any action
# at all, each with the same chance. Otherwise take the greedy one. That is the whole rule, and you will write it in
# exercise 4.1. `agent.act(observation, epsilon)` is qlib's.

# %%
greedy = agent.act(observation, epsilon=0.0)
other = sum(agent.act(observation, epsilon=0.1) != greedy for _ in range(10_000))
lesson.ask("the worse action", round(other / 10), show=lambda guess: pictures.chances(0.1, 2, guess)[0])

# %% [markdown]
# Move epsilon and the number of actions. The hatched part is what chance adds.

# %%
Explorer(pictures.chances, epsilon=(0.0, 1.0, 0.05, 0.4), n_actions=(2, 6, 1, 4))

# %% [markdown]
# ## 3. Small print that matters
# ### `<` or `<=`?
# To act randomly with chance epsilon, draw a number from 0 to 1 and compare. The original notebook asks
# `random() <= epsilon`. `random()` can return exactly 0.0, and never returns 1.0. So with `<`, epsilon 0 means never and
# epsilon 1 means always; with `<=`, epsilon 0 means *almost* never. How often? Python and NumPy draw one of $2^{53}$
# equally spaced numbers. `torch.rand` draws one of $2^{24}$, about 17 million, because float32 is coarser.

# %%
lesson.ask("a random zero")

# %% [markdown]
# `<` costs nothing. Use it.
#
# <details><summary>Did it harm the original?</summary>
#
# No: it draws with Python. The same line with `torch.rand` would once in a while slip a random step into an evaluation
# that you believe to be free of them.
# </details>
#
# ### "Always unsqueeze", and why it ran without
# A network takes a *batch* of observations, shape `(B, 4)`. One observation has shape `(4,)`, and `unsqueeze(0)` makes
# it a batch of one. The author of the original notebook took that line out, expected an error, got none, and wondered.
# A linear layer multiplies along the *last* dimension and lets any others, or none, pass through:

# %%
x = torch.as_tensor(observation)
for given in (x, x.unsqueeze(0)):
    print(tuple(given.shape), "gives", tuple(agent.online(given).shape))  # its network

# %% [markdown]
# With this network the unsqueeze is a habit. [Lesson 11](11_normalisation.ipynb) meets a layer that needs it.
#
# Now the other way round. The last step of acting is `argmax()`. Give it the values of many states at once.

# %%
batch = agent.q_values(trials.made_up_states())  # (1000, 2)
lesson.ask("argmax of a batch", trials.is_an_action(batch.argmax()))

# %% [markdown]
# ## 4. How it behaves, and what it has learned
# Two policies live in one agent:
# - the [behaviour policy](glossary.md#behaviour-policy) acts and gathers data: epsilon-greedy,
# - the [greedy policy](glossary.md#greedy-policy) is what is being learned about.
#
# The update of lesson 01 (it is called **Q-learning**) may learn about one policy while the agent follows the other: it
# is [off-policy](glossary.md#off-policy). So an agent has two scores. To see both, train 16 agents briefly
# (`trials.BRIEF`: settings that learn something within 500 steps), and let each play 30 episodes at several epsilons, the
# greedy policy first.

# %%
agents = trials.trained()
epsilons = [0.0, 0.05, 0.2, 0.5, 1.0]
scores = np.array([[trials.play(one, epsilon).mean() for epsilon in epsilons] for one in agents])

# %%
mean = scores.mean(0)  # over the agents, one score an epsilon
lost = 100 * (1 - mean / mean[0])  # % of the score at epsilon 0
lesson.ask("epsilon left on", round(lost[1]))

# %%
lesson.ask(
    "half at random",
    round(lost[3]),
    show=lambda guess: pictures.scores_by_epsilon(np.array(epsilons), scores),
)

# %% [markdown]
# **An epsilon left on in evaluation makes an agent look worse than it is** (by little at 0.05, by half at 0.5), and no
# error tells you.
#
# <details><summary>Is that shown?</summary>
#
# Take each agent's score at epsilon 0.05 and subtract its score at epsilon 0. The 95 % interval of the mean of these 16
# differences lies wholly below zero: the loss is shown. Half of the steps random is still better, for every agent, than
# all of them.  Does a better agent lose more? That stays open. A lucky score at epsilon 0 makes both numbers high, the
# score and what is lost of it.
# </details>
#
# Can you see it, when an epsilon was forgotten? Take one agent and one start, and play it five times with epsilon 0, and
# five times with 0.5.

# %%
five = {epsilon: {trials.one_start(agents[0], epsilon) for _ in range(5)} for epsilon in (0.0, 0.5)}
lesson.ask("five scores", trials.alike(five))

# %% [markdown]
# ## 5. Letting epsilon fall
# At first the values mean nothing, so explore a lot. Later they mean something, so use them. The original multiplies
# epsilon by the same factor after each episode: $1 + \ln(0.05) \,/\, (0.6 \cdot \text{episodes})$. It is meant to reach
# 0.05 after 60 % of the episodes. (For a large $n$, $(1 + \ln c / n)^n$ is close to $c$; here $n = 600$ and
# $c = 0.05$.)

# %%
schedule = qlib.epsilon_schedule(qlib.ORIGINAL, 1_000)
lesson.ask(
    "the last episode",
    round(schedule[999], 4),
    show=lambda guess: pictures.fall(schedule, guess),
    printed=schedule[999],
)

# %% [markdown]
# Draw a schedule *before* you train with it. The area under the curve, times the steps of an episode, is the expected
# number of random actions. Try: which decay leaves more of them for the last tenth of the run? Then set `episodes` to 20,
# and `share` and `end` to their lowest: what becomes of the original's factor?

# %% jupyter={"source_hidden": true}
Explorer(
    pictures.schedule,
    decay=["linear", "original"],
    start=(0.0, 1.0, 0.05, 1.0),
    end=(0.01, 0.5, 0.01, 0.1),
    share=(0.05, 1.0, 0.05, 0.8),
    episodes=(20, 1000, 20, 300),
    steps_per_episode=(10, 500, 10, 100),
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# The linear one, unless `share` is small: it stands at `end`, where the original's goes on falling. With 20 episodes, a
# share of 0.05 and an end of 0.01 the factor is below zero: a short run breaks the formula. And mind what the readout
# takes for granted: episodes of one length. A learning agent's episodes get longer, so the late, small epsilons count
# for more than here.
# </details>
#
# ### Past the plan
# Now let the original's run go on past its plan of 1,000 episodes, of 100 steps each: once as it is, and once with a
# **floor**, below which epsilon never falls.

# %%
bare = qlib.epsilon_schedule(qlib.Settings(epsilon_decay="original", epsilon_episodes=600), 2_000)
lesson.ask("without a floor", round(bare[-100:].sum() * 100, 1), show=lambda guess: pictures.floor())

# %% [markdown]
# To see what it costs, take a toy. There are two buttons. The first pays 0.5. The second pays 0.2 for the first 1,000
# presses, and 1.0 from then on. In CartPole, too, some things can only be discovered late: nobody who falls after 20
# steps knows what step 200 is like. A run is 2,000 presses, epsilon-greedy, one press for each epsilon in `bare`. The
# learner keeps one value for each button, and moves it a tenth of the way to what a press has just paid. 1,000 runs
# without a floor, and 1,000 with one.

# %%
found = [100 * trials.buttons(bare, floor).mean() for floor in (0.0, 0.05)]  # % of 1,000 runs
lesson.ask("the better button", found[1], without=found[0])

# %% [markdown]
# ## 6. When two actions look the same
# `argmax` of equal values returns the first one. Always. Set all weights of a network to zero, and every state is a tie.
# This agent then knows nothing, and always pushes left. (When *all* actions tie, breaking the tie at random is acting
# with epsilon 1.)

# %%
first, any_of_them = (trials.play(trials.blank(), epsilon).mean() for epsilon in (0.0, 1.0))
lesson.ask("ties", trials.how_long(any_of_them, first))

# %% [markdown]
# In the 16 untrained networks above, no state of the 1,000 is a tie, so qlib does not break ties. In a table of zeros,
# or with a last layer that starts at zero, ties are the rule. You will write the tie-break in exercise 4.2.
#
# ## 7. Exercises
#
# Replace the `...` and run the cell. The check tells you what it expected and what came.
#
# ### 4.1 Epsilon-greedy · ●○○ · 6 minutes
# The rule of section 2, without PyTorch. `q_values` is an array of shape `(A,)`, for any number of actions A; `rng` is a
# NumPy generator with `rng.random()` and `rng.integers(n)`. Return the action, a whole number. It becomes a piece of
# your own agent.


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
# Return one of the best actions, each with the same chance. Values may be as small as 0.00000001 or as large as a million,
# and a difference counts, however small.


# %%
def random_argmax(q_values, rng):
    return ...


check.random_argmax(random_argmax)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.flatnonzero(condition)` lists the places where a condition holds. `rng.choice(places)` draws one of them. A little
# noise on all values is not enough: it is lost beside a million, and beside 0.00000001 it decides.
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
# Mend the original's schedule: find the factor that brings epsilon from `start` to exactly `end` at episode
# `share * episodes` (a whole number), and let it stay there. Episodes count from 0: with 100 of them and a share of 0.6,
# `result[60]` is the first that equals `end`. Return epsilon of each episode, shape `(episodes,)`; the first one is
# `start`. It becomes a piece of your own agent.


# %%
def decay(episodes, start, end, share):
    return ...


check.decay(decay)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Solve `start * factor ** (share * episodes) = end` for the factor. The larger of two numbers makes a floor.
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
# ### 4.4 Chances, with a pencil · ●○○ · 5 minutes
# The values of four actions are 1, 4, 4 and 2, and epsilon is 0.2. With which chance is each action taken? Return two
# rows of four numbers: the first if `argmax` takes the first of the tied, the second if ties are broken at random.


# %%
def chances():
    return ...  # [[first row], [second row]]


check.chances(chances)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Share out the random part first: 0.2 among four. Then give 0.8 to whoever is greedy's choice, or share it.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def chances():
#     return [[0.05, 0.85, 0.05, 0.05], [0.05, 0.45, 0.45, 0.05]]
# ```
# </details>
#
# ### 4.5 A budget of random actions · ●●○ · 5 minutes
# You can afford 6,000 random actions, and want to use at least 5,700 of them. The run has 300 episodes of 100 steps;
# epsilon falls along a straight line from 1 to 0.05. After which `share` of the episodes must it be there? (Add up the
# episodes, as the explorer does, or take the area under the line: either way to count passes.)


# %%
def share():
    return ...  # a number from 0 to 1


check.budget(share)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The explorer of section 5 counts them. Or with a pencil: a triangle above a strip of height 0.05.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def share():
#     return 0.3
# ```
#
# The strip holds 0.05 · 30,000 = 1,500, and the triangle 0.95 / 2 · share · 30,000 = 14,250 · share. So a share between
# 0.295 and 0.315.
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
# | an untrained agent that only ever pushes left | a habit of its noise; or equal values, and `argmax` takes the first |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
#
# 1. Epsilon-greedy: with chance epsilon any action, the best one included; otherwise `argmax`. Compare with `<`.
# 2. The behaviour policy gathers data, the greedy policy is what you learn. Say which one you are scoring.
# 3. Draw the schedule before you run it, count the random actions that it holds, and give it a floor.
#
# **Sources.** Sutton and Barto, *Reinforcement Learning*, 2nd edition, sections 2.2 (epsilon-greedy) and 6.5
# (Q-learning, off-policy). [Mnih et al. 2015](https://www.nature.com/articles/nature14236): epsilon from 1 to a floor
# of 0.1, and evaluation with epsilon 0.05, on purpose and reported as such: the way to leave it on honestly.
# PyTorch on
# [disabling gradients](https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation).
#
# Next: [05 · Replay memory](05_replay_memory.ipynb).
