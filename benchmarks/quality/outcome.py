"""What came of the zoo: the data behind docs/quality.md, and its stored form, docs/quality.json."""

from collections.abc import Mapping

import msgspec

from leakgate.comparison.result import Cause
from leakgate.dhat.profile import Metric

UNKNOWN = "unknown"
"""In place of a cause: none of those that leakgate knows, or none that it claims."""


class Share(msgspec.Struct, frozen=True):
    """So many of so many."""

    got: int
    of: int

    def __str__(self) -> str:
        """`43 of 44 (97.7 %)`; 100 % and 0 % are never the work of rounding."""
        if not self.of:
            return "0 of 0"
        tenths = self.got * 1000 // self.of if self.got else 0
        tenths = max(tenths, 1) if self.got else 0
        percent = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
        return f"{self.got:,} of {self.of:,} ({percent} %)"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that was crossed.

    Attributes:
        test: The test id.
        metric: What crossed it.
        base: Bytes.
        head: Bytes.
    """

    test: str
    metric: Metric
    base: int | None
    head: int | None


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The site that a report names first."""

    function: str
    file: str | None
    line: int | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What leakgate said of a regression.

    Attributes:
        test: The test id.
        metric: What has to cross its limit.
        least: Bytes that it grows by, at least.
        most: The same, at most.
        growth: Bytes that it grew by; None where that was not measured.
        detected: Whether the test failed, and by this metric.
        named: The first named site, of a test that failed.
        attributed: Whether that is the guilty function, in its file.
        cause: The true one, or `unknown`.
        said: The one that was claimed for that site, or `unknown`.
    """

    test: str
    metric: Metric
    least: int
    most: int
    growth: int | None
    detected: bool
    named: Named | None
    attributed: bool
    cause: str
    said: str

    @property
    def as_stated(self) -> bool:
        """Whether the growth is what `case.toml` says."""
        return self.growth is not None and self.least <= self.growth <= self.most

    @property
    def cause_right(self) -> bool:
        """Also where there is nothing to claim, and nothing is claimed."""
        return self.detected and self.said == self.cause

    @property
    def cause_wrong(self) -> bool:
        """One is claimed, and it is not the true one: worse than none."""
        return self.said not in {UNKNOWN, self.cause}


class Repeats(msgspec.Struct, frozen=True, kw_only=True):
    """An unchanged case that was measured many times, both sides afresh.

    Attributes:
        runs: How many times.
        failed: In how many of them a test of it failed.
        warned: In how many a test of it only warned.
        alarms: The worst alarm of each test that failed.
    """

    runs: int
    failed: int
    warned: int
    alarms: tuple[Alarm, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What leakgate said of a case.

    Attributes:
        case: Its name.
        title: What its change does.
        covers: Which kind of change it stands for.
        found: Of each regression; empty where nothing has grown.
        alarms: Tests that failed and should not have.
        warned: Tests that warned.
        excused: Whether the check says that it did not count a static's first use; None where each test ran more
            than once, so that there was nothing to say, and where `case.toml` names no such test.
        repeats: The same many times; None for a case that regresses, and where it was not asked for.
        miss: Why leakgate does not get it right, where `case.toml` says so.
    """

    case: str
    title: str
    covers: str
    found: tuple[Found, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    warned: tuple[Alarm, ...] = ()
    excused: bool | None = None
    repeats: Repeats | None = None
    miss: str | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the whole.

    Attributes:
        detected: Of the regressions, those that failed by their metric.
        false_alarms: Of all times that a case was judged, those in which a test failed that should not have.
        attributed: Of the regressions, those whose first named site is the guilty function.
        cause_right: Of the regressions, those with the true cause, and those without one of which none is claimed.
        cause_wrong: Of the regressions, those with a cause that is not the true one.
    """

    detected: Share
    false_alarms: Share
    attributed: Share
    cause_right: Share
    cause_wrong: Share


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, as docs/quality.json has it.

    Attributes:
        version: Of this format.
        circumstances: When, of which leakgate, with what and on what.
        repeats: How often the unchanged cases were measured again.
        figures: The figures.
        confusion: Cause said → true cause → how many regressions.
        outcomes: One a case, by name.
    """

    version: int = 1
    circumstances: str
    repeats: int
    figures: Figures
    confusion: Mapping[str, Mapping[str, int]]
    outcomes: tuple[Outcome, ...]


def summarise(outcomes: tuple[Outcome, ...], repeats: int, circumstances: str) -> Quality:
    """Add up what came of the cases."""
    found = [one for outcome in outcomes for one in outcome.found]
    repeated = [outcome.repeats for outcome in outcomes if outcome.repeats]
    false = sum(bool(outcome.alarms) for outcome in outcomes) + sum(one.failed for one in repeated)
    confusion: dict[str, dict[str, int]] = {}
    for one in found:
        row = confusion.setdefault(one.said, {})
        row[one.cause] = row.get(one.cause, 0) + 1
    return Quality(
        circumstances=circumstances,
        repeats=repeats,
        figures=Figures(
            detected=Share(sum(one.detected for one in found), len(found)),
            false_alarms=Share(false, len(outcomes) + sum(one.runs for one in repeated)),
            attributed=Share(sum(one.attributed for one in found), len(found)),
            cause_right=Share(sum(one.cause_right for one in found), len(found)),
            cause_wrong=Share(sum(one.cause_wrong for one in found), len(found)),
        ),
        confusion=confusion,
        outcomes=outcomes,
    )


CAUSES = (*map(str, Cause), UNKNOWN)
"""In the order of tables."""
