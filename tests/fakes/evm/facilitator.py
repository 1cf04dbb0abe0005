"""A facilitator on this machine, which verifies signatures and settles on the chain."""

import asyncio
import json
import threading
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.evm.chain import USDC, Chain, TokenTransfer, Transaction

AUTHORIZATION_FIELDS = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)
SLOW_SECONDS = 60


class Facilitator:
    """A facilitator; its `mood` is how it settles payments.

    "good"; "stalled": the transaction waits until release; "lost": settled, but answers 500;
    "down": not settled, answers 503; "refusing"; "late": the authorization is used just before;
    "slow": as "down", but only after its gate is set; "dead": does not verify either.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.mood = "good"
        self.stalled_transactions: list[Transaction] = []
        self.settled_count = self.settle_requests = 0
        self.slow_gates: list[threading.Event] = []

    def build_application(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/verify", self._verify, methods=["POST"]),
                Route("/settle", self._settle, methods=["POST"]),
            ]
        )

    def release_stalled(self) -> None:
        """Mine the transactions that were stalled."""
        held, self.stalled_transactions = self.stalled_transactions, []
        self.chain.pending += held
        self.chain.mine()

    async def _verify(self, request: Request) -> Response:
        if self.mood == "dead":
            return Response(status_code=503)
        reason, signed = self._judge_payment(json.loads(await request.body()))
        if reason:
            return JSONResponse({"isValid": False, "invalidReason": reason})
        return JSONResponse({"isValid": True, "payer": signed["from"]})

    async def _settle(self, request: Request) -> Response:
        if slow := self.mood == "slow":
            self.slow_gates.append(gate := threading.Event())
        self.settle_requests += 1
        if slow:
            await asyncio.to_thread(gate.wait, SLOW_SECONDS)
        if slow or self.mood == "down":
            return Response(status_code=503)
        sent = json.loads(await request.body())
        network = sent["paymentRequirements"]["network"]
        reason, signed = self._judge_payment(sent)
        if self.mood == "refusing":
            reason = "insufficient_funds"
        fields = {"payer": signed["from"], "network": network, "transaction": ""}
        if self.mood == "late":
            self.chain.send_transfers(to_transfer(signed))
            self.chain.mine()
            reason = "invalid_exact_evm_nonce_already_used"
        if reason:
            return JSONResponse(fields | {"success": False, "errorReason": reason})
        sent_hash = self.chain.send_transfers(to_transfer(signed))
        if self.mood == "stalled":
            self.stalled_transactions.append(self.chain.pending.pop())
            failure = {"success": False, "errorReason": "settlement_pending"}
            return JSONResponse(fields | failure | {"transaction": sent_hash})
        self.chain.mine()
        self.settled_count += 1
        if self.mood == "lost":
            return Response(status_code=500)
        return JSONResponse(fields | {"success": True, "transaction": sent_hash})

    def _judge_payment(self, sent: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return why a payment is refused, "" if it is not, and its authorization."""
        payload, wanted = sent["paymentPayload"]["payload"], sent["paymentRequirements"]
        signed: dict[str, Any] = payload["authorization"]
        payer, amount = signed["from"].lower(), int(signed["value"])
        if self._recover_signer(signed, payload["signature"], wanted).lower() != payer:
            return "invalid_exact_evm_signature", signed
        if signed["to"].lower() != wanted["payTo"].lower():
            return "invalid_exact_evm_recipient_mismatch", signed
        if str(amount) != wanted.get("amount", wanted.get("maxAmountRequired")):
            return "invalid_exact_evm_authorization_value", signed
        if self.chain.is_authorization_used(payer, signed["nonce"]):
            return "invalid_exact_evm_nonce_already_used", signed
        if self.chain.get_balance(USDC, payer) < amount:
            return "insufficient_funds", signed
        return "", signed

    def _recover_signer(
        self, signed: dict[str, Any], signature: str, wanted: dict[str, Any]
    ) -> str:
        message = {
            name: int(signed[name]) if kind == "uint256" else signed[name]
            for name, kind in AUTHORIZATION_FIELDS
        }
        typed = encode_typed_data(
            {
                "name": wanted["extra"]["name"],
                "version": wanted["extra"]["version"],
                "chainId": self.chain.chain_id,
                "verifyingContract": wanted["asset"],
            },
            {
                "TransferWithAuthorization": [
                    {"name": n, "type": kind} for n, kind in AUTHORIZATION_FIELDS
                ]
            },
            message | {"nonce": bytes.fromhex(signed["nonce"][2:])},
        )
        signer: str = Account.recover_message(typed, signature=signature)
        return signer


def to_transfer(signed: dict[str, Any]) -> TokenTransfer:
    """Return the transfer that an authorization allows."""
    payer = signed["from"].lower()
    return TokenTransfer(
        signed["to"].lower(), int(signed["value"]), sender=payer, nonce=signed["nonce"]
    )
