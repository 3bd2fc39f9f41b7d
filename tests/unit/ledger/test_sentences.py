"""Every event is one Indonesian sentence, which never identifies a person."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from jejak.cases.case import OpenedEvent
from jejak.cases.event_descriptions import describe_event, task_name
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from tests.contract.test_golden import CASE, FOLDER, KEYS, NAMES

MANUAL = e.Source(way="manual")
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop((ROOT / "shared/offices/13.01/reaktivasi-kis-2022.toml").read_bytes())


def happened(data: e.AnyEvent, hasil: str | None = None, oleh: str | None = "sek_kabid") -> OpenedEvent:
    return OpenedEvent(
        UUID(int=1),
        1,
        e.type_of(data),
        data,
        datetime(2022, 7, 4, tzinfo=UTC),
        tugas=task_of(data),
        hasil=hasil,
        oleh=oleh,
    )


def task_of(data: e.AnyEvent) -> str:
    """A task that ends with this event."""
    ending = {kind.event_of(outcome): verb for verb, kind in TASKS.items() for outcome in kind.outcomes}
    return ending.get(e.type_of(data), "paraf")


def golden(name: str) -> e.AnyEvent:
    return codec.decode(name.rpartition(".v")[0], (FOLDER / f"{name}.json").read_bytes(), CASE, 1, KEYS)


def secrets_of(data: e.Payload) -> set[str]:
    """Every personal value of an event, as text."""
    secrets: set[str] = set()

    def collect(value: object) -> None:
        match value:
            case dict():
                for part in value.values():
                    collect(part)
            case list():
                for part in value:
                    collect(part)
            case str() if len(value) > 3:
                secrets.add(value)

    plain = data.model_dump(mode="json")
    for name in codec.personal_fields(type(data)):
        collect(plain[name])
    return secrets


@pytest.mark.parametrize("name", NAMES)
def test_an_event_is_one_sentence_that_names_no_person(sop: Sop, name: str) -> None:
    data = golden(name)
    sentence = describe_event(happened(data, "reguler"), sop)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "None" not in sentence
    assert "_" not in sentence
    assert not any(secret in sentence for secret in secrets_of(data))


@pytest.mark.parametrize(
    ("data", "hasil", "sentence"),
    [
        (e.ParafGiven(draft=2), "paraf", "Konsep ke-2 diparaf oleh Sekretaris /Kabid."),
        (e.CorrectionRequested(), "perbaiki", "Sekretaris /Kabid meminta perbaikan konsep."),
        (e.ReplyReceived(), "ditolak", "Jawaban BPJS: ditolak."),
        (
            e.DocumentsMissing(
                problems=(
                    e.Problem(document="SPTJM", problem="tidak_ada"),
                    e.Problem(document="SKTM", problem="tidak_benar", expected="diketahui Camat"),
                )
            ),
            "kurang",
            (
                "Dokumen diperiksa, belum beres: Surat Pernyataan Tanggung Jawab Mutlak (SPTJM) tidak ada; "
                "Surat Keterangan Tidak Mampu tidak benar (seharusnya diketahui Camat)."
            ),
        ),
        (
            e.EligibilityDenied(
                reasons=(e.Reason(rule="r", key="k", text="Tidak terdaftar di DTKS.", source="langkah 2"),)
            ),
            "tidak_memenuhi",
            "Tidak memenuhi syarat: Tidak terdaftar di DTKS (langkah 2).",
        ),
        (e.CaseReturned(message="Kartu masih aktif."), None, "Berkas dikembalikan. Kartu masih aktif."),
        (e.CardReceived(), "kartu_belum", "Kartu belum diterima."),
        (e.MembershipDeactivated(source=MANUAL), "sesuai", "Kepesertaan berakhir sesuai permohonan."),
        (e.MembershipNotYetDeactivated(source=MANUAL), "belum", "Kepesertaan dicek: belum berakhir."),
    ],
)
def test_it_says_what_the_outcome_was(sop: Sop, data: e.AnyEvent, hasil: str | None, sentence: str) -> None:
    assert describe_event(happened(data, hasil), sop) == sentence


def test_a_former_member_is_already_what_the_inverse_service_asks_for(sop: Sop) -> None:
    checked = e.MembershipChecked(membership=e.Membership(active=False), source=e.Source(way="manual"))
    inverse = sop.model_copy(update={"tujuan": "nonaktif"})
    assert describe_event(happened(checked, "sudah"), inverse).endswith(": sudah tidak aktif.")
    assert describe_event(happened(checked, "sudah"), sop).endswith(": sudah aktif.")


@pytest.mark.parametrize("verb", TASKS)
def test_every_outcome_has_a_sentence_of_its_own(sop: Sop, verb: str) -> None:
    kind = TASKS[verb]
    for outcome in kind.outcomes:
        event = happened(golden(f"{kind.event_of(outcome)}.v1"), outcome)._replace(tugas=verb)
        assert describe_event(event, sop) != f"{kind.words[:1].upper()}{kind.words[1:]} selesai."


def test_every_task_has_a_name_people_use() -> None:
    names = [task_name(verb) for verb in TASKS]
    assert len(set(names)) == len(TASKS)


@pytest.mark.parametrize(
    ("differing", "words"),
    [
        ((), "data tidak padan."),
        (("NO_KK", "NAMA_LGKP"), "data tidak padan pada nomor KK, nama lengkap."),
        (("TGL_LHR", "1301015203789001", "Rosna"), "data tidak padan pada tanggal lahir, unsur lain."),
    ],
)
def test_differing_elements_are_said_by_their_names_and_never_as_typed(
    sop: Sop, differing: tuple[str, ...], words: str
) -> None:
    sentence = describe_event(happened(e.PopulationChecked(source=MANUAL, differing=differing), "tidak_padan"), sop)
    assert sentence == f"Data kependudukan dicek (dilihat sendiri oleh petugas): {words}"
