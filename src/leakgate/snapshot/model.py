"""A snapshot: everything measured in one run of a suite, small enough to store."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from leakgate.dhat.frames import ClassifiedFrame
from leakgate.dhat.profile import Count, Metric

MOST_SHARDS = 1000
"""Of one suite. GitHub's matrix has 256 jobs at most."""

Line = Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]
ShardNumber = Annotated[int, msgspec.Meta(ge=1, le=MOST_SHARDS)]
Commit = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")]


class Kind(StrEnum):
    """What a block is, as the library's functions between the allocator and the user's own tell."""

    TASK = "task"
    """The cell of a spawned task, its future in it."""
    BLOCKING_TASK = "blocking-task"
    """The same of a closure that waits for, or runs on, a pool of threads."""
    ARC = "arc"
    RC = "rc"
    LIST = "list"
    """A `Vec`, `String` or the like that was too small and has grown."""
    MAP = "map"
    """A table or a node of a map or set."""
    QUEUE = "queue"
    """The buffer of a channel, or of another queue that a library keeps."""
    THREAD = "thread"
    """What starting a thread takes."""
    RUNTIME = "runtime"
    """A part of an async runtime itself."""


class Within(StrEnum):
    """What ran the code that allocated, where it was not the test's own thread."""

    TASK = "task"
    THREAD = "thread"
    POOL = "pool"


SiteKey = tuple[tuple[str, ...], str]
"""Chain and text: what tells the sites of one test apart."""


class Site(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Program points of one test merged under one identity that survives rebuilds.

    Two sites of one test differ in `chain` or in `text`.

    Attributes:
        chain: The function that the innermost user function called to allocate, then the user's functions,
            innermost first, without repetition, as the source of the measured commit names them. Without any user
            function: the outermost function of a dependency, else of std, alone.
        names: The same as the symbol table names them; empty where that is `chain`.
        text: A digest of the source line that allocates; empty where the source is not known. It tells two calls
            in one function apart, and follows a line that moves.
        function: The innermost user function, the one to look at.
        file: Its source file, relative to the repository's root where it could be resolved.
        line: The line in `file`, 1-based.
        counts: Metric → value, summed over the program points merged here.
        kind: What was allocated; None for a block like any other.
        within: What ran the code; None for the test's own thread.
        once: Whether the initialiser of a static made it: then it is made once in a process.
        starts: Of a task or thread: the simple names of the functions that the source line calls, for
            `spawn(serve(socket))` `serve` and `spawn`.
        forgets: The call, in a user function on the stack, by which Rust code keeps memory for ever: `Box::leak`,
            `mem::forget`, `ManuallyDrop::new`, `into_raw`, …; None where there is none.
        stack: The heaviest program point's stack, innermost frame first. Stored in a shard's part alone.
    """

    chain: tuple[str, ...]
    names: tuple[str, ...] = ()
    text: str = ""
    function: str
    file: str | None = None
    line: Line | None = None
    counts: Mapping[Metric, Count]
    kind: Kind | None = None
    within: Within | None = None
    once: bool = False
    starts: tuple[str, ...] = ()
    forgets: str | None = None
    stack: tuple[ClassifiedFrame, ...] = ()

    @property
    def key(self) -> SiteKey:
        """What no other site of the test shares."""
        return self.chain, self.text


Sketch = tuple[Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)], ...]
"""The smallest hashes of what a text consists of, ascending: the more two texts share, the more alike they are."""


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
        sites: The sites that hold the memory, no two with the same chain and text. Their counts may add up to
            less than `metrics`, never to more.
        spread: Metric → what it came to in all runs, where there were several; `metrics` has their statistic. Of a
            test that ran some more rounds to see how far it moves, also what t-gmax came to in these, and t-end in
            the last of them.
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
        functions: The user's functions in the sites' chains, each with the sketch of its body in the measured
            commit's source: a function that was renamed or moved is found by it.
        shard: Which part of a suite this is; None for a whole one. A part is no baseline.
    """

    version: int = 1
    commit: Commit | None = None
    fingerprint: Mapping[str, str]
    tests: tuple[Measurement, ...]
    unmeasured: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    functions: Mapping[str, Sketch] = {}
    shard: Shard | None = None
