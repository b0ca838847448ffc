"""Four workers on four hosts, and one of them is cut off in the middle of a push."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from clinic.demo.running import programs
from clinic.demo.running.follow import wait_until
from tests.chaos.clinic import Clinic
from tests.chaos.networks import Host, NoNetworks, hosts

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


@pytest.fixture
def four(open_clinic):
    """A clinic, and four hosts from which its database, its Redis and its Odoo are reached."""
    clinic = open_clinic(start=("redis",), env={"ODOO_TIMEOUT_SECONDS": "10"})
    urls = (clinic.stack.database_url, clinic.stack.redis_url, clinic.line.url)
    ports = [port for port in (urlsplit(url).port for url in urls) if port]
    try:
        with hosts(4, ports, clinic.stack.processes) as four:
            yield clinic, four
            clinic.stack.processes.stop()
    except NoNetworks as refused:
        pytest.skip(f"This machine allows no network namespaces: {refused}")


def start_on(clinic: Clinic, host: Host) -> None:
    program = replace(programs.worker(clinic.stack.env), name=f"worker-{host.name}")
    processes = clinic.stack.processes
    is_ready = lambda: " ready." in processes.newest(program.name).said()  # noqa: E731
    clinic.stack.running[program.name] = processes.start(host.on(program), ready=is_ready)


def test_workers_on_four_hosts_share_a_backlog(four) -> None:
    clinic, machines = four
    for _ in range(60):
        clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    for machine in machines:
        start_on(clinic, machine)
    for _ in range(12):
        clinic.ring()
    clinic.settle(120)
    clinic.both_sides_are_alike()


def test_a_host_that_is_cut_off_in_the_middle_of_a_push_and_comes_back_does_no_harm(four) -> None:
    clinic, (cut_off, other, *_) = four
    payment = clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    start_on(clinic, cut_off)
    held = clinic.line.hold_answer("account.payment", "load")
    clinic.ring()
    assert held.reached.wait(30), clinic.standing()
    cut_off.pull_the_cable()
    held.let_go.set()
    # Time passes: what was held there is free, and another host goes on with it.
    start_on(clinic, other)
    clinic.settle(60)
    assert clinic.books.link(payment).state == "in_odoo"

    cut_off.put_the_cable_back()
    patient = clinic.practice.patient(city="Sligo")
    clinic.settle(60)
    assert wait_until(lambda: clinic.books.link(patient).state == "in_odoo", 10)
    clinic.both_sides_are_alike()
