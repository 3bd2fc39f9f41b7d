"""Only the changed rows of a case's clocks are written again; all rows where the stored ones are not known."""

from uuid import UUID

from ledger.timings.projection_cache import KEY, ProjectionCache, ProjectionChange
from ledger.timings.step_rows import COLUMNS, Row

A, B = UUID(int=1), UUID(int=2)


def row(stream: UUID, langkah: str, state: str = "terbuka", repetition: int = 1) -> Row:
    columns = {"stream": stream, "kind": "langkah", "langkah": langkah, "state": state, "repetition": repetition}
    return tuple(columns.get(name) for name in COLUMNS)


def key(row: Row) -> Row:
    return tuple(row[COLUMNS.index(name)] for name in KEY)


def cache_of(*rows: Row) -> ProjectionCache:
    cache = ProjectionCache()
    cache.change([A, B], rows)
    cache.keep(7)
    cache.since(7)
    return cache


def test_of_a_known_case_only_the_changed_rows_are_replaced() -> None:
    before, opened, ended = row(A, "1", "selesai"), row(A, "2"), row(A, "2", "selesai")
    new = row(A, "3")

    change = cache_of(before, opened).change([A], [before, ended, new])

    assert change == ProjectionChange(gone=[key(opened)], come=[ended, new])


def test_a_row_that_no_longer_exists_is_deleted() -> None:
    assert cache_of(row(A, "1"), row(A, "2")).change([A], [row(A, "1")]) == ProjectionChange(gone=[key(row(A, "2"))])


def test_an_unknown_case_is_replaced_whole() -> None:
    assert ProjectionCache().change([A], [row(A, "1")]) == ProjectionChange(whole=[A], come=[row(A, "1")])


def test_a_case_with_two_rows_of_one_key_is_replaced_whole_before_and_after() -> None:
    twice = [row(A, "1"), row(A, "1", "selesai")]
    assert cache_of(*twice).change([A], twice) == ProjectionChange(whole=[A], come=twice)
    assert cache_of(row(A, "1")).change([A], twice) == ProjectionChange(whole=[A], come=twice)


def test_nothing_is_known_after_another_process_has_written() -> None:
    cache = cache_of(row(A, "1"))
    cache.since(8)
    assert cache.change([A], [row(A, "1")]).whole == [A]


def test_a_change_that_was_not_committed_is_not_known() -> None:
    cache = cache_of(row(A, "1"))
    cache.change([A], [row(A, "1", "selesai")])
    cache.since(7)
    assert cache.change([A], [row(A, "1")]).whole == [A]


def test_the_cache_holds_the_cases_written_last() -> None:
    cache = ProjectionCache(most=1)
    cache.change([A], [row(A, "1")])
    cache.change([B], [row(B, "1")])
    cache.keep(1)
    cache.since(1)
    assert cache.change([A, B], [row(A, "1"), row(B, "1")]) == ProjectionChange(whole=[A], come=[row(A, "1")])
