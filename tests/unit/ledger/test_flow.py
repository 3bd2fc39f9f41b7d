"""The flow of a sheet, and its flowchart in the official form: of every shipped sheet, and what each of them shows."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from ledger.timings.pages.flow import END, Flow, Part, Row, flow_of, listed
from ledger.timings.pages.flowchart import Mark, flowchart
from tests.unit.sop.sheets import OFFICES, PESISIR_SELATAN, SMALL, damaged

SHEETS = sorted(set(OFFICES.rglob("*.toml")) - set(OFFICES.rglob("kantor*.toml")))
SIANTAR = OFFICES / "12.72" / "siantar-sehat.toml"
KARANGASEM = OFFICES / "51.07" / "akses-kesehatan-2023.toml"
SOLOK = OFFICES / "13.02" / "jaminan-kesehatan-2024.toml"
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("rect", "polygon")


def sheet(path: Path) -> Sop:
    return load_sop(path.read_bytes())


def row(part: Part, langkah: str) -> Row:
    return next(one for one in part.rows if one.langkah == langkah)


def drawn(flow: Flow, marks: dict[tuple[str, str], Mark] | None = None) -> Element:
    return fromstring(flowchart(flow, marks or {}, name="Bagan alur"))  # noqa: S314 - drawn by us


def named(path: Path) -> str:
    return path.relative_to(OFFICES).as_posix()


@pytest.fixture(params=SHEETS, ids=named)
def sop(request: pytest.FixtureRequest) -> Sop:
    return sheet(request.param)


def test_actors_stand_in_printed_order_and_steps_in_rows(sop: Sop) -> None:
    flow = flow_of(sop)
    printed = [one.kode for one in sop.pelaksana.values() if one.dicetak]
    assert [one.kode for one in flow.columns if one.dicetak] == printed
    main, *follow_ups = flow.parts
    assert [one.langkah for one in main.rows if one.langkah != "0"] == [one.no for one in sop.langkah]
    assert [one.slot for one in follow_ups] == [*sop.follow_ups]


def test_whoever_does_a_task_has_its_symbol_in_his_column_in_his_turn(sop: Sop) -> None:
    flow = flow_of(sop)
    for part in flow.parts:
        for line in part.rows:
            turns = [who for task in sop.steps[part.slot, line.langkah].tasks for who in task.pelaksana]
            in_turn = [who for n, who in enumerate(turns) if n == 0 or turns[n - 1] != who]
            assert [flow.columns[part.nodes[node].column].kode for node in line.nodes] == in_turn


def test_from_the_beginning_every_symbol_is_reached_and_every_one_leads_to_the_end(sop: Sop) -> None:
    for part in flow_of(sop).parts:
        reached, ending = {0}, {END}
        for _ in part.nodes:
            reached |= {other for one, other in part.arrows if one in reached}
            ending |= {one for one, other in part.arrows if other in ending}
        assert reached - {END} == ending - {END} == set(range(len(part.nodes)))


def test_the_drawing_holds_every_step_as_a_link_and_nothing_a_strict_page_forbids(sop: Sop) -> None:
    flow = flow_of(sop)
    rows = [line for part in flow.parts for line in part.rows]
    marks = {
        (one.slot, one.langkah): Mark("baik", ("jarang terlambat",), f"/timings?langkah={one.langkah}") for one in rows
    }
    svg = drawn(flow, marks)
    links = svg.findall(f".//{SVG}a")
    assert [one.get("href") for one in links] == [f"/timings?langkah={one.langkah}" for one in rows]
    for line, link in zip(rows, links, strict=True):
        words = " ".join(link.itertext())
        assert " ".join(line.kegiatan.split()[:4]) in " ".join(words.split())
        assert "jarang terlambat" in words
        assert (line.waktu or "tidak tertulis").split()[0] in words
    assert not [one for one in svg.iter() if "style" in one.attrib or one.tag in (f"{SVG}style", f"{SVG}script")]


def test_no_symbol_covers_another_and_all_stand_within_the_drawing(sop: Sop) -> None:
    svg = drawn(flow_of(sop))
    width, height = (float(svg.get(name, "0")) for name in ("width", "height"))
    places = [box(one) for one in svg.iter() if shape(one)]
    assert len(places) >= 4
    for left, top, right, bottom in places:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for one, other in combinations(places, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart or one == other, (one, other)


def shape(one: Element) -> bool:
    css = one.get("class") or ""
    return (
        one.tag.removeprefix(SVG) in SHAPES and css.startswith("alur-") and css not in ("alur-kepala", "alur-bingkai")
    )


def box(one: Element) -> tuple[float, float, float, float]:
    if points := one.get("points"):
        xs, ys = zip(*((float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())), strict=True)
        return min(xs), min(ys), max(xs), max(ys)
    left, top, wide, tall = (float(one.get(name, "0")) for name in ("x", "y", "width", "height"))
    return left, top, left + wide, top + tall


def test_what_parts_the_way_is_a_diamond_and_what_does_not_is_a_box() -> None:
    main, aktif = flow_of(sheet(PESISIR_SELATAN)).parts
    decides = {one.langkah: [main.nodes[node].decides for node in one.nodes] for one in main.rows}
    assert decides == {"0": [False], "1": [True], "2": [True], "3": [False], "4": [True], "5": [True], "6": [False]}
    svg = drawn(flow_of(sheet(PESISIR_SELATAN)))
    diamonds = [one for one in svg.iter(f"{SVG}polygon") if len((one.get("points") or "").split()) == 4]
    pentagons = [one for one in svg.iter(f"{SVG}polygon") if len((one.get("points") or "").split()) == 5]
    capsules = [one for one in svg.iter(f"{SVG}rect") if one.get("rx") and one.get("class") == "alur-batas"]
    assert (len(diamonds), len(pentagons), len(capsules)) == (5, 1, 3)
    assert aktif.sesudah == "selesai"


def test_a_correction_leads_back_to_the_draft_and_a_refusal_to_an_early_end() -> None:
    main, aktif = flow_of(sheet(PESISIR_SELATAN)).parts
    [draft] = row(main, "3").nodes
    [paraf] = (main.nodes[one] for one in row(main, "4").nodes)
    [sign] = (main.nodes[one] for one in row(main, "5").nodes)
    [rules] = (main.nodes[one] for one in row(main, "2").nodes)
    assert (paraf.back, paraf.stops) == ((draft,), ())
    assert (sign.back, sign.stops) == ((draft,), ("tolak",))
    assert (rules.back, rules.stops) == ((), ("kembalikan", "tolak"))
    delivered, answered = row(aktif, "aktif").nodes
    assert aktif.nodes[answered].back == (delivered,)


def test_two_parafs_stand_in_sequence_in_their_columns() -> None:
    flow = flow_of(sheet(SIANTAR))
    main = flow.parts[0]
    acting = [(flow.columns[main.nodes[one].column].kode, main.nodes[one].tugas) for one in row(main, "6").nodes]
    assert acting == [("operator", ("draft_letter",)), ("kabid", ("paraf",)), ("sekdis", ("paraf",))]
    checked = main.nodes[row(main, "2").nodes[0]]
    assert checked.completed_by == [one.kode for one in flow.columns].index("pemohon")


def test_a_route_that_ends_early_leads_past_the_steps_of_another() -> None:
    main = flow_of(sheet(KARANGASEM)).parts[0]
    [stored] = row(main, "5").nodes
    assert {other for one, other in main.arrows if one == stored} == {END, stored + 1}
    assert row(main, "6").hanya == ("Reaktivasi",)
    assert main.nodes[row(main, "4").nodes[0]].decides


def test_the_list_says_what_the_drawing_shows() -> None:
    flow = flow_of(sheet(SOLOK))
    said = {line.langkah: words for line, words in listed(flow.parts[0], flow.columns)}
    assert said["6"] == (
        "Kepala Dinas: penandatanganan (dapat juga: kembali ke langkah 5; ditolak)",
        "Petugas Pelayanan: pengajuan ke BPJS",
    )
    assert said["2"] == (
        "Petugas Pelayanan: pemeriksaan dokumen, penerusan berkas (dapat juga: dilengkapi Pemohon, lalu diulang)",
    )
    siantar = flow_of(sheet(SIANTAR))
    said = {line.langkah: words for line, words in listed(siantar.parts[0], siantar.columns)}
    assert said["6"][1:] == tuple(
        f"{who}: paraf (dapat juga: kembali ke penyusunan surat)" for who in ("Kabid", "Sekdis")
    )


def test_what_a_sheet_writes_is_shown_and_never_run() -> None:
    evil = damaged('kegiatan = "Memeriksa berkas"', "kegiatan = '<script>alert(1)</script> & \"x\"'")
    text = flowchart(flow_of(load_sop(evil)), {}, name='"><script>')
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text
    assert fromstring(text).get("aria-label") == '"><script>'  # noqa: S314 - drawn by us


def test_a_step_without_a_task_is_printed_and_has_no_symbol() -> None:
    bare = SMALL.replace('tugas = ["sign"]\npelaksana = ["kadis"]\n', "")
    part = flow_of(load_sop(bare.encode())).parts[0]
    assert row(part, "3").nodes == ()
    assert part.arrows[-1] == (len(part.nodes) - 1, END)


def test_colour_never_speaks_alone() -> None:
    flow = flow_of(sheet(PESISIR_SELATAN))
    levels = dict(zip(("1", "2", "3", "4"), ("baik", "sedang", "buruk", "kosong"), strict=True))
    marks = {(MAIN, step): Mark(level, (f"kata {level}",), None) for step, level in levels.items()}  # type: ignore[arg-type]
    text = flowchart(flow, marks, name="Bagan", prefix="satu")
    for level in levels.values():
        assert f"kata {level}" in text
        assert f'class="alur-{level}"' in text
    assert len(re.findall(r'fill="url\(#satu-(sedang|buruk)\)"', text)) == 2
    assert re.findall(r'id="([^"]+)"', text) == ["satu-panah", "satu-sedang", "satu-buruk"]
