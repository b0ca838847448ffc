"""The sandbox answers what real servers answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from odoo_bridge.sandbox import Sandbox
from tests.odoo_bridge.sandbox.replay import PLAN, RECORDINGS, Conversation, comparable, recorded
from tests.odoo_bridge.sandbox.serving import serving

TOPICS = (
    "apikey",
    "auth",
    "crud-xmlrpc",
    "crud-jsonrpc",
    "faults-xmlrpc",
    "faults-jsonrpc",
    "load",
    "partner",
    "calendar",
    "invoice",
    "sale-stock",
)
MODELS = tuple(PLAN["omitted_fields"]["fields"])


def is_known_to_differ(label: str, version: int) -> bool:
    reason = PLAN["differs"].get(label)
    return bool(reason.get(str(version)) if isinstance(reason, dict) else reason)


ON_EVERY_VERSION = [(topic, version) for topic in TOPICS for version in (16, 17, 19)]


@pytest.mark.parametrize(("topic", "version"), [*ON_EVERY_VERSION, ("json2", 19), ("crud-json2", 19)])
def test_a_recorded_conversation_is_answered_alike(topic: str, version: int) -> None:
    conversation = Conversation(topic, version)
    with serving(conversation.sandbox) as conversation.caller:
        replay(conversation)


def replay(conversation: Conversation) -> None:
    version = conversation.version
    for exchange in conversation.exchanges:
        label = exchange["label"]
        answered, expected = comparable(conversation.answer(exchange)), comparable(recorded(exchange))
        if is_known_to_differ(label, version):
            assert answered != expected, f"{label} no longer differs: take it off the list"
        else:
            assert answered == expected, label


@pytest.mark.parametrize("version", (16, 17, 19))
@pytest.mark.parametrize("model", MODELS)
def test_fields_are_described_alike(model: str, version: int) -> None:
    exchange = json.loads((RECORDINGS / f"fields_get-{model}.{version}.json").read_text())["exchanges"][0]
    expected: dict[str, Any] = exchange["response"].get("result", exchange["response"])
    attributes = ["type", "string", "required", "readonly", "relation", "selection", "store"]
    described = Sandbox(version).as_user(2, model, "fields_get", list(expected), attributes)
    omitted = set(PLAN["omitted_fields"]["fields"][model])
    assert set(expected) - omitted == set(described)
    for name, attributes_of in described.items():
        was_cut = "..." in str(expected[name].get("selection"))
        ignored = {"selection"} if was_cut else set()
        assert {k: v for k, v in attributes_of.items() if k not in ignored} == {
            k: v for k, v in expected[name].items() if k not in ignored
        }, name
