"""The stories that the demo plays and the tests hold to their promises: whole cases, each a function of sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import bridging, contoh, karangasem, pesisir, semisal, siantar, solok

PESISIR_SELATAN: Final = "13.01"
CONTOH: Final = "13.99"
KARANGASEM: Final = "51.07"
SOLOK: Final = "13.02"
PEMATANGSIANTAR: Final = "12.72"
SEMISAL: Final = "13.98"


BOOKS: Final = (
    (PESISIR_SELATAN, "staf-1", "2021"),
    (PESISIR_SELATAN, "staf-1", "2022"),
    (CONTOH, "staf-contoh-1", "2022"),
    (CONTOH, "staf-contoh-1", "2024"),
    (KARANGASEM, "staf-1", "2023"),
    (SOLOK, "petugas-1", "2024"),
    (PEMATANGSIANTAR, "operator-1", "2022"),
    (SEMISAL, "staf-semisal", "2026"),
)
"""Office, clerk and year of every Buku Rekomendasi that the stories wrote in."""


WAITING: Final = ((KARANGASEM, "staf-1", "2024-07-02 09:00"),)
"""Office, clerk and moment where the stories leave unmatched answers of BPJS."""


@dataclass(frozen=True, slots=True)
class Story:
    """One story: its title, how it is played, and at which office."""

    judul: str
    play: Callable[[Office], Berkas]
    office: str = PESISIR_SELATAN


STORIES: Final = (
    Story("Lembar 2017: nomor PBDT dicetak pada rekomendasi", pesisir.with_the_number_of_the_register),
    Story("Lembar 2017: yang darurat didahulukan", pesisir.the_emergency_goes_first),
    Story("Diajukan 31 Desember 2021: lembar 2017 sampai selesai", pesisir.begun_in_the_old_year),
    Story("Diajukan 3 Januari 2022: lembar 2022", pesisir.begun_in_the_new_year),
    Story("Dari loket sampai kartu aktif", pesisir.to_an_active_card),
    Story("Untuk anak 12 tahun tanpa KTP, dimintakan ibunya", pesisir.for_a_child),
    Story("Kantor kedua: daftar dilihat sendiri, surat ditandatangani dengan pena", pesisir.by_hand_and_by_pen, CONTOH),
    Story("Kantor kedua: meninggal, kepesertaan berakhir", contoh.deceased_to_the_end_of_the_membership, CONTOH),
    Story("Kantor kedua: sudah bukan peserta, berkas dikembalikan", contoh.no_longer_a_participant, CONTOH),
    Story("Kantor kedua, 2026: BPJS ditanya langsung, kartu masih aktif", bridging.still_active, CONTOH),
    Story("Kantor kedua, 2026: BPJS ditanya langsung, kartu nonaktif, lanjut", bridging.switched_off, CONTOH),
    Story("SPTJM tidak ada dan SKTM tanpa Camat, dilengkapi kemudian", pesisir.brought_later),
    Story("Berumur 20 tahun: akte kelahiran tidak cukup", pesisir.too_old_for_a_birth_certificate),
    Story("Terdaftar, nonaktif 7 bulan: lanjut", pesisir.listed_seven_months),
    Story("Tidak terdaftar, nonaktif 5 bulan: lanjut", pesisir.unlisted_five_months),
    Story("Terdaftar dan nonaktif 5 bulan: lanjut", pesisir.listed_five_months),
    Story("Tidak terdaftar, nonaktif 7 bulan: ditolak", pesisir.unlisted_seven_months),
    Story("Tepat enam bulan: masih dalam waktu", pesisir.six_months_to_the_day),
    Story("Enam bulan lebih sehari: lewat waktu", pesisir.a_day_more_than_six_months),
    Story("Diterima pada hari terakhir, dicek seminggu kemudian", pesisir.last_day_checked_a_week_later),
    Story("Kartu masih aktif: berkas dikembalikan", pesisir.still_active),
    Story("Dua kali dikoreksi: nomor surat tetap, paraf gugur", pesisir.twice_back_to_the_draft),
    Story("Ditarik ketika surat menunggu paraf: nomornya batal", pesisir.withdrawn_before_the_paraf),
    Story("BPJS meminta perbaikan, lalu menerima", pesisir.mended_then_accepted),
    Story("Tiga minggu di laci, paraf dua menit", pesisir.three_weeks_in_a_drawer),
    Story("Pengecekan sembilan menit, lewat istirahat Jumat", pesisir.nine_minutes_of_hands),
    Story("Karangasem: sudah terdaftar, berkas dikembalikan", karangasem.already_registered, KARANGASEM),
    Story("Karangasem: usulan reguler dalam kumpulan Juni", karangasem.regular_in_the_months_batch, KARANGASEM),
    Story("Karangasem: peserta mandiri ke jalur mutasi", karangasem.self_payer_to_the_mutation_route, KARANGASEM),
    Story("Karangasem: empat hari lewat dari tiga bulan", karangasem.four_days_over_three_months, KARANGASEM),
    Story(
        "Karangasem: diperbaiki, dikirim lagi bulan berikutnya",
        karangasem.mended_and_sent_with_the_next_batch,
        KARANGASEM,
    ),
    Story("Karangasem: BPJS menolak", karangasem.rejected_by_bpjs, KARANGASEM),
    Story("Karangasem: BPJS menjawab berulang dan bertentangan", karangasem.told_twice_and_otherwise, KARANGASEM),
    Story("Karangasem: darurat, langsung ke lembar daring", karangasem.emergency_into_the_online_sheet, KARANGASEM),
    Story("Karangasem: surat dibawa pemohon ke BPJS", karangasem.letter_carried_by_the_applicant, KARANGASEM),
    Story("Karangasem: nonaktif dan gawat", karangasem.inactive_and_urgent_ahead_of_everything, KARANGASEM),
    Story("Solok: turun lewat disposisi, sampai kartu diterima", solok.by_disposition_to_the_card, SOLOK),
    Story("Solok: sembilan hari kerja di BPJS", solok.nine_working_days_at_bpjs, SOLOK),
    Story("Siantar: menurut DTKS sampai kartu aktif", siantar.by_the_register_to_an_active_card, PEMATANGSIANTAR),
    Story("Siantar: miskin di luar DTKS, konsep dikembalikan Kabid", siantar.poor_though_not_listed, PEMATANGSIANTAR),
    Story("Siantar: tidak terdaftar dan tidak miskin", siantar.neither_listed_nor_poor, PEMATANGSIANTAR),
    Story("Siantar: KK tidak padan, diperbaiki", siantar.mended_at_dukcapil, PEMATANGSIANTAR),
    Story("Siantar: NIK salah bentuk", siantar.badly_formed, PEMATANGSIANTAR),
    Story("Siantar: tercatat meninggal", siantar.deceased, PEMATANGSIANTAR),
    Story("Siantar: NIK ganda", siantar.number_twice, PEMATANGSIANTAR),
    Story("Siantar: NIK tidak ditemukan", siantar.not_found, PEMATANGSIANTAR),
    Story("Siantar: NIK tidak aktif", siantar.not_active, PEMATANGSIANTAR),
    Story("Siantar: ganda di daftar provinsi", siantar.double_in_the_province, PEMATANGSIANTAR),
    Story("Siantar: ganda di daftar pusat", siantar.double_in_the_nation, PEMATANGSIANTAR),
    Story("Siantar: dua kali nonaktif", siantar.deactivated_twice, PEMATANGSIANTAR),
    Story("Siantar: nonaktif tujuh bulan", siantar.inactive_for_seven_months, PEMATANGSIANTAR),
    Story("Siantar: Sekretaris menandatangani sebagai Plh. Kadis", siantar.signed_by_the_acting_head, PEMATANGSIANTAR),
    Story("Siantar: empat hari di meja dinas", siantar.left_lying_at_the_dinas, PEMATANGSIANTAR),
    Story("Siantar: warga kelurahan lain", siantar.of_another_kelurahan, PEMATANGSIANTAR),
    Story("2026: dari desa sampai data DTSEN diperbarui", semisal.from_the_village_to_renewed_data, SEMISAL),
    Story("2026: tidak terdaftar, surat dibawa ke BPJS", semisal.unlisted_with_the_letter_in_hand, SEMISAL),
    Story("2026: desil 3, bukan lewat pengaktifan kembali", semisal.of_desil_three, SEMISAL),
    Story("2026: desil 9 tanpa kebutuhan mendesak", semisal.of_desil_nine_with_another_need, SEMISAL),
    Story("2026: NIK diperbaiki atas permintaan Kemensos", semisal.mended_for_kemensos, SEMISAL),
    Story("2026: bayi dari ibu yang dinonaktifkan", semisal.a_baby_of_a_removed_mother, SEMISAL),
)
