"""What `cargo nextest list` says: the test binaries, and which of their tests nextest will run."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from leakgate.errors import MeasurementError


class _Match(msgspec.Struct, frozen=True):
    status: str
    reason: str | None = None


class _Test(msgspec.Struct, frozen=True):
    ignored: bool
    match: _Match = msgspec.field(name="filter-match")


class _Suite(msgspec.Struct, frozen=True, rename="kebab"):
    binary_path: str
    testcases: dict[str, _Test]


class _List(msgspec.Struct, frozen=True, rename="kebab"):
    rust_suites: dict[str, _Suite]


@dataclass(frozen=True, slots=True)
class Plan:
    """The tests that nextest will run, and how many it will not.

    Attributes:
        tests_of: Binary id → names of tests, at least one.
        ignored: How many are left out because they have `#[ignore]`.
        filtered: How many are left out for anything else: a name, an expression, a partition.
    """

    tests_of: Mapping[str, tuple[str, ...]]
    ignored: int
    filtered: int

    def only(self, binaries: Iterable[str], tests: Collection[str] = ()) -> "Plan":
        """The plan without the tests of other binaries, and without other tests, if some are named."""
        kept = {
            binary: tuple(name for name in self.tests_of[binary] if not tests or f"{binary} {name}" in tests)
            for binary in binaries
            if binary in self.tests_of
        }
        return Plan({binary: names for binary, names in kept.items() if names}, self.ignored, self.filtered)

    @property
    def tests(self) -> tuple[str, ...]:
        """The test ids."""
        return tuple(f"{binary} {name}" for binary, names in self.tests_of.items() for name in names)


def read_list(lines: Iterable[str]) -> tuple[dict[str, str], Plan]:
    """Read the list. What a build script printed to the same stream is not ours.

    Returns:
        Path → binary id; and the plan.

    Raises:
        MeasurementError: There is no list in it.
    """
    found = next((line for line in reversed(list(lines)) if line.startswith('{"rust-build-meta"')), "")
    try:
        suites = msgspec.json.decode(found, type=_List).rust_suites
    except msgspec.DecodeError as error:
        raise MeasurementError(
            f"`cargo nextest list` wrote something unexpected: {error}",
            remedy="use cargo-nextest 0.9.148 or newer",
        ) from error
    tests = [test for suite in suites.values() for test in suite.testcases.values()]
    left_out = [test for test in tests if test.match.status != "matches"]
    chosen = {
        binary: tuple(name for name, test in suite.testcases.items() if test.match.status == "matches")
        for binary, suite in suites.items()
    }
    # With `--ignored`, nextest has the same reason for tests that do not have it.
    ignored = sum(test.ignored and test.match.reason == "ignored" for test in left_out)
    return (
        {suite.binary_path: binary for binary, suite in suites.items()},
        Plan({binary: names for binary, names in chosen.items() if names}, ignored, len(left_out) - ignored),
    )
