"""A letter is what the sheet says it is: kind, name, subject, words, addressee; several in one case; one for many."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from jejak.cases.event_descriptions import describe_event
from jejak.cases.people.letter_names import letter_name, numbered
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from letters import domain
from letters.listed import listed_people
from letters.printing.compose import letter_data, signature_name
from letters.printing.letter import LetterData
from letters.printing.pdf import render_letter
from letters.printing.wording import in_number
from tests.procedure import Scenario, office, person, sheet, submitted

ONE = """
[[langkah]]
no = 1
kegiatan = "Menyusun, menandatangani, menyerahkan"
tugas = [{ tugas = "draft_letter", surat = "SURAT" }, { tugas = "sign", pelaksana = ["kadis"] }, "hand_over"]
pelaksana = ["staf"]
"""
PAPERS = 'persyaratan = [{kode = "SKTM", nama = "Surat Keterangan Tidak Mampu dari Nagari"}]\n'
LAW = 'dasar_hukum = ["Undang-Undang Nomor 13 Tahun 2011"]\n'


def drafted(story: Scenario, *names: str, refuses: bool = False, **changes: Any) -> e.LetterDrafted:
    """The draft as the service writes it."""
    return e.LetterDrafted(
        draft=story.case.draft.count + 1 if story.case.draft else 1,
        letters=tuple(e.DraftLetter(letter=name, number=f"{name}/1") for name in names),
        content=domain.content(story.loaded, changes, refuses=refuses, letters=names),
    )


def signed(story: Scenario, *names: str) -> e.LetterSigned:
    letters = [
        {"letter": name, "number": f"{name}/1", "sha256": "0" * 64, "media_type": "application/pdf"} for name in names
    ]
    draft = story.case.draft_of(names)
    return e.LetterSigned.model_validate(
        {
            "draft": draft.count if draft else 0,
            "letters": letters,
            "method": "elektronik",
            "signed_on": story.now.date(),
            "signatory": {"name": "Kadis", "nip": "196701011992032001", "post": "Kepala Dinas"},
        }
    )


def printed(story: Scenario, name: str, *, draft: bool = False) -> LetterData:
    [signer] = (who for who in office().officials_at(story.now.date()) if who.jabatan == "kadis")
    day = story.now.date()
    return letter_data(
        story.loaded, name, signer, draft=draft, made=story.now, dated=day, public_url="https://jejak.example"
    )


def words_of(data: LetterData) -> str:
    reader = PdfReader(BytesIO(render_letter(data)))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def made(letter: str, head: str = PAPERS + LAW, **changes: Any) -> tuple[Scenario, LetterData]:
    """A sheet's letter, drafted for a case, as it is printed."""
    sop = sheet(ONE.replace("SURAT", "satu"), head, letters=f'{{kode = "satu", {letter}}}, ')
    story = submitted(sop)
    story = story.then(data=drafted(story, "satu", **changes))
    return story, printed(story, "satu")


def test_a_certificate_stands_under_its_own_name_and_goes_to_nobody() -> None:
    story, data = made(
        'jenis = "keterangan", nama = "Surat Keterangan Tidak Mampu", isi = "adalah benar warga yang tidak mampu."'
    )
    page = words_of(data)
    assert (data.judul, data.kepada) == ("Surat Keterangan Tidak Mampu", ())
    assert "SURAT KETERANGAN TIDAK MAMPU Nomor: satu/1" in page
    assert "menerangkan bahwa: Nama : Contoh Warga" in page
    assert "adalah benar warga yang tidak mampu." in page
    assert "Yth." not in page
    assert "PBI" not in page
    assert letter_name(story.sop, story.case, "satu") == "Surat Keterangan Tidak Mampu"


def test_a_cover_letter_goes_to_whom_the_sheet_says_with_its_subject() -> None:
    _, data = made(
        'jenis = "pengantar", hal = "Usulan pengaktifan", kepada = ["Kepala Pusdatin", "Kementerian Sosial"], '
        'di = "Jakarta", lampiran = "1 (satu) berkas"'
    )
    page = words_of(data)
    for text in ("Yth. Kepala Pusdatin Kementerian Sosial di Jakarta", "Hal : Usulan pengaktifan",
                 "Lampiran : 1 (satu) berkas", "kami sampaikan dengan hormat"):  # fmt: skip
        assert text in page, page


