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
# # 14 · From images
#
# **You will give the same agent eyes: work out what a convolution does, see what one frame hides, and find the mistakes
# of images that raise no error.**
#
# | | |
# |---|---|
# | Read | 32 minutes, and 33 for the exercises |
# | Run | about 60 seconds |
# | Needs | lesson 02, the network; lesson 05, the memory; lesson 06, the TD target |
# | Gives | a receptive field, a stack of frames, five silent mistakes, and an agent that returns the ball |

# %%
import numpy as np
import torch
from torch import nn

import qlib
from qlib.lessons.from_images import ball, batches, breakout, depth, mistakes, pictures, pong, towers
from qlib.lessons.from_images import checks as check
from qlib.lessons.from_images import measured as record
from qlib.lessons.from_images.measured import measured
from qlib.lessons.lesson import Lesson
from qlib.show.explorer import Explorer
from qlib.show.findings import Findings
from qlib.show.playback import Playback

lesson = Lesson("14_from_images")
torch.set_num_threads(1)  # networks this small are faster on one
RUN_IT = False  # True measures again what is recorded: a quarter of an hour in all

# %%
lesson.again()

# %% [markdown]
# ## 1. A layer for images
# Until now an observation was a row of four numbers. Now it is an image, a tensor of shape (C, H, W): C
# [**channels**](glossary.md#channel), H rows, W columns. The original notebook ends with a hope: "you can literally train
# anything with just images alone, just like how our brain does with receptive field". What is that, a receptive field?
#
# A dense layer gives each unit a weight for every pixel. A [**convolution**](glossary.md#convolution) gives it a few
# weights, and a small window to look through. Here is one unit of it, in its row and column:


# %%
def unit(image, weights, bias, row, column):
    size = weights.shape[-1]
    window = image[:, row : row + size, column : column + size]  # (C, size, size)
    return (weights * window).sum() + bias


# %% [markdown]
# All units of a **filter** have the same weights. Only their windows differ. So this is the whole layer, with one filter
# of 3 × 3 on four channels:

# %%
image = torch.rand(4, 10, 10, generator=torch.Generator().manual_seed(0))
layer = nn.Conv2d(4, 1, kernel_size=3)
weights, bias = layer.weight[0], layer.bias[0]
by_hand = torch.stack([unit(image, weights, bias, r, c) for r in range(8) for c in range(8)])
print("the same as PyTorch's:", torch.allclose(by_hand.view(8, 8), layer(image)[0], atol=1e-6))

# %% [markdown]
# MinAtar is a set of small games of 10 × 10 pixels with four channels and more. Its paper's network has 16 filters of
# 3 × 3, so its first layer gives 16 × 8 × 8 units.

# %%
conv, dense = nn.Conv2d(4, 16, 3), nn.Linear(4 * 10 * 10, 16 * 8 * 8)
sizes = [sum(p.numel() for p in each.parameters()) for each in (conv, dense)]
lesson.ask("parameters", sizes[0], dense=sizes[1])

# %% [markdown]
# The pixels that can change what a unit says are its [**receptive field**](glossary.md#receptive-field). In the first
# layer that is its window. In the second it looks at a window of units, and each of these has a window of its own.

# %%
lesson.ask("two layers", pictures.field([(3, 1), (3, 1)])[0])

# %% [markdown]
# A [**stride**](glossary.md#stride) of 2 moves the window by two pixels from one unit to the next. Move `row` and
# `column`, and watch which pixels the unit sees. The numbers below are the weights. Then change size and stride.

# %% jupyter={"source_hidden": true}
Explorer(
    pictures.through,
    row=(0, 7, 1, 3),
    column=(0, 7, 1, 3),
    size=(2, 4, 1, 3),
    stride=[1, 2],
)

# %% [markdown]
# The network of DQN's paper of 2015 has three such layers for images of 84 × 84: 8 × 8 with stride 4, 4 × 4 with stride
# 2, 3 × 3 with stride 1.

# %%
lesson.ask("three layers", pictures.field([(8, 4), (4, 2), (3, 1)])[0])

