"""Whole commands, start to end, against the least that could be done.

`leakgate --version` and `leakgate compare` against the interpreter's bare start; `compare` of two large files, all
the way to the comment, against node parsing the same two.

    python benchmarks/commands.py [--rounds 5]

Each command runs `--rounds` times in a process of its own, in turns with the others. Ratios are of medians of the
processor time (user + system), which other load disturbs least; the wall time is beside it. Needs `node`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_PARSE_BOTH = 'for (const f of process.argv.slice(1)) JSON.parse(require("fs").readFileSync(f, "utf8"))'
_LEAKGATE = (str(Path(sys.executable).with_name("leakgate")),)


def write_pair(directory: Path, name: str, points: int, frames: int) -> tuple[str, str]:
    """A base and a head in which some sites grew."""
    pair = directory / f"{name}-base.json", directory / f"{name}-head.json"
    options = ["--points", str(points), "--frames", str(frames)]
    for path, growth in zip(pair, ([], ["--grow"]), strict=True):
        script = Path(__file__).with_name("make_profile.py")
        subprocess.run([sys.executable, script, path, *options, *growth], check=True)
    return str(pair[0]), str(pair[1])


def measure(command: Sequence[str]) -> tuple[float, float]:
    """Processor seconds and wall seconds of one run; `compare` exits with 1, as there is growth."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"{command} exited with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, wall


def report(commands: Mapping[str, tuple[Sequence[str], str]], rounds: int) -> str:
    """One line a command, with its ratio to the command it is measured against."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, _) in commands.items():
            runs[name].append(measure(command))
    cpu = {name: statistics.median(run[0] for run in times) for name, times in runs.items()}
    wall = {name: statistics.median(run[1] for run in times) for name, times in runs.items()}
    lines = [f"{'command':<34} {'cpu s':>7} {'wall s':>7}  {'cpu':>6}  {'wall':>6}"]
    for name, (_, against) in commands.items():
        ratios = f"{cpu[name] / cpu[against]:>5.2f}×  {wall[name] / wall[against]:>5.2f}×  of {against}"
        lines.append(f"{name:<34} {cpu[name]:>7.3f} {wall[name]:>7.3f}  {ratios}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as directory:
        small = write_pair(Path(directory), "small", 20_000, 8_000)
        large = write_pair(Path(directory), "large", 300_000, 60_000)
        bare, parse = "python -c pass", "node, JSON.parse of the large two"
        compare = (*_LEAKGATE, "compare", "--format", "markdown")
        print(
            report(
                {
                    bare: ((sys.executable, "-c", "pass"), bare),
                    "leakgate --version": ((*_LEAKGATE, "--version"), bare),
                    "leakgate compare, 20,000 points": ((*compare, *small), bare),
                    parse: (("node", "-e", _PARSE_BOTH, *large), parse),
                    "leakgate compare, 300,000 points": ((*compare, *large), parse),
                },
                rounds,
            )
        )


if __name__ == "__main__":
    main()
