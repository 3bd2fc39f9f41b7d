"""The BPJS desk of an office: batches, cases with BPJS, answers, unmatched answers."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from bpjs_sync.answers.open_submissions import is_in_area
from bpjs_sync.answers.unmatched_store import COUNT, UnmatchedRow, unmatched_rows
from bpjs_sync.batches.api import is_turn
from bpjs_sync.cursors import BEGINNING, Place
from bpjs_sync.pages.case_lines import (
    WITH_BPJS,
    begun_by,
    case_line,
    comparison_of,
    mend_open,
    period_words,
    was_sent,
    words_of,
)
from bpjs_sync.pages.schemas import AnswerFile, ClosedList, DeskAnswer, OpenBatch, ReplyLine, SortedCases
from jejak.cases.unreadable import UnreadRow
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform import ids
from jejak.timekeeping.periods import period_of
from jejak.timekeeping.printed.words import instant_words
from jejak.web.authorisation import Requester
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel
from jejak.web.reading.officials import official
from jejak.web.reading.timeline import instant, timeline

SHOWN: Final = 50
"""Cases on one page, the longest waiting."""
# Cases on their way to BPJS, there, or back; a document to be brought counts once the case was submitted.
WITH: Final = f"""
SELECT d.stream, count(*) OVER () AS all FROM es.due d
WHERE d.office = $1 AND (d.tugas = ANY ($2::text[])
  OR d.tugas = '{COMPLETE}' AND EXISTS (SELECT FROM bpjs.message m WHERE m."case" = d.stream))
GROUP BY d.stream ORDER BY min(d.since), d.stream LIMIT $3
"""  # noqa: S608 - a verb of the table
WAITING: Final = """
SELECT kumpulan, sop, tugas, who, count(*) AS count, min(since) AS since FROM bpjs.waiting WHERE office = $1
GROUP BY kumpulan, sop, tugas, who ORDER BY kumpulan, min(since)
"""
CLOSED: Final = """
SELECT b.id, b.kumpulan, b.period, b.closed_at, b.carried_out,
       (SELECT count(DISTINCT m."case") FROM bpjs.member m WHERE m.batch = b.id) AS members,
       EXISTS (SELECT FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no
               WHERE s.key = b.id AND e.type = 'BatchFileMade') AS listed
FROM bpjs.batch b WHERE b.office = $1 AND b.closed_at IS NOT NULL ORDER BY b.closed_at DESC LIMIT 12
"""
CAME: Final = """
SELECT "case", sequence FROM bpjs.message
WHERE office = $1 AND name IN ('reply.recorded', 'membership.active', 'membership.ended')
ORDER BY position DESC LIMIT 12
"""
FILES: Final = """
SELECT begun_at, imported_by, rows, applied, unplaced FROM bpjs.answer_file
WHERE office = $1 AND finished_at IS NOT NULL ORDER BY begun_at DESC LIMIT 5
"""
TO_COMPARE: Final = """
SELECT o.batch, o.kumpulan, o.period, o.closed_at, o."case", o.slot FROM bpjs.open_member o
WHERE o.office = $1 AND o.tugas = 'reconcile' ORDER BY o.closed_at, o."case" LIMIT 200
"""
# Of the last batches that closed; members are looked up by the key of their batch.
COMPARED: Final = """
SELECT b.id AS batch, b.period, m."case", m.slot
FROM (SELECT id, period, closed_at FROM bpjs.batch
      WHERE office = $1 AND closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT 20) AS b
CROSS JOIN LATERAL (SELECT "case", slot FROM bpjs.member
                    WHERE batch = b.id AND tugas = 'reconcile' ORDER BY "case" LIMIT 50) AS m