# %% [markdown]
# ## 2. The same agent
# qlib takes images as it takes rows of numbers. Only the network is another one: `filters` holds (filters, size,
# stride) of each convolution, and `hidden` the dense layers behind them. The task is small: a ball falls through 10 × 6
# pixels, one row a step, and turns round at the walls. You put a bucket into the column in which the ball will be next.
# Caught, it pays 1. Where the ball goes depends on no action, so gamma is 0 here. (PyTorch prints the parts of a
# network in the order in which they were made. An image goes through `filters` first.)

# %%
settings = record.BOUNCE
agent = qlib.QAgent(settings, seed=0)
print(agent.online)

# %% [markdown]
# ### One frame is not a state
# Where will this ball be next?

# %%
pictures.frames([ball.frame(4, 2)], ["now"])

# %%
lesson.ask(
    "one frame",
    ball.ceiling(1),
    show=pictures.frames([ball.frame(3, 1), ball.frame(4, 2)], ["before", "now"]),
)

# %% [markdown]
# One frame does not say which way the ball goes. So it is no *state*: what comes next depends on more than it. The remedy
# is [**frame stacking**](glossary.md#frame-stacking). The last few frames are the channels of one observation. In qlib you
# write `frames=2`, and gymnasium's wrapper does it. At an episode's start there is no frame before, so the first one is
# repeated.

# %%
lesson.ask("two frames", ball.ceiling(2))

# %% [markdown]
# These are ceilings, counted over all flights. What does an agent reach? Four agents, 16 [seeds](glossary.md#seed),
# 1,200 steps each, recorded. *Dense* has no convolution, and about as many parameters.

# %%
found = measured("frames", again=RUN_IT)
ends = {label: found[label][:, -1] for label in found.labels}
lesson.ask("learned", ends["conv, 2 frames"].mean(), show=record.by_frames(found))

# %% [markdown]
# Is it the second frame that helps, or the convolution? On 16 seeds, and on 32 [held-out](glossary.md#held-out-seeds)
# ones:

# %%
Findings(record.RECORDS.claims("frames"), "balls caught, of 9", digits=1)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# The second frame helps *both* networks, by two balls or more, and it is **shown**. What an observation lacks no network
# can make up for. The agents with one frame come close to their ceiling of six, and stay there.
#
# The convolution helps as well, by about half a ball, with as many parameters and the same steps. That is shown for this
# ball, these sizes and 1,200 steps, and for nothing else. For one thing, it is not so from the start: after 300 steps the
# dense network is ahead on both sets of seeds.
#
# </details>
#
# ### CartPole as a camera sees it
# The ball was made for this question. CartPole was not. Here the agent gets no positions and no speeds, but gymnasium's own
# picture of them, in 20 × 75 pixels.

# %%
record.camera.drawn()

# %% [markdown]
# Two agents learn from it for 6,000 steps: one sees one picture at a time, the other two. Everything else is alike, and
# was chosen with two, on seed 0. Both were recorded over 16 seeds, and over 32 held-out ones.

# %%
seen = record.GAMES.measured("cart")
one, two = (ends.mean() for ends in seen.final().values())
lesson.ask("camera", one, show=record.seen_cart(seen), two=two)

# %%
Findings(record.GAMES.claims("cart"))

# %% [markdown]
# <details><summary>What you should find</summary>
#
# A second picture helps here as well: by 34 steps, and by 32 on the held-out seeds. It is **shown**. With one picture no
# agent balanced longer than 45 steps, on any of 48 seeds: how fast the pole falls is in no single one.
#
# But 75 steps are no 500. Whether more steps of training or other settings lead there is **open**: these settings were
# chosen on one seed, and nothing longer was tried. The four numbers of CartPole say at once what a network has to find
# among 1,500 pixels here.
#
# </details>
#
# ### Each frame once
# An observation of four frames shares three with the next one. A memory that kept both would keep each frame eight times,
# and as float32 each pixel in 4 bytes. qlib's keeps every frame once, as it came, in 1 byte a pixel. It puts the stacks
# together when it draws them.

