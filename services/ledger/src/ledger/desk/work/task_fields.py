"""What is asked of an official for each task: a table, verb → fields, named as the services' own bodies name them.

A name with `{kode}` is asked once for each of what `each` names (a document, a register, a letter …); `{nama}` in a
label is its name on the sheet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from jejak.cases.sentences import VIA
from jejak.privacy.person_words import PERSON_LABELS

type Kind = Literal[
    "teks", "panjang", "tanggal", "waktu", "angka", "pilihan", "ya_tidak", "centang", "berkas", "tersembunyi"
]
type Choices = tuple[tuple[str, str], ...]
"""Value and words of each choice."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `always`: asked with every outcome of the task, not only the good one."""

    name: str
    label: str
    kind: Kind = "teks"
    help: str = ""
    required: bool = False
    choices: Choices | str = ()
    """The choices; as a text the name of those that the sheet or the office gives."""
    each: str | None = None
    value: str = ""
    """What stands in it; `{kode}` is what it is asked for. A name of the task's own values, where it has one."""
    pattern: str = ""
    always: bool = False
    folded: bool = False
    """Shown under a heading to be opened: seldom needed."""

    @property
    def known(self) -> Choices:
        """The choices, once they were filled in for a case."""
        return () if isinstance(self.choices, str) else self.choices


ELEMENTS: Final[Choices] = (
    ("NO_KK", "Nomor KK"),
    ("NAMA_LGKP", "Nama"),
    ("TMPT_LHR", "Tempat lahir"),
    ("TGL_LHR", "Tanggal lahir"),
    ("JENIS_KLMIN", "Jenis kelamin"),
    ("ALAMAT", "Alamat"),
)
"""What Dukcapil may say differs."""
_WAYS: Final[Choices] = tuple((way, words[:1].upper() + words[1:]) for way, words in VIA.items())
_CARD: Final = Field("nomor_kartu", "Nomor kartu JKN", help="13 angka", pattern="[0-9]{13}")

FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "complete": (
        Field("{kode}", "{nama}", "berkas", help="Foto atau PDF; boleh beberapa halaman", each="dokumen_dan_gantinya"),
    ),
    "check_documents": (
        Field("masalah[{kode}]", "Hasil pemeriksaan", "pilihan", choices="masalah", each="dokumen"),
        Field("ditunjukkan[]", "Ditunjukkan di atas kertas", "centang", each="dokumen", value="{kode}"),
        Field("keterangan.{kode}", "Keterangan", each="dokumen"),
    ),
    "enter_data": (),
    "forward": (),
    "record": (),
    "check_registry": (
        Field("daftar[{kode}].daftar", "Nama daftar", "tersembunyi", each="daftar", value="{kode}"),
        Field("daftar[{kode}].terdaftar", "Peserta terdaftar?", "ya_tidak", required=True, each="daftar"),
        Field("daftar[{kode}].desil", "Desil, bila tertulis", "angka", help="0 sampai 10", each="daftar"),
        Field("daftar[{kode}].nomor", "Nomor peserta pada daftar itu", each="daftar"),
    ),
    "check_population": (
        Field("hasil", "Menurut Dukcapil", "pilihan", required=True, choices="hasil"),
        Field("berbeda[]", "{nama} berbeda", "centang", each="unsur", value="{kode}"),
    ),
    "check_membership": (
        Field("aktif", "Kepesertaan aktif?", "ya_tidak", required=True),
        Field("segmen", "Segmen", help="Seperti tertulis di sistem BPJS, misalnya PBI APBN"),
        Field("nonaktif_sejak", "Nonaktif sejak", "tanggal", help="Kosongkan bila masih aktif"),
        Field("berapa_kali_nonaktif", "Berapa kali pernah dinonaktifkan", "angka"),
        Field("sk_nonaktif", "Nomor SK penonaktifan"),
        _CARD,
        Field("ganda", "Tercatat ganda", "centang", value="true"),
        Field("ganda_di[]", "Ganda pada daftar", help="Nama daftarnya, misalnya provinsi"),
    ),
    "check_rules": (),
    "verify_manually": (),
    "choose_route": (Field("hasil", "Jalur", "pilihan", required=True, choices="hasil"),),
    "dispose": (),
    "review": (),
    "approve": (),
    "paraf": (),
    "draft_letter": (
        Field("nomor.{kode}", "Nomor surat {nama}", help="Dari buku agenda", required=True, each="agenda"),
        Field("keperluan", "Keperluan pada surat", "panjang", value="keperluan", folded=True),
        Field("alasan[]", "Alasan penolakan", "panjang", each="alasan", value="{kode}", folded=True),
        Field("pembuka[]", "Alinea pembuka", "panjang", each="pembuka", value="{kode}", folded=True),
        Field("penutup[]", "Alinea penutup", "panjang", each="penutup", value="{kode}", folded=True),
        Field("{kode}.name", PERSON_LABELS["name"], required=True, each="orang", value="name", folded=True),
        Field(
            "{kode}.nik", PERSON_LABELS["nik"], help="Harus NIK pada permohonan: itulah yang diperiksa", required=True,
            pattern="[0-9]{16}", each="orang", value="nik", folded=True,
        ),
        Field(
            "{kode}.kk", PERSON_LABELS["kk"], help="16 angka", required=True,
            pattern="[0-9]{16}", each="orang", value="kk", folded=True,
        ),
        Field("{kode}.birthplace", PERSON_LABELS["birthplace"], each="orang", value="birthplace", folded=True),
        Field("{kode}.born", PERSON_LABELS["born"], "tanggal", required=True, each="orang", value="born", folded=True),
        Field(
            "{kode}.address", PERSON_LABELS["address"], "panjang", required=True,
            each="orang", value="address", folded=True,
        ),
        Field("{kode}.phone", PERSON_LABELS["phone"], each="orang", value="phone", folded=True),
        Field("{kode}.card", PERSON_LABELS["card"], pattern="[0-9]{13}", each="orang", value="card", folded=True),
    ),
    "sign": (
        Field("penanda_tangan", "Yang menandatangani", "pilihan", choices="penanda_tangan", each="pena"),
        Field("tanggal", "Tanggal tanda tangan", "tanggal", required=True, each="pena", value="hari_ini"),
        Field("scan", "Pindaian surat yang sudah ditandatangani dan dicap", "berkas", required=True, each="pena"),
    ),
    "hand_over": (Field("penerima", "Diserahkan kepada", value="pemohon"),),
    "archive": (),
    "deliver": (Field("cara", "Cara dikirim", "pilihan", required=True, choices=_WAYS),),
    "await_reply": (Field("nomor", "Nomor surat jawaban", always=True),),
    "reconcile": (),
    "confirm_status": (
        Field("aktif", "Kepesertaan aktif?", "ya_tidak", required=True),
        Field("aktif_sejak", "Aktif sejak", "tanggal", help="Bila aktif"),
        Field("nonaktif_sejak", "Nonaktif sejak", "tanggal", help="Bila tidak aktif"),
    ),
    "receive_card": (),
}  # fmt: skip
"""Every verb that a person can be asked to do, but submit, which has a form of its own."""

NOTE: Final = Field("catatan", "Catatan", "panjang", always=True)
HAPPENED: Final = Field(
    "waktu_kejadian",
    "Kapan itu terjadi",
    "waktu",
    help="Menurut bukti. Tanpa ini, waktu pihak luar tidak terukur.",
    always=True,
)
EVIDENCE: Final = Field("BUKTI", "Bukti atau lampiran", "berkas", help="Foto atau PDF, bila ada", always=True)

SAID_BY_FIELDS: Final = frozenset({"check_registry", "check_population", "check_membership", "confirm_status"})
"""What was seen decides the outcome: there is one button."""
TOGETHER: Final = frozenset({"check_documents"})
"""All outcomes are buttons of one form: each needs what was filled in."""
ONLY_THE_SYSTEM: Final = frozenset({("paraf", "dilewati")})

BUTTONS: Final[Mapping[str, str]] = {
    "lengkap": "Lengkap dan benar",
    "kurang": "Belum lengkap atau belum benar",
    "padan": "Data padan",
    "memenuhi": "Memenuhi syarat",
    "tidak_memenuhi": "Tidak memenuhi syarat",
    "layak": "Layak",
    "tidak_layak": "Tidak layak",
    "diteruskan": "Teruskan dengan disposisi",
    "setuju": "Setujui",
    "perbaiki": "Kembalikan dengan catatan",
    "tolak": "Tolak dengan alasan",
    "paraf": "Paraf",
    "ditandatangani": "Tandatangani",
    "terkirim": "Catat sudah dikirim",
    "diterima": "BPJS menerima",
    "ditolak": "BPJS menolak",
    "cocok": "Cocok",
    "tidak_cocok": "Tidak cocok",
    "kartu_diterima": "Kartu diterima",
    "kartu_belum": "Kartu belum diterima",
}
"""By outcome; what is not here has the words of its task, or is `Simpan hasil`."""
