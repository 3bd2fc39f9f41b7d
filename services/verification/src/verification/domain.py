"""The decisions of verification: what the registers say, and whether the sheet's rules are met. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from jejak.cases.case import Case
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.meanings import SHIPPED, Words
from jejak.procedure.model import Rule, Sop
from jejak.timekeeping.printed.months import months_over


def dtks_verified(listings: Sequence[e.Listing], sop: Sop, act: e.Act, numbers: Mapping[str, str]) -> Decision:
    """Listed in any register that the sheet's rules name. Malformed unless there is an answer for each of them."""
    required = sop.daftar
    answered = {listing.register_name for listing in listings}
    if missing := [name for name in required if name not in answered]:
        raise Malformed("daftar_kurang", f"Catat hasil untuk setiap daftar pada SOP; yang belum: {', '.join(missing)}.")
    if strange := sorted(answered - set(required)) if required else []:
        raise Malformed("daftar_tidak_dikenal", f"SOP ini tidak menyebut daftar {', '.join(strange)}.")
    hasil = "terdaftar" if any(listing.listed for listing in listings) else "tidak_terdaftar"
    event = e.DtksVerified(
        listings=tuple(listings), numbers=dict(numbers) or None, note=act.note, evidence=act.evidence
    )
    return Decision(event, hasil)


def membership_checked(
    sop: Sop,
    membership: e.Membership,
    source: e.Source,
    act: e.Act,
    *,
    words: Words = SHIPPED,
    card: str | None = None,
    double: bool = False,
    double_in: Sequence[str] = (),
    named: bool | None = None,
) -> Decision:
    """The membership at BPJS: "boleh" (eligible), "sudah" (done already), "segmen_lain", or "peserta_ganda".

    Where the sheet asks for the membership to end, an active one is eligible and an inactive one is done already.
    `double_in` names the lists in which the participant stands a second time. Malformed for an active membership in a
    segment whose payer is unknown, and for one without a segment where the membership is to end.
    """
    event = e.MembershipChecked(
        membership=membership,
        source=source,
        double_in=tuple(double_in) or None,
        named=named,
        card=card,
        note=act.note,
        evidence=act.evidence,
    )
    return Decision(event, _standing(sop, membership, words, double=double or bool(double_in)))


def _standing(sop: Sop, membership: e.Membership, words: Words, *, double: bool) -> str:
    if double:
        return "peserta_ganda"
    unknown = sop.inverse and membership.segment is None
    paid = None if unknown else words.state_paid(membership.segment)
    if membership.active and paid is None:
        raise Malformed(
            "segmen_tidak_dikenal",
            "Segmen itu belum dikenal, jadi tidak jelas siapa yang membayar. Tulis seperti di sistem BPJS, misalnya "
            "PBI (APBN), PBPU BP PEMDA atau PPU; kata lain ditambahkan kantor pada [kata.segmen] berkas kantornya.",
        )
    if membership.active and not paid:
        return "segmen_lain"
    return "boleh" if membership.active == sop.inverse else "sudah"


def eligibility_judged(case: Case, sop: Sop, held: frozenset[str], received: date) -> Decision:
    """Any one block of the sheet's rules suffices ("dan/atau"); within a block every key holds.

    Months count back from the day the application was received. Refused where no rule applies to the applicant: an
    official judges then.
    """
    against = {rule.nama: unmet_reasons(rule, case, received) for rule in sop.rules_for(held)}
    if not against:
        raise Refused(
            "tanpa_aturan", "Tidak satu pun aturan pada SOP mengenai pemohon ini; petugas menilainya sendiri."
        )
    if met := tuple(name for name, reasons in against.items() if not reasons):
        return Decision(e.EligibilityConfirmed(rules=met), "memenuhi")
    reasons = tuple(reason for unmet in against.values() for reason in unmet)
    return Decision(e.EligibilityDenied(reasons=reasons), "tidak_memenuhi")


def eligibility_judged_by_hand(sop: Sop, held: frozenset[str], hasil: str, act: e.Act) -> Decision:
    """An official's judgement of an applicant to whom no rule of the sheet applies. Refused where a rule does."""
    if sop.rules_for(held):
        raise Refused("aturan_menilai", "Aturan pada SOP mengenai pemohon ini: penilaiannya otomatis.")
    if hasil == "memenuhi":
        return Decision(e.EligibilityConfirmed(rules=(), note=act.note, evidence=act.evidence), hasil)
    text = "Tidak ada aturan pada SOP yang mengenai pemohon ini; petugas menilai syaratnya tidak terpenuhi."
    reasons = (e.Reason(rule="check_rules", key="tanpa_aturan", text=text),)
    return Decision(e.EligibilityDenied(reasons=reasons, note=act.note, evidence=act.evidence), hasil)


def depends_on_date(case: Case, sop: Sop, held: frozenset[str], received: date) -> bool:
    """Whether no rule is met, and one of them fails only for the unknown history of deactivations."""
    against = [unmet_reasons(rule, case, received) for rule in sop.rules_for(held)]
    return all(against) and any({reason.key for reason in reasons} <= _unknown(case) for reasons in against)


def _unknown(case: Case) -> set[str]:
    """The keys of rules about a history of deactivations that the look-up did not name."""
    known = case.membership
    stated = {
        "nonaktif_paling_lama": known and known.deactivated_on,
        "nonaktif_paling_banyak": known.deactivations if known else None,
    }
    return {key for key in _HISTORY if stated[key] is None}


