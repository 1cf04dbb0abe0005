"""Values of the pages of the reference: the whole, one operation, one task."""

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypedDict

from gateway.kit.release import CLIENT_WHEEL_PATH, NPM_PACKAGE_PATH
from gateway.pages.docs.document_reader import DocumentReader, ShownOperation
from gateway.pages.docs.guide import build_install_lines, read_chapters

MOST_NEAR, COMMON_PATH_PARTS = 7, 5  # /api/v1/media/jobs and what is below it


class _Frame(TypedDict):
    api: Mapping[str, Any]
    site: str
    base: str


class ReferencePages:
    """Builds the values of the templates from one document, when they are first needed."""

    def __init__(self, document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> None:
        self._document = document
        self._tasks = tasks
        self._reader = DocumentReader(document)
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

    def build_whole(self) -> Mapping[str, Any]:
        """Build the values of the whole reference."""
        return {
            **self._frame,
            "by_tag": self._by_tag,
            "codes": self._reader.list_refusals(),
            "tasks": self._tasks,
            "chapters": read_chapters(),
            "guide": [
                ("quick-start", "Quick start"),
                ("install", "For agents"),
                *((anchor, title) for anchor, title, _ in read_chapters()),
            ],
            "client_wheel": CLIENT_WHEEL_PATH,
            "npm_package": NPM_PACKAGE_PATH,
            "installs": build_install_lines(self._frame["site"], self._base),
        }

    def build_operation(self, name: str) -> Mapping[str, Any]:
        """Build the values of the page of one operation: itself and its neighbours."""
        each = self._by_id[name]
        takes_input = any(field.name.rpartition(".")[2] == "input" for field in each.all_fields)
        return {
            **self._frame,
            "each": each,
            "near": self._list_near(each),
            "tasks": self._tasks if takes_input else (),
        }

    def build_task(self, name: str) -> Mapping[str, Any]:
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
            "fields": self._reader.list_input_fields(name),
            "curl": curl,
            "others": [each for each in self._tasks if each is not task],
        }

    def _list_near(self, each: ShownOperation) -> list[ShownOperation]:
        """List neighbours: what the answer links to, then the same resource, then the tag."""
        (others,) = (operations for _, operations in self._by_tag if each in operations)
        room = each.path.split("/")[:COMMON_PATH_PARTS]
        others = sorted(others, key=lambda other: other.path.split("/")[:COMMON_PATH_PARTS] != room)
        names = dict.fromkeys((*each.linked, *(other.id for other in others)))
        return [self._by_id[name] for name in names if name != each.id][:MOST_NEAR]

    @cached_property
    def _by_tag(self) -> list[tuple[Mapping[str, str], list[ShownOperation]]]:
        return self._reader.list_by_tag()

    @cached_property
    def _by_id(self) -> dict[str, ShownOperation]:
        return {each.id: each for _, operations in self._by_tag for each in operations}

    @cached_property
    def _frame(self) -> _Frame:
        document = self._document
        site = document["info"]["contact"]["url"]
        return {"api": document, "site": site, "base": self._base}
