"""Which models exist in a version, and the tables they live in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache, lru_cache

from odoo_bridge.sandbox import secrets
from odoo_bridge.sandbox.models import MODELS
from odoo_bridge.sandbox.orm import custom
from odoo_bridge.sandbox.orm.fields import Description, Field, descriptions, relation_table
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.profiles import Profile, profile

# The bytes of attachments, each stored once.
FILES = "CREATE TABLE sandbox_file (checksum TEXT PRIMARY KEY, content BLOB NOT NULL)"

# What stock moves have reserved of which quant.
RESERVATIONS = (
    "CREATE TABLE sandbox_reservation (move INTEGER NOT NULL, quant INTEGER NOT NULL, quantity REAL NOT NULL)"
)


class Registry:
    """The models of one version, or of one database; immutable. See ``orm.custom`` for the latter."""

    def __init__(self, version_profile: Profile, described: dict[str, Description]) -> None:
        self.profile = version_profile
        self.descriptions = described
        named = {cls.name: cls for cls in MODELS}
        self.classes: dict[str, type[BaseModel]] = {
            name: named.get(name) or _class(description) for name, description in described.items()
        }
        # Every many2one that points at a model, for deletions: model name -> fields.
        self.pointing_at: dict[str, list[Field]] = {name: [] for name in self.descriptions}
        for field in self._fields():
            if field.type == "many2one" and field.is_column and field.relation in self.pointing_at:
                self.pointing_at[field.relation].append(field)

    def of_database(self, connection: sqlite3.Connection) -> Registry:
        """The version's models together with those that users made in a database."""
        return _extended(self.profile.version, custom.definitions(connection))

    def _fields(self) -> Iterator[Field]:
        for description in self.descriptions.values():
            yield from description.fields.values()

    def schema(self) -> Iterator[str]:
        """The statements that create an empty database."""
        yield secrets.TABLE
        yield secrets.TOKENS
        yield FILES
        yield RESERVATIONS
        for description in self.descriptions.values():
            cells = ["id INTEGER PRIMARY KEY AUTOINCREMENT"]
            cells += [
                f'"{field.name}" {field.sql_type}'
                for field in description.fields.values()
                if field.is_column and field.name != "id"
            ]
            yield f"CREATE TABLE {description.table} ({', '.join(cells)})"
        for field in self._fields():
            if field.is_rows and not field.mirror:
                yield from relation_table(field)
            elif field.type == "one2many":
                table = field.relation.replace(".", "_")
                yield f'CREATE INDEX IF NOT EXISTS {table}_{field.inverse} ON {table} ("{field.inverse}")'
        yield from INDEXES


def _class(description: Description) -> type[BaseModel]:
    """The class of a model with nothing of its own; a user's model is called by its ``x_name``."""
    members = {"name": description.model}
    if "name" not in description.fields and "x_name" in description.fields:
        members["rec_name"] = "x_name"
    return type(description.model.title().replace(".", ""), (BaseModel,), members)


INDEXES = (
    "CREATE INDEX ir_model_manual ON ir_model (state) WHERE state = 'manual'",
    "CREATE INDEX ir_model_fields_manual ON ir_model_fields (state) WHERE state = 'manual'",
    "CREATE INDEX ir_model_fields_model ON ir_model_fields (model, name)",
    "CREATE UNIQUE INDEX ir_model_data_name ON ir_model_data (module, name)",
    "CREATE INDEX ir_model_data_record ON ir_model_data (model, res_id)",
    "CREATE INDEX res_partner_write_date ON res_partner (write_date)",
    "CREATE INDEX res_partner_ref ON res_partner (ref)",
    "CREATE INDEX calendar_event_write_date ON calendar_event (write_date)",
    "CREATE INDEX account_move_write_date ON account_move (write_date)",
    "CREATE INDEX account_move_partner ON account_move (partner_id)",
    "CREATE INDEX account_move_number ON account_move (journal_id, sequence_prefix, sequence_number)",
    "CREATE INDEX account_move_line_account ON account_move_line (account_id)",
    "CREATE INDEX sandbox_reservation_move ON sandbox_reservation (move)",
    "CREATE INDEX stock_quant_product ON stock_quant (product_id, location_id)",
    "CREATE INDEX stock_move_product ON stock_move (product_id, state)",
    "CREATE INDEX calendar_attendee_partner ON calendar_attendee (partner_id)",
)


@cache
def registry(version: int) -> Registry:
    """The registry of a version, built once per process: it never changes."""
    return Registry(profile(version), descriptions(version))


@lru_cache(maxsize=64)
def _extended(version: int, own: custom.Definitions) -> Registry:
    base = registry(version)
    if own == custom.Definitions():
        return base
    return Registry(base.profile, custom.described(base.descriptions, own, version))
