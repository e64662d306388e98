"""A certificate for the occasion: self-signed, for the host that is listened on."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from app.errors import UnavailableError

_TIMEOUT_S = 30


def make_context(host: str) -> ssl.SSLContext:
    """Make a server context with a fresh self-signed certificate.

    Args:
        host: Address that the certificate names besides `localhost`.

    Raises:
        UnavailableError: `openssl` is not installed or fails.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        raise UnavailableError("--tls needs the `openssl` program", "install it, or leave out --tls")
    with tempfile.TemporaryDirectory(prefix="quarterdeck-tls-") as directory:
        key, certificate = Path(directory, "key.pem"), Path(directory, "cert.pem")
        command = [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "30", "-subj", "/CN=quarterdeck venue"),
            *("-addext", f"subjectAltName=DNS:localhost,{_name(host)}"),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603
        except (subprocess.SubprocessError, OSError):
            raise UnavailableError("openssl could not make a certificate", "leave out --tls") from None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
    return context


def _name(host: str) -> str:
    plain = host.replace(":", "").replace(".", "")
    return f"IP:{host}" if plain.isalnum() and (":" in host or plain.isdigit()) else f"DNS:{host}"
