"""The calls of Stripe's API that the stand-in answers, each with the SDK's shape of its parameters.

Stripe takes more parameters than the stand-in can honour: it refuses those that `names` lacks, so
that nothing is silently left undone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import params
from stripe.params import checkout

from gateway.stripe_stand_in import customers, payment_methods
from gateway.stripe_stand_in.credit_notes import create_credit_note
from gateway.stripe_stand_in.discounts import (
    create_coupon,
    create_promotion_code,
    update_promotion_code,
)
from gateway.stripe_stand_in.invoice_drafts import create_invoice, create_item, delete_invoice
from gateway.stripe_stand_in.invoice_payment import pay_invoice
from gateway.stripe_stand_in.invoices import (
    finalize_invoice,
    mark_uncollectible,
    void_invoice,
)
from gateway.stripe_stand_in.lists import list_kind, list_page
from gateway.stripe_stand_in.payments import cancel_intent, confirm_intent, create_intent
from gateway.stripe_stand_in.refunds import create_refund, update_refund
from gateway.stripe_stand_in.sessions import create_session, expire_session
from gateway.stripe_stand_in.store import Object, Store

ID = "/{id}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A call: `work` gets the store, what the path names, and the parameters by their types."""

    method: str
    path: str
    shape: Any
    work: Callable[..., Object]
    names: frozenset[str]


def build_call(
    method: str, path: str, shape: object, names: str, work: Callable[..., Object]
) -> Endpoint:
    """Build a call that takes these parameters."""
    return Endpoint(method, f"/v1/{path}", shape, work, frozenset(names.split()) | {"expand"})


def build_reading(
    kind: str, path: str, retrieve: object, listing: object, filters: str = ""
) -> list[Endpoint]:
    """Build the calls that retrieve an object of a kind and list them."""

    def get(store: Store, name: str, _given: Object) -> Object:
        return store.get_object(kind, name)

    def list_all(store: Store, given: Object) -> Object:
        return list_page(list_kind(store, kind), given, f"/v1/{path}")

    return [
        build_call("GET", path, listing, f"limit starting_after created {filters}", list_all),
        build_call("GET", f"{path}{ID}", retrieve, "", get),
    ]


def list_line_items(store: Store, session_id: str, _given: Object) -> Object:
    """List the lines of a Checkout Session."""
    lines: Object = store.get_object("session", session_id)["_line_items"]
    return lines


def list_invoice_lines(store: Store, invoice_id: str, _given: Object) -> Object:
    """List the lines of an invoice."""
    lines: Object = store.get_object("invoice", invoice_id)["lines"]
    return lines


def list_tax_ids(store: Store, customer_id: str, _given: Object) -> Object:
    """List the tax numbers of a customer."""
    return {**store.get_object("customer", customer_id)["_tax_ids"]}


def list_customer_methods(store: Store, customer_id: str, given: Object) -> Object:
    """List the cards that a customer saved."""
    store.get_object("customer", customer_id)
    methods = store.list_objects("payment_method", customer=customer_id)
    return list_page(methods, given, f"/v1/customers/{customer_id}/payment_methods")


def list_endpoints() -> list[Endpoint]:
    """List every call; of two paths that match, the first one answers."""
    return [
        *list_checkout_endpoints(),
        *list_customer_endpoints(),
        *list_invoice_endpoints(),
        *list_payment_endpoints(),
        *build_reading(
            "session", "checkout/sessions", checkout.SessionRetrieveParams,
            checkout.SessionListParams, "payment_intent status customer customer_details",
        ),
        *build_reading("event", "events", params.EventRetrieveParams, params.EventListParams,
                       "type types"),
    ]  # fmt: skip


