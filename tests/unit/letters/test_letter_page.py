"""The words of a letter on paper, read back from the PDF."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
import typst
from pydantic import ValidationError
from pypdf import PdfReader
from pypdf.generic import StreamObject

from letters.printing.letter import LetterData, Penandatangan, Peserta
from letters.printing.pdf import TEMPLATES, LetterNotRendered, check_template, render, render_letter
from tests.unit.letters.letter_samples import KADIS, SITI, letter


def text_of(pdf: bytes) -> str:
    """The words of all pages, with single spaces, so that line breaks do not matter."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def printed(data: LetterData) -> str:
    return text_of(render_letter(data))


def test_a_recommendation_names_number_addressee_participant_applicant_facility_and_signer() -> None:
    page = printed(letter())

    for words in (
        "PEMERINTAH KABUPATEN CONTOH",
        "DINAS SOSIAL",
        "460/001/DINSOS/2022",
        "Painan, 3 Januari 2022",
        "Kepala BPJS Kesehatan Cabang Padang",
        "Siti Contoh",
        "1301014101800001",
        "1301010101100001",
        "0001234567890",
        "Jorong Contoh Nomor 12, Nagari Painan",
        "1 Agustus 2021",
        "Budi Contoh (anak), NIK 1301010101050002",
        "RSUD Contoh, Nomor 445/12/RSUD/2021 tanggal 28 Desember 2021",
        "Terdaftar dalam DTKS",
        "Kepala Dinas Sosial,",
        "Dra. Contoh Pejabat, M.Si.",
        "NIP 196801011990032001",
        "Bupati Contoh",
        "https://jejak.example/periksa/CTH-7K3M",
    ):
        assert words in page


def test_what_is_not_known_leaves_no_empty_row() -> None:
    bare = Peserta(nama="Siti Contoh", nik="1301014101800001")

    page = printed(letter(peserta=(bare,), pemohon=None, keperluan=None, surat_faskes=None, dasar=(), tembusan=()))

    for label in ("Kartu Keluarga", "JKN-KIS", "lahir", "Alamat", "Nonaktif", "Desil", "Diajukan", "Keperluan",
                  "fasilitas kesehatan", "Dasar", "Tembusan"):  # fmt: skip
        assert label not in page
    assert "None" not in page
    assert "none" not in page


def test_several_participants_are_a_table_without_empty_columns() -> None:
    two = (SITI, Peserta(nama="Adik Contoh", nik="1301014101900002", nomor_kartu="0001234567891"))

    page = printed(letter(peserta=tuple(p.model_copy(update={"desil": None}) for p in two)))

    assert "No. Nama NIK No. KK No. kartu JKN-KIS" in page
    assert "2 Adik Contoh 1301014101900002 – 0001234567891" in page
    assert "Desil" not in page


def test_a_long_list_goes_on_overleaf_with_its_heading_and_the_page_number() -> None:
    many = tuple(SITI.model_copy(update={"nik": f"{1301014101800001 + n}"}) for n in range(120))

    pdf = render_letter(letter(peserta=many))

    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) > 2
    assert all(page.startswith(f"– {n} –") and "No. Nama NIK" in page for n, page in enumerate(pages[1:-1], start=2))
    assert "Dra. Contoh Pejabat" in pages[-1]


@pytest.mark.parametrize("peserta", [1, 2])
def test_a_word_longer_than_its_column_runs_on_below_and_not_off_the_paper(peserta: int) -> None:
    endless = SITI.model_copy(update={"nama": "W" * 90, "alamat": "m" * 200})

    reader = PdfReader(BytesIO(render_letter(letter(peserta=(endless,) * peserta))))

    ends: list[float] = []
    reader.pages[0].extract_text(
        visitor_text=lambda text, _, matrix, __, size: ends.append(matrix[4] + size * 0.9 * text.strip().count("W"))
    )
    assert max(ends) < 595


def test_a_refusal_gives_every_reason_and_recommends_nothing() -> None:
    reasons = ("Tidak terdaftar dalam PBDT maupun DTKS (langkah 2).", "Nonaktif lebih dari 6 bulan (langkah 2).")

    page = printed(letter(jenis="penolakan", hal="Pemberitahuan", alasan_penolakan=reasons, dasar=()))

    assert "belum dapat kami kabulkan" in page
    assert all(reason in page for reason in reasons)
    assert "diaktifkan kembali" not in page


