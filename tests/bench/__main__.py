"""`make bench`: whole cases, the store, Kafka's delay, the rebuild of views. Prints a table, writes build/bench.json.

  python -m tests.bench                     all; the load behind `pages` takes most of the time
  python -m tests.bench idle                one part: what an installation at rest costs
  python -m tests.bench cases               one part: cases, mixed, kafka, bpjs, rebuild (on the same installation),
                                            store, timings, match (each on a PostgreSQL of its own),
                                            replies (with a Kafka of its own beside it),
                                            pages (over --loaded cases of `jejak load`, loaded first)

Everything is durable: fsync on, real Apache Kafka. Other load on the machine is in every figure.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from joserfc.jwk import ECKey, RSAKey

from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.roles import service_url
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import kafka, postgres
from jejak_local.installation import Installation
from jejak_local.jars import class_path
from jejak_tools.delivery import delivery
from jejak_tools.demo import own_environment
from tests.bench import (
    cases,
    idle,
    latency,
    mixed,
    pages_bench,
    rebuild,
    registers_bench,
    replay_bench,
    replies_bench,
    report,
    store_bench,
    timings_bench,
)
from tests.bench.offices import BY_PEN, SIGNED, write_offices, write_others
from tests.bpjs import trusted
from tests.servers import PASSWORDS, Database, scratch_folder, service_urls
from tests.store.ledger import until

PARTS = ("idle", "cases", "mixed", "kafka", "bpjs", "rebuild", "store", "timings", "match", "replies", "pages")
_ALONE = {"idle", "store", "timings", "match", "replies", "pages"}
"""Parts with servers of their own: an installation at rest, or only a PostgreSQL."""
PEOPLE = 5_000
WARM_UP = 150
BUILD = Path(__file__).parents[2] / "build"
_KEYS_SECONDS = 4.0
"""bpjs-sync asks for new keys every three seconds as long as it has none."""
_TURNS = 6
_SETTLE_SECONDS = 120.0
_ABREAST = "SELECT position >= (SELECT max(position) FROM es.event) FROM view.progress"
_STORE = ("append_8x1_ratio", "append_1x100_per_s", "append_100x1_per_s", "coalescer_64_per_s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("part", nargs="*", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--cases", type=int, default=900, help="how many by pen; a third as many signed")
    parser.add_argument("--loaded", type=int, default=pages_bench.CASES, help="cases behind the pages")
    parser.add_argument("--json", type=Path, default=BUILD / "bench.json")
    arguments = parser.parse_args()
    parts = arguments.part or PARTS
    if strange := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(strange))}")
    figures = measure(parts, arguments.cases, arguments.loaded)
    figures["limits"] = report.limits(figures)
    report.write(figures, arguments.json)
    sys.stdout.write(report.table(figures))


def measure(parts: tuple[str, ...] | list[str], count: int, loaded: int) -> dict[str, Any]:
    """The figures of these parts, by their names in the JSON."""
    figures: dict[str, Any] = {}
    with scratch_folder("bench") as folder:
        if "idle" in parts:
            figures |= _idle(folder / "idle")
        if set(parts) - _ALONE:
            offices = write_offices(folder / "offices", PEOPLE)
            if "mixed" in parts:
                write_others(offices, PEOPLE)
            environment = own_environment(os.environ) | {
                "JEJAK_OFFICES": str(offices),
                "JEJAK_SWEEP_SECONDS": "30",
                "JEJAK_BPJS_SIMULATOR": "off",
            }
            with Installation(folder / "data", environ=environment).start(_say) as installation:
                figures |= _on(installation, offices, parts, count)
        if "store" in parts:
            figures |= _store(folder / "store")
        if {"timings", "match"} & set(parts):
            figures |= _read_and_matched(folder / "read", parts)
        if "replies" in parts:
            figures |= _replies(folder / "replies")
        if "pages" in parts:
            figures |= _pages(folder / "pages", loaded)
    return figures


def _idle(folder: Path) -> dict[str, Any]:
    _say(f"an installation at rest for {idle.REST_SECONDS:g} seconds …")
    each = idle.measure(folder)
    return {"idle_cpu_percent": sum(each.values()), "idle_cpu_percent_each": each}


def _on(installation: Installation, offices: Path, parts: tuple[str, ...] | list[str], count: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"machine": uvloop.run(_machine(installation))}
    # The other parts need finished cases.
    pen = count if {"cases", "bpjs"} & set(parts) else WARM_UP
    _say(f"{pen} cases signed by pen …")
    by_pen = uvloop.run(cases.measure(installation, offices / BY_PEN, prefix="pen", warm_up=WARM_UP, cases=pen))
    if "cases" in parts:
        _say(f"{count // 3} cases signed electronically …")
        signed = uvloop.run(
            cases.measure(installation, offices / SIGNED, prefix="sig", warm_up=WARM_UP // 3, cases=count // 3)
        )
        figures |= {"cases_per_s": by_pen.per_second, "cases_per_s_signed": signed.per_second}
        figures["requests_per_case"] = by_pen.requests / by_pen.cases
        figures["cpu_ms_per_case"] = dict(by_pen.milliseconds)
        figures["cpu_ms_per_case_signed"] = dict(signed.milliseconds)
    if "mixed" in parts:
        _say(f"{mixed.ROUNDS} times {mixed.CASES} cases of one procedure, then of five mixed …")
        figures |= uvloop.run(mixed.measure(installation, offices)).figures()
    if "kafka" in parts:
        _say(f"{latency.EVENTS.per_second} events a second, from commit to consumer …")
        figures["kafka_p99_ms"] = uvloop.run(latency.measure(installation)).p99
    if "bpjs" in parts:
        figures |= _bpjs(installation)
    environment = installation.environment
    _say("the ledger held against Kafka …")
    delivered = asyncio.run(
        delivery(environment["JEJAK_DATABASE_URL"], KafkaCluster(environment["KAFKA_BOOTSTRAP_SERVERS"]), "jejak.cases")
    )
    figures |= {
        "events": delivered.stored,
        "lost": delivered.lost,
        "doubled": delivered.doubled,
        "reordered": delivered.reordered,
    }
    if "rebuild" in parts:
        _say(f"views rebuilt over {rebuild.EVENTS:,} events …")
        again = uvloop.run(rebuild.measure(installation, (offices / BY_PEN / "kantor.toml").read_bytes()))
        figures |= {"rebuild_sql_per_s": again.sql_per_s, "rebuild_clock_per_s": again.clock_per_s}
    return figures


def _bpjs(installation: Installation) -> dict[str, Any]:
    """Submissions on their way to a consumer with two keys, and their replay over HTTP."""
    url = installation.environment["JEJAK_DATABASE_URL_BPJS_SYNC"]
    for key in (ECKey.generate_key("P-256", {"kid": "bench-1"}), RSAKey.generate_key(2048, {"kid": "bench-2"})):
        asyncio.run(trusted(url, key))
    time.sleep(_KEYS_SECONDS)
    turns = []
    for number in range(1, _TURNS + 1):
        asyncio.run(_settled(installation))
        _say(f"{latency.SUBMISSIONS.per_second} submissions a second, from commit to encrypted message, {number} …")
        turns.append(turn := uvloop.run(latency.measure(installation, latency.SUBMISSIONS)))
        _say(f"  median {turn.p50:.0f} ms, p99 {turn.p99:.0f} ms; the host took {turn.taken:.1%} of a core")
    typical = latency.undisturbed(turns)
    figures: dict[str, Any] = {"bpjs_p50_ms": typical.p50, "bpjs_p99_ms": typical.p99}
    figures |= {"bpjs_taken_by_host": typical.taken, "bpjs_turns": [asdict(turn) for turn in turns]}
    _say(f"{replay_bench.SUBMISSIONS:,} submissions said again …")
    again = uvloop.run(replay_bench.measure(installation))
    return figures | {"replay_1m_per_s": again.per_second, "replay_1m_mb": again.megabytes}


async def _settled(installation: Installation) -> None:
    """Waits until the views are abreast, so that the figures hold this part's work alone."""
    connection = await asyncpg.connect(installation.environment["JEJAK_DATABASE_URL"])

    async def abreast() -> bool:
        return bool(await connection.fetchval(_ABREAST))

    await until(abreast, _SETTLE_SECONDS)
    await connection.close()


