"""The alert rules that ship with the clinic: they can be read, name figures that exist, and go off when they should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from django.conf import settings
from ruamel.yaml import YAML

from odoo_bridge.metrics import Sync

RULES = settings.BASE_DIR / "docs" / "alerts.yml"


def rules() -> list[dict[str, Any]]:
    [group] = YAML(typ="safe").load(RULES.read_text())["groups"]
    return list(group["rules"])


def selectors(expression: Any) -> Iterator[Any]:
    """Return what a parsed rule reads."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("lhs", "rhs", "expr", "vector_selector", "args"):
        part = getattr(expression, name, None)
        for one in part if isinstance(part, list) else [part]:
            if one is not None:
                yield from selectors(one)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
@pytest.mark.django_db
def test_a_rule_can_be_read_and_names_only_figures_and_labels_that_exist(rule: dict[str, Any]) -> None:
    labels = {family.name: set(family._labelnames) for family in Sync().collect()}
    read = list(selectors(promql_parser.parse(rule["expr"])))
    assert read
    for selector in read:
        assert selector.name in labels
        assert {matcher.name for matcher in selector.matchers.matchers} <= labels[selector.name]
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]


def test_there_is_a_rule_for_everything_that_somebody_has_to_know() -> None:
    read = {selector.name for rule in rules() for selector in selectors(promql_parser.parse(rule["expr"]))}
    assert read >= {
        "odoo_connection_stalled",
        "odoo_lag_seconds",
        "odoo_records_waiting",
        "odoo_connection_failures",
        "odoo_drift",
        "odoo_records_needing_somebody",
    }
