"""A sign-in under way: what is asked of the issuer, and what only this browser brings back."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from jejak.platform.errors import Problem
from jejak.platform.identity_settings import Identity
from jejak.web.access.issuer import Addresses
from jejak.web.access.persons import Person
from jejak.web.access.step_up import SignIn
from ledger.desk.signin.attempt import (
    MOST,
    SECONDS,
    Attempt,
    Proven,
    check_age,
    cookie_of,
    opened_attempt,
    opened_proven,
    sealed,
)

KEY: Final = bytes(range(32))
IDENTITY: Final = Identity("https://sso.example.go.id/realms/jejak", "jejak", "rahasia", "jejak.pejabat", ("2",))
ADDRESSES: Final = Addresses("https://sso.example.go.id/auth", "https://sso.example.go.id/token", "", None)
BACK: Final = "https://jejak.example.go.id/masuk/kembali"
PROVEN: Final = Proven(Person(("13.01",), "1", None), SignIn(7, strong=True), "s-1", "/worklist", None)


def begun(**onward: object) -> Attempt:
    return Attempt.begin(secrets.token_bytes, **onward)


def asked(attempt: Attempt) -> dict[str, str]:
    query = parse_qs(urlsplit(attempt.address(ADDRESSES, IDENTITY, BACK, 300)).query, strict_parsing=True)
    return {name: value for name, [value] in query.items()}


def test_the_challenge_is_that_of_the_standard() -> None:
    attempt = replace(begun(), verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")  # RFC 7636, appendix B

    assert asked(attempt)["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert asked(attempt)["code_challenge_method"] == "S256"


def test_the_request_names_what_the_return_must_show_and_nothing_secret() -> None:
    attempt = begun(form='{"alamat":"/cases","isian":[["pemohon.name","Contoh"]]}')
    request = asked(attempt)

    assert (request["state"], request["nonce"], request["redirect_uri"]) == (attempt.state, attempt.nonce, BACK)
    assert (request["scope"], request["response_type"], request["max_age"]) == ("openid", "code", "300")
    assert not {attempt.verifier, IDENTITY.client_secret, attempt.form} & set(request.values())
    assert "prompt" not in request


def test_a_fresh_sign_in_asks_for_the_password_or_factor_again() -> None:
    request = asked(begun(fresh=True))

    assert (request["prompt"], request["acr_values"]) == ("login", "2")


def test_two_sign_ins_share_nothing() -> None:
    first, second = begun(), begun()

    assert not {first.state, first.nonce, first.verifier} & {second.state, second.nonce, second.verifier}
    assert len(first.verifier) >= 43


def test_the_cookie_brings_back_what_was_sealed_and_shows_nothing() -> None:
    attempt = begun(place="/worklist", form="Rahmawati", fresh=True, session="s", post=("13.01", "staf-1", "staf"))
    cookie = sealed(KEY, attempt, time.time())

    assert opened_attempt(KEY, cookie) == attempt
    assert opened_proven(KEY, sealed(KEY, PROVEN, time.time())) == PROVEN
    assert not any(word in cookie for word in ("Rahmawati", attempt.verifier, attempt.state))


def test_a_form_of_a_few_thousand_letters_fits_into_the_cookie() -> None:
    form = str([[f"pemohon.isian{n}", "Jalan Contoh Nomor 1, Nagari Contoh"] for n in range(60)])

    assert (
        len(sealed(KEY, begun(form=form), time.time()))
        <= MOST
        < len(sealed(KEY, begun(form=secrets.token_hex(4000)), 0))
    )


@pytest.mark.parametrize("what", [begun(session="s", post=("13.01", "staf-1", "staf")), PROVEN])
def test_a_place_too_long_for_the_cookie_is_left_out(what: Attempt | Proven) -> None:
    long = "/" + "".join(chr(0x4E00 + ord(sign)) for sign in secrets.token_hex(1_000)) + secrets.token_hex(2_000)

    cookie = cookie_of(KEY, replace(what, place=long), time.time())
    short = cookie_of(KEY, replace(what, place="/search"), time.time())

    assert cookie is not None
    assert len(cookie) <= MOST
    assert (opened_attempt(KEY, cookie) or opened_proven(KEY, cookie)) == replace(what, place=None)
    assert (opened_attempt(KEY, short) or opened_proven(KEY, short)) == replace(what, place="/search")


def test_a_form_too_long_for_the_cookie_has_none() -> None:
    assert cookie_of(KEY, begun(form=secrets.token_hex(4_000)), time.time()) is None


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        "bukan.cookie",
        sealed(bytes(32), begun(), time.time()),
        sealed(KEY, begun(), time.time() - SECONDS - 1),
        sealed(KEY, PROVEN, time.time()),
        sealed(KEY, begun(), time.time())[:-4] + "AAAA",
    ],
)
def test_a_cookie_of_others_of_another_kind_or_of_long_ago_is_none(cookie: str | None) -> None:
    assert opened_attempt(KEY, cookie) is None


def test_only_the_return_of_this_attempt_from_this_issuer_answers_it() -> None:
    attempt = begun()

    assert attempt.is_answered_by(attempt.state, None, IDENTITY)
    assert attempt.is_answered_by(attempt.state, IDENTITY.issuer, IDENTITY)
    assert not attempt.is_answered_by(attempt.state, "https://lain.example", IDENTITY)
    for state in (None, "", begun().state, attempt.state[:-1], "ü"):
        assert not attempt.is_answered_by(state, None, IDENTITY)


def test_an_issuer_that_does_not_ask_again_signs_nobody_in() -> None:
    check_age(SignIn(1000), 300, now=1330.0)

    for at, strong in ((999, False), (999, True), (None, True)):
        with pytest.raises(Problem, match="masuk_terlalu_lama"):
            check_age(SignIn(at, strong=strong), 300, now=1330.0)