# %%
frames = 1_000_000 * 84 * 84  # bytes
lesson.ask("bytes", 8 * 4 * frames / 1e9, once=frames / 1e9)

# %% [markdown]
# ## 3. Five mistakes that raise no error
# ### Pixels from 0 to 255
# A camera's pixels are whole numbers from 0 to 255. A layer's first weights are made for numbers around 1.

# %%
pixels = torch.randint(0, 256, (64, 4, 10, 10), generator=torch.Generator().manual_seed(0))
raw, scaled = (layer(pixels.float() / divisor).std().item() for divisor in (1, 255))
lesson.ask("not scaled", raw / scaled)

# %% [markdown]
# The first values are too large by that factor, and so is the first TD error. *Diagnostic:* print the largest number at the
# network's door. qlib divides by the declared range, and refuses an image beyond it.
#
# ### A channel order that fits by chance
# gymnasium's images are (H, W, C), and a layer wants (C, H, W). Mostly the wrong order is an error. MinAtar's Seaquest has
# frames of 10 × 10 pixels and 10 channels. Here one pixel is lit, in row 2, column 5, channel 7.

# %%
lit = torch.zeros(10, 10, 10)
lit[2, 5, 7] = 1.0
answers = nn.Conv2d(10, 16, 3, bias=False)(lit)[0]  # the first filter's units
rows = answers.abs().sum(1).nonzero().squeeze(1).tolist()
lesson.ask("by chance", min(rows), rows=rows)

# %% [markdown]
# The layer took the row for a channel, the column for a row and the channel for a column. *Diagnostic:* light one pixel,
# and see where the first layer answers. In qlib, where the order cannot be told, you have to say it: `channels="last"`.
#
# ### A stack across episodes
# A memory holds frame after frame, ten to an episode. A stack of four is made of whatever lies before.

# %%
seen, episode = mistakes.remembered(episodes=50)
places = np.arange(3, len(seen))[:, np.newaxis] + np.arange(-3, 1)  # (n, 4)
lesson.ask("across", round(100 * mistakes.mixed(places, episode)))

# %% [markdown]
# Such a stack shows a ball that flies from the ground to the top. It never happened. *Diagnostic:* store each frame's
# episode, and count the stacks that hold two. Exercise 14.3 mends it.
#
# ### Lives that pass for ends
# In many Atari games you have several lives. To end an episode at each lost life helps an agent to see that it matters,
# and the paper of 2015 does so. But then an "episode" is no game any more. Here a game of three lives is played at random,
# and both are counted.

# %%
lives, games = mistakes.scores(life_ends=True)
lesson.ask("lives", games.mean() / lives.mean(), life=lives.mean(), game=games.mean())

# %% [markdown]
# *Diagnostic:* count the games inside the wrapper, as gymnasium's `RecordEpisodeStatistics` does, and compare with the
# episodes that you report. Whoever compares with a paper says which of the two a score is.
#
# ### A ball that flickers
# Atari's console could not draw everything in every frame. Some games draw a ball in every second one. An agent that acts
# on every fourth frame sees this:

# %%
flickering = mistakes.flickering(phase=0)  # the ball is drawn in frames 0, 2, 4, ...
kept = flickering[3::4]
lesson.ask("flicker", 100 * mistakes.visible(kept))

# %% [markdown]
# So DQN's paper of 2015 takes, pixel by pixel, the larger of the last two frames. (That of 2013 looked at every third
# frame of Space Invaders instead, whose shots were invisible at every fourth.) gymnasium's `AtariPreprocessing` does
# that. *Diagnostic:* count the frames in which nothing moves.

# %%
whole = np.maximum(flickering[3::4], flickering[2::4])
print(f"with the maximum: {mistakes.visible(whole):.0%} of the frames show the ball")

