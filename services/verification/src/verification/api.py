"""Verification over HTTP: what an official looked up by hand, and what he judged."""

from typing import Final

from jejak.cases import engine
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body, MembershipRecord, PopulationRecord, RegistryRecord, RouteChoice
from jejak.platform.errors import Malformed
from jejak.timekeeping import dates
from jejak.web.commands.task_routes import Command, Commands, TaskRequest, plain_completion
from verification import domain

_MANUAL: Final = e.Source(way="manual")


def _act(asking: TaskRequest[Body]) -> e.Act:
    """What was written and shown beside it. Malformed where it was the system's task and nobody says why by hand."""
    if asking.due.automatic and not asking.body.catatan:
        raise Malformed(
            "catatan_perlu",
            "Pengecekan ini dikerjakan sistem. Tulis pada catatan mengapa sekarang dikerjakan dengan tangan.",
        )
    return e.Act(note=asking.body.catatan, evidence=asking.files)


def check_registry(asking: TaskRequest[RegistryRecord]) -> Decision:
    """What an official saw in the registers."""
    seen = asking.body.daftar
    listings = [
        e.Listing(register_name=one.daftar, listed=one.terdaftar, desil=one.desil, source=_MANUAL) for one in seen
    ]
    numbers = {one.daftar: one.nomor for one in seen if one.nomor}
    return domain.dtks_verified(listings, asking.opened.sop, _act(asking), numbers)


def check_membership(asking: TaskRequest[MembershipRecord]) -> Decision:
    """What an official saw in the membership system. Malformed for active and deactivated at once."""
    body = asking.body
    if body.aktif and (body.nonaktif_sejak or body.sk_nonaktif):
        words = "Kepesertaan aktif tidak punya tanggal atau SK nonaktif. Isi salah satu saja."
        raise Malformed("aktif_dan_nonaktif", words)
    if body.nonaktif_sejak:
        dates.check(dates.deactivation_date_fault(body.nonaktif_sejak, asking.opened.today.date()))
    membership = e.Membership(
        segment=body.segmen,
        active=body.aktif,
        deactivated_on=body.nonaktif_sejak,
        deactivations=body.berapa_kali_nonaktif,
        decree=body.sk_nonaktif,
    )
    return domain.membership_checked(
        asking.opened.sop,
        membership,
        _MANUAL,
        _act(asking),
        words=asking.opened.office.kata,
        card=body.nomor_kartu,
        double=body.ganda,
        double_in=body.ganda_di,
    )


def check_population(asking: TaskRequest[PopulationRecord]) -> Decision:
    """What an official saw at Dukcapil."""
    act = _act(asking)
    event = e.PopulationChecked(differing=asking.body.berbeda, source=_MANUAL, note=act.note, evidence=act.evidence)
    return Decision(event, asking.outcome())


def choose_route(asking: TaskRequest[RouteChoice]) -> Decision:
    """One of the sheet's routes is taken."""
    hasil = asking.outcome(tuple(asking.opened.sop.jalur))
    return domain.route_chosen(hasil, asking.opened.sop, _act(asking))


def check_rules(asking: TaskRequest[Body]) -> Decision:
    """What an official judged of an applicant whom no rule of the sheet concerns, and why."""
    hasil, opened = asking.outcome(), asking.opened
    act = e.Act(note=asking.note(), evidence=asking.files)
    return domain.eligibility_judged_by_hand(opened.sop, engine.conditions_met(opened.sop, opened.case), hasil, act)


COMMANDS: Commands = {
    "check_registry": Command(check_registry),
    "check_membership": Command(check_membership),
    "check_population": Command(check_population),
    "check_rules": Command(check_rules),
    "verify_manually": Command(plain_completion),
    "choose_route": Command(choose_route),
}
