"""`baik` means: it runs. Either `jejak sop check` says what stops a case, or the case reaches its signed letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from jejak.cases.decision import Actor, attribution_of, check_office
from jejak.cases.engine import DueTask
from jejak.cases.people import signers
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import NotYours, Problem
from jejak.procedure.checks.check import check
from jejak.procedure.checks.stops import Certificates, office_stops, signing_notes
from jejak.procedure.checks.walks import MOST_WALKS, walks
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from letters import domain
from letters.printing.compose import letter_data
from letters.printing.pdf import LetterNotRendered, render
from tests.procedure import START, Scenario, person, submitted
from tests.property.damage import KANTORS, SHEETS, named
from tests.property.examples import examples
from tests.unit.letters.test_signers import STEPS, kantor, signed_by

NOW: Final = datetime(2026, 2, 2, 3, tzinfo=UTC)
"""Monday, 2 February 2026, when every office of the repository works."""
TODAY: Final = NOW.date()
DEVELOPMENT: Final = Certificates({}, own=True)
_MOST: Final = 120


class Stuck(Exception):
    """No official can do what is due."""


def play(sop: Sop, office: Kantor, certificates: Certificates, route: str | None = None, now: datetime = NOW) -> None:
    """A case from its submission until nothing is due, by the services' own decisions; raises where it cannot go on."""
    story = replace(submitted(sop, office).opened(), now=now)
    for _ in range(_MOST):
        if not story.due:
            return
        due = story.due[0]
        if TASKS[due.tugas].by_route:
            story = story.then(route, slot=due.slot)
        else:
            story = story.then(slot=due.slot, data=acted(story, due, certificates))
    raise Stuck("no end")


def acted(story: Scenario, due: DueTask, certificates: Certificates) -> e.AnyEvent | None:
    """The event of an act that only officials who may do it could have caused; None for the plainest one."""
    match TASKS[due.tugas].letters:
        case "drafts":
            able(story, due)
            return drafted(story, due)
        case "signs":
            return signed(story, due, certificates)
        case _:
            if not due.automatic:
                able(story, due)
            return None


def able(story: Scenario, due: DueTask, code: str | None = None) -> None:
    """Stuck unless an official of the office, of this code where one is given, may do or record the task."""
    for official in story.office.officials_at(story.loaded.today.date()):
        actor = Actor(story.office.kode, official.kode, official.jabatan)
        try:
            check_office(story.loaded, actor)
            attribution_of(story.loaded, actor, due, None)
        except NotYours:
            continue
        if code in (None, official.kode):
            return
    raise Stuck(due.tugas)


def drafted(story: Scenario, due: DueTask) -> e.AnyEvent:
    names = due.task.surat or tuple(story.sop.surat)
    for name in names:
        story.office.number_rule(name)
    refusing = any(domain.is_refusal(story.case, story.sop.surat[name]) for name in names)
    content = e.LetterContent(people=e.People(applicant=person()), refusal=("Syarat belum terpenuhi.",) * refusing)
    numbers = [
        e.DraftLetter(letter=name, number="460/1/DINSOS/2026", signer=domain.chosen_signer(story.loaded, name, None))
        for name in names
    ]
    return domain.letter_drafted(story.case, numbers, content, e.Act()).data


def signed(story: Scenario, due: DueTask, certificates: Certificates) -> e.AnyEvent:
    loaded, day = story.loaded, story.loaded.today.date()
    names, posts = domain.to_be_signed(story.loaded, due.task.surat), story.sop.pelaksana[due.who].jabatan
    if not names:
        raise Stuck("no letter")
    if signers.signs_by_pen(loaded, due):
        signer = domain.pen_signer(loaded, posts, names, None, day)
        able(story, due)
        recorder = story.office.pencatat_tanda_tangan
        if recorder is None or story.office.holder(recorder, day) is None:
            raise Stuck("no scan")
    else:
        expected = signers.expected_signer(loaded, names, posts, day)
        signer = domain.electronic_signer(loaded, due.who, names, expected.kode if expected else "")
        able(story, due, signer.kode)
        known = certificates.offices.get(story.office.kode)
        if signer.kode not in known if known is not None else not certificates.own:
            raise Stuck("no certificate")
    for name in names:
        data = letter_data(
            loaded, name, signer, draft=False, made=loaded.now, dated=day, public_url="https://contoh.example"
        )
        render(data)
    number = story.case.letters[names[0]].number
    letters = [
        {"letter": name, "number": number, "sha256": "0" * 64, "media_type": "application/pdf"} for name in names
    ]
    return e.LetterSigned.model_validate(
        {
            "draft": story.case.draft.count if story.case.draft else 0,
            "letters": letters,
            "method": "basah",
            "signed_on": day,
            "signatory": domain.signatory(story.office, signer, day),
        }
    )


