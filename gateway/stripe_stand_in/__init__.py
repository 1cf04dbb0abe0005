"""An honest stand-in for Stripe: the real SDK speaks to it over HTTP. Play money only."""
