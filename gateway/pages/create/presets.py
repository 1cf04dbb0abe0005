"""Presets of the prompt bar: styles and cameras, whose words go visibly into the prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from gateway.kit.wire import request_reader
from gateway.media.outputs import operations as outputs
from gateway.pages.operation_client import OperationClient

SEPARATOR = ", "


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A style or a camera: its title, and the words that it adds to a prompt."""

    preset_id: str
    kind: str
    title: str
    words: str
    sample: str

    def is_in(self, prompt: str) -> bool:
        """Return True if the prompt has the words of this preset."""
        return self.words in prompt


async def list_presets(client: OperationClient, request: Request) -> list[Preset]:
    """List the presets of the gateway: styles, then cameras."""
    answer = await client.call_operation(outputs.list_presets, request, None)
    return [
        Preset(
            preset_id=each["presetId"],
            kind=each["kind"],
            title=each["title"],
            words=each["words"],
            sample=each["sample"] or "",
        )
        for each in request_reader.parse_json_object(answer.body)["data"]
    ]


def toggle_words(prompt: str, preset_id: str, presets: Sequence[Preset]) -> str:
    """Return the prompt with the words of a preset, or without them if it had them.

    A prompt has one style and one camera: another one of the kind gives way.
    """
    chosen = next((each for each in presets if each.preset_id == preset_id), None)
    if chosen is None:
        return prompt
    had = chosen.is_in(prompt)
    for each in presets:
        if each.kind == chosen.kind:
            prompt = prompt.replace(f"{SEPARATOR}{each.words}", "").replace(each.words, "")
    prompt = prompt.strip().removesuffix(",").rstrip()
    if had:
        return prompt
    return f"{prompt}{SEPARATOR}{chosen.words}" if prompt else chosen.words
