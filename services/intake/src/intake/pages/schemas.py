"""The answers of the counter, as JSON and as fields of pages."""

from typing import Any, NotRequired, TypedDict

from jejak.cases.unreadable import UnreadRow
from jejak.web.reading.schemas import Office, When
from jejak.web.reading.sent_back import SentBack


class Choice(TypedDict):
    """One answer of several, or one document: its code, and its name on the sheet."""

    kode: str
    nama: str


class Question(TypedDict):
    """A question of the sheet to the applicant; without choices, the answer is its own code or nothing."""

    kode: str
    teks: str
    pilihan: list[Choice]
    mendesak: list[str]


class Condition(TypedDict):
    """A name that makes a document necessary, in words that follow "bila"."""

    nama: str
    kata: str


class Substitute(Choice):
    """A document that is accepted instead, for participants younger than so many years."""

    usia_di_bawah: int | None


class AskedDocument(Choice):
    """A document that the sheet requires: what makes it right, for whom, and its substitutes."""

    benar_bila: list[str]
    bila: list[Condition]
    pengganti: list[Substitute]


class Limits(TypedDict):
    """How many files, how large each, how large together, and of which kinds."""

    berkas: int
    mb_tiap_berkas: int
    mb_semua: int
    jenis: list[str]


class SheetForm(TypedDict):
    """The application form of one sheet: what to ask, what to bring, who may send it, and where to."""

    sop: str
    layanan: str
    nama: str
    nomor: str | None
    kantor: Office
    pertanyaan: list[Question]
    persyaratan: list[AskedDocument]
    pendanaan: str
    pilihan_pendanaan: list[str]
    pencatat: list[str]
    wilayah: list[Choice]
    """The kelurahan and kecamatan of the office, one of which the case may be entered for."""
    batas: Limits
    kirim: str
    kirim_sekeluarga: str


class ServiceOffered(TypedDict):
    """A service of an office, with the address of its form."""

    layanan: str
    nama: str
    nomor: str | None
    formulir: str


class NewApplication(TypedDict):
    """The services of an office, and the form of the chosen one."""

    layanan: list[ServiceOffered]
    formulir: SheetForm | None


class ListColumn(TypedDict):
    """A column that a list of applicants may have."""

    judul: str
    wajib: bool


class ListForm(TypedDict):
    """The services a list of applicants may be for, its columns, and its greatest number of rows."""

    layanan: list[ServiceOffered]
    kolom: list[ListColumn]
    paling_banyak: int


class ToldRecord(When):
    """By whom, when and how an applicant was informed."""

    oleh: str
    cara: str
    catatan: str | None


class Result(TypedDict):
    """The news for the applicant of a case; names are absent once they are forgotten."""

    berkas: str
    kode: str
    pemohon: str | None
    peserta: str | None
    telepon: str | None
    jenis: str
    kabar: str
    sejak: When
    kembali: SentBack | None
    cetak: str | None
    disampaikan: ToldRecord | None
    lihat: str


class Results(TypedDict):
    """The results of an office, or of a kelurahan, of so many days."""

    wilayah: str
    hari: int
    kabar: list[Result]
    tidak_terbaca: list[UnreadRow]


class Rechecked(TypedDict):
    """A field of the participant, and the checks that are done again when it is corrected."""

    unsur: str
    kata: str
    pengecekan: list[str]


class CorrectionForm(TypedDict):
    """The people of a case as recorded now, and where a correction is sent."""

    berkas: str
    kode: str
    versi: int
    kirim: str
    pemohon_dan_peserta: dict[str, Any] | None
    dicek_lagi: list[Rechecked]


class Letterhead(TypedDict):
    """The office, as printed."""

    nama: str
    kop: list[str]
    alamat: str
    telepon: str | None
    pengaduan: str | None


class ReceivedDocument(Choice):
    """A document that was received, and in how many files."""

    lembar: int


class MissingDocument(Choice):
    """A document that is still to be brought: its substitutes, and what makes it right."""

    atau: list[str]
    benar_bila: list[str]


class ReceiptPrinted(TypedDict):
    """A receipt; who it is for, what to look at again, and the other cases are for officials of the case's office."""

    berkas: str
    kode: str
    alamat_lacak: str
    kantor: Letterhead
    layanan: str
    diterima: str | None
    selesai: str | None
    dokumen_diterima: list[ReceivedDocument]
    dokumen_belum: list[MissingDocument]
    menyusul: NotRequired[str]
    """What has to follow after the application: the NIK of a newborn."""
    pemohon: NotRequired[str | None]
    periksa_lagi: NotRequired[list[str]]
    keluarga: NotRequired[list[str]]
    berkas_berjalan: NotRequired[list[str]]
