"""An official's desk in Chromium: a task is opened from the list, begun, its form filled in, and a button pressed.

desk = Desk(office, signed_in("13.01", "staf-1"))
desk.open(case, "Pemeriksaan dokumen")
desk.begin("09:10")
desk.press("Lengkap dan benar", at="09:10:45")
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import FilePayload, Locator, Page, expect

from jejak_tools.papers import Paper
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import ROSNA
from tests.pages.looks import axe, no_sideways_scroll

START: Final = "Mulai kerjakan"


@dataclass(frozen=True, slots=True)
class Desk:
    """One official's browser. `script`: whether axe, which is a script, checks its pages."""

    office: Office
    page: Page
    script: bool = False

    def row(self, case: Berkas) -> Locator:
        """The row of a case on the list."""
        return self.page.locator("tr", has_text=case.kode)

    def open(self, case: Berkas, task: str) -> None:
        """Opens the page of a task from the list."""
        self.page.goto("/worklist?limit=1000")  # other tests share the office and its list
        self.row(case).get_by_role("link", name=task, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(f"{task} berkas {case.kode}")
        self.look()

    def begin(self, at: str) -> None:
        """Begins the task."""
        self.office.at(at)
        self.page.get_by_role("button", name=START).click()
        expect(self.page.get_by_role("heading", name="Kerjakan", exact=True)).to_be_visible()
        self.look()

    def unfold(self, summary: str) -> Locator:
        """Unfolds the section with this heading."""
        folded = self.page.locator("details", has=self.page.locator("summary", has_text=re.compile(f"^{summary}$")))
        folded.first.locator("summary").first.click()
        return folded.first

    def press(self, button: str, *, at: str, within: Locator | None = None) -> None:
        """Sends the form; the list that follows says that it is stored."""
        self.send(button, at=at, within=within)
        expect(self.page.get_by_role("status")).to_contain_text("Tersimpan")

    def send(self, button: str, *, at: str, within: Locator | None = None) -> None:
        """Sends the form, with any result."""
        self.office.at(at)
        (within or self.page).get_by_role("button", name=button, exact=True).first.click()

    def look(self) -> None:
        """The page has no barrier and does not scroll sideways."""
        faults = no_sideways_scroll(self.page) + (axe(self.page) if self.script else [])
        assert not faults, "\n".join(faults)


def chosen(paper: Paper) -> FilePayload:
    """A paper as a file chosen in a browser."""
    return {"name": paper.name, "mimeType": paper.media_type, "buffer": paper.data}


def drafted(office: Office, day: str, who: dict[str, str] = ROSNA) -> Berkas:
    """A case that waits for its paraf since 09.12."""
    case = checked(apply(office, f"{day} 09:00", who), "09:05", "09:05:40")
    case.work("draft_letter", by="staf-1", begun="09:10", ended="09:12")
    case.until_due("paraf")
    return case
