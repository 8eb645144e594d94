"""The check of lesson 06's loop: other ways pass, and each call that is missing or wrong is named."""

import torch
from tables import make_right_test, make_tests

from qlib.lessons.one_update.loop_check import loop as check
from qlib.lessons.stand_ins import loop


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


class Always:
    """An environment that is reset in one way only, or stopped from outside after so many steps."""

    def __init__(self, env, steps=None, **reset):
        self.env, self.most, self.given = env, steps, reset

    def reset(self):
        self.n = 0
        return self.env.reset(**self.given)

    def step(self, action):
        self.n += 1
        *found, truncated, info = self.env.step(action)
        return *found, truncated or self.n == self.most, info


LOOP_MISTAKES = [
    (torch.no_grad()(loop), "outside of torch.no_grad()"),
    (lambda my, env, finished: loop(my, Always(env, seed=0), finished), "the same start"),
    (lambda my, env, finished: loop(my, Always(env, 200), finished), "in the middle of one"),
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
    (broken_loop(ends=lambda terminated, truncated: terminated != truncated), "after the end"),
    (broken_loop(cut=lambda terminated, truncated: terminated and not truncated), "in the very step"),
    (broken_loop(ask=lambda my, finished: False), "once after each episode"),
    (broken_loop(ask=lambda my, finished: finished(my.network) and False), "finished said True"),
    (broken_loop(ask=lambda my, finished: finished(my.network) or True), "my.epsilons has more"),
    (broken_loop(values=lambda my, o, n: my.network(torch.as_tensor(o)[None]).detach().numpy()), "shape (3,)"),
    (broken_loop(values=lambda my, o, n: my.network(torch.as_tensor(o))), "NumPy"),
    (broken_loop(values=lambda my, o, n: my.target_network(torch.as_tensor(o)).detach().numpy()), "my.network's"),
    (broken_loop(gives=lambda my: my.target_network), "my.network in the end"),
    (one_batch_for_all, "each update has its own"),
]
test_solution, test_slip, test_mistake, test_odd_answer = make_tests(
    [(check, loop, {f"{i} {words}": (answer, words) for i, (answer, words) in enumerate(LOOP_MISTAKES)})]
)


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


def closes(my, env, finished):
    network = loop(my, env, finished)
    env.close()
    return network


test_right = make_right_test([(check, answer) for answer in (broken_loop(), counts_steps, by_keywords, closes)])
