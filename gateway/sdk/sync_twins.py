"""The blocking half of the client, rendered from the asynchronous one token by token."""

import io
import tokenize

SYNC_NAMES = {
    "asyncio": "time",
    "aclose": "close",
    "aread": "read",
    "call_async": "call_blocking",
    "take_trailing_async": "take_trailing",
    "aiter_bytes": "iter_bytes",
    "asynccontextmanager": "contextmanager",
    "_async": "_sync",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
}


def to_sync_source(source: str) -> str:
    """Turn an asynchronous module into its blocking twin: no `async`, no `await`, other names.

    Tokens are replaced from the end, so the columns of earlier ones stay right.
    """
    lines = source.splitlines(keepends=True)
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.NAME
    ]
    for token in reversed(tokens):
        (row, begin), (_, end) = token.start, token.end
        line = lines[row - 1]
        if token.string in {"async", "await"}:
            lines[row - 1] = line[:begin] + line[end:].lstrip(" ")
        else:
            name = SYNC_NAMES.get(token.string, token.string.removeprefix("Async"))
            lines[row - 1] = line[:begin] + name + line[end:]
    return "".join(lines).replace('"Async', '"')
