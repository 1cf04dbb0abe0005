"""Events of a job while it runs."""

import json
from dataclasses import dataclass, field

from pydantic import ValidationError

from killatamata.errors import UnexpectedResponse
from killatamata.types import Job
from killatamata.wire import JsonObject


@dataclass(frozen=True, slots=True)
class JobEvent:
    """An event of a job: `status`, `progress`, or `done` with the whole `job`."""

    type: str
    version: str
    data: JsonObject = field(repr=False)
    job: Job | None = None

    @classmethod
    def read(cls, kind: str, version: str, text: str) -> "JobEvent":
        """Parse an event of the stream.

        Raises:
            UnexpectedResponse: the text is not a job event.
        """
        try:
            data = json.loads(text)
            return cls(kind, version, data, Job.model_validate(data) if kind == "done" else None)
        except (ValueError, ValidationError):
            # Neither the text nor the cause, which quotes it: it holds texts and signed addresses.
            raise UnexpectedResponse(f"Event {version} ({kind}) is not a job event.") from None
