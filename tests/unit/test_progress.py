"""What a person sees while tests are profiled."""

import re
from io import StringIO

import pytest

from leakgate.profilers.suite import (
    BinaryStarted,
    Building,
    Note,
    OutputLine,
    Phase,
    ProgressEvent,
    TestEnded,
    TestStarted,
)
from leakgate.progress import display

STORY: list[ProgressEvent] = [
    Building(),
    OutputLine("   Compiling s3-server v0.1.0"),
    BinaryStarted("s3-server", 1, 2, 2),
    TestStarted("s3-server tests::put"),
    OutputLine("test tests::put ... ok"),
    TestEnded("s3-server tests::put", None, 0.1, 1),
    TestStarted("s3-server tests::key"),
    TestEnded("s3-server tests::key", None, 0.1, 0),
    BinaryStarted("s3-server::api", 2, 2, 1),
    Note("s3-server::api was measured one test at a time"),
    TestStarted("s3-server::api upload"),
    TestEnded("s3-server::api upload", "killed by SIGSEGV", 0.1, 0),
    Phase("measuring 1 test again (1 of 2)"),
    BinaryStarted("s3-server", 1, 1, 1),
    TestStarted("s3-server tests::put"),
    TestEnded("s3-server tests::put", None, 0.1, 1),
]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: StringIO, env: dict[str, str], events: list[ProgressEvent]) -> str:
    with display(stream, env) as progress:
        for event in events:
            progress(event)
    return stream.getvalue()


PLAIN = """\
leakgate: building the tests
   Compiling s3-server v0.1.0
leakgate: profiling s3-server (binary 1 of 2, 2 tests)
test tests::put ... ok
leakgate: s3-server tests::key wrote no profile
leakgate: profiling s3-server::api (binary 2 of 2, 1 test)
leakgate: s3-server::api was measured one test at a time
leakgate: measuring 1 test again (1 of 2)
leakgate: profiling s3-server (binary 1 of 1, 1 test)
"""


def test_plain_lines_where_nobody_watches() -> None:
    assert shown(StringIO(), {}, STORY) == PLAIN


def test_plain_lines_on_a_terminal_that_can_do_no_more() -> None:
    assert shown(Terminal(), {"TERM": "dumb"}, STORY) == PLAIN


def test_in_actions_everything_is_folded_into_groups() -> None:
    assert shown(StringIO(), {"GITHUB_ACTIONS": "true"}, STORY) == (
        "::group::leakgate: building the tests\n"
        "   Compiling s3-server v0.1.0\n"
        "::endgroup::\n"
        "::group::leakgate: profiling s3-server (binary 1 of 2, 2 tests)\n"
        "test tests::put ... ok\n"
        "leakgate: s3-server tests::key wrote no profile\n"
        "::endgroup::\n"
        "::group::leakgate: profiling s3-server::api (binary 2 of 2, 1 test)\n"
        "leakgate: s3-server::api was measured one test at a time\n"
        "::endgroup::\n"
        "leakgate: measuring 1 test again (1 of 2)\n"
        "::group::leakgate: profiling s3-server (binary 1 of 1, 1 test)\n"
        "::endgroup::\n"
    )


def test_a_group_is_closed_whatever_ends_the_run() -> None:
    stream = StringIO()

    with pytest.raises(KeyboardInterrupt), display(stream, {"GITHUB_ACTIONS": "true"}) as progress:
        interrupted(progress(Building()))

    assert stream.getvalue() == "::group::leakgate: building the tests\n::endgroup::\n"


def interrupted(_: object) -> None:
    raise KeyboardInterrupt


def test_where_nothing_is_profiled_nothing_is_shown() -> None:
    assert shown(StringIO(), {}, []) == ""
    assert shown(StringIO(), {"GITHUB_ACTIONS": "true"}, []) == ""
    assert shown(Terminal(), {"TERM": "xterm"}, []) == ""


def lines_on(terminal: str) -> list[str]:
    """The lines that stay on a terminal: without colours, and without the bar, which is drawn over."""
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal)
    bar = re.compile(r"[⠀-⣿]|━")
    return [line for line in re.split(r"[\r\n]+", text) if line.strip() and not bar.search(line)]


def test_a_terminal_keeps_the_lines_and_loses_the_bar() -> None:
    text = shown(Terminal(), {"TERM": "xterm"}, STORY)

    assert lines_on(text) == [
        "   Compiling s3-server v0.1.0",
        "test tests::put ... ok",
        "leakgate: s3-server tests::key wrote no profile",
        "leakgate: s3-server::api was measured one test at a time",
        "leakgate: measuring 1 test again (1 of 2)",
    ]
    assert re.search(r"━+ 1/1 0:00:00 s3-server tests::put", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text))
    assert text.endswith(("\x1b[?25h", "\x1b[2K"))


HOSTILE = "s3 a\n::error::x\r\x1b[2J[red]\u202egnp"


@pytest.mark.parametrize("env", [{}, {"GITHUB_ACTIONS": "true"}])
def test_a_hostile_name_is_one_harmless_line(env: dict[str, str]) -> None:
    events: list[ProgressEvent] = [
        BinaryStarted(HOSTILE, 1, 1, 1),
        Note(HOSTILE),
        TestEnded(HOSTILE, None, 0.1, 0),
    ]

    text = shown(StringIO(), env, events)

    clean = "s3 a�::error::x��[2J[red]�gnp"
    assert [line for line in text.splitlines() if line != "::endgroup::"] == [
        f"{'::group::' if env else ''}leakgate: profiling {clean} (binary 1 of 1, 1 test)",
        f"leakgate: {clean}",
        f"leakgate: {clean} wrote no profile",
    ]


def test_a_hostile_name_does_not_clear_the_terminal() -> None:
    events: list[ProgressEvent] = [
        BinaryStarted(HOSTILE, 1, 1, 1),
        TestStarted(HOSTILE),
        TestEnded(HOSTILE, None, 0.1, 0),
        Note(HOSTILE),
    ]

    text = shown(Terminal(), {"TERM": "xterm"}, events)

    assert "\x1b[2J" not in text
    assert lines_on(text) == [
        "leakgate: s3 a�::error::x��[2J[red]�gnp wrote no profile",
        "leakgate: s3 a�::error::x��[2J[red]�gnp",
    ]


class NobodyReads(StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_stream_that_nobody_reads_does_not_stop_the_run() -> None:
    for env in ({}, {"GITHUB_ACTIONS": "true"}):
        shown(NobodyReads(), env, STORY)
