"""The common parts of stories: the six documents, the way through the office, and the way to the card."""

from __future__ import annotations

from typing import Final

from jejak_tools.papers import Paper, jpeg, pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.people import Person

SIX: Final = ("KIS", "KK", "KTP", "SPTJM", "SKTM", "FOTO")
FIVE_AND_BIRTH_CERTIFICATE: Final = ("KIS", "KK", "AKTE", "SPTJM", "SKTM", "FOTO")


def papers(owner: Person, names: tuple[str, ...] = SIX) -> dict[str, Paper]:
    """The documents of a person, each as the counter would scan it."""
    kinds = {"FOTO": jpeg, "KIS": png}
    return {name: kinds.get(name, pdf)(name.lower(), f"{name} {owner['name']}") for name in names}


def apply(
    office: Office,
    at: str,
    applicant: Person,
    *,
    participant: Person | None = None,
    names: tuple[str, ...] = SIX,
    clerk: str = "staf-1",
    purpose: str = "Cuci darah dua kali seminggu di RSUD; kartu dinonaktifkan.",
) -> Berkas:
    """An applicant asks at the counter, for himself or for a participant, and shows documents."""
    office.at(at)
    application = {"layanan": "reaktivasi-kis-pbi", "pemohon": applicant, "keperluan": purpose}
    if participant is not None:
        application["peserta"] = participant
    return office.submit(clerk, application, papers(participant or applicant, names))


def checked(case: Berkas, begun: str, ended: str) -> Berkas:
    """The six documents are found complete and right."""
    case.work("check_documents", by="staf-1", begun=begun, ended=ended)
    return case


def signed(
    case: Berkas,
    draft: tuple[str, str],
    paraf: tuple[str, str],
    signature: tuple[str, str],
    *,
    paraf_by: str = "kabid-1",
) -> None:
    """The clerk drafts the letter, it gets its paraf, and the Kadis signs: each with the times of begin and end."""
    for verb, by, (begun, ended) in (
        ("draft_letter", case.clerk, draft),
        ("paraf", paraf_by, paraf),
        ("sign", "kadis-1", signature),
    ):
        case.work(verb, by=by, begun=begun, ended=ended)


def hand_over_and_archive(case: Berkas, begun: str, over: str, archived: str, receiver: Person) -> None:
    """The letter is handed over, and its copy archived by the same clerk in one go."""
    body = {"penerima": receiver["name"]}
    case.work("hand_over", by=case.clerk, begun=begun, ended=over, body=body)
    case.work("archive", by=case.clerk, begun=over, ended=archived)


def carried_to_bpjs(case: Berkas, happened: str, recorded: str) -> Berkas:
    """The applicant takes the letter to BPJS; the clerk records it later, by the receipt."""
    case.outsider(
        "deliver",
        by=case.clerk,
        happened=happened,
        at=recorded,
        body={"cara": "dibawa_pemohon"},
        papers={"TANDA_TERIMA": jpeg("tanda-terima", f"Tanda terima BPJS {case.kode}")},
    )
    return case


def card_becomes_active(case: Berkas) -> None:
    """The applicant takes the letter to BPJS, BPJS agrees, the card is on: all recorded later, with evidence."""
    clerk = case.clerk
    carried_to_bpjs(case, "2022-07-05 09:00", "2022-07-06 08:00")
    case.outsider(
        "await_reply",
        by=clerk,
        happened="2022-07-07 10:00",
        at="2022-07-08 08:15",
        body={"hasil": "diterima", "nomor": "BPJS/PDG/0707/2022"},
        papers={"JAWABAN": pdf("jawaban", f"Jawaban BPJS atas {case.kode}")},
    )
    case.outsider(
        "confirm_status",
        by=clerk,
        happened="2022-07-11 08:00",
        at="2022-07-11 08:05",
        body={"aktif": True, "aktif_sejak": "2022-07-08"},
        papers={"LAYAR": png("layar", f"Status aktif {case.kode}")},
    )
