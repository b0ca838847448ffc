from __future__ import annotations

import pytest
from django.test import Client

from tests.desk.practice import Practice, open_practice


@pytest.fixture
def practice(db: None) -> Practice:
    return open_practice()


@pytest.fixture
def desk(practice: Practice) -> Client:
    """The receptionist's browser."""
    return practice.somebody()
