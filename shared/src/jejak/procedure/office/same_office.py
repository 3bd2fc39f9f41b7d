"""Whether kantor files of one code describe one office: another one would take over its cases in silence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jejak.procedure.office.kantor import Kantor


def other_office_mistakes(known: Sequence[Kantor], fresh: Sequence[Kantor]) -> Iterator[str]:
    """Files to be loaded that name another office than the files of their code do: other name, nobody in common."""
    before: dict[str, list[Kantor]] = {}
    for kantor in (*known, *fresh):
        others = before.setdefault(kantor.kode, [])
        if kantor in fresh and others and not any(_same(kantor, other) for other in others):
            yield (
                f"kantor {kantor.kode}: kode ini milik {others[-1].nama}, berkas ini milik {kantor.nama} — beri kode "
                f'berakhiran, misalnya "{kantor.kode}-dinkes"; bila kantornya sama, biarkan baris pejabat lamanya'
            )
        others.append(kantor)


def _same(one: Kantor, other: Kantor) -> bool:
    """Whether two files have the name of the office, or an official, in common."""
    if " ".join(one.nama.casefold().split()) == " ".join(other.nama.casefold().split()):
        return True
    return bool({(row.nama, row.nip) for row in one.pejabat} & {(row.nama, row.nip) for row in other.pejabat})
