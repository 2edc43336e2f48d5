"""The branch of baselines of a large project: bytes and seconds to find a base, and what the branch takes.

A simulated project of 10,000 tests was measured at many commits, and all of it is on the branch.
As a job would, with a repository of its own each time: find the baseline of a commit, and of one that lies 10
commits after the last measured one; save one more; prune to 200; find again. Then compare, judge and render.

    python benchmarks/baselines.py [--tests 10000] [--baselines 300] [--keep 200]

Needs git and a minute; with `--baselines 5000`, the size that docs/performance.md quotes, 1 GB of disk and of
memory and half an hour, nearly all of it to make the branch.
"""

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import msgspec
from _packed import BlobPack
from _project import FINGERPRINT, Project, stored_lines

from leakgate.baselines import layout
from leakgate.baselines.branch import BranchStore
from leakgate.baselines.index import Index, add, dump
from leakgate.baselines.model import Base, Missing, Saving, Wanted
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import Side
from leakgate.config import Config
from leakgate.dhat.profile import Metric
from leakgate.git.credentials import remote
from leakgate.git.scratch import scratch
from leakgate.reports import markdown
from leakgate.snapshot import stored
from leakgate.snapshot.model import Measurement, Snapshot

BRANCH = "leakgate-baselines"
KEY = "test"
START = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=10)
ROUNDS = 5
GROWN = 40


def commit_name(number: int) -> str:
    """As random as a hash, and as hard to compress."""
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def saving(number: int) -> Saving:
    return Saving(commit_name(number), "main", START + number * EVERY)


def git(where: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=where, capture_output=True, text=True, check=True).stdout.strip()


def write_snapshots(
    project: Project, objects: Path, count: int
) -> list[tuple[str, list[tuple[int, Measurement]]]]:
    """Every commit's snapshot in a pack; for each its name and the tests that changed."""
    pack = BlobPack(objects / "pack")
    lines = [stored_lines(test) for test in project.tests]
    made = []
    changed: Sequence[int] = range(len(lines))
    for number in range(count):
        head = stored.dump(Snapshot(commit=commit_name(number), fingerprint=FINGERPRINT, tests=()))
        start, end = head.removesuffix(b"]\n}\n"), b"]\n}\n"
        for test in changed:
            comma = b",\n" if test + 1 < len(lines) else b"\n"
            lines[test] = stored_lines(project.tests[test]) + comma
        parts = [start, *lines, end]
        name = pack.add(parts, [0, *(test + 1 for test in changed)])
        made.append((name, [(test, project.tests[test]) for test in changed]))
        if number == 0 and b"".join(parts) != stored.dump(project.snapshot(commit_name(0))):
            raise RuntimeError("the simulated snapshots are not what leakgate stores")
        changed = project.commit()
    pack.close()
    return made


def write_branch(repository: Path, made: Sequence[tuple[str, list[tuple[int, Measurement]]]], size: int) -> None:
    """One commit for each save, as the store would make it."""
    process = subprocess.Popen(["git", "fast-import", "--quiet", "--done"], cwd=repository, stdin=subprocess.PIPE)
    if process.stdin is None:
        raise RuntimeError("git fast-import has no standard input")
    out = process.stdin
    job = layout.directory(KEY)
    index = Index(key=KEY)
    tests: list[Measurement] = [test for _, test in made[0][1]]
    for number, (blob, changed) in enumerate(made):
        for test, measurement in changed:
            tests[test] = measurement
        snapshot = Snapshot(commit=commit_name(number), fingerprint=FINGERPRINT, tests=tuple(tests))
        index = add(index, snapshot, saving(number), size)
        when = int(saving(number).time.timestamp())
        out.write(b"blob\nmark :1\n")
        _data(out, dump(index))
        out.write(f"commit refs/heads/{BRANCH}\ncommitter leakgate <l@example.com> {when} +0000\n".encode())
        _data(out, f"Baseline of {commit_name(number)[:12]} for {job}\n\n[skip ci]\n".encode())
        out.write(f"M 100644 :1 {layout.index_path(job)}\n".encode())
        out.write(f"M 100644 {blob} {layout.snapshot_path(job, commit_name(number))}\n".encode())
        if number == 0:
            for path, text in ((layout.MARKER, layout.MARKER_TEXT), (layout.README, layout.README_TEXT)):
                out.write(f"M 100644 inline {path}\n".encode())
                _data(out, text)
    out.write(b"done\n")
    out.close()
    if process.wait():
        raise RuntimeError("git fast-import failed")


def _data(out: IO[bytes], data: bytes) -> None:
    out.write(b"data %d\n" % len(data))
    out.write(data + b"\n")


def stored_bytes(repository: Path) -> int:
    """Of all objects, packed or not."""
    return sum(path.stat().st_size for path in (repository / "objects").rglob("*") if path.is_file())


