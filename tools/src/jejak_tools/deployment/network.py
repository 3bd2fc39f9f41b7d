"""Kubernetes: which pod may reach which. What is not listed here is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jejak_tools.deployment.installation import MIGRATE, Plan
from jejak_tools.deployment.workloads import EDGE_PORTS, PORT

type Rule = Mapping[str, Any]

_PART: Final = "app.kubernetes.io/part-of"
_COMPONENT: Final = "app.kubernetes.io/component"
_NAMESPACE: Final = "kubernetes.io/metadata.name"
_DATABASE: Final = {"cnpg.io/cluster": "jejak-database"}
_KAFKA: Final = {"strimzi.io/cluster": "jejak"}
_OUTSIDE: Final = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}}
"""The internet, without what lies in private networks. An outside system in one needs a rule of the site."""
_ASK_OUTSIDE: Final = ("verification", "letters", "bpjs-sync")
"""They ask BPJS and Dukcapil, BSrE, and the issuer of BPJS's access tokens."""
_MONITORING: Final = "monitoring"
_OPERATOR: Final = "cnpg-system"


def policies(plan: Plan) -> Sequence[Rule]:
    """Nothing by default; then each way, by who is reached."""
    hosts = [process.host for process in plan.processes.values()]
    served = [host for host in hosts if host != "relay"]
    issuers = plan.settings["JEJAK_OIDC_ISSUER"].readers
    signing_in = [process.host for process in plan.processes.values() if process.name in issuers]
    data = [_way({**_DATABASE}, 5432), _way({**_KAFKA}, 9093)]
    return [
        _policy("jejak-default-deny", _of_part(), ingress=[], egress=[]),
        _policy("jejak-names", _of_part(), egress=[_names()]),
        _policy(
            "caddy",
            _component(["caddy"]),
            ingress=[{"ports": [_tcp(port) for port in EDGE_PORTS.values()]}],
            egress=[_to(served, PORT)],
        ),
        _policy("processes", _component(hosts), ingress=[_inner(["caddy"]), _from(_MONITORING, PORT)], egress=data),
        _policy("migrate", _component([MIGRATE]), egress=data[:1]),
        _policy("asked-by-bpjs-sync", _component(["verification"]), ingress=[_inner(["bpjs-sync"])]),
        _policy("asks-verification", _component(["bpjs-sync"]), egress=[_to(["verification"], PORT)]),
        _policy("asks-outside", _component(_ASK_OUTSIDE), egress=_outside()),
        _policy("asks-issuer", _component(signing_in), egress=_outside()),
        _policy("database", {"matchLabels": _DATABASE}, ingress=_to_database()),
    ]


def _outside() -> Sequence[Rule]:
    return [{"to": [_OUTSIDE], "ports": [_tcp(443)]}]


def _to_database() -> Sequence[Rule]:
    """Its own copies, our pods, Keycloak, the operator, and who measures it."""
    ours, copies = {"podSelector": _of_part()}, {"podSelector": {"matchLabels": _DATABASE}}
    keycloak = {"podSelector": {"matchLabels": {"app": "keycloak"}}}
    return [
        {"from": [ours, keycloak, copies], "ports": [_tcp(5432)]},
        {"from": [copies, _in(_OPERATOR)], "ports": [_tcp(5432), _tcp(8000)]},
        {"from": [_in(_MONITORING)], "ports": [_tcp(9187)]},
    ]


def _policy(
    name: str, selector: Rule, *, ingress: Sequence[Rule] | None = None, egress: Sequence[Rule] | None = None
) -> Rule:
    kinds = {"Ingress": ingress, "Egress": egress}
    spec: dict[str, Any] = {
        "podSelector": selector,
        "policyTypes": [kind for kind, way in kinds.items() if way is not None],
    }
    spec |= {kind.lower(): list(way) for kind, way in kinds.items() if way}
    metadata = {"name": name, "labels": {_PART: "jejak"}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _of_part() -> Rule:
    return {"matchLabels": {_PART: "jejak"}}


def _component(names: Sequence[str]) -> Rule:
    return {**_of_part(), "matchExpressions": [{"key": _COMPONENT, "operator": "In", "values": list(names)}]}


def _in(namespace: str) -> Rule:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}}}


def _inner(names: Sequence[str]) -> Rule:
    return {"from": [{"podSelector": _component(names)}], "ports": [_tcp(PORT)]}


def _from(namespace: str, port: int) -> Rule:
    return {"from": [_in(namespace)], "ports": [_tcp(port)]}


def _to(names: Sequence[str], port: int) -> Rule:
    return {"to": [{"podSelector": _component(names)}], "ports": [_tcp(port)]}


def _way(marks: Mapping[str, str], port: int) -> Rule:
    return {"to": [{"podSelector": {"matchLabels": dict(marks)}}], "ports": [_tcp(port)]}


def _names() -> Rule:
    """The cluster's DNS."""
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return {"to": [_in("kube-system")], "ports": ports}


def _tcp(port: int) -> Rule:
    return {"protocol": "TCP", "port": port}
