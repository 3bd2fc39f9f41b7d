"""The cases of the screenshots: a few whole stories, and some open cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jejak_tools.play import Player
from jejak_tools.stories import KARANGASEM, PEMATANGSIANTAR, PESISIR_SELATAN, pesisir, siantar
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.karangasem import told_twice_and_otherwise
from jejak_tools.stories.people import BASRI, DARWIS, MARLIS, ROSNA, RUSLAN, ZULFAN


def prepare(player: Player, offices: Path) -> Mapping[str, str]:
    """Plays the stories; the codes of the cases that screenshots name."""
    told_twice_and_otherwise(player.office(offices / KARANGASEM))
    siantar.sent_with_the_days_list(player.office(offices / PEMATANGSIANTAR))
    office = player.office(offices / PESISIR_SELATAN)
    finished = pesisir.to_an_active_card(office)
    pesisir.for_a_child(office)
    pesisir.twice_back_to_the_draft(office)
    pesisir.withdrawn_before_the_paraf(office)
    refused = pesisir.unlisted_seven_months(office)
    pesisir.still_active(office)
    waiting = checked(apply(office, "2022-07-28 13:10", ROSNA), "13:20", "13:24")
    waiting.work("draft_letter", by="staf-1", begun="13:40", ended="13:47")
    other = checked(apply(office, "2022-07-28 14:02", RUSLAN), "14:10", "14:13")
    other.work("draft_letter", by="staf-1", begun="14:20", ended="14:25")
    begun = apply(office, "2022-07-29 08:05", ZULFAN)
    begun.start("check_documents", by="staf-1", at="10:02")
    apply(office, "2022-07-29 08:40", MARLIS).start("check_documents", by="staf-2", at="10:03")
    running = apply(office, "2022-07-29 10:04", DARWIS)
    apply(office, "2022-07-29 10:05", BASRI)
    waiting.until_due("paraf")
    other.until_due("paraf")
    return {"selesai": finished.kode, "ditolak": refused.kode, "tugas": begun.kode, "berjalan": running.kode}
