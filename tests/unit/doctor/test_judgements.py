"""What `jejak doctor` says of what it finds: each fault by itself, and of a good installation only what is well."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jejak.doctor import database, files, kafka
from jejak.doctor.database import DatabaseFacts
from jejak.doctor.files import DiskFacts
from jejak.doctor.findings import Finding, failed
from jejak.doctor.kafka import KafkaFacts, TopicFacts
from tests.certificates import Authority

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
GOOD = DatabaseFacts(
    major=18,
    standby=False,
    login="jejak_intake",
    administrator=False,
    owner=False,
    encrypted=True,
    local=False,
    durable=True,
    waits_for_disk=True,
    synchronous="ANY 1 (siaga)",
    archives=True,
    archived_at=NOW - timedelta(minutes=1),
    archive_fails=False,
    open_to_all=False,
    skew=timedelta(milliseconds=300),
)
GIB = 1 << 30


def judged(facts: DatabaseFacts, service: str = "intake") -> list[Finding]:
    return database.judge(service, facts, NOW)


def test_a_good_database_gives_one_line() -> None:
    [finding] = judged(GOOD)

    assert (finding.severity, finding.subject) == ("fine", "PostgreSQL (intake)")


def test_the_relay_enters_by_the_login_of_the_ledger() -> None:
    assert [finding.severity for finding in judged(replace(GOOD, login="jejak_ledger"), "relay")] == ["fine"]
    assert [finding.severity for finding in judged(GOOD, "relay")] == ["fault"]


def test_only_the_ledgers_commits_may_wait_for_no_disk() -> None:
    quick = replace(GOOD, waits_for_disk=False)

    assert [finding.severity for finding in judged(replace(quick, login="jejak_ledger"), "ledger")] == ["fine"]
    assert [finding.severity for finding in judged(quick)] == ["fault"]


@pytest.mark.parametrize(
    ("change", "severity", "words"),
    [
        ({"major": 15}, "fault", "perlu 16"),
        ({"standby": True}, "fault", "siaga"),
        ({"login": "postgres"}, "fault", "harus jejak_intake"),
        ({"administrator": True}, "fault", "tanpa hak pengelola"),
        ({"owner": True}, "fault", "tanpa hak pengelola"),
        ({"missing": ["store/0009_new.sql"]}, "fault", "1 migrasi"),
        ({"unknown": ["store/0008_a.sql", "store/0009_b.sql"]}, "warning", "store/0009_b.sql"),
        ({"durable": False}, "fault", "synchronous_commit"),
        ({"open_to_all": True}, "fault", "Semua login"),
        ({"encrypted": False}, "warning", "sslmode=verify-full"),
        ({"synchronous": ""}, "warning", "siaga sinkron"),
        ({"archives": False}, "warning", "tidak diarsipkan"),
        ({"archive_fails": True}, "fault", "Pengarsipan WAL gagal"),
        ({"archived_at": None}, "warning", "belum pernah"),
        ({"archived_at": NOW - timedelta(hours=5)}, "warning", "5 jam yang lalu"),
        ({"skew": timedelta(hours=-1)}, "warning", "berbeda 3600 detik"),
    ],
)
def test_each_fault_of_a_database_is_said_by_itself(change: Mapping[str, object], severity: str, words: str) -> None:
    [finding] = judged(replace(GOOD, **change))  # type: ignore[arg-type]

    assert finding.severity == severity
    assert words in finding.text


def test_a_connection_within_the_machine_need_not_be_encrypted() -> None:
    assert [finding.severity for finding in judged(replace(GOOD, encrypted=False, local=True))] == ["fine"]


CASES = TopicFacts(copies=3, in_sync=2, unclean=False)


@pytest.mark.parametrize(
    ("nodes", "topic", "made_here", "severity", "words"),
    [
        (3, CASES, True, "fine", "3 simpul"),
        (3, None, True, "warning", "Topik belum ada: jejak.cases"),
        (3, None, False, "fault", "JEJAK_TOPICS=managed"),
        (1, TopicFacts(1, 1, unclean=False), True, "warning", "Hanya 1 simpul"),
        (3, TopicFacts(1, 2, unclean=False), True, "fault", "Hanya satu salinan: jejak.cases"),
        (3, TopicFacts(3, 3, unclean=False), True, "fault", "Satu simpul mati menghentikan"),
        (3, TopicFacts(3, 1, unclean=False), True, "warning", "JEJAK_TOPIC_MIN_INSYNC=2"),
        (3, TopicFacts(3, 2, unclean=True), True, "warning", "unclean.leader.election.enable"),
    ],
)
def test_each_fault_of_kafka_is_said_by_itself(
    nodes: int, topic: TopicFacts | None, made_here: bool, severity: str, words: str
) -> None:
    facts = KafkaFacts(nodes, {"jejak.cases": topic} if topic else {})

    [finding] = kafka.judge(facts, ["jejak.cases"], made_here=made_here)

    assert finding.severity == severity
    assert words in finding.text


def test_a_certificate_is_read_from_its_file(tmp_path: Path) -> None:
    Authority.begin(tmp_path, "ca")
    (tmp_path / "not.pem").write_text("-----BEGIN")

    ends = files.certificate_ends(
        {"KAFKA_SSL_CA": tmp_path / "ca.pem", "JEJAK_TLS_CERT": tmp_path / "not.pem", "KAFKA_SSL_CERT": tmp_path / "no"}
    )

    assert ends["KAFKA_SSL_CA"] is not None
    assert (ends["JEJAK_TLS_CERT"], ends["KAFKA_SSL_CERT"]) == (None, None)


@pytest.mark.parametrize(
    ("end", "severity", "words"),
    [
        (None, "fault", "JEJAK_TLS_CERT tidak menyebut"),
        (NOW, "fault", "Sudah berakhir pada 2026-12-01"),
        (NOW + timedelta(hours=30), "warning", "dalam 30 jam"),
        (NOW + timedelta(days=21), "warning", "dalam 21 hari"),
        (NOW + timedelta(days=22), "fine", "2026-12-23"),
    ],
)
def test_a_certificate_is_renewed_three_weeks_before_its_end(end: datetime | None, severity: str, words: str) -> None:
    [finding] = files.judge_certificates({"JEJAK_TLS_CERT": end}, NOW)

    assert finding.severity == severity
    assert words in finding.text


@pytest.mark.parametrize(
    ("total", "free", "severity"),
    [
        (100 * GIB, GIB, "fine"),
        (100 * GIB, GIB - 1, "fault"),
        (2 * GIB, GIB // 4, "fine"),
        (2 * GIB, GIB // 8, "fault"),
    ],
)
def test_a_disk_is_short_below_a_tenth_or_a_gibibyte(total: int, free: int, severity: str) -> None:
    [finding] = files.judge_disk(DiskFacts(Path("/data"), total, free))

    assert finding.severity == severity


def test_the_disk_of_a_folder_that_is_not_made_yet_is_that_of_the_one_above(tmp_path: Path) -> None:
    facts = files.disk(tmp_path / "data" / "later")

    assert facts is not None
    assert facts.folder == tmp_path
    assert 0 < facts.free <= facts.total


def test_only_a_fault_fails() -> None:
    assert not failed([Finding("warning", "Disk", "."), Finding("fine", "Kafka", ".")])
    assert failed([Finding("fine", "Disk", "."), Finding("fault", "Kafka", ".")])
