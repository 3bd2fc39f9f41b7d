"""Verification over HTTP: what an official looked up by hand, and his judgement."""

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


def _act(request: TaskRequest[Body]) -> e.Act:
    """Note and evidence. Malformed without a note where the task is automatic: why it is done by hand."""
    if request.due.automatic and not request.body.catatan:
        raise Malformed(
            "catatan_perlu",
            "Pengecekan ini dikerjakan sistem. Tulis pada catatan mengapa sekarang dikerjakan dengan tangan.",
        )
    return e.Act(note=request.body.catatan, evidence=request.files)


def check_registry(request: TaskRequest[RegistryRecord]) -> Decision:
    """What an official saw in the registers."""
    rows = request.body.daftar
    listings = [
        e.Listing(register_name=row.daftar, listed=row.terdaftar, desil=row.desil, source=_MANUAL) for row in rows
    ]
    numbers = {row.daftar: row.nomor for row in rows if row.nomor}
    return domain.dtks_verified(listings, request.opened.sop, _act(request), numbers)


def check_membership(request: TaskRequest[MembershipRecord]) -> Decision:
    """What an official saw in the membership system. Malformed for active and deactivated at once."""
    body = request.body
    if body.aktif and (body.nonaktif_sejak or body.sk_nonaktif):
        words = "Kepesertaan aktif tidak punya tanggal atau SK nonaktif. Isi salah satu saja."
        raise Malformed("aktif_dan_nonaktif", words)
    if body.nonaktif_sejak:
        dates.check(dates.deactivation_date_fault(body.nonaktif_sejak, request.opened.today.date()))
    membership = e.Membership(
        segment=body.segmen,
        active=body.aktif,
        deactivated_on=body.nonaktif_sejak,
        deactivations=body.berapa_kali_nonaktif,
        decree=body.sk_nonaktif,
    )
    return domain.membership_checked(
        request.opened.sop,
        membership,
        _MANUAL,
        _act(request),
        words=request.opened.office.kata,
        card=body.nomor_kartu,
        double=body.ganda,
        double_in=body.ganda_di,
    )


def check_population(request: TaskRequest[PopulationRecord]) -> Decision:
    """What an official saw at Dukcapil."""
    act = _act(request)
    event = e.PopulationChecked(differing=request.body.berbeda, source=_MANUAL, note=act.note, evidence=act.evidence)
    return Decision(event, request.outcome())


def choose_route(request: TaskRequest[RouteChoice]) -> Decision:
    """One of the sheet's routes is taken."""
    hasil = request.outcome(tuple(request.opened.sop.jalur))
    return domain.route_chosen(hasil, request.opened.sop, _act(request))


def check_rules(request: TaskRequest[Body]) -> Decision:
    """An official's judgement of an applicant to whom no rule of the sheet applies, and the reason."""
    hasil, loaded = request.outcome(), request.opened
    act = e.Act(note=request.note(), evidence=request.files)
    return domain.eligibility_judged_by_hand(loaded.sop, engine.conditions_met(loaded.sop, loaded.case), hasil, act)


COMMANDS: Commands = {
    "check_registry": Command(check_registry),
    "check_membership": Command(check_membership),
    "check_population": Command(check_population),
    "check_rules": Command(check_rules),
    "verify_manually": Command(plain_completion),
    "choose_route": Command(choose_route),
    "renew_data": Command(plain_completion),
}
