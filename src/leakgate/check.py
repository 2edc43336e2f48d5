"""The main job, told once: profile a suite, compare it with its baseline, judge, report.

Everything that touches the world comes in through `Edges`, so the story can be run in a test as it is.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec import structs

from leakgate import files
from leakgate.baselines import file as baseline_file
from leakgate.baselines.model import Base, Missing
from leakgate.baselines.rebuild import Rebuilt
from leakgate.baselines.rebuild import measured as measured_base
from leakgate.comparison.compare import compare
from leakgate.comparison.coverage import insist_on_judging
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.limits import ceilings
from leakgate.comparison.result import FailedTest, Result, Side, Verdict
from leakgate.completeness import failures
from leakgate.config import Config, NoBaseline
from leakgate.confirming import Gate, confirm
from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.measuring import Measured, measure
from leakgate.output import OutputDirectory
from leakgate.prepared import Prepared
from leakgate.reports.permalinks import linked_files
from leakgate.search import search
from leakgate.shards import ShardName, whole_command
from leakgate.snapshot.join import Part, join
from leakgate.snapshot.model import Shard, Snapshot
from leakgate.snapshot.stored import dump


def check(config: Config, prepared: Prepared, output: OutputDirectory, edges: Edges) -> Result:
    """Profile the suite, compare it with the baseline, judge; measure again what crossed a limit.

    The result, the snapshot and the comment are in `output` afterwards, whatever the verdict is.

    Args:
        config: From `read_config`.
        prepared: From `find_base`, or from the step of a workflow that went before.
        output: Where everything that is worth keeping goes.
        edges: The world.

    Raises:
        UsageError: The command, the config or a file is not usable, or no limit is on what will be measured.
        MeasurementError: It does not compile, or no test ran.
        ServiceError: Something cannot be written.
    """
    insist_on_judging(config)
    found = prepared.found
    base = found.snapshot if isinstance(found, Base) else None
    allowed = ceilings(config, base)
    measured = measure(config, output, edges, output.profiles, allowed)
    head = measured.snapshot
    origin = replace(
        _origin(prepared, head),
        command=" ".join(config.command),
        failed=tuple(FailedTest(name=test.test, reason=test.reason) for test in measured.run.failed),
        problems=measured.problems,
        notes=(*prepared.notes, *measured.notes),
    )

    def measure_again(tests: tuple[str, ...]) -> Measured:
        return measure(config, output, edges, None, allowed, only=tests)

    gate = Gate(config, base, origin)
    confirmed = confirm(gate, head, measure_again, edges.progress)
    result = _with_absent_files(confirmed.result, edges)
    output.keep(confirmed.snapshot, result)
    return result


def check_parts(
    parts: Sequence[Part], config: Config, prepared: Prepared, output: OutputDirectory, edges: Edges
) -> Result:
    """Join what the jobs of a matrix have measured, compare it with the baseline, judge. Nothing runs.

    Otherwise as `check`.

    Args:
        parts: From `read_parts`.
        config: From `read_config`.
        prepared: From `find_base`, or from the step of a workflow that went before.
        output: Where everything that is worth keeping goes.
        edges: The world.

    Raises:
        ServiceError: Something cannot be written.
    """
    found = prepared.found
    joined = join(parts, edges.git.head() or (edges.context.sha if edges.context else None))
    head = joined.snapshot
    origin = replace(
        _origin(prepared, head),
        command=joined.command,
        failed=tuple(FailedTest(name=test, reason=joined.reasons.get(test, "failed")) for test in head.failed),
        problems=joined.problems,
        notes=(*prepared.notes, *joined.notes),
    )
    result = judge(compare(found.snapshot if isinstance(found, Base) else None, head), config, origin)
    result = _with_absent_files(result, edges)
    output.keep(head, result)
    return result


def _with_absent_files(result: Result, edges: Edges) -> Result:
    """The result with the files that no report can link: cargo compiles more than the commit has."""
    named = linked_files(result)
    has = edges.git.files(result.head.commit) if named and result.head.commit else None
    if has is None or named <= has:
        return result
    return structs.replace(result, head=structs.replace(result.head, absent=tuple(sorted(named - has))))


def _origin(prepared: Prepared, head: Snapshot) -> Provenance:
    """Where the two sides come from."""
    found = prepared.found
    return Provenance(
        base=found.side if isinstance(found, Base) else None,
        head=Side(commit=head.commit, fingerprint=head.fingerprint),
        base_missing=found.reason if isinstance(found, Missing) else None,
        accepted_by=prepared.accepted_by,
        past=found.past if isinstance(found, Base) else {},
    )


def profile(
    config: Config, snapshot_path: Path, profiles: Path | None, edges: Edges, shard: ShardName | None = None
) -> Measured:
    """Run the suite under the profiler and write the snapshot; the DHAT files too where they are wanted.

    Args:
        config: What to run and how.
        snapshot_path: The file to write.
        profiles: Where the DHAT files are kept; None: nowhere.
        edges: The world.
        shard: Which part of a suite it is: then the file holds all that the job that joins the parts has to know.

    Raises:
        UsageError: At one of the paths there is something that cannot be replaced.
        MeasurementError: It does not compile, or no test ran.
        InputError: A test left a damaged profile.
        ServiceError: Something cannot be written.
    """
    if (edges.cwd / snapshot_path).is_dir():
        raise UsageError(
            "is a directory", where=str(snapshot_path), remedy="name the snapshot's file with --output"
        )
    output = OutputDirectory(edges.cwd / snapshot_path.parent)
    measured = measure(config, output, edges, profiles and edges.cwd / profiles)
    files.save(edges.cwd / snapshot_path, dump(_part(measured, config, shard) if shard else measured.snapshot))
    return measured


def _part(measured: Measured, config: Config, shard: ShardName) -> Snapshot:
    told = Shard(
        number=shard.number,
        of=shard.of,
        command=whole_command(config.command),
        reasons={test.test: test.reason for test in measured.run.failed},
        problems=measured.problems,
        notes=measured.notes,
    )
    return structs.replace(measured.snapshot, shard=told)


def compare_files(base_path: Path, head_path: Path, config: Config) -> Result:
    """Compare two stored measurements: snapshots, DHAT files or directories of them.

    Raises:
        UsageError: There is nothing to read at a path.
        InputError: A file cannot be read, or contradicts itself.
    """
    base, head = baseline_file.load(base_path), baseline_file.load(head_path)
    origin = Provenance(
        base=_side(base, base_path),
        head=_side(head, head_path),
        failed=tuple(FailedTest(name=name, reason="failed") for name in head.failed),
        problems=tuple(failures(len(head.failed))),
    )
    return judge(compare(base, head), config, origin)


def find_base(
    config: Config, asked: Path | None, known: Prepared | None, output: OutputDirectory, edges: Edges
) -> Prepared:
    """The other side of the comparison, before the tests: a damaged baseline costs no run.

    Args:
        config: From `read_config`.
        asked: The baseline that was named outright.
        known: What an earlier step has found; None to look for it here.
        output: Where the raw files go of a base that has to be measured.
        edges: The world.

    Raises:
        UsageError: The baseline that was asked for on the command line is not there.
        InputError: It is there and cannot be read.
        ServiceError: The store cannot be read.
    """
    prepared = known or Prepared()
    if asked is not None:
        return prepared.with_found(_named(asked, edges))
    measure_base = partial(_measure_rebuilt, config, output, edges)
    if prepared.sources is not None:
        tree = Rebuilt(prepared.sources, edges.git.root() or edges.root)
        return prepared.with_found(measured_base(prepared.wanted, tree, measure_base))
    if prepared.base is not None or prepared.missing is not None:
        return prepared
    _, found = search(config, edges, measure_base)
    return prepared.with_found(found)


def exit_code(result: Result, config: Config) -> int:
    """The contract's exit code for a result."""
    match result.verdict:
        case Verdict.FAIL:
            return 1
        case Verdict.ERROR:
            return 3
        case Verdict.NO_BASELINE | Verdict.INCOMPARABLE:
            return 4 if config.no_baseline is NoBaseline.FAIL else 0
        case Verdict.PASS:
            return 0


