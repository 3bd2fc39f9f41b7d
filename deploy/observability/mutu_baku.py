"""The Grafana dashboard for leaders, from the views of the schema `report`, which docs/operations/reports.md describes.

`python -m deploy.observability.mutu_baku` writes mutu-baku.json.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Literal

from deploy.observability import layout

FILE: Final = Path(__file__).with_name("mutu-baku.json")
_SOURCE_KIND: Final = "grafana-postgresql-datasource"
_SOURCE: Final = {"type": _SOURCE_KIND, "uid": "${datasource}"}
_CHOSEN: Final = "$__timeFilter(minggu) AND kantor IN (${kantor:sqlstring})"
_STEP: Final = f"{_CHOSEN} AND sop || ' ' || slot || ' ' || langkah = ${{langkah:sqlstring}}"
_PERCENT: Final = {"unit": "percentunit", "min": 0, "max": 1}

type Kind = Literal["stat", "timeseries", "table", "barchart"]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel is called and tells, how it is drawn, and its query; `units` are of columns other than `unit`."""

    title: str
    tells: str
    kind: Kind
    width: int
    sql: str
    unit: str = "short"
    units: Mapping[str, str] = field(default_factory=dict)
    bars: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: Sequence[Panel]


TOGETHER: Final = Row(
    "Kantor yang dipilih bersama-sama",
    [
        Panel(
            "Dalam Mutu Baku",
            "Bagian langkah yang selesai dalam standar SOP-nya, dari yang dapat dinilai.",
            "stat",
            5,
            f"""
SELECT sum(dalam)::float8 / nullif(sum(dinilai), 0) AS "Dalam Mutu Baku"
FROM report.kantor_mingguan_v1 WHERE {_CHOSEN}""",
            "percentunit",
        ),
        Panel(
            "Dalam batas tunggu",
            "Bagian langkah yang mulai dikerjakan dalam batas tunggu kantor.",
            "stat",
            5,
            f"""
SELECT sum(tunggu_dalam)::float8 / nullif(sum(tunggu_dinilai), 0) AS "Dalam batas tunggu"
FROM report.kantor_mingguan_v1 WHERE {_CHOSEN}""",
            "percentunit",
        ),
        Panel(
            "Terlambat saat ini",
            "Langkah terbuka yang melewati Mutu Baku atau batas tunggu, menurut hitungan terakhir.",
            "stat",
            5,
            """
SELECT coalesce(sum(jumlah), 0)::bigint AS "Terlambat"
FROM report.terlambat_kini_v1 WHERE kantor IN (${kantor:sqlstring})""",
        ),
        Panel(
            "Kartu aktif",
            "Kartu yang aktif kembali dalam rentang waktu ini.",
            "stat",
            5,
            f"""
SELECT coalesce(sum(jumlah), 0)::bigint AS "Kartu aktif"
FROM report.hasil_mingguan_v1 WHERE {_CHOSEN} AND hasil = 'kartu_aktif'""",
        ),
        Panel(
            "Tidak ditampilkan",
            "Bagian langkah yang dalam minggunya kurang dari lima berkas, sehingga tidak dinilai di sini.",
            "stat",
            4,
            f"""
SELECT sum(tidak_ditampilkan)::float8 / nullif(sum(langkah), 0) AS "Tidak ditampilkan"
FROM report.kantor_mingguan_v1 WHERE {_CHOSEN}""",
            "percentunit",
        ),
    ],
)
SIDE_BY_SIDE: Final = Row(
    "Kabupaten dan kota berdampingan",
    [
        Panel(
            "Tiap kantor dalam rentang waktu ini",
            "Tiap kantor dinilai terhadap SOP-nya sendiri.",
            "table",
            24,
            f"""
SELECT k.nama_kantor AS "Kantor", coalesce(m.langkah, 0) AS "Langkah selesai", m.bagian AS "Dalam Mutu Baku",
       m.tunggu AS "Dalam batas tunggu", coalesce(t.jumlah, 0) AS "Terlambat saat ini",
       coalesce(h.selesai, 0) AS "SOP selesai", coalesce(h.aktif, 0) AS "Kartu aktif"
FROM report.kantor_v1 k
LEFT JOIN (
  SELECT kantor, sum(langkah)::bigint AS langkah, sum(dalam)::float8 / nullif(sum(dinilai), 0) AS bagian,
         sum(tunggu_dalam)::float8 / nullif(sum(tunggu_dinilai), 0) AS tunggu
  FROM report.kantor_mingguan_v1 WHERE {_CHOSEN} GROUP BY kantor
) AS m ON m.kantor = k.kantor
LEFT JOIN (
  SELECT kantor, sum(jumlah)::bigint AS jumlah FROM report.terlambat_kini_v1 GROUP BY kantor
) AS t ON t.kantor = k.kantor
LEFT JOIN (
  SELECT kantor, sum(jumlah) FILTER (WHERE hasil = 'sop_selesai')::bigint AS selesai,
         sum(jumlah) FILTER (WHERE hasil = 'kartu_aktif')::bigint AS aktif
  FROM report.hasil_mingguan_v1 WHERE {_CHOSEN} GROUP BY kantor
) AS h ON h.kantor = k.kantor
WHERE NOT k.provinsi AND k.kantor IN (${{kantor:sqlstring}}) ORDER BY m.bagian NULLS LAST, k.nama_kantor""",
            units={"Dalam Mutu Baku": "percentunit", "Dalam batas tunggu": "percentunit"},
        ),
        Panel(
            "Bagian dalam Mutu Baku tiap minggu",
            "Menurut minggu selesainya langkah; minggu ini belum genap.",
            "timeseries",
            12,
            f"""
SELECT minggu::timestamp AS time, coalesce(nama_kantor, kantor) AS metric, bagian_dalam AS "Dalam Mutu Baku"
FROM report.kantor_mingguan_v1 WHERE {_CHOSEN} AND bagian_dalam IS NOT NULL ORDER BY 1, 2""",
            "percentunit",
        ),
        Panel(
            "Kartu aktif tiap minggu",
            "Menurut minggu kartunya aktif kembali.",
            "timeseries",
            12,
            f"""
SELECT minggu::timestamp AS time, coalesce(nama_kantor, kantor) AS metric, sum(jumlah)::bigint AS "Kartu aktif"
FROM report.hasil_mingguan_v1 WHERE {_CHOSEN} AND hasil = 'kartu_aktif' GROUP BY 1, 2 ORDER BY 1, 2""",
            bars=True,
        ),
        *(
            Panel(
                title,
                f"Median {words} dari permohonan sampai SOP selesai, tiap minggu.",
                "timeseries",
                8,
                f"""
SELECT minggu::timestamp AS time,
       coalesce(nama_kantor, kantor) || ' · ' || coalesce(nama_sop, left(sop, 8)) AS metric,
       {column} AS "{title}"
FROM report.hasil_mingguan_v1
WHERE {_CHOSEN} AND hasil = 'sop_selesai' AND {column} IS NOT NULL ORDER BY 1, 2""",
                "s",
            )
            for title, words, column in (
                ("Waktu tunggu per berkas", "jam kerja berkas menunggu", "tunggu_p50"),
                ("Waktu sentuh per berkas", "waktu berkas dikerjakan", "sentuh_p50"),
                ("Waktu berlalu per berkas", "jam kerja kantor", "berlalu_p50"),
            )
        ),
    ],
)
STEPS: Final = Row(
    "Langkah demi langkah",
    [
        Panel(
            "Langkah terhadap Mutu Baku",
            "Yang paling sering melewati standarnya lebih dahulu.",
            "table",
            14,
            f"""
SELECT coalesce(nama_kantor, kantor) AS "Kantor", langkah || '. ' || coalesce(kegiatan, '') AS "Langkah",
       max(mutu_baku) AS "Mutu Baku", sum(jumlah)::bigint AS "Selesai",
       sum(dalam)::float8 / nullif(sum(dinilai), 0) AS "Dalam Mutu Baku"
FROM report.langkah_mingguan_v1 WHERE {_CHOSEN}
GROUP BY kantor, nama_kantor, sop, slot, langkah, kegiatan, urutan
ORDER BY 5 NULLS LAST, kantor, sop, urutan""",
            units={"Dalam Mutu Baku": "percentunit"},
        ),
        Panel(
            "Terlambat saat ini menurut langkah",
            "Langkah terbuka yang melewati Mutu Baku atau batas tunggu.",
            "table",
            10,
            """
SELECT coalesce(nama_kantor, kantor) AS "Kantor", langkah || '. ' || coalesce(kegiatan, '') AS "Langkah",
       pihak AS "Pihak", jumlah AS "Terlambat", dihitung_pada AS "Dihitung pada"
FROM report.terlambat_kini_v1 WHERE kantor IN (${kantor:sqlstring}) ORDER BY jumlah DESC, kantor, urutan""",
        ),
        Panel(
            "Sebaran terhadap Mutu Baku, semua langkah",
            "Berapa bagian dari standarnya yang terpakai; sampai 100 % berarti dalam Mutu Baku.",
            "barchart",
            12,
            f"""
SELECT nama_kelas AS "Terpakai", sum(jumlah)::bigint AS "Langkah"
FROM report.sebaran_mingguan_v1 WHERE {_CHOSEN} GROUP BY kelas, nama_kelas ORDER BY kelas""",
        ),
        Panel(
            "Sebaran terhadap Mutu Baku, langkah terpilih",
            "Seperti di sebelahnya, untuk langkah yang dipilih di atas.",
            "barchart",
            12,
            f"""
SELECT nama_kelas AS "Terpakai", sum(jumlah)::bigint AS "Langkah"
FROM report.sebaran_mingguan_v1 WHERE {_STEP} GROUP BY kelas, nama_kelas ORDER BY kelas""",
        ),
        Panel(
            "Bagian dalam Mutu Baku, langkah terpilih",
            "Menurut minggu selesainya.",
            "timeseries",
            12,
            f"""
SELECT minggu::timestamp AS time, coalesce(nama_kantor, kantor) || ' · ' || pihak AS metric,
       bagian_dalam AS "Dalam Mutu Baku"
FROM report.langkah_mingguan_v1 WHERE {_STEP} AND bagian_dalam IS NOT NULL ORDER BY 1, 2""",
            "percentunit",
        ),
        Panel(
            "Tunggu, sentuh, berlalu, langkah terpilih",
            "Median tiap minggu: menunggu, dikerjakan, dan seluruhnya menurut jam kerja.",
            "timeseries",
            12,
            f"""
SELECT w.minggu::timestamp AS time, coalesce(w.nama_kantor, w.kantor) || ' · ' || w.pihak || ' · ' || c.jam AS metric,
       c.detik AS "Median"
FROM report.langkah_mingguan_v1 w
CROSS JOIN LATERAL (VALUES ('tunggu', w.tunggu_p50), ('sentuh', w.sentuh_p50), ('berlalu', w.berlalu_p50))
  AS c (jam, detik)
WHERE {_STEP} AND c.detik IS NOT NULL ORDER BY 1, 2""",
            "s",
        ),
    ],
)
ROWS: Final = (TOGETHER, SIDE_BY_SIDE, STEPS)
_HEIGHTS: Final[Mapping[Kind, int]] = {"stat": 4, "timeseries": 8, "table": 10, "barchart": 8}

