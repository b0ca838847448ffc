"""What a failure writes into the logs."""

import io
import json
import logging

import pytest
from django.db import IntegrityError
from django.test import Client, override_settings
from django.urls import path

from clinic.discretion import DiscreetFormatter, DiscreetJsonFormatter
from clinic.urls import urlpatterns as clinic_urls

NAME = "Zebulonsky"


def _fails(request):
    try:
        raise IntegrityError(f"DETAIL: Failing row contains ({NAME}).")
    except IntegrityError as error:
        raise ValueError(f"Cannot read {NAME}") from error


_fails.login_required = False
urlpatterns = [*clinic_urls, path("fails/", _fails)]


@pytest.mark.parametrize("formatter", [DiscreetFormatter("%(levelname)s %(message)s"), DiscreetJsonFormatter()])
def test_a_failure_is_logged_with_its_place_and_without_the_names_in_its_messages(formatter):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    try:
        with override_settings(ROOT_URLCONF=__name__):
            answer = Client(raise_request_exception=False).get(f"/fails/?q={NAME}")
    finally:
        logging.getLogger().removeHandler(handler)
    assert answer.status_code == 500
    assert NAME not in answer.content.decode()
    assert NAME not in written.getvalue()
    assert "Internal Server Error: /fails/" in written.getvalue()
    assert "in _fails" in written.getvalue()
    assert "django.db.utils.IntegrityError" in written.getvalue()
    assert "builtins.ValueError" in written.getvalue()


def test_a_line_of_json_holds_what_is_meant_for_it_and_nothing_that_hangs_on_the_record():
    record = logging.makeLogRecord(
        {"name": "odoo_bridge.sync", "levelname": "WARNING", "msg": "connection %s", "args": (7,), "patient": NAME}
    )
    told = json.loads(DiscreetJsonFormatter().format(record))
    assert told.keys() == {"at", "level", "logger", "message", "process"}
    assert (told["level"], told["logger"], told["message"]) == ("WARNING", "odoo_bridge.sync", "connection 7")
