"""Hosts of their own: network namespaces, each joined to this machine by a cable that can be pulled out.

What listens on this machine's loopback interface is there on the loopback interface of each host too, by relays.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from clinic.demo.running.ports import LOOPBACK
from clinic.demo.running.programs import Program
from tests.provision.processes import Processes


class NoNetworks(Exception):
    """The kernel, or whoever runs this, does not allow namespaces."""


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
    except FileNotFoundError:
        raise NoNetworks("there is no `ip` command") from None
    if done.returncode:
        raise NoNetworks(f"ip {' '.join(words)}: {done.stderr.strip()}")


@dataclass(frozen=True)
class Host:
    name: str
    here: str
    """The address that this machine has on the cable."""

    def on(self, program: Program) -> Program:
        """Return the program as it is started on this host."""
        return replace(program, argv=["ip", "netns", "exec", self.name, *program.argv])

    def pull_the_cable(self) -> None:
        _ip("link", "set", self.name, "down")

    def put_the_cable_back(self) -> None:
        _ip("link", "set", self.name, "up")


@contextmanager
def hosts(count: int, ports: Iterable[int], processes: Processes) -> Iterator[list[Host]]:
    """Yield so many hosts, which reach the given ports of this machine. Raises `NoNetworks`."""
    ports = list(ports)
    with ExitStack() as resources:
        unique = secrets.token_hex(3)
        made = [_host(resources, f"hc{unique}{n}", f"10.{secrets.randbelow(200) + 20}.{n}") for n in range(count)]
        for host in made:
            _relay(processes, f"relay-to-{host.name}", {f"{host.here}:{port}": f"{LOOPBACK}:{port}" for port in ports})
            inside = {f"{LOOPBACK}:{port}": f"{host.here}:{port}" for port in ports}
            _relay(processes, f"relay-on-{host.name}", inside, host)
        yield made


def _host(resources: ExitStack, name: str, network: str) -> Host:
    _ip("netns", "add", name)
    resources.callback(_ip, "netns", "delete", name)
    _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("address", "add", f"{network}.1/24", "dev", name)
    _ip("link", "set", name, "up")
    for words in (
        ("address", "add", f"{network}.2/24", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
        ("link", "set", "lo", "up"),
    ):
        _ip("netns", "exec", name, "ip", *words)
    return Host(name, f"{network}.1")


def _relay(processes: Processes, name: str, pairs: dict[str, str], host: Host | None = None) -> None:
    program = Program(name, [sys.executable, "-m", "tests.chaos.relay", *(f"{a}={b}" for a, b in pairs.items())])
    processes.start(host.on(program) if host else program, ready=lambda: "relaying" in processes.newest(name).said())
