"""Requests to Dukcapil over real HTTP, answered by a simulator with Dukcapil's checks and failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Final

import pytest

from jejak.contracts import events as e
from jejak.messaging.task_runner import OutsideUnavailable, Unavailable, nik_of
from jejak_local.files import free_port
from jejak_tools.simulators.dukcapil import Behaviour, Simulator, User
from tests.outsiders import connected, waiting
from tests.procedure import person
from tests.servers import served
from verification.outside.dukcapil import Access
from verification.outside.population import Population

USER: Final = User("DINSOS_CONTOH", "pengguna-contoh", "sandi-contoh", "10.0.0.7")
SOURCE: Final = e.Source.model_validate({"way": "http", "reference": "Dukcapil", "as_of": "2022-07-04"})
KNOWN: Final = person()
UNKNOWN_NIK: Final = "1399010101909999"


def row(nik: str = nik_of(KNOWN), status: str = "HIDUP") -> dict[str, str]:
    return {
        "NIK": nik,
        "NO_KK": KNOWN.kk,
        "NAMA_LGKP": "CONTOH WARGA",
        "TMPT_LHR": "SUNGAI CONTOH",
        "TGL_LHR": "01-01-1990",
        "ALAMAT": "JORONG CONTOH",
        "STATUS": status,
    }


ENDED: Final = {status: f"139901010190{n:04}" for n, status in enumerate(("MENINGGAL", "GANDA", "NONAKTIF"), 11)}


@pytest.fixture
async def simulator() -> AsyncIterator[tuple[Simulator, str]]:
    rows = [row(), *(row(nik, status) for status, nik in ENDED.items())]
    simulator = Simulator({USER.user_id: USER}, rows)
    async with served(simulator.app()) as url:
        yield simulator, url


def population_at(url: str, **changes: object) -> AbstractAsyncContextManager[Population]:
    given = {
        "url": url,
        "lembaga": USER.lembaga,
        "user_id": USER.user_id,
        "password": USER.password,
        "ip_user": USER.ip_user,
        "seconds": 5.0,
    }
    return connected(Population({"13.99": Access.model_validate(given | changes)}))


@pytest.mark.parametrize(
    ("changes", "access", "hasil", "differing"),
    [
        ({}, {}, "padan", ()),
        ({"name": "Contoh Wargi"}, {}, "tidak_padan", ("NAMA_LGKP",)),
        ({"name": "Contoh Wargi"}, {"treshold": 80}, "padan", ()),
        ({"kk": "1399010101010002", "born": "1990-01-02"}, {}, "tidak_padan", ("NO_KK", "TGL_LHR")),
        ({"address": "Jalan Lain", "birthplace": "Sungai Contoh"}, {"elements": ["TMPT_LHR", "ALAMAT"]}, "tidak_padan",
         ("ALAMAT",)),
        ({"nik": ENDED["MENINGGAL"]}, {}, "meninggal", ()),
        ({"nik": ENDED["GANDA"]}, {}, "nik_ganda", ()),
        ({"nik": ENDED["NONAKTIF"]}, {}, "nik_tidak_aktif", ()),
        ({"nik": UNKNOWN_NIK}, {}, "tidak_ditemukan", ()),
        ({"kk": "0000000000000000"}, {}, "salah_format", ()),
    ],
)  # fmt: skip
async def test_what_dukcapil_says_decides(
    simulator: tuple[Simulator, str],
    changes: dict[str, object],
    access: dict[str, object],
    hasil: str,
    differing: tuple[str, ...],
) -> None:
    async with population_at(simulator[1], **access) as population:
        decided = await population.matched(waiting("check_population").opened, person(**changes))
    assert decided.hasil == hasil
    assert decided.data == e.PopulationChecked(source=SOURCE, differing=differing)


@pytest.mark.parametrize("kind", [Behaviour.RESPONSE, Behaviour.NO_LIST])
async def test_a_reason_written_otherwise_is_the_same_reason(simulator: tuple[Simulator, str], kind: Behaviour) -> None:
    simulator[0].behaviour[USER.user_id] = kind
    async with population_at(simulator[1]) as population:
        decided = await population.matched(waiting("check_population").opened, person(nik=UNKNOWN_NIK))
    assert decided.hasil == "tidak_ditemukan"


@pytest.mark.parametrize(
    ("kind", "code", "away"),
    [
        (Behaviour.HTML, "dukcapil_gangguan", True),
        (Behaviour.HTML_AS_OK, "dukcapil_gangguan", True),
        (Behaviour.ERROR_500, "dukcapil_gangguan", True),
        (Behaviour.SLOW, "dukcapil_tidak_menjawab", True),
        (Behaviour.CUT, "dukcapil_tidak_menjawab", True),
        (Behaviour.HUGE, "dukcapil_terlalu_besar", True),
        (Behaviour.QUOTA, "dukcapil_kuota_habis", True),
        (Behaviour.TOO_MANY, "dukcapil_kuota_habis", True),
        (Behaviour.WRONG_JSON, "dukcapil_tidak_terbaca", False),
        (Behaviour.EMPTY, "dukcapil_tidak_terbaca", False),
        (Behaviour.UNKNOWN_CODE, "dukcapil_tidak_terbaca", False),
        (Behaviour.MISSING_ELEMENT, "dukcapil_tidak_terbaca", False),
        (Behaviour.STRANGE_WORD, "dukcapil_tidak_terbaca", False),
        (Behaviour.CONTRADICTORY, "dukcapil_bertentangan", False),
        (Behaviour.SOMEBODY_ELSE, "dukcapil_orang_lain", False),
    ],
)
async def test_every_failure_is_put_off_by_a_code_that_names_no_person(
    simulator: tuple[Simulator, str], kind: Behaviour, code: str, away: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator[0].behaviour[USER.user_id] = kind
    async with population_at(simulator[1], seconds=0.2 if kind is Behaviour.SLOW else 60.0) as population:
        with pytest.raises(Unavailable, match=f"^{code}$") as refused:
            await population.matched(waiting("check_population").opened, KNOWN)
    assert isinstance(refused.value, OutsideUnavailable) == away
    assert refused.value.__suppress_context__
    output = capsys.readouterr()
    assert not any(value in output.out + output.err for value in (nik_of(KNOWN), KNOWN.kk, KNOWN.name, USER.password))


@pytest.mark.parametrize(
    "changes", [{"lembaga": "LAIN"}, {"user_id": "lain"}, {"password": "salah"}, {"ip_user": "10.0.0.8"}]
)
async def test_wrong_credentials_are_refused(simulator: tuple[Simulator, str], changes: dict[str, object]) -> None:
    async with population_at(simulator[1], **changes) as population:
        with pytest.raises(OutsideUnavailable, match="dukcapil_menolak"):
            await population.matched(waiting("check_population").opened, KNOWN)


async def test_an_address_without_a_server_is_no_answer() -> None:
    async with population_at(f"http://127.0.0.1:{free_port()}") as population:
        with pytest.raises(OutsideUnavailable, match="dukcapil_tidak_menjawab"):
            await population.matched(waiting("check_population").opened, KNOWN)


async def test_an_office_that_was_given_no_access_is_told_so() -> None:
    async with connected(Population({})) as population:
        with pytest.raises(OutsideUnavailable, match="dukcapil_belum_diatur"):
            await population.matched(waiting("check_population").opened, KNOWN)
