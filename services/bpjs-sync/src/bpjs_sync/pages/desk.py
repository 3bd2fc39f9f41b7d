"""What the BPJS desk of an office shows: batches, what is out and what came in, what nobody could place."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bpjs_sync.answers.open_submissions import is_in_area
from bpjs_sync.answers.unmatched_store import COUNT, unmatched_rows
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
from jejak.cases.decision import post_in_any_sheet
from jejak.cases.unreadable import UnreadRow
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform import ids
from jejak.platform.errors import NotYours
from jejak.procedure.model import Sop
from jejak.timekeeping.periods import period_of
from jejak.timekeeping.words import instant_words
from jejak.web.authorisation import Requester
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel
from jejak.web.reading.officials import official
from jejak.web.reading.timeline import instant, timeline

SHOWN: Final = 50
"""Cases on one page, the longest waiting."""
# What is on its way to BPJS, there, or back; a document to be brought belongs to it once something was sent.
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
# Of the last batches that closed; each finds its own members by their key.
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
    "ditarik": "Permohonannya sudah ditarik. Beri tahu BPJS, lalu kesampingkan.",
    "diganti": "Sudah ada kiriman yang lebih baru, dan jawabannya ditunggu. Kesampingkan jawaban lama ini.",
}
_ADVICE: Final = "Baca isinya, tanyakan kepada BPJS bila perlu, lalu tempatkan pada berkasnya atau kesampingkan."


def see_all(asker: Requester) -> None:
    """NotYours for whoever sits in a kelurahan: the desk is of all cases of the office."""
    if asker.official.wilayah is not None:
        raise NotYours("wilayah_lain", "Meja BPJS mencakup berkas di luar wilayah Anda. Mintalah kepada dinas.")


async def desk_of(archive: CaseReader, asker: Requester, limit: int) -> DeskAnswer:
    """What `GET /bpjs` shows, with at most so many cases."""
    pool, office = archive.runtime.store.pool, asker.office.kode
    rows = await pool.fetch(WITH, office, list(WITH_BPJS), limit)
    dossiers = await archive.open_all([row["stream"] for row in rows], clocks=True)
    own = [one for one in dossiers.values() if is_in_area(asker.official, one.opened)]
    came_in, unread = await _came_in(archive, asker)
    return {
        "kantor": {"kode": office, "nama": asker.office.nama},
        "per": instant(asker.now, asker.office.zona),
        **_sorted(own, asker),
        "tidak_terbaca": list({one["berkas"]: one for one in (*dossiers.unread_rows, *unread)}.values()),
        "lagi": rows[0]["all"] - len(rows) if rows else 0,
        "kumpulan": await open_batches(archive, asker),
        "ditutup": [_closed(asker, row) for row in await pool.fetch(CLOSED, office)],
        "masuk": came_in,
        "berkas_jawaban": [_file(asker, row) for row in await pool.fetch(FILES, office)],
        "tidak_cocok": await count_unmatched(archive, asker),
    }


async def may_change(archive: CaseReader, asker: Requester) -> bool:
    """Whether the asker does more than read: one of the office's sheets names his post."""
    runtime = archive.runtime
    sheets = [await runtime.procedures.sop(one) for one in await runtime.store.list_sops(asker.office.kode)]
    return post_in_any_sheet(sheets, asker.actor)


async def count_unmatched(archive: CaseReader, asker: Requester) -> int:
    """How many nobody could place."""
    count: int = await archive.runtime.store.pool.fetchval(COUNT, asker.office.kode)
    return count


async def unmatched_lines(
    archive: CaseReader, asker: Requester, limit: int, after: Place = BEGINNING
) -> tuple[list[dict[str, Any]], Place | None]:
    """A page of what nobody could place, each with what to do about it; and where the next page goes on."""
    runtime = archive.runtime
    found, onward = await unmatched_rows(
        runtime.store.pool, runtime.settings.master_key, asker.office.kode, limit, after
    )
    names = {one.kode: one.nama for one in asker.office.pejabat}
    lines = [
        {
            **one,
            "kode": ids.case_code(uuid.UUID(one["berkas"])) if one["berkas"] else None,
            "pemuat": names.get(one["oleh"] or "", one["oleh"]) if one["macam"] == "baris" else None,
            "saran": ADVICE.get(one["macam"], _ADVICE),
            "tertulis": _written(one, asker.office.zona),
            "setempat": instant_words(datetime.fromisoformat(one["dimuat"]), asker.office.zona),
        }
        for one in found
    ]
    return lines, onward


