"""Who comes to the counter. Nobody here is real: the registers of shared/offices/13.01 list the same people, and why.

Kabupaten Contoh (13.99) looks people up by hand, so its people stand in no register.
"""

from __future__ import annotations

from typing import Any, Final

type Person = dict[str, Any]


def person(nik: str, kk: str, name: str, born: str, card: str, phone: str) -> Person:
    """Somebody as an application names him."""
    address = "Jorong Contoh, Nagari Contoh"
    return {"nik": nik, "kk": kk, "name": name, "born": born, "address": address, "card": card, "phone": phone}


ROSNA: Final = person(
    "1301015203789001", "1301010101159001", "Rosna Contoh", "1978-03-12", "0009990000001", "081200009001"
)
ZULFAN: Final = person(
    "1301020211699002", "1301020101159002", "Zulfan Contoh", "1969-11-02", "0009990000002", "081200009002"
)
MARLIS: Final = person(
    "1301036307859003", "1301030101159003", "Marlis Contoh", "1985-07-23", "0009990000003", "081200009003"
)
DARWIS: Final = person(
    "1301033001729004", "1301030101159004", "Darwis Contoh", "1972-01-30", "0009990000004", "081200009004"
)
NURLELA: Final = person(
    "1301044909909005", "1301040101159005", "Nurlela Contoh", "1990-09-09", "0009990000005", "081200009005"
)
BASRI: Final = person(
    "1301041705819006", "1301040101159006", "Basri Contoh", "1981-05-17", "0009990000006", "081200009006"
)
YUSNIDAR: Final = person(
    "1301056512649007", "1301050101159007", "Yusnidar Contoh", "1964-12-25", "0009990000007", "081200009007"
)
SYAMSUL: Final = person(
    "1301050604759008", "1301050101159008", "Syamsul Contoh", "1975-04-06", "0009990000008", "081200009008"
)
AISYAH: Final = person(
    "1301015503109011", "1301010101159001", "Aisyah Contoh", "2010-03-15", "0009990000011", "081200009011"
)
FAJRI: Final = person(
    "1301072005029012", "1301070101159012", "Fajri Contoh", "2002-05-20", "0009990000012", "081200009012"
)
DESMAWATI: Final = person(
    "1301085901929015", "1301080101159015", "Desmawati Contoh", "1992-01-19", "0009990000015", "081200009015"
)
RUSLAN: Final = person(
    "1301090303669016", "1301090101159016", "Ruslan Contoh", "1966-03-03", "0009990000016", "081200009016"
)
GUSMIATI: Final = person(
    "1301095111809017", "1301090101159017", "Gusmiati Contoh", "1980-11-11", "0009990000017", "081200009017"
)
IRWAN: Final = person(
    "1301100707879018", "1301100101159018", "Irwan Contoh", "1987-07-07", "0009990000018", "081200009018"
)
LISMAR: Final = person(
    "1301106809719019", "1301100101159019", "Lismar Contoh", "1971-09-28", "0009990000019", "081200009019"
)
JAMARIS: Final = person(
    "1301110502559020", "1301110101159020", "Jamaris Contoh", "1955-02-05", "0009990000020", "081200009020"
)

SITI: Final = person(
    "1399014107809101", "1399010101159101", "Siti Rekaan", "1980-07-01", "0009990009101", "081200009101"
)
BUDI: Final = person(
    "1399011508129102", "1399010101159101", "Budi Rekaan", "2012-08-15", "0009990009102", "081200009102"
)

EVERYONE: Final = (
    *(ROSNA, ZULFAN, MARLIS, DARWIS, NURLELA, BASRI, YUSNIDAR, SYAMSUL, AISYAH, FAJRI, DESMAWATI, RUSLAN, GUSMIATI),
    *(IRWAN, LISMAR, JAMARIS, SITI, BUDI),
)
