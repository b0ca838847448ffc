"""XML-RPC: `/xmlrpc/2/<service>`, on Odoo 16 to 19 alike."""

from __future__ import annotations

import re
import xmlrpc.client
from typing import Any

from defusedxml.xmlrpc import DefusedExpatParser

from odoo_bridge.errors import Garbled, Rejected
from odoo_bridge.said import _
from odoo_bridge.transports.base import Asked, Transport
from odoo_bridge.transports.faults import error_from_fault, returned_none
from odoo_bridge.transports.jsonbody import check_budget

_ATTRIBUTE = re.compile(rb"<\w+\s")
"""Odoo's elements have none; a million of them keep a parser busy for minutes."""


class XmlRpc(Transport):
    """Odoo's services over XML-RPC. Integers are limited to 32 bits, and None results arrive as a fault."""

    name = "xmlrpc"
    wide_integers = False

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """Call `method` of 'common' or 'object'; the result. Raises any of the error family."""
        try:
            # Odoo reads <nil/>, though it never writes it.
            text = xmlrpc.client.dumps(tuple(args), method, allow_none=True)
        except RecursionError:  # the standard library descends deeper than the check of the values did
            raise Rejected(_("The values are nested too deeply.")) from None
        answer = self.http.request(
            "POST",
            f"/xmlrpc/2/{service}",
            text.replace(
                "\r", "&#13;"
            ).encode(),  # a bare one would arrive as a line feed: XML has one kind of line end
            content_type="text/xml",
            accept=("text/xml", "application/xml"),
            upload=asked.upload,
            sink=asked.sink,
        )
        try:
            return decoded(answer.body)
        except xmlrpc.client.Fault as fault:
            if returned_none(fault.faultCode, fault.faultString):
                # Raised while Odoo encodes the answer, after its commit (observed on Odoo 16, 17 and 19).
                return None
            raise error_from_fault(fault.faultCode, fault.faultString, asked) from None


def decoded(answer: bytes | bytearray) -> Any:
    """The value in a response. Raises xmlrpc.client.Fault, or Garbled for what is no XML-RPC or declares a
    DTD.

    defusedxml's parser is used on its own: its `monkey_patch()` would change `xmlrpc.client` for all of the
    process.
    """
    if _ATTRIBUTE.search(answer):
        raise Garbled(_("The answer is not the XML that Odoo writes."))
    check_budget(containers=answer.count(b"<struct>") + answer.count(b"<array>"), values=answer.count(b"<") // 4)
    values = xmlrpc.client.Unmarshaller(use_builtin_types=True)
    try:
        parser = DefusedExpatParser(values, forbid_dtd=True)
        parser.feed(answer)
        parser.close()
        (value,) = values.close()
    except xmlrpc.client.Fault as fault:
        if not isinstance(fault.faultString, str):
            raise Garbled(_("The fault in the answer cannot be read.")) from None
        raise
    except Exception:  # whatever the parser trips over, it is the answer's doing, and may quote a value of it
        raise Garbled(_("The answer is not the XML that Odoo writes.")) from None
    return value
