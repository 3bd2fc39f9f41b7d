"""Who may sign a letter, whom the draft names, and what the paper of each shows."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Final

import pytest
from pypdf import PdfReader

from jejak.cases.people.signers import expected_signer, signer_words, signing_posts, signs_by_pen
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.procedure.office.officials import Official
from jejak.web.tasks.form import forms
from letters import domain
from letters.printing.compose import letter_data
from letters.printing.letter import LetterData
from letters.printing.pdf import render_letter
from tests.procedure import Scenario, office, person, sheet, submitted

STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Membuat surat, diparaf"
tugas = [{ tugas = "draft_letter", pelaksana = ["staf"] }, { tugas = "paraf", pelaksana = ["sekretaris"] }]

[[langkah]]
no = 2
kegiatan = "Menandatangani"
tugas = ["sign"]
pelaksana = ["penanda"]

[[langkah]]
no = 3
kegiatan = "Menyerahkan"
tugas = ["hand_over"]
pelaksana = ["staf"]
"""
DESA: Final = "13.99.05.2001"
SIGNERS: Final = f"""
[[pejabat]]
kode = "bupati-1"
nama = "Rekaan Bupati, S.E."
jabatan = "bupati"
dari = 2021-02-26

[[pejabat]]
kode = "sekda-1"
nama = "Rekaan Sekda, M.Si."
nip = "196601011990031001"
pangkat = "Pembina Utama (IV/e)"
jabatan = "sekda"
dari = 2021-02-26

[[pejabat]]
kode = "camat-1"
nama = "Rekaan Camat, S.STP."
nip = "197901011998031001"
pangkat = "Pembina (IV/a)"
jabatan = "camat"
wilayah = "13.99.05"
dari = 2021-02-26

[[pejabat]]
kode = "kades-1"
nama = "Rekaan Kades"
jabatan = "kades"
wilayah = "{DESA}"
dari = 2021-02-26

[[pejabat]]
kode = "kades-2"
nama = "Rekaan Kades Lain"
jabatan = "kades"
wilayah = "13.99.05.2002"
dari = 2021-02-26

[[penanda_tangan]]
jabatan = "bupati"
kop = ["BUPATI CONTOH"]
alamat = "Jalan Pemuda Nomor 1"
tanpa_nip = true
tanda_tangan = "basah"

[[penanda_tangan]]
jabatan = "sekda"
kop = ["PEMERINTAH KABUPATEN CONTOH", "SEKRETARIAT DAERAH"]
alamat = "Jalan Pemuda Nomor 2"
tanpa_nip = true

[[penanda_tangan]]
jabatan = "camat"
kop = ["PEMERINTAH KABUPATEN CONTOH", "KECAMATAN PESISIR"]
tempat = "Pasar Baru"

[[penanda_tangan]]
jabatan = "kades"
wilayah = "{DESA}"
nama = "Kepala Desa Suka Maju"
kop = ["PEMERINTAH KABUPATEN CONTOH", "KECAMATAN PESISIR", "DESA SUKA MAJU"]
alamat = "Jalan Desa Nomor 3"
tempat = "Suka Maju"
tanpa_nip = true

[[penanda_tangan]]
jabatan = "kades"
wilayah = "13.99.05.2002"
kop = ["PEMERINTAH KABUPATEN CONTOH", "KECAMATAN PESISIR", "DESA LAIN"]
tanpa_nip = true

[jabatan]
kadis = "Kepala Dinas Sosial"
sekretaris = "Sekretaris"
bupati = "BUPATI CONTOH"
sekda = "Sekretaris Daerah"
camat = "Camat Pesisir"
kades = "Kepala Desa"
"""


def signed_by(*posts: str, pihak: str = "dinas") -> Sop:
    named = ", ".join(f'"{post}"' for post in posts)
    return sheet(STEPS, performers=f'{{kode = "penanda", nama = "Penanda", pihak = "{pihak}", jabatan = [{named}]}},\n')


def kantor(more: str = "") -> Kantor:
    text = office().text.decode().replace('"elektronik"', '"elektronik"\npencatat_tanda_tangan = "staf"', 1)
    return load_kantor((text + SIGNERS + more).encode())


def drafted(sop: Sop, at: Kantor, *, by: str | None = None, entered: str | None = None) -> Scenario:
    """A case with a draft, for this signer where one is chosen."""
    story = submitted(sop, at)
    if entered and story.case.application:
        story = replace(
            story, case=replace(story.case, application=replace(story.case.application, entry_office=entered))
        )
    return draft(story, by)


