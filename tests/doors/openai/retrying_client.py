"""A client of the official SDK that is too impatient: `python retrying_client.py URL KEY HEADERS`.

It prints how many requests it sent, and the id of the job that it got.
"""

import json
import sys

from openai import (  # type: ignore[import-not-found]  # installed for this test alone
    DefaultHttpxClient,
    OpenAI,
)

url, key, headers = sys.argv[1:]
sent: list[str] = []
client = OpenAI(
    base_url=url,
    api_key=key,
    timeout=1.0,
    max_retries=2,
    default_headers=json.loads(headers),
    http_client=DefaultHttpxClient(
        trust_env=False,
        timeout=1.0,
        event_hooks={"request": [lambda request: sent.append(request.method)]},
    ),
)
made = client.images.generate(prompt="a fox [sandbox:slow=3]", size="256x256")
extras = made.model_extra or {}
print(json.dumps({"sent": sent, "job": extras["killatamata"]["job_id"]}))  # noqa: T201
