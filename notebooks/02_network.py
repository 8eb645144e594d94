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
# # 02 · The network
#
# **You will build the function that tells an agent what each action is worth, and take it apart again.**
#
# | | |
# |---|---|
# | Read | 30 minutes, and 36 for the exercises |
# | Run | about 30 seconds |
# | Needs | lesson 01: what an action value is; Python, a little NumPy |
# | Gives | a network that you can build, count and take apart: the first piece of your own agent |

# %%
import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import qlib
from qlib.lessons.lesson import Lesson
from qlib.lessons.network import checks as check
from qlib.lessons.network import falls, pictures, suspects
from qlib.lessons.network.presets import BRIEF
from qlib.show.explorer import Explorer

lesson = Lesson("02_network")

# %% [markdown]
# From here on each lesson begins with the two questions that you guessed worst two lessons ago.

# %%
lesson.again()

# %% [markdown]
# ## 1. What goes in, what comes out
#
# Lesson 01 kept a table: a row for each cell of the world, and in it one [action value](glossary.md#action-value) per
# action. The world of CartPole has no cells. At each step it gives four real numbers, the **observation**. To the right
# is positive:

# %%
observation, _ = gym.make("CartPole-v1").reset(seed=0)
for name, number in zip(pictures.INPUTS, observation, strict=True):
    print(f"{name:30} {number:+.3f}")

# %% [markdown]
# So a network stands in for the table. It is a **function approximator**: a function with many numbers in it that can
# be tuned until it says the right thing. The observation goes in, and one value per action comes out. What it learns
# about one state it says about its neighbours, too, which no table does.

# %%
pictures.diagram([4, 24, 24, 2])

# %% [markdown]
# Each dot is a **unit**, each column of dots a **layer**; those between inputs and outputs are hidden. Each line carries a
# number, its **weight**. Each unit after the inputs has one more number, its **bias**. All of these are learned. (ReLU
# comes in section 3.) Guess from the picture:

# %%
lesson.ask("how many numbers", qlib.QNetwork(4, 2, hidden=(24, 24)).n_parameters)

# %% [markdown]
# ## 2. Five lines of PyTorch
#
# All lessons from here on are made of these lines. Here each is alone, on numbers that you can check in your head. The
# **loss** is the number that says how wrong a network is: learning makes it small.
#
# | line | what it does |
# |---|---|
# | `torch.as_tensor(x)` | makes a tensor, PyTorch's array, of a NumPy array without copying: both see the same numbers; `.numpy()` leads back in the same way, `.item()` gives a single number |
# | `nn.Linear(4, 2)` | makes a layer with random weights and biases; call it like a function |
# | `loss.backward()`, `optimizer.step()` | find the slope of the loss for each weight, and move each weight downhill |
# | `with torch.no_grad():` | computes without keeping notes for `backward()` |
# | `values.gather(1, actions)` | picks from each row the entry of its action |

# %%
x = torch.as_tensor(observation)
layer = nn.Linear(4, 2)
print(x, "shape", tuple(x.shape), "in; shape", tuple(layer(x).shape), "out")

# %% [markdown]
# A tensor that is to be learned says so with `requires_grad=True`; a layer's weights do so by themselves. From then on
# PyTorch takes notes of what is computed from it. `backward()` reads the notes from the end and leaves in `w.grad` the
# **gradient**: the slope of the loss, by how much it grows for each bit that w grows. The optimizer takes a step against
# it. Plain gradient descent, SGD, takes away the gradient times the learning rate `lr`:

# %%
w = torch.tensor(2.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
loss = (3 * w - 5) ** 2
optimizer.zero_grad()  # forget the gradient of the step before
loss.backward()
optimizer.step()

# %%
lesson.ask("one step", w.item())

# %% [markdown]
# Why `zero_grad()`? Leave it out, and see what the gradient says after two calls:


# %%
def gradient_after(calls):
    w = torch.tensor(2.0, requires_grad=True)
    for _ in range(calls):
        ((3 * w - 5) ** 2).backward()
    return w.grad.item()


lesson.ask("two backwards", gradient_after(2))

# %% [markdown]
# Whoever only wants the values, as an agent does when it acts, needs no notes: `no_grad()` saves their time and memory.
# And `gather` answers for several rows at once: what was the action worth that was taken? Below, `values` has a row for
# each state and a column for each action, and `actions` says which column to take in each row. The 1 means: choose
# along dimension 1, the columns. So row 0 gives the 2.

# %%
with_notes = layer(x).requires_grad
with torch.no_grad():
    print("with notes:", with_notes, " without:", layer(x).requires_grad)
values, actions = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), torch.tensor([[1], [0], [1]])
print("picked:", [value.item() for value in values.gather(1, actions)])

