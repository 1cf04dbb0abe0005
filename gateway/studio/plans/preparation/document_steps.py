"""Document steps: steps of a plan that save a text or a storyboard.

They cost nothing and become no job. The document is frozen when the plan is prepared, and saved in
the transaction that executes it, so a plan that is refused has saved nothing. A step that replaces
a document names the version it was made from; any other one makes the plan stale.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.wire.id_types import AssetId, ProjectId
from gateway.kit.wire.models import RequestModel
from gateway.kit.wire.validation import prefix_fields, problem_from_validation
from gateway.kit.wire.whole_numbers import validate_json_value
from gateway.library import projects
from gateway.library.assets import AssetOrigin
from gateway.library.errors import ProjectArchived
from gateway.library.schemas import Name
from gateway.media.tasks.base import INPUT
from gateway.media.tasks.input_json import InputJson
from gateway.studio.documents.schemas import Content, VersionNumber
from gateway.studio.documents.versions import (
    Author,
    DocumentKind,
    Documents,
    build_etag,
    check_version,
    encode_content,
)
from gateway.studio.errors import VersionConflict
from gateway.studio.plans.errors import PlanStale
from gateway.studio.plans.tables import ApprovalPlan
from gateway.studio.storyboards.model import Storyboard, check_storyboard, dump_storyboard

M = TypeVar("M", bound=BaseModel)


class SaveStep(RequestModel):
    """The document to save: `assetId` replaces one, else a new one is made."""

    asset_id: AssetId | None = None
    project_id: ProjectId | None = Field(
        None, description="For a new one; default: the plan's project."
    )
    name: Name = "Untitled"
    base_version: VersionNumber | None = Field(
        None, description="The version it is based on; default: the newest."
    )


class SaveTextStep(SaveStep):
    """Save a text."""

    content: Content


class SaveStoryboardStep(SaveStep):
    """Save a storyboard."""

    document: Storyboard


SaveDocumentStep = SaveTextStep | SaveStoryboardStep


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """The document step of one kind, text or storyboard: a `FreeStep` of plans."""

    documents: Documents
    kind: DocumentKind
    scope: str = "studio"

    async def freeze(
        self, caller: Caller, project_id: str | None, requested_input: Mapping[str, Any]
    ) -> InputJson:
        """Return the input as it will be saved: content in normal form, and the base version.

        A new document goes into the project that the step names, else the plan's, else the one
        that is selected when the plan is executed.

        Raises:
            Problem: the document cannot be saved; `field` begins with `input.`.
        """
        step = self._parse_input(requested_input)
        if step.asset_id is None and step.project_id is None:
            step = step.model_copy(update={"project_id": project_id})
        try:
            base = await self._get_base_version(caller, step)
            encode_content(_get_content(step))
        except Problem as problem:
            prefix_fields(problem, INPUT)
            raise
        fields = step.model_dump(mode="json", by_alias=True, exclude_none=True)
        return fields if base is None else fields | {"baseVersion": base}

    async def check_unchanged(
        self, session: Session, account: int, frozen_input: Mapping[str, Any]
    ) -> None:
        """Check that the document can still be saved.

        Raises:
            PlanStale: the document was changed since, or it or its project is gone.
        """
        step = self._parse_input(frozen_input)
        with _refuse_as_stale():
            if step.asset_id is not None:
                current = await self.documents.load(session, account, step.asset_id, self.kind)
                check_version(current, _build_expected_etags(step))
            elif step.project_id is not None:
                await projects.load_open_project(session, account, step.project_id)

    async def apply(
        self, session: Session, caller: Caller, plan: ApprovalPlan, frozen_input: Mapping[str, Any]
    ) -> None:
        """Save the document as a version whose author is the plan.

        Raises:
            PlanStale: the document was changed since, or it or its project is gone.
        """
        step = self._parse_input(frozen_input)
        with _refuse_as_stale():
            if step.asset_id is None:
                await self._create_document(session, caller, plan, step)
                return
            await self.documents.save(
                session,
                caller,
                step.asset_id,
                self.kind,
                _get_content(step),
                expected=_build_expected_etags(step),
                author=Author("plan", plan.id),
            )

    async def _create_document(
        self, session: Session, caller: Caller, plan: ApprovalPlan, step: SaveDocumentStep
    ) -> None:
        account, project_id = caller.ledger_account, step.project_id
        if project_id is None:
            project_id = (
                await projects.ensure_default_project(session, self.documents.ids, account)
            ).id
        await self.documents.create(
            session,
            caller,
            kind=self.kind,
            project_id=project_id,
            name=step.name,
            content=_get_content(step),
            source=AssetOrigin(type="agent" if plan.origin == "agent" else "key", plan_id=plan.id),
            author=Author("plan", plan.id),
        )

    async def _get_base_version(self, caller: Caller, step: SaveDocumentStep) -> int | None:
        """Return the number of the version that the step replaces; None for a new document.

        Raises:
            NotFound, ProjectArchived: the document or its project is gone, or takes nothing new.
        """
        account = caller.ledger_account
        if step.asset_id is not None and self.kind == "text":
            await self.documents.adopt_upload(account, step.asset_id)
        async with self.documents.database.read() as snapshot:
            if step.asset_id is not None:
                current = await self.documents.load(snapshot, account, step.asset_id, self.kind)
                return step.base_version or current.version.version
            if step.project_id is not None:
                await projects.load_open_project(snapshot, account, step.project_id)
        return None

    def _parse_input(self, step_input: Mapping[str, Any]) -> SaveDocumentStep:
        if self.kind == "text":
            return _validate_input(SaveTextStep, step_input)
        step = _validate_input(SaveStoryboardStep, step_input)
        check_storyboard(step.document, f"{INPUT}.document")
        return step


def build_document_steps(documents: Documents) -> dict[str, DocumentStep]:
    """Return the document steps, by the `operation` that a plan names them with."""
    return {
        "studio.text.save": DocumentStep(documents, "text"),
        "studio.storyboard.save": DocumentStep(documents, "storyboard"),
    }


def _build_expected_etags(step: SaveDocumentStep) -> frozenset[str]:
    """Return the ETag of the one version that the step may replace."""
    return frozenset({build_etag(step.asset_id or "", step.base_version or 1)})


@contextmanager
def _refuse_as_stale() -> Iterator[None]:
    """Turn a changed or missing document, or a lost project, into `PlanStale`."""
    try:
        yield
    except VersionConflict as conflict:
        raise PlanStale("A document of the plan was changed.", **conflict.members) from None
    except (NotFound, ProjectArchived) as problem:
        raise PlanStale(problem.detail) from None


def _get_content(step: SaveDocumentStep) -> str:
    return step.content if isinstance(step, SaveTextStep) else dump_storyboard(step.document)


def _validate_input(model: type[M], step_input: Mapping[str, Any]) -> M:
    try:
        return validate_json_value(model, step_input)
    except ValidationError as error:
        raise problem_from_validation(error, model, INPUT) from None
