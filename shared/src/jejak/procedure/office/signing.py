"""How an official signs: under which letterhead, with or without NIP, electronically or by pen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jejak.procedure.format.explain import suggestion
from jejak.procedure.office.areas import is_within, place_of

if TYPE_CHECKING:
    from datetime import date

    from jejak.procedure.format.kantor_file import KantorFile, OfficeHead
    from jejak.procedure.office.kantor import Kantor
    from jejak.procedure.office.officials import Official, SignatureWay, SigningPost


@dataclass(frozen=True, slots=True)
class SigningForm:
    """What the paper of one signer shows beside the name, and how it is signed."""

    kop: tuple[str, ...]
    """Letterhead: the government first, then the office; of a head of region its post alone."""
    alamat: str | None
    telepon: str | None
    tempat: str
    jabatan: str
    """The post for which he signs, as printed."""
    nip: bool
    """Whether NIP and rank are printed."""
    way: SignatureWay


def signing_form(office: Kantor, official: Official, day: date) -> SigningForm:
    """How this official signs on a day: as his post does where the kantor file says so, else as the office does.

    Who signs on behalf of another (a.n., u.b.) does so under the letterhead of his own post.
    """
    authority, block = _block(office, official), _block(office, own_post(office, official, day))
    own_kop = block is not None and bool(block.kop)
    return SigningForm(
        kop=block.kop if block and block.kop else office.kop,
        alamat=block.alamat if block and own_kop else office.alamat,
        telepon=block.telepon if block and own_kop else office.telepon,
        tempat=(block and block.tempat) or office.tempat,
        jabatan=(authority and authority.nama) or office.post_name(official.jabatan),
        nip=not (block and block.tanpa_nip),
        way=(block and block.tanda_tangan) or office.tanda_tangan,
    )


def own_post(office: Kantor, official: Official, day: date) -> Official:
    """The row of the official's own post, for one who signs on behalf of another; else the row itself.

    Of several posts of his own, the one whose name the block prints.
    """
    if official.sebagai != "a.n.":
        return official
    own = [
        row
        for row in office.officials_at(day)
        if row.kode == official.kode and row.jabatan != official.jabatan and row.sebagai != "a.n."
    ]
    printed = official.untuk_beliau or official.jabatan_sendiri
    named = [row for row in own if office.post_name(row.jabatan) == printed]
    return next(iter((*named, *own)), official)


def _block(office: OfficeHead, official: Official) -> SigningPost | None:
    """How his post signs: in his kelurahan or kecamatan, else everywhere."""
    rows = [row for row in office.penanda_tangan if row.jabatan == official.jabatan]
    own = (row for row in rows if row.wilayah is not None and row.wilayah == official.wilayah)
    return next(own, next((row for row in rows if row.wilayah is None), None))


def pen_posts(office: Kantor, posts: Iterable[str], day: date) -> bool:
    """Whether an official who holds one of these posts on a day signs by pen; of vacant posts, whether the posts do."""
    posts = tuple(posts)
    ways = {signing_form(office, holder, day).way for post in posts for holder in office.holders(post, day)}
    return "basah" in (ways or {way_of_vacant(office, posts)})


def way_of_vacant(office: OfficeHead, posts: Iterable[str]) -> SignatureWay:
    """How vacant posts sign: as their own block says, else as the office does.

    What was signed before the post fell vacant is recorded after.
    """
    rows = (row for post in posts for row in office.penanda_tangan if row.jabatan == post)
    return next((row.tanda_tangan for row in rows if row.tanda_tangan), office.tanda_tangan)


def by_pen_somewhere(office: OfficeHead) -> bool:
    """Whether letters of the office are signed by pen, all or some."""
    return "basah" in (office.tanda_tangan, *(row.tanda_tangan for row in office.penanda_tangan))


def signing_mistakes(file: KantorFile) -> Iterator[str]:
    """Blocks of posts that sign otherwise, which nobody holds, that stand twice, or that change nothing."""
    if file.tanda_tangan == "basah" and file.pencatat_tanda_tangan is None:
        yield 'pencatat_tanda_tangan: wajib diisi bila tanda_tangan = "basah" — siapa yang mencatat dan memindai'
    posts, seen = {row.jabatan for row in file.pejabat}, set[tuple[str, str | None]]()
    for row in file.penanda_tangan:
        where = f"penanda_tangan {row.jabatan}"
        if row.jabatan not in posts:
            yield f'{where}: jabatan "{row.jabatan}" tidak ada pejabatnya{suggestion(row.jabatan, posts)}'
        elif row.wilayah and row.wilayah not in {held.wilayah for held in file.pejabat if held.jabatan == row.jabatan}:
            yield f"{where}: tidak ada pejabatnya di wilayah {row.wilayah} — periksa kodenya"
        if row.wilayah and not is_within(row.wilayah, place_of(file.kode)):
            yield f"{where}: wilayah {row.wilayah} tidak di dalam {place_of(file.kode)} — periksa kodenya"
        if (row.jabatan, row.wilayah) in seen:
            yield f"{where}: ditulis dua kali — hapus satu, atau bedakan wilayahnya"
        seen.add((row.jabatan, row.wilayah))
        if not (row.kop or row.tanpa_nip or row.tanda_tangan or row.tempat or row.nama):
            yield f"{where}: tidak mengubah apa pun — tulis kop, tanpa_nip atau tanda_tangan, atau hapus"
        if not row.kop and (row.alamat or row.telepon):
            yield f"{where}: alamat dicetak di bawah kop — tulis kop juga"
        if row.tanda_tangan == "basah" and file.pencatat_tanda_tangan is None:
            yield f'{where}: tanda_tangan = "basah" perlu pencatat_tanda_tangan — siapa yang mencatat dan memindai'