# %% [markdown]
# ## 4. Breakout, live
# Now a game. In MinAtar's Breakout a paddle returns a ball that takes bricks out of a wall. Each brick pays 1, and the
# episode ends when the ball is missed. An observation shows four channels: the paddle, the ball, the bricks, and one
# that you are to guess. It trains here if the extra `[minatar]` is installed (its licence is the GPL). Without it you
# see a run that was recorded.

# %%
lesson.ask("which channel")

# %% tags=["nbval-ignore-output"]
panel = breakout.panel()  # 24,000 steps: some 30 seconds
panel

# %% [markdown]
# Press **Train**, and watch: the game that you see is played by the agent as it is now, without exploration. The next
# cell waits for the end of the run, and starts it if you have not.

# %% tags=["nbval-ignore-output"]
run = await breakout.seen(panel)
print(run)
run.curve()

# %% [markdown]
# A player at random gets about half a brick. This is one seed, and a short run. Sixteen seeds with
# `qlib.core.presets.MINATAR` were recorded over 100,000 steps. They take an hour and more.

# %%
many = record.GAMES.measured("breakout, 100,000 steps")["Breakout-v1"]  # (seeds, ten moments)
drawn = breakout.over_seeds(many, record.SHORT)
lesson.ask("100,000 steps", many[:, -1].mean(), show=drawn, **breakout.told(many))

# %% [markdown]
# See it play. Choose the player, and move `number` from frame to frame.

# %% tags=["nbval-ignore-output"]
Explorer(run.frame, player=[breakout.RANDOM, breakout.AFTER], number=(0, 59, 1, 0))

# %% [markdown]
# ### What does it look at?
# Cover one pixel, and see how much the values change. Do it for each pixel, and you have an
# [**occlusion map**](glossary.md#occlusion-map).

# %% tags=["nbval-ignore-output"]
lesson.ask("at the ball", round(100 * run.at_the_ball()))

# %% tags=["nbval-ignore-output"]
Explorer(run.looks, number=(0, 59, 1, 0))

# %% [markdown]
# The map says what *changes the values*. It does not say why, and a covered ball is an image that the network has never
# seen. And this is one agent, an [anecdote](glossary.md#anecdote).
#
# ### Atari's Pong
# The games of the paper are Atari's, and the same agent plays them, by settings alone: `pong.SETTINGS`. There is no
# graphics card here, so its images are smaller than the paper's: 42 × 42 pixels on black, four at a time. Two agents
# trained for 400,000 steps each, and were recorded. A game goes to 21 points. Its return is the agent's points less the
# other side's: −21 if it never scores.

# %%
atari = pong.Run()
lesson.ask("pong", atari.late.mean(), show=atari.curve(), least=atari.late.min(), most=atari.late.max())

# %% [markdown]
# And this is what it looks like, as the agent of seed 1 saw it, after 0 to 400,000 steps. The agent is on the right. Move
# the slider, and watch it from the beginning.

# %%
Playback(atari.films())

# %% [markdown]
# The agent's weights came with the lesson. If the extra `[atari]` is installed (the GPL again), it plays here and now, on
# a start that it has not seen, in Atari's colours:

# %% tags=["nbval-ignore-output"]
pong.watch(atari)

# %% [markdown]
# To train both yourself, run `python -m qlib.lessons.from_images.pong` in the folder of the notebooks. Each took an hour
# here, on one core of a busy machine. Neither has come above 0, where an agent beats its opponent. Whether longer training
# gets there is **open**.
#
# ## 5. "Saves the identity"
# "To counter forgetfulness", says the original, "see ResNet ... which saves the identity". A
# [**residual connection**](glossary.md#residual-connection) adds a block's input to what its layers make of it:

# %%
depth.block()

# %% [markdown]
# If the layers make 0, the block gives its input as it came. That is the identity. And what it is good for shows on the
# way back. With y = x + f(x) the slope is 1 + f'(x). A gradient that comes to the sum goes both ways, through the
# layers and past them. Without the connection it is f'(x) alone, and a small factor at each block makes a very small
# product. How small the factor is depends on the first weights. PyTorch's default draws a convolution's weights with a
# variance of 1 / (3 inputs), too little for a ReLU behind it, which lets half of them through. He's start
# (`nn.init.kaiming_normal_`) draws them with 2 / inputs. (The last ReLU passes on what is above 0. In qlib
# `residual=True` is plainer: one convolution a block, and its input is added behind its ReLU.)
#
# Here are networks of 12 convolutions, before any training. The last one gets some gradient. How much of it does the
# *first* one get, from PyTorch's default start?

