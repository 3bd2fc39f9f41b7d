"""A Bupati signs by pen at an office that signs electronically, and of two who may sign the draft names the one."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import pytest
from pypdf import PdfReader

from jejak_tools.papers import pdf
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.people import ROSNA
from tests.stories import Jejak, command
from tests.unit.letters.test_signers import kantor, signed_by

KODE: Final = "13.99-kesra"


@pytest.fixture(scope="module")
def kesra(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with two services: the letter of one is signed by the Bupati, that of the other by any of two."""
    folder = tmp_path_factory.mktemp("kesra")
    sheets = {"bupati": signed_by("bupati", pihak="pemda"), "dua": signed_by("kadis", "sekretaris")}
    for name, sop in sheets.items():
        text = sop.text.decode().replace('dinas = "13.99"', f'dinas = "{KODE}"').replace('"contoh"', f'"{name}"')
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "kantor.toml").write_text(kantor().text.decode().replace('kode = "13.99"', f'kode = "{KODE}"', 1))
    command(jejak, "sop", "check", str(folder))
    command(jejak, "office", "load", str(folder))
    return jejak.player.office(folder)


def applied(office: Office, service: str, at: str) -> Berkas:
    office.at(at)
    return office.submit("staf-1", {"layanan": service, "pemohon": ROSNA, "keperluan": "Berobat."}, {})


def words(file: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages).split())


def draft(case: Berkas) -> str:
    return words(case.office.get(case.clerk, f"/cases/{case.id}/letters/surat/draft").content)


def test_the_bupati_signs_by_pen_under_his_letterhead_and_the_staff_brings_the_scan(
    jejak: Jejak, kesra: Office
) -> None:
    case = applied(kesra, "bupati", "2022-09-05 08:00")
    case.work("draft_letter", by="staf-1", begun="08:10", ended="08:15")
    page = draft(case)
    assert page.startswith("BUPATI CONTOH Jalan Pemuda Nomor 1")
    assert "BUPATI CONTOH, Rekaan Bupati, S.E." in page
    assert "NIP" not in page

    case.work("paraf", by="sekretaris-1", begun="08:20", ended="08:25")
    form = kesra.get("staf-1", f"/cases/{case.id}/tasks/sign").json()
    assert form["mencatat_untuk_orang_lain"] is True
    assert case.refused("sign", by="staf-1", at="08:30", body={})["type"].endswith("scan_perlu")
    case.do("sign", by="staf-1", at="08:35", body={}, papers={"scan": pdf("scan", "Surat bertanda tangan")})

    signed = jejak.ledger.event(case, "LetterSigned")
    assert (signed.payload["method"], signed.actor, signed.recorder) == ("basah", "bupati-1", "staf-1")


def test_of_two_who_may_sign_only_the_one_of_the_draft_does_until_a_new_draft_names_the_other(
    jejak: Jejak, kesra: Office
) -> None:
    case = applied(kesra, "dua", "2022-09-06 08:00")
    chosen = case.refused("draft_letter", by="staf-1", at="08:10", body={"penanda_tangan": "kabid-1"})
    assert chosen["type"].endswith("bukan_penanda_tangan")
    case.do("draft_letter", by="staf-1", at="08:15", body={"penanda_tangan": "sekretaris-1"})
    assert jejak.ledger.kinds(case)[-1] == "ParafSkipped"
    assert "Sekretaris, sekretaris-1" in draft(case)
    [shown] = kesra.get("kadis-1", f"/cases/{case.id}/tasks/sign").json()["konsep"]
    assert shown["penanda_tangan"] == "sekretaris-1, Sekretaris"

    assert case.refused("sign", by="kadis-1", at="08:20")["type"].endswith("konsep_lain")
    case.do("sign", by="kadis-1", at="08:25", body={"hasil": "perbaiki", "catatan": "Saya yang menandatangani."})
    case.do("draft_letter", by="staf-1", at="08:30", body={"penanda_tangan": "kadis-1"})
    assert "Kepala Dinas Sosial, kadis-1" in draft(case)
    case.do("paraf", by="sekretaris-1", at="08:35")
    case.do("sign", by="kadis-1", at="08:40")

    text = words(case.letter("surat"))
    assert "Kepala Dinas Sosial, " in text
    assert "NIP 196701011992032000" in text
    assert "sekretaris-1" not in text
