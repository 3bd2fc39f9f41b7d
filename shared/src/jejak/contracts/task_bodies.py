"""The body of the request that ends a task, and how a page asks for each of its fields.

Services read these bodies, pages generate their forms from them; a field is declared here and nowhere else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from jejak.contracts.parts import DocumentFacts, Name, Part, Problem, Text, TypedCard, TypedName, TypedPerson, TypedText
from jejak.privacy.normalise import digits_pattern
from jejak.privacy.person_words import PERSON_LABELS
from jejak.timekeeping.dates import ActivationDate, ActTime, DeactivationDate, SignatureDate

type Kind = Literal[
    "teks", "panjang", "tanggal", "waktu", "angka", "pilihan", "ya_tidak", "centang", "berkas", "tersembunyi", "rahasia"
]
type Choices = tuple[tuple[str, str], ...]
"""Value and words of each choice."""


@dataclass(frozen=True, slots=True)
class Ask:
    """How a page asks for a field. `{nama}` in a label is the name of the document, register or letter it is about."""

    label: str
    kind: Kind = "teks"
    help: str = ""
    required: bool = False
    """Required on the form although a program may omit it; a field that no program may omit is required anyway."""
    choices: Choices | str = ()
    """The choices, or the name of a list of choices that the sheet or the office gives."""
    each: str | None = None
    """Asked once for each of these: a document, a register, a letter …"""
    value: str = ""
    """The initial value: a name among the task's own values if there is one; `{kode}` is the code it is asked for."""
    pattern: str = ""
    always: bool = False
    """Asked with every outcome of the task, not only the good one."""
    folded: bool = False
    """Shown under a heading that is opened on demand: seldom needed."""
    judged: bool = False
    """Neither required nor optional on the form: the service judges it by the outcome, `help` says when it is due."""
    parts: Mapping[str, "Ask"] = field(default_factory=dict)
    """How each part of a compound field is asked for."""


class Body(BaseModel):
    """The fields of every act: its outcome, a note, and when it happened if that was earlier or elsewhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    files: ClassVar[Mapping[str, Ask]] = {}
    """The files that a page asks for, by the name of their form field."""
    alone: ClassVar[frozenset[str]] = frozenset()
    """Fields that name one person, paper or number: never sent for several cases. `daftar.nomor` is a part of each."""

    hasil: str | None = None
    catatan: Text | None = None
    waktu_kejadian: ActTime | None = None

    def of_one_case(self, files: Collection[str] = ()) -> tuple[str, ...]:
        """What is filled in, or among the files by these names, and can be true of one case only; in order of name."""
        own = {name for name in files if name in self.files or "{kode}" in self.files}
        return tuple(sorted(own.union(path for path in self.alone if _filled(self, path.split(".")))))

    def without_secrets(self) -> Self:
        """The body without the fields that are never stored."""
        return self.model_copy(update={name: None for name, value in self if isinstance(value, SecretStr)})


def _filled(value: object, path: Sequence[str]) -> bool:
    """Whether the field at a path has a value; where it passes a list, in any of its elements."""
    if isinstance(value, tuple):
        return any(_filled(element, path) for element in value)
    if not path:
        return value not in (None, "", {})
    return _filled(getattr(value, path[0]), path[1:])


NOTE: Final = Ask("Catatan", "panjang", always=True)
HAPPENED: Final = Ask(
    "Kapan itu terjadi", "waktu", "Menurut bukti. Tanpa ini, waktu pihak luar tidak terukur.", always=True
)
EVIDENCE: Final = Ask("Bukti atau lampiran", "berkas", "Foto atau PDF, bila ada", always=True)
"""The fields of Body itself, and the file that any act may have: asked last, where they make sense."""


_PERSON: Final = {
    "name": Ask(PERSON_LABELS["name"]),
    "nik": Ask(
        PERSON_LABELS["nik"], help="16 angka. NIK hanya dikoreksi dengan dokumennya", pattern=digits_pattern(16)
    ),
    "kk": Ask(PERSON_LABELS["kk"], help="16 angka", pattern=digits_pattern(16)),
    "birthplace": Ask(PERSON_LABELS["birthplace"]),
    "born": Ask(PERSON_LABELS["born"], "tanggal"),
    "address": Ask(PERSON_LABELS["address"], "panjang"),
    "phone": Ask(PERSON_LABELS["phone"]),
    "card": Ask(PERSON_LABELS["card"], pattern=digits_pattern(13)),
}  # fmt: skip


MENDED: Final = frozenset({"address", "birthplace", "phone"})
"""What the drafter may mend, where no look-up depends on it: all else tells who a person is."""
_MENDED: Final = {name: ask if name in MENDED else replace(ask, kind="tersembunyi") for name, ask in _PERSON.items()}


class Corrections(Body):
    """The people as they are right: each in full, with what is corrected. A person left out stays as recorded."""

    alone = frozenset({"pemohon", "peserta"})

    pemohon: Annotated[TypedPerson | None, Ask("Data pemohon", each="pemohon", parts=_PERSON, folded=True)] = None
    peserta: Annotated[TypedPerson | None, Ask("Data peserta", each="peserta", parts=_PERSON, folded=True)] = None


class DataEntry(Corrections):
    """The data are entered; what proves to be wrong on the way is corrected."""


class Completion(Corrections):
    """The documents that the applicant brings: each file carries the name of its document; what they correct."""

    files = {"{kode}": Ask("{nama}", "berkas", "Foto atau PDF; boleh beberapa halaman", each="dokumen_dan_gantinya")}


_OF_DOCUMENT: Final = "Wajib bila dokumennya ada dan benar."
_FACTS: Final = {
    "nomor": Ask("Nomor dokumen", help=_OF_DOCUMENT, judged=True),
    "tanggal": Ask("Tanggal dokumen", "tanggal", _OF_DOCUMENT, judged=True),
    "penerbit": Ask("Diterbitkan oleh", help=_OF_DOCUMENT, judged=True),
}


class DocumentCheck(Body):
    """`masalah`: faults of documents; `keterangan`: the official's words per document; `ditunjukkan`: seen on paper.

    `dicatat`: of each right document what its sheet asks to record (`catat`).
    """

    alone = frozenset({"dicatat"})

    hasil: Literal["lengkap", "kurang"] = "lengkap"
    masalah: Annotated[tuple[Problem, ...], Ask("Hasil pemeriksaan", "pilihan", choices="masalah", each="dokumen")] = (
        Field(default=(), max_length=40)
    )
    ditunjukkan: Annotated[
        tuple[Name, ...], Ask("Ditunjukkan di atas kertas", "centang", each="dokumen", value="{kode}")
    ] = Field(default=(), max_length=40)
    dicatat: Annotated[Mapping[Name, DocumentFacts], Ask("Yang dicatat", each="dokumen", parts=_FACTS)] = Field(
        default_factory=dict, max_length=40
    )
    keterangan: Annotated[Mapping[Name, Text], Ask("Keterangan", each="dokumen")] = Field(default_factory=dict)


class Seen(Part):
    """One register as the official saw it."""

    daftar: Name
    terdaftar: bool
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    nomor: Name | None = None


_SEEN: Final = {
    "daftar": Ask("Nama daftar", "tersembunyi", value="{kode}"),
    "terdaftar": Ask("Peserta terdaftar?", "ya_tidak"),
    "desil": Ask("Desil, bila tertulis", "angka", "0 sampai 10"),
    "nomor": Ask("Nomor peserta pada daftar itu"),
}


class RegistryRecord(Body):
    """The official's findings in each register that the sheet names."""

    alone = frozenset({"daftar.nomor"})

    daftar: Annotated[tuple[Seen, ...], Ask("Daftar", each="daftar", parts=_SEEN)] = Field(min_length=1, max_length=10)


