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
# # 16 · Results
#
# **You will put four recipes and your own agent side by side, say how sure the difference is, and see what reproduces
# and what does not.**
#
# | | |
# |---|---|
# | Read | 25 minutes, and 30 for the exercises |
# | Run | about 10 seconds |
# | Needs | lesson 07, an agent of your own (optional); lesson 12, the two ways to flatter |
# | Gives | a table in which every row is computed, and the way on to other libraries |

# %%
from inspect import getsource
from pathlib import Path

import numpy as np
import torch

import qlib
from qlib.lessons.lesson import Lesson
from qlib.lessons.results import checks as check
from qlib.lessons.results import claims, measured, pictures
from qlib.lessons.results.own import beside, mine_or_new
from qlib.lessons.results.recipes import paper
from qlib.show.explorer import Explorer
from qlib.show.findings import Findings
from qlib.show.fold import Fold
from qlib.show.picture import moving_mean
from qlib.show.table import Table
from qlib.study.statistics import mean_interval, share_interval

torch.set_num_threads(1)  # one core is quicker for networks this small
lesson = Lesson("16_results")

# %%
lesson.again()

# %% [markdown]
# ## 1. One run
# The original notebook ends with two pictures, "my result" and "research paper result": one run each. Lesson 15 recorded
# what one run is worth. The very same settings and the same [seed](glossary.md#seed), on two machines:

# %%
first, second = measured.whole_runs()
print(f"greedy score at the end: {first['score']} on one machine, {second['score']} on the other")

# %% [markdown]
# A digit that was rounded otherwise made the difference. A new seed changes much more than a digit. Sixteen seeds of these
# settings were recorded on one machine, half as long, and each was scored at its end.

# %%
original = measured.measured("recipes")["original"][:, -1]
lesson.ask("sixteen ends", original.max() - original.min(), low=original.min(), high=original.max())

# %% [markdown]
# **One run is an [anecdote](glossary.md#anecdote).** This lesson is about what to do instead.
#
# ## 2. Four recipes
# | recipe | what it is |
# |---|---|
# | original | the notebook: 40 updates a step, gamma 0.8, stick −10, no target network, no terminal cut |
# | lecture | lecture notes that the original took numbers from: explore for a tenth without learning, learn until seven tenths, then only act |
# | paper | Kumar 2020: 24-24 units, memory 2,000, batches of 24, gamma 0.95, stick −100, a soft update of 0.1 each episode |
# | recommended | `qlib.RECOMMENDED` |
#
# Each gets 50,000 environment steps and 16 seeds, and is [examined](glossary.md#examination) 20 times. That takes more
# than an hour, so it is recorded. (`measured.measured("recipes", again=True)` measures it anew.)
#
# <details><summary>What we had to choose</summary>
#
# For the original 50,000 steps are about half of its 1,000 episodes. The *lecture* takes the original's other settings,
# and its shares are shares of steps. The *paper* gets a learning rate of 0.001 and an epsilon that falls to 0.05 over 50
# episodes. Its author's public script lets epsilon fall by 1 % a training step, to 0.01: that was not measured. Two of
# the recipes need a few lines of their own, beside a `Settings`: they stand in `qlib/lessons/results/recipes.py`, and the
# paper's below.
# </details>

# %%
Fold("The paper's training: an update of the target network each episode", getsource(paper).splitlines())

# %% [markdown]
# A recipe counts as solving CartPole where its greedy score at the end is at least 475, the bar of CartPole-v1.

# %%
result = measured.measured("recipes")
ends = result.final()
lesson.ask("original at the end", ends["original"].mean(), interval=mean_interval(ends["original"]))

# %%
ever = (result["paper"].max(1) >= 475).sum()
lesson.ask("paper solves", (ends["paper"] >= 475).sum(), show=result.plot(), ever=ever)

# %% [markdown]
# The recipes have the same number of environment steps, and not the same work: the original and the lecture make 40
# updates a step, the two others one. The lecture's curve is level from 35,000 steps on by construction: from there it
# only acts.
#
# ## 3. How sure is that?
# Three ways to say it, the first two as in [Agarwal et al. 2021](https://arxiv.org/abs/2108.13264).
#
# The **interquartile mean** averages the middle half of the seeds. It bears a few odd runs, and uses more of the data
# than the median does. The **probability of improvement**: take one seed of each, how often does the first end higher?
# A tie counts half. And the **[interval](glossary.md#interval)**: made so that in 95 of 100 such experiments it holds
# the true mean. (Theirs is a bootstrap; ours is Student's, and Wilson's for shares.)

