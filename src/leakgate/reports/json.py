"""The result for programs: schema `result`, stable keys, one value a line so that two results can be diffed."""

import msgspec

from leakgate.comparison.result import Result


def render(result: Result) -> str:
    """The result as JSON (`leakgate schema result`)."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"
