"""The prompt bar: one form for all tasks, filled from the address, priced while a person types.

Every press sends the whole form, and the answer is the whole bar: so slots, styles and errors work
alike with and without a script. Only a price asked for by the script answers with its part alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.media.errors import PriceChanged
from gateway.media.tasks.catalogue import TASKS
from gateway.pages.answers import TaskAnswer
from gateway.pages.create import chips, slots
from gateway.pages.create.grid import CREATE_PATH
from gateway.pages.create.presets import Preset, list_presets, toggle_words
from gateway.pages.create.remix import REMIX_FIELD, to_address_fields
from gateway.pages.dialogs import next_form_key
from gateway.pages.field_words import get_field_words
from gateway.pages.form_fields import (
    CLIPS_FIELD,
    FormField,
    build_form_fields,
    to_form_values,
)
from gateway.pages.media import job_view
from gateway.pages.media.priced_forms import FormPricer, PricedForm, hash_input
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page
from gateway.pages.shell import get_shell
from gateway.shares.shared_results import SharedResults

FIRST_TASK = "image.generate"
BLOCKED_WORDS = {
    "insufficient_credits": "Not enough credit is available.",
    "no_capacity": "This cannot be made at the moment: no machine is free for it.",
    "account_frozen": "Spending is frozen for this account.",
    "concurrency_limited": "Too many jobs are waiting already.",
}
# The tabs: words, and the tasks under each; a tab of two tasks asks which one.
TABS: Sequence[tuple[str, Sequence[str]]] = (
    ("Picture", ("image.generate",)),
    ("Edit", ("image.edit",)),
    ("Video", ("video.generate",)),
    ("Extend", ("video.extend",)),
    ("Upscale", ("image.upscale", "video.upscale")),
    ("Join", ("video.combine",)),
    ("Sound", ("audio.generate",)),
)
MEDIA_WORDS = {"image": "picture", "video": "video", "audio": "sound"}
KIND_WORDS = {"image": "A picture", "video": "A video", "audio": "A sound"}
SLOT_VERBS = ("put:", "drop:", "up:", "down:", "order:")
WORDS_VERB = "words:"
VARIED_COUNT = 4
RELATIONS = ("seed", "vary", "edit", "upscale", "animate", "extend", "remix")
ADDRESS_FIELDS = ("like", "index", "relation", "source")  # they say what the job is made from
OPTIONAL_MEDIA = {"video.generate"}
PROMPT = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab of the bar: its words and the address of its form."""

    words: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BarState:
    """The filled-in bar: the priced form, and what its answer shows beside it."""

    tried: PricedForm
    posted: Mapping[str, str]
    refused: Problem | None = None
    hide_problems: bool = True


