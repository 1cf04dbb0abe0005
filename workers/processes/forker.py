"""The process that forks the children of a worker: `python -I -m workers.processes.forker <words>`.

The words are the modules that children run, a `-`, and modules to import before the first child: a
start of Python and these imports take longer than a picture's own work. This process opens nothing
that a user sent. It imports, forks and reaps. Its children share the layout of its memory, which a
process that was started would have drawn anew.

Its standard input is a socket. Each order is one byte, the place of a module among the words, and
two descriptors: one for the child's input and output, and its line. On the line this process writes
the child's id and, at the end, its exit status, each as a line of text; if the machine cannot fork,
the negative number of the error instead. A byte that comes on it is the number of a signal for the
child. When the other end is closed, the child is killed.
"""

import errno
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from workers.processes.confinement import confine_process, end_with_parent, report_errors

ORDER_DESCRIPTORS = 2


class Forker:
    """The loop of this process."""

    def __init__(self, orders: socket.socket, modules: Sequence[str]) -> None:
        """Take orders from a socket until it is closed."""
        self._orders = orders
        self._modules = modules
        self._lines: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(orders, selectors.EVENT_READ, self._take_order)
        woken, self._waker = socket.socketpair()  # kept: the kernel is given its number only
        for end in (woken, self._waker):
            end.settimeout(0)
        self._selector.register(woken, selectors.EVENT_READ, lambda: self._reap_children(woken))
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork what is ordered until the parent closes its end, then kill what is left."""
        while self._orders.fileno() >= 0:
            for key, _ in self._selector.select():
                handle: Callable[[], None] = key.data
                handle()
        for pid in self._lines:
            os.kill(pid, signal.SIGKILL)

    def _take_order(self) -> None:
        order, descriptors, _, _ = socket.recv_fds(self._orders, 1, ORDER_DESCRIPTORS)
        if not order:
            self._selector.unregister(self._orders)
            self._orders.close()
            return
        if len(descriptors) != ORDER_DESCRIPTORS:  # too many are open: the parent reads an end
            for descriptor in descriptors:
                os.close(descriptor)
            return
        talk, line = socket.socket(fileno=descriptors[0]), socket.socket(fileno=descriptors[1])
        with talk:
            parent = os.getpid()
            try:
                pid = os.fork()
            except OSError as error:
                _send(line, -(error.errno or errno.EAGAIN))
                line.close()
                return
            if pid == 0:
                self._become_child(self._modules[order[0]], talk.fileno(), parent)
        self._lines[pid] = line
        self._selector.register(line, selectors.EVENT_READ, lambda: self._follow_line(line, pid))
        _send(line, pid)

    def _follow_line(self, line: socket.socket, pid: int) -> None:
        """Send the child what came on its line; until it is reaped, no other process has its id.

        The line stays open until the parent closes it: else a signal that crosses the status on its
        way would break the line there, and the status would be lost.
        """
        numbers = b""
        with suppress(ConnectionError):
            numbers = line.recv(16)
        if not numbers:
            self._selector.unregister(line)
            line.close()
        if pid in self._lines:
            for number in numbers or [signal.SIGKILL]:
                os.kill(pid, number)

    def _reap_children(self, woken: socket.socket) -> None:
        woken.recv(4096)
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                _send(self._lines.pop(pid), os.waitstatus_to_exitcode(status))

    def _become_child(self, module: str, talk: int, parent: int) -> NoReturn:
        """Be the child that runs a module, and end."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.dup2(talk, 0)
            os.dup2(talk, 1)
            os.closerange(3, 1024)
            sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
            confine_process()
            end_with_parent(parent)
            with report_errors():
                import_module(module).main(json.load(sys.stdin))
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        finally:
            with suppress(OSError, ValueError, AttributeError):
                sys.stdout.flush()
            os._exit(code)


def _send(line: socket.socket, number: int) -> None:
    with suppress(OSError):  # the parent has hung up
        line.sendall(b"%d\n" % number)


def main() -> None:
    """Import, then fork until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes its end
    split = sys.argv.index("-")
    modules = sys.argv[1:split]
    for name in [*modules, *sys.argv[split + 1 :]]:
        import_module(name)
    gc.collect()
    gc.freeze()
    Forker(socket.socket(fileno=os.dup(0)), modules).serve()


if __name__ == "__main__":
    main()
