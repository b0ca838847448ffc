"""The faults of Odoo as typed errors.

    OdooError                    carries Odoo's class name and message, whatever the wire
    ├── UserError                a business rule said no            (XML-RPC fault 2)
    │   ├── ValidationError      a constraint said no               (fault 2)
    │   └── MissingError         the record is gone                 (fault 2)
    ├── AccessDenied             the secret is wrong                (fault 3)
    ├── AccessError              the user may not                   (fault 4)
    ├── UnknownDatabase          psycopg2.OperationalError          (fault 1)
    ├── SerializationFailure     psycopg2.errors.Serialization...   (fault 1)
    ├── HttpError                what only JSON-2 says: 401, 404, 422
    └── PythonError              ValueError, KeyError, TypeError... (fault 1)

The codes and class names were observed on Odoo 16, 17 and 19 alike.
"""

from __future__ import annotations


class OdooError(Exception):
    """What a caller of Odoo gets instead of a result.

    ``name`` is the fully qualified class as JSON-RPC shows it, ``code`` the XML-RPC faultCode.
    """

    name = "odoo.exceptions.UserError"
    code = 2
    # The exception that a traceback would show before this one.
    cause = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def traceback(self) -> str:
        """What Odoo would show a developer, without its frames."""
        head = "Traceback (most recent call last):\n  [frames left out]\n"
        before = f"{head}{self.cause}\n\nDuring handling of the above exception, another exception occurred:\n\n"
        own = f"{head}{self.name.removeprefix('builtins.')}: {self.message}\n\n"
        return before + own if self.cause else own


class UserError(OdooError):
    pass


class ValidationError(UserError):
    name = "odoo.exceptions.ValidationError"


class CheckViolation(ValidationError):
    """A database CHECK; ``load()`` of 16 and 17 shows its bare message between quotes."""

    def __init__(self, message: str) -> None:
        super().__init__(f"The operation cannot be completed: {message}")
        self.bare = message


class MandatoryField(ValidationError):
    """A required field without a value; ``load()`` words it by its label, so field and label are kept."""

    def __init__(self, message: str, field: str, label: str) -> None:
        super().__init__(message)
        self.field, self.label = field, label


class MissingError(UserError):
    name = "odoo.exceptions.MissingError"

    def __init__(self, model: str, record_id: int, uid: int) -> None:
        super().__init__(f"Record does not exist or has been deleted.\n(Record: {model}({record_id},), User: {uid})")


class AccessDenied(OdooError):
    name = "odoo.exceptions.AccessDenied"
    code = 3

    def __init__(self) -> None:
        super().__init__("Access Denied")


class AccessError(OdooError):
    name = "odoo.exceptions.AccessError"
    code = 4


class UnknownDatabase(OdooError):
    name = "psycopg2.OperationalError"
    code = 1

    def __init__(self, database: str) -> None:
        super().__init__(
            f'connection to server at "127.0.0.1", port 5432 failed: FATAL:  database "{database}" does not exist\n'
        )
        self.cause = f"KeyError: {database!r}"


class SerializationFailure(OdooError):
    name = "psycopg2.errors.SerializationFailure"
    code = 1

    def __init__(self) -> None:
        super().__init__("could not serialize access due to concurrent update\n")


class HttpError(OdooError):
    """A refusal by HTTP status, as JSON-2 words it (recorded on 19); ``kind`` is werkzeug's class."""

    code = 1

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = f"werkzeug.exceptions.{kind}"


def not_found(message: str) -> HttpError:
    return HttpError(404, "NotFound", message)


def unprocessable(message: str) -> HttpError:
    return HttpError(422, "UnprocessableEntity", message)


class PythonError(OdooError):
    """An unexpected exception of the server: wrong field, wrong type, wrong arguments."""

    code = 1

    def __init__(self, kind: str, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.name = kind if "." in kind else f"builtins.{kind}"
        self.cause = cause


def value_error(message: str) -> PythonError:
    return PythonError("ValueError", message)
