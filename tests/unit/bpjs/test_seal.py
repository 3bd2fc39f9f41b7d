"""The personal part, sealed for its readers: an ordinary JWE to each valid key; invalid keys get a plain sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from bpjs_sync.outgoing.encryption import WINDOW, ContentKey, parse_reader_key
from jejak.contracts.bpjs.parts import Jwe
from jejak.platform.errors import Malformed
from tests.bpjs import opened

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "enc"})
CURVES = [ECKey.generate_key(name, {"kid": name}) for name in ("P-256", "P-384", "P-521")]
X25519 = OKPKey.generate_key("X25519", {"kid": "x"})
ALL = [RSA, *CURVES, X25519]
PLAIN = {"submission": "8f3c", "reason": "Nama pada KK “Contoh” berbeda"}


def public(key: Any, **changed: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **changed}


def sealed(*keys: Any) -> dict[str, Any]:
    content = ContentKey([parse_reader_key(public(key)) for key in keys])
    return dict(json.loads(content.seal(json.dumps(PLAIN).encode())))


@pytest.mark.parametrize("key", ALL, ids=lambda key: key.kid)
def test_each_kind_of_key_opens_what_was_sealed_to_all(key: Any) -> None:
    message = sealed(*ALL)

    assert opened(message, key) == PLAIN
    Jwe.model_validate(message)


def test_another_key_of_the_same_name_opens_nothing() -> None:
    message = sealed(CURVES[0])
    stranger = ECKey.generate_key("P-256", {"kid": "P-256"})

    with pytest.raises(JoseError):
        opened(message, stranger)


def test_a_byte_changed_anywhere_opens_nothing() -> None:
    message = sealed(RSA)
    for part in ("ciphertext", "tag", "iv"):
        changed = {**message, part: ("A" if message[part][0] != "A" else "B") + message[part][1:]}

        with pytest.raises(JoseError):
            opened(changed, RSA)


def test_one_content_key_serves_one_window_each_message_under_its_own_nonce() -> None:
    content = ContentKey([parse_reader_key(public(RSA))])

    nonces = {json.loads(content.seal(b"{}"))["iv"] for _ in range(WINDOW)}

    assert len(nonces) == WINDOW
    with pytest.raises(ValueError, match="one window"):
        content.seal(b"{}")


def test_a_message_needs_a_reader_and_has_no_more_than_ten() -> None:
    for count in (0, 11):
        with pytest.raises(ValueError, match="1 to 10 keys"):
            ContentKey([parse_reader_key(public(RSA))] * count)


@pytest.mark.parametrize(
    ("jwk", "code"),
    [
        (RSA.as_dict(private=True), "kunci_rahasia"),
        ({name: value for name, value in public(RSA).items() if name != "kid"}, "kunci_tanpa_kid"),
        (public(RSA, use="sig"), "kunci_bukan_enc"),
        (public(RSA, alg="RSA1_5"), "kunci_alg"),
        (public(RSA, n="!" * 342), "kunci_rusak"),
        (public(CURVES[0], x="AA"), "kunci_rusak"),
        (OctKey.generate_key(256, {"kid": "o"}).as_dict(), "kunci_jenis"),
        (public(OKPKey.generate_key("Ed25519", {"kid": "e"})), "kunci_kurva"),
        (public(ECKey.generate_key("secp256k1", {"kid": "s"})), "kunci_kurva"),
        (public(RSA, n="A" * 171), "kunci_lemah"),
        ({}, "kunci_jenis"),
    ],
    ids=[
        "secret",
        "no-kid",
        "signing",
        "alg",
        "broken-rsa",
        "broken-ec",
        "symmetric",
        "ed25519",
        "k256",
        "weak",
        "none",
    ],
)
def test_a_key_that_will_not_do_is_refused_with_what_is_wrong(jwk: dict[str, Any], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_reader_key(jwk)

    assert refused.value.code == code
