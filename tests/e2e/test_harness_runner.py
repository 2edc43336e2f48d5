"""The injected runner against the real libtest, line by line; and its figures, which are known to the byte."""

import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "tests/harness_runner"
CRATE = ROOT / "src/leakgate/profilers/harness"

# Just enough of a wrapper. The real one is tested with the profiler that uses it.
RUNNER = """#!/bin/sh
rustc="$1"; shift
case " $* " in *" --test "*)
  exec env RUSTC_BOOTSTRAP=1 "$rustc" "$@" '-Zcrate-attr=feature(custom_test_frameworks)' \\
    '-Zcrate-attr=test_runner(leakgate_harness::runner)' \\
    --extern leakgate_harness="${0%/*}/libleakgate_harness.rlib"
esac
exec "$rustc" "$@"
"""
ALLOCATOR = """#!/bin/sh
rustc="$1"; shift
case " $* " in *" --test "*)
  exec env RUSTC_BOOTSTRAP=1 "$rustc" "$@" -Zunstable-options \\
    --extern force:leakgate_harness="${0%/*}/libleakgate_harness.rlib"
esac
exec "$rustc" "$@"
"""

KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_", "LEAKGATE_", "RUST"))}
TOOLS = {
    **KEPT,
    **{name: value for name, value in os.environ.items() if name.startswith(("CARGO_HOME", "RUSTUP_"))},
}

Binaries = dict[str, Path]


