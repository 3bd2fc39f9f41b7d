"""Messages are signed: a changed, moved or foreign one is refused, and a key changes without a gap."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from joserfc.jwk import ECKey, KeySet

from bpjs_sync.outgoing.signing import Signer, keys_of
from jejak.cli import main
from jejak.contracts.bpjs.signature import SignatureError, UnknownKeyError, line_of, verified
from jejak.platform.database_settings import url_of
from jejak.platform.settings import SERVICES, Settings, SettingsError
from tests import servers
from tests.published import HOME
from tests.signing import JWKS, KEYS, SIGNER, new_key, public, signed_line

ATTRIBUTES: Final = {"specversion": "1.0", "id": "1", "type": "id.jejak.bpjs.submission.v1", "office": "13.01"}
DATA: Final = '{"submission":"é","attempt":1}'
PUBLISHED: Final = (HOME / "examples/signing-key.json").read_text()
PUBLIC: Final = {name: value for name, value in KEYS["keys"][0].items() if name != "d"}


def test_what_was_signed_is_found_with_its_attributes() -> None:
    assert verified(SIGNER.sign(ATTRIBUTES, DATA), DATA.encode(), public()) == ATTRIBUTES


def of_another(signature: str) -> str:
    """The same protected header under the signature of another message."""
    return f"{signature.partition('..')[0]}..{SIGNER.sign(ATTRIBUTES, '{}').rpartition('.')[2]}"


def without_algorithm(signature: str) -> str:
    return SIGNER.sign(ATTRIBUTES, DATA).replace(signature[:20], "eyJhbGciOiJub25lIn0")


@pytest.mark.parametrize(
    ("forge", "data"),
    [
        (str, DATA.replace("1", "2")),
        (str, DATA + " "),
        (of_another, DATA),
        (without_algorithm, DATA),
        (lambda signature: signature.replace("..", ".e30."), DATA),
        (lambda signature: signature.replace("..", "."), DATA),
        (lambda signature: signature[:-4], DATA),
        (lambda _: "..", DATA),
        (lambda _: "é..é", DATA),
        (lambda _: None, DATA),
    ],
)
def test_what_was_changed_or_moved_is_refused(forge: Callable[[str], str | None], data: str) -> None:
    with pytest.raises(SignatureError):
        verified(forge(SIGNER.sign(ATTRIBUTES, DATA)), data.encode(), public())


def test_a_key_that_is_not_known_is_named_as_such_and_one_under_its_name_is_refused() -> None:
    other = Signer(keys_of({"keys": [new_key()]}))
    with pytest.raises(UnknownKeyError):
        verified(other.sign(ATTRIBUTES, DATA), DATA.encode(), public())
    named_alike = KeySet([ECKey.import_key({**PUBLIC, "kid": str(other.keys[0].kid)})])
    with pytest.raises(SignatureError):
        verified(other.sign(ATTRIBUTES, DATA), DATA.encode(), named_alike)


def test_a_line_is_signed_as_it_stands_and_a_changed_attribute_is_noticed() -> None:
    line = line_of({**ATTRIBUTES, "signature": SIGNER.sign(ATTRIBUTES, DATA)}, DATA)
    assert signed_line(line, public()) == ATTRIBUTES | {"data": json.loads(DATA)}
    with pytest.raises(AssertionError):
        signed_line(line.replace("13.01", "13.99"), public())


def test_a_changed_key_leaves_what_the_old_one_signed_verifiable(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "kunci.json"
    assert main(["bpjs", "signing", "make", str(file)]) == 0
    first = signer_of(file)
    before = first.sign(ATTRIBUTES, DATA)

    assert main(["bpjs", "signing", "add", str(file)]) == 0
    shown = signer_of(file)
    assert shown.keys[0].kid == first.keys[0].kid
    fresh = str(shown.keys[1].kid)
    assert main(["bpjs", "signing", "use", str(file), fresh]) == 0
    after = signer_of(file)

    assert after.public.keys[0].kid == fresh
    for signature in (before, shown.sign(ATTRIBUTES, DATA), after.sign(ATTRIBUTES, DATA)):
        assert verified(signature, DATA.encode(), public(after)) == ATTRIBUTES
    assert verified(after.sign(ATTRIBUTES, DATA), DATA.encode(), public(shown)) == ATTRIBUTES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "d" not in json.loads(after.public.model_dump_json())["keys"][0]


def signer_of(file: Path) -> Signer:
    return Signer.of(settings_with(JEJAK_BPJS_SIGNING_KEYS_FILE=str(file)))


def settings_with(**given: str) -> Settings:
    """Settings of bpjs-sync in production."""
    return Settings.read("bpjs_sync", environment_with(**given))


def environment_with(**given: str) -> dict[str, str]:
    base = {
        **dict.fromkeys(map(url_of, SERVICES), "postgresql://nobody@127.0.0.1:1/none"),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }
    return servers.NOBODY_SIGNS_IN | servers.KEYS | base | given


def test_made_again_a_file_of_keys_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kunci.json"
    main(["bpjs", "signing", "make", str(file)])
    before = file.read_bytes()
    assert main(["bpjs", "signing", "make", str(file)]) == 0
    assert file.read_bytes() == before
    assert json.loads(before)["keys"][0]["d"] not in capsys.readouterr().out


def test_a_key_that_is_not_in_the_file_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kunci.json"
    main(["bpjs", "signing", "make", str(file)])
    assert main(["bpjs", "signing", "use", str(file), "lain"]) == 1
    assert main(["bpjs", "signing", "add", str(tmp_path / "lain.json")]) == 1
    errors = capsys.readouterr().err
    assert "Tidak ada kunci rahasia lain" in errors
    assert "tidak berisi kunci yang dapat dipakai" in errors


def test_without_a_key_nothing_is_signed_in_any_environment() -> None:
    for environment in ("production", "development"):
        with pytest.raises(SettingsError, match="JEJAK_BPJS_SIGNING_KEYS is not set"):
            Signer.of(settings_with(JEJAK_ENV=environment))
    assert Signer.of(settings_with(JEJAK_BPJS_SIGNING_KEYS=JWKS)).public == SIGNER.public


def test_the_keys_are_read_for_bpjs_sync_alone() -> None:
    environ = environment_with(JEJAK_BPJS_SIGNING_KEYS=JWKS)
    assert {name: Settings.read(name, environ).signing_keys for name in SERVICES} == {
        **dict.fromkeys(SERVICES),
        "bpjs_sync": JWKS,
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no JSON"),
        ("[]", "must be a JWK Set"),
        ('{"keys":[]}', "must be a JWK Set"),
        ('{"keys":[7]}', "something else than EC keys"),
        ('{"keys":[{"kty":"oct","k":"AAAA"}]}', "something else than EC keys"),
        (json.dumps({"keys": [PUBLIC]}), "must have its private part"),
        (json.dumps({"keys": KEYS["keys"] * 2}), "names a key twice"),
        (json.dumps({"keys": [{**KEYS["keys"][0], "kid": "2026"}]}), "must be its thumbprint"),
        (PUBLISHED, "key of the examples, whose private part is published"),
        (json.dumps({"keys": [*KEYS["keys"], *json.loads(PUBLISHED)["keys"]]}), "key of the examples"),
        (json.dumps({"keys": [ECKey.generate_key("P-384").as_dict(private=True)]}), "must be on P-256"),
    ],
)
def test_what_is_no_set_of_keys_is_refused_with_why_and_not_repeated(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        Signer.of(settings_with(JEJAK_BPJS_SIGNING_KEYS=text))
    private: Any = KEYS["keys"][0]["d"]
    assert private not in str(refused.value)