# %% [markdown]
# ## 3. Build it
#
# This is what the lesson is about. A **linear layer** multiplies by its weights and adds its biases. **ReLU** sets what
# is below 0 to 0. It comes after the first two layers, and not after the third: section 6 says why.
#
# `nn.Module` is PyTorch's base class of networks. It finds the layers that you set as attributes, so that `parameters()`
# lists their weights and biases, and calling the network runs its `forward`. `super().__init__()` makes it ready for
# that. `nn.Linear` is a module, too.


# %%
class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(4, 24)
        self.layer2 = nn.Linear(24, 24)
        self.layer3 = nn.Linear(24, 2)

    def forward(self, observations):  # (B, 4)
        hidden = torch.relu(self.layer1(observations))  # (B, 24)
        hidden = torch.relu(self.layer2(hidden))  # (B, 24)
        return self.layer3(hidden)  # (B, 2)


# %% [markdown]
# `B` is the number of observations that go through at once, the [batch](glossary.md#batch). Where layers simply follow
# each other, `nn.Sequential(nn.Linear(4, 24), nn.ReLU(), ...)` says the same in one line. Give the same weights to
# qlib's network, which takes any number of layers, and ask both about 64 random observations:

# %%
network = qlib.QNetwork(4, 2, hidden=(24, 24), generator=torch.Generator().manual_seed(0))
own = Network()
with torch.no_grad():
    for mine, theirs in zip(own.parameters(), network.parameters(), strict=True):
        mine.copy_(theirs)
observations = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
print("largest difference:", (own(observations) - network(observations)).abs().max().item())

# %% [markdown]
# It is the same network, so from here on we use qlib's. Two things that the original notebook has here come later.
# Its second network puts batch normalisation between each layer and its ReLU: that is in
# [lesson 11](11_normalisation.ipynb). And its TODO, to move everything from the CPU to a GPU and back, is done in
# [lesson 15](15_why_so_slow.ipynb).

# %% [markdown]
# ## 4. Take it apart: the forward pass by hand
#
# No `nn` below, only a multiplication, an addition and a cut at 0. PyTorch stores a layer's weight as `(n_out, n_in)`,
# one row per output, so the matrix is transposed with `.T`.

# %%
W1, b1, W2, b2, W3, b3 = (p.detach() for p in network.parameters())  # detach: without their notes
x = torch.as_tensor(observation).unsqueeze(0)  # (1, 4): one observation is a batch of one
h1 = (x @ W1.T + b1).clamp(min=0)  # (1, 24)
h2 = (h1 @ W2.T + b2).clamp(min=0)  # (1, 24)
by_hand = h2 @ W3.T + b3  # (1, 2)
print("by hand", by_hand.numpy().round(4), "the module's", network(x).detach().numpy().round(4))

# %% [markdown]
# Why the ReLU at all? Multiply out what is left without it: the three matrices become one.

# %%
W, b = W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3
lesson.ask("without ReLU", W.numel() + b.numel())

# %% [markdown]
# ### Move the pole
#
# Now a network that has learned: an agent that trained for some 4,000 steps with brief settings (lesson 07 shows how).
# It is one agent, so what it says is an anecdote.

# %%
trained = qlib.QAgent(BRIEF, seed=0)
list(qlib.train(trained, steps=4_000))
poles = np.array([[0, 0, 0.05, 0], [0, 0, 0.05, -1.5]], dtype=np.float32)
leaning, swinging = trained.q_values(poles).tolist()

# %% tags=["nbval-ignore-output"]
lesson.ask("leaning", ["Push left", "Push right"][int(np.argmax(leaning))], values=leaning)