def list_checkout_endpoints() -> list[Endpoint]:
    """List the calls of Checkout Sessions and of what takes something off their price."""
    sessions = "checkout/sessions"
    return [
        build_call(
            "POST", sessions, checkout.SessionCreateParams,
            "adaptive_pricing allow_promotion_codes allowed_payment_method_types automatic_tax"
            " billing_address_collection cancel_url client_reference_id currency customer"
            " customer_creation customer_email customer_update discounts expires_at"
            " invoice_creation line_items locale metadata mode payment_intent_data"
            " saved_payment_method_options setup_intent_data submit_type success_url"
            " tax_id_collection",
            create_session,
        ),
        build_call("POST", f"{sessions}{ID}/expire", checkout.SessionExpireParams, "",
                   lambda store, name, _given: expire_session(store, name)),
        build_call("GET", f"{sessions}{ID}/line_items", checkout.SessionListLineItemsParams,
                   "limit", list_line_items),
        build_call(
            "POST", "coupons", params.CouponCreateParams,
            "amount_off currency currency_options duration id max_redemptions metadata name"
            " percent_off redeem_by",
            create_coupon,
        ),
        *build_reading("coupon", "coupons", params.CouponRetrieveParams, params.CouponListParams),
        build_call(
            "POST", "promotion_codes", params.PromotionCodeCreateParams,
            "active code customer expires_at max_redemptions metadata promotion restrictions",
            create_promotion_code,
        ),
        build_call("POST", f"promotion_codes{ID}", params.PromotionCodeUpdateParams,
                   "active metadata", update_promotion_code),
        *build_reading(
            "promotion_code", "promotion_codes", params.PromotionCodeRetrieveParams,
            params.PromotionCodeListParams, "active code customer",
        ),
    ]  # fmt: skip


def list_customer_endpoints() -> list[Endpoint]:
    """List the calls of customers, their tax numbers and their cards."""
    one = f"customers{ID}"
    plain = (
        "address business_name description email individual_name invoice_settings metadata name"
        " phone preferred_locales tax_exempt"
    )
    return [
        build_call("POST", "customers", params.CustomerCreateParams, f"{plain} tax_id_data",
                   customers.create_customer),
        build_call("POST", one, params.CustomerUpdateParams, f"{plain} balance",
                   customers.update_customer),
        build_call("DELETE", one, params.CustomerDeleteParams, "",
                   lambda store, name, _given: customers.delete_customer(store, name)),
        *build_reading("customer", "customers", params.CustomerRetrieveParams,
                       params.CustomerListParams, "email"),
        build_call("POST", f"{one}/tax_ids", params.CustomerCreateTaxIdParams, "type value",
                   customers.create_tax_id),
        build_call("GET", f"{one}/tax_ids", params.CustomerListTaxIdsParams, "limit", list_tax_ids),
        build_call("DELETE", f"{one}/tax_ids/{{number}}", params.CustomerDeleteTaxIdParams, "",
                   lambda store, name, tax, _given: customers.delete_tax_id(store, name, tax)),
        build_call("GET", f"{one}/payment_methods", params.CustomerListPaymentMethodsParams,
                   "limit starting_after type allow_redisplay", list_customer_methods),
        build_call("POST", "payment_methods", params.PaymentMethodCreateParams, "card type",
                   payment_methods.create_from_token),
        build_call("POST", f"payment_methods{ID}", params.PaymentMethodUpdateParams,
                   "allow_redisplay metadata", payment_methods.update_payment_method),
        build_call("POST", f"payment_methods{ID}/attach", params.PaymentMethodAttachParams,
                   "customer", payment_methods.attach_payment_method),
        build_call("POST", f"payment_methods{ID}/detach", params.PaymentMethodDetachParams, "",
                   lambda store, name, _given: payment_methods.detach_payment_method(store, name)),
        *build_reading("payment_method", "payment_methods", params.PaymentMethodRetrieveParams,
                       params.PaymentMethodListParams, "customer type allow_redisplay"),
        *build_reading("setup_intent", "setup_intents", params.SetupIntentRetrieveParams,
                       params.SetupIntentListParams, "customer payment_method"),
    ]  # fmt: skip