class PromptBar:
    """Reads, changes, prices and submits the form of the prompt bar."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._pricer = FormPricer(client)
        self._shared: SharedResults = client.ports.get(SharedResults)

    async def fill(self, request: Request, caller: Caller) -> BarState:
        """Fill the bar from the address: task, prompt, a job to repeat, and what to start from.

        Raises:
            NotFound: the task, job or share is not there, or the share offers no remix.
        """
        query = dict(request.query_params)
        if token := query.get(REMIX_FIELD):
            query = to_address_fields(await self._shared.get_remix(token)) | query
        entry = await self._get_task(request, query.get("task", ""))
        fields = build_form_fields(entry["inputSchema"])
        values = to_form_values(fields, await self._read_start(request, caller, entry, query))
        values |= {name: query[name] for name in ADDRESS_FIELDS if query.get(name)}
        tried = await self._price(request, caller, entry, values)
        return BarState(tried=tried, posted=values)

    async def read(self, request: Request, caller: Caller, posted: Mapping[str, str]) -> BarState:
        """Read a posted bar, apply its press, and price what came of it."""
        entry = await self._get_task(request, posted.get("task", ""))
        decision = posted.get("decision", "")
        values = chips.read_chip_values(posted)
        if decision.startswith(SLOT_VERBS):
            values = slots.change_slot(values, decision)
        elif decision.startswith(WORDS_VERB):
            presets = await list_presets(self._client, request)
            words = toggle_words(values.get(PROMPT, ""), decision.removeprefix(WORDS_VERB), presets)
            values[PROMPT] = words
        tried = await self._price(request, caller, entry, values)
        return BarState(tried=tried, posted=posted, hide_problems=decision != "price")

    async def submit(self, request: Request, caller: Caller, posted: Mapping[str, str]) -> str:
        """Submit the job of a posted bar; return its id.

        Raises:
            Problem: any refusal; nothing was done.
        """
        entry = await self._get_task(request, posted.get("task", ""))
        values = _with_pictures(entry, chips.read_chip_values(posted))
        job_fields = await self._list_job_fields(request, caller, posted, values)
        return await self._pricer.submit_form(request, caller, entry, values, **job_fields)

    async def render(
        self,
        request: Request,
        caller: Caller,
        state: BarState,
        template: str,
        **values: Any,  # noqa: ANN401 - the values of the template
    ) -> Response:
        """Render the bar, its price alone, or the whole page around it."""
        tried = state.tried
        problem = None if state.hide_problems else state.refused or tried.problem
        partly = template == "create/price.html"
        answer = render_page(
            request,
            template,
            problem=None if partly else problem,
            bar=await self._describe(request, caller, state),
            tried=tried,
            digest=hash_input(tried.task_input),
            wrong={} if state.hide_problems else tried.to_field_problems(),
            price_changed=isinstance(state.refused, PriceChanged),
            key=next_form_key(state.posted, state.refused),
            blocked_words=BLOCKED_WORDS,
            **values,
        )
        if partly:
            answer.status_code = 200  # a form without a price is no failed request
        return answer

    def build_code_path(self, request: Request, state: BarState) -> str:
        """Return the address of the playground with the same values."""
        tried = state.tried
        shown = to_form_values(tried.fields, tried.task_input)
        set_names = {name for name in shown if name.split(".")[0] in tried.task_input}
        query = {name: shown[name] for name in shown if name in set_names}
        return get_shell(request).to(f"/playground/{tried.entry['task']}", **query)

    async def _get_task(self, request: Request, name: str) -> TaskAnswer:
        """Return an enabled task; without a name, the first one that is enabled."""
        enabled = [each for each in await self._pricer.list_tasks(request) if each["enabled"]]
        wanted = name or FIRST_TASK
        for entry in enabled:
            if entry["task"] == wanted:
                return entry
        if name or not enabled:
            raise NotFound("This cannot be made here.", hint="Choose another tab.")
        return enabled[0]

    async def _price(
        self, request: Request, caller: Caller, entry: TaskAnswer, values: Mapping[str, str]
    ) -> PricedForm:
        return await self._pricer.price_form(request, caller, entry, _with_pictures(entry, values))

    async def _read_start(
        self, request: Request, caller: Caller, entry: TaskAnswer, query: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the input that the address stands for."""
        start: dict[str, Any] = {}
        fields = build_form_fields(entry["inputSchema"])
        names = {field.name for field in fields}
        job_id, relation = query.get("like", ""), query.get("relation", "")
        if job_id:
            job = await self._pricer.get_job(request, caller, job_id)
            repeat = job_view.to_repeat_input(job)
            if job["task"] != entry["task"]:  # another task takes over only the words
                repeat = {PROMPT: repeat[PROMPT]} if PROMPT in repeat.keys() & names else {}
            if relation != "seed":
                repeat.pop("seed", None)
            if relation == "vary" and "count" in names:
                repeat["count"] = VARIED_COUNT
            start = chips.to_chip_input(repeat)
        start |= {name: query[name] for name in names if query.get(name)}
        clips = _list_query_clips(query)
        if clips and CLIPS_FIELD in names:
            start[CLIPS_FIELD] = clips
        if source := query.get("source"):
            kind = await self._find_kind(request, caller, source)
            start = _fill_source(entry, names, start, source, kind)
        return start

    async def _find_kind(self, request: Request, caller: Caller, reference: str) -> str:
        """Return the kind of media that a reference names; a picture if it cannot be known."""
        scheme, _, rest = reference.partition("://")
        if scheme == "job":
            job = await self._pricer.get_job(request, caller, rest.partition("/")[0])
            return TASKS[job["task"]].output_kind
        if scheme == "asset":
            asset = await self._client.read_wire(library.get_asset, request, caller, assetId=rest)
            return str(asset["kind"])
        return "image"

    async def _list_job_fields(
        self,
        request: Request,
        caller: Caller,  # noqa: ARG002 - settings of the account decide about keeping
        posted: Mapping[str, str],
        values: Mapping[str, str],
    ) -> dict[str, object]:
        """Return the fields of the submit beside its input."""
        presets = await list_presets(self._client, request)
        prompt = values.get(PROMPT, "")
        used = [each.preset_id for each in presets if each.is_in(prompt)]
        fields: dict[str, object] = {"presetIds": used} if used else {}
        parent = read_parent(posted)
        return fields | ({"parent": parent} if parent else {})

    async def _describe(self, request: Request, caller: Caller, state: BarState) -> dict[str, Any]:
        """Return what the template of the bar shows: tabs, slots, chips, styles, other fields."""
        tried = state.tried
        values, task = dict(tried.values), tried.entry["task"]
        slot_fields = slots.list_slot_fields(tried.fields)
        built = [
            slots.build_slot(field, await self._list_items(request, caller, field, values))
            for field in slot_fields
        ]
        first = next((each for each in built if each.first), None)
        apart = {
            PROMPT,
            slots.SINGLE_PICTURE,
            *(field.name for field in slot_fields),
            *chips.list_chip_names(tried.fields),
        }
        prompt_field = _find(tried.fields, PROMPT)
        presets = await list_presets(self._client, request) if prompt_field else []
        return {
            "task": task,
            "tabs": await self._list_tabs(request, task),
            "kinds": _list_kinds(request, task),
            "prompt": prompt_field,
            "hint": get_field_words(PROMPT).placeholders.get(task, ""),
            "missing": describe_missing(tried, built),
            "slots": [each for each in built if each.items or each is first],
            "later_slots": [each for each in built if not each.items and each is not first],
            "chips": chips.build_chips(tried.fields, values),
            "presets": group_presets(presets, values.get(PROMPT, ""), task),
            "more": [field for field in tried.fields if field.name not in apart],
            "from": {name: state.posted[name] for name in ADDRESS_FIELDS if state.posted.get(name)},
        }

    async def _list_tabs(self, request: Request, task: str) -> list[Tab]:
        enabled = {
            each["task"] for each in await self._pricer.list_tasks(request) if each["enabled"]
        }
        shell = get_shell(request)
        tabs = []
        for words, tasks in TABS:
            open_tasks = [each for each in tasks if each in enabled]
            if open_tasks:
                href = shell.to(CREATE_PATH, task=open_tasks[0])
                tabs.append(Tab(words=words, href=href, current=task in tasks))
        return tabs

    async def _list_items(
        self, request: Request, caller: Caller, field: FormField, values: Mapping[str, str]
    ) -> list[slots.SlotItem]:
        return [
            await self._describe_item(request, caller, field, row)
            for row in slots.list_rows(field.name, values)
        ]

    async def _describe_item(
        self, request: Request, caller: Caller, field: FormField, row: slots.Row
    ) -> slots.SlotItem:
        """Describe media in a slot by the name of the asset, or the words of the job."""
        reference = row["videoUrl"]
        kind, _, rest = reference.partition("://")
        name, has_picture = slots.describe_link(reference), False
        try:
            if kind == "asset":
                asset = await self._client.read_wire(
                    library.get_asset, request, caller, assetId=rest
                )
                name, has_picture = asset["name"], field.accept != "audio"
            elif kind == "job":
                job = await self._pricer.get_job(request, caller, rest.partition("/")[0])
                words = job_view.get_prompt(job["effectiveInput"])
                name, has_picture = words or TASKS[job["task"]].title, field.accept != "audio"
        except Problem:
            name = "No longer there"
        return slots.SlotItem(row=row, name=name, has_picture=has_picture)


