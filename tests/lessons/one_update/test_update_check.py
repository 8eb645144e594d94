"""The check of lesson 06's update: other ways pass, and each fault is named by the weights that it leads to."""

import torch
import torch.nn.functional as F
from tables import make_right_test, make_tests

from qlib.lessons.one_update.update_check import update as check
from qlib.lessons.stand_ins import q_loss, td_target


def update(
    network,
    target_network,
    optimizer,
    batch,
    gamma,
    *,
    row=None,
    stop=True,
    zero=True,
    cut=True,
    follow=True,
    step=1,
    most=1e9,
):
    """The whole update, with a switch for each fault; `row` chooses the current value in another way."""
    values = network(batch.observations)
    current = row(values) if row else values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    best = target_network(batch.next_observations if follow else batch.observations).max(1).values
    target = batch.rewards + gamma * (best * ~batch.terminated if cut else best)
    target = target.clamp(-most, most)
    loss = F.mse_loss(current, target.detach() if stop else target)
    if zero:
        optimizer.zero_grad()
    loss.backward()
    for _ in range(step):
        optimizer.step()
    return loss.item()


def whole(network, target_network, optimizer, batch, gamma, late=False):
    with torch.no_grad():
        y = td_target(batch.rewards, target_network(batch.next_observations), batch.terminated, gamma)
    loss = q_loss(network(batch.observations), batch.actions, y)
    ways = optimizer.zero_grad, loss.backward
    for way in reversed(ways) if late else ways:
        way()
    optimizer.step()
    return loss.item()


def faulty(**faults):
    return lambda *arguments: update(*arguments, **faults)


def clipped(network, target_network, optimizer, batch, gamma):
    step = optimizer.step
    try:
        optimizer.step = lambda: (torch.nn.utils.clip_grad_norm_(network.parameters(), 100.0), step())
        return whole(network, target_network, optimizer, batch, gamma)
    finally:
        optimizer.step = step


def after(change):
    def wrong(network, target_network, optimizer, batch, gamma):
        loss = whole(network, target_network, optimizer, batch, gamma)
        change(network, target_network)
        return loss

    return wrong


def freezes(network, target):
    for p in target.parameters():
        p.requires_grad_(False)


def online_values(network, target, optimizer, batch, gamma):
    return whole(network, network, optimizer, batch, gamma)


def through_target(network, target, optimizer, batch, gamma):
    y = td_target(batch.rewards, target(batch.next_observations), batch.terminated, gamma)
    loss = q_loss(network(batch.observations), batch.actions, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def tensor_loss(network, *more):
    return torch.tensor(whole(network, *more)) + 0 * network(more[2].observations).sum()


def loss_of_the_step_after(network, target, optimizer, batch, gamma):
    whole(network, target, optimizer, batch, gamma)
    y = td_target(batch.rewards, target(batch.next_observations), batch.terminated, gamma)
    return q_loss(network(batch.observations), batch.actions, y).item()


def in_modes_of_its_own(network, target_network, *rest):
    network.train()
    return whole(network, target_network, *rest)


def thaws(network, target_network, *rest):
    target_network.requires_grad_(True)
    return whole(network, target_network, *rest)


def cleared_too_late(*given):
    return whole(*given, late=True)


UPDATE_MISTAKES = [
    (in_modes_of_its_own, "the network in eval mode, as it was"),
    (thaws, "requires_grad as it was"),
    (faulty(row=lambda values: values.max(1).values), "the highest value"),
    (online_values, "not the target network"),
    (faulty(stop=False), "flows through the target"),
    (through_target, "flows through the target"),
    (faulty(zero=False), "added up"),
    (faulty(cut=False), "beyond the termination"),
    (faulty(follow=False), "not at the next one"),
    (faulty(step=0), "takes no step"),
    (cleared_too_late, "zero_grad() comes before backward()"),
    (faulty(step=2), "takes two steps"),
    (faulty(row=lambda values: values.mean(1)), "must lead to these weights"),
    (clipped, "must lead to these weights"),
    (faulty(most=10.0), "must lead to these weights"),
    (tensor_loss, "loss.item()"),
    (loss_of_the_step_after, "before its step"),
    (after(freezes), "requires_grad"),
    (after(lambda network, target: network.eval()), "train mode, as it was"),
    (after(lambda network, target: target.train()), "eval mode, as it was"),
    (after(lambda network, target: target.load_state_dict(network.state_dict())), "the loop's business"),
    (after(lambda network, target: torch.set_grad_enabled(False)), "gradients on"),
]
test_solution, test_slip, test_mistake, test_odd_answer = make_tests(
    [(check, whole, {f"{i} {words}": (answer, words) for i, (answer, words) in enumerate(UPDATE_MISTAKES)})]
)


def zero_first(network, target_network, optimizer, batch, gamma):
    optimizer.zero_grad()
    with torch.no_grad():
        best = target_network(batch.next_observations).max(dim=1)[0]
        y = torch.where(batch.terminated, batch.rewards, batch.rewards + gamma * best)
    loss = F.mse_loss(network(batch.observations).gather(1, batch.actions[:, None]), y[:, None])
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def zero_last(network, target_network, optimizer, batch, gamma):
    states, actions, rewards, next_states, ends = batch
    y = td_target(rewards, target_network(next_states).detach(), ends, gamma)
    loss = ((network(states)[torch.arange(len(actions)), actions] - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def zero_by_hand(network, target_network, optimizer, batch, gamma):
    for p in network.parameters():
        p.grad = None
    with torch.inference_mode():
        best = target_network(batch.next_observations).amax(1)
    y = batch.rewards + gamma * best.clone() * (1 - batch.terminated.float())
    loss = torch.nn.MSELoss()(network(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1), y.clone())
    loss.backward()
    optimizer.step()
    return loss.item()


test_right = make_right_test([(check, answer) for answer in (update, zero_first, zero_last, zero_by_hand)])


def test_each_fault_that_is_left_is_named():
    report = check(faulty(row=lambda values: values.max(1).values, zero=False))
    for words in ("the highest value", "added up"):
        assert words in report.message
