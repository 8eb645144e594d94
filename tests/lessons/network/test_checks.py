"""Lesson 02's checks: the solution passes, and each known mistake is told what it did."""

import itertools

import numpy as np
import pytest
import torch
from tables import make_right_test, make_tests
from torch import nn

from qlib.lessons.network import checks as check
from qlib.lessons.network import suspects


def pencil():
    return {"hidden": [1, 0], "values": [-4, 1], "action": 1}


def _row(**row):
    return lambda: pencil() | row


WRONG_PENCIL = {
    "no ReLU": (_row(hidden=[1, -9]), "the ReLU is left out"),
    "no biases": (_row(hidden=[2, 0]), "a bias is left out"),
    "a bias without its minus": (_row(hidden=[3, 0]), "its minus lost"),
    "nothing of either, for many a reason": (_row(hidden=[0, 0]), "a unit adds up weight times input, and a bias"),
    "transposed, no ReLU": (_row(hidden=[-2, -11]), "a column of weights is taken for a row"),
    "left's weights for both": (_row(values=[-4, -4]), "row 2 belongs to right"),
    "biases of the outputs without their minus": (_row(values=[-2, 3]), "their minus lost"),
    "plus 3": (_row(hidden=[13, 15]), "the minus of the second input"),
    "mirrored": (_row(hidden=[1, 9]), "does not mirror"),
    "exchanged": (_row(hidden=[0, 1]), "the two units are exchanged"),
    "only one unit": (_row(hidden=[1]), "Expected shape (2,)"),
    "an outer ReLU": (_row(values=[0, 1]), "an action's value may be below 0"),
    "on without the ReLU": (_row(values=[23, 28]), "go on without their ReLU"),
    "no biases at the end": (_row(values=[-3, 2]), "the biases of the outputs"),
    "rounded otherwise": (_row(values=[-4, 2]), "a value adds up weight times unit"),
    "the lower action": (_row(action=0), "the lower value is chosen"),
    "from 1": (_row(action=2), "Python counts from 0"),
    "the action's name": (_row(action="right"), "takes the higher value"),
    "the value in place of its action": (_row(action=-4), "an action is a place"),
    "a list": (lambda: [[1, 0], [-4, 1], 1], "a dictionary with the rows"),
    "a row is missing": (lambda: {"hidden": [1, 0], "values": [-4, 1]}, "the table has these three"),
}


def count(sizes):
    return sum(n_in * n_out + n_out for n_in, n_out in itertools.pairwise(sizes))


WRONG_COUNT = {
    "no biases": (lambda s: sum(a * b for a, b in itertools.pairwise(s)), "adds a bias"),
    "inputs with biases": (lambda s: sum(a * b for a, b in itertools.pairwise(s)) + sum(s), "inputs are given"),
    "biases of n_in": (lambda s: sum(a * b + a for a, b in itertools.pairwise(s)), "n_out, not n_in"),
    "one bias a layer": (lambda s: sum(a * b + 1 for a, b in itertools.pairwise(s)), "each layer has one bias"),
    "units": (sum, "every line between two units"),
    "written down": (lambda s: 770, "other sizes"),
    "two bytes": (lambda s: count(np.array(s, np.int16)), "for [4, 256, 256, 2]"),
    "first layer only": (lambda s: s[0] * s[1] + s[1], "only the first layer"),
    "last layer only": (lambda s: s[-2] * s[-1] + s[-1], "only the last layer"),
    "last layer forgotten": (lambda s: count(s[:-1]) if len(s) > 2 else 0, "the last layer is left out"),
    "no bias at the end": (lambda s: count(s) - s[-1], "the last layer has no biases"),
    "four sizes only": (lambda s: count(s[:4]), "n_in * n_out weights"),
    "hidden layers alike": (
        lambda s: s[0] * s[1] + s[1] + (len(s) - 3) * (s[1] + 1) * s[1] + (s[1] + 1) * s[-1],
        "[6, 7",
    ),
    "product of all": (lambda s: int(np.prod(s)), "n_in * n_out weights"),
    "takes the sizes away": (
        lambda s: sum((a + 1) * s[0] for a in [s.pop(0) for _ in s[1:]] if s),
        "changed its argument",
    ),
}


