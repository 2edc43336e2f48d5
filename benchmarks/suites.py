"""Whole test suites: `leakgate check -- cargo test` with the harness against plain `cargo test`.

    python benchmarks/suites.py [--rounds 3] [--docs-rounds 1] [--only NAME ...] [--tests 1000]

The example of this repository and five crates from the registry, each in a copy of its own in a temporary
directory, and a generated crate with `--tests` empty tests. Cargo brings the crates (`cargo vendor`; needs a
network). Everything is built before. Then whole commands take turns: plain; plain with
`-- --test-threads=1`, as the harness runs tests one at a time, so that the cost of measuring can be told from the
cost of one at a time; and under leakgate. Ratios are medians of each turn's ratio by the clock.

Doc tests are compiled again by each `cargo test` and are not measured by leakgate; they would hide what it costs.
So the first table is of `cargo test --tests`, and the second, with `--docs-rounds`, of `cargo test`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import _crates
from _crates import Suite

EXAMPLE = Path(__file__).resolve().parent.parent / "examples/s3-server"
LEAKGATE = str(Path(sys.executable).with_name("leakgate"))


CRATES = (
    Suite("smallvec", "1.15.1"),
    Suite("once_cell", "1.21.3"),
    Suite("either", "1.15.0"),
    Suite("bytes", "1.10.1"),
    Suite("tokio-util", "0.7.16", ("--features", "full")),
)
SUITES = (Suite("s3-server"), *CRATES)
TINY = "tiny"
_NO_TEST, _NOTHING_MEASURED = "no_such_test", 3


@dataclass(frozen=True, slots=True)
class Command:
    """A command and where it runs."""

    words: Sequence[str]
    cwd: Path
    env: Mapping[str, str]


def run(command: Command, exit_code: int = 0) -> float:
    """Run it to its end. Returns: seconds by the clock."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        code = subprocess.call(
            command.words,
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        seconds = time.perf_counter() - start
        if code != exit_code:
            output.seek(0)
            tail = "".join(output.readlines()[-40:])
            raise SystemExit(f"{tail}\n{' '.join(command.words)} in {command.cwd} exited with {code}")
    return seconds


def in_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, list[float]]:
    """The runs of each command, in order."""
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command))
    return runs


def ratio(runs: Sequence[float], against: Sequence[float]) -> float:
    """The median of each turn's ratio, by the clock."""
    return median(one / other for one, other in zip(runs, against, strict=True))


def load() -> str:
    """For the line above a table: what else the machine was doing."""
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"


def bring(directory: Path, tests: int) -> None:
    """Put each project into its folder."""
    shutil.copytree(EXAMPLE, directory / "s3-server", ignore=shutil.ignore_patterns("target", ".leakgate"))
    _crates.bring(CRATES, directory)
    source = directory / TINY / "src"
    source.mkdir(parents=True)
    (source.parent / "Cargo.toml").write_text(f'[package]\nname = "{TINY}"\nedition = "2021"\n')
    (source / "lib.rs").write_text("".join(f"#[test]\nfn t{number:04}() {{}}\n" for number in range(tests)))


def three(suite: Suite, directory: Path, *words: str) -> dict[str, Command]:
    """The three ways to run a suite."""
    env = _crates.environment()
    cwd = directory / suite.folder
    test = ("cargo", "test", *suite.words, *words)
    return {
        "plain": Command(test, cwd, env),
        "one thread": Command((*test, "--", "--test-threads=1"), cwd, env),
        "leakgate": Command((LEAKGATE, "check", "--profiler", "harness", "--", *test), cwd, env),
    }


