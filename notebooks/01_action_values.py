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
# # 01 · What is an action worth?
#
# **You will work out with a pencil what an action is worth, and make a table learn it.** No network yet.
#
# | | |
# |---|---|
# | Read | 18 minutes, and 32 for the exercises |
# | Run | about 25 seconds |
# | Needs | lesson 00, and a pencil |
# | Gives | returns, action values, a table that learns to balance, and a reason for a network |

# %%
import gymnasium as gym

from qlib.lessons.action_values import bins, measured, pictures, tables
from qlib.lessons.action_values import checks as check
from qlib.lessons.lesson import Lesson
from qlib.show.explorer import Explorer

lesson = Lesson("01_action_values")

# %% [markdown]
# ## Before you run: predict
#
# The original notebook (lesson 00 says which one) goes by a rule: a reward is worth 0.8 of itself if it comes one step later,
# 0.64 two steps later, and so on. Take a guess. It is drawn into the answer, and comes back at the end.

# %%
lesson.ask("500 rewards", sum(0.8**step for step in range(500)), show=pictures.adding_up(0.8, steps=500))

# %% [markdown]
# ## 1. A return, with a pencil
# Take a world so small that a pencil can follow it. It has two states, A and B, and two actions, *wait* and *go*.
# Each arrow is an action, with the **reward** that it pays.

# %%
pictures.chain()

# %% [markdown]
# From the first step to the end is an **episode**. Go, go: the rewards are 1 and 2. Wait, go, go: they are 0, 1 and 2.
#
# What is an episode worth at its first step? Add up its rewards. But a reward that comes later counts less: each step
# of delay multiplies it by the [discount](glossary.md#discount) gamma (γ), a number from 0 to below 1. That sum is the
# [return](glossary.md#return).
#
# It is easiest from the end. The last reward is worth itself. One step earlier, the return is **the reward, plus gamma
# times the return of what follows**. All of this course stands on that sentence.


# %%
def discounted_return(rewards, gamma):
    worth = 0.0
    for reward in reversed(rewards):
        worth = reward + gamma * worth
    return worth


# %% [markdown]
# For go, go and gamma 0.9 that is 1 + 0.9 · 2 = 2.8. Now you, with a pencil:

# %%
lesson.ask("a short return", discounted_return([0, 1, 2], 0.9))

# %% [markdown]
# Waiting costs something, though no reward is lost. Without a discount both would be worth 3. Discounting says: sooner
# is better.
#
# ## 2. Discount, horizon, ceiling
# CartPole pays 1 for each step that the pole stays up. So a state is worth 1 + γ + γ² + …, up to the fall. If the
# pole never fell, that sum would be **1 / (1 − γ)**, the [ceiling](glossary.md#ceiling): no state is worth more.
#
# The same number, read in steps, is the [horizon](glossary.md#horizon). About so many steps ahead a reward still
# counts. It is no sharp edge. The last column says for how much a reward at the horizon counts.

# %%
for gamma in (0.5, 0.75, 0.9, 0.99):
    top = 1 / (1 - gamma)
    print(f"gamma {gamma:4}: ceiling {top:3.0f}, horizon {top:3.0f} steps, {gamma**top:.2f} there")

# %%
near, far = discounted_return([1] * 20, 0.8), discounted_return([1] * 500, 0.8)
lesson.ask("short and long", near=near, far=far, share=100 * (far - near) * (1 - 0.8))

# %% [markdown]
# Move gamma. On the left is what a later reward is worth now. On the right is what a state is worth, by the number of
# steps until the fall. Find a gamma that tells a fall in 20 steps clearly from a fall in 60.

# %%
Explorer(pictures.ceiling, gamma=(0.0, 0.98, 0.01, 0.5))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# With gamma 0.5 the right-hand curve is flat from some seven steps on: everything beyond looks the same. With 0.95 it
# still rises clearly between 20 and 60. So gamma decides how far the agent looks. Is more always better? A long
# horizon means larger values, which take longer to learn. Lesson 10 measures that.
# </details>
#
# ## 3. A table of values
# The [action value](glossary.md#action-value) Q(s, a) is the return to expect from state s if you take action a now,
# **and choose well afterwards**. It is not a score, and not a number of steps. For our world that makes four numbers:
# a table with a row for each state and a column for each action. In code both are counted from 0: Q(A, go) is `q[0, 1]`.
#
# Begin at the end, with gamma 0.9. Q(B, go) = 2: it pays 2, and nothing follows. Q(A, go) = 1 + 0.9 · 2 = 2.8: it pays
# 1 and leads to B, where the best action is worth 2. The rule is always the same: **the reward, plus gamma times the
# best value of the next state**.

# %%
lesson.ask("a wait", float(tables.true_values(0.9)[0, 0]))

