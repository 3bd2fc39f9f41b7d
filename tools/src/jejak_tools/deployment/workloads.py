"""Kubernetes: a Deployment, a Service and a disruption budget of each process, the migration, Caddy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jejak_tools.deployment.environment import Setting
from jejak_tools.deployment.installation import MIGRATE, STOP_SECONDS, Plan, Process, Size

type Manifest = Mapping[str, Any]

USER: Final = 10001
PORT: Final = 8000
EDGE_PORTS: Final[Mapping[str, int]] = {"https": 443, "http": 80}
_CADDYFILES: Final = {
    "Caddyfile": "Caddyfile",
    "log.caddy": "log.caddy",
    "tasks.caddy": "tasks.caddy",
    "tls-files.caddy": "tls/files.caddy",
}
"""Keys of the map in deploy/caddy/kustomization.yaml, which hold no slash, and the paths that the Caddyfile names."""
SECRETS: Final = "/run/secrets/jejak"
_AUTHORITIES: Final = {
    "database": ("jejak-database-ca", "/etc/jejak/database"),
    "kafka": ("jejak-cluster-ca-cert", "/etc/jejak/kafka"),
}
"""Certificates of CloudNativePG and of Strimzi, which the operators make: secret, and where a process finds it."""


def labels(component: str) -> dict[str, str]:
    """By which a part is selected."""
    return {"app.kubernetes.io/part-of": "jejak", "app.kubernetes.io/component": component}


def of_process(plan: Plan, size: Size, process: Process) -> Sequence[Manifest]:
    """Everything of one process."""
    return _deployment(plan, size, process), service(process.host, {"http": PORT}), budget(process.host)


def service(host: str, ports: Mapping[str, int], **more: Any) -> Manifest:
    """Its address on the inner network, unless `more` says otherwise."""
    listed = [{"name": name, "port": port, "targetPort": name} for name, port in ports.items()]
    return _object("v1", "Service", host, labels(host)) | {"spec": {"selector": labels(host), "ports": listed, **more}}


def budget(host: str) -> Manifest:
    """At most one is taken away at a time, as when a node is emptied."""
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": labels(host)}}
    return _object("policy/v1", "PodDisruptionBudget", host, labels(host)) | {"spec": spec}


def _deployment(plan: Plan, size: Size, process: Process) -> Manifest:
    files = plan.secrets(size, process.name)
    container = {
        "name": "jejak",
        "image": "jejak",
        "args": ["serve", process.host],
        "envFrom": [{"configMapRef": {"name": "jejak-settings"}}],
        "env": _env(own_values(plan, size, process), files),
        "ports": [{"name": "http", "containerPort": PORT}],
        # A process imports its modules first, which takes a second of a processor, and much longer beside others.
        "startupProbe": _probe("/health", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/health", periodSeconds=10, failureThreshold=6),
        "readinessProbe": _probe("/ready", periodSeconds=5, failureThreshold=2),
        "resources": {
            "requests": {"cpu": f"{process.processor}m", "memory": f"{process.memory}Mi"},
            "limits": {"memory": f"{process.most}Mi"},
        },
    }
    spec = {
        "replicas": size.copies_of(process),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "selector": {"matchLabels": labels(process.host)},
        "template": pod(process.host, container, f"jejak-{process.host}-secrets"),
    }
    return _object("apps/v1", "Deployment", process.host, labels(process.host)) | {"spec": spec}


def migration(plan: Plan, size: Size) -> Manifest:
    """The database brought up to date, before the processes of a release start. A Job cannot be changed: it ends."""
    container = {
        "name": "jejak",
        "image": "jejak",
        "args": ["migrate"],
        "env": _env({"JEJAK_ENV": "production"}, plan.secrets(size, MIGRATE)),
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
    }
    template = pod(MIGRATE, container, "jejak-migrate-secrets", restart="OnFailure", alone=True)
    spec = {"backoffLimit": 10, "ttlSecondsAfterFinished": 86_400, "template": template}
    return _object("batch/v1", "Job", "jejak-migrate", labels(MIGRATE)) | {"spec": spec}


def edge(copies: int) -> Sequence[Manifest]:
    """Caddy, the one address. It is reached directly, so that it knows from which address a request comes."""
    container = {
        "name": "caddy",
        "image": "caddy",
        "args": ["caddy", "run", "--config", "/etc/jejak/caddy/Caddyfile", "--adapter", "caddyfile"],
        "envFrom": [{"configMapRef": {"name": "jejak-edge"}}],
        "env": _env(dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), "/tmp"), []),  # noqa: S108
        "ports": [{"name": name, "containerPort": port} for name, port in EDGE_PORTS.items()],
        "readinessProbe": {"tcpSocket": {"port": "https"}, "periodSeconds": 5},
        # Until no request is sent here any more: Caddy stops listening at once, where a process of ours drains.
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    keys = [{"key": key, "path": path} for key, path in _CADDYFILES.items()]
    mounts: dict[str, tuple[str, Manifest]] = {
        "caddy": ("/etc/jejak/caddy", {"configMap": {"name": "jejak-caddy", "items": keys}}),
        "tls": ("/etc/jejak/tls", {"secret": {"secretName": "jejak-tls", "defaultMode": 0o440}}),
    }
    # The program in its image has this capability as a file's, and does not start without it.
    template = pod("caddy", container, None, mounts=mounts, capabilities=["NET_BIND_SERVICE"], low_ports=True)
    spec = {
        "replicas": copies,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "selector": {"matchLabels": labels("caddy")},
        "template": template,
    }
    deployment = _object("apps/v1", "Deployment", "caddy", labels("caddy")) | {"spec": spec}
    outside = service("caddy", EDGE_PORTS, type="LoadBalancer", externalTrafficPolicy="Local")
    return deployment, outside, budget("caddy")


def own_values(plan: Plan, size: Size, process: Process) -> dict[str, str]:
    """The values that are not the same for all."""
    alike, _ = plan.common(size)
    return {name: text for name, text in plan.values(size, process).items() if name not in alike}


def pod(
    component: str,
    container: Mapping[str, Any],
    secret: str | None,
    *,
    mounts: Mapping[str, tuple[str, Manifest]] | None = None,
    capabilities: Sequence[str] = (),
    restart: str = "Always",
    alone: bool = False,
    low_ports: bool = False,
) -> Manifest:
    """A pod with one container: no user's right, nothing written but /tmp, which is memory.

    With a `secret`: its keys are files, beside them the authorities of database and Kafka. `alone`: it is no copy of
    others, and may run beside them. `low_ports`: it listens below 1024.
    """
    in_memory = {"emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}}
    volumes: dict[str, tuple[str, Manifest]] = {"tmp": ("/tmp", in_memory)}  # noqa: S108 - the pod's own
    if secret:
        volumes["secrets"] = (SECRETS, {"secret": {"secretName": secret, "defaultMode": 0o440}})
        for name, (authority, place) in _AUTHORITIES.items():
            items = [{"key": "ca.crt", "path": "ca.crt"}]
            volumes[name] = (place, {"secret": {"secretName": authority, "items": items}})
    volumes |= mounts or {}
    confined = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    if capabilities:
        confined["capabilities"] = {"drop": ["ALL"], "add": list(capabilities)}
    places = [
        {"name": name, "mountPath": place} | ({} if name == "tmp" else {"readOnly": True})
        for name, (place, _) in volumes.items()
    ]
    spec: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": STOP_SECONDS,
        "containers": [{**container, "securityContext": confined, "volumeMounts": places}],
        "volumes": [{"name": name, **source} for name, (_, source) in volumes.items()],
    }
    if low_ports:
        spec["securityContext"]["sysctls"] = [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    if restart != "Always":
        spec["restartPolicy"] = restart
    if not alone:
        spec["topologySpreadConstraints"] = [_spread(component, where) for where in _SPREAD.items()]
    return {"metadata": {"labels": labels(component)}, "spec": spec}


_SPREAD: Final = {"kubernetes.io/hostname": "DoNotSchedule", "topology.kubernetes.io/zone": "ScheduleAnyway"}
"""Two copies of a process are never on one node; and in two zones where there are zones."""


def _spread(component: str, where: tuple[str, str]) -> Manifest:
    return {
        "maxSkew": 1,
        "topologyKey": where[0],
        "whenUnsatisfiable": where[1],
        "labelSelector": {"matchLabels": labels(component)},
        "matchLabelKeys": ["pod-template-hash"],
    }


def _probe(path: str, **times: int) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 5, **times}


def _env(values: Mapping[str, str], files: Sequence[Setting]) -> Sequence[Manifest]:
    named = {**values} | {f"{secret.name}_FILE": f"{SECRETS}/{secret.name}" for secret in files}
    return [{"name": name, "value": text} for name, text in named.items()]


def _object(version: str, kind: str, name: str, marks: Mapping[str, str]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": dict(marks)}}
