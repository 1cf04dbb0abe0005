"""The command `killatamata`, with one provider more."""

from gateway.payments.registry import PROVIDER_ENTRIES, BrowserCheckout, ProviderEntry
from killatamata.cli import main
from tests.fakes.penny.client import Penny, open_penny
from tests.fakes.penny.operations import claim_penny, start_penny_checkout, take_penny_event

PROVIDER_ENTRIES.append(
    ProviderEntry(
        provider_class=Penny,
        open_providers=open_penny,
        operations=(start_penny_checkout, claim_penny),
        webhooks=(take_penny_event,),
        browser_checkout=BrowserCheckout(
            words="in pennies",
            note="Pennies are paid on a page of Penny.",
            start=start_penny_checkout,
            claim=claim_penny,
        ),
    )
)
main()
