"""The master keys of an installation: one writes, the next and the former ones open."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

import pytest

from jejak.platform import key_settings
from jejak.platform.key_settings import MasterKeys, key_id
from jejak.platform.settings import SettingsError, Source


def text_of(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


WRITING, NEXT, OLD, OLDER = (bytes([number]) * 32 for number in range(4))
GIVEN: Final = {"JEJAK_ENV": "production", "JEJAK_MASTER_KEY": text_of(WRITING)}


def test_the_next_key_and_the_former_ones_open_beside_the_writing_key() -> None:
    others = {"JEJAK_MASTER_KEY_NEXT": text_of(NEXT), "JEJAK_MASTER_KEYS_OLD": f"{text_of(OLD)}, {text_of(OLDER)}\n"}

    assert Source(GIVEN | others).master_keys() == MasterKeys(WRITING, (NEXT, OLD, OLDER))


def test_former_keys_may_stand_in_a_file_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "former"
    file.write_text(f"{text_of(OLD)}\n{text_of(OLDER)}\n", encoding="ascii")

    assert Source(GIVEN | {"JEJAK_MASTER_KEYS_OLD_FILE": str(file)}).master_keys().others == (OLD, OLDER)


def test_a_key_that_became_the_writing_key_and_is_still_named_as_the_next_counts_once() -> None:
    assert Source(GIVEN | {"JEJAK_MASTER_KEY_NEXT": text_of(WRITING)}).master_keys() == MasterKeys(WRITING)


@pytest.mark.parametrize("value", ["rahasia", f"{text_of(OLD)} rahasia", " "])
def test_a_former_key_of_the_wrong_form_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^JEJAK_MASTER_KEYS_OLD must be 32 bytes") as refused:
        Source(GIVEN | {"JEJAK_MASTER_KEYS_OLD": value}).master_keys()

    assert "rahasia" not in str(refused.value)


def test_what_separates_keys_may_be_doubled() -> None:
    assert Source(GIVEN | {"JEJAK_MASTER_KEYS_OLD": f"{text_of(OLD)},, "}).master_keys().others == (OLD,)


def test_two_keys_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_settings, "key_id", lambda key: key[:0])

    with pytest.raises(SettingsError, match="same id; make another"):
        Source(GIVEN | {"JEJAK_MASTER_KEYS_OLD": text_of(OLD)}).master_keys()


def test_a_ring_shows_ids_and_no_key() -> None:
    shown = repr(MasterKeys(WRITING, (OLD,)))

    assert shown == f"MasterKeys({key_id(WRITING).hex()}, {key_id(OLD).hex()})"
    assert WRITING.hex() not in shown
