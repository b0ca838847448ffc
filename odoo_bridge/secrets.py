"""API keys at rest: encrypted with a key derived from the secret key of the installation."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


@cache
def _box(secret: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"odoo_bridge api keys").derive(secret.encode())
    return Fernet(urlsafe_b64encode(derived))


if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


@lru_cache(maxsize=100)
def _opened(secret: str, sealed: str) -> str:
    """Return what a text that was read from the database says: the same few are read with every connection."""
    try:
        return _box(secret).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


class EncryptedField(_TextField):
    """Text kept encrypted. It reads as "" when the secret key is no longer the one it was written with."""

    def get_prep_value(self, value: Any) -> Any:
        return _box(settings.SECRET_KEY).encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return _opened(settings.SECRET_KEY, value) if value else ""