VARIABLES: Final = (
    {
        "name": "kantor",
        "label": "Kantor",
        "type": "query",
        "datasource": _SOURCE,
        "query": """
SELECT kantor AS "__value", nama_kantor AS "__text" FROM report.kantor_v1 WHERE NOT provinsi ORDER BY 2""".strip(),
        "refresh": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": "Semua", "value": "$__all"},
    },
    {
        "name": "langkah",
        "label": "Langkah",
        "type": "query",
        "datasource": _SOURCE,
        "query": """
SELECT sop || ' ' || slot || ' ' || langkah AS "__value",
       coalesce(nomor_sop, nama_sop) || ' · ' || langkah || '. ' || kegiatan AS "__text"
FROM report.langkah_v1 WHERE kantor IN (${kantor:sqlstring}) ORDER BY kantor, sop, urutan""".strip(),
        "refresh": 2,
        "multi": False,
        "includeAll": False,
    },
)
"""What is chosen above the panels; Grafana shows `__text` and puts `__value` into queries."""


def dashboard() -> layout.Drawn:
    """Mutu Baku for leaders, from PostgreSQL."""
    placed = [
        (row.title, [(panel.width, _HEIGHTS[panel.kind], partial(_drawn, panel)) for panel in row.panels])
        for row in ROWS
    ]
    variables = [layout.source_variable(_SOURCE_KIND), *VARIABLES]
    return layout.dashboard("jejak-mutu-baku", "Mutu Baku", variables, placed, since="now-13w", refresh="15m")


