"""leakgate.yml: what may grow, and by how much.

`values` is what it says, `read` gets there from text; on the way `document` keeps the places, `validate` holds the
published schema against it and words what is wrong.
"""

from leakgate.config.read import decode, parse, with_limits
from leakgate.config.values import (
    CANDIDATES,
    DEFAULT,
    CommentMode,
    Config,
    IgnoreRule,
    Limit,
    LimitChange,
    NoBaseline,
    TestRule,
)

__all__ = [
    "CANDIDATES",
    "DEFAULT",
    "CommentMode",
    "Config",
    "IgnoreRule",
    "Limit",
    "LimitChange",
    "NoBaseline",
    "TestRule",
    "decode",
    "parse",
    "with_limits",
]
