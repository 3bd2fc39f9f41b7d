"""Commands that are no task of a sheet (correct, withdraw, revoke): a route each, by an official of the office."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from jejak.cases.decision import Decision, LoadedCase
from jejak.web.authorisation import SentCommand, sent_command
from jejak.web.commands.receipts import CommandReceipt, receipt_response
from jejak.web.runtime import Runtime


def add_ad_hoc[B: BaseModel](
    router: APIRouter,
    runtime: Runtime,
    path: str,
    body: type[B],
    act: Callable[[LoadedCase, SentCommand[B]], Awaitable[Decision]],
    *,
    name: str,
    summary: str,
    files: bool = False,
) -> None:
    """`POST /cases/{case}/<path>`, which `act` decides on the case as it is; with `files` the command may have some."""

    async def sent_act(
        sent: Annotated[SentCommand[B], Depends(sent_command(body, files=files))], case: uuid.UUID, response: Response
    ) -> CommandReceipt:
        async def decide(loaded: LoadedCase) -> Decision:
            return await act(loaded, sent)

        return receipt_response(response, await runtime.command_handler.handle_ad_hoc(sent.request, case, decide))

    router.post(f"/cases/{{case}}/{path}", name=name, summary=summary)(sent_act)
