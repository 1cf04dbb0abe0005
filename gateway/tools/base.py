"""The declaration of a tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HINTS = {"R": "readOnlyHint", "D": "destructiveHint", "I": "idempotentHint", "O": "openWorldHint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: one call of one operation.

    `hints` are letters: R changes nothing, D spends, ends or deletes for good, I changes nothing
    more when called again with the same arguments, O reaches outside.
    `arguments` are the parameters it takes, by their names in the request, each with a few words
    where the name does not say enough; `required` are those without which the operation would do
    something else, `nested` the parts that are told of an argument with parts. `promise` are the
    parts of a success that a client can rely on, none where it answers with a picture; `result` are
    all that are shown, as paths, everything if there are none. `task` is the media task that a
    prepare tool is for. `waits` is what it waits for: a job, a plan or a request. `format` is the
    resource that describes its document, which refusals name.
    """

    name: str
    title: str
    toolsets: tuple[str, ...]
    description: str
    hints: str = ""
    core: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    promise: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    task: str | None = None
    waits: str | None = None
    format: str | None = None

    def shown(self) -> dict[str, object]:
        """Return the tool as it stands in the OpenAPI document."""
        shown: dict[str, object] = {
            "name": self.name,
            "title": self.title,
            "toolsets": list(self.toolsets),
            "core": self.core,
            **{name: letter in self.hints for letter, name in HINTS.items()},
            "description": self.description,
            "arguments": dict(self.arguments),
            "promise": list(self.promise),
        }
        more: dict[str, object] = {
            "required": list(self.required),
            "nested": {name: list(parts) for name, parts in self.nested.items()},
            "result": list(self.result),
            "task": self.task,
            "waits": self.waits,
            "format": self.format,
        }
        return shown | {name: value for name, value in more.items() if value}
