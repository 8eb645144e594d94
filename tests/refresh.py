"""Write each lesson's .ipynb from its .py: the same text, freshly executed, without timestamps."""

import os
import sys
from pathlib import Path

import jupytext
import nbformat
from folded import only_sets_up
from nbclient import NotebookClient

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def refresh(source: Path) -> None:
    """Execute notebooks/NN_name.py and save notebooks/NN_name.ipynb with its outputs."""
    notebook = jupytext.read(source)
    notebook.metadata["kernelspec"] = KERNEL
    notebook.metadata["jupytext"] = {"formats": "ipynb,py:percent"}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"  # stable, so that a diff shows what changed
        cell.metadata.pop("jupyter", None)
        if cell.cell_type == "code" and only_sets_up(cell.source):  # before the tags, as in a notebook that was read
            cell.metadata = nbformat.from_dict({"jupyter": {"source_hidden": True}, **cell.metadata})
    NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": str(source.parent)}},
        store_widget_state=False,
        coalesce_streams=True,
    ).execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):  # without its kernel a widget is an error, and this its still
                output["data"].pop("application/vnd.jupyter.widget-view+json", None)
    nbformat.write(notebook, source.with_suffix(".ipynb"))
    source.write_text(jupytext.writes(notebook, fmt="py:percent"), encoding="utf-8")


if __name__ == "__main__":
    os.environ["QLIB_STILL"] = "1"
    for name in sorted(sys.argv[1:]):
        print(name, flush=True)
        refresh(Path(name))
