"""A job's key: it tells the job's comment, check run and baselines from those of other jobs."""

from urllib.parse import quote

from leakgate.errors import UsageError

_LONGEST = 200
"""Characters of a key as it stands in the comment's marker, percent-encoded."""


def is_key(text: str) -> bool:
    """Whether a job can have this key."""
    return text.isprintable() and 0 < len(quote(text, safe="")) <= _LONGEST


def check_key(key: str) -> None:
    """Refuse early what a later step, or the second stage for forks, could not use.

    Raises:
        UsageError: The key is empty, too long, or cannot be printed.
    """
    if not is_key(key):
        raise UsageError(
            f"this cannot be a job's key: {key[:_LONGEST]!r}",
            remedy=f"give the action a `key` of 1 to {_LONGEST} characters, without line ends and the like; "
            "what is no letter or digit of ASCII counts as 3 or more",
        )
