"""PostgreSQL as the login of one process finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from jejak.doctor.findings import Check, Finding, findings, span_text
from jejak.eventstore.postgres.migration_files import known
from jejak.eventstore.postgres.roles import LEDGER
from jejak.eventstore.ring_check import TriedKeys, tried_keys
from jejak.platform.database_settings import login_of, role
from jejak.platform.key_settings import MasterKeys

_WITHIN_SECONDS: Final = 5.0
_OLDEST_MAJOR: Final = 16
_SKEW: Final = timedelta(seconds=2)
_ARCHIVE_AGE: Final = timedelta(hours=1)
_FACTS: Final = """
SELECT current_setting('server_version_num')::int / 10000 AS major, pg_is_in_recovery() AS standby,
       session_user::text AS login,
       (SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = session_user) AS administrator,
       EXISTS (SELECT FROM pg_roles WHERE rolname = 'jejak_owner' AND pg_has_role(session_user, oid, 'MEMBER'))
           AS owner,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
       coalesce(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1', true) AS local,
       current_setting('fsync')::bool AND current_setting('full_page_writes')::bool AS durable,
       current_setting('synchronous_commit') <> 'off' AS waits_for_disk,
       current_setting('synchronous_standby_names') AS synchronous,
       current_setting('archive_mode') <> 'off' AS archives,
       (SELECT last_archived_time FROM pg_stat_archiver) AS archived_at,
       (SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) FROM pg_stat_archiver)
           AS archive_fails,
       (SELECT datacl IS NULL
            OR EXISTS (SELECT FROM aclexplode(datacl) WHERE grantee = 0 AND privilege_type = 'CONNECT')
        FROM pg_database WHERE datname = current_database()) AS open_to_all
"""
_MIGRATIONS: Final = "SELECT name FROM jejak.migration"
_NONE_TRIED: Final = TriedKeys(0, 0)
_NO_SCHEMA: Final = (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError)


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What a server tells a login. `skew` is how far its clock is ahead of this machine's.

    `waits_for_disk`: a commit of this login does. `missing` and `unknown` are migrations: known to the program and not
    applied, and the other way round. `archived_at` is the end of the newest piece of WAL that was archived; None for
    none.
    """

    major: int
    standby: bool
    login: str
    administrator: bool
    owner: bool
    encrypted: bool
    local: bool
    durable: bool
    waits_for_disk: bool
    synchronous: str
    archives: bool
    archived_at: datetime | None
    archive_fails: bool
    open_to_all: bool
    skew: timedelta
    missing: Sequence[str] = ()
    unknown: Sequence[str] = ()
    keys: TriedKeys = _NONE_TRIED


async def look(url: str, masters: MasterKeys, clock: Callable[[], datetime]) -> DatabaseFacts:
    """The facts, within five seconds; `masters` is the ring of the process, and `clock` this machine's.

    OSError, TimeoutError or asyncpg's errors when the server does not let in.
    """
    async with asyncio.timeout(_WITHIN_SECONDS):
        connection = await asyncpg.connect(url, server_settings={"application_name": "jejak-doctor"})
        try:
            [row] = await connection.fetch(_FACTS)
            before = clock()
            server = await connection.fetchval("SELECT clock_timestamp()")
            halfway = before + (clock() - before) / 2
            applied = await _applied(connection)
            keys = await _keys(connection, masters)
        finally:
            connection.terminate()
    expected = known()
    return DatabaseFacts(
        **row,
        skew=server - halfway,
        missing=[name for name in expected if name not in applied],
        unknown=sorted(applied - set(expected)),
        keys=keys,
    )


async def _applied(connection: asyncpg.Connection[Any]) -> set[str]:
    try:
        return {row["name"] for row in await connection.fetch(_MIGRATIONS)}
    except _NO_SCHEMA:
        return set()


