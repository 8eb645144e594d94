"""Mistakes that raise no error, to be put into the repository. Reading on spoils the third commission."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One line that is right, what stands in its place, and two hints, the second plainer."""

    file: str
    right: str
    wrong: str
    hints: tuple[str, str]
    breaks: str
    """Which of `behaviour.ASKED` it breaks, by its first words: that one says whether it is mended."""
    also: tuple[str, ...] = ()
    """What else it may break."""


FAULTS = (
    Fault(
        "memory.py",
        "self.next_observations[slot] = torch.as_tensor(next_observation)",
        "self.next_observations[slot] = torch.as_tensor(observation)",
        ("Push one transition, and read it back.", "Compare both observations of a stored transition."),
        "a memory that is not full",
        ("a memory that is full",),
    ),
    Fault(
        "memory.py",
        "rows = torch.randint(len(self), (n,), generator=generator)",
        "rows = torch.randint(self.capacity, (n,), generator=generator)",
        ("Look at a batch from a memory that has just begun.", "What is in the slots that nobody has written?"),
        "a memory that is not full",
        ("an update moves",),
    ),
    Fault(
        "memory.py",
        "slot = self.pushed % self.capacity",
        "slot = min(self.pushed, self.capacity - 1)",
        ("Look at a memory that is full.", "How old is what it holds? Which slot does a push write to?"),
        "a memory that is full",
    ),
    Fault(
        "memory.py",
        "self.rewards[rows],",
        "self.rewards[torch.randint(len(self), (n,), generator=generator)],",
        ("Do the columns of a batch belong together?", "Whose reward stands beside an observation?"),
        "a memory that is full",
        ("a memory that is not full",),
    ),
    Fault(
        "memory.py",
        "rows = torch.randint(len(self), (n,), generator=generator)",
        "rows = torch.randint(len(self) - n + 1, (1,), generator=generator) + torch.arange(n)",
        ("How are the rows of one batch related?", "Are neighbours in a batch neighbours in time?"),
        "each transition is drawn",
        (
            "a memory that is not full",
            "a memory that is full",
        ),
    ),
    Fault(
        "network.py",
        "return self.layers(observations / SCALE)",
        "return self.layers(observations / SCALE / SCALE)",
        ("What size do the numbers have that reach the first layer?", "How often are observations divided?"),
        "the network maps",
        (
            "targets are those",
            "the loss is",
            "an update moves",
        ),
    ),
    Fault(
        "network.py",
        "nn.Linear(hidden, 2),",
        "nn.Linear(hidden, 2),\n            nn.ReLU(),",
        ("Which values can the network give, and which never?", "What comes after the last linear layer?"),
        "the network maps",
        (
            "targets are those",
            "the loss is",
            "an update moves",
            "learning begins",
        ),
    ),
    Fault(
        "network.py",
        "slow.lerp_(quick, share)",
        "slow.lerp_(quick, 1 - share)",
        ("How far behind the online network is the target network?", "Which share of it stays at each step?"),
        "an update moves",
    ),
    Fault(
        "agent.py",
        "if torch.rand((), generator=self.generator).item() < epsilon:",
        "if torch.rand((), generator=self.generator).item() > epsilon:",
        ("Count random actions at epsilon 0 and at epsilon 1.", "Which way round is the comparison?"),
        "an action is greedy",
        ("all randomness",),
    ),
    Fault(
        "agent.py",
        "values = self.online(torch.as_tensor(observation))",
        "values = self.target(torch.as_tensor(observation))",
        ("Whose values decide an action?", "Is the network that acts the one that learns?"),
        "an action is greedy",
    ),
    Fault(
        "agent.py",
        "return batch.rewards + self.gamma * best * ~batch.terminated",
        "return batch.rewards + self.gamma * best",
        ("What is a transition worth after which nothing follows?", "Compute one target of a fall by hand."),
        "targets are those",
        (
            "the loss is",
            "an update moves",
        ),
    ),
    Fault(
        "agent.py",
        "chosen = self.online(batch.next_observations).argmax(1, keepdim=True)",
        "chosen = self.target(batch.next_observations).argmax(1, keepdim=True)",
        ("Which network chooses the next action, and which one values it?", "Is this Double DQN?"),
        "targets are those",
        ("the loss is",),
    ),
    Fault(
        "agent.py",
        "chosen = self.online(batch.next_observations).argmax(1, keepdim=True)",
        "chosen = self.online(batch.observations).argmax(1, keepdim=True)",
        ("In which state is the next action chosen?", "Compute one target by hand, from both states."),
        "targets are those",
        ("the loss is",),
    ),
    Fault(
        "agent.py",
        "return F.mse_loss(taken, self.targets(batch))",
        "return (taken - self.targets(batch).unsqueeze(1)).square().mean()",
        ("Print the shape of everything in the loss.", "How many errors are averaged for a batch of B?"),
        "the loss is",
    ),
    Fault(
        "agent.py",
        "taken = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)",
        "taken = values.max(1).values",
        ("Whose value moves towards the target?", "Was the best action the one that was taken?"),
        "the loss is",
        ("an update moves",),
    ),
    Fault(
        "agent.py",
        "self.optimizer.zero_grad()",
        "self.optimizer.zero_grad  # noqa: B018",
        ("Compare the gradients of two updates in a row.", "Is everything called that is named?"),
        "an update moves",
    ),
    Fault(
        "agent.py",
        "self.optimizer = torch.optim.Adam(self.online.parameters(), lr=rate)",
        "self.optimizer = torch.optim.Adam(self.target.parameters(), lr=rate)",
        ("Compare the weights before and after an update.", "Whose parameters does the optimiser hold?"),
        "an update moves",
        ("learning begins",),
    ),
    Fault(
        "agent.py",
        "if len(self.memory) < self.batch_size:",
        "if len(self.memory) < self.memory.capacity:",
        ("How many updates are made in the first thousand steps?", "When does learning begin?"),
        "learning begins",
        ("an update moves",),
    ),
    Fault(
        "agent.py",
        "torch.manual_seed(seed)  # of the first weights",
        "torch.manual_seed(0)  # of the first weights",
        ("Compare agents of several seeds.", "What do all agents have in common before they learn?"),
        "all randomness",
    ),
    Fault(
        "agent.py",
        "self.generator = torch.Generator().manual_seed(seed)",
        "self.generator = torch.Generator().manual_seed(7)",
        ("Compare the first random actions of several seeds.", "Where does each agent's randomness come from?"),
        "all randomness",
    ),
    Fault(
        "train.py",
        "return max(END, START + (END - START) * episode / FALLING)",
        "return max(END, START + (END - START) * episode // FALLING)",
        ("Print epsilon episode by episode.", "Is it a straight line?"),
        "epsilon falls",
        ("training stores",),
    ),
    Fault(
        "train.py",
        "return max(END, START + (END - START) * episode / FALLING)",
        "return START + (END - START) * min(1, FALLING / max(1, episode))",
        ("Print epsilon episode by episode.", "With what does it begin, and where does it end?"),
        "epsilon falls",
        ("training stores",),
    ),
    Fault(
        "train.py",
        "agent.memory.push(observation, action, reward, next_observation, terminated)",
        "agent.memory.push(observation, action, reward, next_observation, terminated or truncated)",
        ("Balance to the time limit, and look at what is stored last.", "Is a time limit a fall?"),
        "training stores",
    ),
    Fault(
        "train.py",
        "observation = next_observation",
        "previous, observation = next_observation, observation",
        ("Compare neighbouring transitions in the memory.", "From which observation does each action come?"),
        "training stores",
    ),
    Fault(
        "train.py",
        "action = agent.act(observation, epsilon=0.0)",
        "action = agent.act(observation, epsilon=END)",
        ("Examine one agent twice from the same starts.", "Is exploration off where it should be?"),
        "an examination",
    ),
    Fault(
        "train.py",
        "return total / len(seeds)",
        "return total / max(1, len(seeds) - 1)",
        ("Examine an agent whose score you know.", "By what is the sum divided?"),
        "an examination",
    ),
)