# %%
middle = result.interquartile_mean()
Table(*(f"{label:12} middle half {middle[label]:.0f}" for label in result.labels))

# %% [markdown]
# Look at the last row: a middle half of 500. And its mean has no interval: more than half of the seeds tie at 500. Then the
# mean hangs on the few others, and of those the next sixteen seeds may hold more, or none. A *share* of seeds can be told.

# %%
solved = int((ends["recommended"] >= 475).sum())
told = {"mean": mean_interval(ends["recommended"]), "share": share_interval(solved, 16)}
lesson.ask("no width", 16 - solved, **told)

# %% [markdown]
# A mean does not say where the seeds are, either. A **performance profile** does: for each score the share of seeds that
# get there. Its band holds the *whole* true curve in 95 of 100 such experiments. So you may search it for the place where
# two recipes differ.

# %%
apart = measured.where_they_part(ends["recommended"], ends["original"])
paper_apart = measured.where_they_part(ends["recommended"], ends["paper"])
named = {label: measured.solved(ends[label]) for label in ("recommended", "paper")}
three = {label: ends[label] for label in ("original", "paper", "recommended")}
lesson.ask("bands part", apart[0], pictures.profiles(three), n=len(paper_apart), **named)

# %%
better = {label: result.improvement("recommended", label) for label in result.labels[:3]}
lesson.ask(
    "one seed of each", better["paper"].value, chance=better["paper"], original=better["original"]
)

# %% [markdown]
# All this is on 16 seeds, on which we looked around. Here is each recipe against the original, on them and on 32
# [held-out](glossary.md#held-out-seeds) ones.

# %%
Findings(measured.RECORDS.claims("recipes"))

# %% [markdown]
# The paper's recipe and the recommended one are **shown** to be better than the original's settings, the lecture's is
# not. On the held-out seeds the recommended recipe ends solved on 30 of 32, the paper's on 8, the lecture's on 2, and the
# original's on 1. And with 32 seeds the bands are narrower: there the recommended recipe's parts from the paper's, too,
# from a score of 279 on.
#
# Now flatter. Choose the statistic and the seeds, and try to bring the paper's recipe level with the recommended one.

# %%
variants = {label: result[label] for label in result.labels}


def rank(statistic, seeds, first):
    return pictures.ranking(variants, statistic, seeds, first)


Explorer(rank, statistic=list(pictures.STATISTICS), seeds=(1, 16, 1, 16), first=(0, 15))

# %% [markdown]
# How easy is it to be fooled without wanting to? Take a few neighbouring seeds, from each of the 16 places to begin.

# %%
picture, level = pictures.fooled(ends["recommended"], ends["paper"])
lesson.ask("fooled by one", level[1], show=picture, four=level[4])

# %% [markdown]
# The other way to flatter is the best of all [checkpoints](glossary.md#checkpoint): each seed's highest score, whenever
# it came.

# %%
gain = {label: mean_interval(result[label].max(1) - ends[label]) for label in result.labels}
lesson.ask("best checkpoint", gain["paper"].value, paper=gain["paper"], original=gain["original"])

# %% [markdown]
# *Diagnostic:* ask how many seeds there were, and whether the checkpoint was chosen before or after it was seen.

# %%
Fold("All numbers of the recipes", repr(result).splitlines())

# %% [markdown]
# ### How many seeds for which effect?
# Now plan one. In lesson 10 a stick of −10 at gamma 0.99 changed the score over training by 42 steps [23, 60], on 128
# seeds. Take these seeds for the truth. Somebody else asks the same, and has 16 seeds.

# %%
effect = measured.stick_effect()
found_it = 100 * measured.chance_to_find(effect, 16)
lesson.ask("sixteen find it", found_it, show=Table(*measured.power_rows(effect)))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Sixteen seeds miss it about twice in three times. To see an effect half as large you need four times as many seeds: that
# is the square root in every interval. So decide before you run which effect would matter to you, and take as many seeds
# as it needs. "Open" on sixteen seeds says of 42 steps nothing at all.
# </details>

# %% [markdown]
# ## 4. Your run beside them
# Did you press **Save** in the panel of lesson 07, and keep the name `my_agent.safetensors`? Then your agent is loaded
# here and plays the same starts. (Another name? Change `MY_RUN`.) If not, one is trained now, for a second.

