"""How the harness gets into a project's test targets without an edited line.

Cargo starts our wrapper (`harness/wrapper.rs`) in place of rustc: for all crates, to ask for frame pointers, and
for the workspace's test targets, to add the harness. The wrapper and the harness are compiled once for each
toolchain and each version of their sources, into leakgate's cache.

**The build has a target directory of its own**, `leakgate-build` in the project's. Cargo does not count a wrapper
among what a crate depends on: in one directory, crates with frame pointers and crates without would be taken for
one another, by the user's next build too. The price is that dependencies are compiled once more where they were
compiled already; a CI job in which leakgate takes the place of `cargo test` compiles them once in any case.

**libtest is replaced by name.** In the `main` of a test target rustc writes `extern crate test` and a call of
`test::test_main_static`, and `--extern test=…` says which crate that is. So a test target needs no unstable
attribute, and compiles under `forbid(unstable_features)` and in every edition. RUSTC_BOOTSTRAP is set when the
harness itself is compiled, which uses libtest's unstable interface, and for a test target that imports from a
module of its own called `test`: there `--extern` needs an unstable option. Cargo, build scripts, dependencies and
tests never see it.

**Programs** are another build of the harness, an allocator that measures the process it is in
(`harness/src/program.rs`). Nothing in a program stands for libtest, so it is linked in by an unstable form of
`--extern`, for which that one compilation gets RUSTC_BOOTSTRAP too. Cargo takes the workspace wrapper's path into
the names of what the workspace's members are compiled to; with a path of its own, a program that is measured is
never taken for the one that `cargo test` builds, and dependencies are compiled once for both.

The wrappers are named by `--config` and not by RUSTC_WRAPPER: so a cargo that a test starts does not inherit them.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leakgate.errors import MeasurementError
from leakgate.profilers import cache
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.session import Session, Toolchain

INJECTION = "LEAKGATE_INJECTION"
"""The environment variable that names the wrapper's plan; see `harness/wrapper.rs`."""

PLAN = "injection.tsv"
"""The plan, in the run's directory."""

TARGET_DIRECTORY = "leakgate-build"
"""What the build's own target directory is called, in the project's target directory."""

NOTE_SUFFIX = ".leakgate"
"""What the wrapper adds to an executable's path to name the file that tells what became of it."""

SOURCES = Path(__file__).parent / "harness"

_FLAGS = ("--edition=2018", "--cap-lints=allow")
# Not optimised: it spends its time in starting, and every run of CI compiles it.
_WRAPPER_FLAGS = (*_FLAGS, "--crate-name=rustc_wrapper")
_LIBRARY_FLAGS = (*_FLAGS, "--crate-type=rlib", "-Copt-level=3", "-Ccodegen-units=1", "-Cforce-frame-pointers=yes")
_HARNESS_FLAGS = (*_LIBRARY_FLAGS, "--crate-name=leakgate_harness")
_RUNNER = "--cfg=leakgate_runner"
_PROGRAM = "--cfg=leakgate_program"
_LIBTEST_FLAGS = (*_LIBRARY_FLAGS, "--crate-name=leakgate_test")
_OUR_VARIABLES = ("RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER")
_MOST_BYTES = 256 << 20
"""What all toolchains' harnesses may take together; one takes about 10 MB."""


@dataclass(frozen=True, slots=True)
class Injection:
    """What is compiled and ready for a toolchain.

    Attributes:
        wrapper: The program for `build.rustc-wrapper`.
        workspace_wrapper: The same for `build.rustc-workspace-wrapper`. Its path changes with the harness, and
            cargo compiles the workspace's members anew when it does.
        runner: Whether the harness runs the tests. If not, it is an allocator that measures a process as a whole:
            this toolchain's libtest has another inner interface than the runner knows.
        harnesses: Target triple → the directory with the harness; the empty triple stands for the host.
        measured: What gets the harness, as the plan calls it: `harness` for tests, `program` for programs.
    """

    wrapper: Path
    workspace_wrapper: Path
    runner: bool
    harnesses: Mapping[str, Path]
    measured: str = "harness"

    @property
    def settings(self) -> tuple[str, ...]:
        """The values of `--config`."""
        return (
            f"build.rustc-wrapper={json.dumps(str(self.wrapper))}",
            f"build.rustc-workspace-wrapper={json.dumps(str(self.workspace_wrapper))}",
        )

    def variables(self, target_directory: Path) -> dict[str, str]:
        """The same as variables, for a cargo that someone else starts, with where it builds."""
        return {
            "RUSTC_WRAPPER": str(self.wrapper),
            "RUSTC_WORKSPACE_WRAPPER": str(self.workspace_wrapper),
            "CARGO_TARGET_DIR": str(target_directory),
            "CARGO_BUILD_BUILD_DIR": str(target_directory),
        }

    def plan(self, users: BuildSettings) -> bytes:
        """What the wrapper must know: `INJECTION` names a file with this."""
        lines = [f"{self.measured}\t{target}\t{path}" for target, path in self.harnesses.items()]
        if users.wrapper:
            lines.append(f"wrapper\t{users.wrapper}")
        if users.workspace_wrapper:
            lines.append(f"workspace-wrapper\t{users.workspace_wrapper}")
        return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def environment(env: Mapping[str, str], plan: Path) -> dict[str, str]:
    """The variables for cargo: the user's, without the wrappers that ours call, and with the way to the plan."""
    kept = {name: value for name, value in env.items() if name not in _OUR_VARIABLES}
    return {**kept, INJECTION: str(plan)}


