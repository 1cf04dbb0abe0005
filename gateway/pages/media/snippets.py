"""Code to copy that submits a job: by curl, in Python, as a tool call."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippets:
    """Code for the same job in three forms."""

    curl: str
    python: str
    mcp: str


def build_snippets(api_url: str, task: str, task_input: Mapping[str, Any]) -> Snippets:
    """Build the code that submits an input; the API key stays in the environment."""
    return Snippets(
        curl=_build_curl(api_url, task, task_input),
        python=_build_python(api_url, task, task_input),
        mcp=_build_mcp(task, task_input),
    )


def _build_curl(api_url: str, task: str, task_input: Mapping[str, Any]) -> str:
    body = json.dumps({"task": task, "input": task_input}, ensure_ascii=False)
    return " \\\n  ".join(
        [
            f"curl {shlex.quote(f'{api_url}/api/v1/media/jobs')}",
            '-H "Authorization: Bearer $KT_API_KEY"',
            '-H "X-Idempotency-Key: $(uuidgen)"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(body)}",
        ]
    )


def _build_python(api_url: str, task: str, task_input: Mapping[str, Any]) -> str:
    lines = [
        f"    {CAMEL_CASE_BOUNDARY.sub('_', name).lower()}={value!r},"
        for name, value in task_input.items()
    ]
    return "\n".join(
        [
            "from killatamata import Client",
            "",
            f"client = Client(base_url={api_url!r})  # the key is read from KT_API_KEY",
            "job = client.run(",
            f"    {task!r},",
            *lines,
            ")",
            "print(*client.jobs.download(job))",
        ]
    )


def _build_mcp(task: str, task_input: Mapping[str, Any]) -> str:
    call = {"name": f"{task.replace('.', '_')}_prepare", "arguments": task_input}
    return json.dumps({"method": "tools/call", "params": call}, indent=2, ensure_ascii=False)
