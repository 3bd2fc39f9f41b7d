"""The command `jejak`: every tool of an installation as a subcommand.

A command is a module of this package or of a package in it, or an entry point of the group `jejak.commands`. Each
provides one function that takes the command's `argparse` parser, adds arguments and sets `run`:

    def configure(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the sheet")
        parser.set_defaults(run=check)  # def check(arguments: argparse.Namespace) -> int | None

In `<name>.py` of these packages the function is called `configure` and the module's docstring is the command's help.
`run` may be a coroutine function. It returns the exit status (None is 0): 0 done, 1 a check or the command failed,
2 wrong usage or settings, 130 interrupted. It raises CommandError to fail with one sentence.
Only the command that runs is imported; the list of `jejak --help` is read from the sources' docstrings.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from jejak.platform.settings import SettingsError, Source

ENTRY_POINTS: Final = "jejak.commands"
DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130


class CommandError(Exception):
    """A command failed for a reason that its user can act on; the message is one sentence, without a stack."""


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command's `configure` lives: module and attribute. `help` reads its docstring without importing it."""

    name: str
    module: str
    attribute: str

    def configure(self) -> Callable[[argparse.ArgumentParser], None]:
        """Imports the command."""
        function: Callable[[argparse.ArgumentParser], None]
        function = getattr(importlib.import_module(self.module), self.attribute)
        return function

    def doc(self) -> str:
        """The module's docstring, or the function's where one module holds several commands."""
        spec = importlib.util.find_spec(self.module)
        if spec is None or spec.origin is None:
            return ""
        tree = ast.parse(Path(spec.origin).read_bytes())
        if self.attribute == "configure":
            return ast.get_docstring(tree) or ""
        functions = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == self.attribute)
        return next((ast.get_docstring(node) or "" for node in functions), "")

    def summary(self) -> str:
        return self.doc().partition("\n")[0].rstrip(".")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    commands = find_commands()
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(overview(commands))
        return DONE if arguments else MISUSED
    if arguments == ["--version"]:
        return _show_version()
    name, rest = arguments[0], arguments[1:]
    if name not in commands:
        sys.stderr.write(_unknown(name, commands))
        return MISUSED
    return _run(commands[name], rest)


def find_commands() -> Mapping[str, Command]:
    """Every command by its name, in alphabetical order. Underscores in a module's name are hyphens to the user."""
    own = (Command(_name(module), module, "configure") for module in _modules(__name__, __path__))
    installed = (Command(point.name, point.module, point.attr) for point in entry_points(group=ENTRY_POINTS))
    return dict(sorted({command.name: command for command in (*own, *installed)}.items()))


def _name(module: str) -> str:
    return module.rpartition(".")[2].replace("_", "-")


def _modules(package: str, folders: Iterable[str]) -> Iterator[str]:
    """The modules of commands in a package and in the packages within."""
    for module in pkgutil.iter_modules(folders):
        name = f"{package}.{module.name}"
        if module.ispkg:
            yield from _modules(name, [f"{folder}/{module.name}" for folder in folders])
        elif not module.name.startswith("_"):
            yield name


def overview(commands: Mapping[str, Command]) -> str:
    """What `jejak --help` prints."""
    width = max((len(name) for name in commands), default=0)
    listing = "\n".join(f"  {name:<{width}}  {command.summary()}" for name, command in commands.items())
    begin = "To begin: `jejak up` starts everything on this machine, `jejak demo` plays whole cases.\n"
    return (
        "usage: jejak COMMAND [ARGUMENTS]\n\n"
        "Jejak runs the written procedures of a social office and keeps every step of every case.\n\n"
        f"commands:\n{listing}\n\n"
        "jejak COMMAND --help explains one of them.\n"
        "jejak --version names the release.\n"
        f"{begin if 'up' in commands else ''}"
        "Exit status: 0 done, 1 found wrong or failed, 2 asked or set up wrongly, 130 interrupted.\n"
    )


def _show_version() -> int:
    from jejak.platform.version import Build  # noqa: PLC0415 - no other command needs it

    sys.stdout.write(f"{Build.of(Source.of())}\n")
    return DONE


def _unknown(name: str, commands: Mapping[str, Command]) -> str:
    near = difflib.get_close_matches(name, commands, n=1)
    hint = f"; did you mean `jejak {near[0]}`?" if near else "; `jejak --help` lists them."
    return f"jejak: there is no command {name!r}{hint}\n"


def _run(command: Command, rest: Sequence[str]) -> int:
    try:
        parser = argparse.ArgumentParser(
            prog=f"jejak {command.name}",
            description=command.doc(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure()(parser)
        arguments = parser.parse_args(rest)
        run = getattr(arguments, "run", None)
        if run is None:  # a group of commands, called without one
            parser.print_help(sys.stderr)
            return MISUSED
        result = run(arguments)
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
    except (SettingsError, CommandError) as error:
        sys.stderr.write(f"jejak {command.name}: {error}\n")
        return FAILED if isinstance(error, CommandError) else MISUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `jejak … | head` closed the pipe
        sys.stderr.close()
        return DONE
    return DONE if result is None else int(result)
