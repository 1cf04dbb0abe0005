"""A stand-in for S3 spoken to over HTTP, and its one bucket `media`."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3  # type: ignore[import-untyped]
import httpx2
from moto.server import ThreadedMotoServer

BUCKET_KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "throw-away"}


@contextmanager
def serve_bucket(region: str) -> Iterator[str]:
    """Serve an empty bucket `media`; yield the address of its server.

    All servers of a process share what they store, so one is emptied before it is used.
    """
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        httpx2.post(f"{address}/moto-api/reset", trust_env=False).raise_for_status()
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name=region,
            aws_access_key_id=BUCKET_KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=BUCKET_KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket="media", **({} if region == "us-east-1" else place))
        yield address
    finally:
        server.stop()
