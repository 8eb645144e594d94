"""Lesson 06's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tables import make_right_test, make_tests

from qlib.lessons import own_agent
from qlib.lessons.one_update import checks
from qlib.lessons.own_agent import loop, q_loss, td_target

PENCIL = [[6.4, 4.6], [6.5, 6.5], [1.0, 1.0]]


def pencil():
    return PENCIL


def given(row, column, value):
    rows = [list(each) for each in PENCIL]
    rows[row][column] = value
    return lambda: rows


def update(
    network, target_network, optimizer, batch, gamma, *, row=None, stop=True, zero=True, cut=True, follow=True, step=1
):
    """The whole update, with a switch for each fault; `row` chooses the current value in another way."""
    values = network(batch.observations)
    current = row(values) if row else values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    best = target_network(batch.next_observations if follow else batch.observations).max(1).values
    target = batch.rewards + gamma * (best * ~batch.terminated if cut else best)
    loss = F.mse_loss(current, target.detach() if stop else target)
    if zero:
        optimizer.zero_grad()
    loss.backward()
    for _ in range(step):
        optimizer.step()
    return loss.item()


def whole(network, target_network, optimizer, batch, gamma):
    with torch.no_grad():
        y = td_target(batch.rewards, target_network(batch.next_observations), batch.terminated, gamma)
    loss = q_loss(network(batch.observations), batch.actions, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def faulty(**faults):
    return lambda *arguments: update(*arguments, **faults)


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


def taken(q, a):
    return q.gather(1, a.unsqueeze(1)).squeeze(1)


PENCIL_MISTAKES = [
    (given(0, 0, 8.2), "the online network values"),
    (given(0, 0, 4.6), "swap the two columns"),
    (given(0, 1, 6.4), "the target network chooses, too"),
    (given(0, 1, 2.8), "it is the other way round"),
    (given(1, 0, 7.0), "the discount is missing"),
    (given(2, 0, 6.4), "terminal cut is missing"),
    (given(2, 1, 6.4), "terminal cut is missing"),
    (given(1, 0, 4.5), "the reward is left out"),
    (given(1, 1, 3.0), "the value that follows"),
    (lambda: [6.4, 4.6], "three rows of two targets"),
]
TD_MISTAKES = [
    (lambda r, q, end, g: r + g * (q * (q == q.max(1, keepdim=True).values)).sum(1) * ~end, "64 rows, 2 actions"),
    (lambda r, q, end, g: r + g * torch.maximum(q[:, 0], q[:, -1]) * ~end, "here 9 rows"),
    (lambda r, q, end, g: r + g * q.max(1).values, "nothing is cut"),
    (lambda r, q, end, g: r + g * q.max(1).values * end, "wrong way round"),
    (lambda r, q, end, g: g * (r + q.max(1).values * ~end), "reward is discounted"),
    (lambda r, q, end, g: r + q.max(1).values * ~end, "discount is missing"),
    (lambda r, q, end, g: (r + g * q.max(1).values) * ~end, "cut as well"),
    (lambda r, q, end, g: r + g * q.argmax(1) * ~end, "argmax"),
    (lambda r, q, end, g: r + g * q.mean(1) * ~end, "mean over the actions"),
    (lambda r, q, end, g: r + g * (q.max(1).values * ~end).unsqueeze(1), "makes (B, B)"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end).unsqueeze(1), "a list of one"),
    (lambda r, q, end, g: r + g * q.max() * ~end, "whole batch is used"),
    (lambda r, q, end, g: r + g * q.max(1).values.clamp(0) * ~end, "raised to 0"),
    (lambda r, q, end, g: r + g * q.max(1).values * ~end.any(), "if one row terminated"),
    (lambda r, q, end, g: r + 0.9 * q.max(1).values * ~end, "y = r where"),
    (lambda r, q, end, g: r + g * q[:, :2].max(1).values * ~end, "y = r where"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end)[:5], "y = r where"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end).round(), "y = r where"),
    (lambda r, q, end, g: r.abs() + g * q.max(1).values * ~end, "y = r where"),
    (lambda r, q, end, g: r + g * q.max(1) * ~end, "raised"),
    (lambda r, q, end, g: r.add_(g * q.max(1).values * ~end), "changed its argument"),
]
LOSS_MISTAKES = [
    (lambda q, a, y: ((q - y.unsqueeze(1)) ** 2).mean(), "every action"),
    (lambda q, a, y: ((q.max(1).values - y) ** 2).mean(), "the highest value"),
    (lambda q, a, y: ((q[:, 0] - y) ** 2).mean(), "the first action's"),
    (lambda q, a, y: ((q.gather(1, a.unsqueeze(1)) - y) ** 2).mean(), "every target"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).sum(), "summed"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).sum() / q.numel(), "rows times actions"),
    (lambda q, a, y: (taken(q, a) - y) ** 2, "one number"),
    (lambda q, a, y: (taken(q, a) - y).mean(), "not squared"),
    (lambda q, a, y: (taken(q, a) - y).abs().mean(), "absolute"),
    (lambda q, a, y: (taken(q, a) - y).mean() ** 2, "the mean is squared"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).mean().sqrt(), "a root"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).mean() / 2, "halved"),
    (lambda q, a, y: F.mse_loss(taken(q, a), y).item(), "without a gradient"),
    (lambda q, a, y: F.smooth_l1_loss(taken(q, a), y), "Huber"),
    (lambda q, a, y: F.mse_loss(taken(q.detach(), a), y) + 0 * q.sum(), "only the values of the actions taken"),
    (lambda q, a, y: F.mse_loss(taken(q, a), y) + (q - q.detach()).sum(), "only the values of the actions taken"),
    (lambda q, a, y: F.mse_loss(taken(q, a)[:5], y[:5]), "mean of (Q(s, a) − y)²"),
]


def in_modes_of_its_own(network, target_network, *rest):
    network.train()
    return whole(network, target_network, *rest)


def thaws(network, target_network, *rest):
    target_network.requires_grad_(True)
    return whole(network, target_network, *rest)


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
    (faulty(step=2), "takes two steps"),
    (faulty(row=lambda values: values.mean(1)), "must lead to these weights"),
    (tensor_loss, "loss.item()"),
    (loss_of_the_step_after, "before its step"),
    (after(freezes), "requires_grad"),
    (after(lambda network, target: network.eval()), "train mode, as it was"),
    (after(lambda network, target: target.train()), "eval mode, as it was"),
    (after(lambda network, target: target.load_state_dict(network.state_dict())), "the loop's business"),
    (after(lambda network, target: torch.set_grad_enabled(False)), "gradients on"),
]


def broken_loop(
    *,
    epsilon=lambda my, k, e: e,
    values=lambda my, o, n: my.network(torch.as_tensor(o)).detach().numpy(),
    cut=lambda terminated, truncated: terminated,
    seen=lambda before, after: (before, after),
    updates=lambda my, steps: len(my.memory) >= my.batch_size,
    nets=lambda my: (my.network, my.target_network),
    follows=1,
    towards=lambda my: (my.target_network, my.network),
    ends=lambda terminated, truncated: terminated or truncated,
    ask=lambda my, finished: finished(my.network),
    moves=True,
    gives=lambda my: my.network,
):
    """The loop, with a switch for each fault."""

    def wrong(my, env, finished):
        steps = 0
        for k, e in enumerate(my.epsilons):
            observation, _ = env.reset()
            over = False
            while not over:
                action = my.epsilon_greedy(values(my, observation, steps), epsilon(my, k, e), my.rng)
                next_observation, reward, terminated, truncated, _ = env.step(action)
                steps += 1
                my.memory.push(
                    *_pushed(seen, observation, action, reward, next_observation, cut(terminated, truncated))
                )
                if moves:
                    observation = next_observation
                over = ends(terminated, truncated)
                for _ in range(int(updates(my, steps))):
                    batch = my.memory.sample(my.batch_size, my.generator)
                    my.update(*nets(my), my.optimizer, batch, my.gamma)
                    for _ in range(follows):
                        my.follow(*towards(my))
            if ask(my, finished):
                break
        return gives(my)

    return wrong


def _pushed(seen, observation, action, reward, next_observation, terminated):
    before, after = seen(observation, next_observation)
    return before, action, reward, after, terminated


def one_batch_for_all(my, env, finished):
    batch = None
    memory = my.memory

    class Same:
        push = memory.push

        def sample(self, *more):
            nonlocal batch
            batch = batch or memory.sample(*more)
            return batch

        def __len__(self):
            return len(memory)

    return loop(
        type("My", (), {**vars(my), "epsilon_greedy": staticmethod(my.epsilon_greedy), "memory": Same()}), env, finished
    )


LOOP_MISTAKES = [
    (broken_loop(moves=False), "observation"),
    (broken_loop(cut=lambda terminated, truncated: terminated or truncated), "a time limit is no fall"),
    (broken_loop(cut=lambda terminated, truncated: False), "only `terminated`"),
    (broken_loop(seen=lambda before, after: (after, after)), "seen before"),
    (broken_loop(seen=lambda before, after: (before, before)), "seen after"),
    (broken_loop(epsilon=lambda my, k, e: my.epsilons[0]), "this is episode 2"),
    (broken_loop(updates=lambda my, steps: 0), "one update"),
    (broken_loop(updates=lambda my, steps: 2 * (steps >= my.batch_size)), "one update a step"),
    (broken_loop(updates=lambda my, steps: 1), "fewer transitions"),
    (broken_loop(nets=lambda my: (my.target_network, my.network)), "my.network first"),
    (broken_loop(nets=lambda my: (my.network, my.network)), "my.target_network second"),
    (broken_loop(follows=0), "after each update"),
    (broken_loop(follows=2), "one small step for each update"),
    (broken_loop(towards=lambda my: (my.network, my.target_network)), "not the other way"),
    (broken_loop(ends=lambda terminated, truncated: terminated), "after the end"),
    (broken_loop(ask=lambda my, finished: False), "once after each episode"),
    (broken_loop(ask=lambda my, finished: finished(my.network) and False), "finished said True"),
    (broken_loop(ask=lambda my, finished: finished(my.network) or True), "my.epsilons has more"),
    (broken_loop(values=lambda my, o, n: my.network(torch.as_tensor(o)[None]).detach().numpy()), "shape (3,)"),
    (broken_loop(values=lambda my, o, n: my.network(torch.as_tensor(o))), "NumPy"),
    (broken_loop(values=lambda my, o, n: my.target_network(torch.as_tensor(o)).detach().numpy()), "my.network's"),
    (broken_loop(gives=lambda my: my.target_network), "my.network in the end"),
    (one_batch_for_all, "each update has its own"),
]

EXERCISES = [
    (checks.three_targets, pencil, PENCIL_MISTAKES),
    (checks.td_target, td_target, TD_MISTAKES),
    (checks.q_loss, q_loss, LOSS_MISTAKES),
    (checks.update, whole, UPDATE_MISTAKES),
    (checks.loop, loop, LOOP_MISTAKES),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (check, solution, {f"{i} {words}": (answer, words) for i, (answer, words) in enumerate(wrong)})
        for check, solution, wrong in EXERCISES
    ]
)


def as_tensor():
    return torch.tensor(PENCIL)


def as_sums():
    return np.array([[1 + 0.9 * 6, 1 + 0.9 * 4], [2 + 0.9 * 5, 2 + 0.9 * 5], (1, 1)])


def where(r, q, end, g):
    return torch.where(end, r, r + g * q.amax(1))


def in_numpy(r, q, end, g):
    r, q, end = (np.asarray(x) for x in (r, q, end))
    return r + g * np.where(end, 0, q.max(axis=1))


def row_by_row(r, q, end, g):
    return [float(r[i]) + (0 if end[i] else g * max(q[i].tolist())) for i in range(len(r))]


def with_own_copy(r, q, end, g):
    y = r.clone()
    y[~end] += g * q[~end].max(1).values
    return y


def by_factor(r, q, end, g):
    return r + g * torch.max(q, dim=1)[0] * (1 - end.float())


def by_index(q, a, y):
    return ((q[torch.arange(len(a)), a] - y) ** 2).mean()


def by_one_hot(q, a, y):
    return (((q * F.one_hot(a, q.shape[1])).sum(1) - y) ** 2).mean()


def by_loop(q, a, y):
    return sum((q[i, a[i]] - y[i]) ** 2 for i in range(len(a))) / len(a)


def both_as_columns(q, a, y):
    return F.mse_loss(q.gather(1, a[:, None]), y[:, None])


def by_pow(q, a, y):
    return (q.gather(1, a.view(-1, 1)).flatten() - y).pow(2).sum().div(len(y)).reshape(1)


def detached(network, target_network, optimizer, batch, gamma):
    return update(network, target_network, optimizer, batch, gamma)


def zero_first(network, target_network, optimizer, batch, gamma):
    optimizer.zero_grad()
    with torch.no_grad():
        best = target_network(batch.next_observations).max(dim=1)[0]
        y = torch.where(batch.terminated, batch.rewards, batch.rewards + gamma * best)
    loss = both_as_columns(network(batch.observations), batch.actions, y)
    loss.backward()
    optimizer.step()
    return float(loss)


def zero_last(network, target_network, optimizer, batch, gamma):
    states, actions, rewards, next_states, ends = batch
    y = where(rewards, target_network(next_states).detach(), ends, gamma)
    loss = by_index(network(states), actions, y)
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
    loss = torch.nn.MSELoss()(taken(network(batch.observations), batch.actions), y.clone())
    loss.backward()
    optimizer.step()
    return loss.item()


def counts_steps(my, env, finished):
    steps = 0
    for episode in range(len(my.epsilons)):
        state, _info = env.reset()
        while True:
            with torch.no_grad():
                q = my.network(torch.from_numpy(state).unsqueeze(0)).squeeze(0).numpy()
            action = my.epsilon_greedy(q, my.epsilons[episode], my.rng)
            next_state, reward, terminated, truncated, _info = env.step(action)
            steps += 1
            my.memory.push(state, action, reward, next_state, terminated)
            if steps >= my.batch_size:
                batch = my.memory.sample(my.batch_size, generator=my.generator)
                my.update(my.network, my.target_network, my.optimizer, batch, my.gamma)
                my.follow(my.target_network, my.network)
            state = next_state
            if terminated or truncated:
                break
        if finished(my.network):
            return my.network
    return my.network


def by_keywords(my, env, finished):
    epsilons, done = iter(my.epsilons), False
    for epsilon in epsilons:
        observation, over = env.reset()[0], False
        while not over:
            action = my.epsilon_greedy(my.network(torch.tensor(observation)).detach().numpy(), epsilon, my.rng)
            following, reward, terminated, truncated, _ = env.step(action)
            my.memory.push(observation, action, reward, following, terminated)
            if len(my.memory) >= my.batch_size:
                sampled = my.memory.sample(my.batch_size, my.generator)
                _loss = my.update(my.network, my.target_network, my.optimizer, sampled, my.gamma)
                my.follow(network=my.network, target_network=my.target_network)
            observation, over = following, terminated or truncated
        done = finished(my.network)
        if done:
            break
    return my.network


test_right = make_right_test(
    [(checks.three_targets, answer) for answer in (as_tensor, as_sums, lambda: [tuple(row) for row in PENCIL])]
    + [(checks.td_target, answer) for answer in (where, in_numpy, row_by_row, with_own_copy, by_factor)]
    + [(checks.q_loss, answer) for answer in (by_index, by_one_hot, by_loop, both_as_columns, by_pow)]
    + [(checks.update, answer) for answer in (detached, zero_first, zero_last, zero_by_hand)]
    + [(checks.loop, answer) for answer in (broken_loop(), counts_steps, by_keywords)]
)


def test_each_fault_that_is_left_is_named():
    report = checks.update(faulty(row=lambda values: values.max(1).values, zero=False))
    for words in ("the highest value", "added up"):
        assert words in report.message


@pytest.mark.parametrize("piece", ["td_target", "q_loss", "update", "loop"])
def test_qlibs_own_pieces_pass(piece):
    report = getattr(checks, piece)(getattr(own_agent, piece))
    assert report.status == "passed", report


def test_the_inputs_hold_what_tells_answers_apart():
    rows = list(checks._rows())
    assert {(len(each.rewards), each.values.shape[1]) for each in rows} == set(checks.SIZES)
    assert (
        {bool(each.terminated.all()) for each in rows}
        == {bool(each.terminated.any()) for each in rows}
        == {True, False}
    )
    assert any((each.values.max(1).values < 0).any() for each in rows)
    assert len({each.gamma for each in rows}) == len(rows)
