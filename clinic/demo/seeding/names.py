"""Names as a clinic in Dublin meets them: many accents, several scripts, one of them written from right to left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Community:
    """First names and surnames that go together, the language they are written to in, and how many there are."""

    language: str
    share: int
    given: list[str]
    family: list[str]


def _community(language: str, share: int, given: str, family: str) -> Community:
    return Community(language, share, given.split(), family.split(","))


COMMUNITIES = [
    _community(
        "en", 34,
        "Aoife Seán Niamh Pádraig Ciara Oisín Róisín Cian Sadhbh Fionn Caoimhe Darragh Éabha Tadhg Gráinne Donnchadh"
        " Emma Jack Grace Conor Ellen Liam Kate Mark Ruth Paul",
        "O'Brien,Ní Bhriain,Murphy,Ó Súilleabháin,Byrne,Mac Cárthaigh,Kelly,Doyle,Nic Gabhann,Gallagher,Walsh,"
        "O'Connor,Ryan,Fitzgerald,Ó Dálaigh,McLoughlin,Nolan,Quinn,Breathnach,Hayes",
    ),
    _community(
        "pl", 14,
        "Katarzyna Paweł Małgorzata Łukasz Agnieszka Michał Żaneta Grzegorz Zuzanna Jędrzej Święta Bożena",
        "Wójcik,Kowalczyk,Lewandowska,Dąbrowski,Zielińska,Szymański,Woźniak,Kozłowski,Jabłońska,Żak,Ćwikła",
    ),
    _community(
        "pt-br", 9,
        "João Conceição Antônio Luísa Thaís Estêvão Inês Márcio Júlia César",
        "da Silva,Gonçalves,Araújo,Magalhães,dos Santos,Patrício,Assunção,Brandão,de Souza",
    ),
    _community(
        "uk", 9,
        "Олена Андрій Наталія Богдан Ірина Тарас Оксана Юрій Софія Дмитро",
        "Шевченко,Коваленко,Бондар,Мельник,Ткаченко,Кравчук,Олійник,Гнатюк,Поліщук",
    ),
    _community(
        "ar", 7,
        "محمد فاطمة أحمد ليلى يوسف مريم خالد نور عمر سارة",
        "الحسن,حداد,منصور,الخطيب,سعيد,عبد الله,النجار,درويش",
    ),
    _community(
        "zh-hans", 6,
        "伟 芳 娜 敏 静 秀英 丽 强 磊 洋 晓明 雪梅",
        "王,李,张,刘,陈,杨,赵,黄,欧阳",
    ),
    _community(
        "ro", 5,
        "Ștefan Ioana Mădălina Răzvan Ținuța Cătălin Anca Bogdan",
        "Popescu,Țurcanu,Ionescu,Bălan,Șerban,Drăgulescu,Munteanu",
    ),
    _community(
        "hi", 5,
        "अनन्या रोहन प्रिया विक्रम मीरा अर्जुन Deepika Suresh",
        "शर्मा,पटेल,Nair,गुप्ता,Krishnamurthy,सिंह",
    ),
    _community(
        "lt", 4,
        "Žydrūnė Mindaugas Eglė Vytautas Rūta Jonas",
        "Kazlauskas,Petrauskaitė,Žukauskas,Stankevičius,Jankūnaitė",
    ),
    _community(
        "es", 4,
        "Begoña Iñigo Lucía Andrés Sofía Joaquín",
        "Núñez,García Muñoz,Ibáñez,Peña,Rodríguez,Agüero",
    ),
    _community(
        "en", 3,
        "Ọlájídé Chiamaka Ngozi Tèmítọ́pẹ́ Emeka Adaeze",
        "Adébáyọ̀,Okonkwo,Ọdúyà,Eze,Nwosu",
    ),
]  # fmt: skip

STREETS = [
    "Griffith Avenue", "Clonliffe Road", "Home Farm Road", "Iona Road", "Botanic Avenue", "Cowper Road",
    "Mountpleasant Square", "Beechwood Avenue", "Sandford Road", "Palmerston Park", "Mount Prospect Avenue",
    "Bóthar na Mainistreach", "Sráid an Chaisleáin", "Rathgar Avenue", "Dartry Road", "Leinster Road",
]  # fmt: skip

ALERTS = [
    "Allergic to penicillin", "Allergic to latex", "Takes warfarin", "Bleeds longer than usual", "Type 1 diabetes",
    "Antibiotic cover before treatment", "Heart murmur", "Severe dental anxiety", "Asthma: brings an inhaler",
    "Allergic to aspirin", "Epilepsy", "Faints easily",
]  # fmt: skip
