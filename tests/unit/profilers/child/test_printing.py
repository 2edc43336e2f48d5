from io import BytesIO

from leakgate.profilers.child.libtest import Options, Outcome
from leakgate.profilers.child.printing import Printer, Tally


def printed(**asked: bool) -> str:
    """The report of one binary: a test that passed, two that failed and one that was ignored."""
    options = Options()
    for name, value in asked.items():
        setattr(options, name, value)
    tally = Tally(filtered=4)
    tally.passed, tally.failed, tally.ignored = 1, 2, 1
    out = BytesIO()
    printer = Printer(out.write, options, 4)
    printer.ignored("slow", "ignored, takes an hour")
    printer.ended(Outcome("z - should panic", "failed", b"did not panic\n"))
    printer.ended(Outcome("fine", None, b"all is fine\n"))
    printer.ended(Outcome("half", "killed by SIGABRT", b"no line end"))
    printer.close(tally, 1.239)
    return out.getvalue().decode()


SUMMARY = """\
failures:
    half
    z

test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 1.24s

"""


def test_pretty() -> None:
    assert (
        printed()
        == f"""
running 4 tests
test slow ... ignored, takes an hour
test z - should panic ... FAILED
test fine ... ok
test half ... FAILED (killed by SIGABRT)

failures:

---- z stdout ----
did not panic

---- half stdout ----
no line end


{SUMMARY}"""
    )


def test_quiet() -> None:
    assert (
        printed(quiet=True)
        == f"""
running 4 tests
iF.F

failures:

---- z stdout ----
did not panic

---- half stdout ----
no line end


{SUMMARY}"""
    )


def test_nocapture() -> None:
    assert (
        printed(nocapture=True)
        == f"""
running 4 tests
test slow ... ignored, takes an hour
did not panic
test z - should panic ... FAILED
all is fine
test fine ... ok
no line end
test half ... FAILED (killed by SIGABRT)

failures:

{SUMMARY}"""
    )


def test_show_output() -> None:
    assert (
        printed(show_output=True)
        == f"""
running 4 tests
test slow ... ignored, takes an hour
test z - should panic ... FAILED
test fine ... ok
test half ... FAILED (killed by SIGABRT)

successes:

---- fine stdout ----
all is fine


successes:
    fine

failures:

---- z stdout ----
did not panic

---- half stdout ----
no line end


{SUMMARY}"""
    )


def test_one_test_that_passed() -> None:
    out = BytesIO()
    tally = Tally(filtered=0)
    tally.passed = 1
    printer = Printer(out.write, Options(), 1)
    printer.ended(Outcome("t", None, b"unseen"))
    printer.close(tally, 0)

    assert (
        out.getvalue().decode()
        == """
running 1 test
test t ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

"""
    )


def test_quiet_lines_are_as_long_as_libtests() -> None:
    out = BytesIO()
    options = Options()
    options.quiet = True
    printer = Printer(out.write, options, 90)
    for _ in range(90):
        printer.ended(Outcome("t", None, b""))

    assert out.getvalue().decode() == "\nrunning 90 tests\n" + "." * 88 + "\n.."
