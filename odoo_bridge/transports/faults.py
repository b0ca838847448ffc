"""From what Odoo reports to our errors. Observed on Odoo 16, 17 and 19, as the recordings in the tests show.

JSON-RPC names the exception's type; XML-RPC has four codes, and for the rest a traceback whose last exception
names it. Texts change with the version and with the user's language, so types decide first, and texts only
where the type says too little.
"""

from __future__ import annotations

import re

from odoo_bridge.errors import Busy, Denied, Incompatible, Missing, OdooError, Rejected, Uncertain
from odoo_bridge.said import _
from odoo_bridge.transports.base import Asked

_TRACEBACK = "Traceback (most recent call last):"
_CONFLICTS = {"SerializationFailure", "DeadlockDetected", "LockNotAvailable", "PoolError", "LockError"}
_CONFLICT_TEXT = re.compile(r"could not serialize access|deadlock detected|could not obtain lock")

# Types that can only come from code running before the commit; anything else may be a dying server.
_DATA_TYPES = re.compile(
    r"(odoo\.exceptions\.|odoo\.tools\.|psycopg2\.errors\.|werkzeug\.exceptions\.)\w+"
    r"|(Value|Type|Key|Index|Attribute|Assertion|ZeroDivision|NotImplemented|Lookup|Name|Unicode\w*|Overflow)Error"
    r"|binascii\.Error|decimal\.\w+|xml\.parsers\.expat\.ExpatError|lxml\.etree\.\w+|json\.decoder\.\w+"
)

_RECORD = re.compile(r"\n\(\w+: (?P<model>[\w.]+)\((?P<ids>[\d, ]*)\), \w+: (?P<user>\d+)\)\s*$")
_UNKNOWN = re.compile(
    r"Object (\S+) doesn't exist$|Invalid field|The method .* does not exist|.*(got an unexpected "
    r"keyword argument|missing \d+ required (positional|keyword-only) argument|positional arguments? but)"
)
# The answer could not be put into XML: Odoo had already done, and committed, what it was asked to.
_AFTER_COMMIT = re.compile(r"cannot marshal |dictionary key must be string|int exceeds XML-RPC limits")
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')
# Not recorded: Odoo's hosting tells of a plan in words that change, where it tells at all.
_API, _PLAN = (re.compile(rf"\b({words})\b", re.IGNORECASE) for words in ("API", "plan|subscription"))
_NOT_FOUND = "External ID not found"

_FIELDS = (
    re.compile(r"for the field '[^']*' \((\w+)\)"),
    re.compile(r"^Wrong value for [\w.]+\.(\w+):"),
    re.compile(r"readonly fields on a posted move: (\w+)$"),
)
_MANDATORY = re.compile(r"\((?P<model>[\w.]+)\)\nField: [^\n]*\((?P<field>\w+)\)")
_FOREIGN_KEY = re.compile(
    r"\((?P<model>[\w.]+)\)\n"
    r"(Constraint: (?P<constraint>\w+)_fkey|.*constraint: '[^']*' \((?P<field>\w+)\))"
)


def last_exception(traceback: str) -> tuple[str, str]:
    """Type and message of the last exception in a traceback; ('', last line) if there is none to be read."""
    _, found, last = traceback.rpartition(_TRACEBACK)
    lines = last.splitlines() if found else []
    for number, line in enumerate(lines):
        if line and not line[0].isspace():
            name, _, first = line.partition(": ")
            return name.strip(), "\n".join([first, *lines[number + 1 :]]).strip()
    return "", next((line for line in reversed(traceback.splitlines()) if line.strip()), "")


def returned_none(code: object, text: str) -> bool:
    """Whether an XML-RPC fault says that the method is done and returned None, which XML-RPC cannot carry."""
    return code == 1 and last_exception(text) == (
        "TypeError",
        "cannot marshal None unless allow_none is enabled",
    )


def error_from_fault(code: object, text: str, asked: Asked) -> OdooError:
    """The error for an XML-RPC fault of the `/xmlrpc/2` endpoints."""
    if code == 1:
        return error_from_exception(*last_exception(text), asked)
    names = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}
    name = names.get(code) if isinstance(code, int) else None
    if name is None:
        return Incompatible(_("%(host)s does not answer like the Odoo versions this was made for.", host=asked.host))
    return error_from_exception(f"odoo.exceptions.{name}", text, asked)