def prepare(compiler: Toolchain, targets: Sequence[str], directory: Path, session: Session) -> Injection:
    """Compile the wrapper and the harness for tests, where that has not been done before.

    Args:
        compiler: The compiler.
        targets: The triples that test targets are built for, besides the host's.
        directory: Where cargo runs: a toolchain may be chosen by it.
        session: Runs the compiler.

    Raises:
        MeasurementError: The compiler refuses.
        ServiceError: The cache cannot be written.
    """
    make = _Compilation(compiler, directory, session)
    with _room(compiler, session) as room:
        programs = cache.made_once(room / "programs", make.wrapper)
        try:
            runner, found = True, make.harnesses(room / "runner", targets, _RUNNER)
        except _RefusedError:
            runner, found = False, make.harnesses(room / "allocator", targets)
    return Injection(programs / "rustc-wrapper", programs / "rustc-workspace-wrapper", runner, found)


def prepare_for_programs(
    compiler: Toolchain, targets: Sequence[str], directory: Path, session: Session
) -> Injection:
    """The same for programs; see `prepare`."""
    make = _Compilation(compiler, directory, session)
    with _room(compiler, session) as room:
        programs = cache.made_once(room / "programs", make.wrapper)
        found = make.harnesses(room / "program", targets, _PROGRAM)
    wrapper = programs / "for-programs" / "rustc-workspace-wrapper"
    return Injection(programs / "rustc-wrapper", wrapper, runner=False, harnesses=found, measured="program")


@contextmanager
def _room(compiler: Toolchain, session: Session) -> Iterator[Path]:
    """The cache's directory for what this compiler makes of these sources."""
    folder = cache.directory(session.request.env) / "harness"
    room = folder / _key(compiler)
    yield room
    cache.touch(room)
    cache.trim(folder, _MOST_BYTES)


class _RefusedError(Exception):
    """This toolchain does not compile the runner."""


@dataclass(frozen=True, slots=True)
class _Compilation:
    compiler: Toolchain
    directory: Path
    session: Session

    def wrapper(self, new: Path) -> None:
        program = new / "rustc-wrapper"
        self._rustc([*_WRAPPER_FLAGS, "-o", str(program), str(SOURCES / "wrapper.rs")], {})
        (new / "rustc-workspace-wrapper").hardlink_to(program)
        (new / "for-programs").mkdir()
        (new / "for-programs" / "rustc-workspace-wrapper").hardlink_to(program)

    def harnesses(self, place: Path, targets: Sequence[str], *options: str) -> dict[str, Path]:
        """The harness for the host, under the empty name, and for each target."""

        def triple(target: str) -> str:
            return "" if target == self.compiler.host else target

        return {
            target: cache.made_once(
                place / (triple(target) or "host"), partial(self.harness, target=triple(target), options=options)
            )
            for target in ("", *targets)
        }

    def harness(self, new: Path, target: str, options: Sequence[str]) -> None:
        shared = [*options, *(["--target", target] if target else []), "--out-dir", str(new), "-L", str(new)]
        libtest = [] if _PROGRAM in options else [(_LIBTEST_FLAGS, "libtest.rs")]
        for flags, source in ((_HARNESS_FLAGS, "src/lib.rs"), *libtest):
            self._rustc([*flags, *shared, str(SOURCES / source)], {"RUSTC_BOOTSTRAP": "1"})

    def _rustc(self, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        env = {**self.session.request.env, **variables}
        said: list[str] = []
        code = self.session.start(
            [*self.compiler.rustc, *arguments], cwd=self.directory, env=env, on_line=said.append
        )
        if code != 0 and _RUNNER in arguments:
            raise _RefusedError
        if code != 0:
            for line in said:
                self.session.line(line)
            raise MeasurementError(
                f"{self.compiler.release} cannot compile leakgate's harness",
                where=arguments[-1],
                remedy="see its messages above; `--profiler dhat-rs` needs no harness",
            )


def _key(compiler: Toolchain) -> str:
    """Names all that the compiled files depend on."""
    digest = hashlib.sha256()
    for part in (compiler.verbose, *_HARNESS_FLAGS, *_LIBTEST_FLAGS, *_WRAPPER_FLAGS):
        digest.update(part.encode() + b"\0")
    for path in _sources():
        digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def _sources() -> Iterable[Path]:
    return [SOURCES / "wrapper.rs", SOURCES / "libtest.rs", *sorted((SOURCES / "src").rglob("*.rs"))]
