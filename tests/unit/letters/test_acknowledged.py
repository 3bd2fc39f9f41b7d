"""A letter that another official acknowledges ("Mengetahui") shows his block left of the signature."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Final

import pytest
from pypdf import PageObject, PdfReader

from jejak.cases.people.signers import signing_posts
from jejak.contracts import events as e
from jejak.platform.errors import Refused
from jejak.procedure.checks.check import sop_warnings
from jejak.procedure.checks.stops import office_stops
from jejak.procedure.load import SopError
from jejak.procedure.office.kantor import Kantor, load_kantor
from letters import domain
from letters.printing.compose import letter_data
from letters.printing.letter import LetterData, Penandatangan
from letters.printing.pdf import render
from letters.printing.trial import unmade_letters
from tests.procedure import Scenario, office, sheet, submitted
from tests.unit.letters.letter_samples import letter

STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun dan menandatangani"
tugas = ["draft_letter", { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""
CAMAT: Final = '{kode = "camat", nama = "Camat", pihak = "kecamatan", jabatan = ["camat"]},'
LETTER: Final = (
    '{kode = "pengantar", jenis = "pengantar", kepada = "Kepala Contoh", isi = "ini", mengetahui = "camat"},'
)
AREA: Final = "13.99.05"
HELD: Final = f"""
[[pejabat]]
kode = "camat-1"
nama = "Rekaan Camat, S.Sos."
nip = "197501012000031002"
pangkat = "Pembina (IV/a)"
jabatan = "camat"
dari = 2020-01-02
wilayah = "{AREA}"

