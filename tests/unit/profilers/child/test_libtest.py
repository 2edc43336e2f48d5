import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.profilers.child import libtest
from leakgate.profilers.child.libtest import Options


def options(arguments: str, environment: dict[str, str] | None = None) -> dict[str, object] | str:
    """What differs from no arguments at all; or what is refused."""
    parsed = libtest.parse(arguments.split(), environment or {})
    if isinstance(parsed, str):
        return parsed
    plain = Options()
    return {
        name: getattr(parsed, name) for name in Options.__slots__ if getattr(parsed, name) != getattr(plain, name)
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", {}),
        ("put get --exact", {"selection": ["put", "get", "--exact"]}),
        ("--skip a --skip=b c", {"selection": ["--skip", "a", "--skip", "b", "c"]}),
        ("-- --list", {"selection": ["--list"]}),
        ("--ignored", {"ignored": True}),
        ("--include-ignored", {"include_ignored": True}),
        ("-q", {"quiet": True}),
        ("--format terse", {"quiet": True}),
        ("--format=pretty", {}),
        ("--no-capture", {"nocapture": True}),
        ("--nocapture --show-output", {"nocapture": True, "show_output": True}),
        ("--test-threads 1 --test-threads=8 --color=always --test", {}),
        ("--shuffle --shuffle-seed 7", {}),
        ("--list", "--list"),
        ("--bench", "--bench"),
        ("--format json", "--format json"),
        ("--logfile=x", "--logfile=x"),
        ("--no-such-option", "--no-such-option"),
        ("--skip", "--skip"),
        ("--ignored --include-ignored", "--ignored with --include-ignored"),
    ],
)
def test_arguments(arguments: str, expected: dict[str, object] | str) -> None:
    assert options(arguments) == expected


@pytest.mark.parametrize(("value", "expected"), [("1", {"nocapture": True}), ("0", {})])
def test_capture_can_be_switched_off_in_the_environment(value: str, expected: dict[str, object]) -> None:
    assert options("", {"RUST_TEST_NOCAPTURE": value}) == expected


def test_a_listing_names_tests_and_benchmarks() -> None:
    listing = "tests::größe: test\nbig: benchmark\nsome log line: here\n\n3 tests, 1 benchmark\n".encode()

    assert libtest.listed(listing) == ["tests::größe", "big"]


def test_why_tests_are_ignored() -> None:
    output = (
        b"\nrunning 3 tests\ntest a ... ignored\ntest b - should panic ... ignored, needs a network ... ignored\n"
        b"other ... ignored\n\ntest result: ok. 0 passed\n"
    )

    assert libtest.ignore_reasons(output) == {"a": "ignored", "b": "ignored, needs a network ... ignored"}


HEAD = b"\nrunning 1 test\ntest t::a ... "
OK = b"ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\n"
FAILED = (
    b"FAILED\n\nfailures:\n\nfailures:\n    t::a\n\n"
    b"test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\n"
)


@pytest.mark.parametrize(
    ("ending", "output", "reason", "body"),
    [
        (None, HEAD + OK, None, b""),
        (None, HEAD + b"hello\n" + OK + b"bye\n", None, b"hello\nbye\n"),
        (None, HEAD + b"no line end" + OK, None, b"no line end"),
        ("exited with 101", HEAD + b"why\n" + FAILED, "failed", b"why\n"),
        (None, HEAD + b"half", "exited before the test ended", b"half"),
        (None, b"", "exited before the test ended", b""),
        (None, HEAD + FAILED, "exited before the test ended", b""),
        ("killed by SIGABRT", HEAD + b"half", "killed by SIGABRT", b"half"),
        ("exited with 1", HEAD + OK, "exited with 1", b""),
        ("exited with 101", b"cannot load libx.so\n", "exited with 101", b"cannot load libx.so\n"),
    ],
)
def test_how_a_test_ended(ending: str | None, output: bytes, reason: str | None, body: bytes) -> None:
    outcome = libtest.read_outcome("t::a", ending, output)

    assert (outcome.label, outcome.reason, outcome.body) == ("t::a", reason, body)


def test_a_test_that_should_panic_is_shown_as_libtest_shows_it() -> None:
    outcome = libtest.read_outcome("t::a", None, HEAD.replace(b" ...", b" - should panic ...") + b"boom\n" + OK)

    assert (outcome.label, outcome.reason, outcome.body) == ("t::a - should panic", None, b"boom\n")


pieces = st.lists(
    st.sampled_from([HEAD, OK, FAILED, b"ok\n", b"\n", b"test result: ok. 1 passed; 0 failed; "]) | st.binary()
)


@given(printed=pieces, passed=st.booleans())
def test_whatever_a_test_prints_it_is_judged_by_its_end_and_loses_none_of_it(
    printed: list[bytes], passed: bool
) -> None:
    body = b"".join(printed)

    outcome = libtest.read_outcome(
        "t::a", None if passed else "exited with 101", HEAD + body + (OK if passed else FAILED)
    )

    assert outcome.reason == (None if passed else "failed")
    assert outcome.body == body


@given(output=st.binary() | pieces.map(b"".join), ending=st.sampled_from(["exited with 1", "killed by SIGSEGV"]))
def test_a_process_that_ended_badly_never_passes(output: bytes, ending: str) -> None:
    assert libtest.read_outcome("t::a", ending, output).reason == ending