def runs(sop: Sop, office: Kantor, certificates: Certificates = DEVELOPMENT, now: datetime = NOW) -> bool:
    """Whether every route reaches its end, each drafted letter signed."""
    try:
        for route in sop.jalur or (None,):
            play(sop, office, certificates, route, now)
    except (Stuck, Problem, ValidationError, LetterNotRendered, LookupError, StopIteration):
        return False
    return True


def stops(sop: Sop, office: Kantor, certificates: Certificates = DEVELOPMENT, day: date = TODAY) -> list[str]:
    return [*check(sop.text).stops, *office_stops(office, sop, day, certificates)]


@pytest.mark.parametrize("path", SHEETS, ids=named)
def test_every_sheet_of_the_repository_is_called_good_and_runs(path: Path) -> None:
    sop = load_sop(path.read_bytes())
    for file in (file for file in KANTORS if file.parent == path.parent):
        office = load_kantor(file.read_bytes())
        assert stops(sop, office) == []
        assert runs(sop, office)


@dataclass(frozen=True)
class Mutant:
    """A change of the sheet or of the kantor file; `says` is what the check says of it, None where it runs."""

    says: str | None
    sheet: Callable[[str], str] = str
    kantor: Callable[[str], str] = str
    certificates: Certificates = DEVELOPMENT


def swap(old: str, new: str, count: int = -1) -> Callable[[str], str]:
    def swapped(text: str) -> str:
        return text.replace(old, new, count)

    return swapped


def more(text: str) -> Callable[[str], str]:
    return lambda before: before + text


BASE: Final = signed_by("kadis").text.decode()
SIGNER: Final = 'kode = "penanda", nama = "Penanda", pihak = "dinas", jabatan = ["kadis"]'
KADIS: Final = 'nip = "196701011992032000"\n'
OFFICE: Final = kantor().text.decode()
ACTING: Final = (
    '\n[[pejabat]]\nkode = "kabid-1"\nnama = "kabid-1"\nnip = "196701011992032002"\njabatan = "kadis"\n'
    'sebagai = "{}"\ndari = 2022-01-03\n{}'
)


def by(jabatan: str, pihak: str = "dinas") -> Callable[[str], str]:
    return swap(SIGNER, f'kode = "penanda", nama = "Penanda", pihak = "{pihak}", jabatan = [{jabatan}]')


def leaves(code: str) -> Callable[[str], str]:
    return swap(f'kode = "{code}"\n', f'kode = "{code}"\nsampai = 2022-06-30\n', 1)


def without_block(post: str) -> Callable[[str], str]:
    def cut(text: str) -> str:
        head, _, tail = text.partition(f'[[penanda_tangan]]\njabatan = "{post}"\n')
        return head + tail[tail.index("\n[") + 1 :]

    return cut


def without_signature(text: str) -> str:
    return text.replace('tugas = ["sign"]', 'tugas = ["record"]')


def two_letters(text: str) -> str:
    """Drafted one after the other, then signed in the same order."""
    step = (
        '\n[[langkah]]\nno = {}\nkegiatan = "Surat lain"\ntugas = [{{ tugas = "{}", surat = "lain" }}]\n'
        'pelaksana = ["{}"]\n'
    )
    both = (
        text.replace("surat = [{", 'surat = [{kode = "lain", jenis = "keterangan", isi = "benar."}, {')
        .replace('tugas = "draft_letter"', 'surat = "surat", tugas = "draft_letter"')
        .replace('tugas = ["sign"]', 'tugas = [{ tugas = "sign", surat = "surat" }]')
    )
    return both.replace("\n[[langkah]]", step.format(8, "draft_letter", "staf") + "\n[[langkah]]", 1) + step.format(
        9, "sign", "penanda"
    )


