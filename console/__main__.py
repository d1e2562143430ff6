"""`python -m console` and the command `event-console`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # Collecting garbage while modules load costs a tenth of the time to the first frame; what
    # runs then, a subcommand or the full-screen console, switches it on again.
    gc.disable()
    try:
        from console.cli.main import run
        from console.cli.signals import leave

        code = run()
        leave(code)
    except KeyboardInterrupt:
        # Ctrl-C before there was anything that could be interrupted.
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
