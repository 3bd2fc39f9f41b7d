"""Settings: read once, checked at the start, and no secret has a default."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.platform.kafka_cluster import KafkaCluster, TopicPlacement
from jejak.platform.settings import SERVICES, Settings, SettingsError, Source
from tests.certificates import Authority
from tests.servers import KEYS

COMPLETE = {
    "JEJAK_ENV": "production",
    "JEJAK_DATABASE_URL_INTAKE": "postgresql://jejak_intake@db/jejak",
    "JEJAK_DATABASE_URL_LETTERS": "postgresql://jejak_letters@db/jejak",
    "JEJAK_DATABASE_URL_LEDGER": "postgresql://jejak_ledger@db/jejak",
    "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "JEJAK_PUBLIC_URL": "https://jejak.example.go.id/",
    **KEYS,
    "JEJAK_OIDC_ISSUER": "https://sso.example.go.id/realms/jejak",
    "JEJAK_OIDC_CLIENT_ID": "jejak",
    "JEJAK_OIDC_CLIENT_SECRET": "rahasia",
}
BPJS_SYNC = COMPLETE | {"JEJAK_DATABASE_URL_BPJS_SYNC": "postgresql://jejak_bpjs_sync@db/jejak"}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in COMPLETE.items() if key != name}


def test_a_complete_production_environment_is_read() -> None:
    settings = Settings.read("intake", COMPLETE)

    assert not settings.development
    assert settings.public_url == "https://jejak.example.go.id"
    assert (settings.sweep_seconds, settings.session_timeout_ms, settings.topic_prefix) == (30.0, 10_000, "jejak")
    assert len(settings.master_keys.writing) == 32
    assert settings.master_keys.others == ()


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "JEJAK_ENV"])
def test_in_production_nothing_that_is_missing_is_made_up(name: str) -> None:
    of_login = name.removeprefix("JEJAK_DATABASE_URL_")
    service = "ledger" if of_login == name else of_login.lower()
    with pytest.raises(SettingsError, match=f"^{name} is not set.$"):
        Settings.read(service, without(name))


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
        ("JEJAK_DATABASE_URL_INTAKE", "mysql://db", "postgresql://"),
        ("JEJAK_PORT", "delapan", "whole number"),
        ("JEJAK_PORT", "-1", "whole number"),
        ("JEJAK_SWEEP_SECONDS", "nan", "seconds"),
        ("JEJAK_SWEEP_SECONDS", "0", "above zero"),
        ("JEJAK_DRAIN_SECONDS", "-1", "zero or more"),
        ("JEJAK_LOG_LEVEL", "loud", "info, debug, warning or error"),
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
    variables = BPJS_SYNC | {"JEJAK_SERVICES": '{"verification": "https://verification.internal"}'}
    assert Settings.read("bpjs_sync", variables).address_of("verification") == "https://verification.internal"
    assert Settings.read("bpjs_sync", BPJS_SYNC).address_of("bpjs_sync") == "http://bpjs-sync:8000"


def test_a_service_has_its_own_login_and_never_the_administrators() -> None:
    admin = {"JEJAK_DATABASE_URL": "postgresql://postgres@db/jejak"}
    ledger = {"JEJAK_DATABASE_URL_LEDGER": "postgresql://jejak_ledger@db/jejak"}

    assert Source(admin | ledger).database_url("relay") == ledger["JEJAK_DATABASE_URL_LEDGER"]
    assert Source(admin | ledger).database_url() == admin["JEJAK_DATABASE_URL"]
    with pytest.raises(SettingsError, match=r"^JEJAK_DATABASE_URL_APPROVAL is not set\.$"):
        Settings.read("approval", COMPLETE | admin)


def test_a_process_with_an_environment_of_its_own_names_its_login_without_its_name() -> None:
    own = "postgresql://jejak_bpjs_sync:rahasia@db/jejak"
    assert Source({"JEJAK_DATABASE_URL": own}).database_url("bpjs_sync") == own
    with pytest.raises(SettingsError, match=r"^JEJAK_DATABASE_URL_INTAKE is not set\.$"):
        Source({"JEJAK_DATABASE_URL": own}).database_url("intake")


@pytest.mark.parametrize("given", [{}, {"JEJAK_DB_PASSWORD_REPORT": "rahasia"}])
def test_a_login_for_reports_has_a_password_only_where_one_is_given(given: dict[str, str]) -> None:
    services = {f"JEJAK_DB_PASSWORD_{name.upper()}": name for name in (*SERVICES, "ledger")}
    passwords = Source(services | given).service_passwords()
    assert passwords == {name: name for name in (*SERVICES, "ledger")} | ({"report": "rahasia"} if given else {})


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEYS['JEJAK_HMAC_KEY']}\n", encoding="ascii")

    settings = Settings.read("intake", without("JEJAK_HMAC_KEY") | {"JEJAK_HMAC_KEY_FILE": str(tmp_path / "key")})

    assert settings == Settings.read("intake", COMPLETE)


def test_a_process_drains_before_it_stops_except_in_development() -> None:
    assert Settings.read("intake", COMPLETE).drain_seconds == 5.0
    assert Settings.read("intake", COMPLETE | {"JEJAK_DRAIN_SECONDS": "0"}).drain_seconds == 0.0
    assert Settings.read("intake", COMPLETE | {"JEJAK_ENV": "development"}).drain_seconds == 0.0


def test_what_goes_around_a_pooler_has_an_address_of_its_own() -> None:
    direct = "postgresql://jejak_intake@primary/jejak"
    given = {"JEJAK_DATABASE_DIRECT_URL_INTAKE": direct, "JEJAK_DATABASE_POOL": "3"}

    around = Settings.read("intake", COMPLETE | given)
    assert (around.direct_database_url, around.database_pool) == (direct, 3)
    assert around.database_url == COMPLETE["JEJAK_DATABASE_URL_INTAKE"]
    without_pooler = Settings.read("intake", COMPLETE)
    assert (without_pooler.direct_database_url, without_pooler.database_pool) == (without_pooler.database_url, 6)


SECRETS = {
    "JEJAK_DATABASE_URL_INTAKE": "postgresql://jejak_intake:rahasia@db/jejak",
    **KEYS,
    "JEJAK_SHEET_FOLDERS": '{"51.07": "/srv/lembar"}',
    "KAFKA_SASL_PASSWORD": "rahasia",
}


def test_whatever_may_hold_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    files = {f"{name}_FILE": tmp_path / name for name in SECRETS}
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(f"{secret}\n", encoding="utf-8")
    given = COMPLETE | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "jejak_intake"}

    written = Settings.read("intake", given | SECRETS)
    in_files = {name: value for name, value in given.items() if name not in SECRETS}
    assert Settings.read("intake", in_files | {name: str(file) for name, file in files.items()}) == written


@pytest.mark.parametrize(("content", "sentence"), [(b"\xff\xfe", "is not text"), (None, "cannot be read")])
def test_a_file_of_a_secret_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "url"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"^JEJAK_DATABASE_URL_INTAKE_FILE names a file that {sentence}"):
        Settings.read("intake", without("JEJAK_DATABASE_URL_INTAKE") | {"JEJAK_DATABASE_URL_INTAKE_FILE": str(file)})


def test_printed_settings_show_no_secret() -> None:
    shown = repr(Settings.read("intake", COMPLETE))
    assert not any(key in shown for key in KEYS.values())


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
    settings = Settings.read("bpjs_sync", BPJS_SYNC)
    assert (settings.clients.jwks, dict(settings.clients.ids), dict(settings.clients.subjects)) == (None, {}, {})
    assert settings.tls is None


@pytest.mark.parametrize("name", TOKENS)
def test_issuer_audience_and_keys_of_clients_tokens_go_together(name: str) -> None:
    given = {key: value for key, value in TOKENS.items() if key != name}
    with pytest.raises(SettingsError, match=f"^{name} is not set.$"):
        Settings.read("bpjs_sync", BPJS_SYNC | given)


def test_an_issuers_keys_come_over_tls_or_from_a_file_that_is_there() -> None:
    for place in ("http://sso.example.go.id/jwks", "/no/such/file", "ftp://x/y"):
        with pytest.raises(SettingsError, match="JEJAK_CLIENT_JWKS"):
            Settings.read("bpjs_sync", BPJS_SYNC | TOKENS | {"JEJAK_CLIENT_JWKS": place})


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^JEJAK_TLS_KEY is not set.$"):
        Settings.read("bpjs_sync", BPJS_SYNC | {"JEJAK_TLS_CERT": "/tls/cert.pem"})


SASL = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_USERNAME": "jejak_intake",
    "KAFKA_SASL_PASSWORD": "rahasia-kafka",
}


def test_kafka_is_entered_in_clear_and_without_a_name_unless_a_setting_says_how() -> None:
    assert Source(COMPLETE).kafka() == KafkaCluster("kafka:9092")


def test_topics_lie_as_the_cluster_has_it_unless_a_setting_says_how() -> None:
    three_nodes = {"JEJAK_TOPIC_REPLICAS": "3", "JEJAK_TOPIC_MIN_INSYNC": "2"}

    assert Source(COMPLETE).kafka().topics == TopicPlacement(replicas=None, in_sync=None, made_here=True)
    assert Source(COMPLETE | three_nodes).kafka().topics == TopicPlacement(replicas=3, in_sync=2)
    assert Source(COMPLETE | SASL | three_nodes).kafka().topics == TopicPlacement(replicas=3, in_sync=2)
    assert Source(COMPLETE | {"JEJAK_TOPICS": "managed"}).kafka().topics == TopicPlacement(made_here=False)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"JEJAK_TOPICS": "none"}, "JEJAK_TOPICS must be made or managed."),
        ({"JEJAK_TOPIC_REPLICAS": "0"}, "JEJAK_TOPIC_REPLICAS must be a whole number above zero."),
        ({"JEJAK_TOPICS": "managed", "JEJAK_TOPIC_REPLICAS": "3"}, "are set, but JEJAK_TOPICS is managed."),
        ({"JEJAK_TOPIC_REPLICAS": "2", "JEJAK_TOPIC_MIN_INSYNC": "2"}, "must be less than JEJAK_TOPIC_REPLICAS"),
        ({"JEJAK_TOPIC_MIN_INSYNC": "2"}, "must be less than JEJAK_TOPIC_REPLICAS"),
    ],
)
def test_topics_that_could_not_be_written_or_not_be_made_are_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Source(COMPLETE | given).kafka()


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
