"""The people of the list attached to a letter for many, as its newest draft names them. Pure."""

from collections.abc import Iterable

from jejak.cases.case import Case
from jejak.contracts import events as e


def listed_on(case: Case, letters: Iterable[str] | None = None) -> tuple[e.ListedPerson, ...]:
    """The people on the lists of the newest drafts of these letters, each once; without letters of all of the case.

    None once they are forgotten.
    """
    contents = (case.drafts[name].content for name in (case.drafts if letters is None else letters))
    people = (person for content in contents if isinstance(content, e.LetterContent) for person in content.listed)
    return tuple({person.nik: person for person in people}.values())
