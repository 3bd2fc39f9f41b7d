"""A Kafka cluster, and how a process enters it."""

import ssl
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

type Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
MECHANISMS: Final[tuple[str, ...]] = get_args(Mechanism.__value__)
PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
"""Kafka's names: encrypted where they end in SSL, with a user's name and password where they begin with SASL."""


@dataclass(frozen=True, slots=True)
class TopicPlacement:
    """How topics lie in a cluster.

    `replicas`: copies of each partition; None: as many as the cluster gives a new topic. `in_sync`: how many must hold
    a record before it is acknowledged (Kafka's min.insync.replicas); None: what the cluster demands. `made_here`:
    whether a process makes a missing topic; else the cluster's own operator makes every topic, with its settings.
    """

    replicas: int | None = None
    in_sync: int | None = None
    made_here: bool = True

    @property
    def configs(self) -> dict[str, str]:
        """The settings of a topic that follow from it."""
        return {} if self.in_sync is None else {"min.insync.replicas": str(self.in_sync)}


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """`bootstrap` is host:port, several separated by a comma.

    `context` holds the authority of the brokers' certificates, and the certificate that this process shows, if any;
    None: nothing is encrypted. Without a `mechanism` the process gives no name.
    """

    bootstrap: str
    context: ssl.SSLContext | None = None
    mechanism: Mechanism | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    topics: TopicPlacement = TopicPlacement()

    @property
    def addresses(self) -> list[str]:
        """Each host:port by itself: FastStream takes a text for one address."""
        return [address.strip() for address in self.bootstrap.split(",")]

    @property
    def protocol(self) -> str:
        """Kafka's name for it: one of `PROTOCOLS`."""
        return f"{'SASL_' if self.mechanism else ''}{'SSL' if self.context else 'PLAINTEXT'}"


def tls_context(authority: str | None, shown: tuple[str, str] | None) -> ssl.SSLContext:
    """By PEM files: an authority of one's own, and the certificate that this process shows, with its key.

    ValueError, with a sentence that names the settings, for files that are no such thing.
    """
    try:
        context = ssl.create_default_context(cafile=authority)
        if shown:
            # The password: OpenSSL would ask for that of a protected key on the terminal.
            context.load_cert_chain(*shown, password="")
    except OSError:
        raise ValueError(
            "KAFKA_SSL_CA, KAFKA_SSL_CERT and KAFKA_SSL_KEY must name readable PEM files that belong together."
        ) from None
    return context
