"""A facilitator on this machine: it checks signatures for real, and settles on the chain."""

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

from tests.fakes.evm.chain import USDC, Chain, Move, Transaction

FIELDS = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)
SECONDS = 60


class Facilitator:
    """`mood` says how it settles.

    good; stalled; lost: done, but no answer; down: nothing done, and no answer; refusing; late:
    somebody else used the authorization just before; slow: as down, once its event is set; dead: it
    does not even verify.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.mood = "good"
        self.held: list[Transaction] = []
        self.settled = self.asked = 0
        self.slow: list[threading.Event] = []

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/verify", self._verify, methods=["POST"]),
                Route("/settle", self._settle, methods=["POST"]),
            ]
        )

    def release(self) -> None:
        """Let what was stalled come into a block."""
        held, self.held = self.held, []
        self.chain.waiting += held
        self.chain.mine()

    async def _verify(self, request: Request) -> Response:
        if self.mood == "dead":
            return Response(status_code=503)
        wrong, signed = self._judged(json.loads(await request.body()))
        if wrong:
            return JSONResponse({"isValid": False, "invalidReason": wrong})
        return JSONResponse({"isValid": True, "payer": signed["from"]})

    async def _settle(self, request: Request) -> Response:
        if slow := self.mood == "slow":
            self.slow.append(told := threading.Event())
        self.asked += 1
        if slow:
            await asyncio.to_thread(told.wait, SECONDS)
        if slow or self.mood == "down":
            return Response(status_code=503)
        sent = json.loads(await request.body())
        network = sent["paymentRequirements"]["network"]
        wrong, signed = self._judged(sent)
        if self.mood == "refusing":
            wrong = "insufficient_funds"
        said = {"payer": signed["from"], "network": network, "transaction": ""}
        if self.mood == "late":
            self.chain.pay(moved(signed))
            self.chain.mine()
            wrong = "invalid_exact_evm_nonce_already_used"
        if wrong:
            return JSONResponse(said | {"success": False, "errorReason": wrong})
        done = self.chain.pay(moved(signed))
        if self.mood == "stalled":
            self.held.append(self.chain.waiting.pop())
            pending = {"success": False, "errorReason": "settlement_pending", "transaction": done}
            return JSONResponse(said | pending)
        self.chain.mine()
        self.settled += 1
        if self.mood == "lost":
            return Response(status_code=500)
        return JSONResponse(said | {"success": True, "transaction": done})

    def _judged(self, sent: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        payload, wanted = sent["paymentPayload"]["payload"], sent["paymentRequirements"]
        signed: dict[str, Any] = payload["authorization"]
        payer, amount = signed["from"].lower(), int(signed["value"])
        if self._signer(signed, payload["signature"], wanted).lower() != payer:
            return "invalid_exact_evm_signature", signed
        if signed["to"].lower() != wanted["payTo"].lower():
            return "invalid_exact_evm_recipient_mismatch", signed
        if str(amount) != wanted.get("amount", wanted.get("maxAmountRequired")):
            return "invalid_exact_evm_authorization_value", signed
        if self.chain.used(payer, signed["nonce"]):
            return "invalid_exact_evm_nonce_already_used", signed
        if self.chain.balance(USDC, payer) < amount:
            return "insufficient_funds", signed
        return "", signed

    def _signer(self, signed: dict[str, Any], signature: str, wanted: dict[str, Any]) -> str:
        message = {
            name: int(signed[name]) if kind == "uint256" else signed[name] for name, kind in FIELDS
        }
        typed = encode_typed_data(
            {
                "name": wanted["extra"]["name"],
                "version": wanted["extra"]["version"],
                "chainId": self.chain.chain_id,
                "verifyingContract": wanted["asset"],
            },
            {"TransferWithAuthorization": [{"name": n, "type": kind} for n, kind in FIELDS]},
            message | {"nonce": bytes.fromhex(signed["nonce"][2:])},
        )
        found: str = Account.recover_message(typed, signature=signature)
        return found


def moved(signed: dict[str, Any]) -> Move:
    """Return what an authorization moves."""
    payer = signed["from"].lower()
    return Move(signed["to"].lower(), int(signed["value"]), sender=payer, nonce=signed["nonce"])
