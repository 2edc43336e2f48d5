"""What heap profilers cost one test: leakgate's harness, the dhat crate, heaptrack, and Valgrind's DHAT.

    python benchmarks/profilers.py [--rounds 5] [--release] [--no-memory]

Needs cargo with a network (for dhat), heaptrack and valgrind (Debian's packages of these names). Builds a crate
with two tests in a temporary directory:

- `heavy` allocates and frees 400,000 blocks at a depth of 45 to 48 calls, 1,000 of them live at a time. The
  **test's own time** is the processor time of its thread from the first to the last of them, so that neither the
  start of a process nor the writing of a profile is in it, nor what other programs do; `whole s` is the whole
  process by the clock, with both of these. The profilers take turns; a ratio is the median over the turns of
  (own time - plain's) / (leakgate's - plain's).
- `live` holds 1,000,000 blocks of 24 bytes. The peak of resident memory of the process, over that of plain.

All keep stacks of 64 frames at least. heaptrack's own second process, which reads while the test runs, is not in
the own time.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ALLOCATIONS = 400_000
LIVE = 1_000_000

_MANIFEST = """
[package]
name = "heavy"
edition = "2021"
[features]
dhat = ["dep:dhat"]
[dependencies]
dhat = { version = "=0.3.3", optional = true }
[profile.release]
debug = "limited"
"""

_SOURCE = """
#![cfg(test)]
use std::hint::black_box;

#[cfg(feature = "dhat")]
#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

#[repr(C)]
struct Time {
    seconds: i64,
    nanoseconds: i64,
}
extern "C" {
    fn clock_gettime(clock: i32, time: *mut Time) -> i32;
}

/// Of this thread on a processor, in nanoseconds.
fn now() -> i64 {
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(3, &mut time) }; // CLOCK_THREAD_CPUTIME_ID
    time.seconds * 1_000_000_000 + time.nanoseconds
}

#[inline(never)]
fn at_depth<R>(depth: u32, f: &mut dyn FnMut() -> R) -> R {
    let result = if depth == 0 { f() } else { at_depth(depth - 1, f) };
    black_box(&result);
    result
}

fn profiled(work: fn()) {
    #[cfg(feature = "dhat")]
    let _profiler = dhat::Profiler::builder().trim_backtraces(Some(64)).build();
    let start = now();
    work();
    eprintln!("own {}", now() - start);
}

#[test]
fn heavy() {
    profiled(|| {
        at_depth(22, &mut || {
            let mut window: Vec<Vec<u8>> = vec![Vec::new(); 1000];
            for i in 0..ALLOCATIONS {
                window[i % 1000] = at_depth((i % 4) as u32, &mut || Vec::with_capacity(16 + i % 200));
            }
        })
    });
}

#[test]
fn live() {
    profiled(|| {
        let kept: Vec<Box<[u64; 3]>> = (0..LIVE as u64).map(|i| Box::new([i; 3])).collect();
        drop(black_box(kept));
    });
}
""".replace("ALLOCATIONS", str(ALLOCATIONS)).replace("LIVE", str(LIVE))

PLAIN, LEAKGATE = "plain", "leakgate"


@dataclass(frozen=True, slots=True)
class Way:
    """How to run the tests: what is put before the test's name, and variables."""

    words: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Of one test: its own seconds, those of the whole process, and the latter's peak of memory in bytes."""

    own: float
    whole: float
    peak: int


def build(directory: Path, *words: str) -> str:
    """Returns: the test binary."""
    command = ["cargo", "test", "--lib", "--no-run", "--message-format=json", *words]
    messages = subprocess.check_output(command, cwd=directory, text=True, stderr=subprocess.DEVNULL)
    found = (json.loads(line).get("executable") for line in messages.splitlines())
    return str(next(path for path in found if path))


def harnessed(directory: Path, *words: str) -> str:
    """The same, as leakgate builds it."""
    leakgate = str(Path(sys.executable).with_name("leakgate"))
    command = [leakgate, "check", "--profiler", "harness", "--", "cargo", "test", "--lib", *words]
    subprocess.run(command, cwd=directory, check=True, capture_output=True)
    notes = (directory / "target/leakgate-build").glob("*/deps/heavy-*.leakgate")
    return str(next(notes).with_suffix(""))


