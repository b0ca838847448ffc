"""What a file of patients says: how it is written, what its columns are, what is wrong with a row."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.patients.columns import Reader, guess_mapping
from clinic.patients.csvs import Unreadable, harmless, read_table, write_table

TABLE = [["Surname", "First name"], ["Núñez", "José"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\n\r\n"])
def test_a_file_is_read_however_a_spreadsheet_writes_it(encoding, separator, end):
    text = end.join(separator.join(f'"{cell}"' for cell in row) for row in TABLE) + end
    columns, rows = read_table(text.encode(encoding))
    assert columns == TABLE[0]
    assert [row for row in rows if any(row)] == [TABLE[1]]


def test_values_may_hold_separators_quotes_and_line_ends():
    columns, rows = read_table(b'a;b\n"x;y";"say ""no""\nnow"\n; \nlast')
    assert (columns, rows) == (["a", "b"], [["x;y", 'say "no"\nnow'], ["", ""], ["last", ""]])


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b", b"PK\x03\x04rest\nx", b"a\x00b\nc", b'a\n"' + b"x" * 200_000])
def test_what_is_no_table_is_refused_in_words(data):
    with pytest.raises(Unreadable, match=r"CSV|headings"):
        read_table(data)


@pytest.mark.parametrize("cell", ["=1+1", "+353 1", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_written_as_a_formula(cell):
    assert harmless(cell) == f"'{cell}"


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), min_size=1))
def test_nothing_that_is_written_is_a_formula(rows):
    written = b"".join(write_table(["one", "two"], rows)).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(written, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize(
    ("headings", "mapping"),
    [
        (
            "Surname,First name,Date of birth,Mobile",
            {"family_name": 0, "given_name": 1, "date_of_birth": 2, "mobile": 3},
        ),
        ("FIRST_NAME,LAST-NAME,DOB,Cell Phone", {"given_name": 0, "family_name": 1, "date_of_birth": 2, "mobile": 3}),
        ("Vorname;Name;E-Mail;PLZ;Ort", {"given_name": 0, "family_name": 1, "email": 2, "postcode": 3, "city": 4}),
        ("Patient name;Tel;Tel", {"full_name": 0, "phone": 1}),
        ("Apellidos;Nombre;Fecha de nacimiento", {"family_name": 0, "given_name": 1, "date_of_birth": 2}),
        ("x;y;", {}),
    ],
)
def test_columns_are_recognised_by_their_headings(headings, mapping):
    assert guess_mapping(headings.replace("_", " ").replace(";", ",").split(",")) == mapping


def read(region="IE", **cells):
    row = Reader(list(cells), {name: at for at, name in enumerate(cells)}, region).read(list(cells.values()))
    return row.values, row.problems


def test_a_row_is_read_as_the_country_writes_it():
    values, problems = read(
        family_name=" Núñez ",
        given_name="José",
        date_of_birth="28/2/1990",
        mobile="087 123 4567",
        email="jose@post.example",
        country="Ireland",
        language="Spanish",
        contact_by="Text message",
    )
    assert problems == []
    assert (values["family_name"], values["date_of_birth"]) == ("Núñez", date(1990, 2, 28))
    assert (values["mobile"].as_e164, values["country"]) == ("+353871234567", "IE")
    assert (values["language"], values["contact_by"]) == ("es", "sms")
    assert read("ES", given_name="A", family_name="B", mobile="612 345 678")[0]["mobile"].as_e164 == "+34612345678"
    assert read("US", given_name="A", family_name="B", date_of_birth="3/4/1990")[0]["date_of_birth"] == date(1990, 3, 4)


def test_a_whole_name_is_taken_apart():
    assert read(full_name="Kavanagh, Siobhan")[0] == {"given_name": "Siobhan", "family_name": "Kavanagh"}
    assert read(full_name="Siobhan Kavanagh")[0] == {"given_name": "Siobhan", "family_name": "Kavanagh"}
    assert read(full_name="Kavanagh")[1][0][0] == "full_name"


@pytest.mark.parametrize(
    ("cells", "heading", "words"),
    [
        ({"mobile": "12"}, "mobile", "not a phone number"),
        ({"mobile": "3.53871E+11"}, "mobile", "shortened this number"),
        ({"date_of_birth": "31/2/1990"}, "date_of_birth", "not a date"),
        ({"date_of_birth": "1/1/2999"}, "date_of_birth", "Check the year"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"country": "Atlantis"}, "country", "not known"),
        ({"language": "Klingon"}, "language", "not known"),
        ({"contact_by": "pigeon"}, "contact_by", "Write Phone"),
        ({"city": "x" * 81}, "city", "at most 80 characters"),
        ({"alerts": "x" * 121}, "alerts", "at most 120 characters"),
        ({"family_name": ""}, "family_name", "Surname"),
    ],
)
def test_what_is_wrong_is_said_with_the_column_and_what_to_do(cells, heading, words):
    problems = read(**({"family_name": "Kelly", "given_name": "Ann"} | cells))[1]
    assert [told for told, _sentence in problems] == [heading]
    assert words in problems[0][1]
