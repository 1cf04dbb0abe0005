"""Health check of a container: exit with 0 if this address answers 200.

`check_health.py [PORT PATH]`; without arguments that of the gateway. The image has no curl.
"""

import http.client
import os
import sys

TIMEOUT_SECONDS = 4


def main() -> int:
    """Ask once; return the exit code."""
    port, path = sys.argv[1:] or (os.environ.get("KT_PORT", "8787"), "/healthz")
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return int(connection.getresponse().status != http.client.OK)
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