def test_a_decree_says_what_is_weighed_on_which_law_and_what_is_decided() -> None:
    _, data = made(
        'jenis = "keputusan", nama = "Keputusan Bupati Contoh", hal = "Penetapan Penerima Bantuan", '
        'menimbang = ["bahwa warga miskin berhak dibantu;"], '
        'memutuskan = ["Menetapkan penerima bantuan:", "Berlaku pada tanggal ditetapkan."]'
    )
    page = words_of(data)
    order = ["KEPUTUSAN BUPATI CONTOH", "NOMOR satu/1", "TENTANG", "PENETAPAN PENERIMA BANTUAN", "Menimbang",
             "Mengingat", "Undang-Undang Nomor 13 Tahun 2011", "MEMUTUSKAN:", "KESATU", "Contoh Warga", "KEDUA",
             "Ditetapkan di : Contoh"]  # fmt: skip
    places = [page.find(text) for text in order]
    assert -1 not in places, page
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("kepada", "lines"),
    [
        ('"pemohon"', ("Contoh Warga",)),
        ('"Pemohon"', ("Contoh Warga",)),
        ('["pemohon", "di Tempat"]', ("Contoh Warga", "di Tempat")),
        ('["Ketua RT", "mengetahui pemohon"]', ("Ketua RT", "mengetahui pemohon")),
    ],
)
def test_a_line_pemohon_of_the_address_is_the_applicant_by_name(kepada: str, lines: tuple[str, ...]) -> None:
    _, data = made(f'jenis = "pengantar", hal = "Usulan", kepada = {kepada}')
    assert data.kepada == lines


def test_an_endorsement_names_the_documents_that_it_endorses() -> None:
    _, data = made('jenis = "pengesahan", dokumen = ["SKTM"]')
    page = words_of(data)
    assert "LEMBAR PENGESAHAN" in page
    assert "1. Surat Keterangan Tidak Mampu dari Nagari" in page
    assert "Disahkan di : Contoh" in page


def test_a_recommendation_with_words_of_its_own_does_not_speak_of_the_pbi_membership() -> None:
    _, data = made(
        'jenis = "rekomendasi", nama = "Rekomendasi Biaya Pengobatan", kepada = "Direktur RSUD", '
        'isi = "Mohon biaya pengobatannya dibantu."'
    )
    page = words_of(data)
    assert "Hal : Rekomendasi Biaya Pengobatan" in page
    assert "Mohon biaya pengobatannya dibantu. Demikian disampaikan" in page
    assert "PBI" not in page
    assert "Iuran" not in page


def test_the_drafters_words_go_before_the_sheets() -> None:
    _, data = made(
        'jenis = "pengantar", kepada = "Camat", pembuka = "Kata lembar.", isi = "Isi lembar."',
        opening=("Kata penyusun.",),
        closing=("Penutup penyusun.",),
    )
    assert (data.pembuka, data.pokok, data.penutup) == (("Kata penyusun.",), (), ("Penutup penyusun.",))


def test_a_letter_may_go_to_the_applicant_by_name() -> None:
    _, data = made('jenis = "pengantar", kepada = "pemohon"')
    assert data.kepada == (person().name,)


def test_a_sheet_without_the_new_keys_makes_the_letter_it_made() -> None:
    story = submitted(sheet(ONE.replace("SURAT", "surat")))
    data = printed(story.then(data=drafted(story, "surat")), "surat")
    assert (data.judul, data.bawaan, data.hal) == (None, True, "Rekomendasi kepesertaan PBI Jaminan Kesehatan")
    assert (data.kepada, data.sifat, data.lampiran) == (("Kepala BPJS Kesehatan Cabang",), "Biasa", "–")
    assert "pengaktifan kembali" in words_of(data)


