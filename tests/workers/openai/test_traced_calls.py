"""Calls to servers of the OpenAI API, which may be anybody's, as spans of a job."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.kit.telemetry import tracing
from tests.workers.openai.servers import render_engines, start_stand_in
from workers.engines.openai.client import ServerClient
from workers.engines.openai.upstreams import read_upstreams

JOB_ID = "job_01J00000000000000000000000"


@dataclass
class NameRecorder:
    """A recorder of the names of spans, which offers a `traceparent` to whoever sends it."""

    names: list[str] = field(default_factory=list)

    @contextmanager
    def open_span(self, name: str, *_: object) -> Iterator[tracing.ErrorMarker]:
        """Note the name."""
        self.names.append(name)
        yield self.names.append

    def record_span(self, span: tracing.FinishedSpan) -> None:
        """Note the name."""
        self.names.append(span.name)

    def get_traceparent(self) -> str:
        """Return one of the W3C's form."""
        return f"00-{1:032x}-{2:016x}-01"


@pytest.fixture
def recorder() -> Iterator[NameRecorder]:
    one = NameRecorder()
    tracing.set_recorder(one)
    yield one
    tracing.set_recorder(None)


@pytest.mark.anyio
async def test_a_call_to_a_server_is_a_span_and_sends_no_trace(
    tmp_path: Path, recorder: NameRecorder
) -> None:
    with start_stand_in("vllm-omni") as server:
        file = tmp_path / "engines.toml"
        file.write_text(render_engines({"srv": server}, dialect="vllm-omni"))
        client = ServerClient(read_upstreams(file)["srv"])
        with tracing.open_span("attempt", job_id=JOB_ID):
            await client.get_root("/v1/models")
        await client.close()
        assert recorder.names[:2] == ["attempt", "node GET"]
        assert len(server.calls) == 1
        assert "traceparent" not in server.calls[0].headers
