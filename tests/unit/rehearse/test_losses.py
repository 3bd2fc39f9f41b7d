"""The losses and the three nodes, as far as no server is needed."""

from __future__ import annotations

from pathlib import Path

from tests.rehearse.brokers import Quorum
from tests.rehearse.losses import LOSSES


def test_every_loss_has_a_name_of_its_own_that_can_be_typed() -> None:
    names = [loss.name for loss in LOSSES]
    assert len(set(names)) == len(names)
    assert not any(" " in name for name in names)


def test_each_node_knows_the_voters_and_its_own_addresses() -> None:
    quorum = Quorum("abc", "10.0.0.1", [(1001, 2001), (1002, 2002), (1003, 2003)])
    second = quorum.properties(2, Path("/data")).splitlines()
    assert "node.id=2" in second
    assert "controller.quorum.voters=1@10.0.0.1:2001,2@10.0.0.1:2002,3@10.0.0.1:2003" in second
    assert "listeners=PLAINTEXT://10.0.0.1:1002,CONTROLLER://10.0.0.1:2002" in second
    assert "min.insync.replicas=2" in second
    assert quorum.bootstrap == "10.0.0.1:1001,10.0.0.1:1002,10.0.0.1:1003"
