"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.programs import Program
from clinic.demo.running.redis import NoRedis, find_redis, redis_argv
from tests.provision.browser import QUIET, find_chromium
from tests.provision.legs import WITHOUT_DATABASE, longest_first
from tests.provision.missing import unavailable
from tests.provision.processes import Processes
from tests.provision.stack import Stack, bring_up


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs a Chromium on this machine")
    config.addinivalue_line("markers", "chaos: too long for every run; `make chaos` runs it")
    config.addinivalue_line("markers", "looks_only: changes nothing in the Odoo that it meets")
    config.addinivalue_line("markers", "over(*transports): the transports that a test of the client runs over")
    from django.conf import settings

    # Whitenoise warns of a folder that is not there before the first collectstatic.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # There is nobody to hear the bell in this process; the processes that tests start have a Redis and ring it.
    settings.ODOO_RING = False
    # Nor is there a broker: one that happens to run on this machine is somebody else's.
    settings.REDIS_URL = settings.CELERY_BROKER_URL = f"redis://{LOOPBACK}:1/0"
    # Hashing a password slowly is for attackers; tests sign in all the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        free = item.nodeid.startswith(tuple(f"{folder}/" for folder in WITHOUT_DATABASE))
        if free and (item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ())):
            raise pytest.UsageError(f"{item.nodeid} uses the database, and would run on one engine only.")
    items.sort(key=lambda item: longest_first(item.nodeid))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Give SQLite a file: threads and processes that meet in a database in memory lock it in another way."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _the_rules_let_a_test_database_be_emptied() -> Iterator[None]:
    """Drop SQLite's triggers before a flush: they refuse to delete issued invoices.

    PostgreSQL truncates, which asks no trigger. A flush ends with `post_migrate`, which installs the rules again.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_without_rules(self: Any, statements: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        flush(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_without_rules)
        yield


@pytest.fixture(name="free_port")
def a_free_port() -> int:
    """A port that nobody listens on."""
    return free_port()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis that belongs to this test session alone."""
    try:
        executable = find_redis()
    except NoRedis as error:
        unavailable(str(error))
    import redis

    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    processes = Processes(folder)
    url = f"redis://{LOOPBACK}:{port}/0"
    with redis.Redis.from_url(url) as client:

        def answers() -> bool:
            try:
                return client.ping()
            except redis.ConnectionError:
                return False

        processes.start(Program("redis", redis_argv(executable, port, folder)), ready=answers)
        yield url
    processes.stop()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Starts real processes that end with the test."""
    mine = Processes(tmp_path)
    yield mine
    mine.stop()


@pytest.fixture
def live_stack(tmp_path: Path, redis_url: str) -> Iterator[Callable[..., Stack]]:
    """A factory of whole clinics (see `bring_up`): `live_stack()`, `live_stack(start=["web"], seed=40, env={...})`."""
    with ExitStack() as resources:
        made = iter(range(100))

        def make(**options: Any) -> Stack:
            return bring_up(resources, tmp_path / f"stack{next(made)}", redis_url, **options)

        yield make


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    return find_chromium() or unavailable("Chromium (none on the PATH; $CHROMIUM may name one)")


@pytest.fixture
def browser(chromium: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Playwright browser."""
    # Playwright keeps an event loop in this thread, which Django takes for a reason to refuse the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of desktop size in a browser context of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-IE")
    yield context.new_page()
    context.close()
