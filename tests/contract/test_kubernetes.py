"""Kubernetes and the operators accept every manifest, and a process reads what its Deployment gives it."""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from jejak.platform.settings import Settings, parse_env_file
from jejak_tools.deployment import installation, kubernetes, secret_files, workloads
from jejak_tools.deployment.installation import ENDS_WITHIN
from tests.manifests import Manifest, faults, objects_of

ROOT: Final = Path(__file__).parents[2]
PLAN: Final = installation.read(ROOT / "deploy")
SIZE: Final = PLAN.sizes["kubernetes"]
PROCESSES: Final = {process.host: process for process in PLAN.processes.values()}


def written(folder: str) -> Iterator[Manifest]:
    for path in sorted((ROOT / folder).glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from objects_of(path.read_text(encoding="utf-8"))


OBJECTS: Final = [*written(kubernetes.BASE), *written(kubernetes.DATA)]
PODS: Final = {
    each["metadata"]["name"]: each["spec"]["template"] for each in OBJECTS if each["kind"] in {"Deployment", "Job"}
}


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def only(kind: str) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == kind}


@pytest.mark.parametrize("manifest", OBJECTS, ids=name_of)
def test_kubernetes_accepts_every_manifest(manifest: Manifest) -> None:
    assert list(faults(manifest)) == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Deployment", "spec.strategy.rollingUpdate.maxUnavailable"),
        ("NetworkPolicy", "spec.podSelector.matchLabels"),
        ("PodDisruptionBudget", "spec.selector"),
        ("Cluster", "spec.postgresql.synchronous.dataDurability"),
        ("Kafka", "spec.kafka.authorization"),
        ("KafkaNodePool", "spec.roles"),
        ("KafkaTopic", "spec.partitions"),
        ("KafkaUser", "spec.authorization.acls"),
        ("Keycloak", "spec.db.vendor"),
        ("ServiceMonitor", "spec.endpoints"),
    ],
)
def test_a_misspelt_field_is_refused(kind: str, path: str) -> None:
    manifest = copy.deepcopy(next(each for each in OBJECTS if each["kind"] == kind))
    *places, last = path.split(".")
    at: Any = manifest
    for place in places:
        at = at[place]
    at[f"{last[:-1]}x"] = at.pop(last)

    assert list(faults(manifest)) != []


@pytest.mark.parametrize("kind", sorted({each["kind"] for each in OBJECTS}))
def test_what_no_manifest_of_its_kind_has_is_refused(kind: str) -> None:
    manifest = copy.deepcopy(next(each for each in OBJECTS if each["kind"] == kind))
    manifest["spec"]["jejak"] = True
    assert list(faults(manifest)) != []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Deployment", "spec.replicas", "two"),
        ("NetworkPolicy", "spec.policyTypes", "Ingress"),
        ("Cluster", "spec.postgresql.synchronous.dataDurability", "mostly"),
        ("Database", "spec.ensure", "perhaps"),
        ("Kafka", "spec.kafka.authorization.type", "none"),
        ("KafkaNodePool", "spec.roles", ["brokers"]),
        ("KafkaTopic", "spec.partitions", 0),
        ("KafkaUser", "spec.authentication.type", "plain"),
        ("Keycloak", "spec.instances", "two"),
        ("PrometheusRule", "spec.groups", {}),
        ("ServiceMonitor", "spec.endpoints", [{"port": 8000}]),
    ],
)
def test_a_value_that_is_none_of_its_kind_is_refused(kind: str, path: str, value: Any) -> None:
    manifest = copy.deepcopy(next(each for each in OBJECTS if each["kind"] == kind))
    *places, last = path.split(".")
    at: Any = manifest
    for place in places:
        at = at[place]
    at[last] = value

    assert list(faults(manifest)) != []