def with_store(repository: Path, keep: int, use: Callable[[BranchStore], object]) -> tuple[object, float, int]:
    """What `use` returned, the seconds it took with a fresh repository, and the bytes of the packs it received."""
    start = time.perf_counter()
    with scratch(remote(f"file://{repository}", Path("/")), os.environ) as made:
        answer = use(BranchStore(made, KEY, BRANCH, keep=keep, now=lambda: datetime.now(UTC), most_bytes=1 << 60))
        seconds = time.perf_counter() - start
        received = sum(path.stat().st_size for path in made.directory.glob("objects/pack/*.pack"))
    return answer, seconds, received


def find(repository: Path, newest: int, distance: int) -> tuple[Base, str]:
    """The base of a commit so far behind the newest measured one, and the line that says what it took."""
    wanted = Wanted(commit_name(newest + distance), "main", "")

    def ancestors() -> list[str]:
        return [commit_name(number) for number in range(newest + distance, -1, -1)]

    def use(store: BranchStore) -> Base | Missing:
        return store.find(wanted, ancestors)

    runs = [with_store(repository, 1, use) for _ in range(ROUNDS)]
    base = runs[-1][0]
    if not isinstance(base, Base) or base.side.distance != distance:
        raise RuntimeError(f"not found: {base}")
    seconds = statistics.median(run[1] for run in runs)
    received = runs[-1][2]
    return base, (
        f"find a base, {distance} commits back: {received / 1e6:.2f} MB (goal < 2), {seconds:.2f} s (goal < 5), "
        f"median of {ROUNDS}"
    )


def report_comparison(base: Base, head: Snapshot) -> str:
    """How long the rest takes, for a pull request in which `GROWN` tests have doubled."""
    tests = list(head.tests)
    for number in range(0, len(tests), max(1, len(tests) // GROWN)):
        tests[number] = _doubled(tests[number])
    head = msgspec.structs.replace(head, tests=tuple(tests))
    start = time.perf_counter()
    comparison = compare(base.snapshot, head)
    compared = time.perf_counter()
    origin = Provenance(base.side, Side(commit=head.commit, fingerprint=head.fingerprint), past=base.past)
    result = judge(comparison, Config(), origin)
    judged = time.perf_counter()
    comment = markdown.render(result)
    rendered = time.perf_counter()
    failed = sum(test.status == "fail" for test in result.tests)
    return (
        f"compare {compared - start:.2f} s, judge {judged - compared:.2f} s, render {rendered - judged:.2f} s; "
        f"comment with {failed} failing tests: {len(comment.encode()):,} bytes (goal < 60,000)"
    )


def _doubled(test: Measurement) -> Measurement:
    def grow(counts: dict[Metric, int]) -> dict[Metric, int]:
        return {metric: 2 * count + 65_536 * (metric is Metric.T_GMAX_BYTES) for metric, count in counts.items()}

    site = msgspec.structs.replace(test.sites[0], counts=grow(dict(test.sites[0].counts)))
    added = {metric: site.counts[metric] - test.sites[0].counts[metric] for metric in test.metrics}
    metrics = {metric: count + added[metric] for metric, count in test.metrics.items()}
    return msgspec.structs.replace(test, metrics=metrics, sites=(site, *test.sites[1:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=10_000)
    parser.add_argument("--baselines", type=int, default=300)  # 5,000 take half an hour
    parser.add_argument("--keep", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        repository = Path(directory, "project.git")
        repository.mkdir()
        git(repository, "init", "--quiet", "--bare", ".")
        git(repository, "config", "uploadpack.allowFilter", "true")
        project = Project(options.tests)
        first = stored.dump(project.snapshot(commit_name(0)))
        packed = len(zlib.compress(first))
        print(
            f"{options.tests:,} tests, {options.baselines:,} baselines; a snapshot has {len(first) / 1e6:.1f} MB, "
            f"compressed {packed / 1e6:.2f} MB ({packed / options.tests:.0f} bytes a test)"
        )
        start = time.perf_counter()
        made = write_snapshots(project, repository / "objects", options.baselines)
        print(f"made the snapshots in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        write_branch(repository, made, packed)
        print(f"made the branch in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        newest = options.baselines - 1
        before = stored_bytes(repository)
        print(f"the branch before pruning: {before / 1e6:.1f} MB (goal < 200)")
        for distance in (0, 10):
            _, line = find(repository, newest, distance)
            print(line)
        head = project.snapshot(commit_name(newest + 1))
        _, seconds, received = with_store(
            repository, options.baselines, lambda store: store.save(head, saving(newest + 1))
        )
        print(f"save one more: {seconds:.2f} s, {received / 1e6:.2f} MB fetched")
        pruned, seconds, received = with_store(repository, 1, lambda store: store.prune(options.keep))
        print(f"prune to {options.keep}: {pruned}, {seconds:.2f} s, {received / 1e6:.2f} MB fetched")
        start = time.perf_counter()
        git(repository, "gc", "--quiet", "--prune=now")
        after = stored_bytes(repository)
        print(f"the branch after pruning and `git gc` ({time.perf_counter() - start:.0f} s): {after / 1e6:.1f} MB")
        base, line = find(repository, newest + 1, 10)
        print(f"pruned, {line}")
        print(report_comparison(base, project.snapshot(commit_name(newest + 11))))


if __name__ == "__main__":
    main()
