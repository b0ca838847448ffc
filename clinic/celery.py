"""The Celery application: `celery -A clinic worker` and `celery -A clinic beat`."""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")


class Insistent(Connection):
    """A connection to the broker that is tried again every few seconds, however long the broker was away.

    Celery's own pauses grow to 30 seconds, and the worker's come on top of beat's.
    """

    LONGEST_PAUSE = 5

    def ensure_connection(self, *args: Any, **options: Any) -> Connection:
        return super().ensure_connection(*args, **{"interval_max": self.LONGEST_PAUSE, **options})


class Amqp(AMQP):
    Connection = Insistent


app = Celery("clinic", amqp=Amqp)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
