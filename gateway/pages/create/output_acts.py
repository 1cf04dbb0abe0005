"""Acts on results of the grid: star, keep, move, join, delete and undo, one or many at a time.

The grid is one form. Each tile has a checkbox; a button names the act and, on a tile, the result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import BadRequest, NotFound
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.library.errors import StorageQuotaExceeded
from gateway.library.kinds import KINDS
from gateway.media import operations as media
from gateway.media.outputs import operations as outputs
from gateway.media.schemas import MOST_OUTPUTS
from gateway.media.states import OutputState
from gateway.pages.answers import MediaOutputAnswer, WireAnswer
from gateway.pages.create import result_view
from gateway.pages.create.film_clips import FilmClips
from gateway.pages.create.grid import CREATE_PATH, Grid
from gateway.pages.dialogs import render_dialog
from gateway.pages.media.priced_forms import FormPricer
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, ToastAction, add_toast
from gateway.studio.snapshots import operations as snapshots

PICKED = "o."  # the checkboxes are named o.JOB.INDEX
DELETION = "deletion"  # the moment at which results were deleted
ACTED_PATH = f"{CREATE_PATH}/outputs"
OutputRef: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The results that are kept, and those that are not, with the reason of each."""

    outputs: list[MediaOutputAnswer]
    not_kept: Sequence[Mapping[str, Any]]


class OutputActs:
    """The views that change results."""

    def __init__(self, client: OperationClient, grid: Grid) -> None:
        self._client = client
        self._grid = grid
        self._films = FilmClips(client)

    async def list_projects(self, request: Request, caller: Caller) -> list[WireAnswer]:
        """List the projects that results can be moved to and filtered by."""
        snapshot = await self._client.read_wire(snapshots.get_snapshot, request, caller)
        return [each for each in snapshot["projects"] if not each["archived"]]

    async def list_films(self, request: Request, caller: Caller) -> list[WireAnswer]:
        """List the films that clips can be added to."""
        return await self._films.list_films(request, caller)

    async def show_menu(self, request: Request, caller: Caller) -> Response:
        """Show what can be done with one result."""
        reference = parse_reference(request.query_params.get("output", ""))
        tile = self._grid.to_tile(await self.get_output(request, caller, reference))
        job = await FormPricer(self._client).get_job(request, caller, tile["jobId"])
        output = next(each for each in job["outputs"] if each["index"] == tile["outputIndex"])
        stored = tile["state"] == OutputState.AVAILABLE
        return render_dialog(
            request,
            "create/menu.html",
            title=tile["alt"],
            output=tile,
            actions=result_view.list_actions(job, output)
            if stored
            else [result_view.describe_again(job, tile["outputIndex"])],
        )

    async def answer_form(self, request: Request, caller: Caller) -> Response:
        """Act on the results of a press, and answer with their tiles."""
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        posted = await read_form(request)
        verb, _, name = posted.get("decision", "").partition(":")
        if verb == "join":
            return lead_to(request, self._build_join_path(request, list_picked(posted)))
        references = [parse_reference(name)] if name else list_picked(posted)
        if len(references) > MOST_OUTPUTS:
            raise BadRequest(f"At most {MOST_OUTPUTS} results at a time. Nothing was changed.")
        if verb == "film" and references:
            return await self._add_to_film(request, caller, references, posted.get("filmId", ""))
        if verb == "keep" and posted.get("unkept") and not name and not references:
            unkept = posted["unkept"].split()[:MOST_OUTPUTS]  # the next press keeps the others
            references = [parse_reference(each) for each in unkept]
        if not references and not (verb == "restore" and posted.get(DELETION)):
            raise BadRequest("Select results first.", hint="Each has a box for it.")
        return await self._act(request, caller, verb, references, posted)

    async def _add_to_film(
        self, request: Request, caller: Caller, references: Sequence[OutputRef], film_id: str
    ) -> Response:
        """Keep clips, add them to a film, and lead to it; the film is checked before all else.

        Raises:
            NotFound: there is no such film.
            BadRequest: one is no clip, or there are too many.
        """
        await self._client.count_account_call("submit", caller)
        film = await self._films.find_film(request, caller, film_id, len(references))
        for each in references:
            if (await self.get_output(request, caller, each))["kind"] != "video":
                raise BadRequest(
                    "A film takes videos only. Nothing was added.", hint="Animate a picture first."
                )
        kept = await self._keep(request, caller, references, "")
        if kept.not_kept:
            raise BadRequest(
                f"{kept.not_kept[0]['message']} Nothing was added to the film.",
                hint="Make room in the library, then add them again.",
            )
        sources = [f"asset://{each['assetId']}" for each in kept.outputs]
        path = await self._films.add_clips(request, caller, film, sources)
        return lead_to(request, get_shell(request).to(path))

    async def _act(
        self,
        request: Request,
        caller: Caller,
        verb: str,
        references: Sequence[OutputRef],
        posted: Mapping[str, str],
    ) -> Response:
        body: dict[str, object] = {"outputs": references}
        await self._client.count_account_call("submit", caller)
        if verb in ("star", "unstar"):
            body["starred"] = verb == "star"
            update = outputs.update_outputs
            starred = await self._client.call_from_form(update, request, caller, body)
            changed = cast("list[MediaOutputAnswer]", starred["data"])
            toast = _build_not_kept(request, starred["notKept"])
        elif verb == "delete":
            deleted = await self._client.call_from_form(
                outputs.delete_outputs, request, caller, body
            )
            changed = cast("list[MediaOutputAnswer]", deleted["data"])
            toast = _build_undo(request, deleted["deletedAt"])
        elif verb == "restore":
            deletion = {"deletedAt": posted[DELETION]} if posted.get(DELETION) else body
            restored = await self._client.call_from_form(
                outputs.restore_outputs, request, caller, deletion
            )
            changed = cast("list[MediaOutputAnswer]", restored["data"])
            toast = Toast(words=f"{_count(changed)} back.")
        elif verb in ("keep", "move"):
            project_id = posted.get("projectId", "") if verb == "move" else ""
            kept = await self._keep(request, caller, references, project_id)
            changed = kept.outputs
            toast = _build_kept_toast(request, kept, "kept" if verb == "keep" else "moved")
        else:
            raise BadRequest("There is no such button.")
        tiles = [self._grid.to_tile(each) for each in changed]
        if "hx-request" not in request.headers:
            answer = see_other(get_posted_page(posted, get_shell(request).to(CREATE_PATH)))
        else:
            answer = render_page(request, "create/acted.html", tiles=tiles, verb=verb)
        return answer if toast is None else add_toast(request, answer, toast)

    async def _keep(
        self, request: Request, caller: Caller, references: Sequence[OutputRef], project_id: str
    ) -> Kept:
        """Keep results, in a project if one is named; those that are kept already move there.

        Raises:
            Problem: none could be kept.
        """
        home = {"projectId": project_id} if project_id else {}
        body = {"outputs": references, **home}
        answer = await self._client.call_from_form(media.keep_asset, request, caller, body)
        for asset in answer["data"]:
            if project_id and asset["projectId"] != project_id:
                move = {"assetId": asset["assetId"], "projectId": project_id}
                await self._client.call_from_form(library.update_asset, request, caller, move)
        places = [
            (each["source"]["jobId"], each["source"]["outputIndex"]) for each in answer["data"]
        ]
        return Kept(
            [
                await self.get_output(request, caller, {"jobId": job_id, "outputIndex": index})
                for job_id, index in places
            ],
            answer["notKept"],
        )

    async def get_output(
        self, request: Request, caller: Caller, reference: OutputRef
    ) -> MediaOutputAnswer:
        """Return one result.

        Raises:
            NotFound: the caller has no such result.
        """
        query = {name: str(value) for name, value in reference.items()}
        answer = await self._client.read_wire(outputs.list_outputs, request, caller, **query)
        found: list[MediaOutputAnswer] = answer["data"]
        if not found:
            raise NotFound("There is no such result.")
        return found[0]

    @staticmethod
    def _build_join_path(request: Request, references: Sequence[OutputRef]) -> str:
        clips = {
            f"clips.{number}.videoUrl": f"job://{each['jobId']}/{each['outputIndex']}"
            for number, each in enumerate(references)
        }
        return get_shell(request).to(CREATE_PATH, task="video.combine", **clips)