# %% tags=["nbval-ignore-output"]
lesson.ask("swinging back", ["Push left", "Push right"][int(np.argmax(swinging))], values=swinging)

# %% [markdown]
# Here is the network at work, for an observation that you choose. The fuller a unit, the larger its number; an empty one
# is off. A line's thickness is what it carries: the weight times the unit before it. Blue adds, dashed vermilion takes
# away. Choose the trained one, and move one slider at a time from end to end.

# %% jupyter={"source_hidden": true}
Explorer(
    pictures.state_explorer({"untrained": network, "trained": trained.online}),
    network=["untrained", "trained"],
    position=(-2.4, 2.4, 0.1, 0.0),
    velocity=(-2.0, 2.0, 0.1, 0.0),
    angle=(-0.2, 0.2, 0.01, -0.1),
    angular_velocity=(-2.0, 2.0, 0.1, 0.0),
)

# %% [markdown]
# <details><summary>What you should find</summary>
#
# Lean the pole to either side: the cart is to go where the pole leans. Near the upright the values change little. Beyond
# about 0.1 rad both fall fast, because less is to be had from there. At 0.05 rad to the right, somewhere between 0 and
# -1 rad/s, left becomes worth more: the pole comes back by itself, and the cart had better be there when it does. The
# untrained network has no opinion that means anything.
#
# </details>

# %% [markdown]
# ## 5. Count its numbers
#
# A layer from `n_in` to `n_out` has one weight per line, `n_in * n_out`, and one bias per unit that it computes,
# `n_out`. Most of the numbers stand between the two hidden layers.

# %%
sizes = (24, 24), (48, 24), (48, 48)
before, one, both = (qlib.QNetwork(hidden=hidden).n_parameters for hidden in sizes)
lesson.ask("twice the units", round(both / before, 1), before=before, after=both, one=one / before)

# %% [markdown]
# Move the sliders, and read the count layer by layer:

# %%
Explorer(pictures.count, hidden_1=(1, 64, 1, 8), hidden_2=(1, 64, 1, 8))

# %% [markdown]
# ## 6. Why nothing comes after the last layer
#
# The original notebook writes beside its last line: "dont use activator". Good advice, and here is the reason.
#
# It also replaced the reward of the last step by -10, the [stick](glossary.md#stick), and discounted with gamma 0.8. So
# one step before the fall, the [return](glossary.md#return) is exactly -10. We play 60 episodes by chance and write down,
# for every state, the return that followed, and how many steps were left.

# %%
states, returns, steps_left = falls.play(60)
means = [returns[steps_left == left].mean().item() for left in range(1, 9)]
lesson.ask("before the fall", round(means[1], 1), means=", ".join(f"{mean:.1f}" for mean in means))

# %% [markdown]
# Now teach two networks to say these returns. They have one output each, because here chance plays: a network says what
# a *state* is worth, not each action. They differ in one thing: the second has a ReLU after its last layer, where the
# first has `nn.Identity()`, which passes everything on as it is.
#
# `fit` has the right answer for each state, its return. (That is called supervised learning.) It draws 64 states, says
# their values, takes the mean of the squared errors as the loss (`mse_loss`: mean squared error), and lets the optimizer
# move each weight a little (Adam: gradient descent with a step of its own for each weight). It does so for 16
# [seeds](glossary.md#seed): another seed, other random first weights.