def _named(asked: Path, edges: Edges) -> Base:
    """What the user named: a file of any kind that leakgate reads."""
    path = edges.cwd / asked
    if not os.path.lexists(path):  # a link to nothing is there, and cannot be read
        raise UsageError(
            "the baseline is not there",
            where=str(asked),
            remedy="make it with `leakgate baseline save`, or leave --base out for a first run",
        )
    snapshot = baseline_file.load(path)
    side = structs.replace(_side(snapshot, asked), distance=edges.git.behind_head(snapshot.commit))
    return Base(snapshot, side)


def _measure_rebuilt(config: Config, output: OutputDirectory, edges: Edges, rebuilt: Rebuilt) -> Snapshot:
    """The snapshot of a commit that is checked out beside the user's clone."""
    target = edges.cwd / edges.env.get("CARGO_TARGET_DIR", edges.root / "target")
    there = replace(
        edges,
        cwd=rebuilt.at(edges.cwd),
        root=rebuilt.at(edges.root),
        git=Checkout(runner(rebuilt.root, edges.env)),
        env={**edges.env, "CARGO_TARGET_DIR": str(target / "leakgate-base")},  # the user's own builds stay theirs
    )
    return measure(config, output, there, None).snapshot


def _side(snapshot: Snapshot, path: Path) -> Side:
    return Side(commit=snapshot.commit, source=str(path), fingerprint=snapshot.fingerprint)
