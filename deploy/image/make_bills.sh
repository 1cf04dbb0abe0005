#!/bin/sh
# Write the bills of materials of a root file system and of this checkout's lock: `make_bills.sh ROOT FOLDER`.
set -eu
root=$1 folder=$2
mkdir -p "$folder"
uv=.tools/bin/uv
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1

"$uv" export -q --frozen --all-packages --all-extras --no-default-groups \
    --format cyclonedx1.5 --preview-features sbom-export -o "$folder/python.cdx.json"
UV_PROJECT_ENVIRONMENT=/tmp/bills "$uv" sync -q --frozen --only-group image --python python3.13
/tmp/bills/bin/debsbom generate --sbom-type cdx --root "$root" \
    --distro-arch "$(dpkg --print-architecture)" --distro-version 13 --out "$folder/debian"
