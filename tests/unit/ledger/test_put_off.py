"""The citizen's notice of a check that is put off."""

import pytest

from jejak.web.reading.case_status import deferral_notice


@pytest.mark.parametrize(
    "code",
    [
        *("kata_belum_dikenal", "daftar_kepesertaan_belum_diimpor", "daftar_DTKS_belum_diimpor"),
        *("bpjs_tanpa_riwayat_nonaktif", "bpjs_orang_lain", "dukcapil_bertentangan", "bpjs_belum_diatur"),
    ],
)
def test_what_waits_for_an_official_is_not_said_to_be_tried_again(code: str) -> None:
    assert deferral_notice(code) == "Hasil pengecekan sedang diperiksa petugas."


@pytest.mark.parametrize("code", ["bpjs_tidak_menjawab", "bpjs_gangguan", "dukcapil_kuota_habis"])
def test_what_waits_for_an_answer_from_outside_is_tried_again_and_asks_nothing_of_the_citizen(code: str) -> None:
    notice = deferral_notice(code)
    assert notice == "Sistem belum mendapat jawaban dari luar dan mencoba lagi sendiri."
