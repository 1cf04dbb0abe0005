"""The list of models at the OpenAI door, and one of them."""

from starlette.responses import Response

from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.models import render_model
from gateway.kit.operation import JSON_MEDIA_TYPE, Answer
from gateway.kit.wire.json_text import JsonObject, write_json
from gateway.media.operations import list_tasks
from gateway.media.schemas import Tasks, TaskShown


async def list_models(door: OpenAiDoor, exchange: Exchange) -> Response:
    """List the models: our kinds, our tasks, and the operator's names."""
    shown = await _load_tasks(door, exchange)
    data = [_render_model(door, name, shown) for name in door.models.list_names()]
    return _to_response({"object": "list", "data": data})


async def get_model(door: OpenAiDoor, exchange: Exchange) -> Response:
    """Return one model.

    Raises:
        ModelNotFound: there is no such model; the hint lists ours.
    """
    name: str = exchange.request.path_params["model"]
    if not door.models.find_tasks(name):
        raise door.models.refuse_unknown(name)
    return _to_response(_render_model(door, name, await _load_tasks(door, exchange)))


async def _load_tasks(door: OpenAiDoor, exchange: Exchange) -> dict[str, TaskShown]:
    answer: Answer = await door.perform(list_tasks, exchange.call)
    return {task.task: task for task in Tasks.model_validate_json(answer.body).data}


def _render_model(door: OpenAiDoor, name: str, shown: dict[str, TaskShown]) -> JsonObject:
    return render_model(name, [shown[task] for task in door.models.find_tasks(name)])


def _to_response(body: JsonObject) -> Response:
    return Response(write_json(body), media_type=JSON_MEDIA_TYPE)
