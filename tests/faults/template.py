"""The folder that every seed begins with: a new database, customers, an affiliate and a node."""

import shutil
from pathlib import Path

from gateway import migrations
from gateway.affiliates import membership
from gateway.affiliates.programme import Programme
from gateway.app import Application
from gateway.identity.accounts import account_referrals
from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.kit.database.sessions import Session
from gateway.kit.referrals import ReferralClick
from gateway.media.nodes import node_pool
from gateway.operator import create_account_with_key
from tests.faults.loop import open_simulated_loop
from tests.faults.ports import PLANNED_ABILITIES, SENTINEL_ID
from tests.faults.world import START_AT, World, WorldClock, patch_ports

CUSTOMERS = {"ann": ("test", 120_000), "ben": ("test", 300_000), "eve": ("live", 200_000)}
AFFILIATE_NAME = "affiliate"
SPARE_CAP_MICROUSD = 60_000


class Template:
    """The folder that is copied for each seed, and the keys of its customers by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.callers: dict[str, str] = {}
        folder.mkdir()
        clock = WorldClock()
        with open_simulated_loop(lambda: clock.now() / 1_000_000) as loop:
            clock.loop = loop
            with patch_ports(World(-1, folder, clock, loop)) as world:
                loop.run_until_complete(self._make(world))

    def copy(self, folder: Path) -> dict[str, str]:
        """Copy the folder for a seed, and return the keys of the customers."""
        shutil.copytree(self.folder, folder)
        return dict(self.callers)

    async def _make(self, world: World) -> None:
        built = world.build_application()
        await migrations.upgrade(built.database)
        async with built.database.write() as session:
            accounts = {}
            for name, (mode, credit) in (*CUSTOMERS.items(), (AFFILIATE_NAME, ("test", 0))):
                made = await create_account_with_key(
                    session, world.ids, built.ports.get(Peppers), mode=mode, amount=credit,
                    label=name,
                )  # fmt: skip
                accounts[name], self.callers[name] = made["accountId"], made["apiKey"]
            self.callers["spare"] = await create_spare_key(session, built, world, accounts["ann"])
            programme = built.ports.get(Programme)
            wanted = membership.AffiliateApplication(
                display_name="A", website=None, promotion_plan=None, code="FRIENDS"
            )
            await membership.apply_for_programme(
                session, programme, accounts[AFFILIATE_NAME], wanted
            )
            await account_referrals.bind_referral(
                session, accounts["ann"], ReferralClick("FRIENDS", "click", START_AT)
            )
            node = node_pool.Node(
                name="planned", url="http://node.test", max_inflight=2, max_pixel_frames=None,
                sentinel_id=str(SENTINEL_ID), last_seen_at=START_AT,
                able_json=node_pool.write_abilities(PLANNED_ABILITIES),
            )  # fmt: skip
            session.add(node)
        del self.callers[AFFILIATE_NAME]
        await built.database.close()


async def create_spare_key(
    session: Session, built: Application, world: World, account_id: str
) -> str:
    """Create a second key of an account, with a total limit of its own."""
    new_key = keys.NewKey(
        account_id,
        "test",
        "spare",
        keys.SIGN_IN_SCOPES,
        "template",
        SpendPolicy(total_limit=SPARE_CAP_MICROUSD),
    )
    _, key = await keys.create(session, world.ids, built.ports.get(Peppers), new_key)
    return key
