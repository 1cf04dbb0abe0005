"""Call one tool with the Python SDK 1.x, in an environment of its own.

`python call_tool_v1.py URL KEY TOOL ARGUMENTS [ANSWER]` prints `{"result": …}`, or, if the SDK hid
the answer, `{"thrown": message}`. ANSWER is what the person in front answers to a question.
"""

import asyncio
import json
import sys
from typing import Any

from mcp import ClientSession, types
from mcp.client.streamable_http import streamablehttp_client  # type: ignore[attr-defined]


async def main(url: str, key: str, tool: str, given: str, answer: str | None = None) -> None:
    async def reply(_context: Any, _params: Any) -> types.ElicitResult:  # noqa: ANN401 - the SDK's
        return types.ElicitResult.model_validate_json(answer or "{}")

    headers = {"Authorization": f"Bearer {key}"}
    callback: Any = reply if answer else None
    told: dict[str, Any]
    async with (
        streamablehttp_client(url, headers=headers) as (read, write, _),
        ClientSession(read, write, elicitation_callback=callback) as session,
    ):
        await session.initialize()
        await session.list_tools()  # from here on the SDK checks each answer against its schema
        try:
            result = await session.call_tool(tool, json.loads(given))
            told = {"result": result.model_dump(by_alias=True, mode="json", exclude_none=True)}
        except Exception as error:  # noqa: BLE001 - whatever hides the answer
            told = {"thrown": str(error)}
    print(json.dumps(told))  # noqa: T201 - it is what the test reads


asyncio.run(main(*sys.argv[1:]))