def list_invoice_endpoints() -> list[Endpoint]:
    """List the calls of invoices, their items and payments, and credit notes."""
    one = f"invoices{ID}"
    return [
        build_call(
            "POST", "invoices", params.InvoiceCreateParams,
            "auto_advance automatic_tax collection_method currency customer"
            " default_payment_method description discounts footer metadata"
            " pending_invoice_items_behavior",
            create_invoice,
        ),
        build_call("DELETE", one, params.InvoiceDeleteParams, "",
                   lambda store, name, _given: delete_invoice(store, name)),
        build_call("POST", f"{one}/finalize", params.InvoiceFinalizeInvoiceParams, "auto_advance",
                   lambda store, name, _given: finalize_invoice(store, name)),
        build_call("POST", f"{one}/pay", params.InvoicePayParams,
                   "off_session paid_out_of_band payment_method", pay_invoice),
        build_call("POST", f"{one}/void", params.InvoiceVoidInvoiceParams, "",
                   lambda store, name, _given: void_invoice(store, name)),
        build_call("POST", f"{one}/mark_uncollectible", params.InvoiceMarkUncollectibleParams, "",
                   lambda store, name, _given: mark_uncollectible(store, name)),
        build_call("GET", f"{one}/lines", params.InvoiceListLinesParams, "limit",
                   list_invoice_lines),
        *build_reading("invoice", "invoices", params.InvoiceRetrieveParams,
                       params.InvoiceListParams, "collection_method customer status"),
        build_call(
            "POST", "invoiceitems", params.InvoiceItemCreateParams,
            "amount currency customer description discountable invoice metadata quantity"
            " tax_behavior tax_code unit_amount_decimal",
            create_item,
        ),
        *build_reading("invoiceitem", "invoiceitems", params.InvoiceItemRetrieveParams,
                       params.InvoiceItemListParams, "customer invoice"),
        *build_reading("invoice_payment", "invoice_payments", params.InvoicePaymentRetrieveParams,
                       params.InvoicePaymentListParams, "invoice payment status"),
        build_call(
            "POST", "credit_notes", params.CreditNoteCreateParams,
            "amount email_type invoice memo metadata out_of_band_amount reason refund_amount"
            " refunds",
            create_credit_note,
        ),
        *build_reading("credit_note", "credit_notes", params.CreditNoteRetrieveParams,
                       params.CreditNoteListParams, "customer invoice"),
    ]  # fmt: skip


def list_payment_endpoints() -> list[Endpoint]:
    """List the calls of payment intents, charges, refunds and disputes."""
    one = f"payment_intents{ID}"
    return [
        build_call(
            "POST", "payment_intents", params.PaymentIntentCreateParams,
            "amount automatic_payment_methods confirm currency customer description metadata"
            " off_session payment_method receipt_email return_url setup_future_usage",
            create_intent,
        ),
        build_call("POST", f"{one}/confirm", params.PaymentIntentConfirmParams,
                   "off_session payment_method return_url", confirm_intent),
        build_call("POST", f"{one}/cancel", params.PaymentIntentCancelParams,
                   "cancellation_reason", cancel_intent),
        *build_reading("payment_intent", "payment_intents", params.PaymentIntentRetrieveParams,
                       params.PaymentIntentListParams, "customer"),
        *build_reading("charge", "charges", params.ChargeRetrieveParams, params.ChargeListParams,
                       "customer payment_intent"),
        build_call("POST", "refunds", params.RefundCreateParams,
                   "amount charge metadata payment_intent reason", create_refund),
        build_call("POST", f"refunds{ID}", params.RefundUpdateParams, "metadata", update_refund),
        *build_reading("refund", "refunds", params.RefundRetrieveParams, params.RefundListParams,
                       "charge payment_intent"),
        *build_reading("dispute", "disputes", params.DisputeRetrieveParams,
                       params.DisputeListParams, "charge payment_intent"),
    ]  # fmt: skip
