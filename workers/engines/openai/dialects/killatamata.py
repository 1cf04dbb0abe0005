"""The door of another gateway: it refuses what it cannot do, and the same key is the same job.

So a lost answer costs nothing: the call is sent again with its key. What it charged is in its
answer, and `max_price_usd` keeps that at the price of our own job.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from gateway.kit import money
from gateway.media.tasks.rules.adjustments import round_half_up
from workers.engines.openai.dialects.dialect import (
    Call,
    Dialect,
    FilePart,
    JsonObject,
    Order,
    ServedModel,
)

OWN_FIELD, HOPS_HEADER = "killatamata", "X-Killatamata-Hops"
_MICROUSD = 10**6
_SECONDS_PLACES = 10**6


class Killatamata(Dialect):
    """The dialect of another gateway's door."""

    name = OWN_FIELD
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset({"negativePrompt", "seed", "highDetail"}),
        "image.edit": frozenset({"negativePrompt", "seed", "highDetail", "mask", "strength"}),
        "video.generate": frozenset({"negativePrompt", "seed", "startFrame", "generateAudio"}),
    }
    owners = frozenset({OWN_FIELD})
    stopping_tasks = frozenset({"video.generate"})
    counts = True
    replays = True
    charges = True
    most_images = 4
    makes_sound = True
    health_path = "/healthz"

    def build_call(self, order: Order) -> Call:
        """Build the call under the attempt's key; `strict`, since we have rounded already."""
        headers = {"Idempotency-Key": order.key, HOPS_HEADER: str(order.hops)}
        if order.task == "image.generate":
            return Call(
                method="POST", path="/images/generations", json=_picture(order), headers=headers
            )
        if order.task == "image.edit":
            return _build_edit(order, headers)
        return _build_video(order, headers)

    def build_fetch(self, handle: str) -> Call:
        """Build the fetch of a file: to a gateway it is streamed, and not redirected to."""
        return Call(method="GET", path=f"/videos/{handle}/content", headers={HOPS_HEADER: "1"})

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Read the tasks from the entry, of the two models that stand for all pictures and clips.

        The names of tasks and the aliases lead to the same families.
        """
        if model.id not in {"killatamata-image", "killatamata-video"}:
            return {}
        tasks = _own_fields(model.entry).get("tasks")
        named = {str(task) for task in tasks} if isinstance(tasks, list) else set()
        return {task: takes for task, takes in self.bindings.items() if task in named}

    def read_models_load(self, models: Sequence[ServedModel]) -> int | None:
        """Return the most jobs that wait there for any task; it does not tell how many run."""
        waiting = [
            counts["queued_jobs"]
            for model in models
            for capacity in [_own_fields(model.entry).get("capacity")]
            if isinstance(capacity, Mapping)
            for counts in capacity.values()
            if isinstance(counts, Mapping) and type(counts.get("queued_jobs")) is int
        ]
        return max(waiting, default=None)

    def read_cost(self, body: JsonObject) -> int | None:
        """Return what it has charged for the job."""
        try:
            charged = Decimal(str(_own_fields(body).get("charged_usd"))) * _MICROUSD
        except (ArithmeticError, ValueError):
            return None
        return int(charged) if charged.is_finite() and 0 <= charged < 10**15 else None


def _own_fields(entry: JsonObject) -> JsonObject:
    own = entry.get(OWN_FIELD)
    return own if isinstance(own, Mapping) else {}


def _picture(order: Order) -> dict[str, object]:
    return {
        "model": order.model,
        "prompt": order.prompt,
        "size": order.size,
        "n": order.pictures,
        "quality": "high" if order.high_detail else None,
        "output_format": "png",
        "response_format": "b64_json",
        "negative_prompt": order.negative_prompt,
        "seed": order.seed,
        **_terms(order),
    }


def _terms(order: Order) -> dict[str, object]:
    most = order.most_microusd
    return {"strict": True, "max_price_usd": None if most is None else money.render_usd(most)}


def _build_edit(order: Order, headers: Mapping[str, str]) -> Call:
    pictures = [path for path in (order.source, *order.references) if path is not None]
    files = [FilePart("image[]", path) for path in pictures]
    values = {**_picture(order), "strength": order.strength}
    if order.mask is not None:
        files.append(FilePart("mask", order.mask))
        values["mask_mode"] = "white"
    form = _to_form(values)
    return Call(method="POST", path="/images/edits", form=form, files=files, headers=headers)


def _build_video(order: Order, headers: Mapping[str, str]) -> Call:
    values = {
        "model": order.model,
        "prompt": order.prompt,
        "size": order.size,
        "seconds": _write_seconds(order),
        "fps": order.fps,
        "seed": order.seed,
        "negative_prompt": order.negative_prompt,
        "generate_audio": order.sound,
        **_terms(order),
    }
    start = [] if order.start_frame is None else [FilePart("input_reference", order.start_frame)]
    return Call(method="POST", path="/videos", form=_to_form(values), files=start, headers=headers)


def _write_seconds(order: Order) -> str | None:
    """Write the length as the far gateway would write it, so that `strict` finds no difference."""
    if order.frames is None or order.fps is None:
        return None
    places = round_half_up(Fraction(order.frames - 1, order.fps) * _SECONDS_PLACES)
    return str(Decimal(places) / _SECONDS_PLACES)


def _to_form(values: Mapping[str, object]) -> dict[str, str | None]:
    return {
        name: None if value is None else str(value).lower() if type(value) is bool else str(value)
        for name, value in values.items()
    }