async def open_batches(archive: CaseReader, asker: Requester, tugas: str | None = None) -> list[OpenBatch]:
    """Batches that have not closed: how many wait, since when, until when, and whether the asker may close them."""
    found: dict[str, dict[str, Any]] = {}
    for row in await archive.runtime.store.pool.fetch(WAITING, asker.office.kode):
        if tugas is not None and row["tugas"] != tugas:
            continue
        sop = await archive.runtime.procedures.sop(row["sop"])
        batch = sop.kumpulan[row["kumpulan"]]
        one = found.setdefault(row["kumpulan"], {"berkas": 0, "sejak": row["since"], "boleh": False})
        one["berkas"] += row["count"]
        one["sejak"] = min(one["sejak"], row["since"])
        one["boleh"] |= _is_turn(sop, row["who"], asker.actor.post)
        one["tutup"] = period_of(batch, asker.office.calendar, one["sejak"]).closes if batch.setiap else None
    zona = asker.office.zona
    return [
        {
            "kode": kode,
            "nama": words_of(kode),
            "berkas": one["berkas"],
            "boleh": one["boleh"],
            "sejak": instant(one["sejak"], zona),
            "tutup": instant(one["tutup"], zona) if one["tutup"] else None,
            "alamat": f"/batches/{asker.office.kode}/{kode}/close",
        }
        for kode, one in found.items()
    ]


async def reconciliation(archive: CaseReader, asker: Requester) -> dict[str, Any]:
    """What the page of `GET /bpjs/reconciliation` shows: lists to be compared with BPJS, and what was compared."""
    pool, office = archive.runtime.store.pool, asker.office.kode
    rows = await pool.fetch(TO_COMPARE, office)
    done = await pool.fetch(COMPARED, office)
    dossiers = await archive.open_all(list(dict.fromkeys(row["case"] for row in (*rows, *done))), clocks=True)
    own = {key: one for key, one in dossiers.items() if is_in_area(asker.official, one.opened)}
    still = {(row["case"], row["slot"]) for row in rows}
    ended = [row for row in done if row["case"] in own and (row["case"], row["slot"]) not in still]
    return {
        "kantor": {"kode": office, "nama": asker.office.nama},
        "per": instant(asker.now, asker.office.zona),
        "kumpulan": await open_batches(archive, asker, "reconcile") if asker.official.wilayah is None else [],
        "daftar": list(_lists([row for row in rows if row["case"] in own], own, asker)),
        "tidak_terbaca": dossiers.unread_rows,
        "dicocokkan": [one for row in ended if (one := _was_compared(own[row["case"]], row, asker))],
    }


def _sorted(dossiers: Iterable[CaseReadModel], asker: Requester) -> SortedCases:
    """The cases by what they wait for; what is past its standard first."""
    found = SortedCases(belum_dikirim=[], tanpa_jawaban=[], diperbaiki=[], belum_aktif=[])
    for case_view in dossiers:
        told = case_line(case_view, asker.actor)
        due = {one["tugas"]: one for one in told["menunggu"]}
        if mend_open(case_view):
            found["diperbaiki"].append(told)
        elif "await_reply" in due:
            found["tanpa_jawaban"].append(told)
        elif "deliver" in due:
            if due["deliver"]["kumpulan"] is None:
                found["belum_dikirim"].append(told)
        elif was_sent(case_view):
            found["belum_aktif"].append(told)
    for some in (found["belum_dikirim"], found["tanpa_jawaban"], found["diperbaiki"], found["belum_aktif"]):
        some.sort(key=lambda one: not one["lewat"])
    return found


def _closed(asker: Requester, row: Any) -> ClosedList:
    identity = str(row["id"])
    return {
        "id": identity,
        "nama": words_of(row["kumpulan"]),
        "periode": period_words(row["period"]),
        "ditutup": instant(row["closed_at"], asker.office.zona),
        "umur_hari": max(0, (asker.now - row["closed_at"]).days),
        "berkas": row["members"],
        "selesai": row["carried_out"],
        "daftar": f"/batches/{identity}/file" if row["listed"] else None,
    }


