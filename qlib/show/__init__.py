"""Floor 4, showing: still pictures, and the panels that answer while training runs.

It may import all floors below, matplotlib and ipywidgets, and knows no lesson.
"""
