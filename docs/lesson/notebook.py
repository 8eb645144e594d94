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
# # NN · My topic
#
# **You will say what rewards to come are worth today.** (One sentence: what the reader can do afterwards.)
#
# | | |
# |---|---|
# | Read | 20 minutes, and 5 for the exercises |
# | Run | about 5 seconds |
# | Needs | lesson 06: the TD target |
# | Gives | the return, and what gamma does to it |

# %%
import numpy as np

from qlib.lessons.my_topic import checks as check
from qlib.lessons.my_topic import pictures
from qlib.show.explorer import Explorer

# %% [markdown]
# ## Before you run: predict
#
# One question that the reader answers before anything runs. **A reward of 1 comes at each of 500 steps, and gamma is
# 0.99. Is the return nearer to 500, to 100 or to 1?** Write your number down.
#
# ## 1. The thing, one change at a time
# Define the one new thing in a cell of at most some 15 lines, and show that it does what qlib's does.

# %%
rewards = np.ones(500)
print("the return:", (0.99 ** np.arange(500) @ rewards).round(1))

# %% [markdown]
# Then a control to move, whose effect is seen at once.

# %%
Explorer(pictures.worth, gamma=(0.0, 0.99, 0.01, 0.9))

# %% [markdown]
# ## 2. Exercises
#
# Replace the `...` and run the cell. The check tells you what it expected and what came.
#
# ### NN.1 The return · ●○○ · 5 minutes
# `rewards` has shape `(T,)`. Return what they are worth at the first step: the sum of $\gamma^t r_t$, $t$ from 0.


# %%
def discounted_return(rewards, gamma):
    return ...


check.discounted_return(discounted_return)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `gamma ** np.arange(len(rewards))` gives each reward's factor.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def discounted_return(rewards, gamma):
#     return (gamma ** np.arange(len(rewards)) * rewards).sum()
# ```
# </details>
#
# ## 3. If you see this
#
# | you see | the cause |
# |---|---|
# | an error message or an odd curve that readers meet here | its cause, and what to do |
#
# ## 4. What to remember
#
# 1. Three lines.
# 2. The second.
# 3. The third.
#
# **Sources.** Sutton and Barto, *Reinforcement Learning*, 2nd edition, section 3.3 (returns).
