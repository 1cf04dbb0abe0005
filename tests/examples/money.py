"""Buying credit in three ways, what it was spent on, and the affiliate programme."""

import json
from typing import Any

import stripe
from eth_account import Account
from x402 import x402Client
from x402.http import decode_payment_required_header, encode_payment_signature_header
from x402.mechanisms.evm.exact import ExactEvmScheme

from gateway.affiliates.programme import COMMISSION_HOLD
from gateway.kit.clock import SECOND
from gateway.kit.ids import Ids
from gateway.payments.codes.credit_codes import NewCode, create_code
from gateway.stripe_stand_in.delivery import to_wire_object
from gateway.stripe_stand_in.session_payment import pay_session
from tests.examples.people import ANA_EMAIL, ANN_EMAIL, Cast, sign_in
from tests.examples.recorder import OPERATIONS, ExampleRecorder, Person
from tests.fakes.evm.chain import TokenTransfer
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET

DOLLAR = 1_000_000
PAYER = Account.from_key("0x" + "6f" * 32)


async def join_affiliates(recorder: ExampleRecorder, cast: Cast) -> None:
    """Join Ann as an affiliate, and bring Ana by her link."""
    ann, visitor = cast.ann, cast.visitor
    await recorder.record_refusal("not_an_affiliate", "getAffiliate", ann)
    plan = {
        "displayName": "Ann",
        "acceptTerms": True,
        "website": "https://ann.example.com",
        "promotionPlan": "Tutorials about short films.",
        "desiredCode": "ANN-10",
    }
    await recorder.record_call("applyAsAffiliate", ann, body=plan)
    await recorder.record_refusal("already_applied", "applyAsAffiliate", ann, body=plan)
    await recorder.record_call("validateAffiliateCode", visitor, body={"code": "ANN-10"})
    click = {"code": "ANN-10", "clickId": "c-1", "landingPath": "/"}
    await recorder.record_call("captureAffiliate", visitor, body=click)
    await recorder.record_call(
        "followAffiliateLink", Person(), query={"code": "ANN-10", "to": "/api-docs"}
    )
    await recorder.record_refusal(
        "self_referral", "bindAffiliateCode", ann, body={"code": "ANN-10"}
    )
    await recorder.record_refusal(
        "code_not_found", "bindAffiliateCode", cast.ana, body={"code": "NOBODY"}
    )
    await recorder.record_call("bindAffiliateCode", cast.ana, body={"code": "ANN-10"})
    await recorder.record_call("getBoundCode", cast.ana)
    await recorder.record_call("getAffiliateCode", ann)


async def fill_in_billing_details(recorder: ExampleRecorder, cast: Cast) -> None:
    """Fill in who invoices are made out to."""
    company = {
        "name": "Example Films GmbH",
        "line1": "Lindenstraße 1",
        "line2": "Hinterhaus",
        "postalCode": "10969",
        "city": "Berlin",
        "region": "Berlin",
        "country": "DE",
        "taxId": "DE123456789",
        "email": "accounts@example.com",
    }
    await recorder.record_call("changeBillingDetails", cast.ana, body=company)
    await recorder.record_call("getBillingDetails", cast.ana)


async def buy_by_card(recorder: ExampleRecorder, cast: Cast) -> None:
    """Buy a package by card: open, unpaid, paid, receipt, event."""
    bank = recorder.world.stand_ins.bank
    body = {"packageCode": "scale_10000", "email": "ana@example.com"}
    opened = await recorder.record_call("startStripeCheckout", cast.ana, body=body)
    checkout = {"checkoutId": opened["checkoutId"]}
    await recorder.record_call("claimStripe", cast.ana, "open", body=checkout)
    pay_session(bank, opened["sessionId"])
    await recorder.record_call("claimStripe", cast.ana, "credited", body=checkout)
    (event,) = [
        each
        for each in bank.objects["event"].values()
        if each["type"] == "checkout.session.completed"
    ]
    text = json.dumps(to_wire_object(event))
    now = recorder.world.clock.now() // SECOND
    signed = stripe.WebhookSignature.generate_signature_header(text, STRIPE_WEBHOOK_SECRET, now)
    headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
    await recorder.record_call(
        "takeStripeEvent",
        Person(),
        content=text.encode(),
        headers=headers,
        shown=to_wire_object(event),
    )
    wrong = headers | {"Stripe-Signature": f"t={now},v1={'0' * 64}"}
    await recorder.record_refusal(
        "webhook_signature_invalid", "takeStripeEvent", Person(), content=b"{}", headers=wrong
    )
    await recorder.record_refusal(
        "unknown_package", "startStripeCheckout", cast.ana, body={"packageCode": "none"}
    )
    for _ in range(3):  # what Ann earns from these is enough for two payouts
        again = await recorder.call_unrecorded("startStripeCheckout", cast.ana, body=body)
        pay_session(bank, again["sessionId"])
        paid = {"sessionId": again["sessionId"]}
        await recorder.call_unrecorded("claimStripe", cast.ana, body=paid)


