import pytest

from jejak.timekeeping.buckets import bucket_of, count_up, merged, percentiles, quantile, seconds_of


def test_zero_has_a_bucket_of_its_own() -> None:
    assert bucket_of(0) == 0
    assert seconds_of(0) == 0
    assert bucket_of(0.000001) > 0


def test_a_decade_fits_a_smallint() -> None:
    assert bucket_of(10 * 366 * 86_400) < 32_767


def test_the_median_of_a_hundred_durations_is_the_fiftieth() -> None:
    figures = percentiles(count_up(range(1, 101)))

    assert figures is not None
    assert figures.number == 100
    assert figures.p50 == pytest.approx(50, rel=0.01)
    assert figures.p90 == pytest.approx(90, rel=0.01)
    assert figures.p99 == pytest.approx(99, rel=0.01)


def test_half_zeros_make_a_zero_median() -> None:
    counts = count_up([0, 0, 10, 20])

    assert quantile(counts, 0.5) == 0
    assert quantile(counts, 0.51) == pytest.approx(10, rel=0.01)


def test_offices_add_up() -> None:
    assert merged([count_up([1, 2]), count_up([2, 3])]) == count_up([1, 2, 2, 3])


def test_nothing_counted_has_no_percentiles() -> None:
    assert percentiles({}) is None
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize("wrong", [-1.0, float("inf"), float("nan")])
def test_what_is_no_duration_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        bucket_of(wrong)


@pytest.mark.parametrize("share", [0, 1.1])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="not a share"):
        quantile({1: 1}, share)


def test_a_negative_bucket_is_refused() -> None:
    with pytest.raises(ValueError, match="not a bucket"):
        seconds_of(-1)
