"""Settings: read once, checked at the start, and no secret has a default."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.settings import SERVICES, Settings, SettingsError, Source
from tests.certificates import Authority

KEY = "q" * 43
COMPLETE = {
    "JEJAK_ENV": "production",
    "JEJAK_DATABASE_URL": "postgresql://jejak_intake@db/jejak",
    "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "JEJAK_PUBLIC_URL": "https://jejak.example.go.id/",
    "JEJAK_MASTER_KEY": KEY,
    "JEJAK_HMAC_KEY": KEY,
    "JEJAK_TOKEN_KEY": KEY,
}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in COMPLETE.items() if key != name}


def test_a_complete_production_environment_is_read() -> None:
    settings = Settings.read("intake", COMPLETE)

    assert not settings.development
    assert settings.public_url == "https://jejak.example.go.id"
    assert (settings.sweep_seconds, settings.session_timeout_ms, settings.topic_prefix) == (30.0, 10_000, "jejak")
    assert len(settings.master_key) == 32


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "JEJAK_ENV"])
def test_in_production_nothing_that_is_missing_is_made_up(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set.$"):
        Settings.read("intake", without(name))


def test_an_unset_environment_is_production() -> None:
    assert Settings.read("intake", without("JEJAK_ENV")).env == "production"


@pytest.mark.parametrize("name", ["JEJAK_MASTER_KEY", "JEJAK_HMAC_KEY", "JEJAK_TOKEN_KEY"])
def test_no_key_has_a_default_in_development_either(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set.$"):
        Settings.read("intake", without(name) | {"JEJAK_ENV": "development"})


@pytest.mark.parametrize("value", ["rahasia", "q" * 42, "q" * 44, "ö" * 43])
def test_a_key_of_the_wrong_size_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(SettingsError, match="32 bytes") as refused:
        Settings.read("intake", COMPLETE | {"JEJAK_MASTER_KEY": value})

    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("JEJAK_ENV", "staging", "development or production"),
        ("JEJAK_DATABASE_URL", "mysql://db", "postgresql://"),
        ("JEJAK_PORT", "delapan", "whole number"),
        ("JEJAK_PORT", "-1", "whole number"),
        ("JEJAK_SWEEP_SECONDS", "nan", "seconds"),
        ("JEJAK_SHEET_FOLDERS", "[]", "JSON object"),
        ("JEJAK_SHEET_FOLDERS", '{"13.01": 8001}', "JSON object"),
        ("JEJAK_PUBLIC_URL", "jejak.example.go.id", "https://"),
        ("JEJAK_SERVICES", "[]", "JSON object"),
        ("JEJAK_SERVICES", '{"verification": "verification:8000"}', "https://"),
    ],
)
def test_a_malformed_setting_is_named_in_one_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} .*{sentence}.*[.]$"):
        Settings.read("intake", COMPLETE | {name: value})


def test_another_service_is_found_where_the_setting_says_and_else_where_the_proxy_finds_it() -> None:
    variables = COMPLETE | {"JEJAK_SERVICES": '{"verification": "https://verification.internal"}'}
    assert Settings.read("bpjs_sync", variables).address_of("verification") == "https://verification.internal"
    assert Settings.read("bpjs_sync", COMPLETE).address_of("bpjs_sync") == "http://bpjs-sync:8000"


def test_a_service_prefers_the_login_that_is_its_own() -> None:
    own = "postgresql://jejak_letters@db/jejak"

    assert Source(COMPLETE | {"JEJAK_DATABASE_URL_LETTERS": own}).database_url("letters") == own
    assert Source(COMPLETE).database_url("letters") == COMPLETE["JEJAK_DATABASE_URL"]


@pytest.mark.parametrize("given", [{}, {"JEJAK_DB_PASSWORD_REPORT": "rahasia"}])
def test_a_login_for_reports_has_a_password_only_where_one_is_given(given: dict[str, str]) -> None:
    services = {f"JEJAK_DB_PASSWORD_{name.upper()}": name for name in (*SERVICES, "ledger")}
    passwords = Source(services | given).service_passwords()
    assert passwords == {name: name for name in (*SERVICES, "ledger")} | ({"report": "rahasia"} if given else {})


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="ascii")

    settings = Settings.read("intake", without("JEJAK_HMAC_KEY") | {"JEJAK_HMAC_KEY_FILE": str(tmp_path / "key")})

    assert settings.hmac_key == settings.token_key


def test_printed_settings_show_no_secret() -> None:
    assert KEY not in repr(Settings.read("intake", COMPLETE))


def test_a_running_development_installation_completes_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").write_text(
        "JEJAK_ENV=development\nJEJAK_DATABASE_URL=postgresql://here/jejak\n", encoding="utf-8"
    )
    monkeypatch.setenv("JEJAK_DATA", str(tmp_path))
    monkeypatch.delenv("JEJAK_ENV", raising=False)
    monkeypatch.delenv("JEJAK_DATABASE_URL", raising=False)

    assert Source.of().env == "development"
    assert Source.of().database_url() == "postgresql://here/jejak"

    monkeypatch.setenv("JEJAK_ENV", "production")
    with pytest.raises(SettingsError, match=r"^JEJAK_DATABASE_URL is not set\.$"):
        Source.of().database_url()


TOKENS = {
    "JEJAK_CLIENT_ISSUER": "https://sso.example.go.id",
    "JEJAK_CLIENT_AUDIENCE": "jejak",
    "JEJAK_CLIENT_JWKS": "https://sso.example.go.id/jwks",
}


def test_without_settings_of_clients_no_machine_is_let_in_and_no_tls_is_spoken() -> None:
    settings = Settings.read("bpjs_sync", COMPLETE)
    assert (settings.clients.jwks, dict(settings.clients.ids), dict(settings.clients.subjects)) == (None, {}, {})
    assert settings.tls is None


@pytest.mark.parametrize("name", TOKENS)
def test_issuer_audience_and_keys_of_clients_tokens_go_together(name: str) -> None:
    given = {key: value for key, value in TOKENS.items() if key != name}
    with pytest.raises(SettingsError, match=f"^{name} is not set.$"):
        Settings.read("bpjs_sync", COMPLETE | given)


def test_an_issuers_keys_come_over_tls_or_from_a_file_that_is_there() -> None:
    for place in ("http://sso.example.go.id/jwks", "/no/such/file", "ftp://x/y"):
        with pytest.raises(SettingsError, match="JEJAK_CLIENT_JWKS"):
            Settings.read("bpjs_sync", COMPLETE | TOKENS | {"JEJAK_CLIENT_JWKS": place})


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^JEJAK_TLS_KEY is not set.$"):
        Settings.read("bpjs_sync", COMPLETE | {"JEJAK_TLS_CERT": "/tls/cert.pem"})


SASL = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_USERNAME": "jejak_intake",
    "KAFKA_SASL_PASSWORD": "rahasia-kafka",
}


def test_kafka_is_entered_in_clear_and_without_a_name_unless_a_setting_says_how() -> None:
    assert Source(COMPLETE).kafka() == KafkaCluster("kafka:9092")


def test_kafka_is_entered_by_tls_and_with_a_name(tmp_path: Path) -> None:
    ours = Authority.begin(tmp_path, "ca")
    certificate, key = ours.certificate("intake")
    files = {"KAFKA_SSL_CA": "ca.pem", "KAFKA_SSL_CERT": certificate.name, "KAFKA_SSL_KEY": key.name}

    cluster = Source(COMPLETE | SASL | {name: str(tmp_path / file) for name, file in files.items()}).kafka()

    assert (cluster.protocol, cluster.mechanism, cluster.username) == ("SASL_SSL", "SCRAM-SHA-512", "jejak_intake")
    assert cluster.context is not None
    assert cluster.context.cert_store_stats()["x509_ca"] == 1
    assert "rahasia-kafka" not in repr(cluster)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"KAFKA_SECURITY_PROTOCOL": "TLS"},
            "KAFKA_SECURITY_PROTOCOL must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
        ),
        ({"KAFKA_SASL_MECHANISM": "GSSAPI"}, "KAFKA_SASL_MECHANISM must be SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN."),
        ({"KAFKA_SASL_PASSWORD": ""}, "KAFKA_SASL_PASSWORD is not set."),
        ({"KAFKA_SSL_CA": "/tidak/ada.pem"}, "must name readable PEM files"),
        ({"KAFKA_SSL_CERT": __file__, "KAFKA_SSL_KEY": __file__}, "must name readable PEM files"),
        ({"KAFKA_SSL_CERT": __file__}, "KAFKA_SSL_KEY is not set."),
        ({"KAFKA_SSL_KEY": __file__}, "KAFKA_SSL_CERT is not set."),
        ({"KAFKA_SECURITY_PROTOCOL": ""}, "KAFKA_SASL_USERNAME is set, but KAFKA_SECURITY_PROTOCOL is PLAINTEXT."),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SASL_USERNAME is set, but KAFKA_SECURITY_PROTOCOL is SSL."),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SSL_CA": __file__},
            "KAFKA_SSL_CA is set, but KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT.",
        ),
    ],
)
def test_a_wrong_way_into_kafka_is_refused_at_the_start(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Settings.read("intake", COMPLETE | SASL | given)
