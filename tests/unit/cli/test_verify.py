"""`jejak verify`: 0 whole, 1 damaged and named, 2 wrong use; it uses no server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jejak.cli import DONE, FAILED, MISUSED, main
from tests.evidence import contents, packed, summed


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    file = tmp_path / "bukti.zip"
    file.write_bytes(packed(summed(contents())))
    return file


def test_whole_evidence_is_called_so_with_its_last_hash(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(whole)]) == DONE
    output = capsys.readouterr().out
    assert "UTUH. Sidik penutup " in output
    assert "5 peristiwa" in output


def test_damage_is_named_and_fails(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = contents()
    whole.write_bytes(packed(summed({**files, "sop.toml": b"lain"})))
    assert main(["verify", str(whole)]) == FAILED
    output = capsys.readouterr().out
    assert "RUSAK  sop.toml: bukan lembar SOP yang mengikat berkas ini" in output
    assert "TIDAK UTUH: 1 kerusakan." in output
    assert main(["verify", "--json", str(whole)]) == FAILED
    result = json.loads(capsys.readouterr().out)
    assert (result["utuh"], [fault["tempat"] for fault in result["rusak"]]) == (False, ["sop.toml"])


def test_a_file_that_is_not_there_is_asked_wrongly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "tidak-ada.zip")]) == MISUSED
    assert "tidak dapat dibuka" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["verify"])
    assert stopped.value.code == MISUSED