async def _machine(installation: Installation) -> dict[str, Any]:
    connection = await asyncpg.connect(installation.environment["JEJAK_DATABASE_URL"])
    version = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    jar = next(part for part in class_path().split(":") if "kafka-clients-" in part)
    return report.machine(version, Path(jar).stem.removeprefix("kafka-clients-"))


def _store(folder: Path) -> dict[str, Any]:
    """On a durable PostgreSQL of its own."""
    _say("the store beside plain INSERTs …")
    server = postgres.Postgres(folder)
    try:
        uvloop.run(_migrated(server.url))
        figures = asdict(uvloop.run(store_bench.measure(server.url)))
    finally:
        server.stop()
    return {name: figures[name] for name in _STORE} | {
        f"tail_{name}": figures[name] for name in ("lost", "doubled", "reordered")
    }


def _read_and_matched(folder: Path, parts: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """Queries over many rows, on a durable PostgreSQL of their own."""
    figures: dict[str, Any] = {}
    folder.mkdir()
    folder.chmod(0o711)
    server = postgres.Postgres(folder / "data")
    try:
        uvloop.run(_migrated(server.url))
        urls = {name: service_url(server.url, name, PASSWORDS[name]) for name in ("ledger", "verification")}
        if "match" in parts:
            _say(f"{registers_bench.PEOPLE:,} people matched against three registers …")
            matched = uvloop.run(registers_bench.measure(urls["verification"], folder))
            figures |= {"match_100k_s": matched.seconds, "match_100k_mb": matched.megabytes}
        if "timings" in parts:
            _say(f"timings over {10 * timings_bench.CASES:,} steps …")
            answered = uvloop.run(timings_bench.measure(server.url, urls["ledger"]))
            figures |= {"timings_1m_ms": answered.office_ms, "timings_1m_province_ms": answered.province_ms}
            figures |= {"timings_1m_thousands_of_lines_ms": answered.lines_ms, "timings_each_ms": answered.each_ms}
    finally:
        server.stop()
    return figures


def _replies(folder: Path) -> dict[str, Any]:
    """A flood of answers, on a durable PostgreSQL and a broker of their own."""
    _say(f"{replies_bench.FLOOD:,} answers of BPJS …")
    folder.mkdir()
    folder.chmod(0o711)
    server, broker = postgres.Postgres(folder / "data"), kafka.Kafka(folder / "kafka")
    try:
        uvloop.run(_migrated(server.url))
        name = server.url.rpartition("/")[2]
        absorbed = uvloop.run(
            replies_bench.measure(Database(name, server.url, service_urls(server, name)), broker.cluster)
        )
    finally:
        broker.stop()
        server.stop()
    return {
        "replies_per_s": absorbed.taken_per_s,
        "replies_put_per_s": absorbed.put_per_s,
        "replies_mb": absorbed.megabytes,
    }


def _pages(folder: Path, count: int) -> dict[str, Any]:
    """Pages of the read side, on a durable PostgreSQL of its own."""
    folder.mkdir(mode=0o711)
    loaded, pages = pages_bench.measure(folder, count, _say)
    figures: dict[str, Any] = {"load_cases": loaded.cases, "load_events": loaded.events}
    figures |= {"load_cases_per_s": loaded.cases / loaded.seconds, "load_before_pages": round(os.getloadavg()[0], 2)}
    for name, percentiles in pages.items():
        figures |= {
            f"page_{name}_p50_ms": percentiles.p50,
            f"page_{name}_p95_ms": percentiles.p95,
            f"page_{name}_p99_ms": percentiles.p99,
        }
    return figures


async def _migrated(url: str) -> None:
    await migrate(url, PASSWORDS, development=True)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
