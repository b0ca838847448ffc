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

    @property
    def connection_errors(self) -> tuple[type[Exception], ...]:
        """What says that the connection is broken.

        Kombu 5.7 closes a connection that broke in the middle of a task a second time, and is then without the client
        that it looks for: a worker would end over the AttributeError, with the broker back in a second.
        """
        return (*super().connection_errors, AttributeError)

    def ensure_connection(self, *args: Any, **options: Any) -> Connection:
        return super().ensure_connection(*args, **{"interval_max": self.LONGEST_PAUSE, **options})


class Amqp(AMQP):
    Connection = Insistent


app = Celery("clinic", amqp=Amqp)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
