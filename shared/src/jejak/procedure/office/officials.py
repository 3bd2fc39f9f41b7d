"""Officials: who holds which post of an office, from when to when, and how a post signs."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from jejak.procedure.format.fields import AreaCode, Block, Day, Flag, Kode, Text, Texts

type Acting = Literal["Plt.", "Plh.", "Pj.", "Pjs.", "a.n."]
"""How a post is acted in (Permendagri 1/2023): pelaksana tugas, pelaksana harian, penjabat, sementara; on behalf."""
type SignatureWay = Literal["elektronik", "basah"]

_APPOINTED = range(1945, 2100)


def _nip(text: str) -> str:
    """A NIP holds day of birth and month of appointment, an NI PPPK the year and the number of the contract instead.

    Source: BKN Regulation 1/2019 on NI PPPK: digits 9–12 are the year, 13–14 the contract (21, 22, …).
    """
    digits = text.replace(" ", "")
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise ValueError("NIP harus 18 angka")
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise ValueError("NIP tidak memuat tanggal lahir yang mungkin — periksa angkanya") from None
    if int(digits[8:12]) not in _APPOINTED or digits[12:14] == "00":
        msg = "NIP tidak memuat tahun pengangkatan dan bulan atau nomor kontrak yang mungkin — periksa"
        raise ValueError(msg)
    return digits


Nip = Annotated[Text, AfterValidator(_nip)]


class Official(Block):
    """[[pejabat]]: one person in one post, for a time; a person who holds two posts stands in the file twice."""

    kode: Kode
    nama: Text
    jabatan: Kode
    nip: Nip | None = None
    """18 digits; None for staff without one."""
    pangkat: Text | None = None
    dari: Day
    sampai: Day | None = None
    sebagai: Acting | None = None
    jabatan_sendiri: Text | None = Field(default=None, title="Jabatannya sendiri, pada bentuk a.n.")
    untuk_beliau: Text | None = Field(default=None, title="u.b.: jabatan di bawahnya, pada bentuk a.n.")
    wilayah: AreaCode | None = Field(
        default=None, title="Kelurahan atau kecamatannya: ia mengurus berkas dari wilayahnya saja"
    )

    """This official enters cases for its citizens, and sees and does nothing of any other."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.sampai is not None and self.dari > self.sampai:
            raise ValueError("dari sesudah sampai — tukar keduanya")
        if (self.sebagai == "a.n.") != (self.jabatan_sendiri is not None):
            raise ValueError('jabatan_sendiri diisi pada sebagai = "a.n.", dan hanya di situ')
        return self

    def serves(self, day: date) -> bool:
        """Whether the post is held on this day of the office's own calendar; both ends count."""
        return self.dari <= day and (self.sampai is None or day <= self.sampai)


class SigningPost(Block):
    """[[penanda_tangan]]: a post that signs otherwise than the office does, in one kelurahan or kecamatan or in all.

    Heads of regions, secretaries of regions, heads of villages and others outside the dinas have their own letterhead.
    Of heads of regions, their deputies and secretaries of regions, also acting ones, neither NIP nor rank is printed
    (Permendagri 1/2023 Pasal 44); heads of villages are elected and have none.
    """

    jabatan: Kode
    wilayah: AreaCode | None = Field(default=None, title="Bila jabatan ini ada di tiap desa, kelurahan atau kecamatan")
    nama: Text | None = Field(default=None, title="Nama jabatan seperti dicetak, bila lain dari [jabatan]")
    kop: Texts = Field(default=(), max_length=5, title="Kepala suratnya; tanpa ini kepala surat kantor")
    alamat: Text | None = Field(default=None, title="Alamat di bawah kop ini; tanpa ini tidak dicetak")
    telepon: Text | None = None
    tempat: Text | None = Field(default=None, title="Tempat di atas tanggal surat; tanpa ini tempat kantor")
    tanpa_nip: Flag = Field(default=False, title="Kepala daerah, wakilnya, sekda, kepala desa: tanpa NIP dan pangkat")
    tanda_tangan: SignatureWay | None = Field(default=None, title="Tanpa ini: seperti kantornya")
