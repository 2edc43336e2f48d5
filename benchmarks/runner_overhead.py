"""What the runner costs a test, against starting the same test binary bare once a test.

    python benchmarks/runner_overhead.py [TESTS] [ROUNDS]

Builds a crate with 200 empty tests (needs cargo, no network) and runs all of them, in turn: bare, each by
`BINARY NAME --exact --nocapture --test-threads=1`, started as cheaply as the system can; and through the runner as
cargo starts it, which also lists them, judges and prints their output and looks for profiles. Prints the best of
the rounds and the ratio, and under it what the runner's own start is made of.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from leakgate.profilers.child import launch, runner
from leakgate.profilers.child.plan import PLAN


def build(directory: Path, tests: int) -> Path:
    """Compile a crate with so many empty tests. Returns: its test binary."""
    (directory / "src").mkdir()
    (directory / "Cargo.toml").write_text('[package]\nname = "empty"\nedition = "2021"\n')
    (directory / "src/lib.rs").write_text("".join(f"#[test]\nfn t{number:04}() {{}}\n" for number in range(tests)))
    command = [
        "cargo",
        "test",
        "--lib",
        "--no-run",
        "--message-format=json",
        "--target-dir",
        str(directory / "target"),
    ]
    messages = subprocess.check_output(command, cwd=directory, stderr=subprocess.DEVNULL, text=True)
    found = (json.loads(line).get("executable") for line in messages.splitlines())
    return Path(next(path for path in found if path))


def bare(binary: Path, tests: int) -> None:
    null = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    for number in range(tests):
        argv = [str(binary), f"t{number:04}", "--exact", "--nocapture", "--test-threads=1"]
        _, status = os.waitpid(os.posix_spawn(binary, argv, os.environ, file_actions=null), 0)
        if status != 0:
            raise SystemExit(f"{argv} failed")


def isolated(binary: Path, tests: int, run_dir: Path, *words: str) -> None:
    """Through the runner, as cargo starts it."""
    run_dir.mkdir(exist_ok=True)
    plan = {
        "binaries": {str(binary): {"id": "empty", "test": True}},
        "jobs": 1,
        "runner": [],
        "restore": {},
        "raw": False,
        "valgrind": [],
        "only": [],
        "repeat": 1,
        "time_limit": None,
    }
    (run_dir / PLAN).write_text(json.dumps({**plan, "lifeline": None}))
    argv = [sys.executable, "-I", "-S", runner.__file__, str(binary), *words]
    environment = {**os.environ, launch.RUN_DIR: str(run_dir)}
    output = subprocess.check_output(argv, env=environment, cwd=binary.parent.parent.parent.parent)
    if f" {tests} passed".encode() not in output:
        raise SystemExit(output.decode())


def call(argv: list[str]) -> None:
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def best(rounds: int, *calls: Callable[[], None]) -> list[float]:
    """The shortest time of each call in seconds; the calls take turns."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, own in zip(calls, times, strict=True):
            began = time.perf_counter()
            call()
            own.append(time.perf_counter() - began)
    return [min(own) for own in times]


def main(tests: int = 200, rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name).resolve()
        binary = build(directory, tests)
        run_dir = directory / "run"
        alone, through = best(rounds, lambda: bare(binary, tests), lambda: isolated(binary, tests, run_dir))
        python, listing, start = best(
            20,
            lambda: call([sys.executable, "-I", "-S", "-c", "pass"]),
            lambda: call([str(binary), "--list"]),
            lambda: isolated(binary, 0, run_dir, "no-such-test"),
        )
    print(f"{tests} empty tests                 total    per test   ratio")
    print(f"bare, one process a test     {alone:7.3f} s {alone / tests * 1e3:7.2f} ms    1.00")
    print(f"through the runner           {through:7.3f} s {through / tests * 1e3:7.2f} ms {through / alone:7.2f}")
    print(f"python -I -S -c pass         {python * 1e3:7.1f} ms")
    print(f"the binary's --list          {listing * 1e3:7.1f} ms")
    print(f"the runner, no test matching {start * 1e3:7.1f} ms")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
