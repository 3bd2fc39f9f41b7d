"""Each outside system has a vocabulary of its own; what is not in it is shown to an official as it came."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork, Undecided
from jejak.platform.office_access import UnusableError
from jejak.procedure.meanings import SHIPPED, Words, put_off, put_off_words
from jejak.procedure.office.kantor import load_kantor, parse_kantor
from tests.procedure import sheet, submitted
from tests.unit.sop.test_kantor import OFFICE
from tests.unit.verification.test_vclaim import ACCESS, AT, FOUND, answer, body, plain
from tests.unit.verification.test_words import SOURCE, STEPS, looked_in, member
from verification import domain
from verification.outside import dukcapil, vclaim
from verification.registers.lookup import LookUp, MemberEntry, RegisterAnswers, RegisterEntry, RegisterKind
from verification.registers.matching import Report, _answer
from verification.registers.memberlists import _list
from verification.registers.rows import Entry
from verification.tasks import registry_of

DIGITS: Final = '\n[kata.kepesertaan]\n"1" = "aktif"\n"0" = "nonaktif"\n'
SENT: Final = {"NIK": "1399010101900001", "NAMA_LGKP": "CONTOH WARGA"}


def words(kata: str) -> Words:
    return load_kantor((OFFICE + kata).encode()).kata


def refused_by_vclaim(data: bytes, known: Words = SHIPPED) -> UnusableError:
    with pytest.raises(UnusableError) as refused:
        vclaim.participant_result(200, data, ACCESS, AT, known)
    return refused.value


def refused_by_dukcapil(content: dict[str, Any], known: Words = SHIPPED) -> UnusableError:
    with pytest.raises(UnusableError) as refused:
        dukcapil.match_result(200, json.dumps({"content": [content]}).encode(), SENT, known)
    return refused.value


def test_digits_of_the_offices_lists_say_nothing_of_an_answer_of_bpjs() -> None:
    """VClaim's status 0 is active, also where 0 means something else in a list."""
    person = vclaim.participant(plain(statusPeserta={"kode": "0", "keterangan": None}), words(DIGITS))
    assert person.active is True
    other = vclaim.participant(plain(statusPeserta={"kode": "1", "keterangan": None}), words(DIGITS))
    assert other.active is None


def test_an_office_gives_a_status_and_a_sentence_of_vclaim_their_meaning() -> None:
    own = words('\n[kata.vclaim]\n"BEKU" = "nonaktif"\n"NIK belum punya kartu" = "tidak_ditemukan"\n')
    assert vclaim.participant(plain(statusPeserta={"kode": "7", "keterangan": "BEKU"}), own).active is False
    assert vclaim.participant_result(200, answer("201", "NIK belum punya kartu."), ACCESS, AT, own) is None
    assert refused_by_vclaim(answer("201", "NIK belum punya kartu.")).word == "NIK belum punya kartu."


def test_an_unknown_sentence_or_a_status_against_its_code_is_shown_as_it_came() -> None:
    assert refused_by_vclaim(answer("201", "Peserta dalam proses mutasi")).word == "Peserta dalam proses mutasi"
    with pytest.raises(UnusableError, match="bpjs_bertentangan") as refused:
        vclaim.participant(plain(statusPeserta={"kode": "9", "keterangan": "AKTIF"}))
    assert refused.value.word == "AKTIF (kode 9)"


@pytest.mark.parametrize(
    "data",
    [
        body(FOUND | {"metaData": {"code": "200", "message": "Peserta tidak ditemukan"}}),
        body(FOUND | {"metaData": {"code": "201", "message": "Peserta tidak ditemukan"}}),
    ],
)
def test_an_answer_with_a_participant_and_without_contradicts_itself(data: bytes) -> None:
    assert refused_by_vclaim(data).code == "bpjs_bertentangan"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({"RESPON": "Data dibekukan", "RESPONSE_CODE": "16"}, "Data dibekukan (kode 16)"),
        ({"RESPON": "Data tidak ditemukan", "RESPONSE_CODE": "16"}, "Data tidak ditemukan (kode 16)"),
        ({"RESPON": "Data tidak ditemukan", "RESPONSE_CODE": "11"}, "Data tidak ditemukan (kode 11)"),
        ({"RESPONSE_CODE": 13}, "(kode 13)"),
        ({"NIK": "Sesuai", "NAMA_LGKP": "Data Kosong"}, "NAMA_LGKP Data Kosong"),
        ({"NIK": "Sesuai", "NAMA_LGKP": "SITI CONTOH"}, "NAMA_LGKP tanpa kata yang dikenal"),
        ({"NIK": "Sesuai"}, "NAMA_LGKP tanpa kata yang dikenal"),
    ],
)
def test_what_dukcapil_says_in_unknown_words_is_shown_but_no_value_of_its_register(
    content: dict[str, Any], word: str
) -> None:
    refused = refused_by_dukcapil(content)
    assert (refused.code, refused.word) == ("dukcapil_tidak_terbaca", word)
    assert put_off_words(put_off(refused.column, word, refused.code)) is not None


def test_an_office_gives_words_of_dukcapil_their_meaning() -> None:
    own = words(
        '\n[kata.dukcapil]\n"Data dibekukan" = "nik_tidak_aktif"\n"Cocok" = "sesuai"\n"Beda" = "tidak_sesuai"\n'
    )

    def read(content: dict[str, Any]) -> dukcapil.MatchResult:
        return dukcapil.match_result(200, json.dumps({"content": [content]}).encode(), SENT, own)

    assert read({"RESPON": "Data dibekukan", "RESPONSE_CODE": "16"}).hasil == "nik_tidak_aktif"
    assert read({"NIK": "Cocok", "NAMA_LGKP": "COCOK"}).hasil == "padan"
    assert read({"NIK": "Sesuai", "NAMA_LGKP": "beda"}).differing == ("NAMA_LGKP",)
    assert refused_by_dukcapil({"RESPON": "Data dibekukan", "RESPONSE_CODE": "11"}, own).word is not None


