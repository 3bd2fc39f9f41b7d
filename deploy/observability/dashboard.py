"""The Grafana dashboard of operations, made from a table.

`python -m deploy.observability.dashboard` writes jejak.json.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from deploy.observability import layout

FILE: Final = Path(__file__).with_name("jejak.json")
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH: Final = 8
_HEIGHT: Final = 7
_ASKED: Final = "sum by (service) (rate(jejak_http_requests_total[5m]))"
_FAILED: Final = 'sum by (service) (rate(jejak_http_requests_total{status=~"5.."}[5m]))'


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart over time: what it is called, what it tells, its unit in Grafana's words, and queries with legends."""

    title: str
    tells: str
    unit: str
    queries: Sequence[tuple[str, str]]
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: Sequence[Panel]


BPJS: Final = Row(
    "BPJS",
    [
        Panel(
            "Tanpa jawaban, menurut umur (hari)",
            "Usulan yang sudah dikirim dan belum dijawab BPJS.",
            "short",
            [("max by (age) (jejak_bpjs_outstanding)", "{{age}} hari")],
            stacked=True,
        ),
        Panel(
            "Menunggu petugas",
            "Jawaban yang tidak cocok dengan berkas, dan berkas yang diminta diperbaiki.",
            "short",
            [
                ("max by (kind) (jejak_bpjs_unmatched)", "tidak cocok: {{kind}}"),
                ("max(jejak_bpjs_mends_open)", "belum diperbaiki"),
            ],
            stacked=True,
        ),
        Panel(
            "Yang terlama tertahan",
            "Umur yang terlama di antara yang tertahan.",
            "s",
            [("max by (what) (jejak_bpjs_oldest_seconds)", "{{what}}")],
        ),
        Panel(
            "Pesan kepada BPJS belum sampai di Kafka",
            "Umur peristiwa tertua yang belum disampaikan, menurut topik.",
            "s",
            [
                (
                    'max by (topic) (jejak_relay_lag_seconds{topic=~".+[.]bpjs([.]v[0-9]+)?([.]replies[.]settled)?"})',
                    "{{topic}}",
                )
            ],
        ),
        Panel(
            "Belum dibaca BPJS",
            "Pesan yang belum dibaca grup BPJS, dan yang terhapus sebelum dibaca.",
            "short",
            [
                ('max by (group) (jejak_consumer_lag_messages{whose="bpjs"})', "{{group}}"),
                ('max by (group) (jejak_consumer_missed_messages{whose="bpjs"})', "{{group}}: terlewat"),
            ],
        ),
        Panel(
            "Jawaban belum masuk ke berkas",
            "Jawaban di Kafka yang belum disimpan, dan yang tersimpan tetapi belum masuk.",
            "short",
            [
                ('max(jejak_consumer_lag_messages{group=~".+[.]bpjs_sync[.](v[0-9]+[.])?replies"})', "di Kafka"),
                ("max(jejak_bpjs_replies_waiting)", "tersimpan"),
            ],
        ),
        Panel(
            "Jawaban masuk per detik",
            "Menurut cara datangnya dan nasibnya.",
            "reqps",
            [("sum by (way, fate) (rate(jejak_bpjs_replies_taken_total[5m]))", "{{way}}: {{fate}}")],
        ),
        Panel(
            "Tidak dapat disampaikan",
            "Peristiwa yang dilewati karena tidak dapat diolah, dan yang belum diolah.",
            "short",
            [
                ("sum by (reason) (jejak_bpjs_underived_total)", "{{reason}}"),
                ("max(jejak_bpjs_derived_lag_positions)", "belum diolah"),
            ],
        ),
        Panel(
            "Masa berlaku kunci",
            "Sisa waktu kunci terakhir tiap pembaca.",
            "s",
            [("min by (consumer) (jejak_bpjs_key_seconds_left)", "{{consumer}}")],
        ),
    ],
)
REST: Final = Row(
    "Layanan, Kafka dan PostgreSQL",
    [
        Panel(
            "Permintaan per detik",
            "Menurut layanan.",
            "reqps",
            [(_ASKED, "{{service}}")],
        ),
        Panel(
            "Bagian yang gagal (5xx)",
            "Terhadap semua permintaan layanan itu.",
            "percentunit",
            [
                (f"({_FAILED} or {_ASKED} * 0) / {_ASKED}", "{{service}}"),
            ],
        ),
        Panel(
            "Lama menjawab (P99)",
            "Satu dari seratus jawaban lebih lama dari ini.",
            "s",
            [
                (
                    "histogram_quantile(0.99, sum by (service, le) (rate(jejak_http_request_seconds_bucket[5m])))",
                    "{{service}}",
                )
            ],
        ),
        Panel(
            "PostgreSQL menjawab",
            "1 bila menjawab layanan itu.",
            "short",
            [("min by (service) (jejak_database_up)", "{{service}}")],
        ),
        Panel(
            "Peristiwa belum sampai di Kafka",
            "Umur peristiwa tertua yang belum disampaikan, menurut topik.",
            "s",
            [("max by (topic) (jejak_relay_lag_seconds)", "{{topic}}")],
        ),
        Panel(
            "Penyampai yang memimpin, dan yang mulai lagi",
            "Satu proses memimpin tiap topik.",
            "short",
            [
                ("sum by (topic) (jejak_relay_leader)", "{{topic}}: memimpin"),
                ("sum by (topic, reason) (increase(jejak_relay_restarts_total[15m]))", "{{topic}}: {{reason}}"),
            ],
        ),
        Panel(
            "Belum dibaca layanan",
            "Pesan yang belum dikerjakan, menurut grup.",
            "short",
            [('max by (group) (jejak_consumer_lag_messages{whose="jejak"})', "{{group}}")],
        ),
        Panel(
            "Berhenti membaca",
            "Sejak kapan sebuah grup tidak membaca padahal ada pesan yang menunggu.",
            "s",
            [("max by (group, topic) (jejak_consumer_stalled_seconds)", "{{group}}: {{topic}}")],
        ),
        Panel(
            "Tampilan waktu tertinggal",
            "Peristiwa ledger yang belum masuk ke angka waktu.",
            "short",
            [("max(jejak_view_lag_positions)", "peristiwa")],
        ),
        Panel(
            "Tugas otomatis per detik",
            "Menurut nasibnya.",
            "ops",
            [("sum by (service, fate) (rate(jejak_tasks_total[5m]))", "{{service}}: {{fate}}")],
        ),
        Panel(
            "Tugas disisihkan",
            "Menunggu seseorang memperbaiki sebabnya.",
            "short",
            [("max by (service) (jejak_tasks_parked)", "{{service}}")],
            stacked=True,
        ),
        Panel(
            "Langkah lewat standar",
            "Langkah terbuka yang melewati standar atau batas tunggu, menurut pihak.",
            "short",
            [("max by (owner) (jejak_steps_overdue)", "{{owner}}")],
            stacked=True,
        ),
        Panel(
            "Pencarian di BPJS dan Dukcapil",
            "Menurut sistem dan hasilnya.",
            "ops",
            [("sum by (system, outcome) (rate(jejak_lookups_total[5m]))", "{{system}} {{outcome}}")],
        ),
    ],
)


def dashboard(rows: Sequence[Row] = (BPJS, REST)) -> layout.Drawn:
    """Operations: services, Kafka, PostgreSQL and BPJS, from Prometheus."""
    placed = [(row.title, [(_WIDTH, _HEIGHT, partial(_chart, panel)) for panel in row.panels]) for row in rows]
    variables = [layout.source_variable("prometheus")]
    return layout.dashboard("jejak", "Jejak", variables, placed, since="now-6h", refresh="30s")


def _chart(panel: Panel, place: layout.Place) -> layout.Drawn:
    drawn = {"fillOpacity": 30, "stacking": {"mode": "normal"}} if panel.stacked else {"fillOpacity": 5}
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.tells,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0, "custom": drawn}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + nth), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
            for nth, (query, legend) in enumerate(panel.queries)
        ],
    }


def text() -> str:
    """The file as it is committed."""
    return layout.text(dashboard())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
