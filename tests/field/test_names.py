"""24b: a name that the counter takes can be drafted and printed, and is the same everywhere."""

from datetime import date

import pytest
from pydantic import TypeAdapter

from jejak.cases.people.participants import check_person
from jejak.contracts import events as e
from jejak.contracts.parts import TypedPerson
from jejak.platform.errors import Malformed
from letters.domain import check_letters
from letters.printing.letter import Peserta
from tests.procedure import person
from verification.outside.dukcapil import normalised

TODAY = date(2026, 2, 1)


def typed(name: str) -> e.Person:
    return TypeAdapter(TypedPerson).validate_python(person().model_dump() | {"name": name})


@pytest.mark.parametrize("sign", "'’‘‛ʼʻʽʾʿˈ′`´＇")
def test_a_name_is_the_same_at_the_counter_at_drafting_in_print_and_in_registers(sign: str) -> None:
    applicant = typed(f"Nur{sign}aini")
    check_person("pemohon", applicant, TODAY)
    check_letters(e.LetterContent(people=e.People(applicant=applicant)))
    assert applicant.name == Peserta(nama=applicant.name, nik=str(applicant.nik)).nama == "Nur'aini"
    assert normalised(f"nur{sign}aini") == normalised(applicant.name)


@pytest.mark.parametrize("sign", "ʼʿ")
def test_a_name_that_was_stored_with_another_sign_is_drafted_and_printed(sign: str) -> None:
    stored = person().model_copy(update={"name": f"{sign}Aisyah"})
    check_letters(e.LetterContent(people=e.People(applicant=stored)))
    assert Peserta(nama=stored.name, nik=str(stored.nik)).nama == "'Aisyah"


@pytest.mark.parametrize("name", ["عائشة", "Ирина", "Ana 🙂", "陈"])
def test_what_no_letter_can_print_is_refused_at_the_counter_as_at_drafting(name: str) -> None:
    applicant = typed(name)
    with pytest.raises(Malformed) as at_counter:
        check_person("pemohon", applicant, TODAY)
    with pytest.raises(Malformed) as at_drafting:
        check_letters(e.LetterContent(people=e.People(applicant=applicant)))
    assert at_counter.value.code == at_drafting.value.code == "huruf_tidak_tercetak"
