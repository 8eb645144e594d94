"""Film the training panel for the README: `make film`. An agent trains, then moments of its training are played.

python docs/film.py [--to docs/panel.gif] [--steps 15000]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
from pathlib import Path

from chromium import chromium
from PIL import Image
from playwright.sync_api import sync_playwright

from qlib.core.settings import RECOMMENDED
from qlib.show.player import player
from qlib.show.training_panel import TrainingPanel

FRAME = 100  # ms
SHOTS = 14  # of each moment
MOMENTS = 9
MOST = 2_000_000  # bytes
SCRUB = """([part, parts]) => {
  const time = document.querySelector(".machine input");
  time.value = Math.round(time.max * part / parts);
  time.dispatchEvent(new Event("input"));
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "panel.gif")
    parser.add_argument("--steps", type=int, default=15_000)
    options = parser.parse_args()
    os.environ["QLIB_STILL"] = "1"  # no panel dawdles
    size = save(film(stage(options.steps)), options.to)
    print(f"{options.to}: {size / 1e6:.2f} MB")


def stage(steps: int) -> str:
    """Train an agent and write a page on which its stage plays."""
    panel = TrainingPanel(RECOMMENDED, steps=steps, name="film")
    asyncio.run(panel.finished())
    recorded = panel.view.recorded()
    panel.close()
    frame = '<!DOCTYPE html><meta charset="utf-8"><body data-jp-theme-light="true" style="margin:12px;width:824px">'
    return frame + recorded + player()


def film(page: str) -> list[Image.Image]:
    """Play the page by a clock of its own, so that a slow machine films the same."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium(), args=["--headless", "--no-sandbox"])
        screen = browser.new_page(viewport={"width": 848, "height": 368})
        screen.clock.install(time=0)
        screen.set_content(page)
        screen.clock.pause_at(60_000)
        pictures = []
        for part in range(MOMENTS):
            screen.evaluate(SCRUB, [part, MOMENTS - 1])
            for _ in range(SHOTS):
                screen.clock.run_for(FRAME)
                pictures.append(Image.open(io.BytesIO(screen.screenshot())).convert("RGB"))
        browser.close()
    return pictures


def save(pictures: list[Image.Image], path: Path) -> int:
    """Write a GIF that begins again for ever; return its size in bytes.

    Raises:
        ValueError: if it is too large for a README.
    """
    palette = pictures[-1].quantize(96)  # of the whole film, so that what stands still does not flicker
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=FRAME, loop=0, optimize=True)
    size = path.stat().st_size
    if size > MOST:
        raise ValueError(f"{path} has {size:,} bytes, and at most {MOST:,} are wanted: film fewer moments.")
    return size


if __name__ == "__main__":
    main()
