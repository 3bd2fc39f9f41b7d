"""`deploy/environment.toml` and the code name the same settings, with the same defaults and the same readers."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from jejak.platform import database_settings, key_settings
from jejak.platform.settings import Settings
from jejak_tools.deployment import environment
from jejak_tools.deployment.environment import LOGINS, PROCESSES, READERS, Setting
from tests.servers import KEYS

ROOT: Final = Path(__file__).parents[2]
GROUPS: Final = environment.read(ROOT / "deploy" / "environment.toml")
DECLARED: Final = environment.settings_of(GROUPS)
OURS: Final = {name: setting for name, setting in DECLARED.items() if setting.library is None}
NAME: Final = re.compile(r"(?:JEJAK|KAFKA)_[A-Z_]*[A-Z]")
TOUCHES: Final = re.compile(r"JEJAK_|KAFKA_|Source|environ")
"""Without one of these a module neither names a setting nor reaches the environment."""
DIRECT: Final = "JEJAK_DATABASE_DIRECT_URL_"
FAMILY: Final = re.compile(r"JEJAK_[A-Z_]+_")
SOURCES: Final = ("shared/src", "services/*/src", "deploy/local/src", "tools/src")
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"text", "choice", "json", "file", "password"}),
    "_choice": frozenset({"choice"}),
    "get": frozenset({"text", "choice", "file", "folder", "json", "mapping", "integer", "key", "password"}),
    "integer": frozenset({"integer"}),
    "seconds": frozenset({"seconds"}),
    "mapping": frozenset({"mapping"}),
    "key": frozenset({"key"}),
}
"""What reads a value of which kind: the methods of `Source`, and `get` of the environment itself."""


@dataclass(frozen=True, slots=True)
class Read:
    """A place in the code that reads a setting; `default` is None where it gives none."""

    name: str
    method: str
    default: Any
    module: str


def modules() -> Iterator[tuple[str, ast.Module]]:
    """The product's modules that can read a setting, by name; not the tools that write what installs it."""
    for pattern in SOURCES:
        for source in ROOT.glob(pattern):
            for path in sorted(source.rglob("*.py")):
                name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
                text = path.read_text(encoding="utf-8")
                if not name.startswith("jejak_tools.deployment") and TOUCHES.search(text):
                    yield name, ast.parse(text)


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string of a module, except those that names are only compared with."""
    compared = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "startswith"
        for part in ast.walk(call)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in compared:
            yield node.value


MODULES: Final = dict(modules())
TEXTS: Final = {module: frozenset(strings(tree)) for module, tree in MODULES.items()}


def value_of(node: ast.expr, module: str) -> Any:
    """A literal, or what a constant stands for; of a choice, what production takes; None for what only a call knows."""
    if isinstance(node, ast.IfExp):
        return value_of(node.orelse, module)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
        return getattr(getattr(importlib.import_module(module), node.value.id, None), node.attr, None)
    if isinstance(node, ast.Name) and node.id.isupper():
        return getattr(importlib.import_module(module), node.id, None)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def reads() -> Iterator[Read]:
    """Each call that reads a setting. Where the name is a parameter, it is each setting that the module names."""
    for module, tree in MODULES.items():
        own = sorted(text for text in TEXTS[module] if NAME.fullmatch(text))
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in KINDS):
                continue
            if not call.args or (call.func.attr == "get" and not _asks_environment(call.func.value)):
                continue
            name = value_of(call.args[0], module)
            default = value_of(call.args[1], module) if len(call.args) > 1 else None
            if isinstance(name, str):
                names = [name] if NAME.fullmatch(name) else []
            else:
                names = own if isinstance(default, str) and not module.startswith("jejak.platform.") else []
            yield from (Read(each, call.func.attr, default, module) for each in names)


def _asks_environment(asked: ast.expr) -> bool:
    name = asked.attr if isinstance(asked, ast.Attribute) else getattr(asked, "id", "")
    return name in {"values", "environ", "given", "environment"}


DEVELOPMENT: Final = ("jejak_local.", "jejak_tools.load.", "jejak_tools.demo")
"""Makes the environments of processes for one machine out of its own, with defaults for development."""
READS: Final = [read for read in reads() if read.name in DECLARED and not read.module.startswith(DEVELOPMENT)]


def defaults_of(read: Read) -> set[str]:
    """As a value of the environment. A choice is the first of its choices, a mapping empty."""
    match read.default:
        case None | "" | " " | dict():
            return set()
        case tuple() as choices if read.method == "_choice":
            return {str(choices[0])}
        case float() as seconds:
            return {f"{seconds:g}"}
        case default:
            return {str(default)}


def of_caddy() -> Mapping[str, str | None]:
    """What the Caddyfile reads, with its default."""
    files = [
        path for path in (ROOT / "deploy" / "caddy").rglob("*") if path.suffix == ".caddy" or path.stem == "Caddyfile"
    ]
    places = [place for file in files for place in re.findall(r"\{\$(\w+)(?::([^}]*))?\}", file.read_text("utf-8"))]
    return {name: default or None for name, default in places}


def readers_of(module: str) -> frozenset[str]:
    """The processes in which a module runs: its package's own; any for the shared library."""
    package = module.partition(".")[0]
    for beginning, reader in {"ledger.relay": "relay", "jejak_tools.simulators": "simulator"}.items():
        if module.startswith(beginning):
            return frozenset({reader})
    if module.endswith(".cli") or module.startswith("jejak.cli"):
        return frozenset(READERS)
    return frozenset({package}) if package in LOGINS else frozenset(READERS)


