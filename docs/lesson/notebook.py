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
# | Read | 2 minutes, and 5 for the exercises |
# | Run | about 5 seconds |
# | Needs | lesson 06: the TD target |
# | Gives | the return, and what gamma does to it |

# %%
import numpy as np

from qlib.lessons.lesson import Lesson
from qlib.lessons.my_topic import checks as check
from qlib.lessons.my_topic import pictures
from qlib.show.explorer import Explorer

lesson = Lesson("NN_my_topic")

# %%
lesson.again()

# %% [markdown]
# ## 1. The thing, one change at a time
# Define the one new thing, a number before a definition: a reward of 1 that comes at step 100 is worth $\gamma^{100}$
# today. Then ask what the reader can work out, and show it only after a guess. What is asked, and why the answer is so,
# stands in `qlib/lessons/my_topic/questions.py`.

# %%
worth = 0.99 ** np.arange(500)
lesson.ask("500 rewards", worth.sum())

# %% [markdown]
# Then a control to move, whose effect is seen at once. It starts where it shows no answer that is asked later.

# %%
Explorer(pictures.worth, gamma=(0.0, 0.99, 0.01, 0.5))

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

# %%
lesson.done()

# %% [markdown]
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