def ways(directory: Path, *words: str) -> dict[str, Way]:
    plain = build(directory, *words)
    dhat = build(directory, *words, "--features", "dhat", "--target-dir", "target/dhat")
    profiles = directory / "profiles"
    profiles.mkdir()
    valgrind = ("valgrind", "--command-line-only=yes", "--tool=dhat", "--num-callers=64", "--quiet")
    return {
        PLAIN: Way((plain,)),
        LEAKGATE: Way(
            (harnessed(directory, *words),), {"LEAKGATE_HARNESS_DIR": str(profiles), "LEAKGATE_ROUNDS": "auto"}
        ),
        "dhat crate": Way((dhat,)),
        "heaptrack": Way(("heaptrack", "--output", str(directory / "heaptrack"), plain)),
        "Valgrind DHAT": Way((*valgrind, f"--dhat-out-file={directory}/valgrind.json", plain)),
    }


def run(way: Way, test: str, directory: Path) -> Run:
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        words = [*way.words, test, "--exact", "--nocapture", "--test-threads=1"]
        with subprocess.Popen(
            words, cwd=directory, env={**os.environ, **way.env}, stdout=errors, stderr=errors
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        whole = time.perf_counter() - start
        errors.seek(0)
        output = errors.read()
    own = re.search(r"own (\d+)", output)
    if process.returncode or not own:
        raise SystemExit(f"{' '.join(words)} exited with {process.returncode}:\n{output}")
    return Run(int(own[1]) / 1e9, whole, usage.ru_maxrss * 1024)


def speed(runs: Mapping[str, Sequence[Run]]) -> str:
    lines = [f"{'':<14}{'own s':>8}{'above plain':>13}{'an allocation':>15}{'/ leakgate':>12}{'whole s':>9}"]
    for name, own in runs.items():
        above = [one.own - plain.own for one, plain in zip(own, runs[PLAIN], strict=True)]
        ours = [one.own - plain.own for one, plain in zip(runs[LEAKGATE], runs[PLAIN], strict=True)]
        ratio = median(one / other for one, other in zip(above, ours, strict=True))
        cells = f"{median(above):>11.3f} s{median(above) / ALLOCATIONS * 1e9:>12.0f} ns{ratio:>11.1f}×"
        whole = median(one.whole for one in own)
        lines.append(f"{name:<14}{median(one.own for one in own):>8.3f}{cells}{whole:>9.2f}")
    return "\n".join(lines)


def memory(runs: Mapping[str, Run]) -> str:
    plain = runs[PLAIN].peak
    lines = [f"{'':<14}{'peak MiB':>9}{'/ plain':>9}{'bytes a block above plain':>27}{'above 1.5 × plain':>19}"]
    for name, one in runs.items():
        above, beyond = (one.peak - plain) / LIVE, (one.peak - 1.5 * plain) / LIVE
        lines.append(f"{name:<14}{one.peak / 2**20:>9.1f}{one.peak / plain:>8.2f}×{above:>27.1f}{beyond:>19.1f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--release", action="store_true", help="optimised tests, as `cargo test --release`")
    parser.add_argument("--no-memory", action="store_true", help="leave `live` out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary).resolve()
        (directory / "src").mkdir()
        (directory / "Cargo.toml").write_text(_MANIFEST)
        (directory / "src/lib.rs").write_text(_SOURCE)
        profilers = ways(directory, *(["--release"] if arguments.release else []))
        runs: dict[str, list[Run]] = {name: [] for name in profilers}
        for _ in range(arguments.rounds):
            for name, way in profilers.items():
                runs[name].append(run(way, "heavy", directory))
        cargo_profile, load = "release" if arguments.release else "test", os.getloadavg()[0]
        print(
            f"{ALLOCATIONS:,} allocations, cargo profile `{cargo_profile}`; "
            f"{os.cpu_count()} processors, load {load:.1f}"
        )
        print(speed(runs))
        if not arguments.no_memory:
            peaks = {name: run(way, "live", directory) for name, way in profilers.items()}
            print(f"\n{LIVE:,} live blocks of 24 bytes\n{memory(peaks)}")


if __name__ == "__main__":
    main()
