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
# | Read | 20 minutes, and 25 for the exercises |
# | Run | about 20 seconds |
# | Needs | Python, a little NumPy; no reinforcement learning |
# | Gives | a network that you can build, count, take apart and move to a GPU |

# %%
import tempfile
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import qlib
from qlib.core.demands import is_present
from qlib.lessons.network import checks as check
from qlib.lessons.network import pictures
from qlib.show.explorer import Explorer

torch.set_num_threads(1)

# %% [markdown]
# ## Before you run: predict
#
# The network of this lesson has 4 inputs, two hidden layers of 24 units, and 2 outputs. Two questions:
#
# 1. How many numbers does it learn? About 50, about 150, or about 800?
# 2. Its two outputs for a nearly upright pole, do they add up to 1?
#
# Decide, then run.

# %%
network = qlib.QNetwork(generator=torch.Generator().manual_seed(0))
outputs = network(torch.tensor([[0.0, 0.0, 0.05, 0.0]])).detach()
print(network.n_parameters, "numbers; outputs", outputs.numpy().round(2), "add up to", round(outputs.sum().item(), 2))

# %% [markdown]
# The outputs are no probabilities. Each is an estimate of a sum of rewards, and such a sum may be any number.

# %% [markdown]
# ## 1. What goes in, what comes out
#
# In CartPole a cart carries a pole. At each step the **agent** gets an **observation**, four numbers, and picks an
# **action**: 0 pushes the cart to the left, 1 to the right. It gets a **reward** of 1 for the step. The **episode**
# ends when the pole leans too far, or the cart leaves the track, or after 500 steps.

# %%
env = gym.make("CartPole-v1")
observation, _ = env.reset(seed=0)
for name, number in zip(pictures.INPUTS, observation, strict=True):
    print(f"{name:30} {number:+.3f}")

# %% [markdown]
# The **return** is the sum of the rewards still to come. Later rewards are usually **discounted**: a reward k steps
# from now counts gamma to the power of k. The **value** of an action, Q(s, a), is the return to expect after taking
# action a in state s. (A **state** is what there is to know of the world; in CartPole the observation tells it all.)
#
# A table with a row for every state would be endless, because positions and angles are real numbers. So a network
# stands in for the table: a **function approximator**. Observation in, one value per action out. The agent then takes
# the action with the larger value.

# %%
pictures.diagram([4, 24, 24, 2])

# %% [markdown]
# ## 2. Build it
#
# This is the lesson's one new thing. A **linear layer** multiplies by **weights** and adds a **bias** to each unit.
# **ReLU** sets everything below 0 to 0. It comes after the first two layers and not after the third: section 5 says
# why.


# %%
class Network(nn.Module):
    def __init__(self, n_observations, n_hidden, n_actions):
        super().__init__()
        self.layer1 = nn.Linear(n_observations, n_hidden)
        self.layer2 = nn.Linear(n_hidden, n_hidden)
        self.layer3 = nn.Linear(n_hidden, n_actions)

    def forward(self, observations):  # (B, 4)
        hidden = torch.relu(self.layer1(observations))  # (B, 24)
        hidden = torch.relu(self.layer2(hidden))  # (B, 24)
        return self.layer3(hidden)  # (B, 2)


# %% [markdown]
# `B` is the number of observations that go through at once, the **batch**. Is this network the same as
# `qlib.QNetwork`? Give both the same weights and 64 random observations:

# %%
own = Network(4, 24, 2)
for mine, theirs in zip(own.parameters(), network.parameters(), strict=True):
    mine.data = theirs.data.clone()
observations = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
torch.equal(own(observations), network(observations))

# %% [markdown]
# It is. From here on we use qlib's, which takes any number of layers. Ask it, and it shows them:

# %%
network

# %% [markdown]
# ## 3. Take it apart: the forward pass by hand
#
# No `nn` below, only a multiplication, an addition and a cut at 0. PyTorch stores a layer's weight as `(n_out,
# n_in)`, one row per output, so the matrix is transposed with `.T`.

