"""Files attached to records. Equal bytes are two rows and one stored file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
from typing import Any

from odoo_bridge.sandbox.errors import AccessError, value_error
from odoo_bridge.sandbox.orm.core import Vals
from odoo_bridge.sandbox.orm.fields import Field
from odoo_bridge.sandbox.orm.model import BaseModel


class IrAttachment(BaseModel):
    name = "ir.attachment"

    def _before_create(self, vals: Vals) -> Vals:
        self._check_owner(vals)
        vals["company_id"] = self.env.company_id
        if not vals.get("mimetype"):
            vals["mimetype"] = mimetypes.guess_type(str(vals.get("name")))[0] or "application/octet-stream"
        return self._measured(vals)

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        return self._measured(vals)

    def _check_owner(self, vals: Vals) -> None:
        """19 refuses a file on a record that does not exist, 16 and 17 take it (observed)."""
        model, record = vals.get("res_model"), vals.get("res_id")
        if not self.profile.attachment_needs_record or not model or not record:
            return
        if model not in self.env.registry.classes or not self.env[model]._existing([int(record)]):
            raise AccessError("Sorry, you are not allowed to access this document.")

    def _measured(self, vals: Vals) -> Vals:
        if "datas" in vals:
            content = _decoded(vals["datas"])
            vals["file_size"] = len(content)
            vals["checksum"] = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        return vals

    def _set_computed(self, record_id: int, field: Field, value: Any) -> None:
        if field.name != "datas":
            return
        content = _decoded(value)
        checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        self.env.execute("INSERT OR IGNORE INTO sandbox_file (checksum, content) VALUES (?, ?)", (checksum, content))

    def _compute_datas(self, ids: list[int]) -> dict[int, Any]:
        checksums = self._column_of(ids, "checksum")
        return {each: self._content(checksum) for each, checksum in checksums.items()}

    def _content(self, checksum: str | None) -> Any:
        content = self.env.value("SELECT content FROM sandbox_file WHERE checksum = ?", (checksum,))
        return base64.b64encode(content).decode() if content else False


def _decoded(value: Any) -> bytes:
    if isinstance(value, bytes):
        # XML-RPC clients may send the base64 text as a binary value.
        value = value.decode("ascii", "replace")
    try:
        return base64.b64decode(value or "", validate=False)
    except (binascii.Error, ValueError) as error:
        raise value_error(str(error)) from None
