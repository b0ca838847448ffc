"""What the desk's pages cost the server, as multiples of a bare page that somebody signed in opens in the same run.

Names are those of the demo clinic, which many share, and as many others that few have. The diary is measured twice,
with few appointments and with many: what the desk does with one day may not notice the difference.
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
from clinic.patients.models import Patient
from clinic.practice.models import AppointmentType, Branch
from clinic.staff.access import allowed
from clinic.urls import urlpatterns as _clinics

ROUNDS = 60
AHEAD = 14
"""Days in which those who are booked have no other visit."""
FEW = 10_000
"""Appointments of a small clinic, beside which a large one is measured that is the same where anybody looks."""
PART = 1000


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
    before: dict[str, float] = {}
    with override_settings(ROOT_URLCONF="bench.desk", ALLOWED_HOSTS=["*"]):
        for many in (FEW, options.appointments):
            if many == FEW:
                days = diary.small(where[0], keys, FEW, where[0].today())
            else:
                diary.large(where, keys, many, where[0].today(), days)
            base = measured(lambda turn: desk.get("/bare/"))
            yield f"{many} appointments, {len(where)} branches: a bare page p50 {base[0]:.1f} ms, p95 {base[1]:.1f} ms"
            for name, part in PARTS.items():
                if (not options.only or name in options.only) and (many != FEW or name != "search"):
                    yield from part(desk, base[0], before)


def pages(desk: Client, base: float, before: dict[str, float]) -> Iterator[str]:
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
        yield _compared(name, lambda turn, address=address: desk.get(address(turn)), base, before)


def slots(desk: Client, base: float, before: dict[str, float]) -> Iterator[str]:
    """The search for free times among ten practitioners: the next ones, and thirty days that have none."""
    yield _compared(
        "next free times, anybody", lambda turn: desk.get("/appointments/offer/?practitioner="), base, before
    )
    wish = Wish(branch=Branch.objects.order_by("pk")[0], duration=timedelta(minutes=150))
    today = timezone.localdate()

    def thirty_days(turn: int) -> HttpResponse:
        diary = Diary(wish, today, today + timedelta(days=30))
        return HttpResponse(str(sum(1 for _ in diary.free(timezone.now()))))

    yield _compared("every time in 30 days, 10 people", thirty_days, base, before)


def booking(desk: Client, base: float, before: dict[str, float]) -> Iterator[str]:
    """Booking the first of the times that are offered, each time for somebody else."""
    random = Random(13)
    soon = (timezone.now(), timezone.now() + timedelta(days=AHEAD))
    idle = Patient.objects.exclude(appointments__starts_at__range=soon).values_list("pk", flat=True)
    picked = random.sample(list(idle[:10_000]), ROUNDS + 3)
    kind = AppointmentType.objects.order_by("position", "name")[0].pk
    branch = Branch.objects.order_by("pk")[0]
    free = iter(
        free_slots(Wish(branch=branch, duration=timedelta(minutes=30)), after=timezone.now(), limit=ROUNDS + 10)
    )

    def book(turn: int) -> HttpResponse:
        who = {"patient": picked[turn], "appointment_type": kind, "uid": uuid4(), "from": "offer"}
        return desk.post("/appointments/book/", who | {"slot": next(free).key}, headers={"HX-Request": "true"})

    yield _compared("booking", book, base, before)


def _compared(name: str, ask: Callable[[int], HttpResponse], base: float, before: dict[str, float]) -> str:
    p50, p95, _ = measured(ask)
    with CaptureQueriesContext(connection) as queries:
        ask(0)
    line = _line(name, p50, p95, base, len(queries.captured_queries))
    if name in before:
        line += f"   {p50 / before[name]:.2f} times the same with {FEW} appointments"
    before[name] = p50
    return line


def search(desk: Client, base: float, before: dict[str, float]) -> Iterator[str]:
    """Everything that is typed into the search box, each for other patients every time."""
    random = Random(11)
    picked = list(Patient.objects.filter(pk__in=random.sample(list(Patient.objects.values_list("pk", flat=True)), 500)))
    everything: list[float] = []
    for name, text in TYPED.items():
        texts = [text(random.choice(picked), random) for _ in range(ROUNDS)]
        p50, p95, times = measured(lambda turn, texts=texts: desk.get("/search/", {"q": texts[turn % ROUNDS]}))
        with CaptureQueriesContext(connection) as queries:
            desk.get("/search/", {"q": texts[0]})
        everything += times
        yield _line(f"search, {name}", p50, p95, base, len(queries.captured_queries))
    p50, p95 = _quantiles(everything)
    yield _line("search, all of these", p50, p95, base, None)


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

PARTS: dict[str, Callable[[Client, float, dict[str, float]], Iterator[str]]] = {
    "pages": pages,
    "slots": slots,
    "booking": booking,
    "search": search,
}


def measured(ask: Callable[[int], HttpResponse]) -> tuple[float, float, list[float]]:
    """Ask `ROUNDS` times, after a few to warm up, and return the median, the 95th percentile and all, in ms."""
    times = []
    for turn in range(-3, ROUNDS):
        started = time.perf_counter()
        answer = ask(turn)
        took = (time.perf_counter() - started) * 1000
        assert answer.status_code == 200, answer.status_code
        if turn >= 0:
            times.append(took)
    return *_quantiles(times), times


def _quantiles(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def _line(name: str, p50: float, p95: float, base: float, queries: int | None) -> str:
    told = f"   {queries} queries" if queries is not None else ""
    return f"{name:34} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   {p50 / base:4.1f} times a bare page{told}"


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