async def buy_by_deposit(recorder: ExampleRecorder, cast: Cast) -> None:
    """Buy a package in USDC, sent to an address of ours."""
    world = recorder.world
    await world.run_sweeps()  # the chain is read for the first time
    body = {"packageCode": "studio_2500"}
    opened = await recorder.record_call("startCryptoCheckout", cast.ana, body=body)
    checkout = {"checkoutId": opened["checkoutId"]}
    await recorder.record_call("getCryptoCheckout", cast.ana, query=checkout)
    await recorder.record_call("claimCrypto", cast.ana, "open", body=checkout)
    world.stand_ins.chain.send_transfers(TokenTransfer(opened["address"], 25 * DOLLAR))
    world.stand_ins.chain.mine(3)
    await world.run_sweeps()
    await recorder.record_call("claimCrypto", cast.ana, "credited", body=checkout)


async def take_coinbase_event(recorder: ExampleRecorder) -> None:
    """Take an event of Coinbase, whose page takes USDC."""
    told = {"id": "6568000000000000000000a1", "eventType": "checkout.created"}
    body = json.dumps(told).encode()
    headers = recorder.world.stand_ins.coinbase.sign_event(body)
    await recorder.record_call(
        "takeCryptoEvent", Person(), content=body, headers=headers, shown=told
    )


async def buy_by_x402(recorder: ExampleRecorder, cast: Cast) -> None:
    """Buy the smallest package in one request, by the old address too."""
    outside = recorder.world.stand_ins
    chain = outside.chain
    chain.send_transfers(TokenTransfer(PAYER.address.lower(), 10 * DOLLAR))
    chain.mine()
    body = {"packageCode": "pocket_100"}
    for operation_id in ("purchaseX402", "depositX402"):
        payment = await _sign_payment(recorder, cast, body)
        outside.facilitator.mood = "down"
        await recorder.record_call(operation_id, cast.agent, "pending", body=body, headers=payment)
        outside.facilitator.mood = "good"
        await recorder.record_call(operation_id, cast.agent, "credited", body=body, headers=payment)
    payment = await _sign_payment(recorder, cast, body)
    dearer = {"packageCode": "starter_200"}
    await recorder.record_refusal(
        "payment_invalid", "purchaseX402", cast.agent, body=dearer, headers=payment
    )
    outside.facilitator.mood = "refusing"
    await recorder.record_refusal(
        "settlement_failed", "purchaseX402", cast.agent, body=body, headers=payment
    )
    outside.facilitator.mood = "good"
    await recorder.record_refusal("payment_required", "purchaseX402", cast.agent, body=body)
    await recorder.record_refusal(
        "payment_header_invalid",
        "purchaseX402",
        cast.agent,
        body=body,
        headers={"PAYMENT-SIGNATURE": "x"},
    )


async def _sign_payment(
    recorder: ExampleRecorder, cast: Cast, body: dict[str, str]
) -> dict[str, str]:
    """Return the header of a payment for a package, signed by the stock client."""
    asked = await recorder.send_request(OPERATIONS["purchaseX402"], cast.agent, body=body)
    terms: Any = decode_payment_required_header(asked.headers["payment-required"])
    wallet = x402Client()
    wallet.register("eip155:*", ExactEvmScheme(PAYER))
    made = await wallet.create_payment_payload(terms)
    return {"PAYMENT-SIGNATURE": encode_payment_signature_header(made)}