# %% [markdown]
# A table like this is all that an agent needs. It looks up the row of the state that it is in and takes the action
# with the highest number. That is the [greedy policy](glossary.md#greedy-policy). In both states it goes.
#
# ## 4. A table that learns
# We filled in the table because we knew the world. An agent does not. All that it gets are
# [transitions](glossary.md#transition): in A I went, it paid 1, and now I am in B. So it starts with a table of made-up
# numbers and mends them, one transition at a time:
#
# 1. **What I thought.** The table's number for what I did.
# 2. **What I saw.** The reward that came, plus gamma times the table's best number for where I am now.
# 3. **A step towards it.** The number moves a part of the way from 1 to 2. That part is the **learning rate**.
#
# Let the made-up table be the following one.

# %%
q = tables.MADE_UP
print(tables.as_text(q))

# %% [markdown]
# In A we go. It pays 1 and leads to B, where the table's best number is 3. So we thought 2 and saw 1 + 0.9 · 3 = 3.7.

# %%
thought, saw, rate = q[0, 1], 1 + 0.9 * q[1].max(), 0.5
lesson.ask("one update", float(thought + rate * (saw - thought)), show=pictures.one_round(q, 0.9, rate))

# %% [markdown]
# What we saw is half seen and half believed: the reward is real, the rest is the table's own opinion. It is called the
# [TD target](glossary.md#td-target) (TD: temporal difference), and using one's own opinion in it is called
# [bootstrapping](glossary.md#bootstrapping). The 3 is wrong: waiting in B is worth 0.9 · 2 = 1.8. So our 2 moves
# towards something wrong. Yet the reward is a bit of truth, and it trickles from the end towards the beginning.
#
# The picture with your answer has all four transitions, a row each. Read its last row with care. *Go* in B **ended**
# the episode, so nothing follows, and what we saw is the reward alone. This is the **terminal cut**. The *next* column
# says B all the same, for an environment hands over an observation after the end, too, as CartPole shows you the fallen
# pole. Do not look it up: nothing follows.
#
# A word for the two ways in which an episode can stop. The pole falls: it is [terminated](glossary.md#terminated), and
# nothing follows. Or the time is up although the pole stands: it is [truncated](glossary.md#truncated). Then there
# would be more to come, and the target is not cut.
#
# ## 5. Again and again
# One round moves the table a little. Sixty rounds, and it should have found the true values. Two questions first.

# %%
lesson.ask("never settles", show=pictures.at_rate)

# %%
uncut = tables.repeat(0.5, 0.9, 1_000, terminal_cut=False)[-1]
lesson.ask("no cut", float(uncut[1, 1]), show=lambda guess: pictures.convergence(0.5, 0.9, False)[0])

# %% [markdown]
# Now look for yourself. Dotted lines are the true values. Raise the rate to its end. Untick the cut. And which of the
# four values comes last, and why?

# %%
rate, gamma = (0.05, 2.5, 0.05, 0.2), (0.0, 0.95, 0.05, 0.7)
Explorer(pictures.convergence, rate=rate, gamma=gamma, terminal_cut=True)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# The rate decides how fast the table moves, and above 2 it runs away. Q(B, go) arrives first: its target is the reward
# alone. Then come Q(A, go) and Q(B, wait), which look at it, and last Q(A, wait), which looks at Q(A, go). The truth
# travels backwards, one transition a round. This world holds no chance. Where chance is at work, each target is
# a little off in its own way, and a small rate averages over them. So rates like 0.1 are common.
# </details>
#
# ## 6. The same table on CartPole
# CartPole's state is four numbers: the cart's position and velocity, the pole's angle and its spin. A table has no
# row for 0.0273. So we cut each number into bins, and a row of the table becomes a **cell**: all states whose four
# numbers lie in the same bins.

# %%
lesson.ask("cells")

# %% [markdown]
# The cells are numbered, so an observation becomes a row of the table:

# %%
observation, _ = gym.make("CartPole-v1").reset(seed=0)
print(observation.round(3), "lies in cell", bins.cell(observation, 10))

# %% [markdown]
# The rest is what you know: gamma 0.98, rate 0.1, one update a step. The agent takes random actions at first, so that
# it sees something, and fewer later: their share is called [epsilon](glossary.md#epsilon), lesson 04's subject.
#
# 16 tables learn, each with another [seed](glossary.md#seed) and so with other chances. One run would be an
# [anecdote](glossary.md#anecdote). At 30 moments each one has an [examination](glossary.md#examination): it plays 100
# episodes without random actions, and the mean of their steps is its score. An episode stops at 500 steps, and a mean
# of 475 is what Gymnasium calls solved. The loop is compiled, which takes some seconds the first time.

# %%
learned = bins.learn(10)

# %% tags=["nbval-ignore-output"]
lesson.ask("sixteen tables", show=pictures.score(learned), **learned.told())

