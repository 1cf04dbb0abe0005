"""Lines that the rules of `outgoing.yaml` find, and some that they must not."""

import asyncio
import socket
import ssl
from urllib import request

import httpx2
from httpx2 import AsyncClient as Client

from gateway.kit.outgoing.bounded_client import bounded_client

# ruleid: unguarded-fetch
client = Client(timeout=5)
# ruleid: unguarded-fetch
answer = httpx2.get("https://example.com")
# ruleid: unguarded-fetch
page = request.urlopen("https://example.com")
# ok: unguarded-fetch
guarded = bounded_client(timeout=5)
# ruleid: unguarded-socket
connection = socket.create_connection(("example.com", 80))
# ruleid: unguarded-socket
stream = asyncio.open_connection("example.com", 80)
# ruleid: certificate-not-checked
hasty = guarded.copy(verify=False)
context = ssl.create_default_context()
# ruleid: certificate-not-checked
context.check_hostname = False
# ok: certificate-not-checked
careful = guarded.copy(verify=context)