def kustomized(folder: Path) -> list[Manifest]:
    """The example of a site, with secrets made for it, as `kubectl apply -k` would send it."""
    program = shutil.which("kubectl")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("kubectl is not here: no kustomization was built")
        pytest.skip("kubectl is not here, NO KUSTOMIZATION WAS BUILT")
    for part in ("caddy", "kubernetes"):
        shutil.copytree(ROOT / "deploy" / part, folder / "deploy" / part)
    site = folder / kubernetes.SITE
    shutil.rmtree(site / "secrets", ignore_errors=True)
    secret_files.make(PLAN, SIZE, site / "secrets")
    built = subprocess.run([program, "kustomize", str(site)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return objects_of(built.stdout)


def test_a_site_is_built_from_it_with_its_secrets(tmp_path: Path) -> None:
    built = kustomized(tmp_path)

    assert {name_of(each): found for each in built if (found := list(faults(each)))} == {}
    assert {each["metadata"]["namespace"] for each in built} == {"jejak"}
    images = {
        container["image"]
        for each in built
        if each["kind"] in {"Deployment", "Job"}
        for container in each["spec"]["template"]["spec"]["containers"]
    }
    assert images == {"registry.example.go.id/jejak:0.1.0", PLAN.images.caddy}
    made = {each["metadata"]["name"] for each in built if each["kind"] == "Secret"}
    by_operators = {"jejak-database-ca", "jejak-cluster-ca-cert"}
    by_the_site = {"jejak-tls"}
    assert mounted_secrets() == (made - {"jejak-owner"}) | by_operators | by_the_site
    maps = {
        re.sub(r"-[a-z0-9]{10}$", "", each["metadata"]["name"]): each for each in built if each["kind"] == "ConfigMap"
    }
    assert maps["jejak-settings"]["data"]["JEJAK_PUBLIC_URL"] == "https://jejak.example.go.id"
    keys = {key for key, _ in caddy_files()}
    assert maps["jejak-caddy"]["data"].keys() == keys


def mounted_secrets() -> set[str]:
    volumes = [volume for pod in PODS.values() for volume in pod["spec"]["volumes"]]
    return {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}


def caddy_files() -> set[tuple[str, str]]:
    volumes = {volume["name"]: volume for volume in PODS["caddy"]["spec"]["volumes"]}
    return {(item["key"], item["path"]) for item in volumes["caddy"]["configMap"]["items"]}


def test_caddy_finds_every_file_that_its_configuration_imports() -> None:
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    edge = parse_env_file((ROOT / kubernetes.BASE / "edge.env").read_text(encoding="utf-8"))
    imported = set(re.findall(r"import (\S+\.caddy)", text))
    filled = {re.sub(r"\{\$(\w+):[^}]*\}", lambda place: edge[place[1]], name) for name in imported}

    assert {path for _, path in caddy_files()} == filled | {"Caddyfile"}


def environment_of(host: str, secrets: Path) -> Mapping[str, str]:
    """What Kubernetes gives to a process: the settings of all, its own, and the files of its secret."""
    [container] = PODS[host]["spec"]["containers"]
    common = parse_env_file((ROOT / kubernetes.BASE / "settings.env").read_text(encoding="utf-8"))
    own = {each["name"]: each["value"] for each in container["env"]}
    files = {name: str(secrets / host / Path(place).name) for name, place in own.items() if name.endswith("_FILE")}
    return common | PLAN.site(SIZE, PROCESSES[host].name) | own | files


@pytest.mark.parametrize("host", PROCESSES)
def test_a_process_reads_what_its_deployment_gives_it(host: str, tmp_path: Path) -> None:
    secret_files.make(PLAN, SIZE, tmp_path)
    environ = dict(environment_of(host, tmp_path))
    assert environ.pop("KAFKA_SSL_CA") == "/etc/jejak/kafka/ca.crt"

    settings = Settings.read(PROCESSES[host].name, environ)

    [container] = PODS[host]["spec"]["containers"]
    assert (settings.env, settings.port) == ("production", workloads.PORT)
    assert settings.host == "0.0.0.0"  # noqa: S104 - within its pod
    assert settings.kafka.protocol == "SASL_SSL"
    assert settings.kafka.username in only("KafkaUser")
    assert settings.kafka.bootstrap == "jejak-kafka-bootstrap:9093"
    assert "@jejak-database-rw:5432/" in settings.database_url
    assert container["args"] == ["serve", host]
    assert {"name": "kafka", "mountPath": "/etc/jejak/kafka", "readOnly": True} in container["volumeMounts"]


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_no_right_and_writes_to_memory_only(name: str) -> None:
    spec = PODS[name]["spec"]
    [container] = spec["containers"]
    confined = container["securityContext"]

    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not spec["automountServiceAccountToken"]
    assert confined["readOnlyRootFilesystem"]
    assert not confined["allowPrivilegeEscalation"]
    assert confined["capabilities"] == {"drop": ["ALL"]} | ({"add": ["NET_BIND_SERVICE"]} if name == "caddy" else {})
    writable = [mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert [volumes[each]["emptyDir"]["medium"] for each in writable] == ["Memory"]
    assert {"cpu", "memory"} == container["resources"]["requests"].keys()
    assert container["resources"]["limits"].keys() == {"memory"}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_drains_by_itself_and_is_not_killed_before_it_ends(name: str) -> None:
    """A sleep before the signal would only be waited for beside the drain that follows it."""
    spec = PODS[name]["spec"]
    assert "lifecycle" not in spec["containers"][0]
    drain = int(PLAN.settings["JEJAK_DRAIN_SECONDS"].default or 0)
    assert spec["terminationGracePeriodSeconds"] >= drain + ENDS_WITHIN


@pytest.mark.parametrize("name", [*PROCESSES, "caddy"])
def test_a_node_can_be_emptied_while_all_goes_on(name: str) -> None:
    deployment, budget = only("Deployment")[name]["spec"], only("PodDisruptionBudget")[name]["spec"]
    labels = deployment["template"]["metadata"]["labels"]

    assert deployment["replicas"] > budget["maxUnavailable"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    spread = {each["topologyKey"]: each for each in deployment["template"]["spec"]["topologySpreadConstraints"]}
    assert spread["kubernetes.io/hostname"]["whenUnsatisfiable"] == "DoNotSchedule"
    for selector in (
        budget["selector"],
        deployment["selector"],
        *(each["labelSelector"] for each in spread.values()),
        {"matchLabels": only("Service")[name]["spec"]["selector"]},
    ):
        assert selector["matchLabels"].items() <= labels.items()


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in expressions)
    named = selector.get("matchLabels", {}).items() <= labels.items()
    return named and all(labels.get(each["key"]) in each["values"] for each in expressions)


def reaches(source: str, target: str, port: int) -> bool:
    """Whether both sides let a connection through: what selects a pod refuses all that it does not name."""
    at, to = PODS[source]["metadata"]["labels"], PODS[target]["metadata"]["labels"]
    specs = [each["spec"] for each in only("NetworkPolicy").values()]
    out = [way for spec in specs if selects(spec["podSelector"], at) for way in spec.get("egress", [])]
    into = [way for spec in specs if selects(spec["podSelector"], to) for way in spec.get("ingress", [])]

    def allows(ways: list[Any], key: str, labels: Mapping[str, str]) -> bool:
        return any(
            {"protocol": "TCP", "port": port} in way["ports"]
            and any("podSelector" in peer and selects(peer["podSelector"], labels) for peer in way.get(key, []))
            for way in ways
        )

    return allows(out, "to", to) and allows(into, "from", at)


def test_pods_reach_each_other_where_they_have_to_and_nowhere_else() -> None:
    default = only("NetworkPolicy")["jejak-default-deny"]["spec"]
    assert default["policyTypes"] == ["Ingress", "Egress"]
    assert all(selects(default["podSelector"], pod["metadata"]["labels"]) for pod in PODS.values())

    ways = {(source, target) for source in PODS for target in PODS if reaches(source, target, workloads.PORT)}
    assert ways == {("caddy", host) for host in PROCESSES if host != "relay"} | {("bpjs-sync", "verification")}


def test_who_signs_people_in_or_verifies_their_tokens_reaches_the_issuer() -> None:
    specs = [each["spec"] for each in only("NetworkPolicy").values()]

    def asks_outside(pod: str) -> bool:
        labels = PODS[pod]["metadata"]["labels"]
        ways = [way for spec in specs if selects(spec["podSelector"], labels) for way in spec.get("egress", [])]
        return any({"protocol": "TCP", "port": 443} in way["ports"] and "ipBlock" in way["to"][0] for way in ways)

    settings = {pod: {each["name"] for each in PODS[pod]["spec"]["containers"][0].get("env", [])} for pod in PROCESSES}
    assert "JEJAK_OIDC_CLIENT_SECRET_FILE" in settings["ledger"]
    assert {pod for pod in PODS if asks_outside(pod)} == {*PROCESSES} - {"relay"}


def test_the_alert_rules_are_those_of_every_other_size() -> None:
    folder = ROOT / "deploy" / "observability"
    read = yaml.safe_load((folder / "prometheus.yml").read_text(encoding="utf-8"))["rule_files"]
    groups = [group for name in read for group in yaml.safe_load((folder / name).read_text(encoding="utf-8"))["groups"]]
    assert only("PrometheusRule")["jejak"]["spec"] == {"groups": groups}


def test_a_lost_broker_or_database_loses_nothing_that_was_confirmed() -> None:
    cluster = only("Cluster")["jejak-database"]["spec"]
    assert cluster["postgresql"]["synchronous"]["dataDurability"] == "required"
    assert cluster["instances"] >= 3
    config = only("Kafka")["jejak"]["spec"]["kafka"]["config"]
    assert 1 < config["min.insync.replicas"] < config["default.replication.factor"]
    assert {topic["spec"]["replicas"] for topic in only("KafkaTopic").values()} == {
        config["default.replication.factor"]
    }
