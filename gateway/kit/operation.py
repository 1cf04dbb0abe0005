"""Operations: each is declared once, and every door reads the same declaration.

The problem: REST, MCP, pages and documents must agree on scopes, idempotency, models and
transactions. The way: an operation is a typed function with one decorator, which keeps a complete
`Operation` on it. The function asks for what it needs by annotation: `body` and `query` (its
request models), `Caller`, `Call`, `Session` (one write transaction, committed when it returns),
`Snapshot` (one read session), and any port that the application holds. `perform_call` carries out a
call for every door.

Invariants: access is checked before anything else. `perform_call` opens at most one transaction for
a call, and the stored answer is written in it. A refusal is an exception, which rolls it back. A
replay has the exact bytes of the stored answer.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from gateway.kit import idempotency
from gateway.kit.answers import Answer as Answer
from gateway.kit.answers import Reply as Reply
from gateway.kit.caller import Caller as Caller
from gateway.kit.caller import check_member_writes
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.deprecation import Deprecation
from gateway.kit.errors import IdempotencyKeyRequired, Problem, ScopeDenied, Unauthorized
from gateway.kit.roles import Role, decide_least_role
from gateway.kit.wire.json_text import JsonObject

JSON_MEDIA_TYPE = "application/json"
MAX_JSON_BODY_BYTES = 1024 * 1024
REQUEST_ARGUMENTS = frozenset({"body", "query", "prepared"})
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of an operation.

    `raw_body` is the body as it came, `stream` yields it in parts, `attachments` are its local
    files by sha256. `ticket` stands for a key, `request_hash` for the hash of a submit's body.
    """

    request_id: str
    method: str
    path: str
    caller: Caller | None = None
    idempotency_key: str | None = None
    client_ip: str = ""
    traceparent: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    recheck: Callable[[], Awaitable[object]] | None = None
    raw_body: bytes = b""
    stream: Callable[[], AsyncIterator[bytes]] | None = None
    ticket: str | None = None
    attachments: Mapping[str, Path] = field(default_factory=dict)
    request_hash: bytes | None = None

    async def is_still_allowed(self) -> bool:
        """Return True if the caller is still allowed; long calls check it every few seconds."""
        try:
            if self.recheck is not None:
                await self.recheck()
        except (Unauthorized, ScopeDenied):
            return False
        return True

    def key_scope(self, key: str) -> idempotency.KeyScope:
        """Return the scope in which an idempotency key of this call is unique.

        Raises:
            Unauthorized: there is no caller.
        """
        if (caller := self.caller) is None:
            raise Unauthorized
        return caller.build_key_scope(self.method, self.path, key)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """The declaration of one operation, with all that any door or document needs to know.

    `session` is whether a browser session may call it instead of a key (`also`) or must (`only`).
    A `public` operation reads a session if there is one, and ignores keys. `ticket` names the query
    parameter that stands for a key; the operation itself checks it. With `allows_cached_key`, a key
    that was looked up some seconds ago will do for a write: the ledger checks its spending.
    `limit` is the rate that a call counts towards; a public operation counts by address.
    A `streamed` operation reads its body itself, of any form; one that `submits` makes jobs.
    `least_role` is the role that a member of a team needs, where the other fields decide wrongly
    (`gateway.kit.roles`): `viewer` for all that a person does for themselves.
    `spends` is the rule by which it may hold or spend credit: `by consent` (of a person, or within
    the limits of the key), or `directly`, up to the caps of an API key. No other operation may.
    `prepare` turns the body into the argument `prepared`, in a thread and before the transaction.
    `other_statuses` are further successful statuses of the same answer, `alternatives` the models
    that a 200 can hold instead of `response`. A `conditional` operation has an ETag and answers
    304; with `if_match` the caller names the version that it changes. Identity compares operations.
    """

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    handler: Callable[..., Awaitable[Any]]
    needs: Mapping[str, type]
    response: type[BaseModel]
    alternatives: tuple[type[BaseModel], ...] = ()
    conditional: bool = False
    other_statuses: tuple[int, ...] = ()
    if_match: bool = False
    status: int = 200
    public: bool = False
    session: Literal["no", "also", "only"] = "no"
    ticket: str | None = None
    allows_cached_key: bool = False
    limit: Literal["read", "submit", "quote", "none"] | None = None
    scopes: tuple[str, ...] = ()
    least_role: Role | None = None
    spends: Literal["no", "by consent", "directly"] = "no"
    submits: bool = False
    idempotent: bool = False
    key_required: bool = False
    problems: tuple[type[Problem], ...] = ()
    deprecation: Deprecation | None = None
    body_bytes: int = MAX_JSON_BODY_BYTES
    raw_body: bool = False
    prepare: Callable[[Any], Any] | None = None
    streamed: bool = False
    seconds: int | None = 30
    media_types: tuple[str, ...] = (JSON_MEDIA_TYPE,)

    @property
    def body(self) -> type[BaseModel] | None:
        """Return the model of the request body, if it takes one."""
        return self.needs.get("body")

    @property
    def needed_role(self) -> Role:
        """Return the least role of a team's member that may call it."""
        return decide_least_role(
            self.scopes,
            self.method,
            self.session,
            public=self.public,
            declared=self.least_role,
        )

    @property
    def rate(self) -> str:
        """Return the name of the rate that a call counts towards."""
        if self.limit is not None:
            return self.limit
        return "read" if self.method == "GET" else "submit"

    @property
    def query(self) -> type[BaseModel] | None:
        """Return the model of the query, if it takes one."""
        return self.needs.get("query")


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    response: type[BaseModel],
    **declared: Any,  # noqa: ANN401 - the other fields of Operation
) -> Callable[[F], F]:
    """Declare a function as an operation, which is kept on the function as `.operation`.

    The function's name becomes the id, and its docstring the summary and the description.
    """

    def declare(handler: F) -> F:
        words = handler.__name__.split("_")
        summary, _, rest = (inspect.getdoc(handler) or "").partition("\n")
        needs = {name: kind for name, kind in get_type_hints(handler).items() if name != "return"}
        handler.operation = Operation(  # type: ignore[attr-defined]  # read back by catalogue
            id=words[0] + "".join(word.capitalize() for word in words[1:]),
            method=method,
            path=path,
            tag=tag,
            response=response,
            summary=summary.rstrip("."),
            description=f"{summary}\n{rest}".strip(),
            handler=handler,
            needs=needs,
            **declared,
        )
        return handler

    return declare


