"""`.env.example`: every setting with its meaning, in the form of a file that a process reads."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from jejak_tools.deployment.environment import PROCESSES, Group, Setting

_WIDTH: Final = 118
_HEAD: Final = """\
# Every setting of Jejak, written from deploy/environment.toml by `make contract`. Copy the file for each process, fill
# in what is empty, and leave the copy out of the repository.
# A line is NAME=value, without quotes. A line that begins with "# NAME=" is optional and shows the default, or an
# example where the text says so. `make run` needs none of it: it makes keys and addresses of its own.
#
# A secret can come from a file: NAME_FILE names it, as in JEJAK_MASTER_KEY_FILE=/run/secrets/master_key. Secrets have
# no default, in no environment.
"""


def text_of(groups: Sequence[Group]) -> str:
    """The whole file."""
    return _HEAD + "".join(f"\n# -- {group.title} {'-' * (114 - len(group.title))}\n{_body(group)}" for group in groups)


def _body(group: Group) -> str:
    """Settings that the same words explain, such as the password of each login, stand below them together."""
    together = itertools.groupby(group.settings, _comment)
    return "".join(f"\n{comment}{''.join(map(_line, settings))}" for comment, settings in together)


def _comment(setting: Setting) -> str:
    words = " ".join(_sentences(setting))
    return "".join(
        f"# {line}\n" for line in textwrap.wrap(words, _WIDTH, break_long_words=False, break_on_hyphens=False)
    )


def _sentences(setting: Setting) -> Iterator[str]:
    yield setting.meaning
    if setting.choices:
        yield f"{', '.join(setting.choices[:-1])} or {setting.choices[-1]}."
    if setting.why:
        yield setting.why
    if setting.secret:
        yield "Secret."
    if setting.default is None and setting.example is not None and not setting.required:
        yield "An example:"


def _line(setting: Setting) -> str:
    """What every process needs stands without a mark: a copy with its secrets filled in is read as it is."""
    value = next(filter(None, (setting.default, setting.empty, setting.example)), "")
    needed = setting.required and setting.readers.issuperset(PROCESSES)
    return f"{'' if needed else '# '}{setting.name}={value}\n"
