"""What a person sees on standard error while tests are profiled."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from leakgate.profilers.suite import (
    BinaryStarted,
    Building,
    Note,
    OutputLine,
    Phase,
    Progress,
    ProgressEvent,
    TestEnded,
    TestStarted,
)

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


@contextmanager
def display(stream: TextIO, env: Mapping[str, str]) -> Iterator[Progress]:
    """Show progress on `stream`: a bar on a terminal, folded groups in GitHub Actions, plain lines elsewhere."""
    if env.get("GITHUB_ACTIONS") == "true":
        with _groups(stream) as progress:
            yield progress
    elif stream.isatty() and env.get("TERM") != "dumb":
        with _bar(stream) as progress:
            yield progress
    else:
        yield lambda event: _write(stream, _line(event))


def _line(event: ProgressEvent) -> str | None:
    """One line for what happened; None for what cargo's own output tells already."""
    match event:
        case Building():
            return "leakgate: building the tests"
        case BinaryStarted():
            return f"leakgate: profiling {_one_line(_describe(event))}"
        case OutputLine(text):
            return text
        case Note(text) | Phase(text):
            return f"leakgate: {_one_line(text)}"
        case TestEnded() if event.reason is None and event.profiles == 0:
            return f"leakgate: {_one_line(event.test)} wrote no profile"
        case _:
            return None


def _describe(event: BinaryStarted) -> str:
    tests = f", {event.tests} test{'' if event.tests == 1 else 's'}" if event.tests else ""
    return f"{event.binary} (binary {event.number} of {event.of}{tests})"


def _write(stream: TextIO, line: str | None) -> None:
    if line is None:
        return
    with suppress(OSError):  # nobody reads any more (`2>&1 | head`), which is no reason to stop a run
        stream.write(f"{line}\n")
        stream.flush()


@contextmanager
def _groups(stream: TextIO) -> Iterator[Progress]:
    """Everything that is printed while tests run is folded away, so that the report is what one sees."""
    opened = False

    def progress(event: ProgressEvent) -> None:
        nonlocal opened
        if isinstance(event, Phase | Building | BinaryStarted) and opened:
            _write(stream, "::endgroup::")
            opened = False
        if isinstance(event, Building | BinaryStarted):
            title = "building the tests" if isinstance(event, Building) else f"profiling {_describe(event)}"
            _write(stream, f"::group::leakgate: {_one_line(title)}")
            opened = True
        else:
            _write(stream, _line(event))

    try:
        yield progress
    finally:
        if opened:
            _write(stream, "::endgroup::")


@contextmanager
def _bar(stream: TextIO) -> Iterator[Progress]:
    """A bar from the first event on: what profiles nothing shows nothing."""
    with ExitStack() as stack:
        updates: Progress | None = None

        def progress(event: ProgressEvent) -> None:
            nonlocal updates
            if updates is None:
                updates = _bar_updates(stack.enter_context(_new_bar(stream)))
            updates(event)

        yield progress


def _new_bar(stream: TextIO) -> "Bar":
    from rich import progress as rich  # noqa: PLC0415 - only a person at a terminal waits for it
    from rich.console import Console  # noqa: PLC0415

    return rich.Progress(
        rich.SpinnerColumn(),
        rich.BarColumn(bar_width=24),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
        rich.TextColumn("{task.description}", markup=False),
        console=Console(file=stream, highlight=False),
        transient=True,
    )


def _bar_updates(bar: "Bar") -> Progress:
    from rich.text import Text  # noqa: PLC0415 - loaded by now

    task: TaskID = bar.add_task("starting", total=None)

    def progress(event: ProgressEvent) -> None:
        match event:
            case Building():
                bar.update(task, description="building the tests", total=None)
            case BinaryStarted():
                bar.reset(task, total=event.tests or None, description=_one_line(_describe(event)))
            case TestStarted(test):
                bar.update(task, description=_one_line(test))
            case TestEnded():
                bar.advance(task)
            case OutputLine(text):
                bar.console.print(Text.from_ansi(text), soft_wrap=True)
                return
            case Phase(title):
                bar.update(task, description=_one_line(title), total=None)
            case Note():
                pass
        if isinstance(event, Phase | Note | TestEnded) and (line := _line(event)):
            bar.console.print(line, markup=False, soft_wrap=True)

    return progress


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
