"""Results of tools and refusals: facts as JSON, a note on the next step, links, a small picture.

Clients differ in the part of a result that they give to a model: some only the text, some only the
structured content, some no links or pictures. So the text and the structured content each hold
every fact and the note, once. A refusal is a result too, of the same two parts, so that a model
reads its hint.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache

from mcp import types

from mcp_server.fence import fence_user_text
from mcp_server.json_types import JsonObject, Problem

FORMAT_ERROR_CODES = frozenset(
    {"invalid_input", "conflicting_input", "storyboard_syntax", "shot_incomplete"}
)
MAX_IMAGE_BYTES, MAX_RESULT_BYTES = 100_000, 90_000
SLIM_LISTS = frozenset({"data", "steps", "jobs", "outputs", "items"})
RETRY_AFTER_SECONDS = re.compile(r"[0-9]{1,9}")


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """A refusal of REST or of this server; `problem` has its code, message and hint."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem["code"])
        self.problem = problem

    def with_tool_names(self, tools: Mapping[str, str]) -> "Refusal":
        """Return the refusal with the names of tools in place of REST calls in its hint."""
        hint = str(self.problem.get("hint", ""))
        for call, tool in tools.items():
            hint = hint.replace(call, tool)
        return Refusal({**self.problem, "hint": hint})

    def with_format_hint(self, uri: str | None) -> "Refusal":
        """Return the refusal with the format's URI in its hint, if the arguments are at fault."""
        if uri is None or self.problem["code"] not in FORMAT_ERROR_CODES:
            return self
        example = " `example` is a valid one." if "example" in self.problem else ""
        hint = f"{self.problem.get('hint', '')}{example} The whole format: {uri}".strip()
        return Refusal({**self.problem, "hint": hint})

    @property
    def result(self) -> types.CallToolResult:
        """Return the refusal as the result of a tool."""
        return render_failure(self.problem)


def build_refusal(code: str, message: str, hint: str, **members: object) -> Refusal:
    """Build a refusal of our own; `members` are added to its problem."""
    return Refusal({"code": code, "message": message, "hint": hint, "retryable": False} | members)


def parse_refusal(problem: Problem, retry_after: str | None) -> Refusal:
    """Build the refusal of an `application/problem+json` body; its `code` must be a text.

    The other members may have any type, or be missing: what answered may be a newer gateway, or
    another site. The refusal always has a message, a hint, a boolean `retryable` and, if any, a
    number of seconds, so that no reader has to check.
    """
    standard_names = {"type", "title", "status", "detail", "instance", "retryAfterSeconds"}
    facts = {name: value for name, value in problem.items() if name not in standard_names}
    facts |= {
        "message": _find_first_text(problem.get("detail"), problem.get("title"), facts["code"]),
        "hint": _find_first_text(problem.get("hint")),
        "retryable": problem.get("retryable") is True,
    }
    header = (
        int(retry_after) if retry_after and RETRY_AFTER_SECONDS.fullmatch(retry_after) else None
    )
    for seconds in (problem.get("retryAfterSeconds"), header):
        if isinstance(seconds, int) and seconds > 0:
            facts.setdefault("retryAfterSeconds", seconds)
    if facts["code"] == "insufficient_credits":
        facts["hint"] = "The tool account_topup_link makes a link for the user; then call again."
    if facts["code"] == "unauthorized":
        facts["hint"] = "Set KT_API_KEY where this server is started, or run `killatamata login`."
    return Refusal(facts)


def _find_first_text(*values: object) -> str:
    """Return the first of these values that is a text and not empty; else an empty text."""
    return next((value for value in values if isinstance(value, str) and value), "")


def render_failure(problem: Problem) -> types.CallToolResult:
    """Render a refusal: code, message, hint and `retryable` first, then its other members."""
    order = ("code", "message", "hint", "retryable")
    facts = {name: problem[name] for name in order if name in problem} | dict(problem)
    structured = {"error": fence_user_text(facts)}
    text = types.TextContent(type="text", text=_render_json(structured))
    return types.CallToolResult(content=[text], structured_content=structured, is_error=True)