@pytest.mark.parametrize("kode", ["13.01", "13.01-dinkes", "13.01.05"])
def test_digits_of_the_office_speak_of_its_kabupatens_list_and_say_nothing_of_its_provinces(kode: str) -> None:
    own = load_kantor((OFFICE + DIGITS).replace('kode = "13.01"', f'kode = "{kode}"').encode())
    story = replace(submitted(sheet(STEPS)), office=own)
    kabupaten, province = (replace(SOURCE, office=listed_by) for listed_by in ("13.01", "13"))
    said = member("PBI APBN", "1", source=kabupaten)
    assert looked_in({"BPJS": kabupaten}, said, story=story).hasil == "sudah"
    assert _answer_of(own.kata, kode, said) == "aktif"
    assert _list(kabupaten, kode).own
    with pytest.raises(Undecided):
        looked_in({"BPJS": province}, member("PBI APBN", "1", source=province), story=story)
    assert _answer_of(own.kata, kode, replace(said, source=province)) == "1"
    assert not _list(province, kode).own
    known = member("PBI APBN", "NONAKTIF", source=province)
    assert looked_in({"BPJS": province}, known, story=story).hasil == "boleh"


def _answer_of(words: Words, office: str, said: MemberEntry) -> str:
    """The status with which `jejak register match` answers."""
    nik = "1301014107900001"
    report = Report((said.source,), office)
    return _answer(Entry(1, nik), {nik: RegisterAnswers(members=(said,))}, report, words)[3]


def test_an_office_may_have_a_shipped_word_looked_at() -> None:
    own = words('\n[kata.segmen]\n"Jamkesda" = "periksa"\n')
    assert (SHIPPED.state_paid("JAMKESDA"), own.state_paid("JAMKESDA"), own.state_paid("PBI")) == (True, None, True)


@pytest.mark.parametrize(
    "wrong",
    [
        '[kata.vclaim]\n"Peserta tidak ditemukan" = "aktif"\n',
        '[kata.dukcapil]\n"Ganda" = "meninggal"\n',
        '[kata.jawaban]\n"Ditolak" = "diterima"\n',
        '[kata.kemiskinan]\n"TIDAK TERDAFTAR" = "terdaftar"\n',
        '[kata.desil]\n"tiga" = "11"\n',
    ],
)
def test_a_shipped_word_is_never_turned_round(wrong: str) -> None:
    assert parse_kantor((OFFICE + "\n" + wrong).encode()).mistakes


HISTORY: Final = """
[[langkah]]
no = 2
kegiatan = "Nilai"
tugas = ["check_rules"]
pelaksana = ["staf"]

[[aturan]]
nama = "Baru nonaktif"
nonaktif_paling_lama = "6 bulan"
"""


def test_a_list_without_the_date_that_alone_could_meet_a_rule_denies_nobody() -> None:
    story = submitted(sheet(STEPS + HISTORY))
    with pytest.raises(Undecided) as waits:
        looked_in({"BPJS": SOURCE}, member("PBI APBN", "NONAKTIF"), story=story)
    assert "tanggal nonaktif orang ini kosong" in (put_off_words(waits.value.shown) or "")
    dated = member("PBI APBN", "NONAKTIF", date(2022, 6, 1))
    assert looked_in({"BPJS": SOURCE}, dated, story=story).hasil == "boleh"


def test_a_finding_says_what_was_found_and_what_was_taken_for_granted() -> None:
    story = submitted(sheet(STEPS))

    def sentence(decided: Any) -> str:
        done = story.then(decided.hasil, data=decided.data)
        return describe_event(next(event for event in done.history if event.type == "MembershipChecked"), done.sop)

    assert "tidak tercantum di sana" in sentence(looked_in({"BPJS": SOURCE}))
    without_segment = looked_in({"BPJS": SOURCE}, member(None, "AKTIF"))
    assert "segmennya tidak disebut, dianggap dibayar negara, status «AKTIF»" in sentence(without_segment)
    by_date = looked_in({"BPJS": SOURCE}, member("PBI APBN", None, date(2026, 9, 1)))
    assert "nonaktif sejak 01-09-2026, tanpa kata status" in sentence(by_date)
    by_hand = domain.membership_checked(story.sop, e.Membership(active=False), e.Source(way="manual"), e.Act())
    assert sentence(by_hand) == "Kepesertaan dicek (dilihat sendiri oleh petugas): boleh diproses."


def test_a_registers_own_word_stands_with_the_listing() -> None:
    source = replace(SOURCE, register="DTKS", kind=RegisterKind.POOR)
    story = submitted(sheet(STEPS))
    rows = (RegisterEntry(source, 3, None, None, "Terdaftar DTKS YA"),)
    decided = registry_of(
        DueWork(story.loaded, story.due[0]), LookUp({"DTKS": source}, {}), RegisterAnswers(listed=rows)
    )
    assert decided is not None
    assert isinstance(decided.data, e.DtksVerified)
    [listing] = decided.data.listings
    assert (listing.listed, listing.desil, listing.status) == (True, 3, "Terdaftar DTKS YA")
