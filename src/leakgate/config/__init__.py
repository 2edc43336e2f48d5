"""leakgate.yml: what may grow, and by how much.

`values` is what it says, `read` gets there from text; on the way `document` keeps the places, `validate` holds the
published schema against it and words what is wrong.
"""

from leakgate.config.read import decode, parse, with_limits
from leakgate.config.values import (
    ACCEPT_LABEL,
    CANDIDATES,
    DEFAULT,
    AcceptRule,
    Baseline,
    CommentMode,
    Config,
    CreepAction,
    CreepRule,
    Fallback,
    IgnoreRule,
    Limit,
    LimitChange,
    NoBaseline,
    StopSignal,
    StoreName,
    TestRule,
)

__all__ = [
    "ACCEPT_LABEL",
    "CANDIDATES",
    "DEFAULT",
    "AcceptRule",
    "Baseline",
    "CommentMode",
    "Config",
    "CreepAction",
    "CreepRule",
    "Fallback",
    "IgnoreRule",
    "Limit",
    "LimitChange",
    "NoBaseline",
    "StopSignal",
    "StoreName",
    "TestRule",
    "decode",
    "parse",
    "with_limits",
]
