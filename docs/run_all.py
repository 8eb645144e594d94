"""Run every lesson of a folder in a plain kernel, as a learner's *Run All* does: `python docs/run_all.py lessons`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbclient
import nbformat

SECONDS = 600  # for one cell, on the slowest machine


def run(path: Path) -> float:
    """Run a notebook in its folder, and return the seconds that it took.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell raises that is not meant to.
    """
    notebook, started = nbformat.read(path, as_version=4), time.perf_counter()
    where = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=where).execute()
    return time.perf_counter() - started


def main(folders: list[str]) -> None:
    for folder in folders:
        for path in sorted(Path(folder).glob("*.ipynb")):
            print(f"{path.stem:26} {run(path):5.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
