"""The page of API keys: create, change, rotate, revoke; a new key is shown once."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from gateway.account.operations import get_account_settings
from gateway.identity.keys import operations as identity
from gateway.identity.keys.keys import DEFAULT_SCOPES, SCOPES
from gateway.identity.keys.schemas import CreatedKey, Key
from gateway.kit.errors import CrossSiteRefused, InvalidInput, NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.dialogs import (
    is_in_dialog,
    new_form_key,
    next_form_key,
    render_dialog,
    to_field_problems,
)
from gateway.pages.grants import (
    APPROVAL_FIELDS,
    CAP_FIELDS,
    LIMIT_FIELDS,
    NO_SCOPE,
    read_checked_scopes,
    read_typed_limits,
    to_scope_words,
)
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell

KEYS_PATH = "/keys"
MOST_KEYS = 100
ACT_WORDS = {
    "rotate": "A new key replaces it, with the same name, scopes and caps.",
    "revoke": "It stops working at once, permanently. Running jobs finish.",
}


class _KeyLists(TypedDict):
    keys: list[Key]
    ended: list[Key]
    more: bool


class KeyBody(TypedDict):
    """The request body that creates or changes a key, read from its form."""

    label: str
    scopes: list[str]
    mode: NotRequired[str]
    keyId: NotRequired[str]
    expiresAt: NotRequired[str]
    spendPolicy: NotRequired[dict[str, str | None]]


class KeyForm(TypedDict):
    """The values of a key's form; when it changes a key it has a `keyId` and no last day."""

    label: str
    scopes: Sequence[str]
    policy: dict[str, str]
    keyId: NotRequired[str]
    expiresAt: NotRequired[str]


