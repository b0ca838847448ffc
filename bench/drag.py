"""How smoothly a visit follows the hand over a full page, beside a page with nothing in it, in one browser.

A receptionist drags a visit to and fro over a day of 432 visits and a week of 3,024, and the page says how long each
frame took; then the mouse makes the same way over an empty page, so that a busy machine slows down both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from bench import diary
from clinic.appointments.models import Appointment
from clinic.demo.factories import PatientFactory, PractitionerFactory, UserFactory
from clinic.demo.running import programs
from clinic.demo.running.follow import wait_until
from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.patients.models import Patient
from clinic.practice.models import AppointmentType, Branch
from clinic.staff.models import Practitioner
from tests.provision.browser import QUIET, find_chromium

PEOPLE, HALF_HOURS = 27, 16
AT_ONCE, FIVE_MINUTES = 4, 108
MOVES = 120
SIZE = {"width": 1440, "height": 900}
RECORD = """() => {
  window.frames_ = [];
  let last = performance.now();
  const next = (now) => {
    window.frames_.push(now - last);
    last = now;
    window.recording_ = requestAnimationFrame(next);
  };
  window.recording_ = requestAnimationFrame(next);
}"""
RECORDED = "() => { cancelAnimationFrame(window.recording_); return window.frames_.slice(1); }"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
GRABBED = """() => {
  const grid = document.querySelector("[data-day-grid]").getBoundingClientRect();
  for (const visit of document.querySelectorAll(".visit[data-move-url]")) {
    const box = visit.getBoundingClientRect();
    if (box.top > grid.top + 60 && box.bottom < grid.bottom - 60 && box.left > grid.left + 60 && box.right < grid.right)
      return [box.left + box.width / 2, box.top + Math.min(4, box.height / 3)];
  }
}"""


def measure() -> Iterator[str]:
    """Fill a day and a week, and yield a line for each page: milliseconds of a frame, and an empty one's."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    branch, busy = _clinic()
    days = _monday(branch.today()), _monday(branch.today()) + timedelta(weeks=1)
    pages = {
        f"day of {_full_day(branch, days[0])} visits": f"/?day={days[0]}",
        f"week of {_full_week(branch, busy, days[1])} visits": f"/week/?day={days[1]}&who={busy.pk}",
    }
    desk = Client()
    desk.force_login(UserFactory(branches=[branch]))
    with _served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
        try:
            for name, address in pages.items():
                yield _line(name, *_dragged(browser, url, address, desk.cookies["sessionid"].value))
        finally:
            browser.close()


def _monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def _clinic() -> tuple[Branch, Practitioner]:
    branch = diary.branches(1)[0]
    PractitionerFactory.create_batch(PEOPLE - diary.TEN, branches=[branch])
    Patient.objects.bulk_create(PatientFactory.build_batch(500, branch=branch, usual_practitioner=None))
    return branch, PractitionerFactory(branches=[branch])


def _full_day(branch: Branch, day: date) -> int:
    """Give everybody a visit every half hour, and return how many they are."""
    people = list(branch.practitioners.order_by("pk")[:PEOPLE])
    times = [datetime.combine(day, at, branch.zone) for at in diary.STARTS]
    return _visits(branch, [(one, at, 30) for at in times for one in people])


def _full_week(branch: Branch, one: Practitioner, monday: date) -> int:
    """Give one practitioner four visits at once every five minutes, every day, and return how many they are."""
    first = [datetime.combine(monday + timedelta(days=number), clock(8), branch.zone) for number in range(7)]
    times = [start + timedelta(minutes=5 * number) for start in first for number in range(FIVE_MINUTES)]
    return _visits(branch, [(one, at, 5) for at in times for _ in range(AT_ONCE)])


def _visits(branch: Branch, wanted: list[tuple[Practitioner, datetime, int]]) -> int:
    patients, chair = list(Patient.objects.all()), branch.chairs.order_by("pk")[0]
    kind = AppointmentType.objects.order_by("pk")[0]
    Appointment.objects.bulk_create(
        Appointment(
            uid=uuid4(),
            patient=patients[number % len(patients)],
            practitioner=one,
            chair=chair,
            appointment_type=kind,
            starts_at=at,
            ends_at=at + timedelta(minutes=minutes),
            overbooked_because="To see how many a page holds",
        )
        for number, (one, at, minutes) in enumerate(wanted)
    )
    return len(wanted)


@contextmanager
def _served() -> Iterator[str]:
    """Serve the clinic of this process' settings by a process of its own, and yield its address."""
    port = free_port()
    env = {"CLINIC_VAR": str(settings.VAR_DIR), "DATABASE_URL": os.environ["DATABASE_URL"]}
    program = programs.web(port, env)
    web = subprocess.Popen(program.argv, env=program.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://{LOOPBACK}:{port}"
    try:
        if not wait_until(lambda: _answers(url), 60, every=0.2):
            raise SystemExit("The clinic did not start.")
        yield url
    finally:
        web.terminate()
        web.wait()


def _answers(url: str) -> bool:
    import urllib.error
    import urllib.request

    try:
        urllib.request.urlopen(f"{url}/healthz/live", timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _dragged(browser: Browser, url: str, address: str, session: str) -> tuple[list[float], list[float], float, float]:
    """Return the frames of the drag and of the empty page in ms, its first paint in ms, the drag's seconds."""
    context = browser.new_context(viewport=SIZE)
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page = context.new_page()
    page.goto(url + address)
    page.wait_for_load_state("load")
    painted = page.evaluate(PAINTED)
    x, y = page.evaluate(GRABBED)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10)
    started = time.perf_counter()
    frames = _moved(page)
    took = time.perf_counter() - started
    assert page.locator(".is-ghost").count() == 1, "Nothing was dragged."
    page.keyboard.press("Escape")
    page.mouse.up()
    page.goto("about:blank")
    empty = _moved(page)
    context.close()
    return frames, empty, painted, took


def _moved(page: Page) -> list[float]:
    """Move the mouse to and fro, and return how long each frame took in milliseconds."""
    page.evaluate(RECORD)
    for number in range(MOVES):
        along = number if number % 40 < 20 else 40 - number % 40
        page.mouse.move(400 + (number % 40) * 20, 300 + (along % 20) * 15)
    return page.evaluate(RECORDED)


def _line(name: str, frames: list[float], empty: list[float], painted: float, took: float) -> str:
    own, bare = _told(frames), _told(empty)
    ratio = statistics.median(frames) / statistics.median(empty)
    return (
        f"{name:22} first paint {painted:5.0f} ms   {MOVES} moves in {took:4.1f} s   frame {own}   "
        f"of an empty page {bare}   {ratio:.1f} times"
    )


def _told(frames: list[float]) -> str:
    found: Any = statistics.quantiles(frames, n=20)
    return f"p50 {statistics.median(frames):5.1f} ms p95 {found[-1]:5.1f} ms"
