"""The data of a letter, as it goes from the service into the template.

The keys are those of the printed form, so that the author of an office's own template recognises them.
"""

from datetime import date
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from jejak.contracts.parts import MOST_LISTED, Part
from jejak.privacy.normalise import printed
from jejak.procedure.letter import MOST_ADDRESS_LINES, MOST_OF_LINE, MOST_OF_PARAGRAPH
from jejak.procedure.office.officials import Acting

BSRE: Final = "Balai Sertifikasi Elektronik (BSrE), Badan Siber dan Sandi Negara"
DEVELOPMENT_ISSUER: Final = "Jejak PENGEMBANGAN, bukan BSrE"


def _one_line(text: str) -> str:
    """As `normalise.printed`; without a letter in it there is nothing to print."""
    line = printed(text)
    if not line:
        raise ValueError("tidak boleh kosong")
    return line


type Line = Annotated[str, Field(min_length=1, max_length=MOST_OF_LINE), AfterValidator(_one_line)]
type Paragraph = Annotated[str, Field(min_length=1, max_length=MOST_OF_PARAGRAPH), AfterValidator(_one_line)]
type Digits16 = Annotated[str, Field(pattern=r"^\d{16}$")]


type Kind = Literal[
    "rekomendasi", "usulan", "penonaktifan", "keterangan", "pengantar", "keputusan", "pengesahan", "penolakan"
]
"""The kinds of the sheet, and `penonaktifan`: a recommendation or proposal of a sheet that asks for an end."""
LETTER_KINDS: Final[tuple[Kind, ...]] = get_args(Kind.__value__)
MOST_PEOPLE: Final = MOST_LISTED + 1


class NomorDaftar(Part):
    """The participant's own number in a register that lists him: "Nomor PBDT"."""

    daftar: Line
    nomor: Line


class Peserta(Part):
    """The person whose card it is. Fields that are None are not printed."""

    nama: Line
    nik: Annotated[str, Field(pattern=r"^\d{16}$|^belum ada; NIK ibu \d{16}, .{1,130}$"), AfterValidator(_one_line)]
    """The 16 digits; of a newborn "belum ada", with the mother's NIK and the paper of the birth."""
    nomor_kk: Digits16 | None = None
    nomor_kartu: Annotated[str, Field(pattern=r"^\d{13}$")] | None = None
    tempat_lahir: Line | None = None
    tanggal_lahir: date | None = None
    alamat: Line | None = None
    nonaktif_sejak: date | None = None
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    """DTSEN decile; 0 is "not ranked" and is printed so."""
    nomor_daftar: Annotated[tuple[NomorDaftar, ...], Field(max_length=10)] = ()
    pendanaan: Line | None = None
    """Who pays the contribution: "APBN", "APBD kota"."""


class Pemohon(Part):
    """Who applied, when it is not the participant."""

    nama: Line
    nik: Digits16 | None = None
    hubungan: Line | None = None
    """To the participant: "anak", "ketua RT" …"""
    alamat: Line | None = None


class SuratFaskes(Part):
    """The health facility's letter, without the diagnosis: the BPJS counter must not read it.

    Kept for offices' own templates that name it: nothing fills it. A sheet prints what was recorded of the document
    itself (`catat`, `{FASKES.nomor}`; docs/sop-format.md).
    """

    faskes: Line
    nomor: Line | None = None
    tanggal: date | None = None


class Penandatangan(Part):
    """The signature block (Permendagri 1/2023 Pasal 44).

    `jabatan` is the post whose authority signs. `sebagai` says how: None holds it; Plt., Plh., Pj. and Pjs. act in it;
    with a.n. `jabatan_sendiri` is the signer's own post, and with u.b. `untuk_beliau` the one below that.
    """

    jabatan: Line
    nama: Line
    nip: Annotated[str, Field(pattern=r"^\d{18}$")] | None = None
    pangkat: Line | None = None
    sebagai: Acting | None = None
    jabatan_sendiri: Line | None = None
    untuk_beliau: Line | None = None

    @model_validator(mode="after")
    def _a_deputy_names_his_own_post(self) -> Self:
        if (self.sebagai == "a.n.") != (self.jabatan_sendiri is not None):
            raise ValueError("jabatan_sendiri diisi pada bentuk a.n., dan hanya di situ")
        if self.untuk_beliau is not None and self.jabatan_sendiri is None:
            raise ValueError("u.b. hanya ada di bawah a.n.")
        return self