@dataclass(frozen=True)
class Built:
    """The project's test binaries by the name of their target, built in three ways."""

    plain: Binaries
    injected: Binaries
    fallback: Binaries


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Round:
    """One round of a test, as the runner reported it.

    Attributes:
        total: Bytes and blocks ever allocated.
        t_gmax: Bytes live at the peak.
        t_end: Bytes live at the end.
        notes: What the runner remarks.
    """

    total: tuple[int, int]
    t_gmax: int
    t_end: int
    notes: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def built(pytestconfig: pytest.Config) -> Built:
    assert pytestconfig.cache is not None
    store = pytestconfig.cache.mkdir("harness-runner")
    sources = sorted(CRATE.rglob("src/**/*.rs"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    # Cargo does not know that test binaries depend on the harness: another harness is another directory.
    for old in [path for path in store.glob("*-*") if not path.name.endswith(digest)]:
        shutil.rmtree(old)
    runner = harness(store / f"runner-{digest}", RUNNER, "--cfg", "leakgate_runner")
    allocator = harness(store / f"allocator-{digest}", ALLOCATOR)
    return Built(
        plain=build(store / "plain", {}),
        injected=build(runner / "target", {"RUSTC_WORKSPACE_WRAPPER": str(runner / "wrapper")}),
        fallback=build(
            allocator / "target", {"RUSTC_WORKSPACE_WRAPPER": str(allocator / "wrapper")}, "--test=fallback"
        ),
    )


def harness(directory: Path, wrapper: str, *options: str) -> Path:
    """A directory with the harness, compiled, and a wrapper beside it."""
    if not (directory / "wrapper").exists():
        directory.mkdir(exist_ok=True)
        command = ["rustc", "--edition=2018", "--crate-type=rlib", "--crate-name=leakgate_harness", "-O"]
        arguments = ["-Cforce-frame-pointers=yes", *options, str(CRATE / "src/lib.rs"), f"--out-dir={directory}"]
        subprocess.run([*command, *arguments], env={**TOOLS, "RUSTC_BOOTSTRAP": "1"}, check=True)
        (directory / "wrapper").write_text(wrapper)
        (directory / "wrapper").chmod(0o755)
    return directory


def build(target: Path, variables: dict[str, str], *arguments: str) -> Binaries:
    """The project's test binaries by the name of their target."""
    command = ["cargo", "test", "--workspace", "--no-run", "--offline", "--message-format=json", *arguments]
    # The project's benchmarks need an unstable feature.
    environment = {**TOOLS, "RUSTC_BOOTSTRAP": "1", "CARGO_TARGET_DIR": str(target), **variables}
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        message["target"]["name"]: Path(message["executable"]) for message in messages if message.get("executable")
    }


def run(binary: Path, arguments: Sequence[str], **variables: str) -> Done:
    done = subprocess.run(
        [f"./{binary.name}", *arguments],
        executable=binary,
        cwd=PROJECT,
        env={**KEPT, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def measured(binary: Path, directory: Path, arguments: Sequence[str] = (), **variables: str) -> Done:
    directory.mkdir(exist_ok=True)
    return run(binary, arguments, LEAKGATE_HARNESS_DIR=str(directory), **variables)


def blotted(text: str, binary: Path) -> list[str]:
    """What is left of an output when times, thread numbers and the binary's name are taken out."""
    text = text.replace(binary.name, "BINARY")
    text = re.sub(r"(thread '[^']*') \(\d+\)", r"\1 (THREAD)", text)
    text = re.sub(r'(exec_time": |time="|median": |deviation": )[0-9.e-]+', r"\1TIME", text)
    text = re.sub(r"(finished in|bench:) +[0-9,.]+( ns/iter \(\+/- )?[0-9,.]*", r"\1 TIME", text)
    text = re.sub(r"<\d+\.\d+s>", "<TIME>", text)
    return text.splitlines()


def events(directory: Path) -> list[dict[str, Any]]:
    file = directory / "events.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def figures(directory: Path) -> dict[str, list[Round]]:
    """Test → its rounds."""
    return {
        event["test"]: [read_round(directory, profile) for profile in event["profiles"]]
        for event in events(directory)
        if event["event"] == "end"
    }


def read_round(directory: Path, profile: dict[str, Any]) -> Round:
    assert profile["file"].endswith(f".{profile['round']}.raw")
    tb, tbk, gb, _, eb, _ = totals(directory / profile["file"])
    return Round((tb, tbk), gb, eb, tuple(profile["notes"]))


def totals(file: Path) -> tuple[int, ...]:
    """Total bytes and blocks, those at t-gmax, those at t-end."""
    (line,) = [line for line in file.read_text().splitlines() if line.startswith("totals ")]
    return tuple(int(word) for word in line.split()[1:])


UNSTABLE = "-Zunstable-options"
ARGUMENTS = (
    "",
    "--list",
    "--list --format terse",
    "--list --format=pretty passing",
    "--list --ignored",
    "--list -q --skip passing",
    f"--list --format json {UNSTABLE}",
    "passing",
    "passing::p asserts",
    "nothing_like_it",
    "--exact passing::prints",
    "--exact prints",
    "--exact passing::prints passing::empty --skip passing::empty",
    "--skip failing",
    "--skip failing --skip passing::p",
    "-- passing::empty",
    "--ignored",
    "--ignored passing",
    "--include-ignored",
    "--include-ignored passing",
    "--exact passing::ignored_for_a_reason",
    "--exact passing::ignored_for_a_reason -q",
    "--ignored --include-ignored",
    "--test",
    "--bench passing",
    "--bench --test passing",
    "--nocapture",
    "--no-capture passing",
    "--nocapture -q failing",
    "--show-output",
    "--show-output passing -q",
    "-q",
    "--quiet passing",
    "--format terse failing",
    "--format pretty --ignored",
    f"--format json {UNSTABLE}",
    f"--format=json {UNSTABLE} --show-output passing",
    f"--format json --report-time {UNSTABLE}",
    f"--format junit {UNSTABLE}",
    "--format json",
    "--format xml",
    "--format",
    "--color always",
    "--color=never passing",
    "--color red",
    "--test-threads 1 passing",
    "--test-threads=0",
    "--test-threads many",
    "--test-threads",
    f"--report-time {UNSTABLE}",
    "--report-time",
    f"--ensure-time passing {UNSTABLE}",
    f"--shuffle-seed 7 {UNSTABLE}",
    "--shuffle",
    f"--shuffle-seed seven {UNSTABLE}",
    f"--force-run-in-process {UNSTABLE} passing",
    "--force-run-in-process",
    f"--exclude-should-panic {UNSTABLE}",
    f"--fail-fast {UNSTABLE}",
    "-Z fly",
    "-Z",
    "-h",
    "--help passing",
    "--unknown",
    "-x",
    "--exact --exact",
    "--list=yes",
)
VARIABLES: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {"RUST_TEST_NOCAPTURE": "1"}),
    ("", {"RUST_TEST_NOCAPTURE": "0"}),
    ("failing", {"RUST_BACKTRACE": "1"}),
    ("passing", {"RUST_BACKTRACE": "full"}),
    (UNSTABLE, {"RUST_TEST_SHUFFLE": "1", "RUST_TEST_SHUFFLE_SEED": "5"}),
    ("", {"RUST_TEST_SHUFFLE": "1", "RUST_TEST_SHUFFLE_SEED": "5"}),
    ("--shuffle-seed=3 -Zunstable-options", {"RUSTC_BOOTSTRAP": ""}),
)


def cases() -> list[tuple[str, dict[str, str]]]:
    return [*((arguments, {"RUSTC_BOOTSTRAP": "1"}) for arguments in ARGUMENTS), *VARIABLES]


@pytest.mark.parametrize(("arguments", "variables"), cases())
def test_it_prints_what_libtest_prints(
    built: Built, tmp_path: Path, arguments: str, variables: dict[str, str]
) -> None:
    """Two rounds: what the second one prints must not be seen."""
    plain, injected = built.plain["harness_runner"], built.injected["harness_runner"]
    expected = run(plain, arguments.split(), **{"RUST_TEST_THREADS": "1", **variables})
    actual = measured(injected, tmp_path, arguments.split(), LEAKGATE_ROUNDS="2", **variables)

    assert blotted(actual.out, injected) == blotted(expected.out, plain)
    errors = blotted(actual.err, injected)
    if "junit" in arguments:
        # libtest panics at a message of two lines, and a process that has seen no other panic adds this hint.
        assert errors.pop() == "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
    assert errors == blotted(expected.err, plain)
    assert actual.code == expected.code


def test_what_is_printed_without_a_line_end_comes_before_the_word_on_the_test(
    built: Built, tmp_path: Path
) -> None:
    """With one round nothing else flushes the stream of the tests' process."""
    plain, injected = built.plain["harness_runner"], built.injected["harness_runner"]
    arguments = ["--exact", "passing::prints", "passing::empty", "--nocapture"]
    expected = run(plain, arguments, RUST_TEST_THREADS="1")
    actual = measured(injected, tmp_path, arguments, LEAKGATE_ROUNDS="1")
    assert blotted(actual.out, injected) == blotted(expected.out, plain)


@pytest.mark.parametrize("target", ["green", "none", "edition2015"])
@pytest.mark.parametrize("arguments", ["", "--list", "--ignored", "-q", "--nocapture"])
def test_other_binaries(built: Built, tmp_path: Path, target: str, arguments: str) -> None:
    plain, injected = built.plain[target], built.injected[target]
    expected = run(plain, arguments.split(), RUST_TEST_THREADS="1")
    actual = measured(injected, tmp_path, arguments.split(), LEAKGATE_ROUNDS="2")

    assert expected.code == 0
    assert blotted(actual.out, injected) == blotted(expected.out, plain)
    assert (blotted(actual.err, injected), actual.code) == (blotted(expected.err, plain), 0)


def test_a_log_file_is_what_libtest_writes(built: Built, tmp_path: Path) -> None:
    plain, injected = built.plain["harness_runner"], built.injected["harness_runner"]
    expected = run(plain, ["--logfile", str(tmp_path / "plain")], RUST_TEST_THREADS="1")
    actual = measured(injected, tmp_path, ["--logfile", str(tmp_path / "injected")])

    assert (tmp_path / "injected").read_text() == (tmp_path / "plain").read_text() != ""
    assert blotted(actual.err, injected) == blotted(expected.err, plain)


def test_without_leakgate_it_is_libtest(built: Built, tmp_path: Path) -> None:
    plain, injected = built.plain["harness_runner"], built.injected["harness_runner"]
    expected = run(plain, [], RUST_TEST_THREADS="1")
    actual = run(injected, [], RUST_TEST_THREADS="1")
    assert blotted(actual.out, injected) == blotted(expected.out, plain)
    assert events(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [("--test-threads 4", {}), ("--test-threads=4", {}), ("", {"RUST_TEST_THREADS": "4"})],
)
def test_it_says_once_that_it_does_not_run_tests_side_by_side(
    built: Built, tmp_path: Path, arguments: str, variables: dict[str, str]
) -> None:
    done = measured(built.injected["memory"], tmp_path, ["waits", "empty", *arguments.split()], **variables)
    said = "leakgate: the tests run one at a time, so that each can be measured, not 4 at a time\n"
    assert (done.err, done.code) == (said, 0)
    told = [event["event"] for event in events(tmp_path) if event["event"] != "moved"]
    assert told == ["binary", "start", "end", "start", "end"]


def test_a_variable_that_is_no_number_is_refused_as_libtest_does(built: Built, tmp_path: Path) -> None:
    done = measured(built.injected["green"], tmp_path, RUST_TEST_THREADS="many")
    assert "RUST_TEST_THREADS is `many`, should be a positive integer." in done.err
    assert done.code == run(built.plain["green"], [], RUST_TEST_THREADS="many").code == 101


FIGURES = {
    "catches_a_panic": [Round((72, 2), 72, 0)],
    "empty": [Round((0, 0), 0, 0)],
    "fills_a_static": [Round((1000, 1), 1000, 1000), Round((0, 0), 0, 0)],
    "fills_the_same_static": [Round((0, 0), 0, 0)],
    "forks": [Round((0, 0), 0, 0)],
    "frees_what_it_allocates": [Round((10_000, 1), 10_000, 0)],
    "keeps_bytes_until_its_thread_ends": [Round((2000, 1), 2000, 0)],
    "leaks": [Round((4096, 1), 4096, 4096), Round((4096, 1), 4096, 4096)],
    "panics": [Round((72, 2), 72, 0)],
    "panics_with_a_vector": [Round((580, 3), 580, 0)],
    "panics_with_an_owned_message": [Round((72, 2), 72, 0)],
    "prints_a_megabyte": [Round((0, 0), 0, 0)],
    "silences_panics": [Round((72, 2), 72, 0)],
    "works_only_once": [Round((64, 1), 64, 64, ("cannot run twice: panicked: it was done before",))],
}
"""A panic costs 72 bytes: the exception object (56) and the box of its message (16)."""

# How much a thread costs is the standard library's affair.
THREADS = {"waits_for_its_thread", "zz_leaves_a_thread_running"}


@pytest.mark.parametrize("backtrace", ["0", "1"])
@pytest.mark.parametrize("capture", ["--show-output", "--nocapture"])
def test_figures_are_exact(built: Built, tmp_path: Path, capture: str, backtrace: str) -> None:
    done = measured(built.injected["memory"], tmp_path, [capture], RUST_BACKTRACE=backtrace)
    assert done.code == 0, done.out
    found = figures(tmp_path)
    assert {name: rounds for name, rounds in found.items() if name not in THREADS} == FIGURES
    assert {name for name in found if name in THREADS} == THREADS
    assert [(each.t_end, each.notes) for each in found["waits_for_its_thread"]] == [(0, ())]
    left = found["zz_leaves_a_thread_running"]
    assert [each.notes for each in left] == [("left 1 thread running",)] * 2
    assert left[0].t_end == left[1].t_end > 0


def test_order_and_company_change_nothing(built: Built, tmp_path: Path) -> None:
    """The last round counts. What is left of a first round's static must not depend on who came first."""
    binary = built.injected["memory"]

    def last_rounds(name: str, *arguments: str) -> dict[str, tuple[int, int]]:
        directory = tmp_path / name
        done = measured(binary, directory, ["--skip=zz_", *arguments], RUSTC_BOOTSTRAP="1")
        assert done.code == 0, done.out
        return {test: (rounds[-1].t_gmax, rounds[-1].t_end) for test, rounds in figures(directory).items()}

    together = last_rounds("together")
    assert len(together) == len(FIGURES) + 1
    for seed in range(4):
        assert last_rounds(f"shuffled-{seed}", f"--shuffle-seed={seed}", UNSTABLE) == together
    alone = {}
    for test in together:
        alone.update(last_rounds(f"alone-{test}", "--exact", test))
    assert alone == together


def test_a_limit_that_is_crossed_asks_for_a_second_round(built: Built, tmp_path: Path) -> None:
    binary = built.injected["memory"]
    limits = {"frees_what_it_allocates": "9999", "keeps_bytes_until_its_thread_ends": "2000", "empty": "-"}
    lines = [f"{binary}\t{test}\t{limit}" for test, limit in limits.items()]
    lines.append("another binary\twaits_for_its_thread\t0")
    (tmp_path / "limits").write_text("\n".join(lines))

    measured(
        binary,
        tmp_path,
        ["--exact", *limits, "waits_for_its_thread"],
        LEAKGATE_SECOND_ROUND=str(tmp_path / "limits"),
    )

    assert {test: len(rounds) for test, rounds in figures(tmp_path).items()} == {
        "frees_what_it_allocates": 2,
        "keeps_bytes_until_its_thread_ends": 1,
        "empty": 1,
        "waits_for_its_thread": 1,
    }


def test_a_second_round_that_hangs_is_given_up(built: Built, tmp_path: Path) -> None:
    done = measured(built.injected["hangs"], tmp_path)
    assert done.code == 0, done.out
    assert figures(tmp_path) == {
        "hangs_when_run_again": [Round((64, 1), 64, 64, ("cannot run twice: it did not end within 10 s",))],
        "runs_after_it": [Round((64, 1), 64, 0)],
    }


@pytest.mark.parametrize("rounds", ["1", "3"])
def test_as_many_rounds_as_asked_for(built: Built, tmp_path: Path, rounds: str) -> None:
    measured(
        built.injected["memory"],
        tmp_path,
        ["--exact", "empty", "leaks", "works_only_once"],
        LEAKGATE_ROUNDS=rounds,
    )
    found = figures(tmp_path)
    assert (len(found["empty"]), len(found["leaks"]), len(found["works_only_once"])) == (
        int(rounds),
        int(rounds),
        1,
    )


def test_what_leakgate_is_told(built: Built, tmp_path: Path) -> None:
    binary = built.injected["harness_runner"]
    tests = ["passing::größe", "passing::ignored", "failing::asserts", "failing::does_not_panic"]
    measured(binary, tmp_path, ["--exact", *tests])

    told = events(tmp_path)
    pid = told[-1]["profiles"][0]["file"].removeprefix("raw/").split("-")[0]
    assert {event.pop("binary") for event in told} == {str(binary)}
    assert all(event.pop("seconds") >= 0 for event in told if event["event"] == "end")
    assertion = "panicked: assertion `left == right` failed: arithmetic"
    assert told == [
        {"event": "binary", "tests": 3, "ignored": 1, "filtered": told[0]["filtered"]},
        {"event": "start", "test": "failing::asserts"},
        {"event": "end", "test": "failing::asserts", "reason": assertion, "profiles": []},
        {"event": "start", "test": "failing::does_not_panic"},
        {"event": "end", "test": "failing::does_not_panic", "reason": "did not panic", "profiles": []},
        {"event": "start", "test": "passing::größe"},
        {
            "event": "end",
            "test": "passing::größe",
            "reason": None,
            "profiles": [{"file": f"raw/{pid}-3.1.raw", "round": 1, "notes": []}],
        },
    ]
    profile = (tmp_path / f"raw/{pid}-3.1.raw").read_text().splitlines()
    assert profile[0] == "leakgate-heap 1"
    assert "profile passing::größe" in profile


COUNTS = (
    "",
    "passing",
    "--skip=failing",
    "--ignored",
    "--include-ignored",
    "--exact passing::empty",
    "--bench passing",
    "--bench --test passing",
)


@pytest.mark.parametrize("arguments", COUNTS)
def test_the_counts_are_libtest_s(built: Built, tmp_path: Path, arguments: str) -> None:
    done = measured(built.injected["harness_runner"], tmp_path, arguments.split())
    (binary,) = [event for event in events(tmp_path) if event["event"] == "binary"]
    summary = re.search(r"(\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured; (\d+) filtered out", done.out)
    assert summary is not None, done.out
    passed, failed, ignored, _, filtered = map(int, summary.groups())
    assert (binary["tests"], binary["ignored"], binary["filtered"]) == (passed + failed, ignored, filtered)
    ended = [event for event in events(tmp_path) if event["event"] == "end"]
    assert sum(event["reason"] is None for event in ended) == passed
    assert sum(event["reason"] is not None for event in ended) == failed


ENDS = {
    "a_aborts": "killed by SIGABRT",
    "b_aborts_and_should_panic": "killed by SIGABRT",
    "c_leaks": 100,
    "d_exits_with_7": "exited with 7",
    "e_exits_with_0": "exited before the test ended",
    "f_overflows_its_stack": "killed by SIGABRT",
    "g_is_killed_by_a_bad_address": "killed by SIGSEGV",
    "h_is_killed": "killed by SIGKILL",
    "i_deadlocks": "did not end within 4 s",
    "j_leaks": 200,
    "l_leaks": 300,
    "m_closes_every_file": 0,
    "n_returns_in_a_forked_child_too": 0,
    "o_panics_with_a_value_that_panics_when_it_is_dropped": "panicked",
    "p_leaks": 400,
}
"""Test → why it has failed, or the bytes that it has left at t-end."""


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_what_a_test_does_to_its_process_is_its_own_affair(built: Built, tmp_path: Path, jobs: str) -> None:
    done = measured(built.injected["ends"], tmp_path, LEAKGATE_TIME_LIMIT="4", LEAKGATE_JOBS=jobs)

    ends = {event["test"]: event for event in events(tmp_path) if event["event"] == "end"}
    left = ends.pop("k_leaves_a_thread_that_allocates_for_ever")
    assert left["reason"] is None
    assert [profile["notes"] for profile in left["profiles"]] == [["left 1 thread running"]] * 2
    rounds = figures(tmp_path)
    assert {name: end["reason"] or rounds[name][-1].t_end for name, end in ends.items()} == ENDS
    assert {name: rounds[name][-1].t_gmax for name in ("c_leaks", "j_leaks", "l_leaks", "p_leaks")} == {
        "c_leaks": 100,
        "j_leaks": 200,
        "l_leaks": 300,
        "p_leaks": 400,
    }
    assert [event["text"] for event in events(tmp_path) if event["event"] == "note"] == []
    assert "test a_aborts ... FAILED" in done.out
    assert "---- a_aborts stdout ----\nleakgate: a_aborts: killed by SIGABRT\n" in done.out
    assert "test b_aborts_and_should_panic - should panic ... FAILED" in done.out
    assert "test result: FAILED. 7 passed; 9 failed; 0 ignored" in done.out
    assert done.code == 101
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "raw"]