class PopulationRecord(Body):
    """The official's findings at Dukcapil; `berbeda` names elements only."""

    hasil: Annotated[str, Ask("Menurut Dukcapil", "pilihan", choices="hasil")]
    berbeda: Annotated[tuple[Name, ...], Ask("{nama} berbeda", "centang", each="unsur", value="{kode}")] = Field(
        default=(), max_length=20
    )


class MembershipRecord(Body):
    """The official's findings in the membership system; `ganda_di`: other lists that hold the participant."""

    alone = frozenset({"nomor_kartu"})

    aktif: Annotated[bool, Ask("Kepesertaan aktif?", "ya_tidak")]
    segmen: Annotated[Name | None, Ask("Segmen", help="Seperti tertulis di sistem BPJS, misalnya PBI APBN")] = None
    nonaktif_sejak: Annotated[
        DeactivationDate | None, Ask("Nonaktif sejak", "tanggal", "Kosongkan bila masih aktif")
    ] = None
    berapa_kali_nonaktif: Annotated[
        Annotated[int, Field(ge=0, le=50)] | None, Ask("Berapa kali pernah dinonaktifkan", "angka")
    ] = None
    sk_nonaktif: Annotated[Name | None, Ask("Nomor SK penonaktifan")] = None
    nomor_kartu: Annotated[TypedCard | None, Ask("Nomor kartu JKN", help="13 angka", pattern=digits_pattern(13))] = None
    ganda: Annotated[bool, Ask("Tercatat ganda", "centang", value="true")] = False
    ganda_di: Annotated[tuple[Name, ...], Ask("Ganda pada daftar", help="Nama daftarnya, misalnya provinsi")] = Field(
        default=(), max_length=5
    )


class RouteChoice(Body):
    """Which of the sheet's routes."""

    hasil: Annotated[str | None, Ask("Jalur", "pilihan", required=True, choices="hasil")] = None


def _paragraphs(label: str, each: str, words: str = "") -> Ask:
    return Ask(label, "panjang", words, each=each, value="{kode}", folded=True)


_CLOSING_HELP: Final = (
    "Bila diisi, alinea ini menggantikan isi dan penutup surat menurut SOP. Kosongkan agar keduanya tetap tercetak."
)
_LIST_HELP: Final = (
    "Salin dari lembar kerja bersama baris judulnya: NIK, Nama, boleh juga Nomor KK dan Alamat. Peserta berkas ini "
    "selalu orang pertama. Kosongkan bila daftarnya tetap."
)


