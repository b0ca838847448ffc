"""`python -m clinic.demo.running.healthy`: tells a container engine whether the web server in here answers."""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException


def is_healthy(port: int = 8000) -> bool:
    """Tell whether the server says that it lives."""
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz/live", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(*map(int, sys.argv[1:])) else 1)
