"""Alerts, dashboard and the list of metrics use measured names only, and Prometheus understands them."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from deploy.observability import dashboard, mutu_baku, slo
from jejak.cli import main
from jejak.contracts.bpjs.messages import V1
from jejak.platform.settings import SERVICES
from tests.promtool import promtool

HERE = Path(dashboard.__file__).parent
RULES = [yaml.safe_load((HERE / name).read_text()) for name in ("rules.yml", "slo.yml")]
WRITTEN = [rule for file in RULES for group in file["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in WRITTEN if "alert" in rule}
RECORDED = {rule["record"]: rule["expr"] for rule in WRITTEN if "record" in rule}
RUNBOOK = HERE.parents[1] / slo.RUNBOOK
BOARD: Mapping[str, Any] = json.loads(dashboard.FILE.read_text())
FIGURES: Mapping[str, Any] = json.loads(mutu_baku.FILE.read_text())
CHARTS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
SAID = ("ringkasan", "tindakan", "summary", "action", "runbook_url")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
_NAME = re.compile(r"\bjejak_[a-z_]+")
_SELECTED = re.compile(r"\b(jejak_[a-z_]+)\{([^}]*)\}")
_COMMAND = re.compile(r"`jejak ([a-z]+(?: [a-z]+)*)")


def queries() -> Iterator[str]:
    """Each query, with the expression of a recorded series in its place."""
    for rule in ALERTS.values():
        query = rule["expr"]
        for name, expression in RECORDED.items():
            query = query.replace(name, f"({expression})")
        yield query
    for panel in CHARTS:
        for target in panel["targets"]:
            yield target["expr"]


@pytest.fixture(scope="module")
def metrics() -> Mapping[str, frozenset[str]]:
    """The metrics of all processes, by the modules as they are, with their labels."""
    for name in ("jejak", *SERVICES, "ledger"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    labels_of: dict[str, frozenset[str]] = {}
    for collector in REGISTRY._collector_to_names:
        if isinstance(collector, MetricWrapperBase):
            [metric] = collector.describe()
            labels_of |= {
                f"{metric.name}{suffix}": frozenset(collector._labelnames) for suffix in SUFFIXES[metric.type]
            }
    return {name: labels for name, labels in labels_of.items() if name.startswith("jejak_")}


@pytest.mark.parametrize("query", sorted(set(queries())))
def test_a_query_asks_for_metrics_and_labels_that_exist(query: str, metrics: Mapping[str, frozenset[str]]) -> None:
    names = _NAME.findall(query)
    assert names or 'up{job="jejak"}' in query
    assert set(names) <= set(metrics)
    for name, selected in _SELECTED.findall(query):
        assert set(re.findall(r"(\w+)\s*[=!]", selected)) <= metrics[name] | {"le"}
    grouped = {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", query) for label in labels.split(",")}
    assert grouped <= frozenset[str]().union(*(metrics[name] for name in names)) | {"le"}


def test_the_list_of_metrics_names_each_that_exists_and_no_other(metrics: Mapping[str, frozenset[str]]) -> None:
    listed = re.findall(r"^\| `(jejak_[a-z_]+)`", (HERE / "README.md").read_text(), re.MULTILINE)
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in metrics}
    assert sorted(listed) == sorted(shown)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_in_both_languages_what_is_the_matter_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    assert tuple(rule["annotations"]) == SAID
    assert all(rule["annotations"][name].endswith((".", "!")) for name in SAID[:-1])
    assert rule["labels"]["severity"] in ("critical", "warning")


def test_an_alert_leads_to_its_own_section_of_the_runbook_which_has_no_other() -> None:
    sections = re.findall(r"^## (Jejak\w+)$(.*?)(?=^## |\Z)", RUNBOOK.read_text(), re.MULTILINE | re.DOTALL)
    assert Counter(name for name, _ in sections) == Counter(ALERTS.keys())
    for name, section in sections:
        assert ALERTS[name]["annotations"]["runbook_url"] == f"{slo.RUNBOOK}#{name.lower()}"
        parts = re.findall(r"^\*\*(\w+)\.\*\* (.+?)(?=\n\n|\Z)", section.strip(), re.MULTILINE | re.DOTALL)
        assert [language for language, _ in parts] == ["Indonesia", "English"]
        assert min(len(words.split()) for _, words in parts) > 25, name


@pytest.mark.parametrize("command", sorted(set(_COMMAND.findall(f"{ALERTS}{RUNBOOK.read_text()}"))))
def test_a_command_that_an_alert_names_exists(command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0


def test_every_alert_is_shown_to_fire_and_not_to_fire() -> None:
    shown: Counter[tuple[str, bool]] = Counter()
    files = [yaml.safe_load((HERE / name).read_text()) for name in ("rules_test.yml", "slo_test.yml")]
    for case in (case for file in files for case in file["tests"]):
        for check in case["promql_expr_test"]:
            [name] = re.findall(r'alertname="(\w+)"', check["expr"])
            shown[name, bool(check["exp_samples"])] += 1
    assert set(shown) == {(alert, fires) for alert in ALERTS for fires in (True, False)}


@pytest.mark.parametrize("made", [dashboard, mutu_baku, slo])
def test_a_generated_file_is_the_one_its_table_makes(made: ModuleType) -> None:
    assert made.FILE.read_text() == made.text(), f"run: python -m {made.__name__}"


def test_the_dashboard_is_whole_and_belongs_to_no_installation() -> None:
    assert {"uid", "title", "schemaVersion", "time", "refresh", "templating", "panels"} <= set(BOARD)
    assert [(variable["name"], variable["type"]) for variable in BOARD["templating"]["list"]] == [
        ("datasource", "datasource")
    ]
    assert next(panel["title"] for panel in BOARD["panels"] if panel["type"] == "row") == "BPJS"
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert len({panel["title"] for panel in CHARTS}) == len(CHARTS)
    for panel in CHARTS:
        assert {"type", "title", "description", "gridPos", "fieldConfig", "options", "targets"} <= set(panel)
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert [target["refId"] for target in panel["targets"]] == ["A", "B", "C"][: len(panel["targets"])]
        for part in (panel, *panel["targets"]):
            assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("prefix", ["jejak", "sumbar.jejak", "jejak.bpjs", "jejak.bpjs_sync"])
def test_the_panels_of_bpjs_show_what_goes_to_it_and_comes_from_it_in_every_version(prefix: str) -> None:
    versions = [V1, replace(V1, version=2)]
    topics = [name for version in versions for name in (version.topic, version.replies_settled)]
    groups = [version.replies_group for version in versions]
    others = ["cases", "bpjs_sync", "bpjs_sync.rejected", *(version.replies_rejected for version in versions)]
    patterns = {label: re.findall(rf'\b{label}=~"([^"]+)"', str(BOARD)) for label in ("topic", "group")}
    for label, names in (("topic", topics), ("group", groups)):
        [pattern] = patterns[label]
        matched = [name for name in (*names, *others) if re.fullmatch(pattern, f"{prefix}.{name}")]
        assert matched == names


@pytest.mark.parametrize("board", [BOARD, FIGURES])
def test_no_panel_lies_on_another_or_beside_the_page(board: Mapping[str, Any]) -> None:
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]


def checked(*arguments: str) -> None:
    done = subprocess.run([promtool(), *arguments], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_configuration_and_the_rules() -> None:
    checked("check", "config", "prometheus.yml")


@pytest.mark.parametrize("file", ["rules_test.yml", "slo_test.yml"])
def test_every_alert_fires_when_it_should_and_is_quiet_otherwise(file: str) -> None:
    checked("test", "rules", file)


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    exprs = sorted({target["expr"] for panel in CHARTS for target in panel["targets"]})
    rules = [{"record": f"uji:{number}", "expr": expr} for number, expr in enumerate(exprs)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "uji", "rules": rules}]}))
    checked("check", "rules", str(file))
