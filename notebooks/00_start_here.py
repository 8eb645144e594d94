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
# # 00 · Start here
# You will watch an agent learn to balance a pole, and measure what it learned.
#
# | | |
# |---|---|
# | Read | 10 minutes |
# | Run | about 45 seconds |
# | Needs | nothing but this notebook |
# | Gives | a trained agent, and a map of the lessons |
#
# **The game.** A pole stands on a cart. At each step the cart is pushed to the left or to the right, so that the pole
# stays up. One try, from the start to the fall, is an *episode*; after 500 steps it is stopped. Who pushes is the
# *agent*: a program that can learn from its tries.
#
# **First a guess.** Run each cell with Shift+Enter. Lessons ask first and answer afterwards. Your guesses are kept in a
# folder on this machine, and the worst ones come back later. Nobody else sees them unless you hand that folder in.

# %%
import qlib
from qlib.lessons.lesson import Lesson
from qlib.show.training_panel import TrainingPanel

lesson = Lesson("00_start_here")
untrained = qlib.evaluate(qlib.QAgent(qlib.RECOMMENDED), episodes=100)
lesson.ask("untrained", mean=untrained.mean())

# %% [markdown]
# Now run this cell. Before you train anybody, press **Play yourself** and balance the pole with the arrow keys; you have
# three tries. Then press **Train**, and watch for half a minute.

# %%
panel = TrainingPanel(steps=15_000, speed="to watch")
panel

# %% [markdown]
# ## 1. What you see
# - **The cart** is pushed left or right at every step, 50 times a second. The pole has to stay up, and the cart between
#   the dashed lines. While it trains, the agent as it is at that moment plays here, without random actions.
# - **Action values** are what the agent expects of either push. It takes the higher one. Lesson 01 says what they are.
# - **Steps in the episode** is the score. An episode ends when the pole falls, when the cart leaves the track, or after
#   500 steps. Each dot is one episode of the training; the line is the mean of the last 20.
# - **Epsilon** is the chance that the agent tries a random action in training. It starts high, because an agent that
#   knows nothing has to try things.
#
# **Pause** stops the training, and the cart shows the agent of now. **Stop** ends it and keeps the agent; **Go on**
# continues. **Reset** begins again with an untrained agent. **Speed** goes from half a minute to as fast as it can.
#
# Things to try, while it trains or afterwards:
# - **Time machine.** Drag it, or use the arrow keys: the cart plays the agent of that moment of the training.
# - **Keep beside** holds one moment, and the time machine puts another one beside it. Both get the same start.
# - **Push** the pole: click beside it, or press **pole ↷**. **Tilt** the track. Nobody trained the agent for either.
#   Does it recover from a push? Section 2 measures how strong a push may be.
#
# ## 2. What came of it
# The next cell waits for the training to end. If you have not pressed Train, it starts the training for you.
# The square in the toolbar at the top stops the training as well, and keeps the agent.

# %%
await panel.finished()
panel.picture()

# %% [markdown]
# Three tries of yours against its training: where did it overtake you? If you did not play, your best counts as 20
# steps.

# %% tags=["nbval-ignore-output"]
best, when = panel.beaten()
steps = 15_000 if when is None else when
lesson.ask("beaten", steps, best=best, minutes=steps / 50 / 60)

# %% [markdown]
# Watching is not measuring, so let us measure. `qlib.evaluate` plays a hundred episodes without random actions, from
# starts that the agent never trained on, and gives one score for each. You have seen the curve and the cart: what will
# it say?

# %% tags=["nbval-ignore-output"]
trained = qlib.evaluate(panel.agent, episodes=100)
lesson.ask("trained", round(trained.mean()), before=untrained.mean(), worst=trained.min())

# %% [markdown]
# And the push? One push of yours adds 0.6 rad/s (radians a second) to the speed at which the pole turns. The next cell
# pushes once in each episode, at step 100. For each strength it plays 200 episodes: 100 with a push to the right, 100
# with one to the left.

# %% tags=["nbval-ignore-output"]
from qlib.lessons.start_here.pushed import Pushed

pushed = Pushed(panel.agent)
lesson.ask("pushed", pushed.enough, show=pushed.picture(), once=pushed.once, **pushed.sides)

