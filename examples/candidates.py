"""Make several candidates at once, each with its own seed, within a price that is known before."""

import asyncio

from killatamata import AsyncClient, JobFailed
from killatamata.fields import Item

PROMPT, SEEDS = "a fox in a space suit, mid-step, looking back", (1, 2, 3)


async def make_candidate(client: AsyncClient, seed: int) -> None:
    """Make one candidate; a failed job costs nothing."""
    try:
        job = await client.run("image.generate", prompt=PROMPT, width=512, height=512, seed=seed)
    except JobFailed as failed:
        print(f"seed {seed}: {failed}")
        return
    (file,) = await client.jobs.download(job, f"fox-{seed}.png")
    print(f"seed {seed}: {file}")


async def main() -> None:
    """Print the price of all candidates, then make them at once."""
    async with AsyncClient() as client:
        items: list[Item] = [
            {
                "task": "image.generate",
                "input": {"prompt": PROMPT, "width": 512, "height": 512, "seed": seed},
            }
            for seed in SEEDS
        ]
        quote = await client.quote_all(items)
        print(f"${quote.total_usd} for {len(quote.items)}")
        await asyncio.gather(*(make_candidate(client, seed) for seed in SEEDS))


asyncio.run(main())
