"""The bank of the flows that pay by card."""

from collections.abc import Iterator

import pytest

from tests.fakes.stripe.client import StripeStandIn, serve_stripe


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    """A stand-in for Stripe that a module has for itself."""
    with serve_stripe() as one:
        yield one
