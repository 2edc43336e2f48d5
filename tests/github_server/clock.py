"""Time that passes only when somebody waits."""

from dataclasses import dataclass, field

from leakgate.github.patience import Patience


@dataclass
class Clock:
    """A clock to be patient with.

    Attributes:
        now: Seconds since the epoch.
        slept: Every wait, in seconds.
    """

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, *, between_writes: float = 0.0, chance: float = 1.0) -> Patience:
        """A client's usual patience by this clock, without the pause between writes."""
        return Patience(
            between_writes=between_writes,
            sleep=self.sleep,
            monotonic=lambda: self.now,
            now=lambda: self.now,
            chance=lambda: chance,
        )