def forward(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = (x @ weight.T + bias).clamp(min=0)
    return x @ weights[-1].T + biases[-1]


def _forward(between, last, transposed=True, bias_by=1):
    def forward(x, weights, biases):
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            x = x @ (weight.T if transposed else weight) + bias_by * bias
            x = last(x) if layer == len(weights) - 1 else between(x)
        return x

    return forward


def _three_layers_written_out(x, weights, biases):
    x = torch.relu(torch.relu(x @ weights[0].T + biases[0]) @ weights[1].T + biases[1])
    return x @ weights[2].T + biases[2]


def _relus(most):
    def forward(x, weights, biases):
        for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            x = x @ weight.T + bias
            x = x.relu() if i < min(most, len(weights) - 1) else x
        return x

    return forward


def _bias_late(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = (x @ weight.T).clamp(min=0) + bias
    return x @ weights[-1].T + biases[-1]


def _in_place(x, weights, biases):
    values = forward(x, weights, biases)
    x -= x
    return values


def _pops(x, weights, biases):
    weight, bias = weights.pop(), biases.pop()
    return forward(x, [*weights, weight], [*biases, bias])


def _same(x):
    return x


def _bias_by_row(x, weights, biases):
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        x = x @ weight.T + (bias.unsqueeze(1) if len(x) == len(bias) else bias)
        x = x.relu() if i < len(weights) - 1 else x
    return x


WRONG_FORWARD = {
    "a bias for each row, where it fits": (_bias_by_row, "here 2 layers of sizes (2, 3, 3)"),
    "ReLU at the end": (_forward(torch.relu, torch.relu), "last layer has no ReLU"),
    "no ReLU": (_forward(_same, _same), "one linear map"),
    "not transposed": (_forward(torch.relu, _same, transposed=False), "row i of a weight"),
    "no bias": (_forward(torch.relu, _same, bias_by=0), "adds its bias"),
    "minus the bias": (_forward(torch.relu, _same, bias_by=-1), "biases are subtracted"),
    "late bias": (_bias_late, "the bias comes after the ReLU"),
    "no bias at the end": (lambda x, w, b: forward(x, w, b) - b[-1], "the last layer's bias"),
    "absolute value": (_forward(torch.abs, _same), "does not mirror"),
    "tanh": (_forward(torch.tanh, _same), "a tanh stands"),
    "leaky": (_forward(nn.functional.leaky_relu, _same), "a ReLU lets nothing"),
    "another activation": (_forward(torch.sigmoid, _same), "ReLU after all layers but the last"),
    "three layers written out": (_three_layers_written_out, "any number and size"),
    "three times a ReLU": (_relus(3), "here 6 layers"),
    "the input cut": (lambda x, w, b: forward(x.relu(), w, b), "an input may be below 0"),
    "first row only": (lambda x, w, b: forward(x[:1], w, b).expand(len(x), -1), "ReLU after all layers"),
    "one row for all": (lambda x, w, b: forward(x, w, b).mean(0), "Expected shape (2, 3)"),
    "changes x": (_in_place, "changed its argument `x`"),
    "takes the last layer off": (_pops, "changed its argument `weights`"),
}


def make_network(n_observations, n_actions):
    return nn.Sequential(nn.Linear(n_observations, 32), nn.ReLU(), nn.Linear(32, n_actions))


def _with(*after, hidden=(nn.ReLU,), units=24):
    def make(n, a):
        return nn.Sequential(
            nn.Linear(n, units), *(h() for h in hidden), nn.Linear(units, a), *(kind() for kind in after)
        )

    return make


class Scaled(nn.Module):
    def __init__(self, inner, step):
        super().__init__()
        self.inner, self.step = inner, step

    def forward(self, x):
        return self.step(self.inner, x)


def _step(step):
    return lambda n, a: Scaled(make_network(n, a), step)


class InAList(nn.Module):
    def __init__(self, n, a):
        super().__init__()
        self.hidden, self.last = [nn.Linear(n, 24)], nn.Linear(24, a)

    def forward(self, x):
        return self.last(torch.relu(self.hidden[0](x)))


class NeverUsed(nn.Module):
    def __init__(self, n, a):
        super().__init__()
        self.one, self.two, self.last = nn.Linear(n, 24), nn.Linear(24, 24), nn.Linear(24, a)

    def forward(self, x):
        return self.last(torch.relu(self.one(x)))


SHARED = {}


def _kept(n, a):
    return SHARED.setdefault((n, a), make_network(n, a))


def _shared_last_layer(n, a):
    return nn.Sequential(nn.Linear(n, 8), nn.ReLU(), SHARED.setdefault((n, a, "last"), nn.Linear(8, a)))


def _seeded(n, a):
    torch.manual_seed(0)
    return make_network(n, a)


def _zeros(n, a):
    network = make_network(n, a)
    for parameter in network.parameters():
        nn.init.uniform_(parameter, 0, 1e-3) if parameter.ndim == 1 else nn.init.zeros_(parameter)
    return network


def _frozen(n, a):
    network = make_network(n, a)
    network[0].requires_grad_(False)
    return network


def _one_for_all(n, a):
    return Scaled(make_network(n, 1), lambda inner, x: inner(x).expand(-1, a))


def _first_four(n, a):
    return Scaled(make_network(min(n, 4), a), lambda inner, x: inner(x[:, : min(n, 4)]))


def _no_gradient(inner, x):
    with torch.no_grad():
        return inner(x)


def _cut_within(inner, x):
    return inner[2](inner[1](inner[0](x)).detach())


class _Tall(nn.Module):
    def __init__(self, n, a):
        super().__init__()
        self.layers, self.height = make_network(n, a), nn.Parameter(torch.ones(a))

    def forward(self, x):
        return self.height * self.layers(x).tanh()


def _bent_first(n, a):
    return nn.Sequential(nn.ReLU(), nn.Linear(n, 24), nn.Linear(24, a))


class _InEval(nn.Module):
    def __init__(self, n, m):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(n, 32), nn.ReLU(), nn.Linear(32, m))

    def forward(self, x):
        values = self.layers(x)
        return values if self.training else values.softmax(1)


def _seeded_first(n, m):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        first = nn.Linear(n, 32)
    return nn.Sequential(first, nn.ReLU(), nn.Linear(32, m))


WRONG_NETWORK = {
    "softmax when it acts": (_InEval, "learns in train mode"),
    "first layer always the same": (_seeded_first, "every seed is the same seed"),
    "a wide squeeze at the end": (_with(lambda: nn.Hardtanh(-1e5, 1e5)), "something comes after the last layer"),
    "a slight shrinking at the end": (_with(lambda: nn.Softshrink(0.1)), "something comes after the last layer"),
    "ReLU at the end": (_with(nn.ReLU), "something comes after the last layer"),
    "tanh at the end": (_with(nn.Tanh), "something comes after the last layer"),
    "sigmoid at the end": (_with(nn.Sigmoid), "something comes after the last layer"),
    "softplus at the end": (_with(nn.Softplus), "something comes after the last layer"),
    "leaky ReLU at the end": (_with(nn.LeakyReLU), "something comes after the last layer"),
    "PReLU at the end": (_with(nn.PReLU), "something comes after the last layer"),
    "ELU at the end": (_with(nn.ELU), "something comes after the last layer"),
    "SiLU at the end": (_with(nn.SiLU), "something comes after the last layer"),
    "softmax at the end": (_with(lambda: nn.Softmax(1)), "something comes after the last layer"),
    "log-softmax at the end": (_with(lambda: nn.LogSoftmax(1)), "something comes after the last layer"),
    "layer norm at the end": (lambda n, a: nn.Sequential(make_network(n, a), nn.LayerNorm(a)), "after the last layer"),
    "a tanh that learns its height": (_Tall, "after the last layer"),
    "a scaled tanh at the end": (_step(lambda inner, x: 500 * inner(x).tanh()), "something comes after the last layer"),
    "cut at 1,000": (_step(lambda inner, x: inner(x).clamp(-1000, 1000)), "something comes after the last layer"),
    "no ReLU": (_with(hidden=()), "one linear layer"),
    "no hidden layer": (lambda n, a: nn.Linear(n, a), "one linear layer"),
    "only the input is bent, before two layers": (_bent_first, "before the only layer"),
    "only the input is bent": (lambda n, a: nn.Sequential(nn.ELU(), nn.Linear(n, a)), "before the only layer"),
    "CartPole's sizes": (lambda n, a: make_network(4, 2), "n_observations goes into the first layer"),
    "CartPole's actions": (lambda n, a: make_network(n, 2), "there are 64 observations and 3 actions"),
    "exchanged": (lambda n, a: make_network(a, n), "n_observations goes into the first layer"),
    "one output": (lambda n, a: make_network(n, 1), "there are 64 observations and 2 actions"),
    "batch norm": (_with(hidden=(lambda: nn.BatchNorm1d(24), nn.ReLU)), "no batch norm"),
    "batch norm in eval mode": (
        lambda n, a: _with(hidden=(lambda: nn.BatchNorm1d(24), nn.ReLU))(n, a).eval(),
        "no batch norm",
    ),
    "dropout": (_with(hidden=(nn.ReLU, nn.Dropout)), "no dropout"),
    "minus the batch's mean": (_step(lambda inner, x: inner(x - x.mean(0))), "company"),
    "layers in a list": (InAList, "layers in a plain list are not found"),
    "a layer never used": (NeverUsed, "what gets no gradient learns nothing"),
    "frozen": (_frozen, "what gets no gradient learns nothing"),
    "detached inside": (_step(_cut_within), "what gets no gradient learns nothing"),
    "no_grad in forward": (_step(_no_gradient), "values with a gradient"),
    "one network for all": (_kept, "share weights"),
    "one last layer for all": (_shared_last_layer, "share weights"),
    "seeded": (_seeded, "every seed is the same seed"),
    "weights of 0": (_zeros, "every seed is the same seed"),
    "one value for all actions": (_one_for_all, "the same value twice"),
    "only four numbers used": (_first_four, "4 used"),
    "float64 weights": (lambda n, a: make_network(n, a).double(), "observations are float32"),
    "float64": (_step(lambda inner, x: inner(x).double()), "torch.float64"),
    "one row at a time": (_step(lambda inner, x: inner(x).squeeze(0)), "shape (1, 2)"),
    "in place": (_step(lambda inner, x: inner(x.mul_(2))), "others use these observations"),
    "a function": (lambda n, a: make_network(n, a).forward, "a module (torch.nn.Module)"),
    "the class": (lambda n, a: nn.Sequential, "a module (torch.nn.Module)"),
}


def tell():
    return dict(zip("ABCD", (suspects.PARTS[i] for i in (3, 1, 2, 0)), strict=True))


def _said(**letters):
    return lambda: tell() | {letter: suspects.PARTS[part] for letter, part in letters.items()}


WRONG_WHICH = {
    "A is whole": (_said(A=0), "misses the dots"),
    "A has a ReLU at its end": (_said(A=2), "goes below 0"),
    "A has no ReLU": (_said(A=1), "this curve bends"),
    "B is whole": (_said(B=0), "misses the dots"),
    "B has a ReLU at its end": (_said(B=2), "goes below 0"),
    "B has a tanh": (_said(B=3), "leaves the strip"),
    "C is whole": (_said(C=0), "misses the dots"),
    "C has a tanh": (_said(C=3), "leaves the strip"),
    "C has no ReLU": (_said(C=1), "this curve bends"),
    "D has a tanh": (_said(D=3), "leaves the strip"),
    "D has a ReLU at its end": (_said(D=2), "goes below 0"),
    "two are exchanged": (_said(A=0, D=3), "misses the dots"),
    "only three": (lambda: {letter: part for letter, part in tell().items() if letter != "B"}, "there are four curves"),
    "other words": (lambda: tell() | {"D": "fine"}, "copy its words"),
    "a list": (lambda: list(tell().values()), "there are four curves"),
}
EXERCISES = [
    (check.by_pencil, pencil, WRONG_PENCIL),
    (check.count_parameters, count, WRONG_COUNT),
    (check.forward, forward, WRONG_FORWARD),
    (check.make_network, make_network, WRONG_NETWORK),
    (check.which, tell, WRONG_WHICH),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(EXERCISES)


def counts_each_unit(sizes):
    return np.sum((np.array(sizes[:-1]) + 1) * np.array(sizes[1:]))


def counts_what_pytorch_counts(sizes):
    return sum(p.numel() for a, b in itertools.pairwise(sizes) for p in nn.Linear(a, b).parameters())


def counts_backwards(sizes):
    total = 0.0
    for layer in range(len(sizes) - 1, 0, -1):
        total += sizes[layer] * (1 + sizes[layer - 1])
    return total


def counts_by_recursion(sizes):
    return 0 if len(sizes) < 2 else (sizes[0] + 1) * sizes[1] + counts_by_recursion(sizes[1:])


def counts_a_tensor(sizes):
    sizes = torch.tensor(sizes)
    return (sizes[:-1] * sizes[1:]).sum() + sizes[1:].sum()


def numpy_forward(x, weights, biases):
    x = x.numpy()
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = np.maximum(x @ weight.numpy().T + bias.numpy(), 0)
    return x @ weights[-1].numpy().T + biases[-1].numpy()


def takes_the_last_layer_off_copies(x, weights, biases):
    weights, biases = list(weights), list(biases)
    weight, bias = weights.pop(), biases.pop()
    for w, b in zip(weights, biases, strict=True):
        x = torch.relu_(nn.functional.linear(x, w, b))
    return nn.functional.linear(x, weight, bias)


def row_by_row(x, weights, biases):
    return [forward(row, weights, biases).tolist() for row in x]


def columns(x, weights, biases):
    h = x.T.double()
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        h = weight.double() @ h + bias.double()[:, None]
        h = h * (h > 0) if i + 1 < len(weights) else h
    return h.T


def by_einsum(x, weights, biases):
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True), start=1):
        x = torch.einsum("bi,oi->bo", x, weight) + bias
        x = torch.where(x > 0, x, 0.0) if layer < len(weights) else x
    return x


