"""The agent: it acts, and learns by Double DQN with a target network that follows slowly."""

import copy

import torch
import torch.nn.functional as F

from .memory import Memory
from .network import Network, follow


class Agent:
    """All its randomness comes from its seed."""

    def __init__(self, seed, gamma=0.99, rate=1e-3, share=0.02, batch_size=64, capacity=50_000):
        torch.manual_seed(seed)  # of the first weights
        self.generator = torch.Generator().manual_seed(seed)
        self.gamma = gamma
        self.share = share
        self.batch_size = batch_size
        self.online = Network()
        self.target = copy.deepcopy(self.online)
        self.optimizer = torch.optim.Adam(self.online.parameters(), lr=rate)
        self.memory = Memory(capacity)

    def act(self, observation, epsilon):
        """Choose an action: a random one with probability epsilon, else the one of the highest value."""
        if torch.rand((), generator=self.generator).item() < epsilon:
            return int(torch.randint(2, (), generator=self.generator))
        with torch.no_grad():
            values = self.online(torch.as_tensor(observation))
        return int(values.argmax())

    def targets(self, batch):
        """Compute r + gamma Q(s', a'): the online network chooses a', the target network values it."""
        with torch.no_grad():
            chosen = self.online(batch.next_observations).argmax(1, keepdim=True)
            best = self.target(batch.next_observations).gather(1, chosen).squeeze(1)
        return batch.rewards + self.gamma * best * ~batch.terminated

    def loss(self, batch):
        """Compute the mean squared TD error of the actions that were taken."""
        values = self.online(batch.observations)
        taken = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        return F.mse_loss(taken, self.targets(batch))

    def learn(self):
        """Take one step down the loss of a batch, once there is one; the target network follows."""
        if len(self.memory) < self.batch_size:
            return
        loss = self.loss(self.memory.sample(self.batch_size, self.generator))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        follow(self.target, self.online, self.share)
