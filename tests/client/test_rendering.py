"""Rendered types are complete, and an import of the library loads no server."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.catalogue import list_operations
from gateway.sdk import answers
from killatamata import types

ROOT = Path(__file__).parents[2]
USER_PROGRAM = """
import asyncio
from killatamata import AsyncClient, Client, JobFailed

with Client("kt_test_x", base_url="http://127.0.0.1:1") as client:
    job = client.run("image.generate", prompt="a lighthouse", width=1024, height=1024)
    reveal_type(job.outputs[0].url)
    reveal_type(job.billing.charged_microusd)
    reveal_type(job.status)
    reveal_type(client.generate("a fox", "fox.png"))
    for key in client.keys.list():
        reveal_type(key.last4)


async def main() -> None:
    async with AsyncClient() as client:
        async for job in await client.jobs.list(status="failed"):
            reveal_type(job)
        reveal_type((await client.balance()).available_usd)


asyncio.run(main())
"""
REVEALED_TYPES = [
    "str | None",
    "int",
    "Literal['queued'] | Literal['running'] | Literal['succeeded'] | Literal['failed']",
    "pathlib.Path",
    "str",
    "killatamata.types.Job",
    "str",
]


def test_each_answer_of_an_operation_for_programs_is_a_type() -> None:
    missing = [
        model.__name__
        for each in list_operations()
        if not answers.is_for_browsers(each)
        for model in (each.response, *each.alternatives)
        if set(model.model_fields) - set(getattr(types, model.__name__).model_fields)
    ]
    assert not missing


def test_two_answers_of_one_name_are_refused() -> None:
    class Health(types.Health):
        pass

    collected = {"Health": types.Health}
    with pytest.raises(ValueError, match="two answers"):
        answers._collect_models(Health, collected)  # type: ignore[arg-type]


def test_the_library_needs_neither_server_nor_command_line() -> None:
    used = "import sys; from killatamata import *"
    asked = f"{used}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    unwanted = {"gateway", "workers", "mcp_server", "typer", "rich", "click", "starlette", "mcp"}
    assert {"httpx2", "pydantic"} <= set(loaded)
    assert not unwanted.intersection(loaded)


def test_a_strict_type_checker_sees_real_types(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER_PROGRAM)
    done = subprocess.run(  # our own settings, which are strict too: with them its cache is warm
        [sys.executable, "-m", "mypy", tmp_path / "user.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Success" in done.stdout, done.stdout
    revealed = [line.split('"')[1] for line in done.stdout.splitlines() if "Revealed" in line]
    for seen, part in zip(revealed, REVEALED_TYPES, strict=True):
        assert seen.startswith(part), revealed
