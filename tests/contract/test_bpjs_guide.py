"""The guide for the BPJS integration team is right: its programs run, its links resolve, its text is readable."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urldefrag, urlsplit

import pytest

from bpjs_sync.outgoing.encryption import parse_reader_key
from jejak.contracts.bpjs.messages import V1
from tests.node import node, npm_ci
from tests.published import ROOT
from tests.waits import PATIENCE

GUIDE: Final = (ROOT / "README.md").read_text()
PAGE: Final = (ROOT / "index.html").read_text()
NODE: Final = Path(__file__).parent / "node"
PROGRAMS: Final = dict(re.findall(r"```js (\S+)\n(.*?)```", GUIDE, re.DOTALL))
AA: Final = 4.5
"""The contrast of text that WCAG 2.2 asks for at level AA."""


class Reader(HTMLParser):
    """The references, ids and headings of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if tag == "a" else []
        self.loads += [values[name] for name in ("src", "href") if name in values and tag != "a"]
        self.headings += [int(tag[1])] if re.fullmatch(r"h\d", tag) else []
        if tag not in {"meta", "link", "br", "hr", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture(scope="module")
def page() -> Reader:
    reader = Reader()
    reader.feed(PAGE)
    reader.close()
    return reader


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A copy of the folder in which the guide's programs run, with the package that `npm install jose` brings."""
    npm_ci(NODE)
    folder = Path(shutil.copytree(ROOT, tmp_path / "bpjs"))
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    for name, program in PROGRAMS.items():
        (folder / name).write_text(program)
    return folder


def run(desk: Path, program: str) -> str:
    return subprocess.run(
        [node(), program], cwd=desk, check=True, capture_output=True, text=True, timeout=PATIENCE
    ).stdout


def test_the_program_that_decrypts_reads_the_example(desk: Path) -> None:
    assert json.loads(run(desk, "decrypt.mjs")) == json.loads(
        (ROOT / "v1/examples/personal/submission.json").read_text()
    )


@pytest.mark.parametrize("damaged", ['"kind":"', '"office":"'])
def test_the_program_that_checks_signatures_takes_every_example_and_no_damaged_one(desk: Path, damaged: str) -> None:
    types = run(desk, "check.mjs").split()
    assert types == [V1.ce_type(name) for name in V1.messages]
    lines = desk / "v1/examples/submissions.ndjson"
    lines.write_text(lines.read_text().replace(damaged, f"{damaged}x", 1))
    with pytest.raises(subprocess.CalledProcessError, match=r"check\.mjs"):
        run(desk, "check.mjs")


def test_the_program_that_makes_keys_makes_one_that_is_taken(desk: Path) -> None:
    run(desk, "keys.mjs")
    public = json.loads((desk / "public.json").read_text())
    assert parse_reader_key(public).kid == public["kid"]
    assert "d" in json.loads((desk / "private.json").read_text())
    assert (desk / "private.json").stat().st_mode & 0o077 == 0


def test_every_link_leads_somewhere(page: Reader) -> None:
    written = re.findall(r"\]\(([^)\s]+)\)", GUIDE)
    for link in {*page.links, *written}:
        path, anchor = urldefrag(link)
        if urlsplit(link).scheme:
            assert link.startswith("https://")
            continue
        assert not path or (ROOT / path).exists(), link
        assert not anchor or anchor in page.ids, link


def test_the_page_stands_alone_and_is_whole(page: Reader) -> None:
    assert page.loads == []
    assert (page.wrong, page.open) == ([], [])
    assert len(set(page.ids)) == len(page.ids)
    assert '<html lang="en">' in PAGE
    assert 'name="viewport"' in PAGE


def test_no_level_of_heading_is_left_out(page: Reader) -> None:
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))


@pytest.mark.parametrize("theme", re.findall(r":root \{([^}]*)\}", PAGE), ids=["light", "dark"])
def test_every_colour_of_text_can_be_read_on_paper_and_on_shade(theme: str) -> None:
    colours = dict(re.findall(r"--(\w+): (#\w+);", theme))
    for text in ("ink", "soft", "link", "mark"):
        for ground in ("paper", "shade"):
            assert contrast(colours[text], colours[ground]) >= AA, (text, ground)


def contrast(colour: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    darker, lighter = sorted((luminance(colour), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
