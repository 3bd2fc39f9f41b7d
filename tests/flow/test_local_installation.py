"""Servers of one's own replace the embedded ones."""

from __future__ import annotations

from jejak_local.installation import Installation


def test_an_installation_on_given_servers_starts_none_of_its_own(installation: Installation) -> None:
    assert installation.postgres is None
    assert installation.kafka is None
    assert all(child.ready() for child in installation.children.values())


def test_a_service_killed_and_started_again_answers_at_the_same_address(installation: Installation) -> None:
    intake = installation.children["intake"]
    before = intake.process.pid

    intake.kill()
    assert not intake.ready()
    intake.start()
    intake.wait_ready()

    assert intake.process.pid != before