PEN: Final = swap('tanda_tangan = "elektronik"', 'tanda_tangan = "basah"', 1)
MUTANTS: Final[Mapping[str, Mutant]] = {
    "as it is": Mutant(None),
    "a pen office": Mutant(None, kantor=PEN),
    "bupati": Mutant(None, by('"bupati"', "pemda")),
    "sekda": Mutant(None, by('"sekda"')),
    "any of two": Mutant(None, by('"kadis", "sekretaris"')),
    "Plt.": Mutant(None, kantor=more(ACTING.format("Plt.", ""))),
    "on behalf": Mutant(None, kantor=more(ACTING.format("a.n.", 'jabatan_sendiri = "Kepala Bidang"\n'))),
    "paraf of the signer": Mutant(None, swap('pelaksana = ["sekretaris"]', 'pelaksana = ["penanda"]')),
    "a post without a name": Mutant(
        "jabatannya tidak disebut",
        swap(SIGNER, 'kode = "penanda", nama = "Penanda", pihak = "pemda", pencatat = "staf"'),
    ),
    "a post that the file lacks": Mutant("kantor.toml tidak punya pejabat gubernur", by('"gubernur"')),
    "a post that nobody holds": Mutant("tidak ada pejabat kadis pada 4 Juli 2022", kantor=leaves("kadis-1")),
    "no NIP": Mutant("pejabat kadis-1: menandatangani tanpa NIP", kantor=swap(KADIS, "")),
    "an elected head without the word": Mutant(
        "pejabat bupati-1: menandatangani tanpa NIP", by('"bupati"'), swap("tanpa_nip = true", "tanpa_nip = false")
    ),
    "no letterhead of the bupati": Mutant(
        "BUPATI CONTOH menandatangani dengan kop kantor ini", by('"bupati"', "pemda"), without_block("bupati")
    ),
    "no letterhead of a camat": Mutant("Camat Pesisir menandatangani", by('"camat"'), without_block("camat")),
    "on behalf without an own post": Mutant(
        "jabatannya sendiri tidak ada",
        by('"bupati"'),
        more(
            '\n[[pejabat]]\nkode = "lain"\nnama = "Lain"\nnip = "196701011992032008"\njabatan = "bupati"\n'
            'sebagai = "a.n."\njabatan_sendiri = "Asisten"\ndari = 2022-01-03\n\n[[penanda_tangan]]\n'
            'jabatan = "kabid"\ntempat = "Contoh"\n'
        ),
    ),
    "a letter that nobody signs": Mutant("tidak ada yang menandatangani — tambahkan tugas sign", without_signature),
    "a signature without a draft": Mutant(
        "sign tanpa konsep surat", swap('{ tugas = "draft_letter", pelaksana = ["staf"] }, ', "")
    ),
    "a draft on another answer": Mutant(
        "paraf tanpa konsep surat",
        lambda text: text.replace('{ tugas = "draft_letter"', '{ tugas = "draft_letter", untuk = ["ada"]').replace(
            "\n[[langkah]]", '\n[[pertanyaan]]\nkode = "ada"\nteks = "Ada?"\n\n[[langkah]]', 1
        ),
    ),
    "a signature of another letter": Mutant(
        "padahal yang sudah disusun surat surat",
        lambda text: text.replace("surat = [{", 'surat = [{kode = "lain", jenis = "usulan"}, {').replace(
            'tugas = "draft_letter"', 'surat = "surat", tugas = "draft_letter"'
        ).replace('tugas = ["sign"]', 'tugas = [{ tugas = "sign", surat = "lain" }]'),
    ),
    "two letters drafted and then each signed": Mutant(None, two_letters),
    "a pen without a recorder": Mutant(
        "tanda tangan pena: tidak ada pejabat kasi",
        kantor=lambda text: leaves("kasi-1")(PEN(text)).replace(
            'pencatat_tanda_tangan = "staf"', 'pencatat_tanda_tangan = "kasi"'
        ),
    ),
    "no office at BSrE": Mutant("JEJAK_BSRE tidak memuat kantor 13.99", certificates=Certificates({}, own=False)),
    "no certificate": Mutant(
        "pejabat kadis-1: JEJAK_BSRE tidak memuatnya dengan NIK",
        certificates=Certificates({"13.99": frozenset({"sekretaris-1"})}, own=True),
    ),
    "a certificate": Mutant(None, certificates=Certificates({"13.99": frozenset({"kadis-1"})}, own=False)),
    "the bupati by pen needs none": Mutant(None, by('"bupati"'), certificates=Certificates({}, own=False)),
    "no number": Mutant("tidak punya aturan nomornya", kantor=swap('"*" = "460', 'usulan = "460')),
    "letters that no letter prints": Mutant("tidak dapat dicetak", kantor=swap('nama = "kadis-1"', 'nama = "卡迪斯"')),
    "a name that is too long": Mutant("lebih dari 100 huruf", kantor=swap('nama = "kadis-1"', f'nama = "{"A" * 101}"')),
    "a name of nothing that shows": Mutant("tidak berisi huruf", kantor=swap('nama = "kadis-1"', 'nama = "\\u200b"')),
    "an office that all left": Mutant(
        "jadi tidak ada yang mengerjakan",
        by('"bupati"', "pemda"),
        lambda text: leaves("kabid-1")(leaves("sekretaris-1")(text)),
    ),
}  # fmt: skip


def mutated(mutants: list[Mutant]) -> tuple[Sop, Kantor]:
    sheet, office = BASE, OFFICE
    for mutant in mutants:
        sheet, office = mutant.sheet(sheet), mutant.kantor(office)
    return load_sop(sheet.encode()), load_kantor(office.encode())


