"""A sheet is walked as the engine runs it, before the first case."""

from __future__ import annotations

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.walk import Walk, WalkError, walk
from tests.unit.sop.sheets import PESISIR_SELATAN, SMALL, damaged

ROUTED = SMALL.replace(
    "\n[[surat]]",
    """
[[jalur]]
kode = "reguler"
nama = "Reguler"

[[jalur]]
kode = "darurat"
nama = "Darurat"

[[pertanyaan]]
kode = "gawat"
teks = "Apakah perlu segera?"

[[surat]]""",
    1,
).replace(
    'tugas = ["check_documents"]',
    """tugas = [
  "check_documents",
  "choose_route",
  { tugas = "enter_data", untuk = ["darurat"] },
  { tugas = "record", untuk = ["gawat"] },
]""",
)
FOLLOW_UPS = """
[[tindak_lanjut]]
kode = "tolakan"
sesudah = "tolak"
tugas = ["draft_letter", { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "arsip"
sesudah = "tolakan"
tugas = ["archive"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "dampingan"
sesudah = "langkah 2"
tugas = ["record"]
pelaksana = ["staf"]
"""


def verbs(walked: Walk, slot: str = "main") -> list[str]:
    (line,) = [path for path in walked.slots if path.slot == slot]
    return [visit.tugas for visit in line.visits]


def test_the_good_path_ends_and_opens_what_follows() -> None:
    walked = walk(load_sop(PESISIR_SELATAN.read_bytes()))
    assert [(path.slot, path.sesudah, path.ending) for path in walked.slots] == [
        ("main", None, "selesai"),
        ("aktif", "selesai", "selesai"),
    ]
    assert verbs(walked) == [
        "submit", "check_documents", "check_registry", "check_membership", "check_rules",
        "draft_letter", "paraf", "sign", "hand_over", "archive",
    ]  # fmt: skip


def test_every_visit_says_who_does_it_who_records_it_and_its_standard() -> None:
    main, aktif = walk(load_sop(PESISIR_SELATAN.read_bytes())).slots
    paraf = next(visit for visit in main.visits if visit.tugas == "paraf")
    assert (paraf.oleh, paraf.jabatan, paraf.pencatat) == ("Sekretaris /Kabid", ("sekretaris", "kabid"), None)
    assert (paraf.waktu, paraf.service) == ("3 Menit", "approval")
    deliver = aktif.visits[0]
    assert (deliver.oleh, deliver.jabatan, deliver.pencatat, deliver.waktu) == ("Pemohon", (), "staf", None)


def test_every_outcome_says_where_it_leads() -> None:
    main, aktif = walk(load_sop(PESISIR_SELATAN.read_bytes())).slots
    sign = next(visit for visit in main.visits if visit.tugas == "sign")
    assert sign.tujuan == {
        "ditandatangani": "lanjut → 6: hand_over",
        "perbaiki": "konsep → 3: draft_letter",
        "tolak": "tolak",
    }
    reply = aktif.visits[1]
    assert reply.tujuan["perbaiki"] == "pemohon → aktif: deliver"


SENT = """
[[pelaksana]]
kode = "rs"
nama = "RSUD Contoh"
pihak = "faskes"
pencatat = "staf"

[[kumpulan]]
kode = "usulan"
setiap = "bulan"
sampai_tanggal = 10
"""
SENDING = """
[[langkah]]
no = 4
kegiatan = "Mengirim daftar"
tugas = ["deliver"]
kumpulan = "usulan"
kepada = "rs"
dari_tanggal = 3
pelaksana = ["staf"]
"""


def test_a_visit_says_which_letters_to_whom_in_which_batch_on_which_days() -> None:
    main, *_ = walk(load_sop(damaged("\n[[surat]]", f"{SENT}\n[[surat]]", SMALL + SENDING))).slots
    drafted, sent = main.visits[2], main.visits[-1]
    assert (drafted.tugas, drafted.surat, drafted.kepada) == ("draft_letter", ("rekomendasi",), None)
    assert (sent.kepada, sent.surat) == ("RSUD Contoh", ())
    assert (sent.kumpulan, sent.tanggal) == ("usulan (setiap bulan, sampai tanggal 10)", "tanggal 3 sampai 31")


def test_the_next_turn_at_the_same_task_is_named() -> None:
    main, *_ = walk(load_sop(damaged('pelaksana = ["kadis"]', 'pelaksana = ["staf", "kadis"]'))).slots
    first, second = main.visits[-2:]
    assert first.tujuan["ditandatangani"] == "lanjut → 3: sign, giliran Kadis"
    assert second.tujuan["ditandatangani"] == "selesai"


