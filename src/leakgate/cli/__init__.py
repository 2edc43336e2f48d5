"""The command line: one module a group of verbs, put together in `app`."""

from leakgate.cli.app import app, main

__all__ = ["app", "main"]
