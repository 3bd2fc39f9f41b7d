import pytest

from jejak.contracts.envelope import DueToken, parse_due, write_due


def test_the_ledgers_due_column_is_read_as_it_is_written() -> None:
    text = "approval/paraf;4;sek_kabid;main,bpjs_sync/confirm_status;aktif;bpjs;aktif"

    tokens = parse_due(text)

    assert tokens == (
        DueToken("approval", "paraf", "4", "sek_kabid", "main"),
        DueToken("bpjs_sync", "confirm_status", "aktif", "bpjs", "aktif"),
    )
    assert write_due(tokens) == text


def test_an_empty_text_means_that_nothing_is_due() -> None:
    assert parse_due("") == ()


def test_equal_texts_are_parsed_once() -> None:
    assert parse_due("intake/record;2A;staf;main") is parse_due("intake/record;2A;staf;main")


@pytest.mark.parametrize("text", ["paraf", "approval/paraf;4;kabid", "approval/paraf;4;kabid;main,", "/paraf;4;a;main"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a due token"):
        parse_due(text)
