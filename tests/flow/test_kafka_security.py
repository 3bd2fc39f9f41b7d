"""Kafka over TLS, with a user's name and password: every client of the product enters it as the settings say."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

import pytest
from aiokafka.errors import KafkaError

from jejak.messaging.kafka.topics import end_offsets, topic_exists
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import kafka
from jejak_local.guard import GuardedProcess
from tests.certificates import Authority
from tests.messaging import prepared, reading
from tests.servers import scratch_folder, start_or_skip
from tests.store.ledger import until

_PASSWORD: Final = secrets.token_urlsafe(16)
_LOGIN: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required"
_PROPERTIES: Final = f"""
listeners=SASL_SSL://{{host}}:{{port}},CONTROLLER://{{host}}:{{controller}}
advertised.listeners=SASL_SSL://{{host}}:{{port}},CONTROLLER://{{host}}:{{controller}}
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={_LOGIN} username="jejak" password="{_PASSWORD}";
ssl.keystore.type=PEM
ssl.keystore.location={{folder}}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={{folder}}/ca.pem
"""


class SecureKafka(kafka.Kafka):
    """A broker that speaks TLS only, and knows one user."""

    more_properties = _PROPERTIES
    format_options: ClassVar[tuple[str, ...]] = ("--add-scram", f"SCRAM-SHA-512=[name=jejak,password={_PASSWORD}]")

    def _is_ready(self, process: GuardedProcess) -> bool:  # noqa: ARG002 - the port answers for it
        with suppress(OSError):
            return bool(ssl.get_server_certificate(("127.0.0.1", self.port), timeout=1))
        return False


@pytest.fixture(scope="module")
def secure() -> Iterator[KafkaCluster]:
    """The cluster, as its one user enters it."""
    with scratch_folder("secure-kafka") as folder:
        certificate, key = Authority.begin(folder, "ca").certificate("broker")
        (folder / "broker.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
        server = start_or_skip("Apache Kafka", lambda: SecureKafka(folder))
        yield KafkaCluster(server.bootstrap, trusting(folder / "ca.pem"), "SCRAM-SHA-512", "jejak", _PASSWORD)
        server.stop()


def trusting(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority)


async def test_a_service_reads_publishes_and_measures_over_tls_with_its_name(secure: KafkaCluster, topic: str) -> None:
    case = new_uuid()
    async with prepared(secure, topic) as scene, reading(scene):
        await scene.send(case)
        await scene.cases_heard(case)
        await scene.committed()
        await scene.send(case, ce_id="none")  # is published as rejected

        async def rejected() -> bool:
            name = f"{topic}.letters.rejected"
            return await topic_exists(secure, name) and sum(await end_offsets(secure, name)) == 1

        await until(rejected)


@pytest.mark.parametrize(
    "entering",
    [
        lambda cluster, _: replace(cluster, password="salah"),
        lambda cluster, _: replace(cluster, context=None),
        lambda cluster, _: replace(cluster, mechanism=None),
        lambda cluster, folder: replace(cluster, context=trusting(_another(folder))),
    ],
    ids=["wrong password", "in clear", "no name", "another authority"],
)
async def test_a_wrong_way_in_is_refused(
    secure: KafkaCluster, tmp_path: Path, entering: Callable[[KafkaCluster, Path], KafkaCluster]
) -> None:
    assert not await topic_exists(secure, "any")
    with pytest.raises(KafkaError):
        await topic_exists(entering(secure, tmp_path), "any")


def _another(folder: Path) -> Path:
    Authority.begin(folder, "lain")
    return folder / "lain.pem"