def operation_from_handler(handler: Callable[..., Awaitable[Any]]) -> Operation:
    """Return the operation that a handler was declared as."""
    return vars(handler)["operation"]  # type: ignore[no-any-return]


Part = TypeVar("Part")


class Ports:
    """The parts an application is made of, by type."""

    def __init__(self, *parts: object) -> None:
        self._parts: dict[type, Any] = {type(part): part for part in parts}

    def add(self, part: object, *, as_type: type | None = None) -> None:
        """Add a part, under its own type or the protocol it stands for."""
        self._parts[as_type or type(part)] = part

    def get(self, kind: type[Part]) -> Part:
        """Return the part of this type."""
        return self._parts[kind]  # type: ignore[no-any-return]  # each is added under its type

    def list_missing(self, operation: Operation) -> list[str]:
        """Return the names of types that an operation needs and no part has; for the start."""
        available = {Caller, Call, Session, Snapshot, *self._parts}
        needs = {
            name: kind for name, kind in operation.needs.items() if name not in REQUEST_ARGUMENTS
        }
        return [kind.__name__ for kind in needs.values() if kind not in available]


async def perform_call(
    operation: Operation,
    call: Call,
    *,
    body: BaseModel | None,
    query: BaseModel | None,
    ports: Ports,
) -> Answer:
    """Carry out one call: scope, idempotency, one transaction, answer.

    Raises:
        Problem: a refusal; nothing was written.
    """
    authorise_call(operation, call.caller, call.ticket)
    if operation.key_required and call.idempotency_key is None:
        raise IdempotencyKeyRequired
    arguments: dict[str, object] = {}
    call_parts: dict[type, Any] = {Call: call, Caller: call.caller}
    session_name, writes = None, False
    for name, kind in operation.needs.items():
        if name in {"body", "query"}:
            arguments[name] = body if name == "body" else query
        elif name == "prepared" and operation.prepare is not None:
            arguments[name] = await asyncio.to_thread(operation.prepare, body)
        elif kind is Session or kind is Snapshot:
            session_name, writes = name, kind is Session
        else:
            arguments[name] = call_parts[kind] if kind in call_parts else ports.get(kind)
    with check_member_writes(call.caller, ports.get):
        if session_name is None:
            return build_answer(operation, await operation.handler(**arguments))
        database: Database = ports.get(Database)
        if not writes:
            async with database.read() as snapshot:
                arguments[session_name] = snapshot
                return build_answer(operation, await operation.handler(**arguments))
        return await _WriteCall(operation, call, body, arguments, session_name, database).run()