def read_parent(posted: Mapping[str, str]) -> dict[str, object]:
    """Return what a job is made from: the job of the address, or the source of its media."""
    relation = posted.get("relation", "")
    if relation not in RELATIONS:
        return {}
    job_id, index = posted.get("like", ""), posted.get("index", "0")
    if (source := posted.get("source", "")).startswith("job://"):
        job_id, _, index = source.removeprefix("job://").partition("/")
    if not job_id or not index.isdecimal():
        return {}
    return {"jobId": job_id, "outputIndex": int(index), "relation": relation}


def group_presets(
    presets: Sequence[Preset], prompt: str, task: str
) -> list[tuple[str, list[tuple[Preset, bool]]]]:
    """Group the presets that suit a task under their words; each says if the prompt has it."""
    groups = []
    for kind, words in (("style", "Style"), ("camera", "Camera")):
        fitting = [each for each in presets if each.kind == kind]
        if fitting and not (kind == "camera" and task == "audio.generate"):
            groups.append((words, [(each, each.is_in(prompt)) for each in fitting]))
    return groups


def _list_kinds(request: Request, task: str) -> list[Tab]:
    """Return the choices of a tab that has two tasks, by what each works on."""
    tasks = next((tasks for _, tasks in TABS if task in tasks), ())
    if len(tasks) < 2:  # noqa: PLR2004 - one alone is no choice
        return []
    shell = get_shell(request)
    return [
        Tab(
            words=KIND_WORDS[TASKS[each].output_kind],
            href=shell.to(CREATE_PATH, task=each),
            current=each == task,
        )
        for each in tasks
    ]


