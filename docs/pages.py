"""Write every lesson as a static page that needs neither a server nor a network: `make html`.

python docs/pages.py [--to build/html] [notebooks ...]
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import pkgutil
import re
from pathlib import Path

import nbformat
from grids import GRIDS, playable
from jinja2 import pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert as mathml
from nbconvert import HTMLExporter
from traitlets import Bool, Unicode

from qlib.core.settings import Settings
from qlib.show.demo import film
from qlib.show.player import player
from qlib.show.training_panel import TrainingPanel
from qlib.show.view import look

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MATH = re.compile(r"(`[^`]*`)|\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+?)\$(?!\w)", re.DOTALL)
FENCE = re.compile(r"(^ *```.*?^ *```)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r'href="(\w+)\.(?:ipynb|md)(#[\w-]*)?"')  # from a lesson to another one, or into the glossary
HEADING = re.compile(r'(<h\d id=")([^"]+)')
CODE = re.compile(r"(<pre.*?</pre>)|(?<=<code>)([^<]{24,})(?=</code>)", re.DOTALL)
JOINT = re.compile(r"([./(,=\[])(?=\w)|(?<=\w{24}_)()(?=\w)")  # where code may go on in a new line
RUN = re.compile(r"""<div class="qlib-run" data-run=(["'])(.*?)\1>.*?</div>""", re.DOTALL)
PAGE = Path(__file__).parent / "page"
NAME = "Deep Q-learning, hands on"


class Exporter(HTMLExporter):
    """A notebook's cells as HTML, without a frame: `shell` has the page around them, which loads nothing."""

    template_name = Unicode("basic")
    exclude_input_prompt = exclude_output_prompt = Bool(True)

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        text = tables(super().markdown2html(context, without_dollars(source)))
        text = re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", text)  # a stop for the keyboard at each heading
        return CODE.sub(lambda found: found[1] or JOINT.sub(r"\1<wbr>", found[2]), text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb")))
    parser.add_argument("--to", type=Path, default=Path("build/html"))
    options = parser.parse_args()
    os.environ["QLIB_STILL"] = "1"  # no panel dawdles
    print(write(options.notebooks, options.to))


def write(notebooks: list[Path], folder: Path) -> Path:
    """Write a page for each notebook, one for the glossary, and the page that lists them.

    Args:
        notebooks: paths of .ipynb files, in the learner's order.
        folder: where to; it is made.

    Returns:
        The path of index.html.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lessons = [(path.stem, nbformat.read(path, as_version=4)) for path in notebooks]
    for i, (name, notebook) in enumerate(lessons):
        before = lessons[i - 1] if i else None
        after = lessons[i + 1] if i + 1 < len(lessons) else None
        recorded = GRIDS / f"{name}.json"
        grid = json.loads(recorded.read_text(encoding="utf-8")) if recorded.exists() else None
        (folder / f"{name}.html").write_text(page(notebook, bar(before, after), grid), encoding="utf-8")
    (folder / "glossary.html").write_text(page(glossary(), bar(None, None)), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(contents(lessons), encoding="utf-8")
    return index


def page(notebook: nbformat.NotebookNode, navigation: str, grid: dict | None = None) -> str:
    """Turn a notebook into a page of its own, its playground answering from a grid, with links above and below."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)  # a still picture and its words stand for it
            if "<table" in data.get("text/html", ""):
                data["text/html"] = tables(data["text/html"])
        if grid is not None and "Playground(" in cell.source and cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": playable(grid)})]
    body, _ = Exporter().from_notebook_node(notebook)
    body = LINK.sub(r'href="\1.html\2"', body)
    body = HEADING.sub(lambda found: found[1] + found[2].lower(), body)  # as GitHub spells them
    return shell(title(notebook), RUN.sub(trained, body), navigation)


def shell(name: str, body: str, navigation: str = "") -> str:
    """Write the page around a body: what it looks like, what it does by itself, and links above and below."""
    style = look("tokens") + (PAGE / "page.css").read_text(encoding="utf-8")
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{html.escape(name)}</title><style>{style}</style></head>"
        f'<body class="qlib-page"><script>{script}</script>{navigation}<main>{body}</main>'
        f"{navigation.replace('Lessons, above', 'Lessons, below')}"
        f"{player() if 'qlib-recorded' in body else ''}</body></html>"
    )


def trained(still: re.Match) -> str:
    """Train the agent whose panel left a still picture, and put its stage in the picture's place."""
    run = json.loads(html.unescape(still[2]))
    if run["make"].startswith("__main__:"):
        return still[0]  # a kind of agent that only the notebook knows
    kind = pkgutil.resolve_name(run.pop("make"))
    settings = {name: tuple(x) if isinstance(x, list) else x for name, x in run.pop("settings").items()}
    panel = TrainingPanel(Settings(**settings), make=kind, name="page", **run)
    asyncio.run(panel.finished())
    if not panel.view.cart:  # or a cart would stand where its game should be
        panel.view.demo = film(panel.agent, seed=2_000_000).numbers()
    recorded = panel.view.recorded()
    panel.close()
    return recorded


def glossary() -> nbformat.NotebookNode:
    """Read the glossary as a notebook of one cell."""
    text = (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def without_dollars(text: str) -> str:
    """Replace formulas between dollar signs by MathML, which browsers draw by themselves; code stays as it is."""

    def replace(found: re.Match) -> str:
        code, block, inline = found.groups()
        return code or mathml(block or inline, display="block" if block else "inline")

    parts = FENCE.split(text)
    return "".join(part if part.lstrip().startswith("```") else MATH.sub(replace, part) for part in parts)


def tables(text: str) -> str:
    """Put each table into a box of its own, which scrolls where it is wide; an empty cell is no heading."""
    text = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", text)
    return re.sub(r"(<table.*?</table>)", r'<div class="wide">\1</div>', text, flags=re.DOTALL)


def title(notebook: nbformat.NotebookNode) -> str:
    """Return a lesson's title: its first line."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def promise(notebook: nbformat.NotebookNode) -> str:
    """Return the paragraph below a lesson's title."""
    below = notebook.cells[0].source.partition("\n")[2].strip()
    return " ".join(below.split("\n\n")[0].replace("**", "").split())


def bar(before: tuple | None, after: tuple | None) -> str:
    links = ['<a href="index.html">All lessons</a>', '<a href="glossary.html">Glossary</a>']
    if before:
        links.insert(0, f'<a rel="prev" href="{before[0]}.html">← {html.escape(title(before[1]))}</a>')
    if after:
        links.append(f'<a rel="next" href="{after[0]}.html">{html.escape(title(after[1]))} →</a>')
    return f'<nav class="lessons" aria-label="Lessons, above">{"".join(links)}</nav>'


def contents(lessons: list[tuple[str, nbformat.NotebookNode]]) -> str:
    rows = "".join(
        f'<li><a href="{name}.html">{html.escape(title(notebook))}</a><br>{html.escape(promise(notebook))}</li>'
        for name, notebook in lessons
    )
    return shell(
        NAME,
        f"<h1>{NAME}</h1><p>These pages show the lessons as they ran. The agents in them play, and you may push and "
        "play as well; sliders answer. To train, open the lessons in JupyterLab.</p>"
        f'<ul class="lessons">{rows}</ul><p><a href="glossary.html">Glossary</a>: one word for one thing.</p>',
    )


if __name__ == "__main__":
    main()
