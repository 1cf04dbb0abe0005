"""Code samples of the recorded requests: with curl, and with the typed Python client."""

import json
import pprint
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from gateway.recorded import RecordedCall

MAX_LINE_CHARS = 88
# The method of the client that calls an operation, and its arguments that stand without names.
CLIENT_METHODS: Mapping[str, tuple[str, ...]] = {
    "listKeys": ("keys.list",),
    "createKey": ("keys.create", "label"),
    "revokeKey": ("keys.revoke", "keyId"),
    "changeKey": ("keys.update", "keyId"),
    "rotateKey": ("keys.rotate", "keyId"),
    "startDeviceLink": ("device.start", "clientName"),
    "pollDeviceLink": ("device.poll", "deviceCode"),
    "getBalance": ("balance",),
    "getBalanceHistory": ("history",),
    "listPackages": ("packages",),
    "startStripeCheckout": ("checkout.stripe", "packageCode"),
    "claimStripe": ("claims.stripe",),
    "startCryptoCheckout": ("checkout.crypto", "packageCode"),
    "getCryptoCheckout": ("checkout.opened_crypto", "checkoutId"),
    "claimCrypto": ("claims.crypto",),
    "listPurchases": ("purchases.list",),
    "getReceipt": ("purchases.receipt", "purchaseId"),
    "validateAffiliateCode": ("affiliates.validate_code", "code"),
    "captureAffiliate": ("affiliates.capture", "code"),
    "applyAsAffiliate": ("affiliates.apply", "displayName"),
    "getAffiliate": ("affiliates.get",),
    "getAffiliateCode": ("affiliates.code",),
    "getAffiliateDashboard": ("affiliates.dashboard",),
    "listCommissions": ("affiliates.commissions",),
    "listPayouts": ("affiliates.payouts",),
    "listPayoutRequests": ("affiliates.payout_requests",),
    "requestPayout": ("affiliates.request_payout",),
    "getBoundCode": ("affiliates.bound_code",),
    "bindAffiliateCode": ("affiliates.bind_code",),
    "listTasks": ("tasks", "task"),
    "getJob": ("jobs.get", "jobId"),
    "cancelJob": ("jobs.cancel", "jobId"),
    "getUsage": ("usage", "groupBy"),
    "preparePlan": ("plans.prepare", "steps"),
    "getPlans": ("plans.get", "planId"),
    "rejectPlan": ("plans.reject", "planId"),
    "getWebhooks": ("webhooks.get",),
    "rotateWebhookSecret": ("webhooks.rotate_secret",),
    "listWebhookDeliveries": ("webhooks.deliveries",),
    "redeliverWebhook": ("webhooks.redeliver", "deliveryId"),
    "testWebhook": ("webhooks.test", "url"),
    "getSnapshot": ("studio.snapshot",),
    "createProject": ("studio.projects.create", "name"),
    "updateProject": ("studio.projects.update", "projectId"),
    "listAssets": ("studio.assets.list", "projectId"),
    "getAsset": ("studio.assets.get", "assetId"),
    "updateAsset": ("studio.assets.update", "assetId"),
    "keepAsset": ("studio.assets.keep", "projectId"),
    "updateSettings": ("studio.update_settings",),
    "createThread": ("studio.threads.create", "projectId"),
    "selectThread": ("studio.threads.select", "threadId"),
    "getThread": ("studio.threads.get", "threadId"),
    "updateThread": ("studio.threads.update", "threadId"),
    "prepareMessage": ("studio.agent.prepare", "threadId", "content"),
    "sendMessage": ("studio.agent.send",),
    "getRequest": ("studio.agent.get", "requestId"),
    "cancelRequest": ("studio.agent.cancel", "requestId"),
    "createText": ("studio.texts.create", "projectId", "name", "content"),
    "getText": ("studio.texts.get", "assetId"),
    "saveText": ("studio.texts.save", "assetId", "content"),
    "listVersions": ("studio.assets.versions", "assetId"),
    "createStoryboard": ("studio.storyboards.create", "projectId", "name", "document"),
    "getStoryboard": ("studio.storyboards.get", "assetId"),
    "saveStoryboard": ("studio.storyboards.save", "assetId"),
    "importStoryboard": ("studio.storyboards.import_text", "text"),
    "exportStoryboard": ("studio.storyboards.export_markdown", "assetId"),
    "prepareRender": ("studio.storyboards.prepare_render", "assetId"),
}
RENAMED_ARGUMENTS = {"from": "first", "to": "last", "format": "text_format"}


def render_curl(url: str, method: str, call: RecordedCall, *, keyed: bool, uploads: bool) -> str:
    """Render a call as a curl command; `keyed` sends the API key, `uploads` a file."""
    address = shlex.quote(url + _render_query(call))
    # curl sends GET by itself, and POST where there is a body.
    is_default = method == "GET" or (method == "POST" and call.body is not None)
    lines = [f"curl {address}" if is_default else f"curl -X {method} {address}"]
    if keyed:
        lines.append('-H "Authorization: Bearer $KT_API_KEY"')
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
    if call.body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(json.dumps(call.body, ensure_ascii=False))}")
    elif uploads:
        lines.append("--data-binary @fox.png")
    return " \\\n  ".join(lines)


