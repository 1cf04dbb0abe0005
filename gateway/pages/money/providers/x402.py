"""Code to copy that buys a package with a wallet."""

import json
import shlex
from collections.abc import Mapping

# pip install 'x402[evm,httpx]'
PYTHON_CODE = """\
import asyncio, os
from eth_account import Account
from x402 import x402Client
from x402.http.clients import x402HttpxClient
from x402.mechanisms.evm.exact import ExactEvmScheme

async def buy():
    wallet = x402Client()
    wallet.register("eip155:*", ExactEvmScheme(Account.from_key(os.environ["WALLET_KEY"])))
    wallet.set_spend_controls({"max_amount_per_payment": "$50"})  # the default cap is $1
    key = {"Authorization": f"Bearer {os.environ['KT_API_KEY']}"}
    async with x402HttpxClient(wallet, headers=key, timeout=60) as http:
        answer = await http.post("%s", json={"packageCode": "%s"})
        print(answer.status_code, answer.text)

asyncio.run(buy())"""


def build_x402_snippets(api_url: str, package: str) -> Mapping[str, str]:
    """Build code that buys a package with a wallet, and a curl call that asks for the price."""
    address = f"{api_url}/api/v1/credits/purchase/x402"
    body = json.dumps({"packageCode": package})
    curl = [
        f"curl -i {shlex.quote(address)}",
        '-H "Authorization: Bearer $KT_API_KEY"',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(body)}",
    ]
    return {"python": PYTHON_CODE % (address, package), "curl": " \\\n  ".join(curl)}
