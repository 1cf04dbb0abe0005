"""Jobs: their life, attempts, outputs and events, as their owner sees them."""
