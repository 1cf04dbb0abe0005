"""Who moves the money: Stripe, Coinbase, a chain and an x402 facilitator, each as plain values."""
