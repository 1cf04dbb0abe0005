"""Code that nothing calls is deleted; a test alone is no reason to keep it."""

import ast
import re

from vulture import Vulture

from tests.style.source import PACKAGES, ROOT, find_nodes, list_python_files

MIGRATIONS = sorted(ROOT.glob("gateway/migrations/versions/*.py"))
KINDS = {"class", "function", "method", "property"}
DECORATORS = ["@operation", "@*validator", "@command", "@*.command"]
TABLES = re.compile(r"/tables\.py$|/audit_log\.py$|/idempotency\.py$")  # SQL names their rows
CLIENT = re.compile(r"^killatamata/(_a?sync/|(output_media|model)\.py$)")  # called by users
BY_LIBRARIES = {
    "async_auth_flow": "httpx2",
    "connect_unix_socket": "httpcore2",
    "data_received": "asyncio",
    "on_header": "httptools",
    "on_headers_complete": "httptools",
    "field_title_should_be_set": "pydantic",
    "redirect_request": "urllib",
    "request_async": "stripe",
    "sleep_async": "stripe",
    "send_transaction": "x402",
    "wait_for_transaction_receipt": "x402",
    "write_contract": "x402",
    "verify_token": "mcp",
    "intercept_tool_call": "mcp",
    "capture_signals": "uvicorn",
    "process_bind_param": "sqlalchemy",
    "process_result_value": "sqlalchemy",
}


def list_words_elsewhere() -> set[str]:
    """List the words of templates and of strings in code, by which names are looked up."""
    templates = ROOT.glob("gateway/pages/templates/**/*.html")
    code = (part for page in templates for part in re.findall(r"\{[{%].*?[%}]\}", page.read_text()))
    found = {word for part in code for word in re.findall(r"\w+", part)}
    for _, text in find_nodes(ast.Constant, *PACKAGES):
        if isinstance(text.value, str) and text.value.isidentifier():
            found.add(text.value)
    return found


def test_nothing_is_kept_that_nothing_of_ours_calls() -> None:
    vulture = Vulture(ignore_names=[*BY_LIBRARIES, "__*__", "do_*"], ignore_decorators=DECORATORS)
    vulture.scavenge([str(path) for path in (*list_python_files(*PACKAGES), *MIGRATIONS)])
    used = list_words_elsewhere()
    unused = [
        f"{path}:{item.first_lineno} {item.name}"
        for item in vulture.get_unused_code()
        if item.typ in KINDS and item.name not in used
        for path in [item.filename.relative_to(ROOT).as_posix()]
        if not TABLES.search(path) and not CLIENT.match(path) and "/versions/" not in path
    ]
    assert unused == []