# %%
plain, residual, he = (towers.share_that_arrives(12, way) for way in towers.WAYS)
lesson.ask("gradient", int(round(1 / plain, -3)), residual=residual, he=he)

# %%
Explorer(depth.gradients, name="gradients", depth=[2, 6, 12])

# %% [markdown]
# From the default start each layer makes the gradient smaller, and twelve of them leave next to nothing. From He's
# start they pass it on, without any connection. Does that matter? The networks learn the ball's table from section 2:
# two frames in, the next column out, 100 updates on all 80 pairs of frames at once.

# %%
by_depth = measured("depths", again=RUN_IT)
have_it = {way: int((by_depth[f"12, {way}"] >= record.LEARNED).sum()) for way in towers.WAYS}
lesson.ask("depth 12", have_it["residual"], show=depth.by_depth(by_depth), he=have_it["He's start"])

# %%
Findings(record.learned(), "share of seeds that have learned it, minus the plain ones", digits=2)

# %% [markdown]
# ### And does it forget less?
# The networks learn the upper half of the field, then only the lower half. How much of the upper half is left? Three
# networks of about as many parameters: dense, two convolutions, and two with a residual connection.

# %%
left = measured("kept", again=RUN_IT)
lesson.ask("forgets", 100 * left["dense"].mean(), conv=100 * left["convolutions"].mean())

# %%
Findings(record.RECORDS.claims("kept"), "share that is kept, minus the dense network's", digits=2)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# That residual connections make deep networks *learn* is shown here, at all three depths, from PyTorch's default first
# weights. It is not the only cure: from He's start twelve plain convolutions learn the table as well. That they or
# convolutions *forget less* is **open**: no difference is shown. In this task there is little to forget. The original's
# "to counter forgetfulness" mixes two things up. What ResNet saves is the way of the gradient, and not what was learned
# before.
#
# </details>
#
# ## 6. What is not measured yet
# Not in this lesson yet: Breakout over 500,000 steps beside the numbers of MinAtar's paper; a second game.
# `qlib/lessons/from_images/measured.py` holds both. In a cell, call
# `record.GAMES.measured("breakout, 500,000 steps", again=True)`. It takes hours. If it is interrupted, call it again:
# it goes on where it was.
#
# ## 7. Exercises
# Replace the `...` and run the cell.
#
# ### 14.1 Output size · ●○○ · 5 minutes
# An image is `pixels` across, a filter `size`, and it moves by `stride`. It must not hang over the edge. How many units
# across does the layer have?


# %%
def units(pixels, size, stride):
    return ...


check.units(units)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The first window begins at 0, the last one at most at `pixels - size`. How many steps of `stride` fit into that?
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def units(pixels, size, stride):
#     return (pixels - size) // stride + 1
# ```
# </details>
#
# ### 14.2 A convolution by hand · ●●○ · 8 minutes
# `image` has shape (H, W), `weights` (k, k). Return all units of the layer as an array, with a `bias` and a `stride`.


# %%
def convolve(image, weights, bias, stride):
    return ...


check.convolve(convolve)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `range(0, H - k + 1, stride)` gives the first row of each window. Two loops, one window each time.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def convolve(image, weights, bias, stride):
#     k = len(weights)
#     rows, columns = (range(0, n - k + 1, stride) for n in image.shape)
#     windows = [[image[r : r + k, c : c + k] for c in columns] for r in rows]
#     return np.array([[(window * weights).sum() + bias for window in row] for row in windows])
# ```
# </details>
#
# ### 14.3 A stack that does not cross · ●●○ · 8 minutes
# `frames` has shape (n, H, W). `starts` says of each frame whether an episode begins with it; the first one does. Return the
# stack of the `number` frames that end at place `i`, oldest first. Where the episode has too few, repeat its first frame.


