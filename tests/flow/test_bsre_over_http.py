"""The client of BSrE against a BSrE that answers late, cut off, too much or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from jejak.platform.cancellation import cancel_and_wait
from jejak_local.files import free_port
from jejak_tools.simulators.bsre import Behaviour, Simulator
from letters.printing.pdf import render
from letters.signatures import bsre
from letters.signatures.bsre import Access, Signer
from letters.signatures.bsre_client import BsreClient
from letters.signatures.bsre_words import NotSigned
from tests.bsre import APPLICATION, NIK, PASSPHRASE
from tests.servers import served
from tests.unit.letters.letter_samples import letter

SIGNER, SECRET = Signer(nik=NIK), SecretStr(PASSPHRASE)
MOST = 4 * 1024 * 1024


@dataclass
class Line:
    """A client with access, and BSrE at the other end."""

    client: BsreClient
    access: Access
    bsre: Simulator
    documents: list[str] = field(default_factory=list)

    async def note(self, document: str) -> None:
        self.documents.append(document)

    async def sign(self, pdf: bytes, most: int = MOST) -> bytes:
        """Signs one PDF by version 1."""
        request = bsre.sign_request(SIGNER, SECRET, pdf)
        return bsre.signed_pdf(*await self.client.send(self.access, request, most, signs=True, note=self.note))


def access_to(url: str, **changes: Any) -> Access:
    own = {"username": APPLICATION.username, "password": APPLICATION.password, "signers": {"kadis-1": {"nik": NIK}}}
    return Access.model_validate({"url": url, "version": 1, "seconds": 60, **own, **changes})


@asynccontextmanager
async def line(**changes: Any) -> AsyncIterator[Line]:
    simulator = Simulator({APPLICATION.username: APPLICATION}, [])
    async with served(simulator.app()) as url:
        access = access_to(url, **changes)
        client = BsreClient({"13.99": access})
        connections = asyncio.create_task(client.run())
        await asyncio.sleep(0)
        yield Line(client, access, simulator)
        await cancel_and_wait(connections)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(letter()).pdf


async def test_a_letter_is_signed_and_can_be_fetched_again_by_its_id(pdf: bytes) -> None:
    async with line() as to:
        signed = await to.sign(pdf)
        again = bsre.downloaded_pdf(*await to.client.send(to.access, bsre.download_request(to.documents[0]), MOST))
        unknown = bsre.downloaded_pdf(*await to.client.send(to.access, bsre.download_request("lain"), MOST))

    assert signed.startswith(pdf)
    assert (again, unknown) == (signed, None)


async def test_several_letters_are_signed_in_one_request_of_version_2(pdf: bytes) -> None:
    async with line(version=2) as to:
        request = bsre.sign_all_request(to.access, SIGNER, SECRET, [pdf, pdf, pdf], [("Painan", "Hal")] * 3)
        signed = bsre.signed_pdfs(*await to.client.send(to.access, request, MOST, signs=True), 3)

    assert [one.startswith(pdf) for one in signed] == [True] * 3
    assert to.bsre.signed == [3]


async def test_the_id_is_known_before_an_answer_breaks_off(pdf: bytes) -> None:
    async with line() as to:
        to.bsre.behaviour[APPLICATION.username] = Behaviour.SIGN_CUT
        with pytest.raises(NotSigned) as error:
            await to.sign(pdf)

    assert (error.value.reason, error.value.sure) == ("jawaban_terputus", False)
    assert to.documents == ["dok-000001"]


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(pdf: bytes) -> None:
    async with line() as to:
        with pytest.raises(NotSigned) as error:
            await to.sign(pdf, most=1000)

    assert (error.value.reason, error.value.sure) == ("terlalu_besar", False)


async def test_a_late_answer_leaves_open_whether_it_was_signed(pdf: bytes) -> None:
    async with line(seconds=0.5) as to:
        to.bsre.behaviour[APPLICATION.username] = Behaviour.SIGN_SLOW
        with pytest.raises(NotSigned) as signing:
            await to.sign(pdf)
        to.bsre.behaviour[APPLICATION.username] = Behaviour.SLOW
        with pytest.raises(NotSigned) as asking:
            await to.client.send(to.access, bsre.status_request(to.access, SIGNER), MOST)

    assert (signing.value.reason, signing.value.sure) == ("jawaban_terputus", False)
    assert (asking.value.reason, asking.value.sure) == ("tidak_menjawab", True)


async def test_where_nobody_listens_nothing_was_signed(pdf: bytes) -> None:
    async with line() as to:
        to.access = access_to(f"http://127.0.0.1:{free_port()}")
        with pytest.raises(NotSigned) as error:
            await to.sign(pdf)

    assert (error.value.reason, error.value.sure) == ("tidak_menjawab", True)
