"""The Celery tasks of long imports: they know the file's id and nothing else, and may run twice or be killed."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import translation
from kombu.exceptions import OperationalError

from clinic.patients.importing import abandoned, work
from clinic.patients.imports import Import

log = logging.getLogger(__name__)

PIECE = 30.0
"""Seconds that one task works: less than a task may take, and others get their turn."""


@shared_task
def go_on(pk: int) -> None:
    """Work on a file for a while, and ask for more of it if that was not enough."""
    file = Import.objects.filter(pk=pk).select_related("by").first()
    # What is wrong with a row is kept as a sentence: for whoever sent the file.
    with translation.override((file and file.by and file.by.language) or settings.LANGUAGE_CODE):
        if file and not work(file, PIECE):
            ask_for(pk)


@shared_task(expires=60)
def take_up() -> None:
    """Go on with the files that somebody stopped working on in the middle."""
    for pk in abandoned():
        ask_for(pk)


def ask_for(pk: int) -> None:
    """Ask a worker to go on with a file once this transaction is through. A lost request is made again by `take_up`."""

    def ask() -> None:
        try:
            go_on.apply_async([pk], retry=False, ignore_result=True)
        except (OperationalError, OSError) as error:
            log.warning("The broker did not take the request to go on with file %s: %s", pk, type(error).__name__)

    transaction.on_commit(ask)