@pytest.mark.parametrize(("peserta", "whose"), [((SITI,), "yang bersangkutan"), ((SITI, SITI), "nama-nama tersebut")])
def test_a_letter_to_end_a_membership_asks_for_that_and_nothing_else(peserta: tuple[Peserta, ...], whose: str) -> None:
    page = printed(letter(jenis="penonaktifan", hal="Usulan", keperluan="Pindah ke luar kabupaten.", peserta=peserta))

    assert "permohonan penonaktifan kepesertaan Penerima Bantuan Iuran" in page
    assert f"kepesertaan PBI-JK {whose}" in page
    assert "Alasan : Pindah ke luar kabupaten." in page
    assert "Keperluan" not in page
    assert "aktivasi" not in page
    assert "diaktifkan" not in page


def test_the_drafters_wording_stands_in_place_of_the_templates() -> None:
    page = printed(letter(pembuka=("Pembuka dari konseptor:",), penutup=("Penutup satu.", "Penutup dua.")))

    assert "Pembuka dari konseptor:" in page
    assert "Penutup satu. Penutup dua." in page
    assert "Demikian disampaikan" not in page


@pytest.mark.parametrize(
    ("signer", "block"),
    [
        (KADIS.model_copy(update={"sebagai": "Plt."}), "Plt. Kepala Dinas Sosial,"),
        (KADIS.model_copy(update={"sebagai": "Plh."}), "Plh. Kepala Dinas Sosial,"),
        (
            KADIS.model_copy(update={"sebagai": "a.n.", "jabatan_sendiri": "Sekretaris"}),
            "a.n. Kepala Dinas Sosial Sekretaris,",
        ),
        (
            KADIS.model_copy(update={"sebagai": "a.n.", "jabatan_sendiri": "Sekretaris", "untuk_beliau": "Kabid"}),
            "a.n. Kepala Dinas Sosial Sekretaris u.b. Kabid,",
        ),
    ],
)
def test_a_signer_in_anothers_stead_says_how(signer: Penandatangan, block: str) -> None:
    assert block in printed(letter(penandatangan=signer))


def test_a_draft_says_konsep_and_may_lack_number_and_date() -> None:
    page = printed(letter(konsep=True, nomor=None, tanggal=None))

    assert "KONSEP" in page
    assert "Nomor : ......" in page
    assert "Painan, ......" in page
    assert "Ditandatangani secara elektronik" not in page


def test_a_letter_that_is_no_draft_says_konsep_nowhere() -> None:
    assert "KONSEP" not in printed(letter()).upper().replace("KONSEPTOR", "")


def test_a_letter_for_the_pen_leaves_room_and_claims_no_electronic_signature() -> None:
    pen = render(letter(tanda_tangan="basah"))

    assert "elektronik" not in text_of(pen.pdf)
    assert "dapat diperiksa di https://jejak.example" in text_of(pen.pdf)
    assert pen.box is None


def test_only_the_issuer_that_is_named_stands_in_the_footer() -> None:
    assert "diterbitkan oleh Jejak PENGEMBANGAN, bukan BSrE" in printed(letter())
    assert "diterbitkan" not in printed(letter(penerbit_sertifikat=None))


@pytest.mark.parametrize(
    "name",
    ['#read("/etc/passwd")', "*tebal* _miring_", "$x$ @label <label>", "`kode` // catatan", "= Judul \\ #v(1cm)"],
)
def test_markup_in_a_name_is_printed_letter_for_letter(name: str) -> None:
    page = printed(letter(peserta=(SITI.model_copy(update={"nama": name}),), keperluan=name, hal=name))

    assert page.count(name) == 3
    assert "root:" not in page


def test_pasted_text_loses_line_breaks_and_marks_without_a_shape() -> None:
    pasted = Peserta(nama="  Siti\u200b\n Con\u00adtoh\t", nik="1301014101800001")

    assert pasted.nama == "Siti Contoh"


def test_a_character_no_font_has_is_refused_without_repeating_the_text() -> None:
    with pytest.raises(LetterNotRendered, match="huruf Latin") as refused:
        render_letter(letter(keperluan="Rahasia \U0001f600"))

    assert "Rahasia" not in str(refused.value)


def test_equal_letters_are_equal_bytes_in_any_zone_of_the_instant() -> None:
    same_instant = datetime(2022, 1, 3, 9, 0, tzinfo=timezone(timedelta(hours=7)))

    assert render_letter(letter()) == render_letter(letter(dibuat=same_instant))
    assert render_letter(letter()) != render_letter(letter(nomor="460/002/DINSOS/2022"))


