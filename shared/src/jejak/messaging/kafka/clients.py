"""What aiokafka's clients and FastStream's broker are told of a cluster."""

from typing import Any, Final

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from jejak.platform.kafka_cluster import KafkaCluster

_SASL: Final = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def client_settings(cluster: KafkaCluster) -> dict[str, Any]:
    """The arguments of any of aiokafka's clients: where the cluster is, and how it is entered."""
    return {
        "bootstrap_servers": cluster.addresses,
        "security_protocol": cluster.protocol,
        "ssl_context": cluster.context,
        "sasl_mechanism": cluster.mechanism or "PLAIN",
        "sasl_plain_username": cluster.username,
        "sasl_plain_password": cluster.password,
    }


def broker_security(cluster: KafkaCluster) -> BaseSecurity | None:
    """The same for FastStream's broker; None: in clear and without a name."""
    context, tls = cluster.context, cluster.context is not None
    if cluster.mechanism is None:
        return BaseSecurity(context, tls) if tls else None
    return _SASL[cluster.mechanism](cluster.username or "", cluster.password or "", context, tls)
