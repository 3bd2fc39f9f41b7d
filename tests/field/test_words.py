"""Words from the field: what lists of BPJS, registers and files of answers say, and which of it decides.

Inputs are those of public reports, with made-up people: no word counts as a yes because nobody foresaw it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from bpjs_sync.answers.rows import read
from jejak.cases.event_descriptions import describe_event
from jejak.eventstore.store import Store
from jejak.messaging.task_runner import TaskRunner
from jejak.platform.key_settings import MasterKeys
from jejak.procedure.meanings import put_off_words
from jejak.procedure.office.kantor import load_kantor
from tests.procedure import look_up_steps, sheet
from tests.procedure import office as an_office
from tests.servers import Database
from tests.store.bpjs import KEY, OFFICE, runtime_of, town
from verification.handlers import handlers
from verification.outside.bridging import Bridging
from verification.outside.population import Population
from verification.registers.importing import Report, Request, import_register, kind_of
from verification.registers.lookup import RegisterKeys
from verification.registers.rows import Field

INPUTS: Final = Path(__file__).parent / "inputs"
AS_OF: Final = date(2026, 9, 30)


class LookedUp:
    """What a look-up of many people in one imported file comes to: outcomes and sentences by NIK, and the report."""

    def __init__(self, report: Report, findings: dict[str, str], sentences: dict[str, str]) -> None:
        self.report = report
        self.findings = findings
        self.sentences = sentences


async def looked_up(
    database: Database, path: Path, register: str, people: list[str], *, kata: str = "", head: str = "", extra: str = ""
) -> LookedUp:
    """Cases of these people, looked up in a file by verification as it runs; `kata` is added to the kantor file."""
    verb = {"BPJS": "check_membership", "DUKCAPIL": "check_population"}.get(register, "check_registry")
    sop = sheet(look_up_steps(verb) + extra, head)
    kantor = an_office(way="impor").text.decode().replace('check_population = "manual"', 'check_population = "impor"')
    office_file = (kantor + kata).encode()
    kind = kind_of(register)
    assert kind is not None
    async with town(database, sop) as office, runtime_of(database, "verification") as runtime:
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), office_file)
        connection = await asyncpg.connect(database.urls["verification"])
        request = Request(
            path, OFFICE, register, kind, by="petugas uji", as_of=AS_OF, words=load_kantor(office_file).kata
        )
        imported = await import_register(connection, RegisterKeys(KEY, MasterKeys(KEY)), request)
        await connection.close()
        cases = {nik: await office.submit(person={"nik": nik}) for nik in people}
        tasks = handlers(runtime, Bridging({}), Population({})).tasks
        await TaskRunner(runtime.command_handler, "verification", {verb: tasks[verb]}, 0.0).work(list(cases.values()))
        findings: dict[str, str] = {}
        sentences: dict[str, str] = {}
        for nik, case in cases.items():
            opened = await office.opened(case)
            put_off = next((row.deferred for row in opened.rows if row.deferred), None)
            found = opened.history[1] if len(opened.history) > 1 else None
            findings[nik] = put_off or (found.hasil if found and found.hasil else "")
            sentences[nik] = (put_off_words(put_off) or "") if put_off else describe_event(opened.history[1], sop)
        return LookedUp(imported.report, findings, sentences)


def niks(path: Path) -> dict[str, str]:
    """The NIKs of a file by the last letter of the name beside each."""
    rows = [line.split(";") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return {row[2][-1]: row[1] for row in rows}


async def test_20_a_list_of_bpjs_decides_by_known_words_alone(database: Database) -> None:
    path = INPUTS / "20-bpjs-kata-status.csv"
    people = niks(path)
    looked = await looked_up(database, path, "BPJS", list(people.values()))
    found = {letter: looked.findings[nik] for letter, nik in people.items()}
    decided = {letter: hasil for letter, hasil in found.items() if ":" not in hasil}
    assert decided == {
        "A": "sudah",
        **dict.fromkeys("DEF", "boleh"),
        **dict.fromkeys("HI", "segmen_lain"),
        "J": "sudah",
    }
    for letter, word in (("B", "1"), ("C", "MENINGGAL DUNIA"), ("G", "PINDAH SEGMEN")):
        assert f"status orang ini tertulis «{word}»" in looked.sentences[people[letter]]
    assert looked.report.left_open == {
        (Field.STATUS, "1"): 1,
        (Field.STATUS, "MENINGGAL DUNIA"): 1,
        (Field.STATUS, "PINDAH SEGMEN"): 1,
    }
    assert looked.sentences[people["D"]].endswith("boleh diproses, status «DINONAKTIFKAN».")
    assert "segmen «PEGAWAI PEMDA», status «AKTIF»" in looked.sentences[people["I"]]


async def test_20_digits_decide_by_the_offices_own_mapping(database: Database) -> None:
    path = INPUTS / "20-bpjs-kata-status.csv"
    person = niks(path)["B"]
    own = '\n[kata.kepesertaan]\n"1" = "aktif"\n"0" = "nonaktif"\n'
    looked = await looked_up(database, path, "BPJS", [person], kata=own)
    assert looked.findings[person] == "sudah"
    assert looked.sentences[person].endswith("status «1».")


def test_20b_who_pays_for_a_segment() -> None:
    words = load_kantor(an_office().text).kata
    assert [words.state_paid(segment) for segment in ("NON PBI", "PEGAWAI PEMDA")] == [False, False]
    assert words.payers["pendudukyangdidaftarkanolehpemerintahdaerah"] == "daerah"
    assert words.state_paid("PENDUDUK YANG DIDAFTARKAN OLEH PEMERINTAH DAERAH")


async def test_20_dtks_names_those_it_lists(database: Database) -> None:
    path = INPUTS / "20-dtks.csv"
    absent = "1301015203789001"
    looked = await looked_up(database, path, "DTKS", [*niks(path).values(), absent])
    assert looked.findings.pop(absent) == "tidak_terdaftar"
    assert set(looked.findings.values()) == {"terdaftar"}


async def test_43_who_is_active_is_not_taken_for_eligible(database: Database) -> None:
    looked = await looked_up(database, INPUTS / "43-bpjs-sudah-aktif.csv", "BPJS", ["1301010607887002"])
    assert looked.findings == {"1301010607887002": "sudah"}


def test_37_answers_of_bpjs_are_read_by_known_words_and_every_other_waits_for_a_person() -> None:
    """A known "accepted" with a date of activation is an activation; all else of the file says nothing by itself."""
    read_sheet = read((INPUTS / "37-jawaban-bpjs-kata.csv").read_bytes())
    says = {read_sheet.raw[answer.row]["hasil"]: answer.says for answer in read_sheet.answers}
    assert says == dict.fromkeys(("AKTIF", "BERHASIL", "Diterima", "Disetujui"), "aktif")
    assert {answer.word for answer in read_sheet.answers} == says.keys()
    assert len(read_sheet.unreadable) == 25
    digits = [row for row in read_sheet.unreadable if read_sheet.raw[row.row]["hasil"] in "10"]
    assert [row.why for row in digits] == ["kolom hasil bukan diterima, perbaiki, ditolak, aktif atau nonaktif"] * 2


def test_37_an_office_gives_words_of_answers_their_meaning_and_may_take_one_away() -> None:
    own = '\n[kata.jawaban]\n"Aktif kembali" = "aktif"\n"1" = "diterima"\n"Berhasil" = "periksa"\n'
    words = load_kantor(an_office().text + own.encode()).kata
    read_sheet = read((INPUTS / "37-jawaban-bpjs-kata.csv").read_bytes(), words)
    said = {read_sheet.raw[answer.row]["hasil"]: answer.says for answer in read_sheet.answers}
    assert said == dict.fromkeys(("AKTIF", "Aktif kembali", "Diterima", "Disetujui", "1"), "aktif")


@pytest.mark.parametrize(
    "row",
    [
        "1399010101900001;TIDAK/AKTIF;;",
        "1399010101900001;AKTIF?;;",
        "1399010101900001;;NIK tidak padan;01-02-2027",
        "1399010101900001;ya;;",
        "1399010101900001;TIDAK;tidak aktif;",
    ],
)
def test_a_row_of_answers_that_says_neither_yes_nor_no_waits_for_a_person(row: str) -> None:
    read_sheet = read(f"nik;status peserta;keterangan;tmt aktif\n{row}\n".encode())
    assert not read_sheet.answers
    assert len(read_sheet.unreadable) == 1


async def test_a_person_whose_row_cannot_be_read_is_not_one_whom_the_list_does_not_name(
    database: Database, tmp_path: Path
) -> None:
    ids = [f"13010101{day:02}816001" for day in (1, 2, 3)]
    path = tmp_path / "bpjs.csv"
    rows = [f"12345;{ids[0]};Satu;PBI;NONAKTIF", f"0008880006002;{ids[1]};Dua;PBI;NONAKTIF"]
    path.write_text("\n".join(["No Kartu;NIK;Nama;Segmen;Status", *rows]) + "\n", encoding="utf-8")
    looked = await looked_up(database, path, "BPJS", ids)
    assert looked.findings[ids[1]] == "boleh"
    assert "tidak tercantum di sana" in looked.sentences[ids[2]]
    assert (
        "baris orang ini pada daftar tidak terbaca (BPJS baris 2: No Kartu harus 13 angka" in looked.sentences[ids[0]]
    )


@pytest.mark.parametrize("cell", ["130101010181600", "1301010101******", "1301010101816O01"])
async def test_a_row_of_the_same_name_whose_nik_cannot_be_read_may_be_the_person(
    database: Database, tmp_path: Path, cell: str
) -> None:
    """The participants are called Warga 1 and Warga 2; the list names the second by NIK."""
    nik, other = "1301010101816001", "1301010201816002"
    path = tmp_path / "bpjs.csv"
    rows = [f"{cell};WARGA  1;PBI;AKTIF", f"{cell};Warga 2;PBI;AKTIF"]
    rows += [f"{other};Warga 2;PBI;NONAKTIF", f"{nik[:-1]}9;Orang Lain;PBI;AKTIF"]
    path.write_text("\n".join(["NIK;Nama;Segmen;Status", *rows]), encoding="utf-8")
    looked = await looked_up(database, path, "BPJS", [nik, other])
    assert "BPJS baris 2: nama sama, NIK" in looked.sentences[nik]
    assert looked.findings[other] == "boleh"


REGISTER_ROWS: Final = {
    "TERDAFTAR": "terdaftar",
    "Tidak Terdaftar": "tidak_terdaftar",
    "TIDAK LAYAK": "status orang ini tertulis «TIDAK LAYAK»",
    "MENINGGAL": "status orang ini tertulis «MENINGGAL»",
    "YA": "status orang ini tertulis «Status YA»",
    "": "status orang ini kosong",
}


async def test_a_register_of_the_poor_with_a_status_lists_nobody_by_an_unknown_word(
    database: Database, tmp_path: Path
) -> None:
    people = {word: f"13010101{number:02}816001" for number, word in enumerate(REGISTER_ROWS, 1)}
    path = tmp_path / "dtks.csv"
    path.write_text("\n".join(["NIK;Status", *(f"{nik};{word}" for word, nik in people.items())]), encoding="utf-8")
    looked = await looked_up(database, path, "DTKS", list(people.values()))
    for word, nik in people.items():
        expected = REGISTER_ROWS[word]
        assert expected in (looked.findings[nik], looked.sentences[nik]) or expected in looked.sentences[nik], word
    assert sum(looked.report.left_open.values()) == 4


DESIL_RULE: Final = """
[[langkah]]
no = 3
kegiatan = "Nilai"
tugas = ["check_rules"]
pelaksana = ["staf"]

