"""Floor 3, measuring: settings against each other over seeds, and how sure that makes us.

It may import `core`, `engine` and scipy, and draws nothing.
"""
