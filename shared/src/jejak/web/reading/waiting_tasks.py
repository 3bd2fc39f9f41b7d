"""The due tasks of an official's post, as the worklist and its pages show them: order, limits, and who has begun."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NotRequired

import asyncpg

from jejak.cases.people.participants import people_named
from jejak.cases.unreadable import UNREAD, skipping_unreadable
from jejak.contracts import codec
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform import ids
from jejak.procedure.meanings import put_off_words
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.signing import pen_posts
from jejak.procedure.office.vacancies import vacant_turns
from jejak.procedure.task_words import words_at
from jejak.timekeeping.printed.words import instant_words
from jejak.timekeeping.standard import Standard, deadline
from jejak.web.authorisation import Requester
from jejak.web.reading.schemas import TaskAtStep, When
from jejak.web.reading.task_limits import waiting_limit
from jejak.web.reading.timeline import instant
from jejak.web.runtime import Runtime

COLUMNS: Final = (
    "d.stream, d.slot, d.service, d.tugas, d.langkah, d.who, d.since, d.not_before, d.owner, d.kumpulan, d.urgent, "
    "s.sop"
)
"""The columns of `es.due d` that answers use, and the sheet of the case (`es.stream s`), which names the posts."""
_MINE: Final = """NOT d.automatic AND d.office = $1 AND d.who = ANY ($2::text[]) AND d.parked IS NULL
  AND ($4::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($4::text[]) AS a (area) WHERE es.entered_in(d.stream_no, a.area)))"""
FOR_PEOPLE: Final = f"""{_MINE} AND (d.owner <> 'pemohon' OR d.ready_at <= (SELECT es.now()))
ORDER BY d.urgent DESC, d.since LIMIT $3
"""
"""The end of a query for `waiting_tasks`: office ($1), columns of its sheets ($2), limit ($3), kelurahan ($4).

What the applicant is reminded of later is no work of the office until then.
"""
_ORDER: Final = "ORDER BY d.urgent"
_ELSEWHERE: Final = """AND NOT EXISTS (
    SELECT FROM unnest($5::text[]) AS held (area) WHERE es.entered_in(d.stream_no, held.area))
"""
"""Before the order of such a query: nothing of cases that were entered in these areas ($5)."""
# As FOR_PEOPLE, each part a range of one index: what waits for months until its first reminder is not walked past.
WORKLIST: Final = f"""
SELECT {COLUMNS} FROM (
  SELECT d.* FROM (
    SELECT d.* FROM es.due d WHERE {_MINE} AND d.owner < 'pemohon'
    UNION ALL SELECT d.* FROM es.due d WHERE {_MINE} AND d.owner > 'pemohon'
    UNION ALL SELECT d.* FROM es.due d WHERE {_MINE} AND d.owner = 'pemohon' AND d.ready_at <= (SELECT es.now())
  ) AS d WHERE true
  ORDER BY d.urgent DESC, d.since LIMIT $3
) AS d JOIN es.stream s ON s.stream_no = d.stream_no ORDER BY urgent DESC, since
"""  # noqa: S608 - column names only
_SIGNING: Final = ", ".join(f"'{verb}'" for verb, kind in TASKS.items() if kind.letters == "signs")
SIGNATURES: Final = WORKLIST.replace("WHERE", f"WHERE d.tugas IN ({_SIGNING}) AND")
# The event that states the people of each case (its first, or the newest correction), and who began its task, if that
# is the newest event of its slot.
NAMES_AND_STARTS: Final = """
SELECT w.key, w.slot, f.version, f.type, f.payload, k.working, k.archive, l.actor, l.recorded_at
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w (key, slot, tugas)
JOIN es.stream s ON s.key = w.key
CROSS JOIN LATERAL (
    SELECT e.version, e.type, e.payload FROM es.event e
    WHERE e.stream_no = s.stream_no AND (e.version = 1 OR e.type = 'PeopleCorrected') ORDER BY e.version DESC LIMIT 1
) f
LEFT JOIN keys.case_key k ON k.stream = s.key
LEFT JOIN LATERAL (
    SELECT e.type, e.tugas, e.actor, e.recorded_at FROM es.event e
    WHERE e.stream_no = s.stream_no AND e.slot = w.slot ORDER BY e.version DESC LIMIT 1
) l ON l.type = 'WorkStarted' AND l.tugas = w.tugas
"""


class WaitingTask(TaskAtStep):
    """A due task; `sebab`, `coba_lagi` and `kata` where the system has deferred it."""

    berkas: str
    kode: str
    kegiatan: str
    pihak: str
    sejak: When
    batas_tunggu: When | None
    terlambat: bool
    tidak_sebelum: str | None
    sebab: NotRequired[str]
    coba_lagi: NotRequired[When | None]
    kata: NotRequired[str | None]
    kerjakan: str
    lihat: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A due task: its row (COLUMNS), its sheet, and its JSON."""

    row: Mapping[str, Any]
    sop: Sop
    task: WaitingTask

    @property
    def key(self) -> tuple[uuid.UUID, str]:
        """The case and the slot."""
        return self.row["stream"], self.row["slot"]

    def until(self, office: Kantor) -> datetime | None:
        """Its earliest deadline: by the office's waiting limit, or by a standard that runs while it waits."""
        follow_up = self.sop.follow_ups.get(self.row["slot"])
        since = self.row["since"] if follow_up and follow_up.since_active else _counted_from(self.row)
        standard, ends = self._standard(), [limit_of(office, self.row)]
        if standard and standard.clock == "elapsed" and self.row["kumpulan"] is None:
            ends.append(deadline(standard, since, office.calendar))
        return min(filter(None, ends), default=None)

    def _standard(self) -> Standard | None:
        """The task's own standard, else its step's; completing documents has none."""
        slot, langkah, tugas = self.row["slot"], self.row["langkah"], self.row["tugas"]
        if tugas == COMPLETE:
            return None
        return self.sop.task(slot, langkah, tugas).waktu or self.sop.step(slot, langkah).waktu


