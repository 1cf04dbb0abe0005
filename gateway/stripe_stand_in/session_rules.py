"""Rules of a Checkout Session's parameters beyond their shapes: which go together."""

from gateway.stripe_stand_in.store import Object, StripeRefusal

PAYMENT_ONLY = (
    "allow_promotion_codes", "discounts", "invoice_creation", "line_items", "payment_intent_data",
    "saved_payment_method_options", "submit_type",
)  # fmt: skip
EXCLUSIVE_PAIRS = (
    ("customer", "customer_email"),
    ("customer", "customer_creation"),
    ("allow_promotion_codes", "discounts"),
)


def check_session(given: Object) -> None:
    """Check that the parameters of a new session go together.

    Raises:
        StripeRefusal: they do not.
    """
    mode = given.get("mode")
    if mode not in {"payment", "setup"}:
        raise StripeRefusal("mode must be payment or setup here", param="mode")
    if given.get("success_url") is None:
        raise StripeRefusal(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    if "card" not in (given.get("allowed_payment_method_types") or ["card"]):
        raise StripeRefusal("The stand-in has only cards.", param="allowed_payment_method_types")
    for one, other in EXCLUSIVE_PAIRS:
        if given.get(one) and given.get(other):
            raise StripeRefusal(
                f"You may only specify one of these parameters: {one}, {other}.", param=one
            )
    check_customer_parameters(given)
    if mode == "setup":
        check_setup(given)
    else:
        check_payment(given)


def check_customer_parameters(given: Object) -> None:
    """Check the parameters about an existing customer.

    Raises:
        StripeRefusal: they need a customer, or their name would not be saved with a tax number.
    """
    updated = given.get("customer_update") or {}
    if updated and not given.get("customer"):
        raise StripeRefusal(
            "`customer_update` can only be used with `customer`.", param="customer_update"
        )
    collects = (given.get("tax_id_collection") or {}).get("enabled")
    if collects and given.get("customer") and updated.get("name") != "auto":
        raise StripeRefusal(
            "Tax ID collection requires updating business name on the customer. To enable tax ID"
            " collection for an existing customer, please set `customer_update[name]` to `auto`.",
            param="tax_id_collection",
        )


def check_setup(given: Object) -> None:
    """Check a session that only saves a card.

    Raises:
        StripeRefusal: a parameter is for payments, or the currency is missing.
    """
    for name in PAYMENT_ONLY:
        if given.get(name):
            raise StripeRefusal(f"You can not pass `{name}` in `setup` mode.", param=name)
    if (given.get("automatic_tax") or {}).get("enabled"):
        raise StripeRefusal(
            "Automatic tax is not supported in `setup` mode.", param="automatic_tax"
        )
    if given.get("currency") is None and not given.get("allowed_payment_method_types"):
        raise StripeRefusal(
            "`currency` is required in `setup` mode when `allowed_payment_method_types` is not"
            " set.",
            code="parameter_missing",
            param="currency",
        )


def check_payment(given: Object) -> None:
    """Check a session that sells.

    Raises:
        StripeRefusal: it sells nothing, or a price does not say how its tax is meant.
    """
    items = given.get("line_items") or []
    if not items:
        raise StripeRefusal("Missing required param: line_items.", param="line_items")
    if given.get("setup_intent_data"):
        raise StripeRefusal(
            "You can only pass `setup_intent_data` in `setup` mode.", param="setup_intent_data"
        )
    if len(given.get("discounts") or []) > 1:
        raise StripeRefusal("You can only apply one discount.", param="discounts")
    is_taxed = (given.get("automatic_tax") or {}).get("enabled")
    for number, item in enumerate(items):
        place = f"line_items[{number}]"
        price = item.get("price_data") or {}
        if "product_data" not in price or "unit_amount" not in price:
            raise StripeRefusal(
                "The stand-in sells what has `price_data` with `product_data` and `unit_amount`.",
                param=f"{place}[price_data]",
            )
        if is_taxed and price.get("tax_behavior") not in {"inclusive", "exclusive"}:
            raise StripeRefusal(
                "You must specify a `tax_behavior` of each price when automatic tax is enabled and"
                " your account has no default.",
                param=f"{place}[price_data][tax_behavior]",
            )
    saves = (given.get("saved_payment_method_options") or {}).get("payment_method_save")
    if saves == "enabled" and not (
        given.get("customer") or given.get("customer_creation") == "always"
    ):
        raise StripeRefusal(
            "`payment_method_save` needs a `customer`, or a `customer_creation` of `always`.",
            param="saved_payment_method_options",
        )
