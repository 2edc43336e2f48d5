"""Building the tests of the example: under leakgate against plain `cargo test --no-run`.

    python benchmarks/build_time.py [--rounds 3]

Each build starts without a target directory, in a copy of the example; cargo's packages are on the disk. leakgate
runs `cargo test` with a filter that no test matches, which it reports as an error, after it has built; so it
includes the start of leakgate and of the test binaries, a few tenths of a second, which the last line gives
apart. `cold` compiles the harness too, as the first run with a toolchain does; `warm` finds it in leakgate's
cache. Ratios are medians of each turn's ratio by the clock.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

EXAMPLE = Path(__file__).resolve().parent.parent / "examples/s3-server"
NO_TEST = 3


def run(words: Sequence[str], cwd: Path, env: Mapping[str, str], exit_code: int) -> tuple[float, float]:
    """Seconds by the clock, and of processor time with all children."""
    start = time.perf_counter()
    with subprocess.Popen(
        words, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != exit_code:
        raise SystemExit(f"{' '.join(words)} exited with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds: int = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name).resolve()
        project = directory / "s3-server"
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("target", ".leakgate"))
        env = {**os.environ, "XDG_CACHE_HOME": str(directory / "cache")}
        leakgate = str(Path(sys.executable).with_name("leakgate"))
        check = (leakgate, "check", "--profiler", "harness", "--", "cargo", "test", "no_such_test")
        build = ("cargo", "test", "--no-run")
        runs: dict[str, list[tuple[float, float]]] = {"plain": [], "cold": [], "warm": [], "built before": []}
        for _ in range(rounds):
            for kind, own in runs.items():
                if kind != "built before":
                    shutil.rmtree(project / "target", ignore_errors=True)
                if kind == "cold":
                    shutil.rmtree(directory / "cache", ignore_errors=True)
                own.append(run(build, project, env, 0) if kind == "plain" else run(check, project, env, NO_TEST))
    load = os.getloadavg()[0]
    print(f"the example's tests; {os.cpu_count()} processors, load {load:.1f}")
    print(f"{'':<14}{'seconds':>9}{'processor s':>13}{'/ plain':>9}{'over plain':>12}")
    for kind, own in runs.items():
        turns = list(zip(own, runs["plain"], strict=True))
        ratio = median(one[0] / plain[0] for one, plain in turns)
        over = median(one[0] - plain[0] for one, plain in turns)
        seconds, processor = median(one[0] for one in own), median(one[1] for one in own)
        print(f"{kind:<14}{seconds:>9.2f}{processor:>13.2f}{ratio:>8.2f}×{over:>+10.2f} s")


if __name__ == "__main__":
    main()
