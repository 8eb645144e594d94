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
# # The claims, and what was measured
#
# The original notebook has opinions. Each lesson put some of them to the test. Here they stand side by side, read from
# the records that the lessons keep, so that a contradiction between two lessons is seen at a glance. **This page gives
# answers away: come here when you have done part two.**
#
# ## 1. Every opinion with its verdict
# A row says by how many steps the opinion's side scored higher, with a 95 % interval over the seeds that were chosen on,
# and the same over [held-out](glossary.md#held-out-seeds) ones. **Holds**: both intervals lie above 0. **Refuted**: both
# lie below. **Open**: anything else, so nothing is shown. "Not yet" means that it was not measured on held-out seeds, and
# then it is open, too.
#
# The verdict is by one measure, and where the record has both, the other stands beside it: *at the end* is the last
# [examination](glossary.md#examination), *over training* the mean of all. They can differ. Lesson 12's remedies against
# forgetting are judged at the end; over training a hard target network costs some steps.

# %%
from qlib.lessons.claims.claims import Claims
from qlib.lessons.claims.evidence import COUNTS, explore, power_rows
from qlib.show.explorer import Explorer
from qlib.show.table import Table

claims = Claims()
claims

# %% [markdown]
# Mind the number of rows. Each interval misses the truth in 1 of 20 cases, and there are 16 of them. So a row must also
# survive the [correction](glossary.md#false-discovery-rate) for that. A verdict holds for its setting, and for no other.
#
# ## 2. How much hangs on the seeds?
# Pick an opinion, how many seeds you take, and where they begin. The green interval is that of all seeds, the orange one
# yours, and the blue ones are other sets as large as yours. Small sets jump. The last sentence says how often a set of
# this size would have told you something else.

# %%
opinions = [claim.opinion for claim in claims.claims]
Explorer(explore, record=600, opinion=opinions, seeds=COUNTS, first_seed=(0, 112, 16))

# %% [markdown]
# And how many seeds does an effect need? So large must a difference be, in steps, for that many seeds to show it four
# times in five: the median over the claims above, and the easiest and the hardest.

# %%
Table(*power_rows(claims.claims))

# %% [markdown]
# A change of twenty steps stays unseen on sixteen seeds in every row, and on 128 in most. So "open" on few seeds says little
# of such a change.
#
# ## 3. Opinions that a line of code settles
# These need no seeds: they are arithmetic, or what PyTorch does.

# %%
import torch

import qlib

schedule = qlib.epsilon_schedule(qlib.ORIGINAL, 1_000)
plain, state = qlib.QNetwork().eval(), torch.zeros(4)
print("epsilon ends at its minimum of 0.05:          ", f"{schedule[999]:.4f}")
print("'always unsqueeze': (4,) without it gives     ", tuple(plain(state).shape))
print(
    "detach changes the target's numbers:          ",
    not torch.equal(plain(state), plain(state).detach()),
)

# %% [markdown]
# So epsilon does not stop at 0.05 (lesson 04), the plain network does not need the unsqueeze (lesson 04), and `detach`
# changes no number, only where the gradient goes (lesson 09).
#
# Back to the map: [00 · Start here](00_start_here.ipynb).
