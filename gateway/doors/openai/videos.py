"""Clips at the OpenAI door: each is a media job, and its id is that of the job."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.openai.answering import Delivery, build_extras, build_headers
from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.errors import UnknownParameter, UnsupportedOperation
from gateway.doors.openai.hops import HOPS_HEADER
from gateway.doors.openai.job_fields import JobFields
from gateway.doors.openai.models import Kind
from gateway.doors.openai.multipart import FormFile, is_multipart, receive_form
from gateway.doors.openai.reading import read_form, read_most_price, receive_json
from gateway.doors.openai.submitting import (
    Submit,
    hash_request,
    submit_once,
    to_attached_url,
)
from gateway.doors.openai.video_fields import (
    REFERENCE_FIELD,
    VIDEO_FIELD,
    ExtensionFields,
    RemixFields,
    VideoFields,
    build_extension_body,
    build_remix_body,
    build_video_body,
    read_video_id,
)
from gateway.doors.openai.video_objects import compute_poll_ms, render_video, to_video_id
from gateway.kit.database.sessions import Database
from gateway.kit.disk import DiskReserve
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.operation import JSON_MEDIA_TYPE
from gateway.kit.wire import request_reader
from gateway.kit.wire.json_text import write_json
from gateway.library.uploads.received_files import temporary_file
from gateway.media.client_calls.calls import ClientCalls
from gateway.media.errors import JobFinished, MediaNotFound
from gateway.media.jobs.job_schemas import Job
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.nodes.fleet import Fleet
from gateway.media.operations import cancel_job, get_preview
from gateway.media.states import OPEN_JOB_STATES
from gateway.media.videos import files as video_files
from gateway.media.videos import listing
from gateway.media.videos.rerun import GONE, build_rerun
from gateway.storage.base import KeyMissing
from gateway.storage.serving import ServedFile, serve_file, stream_file

KIND: Kind = "video"
GENERATE, EXTEND = "video.generate", "video.extend"
POLL_HEADER = "openai-poll-after-ms"
F = TypeVar("F", bound=JobFields)


class ListQuery(BaseModel):
    """A page of the list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    after: str | None = Field(None, max_length=100)
    limit: int = Field(20, ge=1, le=100)
    order: Literal["asc", "desc"] = "desc"


class ContentQuery(BaseModel):
    """The file of a clip that is asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    variant: Literal["video", "thumbnail", "spritesheet"] = "video"


async def create_video(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Submit a clip, and answer at once."""
    request = exchange.request
    async with _receive(door, request, VideoFields, REFERENCE_FIELD) as (sent, files):
        model = door.models.choose_model(sent.model, KIND, GENERATE)
        fields = sent.with_defaults(model.defaults)
        most_price = read_most_price(request, sent.max_price_usd, fields.max_price_usd)
        body = build_video_body(fields, most_price, _name_file(files))

        async def prepare() -> Submit:
            return Submit(body, files)

        return await _submit(door, exchange, hash_request(request, sent, files), prepare)


