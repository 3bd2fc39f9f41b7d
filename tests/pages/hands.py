"""Whole stories by hand: every official of an office in a browser, from the counter to the active card.

hands = Hands(office, signed_in)
case = hands.applies("staf-1", "2022-07-04 09:00", ROSNA, papers(ROSNA), purpose="Cuci darah.")
hands.does("staf-1", case, "Pemeriksaan dokumen", "Lengkap dan benar", begun="09:10", ended="09:11")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Locator, Page, expect

from jejak_tools.papers import Paper
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.people import Person
from tests.pages.conftest import SignedIn
from tests.pages.desk import Desk, chosen
from tests.pages.looks import axe, no_sideways_scroll

_LOOKED_OVER: Final[set[str]] = set()
_OF_A_PERSON: Final = ("name", "nik", "kk", "birthplace", "born", "address", "phone", "card")

type Filled = Mapping[str, object]
"""Label of a field, or "group › label" → the text, the choice or the file."""


@dataclass(slots=True)
class Hands:
    """The officials of one office, each with a browser of their own. `script`: whether the browsers run scripts."""

    office: Office
    signed_in: SignedIn
    script: bool = True
    _desks: dict[str, Desk] = field(default_factory=dict)

    def desk(self, who: str) -> Desk:
        """An official's browser, signed in at its first use."""
        if who not in self._desks:
            page = self.signed_in(self.office.kantor.kode, who, java_script_enabled=self.script)
            self._desks[who] = Desk(self.office, page)
        return self._desks[who]

    def applies(
        self,
        clerk: str,
        at: str,
        who: Person,
        papers: Mapping[str, Paper],
        *,
        purpose: str,
        answers: Sequence[str] = (),
        service: str = "",
    ) -> Berkas:
        """An application: the clerk fills in the form, and the receipt is shown."""
        self.office.at(at)
        page = self.desk(clerk).page
        page.goto("/cases/baru" + (f"?layanan={service}" if service else ""))
        for name in _OF_A_PERSON:
            if name in who:
                page.locator(f'[name="pemohon.{name}"]').fill(who[name])
        for answer in answers:
            page.locator(f'[name="jawaban[{answer}]"][value="{answer}"]').check()
        page.get_by_label("Keperluan").fill(purpose)
        for name, paper in papers.items():
            page.locator(f'input[type="file"][name="{name}"]').set_input_files(chosen(paper))
        page.get_by_role("button", name="Simpan").click()
        page.wait_for_url("**/tanda-terima")
        kode = page.locator(".kodebesar").inner_text()
        applied = self.office.get(clerk.partition(" ")[0], f"/cases/{kode}").json()
        return Berkas(self.office, applied["berkas"], kode, clerk)

    def does(
        self,
        who: str,
        case: Berkas,
        task: str,
        button: str,
        *,
        ended: str,
        begun: str | None = None,
        filled: Filled | None = None,
    ) -> None:
        """An official opens a task from the list, begins it (unless it records an act of others), and ends it."""
        case.until(lambda now: any(_title(due["nama_tugas"]) == task for due in now["jatuh_tempo"]), f"{task} is due")
        self.office.at(begun or ended)
        desk = self.desk(who)
        desk.open(case, task)
        if begun:
            desk.begin(begun)
        self._look_over(desk.page, task)
        fill_in(form_of(desk.page, button), filled or {})
        desk.press(button, at=ended, within=form_of(desk.page, button))

    def _look_over(self, page: Page, task: str) -> None:
        """Checks each kind of task once a run with axe, which is slow: its page is alike for every case."""
        if self.script and task not in _LOOKED_OVER:
            _LOOKED_OVER.add(task)
            assert axe(page) == []

    def sees_it_active(self, page: Page, case: Berkas) -> None:
        """The citizen looks up the code on the receipt, without a session."""
        page.goto("/")
        page.get_by_label("Kode pada tanda terima").fill(case.kode)
        page.get_by_role("button", name="Lacak").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("aktif")


def looked_over(page: Page) -> None:
    """The page has no barrier and does not scroll sideways."""
    assert axe(page) == []
    assert no_sideways_scroll(page) == []


def form_of(page: Page, button: str) -> Locator:
    """The form that a button sends, unfolded."""
    page.wait_for_load_state("domcontentloaded")
    form = page.locator("form", has=page.get_by_role("button", name=button, exact=True, include_hidden=True)).first
    folded = page.locator("details:not([open])", has=form)
    if folded.count():
        folded.last.locator("summary").first.click()
    return form


def fill_in(form: Locator, filled: Filled) -> None:
    """Fills in fields by their labels."""
    for words, value in filled.items():
        *group, label = words.split(" › ")
        place = form.get_by_role("group", name=group[0], exact=True) if group else form
        yes_or_no = place.get_by_role("group", name=label, exact=True)
        if isinstance(value, str) and yes_or_no.count():
            yes_or_no.get_by_label(value, exact=True).check()
        else:
            _fill(place.get_by_label(label).first, value)


def _fill(entry: Locator, value: object) -> None:
    if isinstance(value, Paper):
        entry.set_input_files(chosen(value))
    elif entry.evaluate("one => one.tagName") == "SELECT":
        entry.select_option(label=str(value))
    elif entry.get_attribute("type") == "checkbox":
        entry.check()
    else:
        entry.fill(str(value))


def _title(words: str) -> str:
    return words[:1].upper() + words[1:]
