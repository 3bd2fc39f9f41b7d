"""Vacant posts: since when, whom to ask, who may act instead, and which officials of the office learn of it. Pure.

A post may be left without a successor (retirement, transfer, a post renamed or removed) until the kantor file names an
acting official (Plt., Plh.: UU 30/2014 Pasal 14), who takes it over at once. A case that waits for a vacant post must
not seem to be with an official. Until then the head of the sheet, whose post signs its letters, does the tasks of the
vacant post in person; no sheet prints this, so it is inferred. No other post takes over a signature.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from jejak.contracts.tasks import TASKS
from jejak.procedure.office.areas import answers_for, area_name, areas_of
from jejak.timekeeping.printed.words import date_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from jejak.procedure.format.kantor_file import KantorFile, OfficeHead
    from jejak.procedure.model import Sop
    from jejak.procedure.office.kantor import Kantor
    from jejak.procedure.office.officials import Official

SOON: Final = timedelta(days=30)
"""So long before a post falls vacant the office's head learns of it."""
type _Seat = tuple[str, str | None]
"""A post, and the kelurahan or kecamatan to which it is limited."""


def holders_of(office: Kantor, posts: Iterable[str], area: str | None, day: date) -> tuple[Official, ...]:
    """The officials who hold one of these posts on a day and answer for cases entered in an area."""
    holders = (holder for post in posts for holder in office.holders(post, day))
    return tuple(dict.fromkeys(holder for holder in holders if area is None or answers_for(office, holder, area, day)))


def head_of(office: OfficeHead, day: date) -> Official | None:
    """The head of the office on a day: of those present for the whole of it, the first in the file's order of posts."""
    order = {post: place for place, post in enumerate(dict.fromkeys(row.jabatan for row in office.pejabat))}
    present = [row for row in office.pejabat if row.wilayah is None and row.serves(day)]
    return min(present, key=lambda row: (order[row.jabatan], row.sebagai is None), default=None)


class Vacancy(NamedTuple):
    """A task that no official holds: what the pages say of it, and the officials who may do it all the same."""

    words: str
    stand_ins: tuple[Official, ...]


def vacancy(sop: Sop, office: Kantor, who: str, verb: str, entry_office: str, day: date) -> Vacancy | None:
    """Whether no official of the office can do or record this task on this day, for a case entered there."""
    signs = TASKS[verb].letters == "signs"
    posts = posts_doing(sop, who, signs=signs)
    if holders_of(office, posts, entry_office, day):
        return None
    stand_ins = () if signs else holders_of(office, head_posts(sop), entry_office, day)
    return Vacancy(_words(office, posts, day, stand_ins), stand_ins)


def vacancy_words(office: Kantor, posts: Sequence[str], area: str | None, day: date) -> str | None:
    """The sentence that these posts are vacant, since when, and whom to ask; None where an official holds one."""
    return None if not posts or holders_of(office, posts, area, day) else _words(office, posts, day, ())


def _words(office: Kantor, posts: Sequence[str], day: date, stand_ins: Iterable[Official]) -> str:
    """What is vacant, since when, who may act instead, and whom to ask: for everybody."""
    names = " dan ".join(dict.fromkeys(map(office.post_name, posts))) or "yang mengerjakannya"
    ends = [row.sampai for row in office.pejabat if row.jabatan in posts and row.sampai and row.sampai < day]
    since = f" sejak {date_words(max(ends) + timedelta(days=1))}" if ends else ""
    able = " atau ".join(dict.fromkeys(official.nama for official in stand_ins))
    meanwhile = f"Sementara itu {able} dapat mengerjakannya. " if able else ""
    where = f"{office.alamat}{f', telepon {office.telepon}' if office.telepon else ''}"
    head = head_of(office, day)
    asked = f"kepada {office.post_name(head.jabatan)} ({head.nama})" if head else "di kantor"
    return (
        f"Jabatan {names} sedang kosong{since}; belum ada yang menggantikan. {meanwhile}"
        f"Kantor menunjuk Plt. atau Plh., atau penggantinya. Tanyakan {asked}: {where}."
    )


