"""Held calls: each lasts as long as its work, and its answer is the picture.

Several pictures are several calls, one after the other, so that a plan never has more of the
server's slots than its node has for it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import httpx2

from gateway.kit.outgoing.bounded_client import MIB
from gateway.media.tasks.catalogue import TASKS
from workers.engines.base import (
    Failed,
    OutputUnsafe,
    Rejected,
    RenderPlan,
    Running,
    Unreachable,
)
from workers.engines.openai import answers
from workers.engines.openai.call_tries import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    CallTries,
)
from workers.engines.openai.client import AnswerLost, NotSent, ServerAnswer, ServerClient
from workers.engines.openai.costs import CostRecord
from workers.engines.openai.dialects.dialect import Call, Dialect
from workers.engines.openai.unpack import UnpackedAnswer, UnpackForm
from workers.processes.child_process import ChildFailed, ask_child

_UNPACK = "workers.engines.openai.unpack"
_BYTES_A_PIXEL = 8
_MOST_VIDEO_BYTES = 512 * MIB
_SPARE_SECONDS = 60.0
REPLAY_SECONDS, FETCH_SECONDS = 300.0, 30.0


@dataclass(slots=True)
class HeldCalls:
    """The held calls of one plan, in a task of their own; files come to lie in `folder`.

    `lost` says why an earlier worker may have made them, None if none has.
    """

    client: ServerClient
    dialect: Dialect
    calls: Sequence[Call]
    folder: Path
    plan: RenderPlan
    patience: int
    cost: CostRecord
    may_cost: bool
    lost: str | None = None
    _task: "asyncio.Task[list[Path] | Rejected] | None" = field(default=None, init=False)
    _is_stopped: bool = field(default=False, init=False)

    def start(self, on_end: Callable[[], None]) -> None:
        """Begin to make the calls; `on_end` is called when they have ended, however."""
        self._task = asyncio.create_task(self._make_all())

        def end(task: "asyncio.Task[list[Path] | Rejected]") -> None:
            if not task.cancelled():
                task.exception()  # asked for, so that nobody logs it where no poll follows
            on_end()

        self._task.add_done_callback(end)

    def stop(self) -> None:
        """Close the connection of the call that is held, if one is."""
        self._is_stopped = True
        if self._task is not None:
            self._task.cancel()

    def get_outcome(self) -> "Running | list[Path] | Rejected | Failed":
        """Return the files, or else how it stands or ended.

        Raises:
            NotAccepted, ReplyLost, OutputUnsafe, ChildFailed: it ended so.
        """
        if self._task is None or not self._task.done():
            return Running()
        if self._task.cancelled() or self._is_stopped:
            return Failed("interrupted", "the call was closed")
        try:
            return self._task.result()
        except Unreachable as error:
            return Failed("exception", str(error))

    async def _make_all(self) -> "list[Path] | Rejected":
        """Make every call in turn; a refusal of any of them refuses the plan."""
        files: list[Path] = []
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        for number, call in enumerate(self.calls):
            reply, part = self.folder / f"reply_{number}", self.folder / str(number)
            self.cost.expect(Fraction(number + 1, len(self.calls)))
            answer = await self._make_one(call, reply, is_first=number == 0)
            if isinstance(answer, Rejected):
                return answer
            files += await self._unpack(reply, part)
        return files

    async def _make_one(
        self, call: Call, reply: Path, *, is_first: bool
    ) -> ServerAnswer | Rejected:
        """Make a call until it is answered: again only where that makes nothing twice."""
        tries = CallTries(
            self.dialect, self.cost, self.may_cost, REPLAY_SECONDS, is_first, self.lost
        )
        while True:
            try:
                answer = await self.client.save(call, reply, self._most_bytes, self._seconds)
            except (NotSent, AnswerLost) as error:
                tries.take_error(error)
            else:
                if answer.is_ok:
                    return answer
                words = self.client.clean(answers.find_words(answer))
                if (refused := tries.take_answer(answer, words)) is not None:
                    return refused
            await tries.pause()

    async def _unpack(self, reply: Path, folder: Path) -> list[Path]:
        """Write the files of an answer into a folder, those at addresses of the server too."""
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        ending = ".mp4" if TASKS[self.plan.task].output_kind == "video" else ".png"
        spec: UnpackForm = {"source": str(reply), "folder": str(folder), "ending": ending}
        try:
            done = await ask_child(_UNPACK, spec)
        except ChildFailed as error:
            if error.code != "unreadable":
                raise
            raise OutputUnsafe(self.client.clean(error.message)) from error
        unpacked: UnpackedAnswer = {"files": done["files"], "body": done["body"]}
        self.cost.read(self.dialect.read_cost(unpacked["body"]))
        await asyncio.to_thread(reply.unlink)
        return [
            folder / one["name"]
            if "name" in one
            else await self._fetch(one["url"], folder / f"{at}{ending}")
            for at, one in enumerate(unpacked["files"])
        ]

    async def _fetch(self, url: str, target: Path) -> Path:
        """Fetch a file from its address, again for a while where the server does not answer."""
        call = Call(method="GET", path=self.client.require_own_origin(url))
        deadline, pause = time.monotonic() + FETCH_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            try:
                answer = await self.client.save(call, target, self._most_bytes, FETCH_SECONDS)
            except Unreachable as error:
                said = str(error)
            else:
                if answer.is_ok:
                    return target
                said = f"the address of the result said {answer.status}"
                if not httpx2.codes.is_server_error(answer.status):
                    raise OutputUnsafe(said)
            if time.monotonic() > deadline:
                raise OutputUnsafe(said)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    @property
    def _most_bytes(self) -> int:
        """Return the most bytes that an answer may have, base64 and all."""
        if TASKS[self.plan.task].output_kind == "video":
            return _MOST_VIDEO_BYTES
        values = self.plan.effective_input
        pixels = int(values["width"]) * int(values["height"])
        return pixels * _BYTES_A_PIXEL * int(values.get("count", 1)) + MIB

    @property
    def _seconds(self) -> float:
        return TASKS[self.plan.task].run_limit_seconds * self.patience + _SPARE_SECONDS
