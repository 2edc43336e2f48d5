"""What a profiler leaves behind: the contract between the profilers and the rest of the house."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leakgate.dhat.frames import Workspace


@dataclass(frozen=True, slots=True)
class TestProfile:
    """A DHAT file that one test (or program) wrote.

    Attributes:
        test: The test id, `<binary id> <test name>`; for a program `<binary id>` alone.
        path: Where the file is now: in the run's own directory, never in the user's tree.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    test: str
    path: Path


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed, or a program that did not exit with 0.

    Attributes:
        test: The test id.
        reason: In words: `failed`, `killed by SIGSEGV`, `exited with 7`.
    """

    test: str
    reason: str


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of a suite under a profiler.

    Attributes:
        profiles: One or more DHAT files for each measured test, in the order they ran.
        unmeasured: Ids of tests that passed and wrote no profile, sorted.
        failed: Tests that failed, in the order they ran. Their profiles are not in `profiles`.
        ignored: How many tests were skipped as `#[ignore]`.
        unaccounted: What went wrong outside any test (`cargo exited with 101`), or None.
        fingerprint: Profiler and its version, rustc, target, cargo profile, features, allocator, rounds.
        workspace: What tells the user's frames from the others'.
    """

    profiles: tuple[TestProfile, ...]
    unmeasured: tuple[str, ...]
    failed: tuple[FailedTest, ...]
    ignored: int
    unaccounted: str | None
    fingerprint: Mapping[str, str]
    workspace: Workspace
