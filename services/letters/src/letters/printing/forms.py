"""An office's own form of its letters, kept in the database: for the kind, else for every kind, else ours."""

from typing import Any, Final

KINDS: Final = ("*", "rekomendasi", "usulan", "penonaktifan", "penolakan")
MAX_BYTES: Final = 200_000
_OF: Final = "SELECT body FROM letters.template WHERE office = $1 AND jenis IN ($2, '*') ORDER BY jenis = '*' LIMIT 1"
_ALL: Final = "SELECT jenis, octet_length(body) AS size, put_at FROM letters.template WHERE office = $1 ORDER BY jenis"


async def template_of(database: Any, office: str, jenis: str) -> bytes | None:
    """The template for a kind of letter; None where the office has none of its own."""
    body = await database.fetchval(_OF, office, jenis)
    return body if isinstance(body, bytes) else None


async def store_template(database: Any, office: str, jenis: str, body: bytes) -> None:
    """From the next letter on it is drawn so. The template must have been tried before (`pdf.check_template`)."""
    await database.fetchval("SELECT letters.put_template($1, $2, $3)", office, jenis, body)


async def drop_template(database: Any, office: str, jenis: str) -> bool:
    """Back to the form that comes with the program; whether there was one of the office's own."""
    return bool(await database.fetchval("SELECT letters.drop_template($1, $2)", office, jenis))


async def templates_of(database: Any, office: str) -> list[Any]:
    """What an office has: jenis, size in bytes, put_at."""
    rows: list[Any] = await database.fetch(_ALL, office)
    return rows
