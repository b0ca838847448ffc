"""What beat and the worker do for reminders. The work is in the database, so a task that comes twice does no harm."""

from __future__ import annotations

from celery import shared_task

from clinic.reminders import actions, planning


@shared_task
def plan() -> None:
    """Plan what is due soon."""
    planning.plan_ahead()


@shared_task
def send() -> None:
    """Say of what was cut off that it was, and send what is due."""
    actions.give_up_on_lost()
    actions.send_due()