class TwoHeads(nn.Module):
    """Dueling: a value of the state, and each action's advantage."""

    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_observations, 32), nn.Tanh())
        self.state, self.advantage = nn.Linear(32, 1), nn.Linear(32, n_actions)

    def forward(self, x):
        h = self.body(x)
        advantage = self.advantage(h)
        return self.state(h) + advantage - advantage.mean(1, keepdim=True)


class NetworkForEachAction(nn.Module):
    def __init__(self, n, a):
        super().__init__()
        self.parts = nn.ModuleList([make_network(n, 1) for _ in range(a)])

    def forward(self, x):
        return torch.cat([part(x) for part in self.parts], 1)


class Maxout(nn.Module):
    def __init__(self, n, a):
        super().__init__()
        self.pairs, self.last = nn.Linear(n, 64), nn.Linear(32, a)

    def forward(self, x):
        return self.last(self.pairs(x).unflatten(1, (32, 2)).amax(2))


class WithMatrices(nn.Module):
    def __init__(self, n, a):
        super().__init__()
        self.w = nn.ParameterList([nn.Parameter(torch.randn(n, 16) / n), nn.Parameter(torch.randn(16, a) / 4)])
        self.b = nn.Parameter(torch.zeros(a))

    def forward(self, x):
        return (x @ self.w[0]).clamp(min=0) @ self.w[1] + self.b


