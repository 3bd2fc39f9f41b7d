"""What is written again of a case's clocks: what has changed, and all of it where it is not known what stands there."""

from uuid import UUID

from ledger.timings.projection_cache import KEY, ProjectionCache, ProjectionChange
from ledger.timings.step_rows import COLUMNS, Row

A, B = UUID(int=1), UUID(int=2)


def row(stream: UUID, langkah: str, state: str = "terbuka", repetition: int = 1) -> Row:
    said = {"stream": stream, "kind": "langkah", "langkah": langkah, "state": state, "repetition": repetition}
    return tuple(said.get(name) for name in COLUMNS)


def key(one: Row) -> Row:
    return tuple(one[COLUMNS.index(name)] for name in KEY)


def kept(*rows: Row) -> ProjectionCache:
    written = ProjectionCache()
    written.change([A, B], rows)
    written.keep(7)
    written.since(7)
    return written


def test_of_a_case_that_is_known_only_what_changed_goes_and_comes() -> None:
    before, opened, ended = row(A, "1", "selesai"), row(A, "2"), row(A, "2", "selesai")
    new = row(A, "3")

    change = kept(before, opened).change([A], [before, ended, new])

    assert change == ProjectionChange(gone=[key(opened)], come=[ended, new])


def test_what_is_no_more_goes() -> None:
    assert kept(row(A, "1"), row(A, "2")).change([A], [row(A, "1")]) == ProjectionChange(gone=[key(row(A, "2"))])


def test_a_case_not_known_is_replaced_whole() -> None:
    assert ProjectionCache().change([A], [row(A, "1")]) == ProjectionChange(whole=[A], come=[row(A, "1")])


def test_where_two_rows_share_a_key_all_is_replaced_before_and_after() -> None:
    twice = [row(A, "1"), row(A, "1", "selesai")]
    assert kept(*twice).change([A], twice) == ProjectionChange(whole=[A], come=twice)
    assert kept(row(A, "1")).change([A], twice) == ProjectionChange(whole=[A], come=twice)


def test_nothing_is_known_any_more_when_somebody_else_has_written() -> None:
    written = kept(row(A, "1"))
    written.since(8)
    assert written.change([A], [row(A, "1")]).whole == [A]


def test_what_was_changed_but_not_kept_is_not_known() -> None:
    written = kept(row(A, "1"))
    written.change([A], [row(A, "1", "selesai")])
    written.since(7)
    assert written.change([A], [row(A, "1")]).whole == [A]


def test_only_so_many_cases_are_kept_the_last_written() -> None:
    written = ProjectionCache(most=1)
    written.change([A], [row(A, "1")])
    written.change([B], [row(B, "1")])
    written.keep(1)
    written.since(1)
    assert written.change([A, B], [row(A, "1"), row(B, "1")]) == ProjectionChange(whole=[A], come=[row(A, "1")])