async def _came_in(archive: CaseReader, asker: Requester) -> tuple[list[ReplyLine], list[UnreadRow]]:
    """What BPJS last said, each as its own event tells it; and the cases that do not open."""
    rows = await archive.runtime.store.pool.fetch(CAME, asker.office.kode)
    dossiers = await archive.open_all(list(dict.fromkeys(row["case"] for row in rows)), clocks=True)
    told = {key: {one["versi"]: one for one in timeline(case_view)["peristiwa"]} for key, case_view in dossiers.items()}
    said: list[ReplyLine] = [
        {"berkas": str(row["case"]), "kode": ids.case_code(row["case"]), **told[row["case"]][row["sequence"]]}
        for row in rows
        if row["sequence"] in told.get(row["case"], {})
    ]
    return said, dossiers.unread_rows


def _file(asker: Requester, row: Any) -> AnswerFile:
    names = {one.kode: one.nama for one in asker.office.pejabat}
    return {
        "dimuat": instant(row["begun_at"], asker.office.zona),
        "oleh": names.get(row["imported_by"], row["imported_by"]),
        "baris": row["rows"],
        "diterapkan": row["applied"],
        "perlu_dilihat": row["unplaced"],
    }


def _written(one: Mapping[str, Any], zona: str) -> list[tuple[str, str]]:
    """What stands in a row or a message, as a person reads it; numbers of messages say nothing to him."""
    said: Mapping[str, Any] = one["isi"]
    if one["macam"] == "baris":
        return [(words_of(name), str(value)) for name, value in said.items() if value]
    replied = instant_words(datetime.fromisoformat(said["dijawab"]), zona)
    shown = {**said, "dijawab": replied, "kali": said["kali"] if said["kali"] > 1 else None}
    names = ("hasil", "alasan", "nomor_jawaban", "sejak", "dijawab", "kali")
    return [(words_of(name), str(shown[name])) for name in names if shown.get(name)]


def _lists(
    rows: Sequence[Any], dossiers: Mapping[uuid.UUID, CaseReadModel], asker: Requester
) -> Iterable[dict[str, Any]]:
    """The closed lists that are still to be compared, each with its cases."""
    for batch in dict.fromkeys(row["batch"] for row in rows):
        mine = [row for row in rows if row["batch"] == batch]
        cases: list[dict[str, Any]] = [
            {
                **case_line(dossiers[row["case"]], asker.actor),
                "dimulai": _begun(dossiers[row["case"]], row["slot"], asker),
            }
            for row in mine
        ]
        kumpulan = mine[0]["kumpulan"]
        yield {
            "id": str(batch),
            "nama": words_of(kumpulan),
            "periode": period_words(mine[0]["period"]),
            "ditutup": instant(mine[0]["closed_at"], asker.office.zona),
            "berkas": cases,
            "boleh": any(_own_to_compare(one) for one in cases),
            "dimulai": all(one["dimulai"] and one["dimulai"]["saya"] for one in cases),
            "alamat": f"/batches/{asker.office.kode}/{kumpulan}/tasks/reconcile?kumpulan_id={batch}",
            "mulai": f"/batches/{asker.office.kode}/{kumpulan}/tasks/reconcile/start?kumpulan_id={batch}",
        }


def _own_to_compare(told: Mapping[str, Any]) -> bool:
    return any(one["tugas"] == "reconcile" and one["kerjakan"] for one in told["menunggu"])


def _begun(case_view: CaseReadModel, slot: str, asker: Requester) -> dict[str, Any] | None:
    begun = begun_by(case_view, slot)
    if begun is None:
        return None
    who = begun.actor or ""
    return {
        **official(case_view.offices, who, begun.at),
        "saya": who == asker.actor.code,
        "setempat": instant_words(begun.at, asker.office.zona),
    }


def _was_compared(case_view: CaseReadModel, row: Any, asker: Requester) -> dict[str, Any] | None:
    """One that was compared: with what result, by whom, and whether its letter is archived by now."""
    event = comparison_of(case_view, row["batch"])
    if event is None or event.hasil is None:
        return None
    told = case_line(case_view, asker.actor)
    note = getattr(event.data, "note", None)
    to_archive = any(one.slot == row["slot"] and TASKS[one.tugas].letters == "files" for one in case_view.opened.due)
    return {
        **told,
        "periode": period_words(row["period"]),
        "hasil": event.hasil,
        "kata": words_of(event.hasil),
        "pada": instant(event.at, asker.office.zona),
        "oleh": official(case_view.offices, event.actor, event.at)["nama"] if event.actor else "otomatis",
        "catatan": note if isinstance(note, str) else None,
        "diarsipkan": not to_archive and any(one.type == "LetterArchived" for one in case_view.history),
    }


def _is_turn(sop: Sop, who: str, post: str) -> bool:
    return post in sop.pelaksana[who].jabatan or post in sop.posts_recording(who)
