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
# Run the cell below with Shift+Enter, press **Train**, and watch an agent learn to balance a pole.
# **Before you run, predict:** for how many steps does the pole stay up before any training?

# %%
from qlib.show.training_panel import TrainingPanel

panel = TrainingPanel(steps=15_000)
panel

# %% [markdown]
# | | |
# |---|---|
# | Read | 5 minutes |
# | Run | about 30 seconds |
# | Needs | nothing but this notebook |
# | Gives | a trained agent, and a map of the lessons |
#
# ## 1. What you see
# - **The cart** is pushed left or right at every step. It has to keep the pole up and stay between the dashed lines.
#   What you watch is the agent at its best so far: it always takes the action that it thinks is better.
# - **Steps in the episode** is the score. An episode ends when the pole falls, the cart leaves the track, or the time
#   is up. Each dot is one episode; the line is the mean of the last episodes.
# - **Epsilon** is the chance that the agent tries a random action instead. It starts high, because an agent that knows
#   nothing has to try things.
#
# **Pause** holds everything still. **Stop** ends the training and keeps the agent; **Go on** continues with it.
# **Reset** begins again with an untrained agent.
#
# ## 2. What came of it
# The next cell waits for the training to end. If you have not pressed Train, it starts the training for you.
# The square in the toolbar at the top stops the training as well, and keeps the agent.

# %%
await panel.finished()
panel.picture()

# %% [markdown]
# Was your guess near? Watching is not measuring, so let us measure. `qlib.evaluate` plays a hundred episodes without
# random actions, from starts that the agent never trained on. It gives one score for each.

# %%
import qlib

untrained = qlib.evaluate(qlib.QAgent(qlib.RECOMMENDED), episodes=100)
trained = qlib.evaluate(panel.agent, episodes=100)

# %% tags=["nbval-ignore-output"]
print(f"untrained: {untrained.mean():5.1f} steps on average, {untrained.max():.0f} at most")
print(f"trained:   {trained.mean():5.1f} steps on average, {trained.max():.0f} at most")

# %%
print("The trained agent lasts at least five times as long:", trained.mean() >= 5 * untrained.mean())

# %% [markdown]
# This is one run with one seed: an anecdote, not yet a result. Another seed learns sooner or later than this one.
# Try it: change the cell at the top to `TrainingPanel(steps=15_000, seed=1)`. Lesson 16 shows how to compare runs
# fairly.
#
# ## 3. The lessons
# Take them in order, or open the one whose question is yours.
#
# | | what you can do afterwards |
# |---|---|
# | **00 Start here** | find your way around |
# | [01 What is an action worth?](01_action_values.ipynb) | work out with a pencil what an action is worth, and make a table learn it |
# | [02 The network](02_network.ipynb) | build the network, count its parameters, say what goes in and comes out |
# | [03 Tensor shapes](03_tensor_shapes.ipynb) | predict the shape of every tensor, and find a bug that raises no error |
# | [04 Choosing actions](04_choosing_actions.ipynb) | write epsilon-greedy, and draw its decay before you run it |
# | [05 Replay memory](05_replay_memory.ipynb) | say why transitions are shuffled, and what a batch is made of |
# | [06 One update](06_one_update.ipynb) | write the update line by line, and check it against the equation |
# | [07 Full training](07_full_training.ipynb) | train the whole thing, change it while it runs, save it and go on |
# | [09 The catastrophe](09_catastrophe.ipynb) | know where gradients must stop, and test whether any instrument sees forgetting coming |
# | [10 Carrot and stick](10_carrot_and_stick.ipynb) | shape a reward, and know what that changes in silence |
# | [11 Normalisation](11_normalisation.ipynb) | choose how to scale observations, and say why |
# | [12 Forgetting and memory](12_forgetting_and_memory.ipynb) | measure what forgetting costs, and which remedy works |
# | [13 Prioritized replay](13_sparse_rewards.ipynb) | see a sparse reward defeat the agent, and what helps |
# | [15 Why so slow?](15_why_so_slow.ipynb) | find where the time goes, and get it back |
# | [16 Results](16_results.ipynb) | put your run beside others', with intervals |
#
# ## 4. Is everything installed?

# %%
from qlib.lessons.start_here import installation

print(installation.check())

# %% [markdown]
# ## 5. If you see this
# - **A line of text instead of the panel.** The notebook was opened without a running kernel, on GitHub for example.
#   Open it in JupyterLab and run the cell.
# - **`ModuleNotFoundError: No module named 'qlib'`.** The kernel is not the one of this project. Start JupyterLab with
#   `make lab`, or choose *Kernel → Change Kernel*.
# - **`This panel was replaced when its cell ran again`.** A variable still holds the former panel. Run the cells below
#   the panel again.
# - **The mean falls although the agent was good.** It forgot. That is common, and lessons 09 and 12 are about it.
#
# ## 6. What to remember
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
