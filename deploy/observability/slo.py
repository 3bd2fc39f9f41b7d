"""The service level objectives, and alerts for the speed at which each spends its error budget.

The windows are those of the Site Reliability Workbook (chapter 5): a fast alert at 2 % of a month's budget in an hour
or 5 % in six, a slow one at 10 % in a day or in three. Each looks at a short window as well, to end with its cause.

`python -m deploy.observability.slo` writes slo.yml.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

FILE: Final = Path(__file__).with_name("slo.yml")
RUNBOOK: Final = "docs/operations/alerts.md"
_HEAD: Final = "# Made by slo.py: python -m deploy.observability.slo\n"

type Pace = Literal["Fast", "Slow"]
_WINDOWS: Final[dict[Pace, tuple[tuple[float, str, str], ...]]] = {
    "Fast": ((14.4, "1h", "5m"), (6, "6h", "30m")),
    "Slow": ((3, "1d", "2h"), (1, "3d", "6h")),
}
"""Times the speed at which the budget lasts 30 days, the window that counts, and the short one."""
_SEVERITY: Final[dict[Pace, str]] = {"Fast": "critical", "Slow": "warning"}
_FEW: Final = 10
"""Bad requests of the long window from which an alert is raised: at night one of five is 20 %."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A promise over 30 days. `share` of what is bad and `count` of it, each in a window in place of WINDOW."""

    name: str
    share_good: float
    bad: str
    count: str | None
    said: dict[str, str]


_FAILED: Final = 'jejak_http_requests_total{kind!="probe", status=~"5.."}[WINDOW]'
_ASKED: Final = 'jejak_http_requests_total{kind!="probe"}[WINDOW]'
_QUICK: Final = 'jejak_http_request_seconds_bucket{kind="task", le="1.0"}[WINDOW]'
_TASKS: Final = 'jejak_http_request_seconds_count{kind="task"}[WINDOW]'

_LATE: Final = "jejak:relay_late"
RECORDED: Final = {_LATE: "max by (topic) (jejak_relay_lag_seconds) > bool 10"}
"""1 while a topic's events are late: a series of its own, as three days of an expression are dear to work out."""

OBJECTIVES: Final = (
    Objective(
        "Errors",
        0.999,
        f"sum by (service) (rate({_FAILED})) / sum by (service) (rate({_ASKED}))",
        f"sum by (service) (increase({_FAILED}))",
        {
            "ringkasan": (
                "{{ $value | humanizePercentage }} permintaan ke {{ $labels.service }} gagal; janji "
                "layanannya paling banyak 0,1 % sebulan."
            ),
            "tindakan": (
                "Cari `request_failed` dan `database_error` di log layanan itu, dan lihat sejak kapan: bila "
                "sejak pemasangan versi baru, kembalikan versinya."
            ),
            "summary": (
                "{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} fail; the "
                "objective is 0.1 % a month at most."
            ),
            "action": (
                "Look for `request_failed` and `database_error` in its log, and since when: if since a new "
                "version was installed, go back to the one before."
            ),
        },
    ),
    Objective(
        "Tasks",
        0.95,
        f"1 - sum(rate({_QUICK})) / sum(rate({_TASKS}))",
        f"sum(increase({_TASKS})) - sum(increase({_QUICK}))",
        {
            "ringkasan": (
                "{{ $value | humanizePercentage }} tugas dijawab lebih lambat dari 1 detik; janji layanannya "
                "paling banyak 5 % sebulan."
            ),
            "tindakan": (
                "Lihat layanan mana pada panel *Lama menjawab*, lalu beban mesin dan PostgreSQL "
                "(pg_stat_activity). Bila hanya letters: tanda tangan elektronik menunggu BSrE."
            ),
            "summary": (
                "{{ $value | humanizePercentage }} of the tasks are answered in more than a second; the "
                "objective is 5 % a month at most."
            ),
            "action": (
                "See on the panel *Lama menjawab* which service it is, then the load of the machine and of "
                "PostgreSQL (pg_stat_activity). If only letters: its signatures wait for BSrE."
            ),
        },
    ),
    Objective(
        "Lag",
        0.995,
        f"avg_over_time({_LATE}[WINDOW])",
        None,
        {
            "ringkasan": (
                "Selama {{ $value | humanizePercentage }} waktu, peristiwa terlambat lebih dari 10 detik "
                "sampai di {{ $labels.topic }}; janji layanannya paling banyak 0,5 % sebulan."
            ),
            "tindakan": (
                "Periksa broker Kafka dan `relay_begins_again` di log relay (untuk BPJS: bpjs-sync). Tidak "
                "ada yang hilang: tugas otomatis berjalan lewat sapuan, lebih lambat."
            ),
            "summary": (
                "During {{ $value | humanizePercentage }} of the time events are more than 10 seconds late on"
                " {{ $labels.topic }}; the objective is 0.5 % a month at most."
            ),
            "action": (
                "Look at the Kafka broker and at `relay_begins_again` in the log of the relay (for BPJS: "
                "bpjs-sync). Nothing is lost: automatic tasks go on by the sweep, slower."
            ),
        },
    ),
)


def rules() -> dict[str, Any]:
    """As Prometheus reads them."""
    alerts = [_alert(objective, pace) for objective in OBJECTIVES for pace in _WINDOWS]
    return {"groups": [{"name": "jejak-slo", "interval": "1m", "rules": alerts}]}


def _alert(objective: Objective, pace: Pace) -> dict[str, Any]:
    name = f"Jejak{objective.name}Budget{pace}"
    return {
        "alert": name,
        "expr": "\nor\n".join(_spent(objective, *windows) for windows in _WINDOWS[pace]),
        "labels": {"severity": _SEVERITY[pace]},
        "annotations": objective.said | {"runbook_url": f"{RUNBOOK}#{name.lower()}"},
    }


def _spent(objective: Objective, times: float, long: str, short: str) -> str:
    limit = f"{times * (1 - objective.share_good):.6g}"
    parts = [f"{_over(objective.bad, window)} > {limit}" for window in (long, short)]
    if objective.count is not None:
        parts.append(f"{_over(objective.count, long)} >= {_FEW}")
    return "(" + "\n  and ".join(parts) + ")"


def _over(expression: str, window: str) -> str:
    return f"({expression})".replace("WINDOW", window)


def text() -> str:
    """The file as it is committed: YAML, of which JSON strings are a part."""
    return _HEAD + "\n".join(_lines(rules()["groups"][0])) + "\n"


def _lines(group: dict[str, Any]) -> Iterator[str]:
    yield from ("groups:", f"  - name: {group['name']}", f"    interval: {group['interval']}", "    rules:")
    for name, expression in RECORDED.items():
        yield from (f'      - record: "{name}"', f'        expr: "{expression}"')
    for rule in group["rules"]:
        yield f"      - alert: {rule['alert']}"
        yield "        expr: |"
        yield from (f"          {line}" for line in rule["expr"].splitlines())
        yield f"        labels: {{severity: {rule['labels']['severity']}}}"
        yield "        annotations:"
        for name, said in rule["annotations"].items():
            yield f"          {name}: {json.dumps(said, ensure_ascii=False)}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
