"""Values of the pages of the reference: the whole, one operation, one task."""

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypedDict

from gateway.pages.docs.guide import chapters, installs
from gateway.pages.docs.reading import Reader, Shown

NEAR, ROOM_PARTS = 7, 5  # /api/v1/media/jobs and what is below it


class _Frame(TypedDict):
    api: Mapping[str, Any]
    site: str
    base: str


class Reference:
    """Builds the values of the templates from one document, when they are first needed."""

    def __init__(self, document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> None:
        self._document = document
        self._tasks = tasks
        self._reader = Reader(document)
        self._base: str = document["servers"][0]["url"]

    @property
    def operation_ids(self) -> list[str]:
        """Return the id of every operation."""
        paths = self._document["paths"].values()
        return [each["operationId"] for methods in paths for each in methods.values()]

    @property
    def task_names(self) -> list[str]:
        """Return the name of every media task."""
        return [task["task"] for task in self._tasks]

    def whole(self) -> Mapping[str, Any]:
        """Build the values of the whole reference."""
        return {
            **self._frame,
            "by_tag": self._by_tag,
            "codes": self._reader.codes(),
            "tasks": self._tasks,
            "chapters": chapters(),
            "guide": [
                ("quick-start", "Quick start"),
                ("install", "For agents"),
                *((anchor, title) for anchor, title, _ in chapters()),
            ],
            "installs": installs(self._frame["site"], self._base),
        }

    def operation(self, name: str) -> Mapping[str, Any]:
        """Build the values of the page of one operation: itself and its neighbours."""
        each = self._by_id[name]
        takes_input = any(field.name.rpartition(".")[2] == "input" for field in each.all_fields)
        return {
            **self._frame,
            "each": each,
            "near": self._near(each),
            "tasks": self._tasks if takes_input else (),
        }

    def task(self, name: str) -> Mapping[str, Any]:
        """Build the values of the page of one task: its input, a call, the other tasks."""
        (task,) = (each for each in self._tasks if each["task"] == name)
        body = json.dumps({"task": name, "input": task["example"]}, ensure_ascii=False)
        curl = " \\\n  ".join(
            (
                f"curl {shlex.quote(f'{self._base}/api/v1/media/jobs')}",
                '-H "Authorization: Bearer $KT_API_KEY"',
                "-H 'Content-Type: application/json'",
                '-H "X-Idempotency-Key: $(uuidgen)"',
                f"-d {shlex.quote(body)}",
            )
        )
        return {
            **self._frame,
            "task": task,
            "fields": self._reader.input_fields(name),
            "curl": curl,
            "others": [each for each in self._tasks if each is not task],
        }

    def _near(self, each: Shown) -> list[Shown]:
        """List neighbours: what the answer links to, then the same resource, then the tag."""
        (others,) = (operations for _, operations in self._by_tag if each in operations)
        room = each.path.split("/")[:ROOM_PARTS]
        others = sorted(others, key=lambda other: other.path.split("/")[:ROOM_PARTS] != room)
        names = dict.fromkeys((*each.linked, *(other.id for other in others)))
        return [self._by_id[name] for name in names if name != each.id][:NEAR]

    @cached_property
    def _by_tag(self) -> list[tuple[Mapping[str, str], list[Shown]]]:
        return self._reader.by_tag()

    @cached_property
    def _by_id(self) -> dict[str, Shown]:
        return {each.id: each for _, operations in self._by_tag for each in operations}

    @cached_property
    def _frame(self) -> _Frame:
        document = self._document
        site = document["info"]["contact"]["url"]
        return {"api": document, "site": site, "base": self._base}
