"""Requests to BPJS over real HTTP, answered by a simulator with BPJS' checks and failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final

import pytest

from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork, OutsideUnavailable, Unavailable, nik_of
from jejak.procedure.model import Sop
from jejak_local.files import free_port
from jejak_tools.simulators.vclaim import Behaviour, Consumer, Simulator
from tests.outsiders import connected, waiting
from tests.procedure import person, sheet
from tests.servers import served
from verification.outside.bridging import Bridging
from verification.outside.vclaim import Access

STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Cek kepesertaan"
tugas = [{tasks}]
pelaksana = ["staf"]
"""
RULES: Final = """
[[aturan]]
nama = "Terdaftar"
terdaftar_di = ["DTKS"]
[[aturan]]
nama = "Baru nonaktif"
nonaktif_paling_lama = "6 bulan"
"""
CONSUMER: Final = Consumer("1234", "pwd", "kunci-contoh")
SOURCE: Final = e.Source.model_validate({"way": "http", "reference": "VClaim", "as_of": "2022-07-04"})
CARD: Final = "0009990000001"


def row(
    n: int, *, kind: str = "21", segment: str = "PBI (APBN)", code: str = "0", status: str = "AKTIF"
) -> dict[str, str]:
    return {
        "nik": nik_of(person(nik=f"139901010190{n:04}")),
        "noKartu": f"000999000{n:04}",
        "nama": "CONTOH WARGA",
        "kodeJenis": kind,
        "jenis": segment,
        "kodeStatus": code,
        "status": status,
        "tglTMT": "2014-01-01",
        "tglTAT": "2014-12-31",
    }


ACTIVE, SELF_PAYER, OFF = row(1), row(2, kind="14", segment="PEKERJA MANDIRI"), row(3, code="9", status="NON AKTIF")
UNKNOWN_NIK: Final = "1399010101909999"


def work(sop: Sop | None = None) -> DueWork:
    return waiting("check_membership", sop)


def access(url: str, **changes: object) -> Access:
    given = {"url": url, "cons_id": "1234", "secret": "pwd", "user_key": "kunci-contoh", "seconds": 5.0}
    return Access.model_validate(given | changes)


def bridging_with(given: Access | None) -> AbstractAsyncContextManager[Bridging]:
    return connected(Bridging({"13.99": given} if given else {}))


@pytest.fixture
async def simulator() -> AsyncIterator[tuple[Simulator, str]]:
    simulator = Simulator({"1234": CONSUMER}, [ACTIVE, SELF_PAYER, OFF])
    async with served(simulator.app()) as url:
        yield simulator, url


def subject(nik: str, **changes: object) -> e.Person:
    return person(nik=nik, **changes)


@pytest.mark.parametrize(
    ("nik", "hasil", "membership"),
    [
        (ACTIVE["nik"], "sudah", e.Membership(active=True, segment="PBI (APBN)", status="AKTIF")),
        (SELF_PAYER["nik"], "segmen_lain", e.Membership(active=True, segment="PEKERJA MANDIRI", status="AKTIF")),
        (OFF["nik"], "boleh", e.Membership(active=False, segment="PBI (APBN)", status="NON AKTIF")),
        (UNKNOWN_NIK, "boleh", e.Membership(active=False)),
    ],
)
async def test_what_bpjs_says_decides(
    simulator: tuple[Simulator, str], nik: str, hasil: str, membership: e.Membership
) -> None:
    async with bridging_with(access(simulator[1])) as bridging:
        decided = await bridging.membership(work().opened, subject(nik))
    assert decided.hasil == hasil
    assert isinstance(decided.data, e.MembershipChecked)
    assert (decided.data.membership, decided.data.source) == (membership, SOURCE)


async def test_the_card_number_is_kept(simulator: tuple[Simulator, str]) -> None:
    async with bridging_with(access(simulator[1])) as bridging:
        decided = await bridging.membership(work().opened, subject(OFF["nik"]))
    assert isinstance(decided.data, e.MembershipChecked)
    assert decided.data.card == OFF["noKartu"]


async def test_a_person_not_found_by_nik_is_looked_up_by_card_which_must_be_the_persons_own(
    simulator: tuple[Simulator, str],
) -> None:
    async with bridging_with(access(simulator[1])) as bridging:
        with pytest.raises(Unavailable, match="bpjs_orang_lain") as refused:
            await bridging.membership(work().opened, subject(UNKNOWN_NIK, card=OFF["noKartu"]))
        decided = await bridging.membership(work().opened, subject(UNKNOWN_NIK, card="0009999999999"))
    assert not isinstance(refused.value, OutsideUnavailable)
    assert decided.hasil == "boleh"
    assert simulator[0].count("1234").asked == 4


