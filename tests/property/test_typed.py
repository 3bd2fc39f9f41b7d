"""What people type: invisible marks, blanks and separators decide nothing, wherever it comes in."""

import unicodedata
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jejak.contracts.parts import Person, TypedPerson
from jejak.privacy import nik as niks
from jejak.privacy import normalise
from jejak.tables.applicants import read
from jejak.tables.cells import day, digits
from tests.property.examples import examples

INVISIBLE = st.sampled_from("\u200b\u200c\u200d\u200e\u202a\u202c\u00ad\u2060\ufeff")
APOSTROPHES = st.sampled_from("'’‘ʼʿʾ`´′")
BETWEEN = st.sampled_from([" ", ".", "-", "\u00a0", "–", "'"])
TEXT = st.text(max_size=60)
PERSON = TypeAdapter(TypedPerson)
NIK = "1301010808857073"


@st.composite
def speckled(draw: st.DrawFn, text: str, marks: st.SearchStrategy[str]) -> str:
    """The text with marks between its characters."""
    return "".join(char + "".join(draw(st.lists(marks, max_size=2))) for char in text)


def typed(**changes: object) -> Person:
    fields = {"nik": NIK, "kk": NIK, "name": "Nur'aini", "born": "1985-08-08", "address": "Jorong"}
    return PERSON.validate_python(fields | changes)


@given(speckled(NIK, st.one_of(INVISIBLE, BETWEEN)))
@settings(max_examples=examples(200), deadline=None)
def test_a_nik_is_its_digits_at_the_counter_and_in_every_list(written: str) -> None:
    assert typed(nik=written).nik == digits(written, "NIK", 16) == NIK


@given(st.data(), st.lists(st.sampled_from(["Nur", "aini", "D", "Angelo"]), min_size=2, max_size=4))
@settings(max_examples=examples(200), deadline=None)
def test_a_name_is_one_name_whatever_apostrophe_it_is_typed_with(data: st.DataObject, parts: list[str]) -> None:
    names = [data.draw(APOSTROPHES).join(parts) for _ in range(2)]
    first, second = (typed(name=data.draw(speckled(name, INVISIBLE))).name for name in names)
    assert first == second == "'".join(parts)
    assert normalise.unprintable(first) == ""
    assert normalise.name(unicodedata.normalize("NFD", f"Dé {first}")) == normalise.name(f"Dé {first}")


@given(TEXT)
@settings(max_examples=examples(500), deadline=None)
def test_to_normalise_twice_changes_nothing(text: str) -> None:
    for rule in (normalise.line, normalise.paragraphs, normalise.name, normalise.digits, normalise.printed):
        assert rule(rule(text)) == rule(text)


@given(TEXT)
@settings(max_examples=examples(500), deadline=None)
def test_a_telephone_is_refused_or_fits_its_field_and_stays_what_it_is(text: str) -> None:
    try:
        phone = normalise.phone(text)
    except ValueError:
        return
    assert typed(phone=text).phone == phone
    assert phone is None or normalise.phone(phone) == phone


@given(st.dictionaries(st.sampled_from(sorted(Person.model_fields)), st.one_of(TEXT, st.integers(), st.none())))
@settings(max_examples=examples(300), deadline=None)
def test_whatever_a_program_sends_as_a_person_is_a_person_or_is_refused(fields: dict[str, object]) -> None:
    try:
        person = typed(**fields)
    except ValidationError:
        return
    assert PERSON.validate_python(person.model_dump()) == person


@given(st.dates(date(1927, 6, 1), date(2027, 1, 1)), st.sampled_from(["%d-%m-%Y", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y"]))
@settings(max_examples=examples(200), deadline=None)
def test_a_date_is_the_same_in_every_form_and_as_a_spreadsheet_counts(born: date, form: str) -> None:
    assert day(born.strftime(form), "Tanggal lahir") == born
    assert day(float((born - date(1899, 12, 30)).days), "Tanggal lahir") == born
    assert day(str((born - date(1899, 12, 30)).days), "Tanggal lahir") == born


@given(st.dates(date(1940, 1, 1), date(2020, 1, 1)))
@settings(max_examples=examples(200), deadline=None)
def test_a_date_with_day_and_month_exchanged_never_passes_without_a_doubt(born: date) -> None:
    number = f"130101{born:%d%m%y}7001"
    assert niks.doubts(number, born) == ()
    if born.day <= 12 and born.day != born.month:
        assert "tertukar" in niks.doubts(number, date(born.year, born.day, born.month))[0]


@given(st.lists(TEXT, max_size=7))
@settings(max_examples=examples(20), deadline=None)
def test_whatever_stands_in_a_row_it_is_read_or_refused_with_a_sentence(cells: list[str]) -> None:
    quoted = ";".join('"' + cell.replace('"', '""').replace("\0", "") + '"' for cell in cells)
    rows = read(f"NIK;Nomor KK;Nama;Tanggal lahir;Alamat\n{quoted}\n".encode()).rows
    assert all(row.why is None or row.why.endswith(".") for row in rows)
