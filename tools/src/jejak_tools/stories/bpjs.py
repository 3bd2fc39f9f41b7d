"""What BPJS answers."""

from __future__ import annotations

from jejak_tools.papers import pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive
from jejak_tools.stories.people import GUSMIATI


def mended(office: Office) -> Berkas:
    """BPJS wants something mended and says why; Gusmiati mends it."""
    case = checked(apply(office, "2022-07-05 13:00", GUSMIATI), "13:05", "13:05:30")
    case.work("draft_letter", by="staf-1", begun="13:10", ended="13:13")
    case.work("paraf", by="kabid-1", begun="13:30", ended="13:31")
    case.work("sign", by="kadis-1", begun="14:00", ended="14:01")
    hand_over_and_archive(case, "14:30", "14:31", "14:32", GUSMIATI)
    sent = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima pertama {case.kode}")}
    case.outsider("deliver", by="staf-1", happened="2022-07-06 09:00", at="2022-07-06 13:00", papers=sent)
    no = {"hasil": "perbaiki", "catatan": "Nomor KK pada fotokopi tidak terbaca."}
    answer = {"JAWABAN": pdf("jawaban-1", f"Jawaban pertama {case.kode}")}
    case.outsider(
        "await_reply", by="staf-1", happened="2022-07-08 10:00", at="2022-07-08 14:00", body=no, papers=answer
    )
    readable = {"KK": pdf("kk-baru", f"KK Gusmiati terbaca {case.kode}")}
    case.outsider("complete", by="staf-1", happened="2022-07-11 08:00", at="2022-07-11 08:10", papers=readable)
    return case


def mended_then_accepted(office: Office) -> Berkas:
    """What was mended is brought again with the letter, and the answer is yes."""
    case = mended(office)
    again = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima kedua {case.kode}")}
    case.outsider("deliver", by="staf-1", happened="2022-07-11 09:30", at="2022-07-11 13:30", papers=again)
    yes = {"hasil": "diterima", "nomor": "BPJS/PDG/0713/2022"}
    answer = {"JAWABAN": pdf("jawaban-2", f"Jawaban kedua {case.kode}")}
    case.outsider(
        "await_reply", by="staf-1", happened="2022-07-13 09:00", at="2022-07-13 10:00", body=yes, papers=answer
    )
    on = {"aktif": True, "aktif_sejak": "2022-07-14"}
    seen = {"LAYAR": png("layar", f"Status aktif {case.kode}")}
    case.outsider(
        "confirm_status", by="staf-1", happened="2022-07-14 08:00", at="2022-07-14 08:05", body=on, papers=seen
    )
    return case
