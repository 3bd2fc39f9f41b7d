"""An office's own letter forms in the database: for a kind, or for every kind; else the built-in one is used."""

from typing import Any, Final

from letters.printing.letter import LETTER_KINDS

KINDS: Final = ("*", *LETTER_KINDS)
"""What a form may be for: every kind, or one."""
MAX_BYTES: Final = 200_000
_OF: Final = "SELECT body FROM letters.template WHERE office = $1 AND jenis IN ($2, '*') ORDER BY jenis = '*' LIMIT 1"
_ALL: Final = "SELECT jenis, octet_length(body) AS size, put_at FROM letters.template WHERE office = $1 ORDER BY jenis"


async def template_of(database: Any, office: str, jenis: str) -> bytes | None:
    """The template for a kind of letter; None where the office has none of its own."""
    body = await database.fetchval(_OF, office, jenis)
    return body if isinstance(body, bytes) else None


async def store_template(database: Any, office: str, jenis: str, body: bytes) -> None:
    """Store a form for the next letters. The template must have been tried before (`pdf.check_template`)."""
    await database.fetchval("SELECT letters.put_template($1, $2, $3)", office, jenis, body)


async def drop_template(database: Any, office: str, jenis: str) -> bool:
    """Remove the office's own form; whether there was one."""
    return bool(await database.fetchval("SELECT letters.drop_template($1, $2)", office, jenis))


async def templates_of(database: Any, office: str) -> list[Any]:
    """The forms of an office: jenis, size in bytes, put_at."""
    rows: list[Any] = await database.fetch(_ALL, office)
    return rows
