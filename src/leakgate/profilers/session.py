"""One run of a profiler: where its commands run, and what is asked of cargo and rustc before any test runs."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo import nextest
from leakgate.profilers.cargo.build import Build, Metadata, read_build, read_nextest_build
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.process import ProcessRunner
from leakgate.profilers.suite import OutputLine, Progress, SuiteRequest


class Session:
    """Runs commands in the place that was asked for."""

    def __init__(self, request: SuiteRequest, progress: Progress, start: ProcessRunner) -> None:
        self.request = request
        self.progress = progress
        self.start = start

    def line(self, text: str) -> None:
        self.progress(OutputLine(text))

    def report(
        self, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> tuple[int, list[str]]:
        """Run a command; its messages for people are progress. Returns: its exit code and standard output."""
        lines: list[str] = []
        where = cwd or self.request.cwd
        variables = self.request.env if env is None else env
        return self.start(argv, cwd=where, env=variables, on_line=self.line, on_stdout=lines.append), lines

    def output(self, argv: Sequence[str], *, cwd: Path | None = None) -> str:
        """The standard output of a command that must succeed."""
        code, lines = self.report(argv, cwd=cwd)
        if code != 0:
            where = str(cwd or self.request.cwd)
            raise MeasurementError(f"`{shlex.join(argv)}` failed", where=where, remedy="see its message above")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The compiler that cargo will use.

    Attributes:
        rustc: The words that start it.
        verbose: All that `rustc -vV` says.
        release: Its release with its commit, for the fingerprint: `1.95.0 (59807616e)`.
        host: The triple that it runs on.
    """

    rustc: tuple[str, ...]
    verbose: str
    release: str
    host: str


def toolchain(asked: CargoCommand, session: Session, program: str | None = None) -> Toolchain:
    """Ask the compiler who it is.

    Args:
        asked: Whose `+toolchain` counts.
        session: Whose RUSTC counts.
        program: The compiler that the project's configuration names.
    """
    rustc = (session.request.env.get("RUSTC") or program or "rustc", *asked.toolchain)
    verbose = session.output((*rustc, "-vV"), cwd=asked.directory(session.request.cwd))
    facts = dict(re.findall(r"^([\w-]+): (.*)$", verbose, re.MULTILINE))
    commit = facts.get("commit-hash", "unknown")
    release = f"{facts.get('release', 'unknown')} ({commit[:9]})"
    return Toolchain(rustc, verbose, release, facts.get("host", "unknown"))


def compile_suite(
    asked: CargoCommand, metadata: Metadata, session: Session, env: Mapping[str, str] | None = None
) -> Build:
    """Compile, so that the binaries are known by name before they run.

    Raises:
        MeasurementError: It does not compile.
    """
    code, messages = session.report(asked.build(), env=env)
    if code != 0:
        shown = shlex.join(session.request.command)
        raise _could_not(asked, code, shown, session)
    return read_nextest_build(messages) if asked.verb is Verb.NEXTEST else read_build(messages, metadata)


def _could_not(asked: CargoCommand, code: int, shown: str, session: Session) -> MeasurementError:
    above = "see its messages above"
    if asked.verb is not Verb.NEXTEST or (code == nextest.BUILD_FAILED and _has_nextest(asked, session)):
        return MeasurementError("cargo could not build the tests", where=shown, remedy=above)
    if code != nextest.BUILD_FAILED:
        return MeasurementError(nextest.exited(code), where=shown, remedy=above)
    return MeasurementError("cargo-nextest is not installed", where=shown, remedy=f"see {nextest.INSTALLATION}")


def _has_nextest(asked: CargoCommand, session: Session) -> bool:
    code, _ = session.report((*asked.program, "nextest", "--version"))
    return code == 0
