"""What was searched for fills in the form of a new patient."""

import pytest

from clinic.patients.guessing import guess_newcomer


def told(given="", family="", mobile="", born="", email=""):
    fields = {"given_name": given, "family_name": family, "mobile": mobile, "date_of_birth": born, "email": email}
    return {field: value for field, value in fields.items() if value}


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("josé núñez", told("José", "Núñez")),
        ("Núñez, José", told("José", "Núñez")),
        ("McNamara", told(family="McNamara")),
        ("murphy 12", told(family="Murphy")),
        ("ana silva 1990", told("Ana", "Silva")),
        ("088 765 4321", told(mobile="088 765 4321")),
        ("ana silva 0887654321", told("Ana", "Silva", "0887654321")),
        ("Siobhan Kavanagh 0861234567", told("Siobhan", "Kavanagh", "0861234567")),
        ("0861234567 siobhan kavanagh", told("Siobhan", "Kavanagh", "0861234567")),
        ("+353 86 123 4567 siobhan kavanagh", told("Siobhan", "Kavanagh", "+353 86 123 4567")),
        (
            "Kavanagh, Siobhan 086 123 4567 12/5/1984",
            told("Siobhan", "Kavanagh", "086 123 4567", "1984-05-12"),
        ),
        ("Kavanagh, Siobhan, 12/5/1984, 0861234567", told("Siobhan", "Kavanagh", "0861234567", "1984-05-12")),
        ("siobhan kavanagh 12.5.84 (086) 123-4567", told("Siobhan", "Kavanagh", "(086) 123-4567", "1984-05-12")),
        ("siobhan kavanagh 12 may 1984", told("Siobhan", "Kavanagh", born="1984-05-12")),
        ("siobhan o'connor", told("Siobhan", "O'Connor")),
        ("siobhan o’connor", told("Siobhan", "O’Connor")),
        ("tadhg mccarthy", told("Tadhg", "McCarthy")),
        ("Tadhg Mccarthy", told("Tadhg", "Mccarthy")),
        ("mary-jane d'arcy-smith", told("Mary-Jane", "D'Arcy-Smith")),
        ("Mac Giolla Phádraig", told(family="Mac Giolla Phádraig")),
        ("Brian Mac Giolla Phádraig", told("Brian", "Mac Giolla Phádraig")),
        ("brian mac giolla phádraig", told("Brian", "Mac Giolla Phádraig")),
        ("Aoife Ní Bhriain", told("Aoife", "Ní Bhriain")),
        ("ó súilleabháin, niamh", told("Niamh", "Ó Súilleabháin")),
        ("maria da silva", told("Maria", "da Silva")),
        ("ludwig van der berg", told("Ludwig", "van der Berg")),
        ("ben kelly", told("Ben", "Kelly")),
        ("mary e smith", told("Mary E", "Smith")),
        ("ana maria lopez", told("Ana Maria", "Lopez")),
        ("ana silva ANA@Post.example", told("Ana", "Silva", email="ana@post.example")),
        ("ana@post.example", told(email="ana@post.example")),
        ("ana silva ana@post.example 0887654321", told("Ana", "Silva", "0887654321", email="ana@post.example")),
        ("28/2/1990", told(born="1990-02-28")),
        ("0887654321 28/2/1990", told(mobile="0887654321", born="1990-02-28")),
        ("王伟", told("伟", "王")),
        ("欧阳晓明", told("晓明", "欧阳")),
        ("олена шевченко 0861234567", told("Олена", "Шевченко", "0861234567")),
        ("محمد الحسن", told("محمد", "الحسن")),
        ("", {}),
        (" , ", {}),
        ("\x00", {}),
    ],
)
def test_what_was_searched_for_prefills_a_new_patient(text, guess):
    assert guess_newcomer(text) == guess
