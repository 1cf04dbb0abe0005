"""The tools of the agent: they read its project alone, and teach it the format of storyboards."""

import json
from typing import Any

from gateway.studio.storyboards.model import EXAMPLE_STORYBOARD
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.gateway import Client, picture_input
from tests.library.files import create_project, make_png, upload_asset
from tests.studio.messages import (
    ask_agent,
)
from tests.studio.playing import gateway as gateway
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.playing import talk as talk
from tests.studio.talks import create_thread


def test_the_agent_reads_texts_boards_pictures_jobs_and_prices_of_its_project_alone(
    person: Client, model: Script
) -> None:
    home, other = create_project(person), create_project(person)
    talk = create_thread(person, home)
    text = upload_asset(person, home, "notes.md", b"A fox waits.")["assetId"]
    seen = upload_asset(person, home, "fox.png", make_png())["assetId"]
    foreign = upload_asset(person, other, "other.md", b"Elsewhere.")["assetId"]
    board = person.http.post(
        "/api/v1/studio/assets/storyboards", json={"projectId": home, "name": "Hatch"}
    ).json()["assetId"]
    job = person.run_job("image.generate", picture_input(), projectId=home)["jobId"]
    calls: list[tuple[str, Any]] = [
        ("read_text", {"assetId": text}),
        ("read_storyboard", {"assetId": board}),
        ("look_at", {"assetId": seen}),
        ("get_job", {"jobId": job}),
        ("list_tasks", {"task": "image.generate"}),
        ("quote", {"operation": "image.generate", "input": picture_input()}),
        ("read_text", {"assetId": foreign}),
        ("look_at", {"assetId": text}),
        ("quote", {"operation": "image.generate", "input": {}}),
    ]
    model.play(ScriptedTurn(calls=calls), ScriptedTurn(text="Seen."))
    done = ask_agent(person, talk, "Look.", attachments=[text, seen], maxPriceUsd="1")
    assert done["status"] == "succeeded", done["error"]
    first = model.requests[0]["messages"][0]["content"]
    assert [each["type"] for each in first].count("image") == 1
    assert any("A fox waits." in each.get("text", "") for each in first)
    results = model.requests[1]["messages"][-1]["content"]
    assert [each["is_error"] for each in results] == [False] * 6 + [True] * 3
    told = [each["content"][0].get("text", "image") for each in results]
    assert "A fox waits." in told[0]
    assert (told[2], "Elsewhere" in told[6]) == ("image", False)
    assert '"priceUsd":"0.02"' in told[5]
    assert "/files/" not in json.dumps(model.requests)


def test_the_agent_is_told_how_a_storyboard_is_written(
    person: Client, talk: str, model: Script
) -> None:
    wrong = {"document": {"name": "Fox", "scenes": [{"id": "Scene 1"}]}}
    call = ("propose_plan", {"steps": [{"operation": "studio.storyboard.save", "input": wrong}]})
    model.play(ScriptedTurn(calls=[call]), ScriptedTurn(text="I see."))
    ask_agent(person, talk, "Write it down.", maxPriceUsd="1")
    (tool,) = (each for each in model.requests[0]["tools"] if each["name"] == "propose_plan")
    (result,) = model.requests[1]["messages"][-1]["content"]
    (told,) = (each["text"] for each in result["content"])
    for word in ("document.title", "is required", "document.scenes.0.id", "[a-z0-9_-]", "shot_1"):
        assert word in told
    example = json.dumps(EXAMPLE_STORYBOARD)
    assert example in tool["description"]
    given = {"name": "Fox", "document": EXAMPLE_STORYBOARD}
    call = ("propose_plan", {"steps": [{"operation": "studio.storyboard.save", "input": given}]})
    model.play(ScriptedTurn(calls=[call]), ScriptedTurn(text="Done."))
    assert ask_agent(person, talk, "Again.", maxPriceUsd="1")["planIds"]
