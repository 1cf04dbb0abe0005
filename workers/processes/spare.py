"""The child process that was started before its work was known: `python -I -m … <modules>`.

It confines itself, imports the modules named, writes an empty line and waits; a start and those
imports take longer than a picture's own work. Then one JSON object on stdin, `{module, spec}`, says
what to run: the `main` of a module that children run. It does one such work, as every other child.
Without any, as when its parent has died, it just ends.
"""

import json
import sys
from importlib import import_module

from workers.processes.confinement import confine_process, report_errors


def main() -> None:
    """Wait for the work, and do it."""
    confine_process()
    for module in sys.argv[1:]:
        import_module(module)
    sys.stdout.write("\n")
    sys.stdout.flush()
    if order := sys.stdin.read():
        with report_errors():
            work = json.loads(order)
            import_module(work["module"]).main(work["spec"])


if __name__ == "__main__":
    main()
