"""What the registers said of the participant, and when: the newest answer of each look-up, for the case's officials."""

from collections.abc import Iterator
from typing import Any

from jejak.cases.case import Happened
from jejak.cases.sentences import sentence, task_words
from jejak.contracts import events as e
from jejak.timekeeping.words import date_words
from jejak.web.reading.dossier import Dossier
from jejak.web.reading.timeline import when

_LOOK_UPS = (e.DtksVerified, e.PopulationChecked, e.MembershipChecked)


def findings(dossier: Dossier) -> list[dict[str, Any]]:
    """One entry a look-up: what it said in one sentence, its details, its source, and when."""
    newest: dict[str, Happened] = {one.type: one for one in dossier.history if isinstance(one.data, _LOOK_UPS)}
    return [
        {
            "pengecekan": task_words(one.tugas) if one.tugas else one.type,
            "kalimat": sentence(one, dossier.opened.sop),
            "rincian": [{"nama": name, "isi": value} for name, value in _details(one.data)],
            **(when(dossier, one.at) or {}),
        }
        for one in newest.values()
    ]


def _details(data: e.AnyEvent) -> Iterator[tuple[str, str]]:
    match data:
        case e.DtksVerified(listings=listings, numbers=numbers):
            known = numbers if isinstance(numbers, dict) else {}
            for one in listings:
                yield from _listing(one, known.get(one.register_name))
        case e.PopulationChecked(differing=differing, source=source):
            if differing:
                yield "Yang berbeda", ", ".join(differing)
            yield from _source(source)
        case e.MembershipChecked(membership=membership, source=source, card=card):
            yield from _membership(membership)
            if isinstance(card, str):
                yield "Nomor kartu", card
            yield from _source(source)
        case _:
            return


def _listing(one: e.Listing, number: str | None) -> Iterator[tuple[str, str]]:
    words = ["terdaftar" if one.listed else "tidak terdaftar"]
    words += [f"desil {one.desil}"] if one.desil is not None else []
    words += [f"nomor {number}"] if number else []
    words += [f"data per {date_words(one.source.as_of)}"] if one.source.as_of else []
    yield one.register_name, ", ".join(words)


def _membership(one: e.Membership) -> Iterator[tuple[str, str]]:
    yield "Kepesertaan", "aktif" if one.active else "tidak aktif"
    if one.segment:
        yield "Segmen", one.segment
    if one.status:
        yield "Status di BPJS", one.status
    if one.deactivated_on:
        yield "Nonaktif sejak", date_words(one.deactivated_on)
    if one.deactivations is not None:
        yield "Pernah dinonaktifkan", f"{one.deactivations} kali"


def _source(source: e.Source) -> Iterator[tuple[str, str]]:
    if source.as_of:
        yield "Data per", date_words(source.as_of)
