"""Dates from the field (cases 13, 13d, 14, 37b, 51 and M): a mistyped year is refused or goes to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bpjs_sync.answers.answer import Objection, task_ended
from bpjs_sync.answers.rows import read
from intake.submission import Application, Counter
from jejak.cases.case import Case, fold
from jejak.cases.decision import Actor, attribution_of, received_on
from jejak.cases.people.participants import check_person
from jejak.contracts import task_bodies
from jejak.platform.errors import Malformed
from jejak.procedure.office.kantor import load_kantor
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.printed.months import months_over
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import deadline
from jejak.web.http_app import parse_command
from jejak_tools.play import Office
from letters.domain import pen_signer
from tests.flow.test_http_errors import nothing_stored
from tests.procedure import office, person, sheet, submitted
from tests.stories import Jejak

INPUTS: Final = Path(__file__).parent / "inputs"
NOW: Final = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLERK: Final = Actor("13.99", "staf-1", "staf")
TOO_LONG_AGO: Final = "Waktu penerimaan terlalu lampau; periksa tahunnya."
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Kirim"
tugas = ["deliver", "await_reply", "confirm_status"]
pelaksana = ["bpjs"]
"""


def report_of(office: Office, name: str) -> dict[int, dict[str, Any]]:
    """What becomes of every row of a list at the counter."""
    headers = {"Authorization": f"Bearer {office.token('staf-1')}"}
    files = {"daftar": (name, (INPUTS / name).read_bytes(), "text/csv")}
    answer = office.player.http.post("/cases/daftar", files=files, headers=headers)
    return {row["baris"]: row for row in answer.json()["laporan"]}


def test_13_a_list_with_mistyped_years_of_receipt_stores_nothing(jejak: Jejak, pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2022-08-01 09:00")
    with nothing_stored(jejak):
        report = report_of(pesisir_selatan, "13-tahun-salah-ketik.csv")
    assert {row: told["sebab"] for row, told in report.items()} == {
        **dict.fromkeys(range(2, 7), TOO_LONG_AGO),
        7: "Waktu penerimaan tidak boleh di masa depan.",
    }


def test_14_a_list_with_impossible_births_stores_nothing(jejak: Jejak, pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2022-08-01 09:00")
    with nothing_stored(jejak):
        report = report_of(pesisir_selatan, "14-lahir-mustahil.csv")
    assert {row: told["sebab"].removeprefix("Data pemohon: ").lower() for row, told in report.items()} == {
        2: "tanggal lahir sesudah hari permohonan diterima; periksa tahunnya.",
        3: "tanggal lahir lebih dari 130 tahun yang lalu; periksa tahunnya.",
        4: "tanggal lahir lebih dari 130 tahun yang lalu; periksa tahunnya.",
    }


@pytest.mark.parametrize("name", ["13-tahun-salah-ketik.csv", "14-lahir-mustahil.csv"])
def test_what_a_list_may_not_say_the_form_may_not_either(name: str) -> None:
    sop, kantor = sheet(STEPS), office()
    counter = Counter(CLERK, kantor, kantor.officials_at(NOW.date())[-1], sop, NOW)
    for line in (INPUTS / name).read_text(encoding="utf-8").splitlines()[1:]:
        nik, kk, called, born, address, _, *received = line.split(";")
        body: dict[str, Any] = {
            "pemohon": {"nik": nik, "kk": kk, "name": called, "born": _iso(born), "address": address}
        }
        if received:
            body |= {"diterima": f"{_iso(received[0])}T08:00:00+07:00"}
        command = Application.model_validate(body).model_dump_json(exclude_none=True).encode()
        with pytest.raises(Malformed, match=r"periksa tahunnya|masa depan"):
            counter.decided(parse_command(Application, command))


def _iso(day: str) -> str:
    return "-".join(reversed(day.split("-")))


@pytest.mark.parametrize(("limit", "taken"), [("", False), ('batas_mundur = "20 tahun"\n', True)])
def test_13_an_office_says_how_far_back_it_dates(limit: str, taken: bool) -> None:
    kantor = load_kantor(office().text.replace(b"tanda_tangan", limit.encode() + b"tanda_tangan", 1))
    counter = Counter(CLERK, kantor, kantor.officials_at(NOW.date())[-1], sheet(STEPS), NOW)
    body = Application(pemohon=person(), diterima=NOW.replace(year=2016))
    if taken:
        assert counter.decided(body)[1].occurred_at == body.diterima
    else:
        with pytest.raises(Malformed, match=TOO_LONG_AGO):
            counter.decided(body)


@pytest.mark.parametrize("year", [202, 2002, 2021])
def test_13d_an_act_outside_is_not_before_the_event_it_follows(year: int) -> None:
    story = submitted(sheet(STEPS)).then("terkirim")
    with pytest.raises(Malformed, match="Waktu kejadian mendahului peristiwa sebelumnya"):
        attribution_of(story.loaded, CLERK, story.due[0], story.now.replace(year=year))


@pytest.mark.parametrize("stored", [202, 2126])
def test_13d_a_case_stored_with_a_mistyped_year_takes_acts_and_days_of_now(stored: int) -> None:
    story = submitted(sheet(STEPS))
    first = story.history[0]._replace(occurred_at=story.now.replace(year=stored))
    blank = Case(story.case.id, story.case.office, story.sop.sha256)
    story = replace(story, history=(first,), case=fold(blank, [first]))
    claimed, today = story.now - timedelta(hours=1), story.now.date()
    assert attribution_of(story.loaded, CLERK, story.due[0], claimed).occurred_at == claimed
    assert received_on(story.loaded) == today
    assert pen_signer(story.loaded, ["kadis"], ["surat"], None, today).kode == "kadis-1"
    check_person("pemohon", person(), received_on(story.loaded))


@pytest.mark.parametrize("field", ["aktif_sejak", "nonaktif_sejak"])
@pytest.mark.parametrize("since", ["0202-07-08", "2013-12-31", "9999-07-08"])
def test_51_no_membership_stands_since_a_day_that_cannot_be(field: str, since: str) -> None:
    body = f'{{"aktif": {str(field == "aktif_sejak").lower()}, "{field}": "{since}"}}'
    with pytest.raises(Malformed, match="periksa tahunnya"):
        parse_command(task_bodies.Status, body.encode())


def test_37b_of_a_file_of_answers_only_a_date_that_is_certain_is_taken() -> None:
    table = read((INPUTS / "37b-jawaban-bpjs-tanggal.csv").read_bytes())
    story = submitted(sheet(STEPS)).then("terkirim").later(days=(NOW.date() - date(2022, 7, 4)).days)
    taken = {
        answer.row: answer.since
        for answer in table.answers
        if not isinstance(task_ended(answer, story.loaded), Objection)
    }
    assert taken == dict.fromkeys((2, 3, 4, 5), date(2027, 2, 1)) | {7: date(2023, 2, 1)}
    assert len(table.raw) == 9


def test_m_six_months_from_28_february_have_one_end() -> None:
    calendar, since = Calendar(), date(2022, 2, 28)
    last = calendar.local_date(deadline(parse_waktu("6 bulan"), calendar.at(since, 0), calendar))
    assert last == date(2022, 8, 28)
    assert [months_over(since, 6, date(2022, 8, day)) for day in (28, 29, 30, 31)] == [False, True, True, True]
