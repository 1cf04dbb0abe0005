"""An engine that answers by a script, without waiting, as a real node might."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from workers.engines.base import (
    Absent,
    Blob,
    EngineFacts,
    EngineWithOurIds,
    InputRef,
    OutcomeUnknown,
    OutputRef,
    Poll,
    Progress,
    Rejected,
    RenderPlan,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.engines.report import EngineReport


@dataclass
class ScriptedEngine(EngineWithOurIds):
    """An engine that answers each poll with the next line of `script`; the last one stays."""

    script: list[Poll | Unreachable]
    answer: Submitted | Rejected | OutcomeUnknown = field(default_factory=Submitted)
    output: bytes = b""
    progress: list[Progress] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def facts(self) -> EngineFacts:
        return EngineFacts(engine="scripted", version="1")

    async def put_input(self, blob: Blob) -> InputRef:
        return InputRef(blob.sha256)

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        self.calls.append(f"submit {attempt} {plan.task}")
        if isinstance(self.answer, OutcomeUnknown):
            raise self.answer
        return self.answer

    async def poll(self, attempt: UUID, _handle: str | None = None) -> Poll:
        state = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(state, Unreachable):
            raise state
        if isinstance(state, Succeeded):
            ref = OutputRef(attempt, "out.png", "image/png", len(self.output))
            return Succeeded((ref,))
        return state

    async def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        for progress in self.progress:
            yield progress
        self.calls.append(f"watched {attempt}")

    def report(self, _attempt: UUID) -> EngineReport:
        return EngineReport()

    async def cancel(self, attempt: UUID, _handle: str | None = None) -> None:
        self.calls.append(f"cancel {attempt}")
        self.script = [Absent()]

    async def withdraw(self, attempt: UUID) -> bool:
        self.calls.append(f"withdraw {attempt}")
        return False

    async def open_output(self, ref: OutputRef) -> AsyncIterator[bytes]:
        self.calls.append(f"read {ref.name}")
        yield self.output

    async def forget(self, attempt: UUID, _handle: str | None = None) -> None:
        self.calls.append(f"forget {attempt}")

    async def close(self) -> None:
        pass
