"""Mail goes to a server that wants TLS and a password, and a password never goes in clear."""

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path

import aiosmtplib
import pytest
from anyio.to_thread import run_sync
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.mail.letters import build_letter
from gateway.mail.smtp import SmtpSender
from tests.fakes.smtp import Inbox

pytestmark = pytest.mark.anyio
SENDER, USER, PASSWORD = "Killa <no-reply@example.com>", "killa", "pass word/1"
MAIL = build_letter(to="ana@example.com", subject="Hello", lines=["Hello"])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(encoding))
    return path


async def serve_inbox(one: Inbox) -> AsyncIterator[Inbox]:
    """Serve an inbox; while it stops, the loop closes the sockets of the test."""
    one.start()
    yield one
    await run_sync(one.stop)


@pytest.fixture
async def box(certificate: Path) -> AsyncIterator[Inbox]:
    """An inbox that wants STARTTLS, then a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async for one in serve_inbox(Inbox(tls=context, login=(USER, PASSWORD))):
        yield one


@pytest.fixture
async def plain() -> AsyncIterator[Inbox]:
    """An inbox without TLS."""
    async for one in serve_inbox(Inbox()):
        yield one


def build_url(box: Inbox, password: str = PASSWORD) -> str:
    return f"smtp://{USER}:{password.replace(' ', '%20').replace('/', '%2F')}@127.0.0.1:{box.port}"


async def test_a_server_with_starttls_and_a_password_takes_mail(
    box: Inbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    await SmtpSender(build_url(box), SENDER).send(MAIL, "mail_1")
    assert [mail["Subject"] for mail in box.mails] == ["Hello"]
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await SmtpSender(build_url(box, "wrong"), SENDER).send(MAIL, "mail_2")
    assert len(box.mails) == 1


async def test_a_certificate_that_nobody_vouches_for_gets_no_password(box: Inbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await SmtpSender(build_url(box), SENDER).send(MAIL, "mail_1")
    assert (box.mails, box.logins) == ([], [])


async def test_a_password_is_not_sent_without_tls(plain: Inbox) -> None:
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        await SmtpSender(build_url(plain), SENDER).send(MAIL, "mail_1")
    assert (plain.mails, plain.logins) == ([], [])
