"""A small editor: it asks a language server over stdin and stdout what could be typed next."""

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class LanguageServer:
    """A language server of Python for one folder; the mark `|` in a text is the cursor."""

    def __init__(self, command: Path, folder: Path) -> None:
        self._folder, self._last_id = folder, 0
        self._server = subprocess.Popen(
            [command, "--stdio"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        root = self._folder.as_uri()
        folders = [{"uri": root, "name": "user"}]
        capabilities = {"workspace": {"workspaceFolders": True, "configuration": True}}
        self._request(
            "initialize",
            {
                "processId": None,
                "rootUri": root,
                "capabilities": capabilities,
                "workspaceFolders": folders,
            },
        )
        self._send({"method": "initialized", "params": {}})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.kill()
        self._server.wait()
        for pipe in (self._server.stdin, self._server.stdout):
            if pipe is not None:
                pipe.close()

    def complete(self, text: str) -> list[str]:
        """List the labels of what could stand at the cursor."""
        before, _, after = text.partition("|")
        uri = (self._folder / f"typing_{self._last_id}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": before + after}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        line, character = before.count("\n"), len(before.rpartition("\n")[2])
        position = {"line": line, "character": character}
        answer = self._request(
            "textDocument/completion", {"textDocument": {"uri": uri}, "position": position}
        )
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return [each["label"] for each in items]

    def _request(self, method: str, params: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask, and answer what the server asks meanwhile."""
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last_id and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            if "id" in message and "method" in message:
                asked = message.get("params") or {}
                result = [None] * len(asked.get("items", ())) if "items" in asked else None
                self._send({"id": message["id"], "result": result})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._server.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        pipe, length = self._server.stdout, 0
        assert pipe is not None
        while (line := pipe.readline()) != b"\r\n":
            assert line, "the language server has ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        message: dict[str, Any] = json.loads(pipe.read(length))
        return message
