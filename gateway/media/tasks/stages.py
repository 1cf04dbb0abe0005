"""The stages of each kind of work and their weights in percent, in the order in which they come."""

from collections.abc import Mapping

Stages = Mapping[str, int]
ONE_PASS: Stages = {"loading": 5, "sampling": 70, "decode": 15, "save": 10}
TWO_PASSES: Stages = {
    "loading": 5,
    "first_pass": 27,
    "upscale": 3,
    "second_pass": 40,
    "decode": 15,
    "save": 10,
}
ENLARGE: Stages = {"loading": 5, "upscale": 70, "decode": 15, "save": 10}
COMBINE: Stages = {"loading": 5, "combine": 85, "save": 10}
