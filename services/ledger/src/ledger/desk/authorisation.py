"""Whose figures and cases an official may ask for."""

from typing import Annotated

from fastapi import Depends

from jejak.platform.errors import Malformed, NotYours
from jejak.web.authorisation import ByRequester, Requester


async def figures_requester(asker: ByRequester) -> Requester:
    """Who may ask how long things took. NotYours for somebody in a kelurahan: figures are of all cases of an office."""
    if asker.official.wilayah is not None:
        raise NotYours("wilayah_lain", "Angka waktu mencakup berkas di luar wilayah Anda. Mintalah kepada dinas.")
    return asker


type ByFiguresAsker = Annotated[Requester, Depends(figures_requester)]


def own_office(asker: Requester, office: str | None) -> str:
    """The asker's office, whether he names it or not. NotYours where he names another, or has none with cases."""
    if asker.office.provinsi:
        raise NotYours("tanpa_berkas", "Provinsi melihat angka waktu, bukan berkas dan bukan orang.")
    if office and office != asker.actor.office:
        raise NotYours("kantor_lain", "Angka waktu ini milik kantor lain.")
    return asker.actor.office


def overseen_office(asker: Requester, office: str | None) -> str:
    """Whose figures are asked for: the asker's own office's, or of an office under the asker's province.

    Malformed where a province names none: the steps of several sheets are no one figure. NotYours for any other.
    """
    if not asker.office.provinsi:
        return own_office(asker, office)
    if not office or office == asker.actor.office:
        raise Malformed("kantor_perlu", "Sebutkan kantornya (office=…); perbandingan semua kantor: /timings/kantor.")
    if not asker.office.oversees(office):
        raise NotYours("kantor_lain", "Kantor ini di luar provinsi Anda.")
    return office
