"""Results: each file that jobs made, to search, name, star, delete and restore."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from killatamata._async.paging import AsyncPage, Resource
from killatamata.many import Many
from killatamata.timeouts import Timeout
from killatamata.types import (
    ChangedOutputs,
    KeptOutputs,
    MediaOutput,
    Preset,
    Presets,
    Prompt,
    Prompts,
)
from killatamata.wire import JsonObject, build_query, build_wire_fields

OUTPUTS_PATH = "/api/v1/media/outputs"
OutputPlace: TypeAlias = MediaOutput | tuple[str, int]
"""A result, or the id of its job and its index there."""


class Outputs(Resource):
    """The results of this account."""

    def list(
        self,
        q: str | None = None,
        *,
        kind: Literal["image", "video", "audio"] | None = None,
        task: str | None = None,
        starred: bool | None = None,
        project_id: str | None = None,
        ends_before: datetime | None = None,
        job_id: str | None = None,
        output_index: int | None = None,
        parent: OutputPlace | None = None,
        limit: int = 48,
        timeout: Timeout | None = None,
    ) -> AsyncPage[MediaOutput]:
        """Return results, newest first; `q` searches prompts, names and tags.

        `ends_before` is a time with a zone. `parent` is the result that they were made from.
        """
        made_from = None if parent is None else _build_ref(parent)
        query = build_query(
            q=q,
            kind=kind,
            task=task,
            starred=starred,
            project_id=project_id,
            ends_before=ends_before,
            job_id=job_id,
            output_index=output_index,
            parent_job_id=made_from and made_from["jobId"],
            parent_index=made_from and made_from["outputIndex"],
            limit=limit,
        )
        return self._list(MediaOutput, OUTPUTS_PATH, query, timeout=timeout)

    async def get(
        self, job_id: str, output_index: int = 0, *, timeout: Timeout | None = None
    ) -> MediaOutput:
        """Return one result.

        Raises:
            NotFound: there is no such result, or it was deleted.
        """
        page = await self.list(job_id=job_id, output_index=output_index, timeout=timeout)
        return page.data[0]

    async def star(
        self,
        outputs: Iterable[OutputPlace],
        *,
        starred: bool = True,
        timeout: Timeout | None = None,
    ) -> Sequence[MediaOutput]:
        """Give up to 100 results a star, or take it away."""
        return await self._change(
            "PATCH", OUTPUTS_PATH, outputs, {"starred": starred}, timeout=timeout
        )

    async def rename(
        self, output: OutputPlace, name: str | None, *, timeout: Timeout | None = None
    ) -> MediaOutput:
        """Name a result; None takes the name away."""
        changed = await self._change(
            "PATCH", OUTPUTS_PATH, [output], {"name": name}, timeout=timeout
        )
        return changed[0]

    async def delete(
        self, outputs: Iterable[OutputPlace], *, timeout: Timeout | None = None
    ) -> Sequence[MediaOutput]:
        """Delete up to 100 results; for ten minutes `restore` takes that back."""
        return await self._change("POST", f"{OUTPUTS_PATH}/delete", outputs, {}, timeout=timeout)

    async def restore(
        self, outputs: Iterable[OutputPlace], *, timeout: Timeout | None = None
    ) -> Sequence[MediaOutput]:
        """Restore results within ten minutes after they were deleted.

        Raises:
            StatusError: it is too late for one of them; none is restored.
        """
        return await self._change("POST", f"{OUTPUTS_PATH}/restore", outputs, {}, timeout=timeout)

    async def keep(
        self,
        outputs: Iterable[OutputPlace],
        *,
        project_id: str | None = None,
        tags: Many[str] | None = None,
        timeout: Timeout | None = None,
    ) -> KeptOutputs:
        """Keep up to 100 results for longer than 48 hours; without a project in the inbox.

        As many are kept as there is room for; `not_kept` names the others and why.

        Raises:
            StatusError: none could be kept.
        """
        body = build_wire_fields(
            outputs=[_build_ref(each) for each in outputs],
            project_id=project_id,
            tags=tags and [*tags],
        )
        return await self._transport.request_model(
            KeptOutputs, "POST", "/api/v1/studio/assets/keep", json=body, timeout=timeout
        )

    async def list_prompts(
        self, *, limit: int = 50, timeout: Timeout | None = None
    ) -> Sequence[Prompt]:
        """Return the different prompts of the newest jobs, newest first."""
        found = await self._transport.request_model(
            Prompts,
            "GET",
            "/api/v1/media/prompts",
            params=build_query(limit=limit),
            timeout=timeout,
        )
        return found.data

    async def list_presets(self, *, timeout: Timeout | None = None) -> Sequence[Preset]:
        """Return styles and cameras: words to write into a prompt."""
        found = await self._transport.request_model(
            Presets, "GET", "/api/v1/media/presets", timeout=timeout
        )
        return found.data

    async def _change(
        self,
        method: str,
        path: str,
        outputs: Iterable[OutputPlace],
        changes: JsonObject,
        *,
        timeout: Timeout | None = None,
    ) -> Sequence[MediaOutput]:
        body = {"outputs": [_build_ref(each) for each in outputs], **changes}
        answer = await self._transport.request_model(
            ChangedOutputs, method, path, json=body, timeout=timeout
        )
        return answer.data


def _build_ref(output: OutputPlace) -> JsonObject:
    """Return job id and index of a result, under their wire names."""
    if isinstance(output, MediaOutput):
        return build_wire_fields(job_id=output.job_id, output_index=output.output_index)
    return build_wire_fields(job_id=output[0], output_index=output[1])
