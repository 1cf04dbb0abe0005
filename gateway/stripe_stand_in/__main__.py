"""Start the stand-in: `python -m gateway.stripe_stand_in --port 12111 --deliver-to URL`.

The signing secret comes from the environment: `STRIPE_WEBHOOK_SECRET`.
"""

import argparse
import os
import sys
import threading

import uvicorn
from starlette.applications import Starlette

from gateway.stripe_stand_in.api import Api
from gateway.stripe_stand_in.controls import Controls
from gateway.stripe_stand_in.delivery import Delivery, Endpoint
from gateway.stripe_stand_in.own_site import LOOPBACK, build_own_site_middleware
from gateway.stripe_stand_in.pages import build_page_routes
from gateway.stripe_stand_in.store import Store


def build_stand_in(base: str, delivery: Delivery, *, with_controls: bool) -> Starlette:
    """Build the application of a stand-in at this address; only tests need the controls."""
    store = Store(base, delivery.start_delivery)
    api = Api(store)
    controls = Controls(store, api, delivery).routes() if with_controls else []
    routes = [*api.routes(), *build_page_routes(store), *controls]
    return Starlette(routes=routes, middleware=build_own_site_middleware())


def exit_with_parent() -> None:
    """Exit when the process at the other end of stdin has ended."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve on loopback until a signal."""
    parser = argparse.ArgumentParser(description="A stand-in for Stripe. No real money.")
    parser.add_argument("--host", default=LOOPBACK[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--deliver-to", default="")
    parser.add_argument("--with-parent", action="store_true", help="End when stdin ends.")
    parser.add_argument("--controls", action="store_true", help="Take the controls of tests.")
    arguments = parser.parse_args()
    if arguments.with_parent:
        threading.Thread(target=exit_with_parent, daemon=True).start()
    if arguments.host not in LOOPBACK:
        sys.exit("The stand-in for Stripe serves on loopback only.")
    delivery = Delivery()
    if arguments.deliver_to:
        delivery.endpoints.append(
            Endpoint(arguments.deliver_to, os.environ["STRIPE_WEBHOOK_SECRET"])
        )
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    app = build_stand_in(
        f"http://{host}:{arguments.port}", delivery, with_controls=arguments.controls
    )
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
