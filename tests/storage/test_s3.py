import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from botocore.auth import S3SigV4QueryAuth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from gateway.storage import StorageUnavailable, storage_from_url
from gateway.storage.presign import UrlSigner

pytestmark = pytest.mark.anyio

DISPOSITION = 'attachment; filename="ünder score.png"'


async def test_a_signed_address_serves_the_bytes_with_our_headers(
    s3_url: str, tmp_path: Path
) -> None:
    storage = storage_from_url(s3_url)
    (tmp_path / "a").write_bytes(b"pixels")
    await storage.put_file("job_1/0.png", tmp_path / "a", "image/png")
    async with httpx2.AsyncClient(trust_env=False) as client:
        got = storage.presigned_url("job_1/0.png", "GET", 60, "image/x-test", "inline")
        head = storage.presigned_url("job_1/0.png", "HEAD", 60, "image/x-test", "inline")
        assert got is not None
        assert head is not None
        answer = await client.get(got)
        asked = await client.head(head)
    assert answer.content == b"pixels"
    assert answer.headers["content-type"] == "image/x-test"
    assert answer.headers["content-disposition"] == "inline"
    assert (asked.status_code, asked.headers["content-length"]) == (200, "6")


@pytest.mark.parametrize("token", [None, "session/token=="])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_signature_is_the_one_that_botocore_makes(method: str, token: str | None) -> None:
    signer = UrlSigner("https://s3.example:9000/bucket/pre", "eu-west-3", "AKIA", "secret", token)
    answer = {"content-type": "image/png", "content-disposition": DISPOSITION}
    ours = signer.sign_url(method, "a/b.png", 900, answer, datetime.now(UTC))
    fields = parse_qs(urlsplit(ours).query)
    request = AWSRequest(
        method,
        "https://s3.example:9000/bucket/pre/a/b.png",
        params={"response-content-disposition": DISPOSITION, "response-content-type": "image/png"},
    )
    auth = S3SigV4QueryAuth(Credentials("AKIA", "secret", token), "s3", "eu-west-3", expires=900)
    stamp = fields["X-Amz-Date"][0]
    request.context["timestamp"] = stamp
    auth._inject_signature_to_request(
        request,
        auth.signature(auth.string_to_sign(request, canonical_query(auth, request)), request),
    )
    assert parse_qs(urlsplit(request.url).query)["X-Amz-Signature"] == fields["X-Amz-Signature"]


def canonical_query(auth: S3SigV4QueryAuth, request: AWSRequest) -> str:
    auth._modify_request_before_signing(request)
    text: str = auth.canonical_request(request)
    return text


def test_a_secret_is_not_in_the_text_of_a_signer() -> None:
    assert "hush" not in repr(UrlSigner("https://a/b", "r", "AKIA", "hush", "hush-token"))


async def test_without_static_credentials_the_gateway_serves_itself(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert storage_from_url(s3_url).presigned_url("a", "GET", 60, "image/png", "inline") is None


async def test_users_are_sent_to_the_public_endpoint(s3_url: str) -> None:
    public = f"{s3_url}&public_endpoint=https://files.example.com"
    url = storage_from_url(public).presigned_url("a", "GET", 60, "image/png", "inline")
    assert url is not None
    assert url.startswith("https://files.example.com/")


async def test_without_a_public_endpoint_the_gateway_serves_itself(s3_url: str) -> None:
    storage = storage_from_url(f"{s3_url}&public_endpoint=none")
    assert storage.presigned_url("a", "GET", 60, "image/png", "inline") is None


async def test_a_bucket_that_does_not_exist_fails_the_check(s3_url: str) -> None:
    with pytest.raises(StorageUnavailable):
        await storage_from_url(s3_url.replace("s3://media", "s3://nowhere")).check()


async def test_a_storage_that_is_away_is_503(s3_url: str, tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        storage = storage_from_url(f"s3://media?endpoint=http://127.0.0.1:{port}&region=x")
        (tmp_path / "a").write_bytes(b"pixels")
        with pytest.raises(StorageUnavailable) as caught:
            await storage.put_file("a", tmp_path / "a", "image/png")
    assert caught.value.status == 503
    assert caught.value.headers["Retry-After"]


async def test_a_file_larger_than_one_part_arrives_whole(s3_url: str, tmp_path: Path) -> None:
    storage = storage_from_url(s3_url)
    (tmp_path / "big").write_bytes(bytes(12 * 2**20) + b"end")
    await storage.put_file("big", tmp_path / "big", "video/mp4")
    assert await storage.get_size("big") == 12 * 2**20 + 3
    assert b"".join([piece async for piece in await storage.open("big", 12 * 2**20)]) == b"end"


async def test_a_bucket_that_does_not_exist_is_one_clear_line(
    s3_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = storage_from_url(s3_url.replace("s3://media/", "s3://nowhere/"))
    (tmp_path / "file").write_bytes(b"x")
    for work in (
        nowhere.check(),
        nowhere.list_folders("assets"),
        nowhere.put_file("a/b", tmp_path / "file", "image/png"),
        nowhere.delete_folder("a"),
    ):
        caplog.clear()
        with pytest.raises(StorageUnavailable):
            await work
        assert "KT_STORAGE_URL: there is no such bucket" in caplog.messages
