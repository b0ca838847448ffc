"""What one run consists of: its ports, its addresses and the programs to start, decided before anything starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings

from clinic.demo.running import programs
from clinic.demo.running.ports import LOOPBACK, free_port, free_port_from
from clinic.demo.running.programs import Program
from clinic.demo.running.redis import find_redis, redis_argv

WEB_PORT, SANDBOX_PORT = 8000, 8070


@dataclass
class Plan:
    """The programs of one run. `sandbox_url` is empty when a real Odoo is set, `remarks` is for the person."""

    web_port: int
    sandbox_port: int | None
    redis_port: int | None
    remarks: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.web_port}/"

    @property
    def sandbox_url(self) -> str:
        return f"http://{LOOPBACK}:{self.sandbox_port}" if self.sandbox_port else ""

    @property
    def environment(self) -> dict[str, str]:
        """What the programs have to know of one another."""
        env = {"CLINIC_URL": os.environ.get("CLINIC_URL", self.url)}
        if self.redis_port:
            env["REDIS_URL"] = f"redis://{LOOPBACK}:{self.redis_port}/0"
        if self.sandbox_url:
            env["ODOO_SANDBOX_URL"] = self.sandbox_url
        return env

    def programs(self) -> Iterator[Program]:
        """Yield the programs in the order in which they are started."""
        env, var = self.environment, settings.VAR_DIR
        if self.redis_port:
            yield Program("redis", redis_argv(find_redis(), self.redis_port, var / "redis"))
        if self.sandbox_port:
            yield programs.sandbox(self.sandbox_port, var / "sandbox.sqlite3", env)
        yield programs.web(self.web_port, env)
        yield programs.worker(env)
        yield programs.beat(var / "beat-schedule", env)


def make_plan(web_port: int = WEB_PORT, sandbox_port: int = SANDBOX_PORT) -> Plan:
    """Return the plan for a run on this machine now: a busy port gives way to the next free one, with a remark.

    Raises `NoRedis` when no Redis is set and none can be started.
    """
    redis_port = None
    if not os.environ.get("REDIS_URL"):
        find_redis()
        redis_port = free_port()
    plan = Plan(free_port_from(web_port), None if settings.ODOO_URL else free_port_from(sandbox_port), redis_port)
    for what, wanted, given in (
        ("The clinic", web_port, plan.web_port),
        ("The sandbox", sandbox_port, plan.sandbox_port),
    ):
        if given and given != wanted:
            plan.remarks.append(f"Port {wanted} is busy. {what} takes {given}.")
    return plan
