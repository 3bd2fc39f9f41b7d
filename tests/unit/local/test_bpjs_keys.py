"""The simulator's key pair, and the messages that it refuses to open."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import ECKey

from bpjs_sync.outgoing.encryption import ContentKey, parse_reader_key
from jejak_tools.simulators.bpjs.keys import SealedError, decrypted, load, make
from tests.unit.local.test_bpjs_rules import FIRST, person


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "secrets" / "key.json", tmp_path / "secrets" / "public.json"
    make(private, public)
    return private, public


def sealed(public: Path, about: UUID = FIRST) -> dict[str, Any]:
    to = parse_reader_key(json.loads(public.read_text()))
    return dict(json.loads(ContentKey([to]).seal(person(number=about).model_dump_json().encode())))


def test_the_private_half_is_its_owners_alone_and_stays_the_same(pair: tuple[Path, Path]) -> None:
    private, public = pair
    before = private.read_bytes()
    make(private, public)
    assert private.read_bytes() == before
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    shown = json.loads(public.read_text())
    assert "d" not in shown
    assert shown["kid"] == load(private).kid


def test_what_is_sealed_to_the_public_half_is_opened(pair: tuple[Path, Path]) -> None:
    private, public = pair
    assert decrypted(sealed(public), str(FIRST), load(private)) == person()


def test_another_pair_has_another_kid(pair: tuple[Path, Path], tmp_path: Path) -> None:
    make(tmp_path / "other.json", tmp_path / "other_public.json")
    assert load(tmp_path / "other.json").kid != load(pair[0]).kid


def test_what_cannot_be_opened_is_refused_with_why(pair: tuple[Path, Path], tmp_path: Path) -> None:
    private, public = pair
    make(tmp_path / "other.json", tmp_path / "other_public.json")
    mine = load(private)
    named_alike: Any = {**load(tmp_path / "other.json").as_dict(private=True), "kid": mine.kid}
    damaged = sealed(public)
    damaged["ciphertext"] = ("A" if damaged["ciphertext"][0] != "A" else "B") + damaged["ciphertext"][1:]
    for personal, about, key, why in (
        (None, FIRST, mine, "forgotten"),
        (sealed(tmp_path / "other_public.json"), FIRST, mine, "no recipient has our kid"),
        (sealed(public, UUID(int=9)), FIRST, mine, "of another submission"),
        (damaged, FIRST, mine, None),
        (sealed(public), FIRST, ECKey.import_key(named_alike), None),
    ):
        with pytest.raises(SealedError, match=why):
            decrypted(personal, str(about), key)
