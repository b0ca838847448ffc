"""`python -m tests.chaos.relay HOST:PORT=HOST:PORT ...`: passes connections on, from one network to another."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def serve(listener: socket.socket, target: tuple[str, int]) -> None:
    while True:
        client, _ = listener.accept()
        try:
            server = socket.create_connection(target, 5)
        except OSError:
            client.close()
            continue
        server.settimeout(None)
        for ends in ((client, server), (server, client)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def main(pairs: list[str]) -> None:
    threads = []
    for pair in pairs:
        here, _, there = pair.partition("=")
        listener = socket.create_server(address(here), backlog=64)
        threads.append(threading.Thread(target=serve, args=(listener, address(there)), daemon=True))
        threads[-1].start()
    sys.stdout.write("relaying\n")
    sys.stdout.flush()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1:])
