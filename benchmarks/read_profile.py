"""Reading a large DHAT file: leakgate against Python's `json.loads` and node's `JSON.parse`.

    python benchmarks/read_profile.py [--rounds 5] [--points 300000] [--frames 60000]

Writes the file with `make_profile.py` into a temporary directory, then reads it `--rounds` times with each reader,
in turns, each time in a process of its own. A time covers opening, reading and decoding the file, not the start
of the interpreter; `leakgate` also checks, sums up and merges; `+ classify` tells for each frame whose code it is.
Ratios are of medians, against node. Needs `node`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_PYTHON = """
import json, resource, sys, time
from pathlib import Path
path = Path(sys.argv[1])
{setup}
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""

_LEAKGATE = """
from leakgate.dhat.frames import Workspace, classify
from leakgate.dhat.reader import read
"""

_NODE = """
const start = process.hrtime.bigint();
const profile = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify([seconds, process.resourceUsage().maxRSS]));
"""

NODE = "node JSON.parse"
READERS: Mapping[str, Sequence[str]] = {
    NODE: ("node", "-e", _NODE),
    "json.loads": (sys.executable, "-c", _PYTHON.format(setup="", work="json.loads(path.read_bytes())")),
    "leakgate": (sys.executable, "-c", _PYTHON.format(setup=_LEAKGATE, work="read(path)")),
    "leakgate + classify": (
        sys.executable,
        "-c",
        _PYTHON.format(setup=_LEAKGATE, work="classify(read(path).frames, Workspace({}, ()))"),
    ),
}


def measure(command: Sequence[str], path: Path) -> tuple[float, int]:
    """Seconds, and the peak of memory in KiB, as the process itself reports them."""
    output = subprocess.run([*command, str(path)], check=True, capture_output=True, text=True).stdout
    seconds, kib = json.loads(output)
    return float(seconds), int(kib)


def table(results: Mapping[str, Sequence[tuple[float, int]]]) -> str:
    """One line a reader, with ratios to node's."""
    medians = {name: statistics.median(seconds for seconds, _ in runs) for name, runs in results.items()}
    peaks = {name: max(kib for _, kib in runs) for name, runs in results.items()}
    lines = [f"{'reader':<20} {'min s':>7} {'median s':>9} {'peak MiB':>9} {'time':>6} {'memory':>7}"]
    for name, runs in results.items():
        time, memory = medians[name] / medians[NODE], peaks[name] / peaks[NODE]
        seconds = f"{min(seconds for seconds, _ in runs):>7.3f} {medians[name]:>9.3f}"
        lines.append(f"{name:<20} {seconds} {peaks[name] / 1024:>9.0f} {time:>5.2f}× {memory:>6.2f}×")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--points", type=int, default=300_000)
    parser.add_argument("--frames", type=int, default=60_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "dhat-heap.json"
        # In a process of its own: a child's peak of memory starts with its parent's size.
        options = ["--points", str(arguments.points), "--frames", str(arguments.frames)]
        subprocess.run([sys.executable, Path(__file__).with_name("make_profile.py"), path, *options], check=True)
        size = path.stat().st_size / 1e6
        print(f"{size:.0f} MB, {arguments.points:,} program points, {arguments.frames:,} frames")
        results: dict[str, list[tuple[float, int]]] = {name: [] for name in READERS}
        for _ in range(arguments.rounds):
            for name, command in READERS.items():
                results[name].append(measure(command, path))
    print(table(results))


if __name__ == "__main__":
    main()
