"""Which tests a person means by what they typed."""

import difflib
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from leakgate.errors import UsageError

_NEAR = 5
"""Names that an error message offers."""


def choose(asked: str, names: Sequence[str]) -> list[str]:
    """The test ids meant by `asked`: the very one, else those a glob matches, else those that have it in them.

    Args:
        asked: A test id, a glob for whole ids as in `leakgate.yml`, or a part of an id.
        names: The ids there are.

    Returns:
        One or more, in the order of `names`.

    Raises:
        UsageError: None is meant; with the ids that come nearest.
    """
    if asked in names:
        return [asked]
    found = [name for name in names if fnmatchcase(name, asked)] or [name for name in names if asked in name]
    if found:
        return found
    raise UsageError(f"there is no test `{asked}`", remedy=_remedy(asked, names))


def choose_one(asked: str, names: Sequence[str]) -> str:
    """The one test id meant by `asked`, see `choose`.

    Raises:
        UsageError: None is meant, or several are.
    """
    found = choose(asked, names)
    if len(found) > 1:
        raise UsageError(f"`{asked}` is {len(found)} tests", remedy=f"name one of them: {_listed(found)}")
    return found[0]


def _remedy(asked: str, names: Sequence[str]) -> str:
    """What was probably meant: an id spelled like it, or one whose end is, behind the binary or the module."""
    near = difflib.get_close_matches(asked, names, _NEAR)
    for ends in ([name.partition(" ")[2] for name in names], [re.split("::| ", name)[-1] for name in names]):
        close = set(difflib.get_close_matches(asked, ends, _NEAR))
        near += [name for name, end in zip(names, ends, strict=True) if end in close and name not in near]
    if near:
        return f"did you mean {_listed(near)}?"
    return f"there are {len(names)} tests: {_listed(names)}" if names else "no test has been measured yet"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NEAR} more" if len(names) > _NEAR else ""
    return ", ".join(f"`{name}`" for name in names[:_NEAR]) + more
