"""What names one person, paper or number is never sent for several cases at once."""

from __future__ import annotations

from typing import Any, Final

import pytest

from jejak.contracts.task_bodies import (
    Body,
    Completion,
    Corrections,
    Draft,
    MembershipRecord,
    RegistryRecord,
    Signature,
)
from jejak.contracts.tasks import TASKS
from tests.procedure import person

PERSON: Final = person().model_dump(mode="json")
SHARED: Final = {
    *("hasil", "catatan", "waktu_kejadian", "penanda_tangan", "tanggal", "passphrase", "totp"),
    *("masalah", "ditunjukkan", "keterangan", "berbeda", "aktif", "aktif_sejak", "nonaktif_sejak"),
    *(
        "segmen",
        "berapa_kali_nonaktif",
        "sk_nonaktif",
        "ganda",
        "ganda_di",
        "keperluan",
        "alasan",
        "pembuka",
        "penutup",
    ),
    *("penerima", "cara"),
}
"""What an official may find, decide or write the same for several cases; a new field is put here, or into `alone`."""
NUMBER_OF_THE_ANSWER: Final = ("Reply", "nomor")
"""One letter of BPJS may answer many."""


@pytest.mark.parametrize("body", dict.fromkeys(kind.body for kind in TASKS.values()), ids=lambda body: body.__name__)
def test_of_every_field_it_is_decided_whether_several_cases_share_it(body: type[Body]) -> None:
    alone = {path.partition(".")[0] for path in body.alone}
    assert alone <= body.model_fields.keys()
    undecided = body.model_fields.keys() - alone - SHARED
    assert {(body.__name__, name) for name in undecided} <= {NUMBER_OF_THE_ANSWER}
    assert alone.isdisjoint(SHARED)


@pytest.mark.parametrize(
    ("body", "filled", "own"),
    [
        (Corrections, {"peserta": PERSON}, ("peserta",)),
        (Draft, {"nomor": {"surat": "460/1"}, "daftar": "NIK;Nama"}, ("daftar", "nomor")),
        (Draft, {"nomor": {}, "keperluan": "Berobat"}, ()),
        (MembershipRecord, {"aktif": False, "nomor_kartu": "0001234567890"}, ("nomor_kartu",)),
        (MembershipRecord, {"aktif": False, "sk_nonaktif": "SK 1"}, ()),
        (RegistryRecord, {"daftar": [{"daftar": "DTKS", "terdaftar": True, "desil": 1}]}, ()),
        (
            RegistryRecord,
            {"daftar": [{"daftar": "DTKS", "terdaftar": True}, {"daftar": "PBDT", "terdaftar": True, "nomor": "7"}]},
            ("daftar.nomor",),
        ),
    ],
)
def test_a_filled_field_of_one_case_is_named(body: type[Body], filled: dict[str, Any], own: tuple[str, ...]) -> None:
    assert body.model_validate(filled).of_one_case() == own


def test_the_papers_of_one_case_are_named_and_evidence_for_all_is_not() -> None:
    assert Completion().of_one_case(["KTP"]) == ("KTP",)
    assert Signature().of_one_case(["scan", "BUKTI"]) == ("scan",)
    assert TASKS["reconcile"].body().of_one_case(["BUKTI"]) == ()