REFUSING = """
[[langkah]]
no = 1
kegiatan = "Memverifikasi"
tugas = ["verify_manually"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun dan menandatangani"
tugas = [{ tugas = "draft_letter", surat = "sktm" }, { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "tolakan"
sesudah = "tolak"
tugas = [{ tugas = "draft_letter", surat = "sktm" }, { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""


def test_a_refusal_prints_the_typed_reason_and_names_what_is_refused() -> None:
    sktm = '{kode = "sktm", jenis = "keterangan", nama = "Surat Keterangan Tidak Mampu"}, '
    story = submitted(sheet(REFUSING, letters=sktm))
    story = story.then("tidak_layak", data=e.VerifiedManually(note="Rumah permanen, dua kendaraan."))
    story = story.then(slot="tolakan", data=drafted(story, "sktm", refuses=True))
    data = printed(story, "sktm")
    page = words_of(data)
    assert (data.jenis, data.judul) == ("penolakan", None)
    assert "Hal : Penolakan permohonan Surat Keterangan Tidak Mampu" in page
    assert "Rumah permanen, dua kendaraan." in page
    assert "PBI" not in page
    assert letter_name(story.sop, story.case, "sktm") == "surat penolakan"
    assert describe_event(story.history[-1], story.sop) == "Konsep ke-1 disusun: surat penolakan nomor sktm/1."
    forgotten = {"sktm": replace(story.case.drafts["sktm"], content=e.FORGOTTEN)}
    assert letter_name(story.sop, replace(story.case, drafts=forgotten), "sktm") == "surat penolakan"


def test_a_letter_forgotten_after_a_refusal_that_came_later_keeps_its_own_name() -> None:
    sop = sheet(
        ONE.replace("SURAT", "satu").replace('"hand_over"', '"verify_manually"') + REFUSING.partition("[[tindak_l")[1]
        + REFUSING.partition("[[tindak_l")[2].replace("sktm", "dua"),
        letters='{kode = "satu", jenis = "rekomendasi"}, {kode = "dua", jenis = "pengantar", kepada = "pemohon"}, ',
    )  # fmt: skip
    story = submitted(sop)
    story = story.then(data=drafted(story, "satu"))
    story = story.then(data=signed(story, "satu")).then("tidak_layak", data=e.VerifiedManually(note="Pindah."))
    forgotten = {"satu": replace(story.case.drafts["satu"], content=e.FORGOTTEN)}
    assert letter_name(sop, replace(story.case, drafts=forgotten), "satu") == "surat rekomendasi"


TWO = """
[[langkah]]
no = 1
kegiatan = "Menyusun rekomendasi"
tugas = [{ tugas = "draft_letter", surat = "rekomendasi" }]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun pengantar"
tugas = [{ tugas = "draft_letter", surat = "pengantar" }]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Kabid memaraf keduanya"
tugas = ["paraf"]
pelaksana = ["kabid"]

[[langkah]]
no = 4
kegiatan = "Kadis menandatangani rekomendasi"
tugas = [{ tugas = "sign", surat = "rekomendasi" }]
pelaksana = ["kadis"]

[[langkah]]
no = 5
kegiatan = "Sekretaris menandatangani pengantar"
tugas = [{ tugas = "sign", surat = "pengantar" }]
pelaksana = ["sekretaris"]