async def extend_video(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Submit an extension of a clip; its answer is joined to the clip."""
    request = exchange.request
    async with _receive(door, request, ExtensionFields, VIDEO_FIELD) as (sent, files):
        model = door.models.choose_model(sent.model, KIND, EXTEND)
        fields = sent.with_defaults(model.defaults)
        most_price = read_most_price(request, sent.max_price_usd, fields.max_price_usd)
        body = build_extension_body(fields, most_price, _name_file(files))

        async def prepare() -> Submit:
            return Submit(body, files)

        return await _submit(door, exchange, hash_request(request, sent, files), prepare)


async def remix_video(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Submit a clip again with another prompt.

    Raises:
        UnsupportedOperation: it was made without a prompt.
    """
    job_id, request = _read_job_id(exchange), exchange.request
    async with _receive(door, request, RemixFields, None) as (sent, _), AsyncExitStack() as stack:
        model = door.models.choose_model(sent.model, KIND, GENERATE)
        fields = sent.with_defaults(model.defaults)
        most_price = read_most_price(request, sent.max_price_usd, fields.max_price_usd)
        database: Database = door.ports.get(Database)

        async def prepare() -> Submit:
            fleet: Fleet = door.ports.get(Fleet)
            rerun = await build_rerun(database, fleet, exchange.caller, job_id, fields.prompt)
            if rerun is None:
                raise UnsupportedOperation("This video was made without a prompt.")
            body = build_remix_body(fields, most_price, rerun, job_id)
            files = await stack.enter_async_context(_fetch_files(door, rerun.files))
            return Submit(body, files)

        return await _submit(door, exchange, hash_request(request, sent), prepare)


async def get_video(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Answer with a clip as it is now."""
    job = await _load(door, exchange, _read_job_id(exchange))
    await _leave_open_jobs(door, exchange, [job])
    text, headers = await _render(door, exchange, job)
    return Response(text, headers=headers, media_type=JSON_MEDIA_TYPE)


async def list_videos(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Answer with a page of the account's clips."""
    query = request_reader.read_query(ListQuery, exchange.request.query_params.multi_items())
    after = None if query.after is None else read_video_id(query.after, field="after")
    jobs, has_more = await listing.list_videos(
        door.ports.get(Database),
        door.ports.get(OutputUrls),
        exchange.caller,
        after=after,
        limit=query.limit,
        oldest_first=query.order == "asc",
    )
    await _leave_open_jobs(door, exchange, jobs)
    data = [render_video(job) for job in jobs]
    body = {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }
    return Response(write_json(body), media_type=JSON_MEDIA_TYPE)


async def get_content(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Answer with the bytes of a clip, its poster, or four of its frames on a sheet.

    Raises:
        NotFound: it has not succeeded.
        OutputDeleted: its bytes are gone.
    """
    request, job_id = exchange.request, _read_job_id(exchange)
    query = request_reader.read_query(ContentQuery, request.query_params.multi_items())
    database: Database = door.ports.get(Database)
    async with database.read() as snapshot:
        file = await video_files.get_video_file(
            snapshot,
            exchange.caller,
            job_id,
            poster=query.variant != "video",
            now=database.clock.now(),
        )
    if file is None or query.variant == "spritesheet":
        frames = "4" if query.variant == "spritesheet" else "1"
        preview = await door.perform(
            get_preview, exchange.call, ref=f"job://{job_id}/0", frames=frames
        )
        return Response(preview.body, headers=dict(preview.headers))
    shown_as = None if file.name is None else f"inline; filename*=UTF-8''{file.name}"
    served = ServedFile(file.key, file.mime_type, shown_as)
    if HOPS_HEADER in request.headers:  # another gateway, which follows no redirect
        return await stream_file(request, door.storage, served)
    return await serve_file(request, door.storage, served, file.seconds_left)


async def delete_video(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Cancel a clip that is still made, delete the bytes of another; leave it out of the list.

    Deleting it again changes nothing: the first answer may have been lost.
    """
    job_id = _read_job_id(exchange)
    job = await _load(door, exchange, job_id, is_listed=False)
    if job.status in OPEN_JOB_STATES:
        with suppress(JobFinished):  # it ended in between
            await door.perform(cancel_job, exchange.call, {"jobId": job_id})
    database: Database = door.ports.get(Database)
    async with database.write() as session:
        await listing.delete_video(session, exchange.caller, job_id)
    body = {"id": to_video_id(job_id), "object": "video.deleted", "deleted": True}
    return Response(write_json(body), media_type=JSON_MEDIA_TYPE)


async def refuse_edits(_: OpenAiDoor, __: Exchange) -> Response:
    """Refuse to edit a clip.

    Raises:
        UnsupportedOperation: always.
    """
    raise UnsupportedOperation(
        "Videos are not edited here.",
        hint="Remix it with another prompt, or extend it: POST /v1/videos/extensions.",
    )


async def refuse_characters(_: OpenAiDoor, __: Exchange) -> Response:
    """Refuse characters of clips.

    Raises:
        UnsupportedOperation: always.
    """
    raise UnsupportedOperation(
        "There are no characters here.",
        hint="Describe them in `prompt`, or send a first frame as `input_reference`.",
    )


async def _submit(
    door: OpenAiDoor,
    exchange: Exchange,
    body_hash: bytes,
    prepare: Callable[[], Awaitable[Submit]],
) -> Response:
    submitted = await submit_once(door, exchange, body_hash, prepare)
    text, headers = await _render(door, exchange, await _load(door, exchange, submitted.job_id))
    return Delivery(door, exchange, submitted).answer_text(text, headers)


async def _load(
    door: OpenAiDoor, exchange: Exchange, job_id: str, *, is_listed: bool = True
) -> Job:
    database, files = door.ports.get(Database), door.ports.get(OutputUrls)
    return await listing.load_video(database, files, exchange.caller, job_id, is_listed=is_listed)


async def _leave_open_jobs(door: OpenAiDoor, exchange: Exchange, jobs: Sequence[Job]) -> None:
    """Let jobs run on whose submit may not have been answered: the client knows them."""
    calls: ClientCalls = door.ports.get(ClientCalls)
    open_ids = [job.id for job in jobs if job.status in OPEN_JOB_STATES]
    await calls.leave_jobs(exchange.caller, open_ids)


async def _render(door: OpenAiDoor, exchange: Exchange, job: Job) -> tuple[str, dict[str, str]]:
    """Return a clip as it is now, and the headers about it."""
    extras = await build_extras(door, exchange, job, [])
    headers = build_headers(job, [])
    poll_ms = compute_poll_ms(job)
    if poll_ms is not None:
        headers[POLL_HEADER] = str(poll_ms)
    return write_json({**render_video(job), "killatamata": extras}), headers


def _read_job_id(exchange: Exchange) -> str:
    """Return the job of the video that the path names.

    Raises:
        NotFound: it is no id of a video.
    """
    try:
        return read_video_id(exchange.request.path_params["video_id"], field="video_id")
    except InvalidInput:
        raise NotFound("There is no such video.") from None


@asynccontextmanager
async def _receive(
    door: OpenAiDoor, request: Request, model: type[F], file_field: str | None
) -> AsyncIterator[tuple[F, Sequence[FormFile]]]:
    """Read the fields of a form or of JSON, and the one file that a form may have.

    Raises:
        Problem: a field or file is wrong.
    """
    if not is_multipart(request):
        yield await receive_json(model, request), ()
        return
    async with receive_form(request, door.folder, door.ports.get(DiskReserve)) as form:
        for each in form.files:
            if each.name != file_field:
                raise UnknownParameter(f"`{each.name}` takes no file.", field=each.name)
        if len(form.files) > 1:
            raise InvalidInput(f"`{file_field}` is one file.", field=file_field)
        yield read_form(model, form.fields), form.files


def _name_file(files: Sequence[FormFile]) -> str | None:
    """Return the reference to the one file that there may be."""
    return to_attached_url(files[0]) if files else None


@asynccontextmanager
async def _fetch_files(
    door: OpenAiDoor, keys: Mapping[str, str]
) -> AsyncIterator[Sequence[FormFile]]:
    """Fetch stored media into the scratch folder for the block.

    Raises:
        MediaNotFound: they were dropped since.
    """
    with ExitStack() as stack:
        files, disk = [], door.ports.get(DiskReserve)
        for sha256, key in keys.items():
            disk.require_room()
            path = stack.enter_context(temporary_file(door.folder))
            try:
                await door.storage.fetch_to(key, path)
            except KeyMissing:
                raise MediaNotFound(GONE) from None
            files.append(FormFile("", path, path.stat().st_size, sha256))
        yield files
