"""Payment providers are behind one port: no other code names them."""

import re

from gateway.payments.registry import PROVIDER_ENTRIES
from tests.style.source import ROOT, to_place

ROOMS = ("gateway/payments", "gateway/pages", "gateway/operator", "killatamata")
# what a provider, or the money that it takes, is called
NAMES = {each.provider_class.name for each in PROVIDER_ENTRIES} | {"usdc", "crypto", "evm"}
NAMED = re.compile(rf"(?i:{'|'.join(sorted(NAMES))})(?![a-z])")
OWN_FOLDERS = (
    *(f"gateway/payments/{name}/" for name in NAMES),
    "gateway/payments/top_ups/",  # the one provider that charges saved cards
    "gateway/pages/money/providers/",
    "gateway/pages/templates/providers/",
    "gateway/operator/providers/",
    "killatamata/cli/providers/",
)
MAY_NAME = {
    "gateway/payments/registry.py": "the registry: it alone names them all",
    "gateway/operator/personal_data/tables.toml": "decides on every table of the database",
    "gateway/pages/words/money.toml": "a payout in USDC is made by hand, through no provider",
    "gateway/pages/words/problems.toml": "quotes the problems of every provider",
    "killatamata/_async/payments.py": "the client calls ways to pay as the wire does",
    "killatamata/_sync/payments.py": "rendered of the one above",
    "killatamata/first_screen.py": "says of each command what its own help says first",
    "killatamata/operations.py": "rendered of the wire",
    "killatamata/types.py": "rendered of the wire",
}


def test_only_its_own_folder_and_the_registry_name_a_payment_provider() -> None:
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            name = to_place(path)
            theirs = name.startswith(OWN_FOLDERS) or "/static/vendor/" in name
            if path.suffix in {".py", ".html", ".js", ".css", ".toml"} and not theirs:
                lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
                found += [
                    (name, f"{number}: {line}") for number, line in lines if NAMED.search(line)
                ]
    wrong = [f"{name}:{line.strip()}" for name, line in found if name not in MAY_NAME]
    assert not wrong, "\n".join(wrong)
    assert MAY_NAME.keys() <= {name for name, *_ in found}, "one of these names none any more"