def limit_of(office: Kantor, row: Mapping[str, Any]) -> datetime | None:
    """The end of a due task's waiting limit (`waiting_limit`); `row` as in the table of due tasks."""
    about = {name: row[name] for name in ("tugas", "owner", "kumpulan")}
    return waiting_limit(office.calendar, office.batas_tunggu, _counted_from(row), **about)


def _counted_from(row: Mapping[str, Any]) -> datetime:
    """Since when a due task can be done: later than it fell due where the days it is done in were still to come."""
    since: datetime = row["since"]
    return max(since, row.get("not_before") or since)


def turns_of(sop: Sop, post: str) -> frozenset[str]:
    """The columns of a sheet whose tasks a post does or records."""
    return frozenset(
        code
        for code, performer in sop.pelaksana.items()
        if post in performer.jabatan or post in sop.posts_recording(code)
    )


def _pen_turns(office: Kantor, sop: Sop, day: date) -> frozenset[str]:
    """The columns of a sheet that sign by pen on a day."""
    return frozenset(who for who, performer in sop.pelaksana.items() if pen_posts(office, performer.jabatan, day))


async def sheets_of(runtime: Runtime, requester: Requester) -> Mapping[str, Sop]:
    """Every edition of the requester's office, by its SHA-256."""
    editions = await runtime.store.list_sops(requester.actor.office)
    return {sha256: await runtime.procedures.sop(sha256) for sha256 in editions}


async def waiting_tasks(
    runtime: Runtime, requester: Requester, query: str, limit: int, *, by_pen: bool = False
) -> list[WaitingRow]:
    """The due tasks of the requester's post, by the sheet of each case; at most `limit`.

    `query` selects COLUMNS and ends with FOR_PEOPLE. `by_pen`: also the signatures that this post may record.
    """
    sops = await sheets_of(runtime, requester)

    async def fetched(query: str, mine: Callable[[Sop], Collection[str]], held: Sequence[str] = ()) -> list[WaitingRow]:
        who = sorted({code for sop in sops.values() for code in mine(sop)})
        elsewhere = (list(held),) if held else ()
        query = query.replace(_ORDER, _ELSEWHERE + _ORDER) if held else query
        rows = await runtime.store.pool.fetch(query, requester.actor.office, who, limit, requester.areas, *elsewhere)
        own = ((row, sops[row["sop"]]) for row in rows if row["who"] in mine(sops[row["sop"]]))
        return [WaitingRow(dict(row), sop, _task(requester.office, sop, row, requester.now)) for row, sop in own]

    day = requester.office.calendar.local_date(requester.now)
    post = requester.actor.post
    turns = {sha256: turns_of(sop, post) for sha256, sop in sops.items()}
    vacant = {sha256: vacant_turns(sop, requester.office, post, day) for sha256, sop in sops.items()}

    def standing_in(held: tuple[str, ...]) -> Callable[[Sop], Collection[str]]:
        return lambda sop: [
            who for who, areas in vacant[sop.sha256].items() if areas == held and who not in turns[sop.sha256]
        ]

    waiting = await fetched(query, lambda sop: turns[sop.sha256])
    for held in sorted({areas for held_in in vacant.values() for areas in held_in.values()}):
        waiting += await fetched(query, standing_in(held), held)
    waiting = sorted(waiting, key=lambda task: (not task.row["urgent"], task.row["since"]))[:limit]
    if by_pen and requester.office.records_signature(requester.actor.post):
        known = {task.key for task in waiting}
        signatures = await fetched(SIGNATURES, lambda sop: _pen_turns(requester.office, sop, day))
        waiting += [signature for signature in signatures if signature.key not in known]
    return waiting


