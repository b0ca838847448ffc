"""Arguments that a method does not take are refused in Python's words, as observed on a real Odoo 17."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.sandbox.errors import OdooError
from tests.odoo_bridge.sandbox.conftest import User


@pytest.mark.parametrize(
    ("model", "method", "args", "kwargs", "complaint"),
    (
        ("res.partner", "create", [{}, {}], {}, "ResPartner.create() takes 2 positional arguments but 3 were given"),
        ("res.partner", "create", [], {}, "ResPartner.create() missing 1 required positional argument: 'vals_list'"),
        ("res.partner", "write", [[1]], {}, "ResPartner.write() missing 1 required positional argument: 'vals'"),
        (
            "res.partner",
            "write",
            [[1]],
            {"ref": "A"},
            "ResPartner.write() got an unexpected keyword argument 'ref'",
        ),
        (
            "res.partner",
            "write",
            [[1], {}],
            {"vals": {}},
            "ResPartner.write() got multiple values for argument 'vals'",
        ),
        ("res.partner", "write", [[1], {}, {}], {}, "ResPartner.write() takes 2 positional arguments but 3 were given"),
        (
            "res.partner",
            "unlink",
            [[1], 1, 2, 3],
            {},
            "ResPartner.unlink() takes 1 positional argument but 4 were given",
        ),
        (
            "res.partner",
            "search_count",
            [[], 0, 1, 2],
            {},
            "BaseModel.search_count() takes from 2 to 3 positional arguments but 5 were given",
        ),
        (
            "res.partner",
            "read",
            [[1], ["name"], 1, 2],
            {},
            "BaseModel.read() takes from 1 to 3 positional arguments but 4 were given",
        ),
        (
            "ir.model.data",
            "check_object_reference",
            [],
            {},
            "IrModelData.check_object_reference() missing 2 required positional arguments: 'module' and 'xml_id'",
        ),
    ),
)
def test_wrong_arguments_are_refused_in_pythons_words(
    model: str, method: str, args: list[Any], kwargs: dict[str, Any], complaint: str, office: User
) -> None:
    with pytest.raises(OdooError) as refused:
        office(model, method, *args, **kwargs)
    assert (refused.value.name, refused.value.message) == ("builtins.TypeError", complaint)
