"""Change a picture of yours: `python examples/night.py photo.png` writes photo-night.png."""

import sys
from pathlib import Path

from killatamata import Client, PaymentRequired

source = Path(sys.argv[1])
with Client() as client:
    try:
        job = client.run("image.edit", prompt="make it night", image=source, max_price_usd="0.10")
    except PaymentRequired as refused:
        sys.exit(f"{refused} {refused.top_up_url or ''}")
    for adjusted in job.input_adjustments or ():
        print(f"{adjusted.field}: {adjusted.requested} became {adjusted.effective}")
    print(*client.jobs.download(job, source.with_stem(f"{source.stem}-night")))
