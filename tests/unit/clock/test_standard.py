from datetime import UTC, datetime, timedelta

import pytest

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clock_rule import parse_clock_rule
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import (
    ClockRule,
    Days,
    Hands,
    Months,
    Wall,
    counted_otherwise,
    deadline,
    hands_seconds,
    within,
)

WIB = Calendar(zone="Asia/Jakarta")
NOON = parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari kerja"}])


def wib(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def until_the_end_of(year: int, month: int, day: int) -> datetime:
    return wib(year, month, day) + timedelta(days=1) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [
        ("3 menit", 180),
        ("3 Menit", 180),
        ("  15 MENIT ", 900),
        ("1 jam", 3600),
        ("1,5 jam", 5400),
        ("1 jam 30 menit", 5400),
        ("5-10 menit", 600),
        ("5 – 10 menit", 600),
        ("3 s/d 5 menit", 300),
        ("23 jam", 82_800),
    ],
)
def test_minutes_and_hours_are_hands_on_the_file(printed: str, seconds: int) -> None:
    standard = parse_waktu(printed)

    assert isinstance(standard, Hands)
    assert (standard.seconds, standard.clock) == (seconds, "touch")
    assert hands_seconds(standard) == seconds


@pytest.mark.parametrize(
    ("printed", "hours"), [("1 x 24 jam", 24), ("2X24 Jam", 48), ("3 × 24 jam", 72), ("24 jam", 24), ("24-36 JAM", 36)]
)
def test_hours_from_24_up_are_hours_of_the_wall_clock(printed: str, hours: int) -> None:
    standard = parse_waktu(printed)

    assert isinstance(standard, Wall)
    assert (standard.seconds, standard.clock) == (hours * 3600, "elapsed")


@pytest.mark.parametrize(
    ("printed", "count", "kind", "stated"),
    [
        ("8 hari", 8, "kerja", False),
        ("1 Hari", 1, "kerja", False),
        ("20 hari kerja", 20, "kerja", True),
        ("7-15 hari kerja", 15, "kerja", True),
        ("14 hari kalender", 14, "kalender", True),
    ],
)
def test_days_are_elapsed_and_a_range_is_judged_by_its_upper_end(
    printed: str, count: int, kind: str, stated: bool
) -> None:
    standard = parse_waktu(printed)

    assert isinstance(standard, Days)
    assert (standard.count, standard.kind, standard.stated, standard.clock) == (count, kind, stated, "elapsed")


def test_the_text_stays_as_printed() -> None:
    assert parse_waktu("3  Menit").text == "3 Menit"


def test_bare_days_are_counted_as_the_sheets_key_says_and_both_readings_are_shown() -> None:
    bare = parse_waktu("8 hari", hari="kalender")

    assert isinstance(bare, Days)
    assert bare.kind == "kalender"
    assert counted_otherwise(bare) == parse_waktu("8 hari")
    assert counted_otherwise(parse_waktu("8 hari kerja")) is None
    assert parse_waktu("8 hari kerja", hari="kalender") == parse_waktu("8 hari kerja")


