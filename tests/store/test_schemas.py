"""The rights of services by the catalogue: each its own schema, and of the event store only the rights named here."""

from __future__ import annotations

from typing import Final

import asyncpg
import pytest

from jejak.eventstore.postgres.roles import ALL_SERVICES
from jejak.platform.database_settings import role
from tests.servers import Database

OWN: Final = {
    "intake": "intake",
    "letters": "letters",
    "approval": "approval",
    "verification": "register",
    "bpjs_sync": "bpjs",
    "ledger": "view",
}
REPORT_SCHEMA: Final = "report"
"""The ledger's as well: its views for the login of reports (`test_reports.py`)."""
SHARED: Final = ("es", "keys", "access", "jejak", "public")

PUBLIC_RIGHTS: Final = frozenset(
    {
        *("USAGE es", "USAGE keys", "USAGE access", "USAGE jejak", "USAGE public", "SELECT jejak.migration"),
        "EXECUTE access.see_session",
        *("SELECT es.stream", "SELECT es.event", "SELECT es.due", "SELECT es.blob", "SELECT keys.case_key"),
        *("SELECT es.sop", "SELECT es.kantor", "SELECT es.dev_clock", "SELECT es.trace"),
        *("EXECUTE es.now", "EXECUTE es.entered_in", "EXECUTE es.readable"),
        "EXECUTE es.set_dev_clock",  # refused outside development, as `append_at` is
    }
)
DECIDING: Final = frozenset(
    f"EXECUTE es.{name}"
    for name in ("append", "append_one", "append_at", "put_trace", "put_blob", "claim", "defer", "park", "unpark")
)
"""Functions that check the type of an event or the owner of a task themselves."""
PUBLISHING: Final = frozenset(
    {
        *("EXECUTE es.current_epoch", "SELECT es.epoch"),
        *("SELECT es.checkpoint", "INSERT es.checkpoint", "UPDATE es.checkpoint"),
    }
)
"""Rows of the checkpoint belong to their publisher (`test_checkpoint.py`)."""
MAY: Final = {
    "intake": DECIDING | {"SELECT es.person", "EXECUTE es.put_person", "EXECUTE keys.put_case_key"},
    "verification": DECIDING | {"SELECT es.person"},
    "approval": DECIDING,
    "letters": DECIDING,
    "bpjs_sync": DECIDING | PUBLISHING | {"SELECT es.person", "EXECUTE keys.put_case_key"},
    "ledger": PUBLISHING
    | {"SELECT es.person", "SELECT es.event_json", "EXECUTE access.begin_session", "EXECUTE access.end_sessions"},
}
"""All rights of a service outside its own schema, beyond those of PUBLIC."""

# A right on a column counts as one on its table; a right of PUBLIC counts for every role.
GRANTED: Final = """
WITH schemas AS (
    SELECT oid, nspname AS name FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> ALL ($2::text[]))
SELECT concat_ws(' ', p, s.name) FROM schemas s, unnest(ARRAY['USAGE', 'CREATE']) AS p
WHERE has_schema_privilege($1, s.oid, p)
UNION ALL
SELECT format('%s %s.%s', p, s.name, c.relname)
FROM schemas s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f'),
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p
WHERE has_any_column_privilege($1, c.oid, p)
UNION ALL
SELECT format('%s %s.%s', p, s.name, c.relname)
FROM schemas s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f'),
     unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS p
WHERE has_table_privilege($1, c.oid, p)
UNION ALL
SELECT format('%s %s.%s', p, s.name, c.relname)
FROM schemas s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind = 'S', unnest(ARRAY['USAGE', 'SELECT']) AS p
WHERE has_sequence_privilege($1, c.oid, p)
UNION ALL
SELECT format('EXECUTE %s.%s', s.name, p.proname) FROM schemas s JOIN pg_proc p ON p.pronamespace = s.oid
WHERE has_function_privilege($1, p.oid, 'EXECUTE')
"""
# Objects that run with their owner's rights: functions and views.
NAMED: Final = """
SELECT n.nspname AS schema, p.oid::regprocedure::text AS name, p.prosrc AS source
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1::text[])
UNION ALL
SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname = ANY ($1::text[])
"""


@pytest.mark.parametrize("service", ALL_SERVICES)
async def test_a_service_may_do_in_other_schemas_than_its_own_what_is_named_and_nothing_else(
    database: Database, service: str
) -> None:
    admin = await asyncpg.connect(database.url)
    own = [OWN[service]] if service in OWN else []
    granted = [row[0] for row in await admin.fetch(GRANTED, role(service), own)]
    await admin.close()
    assert sorted(granted) == sorted(PUBLIC_RIGHTS | MAY[service])


async def test_every_schema_is_a_services_own_or_shared_by_all(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    schemas = await admin.fetch("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")
    await admin.close()
    assert {row[0] for row in schemas} == {*OWN.values(), REPORT_SCHEMA, *SHARED}


async def test_no_function_and_no_view_of_a_schema_reaches_into_another_services(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    schemas = [*OWN.values(), REPORT_SCHEMA, "es", "keys", "access"]
    rows = await admin.fetch(NAMED, schemas)
    reaching = [
        (row["name"], other)
        for row in rows
        for other in OWN.values()
        if other != row["schema"]
        and (row["schema"], other) != (REPORT_SCHEMA, OWN["ledger"])
        and await admin.fetchval(r"SELECT $1::text ~ format('\m%s\s*\.', $2::text)", row["source"], other)
    ]
    await admin.close()
    assert {row["schema"] for row in rows} == set(schemas)
    assert reaching == []


async def test_no_service_takes_on_another_role(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    members = await admin.fetch("SELECT member::regrole::text FROM pg_auth_members")
    await admin.close()
    assert not {row[0] for row in members} & set(map(role, ALL_SERVICES))
