"""Settings that lesson 02 uses before they are explained."""

from qlib.core.settings import Settings

BRIEF = Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    learning_rate=2e-3,
    gamma=0.95,
    target_network="soft",
    tau=0.02,
    learning_starts=200,
    epsilon_episodes=30,
)
"""An agent that learns something within 4,000 steps."""
