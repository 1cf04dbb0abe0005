"""A facilitator of our own: it verifies x402 payments and settles them with a gas key.

A process apart from the gateway, and one of it: who waits for which transaction is in its memory.
"""

from gateway.facilitator.serving import serve as serve