class KeyPages:
    """The views of API keys."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._client.person_view, ["GET", "POST"]
        return [
            Route(KEYS_PATH, person(self.show_keys), methods=["GET"]),
            Route(f"{KEYS_PATH}/new", person(self.create_key), methods=both),
            Route(f"{KEYS_PATH}/change", person(self.change_key), methods=both),
            Route(f"{KEYS_PATH}/rotate", person(self.rotate_key), methods=both),
            Route(f"{KEYS_PATH}/revoke", person(self.revoke_key), methods=both),
        ]

    async def show_keys(self, request: Request, caller: Caller) -> Response:
        """Show the keys of the book, revoked ones at the end."""
        return render_page(request, "keys.html", **await self._list_keys(request, caller))

    async def create_key(self, request: Request, caller: Caller) -> Response:
        """Show the form of a new key, or create the key and show it once."""
        if request.method == "GET":
            settings = await self._client.read_wire(get_account_settings, request, caller)
            policy = to_form_amounts(settings["spendPolicy"])
            empty_form: KeyForm = {
                "label": "",
                "scopes": DEFAULT_SCOPES,
                "expiresAt": "",
                "policy": policy,
            }
            return self._show_form(request, empty_form, new_form_key())
        fields = await read_form(request)
        body: KeyBody = {**read_key_body(fields), "mode": caller.book}
        if day := fields.get("expiresAt"):
            body["expiresAt"] = f"{day}T23:59:59Z"
        body["spendPolicy"] = read_typed_limits(fields)
        key = fields.get("idempotencyKey") or new_form_key()
        try:
            check_scopes_chosen(body)
            created = await self._client.call_from_form(
                identity.create_key, request, caller, body, key=key
            )
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return self._show_form(
                request, read_key_form(fields), next_form_key(fields, problem), problem
            )
        return await self._show_new_key(request, caller, created, "Your new key")

    async def change_key(self, request: Request, caller: Caller) -> Response:
        """Show the form that changes a key, or change it."""
        fields = dict(request.query_params) if request.method == "GET" else await read_form(request)
        key = await self._get_key(request, caller, fields.get("keyId", ""))
        if request.method == "GET":
            limits = key.spend_policy.model_dump(by_alias=True)
            key_form: KeyForm = {
                "keyId": key.id,
                "label": key.label,
                "scopes": key.scopes,
                "policy": to_form_amounts(limits),
            }
            return self._show_form(request, key_form, new_form_key())
        body: KeyBody = {
            **read_key_body(fields),
            "keyId": key.id,
            "spendPolicy": read_typed_limits(fields),
        }
        try:
            check_scopes_chosen(body)
            await self._client.call_from_form(identity.change_key, request, caller, body)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return self._show_form(
                request, {**read_key_form(fields), "keyId": key.id}, new_form_key(), problem
            )
        return await self._show_done(request, caller, f"{body.get('label')} has been changed.")

    async def rotate_key(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to rotate a key, or rotate it and show the new one once."""
        if request.method == "GET":
            return await self._ask_consent(
                request, caller, "rotate", request.query_params.get("keyId", "")
            )
        fields = await read_form(request)
        body = {"keyId": fields.get("keyId", ""), "graceSeconds": read_grace_seconds(fields)}
        key = fields.get("idempotencyKey") or new_form_key()
        rotated = await self._client.call_from_form(
            identity.rotate_key, request, caller, body, key=key
        )
        return await self._show_new_key(request, caller, rotated, "The new key")

    async def revoke_key(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to revoke a key, or revoke it."""
        if request.method == "GET":
            return await self._ask_consent(
                request, caller, "revoke", request.query_params.get("keyId", "")
            )
        body = {"keyId": (await read_form(request)).get("keyId", "")}
        await self._client.call_from_form(identity.revoke_key, request, caller, body)
        return await self._show_done(request, caller, "The key has been revoked.")

    async def _list_keys(self, request: Request, caller: Caller) -> _KeyLists:
        answer = await self._client.read_model(
            identity.list_keys, request, caller, limit=str(MOST_KEYS)
        )
        book_keys = [key for key in answer.data if key.app is None and key.mode == caller.book]
        return {
            "keys": [key for key in book_keys if key.revoked_at is None],
            "ended": [key for key in book_keys if key.revoked_at is not None],
            "more": answer.next_cursor is not None,
        }

    async def _get_key(self, request: Request, caller: Caller, key_id: str) -> Key:
        """Return one of the working keys of the page.

        Raises:
            NotFound: the page shows no key of this id.
        """
        for key in (await self._list_keys(request, caller))["keys"]:
            if key.id == key_id:
                match: Key = key
                return match
        raise NotFound("This account has no such key.", hint="Go back to your keys.")

    async def _ask_consent(
        self, request: Request, caller: Caller, act: str, key_id: str
    ) -> Response:
        key = await self._get_key(request, caller, key_id)
        title = f"{act.capitalize()} “{key.label}”?"
        return render_dialog(
            request,
            "parts/key_act.html",
            title=title,
            act=act,
            words=ACT_WORDS[act],
            key=key,
            idempotency_key=new_form_key(),
        )

    async def _show_new_key(
        self, request: Request, caller: Caller, key_answer: Mapping[str, object], title: str
    ) -> Response:
        key_lists = await self._list_keys(request, caller)
        key = CreatedKey.model_validate(key_answer)
        return render_dialog(request, "parts/key_made.html", title=title, key=key, **key_lists)

    async def _show_done(self, request: Request, caller: Caller, words: str) -> Response:
        if not is_in_dialog(request):
            return see_other(get_shell(request).to(KEYS_PATH))
        key_lists = await self._list_keys(request, caller)
        return render_dialog(request, "parts/key_done.html", title=words, **key_lists)

    def _show_form(
        self,
        request: Request,
        key_form: KeyForm,
        idempotency_key: str,
        problem: Problem | None = None,
    ) -> Response:
        changes = "keyId" in key_form
        return render_dialog(
            request,
            "parts/key_form.html",
            title="Change the key" if changes else "New key",
            problem=problem,
            action=f"{KEYS_PATH}/change" if changes else f"{KEYS_PATH}/new",
            button="Save" if changes else "Create the key",
            given=key_form,
            scopes=to_scope_words(SCOPES),
            approvals=APPROVAL_FIELDS,
            caps=CAP_FIELDS,
            idempotency_key=idempotency_key,
            wrong=to_field_problems(problem),
            form_kept=True,
        )


def read_key_body(fields: Mapping[str, str]) -> KeyBody:
    """Read label and scopes from the form of a key; without a checked scope the list is empty."""
    return {"label": fields.get("label", ""), "scopes": read_checked_scopes(fields, SCOPES)}


def check_scopes_chosen(body: KeyBody) -> None:
    """Check that the form of a key has a checked scope.

    Raises:
        InvalidInput: no scope is checked.
    """
    if not body["scopes"]:
        raise InvalidInput(NO_SCOPE, hint="Without one it could do nothing.", field="scopes")


def to_form_amounts(policy: Mapping[str, str | None]) -> dict[str, str]:
    """Turn limits of the wire into amounts of a form."""
    return {name: policy[name] or "" for name in LIMIT_FIELDS}


def read_key_form(fields: Mapping[str, str]) -> KeyForm:
    """Read the form of a key as it was filled in, to show it again."""
    policy = {name: fields.get(name, "") for name in LIMIT_FIELDS}
    body = read_key_body(fields)
    return {
        "label": body["label"],
        "scopes": body["scopes"],
        "policy": policy,
        "expiresAt": fields.get("expiresAt", ""),
    }


def read_grace_seconds(fields: Mapping[str, str]) -> int | str:
    """Read the grace seconds of a rotation; text that is no number goes to the schema as it is."""
    text = fields.get("graceSeconds", "0")
    return int(text) if text.isdecimal() else text
