"""`make screenshots`: an installation of its own, a few stories, and the main pages on a phone and on a desk.

  python -m tests.screens                   all pages
  python -m tests.screens meja lacak        these

Writes docs/screenshots/<name>-<width>.png and the list of pages in docs/pages.md.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize

from jejak_local.installation import Installation
from jejak_local.preparation import offices_folder
from jejak_tools.demo import own_environment, token_key
from jejak_tools.play import Player
from tests.chromium import chromium
from tests.pages.looks import DESK, PHONE, no_sideways_scroll
from tests.screens.pages import SHOTS, Shot
from tests.screens.story import prepare
from tests.servers import scratch_folder

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "screenshots"
PAGES: Final = ROOT / "docs" / "pages.md"
_TALLEST: Final = {PHONE["width"]: 1200, DESK["width"]: 860}
"""Pixels from the top of a page that are shown, by width."""
_LIST: Final = re.compile(r"(?<=<!-- pages -->\n).*?(?=<!-- /pages -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("page", nargs="*", help="which (default: all)")
    names = parser.parse_args().page
    if strange := set(names) - {shot.name for shot in SHOTS}:
        parser.error(f"no such page: {', '.join(sorted(strange))}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with scratch_folder("screens") as folder:
        environment = own_environment(os.environ)
        with Installation(folder / "data", environ=environment).start(_say) as installation:
            offices = offices_folder(installation.environment)
            with Player(installation.url, token_key(installation)) as player:
                codes = prepare(player, offices)
                with chromium() as browser:
                    take(browser, player, codes, [shot for shot in SHOTS if not names or shot.name in names])
    PAGES.write_text(_LIST.sub(lambda _: table(), PAGES.read_text(encoding="utf-8")), encoding="utf-8")


def take(browser: Browser, player: Player, codes: Mapping[str, str], shots: Sequence[Shot]) -> None:
    """Every page at both widths; the pages of one official in one browser."""
    for size in (PHONE, DESK):
        pages: dict[tuple[str, str] | None, Page] = {}
        for shot in shots:
            player.set_clock(datetime.fromisoformat(f"{shot.at}+07:00"))
            if shot.who not in pages:
                pages[shot.who] = _signed_in(browser, player.url, size, shot.who)
            _photograph(pages[shot.who], shot, codes, size)
        for page in pages.values():
            page.context.close()


def _signed_in(browser: Browser, url: str, size: ViewportSize, who: tuple[str, str] | None) -> Page:
    context = browser.new_context(base_url=url, locale="id-ID", timezone_id="Asia/Jakarta", viewport=size)
    page = context.new_page()
    if who is not None:
        office, official = who
        page.goto(f"/masuk?kantor={office}")
        page.locator(f'form:has(input[name="pejabat"][value="{official}"])').first.get_by_role("button").click()
        page.wait_for_url(lambda address: "/masuk" not in address)
    return page


def _photograph(page: Page, shot: Shot, codes: Mapping[str, str], size: ViewportSize) -> None:
    """One screenshot. RuntimeError for a page that is not shown, or that scrolls sideways."""
    answer = page.goto(shot.address.format_map(codes))
    if answer is None or not answer.ok:
        raise RuntimeError(f"{shot.name}: {shot.address} answered {answer.status if answer else 'nothing'}")
    if wide := no_sideways_scroll(page):
        raise RuntimeError(f"{shot.name} at {size['width']} px: {wide[0]}")
    height = min(page.evaluate("document.documentElement.scrollHeight"), _TALLEST[size["width"]])
    path = FOLDER / f"{shot.name}-{size['width']}.png"
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": size["width"], "height": height})
    _say(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


def table() -> str:
    """The pages as docs/pages.md lists them."""
    lines = ["| for | address | shows | phone | desk |", "|---|---|---|---|---|"]
    for shot in SHOTS:
        phone, desk = (f"[{size['width']}](screenshots/{shot.name}-{size['width']}.png)" for size in (PHONE, DESK))
        address = re.sub(r"\{\w+\}", "{kode}", shot.address)
        lines.append(f"| {shot.for_whom} | `{address}` | {shot.shows} | {phone} | {desk} |")
    return "\n".join(lines) + "\n"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
