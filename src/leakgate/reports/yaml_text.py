"""Pieces of leakgate.yml, to be copied from a report."""

import re

from leakgate.comparison.result import METRIC_NAMES
from leakgate.dhat.profile import Metric

_SPECIAL_IN_A_GLOB = re.compile(r"[*?\[]")


def key(metric: Metric) -> str:
    """A metric as a key: `t-gmax-blocks`."""
    return METRIC_NAMES[metric].replace(" ", "-")


def exactly(name: str) -> str:
    """A glob for this name alone."""
    return _SPECIAL_IN_A_GLOB.sub(r"[\g<0>]", name)


def quoted(text: str) -> str:
    """Text as a YAML scalar in double quotes; whatever is not to be seen is escaped."""
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - the widths of YAML's escapes