def draft(story: Scenario, by: str | None = None) -> Scenario:
    domain.check_chosen(story.loaded, ["surat"], by)
    number = e.DraftLetter(
        letter="surat", number="460/1/DINSOS/2022", signer=domain.chosen_signer(story.loaded, "surat", by)
    )
    content = e.LetterContent(people=e.People(applicant=person()))
    return story.then(data=domain.letter_drafted(story.case, [number], content, e.Act()).data)


def posts_of(story: Scenario) -> tuple[str, ...]:
    return story.sop.pelaksana["penanda"].jabatan


def to_sign(story: Scenario) -> Official | None:
    return expected_signer(story.loaded, ["surat"], posts_of(story), story.loaded.today.date())


def page(story: Scenario, signer: Official | None = None, *, final: bool = False) -> tuple[LetterData, str]:
    """The letter of a draft, or as it is signed, and its words."""
    signer = signer or to_sign(story)
    assert signer is not None
    data = letter_data(
        story.loaded,
        "surat",
        signer,
        draft=not final,
        made=story.now,
        dated=date(2022, 7, 4),
        public_url="https://contoh",
    )
    pdf = PdfReader(BytesIO(render_letter(data)))
    return data, " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())


def test_a_head_of_region_signs_under_his_own_letterhead_without_nip_by_pen() -> None:
    story = drafted(signed_by("bupati", pihak="pemda"), kantor())
    data, words = page(story, final=True)
    assert words.startswith("BUPATI CONTOH Jalan Pemuda Nomor 1")
    assert "DINAS SOSIAL" not in words.partition("Yth.")[0].replace("460/1/DINSOS", "")
    assert "BUPATI CONTOH, Rekaan Bupati, S.E." in words
    assert "NIP" not in words
    assert (data.tanda_tangan, data.penerbit_sertifikat) == ("basah", None)
    bupati = to_sign(story)
    assert bupati is not None
    signatory = domain.signatory(story.office, bupati, date(2022, 7, 4))
    assert (signatory.name, signatory.nip, signatory.post) == ("Rekaan Bupati, S.E.", None, "BUPATI CONTOH")


def test_the_secretary_of_the_region_has_neither_nip_nor_rank_though_the_file_knows_both() -> None:
    data, words = page(drafted(signed_by("sekda"), kantor()))
    assert data.kop == ("PEMERINTAH KABUPATEN CONTOH", "SEKRETARIAT DAERAH")
    assert "Sekretaris Daerah, Rekaan Sekda, M.Si." in words
    assert "NIP" not in words
    assert "Pembina Utama" not in words


@pytest.mark.parametrize(
    ("entered", "name", "kop", "post"),
    [
        (DESA, "Rekaan Kades", "DESA SUKA MAJU", "Kepala Desa Suka Maju,"),
        ("13.99.05.2002", "Rekaan Kades Lain", "DESA LAIN", "Kepala Desa,"),
    ],
)
def test_of_the_heads_of_villages_the_one_of_the_case_signs_under_his_villages_letterhead(
    entered: str, name: str, kop: str, post: str
) -> None:
    story = drafted(signed_by("kades", pihak="kelurahan"), kantor(), entered=entered)
    data, words = page(story)
    assert (data.kop[-1], data.penandatangan.nama) == (kop, name)
    assert f"{post} {name}" in words
    assert "NIP" not in words
    other = next(row for row in story.office.pejabat if row.jabatan == "kades" and row.nama != name)
    with pytest.raises(Refused, match="hanya oleh pejabatnya"):
        domain.electronic_signer(story.loaded, "penanda", ["surat"], other.kode)


def test_a_camat_signs_with_nip_at_the_place_of_his_kecamatan() -> None:
    data, words = page(drafted(signed_by("camat", pihak="kecamatan"), kantor(), entered=DESA))
    assert data.kop[-1] == "KECAMATAN PESISIR"
    assert "Pasar Baru, 4 Juli 2022" in words
    assert "Camat Pesisir, Rekaan Camat, S.STP. Pembina (IV/a) NIP 197901011998031001" in words


ON_BEHALF: Final = """
[[pejabat]]
kode = "{kode}"
nama = "{nama}"
nip = "{nip}"
jabatan = "bupati"
sebagai = "a.n."
jabatan_sendiri = "{sendiri}"
{more}
dari = 2022-07-01
"""


