"""What the settings promise of the database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from clinic.demo.running.ports import LOOPBACK


def test_a_database_that_does_not_answer_is_given_up():
    """It takes the connection and says nothing, like one whose machine has stopped: a page would wait for good."""
    with socket.create_server((LOOPBACK, 0)) as mute:
        url = f"postgres://clinic@{LOOPBACK}:{mute.getsockname()[1]}/clinic"
        look = "from django.db import connection; connection.ensure_connection()"
        argv = [sys.executable, "manage.py", "shell", "-c", look]
        done = subprocess.run(argv, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=90)
    assert done.returncode != 0
    assert "timeout" in done.stderr