def test_a_correction_goes_back_to_the_draft_and_every_paraf_is_given_again() -> None:
    walked = walk(load_sop(PESISIR_SELATAN.read_bytes()), outcomes={"sign": "perbaiki"})
    assert verbs(walked)[5:] == [
        "draft_letter",
        "paraf",
        "sign",
        "draft_letter",
        "paraf",
        "sign",
        "hand_over",
        "archive",
    ]


def test_missing_documents_wait_for_the_applicant_then_are_checked_again() -> None:
    walked = walk(load_sop(PESISIR_SELATAN.read_bytes()), outcomes={"check_documents": "kurang"})
    assert verbs(walked)[:5] == ["submit", "check_documents", "complete", "check_documents", "check_registry"]


def test_a_refusal_ends_the_line_and_drafts_nothing() -> None:
    walked = walk(load_sop(PESISIR_SELATAN.read_bytes()), outcomes={"check_rules": "tidak_memenuhi"})
    assert walked.slots[0].ending == "tolak"
    assert "draft_letter" not in verbs(walked)
    assert len(walked.slots) == 1


def test_a_route_takes_its_own_tasks_and_skips_the_others() -> None:
    sop = load_sop(ROUTED.encode())
    assert "enter_data" in verbs(walk(sop, "darurat"))
    regular = walk(sop, "reguler")
    assert "enter_data" not in verbs(regular)
    assert regular.slots[0].skipped == ("1: enter_data", "1: record")


def test_an_answer_makes_its_name_hold() -> None:
    sop = load_sop(ROUTED.encode())
    assert "record" in verbs(walk(sop, "reguler", {"gawat": "ya"}))
    assert "record" not in verbs(walk(sop, "reguler", {"gawat": "tidak"}))


def test_follow_ups_open_after_their_ending_their_step_and_each_other() -> None:
    sop = load_sop((SMALL + FOLLOW_UPS).encode())
    assert [path.slot for path in walk(sop).slots] == ["main", "dampingan"]
    refused = walk(sop, outcomes={"sign": "tolak"})
    assert [path.slot for path in refused.slots] == ["main", "tolakan", "arsip", "dampingan"]


def test_in_a_follow_up_the_refusal_of_a_signature_asks_for_a_new_draft() -> None:
    sop = load_sop((SMALL + FOLLOW_UPS).encode())
    assert sop.main[-1].targets["tolak"].kind == "tolak"
    assert sop.follow_ups["tolakan"].step.tasks[-1].targets["tolak"].kind == "konsep"


def test_a_line_that_goes_in_circles_says_so_instead_of_walking_for_ever() -> None:
    sheet = SMALL.replace("no = 3", 'no = 3\nbila = { ditandatangani = "langkah 1" }')
    assert walk(load_sop(sheet.encode())).slots[0].ending == "berputar"


def test_each_of_several_performers_has_a_turn() -> None:
    sheet = SMALL.replace('pelaksana = ["kadis"]', 'pelaksana = ["staf", "kadis"]')
    last = walk(load_sop(sheet.encode())).slots[0].visits[-2:]
    assert [(visit.tugas, visit.oleh) for visit in last] == [("sign", "Staf"), ("sign", "Kadis")]


@pytest.mark.parametrize(
    ("route", "answers", "outcomes", "line"),
    [
        ("darurt", {}, {}, 'jalur "darurt" tidak ada di lembar ini — mungkin "darurat"?'),
        (None, {"gwat": "ya"}, {}, 'pertanyaan "gwat" tidak ada di lembar ini — mungkin "gawat"?'),
        (None, {"gawat": "y"}, {}, 'jawaban "y" tidak dikenal untuk gawat — mungkin "ya"?'),
        (None, {}, {"sing": "tolak"}, 'tugas "sing" tidak ada di lembar ini — mungkin "sign"?'),
        (None, {}, {"sign": "tolk"}, 'hasil "tolk" tidak ada pada sign — mungkin "tolak"?'),
    ],
)
def test_what_the_sheet_does_not_know_is_refused_with_what_it_knows(
    route: str | None, answers: dict[str, str], outcomes: dict[str, str], line: str
) -> None:
    with pytest.raises(WalkError) as refused:
        walk(load_sop(ROUTED.encode()), route, answers, outcomes)
    assert str(refused.value) == line