# %%
def stack(frames, starts, i, number):
    return ...


check.stack(stack)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.flatnonzero(starts[: i + 1])[-1]` is where the episode begins. No index may be smaller.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def stack(frames, starts, i, number):
#     first = np.flatnonzero(starts[: i + 1])[-1]
#     return frames[np.maximum(np.arange(i + 1 - number, i + 1), first)]
# ```
# </details>
#
# ### 14.4 Find the bug · ●●○ · 6 minutes
# Five stacks of four frames, as they come to a network. One is "whole". The others are "channels last", "not scaled",
# "a stack repeated" in the middle of a flight, and "a frame of the next episode". Return a dict such as `{"A": "whole",
# ...}`.

# %%
batches.batches()


# %%
def bugs():
    return ...


check.bugs(bugs)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Look at the shape first, then at the largest number, then at the ball's row from frame to frame.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def bugs():
#     return {
#         "A": "a stack repeated",
#         "B": "channels last",
#         "C": "whole",
#         "D": "a frame of the next episode",
#         "E": "not scaled",
#     }
# ```
# </details>
#
# ### 14.5 What it shows · ●●○ · 6 minutes
# Which of these follow from sections 2, 4 and 5? Return their letters.
#
# - A: Whoever sees one frame of the ball cannot catch more than six of nine on average.
# - B: Two frames are a state in every game.
# - C: A second frame helps the network with convolutions on the ball.
# - D: Convolutions are better than dense layers on images.
# - E: At depth 12, from PyTorch's default start, a residual connection decides whether the ball's table is learned in
#   100 updates.
# - F: Residual connections make an agent forget less.
# - G: The agent of section 4 understands Breakout, for it looks at the ball.


# %%
def what_it_shows():
    return ...


check.what_it_shows(what_it_shows)

# %% [markdown]
# <details><summary>Hint</summary>
#
# "Open" is not shown. One task is not all tasks, and one agent is an anecdote.
# </details>
# <details><summary>Solution</summary>
#
# ```python
# def what_it_shows():
#     return ["A", "C", "E"]
# ```
# </details>
#
# ## 8. If you see this
#
# | you see | the cause |
# |---|---|
# | "which dimension the channels are cannot be told" | say it: `Settings(channels="last")` for (H, W, C) |
# | "does not fit: a window of ... is larger than" | the filters or strides are too large for the image |
# | "needs the extra [minatar]" | `pip install -e ".[minatar]"` in the project's folder; its licence is the GPL |
# | the agent plays, and is right half of the time | it sees one frame: `frames=2` or more |
# | returns a third or a fifth of a paper's | yours are by life, the paper's by game |
# | values in the hundreds from the first update on | pixels from 0 to 255 |
# | the same values in every state, for good | a layer whose ReLUs all give 0: a lower rate, a background of 0 |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
#
# 1. A convolution has few weights and uses them everywhere; each layer and each stride widens what a unit sees.
# 2. One frame hides what moves. Stack the last few, and never across an episode's start.
# 3. A residual connection is a way past the layers for the gradient, and not a memory. From PyTorch's default first
#    weights twelve convolutions did not learn without it; from He's they did.
#
# **Sources.** [Mnih et al. 2013](https://arxiv.org/abs/1312.5602) and [2015](https://doi.org/10.1038/nature14236), DQN
# from pixels. [Young and Tian 2019](https://arxiv.org/abs/1903.03176), MinAtar. [He et al.
# 2016](https://arxiv.org/abs/1512.03385), residual connections. [Machado et al.
# 2018](https://arxiv.org/abs/1709.06009), lives and flickering. [Zeiler and Fergus
# 2014](https://arxiv.org/abs/1311.2901), occlusion. [Wang et al. 2020](https://arxiv.org/abs/2004.15004), CNN Explainer,
# the model of the explorer.
#
# Next: [15 · Why so slow?](15_why_so_slow.ipynb).
