"""The tries of one call that makes something: it is made again only where nothing is made twice.

Once a try may have arrived, the refusal of a later one says nothing about the first: the server may
have restarted in between, or refuse for now what it has begun. So a dialect that `replays` is sent
the same key until it tells what became of it, and after that the answer counts as lost. It never
counts as not accepted: elsewhere, or under a new key, the owner would charge a second time.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from workers.engines.base import BadAnswer, NotAccepted, Rejected, ReplyLost
from workers.engines.openai import answers
from workers.engines.openai.client import AnswerLost, NotSent, ServerAnswer
from workers.engines.openai.costs import CostRecord
from workers.engines.openai.dialects.dialect import Dialect

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_REST_SECONDS = 0.5, 10.0, 60.0
log = logging.getLogger("workers.openai")


@dataclass(slots=True)
class CallTries:
    """The tries of one call, for as long as `patience_seconds` after one may have arrived.

    `lost` says why one may have arrived, None if none can have. `is_first`: no earlier call of the
    plan has made anything, so the plan may go elsewhere.
    """

    dialect: Dialect
    cost: CostRecord
    may_cost: bool
    patience_seconds: float
    is_first: bool = True
    lost: str | None = None
    _give_up_at: float | None = field(default=None, init=False)
    _pause: float = field(default=FIRST_PAUSE_SECONDS, init=False)
    _rest: float = field(default=0.0, init=False)

    def take_error(self, error: NotSent | AnswerLost) -> None:
        """Take a try without an answer; return if the call is to be made again.

        Raises:
            NotAccepted: it never arrived.
            ReplyLost: it may have, and nobody can tell.
        """
        if isinstance(error, AnswerLost):
            self._lose(str(error))
        elif self.lost is not None:
            self._wait_on(str(error))
        elif self.is_first:
            self.cost.clear()
            raise NotAccepted(str(error)) from error

    def take_answer(self, answer: ServerAnswer, words: str) -> Rejected | None:
        """Take an answer that is no 2xx; return None if the call is to be made again.

        `words` are the server's own, for the operator's log.

        Raises:
            NotAccepted, BadAnswer: as `answers.read_refusal`.
            ReplyLost: the call may have arrived, and nobody can tell.
        """
        told = f"{answer.status} {words}"
        if answers.is_still_running(answer, self.dialect):
            self.lost, self._give_up_at = told, None
            return None
        if answers.is_answer_lost(answer, self.dialect, may_cost=self.may_cost):
            self._lose(told)
            return None
        try:
            refused = answers.read_refusal(answer, self.dialect, words)
        except NotAccepted as error:
            if self.lost is not None:
                self._wait_on(told)
            elif self.is_first or error.off is not None:
                self._clear()
                raise
            self._rest = error.rest_seconds or 0.0
            return None
        except BadAnswer:
            if self.dialect.replays:  # a failed job of such a server is free
                self.cost.clear()
            raise
        if self.lost is not None and refused.kind != "content":
            raise self.give_up(told)  # what it refuses now it may have taken before
        self._clear()
        if refused.kind == "refused":
            log.error("our call was refused, its mapping is wrong: %s", refused.message)
        return refused

    async def pause(self) -> None:
        """Wait before the next try, as long as the server asks for."""
        await asyncio.sleep(max(self._pause, min(self._rest, LONGEST_REST_SECONDS)))
        self._pause, self._rest = min(2 * self._pause, LONGEST_PAUSE_SECONDS), 0.0

    def give_up(self, why: str) -> ReplyLost:
        """Return the error of a lost answer, whose cost is possible."""
        self.cost.suspect()
        return ReplyLost(why, may_cost=self.may_cost)

    def _clear(self) -> None:
        if self.is_first:
            self.cost.clear()

    def _lose(self, why: str) -> None:
        self.lost = why
        if not self.dialect.replays:
            raise self.give_up(why)
        log.warning("an answer was lost, and is asked for again: %s", why)
        self._wait_on(why)

    def _wait_on(self, why: str) -> None:
        now = time.monotonic()
        self._give_up_at = self._give_up_at or now + self.patience_seconds
        if now > self._give_up_at:
            raise self.give_up(why)
