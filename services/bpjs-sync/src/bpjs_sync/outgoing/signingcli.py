"""Make and change the keys by which this installation signs its messages.

jejak bpjs signing make kunci.json        a file with one key; an existing file is left as it is
jejak bpjs signing add kunci.json         one more key, which readers are shown, and which does not sign yet
jejak bpjs signing use kunci.json KID     this key signs; the one before is still shown

Each holds from the next start of bpjs-sync on.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from joserfc.jwk import ECKey

from bpjs_sync.outgoing.signing import MOST_KEYS, keys_of
from jejak.cli import CommandError
from jejak.contracts.bpjs.signature import ALG, CURVE
from jejak.platform.settings import SIGNING_KEYS

_NAMED: Final = f"Sebutkan berkas ini dalam {SIGNING_KEYS}_FILE untuk bpjs-sync.\n"
_RESTART: Final = "Berlaku sejak bpjs-sync dijalankan lagi.\n"


def configure(commands: Any) -> None:
    """Adds it to `jejak bpjs`."""
    parser = commands.add_parser("signing", help="the installation's own keys, by which messages are signed")
    actions = parser.add_subparsers(required=True, metavar="make|add|use")
    for name, run, says in (
        ("make", make, "a file with one key, unless it exists"),
        ("add", add, "one more key, which is shown to readers and does not sign yet"),
        ("use", use, "let one of its keys sign"),
    ):
        action = actions.add_parser(name, help=says)
        action.add_argument("file", type=Path, help="a JWK Set with private keys (mode 0600)")
        action.set_defaults(run=run)
        if run is use:
            action.add_argument("kid")


def make(arguments: argparse.Namespace) -> None:
    """Makes the file."""
    if arguments.file.exists():
        _read(arguments.file)
        sys.stdout.write(f"Berkas {arguments.file} sudah ada dan tidak diubah.\n")
        return
    arguments.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _new()
    _write(arguments.file, [key])
    sys.stdout.write(f"Kunci {key['kid']} dibuat. {_NAMED}")


def add(arguments: argparse.Namespace) -> None:
    """Adds a key after the others."""
    before, key = _read(arguments.file), _new()
    if len(before) == MOST_KEYS:
        raise CommandError(f"Berkas ini sudah berisi {MOST_KEYS} kunci. Hapus kunci paling lama lebih dahulu.")
    _write(arguments.file, [*before, key])
    sys.stdout.write(f"Kunci {key['kid']} ditambahkan; belum dipakai menandatangani. {_RESTART}")


def use(arguments: argparse.Namespace) -> None:
    """Puts a key before the others."""
    before = _read(arguments.file)
    chosen = [key for key in before if key["kid"] == arguments.kid]
    if not chosen or "d" not in chosen[0]:
        raise CommandError(f"Tidak ada kunci rahasia {arguments.kid} dalam {arguments.file}.")
    _write(arguments.file, [*chosen, *(key for key in before if key["kid"] != arguments.kid)])
    sys.stdout.write(f"Kunci {arguments.kid} akan menandatangani. {_RESTART}")


def _new() -> dict[str, Any]:
    key = ECKey.generate_key(CURVE)
    return {**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": ALG}


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        jwks = json.loads(path.read_text(encoding="utf-8"))
        keys_of(jwks)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise CommandError(f"Berkas {path} tidak berisi kunci yang dapat dipakai: {why}.") from None
    keys: list[dict[str, Any]] = jwks["keys"]
    return keys


def _write(path: Path, keys: Sequence[dict[str, Any]]) -> None:
    """Replaces the file in one step: a reader never sees half of it, or a laxer mode."""
    keys_of({"keys": list(keys)})
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"keys": list(keys)}, file, indent=2)
    fresh.replace(path)
