"""Which test binaries a check would build, and which of them it could measure."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakgate.doctor import allocators, manifests
from leakgate.doctor.allocators import Brought
from leakgate.doctor.report import Finding, Section, error, fine, info, warning
from leakgate.errors import MeasurementError
from leakgate.profilers.cargo.build import Metadata
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.cargo.selection import TestBinary, test_binaries
from leakgate.profilers.session import Session

_NAMES_LISTED = 12
_NO_BINARIES = error(
    "test-binaries",
    "the command builds no test binary",
    "choose other packages or targets: leakgate check -- cargo test --workspace",
    MeasurementError.exit_code,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the run besides its command.

    Attributes:
        profiler: The one that will be used.
        stands_in: The one that is used where the harness can measure nothing; None: none is.
        of_target: What `rustc --print cfg` says.
    """

    profiler: str
    stands_in: str | None
    of_target: Sequence[str]


def examine(asked: CargoCommand, metadata: Metadata, session: Session, known: Known) -> Section:
    """The findings on what there is to be measured.

    Args:
        asked: The command.
        metadata: The workspace.
        session: Asks git for the sources.
        known: How it will be measured.
    """
    found = [
        fine("workspace", metadata.workspace_root),
        info("members", f"{len(metadata.packages)}: {_listed([package.name for package in metadata.packages])}"),
    ]
    if asked.verb is not Verb.RUN:
        binaries = test_binaries(asked, metadata)
        brought = allocators.find(asked, metadata, session, known.of_target)
        match known.profiler:
            case _ if not binaries:
                found.append(_NO_BINARIES)
            case "harness":
                found += _for_the_harness(binaries, brought, session.request.cwd, known.stands_in)
            case "dhat-rs":
                found += _for_dhat(binaries, brought)
            case _:
                found.append(_run(binaries))
    return Section(key="project", findings=tuple(found))


def _for_the_harness(
    binaries: Sequence[TestBinary], brought: Sequence[Brought], cwd: Path, stands_in: str | None
) -> Iterator[Finding]:
    own = {binary.id: table for binary in binaries if (table := _own_harness(binary))}
    taken = [(one, [binary.id for binary in binaries if one.is_in(binary) is not False]) for one in brought]
    certain = {*own, *(binary.id for binary in binaries if any(one.is_in(binary) for one in brought))}
    unmeasured = {*own, *(name for _, names in taken for name in names)}
    measurable = [binary.id for binary in binaries if binary.id not in unmeasured]
    if measurable:
        some = f"{len(measurable)} of {len(binaries)} can be measured: {_listed(measurable)}"
        yield fine("test-binaries", some)
    else:
        # What has libtest, and no harness in it for another allocator's sake, others can measure.
        yield _none_measurable(
            binaries,
            stands_in if any(names for _, names in taken) else None,
            is_certain=len(certain) == len(binaries),
        )
    for binary in binaries:
        if binary.id in own:
            manifest = os.path.relpath(binary.package.manifest_path, cwd)
            yield warning(
                "own-harness",
                f"`{binary.id}` has a test harness of its own (`harness = false`): it runs as it is, unmeasured",
                f"where libtest could run it, delete `harness = false` below `{own[binary.id]}` in {manifest}",
            )
    for one, names in taken:
        if names:
            yield warning(
                "allocator",
                f"{one.place} seems to bring a `#[global_allocator]`, with which the harness cannot measure "
                f"{_quoted(names)}",
                one.remedy,
            )
    macros = [binary.id for binary in binaries if "proc-macro" in binary.target.kind]
    if macros:
        yield info("proc-macros", f"of {_quoted(macros)} the unit tests are measured, and not what rustc calls")


def _none_measurable(binaries: Sequence[TestBinary], stands_in: str | None, *, is_certain: bool) -> Finding:
    what = f"the harness can measure none of {_quoted([binary.id for binary in binaries])}"
    remedy = "do what one of the lines below says, or choose another profiler with --profiler"
    if stands_in is not None:
        return info("test-binaries", f"{what}: `auto` then takes `{stands_in}`")
    if is_certain:
        return error("test-binaries", what, remedy, MeasurementError.exit_code)
    return warning("test-binaries", f"it seems that {what}", remedy)


def _for_dhat(binaries: Sequence[TestBinary], brought: Sequence[Brought]) -> Iterator[Finding]:
    yield _run(binaries)
    without = [binary.id for binary in binaries if not any(one.is_in(binary) is not False for one in brought)]
    if without:
        yield warning(
            "allocator",
            f"no `#[global_allocator]` was seen for {_quoted(without)}: without dhat's, tests measure 0",
            "#[global_allocator] static ALLOCATOR: dhat::Alloc = dhat::Alloc;",
        )


def _run(binaries: Sequence[TestBinary]) -> Finding:
    return fine("test-binaries", f"{len(binaries)} will run: {_listed([binary.id for binary in binaries])}")


def _own_harness(binary: TestBinary) -> str | None:
    return manifests.own_harness(manifests.read(Path(binary.package.manifest_path)), binary.target)


def _quoted(names: Sequence[str]) -> str:
    return _listed([f"`{name}`" for name in names])


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES_LISTED
    return ", ".join(names[:_NAMES_LISTED]) + (f" and {rest} more" if rest > 0 else "")
