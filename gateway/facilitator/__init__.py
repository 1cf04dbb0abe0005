"""The facilitator: verifies x402 payments, and settles them with a gas key.

It runs apart from the gateway, as exactly one process: the transactions of the gas key, and the
requests that wait for them, are in its memory.
"""

from gateway.facilitator.process import serve as serve
