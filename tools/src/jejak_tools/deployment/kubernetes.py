"""Kubernetes: the files of a kustomization, its data services, and an example of a site."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jejak.contracts.published.yamltext import yaml_of
from jejak_tools.deployment import cluster_data, workloads
from jejak_tools.deployment.installation import CADDY, MIGRATE, Images, Plan, Size
from jejak_tools.deployment.network import policies

BASE: Final = "deploy/kubernetes/base"
DATA: Final = "deploy/kubernetes/data"
SITE: Final = "deploy/kubernetes/overlays/contoh"
RULES: Final = "rules"
_ALERTS: Final[Mapping[str, Any]] = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PrometheusRule",
    "metadata": {"name": "jejak", "labels": {"app.kubernetes.io/part-of": "jejak"}},
}
_HEAD: Final = "# Written from deploy/environment.toml and deploy/installations.toml by `make contract`.\n"
_KUSTOMIZE: Final = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
_EDGES: Final = 2


def files(plan: Plan, rules: str) -> dict[str, str]:
    """Path → text. `rules`: the alert rules, as Prometheus reads them."""
    size = plan.sizes["kubernetes"]
    base, data = _base(plan, size), _data(plan, size)
    settings, _ = plan.common(size)
    texts = {f"{BASE}/{name}.yaml": _text(objects) for name, objects in base.items()}
    texts |= {f"{DATA}/{name}.yaml": _text(objects) for name, objects in data.items()}
    texts[f"{BASE}/{RULES}.yaml"] = _text([_ALERTS]) + "spec:\n" + textwrap.indent(rules, "  ")
    texts[f"{BASE}/settings.env"] = _variables(settings)
    texts[f"{BASE}/edge.env"] = _variables(plan.edge(size))
    texts[f"{BASE}/kustomization.yaml"] = _text([_of_base(plan.images, base)])
    texts[f"{DATA}/kustomization.yaml"] = _text([_KUSTOMIZE | {"resources": _names(data)}])
    texts[f"{SITE}/kustomization.yaml"] = _text([_of_site(plan, size)])
    return texts


def _base(plan: Plan, size: Size) -> Mapping[str, Iterable[Mapping[str, Any]]]:
    of_each = {process.host: workloads.of_process(plan, size, process) for process in plan.processes.values()}
    return {
        **of_each,
        MIGRATE: [workloads.migration(plan, size)],
        "caddy": workloads.edge(_EDGES),
        "network": policies(plan),
        "monitor": [_monitor([*of_each])],
    }


def _data(plan: Plan, size: Size) -> Mapping[str, Iterable[Mapping[str, Any]]]:
    return {
        "database": cluster_data.database(plan.images, size),
        "kafka": cluster_data.kafka(plan, size),
        "keycloak": cluster_data.keycloak(),
    }


def _of_base(images: Images, base: Mapping[str, Any]) -> Mapping[str, Any]:
    caddy, _, tag = images.caddy.rpartition(":")
    return _KUSTOMIZE | {
        "resources": [*_names([*base, RULES]), "../../caddy"],
        "configMapGenerator": [{"name": f"jejak-{name}", "envs": [f"{name}.env"]} for name in ("settings", "edge")],
        "images": [
            {"name": "jejak", "newName": "registry.example.go.id/jejak", "newTag": "unset"},
            {"name": "caddy", "newName": caddy, "newTag": tag},
        ],
    }


def _of_site(plan: Plan, size: Size) -> Mapping[str, Any]:
    """What a site changes. Its secrets are files that `jejak deploy secrets kubernetes secrets` makes beside it."""
    readers = {process.host: process.name for process in plan.processes.values()} | {MIGRATE: MIGRATE}
    secrets = [
        {"name": f"jejak-{host}-secrets", "files": [f"secrets/{host}/{it.name}" for it in plan.secrets(size, name)]}
        for host, name in readers.items()
    ]
    owner = {"literals": ["username=jejak_owner"], "files": [f"password=secrets/{MIGRATE}/owner.password"]}
    secrets.append({"name": cluster_data.OWNER, "type": "kubernetes.io/basic-auth", **owner})
    maps = {"jejak-settings": [*plan.processes], "jejak-edge": [CADDY]}
    merged = [
        {
            "name": name,
            "behavior": "merge",
            "literals": [f"{key}={text}" for key, text in _site(plan, size, of).items()],
        }
        for name, of in maps.items()
    ]
    return _KUSTOMIZE | {
        "namespace": "jejak",
        "resources": ["../../base", "../../data"],
        "configMapGenerator": merged,
        # Names stay as they are: Strimzi and CloudNativePG read these secrets too.
        "secretGenerator": [{**secret, "options": {"disableNameSuffixHash": True}} for secret in secrets],
        "images": [{"name": "registry.example.go.id/jejak", "newTag": "0.1.0"}],
    }


def _site(plan: Plan, size: Size, readers: Sequence[str]) -> Mapping[str, str]:
    return {name: text for reader in readers for name, text in plan.site(size, reader).items()}


def _variables(values: Mapping[str, str]) -> str:
    return _HEAD + "".join(f"{name}={text}\n" for name, text in values.items())


def _monitor(hosts: list[str]) -> Mapping[str, Any]:
    """Every process, under the job's name that the alert rules ask for."""
    named = {"targetLabel": "job", "replacement": "jejak"}
    expression = {"key": "app.kubernetes.io/component", "operator": "In", "values": hosts}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "jejak", "labels": {"app.kubernetes.io/part-of": "jejak"}},
        "spec": {
            "selector": {"matchLabels": {"app.kubernetes.io/part-of": "jejak"}, "matchExpressions": [expression]},
            "endpoints": [{"port": "http", "path": "/metrics", "interval": "15s", "relabelings": [named]}],
        },
    }


def _names(files: Iterable[str]) -> list[str]:
    return [f"{name}.yaml" for name in files]


def _text(objects: Iterable[Mapping[str, Any]]) -> str:
    return _HEAD + "---\n".join(yaml_of(each) for each in objects)