def lead_to(request: Request, path: str) -> Response:
    """Redirect a press to another page; a script would follow a plain redirect by itself."""
    if "hx-request" not in request.headers:
        return see_other(path)
    return Response(headers=PRIVATE_HEADERS | {"HX-Redirect": path})


def parse_reference(name: str) -> OutputRef:
    """Parse what names an output in a form, a job and a place.

    Raises:
        NotFound: it names none.
    """
    job_id, _, index = name.partition("/")
    if not job_id or not index.isdecimal():
        raise NotFound("There is no such result.")
    return {"jobId": job_id, "outputIndex": int(index)}


def list_picked(posted: Mapping[str, str]) -> list[OutputRef]:
    """List the results whose boxes are checked, in the order of the page."""
    return [
        parse_reference(name.removeprefix(PICKED).replace(".", "/"))
        for name in posted
        if name.startswith(PICKED)
    ]


def get_posted_page(posted: Mapping[str, str], default: str) -> str:
    """Return the page that a form was on, if it is one of Create."""
    page = posted.get("formAt", "").partition("#")[0]
    return page if page.startswith(CREATE_PATH) else default


def _count(changed: Sequence[MediaOutputAnswer]) -> str:
    """Return how many of what there are, in words."""
    nouns = {KINDS[each["kind"]].noun for each in changed}
    noun = nouns.pop() if len(nouns) == 1 else "result"
    return f"{len(changed)} {noun}{'' if len(changed) == 1 else 's'}"


def _build_undo(request: Request, deleted_at: str) -> Toast:
    """Build the toast after a deletion; its form names the moment, however many went."""
    fields = {"decision": "restore", DELETION: deleted_at}
    undo = ToastAction(words="Undo", post=get_shell(request).act(ACTED_PATH), fields=fields)
    return Toast(words="Deleted.", action=undo)


def _build_kept_toast(request: Request, kept: Kept, verb: str) -> Toast:
    """Build the toast that says how many results are kept, and why others are not."""
    words = f"{_count(kept.outputs)} {verb}."
    if not kept.not_kept:
        return Toast(words=words)
    left = f"{len(kept.not_kept)} could not be kept: {kept.not_kept[0]['message']}"
    action = ToastAction(words="Library", href=get_shell(request).to("/library"))
    return Toast(words=f"{words} {left}", action=action, stays=True)


def _build_not_kept(request: Request, not_kept: Sequence[Mapping[str, Any]]) -> Toast | None:
    """Return the toast about starred results without room; those that have ended need none."""
    if not any(each["code"] == StorageQuotaExceeded.code for each in not_kept):
        return None
    action = ToastAction(words="Library", href=get_shell(request).to("/library"))
    words = "The star stays, but there is no room to keep it for longer than 48 hours."
    return Toast(words=words, action=action, stays=True)
