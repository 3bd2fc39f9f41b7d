"""The settings of the sign-in: required in production, and no secret where nobody signs in."""

from __future__ import annotations

import pytest

from jejak.platform.settings import Settings, SettingsError
from tests.unit.settings.test_settings import COMPLETE, without


def test_production_names_the_issuer_and_only_the_ledger_has_the_clients_secret() -> None:
    ledger, letters = (Settings.read(service, COMPLETE).identity for service in ("ledger", "letters"))

    assert ledger is not None
    assert letters is not None
    assert (ledger.issuer, ledger.client_id) == ("https://sso.example.go.id/realms/jejak", "jejak")
    assert (ledger.client_secret, letters.client_secret) == ("rahasia", None)
    assert "rahasia" not in repr(ledger)


@pytest.mark.parametrize("name", ["JEJAK_OIDC_ISSUER", "JEJAK_OIDC_CLIENT_ID", "JEJAK_OIDC_CLIENT_SECRET"])
def test_production_does_not_start_where_nobody_could_sign_in(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set.$"):
        Settings.read("ledger", without(name))


def test_a_process_that_serves_no_official_needs_no_issuer() -> None:
    assert Settings.read("relay", without("JEJAK_OIDC_ISSUER")).identity is None


def test_development_may_have_an_issuer_and_needs_none() -> None:
    development = COMPLETE | {"JEJAK_ENV": "development", "JEJAK_OIDC_ISSUER": "http://127.0.0.1:8180/realms/jejak"}

    assert Settings.read("intake", development).identity is not None
    assert Settings.read("intake", {**development, "JEJAK_OIDC_ISSUER": ""}).identity is None


def test_in_production_the_issuer_is_reached_by_tls() -> None:
    with pytest.raises(SettingsError, match=r"^JEJAK_OIDC_ISSUER must begin with https://"):
        Settings.read("ledger", COMPLETE | {"JEJAK_OIDC_ISSUER": "http://sso.example.go.id"})


def test_a_session_ends_after_its_minutes() -> None:
    given = {"JEJAK_SESSION_IDLE_MINUTES": "10", "JEJAK_SESSION_MINUTES": "60", "JEJAK_SESSION_FRESH_MINUTES": "2"}
    limits = Settings.read("intake", COMPLETE | given).session

    assert (limits.idle, limits.length, limits.fresh) == (600, 3600, 120)


@pytest.mark.parametrize("name", ["JEJAK_SESSION_IDLE_MINUTES", "JEJAK_SESSION_FRESH_MINUTES"])
def test_no_limit_within_a_session_exceeds_the_session(name: str) -> None:
    with pytest.raises(SettingsError, match=r"must not exceed JEJAK_SESSION_MINUTES\.$"):
        Settings.read("intake", COMPLETE | {name: "61", "JEJAK_SESSION_MINUTES": "60"})


def test_second_factors_are_words_apart_by_a_space() -> None:
    identity = Settings.read("intake", COMPLETE | {"JEJAK_OIDC_SECOND_FACTOR": "2 mfa"}).identity

    assert identity is not None
    assert identity.second_factor == ("2", "mfa")