[[pejabat]]
kode = "staf-camat"
nama = "Petugas Kecamatan"
jabatan = "staf"
dari = 2020-01-02
wilayah = "{AREA}"
"""
DAY: Final = date(2022, 7, 4)


def drafted(kantor: Kantor, steps: str = STEPS) -> Scenario:
    steps = steps.replace('"draft_letter"', '{ tugas = "draft_letter", surat = "pengantar" }')
    story = submitted(sheet(steps, performers=CAMAT, letters=LETTER), kantor)
    content = domain.content(story.loaded, {}, refuses=False, letters=("pengantar",))
    number = e.DraftLetter(letter="pengantar", number="460/1")
    return story.then(data=e.LetterDrafted(draft=1, letters=(number,), content=content))


def printed(story: Scenario, by: str = "kadis") -> LetterData:
    [signer] = (who for who in story.office.officials_at(DAY) if who.jabatan == by)
    address = "https://jejak.example"
    return letter_data(story.loaded, "pengantar", signer, draft=False, made=story.now, dated=DAY, public_url=address)


def everywhere(text: str) -> str:
    return text.replace(f'wilayah = "{AREA}"\n', "")


def test_the_letter_names_who_acknowledges_it_with_post_rank_and_nip() -> None:
    block = printed(drafted(office(acting=everywhere(HELD)))).mengetahui
    assert block == Penandatangan(
        jabatan="camat", nama="Rekaan Camat, S.Sos.", nip="197501012000031002", pangkat="Pembina (IV/a)"
    )


def test_a_letter_that_nobody_can_acknowledge_is_not_made_and_the_check_says_so_before() -> None:
    kantor = office()
    with pytest.raises(Refused, match="perlu diketahui camat"):
        printed(drafted(kantor))
    stops = [*office_stops(kantor, drafted(kantor).sop, DAY), *unmade_letters(drafted(kantor).sop, kantor, DAY)]
    [line] = [line for line in stops if "tidak punya pejabat" in line]
    assert line.startswith("surat pengantar: kantor.toml tidak punya pejabat camat")
    assert line.endswith("jadi tidak ada yang mengetahuinya")


def test_the_block_of_an_area_belongs_to_the_cases_of_that_area() -> None:
    kantor, sop = office(acting=HELD), drafted(office(acting=HELD)).sop
    with pytest.raises(Refused):
        printed(drafted(kantor))  # entered at the dinas
    assert any(
        "tidak ada camat yang mengetahui berkas tanpa wilayah" in line for line in office_stops(kantor, sop, DAY)
    )
    assert [*unmade_letters(sop, kantor, DAY)] == []


def test_who_acknowledges_and_signs_in_turn_is_not_the_signer_of_the_paper() -> None:
    story = drafted(office(acting=everywhere(HELD)), STEPS.replace('["kadis"]', '["camat", "kadis"]'))
    assert signing_posts(story.loaded, "pengantar") == ("kadis",)
    assert printed(story, by="camat").mengetahui is None


def test_a_refusal_is_acknowledged_by_nobody() -> None:
    steps = STEPS + STEPS.replace("[[langkah]]\nno = 1", '[[tindak_lanjut]]\nkode = "tolakan"\nsesudah = "tolak"')
    told = drafted(office(), steps).then("tolak", data=e.CaseRefused(note="Sudah mampu."))
    content = domain.content(told.loaded, {}, refuses=True, letters=("pengantar",))
    number = e.DraftLetter(letter="pengantar", number="460/1")
    refused = told.then(slot="tolakan", data=e.LetterDrafted(draft=2, letters=(number,), content=content))
    assert (printed(refused).jenis, printed(refused).mengetahui) == ("penolakan", None)


@pytest.mark.parametrize(
    ("column", "words"),
    [("cammat", 'mengetahui "cammat" tidak dikenal — mungkin "camat"'), ("bpjs", "kolom bpjs tidak punya jabatan")],
)
def test_a_column_that_is_none_or_has_no_post_is_refused_with_the_cure(column: str, words: str) -> None:
    with pytest.raises(SopError, match=words):
        sheet(
            STEPS.replace('"draft_letter"', '{ tugas = "draft_letter", surat = "pengantar" }'),
            performers=CAMAT,
            letters=LETTER.replace('mengetahui = "camat"', f'mengetahui = "{column}"'),
        )


def test_a_column_that_only_acknowledges_is_used() -> None:
    sop = drafted(office(acting=everywhere(HELD))).sop
    assert not any(line.startswith("pelaksana camat") for line in sop_warnings(sop))


@pytest.mark.parametrize("steps", [STEPS, STEPS.replace('["kadis"]', '["camat", "kadis"]')])
def test_a_letter_that_is_signed_electronically_has_no_room_for_a_second_signature(steps: str) -> None:
    kantor = office(acting=everywhere(HELD))
    sop = drafted(kantor, steps).sop
    [line] = [line for line in office_stops(kantor, sop, DAY) if "satu tanda tangan elektronik" in line]
    assert line.startswith("surat pengantar: kadis-1 menandatanganinya secara elektronik")
    assert "camat tidak dapat ikut menandatanganinya" in line

    by_pen = load_kantor(
        kantor.text.replace(b'tanda_tangan = "elektronik"', b'tanda_tangan = "basah"\npencatat_tanda_tangan = "staf"')
    )
    assert not any("tanda tangan elektronik" in line for line in office_stops(by_pen, sop, DAY))


BESIDE: Final = Penandatangan(
    jabatan="Camat Contoh Utara", nama="Rekaan Camat, S.Sos.", nip="197501012000031002", pangkat="Pembina (IV/a)"
)


def texts_of(page: PageObject) -> list[tuple[str, tuple[float, float]]]:
    """The texts of a page, and where each begins, in points from the lower left."""
    texts: list[tuple[str, tuple[float, float]]] = []

    def visit(text: str, at: list[float], within: list[float], *_: object) -> None:
        if text.strip():
            texts.append((text.strip(), (at[4] + within[4], at[5] + within[5])))

    page.extract_text(visitor_text=visit)
    return texts


@pytest.mark.parametrize("way", ["basah", "elektronik"])
def test_the_page_has_both_blocks_beside_each_other_and_the_signature_stays_where_it_is_marked(way: str) -> None:
    drawn, alone = render(letter(tanda_tangan=way, mengetahui=BESIDE)), render(letter(tanda_tangan=way))
    places = {text: at for page in PdfReader(BytesIO(drawn.pdf)).pages for text, at in texts_of(page)}
    names = {text: at for text, at in places.items() if text.startswith(("Rekaan Camat", "Dra. Contoh"))}
    right = next(at for text, at in places.items() if text.startswith("Kepala Dinas"))
    assert places["Mengetahui,"][0] < right[0] - 150
    assert places["Camat Contoh Utara,"][1] == pytest.approx(right[1], abs=1)
    assert sorted(names) == ["Dra. Contoh Pejabat, M.Si.", "Rekaan Camat, S.Sos."]
    assert names["Rekaan Camat, S.Sos."][0] < names["Dra. Contoh Pejabat, M.Si."][0] - 150
    if way == "elektronik":
        assert drawn.box is not None
        assert alone.box is not None
        assert (drawn.box.left, drawn.box.right) == pytest.approx((alone.box.left, alone.box.right), abs=1)
        assert drawn.box.top < right[1] < drawn.box.top + 40
