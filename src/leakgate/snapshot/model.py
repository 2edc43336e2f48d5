"""A snapshot: everything measured in one run of a suite, small enough to store."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from leakgate.dhat.frames import ClassifiedFrame
from leakgate.dhat.profile import Count, Metric

MOST_SHARDS = 1000
"""Of one suite. GitHub's matrix has 256 jobs at most."""

Line = Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]
ShardNumber = Annotated[int, msgspec.Meta(ge=1, le=MOST_SHARDS)]
Commit = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")]


class Site(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Program points of one test merged under one identity that survives rebuilds.

    Attributes:
        chain: The identity: normalised names of the user's functions on the stack, innermost first, without
            repetition. Without any user function: the outermost dependency function alone.
        function: The innermost user function, the one to look at.
        file: Its source file, relative to the repository's root where it could be resolved.
        line: The line in `file`, 1-based.
        counts: Metric → value, summed over the program points merged here.
        stack: The heaviest program point's stack, innermost frame first. Stored in a shard's part alone.
    """

    chain: tuple[str, ...]
    function: str
    file: str | None = None
    line: Line | None = None
    counts: Mapping[Metric, Count]
    stack: tuple[ClassifiedFrame, ...] = ()


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What one metric came to in several runs of a test.

    Attributes:
        runs: How many measured it.
        lowest: Its lowest value.
        highest: Its highest value.
    """

    runs: Annotated[int, msgspec.Meta(ge=1)]
    lowest: Count
    highest: Count


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one test allocated.

    Attributes:
        test: The test id, `<binary id> <test name>` as cargo-nextest writes it.
        units: What `*-bytes` and `*-blocks` count: `["bytes", "blocks"]` but for ad hoc profiles.
        metrics: Metric → total. A metric that is absent was not measured, which is not 0.
        sites: The sites that hold the memory, no two with the same chain. Their counts may add up to less than
            `metrics`, never to more.
        spread: Metric → what it came to in all runs, where there were several; `metrics` has their statistic.
    """

    test: str
    units: tuple[str, str] = ("bytes", "blocks")
    metrics: Mapping[Metric, Count]
    sites: tuple[Site, ...] = ()
    spread: Mapping[Metric, Spread] = {}


class Shard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which part of a sharded suite a snapshot is, and what its run had to say to the job that joins the parts.

    Attributes:
        number: Of this shard, from 1.
        of: How many shards the suite is cut into.
        command: What was run, without its partition.
        reasons: Why the tests failed that the snapshot calls failed: test id → words.
        problems: What makes the measurement too thin for any verdict; sentences.
        notes: What else the reader should know; sentences.
    """

    number: ShardNumber
    of: ShardNumber
    command: str | None = None
    reasons: Mapping[str, str] = {}
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything measured in one run of a suite.

    Attributes:
        version: Of the stored form (`leakgate schema snapshot`).
        commit: The full hash of the commit that was measured, if it was in git.
        fingerprint: What must be equal for two snapshots to be comparable.
        tests: One measurement a test, sorted by test id.
        unmeasured: Ids of the tests that ran and wrote no profile.
        failed: Ids of the tests that failed: what they held says nothing, and such a run is no baseline.
        shard: Which part of a suite this is; None for a whole one. A part is no baseline.
    """

    version: int = 1
    commit: Commit | None = None
    fingerprint: Mapping[str, str]
    tests: tuple[Measurement, ...]
    unmeasured: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    shard: Shard | None = None
