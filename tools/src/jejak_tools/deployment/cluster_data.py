"""Kubernetes: what CloudNativePG, Strimzi and Keycloak's operator are to run. The operators do the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jejak.contracts.bpjs.messages import V1
from jejak_tools.deployment.installation import Images, Plan, Process, Size, version_of

type Manifest = Mapping[str, Any]

OWNER: Final = "jejak-owner"
_BY_TIER: Final = {"app.kubernetes.io/part-of": "jejak-data"}
_KAFKA: Final = "kafka.strimzi.io/v1"
_READ: Final = ["Read", "Describe", "DescribeConfigs"]
_MAKE: Final = [*_READ, "Write", "Create", "AlterConfigs"]


def database(images: Images, size: Size) -> Sequence[Manifest]:
    """Three copies of PostgreSQL, one of which has confirmed each commit before it counts.

    Without that, a promoted copy may lack what was acknowledged, and positions would be given twice.
    """
    owner = {"name": "jejak_owner", "ensure": "present", "login": True, "createrole": True}
    spec = {
        "instances": 3,
        "imageName": images.postgres_operated,
        "bootstrap": {"initdb": {"database": "jejak", "owner": "jejak_owner", "secret": {"name": OWNER}}},
        "managed": {"roles": [{**owner, "passwordSecret": {"name": OWNER}}]},
        "postgresql": {
            "synchronous": {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True},
            "parameters": {
                "max_connections": str(size.connections),
                "log_error_verbosity": "terse",  # a server's log never repeats a row, which may be personal data
                "log_parameter_max_length_on_error": "0",
                "log_min_error_statement": "panic",
                "timezone": "UTC",
                "tcp_user_timeout": "30000",
            },
        },
        "affinity": {"podAntiAffinityType": "required", "topologyKey": "kubernetes.io/hostname"},
        "storage": {"size": "100Gi"},
        "walStorage": {"size": "20Gi"},
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "4Gi"}},
    }
    keycloak = {"name": "keycloak", "owner": "keycloak", "cluster": {"name": "jejak-database"}}
    spec["managed"]["roles"].append(  # type: ignore[index]  # built above
        {"name": "keycloak", "ensure": "present", "login": True, "passwordSecret": {"name": "keycloak-database"}}
    )
    return [
        _object("postgresql.cnpg.io/v1", "Cluster", "jejak-database") | {"spec": spec},
        _object("postgresql.cnpg.io/v1", "Database", "keycloak") | {"spec": keycloak},
    ]


def kafka(plan: Plan, size: Size) -> Sequence[Manifest]:
    """Brokers that are controllers too; a user for each process, who may do what it does; the topics it promises."""
    pool = {
        "replicas": size.brokers,
        "roles": ["controller", "broker"],
        "storage": {"type": "jbod", "volumes": [{"id": 0, "type": "persistent-claim", "size": "50Gi"}]},
        "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
        "jvmOptions": {"-Xms": "512m", "-Xmx": "768m"},
        "template": {"pod": {"affinity": {"podAntiAffinity": _apart()}}},
    }
    listener = {
        "name": "tls",
        "port": 9093,
        "type": "internal",
        "tls": True,
        "authentication": {"type": "scram-sha-512"},
    }
    spec = {
        "kafka": {
            "version": version_of(plan.images.kafka),
            "listeners": [listener],
            "authorization": {"type": "simple"},
            "config": {
                "default.replication.factor": size.brokers,
                "min.insync.replicas": size.in_sync,
                "offsets.topic.replication.factor": size.brokers,
                "transaction.state.log.replication.factor": size.brokers,
                "transaction.state.log.min.isr": size.in_sync,
                "auto.create.topics.enable": False,
            },
        },
        "entityOperator": {"topicOperator": {}, "userOperator": {}},
    }
    marks = {"strimzi.io/cluster": "jejak"}
    users = [_user(process, marks) for process in plan.processes.values()]
    return [
        _object(_KAFKA, "Kafka", "jejak") | {"spec": spec},
        _object(_KAFKA, "KafkaNodePool", "brokers", marks) | {"spec": pool},
        *_topics(plan, size, marks),
        *users,
    ]


def _topics(plan: Plan, size: Size, marks: Mapping[str, str]) -> Sequence[Manifest]:
    """Those whose retention is promised; a process makes its own others."""
    partitions = int(plan.settings["JEJAK_TOPIC_PARTITIONS"].default or 1)
    days = {"cases": "JEJAK_TOPIC_RETENTION_DAYS", V1.topic: "JEJAK_BPJS_RETENTION_DAYS"}
    days |= dict.fromkeys((V1.replies, V1.replies_settled), "JEJAK_BPJS_REPLIES_RETENTION_DAYS")
    return [
        _object(_KAFKA, "KafkaTopic", f"jejak.{name}", marks)
        | {
            "spec": {
                "partitions": partitions,
                "replicas": size.brokers,
                "config": {"retention.ms": int(plan.settings[setting].default or 1) * 86_400_000},
            }
        }
        for name, setting in days.items()
    ]


def _user(process: Process, marks: Mapping[str, str]) -> Manifest:
    """By name and password, the same that the process receives."""
    key = {"name": f"jejak-{process.host}-secrets", "key": "KAFKA_SASL_PASSWORD"}
    spec = {
        "authentication": {"type": "scram-sha-512", "password": {"valueFrom": {"secretKeyRef": key}}},
        "authorization": {"type": "simple", "acls": acls(process.name)},
    }
    return _object(_KAFKA, "KafkaUser", f"jejak-{process.host}", marks) | {"spec": spec}


def acls(name: str) -> Sequence[Manifest]:
    """A process reads cases, and makes the topics that begin with its own name; the relay measures all.

    Who makes a topic asks the cluster how many copies it gives one.
    """
    own = {"relay": ["jejak."], "bpjs_sync": ["jejak.bpjs"]}.get(name, [f"jejak.{name}"])
    return [
        _allow("topic", "jejak.cases", _READ),
        *(_allow("topic", prefix, _MAKE, "prefix") for prefix in own),
        *(_allow("group", prefix, ["Read", "Describe"], "prefix") for prefix in own),
        {"resource": {"type": "cluster"}, "operations": ["DescribeConfigs"], "type": "allow"},
    ]


def _allow(kind: str, name: str, operations: Sequence[str], pattern: str = "literal") -> Manifest:
    resource = {"type": kind, "name": name, "patternType": pattern}
    return {"resource": resource, "operations": list(operations), "type": "allow"}


def keycloak() -> Sequence[Manifest]:
    """Keycloak says who an official is; his posts are in the kantor file. A site's ingress before it speaks TLS."""
    key = "keycloak-database"
    spec = {
        "instances": 2,
        "db": {
            "vendor": "postgres",
            "host": "jejak-database-rw",
            "database": "keycloak",
            "usernameSecret": {"name": key, "key": "username"},
            "passwordSecret": {"name": key, "key": "password"},
        },
        "http": {"httpEnabled": True},
        "proxy": {"headers": "xforwarded"},
        "hostname": {"hostname": "https://sso.example.go.id"},
        "ingress": {"enabled": False},
        "resources": {"requests": {"cpu": "250m", "memory": "768Mi"}, "limits": {"memory": "1536Mi"}},
    }
    return [_object("k8s.keycloak.org/v2alpha1", "Keycloak", "keycloak") | {"spec": spec}]


def _apart() -> Manifest:
    selector = {"matchLabels": {"strimzi.io/pool-name": "brokers"}}
    term = {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
    return {"requiredDuringSchedulingIgnoredDuringExecution": [term]}


def _object(version: str, kind: str, name: str, marks: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": _BY_TIER | dict(marks or {})}}
