"""Pictures at the OpenAI door: generations, edits, and what is not offered."""

import re
from collections.abc import Sequence
from contextlib import AsyncExitStack

from starlette.responses import Response

from gateway.doors.openai.answering import answer_pictures
from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.errors import UnknownParameter, UnsupportedOperation
from gateway.doors.openai.image_fields import EditFields, ImageFields, build_job_body
from gateway.doors.openai.masks import convert_mask
from gateway.doors.openai.models import ChosenModel
from gateway.doors.openai.multipart import FormFile, receive_form
from gateway.doors.openai.reading import read_form, read_json, read_most_price
from gateway.doors.openai.streaming import EDITED_EVENT, GENERATED_EVENT, PictureStream
from gateway.doors.openai.submitting import (
    Submit,
    Submitted,
    hash_request,
    submit_once,
    to_attached_url,
)
from gateway.doors.openai.waiting import wait_for_job
from gateway.kit.disk import DiskReserve
from gateway.kit.errors import ConflictingInput, InvalidInput
from gateway.media.jobs.event_streams import OpenStreams

GENERATE, EDIT = "image.generate", "image.edit"
PICTURE, MASK = re.compile(r"image(?:\[\d{0,2}\])?", re.ASCII), "mask"
FILES_HINT = "Send one to four pictures as files: `image`, or `image[]`; and at most one `mask`."


async def generate_images(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Make pictures from a prompt, and answer once they are made."""
    request = exchange.request
    sent = read_json(ImageFields, await request.body(), request.headers.get("content-type"))
    _check_answer(door, exchange, sent)
    model = door.models.choose_model(sent.model, "image", GENERATE)
    fields = sent.with_defaults(model.defaults)
    most_price = read_most_price(request, sent.max_price_usd, fields.max_price_usd)
    body = build_job_body(GENERATE, fields, most_price, {})

    async def prepare() -> Submit:
        return Submit(body)

    submitted = await submit_once(door, exchange, hash_request(request, sent), prepare)
    return await answer_job(door, exchange, submitted, fields, model)


async def edit_images(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Change pictures that come as files, and answer once it is done."""
    request = exchange.request
    disk: DiskReserve = door.ports.get(DiskReserve)
    async with receive_form(request, door.folder, disk) as form, AsyncExitStack() as stack:
        sent = read_form(EditFields, form.fields)
        _check_answer(door, exchange, sent)
        model = door.models.choose_model(sent.model, "image", EDIT)
        fields = sent.with_defaults(model.defaults)
        most_price = read_most_price(request, sent.max_price_usd, fields.max_price_usd)
        pictures, mask = sort_files(form.files)
        if sent.mask_mode is not None and mask is None:
            raise InvalidInput("`mask_mode` needs a `mask`.", field="mask_mode", hint=FILES_HINT)

        async def prepare() -> Submit:
            drawn = mask
            if mask is not None and fields.mask_mode != "white":
                drawn = await stack.enter_async_context(convert_mask(door, exchange.caller, mask))
            media = {
                "imageUrls": [to_attached_url(each) for each in pictures],
                "maskUrl": None if drawn is None else to_attached_url(drawn),
            }
            files = pictures if drawn is None else [*pictures, drawn]
            return Submit(build_job_body(EDIT, fields, most_price, media), files)

        body_hash = hash_request(request, sent, form.files)
        submitted = await submit_once(door, exchange, body_hash, prepare)
    return await answer_job(door, exchange, submitted, fields, model)


def _check_answer(door: OpenAiDoor, exchange: Exchange, sent: ImageFields) -> None:
    """Check, before anything is made, that its answer can have the form that was asked for.

    Raises:
        ConflictingInput: a stream of URLs.
        ConcurrencyLimited: too many requests of the account wait already.
    """
    if not sent.stream:
        door.waits.check_room(exchange.caller)
        return
    if sent.response_format == "url":
        raise ConflictingInput(
            "A stream has no URLs.", field="response_format", hint="Leave out one of the two."
        )
    streams: OpenStreams = door.ports.get(OpenStreams)
    streams.check_room(exchange.caller)


def sort_files(files: Sequence[FormFile]) -> tuple[list[FormFile], FormFile | None]:
    """Return the pictures of an edit, the base first, and its mask.

    Raises:
        UnknownParameter: a file is neither.
        InvalidInput: there is no picture, or more than one mask.
    """
    pictures = [file for file in files if PICTURE.fullmatch(file.name)]
    masks = [file for file in files if file.name == MASK]
    for file in files:
        if file not in [*pictures, *masks]:
            raise UnknownParameter(
                f"`{file.name}` is not a known file.", field=file.name, hint=FILES_HINT
            )
    if not pictures:
        raise InvalidInput("`image` is required.", field="image", hint=FILES_HINT)
    if len(masks) > 1:
        raise InvalidInput("`mask` is given twice; give it once.", field=MASK)
    return pictures, masks[0] if masks else None


async def answer_job(
    door: OpenAiDoor,
    exchange: Exchange,
    submitted: Submitted,
    fields: ImageFields,
    model: ChosenModel,
) -> Response:
    """Wait for a job and answer with its pictures.

    Raises:
        Problem: it did not succeed, or not in time.
    """
    if fields.stream:
        is_edit = isinstance(fields, EditFields)
        stream = PictureStream(
            door=door,
            exchange=exchange,
            submitted=submitted,
            event=EDITED_EVENT if is_edit else GENERATED_EVENT,
            quality=fields.shown_quality,
            ignored=fields.list_ignored(),
        )
        return await stream.answer()
    job = await wait_for_job(door, exchange, submitted)
    return await answer_pictures(
        door,
        exchange,
        job,
        submitted,
        form=fields.response_format or model.answer,
        quality=fields.shown_quality,
        ignored=fields.list_ignored(),
    )


async def refuse_variations(_: OpenAiDoor, __: Exchange) -> Response:
    """Refuse variations: no model here makes a picture from a picture alone.

    Raises:
        UnsupportedOperation: always.
    """
    raise UnsupportedOperation(
        "Variations are not made here.",
        hint="Send the picture to /v1/images/edits with a prompt of what to change.",
    )