# %%
MY_RUN = Path("my_agent.safetensors")
mine, name = mine_or_new(MY_RUN)
own = qlib.evaluate(mine, 20).mean()

# %% tags=["nbval-ignore-output"]
beside(result, mine.steps, own, name)

# %% tags=["nbval-ignore-output"]
pictures.among(result.steps, variants, (mine.steps, own, name))

# %% [markdown]
# It is one star among bands: one seed. It says where *this* agent stands, and little about the settings that made it.
#
# ## 5. What reproduces, and what does not
# First the paper's own task. CartPole-v0 ends at 200 steps and counts as solved when the mean of 100 episodes reaches 195.
# The paper adds one thing after the other: Double DQN, then a **dueling** network, then prioritized replay.
# Its abstract claims that DQN *with prioritized replay* does best of all, and solves the task within 150 episodes.
#
# <details><summary>What a dueling network is</summary>
#
# It estimates the value of the state and the *advantage* of each action apart, and adds them up: `value + advantage −
# advantage.mean()`. The mean is subtracted because otherwise a constant could wander between the two. `Dueling` in
# `recipes.py` has it in six lines. Our prioritized variant has it as well.
# </details>

# %%
returns = measured.measured("returns")  # (seeds, episodes) of each variant
after = claims.episodes_needed(returns)
within = {label: (episodes <= 150).sum() for label, episodes in after.items()}

# %%
solved = np.isfinite(after["+ prioritized"]).sum()
lesson.ask("within 150", within["+ prioritized"], show=pictures.solved(after, 300), solved=solved)

# %% [markdown]
# Mind the moving mean behind such a count. The original's plot began its mean with *zeros* for the first 99 episodes.
# Here is one that does so, beside `moving_mean`, whose first means are means of what there is.


# %%
def with_zeros(row, window=100):
    return np.concatenate([np.zeros(window - 1), moving_mean(row, window)[window - 1 :]])


row = returns["DQN"][0]
lesson.ask(
    "zeros",
    moving_mean(row, 100)[49],
    show=pictures.two_means(row, with_zeros(row)),
    known=pictures.returns_alone(row),
)

# %% [markdown]
# The zeros are the silent mistake of this lesson. *Diagnostic:* the first mean must be the first return. For a verdict
# even a whole mean is not enough: after a lucky start it says too much. So a run counts as solved only from episode 100
# on.
#
# Does prioritized replay help here? There are two ways to ask. How **soon** is a run solved: take a run of each, how
# often does the later variant need fewer episodes? And how **high** is the mean of its last 100 episodes?

