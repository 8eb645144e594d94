"""A real JupyterLab on a free port with a fresh copy of the lessons, and Chromium to walk through it."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from chromium import chromium

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
DOCS = NOTEBOOKS.parent / "docs"
SHELL = NOTEBOOKS.parent / "qlib" / "show" / "lab"
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of a JupyterLab, with its token: lab(name) is that of one lesson, lab.notebooks their folder."""
    home = tmp_path_factory.mktemp("lab")
    notebooks = home / "notebooks"
    shutil.copytree(NOTEBOOKS, notebooks, ignore=shutil.ignore_patterns(".*", "originals"))
    shutil.copytree(NOTEBOOKS, notebooks / "originals", ignore=shutil.ignore_patterns("[!0-9]*", "*.py"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    folders = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {f"JUPYTERLAB_{kind}_DIR": str(home / kind.lower()) for kind in ("SETTINGS", "WORKSPACES")}
    folders["JUPYTER_PREFER_ENV_PATH"] = "0"  # or what is installed would win over what is here
    settings = json.loads((DOCS / "overrides.json").read_text())  # as `make lab` has them
    settings["@jupyterlab/apputils-extension:themes"] = {"theme": os.environ.get("QLIB_THEME", "JupyterLab Light")}
    for plugin, wanted in settings.items():
        of, _, name = plugin.partition(":")
        (home / "settings" / of).mkdir(parents=True, exist_ok=True)
        (home / "settings" / of / f"{name}.jupyterlab-settings").write_text(json.dumps(wanted))
    (home / "config").mkdir()
    shutil.copy(DOCS / "jupyter_server_config.json", home / "config")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--port-retries=0"]
    command += [f"--IdentityProvider.token={token}", "--ip=127.0.0.1", f"--notebook-dir={notebooks}"]
    command += [f"--LabApp.extra_labextensions_path={SHELL}"]  # as it is here, whatever is installed
    command += ["--expose-app-in-browser"]  # window.jupyterapp opens one notebook after the other
    environment = {name: value for name, value in os.environ.items() if name != "QLIB_STILL"} | folders
    trust = [sys.executable, "-m", "jupyter", "trust", *map(str, notebooks.glob("*.ipynb"))]  # as `make lab` does
    subprocess.run(trust, env=environment, check=True, stdout=subprocess.DEVNULL)
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    def address(name: str) -> str:
        return f"http://127.0.0.1:{port}/lab/tree/{name}.ipynb?token={token}&reset"

    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", home / "log")
        address.notebooks = notebooks
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


@pytest.fixture(scope="module")  # while it is open, an event loop runs here, and no other test could start one
def browser():
    path = chromium()
    if path is None:
        missing = "There is no Chromium here, so this walk through a real JupyterLab was not made."
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=path, args=QUIET)


@pytest.fixture
def lesson(lab, browser):
    """Open a lesson in a window of 1280 x 800 and wait for its kernel: lesson("00_start_here") is the page."""
    contexts = []

    def open_(name: str):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(lab(name))
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()  # what runs before that is lost
        return page

    yield open_
    for context in contexts:
        context.close()
    _end_kernels(lab)
    for notebook in NOTEBOOKS.glob("*.ipynb"):  # the next walk finds none that this one has saved
        shutil.copy(notebook, lab.notebooks)


def _end_kernels(lab) -> None:
    """Shut down what runs in the lab, so that no walk's training slows the next one."""
    home, _, token = lab("").partition("/lab/tree/.ipynb")
    token = token.removesuffix("&reset")
    with urllib.request.urlopen(f"{home}/api/kernels{token}", timeout=20) as answer:
        kernels = json.load(answer)
    for kernel in kernels:
        end = urllib.request.Request(f"{home}/api/kernels/{kernel['id']}{token}", method="DELETE")
        with contextlib.suppress(urllib.error.HTTPError):  # it has ended by itself meanwhile
            urllib.request.urlopen(end, timeout=20).close()


def _wait_for(address: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start within {seconds} s:\n{log.read_text()[-2000:]}")
