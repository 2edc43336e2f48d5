"""The options of `cargo nextest run` (0.9.148), as far as leakgate has to know them."""

import re
from types import MappingProxyType

from leakgate.errors import UsageError
from leakgate.profilers.cargo.words import Grammar

GRAMMAR = Grammar(
    frozenset(
        {
            "--archive-file",
            "--archive-format",
            "--bench",
            "--bin",
            "--binaries-metadata",
            "--build-dir-remap",
            "--build-jobs",
            "--cargo-message-format",
            "--cargo-metadata",
            "--cargo-profile",
            "--color",
            "--config",
            "--config-file",
            "--debugger",
            "--example",
            "--exclude",
            "--extract-to",
            "--failure-output",
            "--features",
            "--filter-expr",
            "--filterset",
            "--final-status-level",
            "--flaky-result",
            "--jobs",
            "--manifest-path",
            "--max-fail",
            "--max-progress-running",
            "--message-format",
            "--message-format-version",
            "--no-tests",
            "--package",
            "--partition",
            "--platform-filter",
            "--profile",
            "--rerun",
            "--retries",
            "--run-ignored",
            "--show-progress",
            "--status-level",
            "--stress-count",
            "--stress-duration",
            "--success-output",
            "--target",
            "--target-dir",
            "--target-dir-remap",
            "--test",
            "--test-threads",
            "--tool-config-file",
            "--tracer",
            "--user-config-file",
            "--workspace-remap",
            "-E",
            "-F",
            "-P",
            "-R",
            "-Z",
            "-j",
            "-p",
        }
    )
)

FAIL_FAST = ("--fail-fast", "--ff", "--max-fail", "--no-fail-fast", "--nff")
"""What says when to stop; they exclude one another."""

RUN_ONLY = (
    *FAIL_FAST,
    "--cargo-message-format",
    "--failure-output",
    "--final-status-level",
    "--flaky-result",
    "--hide-progress-bar",
    "--jobs",
    "--max-progress-running",
    "--message-format",
    "--message-format-version",
    "--no-capture",
    "--no-input-handler",
    "--no-output-indent",
    "--no-tests",
    "--nocapture",
    "--retries",
    "--status-level",
    "--success-output",
    "--test-threads",
    "-j",
)
"""What `cargo nextest list` does not take, or what would change its output."""

INSTALLATION = "https://nexte.st/docs/installation/pre-built-binaries/"
BUILD_FAILED = 101
TESTS_FAILED = 100
_EXITS = MappingProxyType(
    {
        4: "it had no tests to run",
        92: "the project asks for another version of it",
        94: "it does not understand a filterset",
        96: "it could not be set up",
        100: "a test has failed that is not measured",
        101: "the tests could not be built",
        102: "`cargo metadata` failed",
        104: "a test binary could not list its tests",
        105: "a setup script failed",
    }
)
"""https://docs.rs/nextest-metadata/latest/nextest_metadata/enum.NextestExitCode.html"""

_PREBUILT = "what was built without leakgate cannot be measured"
_ALONE = "it is for one test, watched by hand"
_OVER_AND_OVER = "it runs each test over and over, and one run of each is measured"

REFUSED = MappingProxyType(
    {
        "--archive-file": _PREBUILT,
        "--binaries-metadata": _PREBUILT,
        "--cargo-metadata": _PREBUILT,
        "--debugger": _ALONE,
        "--help": "it runs no tests, so nothing can be measured",
        "--no-run": "it runs no tests, so nothing can be measured",
        "--rerun": "it runs what failed the last time only",
        "--stress-count": _OVER_AND_OVER,
        "--stress-duration": _OVER_AND_OVER,
        "--tracer": _ALONE,
        "-R": "it runs what failed the last time only",
        "-h": "it runs no tests, so nothing can be measured",
    }
)


def partition(value: str) -> tuple[int, int]:
    """Read a `--partition`: `hash:1/2` is (1, 2).

    Raises:
        UsageError: It is none that nextest knows.
    """
    kind, _, fraction = value.partition(":")
    part, _, count = fraction.partition("/")
    known = kind in {"hash", "slice", "count"} and part.isdecimal() and count.isdecimal()
    if not known or not 1 <= int(part) <= int(count):
        raise UsageError(
            f"`--partition {value}` is none", remedy="write `hash:1/2`, with a part from 1 on and their number"
        )
    return int(part), int(count)


def choosing(binary: str, name: str) -> tuple[str, ...]:
    """The option that chooses one test; none for a name that would need quoting in a filterset."""
    if not re.fullmatch(r"[\w:-]+", name) or not re.fullmatch(r"[\w:/-]+", binary):
        return ()
    return ("-E", f"binary_id(={binary}) & test(={name})")


def exited(code: int) -> str:
    """An exit code of nextest's in words."""
    why = _EXITS.get(code)
    return f"cargo nextest exited with {code}" + (f": {why}" if why else "")