def render_success(
    facts: JsonObject,
    note: str,
    *,
    is_own_text: bool = False,
    links: Sequence[types.ResourceLink] = (),
    picture: bytes | None = None,
) -> types.CallToolResult:
    """Render an answer: the facts as structured content, and the same as text.

    `note` says what to do next: it opens the text, and is `next` in the structured content. What
    people wrote comes inside a fence, unless `is_own_text`. An `error` that is null is left out,
    and in lists whatever is null or empty: a model pays for each word.

    Raises:
        Refusal: the answer is too large for a tool.
    """
    if facts.get("error") is None:
        facts = {name: value for name, value in facts.items() if name != "error"}
    facts = {name: _slim_list(name, value) for name, value in facts.items()}
    if not is_own_text:
        facts = fence_user_text(facts)
    whole = _render_json(facts)
    if len(whole.encode()) > MAX_RESULT_BYTES:
        raise build_refusal(
            "result_too_large",
            "The answer is too large for a tool.",
            "Request less, or read it over the REST API.",
        )
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=f"{note}\n{whole}")]
    content += links
    if picture is not None and len(picture) <= MAX_IMAGE_BYTES:
        content.append(_build_image(picture))
    return types.CallToolResult(content=content, structured_content={"next": note} | facts)


def render_picture(note: str, picture: bytes) -> types.CallToolResult:
    """Render a picture as the whole answer; REST bounds it to 150 kB.

    There is no structured content: clients that give a model only that, Codex among them, would
    leave the picture out.
    """
    text = types.TextContent(type="text", text=note)
    return types.CallToolResult(content=[text, _build_image(picture)])


def select_facts(answer: JsonObject, paths: Sequence[str]) -> JsonObject:
    """Return the parts of an answer at these paths; the whole answer if there are none.

    `a.b` is part b of a, `a[].b` is part b of each member of a; missing parts are left out.
    """
    if not paths:
        return answer
    selected: JsonObject = {}
    for key, is_list, inner_paths in _group_paths(tuple(paths)):
        if key not in answer:
            continue
        value = answer[key]
        if is_list and isinstance(value, list):
            value = [select_facts(each, inner_paths) for each in value]
        elif isinstance(value, dict):
            value = select_facts(value, inner_paths)
        selected[key] = value
    return selected


@cache
def _group_paths(paths: tuple[str, ...]) -> list[tuple[str, bool, tuple[str, ...]]]:
    """Group paths by their first name: that, whether it is a list, and the paths below it.

    Each tool has one set of paths, so all of them stay known.
    """
    below: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        below.setdefault(name, []).append(rest)
    return [
        (name.removesuffix("[]"), name.endswith("[]"), tuple(rest for rest in rests if rest))
        for name, rests in below.items()
    ]


def build_output_links(job: JsonObject) -> list[types.ResourceLink]:
    """Build a link to each output of a job that is available."""
    return [
        types.ResourceLink(
            type="resource_link",
            uri=f"killatamata://jobs/{job['jobId']}/outputs/{output['index']}",
            name=f"{job['jobId']}/{output['index']}",
            mime_type=output["mimeType"],
            size=output["bytes"],
        )
        for output in job.get("outputs", ())
        if output["state"] == "available"
    ]


def _slim_list(name: str, value: object) -> object:
    """Return a list of ours without the fields of its items that are null or empty lists."""
    if name not in SLIM_LISTS or not isinstance(value, list):
        return value
    return [
        {
            key: _slim_list(key, part)
            for key, part in each.items()
            if part is not None and part != []
        }
        if isinstance(each, dict)
        else each
        for each in value
    ]


def _build_image(picture: bytes) -> types.ImageContent:
    data = base64.b64encode(picture).decode()
    return types.ImageContent(type="image", data=data, mime_type="image/jpeg")


def _render_json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
