"""What a process keeps of hours, people, chairs and types is never older than the database, whoever changed it."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import time, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clinic.demo.factories import AbsenceFactory, ClosureFactory, OpeningFactory, OpeningHoursFactory
from clinic.practice.keeping import Kept, current_stamp
from clinic.practice.models import Stamp
from clinic.rota.queries import Rota
from clinic.rota.roster import Roster
from tests.desk.practice import TUESDAY, Practice, open_practice

KEPT = {
    *("practice_chair", "practice_closure", "practice_appointmenttype"),
    *("staff_practitioner", "staff_practitioner_branches", "staff_practitioner_types"),
    *("rota_pattern", "rota_stretch", "rota_absence", "rota_opening"),
}


@pytest.fixture
def practice(db: None) -> Practice:
    """A practice with something in each of the tables that are kept."""
    practice = open_practice()
    ClosureFactory(branch=practice.branch)
    AbsenceFactory(practitioner=practice.okafor, first_day=TUESDAY + timedelta(days=7))
    OpeningFactory(branch=practice.branch, day=TUESDAY + timedelta(days=4))
    practice.okafor.types.add(practice.exam)
    return practice


@pytest.mark.parametrize("table", sorted(KEPT))
def test_every_change_of_a_table_that_is_kept_renews_the_stamp(practice, table):
    stamps = [current_stamp()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id LIMIT 1")
        names, row = [column[0] for column in cursor.description], cursor.fetchone()
        into = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(row))})"
        changes = (
            (f"UPDATE {table} SET id = id WHERE id = %s", row[:1]),
            (f"DELETE FROM {table} WHERE id = %s", row[:1]),
        )
        for statement, values in (*changes, (into, row)):
            cursor.execute(statement, values)
            stamps.append(current_stamp())
    assert len(set(stamps)) == 4


def test_whatever_is_read_to_be_kept_comes_from_these_tables(practice):
    Stamp.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        Rota.of(practice.branch, TUESDAY, TUESDAY)
        Roster.of(practice.branch)
    asked = " ".join(query["sql"] for query in queries.captured_queries)
    read = set(re.findall(r'(?:FROM|JOIN) "(\w+)"', asked))
    assert read == KEPT
    assert not [error for error in run_checks(databases=["default"]) if error.id == "clinic.W004"]


def test_what_was_read_in_a_transaction_that_was_rolled_back_is_not_kept(practice):
    def opens() -> list[tuple[int, int]]:
        return Rota.of(practice.branch, TUESDAY, TUESDAY).practitioner_on(practice.okafor.pk, TUESDAY).stretches

    before = opens()
    with transaction.atomic():
        AbsenceFactory(practitioner=practice.okafor, first_day=TUESDAY)
        assert opens() == []
        transaction.set_rollback(True)
    assert opens() == before
    AbsenceFactory(practitioner=practice.okafor, first_day=TUESDAY, starts=9 * 60)
    assert opens() == [(8 * 60, 9 * 60)]


def test_without_a_stamp_everything_is_read_anew(practice):
    Stamp.objects.all().delete()
    reads: list[int] = []
    kept: Kept[int] = Kept(lambda key: reads.append(key) or key, 2)
    assert [kept.get(7), kept.get(7)] == [7, 7]
    assert reads == [7, 7]
    practice.okafor.save()
    assert [kept.get(7), kept.get(7)] == [7, 7]
    assert reads == [7, 7, 7]


def test_reasons_are_kept_in_each_language_by_itself(practice):
    saturday = TUESDAY + timedelta(days=11)

    def why() -> str:
        return Rota.of(practice.branch, saturday, saturday).branch_on(saturday).closed_because

    said = {}
    for language in ("en", "fr", "en", "fr"):
        with translation.override(language):
            said.setdefault(language, []).append(why())
    assert said["en"] == ["Closed on Saturday"] * 2
    assert "samedi" in said["fr"][0]
    assert said["fr"][0] == said["fr"][1]


def test_whoever_changes_what_they_got_changes_nobody_elses(practice):
    Roster.of(practice.branch).practitioners()[0].name = "Scribble"
    assert Roster.of(practice.branch).practitioners()[0].name == "Dr Okafor"


def elsewhere(statement: str) -> None:
    """Have another process run a statement."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{held['NAME']}"
    else:
        url = f"postgres://{quote(held['USER'])}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
    setup = f"import os, django; os.environ['DATABASE_URL'] = {url!r}; django.setup()\n"
    environment = {"DJANGO_SETTINGS_MODULE": "clinic.settings", "CLINIC_VAR": str(settings.VAR_DIR), "PATH": ""}
    subprocess.run(
        [sys.executable, "-c", setup + statement], check=True, timeout=60, env=environment, cwd=settings.BASE_DIR
    )


CHANGES = {
    "a practitioner gets another name": (
        "from clinic.staff.models import Practitioner as P; P.objects.filter(name='Dr Okafor').update(name='Dr Obi')",
        "Book 09:00, Dr Obi",
    ),
    "leave is entered": (
        "from clinic.rota.models import Absence as A; from clinic.staff.models import Practitioner as P\n"
        "A.objects.create(practitioner=P.objects.get(name='Dr Okafor'), first_day='2030-01-15', last_day='2030-01-19')",
        "Leave until 19 Jan",
    ),
    "the branch closes": (
        "from clinic.practice.models import Branch as B, Closure as C; day = '2030-01-15'\n"
        "C.objects.create(branch=B.objects.get(name='North'), first_day=day, last_day=day, reason='Flood')",
        "Flood",
    ),
    "it opens earlier": (
        "from clinic.rota.models import Stretch as S; S.objects.filter(weekday=1, starts=480).update(starts=420)",
        "Book 07:00, Dr Okafor",
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_what_another_process_changes_shows_on_the_next_page(change):
    practice, (statement, shown) = open_practice(), CHANGES[change]
    OpeningHoursFactory(branch=practice.elsewhere, opens=time(8))
    desk = practice.somebody()
    before = [desk.get("/?day=2030-01-15").content.decode() for _ in range(2)]
    assert all(shown not in page for page in before)
    elsewhere(statement)
    assert shown in desk.get("/?day=2030-01-15").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_type_that_another_process_takes_out_is_not_offered_any_more():
    practice = open_practice()
    desk = practice.somebody()
    asked = {"patient": practice.ana.pk}
    assert "Exam" in desk.get("/appointments/offer/", asked).content.decode()
    elsewhere("from clinic.practice.models import AppointmentType as T; T.objects.update(is_active=False)")
    assert "Exam" not in desk.get("/appointments/offer/", asked).content.decode()
