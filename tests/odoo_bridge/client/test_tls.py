"""Certificates: whom the client trusts, and what it says of those it does not."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from odoo_bridge.client import Client
from odoo_bridge.errors import (
    Unreachable,
)

from .wire import Wire, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(key.private_bytes(*form) + builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> Callable[[Wire], Wire]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def over_tls(wire: Wire) -> Wire:
        wire.tls = context
        return wire

    return over_tls


def test_an_unknown_certificate_is_refused_before_anything_is_sent(tls: Callable[[Wire], Wire]) -> None:
    with (
        serving(tls(Wire())) as wire,
        Client(f"https://localhost:{wire.port}", "clinic", "bridge", "key", checks_fields=False) as client,
        pytest.raises(Unreachable, match=r"No secure connection to localhost.*certificate is not accepted"),
    ):
        client.search("res.partner", [])
    assert wire.requests == []


def test_a_server_without_tls_is_not_blamed_for_its_certificate(wire: Wire) -> None:
    with (
        Client(wire.url.replace("http:", "https:"), "clinic", "bridge", "key", checks_fields=False) as client,
        pytest.raises(Unreachable, match="check whether it is https or http"),
    ):
        client.search("res.partner", [])


def test_a_certificate_of_the_house_can_be_trusted(tls: Callable[[Wire], Wire], certificate: Path) -> None:
    with (
        serving(tls(Wire(lambda request: request.result([1])))) as wire,
        Client(
            f"https://localhost:{wire.port}", "clinic", "bridge", "key", checks_fields=False, ca_file=str(certificate)
        ) as client,
    ):
        assert client.search("res.partner", []) == [1]
    with (
        serving(tls(Wire())) as wire,
        Client(
            f"https://127.0.0.1:{wire.port}", "clinic", "bridge", "key", checks_fields=False, ca_file=str(certificate)
        ) as client,
        pytest.raises(Unreachable, match="No secure connection"),
    ):
        client.search("res.partner", [])