def head_posts(sop: Sop) -> tuple[str, ...]:
    """The posts of the office that sign the letters of a sheet; without one, those that judge or initial.

    A signer from outside the office, such as the Bupati, does no work of it.
    """
    for ranks in (("signs",), ("judges", "initials")):
        performers = (
            sop.pelaksana[name]
            for task in sop.all_tasks()
            if TASKS[task.verb].letters in ranks
            for name in task.pelaksana
        )
        posts = tuple(dict.fromkeys(post for who in performers if who.pihak == "dinas" for post in who.jabatan))
        if posts:
            return posts
    return ()


def vacant_turns(sop: Sop, office: Kantor, post: str, day: date) -> dict[str, tuple[str, ...]]:
    """The columns that nobody holds for the whole office on this day, for an official who stands in for them.

    With each the areas whose cases have a holder all the same: a post may be held in some kelurahan only.
    """
    if post not in head_posts(sop):
        return {}
    turns: dict[str, tuple[str, ...]] = {}
    for who in sop.pelaksana:
        holders = [areas_of(office, holder, day) for holder in holders_of(office, posts_doing(sop, who), None, day)]
        if None not in holders:
            turns[who] = tuple(sorted({area for areas in holders for area in areas or ()}))
    return turns


def posts_doing(sop: Sop, who: str, *, signs: bool = False) -> tuple[str, ...]:
    """The posts that do a task or record it; a signature, also by pen, needs the signer."""
    own = sop.pelaksana[who].jabatan
    return own if signs and own else (*own, *sop.posts_recording(who))


def told_to_head(office: Kantor, official: Official, day: date) -> list[str]:
    """The sentences for the office's head: posts that are vacant, or will be soon. Empty for any other official."""
    head = head_of(office, day)
    if head is None or (head.kode, head.jabatan) != (official.kode, official.jabatan):
        return []
    return [
        f"{_seat_name(office, seat)} {'kosong' if end < day else 'akan kosong'} sejak "
        f"{date_words(end + timedelta(days=1))}; berkas yang sampai ke sana tidak dapat diteruskan. Tetapkan "
        "penggantinya (Plt.), lalu mintalah pengelola memuatnya di berkas kantor."
        for seat, end in _left(office)
        if end < day + SOON
    ]


def vacancy_warnings(file: KantorFile) -> Iterator[str]:
    """Posts whose last holder leaves, and whom nobody follows."""
    for seat, end in _left(file):
        where = f" di {seat[1]}" if seat[1] else ""
        yield (
            f"jabatan {seat[0]}{where}: tidak ada pejabatnya sejak {date_words(end + timedelta(days=1))} — tambahkan "
            "[[pejabat]] penggantinya, atau Plt."
        )


def _left(office: OfficeHead) -> Iterator[tuple[_Seat, date]]:
    """Each post, in each area, whose last holder leaves, with his last day."""
    ends: dict[_Seat, date | None] = {}
    for row in office.pejabat:
        seat = (row.jabatan, row.wilayah)
        before = ends.get(seat, row.sampai)
        ends[seat] = None if before is None or row.sampai is None else max(before, row.sampai)
    for seat, end in ends.items():
        if end is not None and not _covered(office, seat):
            yield seat, end


def _covered(office: OfficeHead, seat: _Seat) -> bool:
    """Whether a kelurahan is gone by a merger, or an official holds the post for the whole office without an end."""
    post, area = seat
    merged = area is not None and any(row.lama == area for row in office.penggabungan)
    whole = any(row.jabatan == post and row.wilayah is None and row.sampai is None for row in office.pejabat)
    return merged or whole


def _seat_name(office: Kantor, seat: _Seat) -> str:
    post, area = seat
    return f"Jabatan {office.post_name(post)}{f' di {area_name(office, area)}' if area else ''}"
