"""The figures that the bench makes of its rounds."""

from tests.bench.latency import Turn, undisturbed


def test_turns_count_by_what_the_host_took_and_not_by_how_they_came_out() -> None:
    quiet = [Turn(17, 48, 0.01), Turn(16, 40, 0.0), Turn(18, 44, 0.02)]
    disturbed = [Turn(12, 30, 0.4), Turn(90, 320, 0.5), Turn(30, 90, 0.1)]

    assert undisturbed([*disturbed, *quiet]) == Turn(17, 44, 0.01)
    assert undisturbed([Turn(20, 60, 0.3)]) == Turn(20, 60, 0.3)
