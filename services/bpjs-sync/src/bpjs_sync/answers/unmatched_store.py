"""Answers that wait for a person: rows of files and messages, read from their tables and opened with their keys."""

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final, TypedDict

import asyncpg

from bpjs_sync.answers.answer import SAYS
from bpjs_sync.cursors import BEGINNING, Place
from jejak.cases.unreadable import skipping_unreadable
from jejak.contracts.codec import open_bytes, unwrap
from jejak.platform.key_settings import MasterKeys

_ROWS: Final = """
SELECT u.id, u.row_no, u.reason, u."case", u.sealed, u.kept_at, f.id AS file_id, f.wrapped_key, f.sha256, f.imported_by
FROM bpjs.unplaced u JOIN bpjs.answer_file f ON f.no = u.file_no WHERE u.office = $1 AND u.resolved_at IS NULL
"""
_REPLIES: Final = """
SELECT id, reply, submission, result, since, replied_at, key, sealed, client, topic, received_at, settled_at, times,
       office, "case", kind, reason
FROM bpjs.reply WHERE state = 'kept' AND office = $1
"""
ROWS: Final = f"{_ROWS} AND (u.kept_at, u.id) > ($2, $3) ORDER BY u.kept_at, u.id LIMIT $4"
REPLIES: Final = f"{_REPLIES} AND (settled_at, id) > ($2, $3) ORDER BY settled_at, id LIMIT $4"
ROW: Final = f"{_ROWS} AND u.id = $2"
REPLY: Final = f"{_REPLIES} AND id = $2"
COUNT: Final = """
SELECT (SELECT count(*) FROM bpjs.unplaced WHERE resolved_at IS NULL AND office = $1)
     + (SELECT count(*) FROM bpjs.reply WHERE state = 'kept' AND office = $1)
"""
_UNREADABLE: Final = "(isi jawaban ini tidak dapat dibaca; hubungi pengelola sistem)"
_KEYS: Final = "SELECT id, wrapped FROM bpjs.reply_key WHERE id = ANY ($1::uuid[])"


class UnmatchedRow(TypedDict):
    """One answer that waits. `macam`: `baris` for a row of a file, else the objection to a message; `isi`: its text."""

    id: str
    macam: str
    baris: int | None
    sebab: str | None
    berkas: str | None
    isi: dict[str, Any]
    dimuat: str
    oleh: str | None


def associated_data(identity: uuid.UUID) -> bytes:
    """What a key of answers, or an answer's text, is bound to."""
    return b"jawaban:" + identity.bytes


def opened_row(masters: MasterKeys, row: Any) -> dict[str, str]:
    """A stored row, opened with the key of its file (columns id, file_id, wrapped_key, sealed)."""
    key = unwrap(masters, row["wrapped_key"], associated_data(row["file_id"]))
    raw: dict[str, str] = json.loads(open_bytes(key, row["sealed"], row["id"].bytes))
    return raw


async def reply_keys(
    pool: asyncpg.Pool, masters: MasterKeys, identities: Collection[uuid.UUID]
) -> dict[uuid.UUID, bytes]:
    """The keys under which free text of messages is sealed; a key that does not open is left out."""
    keys: dict[uuid.UUID, bytes] = {}
    for row in await pool.fetch(_KEYS, list(identities)):
        with skipping_unreadable(row["id"]):
            keys[row["id"]] = unwrap(masters, row["wrapped"], associated_data(row["id"]))
    return keys


def reply_text(keys: Mapping[uuid.UUID, bytes], row: Any) -> dict[str, str]:
    """The free text of a message (columns reply, key, sealed): reason and reference, as far as it has them."""
    if row["sealed"] is None:
        return {}
    text: dict[str, str] = json.loads(open_bytes(keys[row["key"]], row["sealed"], associated_data(row["reply"])))
    return text


async def unmatched_rows(
    pool: asyncpg.Pool, masters: MasterKeys, office: str, limit: int, after: Place = BEGINNING
) -> tuple[list[UnmatchedRow], Place | None]:
    """A page of an office's waiting answers, the longest waiting first; and its last row's place, if more follow.

    Answers to unknown submissions are the operator's (`replies.unknown`), and hide none of these.
    """
    rows = [(row["kept_at"], row["id"], row, True) for row in await pool.fetch(ROWS, office, *after, limit + 1)]
    replies = [
        (row["settled_at"], row["id"], row, False) for row in await pool.fetch(REPLIES, office, *after, limit + 1)
    ]
    waiting = sorted(rows + replies, key=lambda entry: entry[:2])
    page = waiting[:limit]
    identities = {row["key"] for _, _, row, of_file in page if not of_file and row["sealed"] is not None}
    keys = await reply_keys(pool, masters, identities)
    lines = [_of_file(masters, row) if of_file else _of_message(keys, row) for _, _, row, of_file in page]
    return lines, page[-1][:2] if len(waiting) > limit else None


def _of_file(masters: MasterKeys, row: Any) -> UnmatchedRow:
    contents: dict[str, Any] = {"isi": _UNREADABLE}
    with skipping_unreadable(row["case"] or row["id"]):
        contents = {**opened_row(masters, row)}
    return {
        "id": str(row["id"]),
        "macam": "baris",
        "baris": row["row_no"],
        "sebab": row["reason"],
        "berkas": str(row["case"]) if row["case"] else None,
        "isi": contents,
        "dimuat": row["kept_at"].isoformat(),
        "oleh": row["imported_by"],
    }


def _of_message(keys: Mapping[uuid.UUID, bytes], row: Any) -> UnmatchedRow:
    text: dict[str, str] = {"reason": _UNREADABLE}
    with skipping_unreadable(row["case"] or row["id"]):
        text = reply_text(keys, row)
    return {
        "id": str(row["id"]),
        "macam": row["kind"],
        "baris": None,
        "sebab": row["reason"],
        "berkas": str(row["case"]) if row["case"] else None,
        "isi": {
            "jawaban": str(row["reply"]),
            "kiriman": str(row["submission"]),
            "hasil": SAYS[row["result"]],
            "sejak": row["since"].isoformat() if row["since"] else None,
            "dijawab": row["replied_at"].isoformat(),
            "kali": row["times"],
            "alasan": text.get("reason"),
            "nomor_jawaban": text.get("reference"),
        },
        "dimuat": row["received_at"].isoformat(),
        "oleh": row["client"] or row["topic"],
    }