def render_python(operation_id: str, method: str, path: str, call: RecordedCall) -> str:
    """Render a call with the typed client; with its `request` where it has no method.

    A redirect of a browser is nothing to call from a program, and gives no sample.
    """
    if call.answer.status == HTTPStatus.FOUND:
        return ""
    render_special = SPECIAL_RENDERERS.get(operation_id)
    if render_special is not None:
        line = render_special(call)
    elif operation_id in CLIENT_METHODS:
        name, *first = CLIENT_METHODS[operation_id]
        line = _render_typed_call(name, first, call)
    else:
        line = _render_request(method, path, call)
    return f"from killatamata import Client\n\nclient = Client()\n{line}"


def _render_query(call: RecordedCall) -> str:
    flat = {
        name: json.dumps(value) if isinstance(value, bool) else value
        for name, value in call.query.items()
    }
    return f"?{urlencode(flat, safe='/:,', quote_via=quote)}" if flat else ""


def _render_typed_call(name: str, first: Sequence[str], call: RecordedCall) -> str:
    arguments = {**call.query, **(call.body or {})}
    if "If-Match" in call.headers:
        arguments["etag"] = call.headers["If-Match"]
    positional = [_render_value(each, arguments.pop(each)) for each in first if each in arguments]
    named = [
        f"{_to_argument_name(each)}={_render_value(each, value)}"
        for each, value in arguments.items()
    ]
    if "X-Idempotency-Key" in call.headers and name in KEYED_METHODS:
        named.append(f"idempotency_key={call.headers['X-Idempotency-Key']!r}")
    return _render_call(f"client.{name}", [*positional, *named])


def _render_request(method: str, path: str, call: RecordedCall) -> str:
    arguments = [_render_literal(method), _render_literal(path)]
    if call.query:
        arguments.append(f"params={_render_literal(dict(call.query))}")
    if call.body is not None:
        arguments.append(f"json={_render_literal(call.body)}")
    headers = {name: each for name, each in call.headers.items() if name != "X-Idempotency-Key"}
    if headers:
        arguments.append(f"headers={_render_literal(headers)}")
    if "X-Idempotency-Key" in call.headers:
        arguments.append(f"idempotency_key={call.headers['X-Idempotency-Key']!r}")
    return _render_call("client.request", arguments)


def _render_submit(call: RecordedCall) -> str:
    fields = {**call.body["input"], **{k: v for k, v in call.body.items() if k not in TASK_FIELDS}}
    named = [
        f"{_to_argument_name(name)}={_render_value(name, value)}" for name, value in fields.items()
    ]
    key = f"idempotency_key={call.headers['X-Idempotency-Key']!r}"
    return _render_call("client.submit", [_render_literal(call.body["task"]), *named, key])


def _render_quote(call: RecordedCall) -> str:
    if call.query:
        return _render_request("POST", "/api/v1/media/quote", call)
    return _render_call("client.quote_all", [_render_value("items", call.body["items"])])


def _render_watch(call: RecordedCall) -> str:
    return f"for event in client.jobs.events({call.query['jobId']!r}):\n    print(event)"


def _render_execute(call: RecordedCall) -> str:
    return f"plan = client.plans.get({call.body['planId']!r})\nclient.plans.execute(plan)"


def _render_upload(call: RecordedCall) -> str:
    project = f"project_id={call.query['projectId']!r}"
    return _render_call("client.studio.assets.upload", [repr(call.query["filename"]), project])


OPEN_VALUES = frozenset({"metadata"})
TASK_FIELDS = frozenset({"task", "input"})
SPECIAL_RENDERERS: Mapping[str, Callable[[RecordedCall], str]] = {
    "submitJob": _render_submit,
    "quoteJobs": _render_quote,
    "watchJob": _render_watch,
    "executePlan": _render_execute,
    "uploadAsset": _render_upload,
}
KEYED_METHODS = frozenset(
    {
        "keys.create", "checkout.stripe", "checkout.crypto", "affiliates.apply",
        "affiliates.request_payout", "studio.agent.send",
    }
)  # fmt: skip


def _to_argument_name(name: str) -> str:
    return RENAMED_ARGUMENTS.get(name) or re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _render_value(name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    """Render the value of a typed argument, with the names of Python; metadata has its own."""
    return _render_literal(value if name in OPEN_VALUES else _to_argument_names(value))


def _to_argument_names(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {_to_argument_name(name): _to_argument_names(each) for name, each in value.items()}
    return [_to_argument_names(each) for each in value] if isinstance(value, list) else value


def _render_literal(value: Any) -> str:  # noqa: ANN401 - JSON
    """Render a JSON value as Python, in lines that fit."""
    return pprint.pformat(value, width=MAX_LINE_CHARS - 12, sort_dicts=False).replace(
        "\n", "\n    "
    )


def _render_call(name: str, arguments: Sequence[str]) -> str:
    """Render a call in one line, or with a line for each argument."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= MAX_LINE_CHARS and "\n" not in line:
        return line
    return f"{name}(\n" + "".join(f"    {each},\n" for each in arguments) + ")"
