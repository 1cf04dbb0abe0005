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

from gateway.kit.database import Session
from gateway.kit.errors import NotFound, Problem
from gateway.kit.id_types import AssetId, ProjectId
from gateway.kit.models import RequestModel
from gateway.kit.operation import Caller
from gateway.kit.validation import prefix_fields, problem_from_validation
from gateway.kit.whole_numbers import validate_json_value
from gateway.library import projects
from gateway.library.assets import AssetOrigin
from gateway.library.errors import ProjectArchived
from gateway.library.schemas import Name
from gateway.media.tasks.base import INPUT, InputJson
from gateway.studio.documents.schemas import Content, VersionNumber
from gateway.studio.documents.versions import (
    Author,
    Documents,
    Kind,
    check,
    encoded,
    etag_of,
)
from gateway.studio.errors import VersionConflict
from gateway.studio.plans.errors import PlanStale
from gateway.studio.plans.tables import ApprovalPlan
from gateway.studio.storyboards.model import Storyboard, checked, dumped

M = TypeVar("M", bound=BaseModel)


class SaveStep(RequestModel):
    """Which document to save: `assetId` replaces one, else a new one is made."""

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


Saving = SaveTextStep | SaveStoryboardStep


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """The document step of one kind, text or storyboard: a `FreeStep` of plans."""

    documents: Documents
    kind: Kind
    scope: str = "studio"

    async def frozen(
        self, caller: Caller, project_id: str | None, given: Mapping[str, Any]
    ) -> InputJson:
        """Return the input as it will be saved: content in normal form, and the base version.

        A new document goes into the project that the step names, else the plan's, else the one
        that is selected when the plan is executed.

        Raises:
            Problem: the document cannot be saved; `field` begins with `input.`.
        """
        step = self._read(given)
        if step.asset_id is None and step.project_id is None:
            step = step.model_copy(update={"project_id": project_id})
        try:
            base = await self._base(caller, step)
            encoded(_content(step))
        except Problem as problem:
            prefix_fields(problem, INPUT)
            raise
        fields = step.model_dump(mode="json", by_alias=True, exclude_none=True)
        return fields if base is None else fields | {"baseVersion": base}

    async def check(self, session: Session, account: int, frozen: Mapping[str, Any]) -> None:
        """Check that the document can still be saved.

        Raises:
            PlanStale: the document was changed since, or it or its project is gone.
        """
        step = self._read(frozen)
        with _stale():
            if step.asset_id is not None:
                current = await self.documents.find(session, account, step.asset_id, self.kind)
                check(current, _expected(step))
            elif step.project_id is not None:
                await projects.load_open_project(session, account, step.project_id)

    async def apply(
        self, session: Session, caller: Caller, plan: ApprovalPlan, frozen: Mapping[str, Any]
    ) -> None:
        """Save the document as a version whose author is the plan.

        Raises:
            PlanStale: the document was changed since, or it or its project is gone.
        """
        step = self._read(frozen)
        with _stale():
            if step.asset_id is None:
                await self._create(session, caller, plan, step)
                return
            await self.documents.save(
                session,
                caller,
                step.asset_id,
                self.kind,
                _content(step),
                expected=_expected(step),
                author=Author("plan", plan.id),
            )

    async def _create(
        self, session: Session, caller: Caller, plan: ApprovalPlan, step: Saving
    ) -> None:
        account, project_id = caller.ledger_account, step.project_id
        if project_id is None:
            project_id = (
                await projects.load_default_project(session, self.documents.ids, account)
            ).id
        await self.documents.create(
            session,
            caller,
            kind=self.kind,
            project_id=project_id,
            name=step.name,
            content=_content(step),
            source=AssetOrigin(type="agent" if plan.origin == "agent" else "key", plan_id=plan.id),
            author=Author("plan", plan.id),
        )

    async def _base(self, caller: Caller, step: Saving) -> int | None:
        """Return the number of the version that the step replaces; None for a new document.

        Raises:
            NotFound, ProjectArchived: the document or its project is gone, or takes nothing new.
        """
        account = caller.ledger_account
        if step.asset_id is not None and self.kind == "text":
            await self.documents.adopt(account, step.asset_id)
        async with self.documents.database.read() as snapshot:
            if step.asset_id is not None:
                current = await self.documents.find(snapshot, account, step.asset_id, self.kind)
                return step.base_version or current.version.version
            if step.project_id is not None:
                await projects.load_open_project(snapshot, account, step.project_id)
        return None

    def _read(self, given: Mapping[str, Any]) -> Saving:
        if self.kind == "text":
            return _valid(SaveTextStep, given)
        step = _valid(SaveStoryboardStep, given)
        checked(step.document, f"{INPUT}.document")
        return step


def document_steps(documents: Documents) -> dict[str, DocumentStep]:
    """Return the document steps, by the `operation` that a plan names them with."""
    return {
        "studio.text.save": DocumentStep(documents, "text"),
        "studio.storyboard.save": DocumentStep(documents, "storyboard"),
    }


def _expected(step: Saving) -> frozenset[str]:
    """Return the ETag of the one version that the step may replace."""
    return frozenset({etag_of(step.asset_id or "", step.base_version or 1)})


@contextmanager
def _stale() -> Iterator[None]:
    """Turn a changed or missing document, or a lost project, into `PlanStale`."""
    try:
        yield
    except VersionConflict as conflict:
        raise PlanStale("A document of the plan was changed.", **conflict.members) from None
    except (NotFound, ProjectArchived) as problem:
        raise PlanStale(problem.detail) from None


def _content(step: Saving) -> str:
    return step.content if isinstance(step, SaveTextStep) else dumped(step.document)


def _valid(model: type[M], given: Mapping[str, Any]) -> M:
    try:
        return validate_json_value(model, given)
    except ValidationError as error:
        raise problem_from_validation(error, model, INPUT) from None
