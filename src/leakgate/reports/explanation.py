"""What `leakgate explain` tells of one test, whatever it is printed as."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from leakgate.comparison.residual import residual
from leakgate.comparison.result import METRIC_NAMES, Side, SiteResult, Status, TestResult
from leakgate.dhat.profile import Metric
from leakgate.reports.sites import BLOCKS
from leakgate.reports.untrusted import plain
from leakgate.reports.words import CROSSED, amount, change, plural
from leakgate.reports.yaml_text import exactly, key, quoted
from leakgate.snapshot.model import Site

_HELD_SHOWN = 30
"""Sites of a test that crossed nothing."""

_COMMAND = 1000
"""Characters of a command that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One test of one result.

    Attributes:
        test: The test; with sites if it crossed a limit.
        held: What it is made of, where it did not, and that is known.
        base: Where the baseline comes from; None when there was none.
        head: Where this run comes from.
        command: What runs this test, alone if that is known; None for stored snapshots.
        until: Until when proposed rules hold.
    """

    test: TestResult
    held: tuple[Site, ...]
    base: Side | None
    head: Side
    command: str | None
    until: date

    @property
    def is_judged(self) -> bool:
        """Whether the sites are those of a test that crossed a limit, with their causes."""
        return any(site.function for site in self.test.sites)

    @property
    def is_compared(self) -> bool:
        """Whether the sites have figures of both sides."""
        return self.is_judged and any(row.base is not None for row in self.test.metrics.values())

    @property
    def introduction(self) -> str:
        """What the sites are, before they are listed."""
        sites = len(self.sites)
        if not sites:
            return "No limit was crossed, and no snapshot beside the result names a site of this test."
        if not self.is_judged:
            return f"No limit was crossed. Its {plural(sites, 'largest site')}:"
        if any(row.grown for row in self.test.metrics.values()):
            return f"{plural(sites, 'site')} grew, leaks first:"
        return f"Too large, and not by growth. Its {plural(sites, 'largest site')}:"

    @property
    def sites(self) -> tuple[SiteResult, ...]:
        """All that have a name: leaks first, or else the largest first."""
        if self.is_judged:
            return tuple(site for site in self.test.sites if site.function)
        by_size = sorted(self.held, key=_size, reverse=True)
        return tuple(_as_result(site) for site in by_size[:_HELD_SHOWN])

    @property
    def rest(self) -> SiteResult:
        """What these leave over of the test's figures."""
        return residual(self.sites, self.test.metrics)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to try next.

    Attributes:
        why: What it is good for; ends with a colon.
        text: What to type, or to copy into leakgate.yml.
        is_yaml: Whether it is the latter.
    """

    why: str
    text: str
    is_yaml: bool = False


def figures(site: SiteResult, told: Explanation) -> Iterator[tuple[str, str, str, str]]:
    """For each kind of bytes of a site: its name, both sides with their blocks, the change."""
    for metric, blocks in BLOCKS.items():
        if metric not in told.test.metrics:
            continue
        base, head = (
            _with_blocks(counts.get(metric, 0), counts.get(blocks), metric, told.test)
            for counts in (site.base, site.head)
        )
        delta = change(site.delta.get(metric), metric, told.test.units)
        yield METRIC_NAMES[metric], base if told.is_compared else "", head, delta if told.is_compared else ""


def is_worth_a_line(site: SiteResult, told: Explanation) -> bool:
    """Whether what is left over is anything."""
    sides = (site.base, site.head, site.delta) if told.is_compared else (site.head,)
    return any(counts.get(metric) for counts in sides for metric in BLOCKS)


def hints(told: Explanation) -> Iterator[Hint]:
    """What to try next: change the code, look at the test's past, and the rules for growth that is meant."""
    name = told.test.name
    if told.command:
        # No `leakgate check` of one test: to it the others of the baseline are missing, which is an error.
        command = plain(told.command, _COMMAND)
        tried = (f"leakgate profile --output {file} -- {command}" for file in ("before.json", "after.json"))
        yield Hint(
            "See what a change of the code does to it, measured before and after:",
            "\n".join((*tried, "leakgate compare before.json after.json")),
        )
    yield _to_type("See its figures from commit to commit:", f"leakgate history {shlex.quote(name)}")
    if told.test.status not in CROSSED:
        return
    yield _to_type(
        "Find the commit that it came with:", f"leakgate bisect --good {_good(told.base)} {shlex.quote(name)}"
    )
    crossed = [
        (metric, row.head)
        for metric, row in told.test.metrics.items()
        if row.status is not Status.PASS and row.head is not None
    ]
    if crossed and told.test.status is not Status.ACCEPTED:
        up_to = ", ".join(f"{key(metric)}: {_ceiling(head, metric, told.test)}" for metric, head in crossed)
        accept = (
            f"accept:\n  - test: {quoted(exactly(name))}\n    up-to: {{{up_to}}}\n"
            f'    reason: "say why this is meant"\n    expires: {told.until}'
        )
        yield Hint("If the growth is meant, in leakgate.yml:", accept, is_yaml=True)
    if told.sites:
        ignore = (
            f"ignore:\n  - frame: {quoted(exactly(told.sites[0].function or ''))}\n"
            f'    reason: "say why this does not count"\n    expires: {told.until}'
        )
        yield Hint("If the first site is not to count in any test, in leakgate.yml:", ignore, is_yaml=True)


def _to_type(why: str, command: str) -> Hint:
    return Hint(why, plain(command, _COMMAND))


def _with_blocks(value: int, blocks: int | None, metric: Metric, test: TestResult) -> str:
    size = amount(value, metric, test.units)
    return size if blocks is None else f"{size} in {amount(blocks, BLOCKS[metric], test.units)}"


def _as_result(site: Site) -> SiteResult:
    return SiteResult(
        function=site.function,
        file=site.file,
        line=site.line,
        cause=None,
        forgets=site.forgets,
        base={},
        head=site.counts,
        delta={},
        stack=(),
    )


def _size(site: Site) -> list[int]:
    return [site.counts.get(metric, 0) for metric in (Metric.T_GMAX_BYTES, Metric.T_END_BYTES, Metric.TOTAL_BYTES)]


def _good(base: Side | None) -> str:
    return base.commit[:12] if base and base.commit else "COMMIT"


def _ceiling(head: int, metric: Metric, test: TestResult) -> str:
    """The least round value that accepts `head`."""
    if metric not in BLOCKS or test.units[0] != "bytes":
        return str(head)
    return f"{-(-head // 1024)} KiB"
