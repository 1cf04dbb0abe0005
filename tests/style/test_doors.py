"""The doors that everything hostile goes through: nobody else opens media, or dials.

What a security linter would look for in general is ruff's `S`; this is what it cannot know of us.
"""

import ast
import re
import tomllib

from tests.style.source import ROOT, nodes, text_files, where

SERVERS = ("gateway", "workers", "mcp_server")
OPENS_MEDIA = {"av.open", "Image.open"}
LETS_SPEND = {"keys.create", "keys.create_grant", "keys.rotate", "keys.set_policy", "set_default"}
NO_SESSION = {  # it is no browser session that lets a program spend here
    "gateway/identity/device_link.py": "the approval, not the poll, is what a session does",
    "gateway/identity/sign_in.py": "a key of a sign-in is as fresh as can be",
    "gateway/operator/accounts.py": "an operator, on the command line",
}
CHILDREN = {  # run in processes that have given up memory, files and network
    "gateway/library/inspect_image.py",
    "gateway/library/inspect_preview.py",
    "gateway/library/inspect_streams.py",
    "workers/video/film.py",
    "workers/video/frames.py",
    "workers/video/pictures.py",
    "workers/video/remux.py",
}
DIALS = {
    *("httpx2.AsyncClient", "httpx2.Client", "httpx2.get", "httpx2.post", "httpx2.request"),
    *("httpx2.stream", "httpcore2.AsyncConnectionPool", "asyncio.open_connection"),
    *("socket.create_connection", "urllib.request.urlopen", "aiosmtplib.send"),
}
DIALLERS = {  # safe_fetch dials what a user gave; the others what an operator or we did
    "gateway/kit/safe_fetch.py",
    "gateway/kit/guarded_transport.py",
    "gateway/demo.py",
    "gateway/identity/google.py",
    "gateway/mail/smtp.py",
    "gateway/media/moderation.py",
    "gateway/payments/providers/coinbase_client.py",
    "gateway/payments/providers/evm_rpc.py",
    "gateway/payments/providers/stripe_client.py",
    "gateway/payments/providers/x402_client.py",
    "mcp_server/alone.py",
    "mcp_server/asgi.py",
    "mcp_server/stdio.py",
    "workers/agent/model.py",
    "workers/engines/comfyui/client.py",
}


def callers(names: set[str]) -> set[str]:
    """Return the files of our servers in which one of these is called."""
    return {
        where(path) for path, call in nodes(ast.Call, *SERVERS) if ast.unparse(call.func) in names
    }


def test_media_is_opened_in_limited_children_alone() -> None:
    assert callers(OPENS_MEDIA) == CHILDREN


def test_an_address_that_a_user_gave_has_one_way_out() -> None:
    assert callers(DIALS) == DIALLERS


def test_no_key_or_secret_of_ours_lies_in_the_checkout() -> None:
    rules = tomllib.loads((ROOT / ".gitleaks.toml").read_text())["rules"]
    patterns = [(re.compile(rule["regex"]), allowed(rule)) for rule in rules]
    found = []
    for path in text_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for pattern, fine in patterns:
            hits = [hit for hit in pattern.finditer(text) if not fine.fullmatch(hit[0])]
            found += [where(path, text.count("\n", 0, hit.start()) + 1) for hit in hits]
    assert not found, f"keys or secrets: {found}"


def allowed(rule: dict[str, list[dict[str, list[str]]]]) -> re.Pattern[str]:
    """Return what looks like a secret and is none."""
    fine = [regex for each in rule["allowlists"] for regex in each["regexes"]]
    return re.compile("|".join(fine))


def test_whoever_lets_a_program_spend_asks_how_old_the_sign_in_is() -> None:
    bare = []
    for path, function in [*nodes(ast.AsyncFunctionDef, "gateway")]:
        if function.name.startswith("_") or path.relative_to(ROOT).as_posix() in NO_SESSION:
            continue
        called = {
            ast.unparse(each.func) for each in ast.walk(function) if isinstance(each, ast.Call)
        }
        asks = any(name.endswith(("handouts.admit", "handouts.admit_change")) for name in called)
        if called & LETS_SPEND and not asks:
            bare.append(where(path, function.lineno))
    assert bare == []
