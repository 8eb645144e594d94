"""Floor 1, the agent: what a learner reads from top to bottom. It runs alone.

It may import PyTorch, NumPy, gymnasium and safetensors, and nothing from the floors above.
"""
