"""Every wording of a time that official papers use means what it says, with any digits, words, unit and prefix."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.timekeeping.printed.numerals import number_in_words, words_of_number
from jejak.timekeeping.printed.printed_time import is_approximate, parse_waktu, without_tail
from jejak.timekeeping.standard import Days, Hands, Months, Standard, Wall
from tests.property.examples import examples

AT_MOST = (
    "",
    "maksimal ",
    "Maks. ",
    "paling lama ",
    "Paling Lambat ",
    "selambat-lambatnya ",
    "tidak lebih dari ",
    "≤ ",
)
ABOUT = ("± ", "+/- ", "lebih kurang ", "kurang lebih ", "Kira-kira ", "sekitar ")
AT_LEAST = ("minimal ", "paling cepat ", "sekurang-kurangnya ", "lebih dari ", "> ")
LEADS = ("", "waktu penyelesaian: ", "dalam waktu ", "Jangka waktu ")
UNITS = (
    *("detik", "menit", "mnt", "jam", "jam kerja", "hari", "hr", "hari kerja", "hari (kerja)", "hari kalender"),
    *("minggu", "bulan", "bln", "tahun"),
)
TAILS = ("", ".", " per orang", "/berkas", " / pemohon")
numbers = st.integers(1, 999)


@st.composite
def numerals(draw: st.DrawFn, number: int) -> str:
    """A number as papers print it: digits, words, or both."""
    words = words_of_number(number)
    return draw(
        st.sampled_from([str(number), words, f"{number} ({words})", f"{number} ( {words} )", f"{words} ({number})"])
    )


def meaning(number: int, unit: str) -> tuple[type[Standard], int]:
    """What so many of a unit are, written down without the parser."""
    plain, kind = unit.split(maxsplit=1)[0], unit.rsplit(maxsplit=1)[-1].strip("()")
    short = {"mnt": "menit", "hr": "hari", "bln": "bulan"}.get(plain, plain)
    match short:
        case "detik" | "menit" | "jam":
            seconds = number * {"detik": 1, "menit": 60, "jam": 3600}[short]
            return (Wall if short == "jam" and kind == "jam" and number >= 24 else Hands), seconds
        case "hari":
            return Days, number
        case "minggu":
            return Days, 7 * number
        case "bulan":
            return Months, number
        case _:
            return Months, 12 * number


def measured(standard: Standard) -> tuple[type, int]:
    return type(standard), standard.seconds if isinstance(standard, Hands | Wall) else standard.count  # type: ignore[union-attr]


@settings(max_examples=examples(600), deadline=None)
@given(
    st.data(), numbers, st.sampled_from(UNITS), st.sampled_from(LEADS), st.sampled_from((*AT_MOST, *ABOUT)),
    st.sampled_from(TAILS), st.sampled_from([str, str.upper, str.title]),
)  # fmt: skip
def test_a_printed_time_means_its_number_of_its_unit(
    data: st.DataObject, number: int, unit: str, lead: str, prefix: str, tail: str, case: type[str]
) -> None:
    text = case(f"{lead}{prefix}{data.draw(numerals(number))} {unit}{tail}")

    standard = parse_waktu(text)

    assert measured(standard) == meaning(number, unit)
    assert standard.text == " ".join(text.split())
    assert is_approximate(text) == (prefix in ABOUT)
    if isinstance(standard, Days):
        assert standard.stated == (("hari" not in unit and unit != "hr") or "k" in unit)


BEHIND = (
    *("maksimal", "maks.", "paling lama", "paling lambat", "selambat-lambatnya", "tidak lebih"),
    *("±", "lebih kurang", "kurang lebih", "perkiraan"),
)


@settings(max_examples=examples(600), deadline=None)
@given(
    st.data(), numbers, st.sampled_from(UNITS), st.sampled_from(BEHIND),
    st.sampled_from(
        [
            *("{n} {u} {m}", "{n} {u} ({m})", "{n} {u} ( {m} )", "{n} {u}, {m}"),
            *("{n} ({m}) {u}", "({m}) {n} {u}", "({n} {u}) {m}"),
        ]
    ),
    st.sampled_from([str, str.upper, str.title]),
)  # fmt: skip
def test_the_words_of_a_bound_may_stand_behind_the_time_or_in_brackets(
    data: st.DataObject, number: int, unit: str, mark: str, order: str, case: type[str]
) -> None:
    text = case(order.format(n=str(number) if "({n}" in order else data.draw(numerals(number)), u=unit, m=mark))

    assert measured(parse_waktu(text)) == meaning(number, unit)
    assert is_approximate(text) == (mark in BEHIND[6:])


@settings(max_examples=examples(300), deadline=None)
@given(
    numbers, numbers, st.sampled_from([unit for unit in UNITS if "(" not in unit]),
    st.sampled_from(
        [
            *("{n} ({w} {u})", "{n} {u} ({w})", "{n} {u} ({w} {u})"),
            *("({n}) {w} {u}", "({w}) {n} {u}", "{n} ({w}) {u}"),
        ]
    ),
)  # fmt: skip
def test_the_words_of_the_number_may_stand_anywhere_and_must_agree(
    digits: int, words: int, unit: str, order: str
) -> None:
    text = order.format(n=digits, w=words_of_number(words), u=unit)

    if digits == words:
        assert measured(parse_waktu(text)) == meaning(digits, unit)
    else:
        with pytest.raises(ValueError, match="berbeda"):
            parse_waktu(text)


@given(st.data(), numbers, st.sampled_from(UNITS), st.sampled_from(["minimal", "paling cepat", "atau lebih"]))
def test_a_lower_bound_behind_the_time_is_no_promise_either(
    data: st.DataObject, number: int, unit: str, mark: str
) -> None:
    time = f"{data.draw(numerals(number))} {unit}"

    for text in (f"{time} {mark}", f"{time} ({mark})"):
        with pytest.raises(ValueError, match="batas bawah"):
            parse_waktu(text)


@settings(max_examples=examples(300), deadline=None)
@given(
    st.data(), numbers, numbers, st.sampled_from(UNITS),
    st.sampled_from(["-", " - ", " – ", " s/d ", " s.d. ", " s.d ", " sampai ", " sampai dengan ", " hingga "]),
    st.booleans(), st.sampled_from(AT_MOST),
)  # fmt: skip
def test_a_range_is_judged_by_its_upper_end(
    data: st.DataObject, first: int, second: int, unit: str, to: str, twice: bool, prefix: str
) -> None:
    lower, upper = sorted((first, second))
    low, high = data.draw(numerals(lower)), data.draw(numerals(upper))

    standard = parse_waktu(f"{prefix}{low}{f' {unit}' if twice else ''}{to}{high} {unit}")

    assert measured(standard) == meaning(upper, unit)


@given(st.data(), numbers, st.sampled_from(UNITS), st.sampled_from(AT_LEAST))
def test_a_lower_bound_alone_is_no_promise(data: st.DataObject, number: int, unit: str, prefix: str) -> None:
    text = f"{prefix}{data.draw(numerals(number))} {unit}"

    with pytest.raises(ValueError, match="batas bawah"):
        parse_waktu(text)
    assert measured(parse_waktu(f"{text}, paling lama {number + 1} {unit}")) == meaning(number + 1, unit)


@given(
    numbers, numbers, st.sampled_from(UNITS), st.sampled_from([prefix for prefix in AT_MOST if prefix]),
    st.sampled_from([", ", "; ", " dan ", ", dan ", " ("]),
)  # fmt: skip
def test_of_two_times_the_upper_bound_is_the_promise(
    usual: int, most: int, unit: str, prefix: str, between: str
) -> None:
    standard = parse_waktu(f"± {usual} menit{between}{prefix}{most} {unit}{')' if '(' in between else ''}")

    assert measured(standard) == meaning(most, unit)


@given(numbers, numbers, st.sampled_from(UNITS))
def test_digits_and_words_that_differ_are_asked_about(digits: int, words: int, unit: str) -> None:
    text = f"{digits} ({words_of_number(words)}) {unit}"

    if digits == words:
        assert measured(parse_waktu(text)) == meaning(digits, unit)
    else:
        with pytest.raises(ValueError, match="berbeda"):
            parse_waktu(text)


@given(st.data(), numbers, st.sampled_from(["hari kerja", "hari", "jam", "menit"]))
def test_from_when_it_counts_is_told_apart_from_how_long(data: st.DataObject, number: int, unit: str) -> None:
    said = data.draw(st.sampled_from(["sejak berkas lengkap", "setelah berkas diterima", "terhitung sejak permohonan"]))
    time = f"{data.draw(numerals(number))} {unit}"

    assert without_tail(f"{time} {said}") == (time, said)
    assert without_tail(time) == (time, None)
    with pytest.raises(ValueError, match="catatan_waktu"):
        parse_waktu(f"{time} {said}")


@given(st.integers(0, 999_999))
def test_words_of_a_number_name_it(number: int) -> None:
    assert number_in_words(words_of_number(number).split()) == number


@pytest.mark.parametrize(
    "text", ["segera", "Seketika", "saat itu juga", "tentatif", "sesuai jadwal", "tergantung BPJS", "tidak ditentukan"]
)
def test_what_cannot_be_measured_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(ValueError, match="catatan_waktu"):
        parse_waktu(text)