async def read_books(recorder: ExampleRecorder, cast: Cast) -> None:
    """Read packages, purchases, a receipt, the balance and its history; consume some credit."""
    await recorder.record_call("listPackages", cast.visitor, query={"mode": "test"})
    page = await recorder.record_call("listPurchases", cast.agent, query={"limit": 2})
    cursor = {"cursor": page["nextCursor"]}
    await recorder.record_call("listPurchases", cast.agent, "nextPage", query=cursor)
    csv = {"Accept": "text/csv"}
    await recorder.record_call("listPurchases", cast.agent, "csv", headers=csv)
    bought = {"purchaseId": page["data"][-1]["id"]}
    await recorder.record_call("getReceipt", cast.agent, query=bought)
    page = await recorder.record_call("listInvoices", cast.agent, query={"limit": 2})
    older = {"limit": 2, "cursor": page["nextCursor"]}
    await recorder.record_call("listInvoices", cast.agent, "nextPage", query=older)
    of_purchase = {"purchaseId": page["data"][0]["purchaseId"]}
    await recorder.record_call("listInvoices", cast.agent, "ofPurchase", query=of_purchase)
    document = {"invoiceId": page["data"][0]["id"]}
    await recorder.record_call("getInvoice", cast.agent, query=document)
    await recorder.record_call("getInvoicePdf", cast.agent, query=document)
    spend = {"amountUsd": "0.05", "description": "one page of captions"}
    await recorder.record_call("consumeCredits", cast.agent, body=spend)
    await recorder.record_call("getBalance", cast.agent)
    await recorder.record_call("getCreditsBalance", cast.agent)
    page = await recorder.record_call("getBalanceHistory", cast.agent, query={"limit": 3})
    cursor = {"limit": 3, "cursor": int(page["nextCursor"])}
    await recorder.record_call("getBalanceHistory", cast.agent, "nextPage", query=cursor)
    days = {"from": "2026-11-25T00:00:00Z", "to": "2026-11-26T00:00:00Z", "limit": 3}
    await recorder.record_call("getBalanceHistory", cast.agent, "csv", query=days, headers=csv)
    await read_spending(recorder, cast)
    much = {"amountUsd": "100000"}
    await recorder.record_refusal("insufficient_credits", "consumeCredits", cast.agent, body=much)


async def read_spending(recorder: ExampleRecorder, cast: Cast) -> None:
    """Export usage, read statements, set budgets and delete one."""
    csv = {"Accept": "text/csv"}
    days = {"groupBy": "day,key,task", "from": "2026-11-25", "to": "2026-11-26"}
    await recorder.record_call("exportUsage", cast.agent, query=days)
    await recorder.record_call("exportUsage", cast.agent, "csv", query=days, headers=csv)
    await recorder.record_call("listStatements", cast.agent)
    month = {"month": "2026-11"}
    await recorder.record_call("getStatement", cast.agent, query=month)
    await recorder.record_call("getStatement", cast.agent, "csv", query=month, headers=csv)
    keys = await recorder.call_unrecorded("listKeys", cast.ana)
    one_key = {"subject": "key", "subjectId": keys["data"][0]["id"], "amountUsd": "10.00"}
    await recorder.record_call("setBudget", cast.ana, "key", body=one_key)
    await recorder.record_call("setBudget", cast.ana, body={"amountUsd": "1.00"})
    page = await recorder.record_call("listBudgets", cast.ana)
    budget = {"budgetId": page["data"][0]["budgetId"]}
    await recorder.record_call("deleteBudget", cast.ana, body=budget)


