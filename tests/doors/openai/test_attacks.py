"""Attacks on the OpenAI door: none spends twice, leaves a file, or reaches what is another's."""

import io
import os
import socket
import struct
import zlib
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.doors.openai.calls import EDITS, GENERATIONS, ask_picture, assert_refused, generate
from tests.gateway import Client, Gateway, call_at_once, draw_picture

FOX = ("fox.png", draw_picture(256, 256), "image/png")
SLOW = "a fox [sandbox:slow=60]"
BOUNDARY = "0123456789"


def build_bomb(side: int) -> bytes:
    """Return a PNG of some kilobytes that claims to have so many pixels a side, with alpha."""
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(2**20))), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def list_scratch_files(gateway: Gateway) -> list[Path]:
    return list((gateway.data_dir / "uploads").iterdir())


def test_no_text_of_a_client_gets_into_a_header(client: Client) -> None:
    evil = "x\r\nSet-Cookie: a=b\r\n\r\n"
    answer = client.http.post(
        GENERATIONS,
        json=ask_picture(user=evil, style=evil, metadata={"a\r\nb": evil}, size="1000x256"),
    )
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert not [value for value in answer.headers.values() if "a=b" in value]
    for name in ("prompt\r\nx", "a" * 500, "ünknown"):
        error = assert_refused(
            client.http.post(GENERATIONS, json=ask_picture(**{name: 1})), 400, "unknown_parameter"
        )
        assert len(error["param"]) <= 64


@pytest.mark.parametrize("name", ["image", "mask"])
def test_a_bomb_is_refused_by_its_head(client: Client, gateway: Gateway, name: str) -> None:
    files = [("image", FOX), (name, ("bomb.png", build_bomb(30_000), "image/png"))]
    answer = client.http.post(EDITS, data={"prompt": "at night"}, files=files)
    assert assert_refused(answer, 400, "media_unreadable")["param"] == name
    assert list_scratch_files(gateway) == []


@pytest.mark.slow
def test_a_mask_of_noise_and_a_huge_one_end_in_a_picture_or_a_refusal(client: Client) -> None:
    for side in (2_000, 6_000, 8_000):
        noise = Image.frombytes("1", (side, side), os.urandom(side * side // 8))
        alpha = noise.convert("L")
        stream = io.BytesIO()
        Image.merge("LA", (alpha, alpha)).save(stream, "png", compress_level=1)
        files = [("image", FOX), ("mask", ("mask.png", stream.getvalue(), "image/png"))]
        answer = client.http.post(EDITS, data={"prompt": "at night"}, files=files)
        assert answer.status_code in {200, 400, 429}, answer.text


def test_a_form_that_is_cut_off_leaves_nothing_behind(client: Client, gateway: Gateway) -> None:
    head = (
        f"POST {EDITS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {client.key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 9000000\r\n\r\n"
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(head.encode() + bytes(2**20))
        for _ in range(500):
            if list_scratch_files(gateway):
                break
            connection.settimeout(0.01)
            with pytest.raises(TimeoutError):
                connection.recv(1)
    answer = client.http.post(EDITS, data={"prompt": "x"}, files=[("image", FOX)])
    assert answer.status_code == 200
    assert list_scratch_files(gateway) == []


def test_a_file_of_a_form_is_named_by_that_form_alone(client: Client) -> None:
    sha256 = "0" * 64
    for field in ("imageUrl", "maskUrl"):
        given = {"prompt": "x", "imageUrl": "https://example.com/a.png"}
        answer = client.submit("image.edit", given | {field: f"attached://{sha256}"})
        if field == "imageUrl":
            assert answer.json()["code"] == "media_not_found"
        assert answer.status_code == 422


def test_a_retry_with_a_lower_limit_is_another_request(client: Client) -> None:
    generate(client.http, {"x-max-price-usd": "1"})
    answer = client.http.post(
        GENERATIONS,
        json=ask_picture(),
        headers={"x-max-price-usd": "0.01", "x-stainless-retry-count": "1"},
    )
    assert_refused(answer, 402, "price_exceeds_max")
    both = client.http.post(
        GENERATIONS, json=ask_picture(max_price_usd="1"), headers={"x-max-price-usd": "2"}
    )
    assert_refused(both, 400, "conflicting_input")


@pytest.mark.parametrize("count", ["-1", "1e3", "9" * 5_000, "true", ""])
def test_a_mark_that_is_no_count_is_none(client: Client, count: str) -> None:
    mark = {"x-stainless-retry-count": count}
    jobs = [generate(client.http, mark)["killatamata"]["job_id"] for _ in range(2)]
    assert jobs[0] != jobs[1]


@pytest.mark.parametrize("seconds", ["nan", "-1", "1e999", "soon"])
def test_a_timeout_that_is_none_waits_for_the_picture(client: Client, seconds: str) -> None:
    assert generate(client.http, {"x-stainless-read-timeout": seconds})["data"]


def test_another_account_s_retry_is_its_own_picture(client: Client, gateway: Gateway) -> None:
    first = generate(client.http)["killatamata"]["job_id"]
    with gateway.account() as stranger:
        second = generate(stranger.http, {"x-stainless-retry-count": "1"})["killatamata"]["job_id"]
        assert second != first
        assert stranger.get_balance()["availableUsd"] == "4.98"


@pytest.mark.slow
def test_a_key_that_is_revoked_ends_the_wait(client: Client, gateway: Gateway) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "t", "scopes": ["media"]}).json()
    with gateway.client(made["apiKey"]) as http:

        def revoke() -> httpx2.Response:
            while not client.http.get("/api/v1/media/jobs").json()["data"]:
                pass
            return client.http.post("/api/v1/keys/revoke", json={"keyId": made["id"]})

        answer, revoked = call_at_once(
            [lambda: http.post(GENERATIONS, json=ask_picture(prompt=SLOW)), revoke]
        )
        assert revoked.is_success
        assert_refused(answer, 401, "unauthorized")


def test_an_empty_account_is_told_all_in_the_message(gateway: Gateway) -> None:
    with gateway.account(credit_usd="0") as poor:
        answer = poor.http.post(GENERATIONS, json=ask_picture())
    error = assert_refused(answer, 402, "insufficient_credits")
    assert error["type"] == "insufficient_quota"
    assert answer.headers["x-should-retry"] == "false"
    for part in ("$0.02", "$0.00", "/credits"):
        assert part in error["message"]