@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_says_what_stops_a_case_and_nothing_else_stops_it(name: str) -> None:
    mutant = MUTANTS[name]
    sop, office = mutated([mutant])
    told = stops(sop, office, mutant.certificates, START.date())
    if mutant.says is None:
        assert told == []
    else:
        assert any(mutant.says in line for line in told), told
    assert told or runs(sop, office, mutant.certificates, START)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.sampled_from(list(MUTANTS)), min_size=2, max_size=3, unique=True))
def test_of_any_changes_together_the_check_says_that_a_case_stops_or_it_runs(names: list[str]) -> None:
    mutants = [MUTANTS[name] for name in names]
    try:
        sop, office = mutated(mutants)
    except ValueError:
        return  # what no check lets pass as a file
    certificates = mutants[-1].certificates
    assert stops(sop, office, certificates, START.date()) or runs(sop, office, certificates, START)


AREAS: Final = '\n[wilayah]\n"13.99.05" = "Pesisir"\n"13.99.05.2001" = "Suka Maju"\n"{0}" = "Lain"\n'
CLERK: Final = (
    '\n[[pejabat]]\nkode = "staf-9"\nnama = "staf-9"\nnip = "196701011992032009"\njabatan = "staf"\n'
    'wilayah = "{0}"\ndari = 2022-01-03\n'
)


def test_each_village_whose_clerks_enter_cases_needs_its_own_signer() -> None:
    sop = load_sop(by('"kades"', "kelurahan")(BASE).encode())
    clerk = swap('kode = "staf-1"\n', 'kode = "staf-1"\nwilayah = "13.99.05.2001"\n', 1)(OFFICE) + CLERK + AREAS
    office = load_kantor(clerk.replace("{0}", "13.99.05.2002").encode())
    assert stops(sop, office, DEVELOPMENT, START.date()) == []
    [note] = signing_notes(office, sop, START.date(), DEVELOPMENT)
    assert "penanda menandatangani berkas dari wilayahnya saja — di loket pilih wilayah" in note
    lacking = load_kantor(clerk.replace("{0}", "13.99.05.2003").encode())
    [stop] = stops(sop, lacking, DEVELOPMENT, START.date())
    assert stop.startswith("langkah 2: tidak ada penanda yang menandatangani berkas dari 13.99.05.2003")


def test_a_counter_can_choose_a_kecamatan_or_no_area_at_all_and_both_need_a_signer() -> None:
    sop = load_sop(by('"kades"', "kelurahan")(BASE).encode())
    office = load_kantor((OFFICE + AREAS.format("13.99.05.2002")).encode())
    kecamatan, none = stops(sop, office, DEVELOPMENT, START.date())
    assert "penanda yang menandatangani berkas dari 13.99.05 —" in kecamatan
    assert "penanda yang menandatangani berkas tanpa wilayah" in none
    by_camat = load_sop(by('"kades", "camat"', "kecamatan")(BASE).encode())
    [none] = stops(by_camat, office, DEVELOPMENT, START.date())
    assert "berkas tanpa wilayah" in none


def test_what_stops_nothing_but_is_strange_is_a_note() -> None:
    sop, office = mutated([MUTANTS["paraf of the signer"]])
    assert "langkah 1: paraf penanda selalu dilewati" in " ".join(signing_notes(office, sop, START.date(), DEVELOPMENT))
    turns = load_sop(BASE.replace('pelaksana = ["penanda"]', 'pelaksana = ["sekretaris", "penanda"]').encode())
    [note] = signing_notes(office, turns, START.date(), DEVELOPMENT)
    assert "sekretaris, penanda menandatangani bergiliran" in note
    [unknown] = signing_notes(office, load_sop(BASE.encode()), START.date())
    assert "tidak diketahui apakah kadis-1 tercatat di BSrE" in unknown
    assert STEPS in BASE


def test_a_sheet_of_very_many_paths_is_walked_in_part_and_the_check_says_so() -> None:
    routes = ", ".join(f'{{kode = "r{n}", nama = "R{n}"}}' for n in range(12))
    names = [", ".join(f'"p{n}_{k}"' for k in range(8)) for n in range(8)]
    questions = ", ".join(f'{{kode = "p{n}", teks = "Apa?", pilihan = [{names[n]}]}}' for n in range(8))
    many = f"jalur = [{routes}]\npertanyaan = [{questions}]\n{BASE}"
    sop = load_sop(many.encode())
    assert len([*walks(sop)]) == MOST_WALKS
    assert {path.jalur for path in walks(sop)} == set(sop.jalur)
    assert any("hanya 3000 perjalanan berkas yang dicoba" in line for line in check(sop.text).warnings)
    assert not any("perjalanan berkas yang dicoba" in line for line in check(BASE.encode()).warnings)