def test_a_profile_replaces_none_of_an_earlier_process_with_the_same_id(built: Built, tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as latest:
        earlier = [tmp_path / f"raw/{latest.pid + further}-1.1.raw" for further in range(3000)]
    (tmp_path / "raw").mkdir()
    for file in earlier:
        file.touch()

    measured(built.injected["memory"], tmp_path, ["--exact", "frees_what_it_allocates"])

    assert figures(tmp_path) == {"frees_what_it_allocates": [Round((10_000, 1), 10_000, 0)]}
    assert [file for file in earlier if file.stat().st_size] == []


def test_a_worker_that_cannot_be_started_leaves_nothing(built: Built, tmp_path: Path) -> None:
    binary = tmp_path / "ends"
    shutil.copy(built.injected["ends"], binary)
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    process = subprocess.Popen(
        [binary, "--exact", "i_deadlocks", "j_leaks"],
        env={**KEPT, "LEAKGATE_HARNESS_DIR": str(run_dir), "LEAKGATE_TIME_LIMIT": "2"},
        stdout=subprocess.PIPE,
    )
    assert isinstance(process.stdout, io.BufferedReader)
    started = b""
    while b"i_deadlocks ... " not in started:
        started += process.stdout.read1()
    while not (run_dir / "raw").exists():  # its worker is there
        assert process.poll() is None
    binary.chmod(0o400)
    process.communicate(timeout=30)

    assert process.returncode == 101
    ends = {event["test"]: event["reason"] for event in events(run_dir) if event["event"] == "end"}
    assert ends == {
        "i_deadlocks": "did not end within 2 s",
        "j_leaks": "it cannot be run: Permission denied (os error 13)",
    }
    assert sorted(path.name for path in run_dir.iterdir()) == ["events.jsonl", "raw"]


@pytest.mark.parametrize("stderr", ["/dev/null", "/dev/full"])
def test_what_goes_wrong_when_the_tests_have_ended_fails_their_binary(
    built: Built, tmp_path: Path, stderr: str
) -> None:
    with Path(stderr).open("w") as nowhere:
        code = subprocess.call(
            [built.injected["exits"]],
            env={**KEPT, "LEAKGATE_HARNESS_DIR": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=nowhere,
        )

    assert code == 101
    assert [(event["event"], event.get("text")) for event in events(tmp_path)] == [
        ("binary", None),
        ("start", None),
        ("end", None),
        ("note", "the process of the tests killed by SIGABRT when they had ended"),
    ]


def test_only_some_tests_each_in_a_process_of_its_own(built: Built, tmp_path: Path) -> None:
    binary = built.injected["memory"]
    only = tmp_path / "only.tsv"
    only.write_text(f"{binary}\tleaks\t\n{binary}\tfills_the_same_static\t\nanother\tforks\t\n")

    done = measured(binary, tmp_path / "run", LEAKGATE_ONLY=str(only), LEAKGATE_REPEAT="2")

    assert done.code == 0, done.err
    assert figures(tmp_path / "run") == {
        "fills_the_same_static": [Round((1000, 1), 1000, 1000), *[Round((0, 0), 0, 0)] * 2],
        "leaks": [Round((4096, 1), 4096, 4096)] * 3,
    }
    pids = {
        profile["file"].partition("-")[0]
        for event in events(tmp_path / "run")
        if event["event"] == "end"
        for profile in event["profiles"]
    }
    assert len(pids) == 2
    listing = measured(binary, tmp_path / "list", ["--list", "--format=terse"], LEAKGATE_ONLY=str(only))
    assert listing.out == "fills_the_same_static: test\nleaks: test\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_of_it_outlives_it(built: Built, tmp_path: Path, number: int) -> None:
    tmp_path.joinpath("run").mkdir()
    process = subprocess.Popen(
        [built.injected["ends"], "--exact", "i_deadlocks"],
        env={**KEPT, "LEAKGATE_HARNESS_DIR": str(tmp_path / "run")},
        stdout=subprocess.PIPE,
    )
    assert isinstance(process.stdout, io.BufferedReader)
    started = b""
    while b"i_deadlocks ... " not in started:
        started += process.stdout.read1()
    process.send_signal(number)
    # The worker has the same standard output: only when both have ended does it end.
    process.communicate(timeout=30)
    assert process.returncode == -number


@pytest.mark.parametrize(("test", "t_end"), [("frees_what_it_allocates", 0), ("leaks", 4096)])
def test_the_allocator_alone_measures_a_test_under_libtest(
    built: Built, tmp_path: Path, test: str, t_end: int
) -> None:
    file = tmp_path / "profile.raw"
    done = run(built.fallback["fallback"], ["--exact", test], LEAKGATE_HARNESS_FALLBACK_FILE=str(file))
    assert (done.code, done.err) == (0, "")
    _, _, gb, _, eb, _ = totals(file)
    assert eb == t_end
    # Of libtest, the channel for the result: 10 KB, and no more than that.
    allocated = 100_000 if t_end == 0 else 4096
    assert allocated <= gb < allocated + 11_000


def test_the_allocator_alone_measures_nothing_unasked(built: Built, tmp_path: Path) -> None:
    done = run(built.fallback["fallback"], [], RUST_TEST_THREADS="1")
    assert (done.code, done.err) == (0, "")
    assert list(tmp_path.iterdir()) == []
