"""Load offices: their kantor files and SOP sheets.

  jejak office load shared/offices/13.01     every *.toml of the folder, checked first; all or nothing
  jejak office list                          what is loaded

New cases run the newest sheet in force; running cases keep theirs. Loading the same file again changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jejak.cli import CommandError
from jejak.settings import Source

if TYPE_CHECKING:
    from jejak.sop.kantor import Kantor
    from jejak.sop.model import Sop

KANTOR: Final = "kantor*.toml"
_ALWAYS: Final = date(1945, 8, 17)
"""A kantor file without a date has always been in force."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Two subcommands."""
    commands = parser.add_subparsers(metavar="COMMAND")
    load = commands.add_parser("load", help="load the folders of offices")
    load.add_argument("folder", type=Path, nargs="+", help="a folder with kantor.toml and its sheets")
    load.set_defaults(run=run_load)
    listing = commands.add_parser("list", help="list what is loaded")
    listing.set_defaults(run=run_list)


async def run_load(arguments: argparse.Namespace) -> None:
    """Checks every file of every folder, then stores them."""
    from jejak.store.store import Store  # noqa: PLC0415 - `jejak office --help` needs no driver

    read = [_read(folder) for folder in arguments.folder]
    async with await Store.connect(Source.of().database_url(), size=1) as store:
        known = set(await store.list_sops())
        for kantors, sops in read:
            for kantor in kantors:
                await store.put_kantor(kantor.kode, kantor.berlaku_sejak or _ALWAYS, kantor.text)
                _say(f"kantor {kantor.kode} {kantor.nama}")
            for sop in sops:
                await store.put_sop(sop.dinas, sop.text)
                _say(
                    f"SOP {sop.nomor or sop.nama} {sop.sha256[:12]} {'sudah ada' if sop.sha256 in known else 'dimuat'}"
                )


def _read(folder: Path) -> tuple[list[Kantor], list[Sop]]:
    from jejak.sop.kantor import load_kantor  # noqa: PLC0415
    from jejak.sop.load import SopError, load_sop  # noqa: PLC0415

    paths = sorted(folder.glob(KANTOR))
    if not paths:
        raise CommandError(f"{folder} has no kantor.toml.")
    sheets = [path for path in sorted(folder.glob("*.toml")) if path not in paths]
    mistakes: list[str] = []
    kantors, sops = [], []
    for path in (*paths, *sheets):
        try:
            if path in paths:
                kantors.append(load_kantor(path.read_bytes()))
            else:
                sops.append(load_sop(path.read_bytes()))
        except SopError as error:
            mistakes.extend(f"{path}: {line}" for line in error.mistakes)
    if mistakes:
        raise CommandError("nothing was loaded.\n" + "\n".join(mistakes))
    if strange := [sop for sop in sops if sop.dinas != kantors[0].kode]:
        raise CommandError(f"{folder}: {strange[0].nama} belongs to {strange[0].dinas}; nothing was loaded.")
    return kantors, sops


async def run_list(_: argparse.Namespace) -> None:
    """Prints offices and their sheets."""
    from jejak.sop.load import load_sop  # noqa: PLC0415
    from jejak.store.store import Store  # noqa: PLC0415

    async with await Store.connect(Source.of().database_url("ledger"), size=1) as store:
        for office in await store.offices():
            _say(office)
            for sha256 in await store.list_sops(office):
                text = await store.get_sop(sha256)
                if text is not None:
                    sop = load_sop(text)
                    _say(f"  {sha256[:12]}  {sop.tanggal_efektif or 'tanpa tanggal'}  {sop.nomor or '-'}  {sop.nama}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
