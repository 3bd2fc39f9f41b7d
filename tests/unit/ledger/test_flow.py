"""The flow and the flowchart in the official form, of every shipped sheet."""

from __future__ import annotations

import re
from collections import Counter
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
    return next(line for line in part.rows if line.langkah == langkah)


def drawn(flow: Flow, marks: dict[tuple[str, str], Mark] | None = None) -> Element:
    return fromstring(flowchart(flow, marks or {}, name="Bagan alur"))  # noqa: S314 - drawn by us


def named(path: Path) -> str:
    return path.relative_to(OFFICES).as_posix()


@pytest.fixture(params=SHEETS, ids=named)
def sop(request: pytest.FixtureRequest) -> Sop:
    return sheet(request.param)


def test_actors_stand_in_printed_order_and_steps_in_rows(sop: Sop) -> None:
    flow = flow_of(sop)
    printed = [actor.kode for actor in sop.pelaksana.values() if actor.dicetak]
    assert [column.kode for column in flow.columns if column.dicetak] == printed
    main, *follow_ups = flow.parts
    assert [line.langkah for line in main.rows if line.langkah != "0"] == [step.no for step in sop.langkah]
    assert [part.slot for part in follow_ups] == [*sop.follow_ups]


def test_each_task_has_a_symbol_in_the_column_of_its_actor_in_turn(sop: Sop) -> None:
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
            reached |= {end for start, end in part.arrows if start in reached}
            ending |= {start for start, end in part.arrows if end in ending}
        assert reached - {END} == ending - {END} == set(range(len(part.nodes)))


def test_the_drawing_holds_every_step_as_a_link_and_nothing_a_strict_page_forbids(sop: Sop) -> None:
    flow = flow_of(sop)
    rows = [line for part in flow.parts for line in part.rows]
    marks = {
        (line.slot, line.langkah): Mark("baik", ("jarang terlambat",), f"/timings?langkah={line.langkah}")
        for line in rows
    }
    svg = drawn(flow, marks)
    links = svg.findall(f".//{SVG}a")
    assert [link.get("href") for link in links] == [f"/timings?langkah={line.langkah}" for line in rows]
    for line, link in zip(rows, links, strict=True):
        words = " ".join(link.itertext())
        assert " ".join(line.kegiatan.split()[:4]) in " ".join(words.split())
        assert "jarang terlambat" in words
        assert (line.waktu or "tidak tertulis").split()[0] in words
    forbidden = (f"{SVG}style", f"{SVG}script")
    assert not [element for element in svg.iter() if "style" in element.attrib or element.tag in forbidden]


def test_no_symbol_covers_another_and_all_stand_within_the_drawing(sop: Sop) -> None:
    svg = drawn(flow_of(sop))
    width, height = (float(svg.get(name, "0")) for name in ("width", "height"))
    places = [box(element) for element in svg.iter() if is_symbol(element)]
    assert len(places) >= 4
    for left, top, right, bottom in places:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for first, second in combinations(places, 2):
        beside = first[2] <= second[0] or second[2] <= first[0]
        above = first[3] <= second[1] or second[3] <= first[1]
        assert beside or above or first == second, (first, second)


def is_symbol(element: Element) -> bool:
    css = element.get("class") or ""
    drawn_in = element.tag.removeprefix(SVG) in SHAPES and css.startswith("alur-")
    return drawn_in and css not in ("alur-kepala", "alur-bingkai")


def box(element: Element) -> tuple[float, float, float, float]:
    if points := element.get("points"):
        xs, ys = zip(*((float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())), strict=True)
        return min(xs), min(ys), max(xs), max(ys)
    left, top, wide, tall = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return left, top, left + wide, top + tall


def test_a_symbol_with_several_ways_out_is_a_diamond_any_other_a_box() -> None:
    main, aktif = flow_of(sheet(PESISIR_SELATAN)).parts
    decides = {line.langkah: [main.nodes[node].decides for node in line.nodes] for line in main.rows}
    assert decides == {"0": [False], "1": [True], "2": [True], "3": [False], "4": [True], "5": [True], "6": [False]}
    svg = drawn(flow_of(sheet(PESISIR_SELATAN)))
    corners = Counter(len((polygon.get("points") or "").split()) for polygon in svg.iter(f"{SVG}polygon"))
    capsules = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("rx") and rect.get("class") == "alur-batas"]
    assert (corners, len(capsules)) == ({4: 5, 5: 1}, 3)
    assert aktif.sesudah == "selesai"


def test_a_correction_leads_back_to_the_draft_and_a_refusal_to_an_early_end() -> None:
    main, aktif = flow_of(sheet(PESISIR_SELATAN)).parts
    [draft] = row(main, "3").nodes
    [paraf] = (main.nodes[node] for node in row(main, "4").nodes)
    [sign] = (main.nodes[node] for node in row(main, "5").nodes)
    [rules] = (main.nodes[node] for node in row(main, "2").nodes)
    assert (paraf.back, paraf.stops) == ((draft,), ())
    assert (sign.back, sign.stops) == ((draft,), ("tolak",))
    assert (rules.back, rules.stops) == ((), ("kembalikan", "tolak"))
    delivered, answered = row(aktif, "aktif").nodes
    assert aktif.nodes[answered].back == (delivered,)


def test_two_parafs_stand_in_sequence_in_their_columns() -> None:
    flow = flow_of(sheet(SIANTAR))
    main = flow.parts[0]
    acting = [(flow.columns[main.nodes[node].column].kode, main.nodes[node].tugas) for node in row(main, "6").nodes]
    assert acting == [("operator", ("draft_letter",)), ("kabid", ("paraf",)), ("sekdis", ("paraf",))]
    checked = main.nodes[row(main, "2").nodes[0]]
    assert checked.completed_by == [column.kode for column in flow.columns].index("pemohon")


def test_a_route_that_ends_early_leads_past_the_steps_of_another() -> None:
    main = flow_of(sheet(KARANGASEM)).parts[0]
    [stored] = row(main, "5").nodes
    assert {end for start, end in main.arrows if start == stored} == {END, stored + 1}
    assert row(main, "6").hanya == ("Reaktivasi",)
    assert main.nodes[row(main, "4").nodes[0]].decides


def test_the_list_has_the_same_as_the_drawing_in_words() -> None:
    flow = flow_of(sheet(SOLOK))
    listing = {line.langkah: words for line, words in listed(flow.parts[0], flow.columns)}
    assert listing["6"] == (
        "Kepala Dinas: penandatanganan (dapat juga: kembali ke langkah 5; ditolak)",
        "Petugas Pelayanan: pengajuan ke BPJS",
    )
    assert listing["2"] == (
        "Petugas Pelayanan: pemeriksaan dokumen, penerusan berkas (dapat juga: dilengkapi Pemohon, lalu diulang)",
    )
    siantar = flow_of(sheet(SIANTAR))
    listing = {line.langkah: words for line, words in listed(siantar.parts[0], siantar.columns)}
    assert listing["6"][1:] == tuple(
        f"{who}: paraf (dapat juga: kembali ke penyusunan surat)" for who in ("Kabid", "Sekdis")
    )


def test_the_text_of_a_sheet_is_shown_and_never_run() -> None:
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
