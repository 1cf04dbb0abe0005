"""One seed's run: first everything goes wrong, then nothing does, and all must come to its end.

The seed draws how often each operation happens, who goes on when several stand at a point, and
which point kills the process: one that it aims at, and after that any.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.liveness import come_to_an_end
from tests.faults.loop import Crash, alone
from tests.faults.operations import USUAL, Acting, Known, Operation
from tests.faults.points import AIMS, POINTS
from tests.faults.template import Template
from tests.faults.world import Clock, World, standing

STEPS, AT_ONCE, CHECK_EVERY = 70, 4, 4


class Run:
    """One seed, from an empty gateway to one at rest."""

    def __init__(self, world: World, known: Known) -> None:
        self.world = world
        self.known = known
        self.chance = world.random("schedule")
        self.tasks: dict[asyncio.Task[object], str] = {}
        doing = world.random("weights")
        self.point = POINTS[world.seed % len(POINTS)]
        aim = AIMS[self.point]
        world.engine.favourite = world.node.favourite = aim.outcome
        known.favourite, known.seconds = aim.who, aim.seconds
        self.weights = {
            each: usual * (5 * aim.often.count(each) or doing.choice((0, 1, 1, 2)))
            for each, usual in USUAL.items()
        }
        self.points = world.random("points")
        self.number = 0

    async def safety(self) -> None:
        """Do this and that while everything may fail; what must always hold does hold."""
        self.world.armed = self.point
        if self.world.seed // len(POINTS) % 2:
            self.world.spared = self.points.choice((0, 1, 3, 6))
        for step in range(STEPS):
            await self.step()
            await self.world.quiet()
            self.judge()
            if self.world.crashed is not None or self.chance.random() < 0.01:
                await self.restart()
            elif step % CHECK_EVERY == 0:
                await self.world.check()
        await self.restart()

    async def step(self) -> None:
        """Let one who stands at a point go on, or begin something new."""
        world = self.world
        world.parked = [here for here in world.parked if not here.go_on.done()]  # canceled there
        if world.parked and (len(self.tasks) >= AT_ONCE or self.chance.random() < 0.6):
            here = world.parked.pop(self.chance.randrange(len(world.parked)))
            world.tell(f"on from {here.point}")
            here.go_on.set_result(None)
        elif len(self.tasks) >= AT_ONCE:
            world.tell("time passes")
            await asyncio.sleep(self.chance.choice((1.0, 30.0)))
        else:
            self.begin(self.chance.choices(list(self.weights), list(self.weights.values()))[0])

    def begin(self, operation: Operation) -> None:
        """Begin an operation as a task of its own."""
        self.number += 1
        chance = self.world.random(f"operation {self.number}")
        act = Acting(self.world, chance, self.known)
        self.world.tell(operation.__name__)
        self.world.stepping = True
        self.tasks[asyncio.ensure_future(operation(act))] = operation.__name__

    def judge(self) -> None:
        """Let what is done go; whatever an operation saw broken is broken."""
        for task in [task for task in self.tasks if task.done()]:
            name = self.tasks.pop(task)
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, Crash):
                raise error
            self.world.tell(f"{name} done")

    def arm(self) -> None:
        """Choose the point at which the process dies next, or none."""
        self.world.armed = self.points.choice((*POINTS, None))

    async def restart(self) -> None:
        """Let the process die, if it has not, and start anew; it may die again on the way."""
        world = self.world
        point = world.crashed or "power"
        await world.die(keep_messages=self.chance.random() < 0.5)
        self.tasks.clear()
        self.known.under_way.clear()
        world.tell(f"died at {point}")
        self.arm()
        while True:
            try:
                await world.start()
                break
            except Crash:
                await world.die(keep_messages=False)
        await world.check()


@contextmanager
def began(
    seed: int, template: Template, root: Path
) -> Iterator[tuple[Run, asyncio.AbstractEventLoop]]:
    """Yield the run of a seed in a folder of its own, on a loop of its own."""
    clock = Clock()
    folder = root / f"seed-{seed}"
    with alone(lambda: clock.now() / 1_000_000) as loop:
        clock.loop = loop
        world = World(seed, folder, clock, loop)
        known = Known(template.copy(folder))
        with standing(world):
            try:
                yield Run(world, known), loop
            finally:
                shutil.rmtree(folder)


async def whole(run: Run) -> None:
    """Run a seed to its end."""
    world = run.world
    await world.start()
    try:
        await run.safety()
        await come_to_an_end(Acting(world, world.random("end"), run.known))
    finally:
        await world.die(keep_messages=False)
