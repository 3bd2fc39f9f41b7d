"""Damage to a sheet is always noticed: a mistake, a warning, or another walk; never a traceback."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jejak.sop.check import check
from jejak.sop.kantor import parse_kantor
from jejak.sop.load import SopError, load_sop
from jejak.sop.walk import walk
from tests.unit.sop.sheets import OFFICES, PESISIR_SELATAN

SHEET = PESISIR_SELATAN.read_text(encoding="utf-8")
LINES = SHEET.split("\n")
KEY = re.compile(r"^([a-z_]+) = ")
KEYS = [number for number, line in enumerate(LINES) if KEY.match(line)]
QUOTED = re.compile(r'"([a-z_]+)"')
NAMES = [
    (number, found.start(1), found.end(1))
    for number, line in enumerate(LINES)
    if re.match(r"(tugas|pelaksana|surat|pencatat|bila|tersirat|  )", line.lstrip("[{ ")) or line.startswith("  {")
    for found in QUOTED.finditer(line)
]
BEFORE = check(SHEET.encode())
WALKED = walk(load_sop(SHEET.encode()))
KANTOR = (OFFICES / "13.01" / "kantor.toml").read_bytes()

# Printable and invisible, brackets and quotes: what a keyboard, a clipboard and a word processor put into a file.
SCRAPS = st.sampled_from(
    [
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
)


def with_line(number: int, line: str) -> str:
    return "\n".join([*LINES[:number], line, *LINES[number + 1 :]])


def noticed(sheet: str) -> bool:
    report = check(sheet.encode())
    if report.mistakes or report.warnings != BEFORE.warnings:
        return True
    return walk(load_sop(sheet.encode())) != WALKED


@given(st.sampled_from(KEYS), st.sampled_from(["x", "_", "s", "0"]))
def test_a_misspelt_key_is_never_passed_over(number: int, letter: str) -> None:
    key = KEY.match(LINES[number])
    assert key
    assert noticed(with_line(number, LINES[number].replace(key[1], key[1] + letter, 1)))


@given(st.sampled_from(KEYS), st.sampled_from(["true", "13.10", "12:00:00", "[1]", "{ a = 1 }", '""', "[[]]"]))
def test_a_value_of_the_wrong_kind_is_never_passed_over(number: int, value: str) -> None:
    key = KEY.match(LINES[number])
    assert key
    several = LINES[number].rstrip().endswith("[") or LINES[number].rstrip().endswith("{")
    if not several:
        assert noticed(with_line(number, f"{key[1]} = {value}"))


@given(st.sampled_from(NAMES), st.sampled_from(["zz", "_x", "9"]))
def test_a_misspelt_name_is_never_passed_over(name: tuple[int, int, int], letters: str) -> None:
    number, _, end = name
    line = LINES[number]
    assert noticed(with_line(number, line[:end] + letters + line[end:]))


@given(st.sampled_from([n for n, line in enumerate(LINES) if line.startswith("[[")]))
def test_a_lost_bracket_is_never_passed_over(number: int) -> None:
    assert noticed(with_line(number, LINES[number][1:-1]))


@settings(max_examples=300)
@given(st.integers(0, len(SHEET)), st.integers(0, 40), SCRAPS)
@example(0, 0, "\ufeff")
@example(0, len(SHEET), "")
def test_no_damage_makes_the_checker_fall_over(start: int, length: int, scrap: str) -> None:
    sheet = (SHEET[:start] + scrap + SHEET[start + length :]).encode()
    report = check(sheet)
    assert all(line and "\n" not in line for line in (*report.mistakes, *report.warnings))
    if report.ok:
        walk(load_sop(sheet))
    else:
        with pytest.raises(SopError) as refused:
            load_sop(sheet)
        assert refused.value.mistakes == report.mistakes


@settings(max_examples=150)
@given(st.integers(0, len(KANTOR)), st.integers(0, 40), st.binary(max_size=3))
def test_no_damage_to_the_kantor_file_makes_its_checker_fall_over(start: int, length: int, scrap: bytes) -> None:
    parsed = parse_kantor(KANTOR[:start] + scrap + KANTOR[start + length :])
    assert all(line and "\n" not in line for line in (*parsed.mistakes, *parsed.warnings))


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert check(data).mistakes
    assert parse_kantor(data).mistakes