def deep(n_observations, n_actions):
    layers = [nn.Linear(n_observations, 64), nn.ReLU(inplace=True)]
    for _ in range(3):
        layers += [nn.Linear(64, 64), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(64, n_actions)).eval()


def without_biases(n, a):
    return nn.Sequential(nn.Linear(n, 48, bias=False), nn.GELU(), nn.Linear(48, a, bias=False))


def with_layer_norm(n, a):
    return nn.Sequential(nn.Linear(n, 24), nn.LayerNorm(24), nn.SiLU(), nn.Linear(24, a))


def qlibs(n_observations, n_actions):
    from qlib import QNetwork

    return QNetwork(n_observations, n_actions, hidden=(24, 24))


def small(n, a):
    return _with(units=4)(n, a)


def wide(n, a):
    return _with(units=1024, hidden=(nn.LeakyReLU,))(n, a)


def orthogonal(n, a):
    network = make_network(n, a)
    for layer in (network[0], network[2]):
        nn.init.orthogonal_(layer.weight)
        nn.init.zeros_(layer.bias)
    return network


def pencil_of_tensors():
    return {"values": torch.tensor([-4.0, 1.0]), "hidden": np.array([1, 0]), "action": np.int64(1)}


def pencil_computed():
    x = np.array([2, -3])
    h = np.maximum(np.array([[4, 2], [3, 4]]) @ x + [-1, -3], 0)
    values = np.array([[-3, -3], [2, -3]]) @ h - 1
    return {"hidden": h, "values": tuple(values), "action": values.argmax()}


