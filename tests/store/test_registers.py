"""Imported registers in a real database: the answer of a look-up before, during and after an import, and the rights."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from jejak.privacy import nik as niks
from jejak.tables.reading import ReadingError
from tests.servers import Database
from tests.store.registers import (
    ANI,
    BUDI,
    JANUARY,
    KEYS,
    MARCH,
    OFFICE,
    SITI,
    Connection,
    ask,
    listed_in,
    nik,
    of,
    statuses,
    write,
)
from verification.registers.importing import ImportRefusedError, ImportResult, import_register
from verification.registers.lookup import LOOKUP, Answering, LookUp, RegisterAnswers, RegisterKind, lookup
from verification.registers.rows import BadRow


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    """A session of the verification service."""
    session = await asyncpg.connect(database.urls["verification"])
    yield session
    await session.close()


async def test_a_look_up_says_what_every_register_knows_and_which_import_says_so(
    connection: Connection, tmp_path: Path
) -> None:
    dtks = write(tmp_path, ["NIK;Nama;ID DTKS", f"{BUDI};Budi;DTKS-0012"], "dtks.csv")
    dtsen = write(tmp_path, ["NIK;Nama;Desil", f"{BUDI};Budi;7", f"{SITI};Siti;0"], "dtsen.csv")
    header = "NIK;Nama;No Kartu;Segmen;Status;Tgl Nonaktif;Jumlah Nonaktif;No SK Nonaktif"
    off = f"{BUDI};BUDI;0001234567890;PBI (APBN);NON AKTIF;04-01-2026;1;8/HUK/2026"
    bpjs = write(tmp_path, [header, off], "bpjs.csv")
    dukcapil = write(tmp_path, ["NIK;No KK;Nama;Tgl Lahir", f"{SITI};{BUDI};SITI;01-01-1985"], "dukcapil.csv")

    first = await import_register(connection, KEYS, of(dtks))
    await import_register(connection, KEYS, of(dtsen, "DTSEN", as_of=MARCH))
    await import_register(connection, KEYS, of(bpjs, "BPJS"))
    await import_register(connection, KEYS, of(dukcapil, "DUKCAPIL"))
    answer = await ask(connection, BUDI, SITI, ANI)

    assert answer.answering["DTKS"] == Answering(first.import_id, OFFICE, "DTKS", RegisterKind.POOR, JANUARY)
    assert set(answer.answering) == {"DTKS", "DTSEN", "BPJS", "DUKCAPIL"}
    budi, siti = answer.answers[BUDI], answer.answers[SITI]
    assert [(row.source.register, row.desil, row.name, row.number) for row in budi.listed] == [
        ("DTKS", None, "Budi", "DTKS-0012"),
        ("DTSEN", 7, "Budi", None),
    ]
    [member] = budi.members
    assert (member.card, member.segment, member.status) == ("0001234567890", "PBI (APBN)", "NON AKTIF")
    assert (member.deactivated_on, member.deactivations) == (date(2026, 1, 4), 1)
    assert member.decree == "8/HUK/2026"
    assert [(row.desil, row.source.as_of) for row in siti.listed] == [(0, MARCH)]
    [resident] = siti.residents
    assert (resident.kk, resident.name, resident.born) == (BUDI, "SITI", date(1985, 1, 1))
    assert answer.answers[ANI] == RegisterAnswers()


async def test_a_register_never_imported_does_not_answer_not_listed(connection: Connection) -> None:
    answer = await ask(connection, BUDI)

    assert answer == LookUp({}, {BUDI: RegisterAnswers()})


async def test_only_the_kinds_asked_for_answer(connection: Connection, tmp_path: Path) -> None:
    path = write(tmp_path, ["NIK", BUDI])
    await import_register(connection, KEYS, of(path, "DTKS"))
    await import_register(connection, KEYS, of(path, "BPJS"))

    answer = await lookup(connection, KEYS, OFFICE, [BUDI], [RegisterKind.MEMBERS])

    assert set(answer.answering) == {"BPJS"}
    assert not answer.answers[BUDI].listed


async def test_the_newest_import_answers_and_the_record_of_the_old_one_stays(
    connection: Connection, tmp_path: Path
) -> None:
    await import_register(connection, KEYS, of(write(tmp_path, ["NIK", BUDI])))
    await import_register(connection, KEYS, of(write(tmp_path, ["NIK", SITI], "maret.csv"), as_of=MARCH))

    answer = await ask(connection, BUDI, SITI)

    assert (listed_in(answer, BUDI), listed_in(answer, SITI)) == ([], ["DTKS"])
    records = await connection.fetch(
        "SELECT status, as_of, file_name, imported_by, rows_kept, wrapped_key IS NULL AS shredded"
        " FROM register.import ORDER BY no"
    )
    assert [tuple(record) for record in records] == [
        ("superseded", JANUARY, "daftar.csv", "petugas uji", 1, True),
        ("answering", MARCH, "maret.csv", "petugas uji", 1, False),
    ]
    assert await connection.fetchval("SELECT count(*) FROM register.entry") == 1


async def test_importing_the_same_file_twice_says_so_and_changes_nothing(
    connection: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path, ["NIK", BUDI])
    first = await import_register(connection, KEYS, of(path))

    second = await import_register(connection, KEYS, of(path, as_of=MARCH))

    assert (second.outcome, second.import_id, second.as_of) == ("same_file", first.import_id, JANUARY)
    assert second.finished_at is not None
    assert await connection.fetchval("SELECT count(*) FROM register.import") == 1


async def test_an_older_list_does_not_replace_a_newer_one_unless_told_to(
    connection: Connection, tmp_path: Path
) -> None:
    older = write(tmp_path, ["NIK", SITI], "januari.csv")
    await import_register(connection, KEYS, of(write(tmp_path, ["NIK", BUDI]), as_of=MARCH))

    with pytest.raises(ImportRefusedError, match=r"lebih baru \(per 31-03-2026\)"):
        await import_register(connection, KEYS, of(older))
    assert listed_in(await ask(connection, BUDI), BUDI) == ["DTKS"]

    await import_register(connection, KEYS, of(older, again=True))
    assert listed_in(await ask(connection, SITI), SITI) == ["DTKS"]


async def test_of_two_imports_at_once_the_one_of_the_later_date_answers(database: Database, tmp_path: Path) -> None:
    january = write(tmp_path, ["NIK", BUDI], "januari.csv")
    march = write(tmp_path, ["NIK", SITI], "maret.csv")
    first, second = [await asyncpg.connect(database.urls["verification"]) for _ in range(2)]

    outcomes = await asyncio.gather(
        import_register(first, KEYS, of(january)),
        import_register(second, KEYS, of(march, as_of=MARCH)),
        return_exceptions=True,
    )
    answer = await ask(first, BUDI, SITI)
    await asyncio.gather(first.close(), second.close())

    assert all(isinstance(outcome, ImportResult | ImportRefusedError) for outcome in outcomes)
    assert answer.answering["DTKS"].as_of == MARCH
    assert (listed_in(answer, BUDI), listed_in(answer, SITI)) == ([], ["DTKS"])


async def test_the_province_answers_for_its_offices_and_the_later_list_wins(
    connection: Connection, tmp_path: Path
) -> None:
    province = write(tmp_path, ["NIK", BUDI], "provinsi.csv")
    own = write(tmp_path, ["NIK", SITI], "kabupaten.csv")
    await import_register(connection, KEYS, of(province, office="13"))
    assert listed_in(await ask(connection, BUDI, office="13.02"), BUDI) == ["DTKS"]
    assert listed_in(await ask(connection, BUDI, office="51.07"), BUDI) == []

    await import_register(connection, KEYS, of(own, as_of=MARCH))

    answer = await ask(connection, BUDI, SITI)
    assert (answer.answering["DTKS"].office, listed_in(answer, BUDI)) == (OFFICE, [])
    assert listed_in(await ask(connection, BUDI, office="13.02"), BUDI) == ["DTKS"]


async def test_bad_and_repeated_rows_are_reported_and_skipped(connection: Connection, tmp_path: Path) -> None:
    rows = [
        "NIK;Nama;Desil",
        f"{BUDI};Budi;1",
        f"{BUDI[:-1]};X;1",
        f"{SITI};Siti;12",
        f"{ANI};Ani;2",
        f"{BUDI};Budi lagi;1",
    ]

    imported = await import_register(connection, KEYS, of(write(tmp_path, rows), "DTSEN"))

    report = imported.report
    assert (report.read, report.taken, report.bad, report.duplicates) == (5, 2, 2, 1)
    assert report.named == [
        BadRow(3, "NIK harus 16 angka"),
        BadRow(4, "desil harus angka 0 sampai 10"),
        BadRow(6, "NIK dan isi sama dengan baris 2; baris pertama yang dipakai"),
    ]
    assert [row.desil for row in (await ask(connection, BUDI)).answers[BUDI].listed] == [1]
    record = await connection.fetchrow("SELECT rows_read, rows_kept, rows_bad, rows_duplicate FROM register.import")
    assert record is not None
    assert tuple(record) == (5, 2, 2, 1)


async def test_two_cards_of_one_person_are_both_kept(connection: Connection, tmp_path: Path) -> None:
    rows = [
        "NIK;No Kartu;Status",
        f"{BUDI};0001234567890;AKTIF",
        f"{BUDI};0001234567891;NON AKTIF",
        f"{BUDI};0001234567890;AKTIF",
    ]
    imported = await import_register(connection, KEYS, of(write(tmp_path, rows), "BPJS"))
    assert (imported.report.taken, imported.report.unlikes, imported.report.duplicates) == (2, 1, 1)
    members = (await ask(connection, BUDI)).answers[BUDI].members
    assert [(row.card, row.status) for row in members] == [("0001234567890", "AKTIF"), ("0001234567891", "NON AKTIF")]


@pytest.mark.parametrize(
    ("register", "heading", "rows"),
    [
        ("BPJS", "NIK;No Kartu;Status", ("0001234567890;AKTIF", "0001234567890;MENINGGAL DUNIA")),
        ("BPJS", "NIK;Status;Tgl Nonaktif", ("NONAKTIF;2025-01-01", "NONAKTIF;2026-01-01")),
        ("DUKCAPIL", "NIK;Status", ("HIDUP", "MENINGGAL")),
        ("DTSEN", "NIK;Desil", ("1", "7")),
    ],
)
async def test_rows_of_one_person_that_contradict_each_other_are_both_kept(
    connection: Connection, tmp_path: Path, register: str, heading: str, rows: tuple[str, ...]
) -> None:
    path = write(tmp_path, [heading, *(f"{BUDI};{row}" for row in rows)])
    report = (await import_register(connection, KEYS, of(path, register))).report
    assert (report.taken, report.unlikes, report.duplicates) == (2, 1, 0)
    assert report.named == [BadRow(3, "NIK sama dengan baris 2, isinya lain; keduanya dipakai")]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (["NIK", "1", "2"], "Tidak ada satu pun baris yang benar"),
        (["NIK", "1", "2", BUDI], "2 dari 3 baris salah"),
        (
            ["NIK", *(f"13010112038{year:01}{serial:03}0" for year in range(2) for serial in range(100, 120))],
            "digit terakhirnya",
        ),
    ],
)
async def test_a_file_that_was_read_wrongly_leaves_the_old_list(
    connection: Connection, tmp_path: Path, rows: list[str], why: str
) -> None:
    await import_register(connection, KEYS, of(write(tmp_path, ["NIK", SITI], "lama.csv")))

    with pytest.raises(ImportRefusedError, match=why):
        await import_register(connection, KEYS, of(write(tmp_path, rows), as_of=MARCH))

    assert listed_in(await ask(connection, SITI), SITI) == ["DTKS"]
    assert await statuses(connection) == ["answering", "abandoned"]


async def test_a_table_broken_in_the_middle_leaves_the_old_list(connection: Connection, tmp_path: Path) -> None:
    await import_register(connection, KEYS, of(write(tmp_path, ["NIK", SITI], "lama.csv")))
    broken = write(tmp_path, ["NIK;Nama", *(f"{nik(n)};X" for n in range(1, 6_000)), f'{BUDI};"tidak ditutup'])

    with pytest.raises(ReadingError, match="baris 6001"):
        await import_register(connection, KEYS, of(broken, as_of=MARCH))

    answer = await ask(connection, SITI, nik(1))
    assert (listed_in(answer, SITI), listed_in(answer, nik(1))) == (["DTKS"], [])


async def test_a_look_up_never_sees_half_an_import(database: Database, tmp_path: Path) -> None:
    people = [nik(number) for number in range(1, 12_001)]
    sampled = [people[0], people[6_000], people[-1]]
    old = write(tmp_path, ["NIK;ID DTKS", *(f"{person};lama" for person in people)], "lama.csv")
    new = write(tmp_path, ["NIK;ID DTKS", *(f"{person};baru" for person in people)], "baru.csv")
    importer, requester = [await asyncpg.connect(database.urls["verification"]) for _ in range(2)]
    await import_register(importer, KEYS, of(old))

    switching = asyncio.create_task(import_register(importer, KEYS, of(new, as_of=MARCH)))
    seen = []
    while not switching.done():
        answer = await ask(requester, *sampled)
        seen.append({row.number for person in sampled for row in answer.answers[person].listed})
        assert all(len(answer.answers[person].listed) == 1 for person in sampled)
    seen.append({row.number for row in (await ask(requester, sampled[0])).answers[sampled[0]].listed})
    await switching
    await asyncio.gather(importer.close(), requester.close())

    assert seen[0] == {"lama"}
    assert seen[-1] == {"baru"}
    assert all(answer in ({"lama"}, {"baru"}) for answer in seen)


async def test_an_import_that_died_is_cleared_away_by_the_next(database: Database, tmp_path: Path) -> None:
    dying = await asyncpg.connect(database.urls["verification"])
    begun = await dying.fetchrow(
        "SELECT * FROM register.begin_import(gen_random_uuid(), '13.01', 'DTKS', 'kemiskinan', NULL, 'x.csv',"
        " sha256('x'), 'petugas uji', 'kunci', false)"
    )
    assert begun is not None
    await dying.execute(
        "SELECT register.load_entries($1, ARRAY[sha256('a')], ARRAY[''::bytea], ARRAY[2], ARRAY[NULL::smallint],"
        " ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[NULL::date], ARRAY[NULL::smallint], ARRAY[NULL::bytea])",
        begun["import_no"],
    )
    importer = await asyncpg.connect(database.urls["verification"])
    await import_register(importer, KEYS, of(write(tmp_path, ["NIK", BUDI])))
    alive = await importer.fetchval("SELECT status FROM register.import WHERE no = $1", begun["import_no"])

    await dying.close()
    await import_register(importer, KEYS, of(write(tmp_path, ["NIK", SITI]), as_of=MARCH))

    ended = await statuses(importer)
    rows = await importer.fetchval("SELECT count(*) FROM register.entry")
    await importer.close()
    assert alive == "loading"
    assert ended == ["abandoned", "superseded", "answering"]
    assert rows == 1


async def test_no_number_and_no_name_stands_in_clear(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    header = "NIK;No KK;Nama;No Kartu;Status"
    path = write(tmp_path, [header, f"{BUDI};{SITI};Budi Santoso;0001234567890;AKTIF"])
    await import_register(connection, KEYS, of(path, "BPJS"))
    await import_register(connection, KEYS, of(path, "DUKCAPIL"))
    await import_register(connection, KEYS, of(path, "DTKS"))

    admin = await asyncpg.connect(database.url)
    stored = await admin.fetch("SELECT e::text, encode(e.sealed, 'escape') FROM register.entry e")
    stored += await admin.fetch("SELECT i::text, file_name FROM register.import i")
    await admin.close()

    assert len(stored) == 6
    for secret in (BUDI, SITI, "Budi", "0001234567890"):
        assert not any(secret in text or secret.encode().hex() in text for row in stored for text in row)


@pytest.mark.parametrize("service", ["intake", "approval", "letters", "ledger"])
async def test_a_service_that_does_not_look_up_may_not_read(database: Database, service: str) -> None:
    session = await asyncpg.connect(database.urls[service])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(session, BUDI)
    finally:
        await session.close()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO register.entry SELECT * FROM register.entry",
        "UPDATE register.import SET as_of = '2030-01-01'",
        "DELETE FROM register.entry",
        "TRUNCATE register.import",
    ],
)
async def test_no_service_writes_past_the_functions(connection: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)


async def test_rows_cannot_be_added_to_an_import_that_answers(connection: Connection, tmp_path: Path) -> None:
    await import_register(connection, KEYS, of(write(tmp_path, ["NIK", BUDI])))

    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await connection.execute(
            "SELECT register.load_entries(1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')"
        )


async def test_a_look_up_among_fifty_thousand_rows_reads_an_index_only(
    connection: Connection, database: Database, tmp_path: Path
) -> None:
    people = [nik(number) for number in range(1, 25_001)]
    path = write(tmp_path, ["NIK", *people])
    for register in ("DTKS", "BPJS"):
        imported = await import_register(connection, KEYS, of(path, register))
        assert imported.report.taken == 25_000
    admin = await asyncpg.connect(database.url)
    await admin.execute("ANALYZE register.entry")
    await admin.execute("ANALYZE register.import")
    await admin.close()

    for count in (1, 100):
        plan = await explain(connection, people[:count])
        assert "entry_pkey" in plan
        assert "Seq Scan on entry" not in plan


async def explain(connection: Connection, people: list[str]) -> str:
    """The plan of the look-up of these people."""
    indexes = [niks.index(KEYS.index, person) for person in people]
    rows = await connection.fetch("EXPLAIN " + LOOKUP, [OFFICE, "13"], [str(kind) for kind in RegisterKind], indexes)
    return "\n".join(row[0] for row in rows)
