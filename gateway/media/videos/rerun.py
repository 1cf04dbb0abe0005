"""Running a clip again: its effective input and seed as a new input, with another prompt.

What the first job was given is in its row: plain values in the effective input, media by their
keys in storage. Those that were stored for it, as what came with the request and frames of clips,
lie there for three days after the job, and are attached. What an asset or a job holds is named
again, and so is a frame of it after these days.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.media.errors import MediaNotFound
from gateway.media.inputs.input_files import FILE_KEY, list_stored_keys
from gateway.media.inputs.resolver import ASSET_SCHEME
from gateway.media.inputs.workspace import ATTACHED_SCHEME
from gateway.media.jobs.queries import get_own_job
from gateway.media.nodes.fleet import Fleet
from gateway.media.tables import Job
from gateway.media.tasks.base import Family
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.rules.bindings import list_unbound_fields

# Of each task with a prompt, the settings that mean the same when they are sent again.
SETTINGS: Mapping[str, Sequence[str]] = {
    "video.generate": (
        *("negativePrompt", "width", "height", "durationFrames", "fps", "seed"),
        *("padAudio", "imageStrength", "generateAudio", "cameraMotion"),
    ),
    "video.extend": (
        *("negativePrompt", "direction", "extendFrames", "overlapFrames", "outputMode", "seed"),
        *("padAudio", "generateAudio"),
    ),
}
# Of these the effective input has a value even where the model decides it: then it takes none.
DECIDED = frozenset({"width", "height", "durationFrames", "extendFrames", "overlapFrames", "seed"})
LIST_FIELD, LIST_FIELD_OF_URLS = "overlapFrameImages", "overlapFrameImageUrls"
NAMED_SCHEMES = (ASSET_SCHEME, "job://")
GONE = "The media that this clip was made from are no longer stored."


@dataclass(frozen=True, slots=True)
class Rerun:
    """A task and an input that make a clip again, but from another prompt.

    `files` are the storage keys of the media that the input names as `attached://`, by sha256.
    """

    task: str
    input: InputJson
    files: dict[str, str]


async def build_rerun(
    database: Database, fleet: Fleet, caller: Caller, job_id: str, prompt: str
) -> Rerun | None:
    """Return task and input of a clip with another prompt; None if its task takes no prompt.

    Raises:
        NotFound: there is no such clip.
        MediaNotFound: the media that it was made from are no longer stored.
    """
    async with database.read() as snapshot:
        job = await get_own_job(snapshot, caller, job_id)
        stored = await list_stored_keys(snapshot, job.id)
    if job.unlisted_at is not None:
        raise NotFound
    if job.task not in SETTINGS:
        return None
    effective: InputJson = json.loads(job.effective_input_json)
    offer = fleet.find_offer(job.task) if caller.livemode else None
    settings = choose_settings(job.task, effective, None if offer is None else offer.planning)
    rerun = Rerun(job.task, settings | {"prompt": prompt}, {})
    for name, value in effective.items():
        described = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) and "source" in each for each in described):
            continue
        urls = _list_urls(_read_keys(job, name, stored), described, rerun.files)
        target = LIST_FIELD_OF_URLS if name == LIST_FIELD else f"{name}Url"
        rerun.input[target] = urls if name == LIST_FIELD else urls[0]
    return rerun


def choose_settings(task: str, effective: InputJson, family: Family | None) -> InputJson:
    """Return the settings of an effective input that its task takes when they are sent again.

    `family` is the one that does the task now, None for one that takes everything.
    """
    settings = {name: effective[name] for name in SETTINGS[task] if name in effective}
    if family is None or family.bound is None:
        return settings
    unbound = {each.field for each in list_unbound_fields(TASKS[task], family.bound, settings)}
    return {name: value for name, value in settings.items() if name not in unbound & DECIDED}


def _read_keys(job: Job, name: str, stored: Collection[str]) -> list[str]:
    """Return the keys of the media of a field; empty for those that were stored and dropped."""
    keys: list[str] = json.loads(job.inputs_json).get(name, [])
    return [key if key in stored or not FILE_KEY.fullmatch(key) else "" for key in keys]


def _list_urls(
    keys: Sequence[str], described: Sequence[Mapping[str, Any]], files: dict[str, str]
) -> list[str]:
    """Return the URLs of the media of a field; add those that lie in storage to the files.

    Raises:
        MediaNotFound: they were dropped since.
    """
    urls = []
    for index, each in enumerate(described):
        key = keys[index] if index < len(keys) else ""
        source, sha256 = str(each["source"]), str(each["sha256"])
        if source.startswith(NAMED_SCHEMES) and not FILE_KEY.fullmatch(key):
            urls.append(source)
            continue
        if not key:
            raise MediaNotFound(GONE)
        files[sha256] = key
        urls.append(f"{ATTACHED_SCHEME}{sha256}")
    return urls