class Draft(Body):
    """`nomor`: typed from the agenda, by letter, where the office numbers so. The other fields change the letter.

    `alasan` are the reasons of a refusal in the drafter's words, in place of those noted with the decision.
    """

    alone = frozenset({"nomor", "daftar", "pemohon", "peserta"})

    nomor: Annotated[dict[Name, Name], Ask("Nomor {nama}", help="Dari buku agenda", required=True, each="agenda")] = (
        Field(default_factory=dict, max_length=10)
    )
    keperluan: Annotated[TypedText | None, Ask("Keperluan pada surat", "panjang", value="keperluan", folded=True)] = (
        None
    )
    alasan: Annotated[tuple[Text, ...] | None, _paragraphs("Alasan penolakan", "alasan")] = Field(
        default=None, max_length=20
    )
    pembuka: Annotated[tuple[Text, ...] | None, _paragraphs("Alinea pembuka", "pembuka")] = Field(
        default=None, max_length=5
    )
    penutup: Annotated[tuple[Text, ...] | None, _paragraphs("Alinea penutup", "penutup", _CLOSING_HELP)] = Field(
        default=None, max_length=5
    )
    penanda_tangan: Annotated[
        Name | None, Ask("Yang akan menandatangani", "pilihan", choices="calon_penanda_tangan", each="calon")
    ] = None
    """The official whom the letter names, by code; by default the one of the draft before, else the first who may."""
    daftar: Annotated[
        str | None, Ask("Daftar nama yang dilampirkan", "panjang", _LIST_HELP, each="daftar_terlampir")
    ] = Field(default=None, max_length=200_000)
    """For a letter for many: the table of people as pasted from a spreadsheet, with its row of headings."""
    pemohon: Annotated[TypedPerson | None, Ask("Pemohon", each="pemohon", parts=_MENDED, folded=True)] = None
    """Differs from the case only in what no look-up depends on, which is then corrected in the case too."""
    peserta: Annotated[TypedPerson | None, Ask("Peserta", each="peserta", parts=_MENDED, folded=True)] = None


_ONLY_NOW: Final = "Hanya dipakai untuk tanda tangan ini, dan tidak disimpan."
type Secret = Annotated[SecretStr, Field(max_length=200)]
"""A value that is used once: it stands in no event, no log, no page and no hash."""


class Signature(Body):
    """By pen: the signatory (by default the one whom the draft names) and the day; the scan comes as file `scan`.

    Through BSrE: the signer's passphrase, or the one-time code (`totp`).
    """

    files = {
        "scan": Ask(
            *("Pindaian surat yang sudah ditandatangani dan dicap", "berkas"),
            *("Satu berkas yang memuat {nama}.",),
            required=True,
            each="pena",
        )
    }

    penanda_tangan: Annotated[
        Name | None, Ask("Yang menandatangani", "pilihan", choices="penanda_tangan", each="pena")
    ] = None
    tanggal: Annotated[
        SignatureDate | None, Ask("Tanggal tanda tangan", "tanggal", required=True, each="pena", value="hari_ini")
    ] = None
    passphrase: Annotated[
        Secret | None, Ask("Passphrase BSrE", "rahasia", _ONLY_NOW, required=True, each="passphrase")
    ] = None
    totp: Annotated[Secret | None, Ask("Kode OTP BSrE", "rahasia", _ONLY_NOW, required=True, each="totp")] = None


SECRETS: Final = frozenset({"passphrase", "totp"})
"""The fields of forms that no page shows again."""


class HandOver(Body):
    """To whom the letter was given."""

    penerima: Annotated[TypedName | None, Ask("Diserahkan kepada", value="pemohon")] = None


type Via = Literal["dibawa_pemohon", "diantar", "berkas", "lembar_daring", "sistem"]
VIA: Final[Mapping[Via, str]] = {
    "dibawa_pemohon": "dibawa sendiri oleh pemohon",
    "diantar": "diantar petugas",
    "berkas": "dikirim sebagai berkas",
    "lembar_daring": "diisi pada lembar daring",
    "sistem": "dikirim lewat sistem",
}
"""Ways in which a submission goes to BPJS."""
_WAYS: Final[Choices] = tuple((way, words[:1].upper() + words[1:]) for way, words in VIA.items())


class Delivery(Body):
    """How the submission left the office."""

    cara: Annotated[Via, Ask("Cara dikirim", "pilihan", required=True, choices=_WAYS)] = "dibawa_pemohon"


class Reply(Body):
    """The addressee's answer; `nomor` is its own reference."""

    nomor: Annotated[Name | None, Ask("Nomor surat jawaban", always=True)] = None


class Status(Body):
    """The membership as an official saw it: active, or where the sheet asks for its end, still state-paid."""

    aktif: Annotated[bool, Ask("Kepesertaan aktif?", "ya_tidak")]
    aktif_sejak: Annotated[ActivationDate | None, Ask("Aktif sejak", "tanggal", "Bila aktif")] = None
    nonaktif_sejak: Annotated[DeactivationDate | None, Ask("Nonaktif sejak", "tanggal", "Bila tidak aktif")] = None