# %%
def fit(end, seed, steps=250):
    generator = torch.Generator().manual_seed(seed)
    network = nn.Sequential(qlib.QNetwork(4, 1, generator=generator), end)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(steps):
        rows = torch.randint(len(states), (64,), generator=generator)
        values = network(states[rows]).squeeze(1)  # (64, 1) becomes (64,): lesson 03
        loss = F.mse_loss(values, returns[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return network(states).squeeze(1).numpy()  # (states,)


# %%
fits = {
    "nothing at the end": np.array([fit(nn.Identity(), seed) for seed in range(16)]),
    "ReLU at the end": np.array([fit(nn.ReLU(), seed) for seed in range(16)]),
}

# %% tags=["nbval-ignore-output"]
picture = pictures.before_the_fall(steps_left, returns.numpy(), fits)
lesson.ask("a ReLU at the end", show=picture, **falls.told(steps_left, *fits.values()))

# %% [markdown]
# In some seeds the network with the ReLU says 0 of every state. Can it still learn its way out of that? Take one state,
# one target of -10, and first weights with which the sum before the ReLU is below 0.


# %%
def largest_gradient(end):
    network = nn.Sequential(qlib.QNetwork(4, 1, generator=torch.Generator().manual_seed(0)), end)
    nn.init.constant_(network[0].layers[-1].bias, -1.0)  # so that the sum before the ReLU is below 0
    loss = (network(torch.zeros(1, 4)) - (-10.0)).square().mean()
    loss.backward()
    return max(p.grad.abs().max().item() for p in network.parameters())


lesson.ask("its gradient", largest_gradient(nn.ReLU()), without=largest_gradient(nn.Identity()))

# %% [markdown]
# The diagnostic is in the cell: look at the gradient, not only at the loss.
#
# Other activations fail in their own way. A sigmoid can only say numbers between 0 and 1, a tanh between -1 and 1, and
# values go up to the [ceiling](glossary.md#ceiling), 100 with gamma 0.99. A softmax makes its outputs add up to 1, as
# probabilities do. Action values are no probabilities.

# %% [markdown]
# ## 7. Exercises
#
# Replace the `...`, run the cell, read the check. An untouched stub just waits.
#
# ### 2.1 One observation by pencil · ●○○ · 6 minutes
#
# A network so small that a pencil can follow it: two inputs, two hidden units with ReLU, two outputs without. The
# inputs are 2 and -3.
#
# | | from input 1 | from input 2 | bias |
# |---|---|---|---|
# | unit 1 | 4 | 2 | -1 |
# | unit 2 | 3 | 4 | -3 |
#
# | | from unit 1 | from unit 2 | bias |
# |---|---|---|---|
# | left | -3 | -3 | -1 |
# | right | 2 | -3 | -1 |
#
# Return a dictionary with three entries: `"hidden"`, the two units after their ReLU, `"values"`, of left and right, and
# `"action"`, what the [greedy policy](glossary.md#greedy-policy) takes: 0 for left, 1 for right.


# %%
def by_pencil(): ...


check.by_pencil(by_pencil)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Unit 1 is 4 · 2 + 2 · (-3) - 1, cut at 0. Do unit 2 in the same way before you go on.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def by_pencil():
#     # unit 1: 8 - 6 - 1 = 1; unit 2: 6 - 12 - 3 = -9, and the ReLU makes it 0
#     # left: -3 - 0 - 1 = -4; right: 2 - 0 - 1 = 1
#     return {"hidden": [1, 0], "values": [-4, 1], "action": 1}
# ```
#
# </details>
#
# ### 2.2 Counting parameters · ●○○ · 5 minutes
#
# `sizes` lists the layers, such as `[4, 24, 24, 2]`. Return the number of weights and biases, for any sizes.


# %%
def count_parameters(sizes): ...


check.count_parameters(count_parameters)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Walk over neighbours: 4 and 24, 24 and 24, 24 and 2. `itertools.pairwise` or `zip(sizes, sizes[1:])` gives them.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def count_parameters(sizes):
#     return sum(n_in * n_out + n_out for n_in, n_out in zip(sizes, sizes[1:]))
# ```
#
# </details>
#
# ### 2.3 The forward pass by hand · ●●○ · 10 minutes
#
# `x` has shape `(B, n)`. `weights` and `biases` are lists, one entry per layer, each weight `(n_out, n_in)`. Return
# the values, without `nn`: for any number of layers, ReLU after all but the last.


# %%
def forward(x, weights, biases): ...


check.forward(forward)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Treat the last layer apart: loop over `weights[:-1]`, then do one more linear step.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def forward(x, weights, biases):
#     for weight, bias in zip(weights[:-1], biases[:-1]):
#         x = (x @ weight.T + bias).clamp(min=0)
#     return x @ weights[-1].T + biases[-1]
# ```
#
# </details>
#
# ### 2.4 Your network · ●●○ · 10 minutes
#
# The first piece of your own agent. Make a **new** network (an `nn.Module`) for any game: `n_observations` float32
# numbers in, `n_actions` float32 values out, for a batch of any size. How many hidden layers, how wide, and what stands
# between them, is yours to choose; one hidden layer at least. Nothing after the last layer. Each call draws its own
# random first weights.
#
# A plain chain of `nn.Linear` and `nn.ReLU` does all that the check asks. It asks that each value follows from all the
# numbers of the observation, that `backward()` reaches every weight, and that a state has the same values alone and in
# a batch. So it refuses two layers that you may know from elsewhere: batch norm, which mixes the states of a batch, and
# dropout, which switches units off by chance.
#
# When it passes, it is kept in `my_agent/`, and plays in lessons 06 and 07.


# %%
def make_network(n_observations, n_actions): ...


check.make_network(make_network)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `nn.Sequential(first layer, nn.ReLU(), last layer)`. Which sizes are given, and which one do you choose?
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def make_network(n_observations, n_actions):
#     return nn.Sequential(
#         nn.Linear(n_observations, 64),
#         nn.ReLU(),
#         nn.Linear(64, 64),
#         nn.ReLU(),
#         nn.Linear(64, n_actions),
#     )
# ```
#
# </details>
#
# ### 2.5 Which network is which? · ●●○ · 5 minutes
#
# Four networks learned the grey dots, in equally many steps and from the same first weights. One is `"whole"`. One has
# `"no ReLU between its layers"`, one has `"a ReLU after its last layer"`, one has `"a tanh after its last layer"`. The
# blue lines are what they say. Return a dictionary from the letters to these words.

# %%
suspects.picture()


# %%
def which(): ...


check.which(which)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Ask of each line: is it straight? Does it go below 0? Does it leave the strip from -1 to 1?
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def which():
#     return {
#         "A": "a tanh after its last layer",
#         "B": "no ReLU between its layers",
#         "C": "a ReLU after its last layer",
#         "D": "whole",
#     }
# ```
#
# </details>

# %% [markdown]
# ## 8. If you see this
#
# | message or curve | cause | what to do |
# |---|---|---|
# | `mat1 and mat2 shapes cannot be multiplied (1x5 and 4x24)` | five numbers went into a network for four | compare the observation's shape with the first layer |
# | `mat1 and mat2 must have the same dtype, but got Double and Float` | NumPy's float64 | `torch.as_tensor(x, dtype=torch.float32)` |
# | `linear(): argument 'input' (position 1) must be Tensor, not numpy.ndarray` | a NumPy array went in | `torch.as_tensor(x)` |
# | `Can't call numpy() on Tensor that requires grad` | values still carry their notes | `torch.no_grad()` around the call, or `.detach()` |
# | `Trying to backward through the graph a second time` | `backward()` twice on one loss: the notes are used up | compute the loss anew |
# | `optimizer got an empty parameter list` | layers in a plain list are not found | `nn.Sequential`, `nn.ModuleList`, or an attribute for each |
# | with SGD the loss swings or grows; with Adam it settles late, and nothing looks wrong | no `zero_grad()`: gradients add up | call it before each `backward()` |
# | all values are exactly 0, the loss is large and stands still | a ReLU after the last layer has died | take it away |

# %%
lesson.done()

# %% [markdown]
# ## 9. What to remember
#
# 1. Observation in, one value per action out: `(B, 4)` to `(B, 2)`. Between the layers ReLU, or it is one layer.
# 2. Values are returns, and may be any number: so nothing comes after the last layer.
# 3. A learning step is `zero_grad()`, `backward()`, `step()`; whoever only asks uses `no_grad()`.
#
# Sources: [Mnih et al. 2015](https://www.nature.com/articles/nature14236), the network that plays Atari; [CartPole in
# gymnasium](https://gymnasium.farama.org/environments/classic_control/cart_pole/); [PyTorch on
# autograd](https://pytorch.org/tutorials/beginner/blitz/autograd_tutorial.html).
#
# Next: [03 · Tensor shapes](03_tensor_shapes.ipynb).
