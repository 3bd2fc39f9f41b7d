"""The columns of a person, as offices, SIAK, OpenSID, SIKS-NG and BPJS head them: one vocabulary for every table."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from jejak.tables.cells import birth, day, digits, name, phone, text
from jejak.tables.columns import Column
from jejak.tables.reading import Cell

NIK: Final = (
    "nik, nomor nik, nik ktp, nik sesuai ktp, nomor induk kependudukan, nomor ktp, nomor ktp/nik, "
    "nik/nomor ktp, nik/ktp"
)
KK: Final = "kk, nomor kk, nkk, nomor kartu keluarga, nomor kk sesuai ktp"
NAME: Final = (
    "nama, nama lengkap, nama sesuai ktp, nama ktp, nama sesuai kk, nama lengkap sesuai ktp, nama penduduk, "
    "nama warga, nama anggota, nama anggota keluarga, nama art, nama pm, nama penerima, nama penerima manfaat, nama kpm"
)
BIRTHPLACE: Final = "tempat lahir, kota lahir, kota kelahiran, tempat kelahiran"
BORN: Final = "tanggal lahir, tanggal kelahiran, lahir tanggal"
BIRTH: Final = (
    "tempat tanggal lahir, ttl, tempat dan tanggal lahir, tempat lahir tanggal lahir, tempat lahir dan tanggal lahir, "
    "tempat dan tanggal kelahiran, lahir di tanggal"
)
ADDRESS: Final = (
    "alamat, alamat lengkap, alamat ktp, alamat sesuai ktp, alamat rumah, alamat tinggal, alamat tempat tinggal"
)
PHONE: Final = (
    "telepon, nomor telepon, hp, nomor hp, handphone, nomor handphone, wa, nomor wa, whatsapp, nomor whatsapp, hp/wa, "
    "nomor hp/wa, nomor wa/hp, telepon/hp, nomor telepon/hp, nomor hp/telepon, telepon/wa, nomor telepon/wa, kontak, "
    "nomor kontak"
)
CARD: Final = (
    "nomor kartu, noka, nomor kartu jkn, nomor kartu bpjs, nomor bpjs, nomor jkn, nomor kis, nomor kartu kis, "
    "nomor kartu jkn kis, kartu, nomor kartu bpjs kesehatan, nomor bpjs kesehatan"
)
NIK_DIGITS: Final = 16
KK_DIGITS: Final = 16
CARD_DIGITS: Final = 13

type Read = Callable[[Cell, str], Any]

read_nik: Final[Read] = partial(digits, length=NIK_DIGITS)
read_kk: Final[Read] = partial(digits, length=KK_DIGITS)
read_card: Final[Read] = partial(digits, length=CARD_DIGITS, may_begin_with_zero=True)


def of_person(prefix: str, *owners: str, required: bool) -> tuple[Column, ...]:
    """The columns of one person, whose titles end in one of the owners ("peserta", or nothing)."""

    def column(fields: str, title: str, read: Read, also: str, *, needed: bool = False) -> Column:
        suffix = f" {owners[0]}" if owners[0] else ""
        others = ",".join(f"{synonym.strip()} {owner}" for synonym in also.split(",") for owner in owners)
        return Column(
            tuple(f"{prefix}.{field}" for field in fields.split()),
            f"{title}{suffix}",
            read,
            others,
            needed and required,
        )

    return (
        column("nik", "NIK", read_nik, NIK, needed=True),
        column("kk", "Nomor KK", read_kk, KK, needed=True),
        column("name", "Nama", name, NAME, needed=True),
        column("birthplace", "Tempat lahir", name, BIRTHPLACE),
        column("born", "Tanggal lahir", day, BORN, needed=True),
        column("birthplace born", "Tempat/tanggal lahir", birth, BIRTH),
        column("address", "Alamat", text, ADDRESS, needed=True),
        column("phone", "Telepon", phone, PHONE),
        column("card", "Nomor kartu", read_card, CARD),
    )
