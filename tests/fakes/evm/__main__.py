"""Serve the chain with the real EVM on loopback: `python -m tests.fakes.evm PORT`."""

import sys

import uvicorn

from tests.fakes.evm.ethereum import Ethereum
from tests.fakes.evm.ethereum_api import build_application

if __name__ == "__main__":
    application = build_application(Ethereum())
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
