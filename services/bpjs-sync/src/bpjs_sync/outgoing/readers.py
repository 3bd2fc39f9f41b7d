"""The public keys of the readers of personal parts: added, ended and rotated while the service runs."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Gauge

from bpjs_sync.outgoing.encryption import ReaderKey, parse_reader_key
from jejak.contracts.bpjs.parts import EXAMPLE_KEYS
from jejak.eventstore.postgres.leader_election import Leadership
from jejak.platform.errors import Malformed, Missing

FRESH_SECONDS: Final = 0.5
_EVERY_SECONDS: Final = 30.0
_VALID: Final = """
SELECT jwk FROM bpjs.consumer_key WHERE valid_until IS NULL OR valid_until > clock_timestamp() ORDER BY kid
"""
_LEFT: Final = """
SELECT consumer, count(*) AS count,
       CASE WHEN bool_or(valid_until IS NULL) THEN 'infinity'
            ELSE extract(epoch FROM max(valid_until) - clock_timestamp())::float8 END AS seconds
FROM bpjs.consumer_key WHERE valid_until IS NULL OR valid_until > clock_timestamp() GROUP BY consumer
"""
_ADD: Final = """
INSERT INTO bpjs.consumer_key (kid, consumer, jwk, valid_until) VALUES ($1, $2, $3::jsonb, $4)
ON CONFLICT (kid) DO NOTHING RETURNING kid
"""
_SAME: Final = "SELECT jwk = $2::jsonb FROM bpjs.consumer_key WHERE kid = $1"
_END: Final = """
UPDATE bpjs.consumer_key SET valid_until = least(coalesce(valid_until, 'infinity'), coalesce($2, clock_timestamp()))
WHERE kid = $1 RETURNING kid
"""
_LIST: Final = """
SELECT kid, consumer, jwk ->> 'kty' AS kind, added_at, valid_until,
       (valid_until IS NULL OR valid_until > clock_timestamp()) AS valid
FROM bpjs.consumer_key ORDER BY added_at, kid
"""
_log = structlog.get_logger()
_READERS = Gauge("jejak_bpjs_keys_valid", "Public keys to which messages for BPJS are encrypted")
_ENDS = Gauge("jejak_bpjs_key_seconds_left", "Until the last valid key of a consumer ends", ["consumer"])


@dataclass(slots=True)
class ReaderKeys:
    """The keys of one installation."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    _valid: tuple[ReaderKey, ...] = ()
    _until: float = field(default=-1.0)

    async def valid(self) -> tuple[ReaderKey, ...]:
        """The keys to encrypt to now, at most half a second old."""
        now = asyncio.get_running_loop().time()
        if self._until < now:
            self._valid = tuple(parse_reader_key(json.loads(row["jwk"])) for row in await self.pool.fetch(_VALID))
            self._until = now + FRESH_SECONDS
        return self._valid

    async def add(self, consumer: str, jwk: Mapping[str, Any], until: datetime | None = None) -> str:
        """Adds a key, to which messages are encrypted from now on; returns its kid. Malformed for an unusable key.

        The same key again changes nothing; another key under a known kid is Malformed.
        """
        key = parse_reader_key(jwk)
        if key.key.thumbprint() in EXAMPLE_KEYS:
            raise Malformed(
                "kunci_contoh", "Ini kunci contoh; kunci rahasianya sudah diumumkan. Buat pasangan kunci baru."
            )
        if until is not None and until <= await self.pool.fetchval("SELECT clock_timestamp()"):
            raise Malformed("kunci_berakhir", "Saat berakhirnya sudah lewat. Sebutkan saat yang akan datang.")
        added = await self.pool.fetchval(_ADD, key.kid, consumer, json.dumps(jwk), until)
        if added is None and not await self.pool.fetchval(_SAME, key.kid, json.dumps(jwk)):
            raise Malformed("kunci_ada", f"Kunci dengan kid {key.kid} sudah ada. Kunci baru harus memakai kid baru.")
        return key.kid

    async def end(self, kid: str, at: datetime | None = None) -> None:
        """Ends a key at an instant, now by default: nothing is encrypted to it after that. Missing for no such key."""
        if await self.pool.fetchval(_END, kid, at) is None:
            raise Missing("kunci_tidak_ada", f"Kunci dengan kid {kid} tidak ada. Lihat: jejak bpjs key list.")

    async def all(self) -> list[asyncpg.Record]:
        """Every key, valid or ended: kid, consumer, kind, added_at, valid_until, valid."""
        return await self.pool.fetch(_LIST)

    async def show(self) -> None:
        """Sets the gauges. A consumer without a valid key has no value, one whose key has no end has infinity."""
        rows = await self.pool.fetch(_LEFT)
        _hide()
        _READERS.set(sum(row["count"] for row in rows))
        for row in rows:
            _ENDS.labels(row["consumer"]).set(row["seconds"])

    async def watch(self, lead: Leadership) -> None:
        """Refreshes the gauges while leadership is held. A process that no longer leads shows no values."""
        try:
            while lead.held:
                try:
                    await self.show()
                except Exception as error:  # noqa: BLE001 - a failing count must not stop the service
                    _log.error("keys_not_counted", error=type(error).__name__)
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            _hide()


def _hide() -> None:
    _READERS.set(0)
    _ENDS.clear()
