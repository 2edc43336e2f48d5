"""The entry point. It answers `--version` before the command line's library is loaded, which takes 0.1 s."""

import gc
import sys
from typing import NoReturn

from leakgate import __version__


def main() -> NoReturn:
    """Run leakgate."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"leakgate {__version__}\n")
        sys.exit(0)
    # Profiles become a million objects without a cycle among them: looking for cycles takes a fifth of the time,
    # and this process is soon over.
    gc.disable()
    from leakgate.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
