"""The memory of the stand-in: Stripe's objects by kind and id, and the events of their changes.

Objects are the dictionaries that go over the wire. `livemode` is false everywhere. A field that
begins with `_` is the stand-in's own; one of `INCLUDABLE_FIELDS` is sent if a call expands it.
"""

import copy
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""An object of Stripe as it goes over the wire: open, for its shape is Stripe's."""
API_VERSION = "2026-10-28.endive"
INCLUDABLE_FIELDS = {"line_items", "payments", "tax", "tax_ids", "breakdown"}


class StripeRefusal(Exception):  # noqa: N818 - Stripe's answer
    """A refusal as Stripe answers it: a status and an error object."""

    def __init__(self, message: str, *, status: int = 400, **error: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(message)
        self.status = status
        self.error: Object = {"type": "invalid_request_error", "message": message, **error}


class Store:
    """All objects in memory; `heard` is called with each new event.

    `decline_codes` has what the bank answers to the next charges of a payment method, instead of
    what its card always does, and `slow_methods` those whose bank takes days over the next charge.
    With `are_refunds_slow` new refunds begin as pending.
    """

    def __init__(self, base: str, heard: Callable[[Object], None]) -> None:
        self.base = base
        self.objects: dict[str, dict[str, Object]] = defaultdict(dict)
        self.are_refunds_slow = False
        self.decline_codes: dict[str, list[str]] = {}
        self.slow_methods: set[str] = set()
        self._on_event = heard

    def get_object(self, kind: str, name: str) -> Object:
        """Return the object of a kind with this id.

        Raises:
            StripeRefusal: there is no such object.
        """
        object_found = self.objects[kind].get(name)
        if object_found is None:
            raise StripeRefusal(
                f"No such {kind}: '{name}'", status=404, code="resource_missing", param="id"
            )
        return object_found

    def get_referenced(self, kind: str, name: str, param: str) -> Object:
        """Return the object that a parameter names.

        Raises:
            StripeRefusal: there is no such object; unlike a path, a parameter makes it a 400.
        """
        try:
            return self.get_object(kind, name)
        except StripeRefusal as refused:
            raise StripeRefusal(str(refused), code="resource_missing", param=param) from None

    def find_any(self, name: str) -> Object | None:
        """Return the object of any kind with this id, or None."""
        return next((kept[name] for kept in self.objects.values() if name in kept), None)

    def list_objects(self, kind: str, **fields: object) -> list[Object]:
        """Return the objects of a kind that have these fields, oldest first."""
        return [
            each
            for each in self.objects[kind].values()
            if all(each.get(name) == value for name, value in fields.items())
        ]

    def add_object(self, kind: str, prefix: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Add an object, with a new id unless the fields have one."""
        made = {
            "id": f"{prefix}_{secrets.token_hex(12)}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **fields,
        }
        self.objects["session" if kind == "checkout.session" else kind][made["id"]] = made
        return made

    def emit_event(self, kind: str, about: Object) -> None:
        """Emit an event about a change, with a copy of the object as it is now."""
        event = self.add_object(
            "event",
            "evt",
            type=kind,
            api_version=API_VERSION,
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
            data={"object": copy.deepcopy(about)},
        )
        self._on_event(event)


def build_list(data: list[Any], url: str, *, more: bool = False) -> Object:
    """Build a list object of Stripe."""
    return {"object": "list", "url": url, "data": data, "has_more": more}


def unset_empty_values(metadata: Object | None, earlier: Object | None = None) -> Object:
    """Return metadata after a change: an empty value removes its name, as at Stripe."""
    merged = (earlier or {}) | (metadata or {})
    return {name: value for name, value in merged.items() if value != ""}
