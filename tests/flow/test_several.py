"""Several parafs in one request: each case is judged alone, the time is shared, and a repeat does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import RUSLAN, ZULFAN
from tests.stories import Jejak, minutes, task_of


def drafted(office: Office, who: Any, hour: int) -> Berkas:
    case = checked(apply(office, f"2022-09-05 {hour:02}:00", who), f"{hour:02}:05", f"{hour:02}:08")
    case.work("draft_letter", by="staf-1", begun=f"{hour:02}:10", ended=f"{hour:02}:13")
    case.until_due("paraf")
    return case


@pytest.fixture(scope="module")
def cases(pesisir_selatan: Office) -> tuple[Berkas, Berkas]:
    return drafted(pesisir_selatan, RUSLAN, 8), drafted(pesisir_selatan, ZULFAN, 9)


def sent(office: Office, path: str, berkas: list[str], key: str, at: str) -> Any:
    office.at(at)
    headers = {"Authorization": f"Bearer {office.token('kabid-1')}", "Idempotency-Key": key}
    return office.player.http.post(path, json={"berkas": berkas}, headers=headers)


def test_several_are_begun_and_given_their_paraf_at_once_and_one_that_waits_for_nothing_stops_no_other(
    jejak: Jejak, pesisir_selatan: Office, cases: tuple[Berkas, Berkas]
) -> None:
    first, second = cases
    not_yet = checked(
        apply(pesisir_selatan, "2022-09-05 10:00", RUSLAN | {"nik": "1301010101600099"}), "10:01", "10:02"
    )
    named = [first.id, second.id, not_yet.id]

    sent(pesisir_selatan, "/tasks/paraf/start", named, "mulai", "2022-09-05 11:00")
    answer = sent(pesisir_selatan, "/tasks/paraf", named, "paraf", "2022-09-05 11:06")
    stored = jejak.ledger.caused(pesisir_selatan.kantor.kode)
    again = sent(pesisir_selatan, "/tasks/paraf", named, "paraf", "2022-09-05 11:10").json()
    late = sent(pesisir_selatan, "/tasks/paraf", named[:2], "lain", "2022-09-05 11:10")

    assert answer.status_code == 200
    report = answer.json()
    assert (report["selesai"], report["gagal"]) == (2, 1)
    assert [row["berkas"] for row in report["berkas"] if "masalah" in row] == [not_yet.id]
    assert [jejak.ledger.event(case, "ParafGiven").actor for case in cases] == ["kabid-1", "kabid-1"]
    assert "ParafGiven" not in jejak.ledger.kinds(not_yet)
    assert [row.get("ulangan") for row in again["berkas"]] == [True, True, None]
    assert late.status_code == 409
    assert jejak.ledger.caused(pesisir_selatan.kantor.kode) == stored
    for case in cases:
        touch = task_of(case.timeline(), "ParafGiven")["sentuh"]["detik"]
        assert touch == minutes(2)


@pytest.mark.parametrize("berkas", [[], ["bukan-nomor"]])
def test_a_list_of_no_cases_or_of_no_identities_is_refused(pesisir_selatan: Office, berkas: list[str]) -> None:
    answer = sent(pesisir_selatan, "/tasks/paraf", berkas, "kosong", "2022-09-05 12:00")

    assert answer.status_code == 422
    assert "berkas" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("by", "verb", "field", "code", "words"),
    [
        ("staf-1", "draft_letter", {"peserta": RUSLAN}, "isian_sendiri", "peserta berbeda tiap berkas"),
        ("staf-1", "draft_letter", {"nomor": {"surat": "460/1"}}, "isian_sendiri", "nomor berbeda tiap berkas"),
        ("kabid-1", "paraf", {"peserta": RUSLAN}, "isian_salah", "tidak dikenal; hapus"),
        ("kabid-1", "paraf", {"dicatat": {"KTP": {"nomor": "1"}}}, "isian_salah", "tidak dikenal; hapus"),
    ],
)
def test_what_is_true_of_one_case_or_unknown_to_the_task_is_refused_for_several(
    jejak: Jejak,
    pesisir_selatan: Office,
    cases: tuple[Berkas, Berkas],
    by: str,
    verb: str,
    field: dict[str, Any],
    code: str,
    words: str,
) -> None:
    stored = jejak.ledger.caused(pesisir_selatan.kantor.kode)

    answer = pesisir_selatan.send(by, f"/tasks/{verb}", {"berkas": [case.id for case in cases], **field})

    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:jejak:masalah:{code}")
    assert words in answer.json()["detail"]
    assert jejak.ledger.caused(pesisir_selatan.kantor.kode) == stored
