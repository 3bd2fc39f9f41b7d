"""The values that the pages of a case and of a task share (`_berkas.html`): people, purpose, findings, notes."""

from collections.abc import Iterator
from typing import Any

from jejak.cases.case import OpenedEvent
from jejak.cases.event_descriptions import describe_event
from jejak.cases.people.newborn import to_follow
from jejak.contracts import events as e
from jejak.procedure.task_words import words_at
from jejak.timekeeping.printed.words import date_words
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.timeline import when

_LOOK_UPS = (e.DtksVerified, e.PopulationChecked, e.MembershipChecked)


def case_parts(case_view: CaseReadModel) -> dict[str, Any]:
    """The values of both templates; without people and purpose once they are forgotten."""
    application = case_view.case.application
    notes = {event.version: getattr(event.data, "note", None) for event in case_view.history}
    people, today = case_view.case.people, case_view.opened.today.date()
    return {
        "orang": case_view.case.people,
        "menyusul": to_follow(people.subject, today, dated=True) if people else None,
        "keperluan": application.purpose if application and isinstance(application.purpose, str) else None,
        "temuan": _findings(case_view),
        "catatan": {version: note for version, note in notes.items() if isinstance(note, str)},
    }


def _findings(case_view: CaseReadModel) -> list[dict[str, Any]]:
    """The newest answer of each kind of look-up: a sentence, its details, its source, and when."""
    newest: dict[str, OpenedEvent] = {
        event.type: event for event in case_view.history if isinstance(event.data, _LOOK_UPS)
    }
    return [
        {
            "pengecekan": words_at(
                case_view.opened.sop, event.slot, event.langkah, event.tugas, event.oleh, case_view.opened.names
            )
            if event.tugas
            else event.type,
            "kalimat": describe_event(event, case_view.opened.sop, case_view.opened.names),
            "rincian": [{"nama": name, "isi": value} for name, value in _details(event.data)],
            **(when(case_view, event.at) or {}),
        }
        for event in newest.values()
    ]


def _details(data: e.AnyEvent) -> Iterator[tuple[str, str]]:
    match data:
        case e.DtksVerified(listings=listings, numbers=numbers):
            known = numbers if isinstance(numbers, dict) else {}
            for listing in listings:
                yield from _listing(listing, known.get(listing.register_name))
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


def _listing(listing: e.Listing, number: str | None) -> Iterator[tuple[str, str]]:
    words = ["terdaftar" if listing.listed else "tidak terdaftar"]
    words += [f"desil {listing.desil}"] if listing.desil is not None else []
    words += [f"nomor {number}"] if number else []
    words += [f"data per {date_words(listing.source.as_of)}"] if listing.source.as_of else []
    yield listing.register_name, ", ".join(words)


def _membership(membership: e.Membership) -> Iterator[tuple[str, str]]:
    yield "Kepesertaan", "aktif" if membership.active else "tidak aktif"
    if membership.segment:
        yield "Segmen", membership.segment
    if membership.status:
        yield "Status di BPJS", membership.status
    if membership.deactivated_on:
        yield "Nonaktif sejak", date_words(membership.deactivated_on)
    if membership.deactivations is not None:
        yield "Pernah dinonaktifkan", f"{membership.deactivations} kali"


def _source(source: e.Source) -> Iterator[tuple[str, str]]:
    if source.as_of:
        yield "Data per", date_words(source.as_of)