@pytest.mark.parametrize(
    ("kode", "nama", "nip", "sendiri", "kop", "block"),
    [
        (
            *("sekda-1", "Rekaan Sekda, M.Si.", "196601011990031001", "Sekretaris Daerah", "SEKRETARIAT DAERAH"),
            "a.n. BUPATI CONTOH Sekretaris Daerah, Rekaan Sekda, M.Si. Keaslian",
        ),
        (
            *("kadis-1", "kadis-1", "196701011992032000", "Kepala Dinas Sosial", "DINAS SOSIAL"),
            "a.n. BUPATI CONTOH Kepala Dinas Sosial, Ditandatangani secara elektronik kadis-1 NIP 196701011992032000",
        ),
    ],
)
def test_on_behalf_of_the_bupati_one_signs_under_the_letterhead_of_ones_own_post(
    kode: str, nama: str, nip: str, sendiri: str, kop: str, block: str
) -> None:
    behalf = ON_BEHALF.format(kode=kode, nama=nama, nip=nip, sendiri=sendiri, more="")
    data, words = page(drafted(signed_by("bupati"), kantor(behalf), by=kode), final=True)
    assert data.kop[-1] == kop
    assert (
        block.partition("Keaslian")[0].strip() in words.replace("Ditandatangani secara elektronik ", "")
        or block in words
    )


def test_below_on_behalf_stands_for_him() -> None:
    """u.b.: the Asisten signs for the Sekda, who signs on behalf of the Bupati; his own post is not in the file."""
    behalf = ON_BEHALF.format(
        kode="asisten-1", nama="Rekaan Asisten", nip="197001011995031001", sendiri="Sekretaris Daerah",
        more='untuk_beliau = "Asisten Pemerintahan"',
    )  # fmt: skip
    own = (
        '\n[[pejabat]]\nkode = "asisten-1"\nnama = "Rekaan Asisten"\nnip = "197001011995031001"\n'
        'jabatan = "asisten"\ndari = 2022-01-03\n'
    )
    head = '\n[[penanda_tangan]]\njabatan = "asisten"\nkop = ["PEMERINTAH KABUPATEN CONTOH", "SEKRETARIAT DAERAH"]\n'
    data, words = page(drafted(signed_by("bupati"), kantor(behalf + own + head), by="asisten-1"))
    assert data.kop[-1] == "SEKRETARIAT DAERAH"
    assert (
        "a.n. BUPATI CONTOH Sekretaris Daerah u.b. Asisten Pemerintahan, Rekaan Asisten NIP 197001011995031001" in words
    )


@pytest.mark.parametrize("acting", ["Plt.", "Plh.", "Pj.", "Pjs."])
def test_an_acting_head_of_region_signs_as_such_without_nip(acting: str) -> None:
    row = (
        f'\n[[pejabat]]\nkode = "pj"\nnama = "Rekaan Penjabat"\nnip = "196701011992032009"\njabatan = "bupati"\n'
        f'sebagai = "{acting}"\ndari = 2022-07-01\n'
    )
    _, words = page(drafted(signed_by("bupati"), kantor(row)))
    assert f"{acting} BUPATI CONTOH, Rekaan Penjabat" in words
    assert "NIP" not in words


def test_the_drafter_chooses_of_several_signers_and_nobody_else_signs_that_draft() -> None:
    story = drafted(signed_by("kadis", "sekretaris"), kantor(), by="sekretaris-1")
    assert story.waits == ["sign penanda"]
    assert signer_words(story.loaded, "surat") == "sekretaris-1, Sekretaris"
    assert page(story)[0].penandatangan.nama == "sekretaris-1"
    assert domain.electronic_signer(story.loaded, "penanda", ["surat"], "sekretaris-1").kode == "sekretaris-1"
    with pytest.raises(Refused, match="disusun untuk ditandatangani sekretaris-1") as no:
        domain.electronic_signer(story.loaded, "penanda", ["surat"], "kadis-1")
    assert no.value.code == "konsep_lain"
    with pytest.raises(Refused, match="disusun untuk"):
        domain.pen_signer(story.loaded, posts_of(story), ["surat"], "kadis-1", date(2022, 7, 4))
    anew = draft(story.then("perbaiki"), "kadis-1")
    assert anew.waits == ["paraf sekretaris"]
    assert domain.electronic_signer(anew.loaded, "penanda", ["surat"], "kadis-1").kode == "kadis-1"


def test_a_new_draft_keeps_the_signer_that_was_chosen() -> None:
    story = draft(drafted(signed_by("kadis", "sekretaris"), kantor(), by="sekretaris-1").then("perbaiki"))
    assert story.case.letters["surat"].signer == e.ChosenSigner(code="sekretaris-1", post="sekretaris")