def test_the_code_and_the_table_name_the_same_settings() -> None:
    texts = frozenset[str]().union(*TEXTS.values())
    named = {text.removesuffix("_FILE") for text in texts if NAME.fullmatch(text)}
    families = {text for text in texts if FAMILY.fullmatch(text)}
    completed = {family + name.upper() for family in families for name in LOGINS}

    assert named | completed | of_caddy().keys() == OURS.keys()


@pytest.mark.parametrize("read", READS, ids=lambda read: f"{read.module}-{read.name}")
def test_a_value_is_read_as_it_is_declared(read: Read) -> None:
    setting = DECLARED[read.name]

    assert setting.kind in KINDS[read.method]
    assert defaults_of(read) <= {setting.default, setting.empty}
    assert readers_of(read.module) & setting.readers, f"{read.module} is read by {sorted(setting.readers)} alone"


def test_every_declared_default_is_one_that_a_reader_applies() -> None:
    applied = {read.name: default for read in READS for default in defaults_of(read)} | dict(of_caddy())
    declared = {name: setting.default or setting.empty for name, setting in OURS.items()}

    assert {name for name, default in declared.items() if default and applied.get(name) != default} == set()
    assert {name for name, default in of_caddy().items() if default and declared[name] != default} == set()


class Recording(dict[str, str]):
    """An environment that remembers which of its values were looked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.looked_for: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.looked_for.add(key)
        return super().get(key, default)


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_reads_no_setting_that_is_not_declared_as_its_own(process: str) -> None:
    environ = Recording(whole_environment(process))

    Settings.read(process, environ)

    names = {name.removesuffix("_FILE") for name in environ.looked_for} & OURS.keys()
    own = environment.read_by(GROUPS, process)
    assert names - own.keys() == {database_settings.url_of(process)}
    assert {name for name in names if name.startswith(DIRECT)} == {database_settings.direct_url_of(process)}
    common = {
        name
        for name, setting in own.items()
        if setting.readers.issuperset(PROCESSES) and setting.library is None and not name.startswith(DIRECT)
    }
    assert common - names == read_elsewhere()


def whole_environment(process: str) -> dict[str, str]:
    """Every setting of a process with a value, but for those that name files, which would be read at once."""
    way_into_kafka = ("KAFKA_SSL_",)
    values: dict[str, str] = {}
    for name, setting in environment.read_by(GROUPS, process).items():
        example = KEYS.get(name, "q" * 43) if setting.kind == "key" else setting.default or setting.example or "rahasia"
        if not name.startswith(way_into_kafka) and setting.library is None:
            values[name] = example
    login = database_settings.role(database_settings.login_of(process))
    given = dict.fromkeys(
        (database_settings.URL, database_settings.direct_url_of(process)), f"postgresql://{login}@db/jejak"
    )
    return values | given | {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}


def read_elsewhere() -> set[str]:
    """Settings of every process that a module of the shared library other than `settings` reads."""
    modules = {read.name: {other.module for other in READS if other.name == read.name} for read in READS}
    return {name for name, of in modules.items() if "jejak.platform.settings" not in of} & {
        name for name, setting in OURS.items() if setting.readers.issuperset(PROCESSES)
    }


@pytest.mark.parametrize("setting", [setting for setting in OURS.values() if setting.secret], ids=lambda it: it.name)
def test_every_secret_of_a_process_can_come_from_a_file(setting: Setting) -> None:
    methods = {read.method for read in READS if read.name == setting.name}
    by_computed_names = setting.name.startswith(("JEJAK_DB_PASSWORD_", "JEJAK_DATABASE_"))
    assert methods & {"text", "key"} or by_computed_names or setting.name in key_settings.OTHERS


def test_every_setting_of_a_library_is_one_that_it_reads() -> None:
    of_libraries = {name: setting.library for name, setting in DECLARED.items() if setting.library}
    assert of_libraries.pop("SSL_CERT_FILE") == "ssl"
    assert ssl.get_default_verify_paths().openssl_cafile_env == "SSL_CERT_FILE"
    for name, library in of_libraries.items():
        spec = importlib.util.find_spec(str(library))
        assert spec is not None
        assert spec.submodule_search_locations
        texts = (path.read_text("utf-8") for at in spec.submodule_search_locations for path in Path(at).rglob("*.py"))
        assert any(name in text for text in texts), f"{library} does not read {name}"