def most_urgent_first(office: Kantor, waiting: Iterable[WaitingRow]) -> list[tuple[WaitingRow, datetime | None]]:
    """Urgent tasks first, then the earliest deadline, then the longest wait; with each task its deadline."""
    pairs = [(task, task.until(office)) for task in waiting]
    far = max((until for _, until in pairs if until), default=None)

    def order(pair: tuple[WaitingRow, datetime | None]) -> tuple[bool, bool, datetime, datetime]:
        task, until = pair
        since: datetime = task.row["since"]
        return not task.row["urgent"], until is None, until or far or since, since

    return sorted(pairs, key=order)


async def names_and_starts(
    runtime: Runtime, requester: Requester, shown: Sequence[WaitingRow]
) -> dict[tuple[Any, str], dict[str, Any]]:
    """By case and slot: the participant's name, and who has begun the task, and when."""
    columns = [[task.row[name] for task in shown] for name in ("stream", "slot", "tugas")]
    names = {official.kode: official.nama for official in requester.office.pejabat}
    return {
        (row["key"], row["slot"]): {
            "peserta": _name(runtime, row),
            "dimulai": {
                "oleh": names.get(row["actor"], row["actor"]),
                "saya": row["actor"] == requester.actor.code,
                "setempat": instant_words(row["recorded_at"], requester.office.zona),
            }
            if row["actor"]
            else None,
        }
        for row in await runtime.store.pool.fetch(NAMES_AND_STARTS, *columns)
    }


def _name(runtime: Runtime, row: asyncpg.Record) -> str | None:
    """The participant's name; None once forgotten, UNREAD for a case that cannot be read."""
    with skipping_unreadable(row["key"]):
        keys = runtime.command_handler.keyring.unwrap(row["key"], (row["working"], row["archive"]))
        people = people_named(codec.decode(row["type"], row["payload"], row["key"], row["version"], keys))
        return people.subject.name if people else None
    return UNREAD


def _task(office: Kantor, sop: Sop, row: asyncpg.Record, now: datetime) -> WaitingTask:
    limit = limit_of(office, dict(row))
    task: WaitingTask = {
        "berkas": str(row["stream"]),
        "kode": ids.case_code(row["stream"]),
        "slot": row["slot"],
        "langkah": row["langkah"],
        "kegiatan": sop.step(row["slot"], row["langkah"]).kegiatan,
        "tugas": row["tugas"],
        "nama_tugas": words_at(sop, row["slot"], row["langkah"], row["tugas"], row["who"]),
        "pelaksana": row["who"],
        "pihak": row["owner"],
        "sejak": instant(row["since"], office.zona),
        "batas_tunggu": instant(limit, office.zona) if limit else None,
        "terlambat": limit is not None and limit < now,
        "tidak_sebelum": row["not_before"].isoformat() if row["not_before"] else None,
        "mendesak": row["urgent"],
        "kerjakan": f"/cases/{row['stream']}/tasks/{row['tugas']}?slot={row['slot']}",
        "lihat": f"/cases/{row['stream']}",
    }
    if "deferred" in row:
        task["sebab"] = row["deferred"]
        task["coba_lagi"] = instant(row["retry_at"], office.zona) if row["retry_at"] else None
        task["kata"] = put_off_words(row["deferred"])
    return task