def _drawn(panel: Panel, place: layout.Place) -> layout.Drawn:
    # A query of a time series has three columns: Grafana names each series by the second, `metric`.
    time_series = panel.kind == "timeseries"
    defaults: layout.Drawn = dict(_PERCENT) if panel.unit == "percentunit" else {"unit": panel.unit, "min": 0}
    if time_series:
        lines = {"showPoints": "always"}
        bars = {"drawStyle": "bars", "fillOpacity": 60, "stacking": {"mode": "normal"}}
        defaults["custom"] = bars if panel.bars else lines
    target = {
        "refId": "A",
        "datasource": _SOURCE,
        "format": "time_series" if time_series else "table",
        "rawQuery": True,
        "editorMode": "code",
        "rawSql": panel.sql.strip(),
    }
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.tells,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": [_override(*unit) for unit in panel.units.items()]},
        "options": _OPTIONS[panel.kind],
        "targets": [target],
    }


_OPTIONS: Final[Mapping[Kind, layout.Drawn]] = {
    "stat": {"reduceOptions": {"calcs": ["lastNotNull"], "values": False}, "colorMode": "none", "graphMode": "none"},
    "timeseries": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
    "table": {"showHeader": True, "cellHeight": "sm"},
    "barchart": {"xField": "Terpakai", "legend": {"showLegend": False}, "showValue": "always"},
}


def _override(column: str, unit: str) -> layout.Drawn:
    return {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "unit", "value": unit}]}


def text() -> str:
    """The file as it is committed."""
    return layout.text(dashboard())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
