"""The figures as a table and as build/bench.json, each beside its target."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TARGETS: Mapping[str, float] = {
    "idle_cpu_percent": 5,
    "cases_per_s": 40,
    "cases_per_s_signed": 10,
    "mixed_ratio": 0.9,
    "append_8x1_ratio": 0.7,
    "append_1x100_per_s": 70_000,
    "append_100x1_per_s": 30_000,
    "coalescer_64_per_s": 15_000,
    "rebuild_sql_per_s": 400_000,
    "rebuild_clock_per_s": 50_000,
    "timings_1m_ms": 100,
    "timings_1m_province_ms": 100,
    "match_100k_s": 20,
    "bpjs_p99_ms": 50,
    "replay_1m_per_s": 5_000,
    "replies_per_s": 2_000,
    "page_desk_p95_ms": 100,
    "page_track_p95_ms": 100,
    "page_case_p95_ms": 100,
    "page_list_p95_ms": 100,
    "page_clocks_p95_ms": 100,
    "lost": 0,
    "doubled": 0,
    "reordered": 0,
}
_AT_MOST = frozenset(
    {"idle_cpu_percent", "lost", "doubled", "reordered", "timings_1m_ms", "timings_1m_province_ms", "match_100k_s"}
    | {"bpjs_p99_ms"}
    | {name for name in TARGETS if name.startswith("page_")}
)


def machine(postgres: str, kafka: str) -> dict[str, Any]:
    """The machine of the figures."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "kafka": kafka,
        "load_before": round(os.getloadavg()[0], 2),
    }


def reached(name: str, value: float) -> bool | None:
    """Whether a figure reaches its target; None without a target."""
    if name not in TARGETS:
        return None
    return value <= TARGETS[name] if name in _AT_MOST else value >= TARGETS[name]


def limits(figures: Mapping[str, Any]) -> dict[str, str]:
    """For each figure that falls short: the processor's time a case by process, or how busy the machine was."""
    load = figures["machine"]["load_before"] if "machine" in figures else round(os.getloadavg()[0], 2)
    reasons = {
        name: f"measured under load {load} (before) on {os.cpu_count()} cores, of which it needs all it can get"
        for name, value in figures.items()
        if isinstance(value, int | float) and reached(name, value) is False
    }
    for name, spent in (("cases_per_s", "cpu_ms_per_case"), ("cases_per_s_signed", "cpu_ms_per_case_signed")):
        if name in figures and not reached(name, figures[name]):
            who = figures[spent]
            order = sorted(who.items(), key=lambda item: -item[1])
            table = ", ".join(f"{part} {ms:.1f}" for part, ms in order)
            used = sum(who.values()) * figures[name] / 1000
            reasons[name] = (
                f"{sum(who.values()):.0f} ms of processor a case ({table}); "
                f"{used:.1f} of {os.cpu_count()} cores were ours, load before {load}"
            )
    return reasons


def table(figures: Mapping[str, Any]) -> str:
    """Figures one a line, then the processor's time a case by process."""
    lines = []
    for name, value in figures.items():
        if isinstance(value, int | float):
            target = f"{'≤' if name in _AT_MOST else '≥'} {TARGETS[name]:,g}" if name in TARGETS else ""
            mark = {True: "", False: "short", None: ""}[reached(name, value)]
            lines.append(f"{name:22} {value:>12,.2f}  {target:>10}  {mark}".rstrip())
    if "idle_cpu_percent_each" in figures:
        lines += ["", "at rest, % of a core"]
        lines += [f"{who:22} {percent:12.2f}" for who, percent in figures["idle_cpu_percent_each"].items()]
    spent = {name: figures[name] for name in ("cpu_ms_per_case", "cpu_ms_per_case_signed") if name in figures}
    if spent:
        lines += ["", f"{'processor, ms a case':22}" + "".join(f"{name[16:] or '_pen':>10}" for name in spent)]
        first = next(iter(spent.values()))
        lines += [f"{part:22}" + "".join(f"{column[part]:10.1f}" for column in spent.values()) for part in first]
        lines.append(f"{'together':22}" + "".join(f"{sum(column.values()):10.1f}" for column in spent.values()))
    lines += [f"\n{name} falls short: {why}" for name, why in figures.get("limits", {}).items()]
    return "\n".join(lines) + "\n"


def write(figures: Mapping[str, Any], path: Path) -> None:
    """The figures as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
