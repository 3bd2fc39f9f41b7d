"""The offices whose figures and cases an official may see."""

from typing import Annotated

from fastapi import Depends

from jejak.platform.errors import Malformed, NotYours
from jejak.web.authorisation import ByRequester, Requester


async def figures_requester(requester: ByRequester) -> Requester:
    """An official who may see figures. NotYours for an official of a kelurahan: figures cover the whole office."""
    if requester.official.wilayah is not None:
        raise NotYours("wilayah_lain", "Angka waktu mencakup berkas di luar wilayah Anda. Mintalah kepada dinas.")
    return requester


type ByFiguresRequester = Annotated[Requester, Depends(figures_requester)]


def own_office(requester: Requester, office: str | None) -> str:
    """The requester's office, named or not. NotYours for another office, and for a province, which has no cases."""
    if requester.office.provinsi:
        raise NotYours("tanpa_berkas", "Provinsi melihat angka waktu, bukan berkas dan bukan orang.")
    if office and office != requester.actor.office:
        raise NotYours("kantor_lain", "Angka waktu ini milik kantor lain.")
    return requester.actor.office


def overseen_office(requester: Requester, office: str | None) -> str:
    """The requester's own office, or the named office under the requester's province.

    Malformed where a province names none: steps of several sheets do not add up to a figure. NotYours for any other.
    """
    if not requester.office.provinsi:
        return own_office(requester, office)
    if not office or office == requester.actor.office:
        raise Malformed("kantor_perlu", "Sebutkan kantornya (office=…); perbandingan semua kantor: /timings/kantor.")
    if not requester.office.oversees(office):
        raise NotYours("kantor_lain", "Kantor ini di luar provinsi Anda.")
    return office
