"""An office that asks BPJS itself: the outcomes of BPJS' answers, and the state of a file while BPJS is silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from jejak_local.files import wait_until
from jejak_tools.play import Berkas, Office
from jejak_tools.simulators.vclaim import Behaviour
from jejak_tools.stories import bridging, pesisir
from jejak_tools.stories.bridging import IDRIS, JONI, LOOKER, SALEH, WAITING, awaiting_bpjs, until_put_off
from tests.stories import Jejak
from tests.waits import PATIENCE

LOOKED = ["ApplicationSubmitted", "DocumentsComplete", "DtksVerified", "MembershipChecked"]
BY_HAND = {"aktif": True, "segmen": "PBI APBD", "catatan": "BPJS tidak menjawab; dilihat di loket BPJS."}


@dataclass
class Simulated:
    """The installation's simulator of BPJS, with the office's own consumer id."""

    http: httpx.Client
    cons_id: str

    def behave(self, kind: Behaviour) -> None:
        answer = self.http.put("/behaviour", json={"who": self.cons_id, "kind": kind})
        assert answer.is_success

    def counts(self) -> dict[str, int]:
        counted: dict[str, int] = self.http.get(f"/asked/{self.cons_id}").json()
        return counted


@pytest.fixture
def bpjs(jejak: Jejak) -> Iterator[Simulated]:
    access = json.loads(jejak.installation.environment["JEJAK_VCLAIM"])["13.99"]
    with httpx.Client(base_url=access["url"], trust_env=False) as http:
        simulated = Simulated(http, access["cons_id"])
        yield simulated
        simulated.behave(Behaviour.GOOD)


def test_an_active_card_sends_the_file_back(jejak: Jejak, contoh: Office) -> None:
    case = bridging.still_active(contoh)
    assert jejak.ledger.kinds(case) == [*LOOKED, "CaseReturned"]
    checked = jejak.ledger.event(case, "MembershipChecked")
    assert (checked.actor, checked.hasil) == (None, "sudah")
    assert checked.payload["membership"] == {"active": True, "segment": "PBI (APBN)", "status": "AKTIF"}
    assert checked.payload["source"] == {"way": "http", "reference": "VClaim", "as_of": "2026-02-02"}
    sentences = [event["kalimat"] for event in case.timeline()["peristiwa"]]
    assert "Kepesertaan dicek (dari sistem asalnya): sudah aktif, status «AKTIF»." in sentences


def test_a_card_that_was_switched_off_lets_the_file_go_on(jejak: Jejak, contoh: Office) -> None:
    case = bridging.switched_off(contoh)
    assert jejak.ledger.kinds(case) == [*LOOKED, "EligibilityConfirmed"]
    membership = jejak.ledger.event(case, "MembershipChecked").payload["membership"]
    assert membership["status"] == "NONAKTIF KARENA PEMUTAKHIRAN DTSEN"
    assert SALEH["card"] not in json.dumps(jejak.ledger.event(case, "MembershipChecked").payload)


def test_a_participant_who_pays_goes_where_the_sheet_leads(jejak: Jejak, contoh: Office) -> None:
    case = bridging.paid_by_herself(contoh)
    assert jejak.ledger.kinds(case) == [*LOOKED, "CaseReturned"]
    assert jejak.ledger.event(case, "MembershipChecked").hasil == "segmen_lain"


def test_the_sheets_rules_judge_a_person_unknown_to_bpjs(jejak: Jejak, contoh: Office) -> None:
    case = bridging.unknown_to_bpjs(contoh)
    assert jejak.ledger.kinds(case) == [*LOOKED, "EligibilityDenied", "CaseRefused"]
    assert jejak.ledger.event(case, "MembershipChecked").payload["membership"] == {"active": False}


def test_bpjs_knows_no_dates_so_where_only_they_decide_an_official_reads_the_decree(
    jejak: Jejak, contoh: Office
) -> None:
    case = bridging.by_the_decree(contoh)
    assert jejak.ledger.kinds(case) == [*LOOKED, "EligibilityConfirmed"]
    checked = jejak.ledger.event(case, "MembershipChecked")
    assert (checked.actor, checked.payload["source"]) == (LOOKER, {"way": "manual"})
    assert checked.payload["membership"]["decree"] == "01/CONTOH/2026"


def test_while_bpjs_is_out_of_order_the_file_waits_and_an_official_may_look(
    jejak: Jejak, contoh: Office, bpjs: Simulated
) -> None:
    bpjs.behave(Behaviour.HTML)
    case = awaiting_bpjs(contoh, "10:00", IDRIS)
    shown = until_put_off(case)
    assert shown["sebab"] == "bpjs_gangguan"
    assert datetime.fromisoformat(shown["coba_lagi"]["waktu"]) > datetime(2026, 2, 2, tzinfo=UTC)
    assert "isi catatan" in shown["kata"]

    offered = contoh.get(LOOKER, "/worklist", limit="1000").json()["ditunda"]
    [mine] = [row for row in offered if row["kode"] == case.kode]
    assert (mine["tugas"], mine["sebab"]) == ("check_membership", "bpjs_gangguan")
    assert mine["kerjakan"].startswith(f"/cases/{case.id}/tasks/check_membership")

    silent = {key: value for key, value in BY_HAND.items() if key != "catatan"}
    refused = case.refused("check_membership", by=LOOKER, at="10:10", body=silent)
    assert refused["type"].endswith("catatan_perlu")
    both = BY_HAND | {"sk_nonaktif": "01/CONTOH/2026"}
    refused = case.refused("check_membership", by=LOOKER, at="10:11", body=both)
    assert refused["type"].endswith("aktif_dan_nonaktif")
    case.do("check_membership", by=LOOKER, at="10:12", body=BY_HAND)
    case.until_ended()
    assert jejak.ledger.kinds(case) == [*LOOKED, "CaseReturned"]
    checked = jejak.ledger.event(case, "MembershipChecked")
    assert (checked.actor, checked.payload["source"]) == (LOOKER, {"way": "manual"})
    offered = contoh.get(LOOKER, "/worklist", limit="1000").json()["ditunda"]
    assert case.kode not in {row["kode"] for row in offered}


def test_a_silent_bpjs_is_asked_for_a_few_at_once_holds_up_no_other_office_and_is_asked_again(
    jejak: Jejak, contoh: Office, pesisir_selatan: Office, bpjs: Simulated
) -> None:
    bpjs.behave(Behaviour.SLOW)
    before = bpjs.counts()["asked"]
    cases: list[Berkas] = []
    for n, who in enumerate(WAITING):
        cases.append(awaiting_bpjs(contoh, f"11:{n:02}", who))
    assert wait_until(lambda: bpjs.counts()["asked"] > before, seconds=PATIENCE)
    other = pesisir.still_active(pesisir_selatan)
    assert other.now()["berakhir"] == "kembalikan"
    contoh.at("2026-02-02 11:30")
    for case in cases:
        assert until_put_off(case)["sebab"] == "bpjs_tidak_menjawab"
    assert bpjs.counts()["most_at_once"] <= 4
    bpjs.behave(Behaviour.GOOD)
    for case in cases:
        case.until_ended()
        assert jejak.ledger.kinds(case) == [*LOOKED, "EligibilityDenied", "CaseRefused"]


def test_no_nik_stands_in_a_log_a_reason_or_a_metric(jejak: Jejak, contoh: Office, bpjs: Simulated) -> None:
    bpjs.behave(Behaviour.CAPITAL_ERROR)
    assert until_put_off(awaiting_bpjs(contoh, "13:00", JONI))["sebab"] == "bpjs_menolak"
    needles = [who[key].encode() for who in bridging.EVERYONE for key in ("nik", "card", "name")]
    logs = sorted((jejak.installation.data / "logs").glob("*.log"))
    assert {"verification.log", "jejak_tools.simulators.vclaim.log"} <= {path.name for path in logs}
    assert b"bpjs_menolak" in (jejak.installation.data / "logs" / "verification.log").read_bytes()
    assert [path.name for path in logs if any(needle in path.read_bytes() for needle in needles)] == []
    service = json.loads(jejak.installation.environment["JEJAK_SERVICES"])["verification"]
    metrics = httpx.get(f"{service}/metrics", trust_env=False).content
    assert b'jejak_lookups_total{office="13.99",outcome="bpjs_menolak",system="bpjs"}' in metrics
    assert not any(needle in metrics for needle in needles)