[[langkah]]
no = 6
kegiatan = "Menyerahkan dan mengarsipkan"
tugas = ["hand_over", "archive"]
pelaksana = ["staf"]
"""
BOTH = (
    '{kode = "rekomendasi", jenis = "rekomendasi", nama = "Rekomendasi Reaktivasi", kepada = "Kepala BPJS"}, '
    '{kode = "pengantar", jenis = "pengantar", nama = "Pengantar ke Kemensos", kepada = "Kepala Pusdatin"}, '
)


def two_drafted() -> Scenario:
    story = submitted(sheet(TWO, letters=BOTH))
    story = story.then(data=drafted(story, "rekomendasi", opening=("Kata rekomendasi.",)))
    return story.then(data=drafted(story, "pengantar"))


def test_two_letters_of_one_case_have_their_own_words_addressee_and_signer() -> None:
    story = two_drafted()
    assert story.waits == ["paraf kabid"]
    assert story.due[0].task.surat == ("rekomendasi", "pengantar")
    first, second = printed(story, "rekomendasi"), printed(story, "pengantar")
    assert (first.kepada, second.kepada) == (("Kepala BPJS",), ("Kepala Pusdatin",))
    assert (first.pembuka, second.pembuka) == (("Kata rekomendasi.",), ())
    story = story.then()
    assert (story.waits, domain.to_be_signed(story.loaded, story.due[0].task.surat)) == (
        ["sign kadis"],
        ("rekomendasi",),
    )
    story = story.then(data=signed(story, "rekomendasi"))
    assert (story.waits, domain.to_be_signed(story.loaded, story.due[0].task.surat)) == (
        ["sign sekretaris"],
        ("pengantar",),
    )
    story = story.then(data=signed(story, "pengantar"))
    assert story.due[0].task.surat == ("rekomendasi", "pengantar")
    assert [numbered(story.sop, story.case, name) for name in story.case.letters] == [
        "Rekomendasi Reaktivasi nomor rekomendasi/1",
        "Pengantar ke Kemensos nomor pengantar/1",
    ]
    assert story.then().then().case.ending is not None


def test_sent_back_by_the_paraf_both_letters_are_drafted_again_and_by_a_signer_his_own() -> None:
    story = two_drafted()
    again = story.then("perbaiki", data=e.CorrectionRequested())
    assert [due.task.surat for due in again.due] == [("rekomendasi",)]
    story = story.then().then(data=signed(story, "rekomendasi")).then("perbaiki", data=e.CorrectionRequested())
    assert [due.task.surat for due in story.due] == [("pengantar",)]
    assert story.case.letters["rekomendasi"].signed is not None


def test_a_correction_overtakes_each_draft_until_it_is_drafted_again() -> None:
    story = two_drafted()
    change = e.PeopleCorrected(
        fields=(e.CorrectedField(who="pemohon", field="name"),),
        subject="pemohon",
        before=e.People(applicant=person()),
        people=e.People(applicant=person(name="Contoh Benar")),
        draft=2,
    )
    story = story.happens(change)
    assert [domain.is_overtaken(story.case, (name,)) for name in ("rekomendasi", "pengantar")] == [True, True]
    assert story.waits == ["draft_letter staf"]
    story = story.then(data=drafted(story, "rekomendasi"))
    assert [domain.is_overtaken(story.case, (name,)) for name in ("rekomendasi", "pengantar")] == [False, True]
    with pytest.raises(Refused):
        printed(story, "pengantar")
    assert story.due[0].task.surat == ("pengantar",)


def test_each_draft_is_signed_under_a_name_of_its_own() -> None:
    story = two_drafted()
    [signer] = (who for who in office().officials_at(story.now.date()) if who.jabatan == "kadis")
    names = {signature_name(story.loaded, name, signer) for name in ("rekomendasi", "pengantar")}
    assert len(names) == 2


def test_nothing_drafted_is_nothing_to_sign() -> None:
    story = submitted(sheet(TWO, letters=BOTH))
    with pytest.raises(Refused):
        domain.to_be_signed(story.loaded, ("rekomendasi",))


TABLE = "NIK\tNama\tAlamat\n1399010101900001\tContoh Warga\tJorong Contoh\n" + "".join(
    f"13990141018000{n:02}\tAnak Contoh {n}\tPanti Contoh, Jalan 1\n" for n in range(1, 31)
)


async def test_one_letter_for_many_has_the_list_attached() -> None:
    listed = await listed_people(TABLE, person())
    assert len(listed) == 30
    _, data = made(
        'jenis = "rekomendasi", nama = "Rekomendasi Warga Panti", kepada = "Kepala BPJS", daftar_terlampir = true',
        listed=listed,
    )
    page = words_of(data)
    assert "Jumlah : 31 (tiga puluh satu) orang" in page
    assert "Lampiran : 1 (satu) berkas" in page
    assert "DAFTAR NAMA No. Nama NIK" in page
    assert "1 Contoh Warga 1399010101900001" in page
    assert "31 Anak Contoh 30 1399014101800030" in page


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Nama\nContoh\n", "daftar_tidak_terbaca"),
        ("NIK;Alamat\n1399014101800001;Jalan\n", "daftar_tidak_terbaca"),
        (TABLE + "1399014101800030\tAnak Contoh 30\tJalan\n", "daftar_ganda"),
        ("NIK;Nama\n1399014199800001;Anak\n", "daftar_salah"),
        ("NIK;Nama\n1399010101900001;Contoh Warga\n", "daftar_perlu"),
    ],
)
async def test_a_list_that_is_not_right_is_refused_by_its_row(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        await listed_people(text, person())
    assert refused.value.code == code
    assert "1399" not in str(refused.value)


@pytest.mark.parametrize(
    ("count", "words"),
    [(2, "dua"), (11, "sebelas"), (19, "sembilan belas"), (20, "dua puluh"), (31, "tiga puluh satu"),
     (100, "seratus"), (112, "seratus dua belas"), (500, "lima ratus")],
)  # fmt: skip
def test_people_are_counted_in_figures_and_words(count: int, words: str) -> None:
    assert in_number(count) == f"{count} ({words}) orang"
