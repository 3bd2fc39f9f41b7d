"""The people of the stories. Nobody here is real.

The registers of shared/offices/13.01 list the people of EVERYONE who come from there, and say why; Kabupaten Contoh
(13.99) and the offices of OTHERS look people up by hand, in no register.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

type Person = dict[str, Any]

_WOMAN: Final = 40
"""Added to the day of birth in a woman's NIK."""
_THIS_CENTURY: Final = 26


def person(nik: str, name: str, card: str, phone: str, *, kk: str | None = None) -> Person:
    """A person as an application names him, born on the day in the NIK; `kk` for a member of another's household."""
    day, month, year = int(nik[6:8]) % _WOMAN, int(nik[8:10]), int(nik[10:12])
    return {
        "nik": nik,
        "kk": kk or f"{nik[:6]}010115{nik[12:]}",
        "name": name,
        "born": date(year + (2000 if year <= _THIS_CENTURY else 1900), month, day).isoformat(),
        "address": "Jorong Contoh, Nagari Contoh",
        "card": card,
        "phone": phone,
    }


ROSNA: Final = person("1301015203789001", "Rosna Contoh", "0009990000001", "081200009001")
ZULFAN: Final = person("1301020211699002", "Zulfan Contoh", "0009990000002", "081200009002")
MARLIS: Final = person("1301036307859003", "Marlis Contoh", "0009990000003", "081200009003")
DARWIS: Final = person("1301033001729004", "Darwis Contoh", "0009990000004", "081200009004")
NURLELA: Final = person("1301044909909005", "Nurlela Contoh", "0009990000005", "081200009005")
BASRI: Final = person("1301041705819006", "Basri Contoh", "0009990000006", "081200009006")
YUSNIDAR: Final = person("1301056512649007", "Yusnidar Contoh", "0009990000007", "081200009007")
SYAMSUL: Final = person("1301050604759008", "Syamsul Contoh", "0009990000008", "081200009008")
AISYAH: Final = person("1301015503109011", "Aisyah Contoh", "0009990000011", "081200009011", kk="1301010101159001")
FAJRI: Final = person("1301072005029012", "Fajri Contoh", "0009990000012", "081200009012")
DESMAWATI: Final = person("1301085901929015", "Desmawati Contoh", "0009990000015", "081200009015")
RUSLAN: Final = person("1301090303669016", "Ruslan Contoh", "0009990000016", "081200009016")
GUSMIATI: Final = person("1301095111809017", "Gusmiati Contoh", "0009990000017", "081200009017")
IRWAN: Final = person("1301100707879018", "Irwan Contoh", "0009990000018", "081200009018")
LISMAR: Final = person("1301106809719019", "Lismar Contoh", "0009990000019", "081200009019")
JAMARIS: Final = person("1301110502559020", "Jamaris Contoh", "0009990000020", "081200009020")

SITI: Final = person("1399014107809101", "Siti Rekaan", "0009990009101", "081200009101")
BUDI: Final = person("1399011508129102", "Budi Rekaan", "0009990009102", "081200009102", kk="1399010101159101")

