"""Why BSrE signed nothing, in one sentence for the signer that says what to do."""

from collections.abc import Mapping
from typing import Final

from jejak.platform.errors import Problem

_AGAIN: Final = "ulangi beberapa menit lagi"
_ADMIN: Final = "admin BSrE kantor Anda"
_REFUSED, _TROUBLE = 409, 503

SENTENCES: Final[Mapping[str, tuple[int, str]]] = {
    "sandi_salah": (
        _REFUSED,
        f"Passphrase BSrE Anda salah: ketik ulang, atau minta {_ADMIN} menyetel ulang bila lupa.",
    ),
    "kode_salah": (_REFUSED, "Kode OTP BSrE Anda salah atau sudah lewat waktunya: ambil kode baru, lalu ulangi."),
    "tidak_terdaftar": (_REFUSED, f"NIK Anda belum terdaftar di BSrE: minta {_ADMIN} mendaftarkan Anda."),
    "sertifikat_berakhir": (
        _REFUSED,
        f"Masa berlaku sertifikat elektronik Anda sudah habis: minta {_ADMIN} memperbaruinya, lalu ulangi.",
    ),
    "sertifikat_diperbarui": (
        _REFUSED,
        f"Sertifikat elektronik Anda masih diperpanjang di BSrE: selesaikan bersama {_ADMIN}, lalu ulangi.",
    ),
    "sertifikat_dicabut": (
        _REFUSED,
        f"Sertifikat elektronik Anda sudah dicabut: minta {_ADMIN} menerbitkan yang baru, lalu ulangi.",
    ),
    "sertifikat_dibekukan": (
        _REFUSED,
        f"Sertifikat elektronik Anda sedang dibekukan: minta {_ADMIN} mengaktifkannya kembali, lalu ulangi.",
    ),
    "tanpa_sertifikat": (
        _REFUSED,
        f"Anda belum punya sertifikat elektronik di BSrE: minta {_ADMIN} menerbitkannya, lalu ulangi.",
    ),
    "status_lain": (
        _REFUSED,
        f"Sertifikat elektronik Anda belum dapat dipakai; statusnya di BSrE {{word}}: tanyakan kepada {_ADMIN}.",
    ),
    "menolak": (_REFUSED, f"BSrE menolak menandatangani, dengan kode {{word}}: tanyakan kepada {_ADMIN}."),
    "akses_ditolak": (
        _TROUBLE,
        "BSrE menolak sambungan dari kantor ini: minta pengelola Jejak memeriksa setelan JEJAK_BSRE.",
    ),
    "bukan_penanda_tangan": (
        _REFUSED,
        "NIK Anda belum dicatat untuk tanda tangan BSrE di kantor ini: minta pengelola Jejak menambahkannya.",
    ),
    "sibuk": (_TROUBLE, f"BSrE sedang terlalu sibuk, dan surat belum ditandatangani: {_AGAIN}."),
    "tidak_menjawab": (_TROUBLE, f"BSrE tidak dapat dihubungi, dan surat belum ditandatangani: {_AGAIN}."),
    "gangguan": (_TROUBLE, f"BSrE sedang mengalami gangguan: {_AGAIN}."),
    "jawaban_terputus": (
        _TROUBLE,
        f"Jawaban BSrE tidak sampai, jadi belum pasti surat ini tertandatangani di sana: {_AGAIN}.",
    ),
    "tidak_terbaca": (_TROUBLE, f"Jawaban BSrE tidak dapat dibaca, dan tidak ada surat yang disimpan: {_AGAIN}."),
    "terlalu_besar": (_TROUBLE, f"Jawaban BSrE terlalu besar, dan tidak ada surat yang disimpan: {_AGAIN}."),
    "belum_diambil": (
        _TROUBLE,
        f"Surat ini sudah dikirim ke BSrE, tetapi hasilnya belum dapat diambil: {_AGAIN}, tanpa mengirim dua kali.",
    ),
    "surat_lain": (
        _REFUSED,
        f"Berkas dari BSrE bukan surat yang dikirim dan tidak disimpan: ulangi, atau lapor ke {_ADMIN} bila berulang.",
    ),
    "rusak": (
        _REFUSED,
        f"Tanda tangan pada berkas dari BSrE rusak, jadi tidak disimpan: ulangi, atau lapor ke {_ADMIN} bila berulang.",
    ),
    "orang_lain": (
        _REFUSED,
        f"Berkas dari BSrE ditandatangani dengan sertifikat orang lain, jadi tidak disimpan: lapor ke {_ADMIN}.",
    ),
    "tanpa_nik": (
        _REFUSED,
        "Sertifikat BSrE Anda tidak memuat NIK: minta pengelola Jejak mencatat nama pada sertifikat itu di JEJAK_BSRE.",
    ),
    "belum_sempat": (_TROUBLE, "Surat ini belum sempat dikirim ke BSrE: tandatangani lagi yang tersisa."),
    "penerbit_lain": (
        _REFUSED,
        f"Sertifikat pada berkas dari BSrE bukan terbitan BSrE, jadi tidak disimpan: lapor ke {_ADMIN}.",
    ),
    "di_luar_masa": (
        _REFUSED,
        f"Sertifikat pada berkas dari BSrE tidak berlaku hari ini, jadi tidak disimpan: minta {_ADMIN} memperbaruinya.",
    ),
}
"""HTTP status and sentence of each reason."""


class NotSigned(Exception):
    """Nothing was signed that can be kept. `sure`: BSrE certainly signed nothing; `word`: its own word or code."""

    def __init__(self, reason: str, *, sure: bool = True, word: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sure = sure
        self.word = word

    def problem(self) -> Problem:
        """The answer to the signer."""
        status, sentence = SENTENCES[self.reason]
        shown = f"“{self.word}”" if self.word else "yang tidak dikenal"
        return Problem(f"bsre_{self.reason}", sentence.format(word=shown), status)
