"""Customers: who they are, where they live, and their tax numbers."""

import re

from gateway.stripe_stand_in.store import (
    Object,
    Store,
    StripeRefusal,
    build_list,
    unset_empty_values,
)
from gateway.stripe_stand_in.tax import Buyer

ADDRESS_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")
COUNTRY_CODE = re.compile(r"[A-Z]{2}")
# A few of Stripe's patterns; numbers of other kinds are taken as they are.
TAX_ID_PATTERNS = {
    "eu_vat": re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}"),
    "gb_vat": re.compile(r"GB[0-9]{9,12}"),
    "us_ein": re.compile(r"[0-9]{2}-[0-9]{7}"),
}
PLAIN_FIELDS = ("business_name", "description", "email", "individual_name", "name", "phone")


def create_customer(store: Store, given: Object) -> Object:
    """Create a customer."""
    numbers = [(each["type"], each["value"]) for each in given.get("tax_id_data") or []]
    for kind, value in numbers:
        check_tax_id(kind, value)
    address = render_address(given.get("address"))
    customer = store.add_object(
        "customer",
        "cus",
        **{name: given.get(name) for name in PLAIN_FIELDS},
        address=address,
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_settings={"custom_fields": None, "default_payment_method": None, "footer": None,
                          "rendering_options": None},
        metadata=unset_empty_values(given.get("metadata")),
        preferred_locales=given.get("preferred_locales") or [],
        shipping=None,
        tax_exempt=given.get("tax_exempt") or "none",
        test_clock=None,
    )  # fmt: skip
    customer["_tax_ids"] = build_list([], f"/v1/customers/{customer['id']}/tax_ids")
    for kind, value in numbers:
        add_tax_id(store, customer, kind, value)
    store.emit_event("customer.created", customer)
    return customer


def update_customer(store: Store, customer_id: str, given: Object) -> Object:
    """Change a customer; what is unset becomes None."""
    customer = store.get_object("customer", customer_id)
    for name in PLAIN_FIELDS:
        if name in given:
            customer[name] = given[name]
    if "balance" in given:
        customer["balance"] = given["balance"]
    if "address" in given:
        customer["address"] = render_address(given["address"])
    if "tax_exempt" in given:
        customer["tax_exempt"] = given["tax_exempt"] or "none"
    if "metadata" in given:
        kept = customer["metadata"] if given["metadata"] is not None else None
        customer["metadata"] = unset_empty_values(given["metadata"], kept)
    method = (given.get("invoice_settings") or {}).get("default_payment_method")
    if method is not None:
        check_owner(store, method, customer_id)
        customer["invoice_settings"]["default_payment_method"] = method
    store.emit_event("customer.updated", customer)
    return customer


def delete_customer(store: Store, customer_id: str) -> Object:
    """Delete a customer with their cards; a retrieval then says only that they are deleted."""
    customer = store.get_object("customer", customer_id)
    for method in store.list_objects("payment_method", customer=customer_id):
        method["customer"] = None
    store.emit_event("customer.deleted", customer)
    deleted = {"id": customer_id, "object": "customer", "deleted": True, "created": 0}
    store.objects["customer"][customer_id] = deleted
    return {name: deleted[name] for name in ("id", "object", "deleted")}


def get_active_customer(store: Store, customer_id: str) -> Object:
    """Return a customer that a parameter names.

    Raises:
        StripeRefusal: there is none, or it was deleted.
    """
    customer = store.get_referenced("customer", customer_id, "customer")
    if customer.get("deleted"):
        raise StripeRefusal(
            f"No such customer: '{customer_id}'", code="resource_missing", param="customer"
        )
    return customer


def check_owner(store: Store, method_id: str, customer_id: str) -> None:
    """Check that a payment method is attached to a customer.

    Raises:
        StripeRefusal: it is another's, or nobody's.
    """
    method = store.get_referenced("payment_method", method_id, "payment_method")
    if method["customer"] != customer_id:
        raise StripeRefusal(
            f"The customer does not have a payment method with the ID {method_id}. The payment"
            " method must be attached to the customer.",
            code="resource_missing",
            param="payment_method",
        )


def render_address(address: Object | None) -> Object | None:
    """Render an address with all of its fields.

    Raises:
        StripeRefusal: the country is not a code of two letters.
    """
    if address is None:
        return None
    country = address.get("country")
    if country is not None and COUNTRY_CODE.fullmatch(country) is None:
        raise StripeRefusal(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code"
            " instead, such as 'US', 'EG', or 'GB'.",
            code="country_code_invalid",
            param="address[country]",
        )
    return {name: address.get(name) for name in ADDRESS_FIELDS}


def check_tax_id(kind: str, value: str) -> None:
    """Check a tax number by the pattern of its kind.

    Raises:
        StripeRefusal: it does not match.
    """
    pattern = TAX_ID_PATTERNS.get(kind)
    if pattern is not None and pattern.fullmatch(value) is None:
        raise StripeRefusal(f"Invalid value for {kind}.", code="tax_id_invalid", param="value")


def create_tax_id(store: Store, customer_id: str, given: Object) -> Object:
    """Give a customer one more tax number."""
    customer = get_active_customer(store, customer_id)
    check_tax_id(given["type"], given["value"])
    return add_tax_id(store, customer, given["type"], given["value"])


def add_tax_id(store: Store, customer: Object, kind: str, value: str) -> Object:
    """Add a tax number to a customer, unless they have it."""
    for each in customer["_tax_ids"]["data"]:
        if (each["type"], each["value"]) == (kind, value):
            found: Object = each
            return found
    tax_id = store.add_object(
        "tax_id",
        "txi",
        country=value[:2] if kind in {"eu_vat", "gb_vat"} else None,
        customer=customer["id"],
        owner={"type": "customer", "customer": customer["id"]},
        type=kind,
        value=value,
        verification={"status": "pending", "verified_address": None, "verified_name": None},
    )
    customer["_tax_ids"]["data"].append(tax_id)
    store.emit_event("customer.tax_id.created", tax_id)
    return tax_id


def delete_tax_id(store: Store, customer_id: str, tax_id: str) -> Object:
    """Take a tax number from a customer."""
    customer = get_active_customer(store, customer_id)
    kept = [each for each in customer["_tax_ids"]["data"] if each["id"] != tax_id]
    if len(kept) == len(customer["_tax_ids"]["data"]):
        raise StripeRefusal(f"No such tax_id: '{tax_id}'", status=404, code="resource_missing")
    customer["_tax_ids"]["data"] = kept
    store.emit_event("customer.tax_id.deleted", store.objects["tax_id"].pop(tax_id))
    return {"id": tax_id, "object": "tax_id", "deleted": True}


def read_buyer(customer: Object) -> Buyer:
    """Read what decides the tax of a customer."""
    numbers = tuple((each["type"], each["value"]) for each in customer["_tax_ids"]["data"])
    country = (customer["address"] or {}).get("country")
    return Buyer(country, numbers, customer["tax_exempt"])