def pencil_by_pytorch():
    h = torch.relu(torch.tensor([[4.0, 2.0], [3.0, 4.0]]) @ torch.tensor([2.0, -3.0]) + torch.tensor([-1.0, -3.0]))
    values = torch.tensor([[-3.0, -3.0], [2.0, -3.0]]) @ h + torch.tensor([-1.0, -1.0])
    return {"hidden": h, "values": values, "action": values.argmax()}


def pencil_as_floats():
    return {"hidden": (1.0, 0.0), "values": [-4.0, 1.0], "action": 1.0}


def pencil_in_parts():
    table = {}
    table["hidden"] = [4 * 2 - 2 * 3 - 1, max(0, 3 * 2 - 4 * 3 - 3)]
    table["values"] = [-3 * 1 - 1, 2 * 1 - 1]
    table["action"] = True
    return table


test_other_ways = make_right_test(
    [
        *((check.by_pencil, a) for a in (pencil_of_tensors, pencil_computed, pencil_by_pytorch, pencil_as_floats)),
        (check.by_pencil, pencil_in_parts),
        *((check.count_parameters, a) for a in (counts_each_unit, counts_what_pytorch_counts, counts_backwards)),
        *((check.count_parameters, a) for a in (counts_by_recursion, counts_a_tensor)),
        *((check.forward, a) for a in (numpy_forward, takes_the_last_layer_off_copies, row_by_row, columns, by_einsum)),
        *((check.make_network, a) for a in (TwoHeads, WithMatrices, deep, without_biases, with_layer_norm, qlibs)),
        *((check.make_network, a) for a in (small, wide, orthogonal, NetworkForEachAction, Maxout)),
    ]
)


def test_a_network_of_ones_own_is_kept_and_stands_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL")
    assert check.make_network(make_network).message.endswith("my_agent/make_network.py.")
    from qlib.lessons import pieces

    assert pieces.mine("make_network", None)(4, 2)(torch.zeros(3, 4)).shape == (3, 2)


@pytest.mark.parametrize("letter", "ABCD")
def test_of_the_four_words_one_fits_a_curve(letter):
    fitting = [part for part in suspects.PARTS if not suspects.against(part, suspects.curves()[letter])]
    assert fitting == [tell()[letter]]