[[aturan]]
nama = "Miskin"
terdaftar_di = ["DTSEN"]
desil = [1, 2, 3, 4, 5]
"""


async def test_a_word_in_place_of_a_decile_waits_and_so_does_an_empty_one_that_a_rule_needs(
    database: Database, tmp_path: Path
) -> None:
    cells = {"3": "terdaftar", "Desil 9": "terdaftar", "tiga": "«tiga»", "6+": "«6+»", "": "desil orang ini kosong"}
    people = {cell: f"13010101{number:02}816001" for number, cell in enumerate(cells, 1)}
    path = tmp_path / "dtsen.csv"
    path.write_text("\n".join(["NIK;Desil", *(f"{nik};{cell}" for cell, nik in people.items())]), encoding="utf-8")
    looked = await looked_up(database, path, "DTSEN", list(people.values()), extra=DESIL_RULE)
    for cell, expected in cells.items():
        nik = people[cell]
        assert looked.findings[nik] == expected or expected in looked.sentences[nik], cell
    assert looked.report.left_open == {(Field.DESIL, "tiga"): 1, (Field.DESIL, "6+"): 1}
    own = '\n[kata.desil]\n"tiga" = "3"\n'
    path.write_text(f"NIK;Desil\n{people['tiga']};tiga\n", encoding="utf-8")
    again = await looked_up(database, path, "DTSEN", [people["tiga"]], kata=own, extra=DESIL_RULE)
    assert again.findings == {people["tiga"]: "terdaftar"}


async def test_why_a_membership_was_ended_is_read_where_a_list_says_it(database: Database, tmp_path: Path) -> None:
    reasons = {"PEMUTAKHIRAN DTSEN": "boleh", "": "boleh", "MENINGGAL": "«MENINGGAL»", "Data ganda": "«Data ganda»"}
    people = {reason: f"13010101{number:02}816001" for number, reason in enumerate(reasons, 1)}
    path = tmp_path / "bpjs.csv"
    lines = [f"{nik};PBI APBN;NONAKTIF;{reason}" for reason, nik in people.items()]
    path.write_text("\n".join(["NIK;Segmen;Status;Alasan Nonaktif", *lines]), encoding="utf-8")
    looked = await looked_up(database, path, "BPJS", list(people.values()))
    for reason, expected in reasons.items():
        nik = people[reason]
        assert looked.findings[nik] == expected or expected in looked.sentences[nik], reason


@pytest.mark.parametrize("column", ["ID DTKS", "Desil", "Status"])
async def test_rows_of_a_register_that_contradict_each_other_are_shown(
    database: Database, tmp_path: Path, column: str
) -> None:
    nik = "1301010101816001"
    values = {"ID DTKS": ("DT1", "DT2"), "Desil": ("1", "tiga"), "Status": ("TERDAFTAR", "TIDAK TERDAFTAR")}[column]
    path = tmp_path / "dtks.csv"
    path.write_text("\n".join([f"NIK;{column}", *(f"{nik};{value}" for value in values)]), encoding="utf-8")
    looked = await looked_up(database, path, "DTKS", [nik])
    assert looked.findings[nik].startswith("kata_belum_dikenal:")
