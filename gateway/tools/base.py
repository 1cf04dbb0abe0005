"""The declaration of an MCP tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HINT_NAMES = {
    "R": "readOnlyHint",
    "D": "destructiveHint",
    "I": "idempotentHint",
    "O": "openWorldHint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: one call of one operation.

    `hints` are letters: R changes nothing, D spends, ends or deletes for good, I changes nothing
    more when called again with the same arguments, O reaches outside.
    `arguments` are the parameters by their names in the request, each with a few words where the
    name is not enough; `required` are those without which the operation would do something else;
    `nested` are the parts to show of an argument that has parts; `a.b` is part b of a.
    `steps` is the argument that lists steps of any task: their `operation` is shown with the names
    of the tasks and `free_operations`, their `input` with the fields of all tasks.
    `fixed` are parameters of the request that the tool always sends.
    `promise` are the fields of a success that a client can rely on, none if it answers with a
    picture; `result` are the paths of all fields that a model gets, everything if empty.
    `task` is the media task of a prepare tool. `waits` names the thing that the tool waits for: a
    job, a plan or a request. `format` is the resource that describes its document, which refusals
    name. `own_text` says that the answers hold no words of users, so nothing in them is fenced.
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
    steps: str | None = None
    free_operations: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    promise: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    task: str | None = None
    waits: str | None = None
    format: str | None = None
    own_text: bool = False

    def render(self) -> dict[str, object]:
        """Render the tool for the OpenAPI document."""
        rendered: dict[str, object] = {
            "name": self.name,
            "title": self.title,
            "toolsets": list(self.toolsets),
            "core": self.core,
            **{name: letter in self.hints for letter, name in HINT_NAMES.items()},
            "description": self.description,
            "arguments": dict(self.arguments),
            "promise": list(self.promise),
        }
        optional: dict[str, object] = {
            "required": list(self.required),
            "nested": {name: list(parts) for name, parts in self.nested.items()},
            "fixed": dict(self.fixed),
            "steps": self.steps,
            "freeOperations": list(self.free_operations),
            "result": list(self.result),
            "task": self.task,
            "waits": self.waits,
            "format": self.format,
            "ownText": self.own_text,
        }
        return rendered | {name: value for name, value in optional.items() if value}