# %%
added = claims.additions()
sooner, higher = (added[f"+ prioritized against DQN: {name}"] for name in ("sooner", "higher"))
shown = [word for word, one in (("soon", sooner), ("high", higher)) if one.verdict() == "above"]
lesson.ask(
    "two measures",
    " and ".join(shown) or "neither",
    show=claims.drawn(added),
    sooner=sooner,
    higher=higher,
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Two measures, two answers, on these seeds and on 32 [held-out](glossary.md#held-out-seeds) ones. Which of the two is
# *the* result? The one that was named before anybody looked, and that is the paper's: how soon. Whoever chooses
# afterwards can have either. And mind what was added: three things. Prioritized replay *alone*, against the variant
# before it, is sooner with 0.75 and 0.72. But these are eight comparisons, and after the
# [correction](glossary.md#false-discovery-rate) for their number that is open. Lesson 13's control is missing, too, a
# memory of priorities that draws all alike. So this does not say that it was the priorities.
# </details>

# %% [markdown]
# Now nine claims. "Solves" means: more than half of the seeds end at 475 or more; for the paper's task, that they are
# solved in time. "Yes" and "no" are what both sets of seeds say, these 16 and 32 held-out ones; "not shown" is the rest,
# and what the correction takes away. The original is at half of its run.

# %%
rows = claims.verdicts()
lesson.ask("nine claims", sum(says == "yes" for _, says, *_ in rows), show=claims.table(rows))

# %% [markdown]
# All this is about *these* settings. What a paper leaves open, we filled in, and another choice may do better. That is
# itself a finding: **a recipe that leaves things open cannot be reproduced, only tried.**
#
# And the recommended settings? They were chosen by us, on this task, by measurements like these. A run that goes on
# longer may still forget. Here is the unluckiest of the 16, at all its examinations.

# %%
recommended = result["recommended"]
pictures.one_seed(result.steps, recommended[recommended[:, -1].argmin()])

# %% [markdown]
# ## 6. Where to go next
# You know every part. A near relative of `RECOMMENDED` in three libraries, without our scaling, falling rate and weight
# decay, is in the fold. Read each and name the parts.
#
# <details><summary>The same agent in Stable-Baselines3, CleanRL and TorchRL</summary>
#
# What else differs: Stable-Baselines3 takes the Huber loss and clips the gradient's norm, CleanRL's network has 120 and
# 84 units, and neither has Double DQN.
#
# | here | Stable-Baselines3 | CleanRL | TorchRL |
# |---|---|---|---|
# | `hidden` | `net_arch` in `policy_kwargs` | in the file, 120 and 84 | `num_cells` |
# | `memory_size` | `buffer_size` | `--buffer-size` | `LazyTensorStorage` |
# | `learning_starts` | `learning_starts` | `--learning-starts` | `init_random_frames` |
# | a hard target, `target_every` (updates) | `target_update_interval` (environment steps) | `--target-network-frequency` (environment steps) | `HardUpdate` (calls of `step`) |
# | a soft target, `tau` | `tau` | `--tau` | `SoftUpdate` |
# | `epsilon_end`, and how long until then | `exploration_final_eps`, `exploration_fraction` | `--end-e`, `--exploration-fraction` | `EGreedyModule` |
# | `updates_per_step` | `gradient_steps` | 1 each `--train-frequency` steps | your loop |
# | `double` | none | none | `double_dqn` |
#
# **Stable-Baselines3**: robust implementations behind one interface. Our tests run these lines.
#
# ```python
# from stable_baselines3 import DQN
#
# model = DQN(
#     "MlpPolicy",
#     "CartPole-v1",
#     policy_kwargs={"net_arch": [64, 64]},
#     learning_rate=2e-3,
#     buffer_size=50_000,
#     learning_starts=500,
#     batch_size=64,
#     gamma=0.998,
#     train_freq=1,
#     gradient_steps=1,
#     tau=0.05,
#     target_update_interval=1,
#     exploration_fraction=0.2,
#     exploration_final_eps=0.05,
#     seed=0,
# )
# model.learn(total_timesteps=20_000)
# action, _ = model.predict([0.0, 0.0, 0.02, 0.0], deterministic=True)
# ```
#
# **CleanRL**: one file an algorithm, made to be read from top to bottom. Written from its documentation; our tests do
# not run it.
#
# ```sh
# python cleanrl/dqn.py --env-id CartPole-v1 --total-timesteps 20000 \
#     --learning-rate 2e-3 --learning-starts 500 --batch-size 64 \
#     --buffer-size 50000 --gamma 0.998 --train-frequency 1 \
#     --tau 0.05 --target-network-frequency 1 \
#     --exploration-fraction 0.2 --end-e 0.05
# ```
#
# **TorchRL**: parts to be put together, close to PyTorch. Written from its documentation; our tests do not run it.
#
# ```python
# import torch
# from tensordict.nn import TensorDictSequential
# from torchrl.envs import GymEnv
# from torchrl.modules import MLP, EGreedyModule, QValueActor
# from torchrl.objectives import DQNLoss, SoftUpdate
#
# env = GymEnv("CartPole-v1")
# relu = torch.nn.ReLU  # else: Tanh
# network = MLP(in_features=4, out_features=2, num_cells=[64, 64], activation_class=relu)
# actor = QValueActor(network, in_keys=["observation"], spec=env.action_spec)
# greedy = EGreedyModule(env.action_spec, annealing_num_steps=4_000, eps_end=0.05)
# explore = TensorDictSequential(actor, greedy)
# loss = DQNLoss(actor, action_space=env.action_spec, delay_value=True, double_dqn=True)
# loss.make_value_estimator(gamma=0.998)
# target = SoftUpdate(loss, tau=0.05)  # after each update: target.step()
# data = env.rollout(200, explore)  # collect, store, then loss(data)["loss"].backward()
# explore[-1].step(data.numel())  # leave it out, and epsilon stays at 1, without an error
# ```
# </details>
#
# ## 7. Exercises
# Replace the `...` and run the cell.
#
# ### 16.1 Probability of improvement · ●●○ · 6 minutes
# `ours` and `theirs` are final scores, arrays that need not be of one length. How likely is it that one of ours ends
# above one of theirs? A tie counts half.


# %%
def improvement(ours, theirs):
    return ...


check.improvement(improvement)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `ours[:, None] > theirs` compares each with each: shape (ours, theirs). Here a broadcast is what you want.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def improvement(ours, theirs):
#     wins = ours[:, None] > theirs
#     ties = ours[:, None] == theirs
#     return (wins + 0.5 * ties).mean()
# ```
# </details>
#
# ### 16.2 The middle half · ●○○ · 5 minutes
# Average the middle half of the final scores. Their number is divisible by four.


# %%
def middle_half(scores):
    return ...


check.middle_half(middle_half)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.sort`, then leave `len(scores) // 4` out at each end.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# import numpy as np
#
# def middle_half(scores):
#     quarter = len(scores) // 4
#     return np.sort(scores)[quarter : len(scores) - quarter].mean()
# ```
# </details>
#
# ### 16.3 Find the bug: a mean that begins with zeros · ●●○ · 8 minutes
# This moving mean begins with values that nobody measured. Mend it: the first means are means of what there is.
#
# ```python
# def broken(returns, window):
#     full = [returns[i : i + window].mean() for i in range(len(returns) - window + 1)]
#     return np.concatenate([np.zeros(window - 1), full])
# ```


# %%
def mended_mean(returns, window):
    return ...


check.moving_mean(mended_mean)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The mean at i takes `returns[max(0, i - window + 1) : i + 1]`.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# import numpy as np
#
# def mended_mean(returns, window):
#     return np.array([returns[max(0, i - window + 1) : i + 1].mean() for i in range(len(returns))])
# ```
# </details>
#
# ### 16.4 Find the bug: who is compared with whom? · ●●○ · 6 minutes
# `ours` and `theirs` give a score for each seed: {seed: score}. Some seeds failed to run. This report raises no error.
# Mend it: the mean difference over the seeds that both have.
#
# ```python
# def broken(ours, theirs):
#     return np.mean(list(ours.values())) - np.mean(list(theirs.values()))
# ```


# %%
def mended_difference(ours, theirs):
    return ...


check.paired(mended_difference)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Go through the seeds of the one, and take those that are `in` the other.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# import numpy as np
#
# def mended_difference(ours, theirs):
#     return np.mean([ours[seed] - theirs[seed] for seed in ours if seed in theirs])
# ```
# </details>
#
# ### 16.5 What was shown? · ●●○ · 5 minutes
# Which of these sentences does this lesson support? Return their letters, such as `"AB"`.
#
# - A: On these 16 seeds and 50,000 steps, one seed of the recommended recipe is more likely to end above one of the
#   paper's than below it.
# - B: The paper's results are wrong.
# - C: The recommended recipe solves CartPole on every seed.
# - D: Solved soonest and highest at the end are two measures, and here they do not give the same answer.
# - E: Choosing each seed's best checkpoint makes the original look more than 200 steps better than its end.
# - F: Double DQN does nothing: its interval holds one half.


# %%
def what_was_shown():
    return ...


check.what_was_shown(what_was_shown)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three hold. For each of the others: one seed below 475, an open interval, and what was filled in.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def what_was_shown():
#     return "ADE"
# ```
# </details>
#
# ## 8. If you see this
#
# | you see | the cause |
# |---|---|
# | the same settings and seed end elsewhere on another machine | rounding: one bit in one update is another run. Compare over seeds |
# | "1 sample has no interval" | one seed is an anecdote: take 16 |
# | P near 0.5, and one mean far above the other | a few odd seeds make the mean: look at the dots |
# | a saved agent is refused | it is of another environment or network: the message says which |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
#
# 1. One run is an anecdote. Show all seeds, an interval, and where every run ended.
# 2. The best seed and the best checkpoint flatter, and a measure that is chosen afterwards does, too.
# 3. Say what you filled in. Another choice may end elsewhere.
#
# **Sources.** [Agarwal et al. 2021](https://arxiv.org/abs/2108.13264), what a few seeds can say.
# [Kumar 2020](https://arxiv.org/abs/2006.04938), balancing CartPole with DQN and its successors.
# [Wang et al. 2016](https://arxiv.org/abs/1511.06581), dueling networks.
# [Henderson et al. 2018](https://arxiv.org/abs/1709.06560), deep reinforcement learning that matters.
# [Stable-Baselines3](https://stable-baselines3.readthedocs.io), [CleanRL](https://docs.cleanrl.dev),
# [TorchRL](https://pytorch.org/rl).
#
# Next: [17 · On your own](17_on_your_own.ipynb), four commissions without cells to fill in.
