"""Cargo starts this for every test binary and program: `python -I -S runner.py BINARY ARGUMENTS…`.

Only a doorstep: what it opens is cached as bytecode, which a script is not. Nothing but the standard library and
this package can be imported from here on.
"""

import os
import sys

if __name__ == "__main__":
    # Last on the path, so that nothing beside this package hides a module of the standard library.
    here = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib starts slowly
    package = os.path.dirname(os.path.dirname(here))  # noqa: PTH120
    sys.path.append(os.path.dirname(package))  # noqa: PTH120
    from leakgate.profilers.child.launch import main

    sys.exit(main(sys.argv[1:], os.environ))
