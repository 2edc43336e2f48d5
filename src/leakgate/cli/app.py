"""The command line: the verbs put together, and how a run of one ends.

A verb reads arguments, calls one function, prints and exits. Modules are imported inside the verbs that need them:
`leakgate --version` answers at once.
"""

import os
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from leakgate import __version__
from leakgate.cli import baselines, describing, explaining, measuring, over_time, publishing, starting
from leakgate.cli.options import RAW_ARGUMENTS
from leakgate.cli.streams import annotate, note
from leakgate.errors import LeakgateError, UsageError

if TYPE_CHECKING:
    from types import FrameType

app = typer.Typer(
    name="leakgate",
    help="The memory gate for Rust in CI: profile a test suite's heap, compare it with a baseline, name the line "
    "that grew.",
    epilog="Exit codes: 0 pass or no baseline yet · 1 a limit was crossed · 2 bad usage, config or input · "
    "3 tests failed or nothing was measured · 4 git, store or GitHub trouble · 70 a bug of leakgate · "
    "130 interrupted.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(context_settings=RAW_ARGUMENTS)(measuring.check)
app.command(context_settings=RAW_ARGUMENTS)(measuring.profile)
app.command(context_settings=RAW_ARGUMENTS)(measuring.calibrate)
app.command()(measuring.compare)
app.command()(explaining.explain)
app.add_typer(baselines.app, name="baseline")
app.command()(over_time.history)
app.command()(over_time.bisect)
app.command(hidden=True)(over_time.bisect_step)
app.command()(publishing.prepare)
app.command()(publishing.publish)
app.command(context_settings=RAW_ARGUMENTS)(starting.doctor)
app.command()(starting.init)
app.command()(describing.schema)
app.command()(measuring.demo)

_BUG = 70
_INTERRUPTED = 130


@app.callback()
def root(
    *,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and exit.")] = False,
) -> None:
    """Print the version, or go on to the verb."""
    if version:
        typer.echo(f"leakgate {__version__}")
        raise typer.Exit


def main() -> NoReturn:
    """Run the command line. Failures are a short message on standard error and an exit code, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    _prepare_streams()
    try:
        code = app(standalone_mode=False) or 0
        if code == _INTERRUPTED:  # typer makes this of a KeyboardInterrupt
            note("interrupted: nothing was compared")
    except TyperException as error:
        note(f"error: {error.format_message()}\n  help: leakgate --help, or leakgate VERB --help")
        code = UsageError.exit_code
    except LeakgateError as error:
        note(f"error: {error}")
        annotate(error)
        code = error.exit_code
    except Exception as error:
        if os.environ.get("LEAKGATE_DEBUG") == "1":
            raise
        note(f"error: a bug of leakgate {__version__}: {type(error).__name__}: {error}")
        note("  help: run it again with LEAKGATE_DEBUG=1 and report what it prints")
        code = _BUG
    sys.exit(code)


def _prepare_streams() -> None:
    """Make the standard streams ones that can always be written to."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without `Δ` still gets the figures


def _interrupt(_signal: int, _frame: "FrameType | None") -> None:
    raise KeyboardInterrupt
