"""Floor 5, what belongs to one lesson: a folder for each notebook, of its name, with its checks and its pictures.

A lesson may import all floors below and `check`, the frame of all exercises, and never another lesson.
"""