def error_from_exception(name: str, message: str, asked: Asked) -> OdooError:
    """The error for an exception that Odoo names, with or without the module of builtins."""
    name = name.removeprefix("builtins.")
    short = name.rpartition(".")[2]
    # Some add-ons put a traceback into what they tell people.
    message = message.partition(_TRACEBACK)[0].strip() or _("Odoo gives no reason.")
    if short in ("AccessDenied", "AccessError", "UserError") and _API.search(message) and _PLAN.search(message):
        return no_plan(asked.host)
    if short == "AccessDenied":
        return wrong_key(asked)
    if short == "AccessError":
        return Denied(message, reason="rights")
    if short in _CONFLICTS or (name.startswith("psycopg2") and _CONFLICT_TEXT.search(message)):
        return Busy(_("Odoo is working on the same record for somebody else."))
    if name.startswith("psycopg2") and _NO_DATABASE.search(message):
        return Denied(_("Odoo at %(host)s has no database of that name.", host=asked.host), reason="database")
    record = _RECORD.search(message)
    if record and short in ("MissingError", "UserError"):
        return _missing(record, message, asked)
    if short == "MissingError":
        return Missing(message)
    if short == "TypeError" and _AFTER_COMMIT.match(message):
        return Uncertain(_("Odoo carried this out, but could not send its answer."))
    return _refused(name, short, message, asked)


def wrong_key(asked: Asked) -> Denied:
    """The error for a wrong, expired or foreign key, and for a wrong or unknown user name:

    Odoo tells no more.
    """
    return Denied(_("Odoo at %(host)s refused the user name or API key.", host=asked.host), reason="credentials")


def no_plan(host: str) -> Denied:
    """The error for an Odoo whose plan has no external API."""
    return Denied(_("Odoo at %(host)s has no external API: its plan does not include it.", host=host), reason="plan")


def is_unknown_external_id(error: OdooError) -> bool:
    """Whether an error means that an external id points nowhere.

    The text is that of `ir.model.data`'s lookup in Odoo's source: a ValueError
    'External ID not found in the system: module.name'.
    """
    return isinstance(error, Rejected) and _NOT_FOUND in error.message


def is_conflict(text: str) -> bool:
    """Whether a message of `load()` tells of a conflict between transactions, to be repeated as it is."""
    return bool(_CONFLICT_TEXT.search(text))


def _missing(record: re.Match[str], message: str, asked: Asked) -> OdooError:
    ids = [int(number) for number in re.findall(r"\d+", record["ids"])]
    # The user itself is looked up at each call; a deleted one is missing, not denied.
    if record["model"] == "res.users" and ids == [int(record["user"])]:
        return wrong_key(asked)
    return Missing(message[: record.start()], ids=ids, model=record["model"])


def _refused(name: str, short: str, message: str, asked: Asked) -> OdooError:
    # Odoo's own exceptions are written for people; of the others, one line with the type is enough.
    shown = message if name.startswith("odoo.exceptions.") else f"{short}: {message.partition(chr(10))[0]}"
    if short == "KeyError" and asked.method == "load":
        # How 16 and 17 report a column that is no field (observed); 19 says 'Invalid field name'.
        return Incompatible(_("%(model)s has no field %(message)s in this Odoo.", model=asked.model, message=message))
    if _UNKNOWN.match(message):
        return Incompatible(message.partition("\n")[0])
    if not _DATA_TYPES.fullmatch(name):
        return Uncertain(_("Odoo broke off with an error that does not say how far it came."))
    broken_key = _FOREIGN_KEY.search(message)
    if broken_key:
        return _broken_key(broken_key, message, asked)
    return Rejected(shown, field=_field(message) or _mandatory(message, asked))


def _broken_key(found: re.Match[str], message: str, asked: Asked) -> Rejected:
    """Odoo speaks of deleting even where a record that does not exist is pointed at; it means both."""
    if found["model"] != asked.model or asked.method == "unlink":
        return Rejected(message)
    field = found["field"] or found["constraint"].removeprefix(asked.model.replace(".", "_") + "_")
    return Rejected(_("%(field)s points at a record that does not exist in Odoo.", field=field), field=field)


def _mandatory(message: str, asked: Asked) -> str | None:
    """The field that has to have a value and was given none; other models' fields tell of a record in use."""
    found = _MANDATORY.search(message)
    return found["field"] if found and found["model"] == asked.model and asked.method != "unlink" else None


def _field(message: str) -> str | None:
    matches = (pattern.search(message) for pattern in _FIELDS)
    return next((found[1] for found in matches if found), None)
