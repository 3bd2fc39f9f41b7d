"""Tables that contradict themselves, or describe what cannot work, are refused before anything is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from jejak.cli import CommandError, main
from jejak_tools.deployment import command, environment, installation
from jejak_tools.deployment.environment import PROCESSES, EnvironmentTableError
from jejak_tools.deployment.faults import faults

ROOT: Final = Path(__file__).parents[3]
PLAN: Final = installation.read(ROOT / "deploy")


def declared(folder: Path, body: str) -> None:
    file = folder / "environment.toml"
    file.write_text(f'[every]\ntitle = "Every process"\nfor = ["processes"]\n{body}', encoding="utf-8")
    environment.read(file)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('[every.A_KEY]\nkind = "key"\nmeaning = "A."\ndefault = "q"', "A_KEY: is a secret, so it has no default"),
        ('[every.A]\nmeaning = "A."\ndefault = "1"\nrequired = true', "A: is required, so it has no default"),
        ('[every.A]\nmeaning = "A."\nempty = "{}"', "A: has an empty value, which only a secret has"),
        ('[every.A]\nmeaning = "A."\nown = true', "A: is `own`, which only a secret is"),
        ('[every.A]\nmeaning = "A."\nchoices = ["x"]\ndefault = "y"', "A: has a default that is none of its choices"),
        ('[every.A]\nmeaning = "A."\ndefalt = "y"', "A: defalt: Extra inputs are not permitted"),
        ('[every.A]\nmeaning = "A."\nfor = ["intaek"]', "A: readers"),
        ('[every.A]\nmeaning = "A."\n[every.A]\nmeaning = "B."', "environment.toml is no TOML"),
        (
            '[every.A]\nmeaning = "A."\n[other]\ntitle = "O"\nfor = ["relay"]\n[other.A]\nmeaning = "A."',
            "A is declared twice",
        ),
    ],
)
def test_a_setting_that_contradicts_itself_is_refused_by_name(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(EnvironmentTableError, match=sentence.replace("(", r"\(")):
        declared(tmp_path, body)


def test_a_family_is_a_setting_for_each_login_read_by_its_own_processes(tmp_path: Path) -> None:
    file = tmp_path / "environment.toml"
    file.write_text('[a]\ntitle = "A"\nfor = ["own"]\n[a."A_{LOGIN}"]\nmeaning = "A."\n', encoding="utf-8")

    readers = {name: setting.readers for name, setting in environment.settings_of(environment.read(file)).items()}

    assert readers["A_INTAKE"] == {"intake"}
    assert readers["A_LEDGER"] == {"ledger", "relay"}
    assert len(readers) == 6


def test_the_tables_describe_what_works() -> None:
    assert list(faults(PLAN)) == []


def changed(size: str = "kubernetes", process: Mapping[str, Any] | None = None, **changes: Any) -> list[str]:
    """The faults of the plan after a change of one size, or of intake."""
    values = dict(PLAN.sizes[size].values) | changes.pop("values", {})
    values = {name: text for name, text in values.items() if text is not None}
    sizes = {size: PLAN.sizes[size].model_copy(update={"values": values} | changes)}
    intake = PLAN.processes["intake"].model_copy(update=process or {})
    return list(faults(replace(PLAN, sizes=sizes, processes={**PLAN.processes, "intake": intake})))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"values": {"JEJAK_TOPIC_REPLICAS": "1"}}, "JEJAK_TOPIC_REPLICAS is 1, but 2 copies must be in sync"),
        ({"values": {"JEJAK_TOPIC_REPLICAS": "2"}}, "one lost broker stops every topic"),
        ({"values": {"JEJAK_TOPIC_REPLICAS": "4"}}, "there are 3 brokers: no topic can be made"),
        ({"values": {"JEJAK_MASTER_KEY": "q" * 43}}, "JEJAK_MASTER_KEY is a secret and has a value here"),
        ({"secrets": ["KAFKA_SASL_PASSWORD", "JEJAK_HOST"]}, "JEJAK_HOST is in `secrets` and is none"),
        ({"values": {"JEJAK_TOPIC_REPLICA": "3"}}, "neither a process nor Caddy reads JEJAK_TOPIC_REPLICA"),
        ({"values": {"JEJAK_ENV": "development"}}, "in development everybody signs in as anybody"),
        ({"site": {"JEJAK_PUBLIC_URL": "http://jejak"}}, "JEJAK_PUBLIC_URL must begin with https://"),
        ({"site": {"JEJAK_EDGE_SITE": "http://jejak"}}, "JEJAK_EDGE_SITE must begin with https://"),
        (
            {"site": {"JEJAK_PUBLIC_URL": "https://a.go.id", "JEJAK_EDGE_SITE": "https://b.go.id"}},
            "JEJAK_PUBLIC_URL is https://a.go.id, but JEJAK_EDGE_SITE is https://b.go.id",
        ),
        ({"site": {"JEJAK_PUBLIC_URL": "https://a.go.id"}}, "but JEJAK_EDGE_SITE is http://:8080"),
        ({"values": {"JEJAK_PUBLIC_URL": "https://a.go.id"}}, "JEJAK_PUBLIC_URL stands in `values` and in `site`"),
        ({"values": {"JEJAK_OIDC_SCOPE": "https://u:p@a.go.id"}}, "JEJAK_OIDC_SCOPE holds a password"),
        ({"database": "postgresql://{login}:geheim@db/jejak"}, "`database` must have {login} and {password}"),
        ({"values": {"JEJAK_EDGE_CERT": None}}, "JEJAK_EDGE_TLS is files, but JEJAK_EDGE_CERT is not set"),
        ({"site": {}}, "intake would not start: JEJAK_PUBLIC_URL is not set"),
        ({"secrets": []}, "intake would not start: KAFKA_SASL_PASSWORD is not set"),
        ({"values": {"KAFKA_SECURITY_PROTOCOL": "SSL"}}, "KAFKA_SASL_"),
        ({"values": {"JEJAK_SWEEP_SECONDS": "soon"}}, "relay would not start: JEJAK_SWEEP_SECONDS must be"),
        ({"copies": 9}, "9 of intake share 8 partitions"),
        ({"connections": 100}, "connections during an upgrade, and PostgreSQL accepts 100"),
        ({"process": {"most": 100}}, "intake reserves 192 MiB and may use 100"),
        (
            {"size": "one_host", "process": {"port": 8002}},
            "verification would listen on port 8002, which is taken by intake",
        ),
        ({"size": "one_host", "process": {"port": 9092}}, "intake would listen on port 9092, which is taken by Kafka"),
        ({"size": "one_host", "values": {"JEJAK_PORT": "8001"}}, "which is taken by intake"),
        ({"size": "one_host", "values": {"JEJAK_PORT": "x"}}, "intake would not start: JEJAK_PORT must be"),
        (
            {"size": "one_host", "values": {"JEJAK_SERVICES": '{"verification": "http://127.0.0.1:8003"}'}},
            "JEJAK_SERVICES says http://127.0.0.1:8003, but verification listens on port 8002",
        ),
        ({"size": "one_host", "hosts": []}, "it needs `hosts`"),
        ({"size": "three_hosts", "hosts": ["a", "b", "b"]}, "`hosts` names a host twice"),
        ({"size": "three_hosts", "hosts": ["a", "b"], "copies": 2}, "3 brokers need as many hosts, and it has 2"),
        ({"size": "three_hosts", "copies": 2}, "`copies` must be 3"),
        ({"hosts": ["a"]}, "its processes are found by their names"),
        ({"size": "one_host", "in_sync": 2}, "a topic has 1 copies, one a broker, but 2 copies must be in sync"),
        ({"values": {"JEJAK_TOPIC_REPLICAS": None}, "in_sync": 3}, "one lost broker stops every topic"),
        ({"in_sync": 1}, "JEJAK_TOPIC_MIN_INSYNC is 2, but `in_sync` of the brokers is 1"),
        ({"values": {"JEJAK_TOPIC_REPLICAS": "many"}}, "intake would not start: JEJAK_TOPIC_REPLICAS must be"),
        ({"values": {"JEJAK_DATABASE_POOL": "20"}}, "connections during an upgrade, and PostgreSQL accepts 300"),
        ({"values": {"JEJAK_DRAIN_SECONDS": "10.5"}}, "it is killed 30 seconds after it was told to stop"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(change: Any, sentence: str) -> None:
    assert any(sentence in fault for fault in changed(**change)), changed(**change)


@pytest.mark.parametrize(
    ("written", "instead", "sentence"),
    [
        ("postgres:18.6", "postgres:18", "Images: postgres: String should match pattern"),
        ("prometheus:v3.8.0", "prometheus:latest", "Images: prometheus: String should match pattern"),
        ("copies = 3", "copies = 0", "Size: copies: Input should be greater than 0"),
        ("copies = 3", "copys = 3", "Size: copys: Extra inputs are not permitted"),
        ("port = 8001", "port = 80", "Process: port: Input should be greater than 1023"),
        ("intake = {", "intaek = {", r"\[processes\] must name intake, verification"),
        ("sizes.compose", "sizes.laptop", r"\[sizes\] must name one_host, three_hosts, kubernetes, compose"),
        ("[images]", "[pictures]", "installations.toml must have the tables images, processes and sizes"),
        ("[images]", "[images", "installations.toml is no TOML"),
        ("intake = {", "letters = {}\nintake = {", "installations.toml is no TOML"),
    ],
)
def test_a_malformed_table_of_installations_is_one_sentence(
    written: str, instead: str, sentence: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "deploy" / "environment.toml", tmp_path)
    text = (ROOT / "deploy" / "installations.toml").read_text(encoding="utf-8")
    assert written in text
    (tmp_path / "installations.toml").write_text(text.replace(written, instead), encoding="utf-8")

    with pytest.raises(EnvironmentTableError, match=f"^{sentence}") as refused:
        installation.read(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_refusal_writes_nothing(tmp_path: Path) -> None:
    deploy = tmp_path / "deploy"
    deploy.mkdir()
    for name in ("environment.toml", "installations.toml"):
        shutil.copy(ROOT / "deploy" / name, deploy)
    table = deploy / "installations.toml"
    table.write_text(table.read_text().replace('JEJAK_TOPIC_REPLICAS = "3"', 'JEJAK_TOPIC_REPLICAS = "1"'))

    assert main(["deploy", "write", str(tmp_path)]) == main(["deploy", "check", str(tmp_path)]) == 1
    assert sorted(path.name for path in deploy.iterdir()) == ["environment.toml", "installations.toml"]
    with pytest.raises(CommandError, match="three_hosts: JEJAK_TOPIC_REPLICAS is 1"):
        command.plan_of(tmp_path)


def test_outside_a_checkout_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("this command works in a checkout of the sources.\n")


def test_what_is_written_is_up_to_date_and_a_change_of_it_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("local", "kubernetes.schemas"))
    shutil.copy(ROOT / ".env.example", tmp_path)
    assert list(command.wrong(tmp_path)) == []

    unit = tmp_path / "deploy" / "systemd" / "one-host" / "jejak.target"
    unit.write_text(unit.read_text() + "# by hand\n")
    unit.with_name("stray.service").touch()

    assert list(command.wrong(tmp_path)) == [
        "deploy/systemd/one-host/jejak.target is not what the tables in deploy give; `make contract` writes it.",
        "deploy/systemd/one-host/stray.service is no longer written; delete it.",
    ]
    assert main(["deploy", "write", str(tmp_path)]) == 0
    assert list(command.wrong(tmp_path)) == []
    assert PLAN.processes.keys() == set(PROCESSES)
