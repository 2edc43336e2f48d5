"""leakgate.yml: what may grow, and by how much."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one metric may grow. A limit is crossed when `head > maximum`, or when `head > base × ratio` and
    `head - base > min_delta`; with a base of 0 only the bytes decide.

    Attributes:
        ratio: Fails above `base × ratio`; None: growth is not limited.
        warn_ratio: Warns above `base × warn_ratio` without failing.
        min_delta: Growth of at most this many bytes (or blocks) is never reported.
        maximum: Fails above this many bytes (or blocks), also without a baseline.
    """

    ratio: float | None = None
    warn_ratio: float | None = None
    min_delta: int = 0
    maximum: int | None = None
