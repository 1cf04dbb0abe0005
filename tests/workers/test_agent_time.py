"""A message to the agent takes three minutes at most."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import run_application
from gateway.configuration.settings import Settings
from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.anthropic.serving import serve_model
from tests.in_process import open_account_client
from tests.studio.messages import AGENT_PATH

pytestmark = pytest.mark.anyio


@pytest.fixture
def model() -> Iterator[tuple[str, Script]]:
    with serve_model() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, model: tuple[str, Script]) -> Settings:
    given = Settings(data_dir=tmp_path, anthropic_api_key=ANTHROPIC_KEY, agent_base_url=model[0])  # type: ignore[arg-type]
    return given.with_secrets()


async def asked(http: httpx2.AsyncClient) -> dict[str, Any]:
    """Send a message and return its request when it has ended."""
    home = (await http.post("/api/v1/studio/projects", json={"name": "Fox"})).json()
    made = await http.post("/api/v1/studio/threads", json={"projectId": home["projectId"]})
    given = {"threadId": made.json()["threadId"], "content": "Hello"}
    sent = (await http.post(f"{AGENT_PATH}/messages", json=given)).json()
    for _ in range(12):
        query: dict[str, str | int] = {"requestId": sent["requestId"], "waitSeconds": 5}
        found: dict[str, Any] = (await http.get(f"{AGENT_PATH}/requests", params=query)).json()
        if found["status"] not in {"queued", "running"}:
            return found
    raise AssertionError("it never ended")


async def test_a_model_that_does_not_answer_in_time_ends_the_request_with_what_there_is(
    settings: Settings, model: tuple[str, Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.agent.pool.REQUEST_SECONDS", 0.2)
    model[1].play(ScriptedTurn(fault="hang"))
    async with run_application(settings) as application, open_account_client(application) as http:
        done = await asked(http)
        assert (done["status"], done["billing"]["chargedMicrousd"]) == ("succeeded", 0)
        assert [each["code"] for each in done["blocks"]] == ["budget_reached"]
        balance = (await http.get("/api/v1/balance")).json()
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000)
        model[1].gate.set()