ORDER BY b.closed_at DESC, m."case" LIMIT 50
"""

ADVICE: Final[Mapping[str, str]] = {
    "baris": "Cari berkasnya menurut yang tertulis pada baris ini, lalu tempatkan. Bila bukan urusan kantor ini, "
    "kesampingkan.",
    "berulang": "BPJS mengulang yang sudah tercatat. Bila isinya memang sama, kesampingkan.",
    "bertentangan": "Jawaban ini berlawanan dengan yang sudah tercatat. Tanyakan kepada BPJS mana yang berlaku, "
    "lalu kesampingkan yang tidak berlaku.",
    "tidak_menunggu": "Berkasnya tidak sedang menunggu jawaban. Buka berkasnya; bila sudah selesai, kesampingkan.",
    "ditarik": "Permohonannya sudah ditarik, atau pesertanya meninggal. Beri tahu BPJS, lalu kesampingkan.",
    "diganti": "Sudah ada kiriman yang lebih baru, dan jawabannya ditunggu. Kesampingkan jawaban lama ini.",
}
_ADVICE: Final = "Baca isinya, tanyakan kepada BPJS bila perlu, lalu tempatkan pada berkasnya atau kesampingkan."


async def desk_of(reader: CaseReader, requester: Requester, limit: int) -> DeskAnswer:
    """The contents of `GET /bpjs`, with at most so many cases."""
    pool, office = reader.runtime.store.pool, requester.office.kode
    rows = await pool.fetch(WITH, office, list(WITH_BPJS), limit)
    cases = await reader.open_all([row["stream"] for row in rows], clocks=True)
    own = [case for case in cases.values() if is_in_area(requester.official, case.opened)]
    came_in, unread = await _came_in(reader, requester)
    return {
        "kantor": {"kode": office, "nama": requester.office.nama},
        "per": instant(requester.now, requester.office.zona),
        **_sorted(own, requester),
        "tidak_terbaca": list({row["berkas"]: row for row in (*cases.unread_rows, *unread)}.values()),
        "lagi": rows[0]["all"] - len(rows) if rows else 0,
        "kumpulan": await open_batches(reader, requester),
        "ditutup": [_closed_list(requester, row) for row in await pool.fetch(CLOSED, office)],
        "masuk": came_in,
        "berkas_jawaban": [_answer_file(requester, row) for row in await pool.fetch(FILES, office)],
        "tidak_cocok": await pool.fetchval(COUNT, office),
    }


async def unmatched_lines(
    reader: CaseReader, requester: Requester, limit: int, after: Place = BEGINNING
) -> tuple[list[dict[str, Any]], Place | None]:
    """A page of unmatched answers, each with advice; and the place after which the next page begins."""
    runtime = reader.runtime
    rows, onward = await unmatched_rows(
        runtime.store.pool, runtime.settings.master_keys, requester.office.kode, limit, after
    )
    names = {official.kode: official.nama for official in requester.office.pejabat}
    lines = [
        {
            **row,
            "kode": ids.case_code(uuid.UUID(row["berkas"])) if row["berkas"] else None,
            "pemuat": names.get(row["oleh"] or "", row["oleh"]) if row["macam"] == "baris" else None,
            "saran": ADVICE.get(row["macam"], _ADVICE),
            "tertulis": _contents(row, requester.office.zona),
            "setempat": instant_words(datetime.fromisoformat(row["dimuat"]), requester.office.zona),
        }
        for row in rows
    ]
    return lines, onward


async def open_batches(reader: CaseReader, requester: Requester, tugas: str | None = None) -> list[OpenBatch]:
    """Batches that have not closed: how many wait, since when, until when, and whether the requester may close them."""
    office, zona = requester.office, requester.office.zona
    rows = await reader.runtime.store.pool.fetch(WAITING, office.kode)
    batches: list[OpenBatch] = []
    for kode, group in groupby((row for row in rows if tugas in (None, row["tugas"])), itemgetter("kumpulan")):
        waiting = [(row, await reader.runtime.procedures.sop(row["sop"])) for row in group]
        since = min(row["since"] for row, _ in waiting)
        batch = waiting[-1][1].kumpulan[kode]
        batches.append(
            {
                "kode": kode,
                "nama": words_of(kode),
                "berkas": sum(row["count"] for row, _ in waiting),
                "boleh": any(is_turn(sop, row["who"], requester.actor.post) for row, sop in waiting),
                "sejak": instant(since, zona),
                "tutup": instant(period_of(batch, office.calendar, since).closes, zona) if batch.setiap else None,
                "alamat": f"/batches/{office.kode}/{kode}/close",
            }
        )
    return batches


async def reconciliation(reader: CaseReader, requester: Requester) -> dict[str, Any]:
    """The page of `GET /bpjs/reconciliation`: lists to be compared with BPJS, and the cases compared lately."""
    pool, office = reader.runtime.store.pool, requester.office.kode
    rows = await pool.fetch(TO_COMPARE, office)
    members = await pool.fetch(COMPARED, office)
    cases = await reader.open_all(list(dict.fromkeys(row["case"] for row in (*rows, *members))), clocks=True)
    own = {key: case for key, case in cases.items() if is_in_area(requester.official, case.opened)}
    due = {(row["case"], row["slot"]) for row in rows}
    compared = [row for row in members if row["case"] in own and (row["case"], row["slot"]) not in due]
    lists = list(_lists([row for row in rows if row["case"] in own], own, requester))
    return {
        "kantor": {"kode": office, "nama": requester.office.nama},
        "per": instant(requester.now, requester.office.zona),
        "kumpulan": await open_batches(reader, requester, "reconcile") if requester.official.wilayah is None else [],
        "daftar": lists,
        "pihak": " dan ".join(dict.fromkeys(line["pihak"] for part in lists for line in part["berkas"])) or "BPJS",
        "tidak_terbaca": cases.unread_rows,
        "dicocokkan": [line for row in compared if (line := _compared_line(own[row["case"]], row, requester))],
    }


def _sorted(cases: Iterable[CaseReadModel], requester: Requester) -> SortedCases:
    """The cases by what they wait for; those past their standard first."""
    lists = SortedCases(belum_dikirim=[], tanpa_jawaban=[], diperbaiki=[], belum_aktif=[])
    lines = [(case_view, case_line(case_view, requester.actor)) for case_view in cases]
    for case_view, line in sorted(lines, key=lambda pair: not pair[1]["lewat"]):
        due = {task["tugas"]: task for task in line["menunggu"]}
        if mend_open(case_view):
            lists["diperbaiki"].append(line)
        elif "await_reply" in due:
            lists["tanpa_jawaban"].append(line)
        elif "deliver" in due:
            if due["deliver"]["kumpulan"] is None:
                lists["belum_dikirim"].append(line)
        elif was_sent(case_view):
            lists["belum_aktif"].append(line)
    return lists


def _closed_list(requester: Requester, row: Any) -> ClosedList:
    identity = str(row["id"])
    return {
        "id": identity,
        "nama": words_of(row["kumpulan"]),
        "periode": period_words(row["period"]),
        "ditutup": instant(row["closed_at"], requester.office.zona),
        "umur_hari": max(0, (requester.now - row["closed_at"]).days),
        "berkas": row["members"],
        "selesai": row["carried_out"],
        "daftar": f"/batches/{identity}/file" if row["listed"] else None,
    }


async def _came_in(reader: CaseReader, requester: Requester) -> tuple[list[ReplyLine], list[UnreadRow]]:
    """The last answers of BPJS, each from its own event; and the cases that do not open."""
    rows = await reader.runtime.store.pool.fetch(CAME, requester.office.kode)
    cases = await reader.open_all(list(dict.fromkeys(row["case"] for row in rows)), clocks=True)
    events = {
        (key, event["versi"]): event for key, case_view in cases.items() for event in timeline(case_view)["peristiwa"]
    }
    lines: list[ReplyLine] = [
        {"berkas": str(row["case"]), "kode": ids.case_code(row["case"]), **events[row["case"], row["sequence"]]}
        for row in rows
        if (row["case"], row["sequence"]) in events
    ]
    return lines, cases.unread_rows


def _answer_file(requester: Requester, row: Any) -> AnswerFile:
    names = {official.kode: official.nama for official in requester.office.pejabat}
    return {
        "dimuat": instant(row["begun_at"], requester.office.zona),
        "oleh": names.get(row["imported_by"], row["imported_by"]),
        "baris": row["rows"],
        "diterapkan": row["applied"],
        "perlu_dilihat": row["unplaced"],
    }


def _contents(row: UnmatchedRow, zona: str) -> list[tuple[str, str]]:
    """The contents of a row or a message for a person, without the ids of messages."""
    contents = row["isi"]
    if row["macam"] == "baris":
        return [(words_of(name), str(value)) for name, value in contents.items() if value]
    replied = instant_words(datetime.fromisoformat(contents["dijawab"]), zona)
    shown = {**contents, "dijawab": replied, "kali": contents["kali"] if contents["kali"] > 1 else None}
    names = ("hasil", "alasan", "nomor_jawaban", "sejak", "dijawab", "kali")
    return [(words_of(name), str(shown[name])) for name in names if shown.get(name)]


def _lists(
    rows: Sequence[Any], case_views: Mapping[uuid.UUID, CaseReadModel], requester: Requester
) -> Iterable[dict[str, Any]]:
    """The closed lists that are still to be compared, each with its cases."""
    for batch in dict.fromkeys(row["batch"] for row in rows):
        members = [row for row in rows if row["batch"] == batch]
        cases: list[dict[str, Any]] = [
            {
                **case_line(case_views[row["case"]], requester.actor),
                "dimulai": _begun(case_views[row["case"]], row["slot"], requester),
            }
            for row in members
        ]
        kumpulan = members[0]["kumpulan"]
        yield {
            "id": str(batch),
            "nama": words_of(kumpulan),
            "periode": period_words(members[0]["period"]),
            "ditutup": instant(members[0]["closed_at"], requester.office.zona),
            "berkas": cases,
            "boleh": any(
                task["tugas"] == "reconcile" and task["kerjakan"] for case in cases for task in case["menunggu"]
            ),
            "dimulai": all(case["dimulai"] and case["dimulai"]["saya"] for case in cases),
            "alamat": f"/batches/{requester.office.kode}/{kumpulan}/tasks/reconcile?kumpulan_id={batch}",
            "mulai": f"/batches/{requester.office.kode}/{kumpulan}/tasks/reconcile/start?kumpulan_id={batch}",
        }


def _begun(case_view: CaseReadModel, slot: str, requester: Requester) -> dict[str, Any] | None:
    begun = begun_by(case_view, slot)
    if begun is None:
        return None
    actor = begun.actor or ""
    return {
        **official(case_view.offices, actor, begun.at),
        "saya": actor == requester.actor.code,
        "setempat": instant_words(begun.at, requester.office.zona),
    }


def _compared_line(case_view: CaseReadModel, row: Any, requester: Requester) -> dict[str, Any] | None:
    """The line of a compared case: the result, who compared it, and whether its letter is archived by now."""
    event = comparison_of(case_view, row["batch"])
    if event is None or event.hasil is None:
        return None
    note = getattr(event.data, "note", None)
    to_archive = any(due.slot == row["slot"] and TASKS[due.tugas].letters == "files" for due in case_view.opened.due)
    return {
        **case_line(case_view, requester.actor),
        "periode": period_words(row["period"]),
        "hasil": event.hasil,
        "kata": words_of(event.hasil),
        "pada": instant(event.at, requester.office.zona),
        "oleh": official(case_view.offices, event.actor, event.at)["nama"] if event.actor else "otomatis",
        "catatan": note if isinstance(note, str) else None,
        "diarsipkan": not to_archive and any(event.type == "LetterArchived" for event in case_view.history),
    }