def _find(fields: Sequence[FormField], name: str) -> FormField | None:
    return next((field for field in fields if field.name == name), None)


def _with_pictures(entry: TaskAnswer, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values with the pictures of an edit in the field that their number asks for."""
    names = entry["inputSchema"]["properties"]
    if slots.PICTURES not in names or slots.SINGLE_PICTURE not in names:
        return dict(values)
    rows = slots.list_rows(slots.PICTURES, values)
    return {**values, **slots.split_pictures([row["videoUrl"] for row in rows])}


def _list_query_clips(query: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the clips in an address, as `clips.0.videoUrl` and on."""
    return [
        {name: text for name, text in row.items() if text}
        for row in slots.list_rows(CLIPS_FIELD, query)
    ]


def _fill_source(
    entry: TaskAnswer, names: set[str], start: Mapping[str, Any], source: str, kind: str
) -> dict[str, Any]:
    """Put the source of the address into the media field of its task."""
    if CLIPS_FIELD in names:
        return {**start, CLIPS_FIELD: [{"videoUrl": source}]}
    taking = TASKS[entry["task"]].source_fields
    field = next((name for each, (name, _) in taking.items() if each == kind), None)
    return dict(start) if field is None else {**start, field: source}


def describe_missing(tried: PricedForm, built: Sequence[slots.Slot]) -> str:
    """Return what is still to be filled in before there can be a price; empty if nothing is."""
    if _find(tried.fields, PROMPT) is not None and not tried.values.get(PROMPT, "").strip():
        return "The exact price appears as you write."
    first = next((each for each in built if each.first), None)
    if first is not None and not first.items and tried.entry["task"] not in OPTIONAL_MEDIA:
        return f"The exact price appears once the {MEDIA_WORDS[first.accept]} is added."
    return ""