def authorise_call(operation: Operation, caller: Caller | None, ticket: str | None = None) -> None:
    """Check that the caller may use the operation, or has a ticket, which the operation checks.

    Raises:
        Unauthorized: there is neither a caller nor a ticket.
        RoleDenied: the caller is a member of the account with too low a role.
        ScopeDenied: the key lacks the scope, or is an app's and may not spend directly.
    """
    if operation.public or (caller is None and ticket is not None):
        return
    if caller is None:
        raise Unauthorized
    if caller.role != Role.OWNER:
        caller.require_role(operation.needed_role)
    if operation.scopes:
        caller.require_scope(*operation.scopes)
    if operation.spends == "directly" and caller.is_app:
        raise ScopeDenied(
            "A connected app spends through approval plans and messages only.",
            hint="Prepare a plan, then execute it or let a person approve it.",
        )


@dataclass(frozen=True, slots=True)
class _WriteCall:
    """One write operation in one transaction, together with its stored answer."""

    operation: Operation
    call: Call
    body: BaseModel | None
    arguments: dict[str, object]
    session_name: str
    database: Database

    async def run(self) -> Answer:
        """Run the handler; if a call with the same key committed first, replay its answer."""
        try:
            return await self._run_once()
        except IntegrityError:
            # Two calls with one new key can both find no answer; the unique row lets one commit. A
            # second run of the other finds the stored answer. Without a key, the handler itself
            # broke a constraint, and a second run would break it again.
            if self._key_scope() is None:
                raise
            return await self._run_once()

    def _key_scope(self) -> idempotency.KeyScope | None:
        key = self.call.idempotency_key if self.operation.idempotent else None
        return None if key is None else self.call.key_scope(key)

    async def _run_once(self) -> Answer:
        scope = self._key_scope()
        async with self.database.write() as session:
            if scope is not None and (stored := await self._find_stored(session, scope)):
                return build_replay(stored, self.operation)
            result = await self.operation.handler(**self.arguments, **{self.session_name: session})
            answer = build_answer(self.operation, result)
            if scope is not None:
                await self._store_answer(session, scope, result, answer)
            return answer

    def _hash_request(self) -> bytes:
        return idempotency.hash_request({} if self.body is None else to_sent_fields(self.body))

    async def _find_stored(
        self, session: Session, scope: idempotency.KeyScope
    ) -> idempotency.StoredAnswer | None:
        stored = await idempotency.find_answer(session, scope)
        return stored and stored.replay(self._hash_request())

    async def _store_answer(
        self,
        session: Session,
        scope: idempotency.KeyScope,
        result: BaseModel | Reply,
        answer: Answer,
    ) -> None:
        body, resource_id = answer.body, ""
        if isinstance(result, Reply):
            resource_id = result.resource_id
            body = body if result.stored_body is None else render_model(result.stored_body)
        stored = idempotency.StoredAnswer(
            self._hash_request(), answer.status, body.decode(), resource_id
        )
        await session.write(idempotency.build_answer_write([(scope, stored)]))


def to_sent_fields(body: BaseModel) -> JsonObject:
    """Return only the fields that the client sent, by wire name: without defaults."""
    return body.model_dump(mode="json", exclude_unset=True)


def render_model(model: BaseModel | None) -> bytes:
    """Return a model as JSON bytes with wire names; None is an empty body."""
    # What `model_dump_json` calls too, and makes a text of, which would be encoded again.
    return b"" if model is None else model.__pydantic_serializer__.to_json(model)


def build_replay(stored: idempotency.StoredAnswer, operation: Operation) -> Answer:
    """Return a stored answer as a replay, with `Idempotency-Replayed`."""
    headers = {"Idempotency-Replayed": "true"} | build_deprecation_headers(operation)
    return Answer(status=stored.status, body=stored.response.encode(), headers=headers)


def build_deprecation_headers(operation: Operation) -> dict[str, str]:
    """Return the headers that warn of an operation's end, if it is deprecated."""
    return {} if operation.deprecation is None else operation.deprecation.headers()


def build_answer(operation: Operation, result: BaseModel | Reply | Answer) -> Answer:
    """Turn a handler's result into the answer that goes over the wire."""
    if isinstance(result, Answer):
        return result
    reply = result if isinstance(result, Reply) else Reply(body=result)
    return Answer(
        status=reply.status or operation.status,
        body=render_model(reply.body),
        headers=dict(reply.headers) | build_deprecation_headers(operation),
        cookies=reply.cookies,
    )