# %% [markdown]
# This is one run with one [seed](glossary.md#seed), the number from which all its chances are drawn: an anecdote, not
# yet a result. Another seed learns sooner or later than this one. Try it: change the panel's cell to
# `TrainingPanel(steps=15_000, seed=1, speed="faster")`. Lesson 16 shows how to compare runs fairly.
#
# ## 3. Where this comes from
# The lessons grew out of one notebook, which they call **the original notebook**: a learner's first deep Q-learning agent
# on this game, which trained for 2 h 13 min, with rules of thumb such as "the catastrophe clause" and "carrot and
# stick". Its questions are good, some of its answers are mistakes that raise no error, and each lesson tests a few.
#
# ## 4. The lessons
# Take them in order, or open the one whose question is yours. Words that are linked, such as
# [epsilon](glossary.md#epsilon), are explained in the [glossary](glossary.md). What became of the original's opinions
# stands in [the claims](claims.ipynb): look there last, it gives answers away.
#
# | lesson | what you can do afterwards |
# |---|---|
# | **Part one: your agent** | |
# | **00 Start here** | find your way around |
# | [01 What is an action worth?](01_action_values.ipynb) | work out with a pencil what an action is worth, and make a table learn it |
# | [02 The network](02_network.ipynb) | build the network, count its parameters, say what goes in and comes out |
# | [03 Tensor shapes](03_tensor_shapes.ipynb) | predict the shape of every tensor, and find a bug that raises no error |
# | [04 Choosing actions](04_choosing_actions.ipynb) | write epsilon-greedy, and draw its decay before you run it |
# | [05 Replay memory](05_replay_memory.ipynb) | say why transitions are shuffled, and what a batch is made of |
# | [06 One update](06_one_update.ipynb) | write the update line by line, and balance the pole with code of your own |
# | [07 Full training](07_full_training.ipynb) | train the whole thing, change it while it runs, save it and go on |
# | **Part two: what goes wrong** | |
# | [08 Debugging an update](08_debugging.ipynb) | find a silent mistake from its symptoms, with probes and one-line diagnostics |
# | [09 The catastrophe](09_catastrophe.ipynb) | know where gradients must stop, and what `no_grad`, `eval` and a target network change |
# | [10 Carrot and stick](10_carrot_and_stick.ipynb) | shape a reward, and know what that changes in silence |
# | [11 Normalisation](11_normalisation.ipynb) | choose how to scale observations, and say why |
# | [12 Forgetting and memory](12_forgetting_and_memory.ipynb) | test what warns of forgetting, and measure which remedy works |
# | **Part three: further** | |
# | [13 Sparse rewards](13_sparse_rewards.ipynb) | see a sparse reward make learning a matter of luck, and what helps |
# | [14 From images](14_from_images.ipynb) | train the same agent from pixels, and know what one frame hides |
# | [15 Why so slow?](15_why_so_slow.ipynb) | find where the time goes, and get it back |
# | [16 Results](16_results.ipynb) | put your run beside others', with intervals |
# | [17 On your own](17_on_your_own.ipynb) | write an agent from an empty cell, mend a broken one, design an experiment |
#
# ## 5. How far you are
# This reads your own files. Run it whenever you come back.

# %% tags=["nbval-ignore-output"]
from qlib.lessons import progress

progress.Overview()

# %% [markdown]
# What you passed and guessed is kept in the folder `my_agent`, beside this notebook. To begin a lesson again, or all of
# them, make a cell with one of these lines:
#
# ```python
# progress.begin_again("01_action_values")
# progress.begin_again()
# ```
#
# ## 6. Is everything installed?

# %%
from qlib.lessons.start_here import installation

print(installation.check())

# %% [markdown]
# ## 7. If you see this
# - **A picture that does nothing instead of the panel.** The notebook was opened without a running kernel, on GitHub
#   for example. Open it in JupyterLab and run the cell.
# - **`ModuleNotFoundError: No module named 'qlib'`.** The kernel is not the one of this project. Start JupyterLab with
#   `make lab`, or choose *Kernel → Change Kernel*.
# - **`This panel was replaced when its cell ran again`.** A variable still holds the former panel. Run the cells below
#   the panel again.
# - **The mean falls although the agent was good.** It forgot. That is common, and lesson 12 is about it.
#
# ## 8. What to remember

# %%
lesson.done()

# %% [markdown]
# - An agent learns from its own attempts: it is never shown how to balance.
# - Epsilon trades trying new things against using what is known.
# - Watching shows that something happens. Only measuring shows how much.
#
# Sources: the cart and pole are [Gymnasium's
# CartPole-v1](https://gymnasium.farama.org/environments/classic_control/cart_pole/), after [Barto, Sutton and Anderson
# (1983)](https://doi.org/10.1109/TSMC.1983.6313077); the method is that of [Mnih et al.
# (2015)](https://doi.org/10.1038/nature14236).
#
# Next: [01 · What is an action worth?](01_action_values.ipynb).
