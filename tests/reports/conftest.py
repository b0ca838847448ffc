"""A practice whose money is looked at on a Wednesday."""

import pytest

from tests.desk.practice import open_practice


@pytest.fixture
def practice(db, time_machine):
    time_machine.move_to("2030-01-16T12:00:00+00:00")
    return open_practice()


@pytest.fixture
def manager(practice):
    """The manager's browser, at both branches."""
    return practice.somebody("manager", [practice.branch, practice.elsewhere])


@pytest.fixture
def lines():
    """The rows of a file that a page gives, without its headings."""

    def read(answer):
        return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]

    return read