def test_the_sheets_file_may_say_by_which_clock_it_is_judged() -> None:
    assert parse_waktu("15 menit", ukuran="lewat").clock == "elapsed"
    assert parse_waktu("1 x 24 jam", ukuran="sentuh").clock == "touch"
    assert parse_waktu("8 hari", ukuran="lewat").clock == "elapsed"
    with pytest.raises(ValueError, match='"8 hari" tidak dapat diukur "sentuh"'):
        parse_waktu("8 hari", ukuran="sentuh")


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("", 'waktu "" tidak dikenal: tulis misalnya "3 menit"'),
        ("3", 'waktu "3" tidak dikenal'),
        ("beberapa menit", "tidak dikenal"),
        ("0 menit", "harus lebih dari nol"),
        ("15-7 hari", "batas atas lebih kecil"),
        ("1,5 hari", "bilangan bulat"),
        ("3 bulan kerja", "bulan selalu bulan kalender"),
        ("10 menit 5 menit", "menyebut menit dua kali"),
        ("tanggal 40 bulan berikutnya", "1 sampai 31"),
        ("-3 menit", "tidak dikenal"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(printed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_waktu(printed)


def test_three_minutes_from_one_minute_before_noon_end_after_the_break() -> None:
    assert deadline(parse_waktu("3 menit"), wib(2022, 1, 4, 11, 59), WIB) == wib(2022, 1, 4, 13, 2)


def test_once_24_hours_ends_on_a_saturday_if_it_must() -> None:
    assert deadline(parse_waktu("1 x 24 jam"), wib(2022, 1, 7, 10), WIB) == wib(2022, 1, 8, 10)


def test_one_working_day_from_friday_is_all_of_monday() -> None:
    assert deadline(parse_waktu("1 hari"), wib(2022, 1, 7, 10), WIB) == until_the_end_of(2022, 1, 10)


def test_eight_working_days_across_idul_fitri_and_waisak() -> None:
    # from Thursday 28 April 2022: 9, 10, 11, 12, 13 May, 16 May is Waisak, 17, 18, 19 May
    assert deadline(parse_waktu("8 hari"), wib(2022, 4, 28, 10), WIB) == until_the_end_of(2022, 5, 19)
    assert deadline(parse_waktu("8 hari", hari="kalender"), wib(2022, 4, 28, 10), WIB) == until_the_end_of(2022, 5, 6)


@pytest.mark.parametrize(
    ("start", "end"),
    [((2022, 1, 31), (2022, 2, 28)), ((2024, 1, 31), (2024, 2, 29)), ((2022, 12, 15), (2023, 1, 15))],
)
def test_a_day_the_month_does_not_have_is_its_last(start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    assert deadline(parse_waktu("1 bulan"), wib(*start, 15), WIB) == until_the_end_of(*end)


def test_the_first_of_next_month() -> None:
    standard = parse_waktu("Tanggal 1 bulan berikutnya")

    assert deadline(standard, wib(2022, 1, 20), WIB) == until_the_end_of(2022, 2, 1)
    assert deadline(standard, wib(2022, 12, 1), WIB) == until_the_end_of(2023, 1, 1)
    assert deadline(parse_waktu("tanggal 31 bulan berikutnya"), wib(2022, 1, 31), WIB) == until_the_end_of(2022, 2, 28)


def test_midnight_is_the_offices_own() -> None:
    wita = Calendar(zone="Asia/Makassar")
    # 16.30 UTC on 31 January is 00.30 WITA on 1 February, but still 23.30 WIB on 31 January
    late = datetime(2022, 1, 31, 16, 30, tzinfo=UTC)

    assert wita.local(deadline(parse_waktu("1 bulan"), late, wita)).date().isoformat() == "2022-03-01"
    assert WIB.local(deadline(parse_waktu("1 bulan"), late, WIB)).date().isoformat() == "2022-02-28"


@pytest.mark.parametrize(
    ("received", "done_by"),
    [
        (wib(2022, 1, 4, 9), wib(2022, 1, 4, 13)),
        (wib(2022, 1, 4, 12), wib(2022, 1, 4, 13)),
        (wib(2022, 1, 4, 12, 1), until_the_end_of(2022, 1, 5)),
        (wib(2022, 1, 7, 14), until_the_end_of(2022, 1, 10)),
        (wib(2022, 1, 8, 15), wib(2022, 1, 10, 13)),
    ],
    ids=["morning", "noon sharp", "after noon", "Friday afternoon", "on a Saturday, as if on Monday at opening"],
)
def test_a_clock_rule_looks_at_when_the_file_came_in(received: datetime, done_by: datetime) -> None:
    assert isinstance(NOON, ClockRule)
    assert deadline(NOON, received, WIB) == done_by


def test_a_clock_rule_counts_its_bare_days_as_the_sheet_does() -> None:
    rule = parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari"}], hari="kalender")

    assert deadline(rule, wib(2022, 1, 7, 14), WIB) == until_the_end_of(2022, 1, 8)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "baris terakhir harus tanpa masuk_sampai"),
        ([{"masuk_sampai": "12.00", "selesai": "13.00"}], "baris terakhir harus tanpa masuk_sampai"),
        ([{"selesai": "1 hari"}, {"selesai": "2 hari"}], "hanya baris terakhir"),
        ([{"masuk_sampai": "12.00"}, {"selesai": "1 hari"}], "kunci selesai tidak ada"),
        ([{"masuk_sampai": "12.00", "selesai": "11.00"}, {"selesai": "1 hari"}], "harus sesudah masuk_sampai"),
        ([{"masuk_sampai": "25.00", "selesai": "1 jam"}, {"selesai": "1 hari"}], 'jam "25.00" tidak dikenal'),
        ([{"masuk_sampe": "12.00", "selesai": "1 jam"}, {"selesai": "1 hari"}], "masuk_sampe tidak dikenal"),
        (
            [
                {"masuk_sampai": "14.00", "selesai": "15.00"},
                {"masuk_sampai": "12.00", "selesai": "13.00"},
                {"selesai": "1 hari"},
            ],
            "makin siang",
        ),
    ],
)
def test_a_clock_rule_that_cannot_be_is_refused_in_a_sentence(rows: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_clock_rule(rows)


def test_touch_is_held_against_touch_and_nothing_else() -> None:
    three = parse_waktu("3 menit")
    drawer = {"start": wib(2022, 1, 4, 8), "end": wib(2022, 1, 25, 8), "calendar": WIB}

    assert within(three, touch=180, elapsed=400_000, **drawer) is True  # type: ignore[arg-type]
    assert within(three, touch=180.001, elapsed=0, **drawer) is False  # type: ignore[arg-type]
    assert within(three, touch=None, elapsed=0, **drawer) is None  # type: ignore[arg-type]


def test_days_are_held_against_the_end_of_the_last_day() -> None:
    def done(end: datetime) -> bool | None:
        return within(parse_waktu("1 hari"), touch=None, elapsed=None, start=wib(2022, 1, 7, 8), end=end, calendar=WIB)

    assert done(wib(2022, 1, 10, 23, 59)) is True
    assert done(wib(2022, 1, 11)) is False


def test_minutes_said_to_be_elapsed_are_the_owners_working_time() -> None:
    standard = parse_waktu("15 menit", ukuran="lewat")
    span = {"start": wib(2022, 1, 7, 16, 20), "end": wib(2022, 1, 10, 7, 35), "calendar": WIB}

    assert within(standard, touch=None, elapsed=15 * 60, **span) is True  # type: ignore[arg-type]
    assert within(standard, touch=0, elapsed=15 * 60 + 1, **span) is False  # type: ignore[arg-type]


def test_months_and_dates_carry_no_hands() -> None:
    assert isinstance(parse_waktu("3 Bulan"), Months)
    assert hands_seconds(parse_waktu("3 bulan")) is None
