"""Verification over HTTP: what an official looked up by hand, and what he judged."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from jejak.cases import engine
from jejak.cases.decision import Decided
from jejak.contracts import events as e
from jejak.platform.errors import Malformed
from jejak.timekeeping import dates
from jejak.web.acts import Asking, Body, Command, Commands, act_of
from verification import domain

_MANUAL: Final = e.Source(way="manual")


class Seen(BaseModel):
    """One register as the official saw it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    daftar: e.Name
    terdaftar: bool
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    nomor: e.Name | None = None


class RegistryRecord(Body):
    """What the official saw in each register that the sheet names."""

    daftar: tuple[Seen, ...] = Field(min_length=1, max_length=10)


class MembershipRecord(Body):
    """What the official saw in the membership system; `ganda_di` names the lists that hold the participant again."""

    aktif: bool
    segmen: e.Name | None = None
    nonaktif_sejak: date | None = None
    berapa_kali_nonaktif: Annotated[int, Field(ge=0, le=50)] | None = None
    sk_nonaktif: e.Name | None = None
    nomor_kartu: Annotated[str, Field(pattern=r"^\d{13}$")] | None = None
    ganda: bool = False
    ganda_di: tuple[e.Name, ...] = Field(default=(), max_length=5)


class PopulationRecord(Body):
    """What the official saw at Dukcapil; `berbeda` names elements only."""

    hasil: Literal[
        "padan", "tidak_padan", "salah_format", "meninggal", "nik_ganda", "tidak_ditemukan", "nik_tidak_aktif"
    ]
    berbeda: tuple[e.Name, ...] = Field(default=(), max_length=20)


def _act(asking: Asking[Body]) -> e.Act:
    """What was written and shown beside it. Malformed where it was the system's task and nobody says why by hand."""
    if asking.due.automatic and not asking.body.catatan:
        raise Malformed(
            "catatan_perlu",
            "Pengecekan ini dikerjakan sistem. Tulis pada catatan mengapa sekarang dikerjakan dengan tangan.",
        )
    return e.Act(note=asking.body.catatan, evidence=asking.files)


def check_registry(asking: Asking[RegistryRecord]) -> Decided:
    """What an official saw in the registers."""
    seen = asking.body.daftar
    listings = [
        e.Listing(register_name=one.daftar, listed=one.terdaftar, desil=one.desil, source=_MANUAL) for one in seen
    ]
    numbers = {one.daftar: one.nomor for one in seen if one.nomor}
    return domain.registered(listings, asking.opened.sop, _act(asking), numbers)


def check_membership(asking: Asking[MembershipRecord]) -> Decided:
    """What an official saw in the membership system. Malformed for active and deactivated at once."""
    body = asking.body
    if body.aktif and (body.nonaktif_sejak or body.sk_nonaktif):
        words = "Kepesertaan aktif tidak punya tanggal atau SK nonaktif. Isi salah satu saja."
        raise Malformed("aktif_dan_nonaktif", words)
    if body.nonaktif_sejak:
        dates.check(dates.deactivated(body.nonaktif_sejak, asking.opened.today.date()))
    membership = e.Membership(
        segment=body.segmen,
        active=body.aktif,
        deactivated_on=body.nonaktif_sejak,
        deactivations=body.berapa_kali_nonaktif,
        decree=body.sk_nonaktif,
    )
    return domain.member(
        asking.opened.sop,
        membership,
        _MANUAL,
        _act(asking),
        words=asking.opened.office.kata,
        card=body.nomor_kartu,
        double=body.ganda,
        double_in=body.ganda_di,
    )


def check_population(asking: Asking[PopulationRecord]) -> Decided:
    """What an official saw at Dukcapil."""
    body, act = asking.body, _act(asking)
    event = e.PopulationChecked(differing=body.berbeda, source=_MANUAL, note=act.note, evidence=act.evidence)
    return Decided(event, body.hasil)


def choose_route(asking: Asking[Body]) -> Decided:
    """One of the sheet's routes is taken."""
    hasil = asking.outcome(tuple(asking.opened.sop.jalur))
    return domain.route_chosen(hasil, asking.opened.sop, _act(asking))


def check_rules(asking: Asking[Body]) -> Decided:
    """What an official judged of an applicant whom no rule of the sheet concerns, and why."""
    hasil, opened = asking.outcome(), asking.opened
    act = e.Act(note=asking.note(), evidence=asking.files)
    return domain.judged_by_hand(opened.sop, engine.names_held(opened.sop, opened.case), hasil, act)


COMMANDS: Commands = {
    "check_registry": Command(RegistryRecord, check_registry),
    "check_membership": Command(MembershipRecord, check_membership),
    "check_population": Command(PopulationRecord, check_population),
    "check_rules": Command(Body, check_rules),
    "verify_manually": Command(Body, act_of(e.VerifiedManually)),
    "choose_route": Command(Body, choose_route),
}
