"""A process of its own that works for the bench, on the clinic and the Odoo of the environment.

python -m bench.process worker      says that it is ready, pushes all that waits once its input ends, and ends
python -m bench.process measured    does what each line says (push, pull), and answers how large it is in MiB: now,
                                    and at most so far
"""

from __future__ import annotations

import sys
from pathlib import Path

import django


def main(what: str) -> None:
    django.setup()
    from bench.pushing import push_all, push_all_taken_in
    from odoo_bridge import channel, sync
    from odoo_bridge.models import Connection

    connection = Connection.objects.get(state=Connection.State.ACTIVE)
    channel.kept_client(connection).version()
    if what == "worker":
        print("ready", flush=True)
        sys.stdin.read()
        push_all(connection)
        return
    for line in sys.stdin:
        if line.strip() == "push":
            push_all_taken_in(connection)
        elif line.strip() == "pull":
            sync.pull(connection)
        print(*_sizes(), flush=True)


def _sizes() -> tuple[float, float]:
    status = Path("/proc/self/status").read_text()
    now, peak = (int(status.partition(f"{name}:")[2].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


if __name__ == "__main__":
    main(sys.argv[1])
