"""The loop, and the examination."""

START = 1.0  # epsilon of the first episode
END = 0.05  # and from the sixtieth on
FALLING = 60  # episodes


def epsilon_at(episode):
    """Give epsilon of an episode, counted from 0: it falls in a straight line, and stays at its end."""
    return max(END, START + (END - START) * episode / FALLING)


def train(agent, env, steps):
    """Train for some steps; the last episode is played to its end. Return the length of each episode."""
    lengths = []
    while sum(lengths) < steps:
        epsilon = epsilon_at(len(lengths))
        observation, _ = env.reset()
        length, over = 0, False
        while not over:
            action = agent.act(observation, epsilon)
            next_observation, reward, terminated, truncated, _ = env.step(action)
            agent.memory.push(observation, action, reward, next_observation, terminated)
            agent.learn()
            observation = next_observation
            length, over = length + 1, terminated or truncated
        lengths.append(length)
    return lengths


def evaluate(agent, env, seeds):
    """Play an episode from each seed without exploring, and return the mean of what was paid."""
    total = 0.0
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        over = False
        while not over:
            action = agent.act(observation, epsilon=0.0)
            observation, reward, terminated, truncated, _ = env.step(action)
            total += reward
            over = terminated or truncated
    return total / len(seeds)
