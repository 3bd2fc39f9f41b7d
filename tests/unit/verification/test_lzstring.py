"""LZString texts of BPJS are unpacked within a limit, and every other text is refused."""

import json
from pathlib import Path

import pytest

from jejak_tools.simulators.lzstring import compress
from verification.outside.lzstring import ALPHABET, NotPackedError, decompress

FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "bpjs_response.json").read_text(encoding="utf-8"))


def test_a_text_packed_by_lzstring_itself_is_unpacked() -> None:
    assert decompress(FIXTURE["lz"]) == FIXTURE["plain"]


def test_the_simulator_packs_as_lzstring_does() -> None:
    assert compress(FIXTURE["plain"]) == FIXTURE["lz"]


def test_a_blank_stands_for_the_plus_that_an_address_lost() -> None:
    packed = next(
        packed_text for packed_text in (compress(chr(n) * 3) for n in range(0x400, 0xD800)) if "+" in packed_text
    )
    assert decompress(packed.replace("+", " ")) == decompress(packed)


def test_nothing_unpacks_to_nothing() -> None:
    assert decompress(compress("")) == ""


@pytest.mark.parametrize("packed", ["", "A", "#", "Q$", FIXTURE["lz"][:-4], FIXTURE["lz"] + "é", "____", "<html>"])
def test_what_was_never_packed_is_refused(packed: str) -> None:
    with pytest.raises(NotPackedError):
        decompress(packed)


def test_a_phrase_that_was_never_taught_is_refused() -> None:
    # "a", then code 7 where a reader knows four phrases and is about to learn one more.
    bits = "00" + f"{ord('a'):08b}"[::-1] + "111"
    packed = "".join(ALPHABET[int(bits[at : at + 6].ljust(6, "0"), 2)] for at in range(0, len(bits), 6))
    with pytest.raises(NotPackedError, match="phrase that is not there"):
        decompress(packed)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(NotPackedError):
        decompress(compress("\ud83d"))


def test_a_bomb_stops_at_the_bound() -> None:
    bomb = compress("a" * 400_000)
    assert len(bomb) < 2_000
    with pytest.raises(NotPackedError, match="more than"):
        decompress(bomb)
    assert len(decompress(compress("a" * 1_000), most=1_000)) == 1_000
    with pytest.raises(NotPackedError):
        decompress(compress("a" * 1_001), most=1_000)
