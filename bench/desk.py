"""What the desk's pages cost the server, as multiples of a bare page that somebody signed in opens in the same run.

Names are those of the demo clinic, which many share, and as many others that few have; one patient in eight has an
alert, and the visits of the days that anybody looks at are in Odoo. The diary is measured twice, with few appointments
and with many: what the desk does with one day may not notice the difference. Each page is asked for in turn with the
bare one, so that whatever else the machine does at the time slows down both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone

from bench import diary
from clinic.appointments.slots import Diary, Wish, free_slots
from clinic.demo.factories import PatientFactory, UserFactory, nobodys_mobile
from clinic.demo.seeding.names import COMMUNITIES
from clinic.patients.models import Alert, Patient
from clinic.practice.models import AppointmentType, Branch
from clinic.staff.access import allowed
from clinic.urls import urlpatterns as _clinics

ROUNDS, WARM = 60, 3
AHEAD = 14
"""Days in which those who are booked have no other visit."""
FEW = 10_000
"""Appointments of a small clinic, beside which a large one is measured that is the same where anybody looks."""
PART = 1000
Before = dict[str, float]
"""How many times a bare page each of them was with few appointments."""
Ask = Callable[[int], HttpResponse]
Times = tuple[float, ...]


@allowed("desk")
def bare(request: HttpRequest) -> HttpResponse:
    """The shell of every page, with nothing in it."""
    return render(request, "base.html")


urlpatterns = [*_clinics, path("bare/", bare)]


def compare(options: argparse.Namespace) -> Iterator[str]:
    """Fill the database, and yield a line for each thing measured: milliseconds, the ratio, the number of queries."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    random = Random(7)
    started = time.perf_counter()
    where = diary.branches(max(1, min(10, options.appointments // 20_000)))
    people(where[0], random, options.patients)
    keys = list(Patient.objects.values_list("pk", flat=True))
    yield f"{connection.vendor}: {options.patients} patients, made in {time.perf_counter() - started:.0f} s"
    desk = Client()
    desk.force_login(UserFactory(branches=[where[0]]))
    before: Before = {}
    with override_settings(ROOT_URLCONF="bench.desk", ALLOWED_HOSTS=["*"]):
        for many in (FEW, options.appointments):
            started = time.perf_counter()
            if many == FEW:
                days = diary.small(where[0], keys, FEW, where[0].today())
                diary.in_odoo()
            else:
                diary.large(where, keys, many, where[0].today(), days)
            took = time.perf_counter() - started
            measured(lambda turn: desk.get("/bare/"))
            times = measured(lambda turn: desk.get("/bare/"))
            yield f"{many} appointments, {len(where)} branches, made in {took:.0f} s; {_told('a bare page', times)}"
            for name, part in PARTS.items():
                if (not options.only or name in options.only) and (many != FEW or name != "search"):
                    yield from part(desk, before)


def pages(desk: Client, before: Before) -> Iterator[str]:
    """The day, the week, the month, the today board and a patient, each on other days or of others every time."""
    random, today = Random(3), timezone.localdate()
    picked = random.sample(list(Patient.objects.values_list("pk", flat=True)), ROUNDS)
    days = [today + timedelta(days=random.randrange(-3, 3)) for _ in range(ROUNDS)]
    asked = {
        "day view": lambda turn: f"/?day={days[turn]}",
        "day view by chair": lambda turn: f"/?by=chair&day={days[turn]}",
        "week view": lambda turn: f"/week/?day={days[turn]}",
        "month view": lambda turn: f"/month/?day={days[turn]}",
        "today board": lambda turn: "/today/",
        "patient at a glance, free times": lambda turn: f"/search/glance/?patient={picked[turn]}",
    }
    for name, address in asked.items():
        yield _compared(name, lambda turn, address=address: desk.get(address(turn)), desk, before)


def slots(desk: Client, before: Before) -> Iterator[str]:
    """The search for free times among ten practitioners: the next ones, and thirty days that have none."""
    yield _compared(
        "next free times, anybody", lambda turn: desk.get("/appointments/offer/?practitioner="), desk, before
    )
    wish = Wish(branch=Branch.objects.order_by("pk")[0], duration=timedelta(minutes=150))
    today = timezone.localdate()

    def thirty_days(turn: int) -> HttpResponse:
        diary = Diary(wish, today, today + timedelta(days=30))
        return HttpResponse(str(sum(1 for _ in diary.free(timezone.now()))))

    yield _compared("every time in 30 days, 10 people", thirty_days, desk, before)


def booking(desk: Client, before: Before) -> Iterator[str]:
    """Booking the first of the times that are offered, each time for somebody else."""
    random = Random(13)
    soon = (timezone.now(), timezone.now() + timedelta(days=AHEAD))
    idle = Patient.objects.exclude(appointments__starts_at__range=soon).values_list("pk", flat=True)
    picked = random.sample(list(idle[:10_000]), ROUNDS + WARM)
    kind = AppointmentType.objects.order_by("position", "name")[0].pk
    branch = Branch.objects.order_by("pk")[0]
    free = iter(
        free_slots(Wish(branch=branch, duration=timedelta(minutes=30)), after=timezone.now(), limit=ROUNDS + 10)
    )

    def book(turn: int) -> HttpResponse:
        who = {"patient": picked[turn], "appointment_type": kind, "uid": uuid4(), "from": "offer"}
        return desk.post("/appointments/book/", who | {"slot": next(free).key}, headers={"HX-Request": "true"})

    yield _compared("booking", book, desk, before)


def _compared(name: str, ask: Ask, desk: Client, before: Before) -> str:
    line, ratio = _line(name, measured(ask, beside=lambda turn: desk.get("/bare/")))
    with CaptureQueriesContext(connection) as queries:
        ask(0)
    line += f"   {len(queries.captured_queries)} queries"
    if name in before:
        line += f"   {ratio / before[name]:.2f} times the same with {FEW} appointments"
    before[name] = ratio
    return line


def search(desk: Client, before: Before) -> Iterator[str]:
    """Everything that is typed into the search box, each for other patients every time."""
    random = Random(11)
    picked = list(Patient.objects.filter(pk__in=random.sample(list(Patient.objects.values_list("pk", flat=True)), 500)))
    everything: list[Times] = []
    for name, text in TYPED.items():
        texts = [text(random.choice(picked), random) for _ in range(ROUNDS + WARM)]
        times = measured(
            lambda turn, texts=texts: desk.get("/search/", {"q": texts[turn]}),
            beside=lambda turn: desk.get("/bare/"),
        )
        with CaptureQueriesContext(connection) as queries:
            desk.get("/search/", {"q": texts[0]})
        everything += times
        yield f"{_line(f'search, {name}', times)[0]}   {len(queries.captured_queries)} queries"
    yield _line("search, all of these", everything)[0]


def _misspelt(name: str, random: Random) -> str:
    at = random.randrange(1, max(2, len(name) - 1))
    return name[:at] + name[at + 1 :]


TYPED: dict[str, Callable[[Patient, Random], str]] = {
    "two letters": lambda one, random: one.family_name[:2],
    "three letters": lambda one, random: one.family_name[:3],
    "surname": lambda one, random: one.family_name,
    "whole name": lambda one, random: one.full_name,
    "initial and surname": lambda one, random: f"{one.given_name[0]} {one.family_name}",
    "misspelt name": lambda one, random: f"{one.given_name} {_misspelt(one.family_name, random)}",
    "surname and year": lambda one, random: f"{one.family_name} {one.date_of_birth:%Y}",
    "phone number": lambda one, random: one.mobile.as_national,
    "last four digits": lambda one, random: one.mobile.as_e164[-4:],
    "date of birth": lambda one, random: f"{one.date_of_birth:%d/%m/%Y}",
    "somebody unknown": lambda one, random: f"Qwx{random.randrange(10**6)} Zzyvk",
}

PARTS: dict[str, Callable[[Client, Before], Iterator[str]]] = {
    "pages": pages,
    "slots": slots,
    "booking": booking,
    "search": search,
}


def measured(ask: Ask, *, beside: Ask | None = None) -> list[Times]:
    """Ask `ROUNDS` times, after a few to warm up, by turns with `beside`; return the times of each turn, in ms."""
    found = []
    for turn in range(-WARM, ROUNDS):
        times = tuple(_timed(one, turn) for one in (ask, beside) if one)
        if turn >= 0:
            found.append(times)
    return found


def _timed(ask: Ask, turn: int) -> float:
    started = time.perf_counter()
    answer = ask(turn)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, answer.status_code
    return took


def _line(name: str, times: list[Times]) -> tuple[str, float]:
    """Return what was measured in a line, and how many times the median is that of the bare pages in between."""
    ratio = statistics.median(page for page, _ in times) / statistics.median(bare for _, bare in times)
    return f"{_told(f'{name:34}', times)}   {ratio:4.1f} times a bare page", ratio


def _told(name: str, times: list[Times]) -> str:
    own = [one[0] for one in times]
    return f"{name} p50 {statistics.median(own):6.1f} ms   p95 {statistics.quantiles(own, n=20)[-1]:6.1f} ms"


def people(branch: Branch, random: Random, many: int) -> None:
    """Register so many patients at a branch."""
    rare = ["".join(random.choice("bdfgklmnprstv") + random.choice("aeiou") for _ in range(3)) for _ in range(20_000)]
    for start in range(0, many, PART):
        made = []
        for number in range(start, min(start + PART, many)):
            community = random.choices(COMMUNITIES, [one.share for one in COMMUNITIES])[0]
            made.append(
                PatientFactory.build(
                    branch=branch,
                    given_name=random.choice(community.given),
                    family_name=random.choice(community.family if number % 2 else rare).title(),
                    mobile=nobodys_mobile(number * 104_729),
                    email=f"patient{number}@post.example",
                    date_of_birth=date(2020, 1, 1) - timedelta(days=random.randrange(30_000)),
                )
            )
        Patient.objects.bulk_create(made)
        Alert.objects.bulk_create(Alert(patient=one, text="Allergic to penicillin") for one in made[::8])