async def _keys(connection: asyncpg.Connection[Any], masters: MasterKeys) -> TriedKeys:
    try:
        return await tried_keys(connection, masters)
    except _NO_SCHEMA:
        return _NONE_TRIED


def judge(service: str, facts: DatabaseFacts, now: datetime) -> list[Finding]:
    """What of it an operator has to mend before `service` works as promised."""
    login = role(login_of(service))
    archive_age = now - facts.archived_at if facts.archived_at else None
    derives = login == role(LEDGER)  # what it writes can be derived again: roles.py sets synchronous_commit off
    return findings(
        f"PostgreSQL ({service})",
        f"Login {facts.login} masuk ke PostgreSQL {facts.major}, skemanya mutakhir, arsip WAL berjalan.",
        (
            Check(
                facts.major < _OLDEST_MAJOR, "fault", f"PostgreSQL {facts.major} terlalu tua; perlu 16 atau lebih baru."
            ),
            Check(facts.standby, "fault", "Server ini siaga dan tidak menerima tulisan. Arahkan ke server utama."),
            Check(
                facts.administrator or facts.owner or facts.login != login,
                "fault",
                f"Proses ini masuk sebagai {facts.login}; login-nya harus {login}, tanpa hak pengelola.",
            ),
            Check(
                bool(facts.missing),
                "fault",
                f"Skema lebih lama daripada program ({len(facts.missing)} migrasi). Jalankan `jejak migrate`.",
            ),
            Check(
                bool(facts.unknown),
                "warning",
                f"Skema lebih baru daripada program ini ({max(facts.unknown, default='')}). Perbarui program.",
            ),
            Check(
                facts.keys.closed > 0 and not facts.keys.opened,
                "fault",
                "Kunci utama proses ini bukan milik basis data ini: tidak satu pun kunci berkas terbuka. Pasang "
                "JEJAK_MASTER_KEY yang benar.",
            ),
            Check(
                facts.keys.closed > 0 and facts.keys.opened > 0,
                "fault",
                f"{facts.keys.closed} dari {facts.keys.closed + facts.keys.opened} kunci berkas yang dicoba tidak "
                "terbuka. Jalankan `jejak keys status`: mungkin JEJAK_MASTER_KEYS_OLD kurang.",
            ),
            Check(
                not facts.durable or not (facts.waits_for_disk or derives),
                "fault",
                "fsync, full_page_writes atau synchronous_commit mati: yang tersimpan dapat hilang. Hidupkan.",
            ),
            Check(
                facts.open_to_all,
                "fault",
                "Semua login server ini boleh masuk. Jalankan `jejak migrate`, juga setelah pemulihan cadangan.",
            ),
            Check(
                not facts.encrypted and not facts.local,
                "warning",
                "Sambungan tidak dienkripsi. Tambahkan ?sslmode=verify-full&sslrootcert=… pada alamat basis data.",
            ),
            Check(
                not facts.synchronous,
                "warning",
                "Tidak ada server siaga sinkron: bila server utama hilang, yang baru saja disimpan ikut hilang.",
            ),
            Check(not facts.archives, "warning", "WAL tidak diarsipkan: pulih hanya sampai cadangan penuh terakhir."),
            Check(
                facts.archives and facts.archive_fails,
                "fault",
                "Pengarsipan WAL gagal sejak yang terakhir berhasil. Lihat log server dan ruang di tempat cadangan.",
            ),
            Check(
                facts.archives and (archive_age is None or archive_age > _ARCHIVE_AGE),
                "warning",
                "WAL terakhir diarsipkan "
                + (f"{span_text(archive_age)} yang lalu" if archive_age else "belum pernah")
                + "; setel archive_timeout (misalnya 60s).",
            ),
            Check(
                abs(facts.skew) > _SKEW,
                "warning",
                f"Jam mesin ini berbeda {abs(facts.skew).total_seconds():.0f} detik dari PostgreSQL. Periksa NTP.",
            ),
        ),
    )
