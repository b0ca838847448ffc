"""XML-RPC: requests to calls, answers and errors to XML.

The second endpoint (``/xmlrpc/2/``) numbers its faults, the first words them; both observed on 16, 17 and 19.
"""

from __future__ import annotations

import re
import xmlrpc.client
from typing import Any
from xml.parsers.expat import ExpatError

from odoo_bridge.sandbox.errors import OdooError, PythonError
from odoo_bridge.sandbox.orm.reading import RecordSet

# XML cannot carry these; Odoo drops them from its answers.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def parse(body: bytes) -> tuple[str, list[Any]]:
    """The method and its parameters. Raises ``PythonError`` for XML that is not well-formed."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise PythonError("ValueError", "Document types and entities are not accepted")
    try:
        params, method = xmlrpc.client.loads(body, use_builtin_types=True)
    except (ExpatError, xmlrpc.client.Error, ValueError, TypeError) as error:
        kind = "xml.parsers.expat.ExpatError" if isinstance(error, ExpatError) else type(error).__name__
        raise PythonError(kind, str(error)) from None
    return method or "", list(params)


def answer(result: Any) -> bytes:
    """The XML of a result.

    Raises ``PythonError`` for what XML-RPC cannot carry: ``None``, integer keys, recordsets, integers over
    32 bits. By then the work has been committed.
    """
    try:
        text = xmlrpc.client.dumps((_sayable(result),), methodresponse=True)
    except (TypeError, OverflowError) as error:
        raise PythonError(type(error).__name__, str(error)) from None
    return text.encode()


def fault(error: OdooError, worded: bool = False) -> bytes:
    """The XML of an error; ``worded`` for the old endpoint."""
    if worded:
        code, text = _worded(error)
        # The library insists on a number, the old endpoint sends a text.
        body = xmlrpc.client.dumps(({"faultCode": code, "faultString": text},), methodresponse=True)
        body = body.replace("<params>\n<param>", "<fault>").replace("</param>\n</params>", "</fault>")
        return body.encode()
    shown = error.traceback if error.code == 1 else error.message
    return xmlrpc.client.dumps(xmlrpc.client.Fault(error.code, CONTROL.sub("", shown)), methodresponse=True).encode()


def _worded(error: OdooError) -> tuple[str, str]:
    short = error.name.rpartition(".")[2]
    if error.code == 3:
        return "AccessDenied", ""
    if error.code in (2, 4):
        return f"warning -- {short}\n\n{error.message}", ""
    return error.message, error.traceback


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        return CONTROL.sub("", value)
    if isinstance(value, RecordSet):
        raise TypeError(f"cannot marshal <class 'odoo.api.{value.model}'> objects")
    if isinstance(value, list | tuple):
        return [_sayable(each) for each in value]
    if isinstance(value, dict):
        return {key: _sayable(each) for key, each in value.items()}
    return value