# %%
W1, b1, W2, b2, W3, b3 = (p.detach() for p in network.parameters())
x = torch.as_tensor(observation).unsqueeze(0)  # (1, 4): one observation is a batch of one
h1 = (x @ W1.T + b1).clamp(min=0)  # (1, 24)
h2 = (h1 @ W2.T + b2).clamp(min=0)  # (1, 24)
by_hand = h2 @ W3.T + b3  # (1, 2)
print(by_hand.numpy().round(4), "the module's:", torch.allclose(by_hand, network(x)))

# %% [markdown]
# Why ReLU at all? Without it, three linear layers are one linear layer in disguise. Multiply the matrices together
# and you have it, with 10 numbers in place of 770:

# %%
W, b = W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3
three_layers = ((x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3
torch.allclose(three_layers, x @ W.T + b), W.numel() + b.numel(), network.n_parameters

# %% [markdown]
# ### Move the pole
#
# Here is the network at work, for an observation that you choose. A darker unit says a larger number, a white one is
# off. A line's thickness is what it carries: the weight times the unit before it. Blue adds, dashed vermilion takes
# away.
#
# The first network has random weights. The second has trained for some 4,000 steps (lesson 07 shows how); it divides
# the four numbers by fixed ranges first (lesson 11).

# %%
settings = qlib.Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    learning_rate=2e-3,
    gamma=0.95,
    target_network="soft",
    tau=0.02,
    learning_starts=200,
    epsilon_episodes=30,
)
trained = qlib.QAgent(settings, seed=0)
list(qlib.train(trained, steps=4_000))
Explorer(
    pictures.state_explorer({"untrained": network, "trained": trained.online}),
    network=["untrained", "trained"],
    position=(-2.4, 2.4, 0.1, 0.0),
    velocity=(-2.0, 2.0, 0.1, 0.0),
    angle=(-0.2, 0.2, 0.01, 0.05),
    angular_velocity=(-2.0, 2.0, 0.1, 0.0),
)

# %% [markdown]
# Try this with the trained network: lean the pole to the right (angle above 0) and see which push it prefers. Then
# make the pole swing back fast (angular velocity below 0). When does it change its mind? And what happens to both
# values as the pole leans further?

# %% [markdown]
# ## 4. Count its numbers
#
# A layer from `n_in` to `n_out` has one weight per line, `n_in * n_out`, and one bias per unit that it computes,
# `n_out`.

# %%
4 * 24 + 24, 24 * 24 + 24, 24 * 2 + 2, (4 * 24 + 24) + (24 * 24 + 24) + (24 * 2 + 2)

# %%
[(name, tuple(p.shape), p.numel()) for name, p in network.named_parameters()]

# %% [markdown]
# Most of the numbers stand between the two hidden layers. Move the sliders: what doubles if you double one hidden
# layer, and what if you double both?

# %%
Explorer(pictures.count, hidden_1=(1, 64, 1, 24), hidden_2=(1, 64, 1, 24))

# %%
[qlib.QNetwork(hidden=hidden).n_parameters for hidden in ((24, 24), (48, 24), (48, 48))]

# %% [markdown]
# Double one hidden layer, and the weights between the two double: all in all you have nearly twice as many numbers.
# Double both, and those weights are four times as many: all in all more than three times.

# %% [markdown]
# ## 5. Why nothing comes after the last layer
#
# The original notebook writes beside its last line: "dont use activator". Good advice, and here is the reason.
#
# It also replaced the reward of the last step by -10, the *stick*, and discounted with gamma 0.8. So a state one step
# before the fall has a return of exactly -10. Two steps before, it is 1 + 0.8 · (-10). Play 60 random episodes and
# write down, for every state, the return that followed. The list below is the mean for one step left, two steps left,
# and so on.

# %%
env = qlib.make_env(qlib.ORIGINAL)
states, returns, steps_left = [], [], []
for episode in range(60):
    rng = np.random.default_rng(episode)
    observation, _ = env.reset(seed=episode)
    path, rewards, over = [], [], False
    while not over:
        path.append(observation)
        observation, reward, over, _, _ = env.step(int(rng.integers(2)))
        rewards.append(reward)
    future = 0.0
    for reward in reversed(rewards):
        future = reward + qlib.ORIGINAL.gamma * future
        returns.append(future)
    states += reversed(path)
    steps_left += range(1, len(path) + 1)
states, returns, steps_left = torch.tensor(np.array(states)), torch.tensor(returns), np.array(steps_left)
[round(returns[steps_left == left].mean().item(), 2) for left in range(1, 8)]

# %% [markdown]
# With five steps left or fewer, the return is below 0. Call these states **doomed**. Now teach two networks to say
# these returns. They differ in one thing: the second has a ReLU after its last layer. What will it say about doomed
# states?
#
# `fit` is plain supervised learning. It guesses, measures the mean squared error, the **loss**, and lets the
# optimiser (Adam) move each weight a little against its **gradient**, the direction in which the loss grows. It does
# so for 16 **seeds**: another seed, other random first weights.


# %%
def fit(end, seed, steps=250):
    generator = torch.Generator().manual_seed(seed)
    network = nn.Sequential(qlib.QNetwork(4, 1, generator=generator), end)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3, fused=True)
    for _ in range(steps):
        rows = torch.randint(len(states), (64,), generator=generator)
        loss = F.mse_loss(network(states[rows]).squeeze(1), returns[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return network(states).squeeze(1).numpy()  # (states,)


# %% tags=["nbval-ignore-output"]
fits = {
    "nothing at the end": np.array([fit(nn.Identity(), seed) for seed in range(16)]),
    "ReLU at the end": np.array([fit(nn.ReLU(), seed) for seed in range(16)]),
}
pictures.doomed(steps_left, returns.numpy(), fits)

# %% [markdown]
# The bands are 95 % intervals over 16 seeds: how far the mean might be elsewhere with other seeds. Without an
# activation the network follows the returns down, though these few steps of training do not take it all the way. With
# a ReLU it stops at 0. To it, a fall in the next step and a return of nothing are the same.
#
# It is worse than that. Where the ReLU cuts, its slope is 0, and so is the gradient. The network cannot learn from
# such a state, however wrong it is. In some seeds it says 0 for *every* state and, with these states, will never
# learn again:

# %% tags=["nbval-ignore-output"]
dead = (fits["ReLU at the end"].max(axis=1) == 0).sum()
print(f"dead: {dead} of 16 networks with a ReLU at the end")

# %%
linear, cut = fits["nothing at the end"], fits["ReLU at the end"]
print("lowest value with a ReLU is 0:", cut.min() == 0)
print("without one, states one step before the fall go below -4 on average:", linear[:, steps_left == 1].mean() < -4)
print("some networks with a ReLU died, none without:", dead > 0 and linear.max(axis=1).min() > 0)

# %% [markdown]
# Here is the gradient that is not there. One doomed state, one target of -10, and an output that the ReLU cut off. Is
# the gradient 0 for every parameter?

# %%
for end in (nn.Identity(), nn.ReLU()):
    small = qlib.QNetwork(4, 1, generator=torch.Generator().manual_seed(0))
    small.layers[-1].bias.data.fill_(-1.0)  # so that the sum before the ReLU is below 0
    loss = (nn.Sequential(small, end)(torch.zeros(1, 4)) - (-10.0)).square().mean()
    loss.backward()
    is_zero = all((p.grad == 0).all().item() for p in small.parameters())
    print(f"{type(end).__name__:10} loss {loss.item():6.1f}   gradient 0: {is_zero}")

# %% [markdown]
# A large loss and no gradient: nothing raises an error, and nothing is learned. The diagnostic is in the cell: print
# the gradient, not only the loss.
#
# Other activations fail in their own way. A sigmoid can only say numbers between 0 and 1, a tanh between -1 and 1.
# Returns in CartPole are far larger: with gamma 0.99, an agent that never falls is worth 1 / (1 - 0.99), the sum of
# all its discounted rewards.

# %%
round(sum(0.99**k for k in range(5_000)), 2)

# %% [markdown]
# ## 6. The second version: batch normalisation
#
# The original has a second network, with `BatchNorm1d` between each linear layer and its ReLU. **Batch
# normalisation** takes one unit's numbers over the whole batch, subtracts their mean and divides by their deviation.
# Then it multiplies by a learned weight and adds a learned bias: two more parameters a unit.

# %%
normed = qlib.QNetworkBN(generator=torch.Generator().manual_seed(0))
normed.n_parameters, network.n_parameters + 2 * (24 + 24)

# %% [markdown]
# On a batch of 64 the two look alike. Both give 64 rows of 2 values. Now one single state. Predict: which network
# cannot do it, and why?

# %%
print(tuple(network(observations).shape), tuple(normed(observations).shape))
print(tuple(network(observations[:1]).shape))
try:
    normed(observations[:1])
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# One number is its own mean, so what is left of it is 0, whatever the state. PyTorch refuses. "1 value per channel"
# means: one row, so each unit has only one number to average. The
# network was in **train mode**, where it normalises with the batch that it is looking at.
#
# In **eval mode** it uses **running statistics** instead: a mean and a variance per unit that it gathered, bit by
# bit, from the batches it saw in train mode. They are saved with the network, but they are no parameters: no gradient
# changes them.

# %%
normed.eval()
print(tuple(normed(observations[:1]).shape))
[name for name, _ in normed.named_buffers()]

# %% [markdown]
# The error is the lucky case. Here is the unlucky one. In train mode the value of a state depends on the company it
# keeps. Put the same state into two batches and compare the first row:

# %%
first = observations[:1]
calm, wild = torch.cat([first, observations[1:9]]), torch.cat([first, 5 * observations[1:9]])
normed.train()
print("train, same value in both:", torch.allclose(normed(calm)[0], normed(wild)[0]))
normed.eval()
print("eval,  same value in both:", torch.allclose(normed(calm)[0], normed(wild)[0], atol=1e-6))
print("plain, same value in both:", torch.allclose(network(calm)[0], network(wild)[0], atol=1e-6))

# %% [markdown]
# So: act in eval mode, train in train mode. `agent.q_values` and `agent.learn` switch for you, as the original's
# `select_action` does by hand. Two things that `eval()` does *not* do:
#
# - It changes nothing in a plain network.
# - It does not stop gradients. That is the work of `torch.no_grad()`.

# %%
same = torch.equal(network.train()(first), network.eval()(first))
has_gradient = normed.eval()(first).requires_grad
with torch.no_grad():
    still_has = normed(first).requires_grad
same, has_gradient, still_has

# %% [markdown]
# ## 7. CPU and GPU
#
# "TODO: create architecture to transfer GPU to CPU, vice versa", says the original. Here it is. Every tensor lives on
# a **device**: `"cpu"`, `"cuda"` (NVIDIA) or `"mps"` (Apple). A network and what you feed it must live on the same
# one.

# %% tags=["nbval-ignore-output"]
there = next((name for name in ("cuda", "mps") if is_present(name)), "cpu")
print("there:", there)

# %% [markdown]
# If it says cpu, PyTorch sees no GPU here: there is none, or this is PyTorch's CPU build. Then the moves below go
# nowhere, and everything still runs.
#
# The agent takes a device in its settings, and moves with `to`. Networks, optimiser and memory go together. You pass
# NumPy observations and get CPU values, so the rest of your code need not know.

# %%
agent = qlib.QAgent(qlib.Settings(device="cpu"), seed=0)
list(qlib.train(agent, episodes=3))
before = agent.q_values(observations)
moved = agent.to(there).q_values(observations)
back = agent.to("cpu").q_values(observations)
torch.allclose(before, moved, atol=1e-5), torch.equal(before, back)

# %% [markdown]
# Save on one device, load on the other. The file knows numbers, not places. If it was saved on a GPU and this machine
# has none, `load` puts the agent on the CPU by itself.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = agent.to(there).save(Path(folder) / "agent.safetensors")
    loaded = qlib.QAgent.load(path, device="cpu")
loaded.device.type, torch.allclose(before, loaded.q_values(observations), atol=1e-5), loaded.steps == agent.steps

# %% [markdown]
# If the device is not there, you hear it at once, before any training:

# %%
try:
    qlib.QAgent(qlib.Settings(device="cuda:99"))
except ValueError as error:
    print(str(error).split(",")[0])

# %% [markdown]
# Do you need a GPU here? Nothing in these lessons does. Lesson 15 looks at what one would change for a network of
# this size.

# %% [markdown]
# ## 8. Exercises
#
# Replace the `...`, run the cell, read the check. An untouched stub just waits.
#
# ### 2.1 Counting parameters · ●○○ · 5 minutes
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
# ### 2.2 The forward pass by hand · ●●○ · 10 minutes
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
# ### 2.3 Asking any network about one observation · ●●○ · 10 minutes
#
# One observation of shape `(4,)` in, two values of shape `(2,)` out, for a plain network and one with batch
# normalisation. No gradient. And leave the network in the mode in which you found it: the caller may be in the middle
# of training, or not.


# %%
def acting_values(network, observation): ...


check.acting_values(acting_values)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `network.training` is True in train mode. `network.train(True)` and `network.train(False)` set it.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def acting_values(network, observation):
#     was_training = network.training
#     network.eval()
#     with torch.no_grad():
#         values = network(observation.unsqueeze(0)).squeeze(0)
#     network.train(was_training)
#     return values
# ```
#
# </details>

# %% [markdown]
# ## 9. If you see this
#
# | message or curve | cause | what to do |
# |---|---|---|
# | `Expected more than 1 value per channel when training` | batch norm, one row, train mode | `network.eval()` before acting |
# | `expected 2D or 3D input (got 1D input)` | batch norm got one observation without a batch | `observation.unsqueeze(0)`; lesson 04 says why plain networks do not mind |
# | `mat1 and mat2 shapes cannot be multiplied (1x5 and 4x24)` | five numbers went into a network for four | compare the observation's shape with the first layer |
# | `mat1 and mat2 must have the same dtype, but got Double and Float` | NumPy's float64 | `torch.as_tensor(x, dtype=torch.float32)` |
# | `linear(): argument 'input' (position 1) must be Tensor, not numpy.ndarray` | a NumPy array went in | `torch.as_tensor(x)` |
# | `Can't call numpy() on Tensor that requires grad` | values still carry their gradient | `torch.no_grad()` around the call, or `.detach()` |
# | `Expected all tensors to be on the same device` | network and input live on different devices | move one of them with `.to(device)` |
# | all values are exactly 0, the loss is large and stands still | a ReLU after the last layer has died | take it away |
# | values change although nobody trains | batch norm in train mode learns from every batch that it sees | `network.eval()` |

# %% [markdown]
# ## 10. What to remember
#
# 1. Observation in, one value per action out: `(B, 4)` to `(B, 2)`. Values are returns, not probabilities, and may be
#    any number: so nothing comes after the last layer.
# 2. A layer has `n_in * n_out + n_out` parameters.
# 3. Batch norm acts in eval mode and trains in train mode; `eval()` is about layers, `no_grad()` is about gradients.
#
# Sources: [Mnih et al. 2015](https://www.nature.com/articles/nature14236), the network that plays Atari; [Ioffe and
# Szegedy 2015](https://arxiv.org/abs/1502.03167), batch normalisation; [CartPole in
# gymnasium](https://gymnasium.farama.org/environments/classic_control/cart_pole/).
#
# Next: [03 · Tensor shapes](03_tensor_shapes.ipynb).