def table(results: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """A line a suite, and the total."""
    lines = [f"{'':<12}{'plain s':>9}{'1 thread s':>12}{'leakgate s':>12}{'/ plain':>9}{'/ 1 thread':>12}"]
    totals = dict.fromkeys(("plain", "one thread", "leakgate"), 0.0)
    ratios: dict[str, float] = {}
    for name, runs in results.items():
        medians = {way: median(runs[way]) for way in runs}
        totals = {way: totals[way] + medians.get(way, 0.0) for way in totals}
        ratios[name] = ratio(runs["leakgate"], runs["plain"])
        against = (
            f"{ratio(runs['leakgate'], runs['one thread']):>11.2f}×" if "one thread" in runs else f"{'–':>12}"
        )
        lines.append(f"{name:<12}{_seconds(medians)}{ratios[name]:>8.2f}×{against}")
    against = f"{totals['leakgate'] / totals['one thread']:>11.2f}×" if totals["one thread"] else f"{'–':>12}"
    lines.append(f"{'total':<12}{_seconds(totals)}{totals['leakgate'] / totals['plain']:>8.2f}×{against}")
    worst = max(ratios, key=ratios.__getitem__)
    return "\n".join([*lines, f"worst: {worst}, {ratios[worst]:.2f}×"])


def _seconds(medians: Mapping[str, float]) -> str:
    one = f"{medians['one thread']:>12.2f}" if medians.get("one thread") else f"{'–':>12}"
    return f"{medians['plain']:>9.2f}{one}{medians['leakgate']:>12.2f}"


def report_time(command: Command) -> float:
    """Seconds from the last test's line to the end of the whole command."""
    with subprocess.Popen(
        command.words,
        cwd=command.cwd,
        env=command.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        last = 0.0
        for line in process.stdout or ():
            if line.startswith("test "):
                last = time.perf_counter()
        process.wait()
        return time.perf_counter() - last


def binaries(command: Command) -> dict[str, Command]:
    """The test binary by itself: as cargo builds it, and as leakgate does, with the harness measuring."""
    debug = command.cwd / "target/debug/deps"
    ours = command.cwd / "target/leakgate-build/debug/deps"
    plain, harnessed = (_executable(place.glob(f"{TINY}-*")) for place in (debug, ours))
    profiles = command.cwd / "profiles"
    profiles.mkdir()
    env = {**command.env, "LEAKGATE_HARNESS_DIR": str(profiles), "LEAKGATE_ROUNDS": "auto"}
    return {
        "plain": Command((plain,), command.cwd, command.env),
        "one thread": Command((plain, "--test-threads=1"), command.cwd, command.env),
        "leakgate": Command((harnessed,), command.cwd, env),
    }


def _executable(candidates: Iterable[Path]) -> str:
    return next(str(path) for path in candidates if os.access(path, os.X_OK) and not path.suffix)


def tiny(directory: Path, tests: int, rounds: int) -> None:
    commands = three(Suite(TINY), directory, "--lib")
    for command in commands.values():
        run(command)
    binary = binaries(commands["plain"])
    whole, alone = in_turns(commands, rounds), in_turns(binary, rounds)
    reports = sorted(report_time(commands["leakgate"]) for _ in range(rounds))
    print(f"\n{tests:,} empty tests; {load()}")
    print(f"{'':<28}{'plain s':>9}{'1 thread s':>12}{'leakgate s':>12}{'/ plain':>9}{'/ 1 thread':>12}")
    for name, runs in (("whole command", whole), ("the test binary by itself", alone)):
        seconds = [median(runs[way]) for way in runs]
        ratios = [ratio(runs["leakgate"], runs[way]) for way in ("plain", "one thread")]
        print(
            f"{name:<28}{seconds[0]:>9.3f}{seconds[1]:>12.3f}{seconds[2]:>12.3f}{ratios[0]:>8.2f}×{ratios[1]:>11.2f}×"
        )
    print(f"from the last test's end to the finished report: {median(reports):.2f} s (worst {reports[-1]:.2f} s)")


def suites(chosen: Sequence[Suite], directory: Path, rounds: int, docs_rounds: int) -> None:
    results: dict[str, dict[str, list[float]]] = {}
    for suite in chosen:
        # Everything is built, with the examples that some tests start; a filter before the `--` leaves these out.
        build = three(suite, directory, "--", _NO_TEST)
        run(build["plain"])
        run(build["leakgate"], _NOTHING_MEASURED)
        results[suite.name] = in_turns(three(suite, directory, "--tests"), rounds)
    print(f"\ncargo test --tests; {load()}\n{table(results)}", flush=True)
    if not docs_rounds:
        return
    for suite in chosen:
        commands = three(suite, directory)
        del commands["one thread"]
        results[suite.name] = in_turns(commands, docs_rounds)
    print(f"\ncargo test, with doc tests; {load()}\n{table(results)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--docs-rounds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[suite.name for suite in SUITES])
    parser.add_argument("--tests", type=int, default=1000, help="of the generated crate; 0 leaves it out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name).resolve()
        bring(directory, arguments.tests)
        if arguments.tests:
            tiny(directory, arguments.tests, 2 * arguments.rounds + 1)
        chosen = [suite for suite in SUITES if suite.name in arguments.only]
        if chosen:
            suites(chosen, directory, arguments.rounds, arguments.docs_rounds)


if __name__ == "__main__":
    main()