BETRIWATI: Final = person("1301024806629029", "Betriwati Contoh", "0009990000029", "081200009201")
CHAIRUL: Final = person("1301031511649030", "Chairul Contoh", "0009990000030", "081200009202")
ELFIDA: Final = person("1301054209689032", "Elfida Contoh", "0009990000032", "081200009203")
FIRMAN: Final = person("1301060902709033", "Firman Contoh", "0009990000033", "081200009204")
HASAN: Final = person("1301082312749035", "Hasan Contoh", "0009990000035", "081200009205")
KADEK: Final = person("5107041403799301", "I Kadek Rekaan", "0009995107001", "081200009206")
LUH: Final = person("5107044908859302", "Ni Luh Rekaan", "0009995107002", "081200009207")
WAYAN: Final = person("5107042201689303", "I Wayan Rekaan", "0009995107003", "081200009208")
MADE: Final = person("5107047011909304", "Ni Made Rekaan", "0009995107004", "081200009209")
KETUT: Final = person("5107040506739305", "I Ketut Rekaan", "0009995107005", "081200009210")
NYOMAN: Final = person("5107045704619306", "Ni Nyoman Rekaan", "0009995107006", "081200009211")
GEDE: Final = person("5107040210829307", "I Gede Rekaan", "0009995107007", "081200009212")
PUTU: Final = person("5107046702949308", "Ni Putu Rekaan", "0009995107008", "081200009213")
KOMANG: Final = person("5107041910759309", "I Komang Rekaan", "0009995107009", "081200009232")
SUKARNI: Final = person("5107045512719310", "Ni Sukarni Rekaan", "0009995107010", "081200009237")
NENGAH: Final = person("5107042308669311", "I Nengah Rekaan", "0009995107011", "081200009238")
FITRA: Final = person("1302035907849401", "Fitra Umpama", "0009991302001", "081200009214")
ERMAN: Final = person("1302030112709402", "Erman Umpama", "0009991302002", "081200009215")
ROMA: Final = person("1272014305769501", "Roma Misalnya", "0009991272001", "081200009216")
TIGOR: Final = person("1272012109819502", "Tigor Misalnya", "0009991272002", "081200009217")
LENA: Final = person("1272014802679503", "Lena Misalnya", "0009991272003", "081200009218")
PARLIN: Final = person("1272011210599504", "Parlin Misalnya", "0009991272004", "081200009219")
DEWI: Final = person("1272016503929505", "Dewi Misalnya", "0009991272005", "081200009220")
HOTMA: Final = person("1272013007749506", "Hotma Misalnya", "0009991272006", "081200009221")
SAUT: Final = person("1272011601889507", "Saut Misalnya", "0009991272007", "081200009222")
RINA: Final = person("1272014412969508", "Rina Misalnya", "0009991272008", "081200009223")
BONAR: Final = person("1272011108639509", "Bonar Misalnya", "0009991272009", "081200009224")
TIUR: Final = person("1272015806799510", "Tiur Misalnya", "0009991272010", "081200009225")
MANGARA: Final = person("1272010904859511", "Mangara Misalnya", "0009991272011", "081200009226")
DAME: Final = person("1272016711719512", "Dame Misalnya", "0009991272012", "081200009227")
JONGGI: Final = person("1272010501579513", "Jonggi Misalnya", "0009991272013", "081200009228")
ULI: Final = person("1272016210909514", "Uli Misalnya", "0009991272014", "081200009229")
POLTAK: Final = person("1272011402789515", "Poltak Misalnya", "0009991272015", "081200009230")
SONDANG: Final = person("1272016805839516", "Sondang Misalnya", "0009991272016", "081200009231")
YUSRI: Final = person("1399010905759103", "Yusri Rekaan", "0009990009103", "081200009233")
BAHAR: Final = person("1399011702499104", "Bahar Rekaan", "0009990009104", "081200009234")
ROSMI: Final = person("1399014311889105", "Rosmi Rekaan", "0009990009105", "081200009235")
TAUFIK: Final = person("1399012006799106", "Taufik Rekaan", "0009990009106", "081200009236")
RATNA: Final = person("1398014204789601", "Ratna Semisal", "0009991398001", "081200009240")
PARTO: Final = person("1398011708809602", "Parto Semisal", "0009991398002", "081200009241")
SUPARDI: Final = person("1398010311849603", "Supardi Semisal", "0009991398003", "081200009242")
WULAN: Final = person("1398015507919604", "Wulan Semisal", "0009991398004", "081200009243")
HARUN: Final = person("1398012402669605", "Harun Semisal", "0009991398005", "081200009244")
BABY: Final[Person] = {
    "mother": RATNA["nik"],
    "birth_paper": "Surat keterangan lahir 400/12/2026",
    "kk": RATNA["kk"],
    "name": "Bayi Semisal",
    "born": "2026-04-02",
    "address": RATNA["address"],
}

EVERYONE: Final = (
    *(ROSNA, ZULFAN, MARLIS, DARWIS, NURLELA, BASRI, YUSNIDAR, SYAMSUL, AISYAH, FAJRI, DESMAWATI, RUSLAN, GUSMIATI),
    *(IRWAN, LISMAR, JAMARIS, SITI, BUDI),
)
"""Of Kabupaten Pesisir Selatan and Kabupaten Contoh, who apply under the sheets of 2022."""
OTHERS: Final[tuple[Person, ...]] = (
    *(BETRIWATI, CHAIRUL, ELFIDA, FIRMAN, HASAN),
    *(KADEK, LUH, WAYAN, MADE, KETUT, NYOMAN, GEDE, PUTU, KOMANG, SUKARNI, NENGAH),
    *(FITRA, ERMAN),
    *(YUSRI, BAHAR, ROSMI, TAUFIK),
    *(RATNA, PARTO, SUPARDI, WULAN, HARUN),
    *(ROMA, TIGOR, LENA, PARLIN, DEWI, HOTMA, SAUT, RINA, BONAR, TIUR, MANGARA, DAME, JONGGI, ULI, POLTAK, SONDANG),
)
"""Of the other offices, and of the older sheets."""
