"""Letters signed through BSrE over HTTP: once, all of a pile in one request, and only what comes back right is kept."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from jejak_tools.simulators.bsre import TOTP, Behaviour
from letters.signatures.bsre_words import SENTENCES
from letters.signatures.examination import examine
from tests.bsre import NIK, PASSPHRASE, Scene, letters_of, scene_of
from tests.servers import Database
from tests.sops.test_good_cases import text_of

VERSIONS = pytest.mark.parametrize("version", [1, 2])


async def is_unsigned(scene: Scene, case: uuid.UUID) -> bool:
    return "LetterSigned" not in await scene.types(case)


@VERSIONS
async def test_a_letter_is_signed_by_its_signers_certificate_and_kept(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=version, rooted=True) as scene:
        case = await scene.drafted()
        answer = await scene.sign(case)
        assert answer.status_code == 200, answer.text

        signed = await scene.letter(case)

        [signature] = (await asyncio.to_thread(examine, signed)).signatures
        assert (signature.unchanged, NIK in signature.subject) == (True, True)
        assert "diterbitkan oleh Balai Sertifikasi Elektronik (BSrE)" in text_of(signed)
        assert (scene.bsre.statuses, scene.bsre.signed) == (1, [1])
        assert await scene.sent() == [("dok-000001" if version == 1 else None, "tersimpan")]


@VERSIONS
async def test_the_same_request_again_signs_nothing_anew(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=version) as scene:
        case = await scene.drafted()
        first = await scene.sign(case, key="satu")
        again = await scene.sign(case, key="satu", passphrase="lain")

        assert (first.status_code, again.status_code) == (200, 200)
        assert again.json()["ulangan"]
        assert scene.bsre.signed == [1]


async def test_the_pile_of_the_head_is_one_request_of_version_2(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        cases = [await scene.drafted() for _ in range(4)]
        undrafted = await scene.lives.town.submit()

        answer = await scene.sign_all(*cases, undrafted)

        assert (answer.json()["selesai"], answer.json()["gagal"]) == (4, 1)
        assert (scene.bsre.statuses, scene.bsre.signed) == (1, [4])
        assert len({await scene.letter(case) for case in cases}) == 4


async def test_the_pile_is_one_request_a_letter_in_version_1(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=1) as scene:
        cases = [await scene.drafted() for _ in range(3)]
        answer = await scene.sign_all(*cases)

        assert answer.json()["selesai"] == 3
        assert (scene.bsre.statuses, scene.bsre.signed) == (1, [1, 1, 1])
        assert [outcome for _, outcome in await scene.sent()] == ["tersimpan"] * 3


@VERSIONS
async def test_a_wrong_passphrase_is_tried_once_for_a_whole_pile(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=version) as scene:
        cases = [await scene.drafted() for _ in range(3)]
        answer = await scene.sign_all(*cases, passphrase="salah")

        assert (answer.status_code, answer.json()["detail"]) == SENTENCES["sandi_salah"]
        assert scene.bsre.counts["aplikasi-contoh"].asked == 2  # the status, and one attempt
        assert all([await is_unsigned(scene, case) for case in cases])

        mended = await scene.sign_all(*cases)

        assert mended.json()["selesai"] == 3


async def test_a_letter_of_the_pile_that_comes_back_wrong_stops_no_other(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        cases = [await scene.drafted() for _ in range(3)]
        scene.behave(Behaviour.SECOND_WRONG)
        answer = (await scene.sign_all(*cases)).json()

        assert (answer["selesai"], answer["gagal"]) == (2, 1)
        [refused] = [case for case in answer["berkas"] if "masalah" in case]
        assert (refused["berkas"], refused["sebab"]) == (str(cases[1]), SENTENCES["surat_lain"][1])
        assert scene.bsre.signed == [3]

        scene.behave(Behaviour.GOOD)
        assert (await scene.sign(cases[1])).status_code == 200


async def test_a_code_signs_as_a_passphrase_does(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, secret="totp") as scene:
        case = await scene.drafted()
        wrong = await scene.sign(case, passphrase=None, totp="000000")
        missing = await scene.sign(case)
        right = await scene.sign(case, passphrase=None, totp=TOTP)

        assert (wrong.status_code, wrong.json()["detail"]) == SENTENCES["kode_salah"]
        assert (missing.status_code, "kode OTP" in missing.json()["detail"]) == (422, True)
        assert right.status_code == 200


FAILURES: list[tuple[Behaviour, str]] = [
    (Behaviour.EXPIRED, "sertifikat_berakhir"),
    (Behaviour.RENEW, "sertifikat_diperbarui"),
    (Behaviour.UNKNOWN_USER, "tidak_terdaftar"),
    (Behaviour.SIGN_UNKNOWN_USER, "tidak_terdaftar"),
    (Behaviour.HTML, "gangguan"),
    (Behaviour.HTML_AS_OK, "tidak_terbaca"),
    (Behaviour.SIGN_ERROR_500, "gangguan"),
    (Behaviour.SIGN_HTML, "gangguan"),
    (Behaviour.SIGN_HTML_AS_OK, "tidak_terbaca"),
    (Behaviour.SIGN_HUGE, "terlalu_besar"),
    (Behaviour.WRONG_PDF, "surat_lain"),
    (Behaviour.CHANGED_PDF, "surat_lain"),
    (Behaviour.SOMEBODY_ELSE, "orang_lain"),
    (Behaviour.NO_NIK, "tanpa_nik"),
    (Behaviour.UNSIGNED, "surat_lain"),
    (Behaviour.TAMPERED, "rusak"),
]


@VERSIONS
async def test_every_failure_says_what_to_do_keeps_nothing_and_can_be_mended(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=version) as scene:
        case = await scene.drafted()
        for kind, reason in FAILURES:
            scene.behave(kind)
            answer = await scene.sign(case)
            assert (kind, answer.status_code, answer.json()["detail"]) == (kind, *SENTENCES[reason])
            assert await is_unsigned(scene, case)
            assert await scene.runtime.store.pool.fetchval("SELECT count(*) FROM letters.signed") == 0
            scene.bsre.documents.clear()

        scene.behave(Behaviour.GOOD)
        assert (await scene.sign(case)).status_code == 200


@VERSIONS
async def test_a_silent_bsre_is_left_alone_and_it_is_said_whether_it_may_have_signed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=version, seconds=1) as scene:
        case = await scene.drafted()
        for kind, reason in (
            (Behaviour.SLOW, "tidak_menjawab"),
            (Behaviour.SIGN_SLOW, "jawaban_terputus"),
        ):
            scene.behave(kind)
            answer = await scene.sign(case)
            assert (kind, answer.status_code, answer.json()["detail"]) == (kind, *SENTENCES[reason])
        assert [outcome for _, outcome in await scene.sent()] == ["tidak_pasti"]


async def test_words_that_nobody_foresaw_are_shown_and_sign_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        case = await scene.drafted()
        answers = {}
        for kind in (Behaviour.STRANGE_STATUS, Behaviour.SIGN_REFUSED, Behaviour.SIGN_ECHO, Behaviour.FEWER):
            scene.behave(kind)
            answers[kind] = (await scene.sign(case)).json()["detail"]

        assert "“MENUNGGU VERIFIKASI”" in answers[Behaviour.STRANGE_STATUS]
        assert "“2032”" in answers[Behaviour.SIGN_REFUSED]
        assert "“9999”" in answers[Behaviour.SIGN_ECHO]
        assert PASSPHRASE not in answers[Behaviour.SIGN_ECHO]
        assert answers[Behaviour.FEWER] == SENTENCES["tidak_terbaca"][1]
        assert await is_unsigned(scene, case)


async def test_a_letter_whose_answer_broke_off_is_fetched_and_not_signed_twice(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=1) as scene:
        case = await scene.drafted()
        scene.behave(Behaviour.SIGN_CUT)
        cut = await scene.sign(case)
        before = await scene.sent()

        async with letters_of(database, tmp_path) as (runtime, http):  # the process ended, and another one goes on
            after = Scene(scene.lives, runtime, http, scene.bsre)
            done = await after.sign(case, passphrase=None)

            assert (cut.status_code, cut.json()["detail"]) == SENTENCES["jawaban_terputus"]
            assert before == [("dok-000001", "tidak_pasti")]
            assert done.status_code == 200, done.text
            assert (scene.bsre.signed, scene.bsre.downloads) == ([1], 1)
            assert await after.sent() == [("dok-000001", "tersimpan")]
            assert await after.letter(case) == scene.bsre.documents["dok-000001"]


async def test_a_document_that_bsre_does_not_have_is_signed_anew(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=1) as scene:
        case = await scene.drafted()
        scene.behave(Behaviour.CUT_AND_GONE)
        await scene.sign(case)
        scene.behave(Behaviour.GOOD)
        done = await scene.sign(case)

        assert done.status_code == 200
        assert [outcome for _, outcome in await scene.sent()] == ["ditolak", "tersimpan"]


async def test_a_document_that_cannot_be_had_is_waited_for_an_hour_and_then_signed_anew(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=1) as scene:
        case = await scene.drafted()
        scene.behave(Behaviour.SIGN_CUT)
        await scene.sign(case)
        scene.behave(Behaviour.GOOD)
        scene.bsre.gives = False
        soon = await scene.sign(case)
        now = scene.lives.town.runtime.store.now
        await scene.lives.town.at(f"{await now() + timedelta(hours=8, minutes=1):%Y-%m-%dT%H:%M:%S}")
        later = await scene.sign(case)

        assert (soon.status_code, soon.json()["detail"]) == SENTENCES["belum_diambil"]
        assert later.status_code == 200, later.text
        assert [outcome for _, outcome in await scene.sent()] == ["tidak_pasti", "tersimpan"]


async def test_a_crash_after_bsre_signed_leaves_a_row_by_which_the_letter_is_fetched(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, version=1) as scene:
        case = await scene.drafted()
        await scene.sign(case)
        signed = await scene.letter(case)
        other = await scene.drafted()
        scene.behave(Behaviour.SIGN_CUT)
        await scene.sign(other)
        # As a process leaves it that is killed before it can note an outcome.
        await scene.lives.letters.pool.fetchval(
            "SELECT letters.note_outcome(id, NULL) FROM letters.sent ORDER BY id DESC LIMIT 1"
        )
        scene.behave(Behaviour.GOOD)
        done = await scene.sign(other)

        assert done.status_code == 200
        assert scene.bsre.signed == [1, 1]
        assert await scene.letter(case) == signed


async def test_an_official_without_access_is_told_whom_to_ask(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, signers={"kadis-9": {"nik": NIK}}) as scene:
        answer = await scene.sign(await scene.drafted())

        assert (answer.status_code, answer.json()["detail"]) == SENTENCES["bukan_penanda_tangan"]
        assert scene.bsre.statuses == 0


async def test_wrong_credentials_of_the_application_are_the_operators_matter(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, password="lain") as scene:
        answer = await scene.sign(await scene.drafted())

        assert (answer.status_code, answer.json()["detail"]) == SENTENCES["akses_ditolak"]


async def test_without_a_passphrase_nothing_is_asked_of_bsre(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        case = await scene.drafted()
        answers = [await scene.sign(case, passphrase=None), await scene.sign(case, passphrase="  ")]

        assert [answer.status_code for answer in answers] == [422, 422]
        assert "Isi passphrase BSrE Anda" in answers[0].json()["detail"]
        assert scene.bsre.statuses == 0


async def test_a_certificate_without_a_nik_is_the_signers_by_the_recorded_name(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"kadis-1": {"nik": NIK, "nama": "kadis"}}
    async with scene_of(database, tmp_path, monkeypatch, signers=named) as scene:
        scene.behave(Behaviour.NO_NIK)

        assert (await scene.sign(await scene.drafted())).status_code == 200


async def test_a_certificate_of_another_issuer_is_not_believed_where_the_issuer_is_known(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jejak_tools.simulators.bsre_signatures import Authority  # noqa: PLC0415 - this test alone needs another root

    async with scene_of(database, tmp_path, monkeypatch, roots=Authority().pem) as scene:
        answer = await scene.sign(await scene.drafted())

        assert (answer.status_code, answer.json()["detail"]) == SENTENCES["penerbit_lain"]


async def test_correction_and_refusal_need_no_passphrase(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        case = await scene.drafted()
        answer = await scene.sign(case, passphrase=None, hasil="perbaiki", catatan="Nama salah eja.")

        assert answer.status_code == 200, answer.text
        assert scene.bsre.statuses == 0
