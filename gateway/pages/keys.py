"""The page of API keys: create, change, rotate, revoke; a new key is shown once."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from gateway.account.operations import get_account_settings
from gateway.identity import operations as identity
from gateway.identity.keys import DEFAULT_SCOPES, SCOPES
from gateway.identity.schemas import CreatedKey, Key
from gateway.kit.errors import CrossSiteRefused, InvalidInput, NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.pages.asking import asking, in_dialog, new_key, next_key, wrong
from gateway.pages.granting import (
    APPROVALS,
    CAPS,
    LIMITS,
    NO_SCOPE,
    checked_scopes,
    scope_words,
    typed_limits,
)
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, form
from gateway.pages.shell import shell_of

KEYS = "/keys"
MOST_KEYS = 100
WORDS = {
    "rotate": "A new key replaces it, with the same name, scopes and caps.",
    "revoke": "It stops working at once, permanently. Running jobs finish.",
}


class _Listed(TypedDict):
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

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._desk.for_person, ["GET", "POST"]
        return [
            Route(KEYS, person(self.keys), methods=["GET"]),
            Route(f"{KEYS}/new", person(self.new), methods=both),
            Route(f"{KEYS}/change", person(self.change), methods=both),
            Route(f"{KEYS}/rotate", person(self.rotate), methods=both),
            Route(f"{KEYS}/revoke", person(self.revoke), methods=both),
        ]

    async def keys(self, request: Request, caller: Caller) -> Response:
        """Show the keys of the book, revoked ones at the end."""
        return page(request, "keys.html", **await self._listed(request, caller))

    async def new(self, request: Request, caller: Caller) -> Response:
        """Show the form of a new key, or create the key and show it once."""
        if request.method == "GET":
            settings = await self._desk.found(get_account_settings, request, caller)
            policy = amounts(settings["spendPolicy"])
            empty_form: KeyForm = {
                "label": "",
                "scopes": DEFAULT_SCOPES,
                "expiresAt": "",
                "policy": policy,
            }
            return self._form(request, empty_form, new_key())
        fields = await form(request)
        body: KeyBody = {**body_of(fields), "mode": caller.book}
        if day := fields.get("expiresAt"):
            body["expiresAt"] = f"{day}T23:59:59Z"
        body["spendPolicy"] = typed_limits(fields)
        key = fields.get("idempotencyKey") or new_key()
        try:
            check_choice(body)
            created = await self._desk.act(identity.create_key, request, caller, body, key=key)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return self._form(request, typed(fields), next_key(fields, problem), problem)
        return await self._made(request, caller, created, "Your new key")

    async def change(self, request: Request, caller: Caller) -> Response:
        """Show the form that changes a key, or change it."""
        fields = dict(request.query_params) if request.method == "GET" else await form(request)
        key = await self._key(request, caller, fields.get("keyId", ""))
        if request.method == "GET":
            limits = key.spend_policy.model_dump(by_alias=True)
            key_form: KeyForm = {
                "keyId": key.id,
                "label": key.label,
                "scopes": key.scopes,
                "policy": amounts(limits),
            }
            return self._form(request, key_form, new_key())
        body: KeyBody = {
            **body_of(fields),
            "keyId": key.id,
            "spendPolicy": typed_limits(fields),
        }
        try:
            check_choice(body)
            await self._desk.act(identity.change_key, request, caller, body)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return self._form(request, {**typed(fields), "keyId": key.id}, new_key(), problem)
        return await self._done(request, caller, f"{body.get('label')} has been changed.")

    async def rotate(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to rotate a key, or rotate it and show the new one once."""
        if request.method == "GET":
            return await self._act(request, caller, "rotate", request.query_params.get("keyId", ""))
        fields = await form(request)
        body = {"keyId": fields.get("keyId", ""), "graceSeconds": seconds(fields)}
        key = fields.get("idempotencyKey") or new_key()
        rotated = await self._desk.act(identity.rotate_key, request, caller, body, key=key)
        return await self._made(request, caller, rotated, "The new key")

    async def revoke(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to revoke a key, or revoke it."""
        if request.method == "GET":
            return await self._act(request, caller, "revoke", request.query_params.get("keyId", ""))
        body = {"keyId": (await form(request)).get("keyId", "")}
        await self._desk.act(identity.revoke_key, request, caller, body)
        return await self._done(request, caller, "The key has been revoked.")

    async def _listed(self, request: Request, caller: Caller) -> _Listed:
        answer = await self._desk.read(identity.list_keys, request, caller, limit=str(MOST_KEYS))
        book_keys = [key for key in answer.data if key.app is None and key.mode == caller.book]
        return {
            "keys": [key for key in book_keys if key.revoked_at is None],
            "ended": [key for key in book_keys if key.revoked_at is not None],
            "more": answer.next_cursor is not None,
        }

    async def _key(self, request: Request, caller: Caller, key_id: str) -> Key:
        """Return one of the working keys of the page.

        Raises:
            NotFound: the page shows no key of this id.
        """
        for key in (await self._listed(request, caller))["keys"]:
            if key.id == key_id:
                match: Key = key
                return match
        raise NotFound("This account has no such key.", hint="Go back to your keys.")

    async def _act(self, request: Request, caller: Caller, act: str, key_id: str) -> Response:
        key = await self._key(request, caller, key_id)
        title = f"{act.capitalize()} “{key.label}”?"
        return asking(
            request,
            "parts/key_act.html",
            title=title,
            act=act,
            words=WORDS[act],
            key=key,
            idempotency_key=new_key(),
        )

    async def _made(
        self, request: Request, caller: Caller, made: Mapping[str, object], title: str
    ) -> Response:
        key_lists = await self._listed(request, caller)
        key = CreatedKey.model_validate(made)
        return asking(request, "parts/key_made.html", title=title, key=key, **key_lists)

    async def _done(self, request: Request, caller: Caller, words: str) -> Response:
        if not in_dialog(request):
            return see_other(shell_of(request).to(KEYS))
        key_lists = await self._listed(request, caller)
        return asking(request, "parts/key_done.html", title=words, **key_lists)

    def _form(
        self,
        request: Request,
        given: KeyForm,
        idempotency_key: str,
        problem: Problem | None = None,
    ) -> Response:
        changes = "keyId" in given
        return asking(
            request,
            "parts/key_form.html",
            title="Change the key" if changes else "New key",
            problem=problem,
            action=f"{KEYS}/change" if changes else f"{KEYS}/new",
            button="Save" if changes else "Create the key",
            given=given,
            scopes=scope_words(SCOPES),
            approvals=APPROVALS,
            caps=CAPS,
            idempotency_key=idempotency_key,
            wrong=wrong(problem),
            form_kept=True,
        )


def body_of(fields: Mapping[str, str]) -> KeyBody:
    """Read label and scopes from the form of a key; without a checked scope the list is empty."""
    return {"label": fields.get("label", ""), "scopes": checked_scopes(fields, SCOPES)}


def check_choice(body: KeyBody) -> None:
    """Check that the form of a key has a checked scope.

    Raises:
        InvalidInput: no scope is checked.
    """
    if not body["scopes"]:
        raise InvalidInput(NO_SCOPE, hint="Without one it could do nothing.", field="scopes")


def amounts(policy: Mapping[str, str | None]) -> dict[str, str]:
    """Turn limits of the wire into amounts of a form."""
    return {name: policy[name] or "" for name in LIMITS}


def typed(fields: Mapping[str, str]) -> KeyForm:
    """Read the form of a key as it was filled in, to show it again."""
    policy = {name: fields.get(name, "") for name in LIMITS}
    body = body_of(fields)
    return {
        "label": body["label"],
        "scopes": body["scopes"],
        "policy": policy,
        "expiresAt": fields.get("expiresAt", ""),
    }


def seconds(fields: Mapping[str, str]) -> int | str:
    """Read the grace seconds of a rotation; text that is no number goes to the schema as it is."""
    text = fields.get("graceSeconds", "0")
    return int(text) if text.isdecimal() else text
