"""The query of bpjs-sync on imported membership lists: whether memberships have changed as proposed."""

from typing import Annotated

from fastapi import APIRouter, Depends

from jejak.contracts.memberlists import PATH, MemberList, MemberQuery, MemberQueryAnswer, MemberRow
from jejak.web.authorisation import service_query
from jejak.web.runtime import Runtime
from verification.registers.lookup import Answering, MemberEntry, RegisterKeys, RegisterKind, lookup


def routes(runtime: Runtime) -> APIRouter:
    """`POST /internal/member-lists`: many people of one office, in one query."""
    keys = RegisterKeys.of(runtime.settings)
    router = APIRouter(tags=["antarlayanan"])

    @router.post(PATH, summary="Yang tercatat di daftar kepesertaan")
    async def member_lists(
        query: Annotated[MemberQuery, Depends(service_query(MemberQuery, only="bpjs_sync"))],
    ) -> MemberQueryAnswer:
        async with runtime.store.pool.acquire() as connection:
            looked = await lookup(connection, keys, query.office, query.niks, [RegisterKind.MEMBERS])
        return MemberQueryAnswer(
            lists=tuple(map(_list, looked.answering.values())),
            rows=tuple(tuple(map(_row, looked.answers[nik].members)) for nik in query.niks),
        )

    return router


def _list(source: Answering) -> MemberList:
    return MemberList(import_id=source.import_id, as_of=source.as_of)


def _row(member: MemberEntry) -> MemberRow:
    """The fields of a row that decide a membership, without name and card."""
    return MemberRow(
        source=_list(member.source),
        segment=member.segment,
        status=member.status,
        deactivated_on=member.deactivated_on,
    )