async def test_where_only_the_date_of_deactivation_can_decide_an_official_looks(
    simulator: tuple[Simulator, str],
) -> None:
    due = work(sheet(STEPS.format(tasks='"check_registry", "check_membership", "check_rules"'), RULES))
    async with bridging_with(access(simulator[1])) as bridging:
        with pytest.raises(Unavailable, match="bpjs_tanpa_riwayat_nonaktif"):
            await bridging.membership(due.opened, subject(OFF["nik"]))
        for nik, hasil in ((ACTIVE["nik"], "sudah"), (UNKNOWN_NIK, "boleh")):
            assert (await bridging.membership(due.opened, subject(nik))).hasil == hasil
        listing = e.Listing(register_name="DTKS", listed=True, source=SOURCE)
        listed = replace(due.opened, case=replace(due.opened.case, listings=(listing,)))
        assert (await bridging.membership(listed, subject(OFF["nik"]))).hasil == "boleh"


async def test_names_in_another_case_change_nothing(simulator: tuple[Simulator, str]) -> None:
    simulator[0].behaviour["1234"] = Behaviour.WRONG_CASE
    async with bridging_with(access(simulator[1])) as bridging:
        assert (await bridging.membership(work().opened, subject(ACTIVE["nik"]))).hasil == "sudah"


@pytest.mark.parametrize(
    ("kind", "code", "away"),
    [
        (Behaviour.HTML, "bpjs_gangguan", True),
        (Behaviour.HTML_AS_OK, "bpjs_gangguan", True),
        (Behaviour.ERROR_500, "bpjs_gangguan", True),
        (Behaviour.CAPITAL_ERROR, "bpjs_menolak", True),
        (Behaviour.STALE, "bpjs_waktu_ditolak", True),
        (Behaviour.STALE_AS_201, "bpjs_waktu_ditolak", True),
        (Behaviour.SLOW, "bpjs_tidak_menjawab", True),
        (Behaviour.CUT, "bpjs_tidak_menjawab", True),
        (Behaviour.HUGE, "bpjs_terlalu_besar", True),
        (Behaviour.GARBAGE, "bpjs_tidak_terbaca", False),
        (Behaviour.WRONG_PADDING, "bpjs_tidak_terbaca", False),
        (Behaviour.BOMB, "bpjs_tidak_terbaca", False),
        (Behaviour.SOMEBODY_ELSE, "bpjs_orang_lain", False),
        (Behaviour.CONTRADICTORY, "bpjs_bertentangan", False),
    ],
)
async def test_every_failure_is_put_off_by_a_code_that_names_no_person(
    simulator: tuple[Simulator, str], kind: Behaviour, code: str, away: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator[0].behaviour["1234"] = kind
    async with bridging_with(access(simulator[1], seconds=0.2 if kind is Behaviour.SLOW else 60.0)) as bridging:
        with pytest.raises(Unavailable, match=f"^{code}$") as refused:
            await bridging.membership(work().opened, subject(ACTIVE["nik"]))
    assert isinstance(refused.value, OutsideUnavailable) == away
    assert refused.value.__suppress_context__
    output = capsys.readouterr()
    assert ACTIVE["nik"] not in output.out + output.err


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "salah"}, "bpjs_menolak"),
        ({"user_key": "salah"}, "bpjs_menolak"),
        ({"cons_id": "9"}, "bpjs_menolak"),
    ],
)
async def test_wrong_credentials_are_refused(
    simulator: tuple[Simulator, str], changes: dict[str, str], code: str
) -> None:
    async with bridging_with(access(simulator[1], **changes)) as bridging:
        with pytest.raises(OutsideUnavailable, match=code):
            await bridging.membership(work().opened, subject(ACTIVE["nik"]))


async def test_a_clock_that_is_wrong_is_refused_by_bpjs(
    simulator: tuple[Simulator, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bridging_with(access(simulator[1])) as bridging:
        monkeypatch.setattr("verification.outside.bridging.ids.real_seconds", lambda: 433_223_232.0)
        with pytest.raises(OutsideUnavailable, match="bpjs_waktu_ditolak"):
            await bridging.membership(work().opened, subject(ACTIVE["nik"]))


async def test_an_address_without_a_server_is_no_answer() -> None:
    async with bridging_with(access(f"http://127.0.0.1:{free_port()}")) as bridging:
        with pytest.raises(OutsideUnavailable, match="bpjs_tidak_menjawab"):
            await bridging.membership(work().opened, subject(ACTIVE["nik"]))


async def test_an_office_that_was_given_no_access_is_told_so() -> None:
    async with bridging_with(None) as bridging:
        with pytest.raises(OutsideUnavailable, match="bpjs_belum_diatur"):
            await bridging.membership(work().opened, subject(ACTIVE["nik"]))
