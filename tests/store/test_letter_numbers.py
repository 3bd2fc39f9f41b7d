"""Numbers of letters: each given once, none missing, none lost; a signed letter is kept once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from jejak.cli import main
from jejak.eventstore.types import Blob
from letters.numbering.numbers import (
    Database,
    NumberStays,
    NumberTaken,
    ReservedNumber,
    StoredLetter,
    filled_template,
    number_of,
    reserve,
    reserve_typed,
    store_signed,
    stored_signature,
)
from letters.numbering.skipping import MOST, Skip, series_of, skip, skipped_numbers
from tests.servers import Database as Fresh

JANUARY = date(2022, 1, 3)
TEMPLATE = "460/{urut}/DINSOS/{tahun}"


@pytest.fixture
async def pool(database: Fresh) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.urls["letters"], min_size=2, max_size=2) as connections:
        yield connections


async def given(
    db: Database,
    case: UUID | None = None,
    *,
    surat: str = "rekomendasi",
    office: str = "13.01",
    template: str = TEMPLATE,
    day: date = JANUARY,
) -> ReservedNumber:
    return await reserve(db, office=office, template=template, day=day, case=case or uuid4(), surat=surat)


async def typed(
    db: Database, nomor: str, case: UUID | None = None, *, office: str = "13.01", year: int = 2022
) -> ReservedNumber:
    return await reserve_typed(
        db, office=office, nomor=nomor, day=date(year, 1, 3), case=case or uuid4(), surat="rekomendasi"
    )


@pytest.mark.parametrize(
    ("template", "day", "nomor"),
    [
        ("460/{urut}/DINSOS/{tahun}", date(2022, 1, 3), "460/1/DINSOS/2022"),
        ("400.9/REK-{urut:03}/409.103/{tahun}", date(2026, 12, 31), "400.9/REK-001/409.103/2026"),
        ("{urut:04}/{bulan_romawi}/{bulan}/{tahun}", date(2023, 9, 1), "0001/IX/09/2023"),
    ],
)
async def test_a_number_is_written_as_the_office_writes_it(
    template: str, day: date, nomor: str, pool: asyncpg.Pool
) -> None:
    assert (await given(pool, template=template, day=day)).nomor == nomor


async def test_a_padded_number_outgrows_its_width(pool: asyncpg.Pool, database: Fresh) -> None:
    template = "{urut:02}/{tahun}"
    await given(pool, template=template)
    admin = await asyncpg.connect(database.url)
    await admin.execute("UPDATE letters.counter SET last = 99")
    await admin.close()

    assert (await given(pool, template=template)).nomor == "100/2022"


@pytest.mark.parametrize("template", ["460/DINSOS/{tahun}", "{urut}/{urut:03}/{tahun}", "{urut:3}/{tahun}"])
def test_a_template_without_exactly_one_counter_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="tepat satu kali"):
        filled_template(template, JANUARY)


async def test_fifty_reservations_at_once_over_two_connections_leave_no_gap(pool: asyncpg.Pool) -> None:
    numbers = await asyncio.gather(*(given(pool) for _ in range(50)))

    assert sorted(n.urut or 0 for n in numbers) == list(range(1, 51))
    assert len({n.nomor for n in numbers}) == 50
    assert all(n.fresh for n in numbers)


async def test_a_letter_asked_for_ten_times_at_once_has_one_number_and_uses_up_one(pool: asyncpg.Pool) -> None:
    case = uuid4()

    numbers = await asyncio.gather(*(given(pool, case) for _ in range(10)))

    assert {n.nomor for n in numbers} == {"460/1/DINSOS/2022"}
    assert sum(n.fresh for n in numbers) == 1
    assert (await given(pool)).urut == 2


async def test_a_new_draft_next_year_keeps_the_number_of_its_letter(pool: asyncpg.Pool) -> None:
    case = uuid4()
    first = await given(pool, case, day=date(2021, 12, 30))

    again = await given(pool, case, day=date(2022, 1, 4))

    assert (again.nomor, again.year, again.fresh) == (first.nomor, 2021, False)
    assert await number_of(pool, case, "rekomendasi") == again


async def test_two_letters_of_a_case_have_two_numbers(pool: asyncpg.Pool) -> None:
    case = uuid4()

    assert [(await given(pool, case, surat=surat)).urut for surat in ("rekomendasi", "penolakan")] == [1, 2]
    assert await number_of(pool, case, "pengantar") is None


async def test_every_office_template_and_year_counts_for_itself(pool: asyncpg.Pool) -> None:
    assert (await given(pool)).urut == 1
    assert (await given(pool, office="13.99")).urut == 1
    assert (await given(pool, day=date(2023, 1, 2))).urut == 1
    assert (await given(pool, template="PENOLAKAN/{urut}/{tahun}")).urut == 1
    assert (await given(pool)).urut == 2


async def test_a_reservation_that_is_rolled_back_uses_up_nothing(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert (await given(connection)).urut == 1
        await transaction.rollback()

    assert (await given(pool)).urut == 1


async def test_a_number_typed_from_the_agenda_is_kept_as_typed(pool: asyncpg.Pool) -> None:
    case = uuid4()

    number = await typed(pool, "  400/12/ DINSOS-2022\n", case)

    assert (number.nomor, number.urut, number.fresh) == ("400/12/ DINSOS-2022", None, True)
    assert (await typed(pool, "400/12/ dinsos-2022", case)).fresh is False


async def test_the_same_number_for_another_letter_of_office_and_year_is_refused(pool: asyncpg.Pool) -> None:
    await typed(pool, "400/12/DINSOS")

    with pytest.raises(NumberTaken, match="400/12/DINSOS sudah dipakai surat lain"):
        await typed(pool, "400/12/dinsos")

    assert (await typed(pool, "400/12/DINSOS", office="13.99")).fresh
    assert (await typed(pool, "400/12/DINSOS", year=2023)).fresh


async def test_of_many_who_type_one_number_at_once_one_has_it(pool: asyncpg.Pool) -> None:
    answers = await asyncio.gather(*(typed(pool, "400/7") for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(answer, ReservedNumber) for answer in answers) == 1
    assert sum(isinstance(answer, NumberTaken) for answer in answers) == 7


async def test_a_letter_that_has_a_number_does_not_take_another(pool: asyncpg.Pool) -> None:
    case = uuid4()
    await typed(pool, "400/1", case)

    with pytest.raises(NumberStays, match="sudah bernomor 400/1"):
        await typed(pool, "400/2", case)

    assert (await typed(pool, "400/2")).fresh


async def test_the_counter_passes_over_a_number_that_was_typed(pool: asyncpg.Pool) -> None:
    await typed(pool, "460/2/dinsos/2022")

    assert [(await given(pool)).nomor for _ in range(2)] == ["460/1/DINSOS/2022", "460/3/DINSOS/2022"]


@pytest.mark.parametrize("nomor", ["", " \t ", "4\x0060", "x" * 101])
async def test_what_cannot_be_printed_is_no_number(nomor: str, pool: asyncpg.Pool) -> None:
    with pytest.raises(ValueError, match="diisi 1 sampai 100"):
        await typed(pool, nomor)


async def test_a_number_is_reserved_at_the_governed_clocks_time(pool: asyncpg.Pool, database: Fresh) -> None:
    admin = await asyncpg.connect(database.url)
    await admin.execute(
        "UPDATE es.clock SET enabled = true, skew = '2022-01-03 02:00Z'::timestamptz - clock_timestamp()"
    )
    await admin.close()

    number = await given(pool)

    assert timedelta(0) <= number.reserved_at - datetime(2022, 1, 3, 2, 0, tzinfo=UTC) < timedelta(minutes=5)


async def test_the_first_signed_letter_is_kept_and_a_retry_gets_it_back(pool: asyncpg.Pool) -> None:
    case, unsigned = uuid4(), digest(b"unsigned")
    assert await stored_signature(pool, case=case, surat="rekomendasi", unsigned_sha256=unsigned) is None

    first = await keep(pool, case, b"first")
    second = await keep(pool, case, b"second")

    assert (first.sha256, first.fresh) == (digest(b"first"), True)
    assert (second.sha256, second.fresh) == (digest(b"first"), False)
    assert await files_of(pool, case) == [(first.sha256.hex(), b"sealed first")]
    assert await stored_signature(pool, case=case, surat="rekomendasi", unsigned_sha256=unsigned) == second


async def test_of_signers_at_the_same_moment_one_wins_and_all_are_told(pool: asyncpg.Pool) -> None:
    case = uuid4()

    kept = await asyncio.gather(*(keep(pool, case, b"%d" % n) for n in range(10)))

    assert len({k.sha256 for k in kept}) == 1
    assert sum(k.fresh for k in kept) == 1
    assert [sha256 for sha256, _ in await files_of(pool, case)] == [kept[0].sha256.hex()]


async def keep(db: Database, case: UUID, signed: bytes) -> StoredLetter:
    return await store_signed(
        db,
        case=case,
        surat="rekomendasi",
        unsigned_sha256=digest(b"unsigned"),
        signed=Blob(digest(signed).hex(), "application/pdf", len(signed), b"sealed " + signed),
    )


async def files_of(pool: asyncpg.Pool, case: UUID) -> list[tuple[str, bytes]]:
    """The bytes kept with a case."""
    rows = await pool.fetch("SELECT sha256, sealed FROM es.blob WHERE stream = $1", case)
    return [(row["sha256"], row["sealed"]) for row in rows]


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO letters.counter VALUES ('13.01', 'x', 2022, 5)",
        "UPDATE letters.number SET nomor = 'x'",
        "DELETE FROM letters.number",
        "UPDATE letters.signed SET sha256 = 'x'",
        "DELETE FROM letters.open_number",
        "DELETE FROM letters.void",
    ],
)
async def test_the_service_that_numbers_letters_writes_no_table(statement: str, pool: asyncpg.Pool) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)


@pytest.mark.parametrize("service", ["intake", "verification", "approval", "bpjs_sync", "ledger"])
async def test_no_other_service_numbers_a_letter(service: str, database: Fresh) -> None:
    connection = await asyncpg.connect(database.urls[service])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await given(connection)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("INSERT INTO letters.signed DEFAULT VALUES")
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["number", "signed", "open_number", "void"])
@pytest.mark.parametrize("service", ["intake", "verification", "approval", "bpjs_sync", "ledger"])
async def test_no_other_service_reads_a_table_of_letters(table: str, service: str, database: Fresh) -> None:
    connection = await asyncpg.connect(database.urls[service])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM letters.{table}")  # noqa: S608 - one of those above
    finally:
        await connection.close()


async def test_no_service_changes_a_number_once_given(pool: asyncpg.Pool, database: Fresh) -> None:
    await given(pool)
    admin = await asyncpg.connect(database.url)
    for statement in ("UPDATE letters.number SET urut = 9", "DELETE FROM letters.number", "TRUNCATE letters.number"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await admin.execute(statement)
    await admin.close()


async def test_a_counter_leaves_out_numbers_that_are_on_paper_and_accounts_for_them(pool: asyncpg.Pool) -> None:
    assert (await given(pool)).urut == 1
    paper = Skip("13.01", TEMPLATE, 2022, 17)

    assert await skip(pool, paper, "pemulihan") == 16
    assert await skip(pool, paper, "pemulihan") == 0
    assert await skip(pool, Skip("13.01", TEMPLATE, 2022, 5), "pemulihan") == 0

    assert (await given(pool)).urut == 18
    assert (await given(pool, day=date(2023, 1, 2))).urut == 1
    [gap] = await skipped_numbers(pool, "13.01", 2022)
    assert (gap["first"], gap["last"], gap["reason"]) == (2, 17, "pemulihan")


async def test_a_series_that_has_no_number_yet_can_begin_later(pool: asyncpg.Pool) -> None:
    assert await skip(pool, Skip("13.01", TEMPLATE, 2022, 3), "pemulihan") == 3
    assert (await given(pool)).urut == 4
    assert await series_of(pool, "13.01") == [TEMPLATE]


async def test_a_range_that_is_a_slip_of_the_pen_is_refused_and_moves_nothing(pool: asyncpg.Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await skip(pool, Skip("13.01", TEMPLATE, 2022, MOST + 1), "pemulihan")

    assert (await given(pool)).urut == 1


async def test_numbers_that_are_left_out_while_others_are_given_are_given_to_nobody(pool: asyncpg.Pool) -> None:
    leaving = skip(pool, Skip("13.01", TEMPLATE, 2022, 30), "pemulihan")
    reserved, _ = await asyncio.gather(asyncio.gather(*(given(pool) for _ in range(10))), leaving)

    gaps = await skipped_numbers(pool, "13.01", 2022)
    left_out = {count for gap in gaps for count in range(gap["first"], gap["last"] + 1)}
    counts = [number.urut for number in reserved]
    assert len(set(counts)) == 10
    assert left_out.isdisjoint(counts)
    assert left_out | {count for count in counts if count is not None and count <= 30} == set(range(1, 31))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("460/9/DINSOS/2022",), "8 nomor sampai 9 dilewati: 460/{urut}/DINSOS/{tahun} tahun 2022, kantor 13.01."),
        (("460/1/DINSOS/2022",), "Penghitung sudah melewati 1"),
        (("9/TT", "--series", "{urut}/TT"), "9 nomor sampai 9 dilewati: {urut}/TT tahun 2022, kantor 13.01."),
        (("9/LAIN",), "Nomor 9/LAIN harus cocok dengan tepat satu susunan nomor kantor 13.01 (460/{urut}/DINSOS/"),
        (("460/20000/DINSOS/2022",), "Sampai 20000 lebih dari 10000 nomor akan dilewati"),
    ],
)
async def test_an_operator_names_the_last_number_on_paper(
    database: Fresh,
    pool: asyncpg.Pool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    await given(pool)
    monkeypatch.setenv("JEJAK_ENV", "production")
    monkeypatch.setenv("JEJAK_DATABASE_URL_LETTERS", database.urls["letters"])

    await asyncio.to_thread(main, ["letter", "skip-to", *arguments, "--office", "13.01", "--year", "2022"])

    shown = capsys.readouterr()
    assert sentence in shown.out + shown.err
