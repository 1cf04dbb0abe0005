"""The base of every dialect: the fields that a server takes, its routes, and how it answers.

A dialect is pure: it makes calls out of orders and values out of answers, and speaks to nobody. The
engine sends the calls and decides about attempts. A server ignores or rounds what it does not know,
so only the fields of a dialect are ever sent, and what it cannot carry out is refused before the
price: `bindings` names all that a task may bind, and the operator's `takes` chooses among them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from gateway.kit.database.states import State
from gateway.media.tasks.base import SizeGrid

JsonObject: TypeAlias = Mapping[str, Any]
"""A JSON object of a server: nothing in it is trusted."""
Method = Literal["GET", "POST", "DELETE"]
# The values of a plan that each task binds in every dialect: a server without them is of no use.
ALWAYS_BOUND: Mapping[str, frozenset[str]] = {
    "image.generate": frozenset({"prompt", "width", "height", "count"}),
    "image.edit": frozenset({"prompt", "width", "height", "count", "source"}),
    "video.generate": frozenset({"prompt", "width", "height", "fps", "durationFrames"}),
}
CONTENT_WORDS = ("content_policy", "content_rejected", "moderation", "safety")
# A message may echo the prompt, so single words in it tell nothing.
CONTENT_PHRASES = ("content policy", "content_policy", "safety system", "safety checker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of one call: the values of a plan that its family may carry out.

    Sizes are pixels. None means that the value is not the server's business: the family does not
    take it, or the plan has none. `pictures` are how many one call makes: 1, unless the dialect
    `counts`. Files are local, PNG; `references` follow `source`, and white in `mask` is edited.
    `key` is the attempt's id, the idempotency key where a server heeds one. `most_microusd` is the
    most that we pay for it. `hops` counts the gateways that the job has come through, this one
    included.
    """

    task: str
    model: str
    key: str
    prompt: str
    width: int
    height: int
    pictures: int = 1
    seed: int | None = None
    negative_prompt: str | None = None
    steps: int | None = None
    high_detail: bool = False
    guidance: float | None = None
    strength: float | None = None
    frames: int | None = None
    fps: int | None = None
    sound: bool | None = None
    source: Path | None = None
    references: Sequence[Path] = ()
    mask: Path | None = None
    start_frame: Path | None = None
    final_frame: Path | None = None
    most_microusd: int | None = None
    hops: int = 1

    @property
    def size(self) -> str:
        """Return the size as the API writes it, `1024x768`."""
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form, under the name of its field."""

    field: str
    path: Path
    mime_type: str = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a server: `path` follows the node's URL (`…/v1`); JSON, or a form with files.

    A value of a form that is None, and a key of JSON that is None, is left out when it is sent.
    """

    method: Method
    path: str
    json: JsonObject | None = None
    form: Mapping[str, str | None] | None = None
    files: Sequence[FilePart] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class VideoStatus(State):
    """The status of a video on the server; the last two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class VideoState:
    """The state of a video on the server; `percent` is None where it tells no progress.

    `code` and `message` are the server's own words on a failure, for the operator's log only.
    """

    status: VideoStatus
    percent: int | None = None
    code: str = ""
    message: str = ""

    @property
    def is_final(self) -> bool:
        """Return True if the video is not worked on any more."""
        return self.status in {VideoStatus.COMPLETED, VideoStatus.FAILED}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that `/models` lists, with the whole entry as the server wrote it."""

    id: str
    entry: JsonObject