def test_who_may_not_sign_is_not_chosen() -> None:
    with pytest.raises(Malformed, match="Yang berwenang menandatangani surat ini hari ini: kadis-1"):
        drafted(signed_by("kadis"), kantor(), by="kabid-1")


def test_the_paraf_of_the_one_whom_the_draft_names_is_skipped() -> None:
    assert "ParafSkipped" in drafted(signed_by("kadis", "sekretaris"), kantor(), by="sekretaris-1").types
    assert "ParafSkipped" not in drafted(signed_by("kadis", "sekretaris"), kantor(), by="kadis-1").types


def test_who_follows_in_the_post_takes_over_and_the_paper_names_him() -> None:
    """Kadis leaves between draft and signature, and a Plt. comes: he signs, and what he sees names him."""
    story = drafted(signed_by("kadis"), kantor()).then()
    acting = (
        '\n[[pejabat]]\nkode = "kabid-1"\nnama = "kabid-1"\nnip = "196701011992032002"\njabatan = "kadis"\n'
        'sebagai = "Plt."\ndari = 2022-07-02\n'
    )
    both = kantor(acting)
    gone = [row for row in both.pejabat if (row.kode, row.jabatan) != ("kadis-1", "kadis")]
    after = replace(story, office=both.model_copy(update={"pejabat": tuple(gone)}))
    assert domain.electronic_signer(after.loaded, "penanda", ["surat"], "kabid-1").sebagai == "Plt."
    assert "Plt. Kepala Dinas Sosial, kabid-1" in page(after)[1]
    while_both = replace(story, office=both)
    with pytest.raises(Refused, match="disusun untuk ditandatangani kadis-1"):
        domain.electronic_signer(while_both.loaded, "penanda", ["surat"], "kabid-1")


def test_a_paraf_that_was_skipped_for_an_acting_signer_is_given_when_the_head_is_back() -> None:
    acting = (
        '\n[[pejabat]]\nkode = "sekretaris-1"\nnama = "sekretaris-1"\nnip = "196701011992032001"\njabatan = "kadis"\n'
        'sebagai = "Plh."\ndari = 2022-07-01\nsampai = 2022-07-08\n'
    )
    story = drafted(signed_by("kadis"), kantor(acting))
    assert story.types[-1] == "ParafSkipped"
    assert domain.electronic_signer(story.loaded, "penanda", ["surat"], "sekretaris-1").sebagai == "Plh."
    back = story.later(days=14)
    with pytest.raises(Refused, match="Sebuah paraf dilewati karena pemarafnya yang akan menandatangani"):
        domain.electronic_signer(back.loaded, "penanda", ["surat"], "kadis-1")
    anew = draft(back.then("perbaiki"))
    assert anew.waits == ["paraf sekretaris"]
    assert domain.electronic_signer(anew.then().loaded, "penanda", ["surat"], "kadis-1").kode == "kadis-1"


def test_a_draft_of_before_names_nobody_and_any_signer_signs_it() -> None:
    story = submitted(signed_by("kadis", "sekretaris"), kantor()).then().then()
    assert story.case.letters["surat"].signer is None
    for code in ("kadis-1", "sekretaris-1"):
        assert domain.electronic_signer(story.loaded, "penanda", ["surat"], code).kode == code


def test_the_form_of_a_draft_asks_for_the_signer_where_there_is_a_choice() -> None:
    def asked(sop: Sop) -> list[object]:
        story = submitted(sop, kantor())
        [form] = forms(story.loaded, story.due[0], recording=False)
        fields = [field for group in form.groups for field in group.fields]
        return [field.choices for field in fields if field.name == "penanda_tangan"]

    assert asked(signed_by("kadis")) == []
    assert asked(signed_by("kadis", "sekretaris")) == [
        (("kadis-1", "kadis-1, Kepala Dinas Sosial"), ("sekretaris-1", "sekretaris-1, Sekretaris"))
    ]


def test_each_signs_in_his_own_way_at_an_office_of_both() -> None:
    """The Kadis signs electronically and is asked for a passphrase, the Bupati by pen: his staff brings the scan."""
    for post, pen in (("kadis", False), ("bupati", True)):
        story = drafted(signed_by(post), kantor()).then()
        assert signs_by_pen(story.loaded, story.due[0]) == pen
        form = forms(story.loaded, story.due[0], recording=pen, asks=frozenset({"passphrase"}))[0]
        names = {field.name for group in form.groups for field in group.fields}
        assert ("passphrase" in names, "scan" in names) == (not pen, pen)
    assert story.case.id == uuid.UUID(int=1)
    assert signing_posts(story.loaded, "surat") == ("bupati",)
