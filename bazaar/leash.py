"""Runs a module as a child that dies with its parent: `python -m bazaar.leash PARENT_PID MODULE [ARGUMENTS]`.

Whoever starts a long piece of work may be killed (`kill -9`, out of memory) and cannot clean up then: the kernel does it, by a
signal the child asks for itself. Asking from inside the child keeps its start free of code between fork and exec, which is not
safe in a server with threads. The kernel watches the thread that started the child, so that thread has to wait for it.
"""

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1
_COURTESY = 5
"""How far the work steps back behind pages and the ledger while they want the processor."""


def main() -> None:
    """Tie this process to its parent, then become the module."""
    parent, module, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the line above
        sys.exit(1)
    os.nice(_COURTESY)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
