"""What libtest, rustc's own test harness, understands and prints.

The runner imports this at every start of a test binary, so it uses little of the standard library: `dataclasses`
and `typing` alone would double the time that takes.
"""

from collections.abc import Iterator, Mapping, Sequence

MARKER = b"RUST_TEST_SHUFFLE"
"""The name of an environment variable that libtest reads: in every binary that links it, stripped or not, and in
no program and no imitation of libtest (looked for in debug, release and stripped builds of rustc 1.95)."""

_FLAGS = frozenset(
    {
        "--exact",
        "--ignored",
        "--include-ignored",
        "--nocapture",
        "--no-capture",
        "--show-output",
        "--quiet",
        "-q",
        "--test",
    }
)
_WITH_VALUE = frozenset({"--test-threads", "--skip", "--color", "--format", "--shuffle-seed"})
_WITHOUT_EFFECT = frozenset({"--shuffle"})  # each test has a process of its own: their order cannot matter


class Options:
    """What the user asked of libtest, after `--`.

    Attributes:
        selection: Arguments that choose tests by name: filters, `--exact`, `--skip`.
        ignored: Only tests with `#[ignore]`.
        include_ignored: Also tests with `#[ignore]`.
        quiet: One character a test.
        nocapture: The output of every test, at once.
        show_output: The output of passed tests too, at the end.
    """

    __slots__ = ("ignored", "include_ignored", "nocapture", "quiet", "selection", "show_output")

    def __init__(self) -> None:
        self.selection: list[str] = []
        self.ignored = False
        self.include_ignored = False
        self.quiet = False
        self.nocapture = False
        self.show_output = False


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options | str:
    """Read libtest's arguments.

    Returns:
        The options; or the argument that cannot be honoured with one process a test (`--list`, `--format json`,
        unknown ones), for which the binary must be run as it is.
    """
    options = Options()
    options.nocapture = environment.get("RUST_TEST_NOCAPTURE", "0") != "0"
    rest = iter(arguments)
    for argument in rest:
        refused = _read_option(options, argument, rest)
        if refused is not None:
            return refused
    if options.ignored and options.include_ignored:
        return "--ignored with --include-ignored"
    return options


def _read_option(options: Options, argument: str, rest: Iterator[str]) -> str | None:
    """Enter one argument. Returns: what cannot be honoured."""
    if argument == "--":
        options.selection += list(rest)
    elif not argument.startswith("-") or argument == "-":
        options.selection.append(argument)
    elif argument in _FLAGS:
        _set_flag(options, argument)
    elif argument not in _WITHOUT_EFFECT:
        name, has_value, value = argument.partition("=")
        following = value if has_value else next(rest, None) if name in _WITH_VALUE else None
        if name not in _WITH_VALUE or following is None:
            return argument
        if name == "--skip":
            options.selection += ["--skip", following]
        elif name == "--format":
            options.quiet = following == "terse"
            return None if following in {"pretty", "terse"} else f"--format {following}"
    return None


def _set_flag(options: Options, flag: str) -> None:
    if flag == "--exact":
        options.selection.append(flag)
    elif flag in {"--quiet", "-q"}:
        options.quiet = True
    elif flag in {"--nocapture", "--no-capture"}:
        options.nocapture = True
    elif flag != "--test":
        setattr(options, flag[2:].replace("-", "_"), True)


def listed(listing: bytes) -> list[str]:
    """The names in the output of `--list --format terse`. Benchmarks run as tests do."""
    names = []
    for line in listing.decode(errors="surrogateescape").splitlines():
        name, _, kind = line.rpartition(": ")
        if kind in {"test", "benchmark"}:
            names.append(name)
    return names


def ignore_reasons(output: bytes) -> dict[str, str]:
    """Names of ignored tests → what libtest says of each: `ignored`, `ignored, needs a network`."""
    reasons = {}
    for line in output.decode(errors="surrogateescape").splitlines():
        name, found, word = line.removeprefix("test ").partition(" ... ignored")
        if found and line.startswith("test "):
            reasons[name.removesuffix(" - should panic")] = "ignored" + word
    return reasons


class Outcome:
    """How one test, run alone with `--nocapture`, ended.

    Attributes:
        label: The test's name as libtest shows it, perhaps with ` - should panic`.
        reason: Why it failed, in words; None if it passed.
        body: What the test itself printed, without libtest's own lines.
    """

    __slots__ = ("body", "label", "reason")

    def __init__(self, label: str, reason: str | None, body: bytes) -> None:
        self.label = label
        self.reason = reason
        self.body = body


_PASSED = b"ok\n\ntest result: ok. 1 passed; 0 failed; "
_FAILED = b"FAILED\n\nfailures:\n\nfailures:\n    "


def read_outcome(name: str, ending: str | None, output: bytes) -> Outcome:
    """Judge one test by its process' end and its output.

    Both must say that it passed: a test that calls `process::exit(0)` ends its process well and did not pass.

    Args:
        name: The test's name.
        ending: How the process ended, in words (`exited with 101`); None for exit code 0.
        output: Everything it wrote, stdout and stderr in the order written.
    """
    label = name
    body = output
    head, found, rest = output.partition(b"test " + name.encode(errors="surrogateescape"))
    if found and head.strip() == b"running 1 test":
        mode, _, body = rest.partition(b" ... ")
        label += mode.decode(errors="replace")
    passed, failed = body.rfind(_PASSED), body.rfind(_FAILED)
    end = max(passed, failed)
    if end >= 0:
        body = body[:end] + _after_summary(body[end:])
    if ending is None:
        return Outcome(label, None if passed > failed else "exited before the test ended", body)
    if failed > passed and ending == "exited with 101":
        return Outcome(label, "failed", body)
    return Outcome(label, ending, body)


def _after_summary(tail: bytes) -> bytes:
    """What came after libtest's last line: written by statics and `atexit`."""
    return tail.partition(b"\ntest result: ")[2].partition(b"\n")[2].removeprefix(b"\n")
