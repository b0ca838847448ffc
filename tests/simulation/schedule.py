"""From a seed to a schedule: what people do, when workers run, and what goes wrong on the way."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.simulation import desk, office, report
from tests.simulation.story import BEGINNING, Schedule
from tests.simulation.wire import FAULTS

Step = dict[str, Any]
FIELDS = ("email", "phone", "street", "city")
ODOO_FIELDS = ("email", "phone", "street", "city", "zip")
LEAST_STEPS, MOST_STEPS, LEAST_FAULTS = 40, 60, 5
CALLS = {
    "push": [
        *("common.authenticate", "res.partner.fields_get", "ir.model.data.check_object_reference"),
        *("res.partner.load", "res.partner.read", "res.partner.write"),
        *("calendar.event.load", "calendar.event.read", "calendar.event.write"),
        *("account.move.load", "account.move.action_post", "account.move.read"),
        *("account.move.js_assign_outstanding_line", "account.move.line.search_read"),
        *("account.payment.load", "account.payment.action_post", "account.payment.read"),
        *("account.payment.get_metadata", "sale.order.load", "sale.order.read", "sale.order.action_confirm"),
    ],
    "pull": [
        *("res.partner.fields_get", "res.partner.read", "res.partner.search_read"),
        *("calendar.event.read", "calendar.event.search_read", "account.move.read", "account.move.search_read"),
        *("account.payment.read", "account.payment.search_read", "account.payment.get_metadata"),
    ],
}
"""What a worker's faults are chosen from."""
AT_ONE_CALL = 3
"""So many faults of each schedule meet one call, which the seed says: over the seeds every fault meets every call."""
PULLS = AT_ONE_CALL + 2
"""How many pulls in a row are sure to meet them, with whoever stands still over one of them in between."""
RESTORED = 0.15
"""The share of seeds in which a database is put back to an older backup."""
SWEEP = 310.0
"""Seconds after which deletions are looked for anew."""
STATEMENTS = 60
"""Among how many statements of a worker one is chosen to stop it at."""


class Chance:
    """The dice of one seed."""

    def __init__(self, seed: int, *, deletions: bool) -> None:
        self.dice = random.Random(seed)
        self.deletions = deletions
        self._number = len(BEGINNING)

    def even(self) -> int:
        self._number += 1
        return 2 * self._number

    def odd(self) -> int:
        return self.even() + 1

    def any(self) -> int:
        return self.dice.randrange(1000)


