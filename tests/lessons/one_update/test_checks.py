"""Lesson 06's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import torch
import torch.nn.functional as F
from tables import make_tests

from qlib.lessons.one_update import checks

RIGHT = {
    checks.value_before_fall: lambda gamma, steps: sum(gamma**k for k in range(steps)),
    checks.td_target: lambda r, q, end, gamma: r + gamma * q.max(1).values * ~end,
    checks.q_loss: lambda q, a, y: F.mse_loss(q.gather(1, a.unsqueeze(1)).squeeze(1), y),
}


def update(network, optimizer, batch, gamma, *, row=None, stop=True, zero=True, cut=True, follow=True, step=True):
    """The whole update, with a switch for each fault; `row` chooses the current value in another way."""
    values = network(batch.observations)
    current = row(values) if row else values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    best = network(batch.next_observations if follow else batch.observations).max(1).values
    target = batch.rewards + gamma * (best * ~batch.terminated if cut else best)
    loss = F.mse_loss(current, target.detach() if stop else target)
    if zero:
        optimizer.zero_grad()
    loss.backward()
    if step:
        optimizer.step()
    return loss.item()


def faulty(**faults):
    return lambda *arguments: update(*arguments, **faults)


def silent(*arguments):
    update(*arguments)


WRONG = [
    (checks.value_before_fall, lambda g, k: 1 / (1 - g), "never fell"),
    (checks.value_before_fall, lambda g, k: sum(g**i for i in range(1, k + 1)), "discounted already"),
    (checks.value_before_fall, lambda g, k: sum(g**i for i in range(k + 1)), "too many"),
    (checks.value_before_fall, lambda g, k: g ** (k - 1), "only the last"),
    (checks.value_before_fall, lambda g, k: k, "nothing is discounted"),
    (checks.value_before_fall, lambda g, k: 2.44, "is not discounted"),
    (checks.td_target, lambda r, q, end, g: r + g * q.max(1).values, "nothing is cut"),
    (checks.td_target, lambda r, q, end, g: r + g * q.max(1).values * end, "wrong way round"),
    (checks.td_target, lambda r, q, end, g: g * (r + q.max(1).values * ~end), "reward is discounted"),
    (checks.td_target, lambda r, q, end, g: r + q.max(1).values * ~end, "discount is missing"),
    (checks.td_target, lambda r, q, end, g: (r + g * q.max(1).values) * ~end, "cut as well"),
    (checks.td_target, lambda r, q, end, g: r + g * q.argmax(1) * ~end, "argmax"),
    (checks.td_target, lambda r, q, end, g: r + g * q.mean(1) * ~end, "mean over the actions"),
    (checks.td_target, lambda r, q, end, g: r + g * (q.max(1).values * ~end).unsqueeze(1), "makes (B, B)"),
    (checks.td_target, lambda r, q, end, g: r + g * q.max(0).values.sum() * ~end, "one number per row"),
    (checks.td_target, lambda r, q, end, g: r + 0.9 * q.max(1).values * ~end, "gamma 0"),
    (checks.td_target, lambda r, q, end, g: r + g * q.max(1) * ~end, "raised"),
    (checks.q_loss, lambda q, a, y: ((q - y.unsqueeze(1)) ** 2).mean(), "every action"),
    (checks.q_loss, lambda q, a, y: ((q.max(1).values - y) ** 2).mean(), "the highest value"),
    (checks.q_loss, lambda q, a, y: ((q.gather(1, a.unsqueeze(1)) - y) ** 2).mean(), "every target"),
    (checks.q_loss, lambda q, a, y: ((q.gather(1, a[:, None])[:, 0] - y) ** 2).sum(), "summed"),
    (checks.q_loss, lambda q, a, y: (q.gather(1, a[:, None])[:, 0] - y) ** 2, "one number"),
    (checks.q_loss, lambda q, a, y: (q.gather(1, a[:, None])[:, 0] - y).mean(), "not squared"),
    (checks.q_loss, lambda q, a, y: (q.gather(1, a[:, None])[:, 0] - y).abs().mean(), "absolute"),
    (checks.q_loss, lambda q, a, y: F.mse_loss(q.gather(1, a[:, None])[:, 0], y).item(), "without a gradient"),
    (checks.q_loss, lambda q, a, y: F.smooth_l1_loss(q.gather(1, a[:, None])[:, 0], y), "mean of (Q(s, a) − y)²"),
    (
        checks.q_loss,
        lambda q, a, y: F.mse_loss(q.detach().gather(1, a[:, None])[:, 0], y) + 0 * q.sum(),
        "only the values of the actions taken",
    ),
    (checks.mended_update, faulty(row=lambda values: values.max(1).values), "the highest value"),
    (checks.mended_update, faulty(stop=False), "flows through the target"),
    (checks.mended_update, faulty(zero=False), "added up"),
    (checks.mended_update, faulty(cut=False), "beyond the termination"),
    (checks.mended_update, faulty(follow=False), "not at the next one"),
    (checks.mended_update, faulty(step=False), "takes no step"),
    (checks.mended_update, faulty(row=lambda values: values.mean(1)), "must lead to these weights"),
    (checks.mended_update, lambda network, *more: update(network, *more) + 0 * network.weight.sum(), "loss.item()"),
    (checks.mended_update, silent, "is `return` missing?"),
]


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (check, solution, {words: (answer, words) for each, answer, words in WRONG if each is check})
        for check, solution in [*RIGHT.items(), (checks.mended_update, update)]
    ]
)


def test_each_fault_that_is_left_is_named():
    report = checks.mended_update(faulty(row=lambda values: values.max(1).values, stop=False, zero=False))
    for words in ("the highest value", "flows through the target", "added up"):
        assert words in report.message


def test_the_fixture_can_tell_right_from_wrong():
    batch = checks._BATCH
    assert batch.terminated.any() and not batch.terminated.all()
    assert set(batch.actions.tolist()) == {0, 1, 2}
    assert len(set(batch.rewards.tolist())) == len(batch.rewards)
    assert not torch.equal(batch.observations, batch.next_observations)
