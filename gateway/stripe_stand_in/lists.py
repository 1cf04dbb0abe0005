"""Lists of objects: newest first, filtered, page by page."""

from typing import Any

from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, build_list

PAGING = {"limit", "starting_after", "ending_before", "expand", "created", "types"}
USUAL_LIMIT, MAX_LIMIT = 10, 100


def list_page(objects: list[Object], given: Object, path: str) -> Object:
    """Return a page of the objects that pass the filters of a call.

    Raises:
        StripeRefusal: the limit is out of bounds, or the page starts after an unknown object.
    """
    limit = given.get("limit", USUAL_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise StripeRefusal("Invalid integer: limit must be between 1 and 100", param="limit")
    matching = sorted(
        (each for each in objects if is_listed(each, given)),
        key=lambda each: (each["created"], each["id"]),
        reverse=True,
    )
    after = given.get("starting_after")
    if after is not None:
        names = [each["id"] for each in matching]
        if after not in names:
            raise StripeRefusal(
                f"No such object: '{after}'", code="resource_missing", param="starting_after"
            )
        matching = matching[names.index(after) + 1 :]
    return build_list(matching[:limit], path, more=len(matching) > limit)


def list_kind(store: Store, kind: str) -> list[Object]:
    """Return all objects of a kind, without deleted ones."""
    return [each for each in store.objects[kind].values() if not each.get("deleted")]


def is_listed(each: Object, given: Object) -> bool:
    """Return True if an object passes the filters of a list."""
    created = given.get("created") or {}
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    at = each["created"]
    is_in_time = (
        at >= bounds.get("gte", at)
        and at > bounds.get("gt", at - 1)
        and at <= bounds.get("lte", at)
        and at < bounds.get("lt", at + 1)
    )
    is_of_type = "types" not in given or each["type"] in given["types"]
    filters = {name: value for name, value in given.items() if name not in PAGING}
    return is_in_time and is_of_type and has_fields(each, filters)


def has_fields(value: Any, fields: Object) -> bool:  # noqa: ANN401 - any JSON value
    """Return True if an object has these fields, at any depth."""
    return isinstance(value, dict) and all(
        has_fields(value.get(name), wanted)
        if isinstance(wanted, dict)
        else value.get(name) == wanted
        for name, wanted in fields.items()
    )
