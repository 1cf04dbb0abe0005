"""Losses by configuration: families whose cost reaches the price of their smallest job."""

from collections.abc import Iterable

from gateway.kit.money import render_usd
from gateway.media.tasks.base import SizeGrid
from gateway.media.tasks.image_edit import ImageEditInput
from gateway.media.tasks.image_edit import price_job as price_edit
from gateway.media.tasks.image_generate import ImageGenerateInput
from gateway.media.tasks.image_generate import price_job as price_picture
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import PriceTable
from gateway.media.tasks.rules.lengths import FEWEST_FRAMES
from gateway.media.tasks.rules.video_prices import price_generated
from workers.engines.openai.upstreams import ServerFamily, Upstream

SMALLEST_SIDE, FPS = 256, 24


def list_losses(upstreams: Iterable[Upstream], prices: PriceTable) -> list[str]:
    """Return a sentence for each family whose smallest job costs what it brings, or more."""
    return [
        f"upstream {upstream.name}: the smallest {family.task} of {family.name} costs "
        f"${render_usd(cost)} and is sold for ${render_usd(price)}"
        for upstream in upstreams
        if upstream.cost is not None
        for family in upstream.families.values()
        for values in [_build_smallest(family)]
        for cost, price in [(upstream.cost.compute(values, 1), _price(family, values, prices))]
        if cost >= price
    ]


def _build_smallest(family: ServerFamily) -> InputJson:
    width, height = (family.sizes or SizeGrid()).find_nearest(SMALLEST_SIDE, SMALLEST_SIDE)
    if family.sizes is not None and family.sizes.listed:
        width, height = min(family.sizes.listed, key=lambda size: size[0] * size[1])
    return {
        "width": width,
        "height": height,
        "count": 1,
        "fps": FPS,
        "durationFrames": FEWEST_FRAMES,
    }


def _price(family: ServerFamily, values: InputJson, prices: PriceTable) -> int:
    width, height = values["width"], values["height"]
    if family.task == "image.generate":
        request = ImageGenerateInput.model_validate({"prompt": "-"})
        return price_picture(request, width, height, prices).microusd
    if family.task == "image.edit":
        edit = ImageEditInput.model_validate({"prompt": "-", "imageUrl": "asset://-"})
        return price_edit(edit, width, height, 1, prices).microusd
    return price_generated(width, height, FEWEST_FRAMES, FPS, prices, None).microusd
