"""The production shape on a laptop, as a file for `docker compose` or `podman-compose`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jejak.contracts.published.yamltext import yaml_of
from jejak_tools.deployment.installation import MIGRATE, STOP_SECONDS, Images, Plan, Process, Size

FILE: Final = "deploy/compose/compose.yaml"
USER: Final = "10001:10001"
_HEAD: Final = (
    "# Written from deploy/environment.toml and deploy/installations.toml by `make contract`; README.md starts it.\n"
)
_SECRETS: Final = "/run/secrets"
_CONFINED: Final[Mapping[str, Any]] = {
    "read_only": True,
    "tmpfs": ["/tmp:mode=1777,size=256m,noexec,nosuid,nodev"],  # noqa: S108
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
_ADMIN: Final = "${ADMIN_PASSWORD:?deploy/compose/up makes one}"
_IMAGE: Final = "${JEJAK_IMAGE:?deploy/compose/up sets it}"
_GRAFANA: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "grafana_source": (
        "/etc/grafana/provisioning/datasources/jejak.yaml",
        {
            "apiVersion": 1,
            "datasources": [{"name": "Prometheus", "type": "prometheus", "url": "http://prometheus:9090"}],
        },
    ),
    "grafana_boards": (
        "/etc/grafana/provisioning/dashboards/jejak.yaml",
        {"apiVersion": 1, "providers": [{"name": "jejak", "options": {"path": "/var/lib/dashboards"}}]},
    ),
}
"""Where Grafana looks for what it is to show."""
_HEALTHY: Final = {"condition": "service_healthy"}
_DONE: Final = {"condition": "service_completed_successfully"}

type Service = Mapping[str, Any]


def files(plan: Plan) -> dict[str, str]:
    """Path → text."""
    size = plan.sizes["compose"]
    services = _data(plan.images, size) | {MIGRATE: _migration(plan, size)}
    services |= {process.host: _process(plan, size, process) for process in plan.processes.values()}
    services |= {"caddy": _caddy(plan, size)} | _watching(plan.images)
    secrets = {
        f"{host}.{it.name}": {"file": f"secrets/{host}/{it.name}"}
        for host, name in ({each.host: each.name for each in plan.processes.values()} | {MIGRATE: MIGRATE}).items()
        for it in plan.secrets(size, name)
    }
    secrets["owner.password"] = {"file": f"secrets/{MIGRATE}/owner.password"}
    volumes: Mapping[str, Service] = {name: {} for name in ("database", "kafka", "prometheus", "grafana")}
    configs = {name: {"content": yaml_of(content)} for name, (_, content) in _GRAFANA.items()}
    document = {"name": "jejak", "services": services, "volumes": volumes, "secrets": secrets, "configs": configs}
    return {FILE: _HEAD + yaml_of(document)}


def _process(plan: Plan, size: Size, process: Process) -> Service:
    return {
        "image": _IMAGE,
        "command": ["serve", process.host],
        "user": USER,
        "init": True,
        "environment": plan.values(size, process) | _files(plan, size, process.name),
        "secrets": _mounted(plan, size, process.host, process.name),
        "depends_on": {MIGRATE: _DONE, "kafka": _HEALTHY},
        # Compose's own ten would end a process in the middle of its drain.
        "stop_grace_period": f"{STOP_SECONDS}s",
        "mem_limit": f"{process.most}m",
        "restart": "on-failure",
        **_CONFINED,
    }


def _migration(plan: Plan, size: Size) -> Service:
    return {
        "image": _IMAGE,
        "command": [MIGRATE],
        "user": USER,
        "environment": {"JEJAK_ENV": "production"} | _files(plan, size, MIGRATE),
        "secrets": _mounted(plan, size, MIGRATE, MIGRATE),
        "depends_on": {"postgres": _HEALTHY},
        **_CONFINED,
    }


def _caddy(plan: Plan, size: Size) -> Service:
    edge = plan.edge(size)
    return {
        "image": plan.images.caddy,
        "command": ["caddy", "run", "--config", "/etc/jejak/caddy/Caddyfile", "--adapter", "caddyfile"],
        "environment": edge,
        "ports": ["127.0.0.1:8443:8443"],
        "volumes": ["../caddy:/etc/jejak/caddy:ro", "./secrets/tls:/etc/jejak/tls:ro"],
        "depends_on": [process.host for process in plan.processes.values()],
        "cap_add": ["NET_BIND_SERVICE"],
        **_CONFINED,
    }


def _data(images: Images, size: Size) -> dict[str, Service]:
    """One of each: a laptop has no second to fail over to."""
    ready = {"test": ["CMD-SHELL", "pg_isready -U jejak_owner -d jejak"], "interval": "2s", "retries": 60}
    broker = "/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server kafka:9092"
    return {
        "postgres": {
            "image": images.postgres,
            "command": ["postgres", "-c", f"max_connections={size.connections}", "-c", "timezone=UTC"],
            "environment": {
                "POSTGRES_USER": "jejak_owner",
                "POSTGRES_DB": "jejak",
                "POSTGRES_PASSWORD_FILE": f"{_SECRETS}/owner.password",
            },
            "secrets": ["owner.password"],
            "volumes": ["database:/var/lib/postgresql"],
            "healthcheck": ready,
            "shm_size": "256m",
        },
        "kafka": {
            "image": images.kafka,
            "environment": {
                "KAFKA_NODE_ID": "1",
                "KAFKA_PROCESS_ROLES": "broker,controller",
                "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
                "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9092",
                "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@kafka:9093",
                "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": str(size.brokers),
                "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
                "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
            },
            "volumes": ["kafka:/var/lib/kafka/data"],
            "healthcheck": {"test": ["CMD-SHELL", broker], "interval": "5s", "timeout": "20s", "retries": 30},
        },
        "keycloak": {
            "image": images.keycloak,
            "command": ["start-dev", "--import-realm"],
            "environment": {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": _ADMIN},
            "ports": ["127.0.0.1:8180:8080"],
            "volumes": ["../identity:/opt/keycloak/data/import:ro"],
        },
    }


def _watching(images: Images) -> dict[str, Service]:
    return {
        "prometheus": {
            "image": images.prometheus,
            "command": ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
            "volumes": ["../observability:/etc/prometheus:ro", "prometheus:/prometheus"],
            "ports": ["127.0.0.1:9090:9090"],
        },
        "grafana": {
            "image": images.grafana,
            "environment": {"GF_SECURITY_ADMIN_PASSWORD": _ADMIN},
            "configs": [{"source": name, "target": place} for name, (place, _) in _GRAFANA.items()],
            "volumes": ["grafana:/var/lib/grafana", "../observability/jejak.json:/var/lib/dashboards/jejak.json:ro"],
            "ports": ["127.0.0.1:3000:3000"],
        },
    }


def _files(plan: Plan, size: Size, reader: str) -> dict[str, str]:
    return {f"{it.name}_FILE": f"{_SECRETS}/{it.name}" for it in plan.secrets(size, reader)}


def _mounted(plan: Plan, size: Size, host: str, reader: str) -> list[Mapping[str, str]]:
    """Under its own name; each process sees no other's."""
    return [{"source": f"{host}.{it.name}", "target": it.name} for it in plan.secrets(size, reader)]
