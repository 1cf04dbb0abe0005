"""x402 payments: USDC paid within one request, settled by a facilitator."""
