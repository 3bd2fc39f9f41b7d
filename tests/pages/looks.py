"""Checks for every page: no barrier that axe finds, no sideways scrolling, all reached by keyboard.

assert axe(page) == []
assert no_sideways_scroll(page) == []
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, ViewportSize

from tests.node import npm_ci

PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
FIRST_PAGE_BYTES: Final = 100_000
_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
_NODE: Final = Path(__file__).parent / "node"
_LONGEST_WALK: Final = 400

_WIDE: Final = """() => {
  const room = document.documentElement.clientWidth, over = document.documentElement.scrollWidth;
  if (over <= room) return [];
  const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > room + 1);
  return [`${over} px in ${room} px`, ...wide.slice(0, 10).map(e => e.outerHTML.slice(0, 160))];
}"""

_FOCUS: Final = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const words = e.getAttribute('aria-label') || (e.labels && [...e.labels].map(l => l.innerText).join(' '))
    || e.innerText || e.value || e.name || '';
  return {name: e.tagName.toLowerCase() + ' ' + words.trim().split('\\n')[0].slice(0, 60),
          seen: box.width > 0 && box.height > 0
            && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1};
}"""


@cache
def _axe_source() -> str:
    return (npm_ci(_NODE) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page) -> list[str]:
    """The findings of axe-core by WCAG 2.0, 2.1 and 2.2, A and AA: rule, what to do, where. Empty is good.

    Needs a page with script on, since axe is a script; the page's Content-Security-Policy does not stop it.
    """
    assert not page.evaluate("matchMedia('(scripting: none)').matches"), "axe needs a page with script on"
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe_source())
    results: dict[str, Any] = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", list(_TAGS)
    )
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        f"    at {node['html'][:200]}\n    {node['failureSummary']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def no_sideways_scroll(page: Page) -> list[str]:
    """The elements wider than the window. Empty is good."""
    wide: list[str] = page.evaluate(_WIDE)
    return wide


def keyboard_walk(page: Page) -> list[str]:
    """The elements that Tab reaches from the top, in order, as "button Keluar"; fails if the focus is not visible."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    walked: list[str] = []
    for _ in range(_LONGEST_WALK):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUS)
        if at is None:
            return walked
        assert at["seen"], f"focus is not visible on: {at['name']}"
        walked.append(at["name"])
    raise AssertionError(f"Tab does not leave the page; last was {walked[-1]}")


def weight(page: Page, path: str) -> int:
    """Bytes over the wire when the page and its files are loaded for the first time."""
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(sum(_sent_to_us(request.sizes()))))
    page.goto(path, wait_until="networkidle")
    return sum(sizes)


def _sent_to_us(sizes: Any) -> Sequence[int]:
    return sizes["responseHeadersSize"], sizes["responseBodySize"]


def complaints(page: Page) -> list[str]:
    """A list that collects the browser's errors and warnings, such as those of the Content-Security-Policy."""
    collected: list[str] = []
    page.on("console", lambda message: collected.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: collected.append(str(error)))
    return collected