# %% [markdown]
# <details><summary>What you should find</summary>
#
# It learns: nobody told it how to balance, and a table of numbers balances. The mean takes 200,000 steps to get up
# there, more than an hour at CartPole's 50 steps a second, and then it wavers. The thin lines jump: one changed number
# can change what the greedy policy does in a cell that every episode crosses. The band is the 95 %
# [interval](glossary.md#interval) of the mean: of a hundred such bands, from a hundred other sets of seeds, about 95
# would hold the true mean. In text it stands in brackets, as in 134 [80, 189].
# </details>
#
# ## 7. What the bins cannot do
# Finer bins tell more states apart. They also make more cells: the number of bins to the fourth power. And each cell
# learns alone. What is learned in one tells its neighbour nothing, though the pole there leans hardly more. So let us
# also cut more coarsely, and more finely.

# %%
found = {n: learned if n == 10 else bins.learn(n) for n in (4, 7, 10, 14, 20)}

# %% tags=["nbval-ignore-output"]
lesson.ask("never seen", round(100 * learned.never.mean()), show=pictures.coverage(found))

# %% [markdown]
# See what a table has made of it. This is a cut through the middle: a cart near the centre that hardly moves.
# Somebody who balances would push towards the side to which the pole leans and turns. Does the table?

# %% tags=["nbval-ignore-output"]
Explorer(lambda table: pictures.plan(learned, table, 10), name="plan", table=(0, 15))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# In the middle, mostly. Further out, cells contradict their neighbours, and which ones do so differs from table to
# table. And a part was never seen. A pole that finds itself there meets a table of zeros.
# </details>
#
# And all this is for four numbers. A picture of 84 by 84 points, cut into only two shades, would need 2 to the power of
# 7,056 cells.
#
# What is missing is a thing that gives a value for *every* state, out of few numbers, so that what it learns in one
# state carries over to the states nearby. That thing is a **network**. Its update will be the one you know: what I
# thought, what I saw, a step towards it. Lesson 02 builds it. What carries over can also be wrong, and much of part two
# is about that.

# %% [markdown] tags=["side-road"]
# ### Dig deeper: SARSA, or what if the next action was not the best?
# A side road. The original names its agent `Sarsa`, and writes beside its memory: "A' is not passed in". What would passing it in
# change? Our update looks up the **best** number of the next state, whatever the agent does there. SARSA looks up the
# number of the action that the agent **took** there. Its name is what it needs: s, a, r, s′, a′.
#
# Section 4's table once more. In A we go. It pays 1 and leads to B, where the numbers are 3 for *wait* and 1 for *go*.
# There the agent happens to take *go*.

# %% tags=["side-road"]
lesson.ask("the action taken", float(1 + 0.9 * q[1, 1]), best=float(1 + 0.9 * q[1].max()))

# %% [markdown] tags=["side-road"]
# And the original? Its target is `self.model(batch_next_state).detach().max(1)[0]`: it takes the maximum. So, whatever
# its name, it is what you built: **Q-learning**. That learns what the greedy policy is worth, from an agent that also
# tries things, and so it is [off-policy](glossary.md#off-policy). SARSA learns what the acting agent is worth, random
# actions and all: it is [on-policy](glossary.md#on-policy).
#
# Both on CartPole's cells, with the settings from above. 64 tables of each were recorded, and 32 more from
# [seeds](glossary.md#held-out-seeds) that nobody had looked at before. Every table is examined twice at the end,
# without random actions, and with the 5 % of random actions that it trained with. SARSA learns for the second one.

# %% tags=["side-road"]
found = measured.measured("sarsa")
lesson.ask("SARSA", measured.winner(), show=measured.draw(found), **measured.told(found))

# %% [markdown] tags=["side-road"]
# <details><summary>What you should find</summary>
#
# The answer's numbers are without random actions. With 5 % of them left in, SARSA scores 100 steps less [60, 139], on
# the fresh seeds 134 [80, 189]. Its values are lower, as they should be: they count the random actions to come. Of a
# still and upright pole it says 37.8 [37.2, 38.4], Q-learning 43.8 [43.2, 44.4], and the ceiling is 50. Why it plays
# worse, this does not tell. Nor is it a law. Beside a cliff, where one random step is the end, SARSA keeps away from
# the edge, and earns more while it explores (Sutton and Barto, example 6.6).
# </details>

# %% [markdown]
# ## 8. Exercises
#
# Replace the `...` and run the cell. The check tells you what it expected and what came.
#
# ### 1.1 A table by pencil · ●○○ · 8 minutes
# A corridor with two rooms, L and M. In L, *left* ends the episode and pays 3; *right* leads to M and pays 0.
# In M, *left* leads to L and pays 0; *right* ends the episode and pays 4. Gamma is 0.5. Fill in the four
# action values: a row for L and one for M, each with the value of *left* and the value of *right*.


