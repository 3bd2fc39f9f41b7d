"""Whether the rows of a person say one thing: words whose meaning is known, and no row against another. Pure.

A row is never taken because it comes first: what rows leave open, an official decides, who sees their words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jejak.contracts import events as e
from jejak.messaging.task_runner import Undecided
from jejak.procedure.meanings import Words
from verification.registers.lookup import Answering, MemberEntry, RegisterEntry, ResidentEntry, UnreadRow


def check_readable(unread: Iterable[UnreadRow], found: Iterable[RegisterEntry | MemberEntry | ResidentEntry]) -> None:
    """Undecided for a person with a row that was not taken: what it says is not known.

    A row of the same name whose NIK could not be read counts where its list names the person nowhere else.
    """
    lists = {row.source for row in found}
    for row in unread:
        if row.same_name and row.source in lists:
            continue
        whose = "nama sama, " if row.same_name else ""
        raise Undecided("baris", f"{row.source.register} baris {row.row}: {whose}{row.fault}")


def listing_of(
    name: str, answering: Answering, rows: Sequence[RegisterEntry], words: Words
) -> tuple[e.Listing, str | None]:
    """What one register of the poor says, and its own number of the person."""
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    if not rows:
        return e.Listing(register_name=name, listed=False, source=source), None
    for row in rows:
        if words.listed(row.status) is None:
            raise Undecided("status", row.status)
    listed = _agreed("status", {row.status or "tanpa status": words.listed(row.status) for row in rows})
    deciles = {_desil_word(row): _desil(row, words) for row in rows}
    desil = _agreed("desil", deciles) if listed else None
    number = _agreed("nomor", {row.number: row.number for row in rows if row.number} or {"": None})
    return e.Listing(
        register_name=name, listed=bool(listed), desil=desil, status=rows[0].status or None, source=source
    ), number


def _desil(row: RegisterEntry, words: Words) -> int | None:
    if row.desil_word is None:
        return row.desil
    if (desil := words.desil(row.desil_word)) is None:
        raise Undecided("desil", row.desil_word)
    return desil


def _desil_word(row: RegisterEntry) -> str:
    return row.desil_word or ("kosong" if row.desil is None else str(row.desil))


@dataclass(frozen=True, slots=True)
class StatedMember:
    """A row of a membership list, with the words by which it is read."""

    row: MemberEntry
    words: Words

    @property
    def active(self) -> bool | None:
        """Whether the membership is active; None for an open word."""
        return self.words.active(self.row.status, self.row.deactivated_on)


def check_members(members: Sequence[StatedMember], *, to_end: bool) -> None:
    """Undecided for a row whose words are open as of its list's date, and where two rows contradict each other.

    With `to_end`, also for an active row without a segment: a membership that is to end has to be state-paid.
    """
    for member in members:
        row = member.row
        open_word = member.words.open_word(row.status, row.segment, row.deactivated_on, row.source.as_of)
        if open_word is None and not member.active:
            open_word = member.words.open_reason(row.reason)
        if open_word is not None:
            raise Undecided(*open_word)
    active = [member for member in members if member.active]
    if to_end and any(member.row.segment is None for member in active):
        raise Undecided("segmen", None)
    rows = [member.row for member in members]
    _agreed("status", {member.row.status or "kosong": member.active for member in members})
    _agreed(
        "segmen", {member.row.segment or "kosong": member.words.state_paid(member.row.segment) for member in active}
    )
    _agreed("tanggal_nonaktif", {f"{day:%d-%m-%Y}": day for row in rows if (day := row.deactivated_on)})
    _agreed(
        "jumlah_nonaktif", {str(row.deactivations): row.deactivations for row in rows if row.deactivations is not None}
    )
    _agreed("SK_nonaktif", {row.decree: row.decree for row in rows if row.decree})


def _agreed[M](column: str, meanings: Mapping[str, M | None]) -> M | None:
    """The one meaning of a column in all rows, by its words. Undecided for more than one."""
    if len(set(meanings.values())) > 1:
        raise Undecided(column, " / ".join(meanings))
    return next(iter(meanings.values()), None)