class Dialect(ABC):
    """A server's dialect; the class attributes say what differs most.

    - `bindings`: by task, the names beside `ALWAYS_BOUND` that `takes` may list. With `steps` among
      them the operator sets the family's steps, and only then more detail can be had; `highDetail`
      is for a server that has its own word for more detail.
    - `owners`: the values of `owned_by` in `/models` by which such a server is recognized.
    - `held_tasks`: tasks whose one call lasts as long as the work and ends with the files.
    - `stopping_tasks`: tasks that end on the server when they are canceled: a held call by closing
      its connection, another by `build_cancel`. Of others the slot stays taken.
    - `counts`: `n` pictures are exactly those of seed, seed + 1, …
    - `replays`: a second call with the same `Order.key` is answered like the first, and is free.
    - `charges`: its owner charges for each call, whether or not the operator has set the cost.
    - `most_images`, `makes_sound`: what a model that is only guessed may do: pictures that an edit
      takes, sound of its clips.
    - `most_steps`, `most_guidance`: the most that the server takes as it is, by task and for all; a
      `most_guidance` of 0 means that it takes none. `needs_steps`: tasks that need steps.
    - `grid`: the sizes that a model which is only guessed makes exactly, None for all.
    - `obeyed_texts`: texts that the server would obey if a prompt held them.
    - `lists_models`: `/models` has the model by its name, so the preflight looks for it.
    - `health_path`: below the server's root, None if there is no such route.
    """

    name: ClassVar[str]
    bindings: ClassVar[Mapping[str, frozenset[str]]]
    owners: ClassVar[frozenset[str]] = frozenset()
    held_tasks: ClassVar[frozenset[str]] = frozenset({"image.generate", "image.edit"})
    stopping_tasks: ClassVar[frozenset[str]] = frozenset()
    counts: ClassVar[bool] = False
    replays: ClassVar[bool] = False
    charges: ClassVar[bool] = False
    most_images: ClassVar[int] = 1
    makes_sound: ClassVar[bool] = False
    most_steps: ClassVar[Mapping[str, int]] = {}
    most_guidance: ClassVar[float] = 0
    needs_steps: ClassVar[frozenset[str]] = frozenset()
    grid: ClassVar[SizeGrid | None] = None
    obeyed_texts: ClassVar[tuple[str, ...]] = ()
    lists_models: ClassVar[bool] = True
    health_path: ClassVar[str | None] = "/health"

    @abstractmethod
    def build_call(self, order: Order) -> Call:
        """Build the call that makes the pictures, or creates the video, of an order."""

    def find_refusal(self, order: Order) -> str | None:
        """Return why an order may not be sent as it is, None if it may.

        Most of it is refused before the price already; this is the last look before it is sent.
        """
        most = self.most_steps.get(order.task)
        if most is not None and (order.steps or 0) > most:
            return f"it makes {most} steps at most, and not {order.steps}"
        if order.task in self.needs_steps and order.steps is None:
            return "its family needs `steps` in the engines file"
        texts = f"{order.prompt}\n{order.negative_prompt or ''}"
        held = [text for text in self.obeyed_texts if text in texts]
        return f"the prompt holds {held[0]}" if held else None

    def list_models(self, body: JsonObject) -> list[ServedModel]:
        """List the models in an answer of `/models`; entries of another shape are left out."""
        entries = body.get("data")
        return [
            ServedModel(entry["id"], entry)
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)
        ]

    def is_mine(self, models: Sequence[ServedModel]) -> bool:
        """Return True if a server with these models speaks this dialect."""
        return any(model.entry.get("owned_by") in self.owners for model in models)

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Guess what a model does where no engines file says it: tasks, and what each takes."""
        del model
        return {}

    def read_handle(self, body: JsonObject) -> str | None:
        """Return the server's id of the video that was created, None if the answer has none."""
        handle = body.get("id")
        return handle if isinstance(handle, str) and handle else None

    def build_poll(self, handle: str) -> Call:
        """Build the call that asks for the state of a video."""
        return Call(method="GET", path=f"/videos/{handle}")

    def read_video(self, body: JsonObject) -> VideoState | None:
        """Read the state of a video, None if the answer is of no shape that we know."""
        status = _STATUSES.get(str(body.get("status")).lower())
        if status is None:
            return None
        percent, error = body.get("progress"), body.get("error")
        words = error if isinstance(error, Mapping) else {"message": error or ""}
        return VideoState(
            status,
            percent if isinstance(percent, int) and not isinstance(percent, bool) else None,
            str(words.get("code") or ""),
            str(words.get("message") or ""),
        )

    def build_fetch(self, handle: str) -> Call:
        """Build the call that fetches the file of a finished video."""
        return Call(method="GET", path=f"/videos/{handle}/content")

    def build_cancel(self, handle: str) -> Call | None:
        """Build the call that cancels a video, or drops a finished one; None if there is none."""
        return Call(method="DELETE", path=f"/videos/{handle}")

    def read_load(self, metrics: Mapping[str, float]) -> int | None:
        """Return how many calls run or wait, None if the metrics do not tell.

        `metrics` are the samples of the page by name, those of one name summed over their labels.
        """
        del metrics
        return None

    def read_models_load(self, models: Sequence[ServedModel]) -> int | None:
        """Return how many calls run or wait, of a server that tells it in `/models`."""
        del models
        return None

    def read_cost(self, body: JsonObject) -> int | None:
        """Return what the server says it has charged, in micro-USD; None if it says nothing."""
        del body
        return None

    def is_content_refusal(self, body: JsonObject) -> bool:
        """Return True if a 400 refuses what the prompt or a picture shows."""
        error = body.get("error")
        flat = error or body.get("detail") or body.get("message")
        words = error if isinstance(error, Mapping) else {"message": flat}
        marks = f"{words.get('code')} {words.get('type')}".lower()
        message = str(words.get("message")).lower()
        return any(word in marks for word in CONTENT_WORDS) or any(
            phrase in message for phrase in CONTENT_PHRASES
        )


_STATUSES: Mapping[str, VideoStatus] = {
    **{status.value: status for status in VideoStatus},
    **dict.fromkeys(("pending",), VideoStatus.QUEUED),
    **dict.fromkeys(("in_progress", "processing"), VideoStatus.RUNNING),
    **dict.fromkeys(("succeeded",), VideoStatus.COMPLETED),
    **dict.fromkeys(("canceled", "cancelled", "expired"), VideoStatus.FAILED),
}
