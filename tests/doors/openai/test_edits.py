"""Edits at the OpenAI door: pictures and masks come as files of a form."""

import io
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.doors.openai.calls import EDITS, assert_refused, open_picture
from tests.gateway import Client, draw_picture

FOX = ("fox.png", draw_picture(256, 256), "image/png")


def edit(http: httpx2.Client, *files: Any, **fields: object) -> httpx2.Response:  # noqa: ANN401 - parts as httpx takes them
    """Ask for an edit; a picture is sent unless `files` are given."""
    return http.post(
        EDITS, data={"prompt": "at night"} | fields, files=list(files) or [("image", FOX)]
    )


def test_a_picture_is_edited_at_its_own_size(client: Client) -> None:
    answer = edit(client.http, strength="0.4", n="2", seed="3")
    body = answer.json()
    assert [open_picture(each["b64_json"]).size for each in body["data"]] == [(256, 256)] * 2
    job = client.get_job(body["killatamata"]["job_id"], includeDetails=1)
    assert job["task"] == "image.edit"
    assert job["effectiveInput"]["strength"] == 0.4
    assert job["effectiveInput"]["images"][0]["source"] == "inline"


def test_pictures_come_under_one_name_or_a_list(client: Client) -> None:
    owl = ("owl.png", draw_picture(300, 300, 10), "image/png")
    for name in ("image", "image[]"):
        body = edit(client.http, (name, FOX), (name, owl)).json()
        job = client.get_job(body["killatamata"]["job_id"], includeDetails=1)
        assert [each["width"] for each in job["effectiveInput"]["images"]] == [256, 300]


def draw_mask(*, alpha: bool) -> bytes:
    """Return a mask of which the left half is to be edited: transparent, or white on black."""
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0) if alpha else (255, 255, 255, 255), (0, 0, 128, 256))
    stream = io.BytesIO()
    (mask if alpha else mask.convert("RGB")).save(stream, "png")
    return stream.getvalue()


def test_transparent_and_white_masks_edit_the_same(client: Client) -> None:
    masks = []
    for alpha, fields in ((True, {}), (False, {"mask_mode": "white"})):
        mask = ("mask.png", draw_mask(alpha=alpha), "image/png")
        body = edit(client.http, ("image", FOX), ("mask", mask), **fields).json()
        job = client.get_job(body["killatamata"]["job_id"], includeDetails=1)
        masks.append(job["effectiveInput"]["mask"])
    assert masks[0] == masks[1]


def test_a_mask_without_a_transparent_pixel_is_refused(client: Client) -> None:
    for mask in (draw_mask(alpha=False), draw_picture(256, 256), b"no picture"):
        answer = edit(client.http, ("image", FOX), ("mask", ("mask.png", mask, "image/png")))
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "mask"
        assert "`mask_mode`: white" in answer.json()["error"]["hint"]
    assert client.get_balance()["availableUsd"] == "5.00"


def test_an_empty_part_counts_as_absent(client: Client) -> None:
    empty = ("", b"", "application/octet-stream")
    assert edit(client.http, ("image", FOX), ("mask", empty), size="").status_code == 200


def test_metadata_of_a_form_comes_key_by_key_or_as_json(client: Client) -> None:
    for fields in ({"metadata[order]": "12"}, {"metadata": '{"order": "12"}'}):
        ours = edit(client.http, **fields).json()["killatamata"]
        assert client.get_job(ours["job_id"])["metadata"] == {"order": "12"}


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"image": "https://example.com/fox.png"}, "unknown_parameter", "image"),
        ({"n": "five"}, "invalid_input", "n"),
        ({"n": "5"}, "invalid_input", "n"),
        ({"strength": "2"}, "invalid_input", "strength"),
        ({"frame_count": "2"}, "unknown_parameter", "frame_count"),
        ({"n": ["1", "2"]}, "invalid_input", "n"),
        ({"metadata": "[]"}, "invalid_input", "metadata"),
        ({"metadata[a]": "x", "metadata[a][]": "y"}, "invalid_input", "metadata"),
        ({"mask_mode": "white"}, "invalid_input", "mask_mode"),
    ],
)
def test_a_field_of_a_form_is_refused_by_its_name(
    http: httpx2.Client, fields: dict[str, object], code: str, param: str
) -> None:
    assert assert_refused(edit(http, **fields), 400, code)["param"] == param


def test_other_files_than_pictures_are_refused(http: httpx2.Client) -> None:
    known = ("image", FOX)
    for files, code, param in (
        ([known, ("frame", FOX)], "unknown_parameter", "frame"),
        ([("mask", FOX)], "invalid_input", "image"),
        ([("image", FOX)] * 5, "invalid_input", "image"),
        ([known, ("mask", FOX), ("mask", FOX)], "invalid_input", "mask"),
        ([("image", ("fox.png", b"no picture", "image/png"))], "unsupported_media", "image"),
    ):
        assert assert_refused(edit(http, *files), 400, code)["param"] == param


def test_a_form_is_limited_in_parts_text_and_files(http: httpx2.Client) -> None:
    parts = [("image", FOX), *((f"x{each}", (None, b"1")) for each in range(40))]
    assert_refused(edit(http, *parts), 413, "payload_too_large")
    assert_refused(edit(http, prompt="a" * (2**20 + 1)), 413, "payload_too_large")
    large = ("fox.png", bytes(25 * 2**20 + 1), "image/png")
    assert (
        assert_refused(edit(http, ("image", large)), 413, "payload_too_large")["param"] == "image"
    )
    whole = [("image", ("fox.png", bytes(22 * 2**20), "image/png"))] * 3
    assert_refused(edit(http, *whole), 413, "payload_too_large")


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/json", b"{}", "unsupported_content_type"),
        ("multipart/form-data", b"--a--", "invalid_form"),
        ("multipart/form-data; boundary=012345678", b"--012345678--\r\n", "invalid_form"),
        ("multipart/form-data; boundary=0123456789", b"nothing", "invalid_form"),
        (
            "multipart/form-data; boundary=0123456789",
            b"--0123456789\r\n\r\nx\r\n--0123456789--\r\n",
            "invalid_form",
        ),
        (
            "multipart/form-data; boundary=0123456789",
            b'--0123456789\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx',
            "invalid_form",
        ),
    ],
)
def test_a_body_that_is_no_form(
    http: httpx2.Client, content_type: str, body: bytes, code: str
) -> None:
    answer = http.post(EDITS, content=body, headers={"content-type": content_type})
    assert_refused(answer, 400, code)
