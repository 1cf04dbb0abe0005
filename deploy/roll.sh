#!/bin/sh
# Bring the processes of compose.yaml to a new image or new settings without an outage: one gateway after the other, each
# only when the one before it answers. Before a new image set a new KILLATAMATA_TAG in .env, so that the old image is
# kept, and run  docker compose build
set -eu
cd "$(dirname "$0")"
docker compose run --rm migrate
for service in gateway-1 gateway-2 worker; do
    docker compose up --detach --no-deps --wait "$service"
    sleep 3  # the proxy asks each second: let it see that this one is back before the next one drains
done
