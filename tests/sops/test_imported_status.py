"""An office whose imported list of members proves the end of a membership: bpjs-sync asks verification for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jejak_tools.stories import contoh as c
from jejak_tools.stories.bridging import until_put_off
from jejak_tools.stories.people import TAUFIK
from tests.stories import Jejak, command, office_like

KODE: Final = "13.91"
WHO: Final = TAUFIK | {"nik": "1399012006799191"}
LIST: Final = f"NIK;Nama;Segmen;Status;Tgl Nonaktif\n{WHO['nik']};Taufik;PBI (APBN);NONAKTIF;2024-07-20\n"


def test_a_membership_has_ended_once_a_list_says_so_that_was_imported_meanwhile(jejak: Jejak, tmp_path: Path) -> None:
    office = office_like(jejak, "13.99", KODE, tmp_path, confirm_status="impor")
    case = c.reported(office, "2024-07-03 09:00", WHO, "mampu", ("PERNYATAAN",), "Sudah bekerja tetap.")
    case.work("check_population", by="kasi-contoh", begun="09:30", ended="09:33", body={"hasil": "padan"})
    case.work("check_membership", by="kasi-contoh", begun="09:33", ended="09:36", body=c.STILL_ON)
    c.sent(case, "460/293/Dinsos-Contoh/VII/2024")
    case.outsider(
        "await_reply", by=c.CLERK, happened="2024-07-10 10:00", at="2024-07-10 10:09", body={"hasil": "diterima"}
    )
    assert until_put_off(case)["sebab"] == "daftar_kepesertaan_belum_diimpor"

    office.at("2024-08-05 09:00")
    path = tmp_path / "bpjs.csv"
    path.write_text(LIST, encoding="utf-8")
    command(jejak, "register", "import", str(path), "--office", KODE, "--register", "BPJS", "--as-of", "2024-07-31")

    now = case.until(lambda state: state["status"] == "nonaktif", "the list has ended it")
    assert now["jatuh_tempo"] == []
    ended = jejak.ledger.event(case, "MembershipDeactivated")
    assert (ended.actor, ended.recorder, ended.payload["inactive_since"]) == (None, None, "2024-07-20")
    [imported] = jejak.ledger.fetch("SELECT id FROM register.import WHERE office = $1", KODE)
    assert ended.payload["source"] == {"way": "impor", "reference": str(imported["id"]), "as_of": "2024-07-31"}
