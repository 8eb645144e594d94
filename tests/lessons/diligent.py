"""A diligent learner, who passes the exercises of a lesson by its solutions."""

import linecache
import re

import jupytext
from definitions import NOTEBOOKS

SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
CHECK = re.compile(r"^(checks?\.\w+)\((\w+)\)", re.MULTILINE)


def pass_exercises(stem):
    """Do in a lesson what a learner does: its imports, and in each exercise the solution and the check's cell."""
    cells = jupytext.read(NOTEBOOKS / f"{stem}.py").cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    imports = [line for line in code.splitlines() if re.match(r"(import|from) ", line) and "(" not in line]
    space = {"__name__": "__main__"}
    for (check, name), solution in zip(CHECK.findall(code), SOLUTION.findall(text), strict=True):
        source = "\n".join([*imports, solution, f"report = {check}({name})"])
        file = f"<{stem} {name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), space)
        assert space["report"].status == "passed", space["report"]