def make(seed: int, *, deletions: bool = True, restores: str = "") -> Schedule:
    """Return the schedule of a seed: what comes after the beginning that all have in common.

    `deletions`: whether people in Odoo delete and merge what the bridge made. `restores`: "clinic" or "odoo", whose
    database is put back to an older backup once on the way; of its own accord that happens to a share of the seeds.
    """
    restores = restores or _restored_in(seed)
    chance = Chance(seed, deletions=deletions)
    dice = chance.dice
    steps: list[Step] = []
    length = dice.randint(LEAST_STEPS, MOST_STEPS) - len(BEGINNING)
    kinds, weights = zip(*_KINDS, strict=True)
    while len(steps) < length or faults(steps) < LEAST_FAULTS:
        step = dice.choices(kinds, weights)[0](chance)
        step["after"] = dice.choice([0.1, 0.5, 2.0, 10.0, 40.0])
        steps.append(step)
    if restores:
        middle = len(steps) // 2
        steps.insert(middle, {"do": f"backup.{restores}_made"})
        steps.insert(middle + len(steps) // 4, {"do": f"backup.{restores}_restored"})
    steps = _aimed(chance, seed, steps)
    skew = dice.choice([0.0, 0.0, 45.0, -45.0, 600.0, -600.0])
    return Schedule(seed, skew, steps)


def _restored_in(seed: int) -> str:
    """Return whose database is put back in a seed; empty if nobody's is."""
    dice = random.Random(f"restores {seed}")
    return dice.choice(["clinic", "odoo"]) if dice.random() < RESTORED else ""


def _aimed(chance: Chance, seed: int, steps: list[Step]) -> list[Step]:
    """Let some faults wait for the one call that is this seed's, and something on the way lead to it."""
    turn, position = divmod(seed, len(report.CALLS))
    call = report.CALLS[position]
    first = turn * AT_ONE_CALL
    kinds = [FAULTS[number % len(FAULTS)] for number in range(first, first + AT_ONE_CALL)]
    middle = chance.dice.randrange(len(steps) // 2)
    waiting: list[Step] = [{"do": "await.fault", "plan": {call: kind}} for kind in kinds]
    return [*waiting, *steps[:middle], *_leading_to(chance, call), *steps[middle:]]


def _leading_to(chance: Chance, call: str) -> list[Step]:
    """Return steps after which a call is likely to be made."""
    push: Step = {"do": "worker.push", "after": 40.0}
    register: Step = {"do": "desk.register", "number": chance.even()}
    edit: Step = {"do": "desk.edit", "who": chance.any(), "field": "city", "number": chance.even()}
    book: Step = {"do": "desk.book", "who": chance.any(), "slot": chance.any()}
    move: Step = {"do": "desk.reschedule", "which": chance.any(), "slot": chance.any() % 40, "minutes": 45}
    issue: Step = {"do": "desk.issue", "who": chance.any(), "cents": [chance.any() + 500], "rate": chance.any()}
    pay: Step = {"do": "desk.pay", "which": -1, "percent": 50, "method": "cash"}
    paid_there: Step = {"do": "office.pay", "which": -1, "cents": 300}
    pulls: list[Step] = [{"do": "worker.pull", "after": 40.0}] * PULLS
    if call.startswith("sale.order") and not call.endswith(("_rights", "fields_get", "search_read")):
        plan: Step = {"do": "desk.propose", "who": chance.any(), "cents": [chance.any() + 500], "rate": chance.any()}
        sweep: list[Step] = [{"do": "clock.wait", "seconds": SWEEP}, *pulls] if call.endswith("search") else []
        accept: Step = {"do": "desk.accept", "which": -1}
        return [plan, plan, push, push, accept, push, push, plan, accept, push, push, push, *sweep]
    if call.endswith(".search"):
        made = {"calendar": [book, push, push], "account": [issue, push, push, push, pay, push, push, push]}
        return [*made.get(call.partition(".")[0], []), *pulls[:1], {"do": "clock.wait", "seconds": SWEEP}, *pulls]
    if call.startswith(("stock", "sale", "calendar.attendee", "ir.attachment.search")):
        return [book, push, push, *pulls]
    if call.startswith("ir.model.data"):
        return [register, push | {"plan": {"res.partner.load": "reset_after"}}, push, push]
    if call in ("account.payment.get_metadata", "account.journal.read"):
        return [issue, push, push, paid_there, {"do": "worker.pull", "after": 40.0}, push]
    assigning = ("js_assign_outstanding_line", "line.search_read", "account.account.fields_get")
    if call.startswith("account.payment") or call.endswith(assigning):
        return [issue, push, push, pay, push, push, push]
    if call.startswith("account") or "currency" in call:
        return [issue, push, push, push]
    if call.startswith("calendar"):
        return [book, push, push, move, push, push]
    return [register, push, edit, push, push]


def faults(steps: list[Step]) -> int:
    """Return how many faults are planned in these steps."""
    return sum(len(step.get("plan", {})) for step in steps)


def _worker(chance: Chance, what: str) -> Step:
    dice = chance.dice
    plan = {}
    if dice.random() < 0.6:
        plan[f"call:{dice.choice([1, 1, 2, 2, 3, 3, 4, 5, 6])}"] = dice.choice(FAULTS)
        # A call by its name is met by every run that makes it, however late.
        for name in dice.sample(CALLS[what], dice.randint(1, 4)):
            plan[name] = dice.choice(FAULTS)
        if dice.random() < 0.25:
            plan[f"sql:{dice.randint(1, STATEMENTS)}"] = dice.choice(["kill", "slow", "frozen"])
    return {"do": f"worker.{what}", "plan": plan}


def _push(chance: Chance) -> Step:
    return _worker(chance, "push")


def _pull(chance: Chance) -> Step:
    return _worker(chance, "pull")


def _desk(chance: Chance) -> Step:
    dice = chance.dice
    step: Step = dice.choices(*_DESK)[0](chance)
    step["ring"] = dice.choices(["lost", "answered", "queued"], [6, 3, 1])[0]
    return step


def _office(chance: Chance) -> Step:
    dice = chance.dice
    if chance.deletions and dice.random() < 0.04:
        return dice.choice(
            [
                {"do": "office.delete", "who": chance.any()},
                {"do": "office.delete_event", "which": chance.any()},
                {"do": "office.merge", "who": chance.any(), "other": chance.any()},
            ]
        )
    step: Step = dice.choices(*_OFFICE)[0](chance)
    return step


def _table(*rows: tuple[int, Callable[[Chance], Step]]) -> tuple[list[Callable[[Chance], Step]], list[int]]:
    return [row[1] for row in rows], [row[0] for row in rows]


_DESK = _table(
    (2, lambda c: {"do": "desk.register", "number": c.even(), "bare": c.dice.random() < 0.3}),
    (8, lambda c: {"do": "desk.edit", "who": c.any(), "field": c.dice.choice(FIELDS), "number": c.even()}),
    (2, lambda c: {"do": "desk.edit_two", "who": c.any(), "fields": ["street", "city"], "number": c.even()}),
    (2, lambda c: {"do": "desk.clear", "who": c.any(), "field": c.dice.choice(desk.CLEARABLE)}),
    (2, lambda c: {"do": "desk.undo", "who": c.any(), "field": c.dice.choice(FIELDS)}),
    (1, lambda c: {"do": "desk.save_as_it_is", "who": c.any()}),
    (1, lambda c: {"do": "desk.archive", "who": c.any()}),
    (2, lambda c: {"do": "desk.bring_back", "who": c.any()}),
    (1, lambda c: {"do": "desk.move_house", "number": c.even()}),
    (5, lambda c: {"do": "desk.book", "who": c.any(), "slot": c.any()}),
    (
        4,
        lambda c: {
            "do": "desk.reschedule",
            "which": c.any(),
            "slot": c.any() % 40,
            "minutes": c.dice.choice([30, 45, 60]),
        },
    ),
    (2, lambda c: {"do": "desk.lengthen", "which": c.any(), "minutes": c.dice.choice([5, 15, 25])}),
    (1, lambda c: {"do": "desk.delete", "who": c.any()}),
    (1, lambda c: {"do": "desk.delete_visit", "which": c.any()}),
    (2, lambda c: {"do": "desk.cancel", "which": c.any()}),
    (2, lambda c: {"do": "desk.take_up", "which": c.any()}),
    (
        4,
        lambda c: {
            "do": "desk.issue",
            "who": c.any(),
            "cents": [c.dice.randrange(1, 30000) for _ in range(c.dice.randint(1, 3))],
            "rate": c.any(),
        },
    ),
    (1, lambda c: {"do": "desk.draft", "who": c.any()}),
    (
        5,
        lambda c: {
            "do": "desk.pay",
            "which": c.any(),
            "percent": c.dice.choice([30, 50, 100]),
            "method": c.dice.choice(["cash", "card"]),
        },
    ),
    (3, lambda c: {"do": "desk.credit", "which": c.any(), "percent": c.dice.choice([30, 100])}),
    (2, lambda c: {"do": "desk.deposit", "who": c.any(), "cents": c.dice.randrange(100, 40000), "method": "card"}),
    (3, lambda c: {"do": "desk.use_credit", "which": c.any()}),
    (2, lambda c: {"do": "desk.refund", "which": c.any(), "percent": c.dice.choice([40, 100]), "method": "cash"}),
    (
        2,
        lambda c: {
            "do": "desk.propose",
            "who": c.any(),
            "cents": [c.dice.randrange(100, 90000) for _ in range(c.dice.randint(1, 2))],
            "rate": c.any(),
        },
    ),
    (1, lambda c: {"do": "desk.accept", "which": c.any()}),
    (1, lambda c: {"do": "desk.decline", "which": c.any()}),
)
_OFFICE = _table(
    (8, lambda c: {"do": "office.edit", "who": c.any(), "field": c.dice.choice(ODOO_FIELDS), "number": c.odd()}),
    (1, lambda c: {"do": "office.edit_badly", "who": c.any(), "number": c.odd()}),
    (1, lambda c: {"do": "office.rename", "who": c.any(), "number": c.odd()}),
    (2, lambda c: {"do": "office.clear", "who": c.any(), "field": c.dice.choice(office.CLEARABLE)}),
    (1, lambda c: {"do": "office.archive", "who": c.any()}),
    (1, lambda c: {"do": "office.bring_back", "who": c.any()}),
    (2, lambda c: {"do": "office.write_as_it_is", "who": c.any(), "field": c.dice.choice(ODOO_FIELDS)}),
    (1, lambda c: {"do": "office.make_unrelated", "number": c.odd()}),
    (
        4,
        lambda c: {
            "do": "office.move",
            "which": c.any(),
            "slot": c.any() % 40,
            "minutes": c.dice.choice([30, 40]),
        },
    ),
    (2, lambda c: {"do": "office.shorten", "which": c.any(), "minutes": c.dice.choice([21, 33, 47])}),
    (1, lambda c: {"do": "office.rename_event", "which": c.any(), "number": c.odd()}),
    (1, lambda c: {"do": "office.archive_event", "which": c.any()}),
    (4, lambda c: {"do": "office.pay", "which": c.any(), "cents": c.dice.randrange(1, 40000)}),
    (2, lambda c: {"do": "office.settle_by_hand", "which": c.any()}),
    (1, lambda c: {"do": "office.reset_invoice", "which": c.any()}),
    (1, lambda c: {"do": "office.post_invoice", "which": c.any()}),
    (1, lambda c: {"do": "office.cancel_invoice", "which": c.any()}),
    (1, lambda c: {"do": "office.undo_payment", "which": c.any()}),
    (1, lambda c: {"do": "office.confirm_order", "which": c.any()}),
    (1, lambda c: {"do": "office.cancel_order", "which": c.any()}),
    (1, lambda c: {"do": "office.reprice_order", "which": c.any(), "cents": c.dice.randrange(100, 90000)}),
    (1, lambda c: {"do": "office.recount", "which": c.any(), "quantity": c.dice.randrange(0, 90)}),
)
_KINDS: tuple[tuple[Callable[[Chance], Step], int], ...] = (
    (_desk, 34),
    (_office, 20),
    (_push, 16),
    (_pull, 8),
    (lambda c: {"do": "resume.on", "which": c.any()}, 5),
    (lambda c: {"do": "resume.kill", "which": c.any()}, 1),
    (lambda c: {"do": "broker.delivers"}, 2),
    (lambda c: {"do": "broker.is_emptied"}, 1),
    (lambda c: {"do": "broker.delivers_twice", "at": c.dice.randint(1, STATEMENTS)}, 2),
    (lambda c: {"do": "late.arrives", "which": c.any()}, 3),
    (lambda c: {"do": "decide.one", "which": c.any(), "ours": c.dice.random() < 0.5}, 4),
    (lambda c: {"do": "clock.wait", "seconds": c.dice.choice([15.0, 35.0, 130.0, 900.0])}, 5),
    # A clock that is set back by more than a pull looks back (five minutes) loses what is written meanwhile.
    (lambda c: {"do": "clock.skew", "by": c.dice.choice([60.0, -60.0])}, 1),
    (lambda c: {"do": "go.on"}, 2),
)
