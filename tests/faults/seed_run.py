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

from tests.faults.liveness import finish_without_faults
from tests.faults.loop import Crash, open_simulated_loop
from tests.faults.operations import USUAL_WEIGHTS, Operation, OperationContext, OutsideMemory
from tests.faults.points import AIMS, CRASH_POINTS
from tests.faults.template import Template
from tests.faults.world import World, WorldClock, patch_ports

FAULTY_STEPS, MAX_TASKS, CHECK_EVERY_STEPS = 70, 4, 4


class SeedRun:
    """The run of one seed, from the template to a gateway without work."""

    def __init__(self, world: World, known: OutsideMemory) -> None:
        self.world = world
        self.memory = known
        self.schedule_random = world.make_random("schedule")
        self.tasks: dict[asyncio.Task[object], str] = {}
        doing = world.make_random("weights")
        self.aimed_point = CRASH_POINTS[world.seed % len(CRASH_POINTS)]
        aim = AIMS[self.aimed_point]
        world.engine.favourite_outcome = world.node.favourite_outcome = aim.engine_outcome
        known.favourite_caller, known.jump_seconds = aim.caller, aim.jump_seconds
        self.weights = {
            each: usual * (5 * aim.frequent_operations.count(each) or doing.choice((0, 1, 1, 2)))
            for each, usual in USUAL_WEIGHTS.items()
        }
        self.point_random = world.make_random("points")
        self.operation_count = 0

    async def run_with_faults(self) -> None:
        """Run operations while everything may fail, and check the invariants every few steps."""
        self.world.armed_point = self.aimed_point
        if self.world.seed // len(CRASH_POINTS) % 2:
            self.world.spared_hits = self.point_random.choice((0, 1, 3, 6))
        for step in range(FAULTY_STEPS):
            await self.take_step()
            await self.world.wait_until_quiet()
            self.collect_ended_tasks()
            if self.world.crashed_point is not None or self.schedule_random.random() < 0.01:
                await self.restart_gateway()
            elif step % CHECK_EVERY_STEPS == 0:
                await self.world.check_invariants()
        await self.restart_gateway()

    async def take_step(self) -> None:
        """Release a parked task, let time pass, or begin an operation."""
        world = self.world
        world.parked = [here for here in world.parked if not here.released.done()]  # canceled there
        if world.parked and (len(self.tasks) >= MAX_TASKS or self.schedule_random.random() < 0.6):
            here = world.parked.pop(self.schedule_random.randrange(len(world.parked)))
            world.trace_line(f"on from {here.point}")
            here.released.set_result(None)
        elif len(self.tasks) >= MAX_TASKS:
            world.trace_line("time passes")
            await asyncio.sleep(self.schedule_random.choice((1.0, 30.0)))
        else:
            self.begin_operation(
                self.schedule_random.choices(list(self.weights), list(self.weights.values()))[0]
            )

    def begin_operation(self, operation: Operation) -> None:
        """Begin an operation as a task of its own."""
        self.operation_count += 1
        chance = self.world.make_random(f"operation {self.operation_count}")
        act = OperationContext(self.world, chance, self.memory)
        self.world.trace_line(operation.__name__)
        self.world.parks_tasks = True
        self.tasks[asyncio.ensure_future(operation(act))] = operation.__name__

    def collect_ended_tasks(self) -> None:
        """Forget the tasks that ended; raise the error of one, unless it died in the crash."""
        for task in [task for task in self.tasks if task.done()]:
            name = self.tasks.pop(task)
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, Crash):
                raise error
            self.world.trace_line(f"{name} done")

    def choose_crash_point(self) -> None:
        """Draw the point at which the process dies next, or none."""
        self.world.armed_point = self.point_random.choice((*CRASH_POINTS, None))

    async def restart_gateway(self) -> None:
        """Lose the power, if it is not lost, and start again; the start may crash too."""
        world = self.world
        point = world.crashed_point or "power"
        await world.lose_power(keep_messages=self.schedule_random.random() < 0.5)
        self.tasks.clear()
        self.memory.under_way.clear()
        world.trace_line(f"died at {point}")
        self.choose_crash_point()
        while True:
            try:
                await world.start()
                break
            except Crash:
                await world.lose_power(keep_messages=False)
        await world.check_invariants()


@contextmanager
def open_seed_run(
    seed: int, template: Template, root: Path
) -> Iterator[tuple[SeedRun, asyncio.AbstractEventLoop]]:
    """Yield the run of a seed in a copy of the template, and its loop."""
    clock = WorldClock()
    folder = root / f"seed-{seed}"
    with open_simulated_loop(lambda: clock.now() / 1_000_000) as loop:
        clock.loop = loop
        world = World(seed, folder, clock, loop)
        known = OutsideMemory(template.copy(folder))
        with patch_ports(world):
            try:
                yield SeedRun(world, known), loop
            finally:
                shutil.rmtree(folder)


async def run_to_end(run: SeedRun) -> None:
    """Run a seed with faults, then without, until all work has ended."""
    world = run.world
    await world.start()
    try:
        await run.run_with_faults()
        await finish_without_faults(OperationContext(world, world.make_random("end"), run.memory))
    finally:
        await world.lose_power(keep_messages=False)
