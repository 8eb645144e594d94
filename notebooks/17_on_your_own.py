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
# # 17 · On your own
#
# **You will write a deep Q-learning agent from an empty cell, carry it to other tasks, mend a broken one, and design an
# experiment that says no more than it measured.**
#
# | | |
# |---|---|
# | Read | 5 minutes |
# | Run | about 5 seconds, and a minute for each judgement |
# | Needs | lessons 00 to 08; 10 and 13 for the second commission; 12 and 16 for the last |
# | Gives | four commissions, and judges that look at what your code does |

# %%
from qlib.lessons.debugging import hunt
from qlib.lessons.lesson import Lesson
from qlib.lessons.on_your_own import experiment, judge, mending

lesson = Lesson("17_on_your_own")

# %%
lesson.again()

# %% [markdown]
# There is nothing to fill in here. Each commission is a sentence, an empty cell and a judge. How you write it is yours: no
# judge reads your code. Each of them runs it and looks at what it does.
#
# ## 1. An agent from an empty cell
#
# Write `train(env, seed)`. It lets an agent learn in `env` and returns a *policy*: a function that takes an observation
# and gives an action. Use PyTorch, NumPy, gymnasium, what you like, and nothing of `qlib`.
#
# - `env` is CartPole, as gymnasium has it, with one difference: it is *turned*. Its two actions may be swapped, and some of the four
#   numbers of an observation may have the other sign. You do not know which, and it is another turn for each seed. So only
#   what was learned in this `env` helps.
# - You have 30,000 steps in all, and 60 s of the processor's time for each seed. `env.steps_left` says what is left. Nobody
#   tells you to stop: return before they are spent.
# - The judge trains three agents, on seeds 1 to 3, and plays each policy from 40 starts. A mean of 475 or more on two of the three
#   passes.
#
# If you do not know where to begin: an online and a target network, a memory, an epsilon that falls, one update a
# step. You wrote each of them in lessons 02 to 06.


# %%
def train(env, seed): ...


# %% [markdown]
# Then let it be judged. Your code runs in a process of its own, with a limit on time and memory; the environment stays
# with the judge. If it fails, the judge says which of lesson 08's instruments looks wrong from outside.

# %%
# judge.cartpole(train)

# %% [markdown]
# Take the `#` away to run it. Each judgement has a number, which is drawn when your code is already running. With
# `judge.cartpole(train, number=...)` you meet the same turns and starts again.
#
# ## 2. The same agent elsewhere
#
# An agent that was made for one task knows more about it than you think: the scale of its observations, how long an
# episode is, how large a reward. Carry yours to two others. They are turned, too.
#
# | task | steps for each seed | processor's time | passes with |
# |---|---|---|---|
# | Acrobot-v1 | 40,000 | 120 s | -100 or better on two of three |
# | MountainCar-v0 | 100,000 | 240 s | -150 or better on two of three |

# %%
# judge.acrobot(train)

# %%
# judge.mountain_car(train)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Print what you see in some thousand random steps: the largest size of each number of an observation. On MountainCar a
# random player never reaches the flag: how does lesson 13 find it? Which rewards may you add without changing the best policy
# (lesson 10)?
# </details>
#
# ## 3. A repository with five mistakes
#
# Somebody's agent is in four short files: `network.py`, `memory.py`, `agent.py`, `train.py`. It raises no error, and it does
# not learn as it should. Five lines are wrong. Which five depends on the name that you give, so that your neighbour has others.

# %%
# mending.lay_out("your name")

# %% [markdown]
# This writes the folder `my_agent/repository`. Mend it there, in JupyterLab's editor, and ask the judge as often as you
# like. It asks the copy what its docstrings promise, with inputs that are drawn each time. A mended line is worth two
# points. A hint costs one.

# %%
# mending.judge()

# %%
# mending.hint()

# %% [markdown]
# ## 4. An experiment
#
# Take a claim, and find out. The plan comes first: which two variants, which seeds to look at, which seeds to confirm on, which end
# point. Then it is measured, once. Then you write one sentence.
#
# Choose one of twelve claims (`experiment.CLAIMS`): each brings its two variants, its end point and seeds 0 to 15. For
# a claim of your own see `experiment.plan?`.

# %%
for name, claim in experiment.CLAIMS.items():
    print(f"{name:10} {claim.sentence}")

# %% [markdown]
# (Huber's loss is the square for small errors and a straight line for large ones, so that a large error does not
# outweigh all others.)
#
# The held-out seeds are looked at once. Whoever looks, changes something and looks again has chosen on them: the judge
# says so, and you plan with other seeds from 5,000 up.

# %%
# plan = experiment.plan("double", held_out=range(6000, 6032))
# found = plan.run()
# found

# %% [markdown]
# What does it show? The verdict is "above", "below" or "open". The sentence is what you would write into a report, with its numbers.

# %%
# experiment.judge(found, "open", "On 16 seeds and 32 held-out ones ...")

# %% [markdown]
# The judge checks what can be checked: that the verdict is that of both sets of seeds, that each number was measured, that
# nothing is claimed beyond. What it cannot check, it asks.
#
# ## 5. A bug hunt
#
# Beside the commissions there is a game: each day one broken agent, from the drawer of lesson 08. Look at it with one
# instrument after the other, and say what is wrong with as few looks as you can. Your record is kept.

# %%
# case = hunt.today()
# case

# %%
# case.look("epsilon")

# %%
# case.guess("no terminal cut")

# %% [markdown]
# ## 6. If you see this
#
# | you see | the cause |
# |---|---|
# | "it was stopped after 60 s of the processor's time" | your code is slow: lesson 15. Or it trains longer than it must |
# | "it took 0 in its training" | your policy was not learned in `env` |
# | good in your own CartPole, bad in the judge's | yours is not turned: something in your code knows which way is left |
# | "The episode is over" | after `terminated` or `truncated` comes `env.reset()` |
# | "your code raised MemoryError" | a memory that is larger than it need be |

# %%
lesson.done()

# %% [markdown]
# ## 7. What to remember
#
# 1. What an agent does is what it is. Judge by behaviour, on starts that it has not seen.
# 2. A policy that was made elsewhere knows which way is left. Turn the world, and see whether it learned.
# 3. A plan that stands before the run is worth more than a good result that was looked for.
#
# **Sources.** [Henderson et al. 2018](https://arxiv.org/abs/1709.06560), deep reinforcement learning that matters.
# [Patterson et al. 2024](https://arxiv.org/abs/2304.01315), empirical design in reinforcement learning.