def unknown_keys(case: Case) -> set[str]:
    """The keys of rules that look-ups leave open: the history of deactivations, the decile of a listed person."""
    ranked = any(listing.desil is not None for listing in case.listings)
    return _unknown(case) | (set() if ranked or not _listed_in(case) else {"desil"})


def depends_on_desil(case: Case, sop: Sop, held: frozenset[str], received: date) -> bool:
    """Whether no rule is met, and one of them fails only for a decile that no register names of a listed person."""
    if any(listing.desil is not None for listing in case.listings) or not _listed_in(case):
        return False
    against = [unmet_reasons(rule, case, received) for rule in sop.rules_for(held)]
    keys = [{reason.key for reason in reasons} for reasons in against]
    return all(against) and any("desil" in failed and failed <= _HISTORY | {"desil"} for failed in keys)


def unmet_reasons(rule: Rule, case: Case, received: date) -> tuple[e.Reason, ...]:
    """The keys of a rule that do not hold, each in words with its source (step of the sheet, or law)."""
    unmet = filter(None, (check(rule, case, received) for check in _CHECKS))
    return tuple(e.Reason(rule=rule.nama, key=key, text=text, source=rule.sumber) for key, text in unmet)


type _Against = tuple[str, str] | None


def _listed(rule: Rule, case: Case, _: date) -> _Against:
    """Any one of the registers suffices."""
    listed = _listed_in(case)
    for key in ("terdaftar_di", "terdaftar_di_salah_satu"):
        names = getattr(rule, key)
        if names and listed.isdisjoint(names):
            return key, f"Tidak terdaftar di {' atau '.join(names)}."
    return None


def _listed_in_all(rule: Rule, case: Case, _: date) -> _Against:
    missing = [name for name in rule.terdaftar_di_semua if name not in _listed_in(case)]
    if not missing:
        return None
    required = f" (harus di {' dan '.join(rule.terdaftar_di_semua)})" if len(rule.terdaftar_di_semua) > 1 else ""
    return "terdaftar_di_semua", f"Tidak terdaftar di {' dan '.join(missing)}{required}."


def _not_listed(rule: Rule, case: Case, _: date) -> _Against:
    registers = [name for name in rule.tidak_terdaftar_di if name in _listed_in(case)]
    return ("tidak_terdaftar_di", f"Sudah terdaftar di {', '.join(registers)}.") if registers else None


def _decile(rule: Rule, case: Case, _: date) -> _Against:
    known = {listing.desil for listing in case.listings if listing.desil is not None}
    if not rule.desil or known & set(rule.desil):
        return None
    allowed = ", ".join(map(str, rule.desil))
    return "desil", f"Desil {_words(known)} tidak termasuk {allowed}."


def _lately(rule: Rule, case: Case, received: date) -> _Against:
    """Six months inactive at most: forwards from the deactivation, an inferred reading (`timekeeping.months`)."""
    if rule.nonaktif_paling_lama is None:
        return None
    since = case.membership.deactivated_on if case.membership else None
    if since is None:
        return "nonaktif_paling_lama", "Tidak ada tanggal penonaktifan kepesertaan."
    months = rule.nonaktif_paling_lama
    if not months_over(since, months, received):
        return None
    words = f"Nonaktif sejak {since:%d-%m-%Y}, lebih dari {months} bulan sebelum diterima {received:%d-%m-%Y}."
    return "nonaktif_paling_lama", words


def _seldom(rule: Rule, case: Case, _: date) -> _Against:
    if rule.nonaktif_paling_banyak is None:
        return None
    times = case.membership.deactivations if case.membership else None
    if times is not None and times <= rule.nonaktif_paling_banyak:
        return None
    known = "tidak diketahui berapa kali" if times is None else f"{times} kali"
    return "nonaktif_paling_banyak", f"Pernah nonaktif {known}, paling banyak {rule.nonaktif_paling_banyak} kali."


def _answered(rule: Rule, case: Case, _: date) -> _Against:
    """What the applicant answered at the counter."""
    given = case.application.answers if case.application else ()
    if not rule.jawaban or not set(rule.jawaban).isdisjoint(given):
        return None
    return "jawaban", f"Jawaban di loket bukan {' atau '.join(name.replace('_', ' ') for name in rule.jawaban)}."


_HISTORY: Final = frozenset({"nonaktif_paling_lama", "nonaktif_paling_banyak"})
_CHECKS: Final[tuple[Callable[[Rule, Case, date], _Against], ...]] = (
    *(_listed, _listed_in_all, _not_listed, _decile, _lately, _seldom, _answered),
)


def _listed_in(case: Case) -> set[str]:
    return {listing.register_name for listing in case.listings if listing.listed}


def _words(values: Iterable[int]) -> str:
    return ", ".join(str(value) for value in sorted(values)) or "tidak diketahui"


def route_chosen(hasil: str, sop: Sop, act: e.Act) -> Decision:
    """One of the sheet's routes. Refused for a sheet that has none."""
    if hasil not in sop.jalur:
        raise Refused("jalur_tidak_dikenal", f"Jalur pada SOP ini: {', '.join(sop.jalur) or 'tidak ada'}.")
    return Decision(e.RouteChosen(note=act.note, evidence=act.evidence), hasil)
