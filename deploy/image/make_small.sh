#!/bin/sh
# Leave out of a virtual environment what no process reads: `make_small.sh FOLDER`.
set -eu
venv=$1
packages=$venv/lib/python3.13/site-packages

# Symbols for debuggers are a fifth of the wheels' bytes.
find "$packages" -type f \( -name '*.so' -o -name '*.so.*' \) -exec strip --strip-debug {} +
# C sources, and numpy's own tests.
find "$packages" -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.pyx' -o -name '*.pxd' \) -delete
find "$packages/numpy" -depth -type d -name tests -exec rm -rf {} +

# A read-only root keeps no bytecode, so it is written here: of what the processes load as they start.
# All of it would be twice as large.
"$venv/bin/python" -c 'import gateway.facilitator, gateway.serve, killatamata.cli, mcp_server.__main__, workers.__main__'
