"""A deep Q-learning agent for CartPole in four files: network, memory, agent, train."""
