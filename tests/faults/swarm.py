"""The run of one seed: first with faults and crashes, then without, until all work has ended.

The seed draws how often each operation happens, which parked task goes on next, and which point
kills the process: first the point that it aims at, later any. Each purpose draws from a generator
of its own, so that a change of one does not change the others.
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
    """The run of one seed, from the template to a gateway without work."""

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
        """Run operations while everything may fail, and check the invariants every few steps."""
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
        """Release a parked task, let time pass, or begin an operation."""
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
        """Forget the tasks that ended; raise the error of one, unless it died in the crash."""
        for task in [task for task in self.tasks if task.done()]:
            name = self.tasks.pop(task)
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, Crash):
                raise error
            self.world.tell(f"{name} done")

    def arm(self) -> None:
        """Draw the point at which the process dies next, or none."""
        self.world.armed = self.points.choice((*POINTS, None))

    async def restart(self) -> None:
        """Lose the power, if it is not lost, and start again; the start may crash too."""
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
    """Yield the run of a seed in a copy of the template, and its loop."""
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
    """Run a seed with faults, then without, until all work has ended."""
    world = run.world
    await world.start()
    try:
        await run.safety()
        await come_to_an_end(Acting(world, world.random("end"), run.known))
    finally:
        await world.die(keep_messages=False)
