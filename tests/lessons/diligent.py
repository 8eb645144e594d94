"""A diligent learner, who passes the exercises of a lesson by its solutions."""

import linecache
import re

import jupytext
from definitions import NOTEBOOKS
from exercises import exercises


def pass_exercises(stem):
    """Do in a lesson what a learner does: its imports, and in each exercise the solution and the check's cell."""
    lesson = jupytext.read(NOTEBOOKS / f"{stem}.py")
    code = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "code")
    imports = [line for line in code.splitlines() if re.match(r"(import|from) ", line) and "(" not in line]
    space = {"__name__": "__main__"}
    for exercise in exercises(lesson):
        source = "\n".join([*imports, exercise.solution, f"report = {exercise.call}"])
        file = f"<{stem} {exercise.name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), space)
        assert space["report"].status == "passed", space["report"]