# %%
def corridor():
    return ...  # [[Q(L, left), Q(L, right)], [Q(M, left), Q(M, right)]]


check.corridor(corridor)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Two of the four end the episode, so they are worth their reward. For the other two, look for the best that the next
# room offers.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def corridor():
#     return [[3, 2], [1.5, 4]]
# ```
# </details>
#
# ### 1.2 A gamma for a horizon · ●○○ · 5 minutes
# You want an agent that looks `horizon` steps ahead. Which gamma has that horizon? The check says which horizon yours
# has.


# %%
def gamma_for(horizon):
    return ...


check.gamma_for(gamma_for)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The horizon is 1 / (1 − gamma). Solve it for gamma. For a horizon of 5 it must give 0.8.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def gamma_for(horizon):
#     return 1 - 1 / horizon
# ```
# </details>
#
# ### 1.3 One update of a table · ●●○ · 10 minutes
# Write section 4 as code. `table` is an array of shape (states, actions). In state `s` action `a` was taken; it paid
# `reward` and led to `next_s`, and `terminated` says whether that was the end. Return the table after the update, and
# leave the one that you were given as it is.


# %%
def table_update(table, s, a, reward, next_s, terminated, rate, gamma):
    return ...


check.table_update(table_update)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `new = table.copy()` first. Then `saw`: the reward, and gamma times `table[next_s].max()` unless it terminated. Only
# `new[s, a]` moves.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def table_update(table, s, a, reward, next_s, terminated, rate, gamma):
#     new = table.copy()
#     saw = reward if terminated else reward + gamma * table[next_s].max()
#     new[s, a] += rate * (saw - new[s, a])
#     return new
# ```
# </details>
#
# ### 1.4 Three broken tables · ●●○ · 5 minutes
# Each of these tables learned our world of A and B with gamma 0.9, and in each one thing is broken. Name it. The faults
# to choose from: `"rate too high"`, `"rate too low"`, `"no terminal cut"`, `"nothing but the reward"` (as if gamma
# were 0), `"reward left out"`. Return a dictionary: `{"left": ..., "middle": ..., "right": ...}`.

# %%
pictures.broken_tables()


# %%
def broken():
    return ...


check.broken(broken)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Look at where Q(B, go), which should be 2, ends in each panel, and then at Q(A, go).
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def broken():
#     return {"left": "rate too high", "middle": "no terminal cut", "right": "nothing but the reward"}
# ```
# </details>
#
# ### 1.5 What was shown · ●○○ · 4 minutes
# Sections 6 and 7 showed one of these sentences, and no other. Return its letter.
#
# - **a.** Cutting into 10 bins is the best way to cut CartPole.
# - **b.** Tables of 10 bins score higher after 300,000 steps than after 10,000, on average over 16 seeds.
# - **c.** A network learns CartPole sooner than a table.
# - **d.** After 300,000 steps each of the 16 tables of 10 bins keeps the pole up for 475 steps.


# %%
def what_was_shown():
    return ...  # "a", "b", "c" or "d"


check.what_was_shown(what_was_shown)

# %% [markdown]
# <details><summary>Hint</summary>
#
# For each sentence ask: was that thing run at all? For how many ways, and does it hold for each seed or for their mean?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def what_was_shown():
#     return "b"
# ```
# </details>
#
# ## 9. If you see this
#
# - **Values climb to the ceiling, even right before the end**: the terminal cut is missing.
# - **Values run away, past any ceiling**: the rate is too high (section 5). In a network there are more causes; see
#   lesson 08.
# - **All values are 0, and stay**: no reward has come yet. The truth starts at a reward and travels back from there.
# - **`IndexError` when you look up a cell**: a number lies outside its range. CartPole's velocities have no bound; put
#   what is outside into the outermost bin.
# - **The score falls although the table learned more**: one cell changed its mind. Look at more seeds before you blame
#   your code.
#
# ## 10. What to remember

# %%
lesson.done()

# %% [markdown]
# - A return is the reward plus gamma times the return of what follows. Where a step pays at most 1, it is at most
#   1 / (1 − γ).
# - An update: what I thought, what I saw, a step towards it. Where the episode terminated, what I saw is the reward alone.
# - A table learns, and each of its cells learns alone. Most cells of a fine table are never seen.
#
# Sources: Q-learning is from [Watkins and Dayan (1992)](https://doi.org/10.1007/BF00992698); returns and tables are in
# [Sutton and Barto (2018)](http://incompleteideas.net/book/the-book-2nd.html), chapters 3 and 6; CartPole in boxes is
# as old as Michie and Chambers (1968) and
# [Barto, Sutton and Anderson (1983)](https://doi.org/10.1109/TSMC.1983.6313077).
#
# Next: [02 · The network](02_network.ipynb).
