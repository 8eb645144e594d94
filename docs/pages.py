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
from latex2mathml.converter import convert as mathml
from nbconvert import HTMLExporter
from traitlets.config import Config

from qlib.core.settings import Settings
from qlib.show.player import player
from qlib.show.training_panel import TrainingPanel

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MATH = re.compile(r"(`[^`]*`)|\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+?)\$(?!\w)", re.DOTALL)
FENCE = re.compile(r"(^ *```.*?^ *```)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r'href="(\w+)\.(?:ipynb|md)(#[\w-]*)?"')  # from a lesson to another one, or into the glossary
ANCHOR = re.compile(r'(<h\d id="|<a class="anchor-link" href="#)([^"]+)')
REMOTE = re.compile(r'<script[^>]*\ssrc="[^"]*"[^>]*>\s*</script>|<link[^>]*\shref="http[^"]*"[^>]*>')
RUN = re.compile(r"""<div class="qlib-run" data-run=(["'])(.*?)\1>.*?</div>""", re.DOTALL)
STYLE = """<style>
body > main, body.jp-Notebook { max-width: 60rem; margin: 0 auto; }
nav.lessons { display: flex; gap: 1rem; justify-content: space-between; max-width: 60rem; margin: 0 auto;
  padding: .7rem 1rem; font: 15px/1.4 system-ui, sans-serif; }
nav.lessons a { color: #0060a0; }
math { font-size: 1.1em; }
</style>"""


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
        (folder / f"{name}.html").write_text(page(notebook, bar(before, after)), encoding="utf-8")
    (folder / "glossary.html").write_text(page(glossary(), bar(None, None)), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(contents(lessons), encoding="utf-8")
    return index


def page(notebook: nbformat.NotebookNode, navigation: str) -> str:
    """Turn a notebook into a page of its own, with a line of links above and below."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = without_dollars(cell.source)
        for output in cell.get("outputs", []):  # a still picture and its words stand for a widget
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    config = Config({"HTMLExporter": {"mathjax_url": "", "require_js_url": "", "jquery_url": ""}})
    body, _ = HTMLExporter(config=config, template_name="lab").from_notebook_node(notebook)
    body = LINK.sub(r'href="\1.html\2"', body)
    body = ANCHOR.sub(lambda found: found[1] + found[2].lower(), REMOTE.sub("", body))  # as GitHub spells them
    body = re.sub(r"<title>.*?</title>", f"<title>{html.escape(title(notebook))}</title>", body, count=1)
    body = RUN.sub(trained, body)
    if "qlib-recorded" in body:
        body = body.replace("</body>", f"{player()}</body>")
    body = body.replace("</head>", f"{STYLE}</head>", 1)
    body = re.sub(r"(<body[^>]*>)", lambda tag: tag.group(1) + navigation, body, count=1)
    return body.replace("</body>", f"{navigation}</body>")


def trained(still: re.Match) -> str:
    """Train the agent whose panel left a still picture, and put its stage in the picture's place."""
    run = json.loads(html.unescape(still[2]))
    if run["make"].startswith("__main__:"):
        return still[0]  # a kind of agent that only the notebook knows
    kind = pkgutil.resolve_name(run.pop("make"))
    settings = {name: tuple(x) if isinstance(x, list) else x for name, x in run.pop("settings").items()}
    panel = TrainingPanel(Settings(**settings), make=kind, name="page", **run)
    asyncio.run(panel.finished())
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
    return f'<nav class="lessons" aria-label="Lessons">{"".join(links)}</nav>'


def contents(lessons: list[tuple[str, nbformat.NotebookNode]]) -> str:
    rows = "".join(
        f'<li><a href="{name}.html">{html.escape(title(notebook))}</a><br>{html.escape(promise(notebook))}</li>'
        for name, notebook in lessons
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Deep Q-learning, hands on</title>'
        f"{STYLE}<style>body {{ font: 17px/1.5 system-ui, sans-serif; padding: 0 1rem; color-scheme: light dark; }} "
        "li { margin: .6rem 0; list-style: none; }</style></head><body><main><h1>Deep Q-learning, hands on</h1>"
        "<p>These pages show the lessons as they ran. The agents in them play, and you may push and play as well. To "
        "move sliders and train, open the lessons in JupyterLab.</p>"
        f'<ul>{rows}</ul><p><a href="glossary.html">Glossary</a>: one word for one thing.</p></main></body></html>'
    )


if __name__ == "__main__":
    main()
