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
from tests.faults.loop import alone
from tests.faults.ports import ABLE, SENTINEL
from tests.faults.world import START, Clock, World, standing

CREDIT = {"ann": ("test", 120_000), "ben": ("test", 300_000), "eve": ("live", 200_000)}
AFFILIATE = "affiliate"
CAP = 60_000


class Template:
    """The folder that is copied for each seed, and the keys of its customers by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.callers: dict[str, str] = {}
        folder.mkdir()
        clock = Clock()
        with alone(lambda: clock.now() / 1_000_000) as loop:
            clock.loop = loop
            with standing(World(-1, folder, clock, loop)) as world:
                loop.run_until_complete(self._make(world))

    def copy(self, folder: Path) -> dict[str, str]:
        """Copy the folder for a seed, and return the keys of the customers."""
        shutil.copytree(self.folder, folder)
        return dict(self.callers)

    async def _make(self, world: World) -> None:
        built = world.built()
        await migrations.upgrade(built.database)
        async with built.database.write() as session:
            accounts = {}
            for name, (mode, credit) in (*CREDIT.items(), (AFFILIATE, ("test", 0))):
                made = await create_account_with_key(
                    session, world.ids, built.ports.get(Peppers), mode=mode, amount=credit,
                    label=name,
                )  # fmt: skip
                accounts[name], self.callers[name] = made["accountId"], made["apiKey"]
            self.callers["spare"] = await spare(session, built, world, accounts["ann"])
            programme = built.ports.get(Programme)
            wanted = membership.AffiliateApplication(
                display_name="A", website=None, promotion_plan=None, code="FRIENDS"
            )
            await membership.apply_for_programme(session, programme, accounts[AFFILIATE], wanted)
            await account_referrals.bind_referral(
                session, accounts["ann"], ReferralClick("FRIENDS", "click", START)
            )
            node = node_pool.Node(
                name="planned", url="http://node.test", max_inflight=2, max_pixel_frames=None,
                sentinel_id=str(SENTINEL), last_seen_at=START,
                able_json=node_pool.write_abilities(ABLE),
            )  # fmt: skip
            session.add(node)
        del self.callers[AFFILIATE]
        await built.database.close()


async def spare(session: Session, built: Application, world: World, account_id: str) -> str:
    """Create a second key of an account, with a total limit of its own."""
    new_key = keys.NewKey(
        account_id, "test", "spare", keys.SIGN_IN_SCOPES, "template", SpendPolicy(total_limit=CAP)
    )
    _, key = await keys.create(session, world.ids, built.ports.get(Peppers), new_key)
    return key
