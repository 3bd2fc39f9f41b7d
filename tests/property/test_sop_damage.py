"""Damage to a file of an office is noticed: a mistake, a warning, or another walk; never a traceback.

Where it cannot be noticed, `damage` gives the reason, key by key.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jejak.procedure.checks.check import check
from jejak.procedure.load import SopError, load_sop, parse_sop
from jejak.procedure.office.kantor import load_kantor, parse_kantor
from jejak.procedure.revision.diff import differences
from jejak.procedure.walk import walk
from tests.property.damage import (
    ANYTHING_GOES,
    KANTOR_ANYTHING_GOES,
    KANTOR_MAY_BE_LOST,
    KANTORS,
    MAY_BE_LOST,
    SHEETS,
    File,
    KantorFile,
    Key,
    Reasons,
    Sheet,
    named,
)
from tests.property.examples import examples

ALL_SHEETS: list[File] = [Sheet(path) for path in SHEETS]
ALL_KANTORS: list[File] = [KantorFile(path) for path in KANTORS]
FILES = [*ALL_SHEETS, *ALL_KANTORS]
of_sheets = pytest.mark.parametrize("file", ALL_SHEETS, ids=[named(path) for path in SHEETS])
of_files = pytest.mark.parametrize("file", FILES, ids=[named(file.path) for file in FILES])

WRONG = ["true", "13.10", "12:00:00", "[1]", "{ a = 1 }", '""', "[[]]", "7"]
# Printable and invisible, brackets and quotes, as a keyboard, a clipboard and a word processor put into a file.
PIECES = [
    "",
    "x",
    "0",
    "-",
    '"',
    "'",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    "\n",
    "#",
    ".",
    ",",
    "“",
    "\u00a0",
    "\ufeff",
    "\x00",
    "é",
]


def reasons(file: File) -> tuple[Reasons, Reasons]:
    """Keys of such a file that may have any value, and keys that may be lost."""
    return (ANYTHING_GOES, MAY_BE_LOST) if isinstance(file, Sheet) else (KANTOR_ANYTHING_GOES, KANTOR_MAY_BE_LOST)


@of_files
def test_a_misspelt_key_is_never_passed_over(file: File) -> None:
    free = {("nomor", "rekomendasi")}
    for key in file.all_keys():
        rest = file.lines[key.line + 1 : key.end]
        damaged = file.with_value(key, file.lines[key.line].replace(key.name, f"{key.name}x", 1), *rest)
        assert file.noticed(damaged) or key.place in free & KANTOR_MAY_BE_LOST.keys(), key
    for place in file.inner_keys():
        assert file.noticed(file.with_letters(place, "x")), place


@cache
def lost_unnoticed(file: File) -> list[Key]:
    """The keys a file can lose unnoticed. The value "-" stands for none, so that its key is not counted."""
    written = [key for key in file.all_keys() if not file.lines[key.line].endswith('= "-"')]
    without = {key: file.with_value(key) for key in written}
    return [key for key, rest in without.items() if not file.noticed(rest) and not file.same(rest)]


@of_files
def test_a_lost_key_is_noticed_or_there_is_a_reason_why_not(file: File) -> None:
    _, may_be_lost = reasons(file)
    assert {key.place for key in lost_unnoticed(file)} <= may_be_lost.keys()


@of_sheets
def test_what_a_sheet_lost_unnoticed_is_told_by_its_comparison_with_the_one_before(file: File) -> None:
    whole = parse_sop(file.path.read_bytes()).file
    for key in lost_unnoticed(file):
        rest = parse_sop(file.with_value(key)).file
        assert whole is not None
        assert rest is not None
        assert any(difference.jenis != "ditambahkan" for difference in differences(whole, rest)), key


def test_every_reason_for_a_loss_is_one_that_is_needed() -> None:
    lost = [{key.place for file in files for key in lost_unnoticed(file)} for files in (ALL_SHEETS, ALL_KANTORS)]
    assert lost == [set(MAY_BE_LOST), set(KANTOR_MAY_BE_LOST)]


@pytest.mark.parametrize("files", [ALL_SHEETS, ALL_KANTORS], ids=["sheets", "kantor"])
def test_every_key_that_may_say_anything_does_somewhere(files: list[File]) -> None:
    free, _ = reasons(files[0])
    unmet = set(free)
    for file in files:
        unmet -= {key.place for key in file.all_keys() if key.place in unmet and says_anything(file, key)}
    assert unmet == set()


def says_anything(file: File, key: Key) -> bool:
    """Whether another value of its own kind goes unnoticed."""
    value = file.lines[key.line].partition(" = ")[2]
    other = {"[": '["zz zz"]', "2": "2020-01-01"}.get(value[0], '"zz zz"')
    return not file.noticed(file.with_value(key, f"{key.name} = {other}"))


NUMBERS = {
    ("langkah", "no"): "a number that no other step has is as good a number",
    ("aturan", "nonaktif_paling_banyak"): "how often is for the sheet to say",
}


@settings(max_examples=examples(200), deadline=None)
@given(st.data(), st.sampled_from([*WRONG, '"zz zz"', '["zz zz"]']))
def test_another_value_is_noticed_unless_it_is_text_that_only_people_read(data: st.DataObject, value: str) -> None:
    file = data.draw(st.sampled_from(FILES))
    key = data.draw(st.sampled_from(list(file.all_keys())))
    free = value not in WRONG and key.place in reasons(file)[0]
    same = file.lines[key.line] == f"{key.name} = {value}"
    counted = value == "7" and key.place in NUMBERS
    assert free or same or counted or file.noticed(file.with_value(key, f"{key.name} = {value}"))


NAMES_FREE = {
    ("pelaksana", "kode"): "nothing in that sheet names the column",
    ("persyaratan", "salah_satu"): "an alternative is named by its kode wherever it is shown, never in the sheet",
    ("persyaratan", "kode"): "a document is named by its kode wherever it is shown, never in the sheet",
    ("surat", "kode"): "of one letter of its kind every task is, without naming it",
}


@settings(max_examples=examples(200), deadline=None)
@given(st.data(), st.sampled_from(["zz", "_x", "9"]))
def test_a_misspelt_name_is_noticed_unless_nothing_names_it_again(data: st.DataObject, letters: str) -> None:
    file = data.draw(st.sampled_from(ALL_SHEETS))
    place = data.draw(st.sampled_from(list(file.names())))
    key = next((key for key in file.all_keys() if key.line <= place[0] < key.end), None)
    free = key is not None and key.place in ANYTHING_GOES.keys() | NAMES_FREE.keys()
    assert free or file.noticed(file.with_letters(place, letters))


@of_files
def test_a_lost_bracket_is_never_passed_over(file: File) -> None:
    for number in file.tables():
        assert file.noticed(file.with_line(number, file.lines[number][1:])), number
        assert file.noticed(file.with_line(number, file.lines[number].replace("[[", "[").replace("]]", "]")[:-1])), (
            number
        )


@settings(max_examples=examples(200), deadline=None)
@given(st.sampled_from(ALL_SHEETS), st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES))
@example(ALL_SHEETS[0], 0.0, 0, "\ufeff")
@example(ALL_SHEETS[0], 1.0, 0, "")
def test_no_damage_makes_the_checker_fall_over(file: File, where: float, length: int, piece: str) -> None:
    text = "\n".join(file.lines)
    start = int(where * len(text))
    sheet = (text[:start] + piece + text[start + length :]).encode()
    report = check(sheet)
    assert all(line and "\n" not in line for line in (*report.mistakes, *report.warnings))
    if not report.mistakes:
        walk(load_sop(sheet))
    else:
        with pytest.raises(SopError) as refused:
            load_sop(sheet)
        assert refused.value.mistakes == report.mistakes


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(ALL_KANTORS), st.floats(0, 1), st.integers(0, 40), st.binary(max_size=3))
def test_no_damage_to_a_kantor_file_makes_its_checker_fall_over(
    file: File, where: float, length: int, piece: bytes
) -> None:
    data = file.path.read_bytes()
    start = int(where * len(data))
    damaged = data[:start] + piece + data[start + length :]
    parsed = parse_kantor(damaged)
    assert all(line and "\n" not in line for line in (*parsed.mistakes, *parsed.warnings))
    if not parsed.mistakes:
        load_kantor(damaged)


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert check(data).mistakes
    assert parse_kantor(data).mistakes