def test_the_files_dates_are_the_governed_instant() -> None:
    about = PdfReader(BytesIO(render_letter(letter()))).metadata

    assert about is not None
    assert about.creation_date == about.modification_date == datetime(2022, 1, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("changed", [{}, {"konsep": True}, {"tanda_tangan": "basah"}, {"peserta": (SITI, SITI)}])
def test_the_page_is_shaped_as_pdf_a_2b_asks(changed: dict[str, object]) -> None:
    reader = PdfReader(BytesIO(render_letter(letter(**changed))))

    root: Any = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert isinstance(root["/OutputIntents"][0]["/DestOutputProfile"].get_object(), StreamObject)
    assert root["/Lang"].startswith("id")
    assert "/ID" in reader.trailer
    assert "/Encrypt" not in reader.trailer
    assert all(name.startswith("/") and re.match(r"/[A-Z]{6}\+", name) for name in embedded_fonts(reader))


def embedded_fonts(reader: PdfReader) -> list[str]:
    """Names of the fonts, each with its embedded program."""
    pages: list[Any] = list(reader.pages)
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    inner = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert all({"/FontFile3", "/FontFile2"} & set(font["/FontDescriptor"].get_object()) for font in inner)
    return [str(font["/BaseFont"]) for font in inner]


def test_the_room_for_the_signature_is_on_the_page_above_the_signers_name() -> None:
    rendered = render(letter())

    assert rendered.box is not None
    assert rendered.box.page == 0
    assert 0 < rendered.box.left < rendered.box.right < 595
    assert 0 < rendered.box.bottom < rendered.box.top < 842


def test_an_office_changes_its_letter_by_a_template_built_from_the_same_parts() -> None:
    own = b'#import "bagian.typ": *\n#show: halaman\n#kop()\nSurat khas #surat.nomor\n#isi()'

    page = text_of(render_letter(letter(), own))

    assert "Surat khas 460/001/DINSOS/2022" in page
    assert "Siti Contoh" in page


def test_an_offices_own_template_still_marks_a_draft() -> None:
    own = b'#import "bagian.typ": *\n#show: halaman\nSurat khas'

    assert "KONSEP" in text_of(render_letter(letter(konsep=True), own))


@pytest.mark.parametrize(
    "template",
    [b'#read("/etc/passwd")', b'#read("../pdf.py")', b'#import "@preview/cetz:0.3.0"', b"#surat.nomor", b"\xff\xfe"],
)
def test_a_template_reads_nothing_but_the_templates(template: bytes) -> None:
    with pytest.raises(LetterNotRendered, match="Templat"):
        render_letter(letter(), template)


def test_a_templates_mistake_is_explained_to_its_author() -> None:
    with pytest.raises(typst.TypstError) as mistake:
        check_template(b'#import "bagian.typ": *\n#surat.nomer', letter())

    assert "nomer" in mistake.value.message


def test_the_folder_of_templates_holds_templates_only() -> None:
    assert {path.suffix for path in TEMPLATES.iterdir()} == {".typ"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"nomor": None},
        {"tanggal": None},
        {"jenis": "penolakan"},
        {"jenis": "penonaktifan", "alasan_penolakan": ("Tidak terdaftar",)},
        {"alasan_penolakan": ("alasan",)},
        {"peserta": ()},
        {"hal": " \n "},
        {"alamat_periksa": "javascript:alert(1)"},
        {"rahasia": "x"},
        {"tanggal": date(2022, 1, 3), "dibuat": datetime(2022, 1, 3)},  # noqa: DTZ001 - the naive instant is the fault
    ],
)
def test_a_letter_that_is_not_whole_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        letter(**wrong)


def test_a_refused_letter_does_not_repeat_the_nik_it_was_given() -> None:
    with pytest.raises(ValidationError) as refused:
        Peserta(nama="Siti Contoh", nik="1301014101800001X")

    assert "13010141" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [{"sebagai": "a.n."}, {"jabatan_sendiri": "Sekretaris"}, {"sebagai": "Plt.", "untuk_beliau": "Kabid"}],
)
def test_a_deputys_block_names_both_posts_or_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Penandatangan(jabatan="Kepala Dinas Sosial", nama="Contoh", **wrong)  # type: ignore[arg-type]


def test_the_payer_of_the_contribution_is_printed_where_it_is_known() -> None:
    page = printed(letter(peserta=(SITI.model_copy(update={"pendanaan": "APBD kota"}),)))
    assert "Iuran dibiayai : APBD kota" in page
    assert "Iuran dibiayai" not in printed(letter())
