"""The query of bpjs-sync on imported membership lists: whether memberships have changed as proposed."""

from typing import Annotated

from fastapi import APIRouter, Depends

from jejak.contracts.memberlists import PATH, MemberList, MemberQuery, MemberQueryAnswer, MemberRow
from jejak.web.authorisation import service_query
from jejak.web.runtime import Runtime
from verification.registers.lookup import Answering, RegisterAnswers, RegisterKeys, RegisterKind, is_own, lookup


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
            lists=tuple(_list(source, query.office) for source in looked.answering.values()),
            rows=tuple(_rows(looked.answers[nik], query.office) for nik in query.niks),
        )

    return router


def _list(source: Answering, office: str) -> MemberList:
    return MemberList(import_id=source.import_id, as_of=source.as_of, own=is_own(office, source.office))


def _rows(answers: RegisterAnswers, office: str) -> tuple[MemberRow, ...]:
    """The fields of each row that decide a membership, without name and card; of an unread row its fault."""
    read = (
        MemberRow(
            source=_list(member.source, office),
            segment=member.segment,
            status=member.status,
            deactivated_on=member.deactivated_on,
        )
        for member in answers.members
    )
    unread = (
        MemberRow(source=_list(row.source, office), fault=f"{row.source.register} baris {row.row}: {row.fault}")
        for row in answers.unread
    )
    return (*read, *unread)