async def pay_affiliate(recorder: ExampleRecorder, cast: Cast) -> None:
    """Pay Ann what her link earned, a month later, and look at her numbers."""
    world, ask = recorder.world, {"method": "account_credit"}
    await recorder.record_refusal("insufficient_commission", "requestPayout", cast.ann, body=ask)
    world.clock.advance(COMMISSION_HOLD)
    await world.run_sweeps()
    ann = cast.ann = await sign_in(recorder, ANN_EMAIL)
    await recorder.record_call("listCommissions", ann, query={"state": "approved", "limit": 1})
    page = await recorder.call_unrecorded("listCommissions", ann, query={"limit": 1})
    cursor = {"cursor": page["nextCursor"]}
    await recorder.record_call("listCommissions", ann, "nextPage", query=cursor)
    await recorder.record_call("getAffiliateDashboard", ann, query={"days": 2})
    small = ask | {"amountUsd": "5.00"}
    await recorder.record_refusal("below_minimum", "requestPayout", ann, body=small)
    await recorder.record_call("requestPayout", ann, body=ask | {"amountUsd": "30.00"})
    await recorder.call_unrecorded("requestPayout", ann, body=ask)
    for name in ("listPayouts", "listPayoutRequests"):
        page = await recorder.record_call(name, ann, query={"limit": 1})
        await recorder.record_call(name, ann, "nextPage", query={"cursor": page["nextCursor"]})
    wallet = {"payoutMethod": "usdc", "payoutDestination": "0x" + "a1" * 20}
    wrong = wallet | {"payoutDestination": "0x12"}
    await recorder.record_refusal("payout_destination_invalid", "updateAffiliate", ann, body=wrong)
    await recorder.record_call("updateAffiliate", ann, body=wallet)
    await recorder.record_call("getAffiliate", ann)


async def redeem_codes(recorder: ExampleRecorder, cast: Cast) -> None:
    """Redeem a code of the operator, and be refused others: by an old and by a new account."""
    await make_codes(recorder)
    body = {"code": "welcome 2026"}
    await recorder.record_call("redeemCode", cast.agent, body=body)
    await recorder.record_call("redeemCode", cast.agent, "replayed", body=body)
    first, second = {"code": "FIRST-BUY-1"}, {"code": "FIRST-BUY-2"}
    await recorder.record_refusal(
        "code_not_redeemable", "redeemCode", cast.agent, body={"code": "7K3M-09QX-TB4Z-V8RD"}
    )
    await recorder.record_refusal("first_purchase_only", "redeemCode", cast.agent, body=first)
    local, _, domain = ANA_EMAIL.partition("@")
    other = await sign_in(recorder, f"{local}+two@{domain}")
    await recorder.record_refusal("code_already_redeemed", "redeemCode", other, body=body)
    await recorder.record_call("redeemCode", other, "waiting", body=first)
    await recorder.record_refusal("first_purchase_code_waiting", "redeemCode", other, body=second)
    await recorder.record_call("listRedeemedCodes", cast.agent)


async def make_codes(recorder: ExampleRecorder) -> None:
    """Make a code for everybody, and two for a first purchase."""
    application = recorder.world.application
    ids: Ids = application.ports.get(Ids)
    async with application.database.write() as session:
        for word, first_purchase in (
            ("WELCOME-2026", False),
            ("FIRST-BUY-1", True),
            ("FIRST-BUY-2", True),
        ):
            new = NewCode(
                book="test",
                credit_microusd=10 * DOLLAR,
                uses=100,
                word=word,
                first_purchase=first_purchase,
            )
            await create_code(session, ids, new)


async def top_up_by_itself(recorder: ExampleRecorder) -> None:
    """Save a card, be topped up twice, and turn it off."""
    world = recorder.world
    tia = await sign_in(recorder, "tia@example.com")
    terms = {"thresholdUsd": "6.00", "packageCode": "builder_600", "monthlyMaximum": "50.00"}
    await recorder.record_refusal("card_not_saved", "changeAutoTopUp", tia, body=terms)
    page = await recorder.record_call("startSavingCard", tia, body=terms)
    pay_session(world.stand_ins.bank, page["sessionId"])
    saved = {"sessionId": page["sessionId"]}
    await recorder.record_call("claimSavedCard", tia, body=saved)
    await world.run_sweeps()
    more = {"thresholdUsd": "20.00", "packageCode": "studio_2500", "monthlyMaximum": "50.00"}
    await recorder.record_call("changeAutoTopUp", tia, body=more)
    await world.run_sweeps()
    await recorder.record_call("getAutoTopUp", tia)
    listed = await recorder.record_call("listTopUps", tia, query={"limit": 1})
    older = {"limit": 1, "cursor": listed["nextCursor"]}
    await recorder.record_call("listTopUps", tia, "nextPage", query=older)
    await recorder.record_call("endAutoTopUp", tia)
