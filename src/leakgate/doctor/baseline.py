"""What a check would be compared with, as far as this clone knows: nothing is fetched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from leakgate import __version__
from leakgate.baselines import ancestry, layout
from leakgate.baselines import index as indexes
from leakgate.baselines.index import Index, Save
from leakgate.baselines.model import Missing, Wanted
from leakgate.config import Config, StoreName
from leakgate.doctor.report import Finding, Section, error, fine, info, warning
from leakgate.edges import LOCAL, Edges
from leakgate.errors import InputError, LeakgateError
from leakgate.git.history import history
from leakgate.profilers import program
from leakgate.profilers.auto import Choice
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.session import Toolchain
from leakgate.reports.words import HASH, describe_side, plural
from leakgate.search import open_store, store_name

_SAVE = "leakgate check && leakgate baseline save"
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class _Kept:
    """A save that stands for the commit that is wanted."""

    save: Save
    distance: int
    fingerprint: Mapping[str, str]


def expected(
    choice: Choice, asked: CargoCommand, compiler: Toolchain, users: BuildSettings, config: Config
) -> Mapping[str, str]:
    """The parts of a run's fingerprint that are known before it."""
    targets = asked.targets or users.targets
    known = {
        "profiler": choice.profiler,
        "rustc": compiler.release,
        "target": ",".join(compiler.host if name == "host-tuple" else name for name in targets) or compiler.host,
        "cargo-profile": asked.cargo_profile,
        "features": asked.features,
    }
    if choice.profiler == "harness" and asked.verb is Verb.RUN:
        known |= program.VERSION
    elif choice.profiler == "harness":
        known |= {"profiler-version": __version__, "rounds": config.rounds}
    return known


def examine(config: Config, edges: Edges, run: Mapping[str, str] | None) -> Section:
    """The findings on the baseline.

    Args:
        config: Which store it is.
        edges: The world.
        run: What is known of the fingerprint that a run would have; None where nothing is.
    """
    return Section(key="baseline", findings=tuple(_findings(config, edges, run or {})))


def _findings(config: Config, edges: Edges, run: Mapping[str, str]) -> Iterator[Finding]:
    path, branch = config.baseline.path, config.baseline.branch
    match store_name(config, edges):
        case StoreName.FILE if config.baseline.store is None and not (edges.root / path).exists():
            yield info("store", f"none on this machine; in GitHub Actions the branch `{branch}`")
            yield from _on_branch(config, edges, run)
        case StoreName.FILE:
            yield info("store", f"the file {path}")
            yield from _in_file(config, edges, run)
        case StoreName.BRANCH:
            yield info("store", f"the branch `{branch}`")
            yield from _on_branch(config, edges, run)
        case StoreName.ARTIFACT:
            yield info("store", "artifacts of workflow runs, which only a run in GitHub Actions can find")
        case StoreName.REBUILD:
            yield info("store", "none: the base commit is measured in the same job")


def _in_file(config: Config, edges: Edges, run: Mapping[str, str]) -> Iterator[Finding]:
    try:
        with open_store(config, edges) as store:
            found = store.find(Wanted(None, None, "the baseline that is committed"), tuple)
    except LeakgateError as trouble:
        yield error("baseline", trouble.what, trouble.remedy or _SAVE, trouble.exit_code)
        return
    if isinstance(found, Missing):
        yield warning("baseline", f"there is no {config.baseline.path} yet, so growth is not judged", _SAVE)
        return
    yield fine("baseline", f"{plural(len(found.snapshot.tests), 'test')}: {describe_side(found.side)}")
    yield from _comparable(found.snapshot.fingerprint, run, f"{_SAVE}, and commit {config.baseline.path}")


def _on_branch(config: Config, edges: Edges, run: Mapping[str, str]) -> Iterator[Finding]:
    name = config.baseline.branch
    fetch = f"git fetch {edges.git.remote() or 'origin'} {name}"
    look = (
        f"{fetch}:refs/remotes/{edges.git.remote() or 'origin'}/{name}, or `leakgate baseline show --store branch`"
    )
    tip = edges.git.branch_tip(name)
    if edges.git.head() is None:
        yield info("baseline", "there is no commit here to look for one")
        return
    if tip is None:
        yield info("baseline", f"no branch `{name}` in this clone: the first push to a tracked branch makes it")
        return
    try:
        jobs = _jobs(edges, tip)
        kept = {index.key: _nearest(config, edges, index) for index in jobs}
    except InputError as trouble:
        yield error("baseline", f"{trouble.where}: {trouble.what}", trouble.remedy or look, trouble.exit_code)
        return
    for key, found in kept.items():
        if found is None:
            yield warning("baseline", f"job `{key}`: no commit near this one was measured", look)
            continue
        back = f", {plural(found.distance, 'commit')} back" if found.distance else ""
        age = _age(found.save.time, edges.now)
        yield fine("baseline", f"job `{key}`: {found.save.commit[:HASH]} of {found.save.branch}{back}, {age}")
        yield from _comparable(found.fingerprint, run, "the next push to a tracked branch measures it anew")


def _jobs(edges: Edges, tip: str) -> tuple[Index, ...]:
    """The indexes that this clone has of a branch of baselines: of the job that was named, else of all."""
    names = edges.git.directories(tip) if edges.key == LOCAL else (layout.directory(edges.key),)
    found = []
    for job in names:
        data = edges.git.file(tip, layout.index_path(job))
        if data is not None:
            place = f"{tip[:HASH]}:{layout.index_path(job)}"
            found.append(indexes.parse(data, place, "look at it with `leakgate baseline list`"))
    return tuple(found)


def _nearest(config: Config, edges: Edges, index: Index) -> _Kept | None:
    with history(edges.git, None) as commits:
        wanted = ancestry.wanted(edges.context, commits, edges.git.head(), config.baseline.branches)
        if wanted.commit is None:
            return None
        ancestors = commits.ancestors(wanted.commit)
        for distance, commit in enumerate(ancestors):
            if (save := index.measured.get(commit)) is not None:
                return _Kept(save, distance, index.fingerprints[save.fingerprint])
    return None


def _comparable(base: Mapping[str, str], run: Mapping[str, str], remedy: str) -> Iterator[Finding]:
    differing = [key for key in sorted(base.keys() & run.keys()) if base[key] != run[key]]
    if differing:
        what = "; ".join(f"{key} {base[key]} there, {run[key]} here" for key in differing)
        yield warning("comparable", f"incomparable, so growth would not be judged: {what}", remedy)
    elif run:
        yield fine("comparable", "measured as a run here would be")


def _age(time: datetime, now: datetime) -> str:
    days = int((now - time).total_seconds()) // _DAY
    return f"{plural(days, 'day')} old" if days > 0 else "less than a day old"
