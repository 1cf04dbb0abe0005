#!/bin/sh
# Bring compose.yaml to a new image without an outage: one gateway after the other, each only when the one
# before it answers. First set a new KILLATAMATA_TAG in .env, so that the old image is kept, and  docker compose build
set -eu
cd "$(dirname "$0")"
docker compose run --rm migrate
for service in gateway-1 gateway-2 worker; do
    docker compose up --detach --no-deps --wait "$service"
done