class LetterData(Part):
    """All data of a letter. The keys are those of the printed form, and of `templates/`.

    Dates are the office's own; `dibuat` is the governed instant of drafting or signing and becomes the PDF's creation
    date. A refusal is the same letter with `jenis` "penolakan". Texts are single lines with single blanks.
    """

    jenis: Kind
    judul: Line | None = None
    """The title of a kind that stands under one ("SURAT KETERANGAN …"); every other kind has `hal` and `kepada`."""
    bawaan: bool = True
    """Whether the form's own words, about a PBI membership, fill in what `pembuka`, `pokok` and `penutup` leave out."""
    tanda_tangan: Literal["elektronik", "basah"]
    konsep: bool
    """Prints the KONSEP mark; a draft may lack number and date, a letter may not."""
    dibuat: AwareDatetime
    kop: Annotated[tuple[Line, ...], Field(min_length=1, max_length=5)]
    """Letterhead: the government first, then the office."""
    alamat_kop: Annotated[tuple[Line, ...], Field(max_length=3)] = ()
    lambang_svg: Annotated[str, Field(max_length=500_000)] | None = None
    """The region's arms, as SVG (a PNG may be embedded in it)."""
    tempat: Line
    tanggal: date | None = None
    nomor: Line | None = None
    sifat: Line = "Biasa"
    lampiran: Line = "–"
    hal: Line
    kepada: Annotated[tuple[Line, ...], Field(max_length=MOST_ADDRESS_LINES)] = ()
    """Lines after "Yth.": "Kepala BPJS Kesehatan Cabang Padang". None under a title."""
    di: Line | None = None
    peserta: Annotated[tuple[Peserta, ...], Field(min_length=1, max_length=MOST_PEOPLE)]
    terlampir: Line | None = None
    """How many people it is for ("31 (tiga puluh satu) orang"), where their names stand on a list attached."""
    pemohon: Pemohon | None = None
    keperluan: Paragraph | None = None
    """Why the card is needed now, or why it is to end."""
    surat_faskes: SuratFaskes | None = None
    dasar: tuple[Paragraph, ...] = ()
    """The rules that were met, and the evidence."""
    alasan_penolakan: tuple[Paragraph, ...] = ()
    pembuka: tuple[Paragraph, ...] = ()
    """Opening paragraphs in the drafter's or the sheet's words, in place of the template's."""
    pokok: tuple[Paragraph, ...] = ()
    """What is stated, asked or proposed, in the sheet's words: after the people."""
    menimbang: tuple[Paragraph, ...] = ()
    mengingat: tuple[Paragraph, ...] = ()
    memutuskan: tuple[Paragraph, ...] = ()
    """Of a decree: KESATU, KEDUA, …"""
    disahkan: tuple[Line, ...] = ()
    """Of an endorsement: the documents that are endorsed."""
    penutup: tuple[Paragraph, ...] = ()
    penandatangan: Penandatangan
    mengetahui: Penandatangan | None = None
    """Whose block stands left of the signature, under "Mengetahui," with room for a signature by pen."""
    tembusan: tuple[Line, ...] = ()
    alamat_periksa: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=200)] | None = None
    """Where anyone may check the letter; printed, and the content of the QR."""
    penerbit_sertifikat: Line | None = None
    """Issuer named in the electronic footer: `BSRE`, `DEVELOPMENT_ISSUER`."""

    @model_validator(mode="after")
    def _a_letter_is_whole(self) -> Self:
        if not self.konsep and (self.nomor is None or self.tanggal is None):
            raise ValueError("surat tanpa nomor atau tanggal hanya boleh berupa konsep")
        if (self.jenis == "penolakan") != bool(self.alasan_penolakan):
            raise ValueError("alasan_penolakan diisi pada surat penolakan, dan hanya di situ")
        if not self.kepada and self.judul is None:
            raise ValueError("surat tanpa judul perlu alamat tujuan")
        return self
