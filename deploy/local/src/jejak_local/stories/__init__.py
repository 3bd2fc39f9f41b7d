"""The stories that the demo plays and the tests hold to their promises: whole cases, each a function of sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jejak_local.play import Berkas, Office
from jejak_local.stories import bpjs, corrections, documents, eligibility, good, late

PESISIR_SELATAN: Final = "13.01"
CONTOH: Final = "13.99"


@dataclass(frozen=True, slots=True)
class Story:
    """One story: what is told, at which office, and how it goes."""

    judul: str
    play: Callable[[Office], Berkas]
    office: str = PESISIR_SELATAN


STORIES: Final = (
    Story("Dari loket sampai kartu aktif", good.to_an_active_card),
    Story("Untuk anak 12 tahun tanpa KTP, dimintakan ibunya", good.for_a_child),
    Story("Kantor kedua: daftar dilihat sendiri, surat ditandatangani dengan pena", good.by_hand_and_by_pen, CONTOH),
    Story("SPTJM tidak ada dan SKTM tanpa Camat, dilengkapi kemudian", documents.brought_later),
    Story("Berumur 20 tahun: akte kelahiran tidak cukup", documents.too_old_for_a_birth_certificate),
    Story("Terdaftar, nonaktif 7 bulan: lanjut", eligibility.listed_seven_months),
    Story("Tidak terdaftar, nonaktif 5 bulan: lanjut", eligibility.unlisted_five_months),
    Story("Terdaftar dan nonaktif 5 bulan: lanjut", eligibility.listed_five_months),
    Story("Tidak terdaftar, nonaktif 7 bulan: ditolak", eligibility.unlisted_seven_months),
    Story("Tepat enam bulan: masih dalam waktu", eligibility.six_months_to_the_day),
    Story("Enam bulan lebih sehari: lewat waktu", eligibility.a_day_more_than_six_months),
    Story("Diterima pada hari terakhir, dicek seminggu kemudian", eligibility.last_day_checked_a_week_later),
    Story("Kartu masih aktif: berkas dikembalikan", eligibility.still_active),
    Story("Dua kali dikoreksi: nomor surat tetap, paraf gugur", corrections.twice_back_to_the_draft),
    Story("Ditarik ketika surat menunggu paraf: nomornya batal", corrections.withdrawn_before_the_paraf),
    Story("BPJS meminta perbaikan, lalu menerima", bpjs.mended_then_accepted),
    Story("Tiga minggu di laci, paraf dua menit", late.three_weeks_in_a_drawer),
    Story("Pengecekan sembilan menit, lewat istirahat Jumat", late.nine_minutes_of_hands),
)
