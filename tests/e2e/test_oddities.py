"""`tests/zoo/oddities`: what makes it hard to measure a project, through the real cargo, against known figures.

`expected.txt` there has a table for each command below: what is measured, at how many bytes, which function of the
workspace allocated most, what failed and why, and all that the report remarks.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest

from leakgate.profilers.suite import OutputLine, ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS

pytestmark = pytest.mark.e2e

ODDITIES = Path(__file__).parents[1] / "zoo/oddities"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass
class Zoo:
    """The workspace, built where an earlier run has left it, and how to profile it."""

    env: dict[str, str]
    runs: Path
    directory: Path = ODDITIES
    events: list[ProgressEvent] = field(default_factory=list)

    def measure(
        self, command: str, env: Mapping[str, str] = NOTHING, *, time_limit: float | None = None
    ) -> SuiteRun:
        run_dir = self.runs / str(len(list(self.runs.iterdir())))
        run_dir.mkdir()
        self.events.clear()
        words = tuple(command.split())
        request = SuiteRequest(words, self.directory, {**self.env, **env}, run_dir, time_limit=time_limit)
        return PROFILERS["harness"](request, self.events.append)

    @property
    def output(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, OutputLine)]


@pytest.fixture
def zoo(pytestconfig: pytest.Config, tmp_path: Path) -> Zoo:
    assert pytestconfig.cache is not None
    ours = ("CARGO_", "RUST", "GIT_", "LEAKGATE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    tools = {name: value for name, value in os.environ.items() if name in {"CARGO_HOME", "RUSTUP_HOME"}}
    runs = tmp_path / "runs"
    runs.mkdir()
    return Zoo(
        env={
            **kept,
            **tools,
            "XDG_CACHE_HOME": str(pytestconfig.cache.mkdir("leakgate-cache")),
            "CARGO_TARGET_DIR": str(pytestconfig.cache.mkdir("oddities-target")),
            "CARGO_INCREMENTAL": "0",
        },
        runs=runs,
    )


def expected(title: str) -> list[str]:
    """The lines of the table under this title in `expected.txt`."""
    sections = re.split(r"^## (.*)\n", (ODDITIES / "expected.txt").read_text(), flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))[title].strip().splitlines()


def table(run: SuiteRun, varying: frozenset[str] = frozenset()) -> list[str]:
    """The run as `expected.txt` has it.

    Args:
        run: What was measured.
        varying: The tests whose own figures are not always the same: these are shown as `*`.
    """
    lines = ["  t-gmax    t-end  test, and where it allocated most"]
    for measured in sorted(run.profiles, key=lambda profile: profile.test):
        profile = json.loads(measured.path.read_bytes())
        gmax, end = (str(sum(point[key] for point in profile["pps"])) for key in ("gb", "eb"))
        if measured.test in varying:
            gmax, end = "*", "*"
        lines.append(f"{gmax:>8} {end:>8}  {measured.test}{_where(profile)}")
    lines += [f"  failed           {failed.test}: {failed.reason}" for failed in sorted(run.failed, key=str)]
    lines += [f"  without figures  {test}" for test in run.unmeasured]
    lines += [f"note: {note}" for note in sorted(run.notes)]
    if run.unaccounted:
        lines.append(f"unaccounted: {run.unaccounted}")
    return lines


def _where(profile: Mapping[str, list[Mapping[str, list[int]]]]) -> str:
    """The innermost function of the workspace, and its file, in the stack that holds most at the peak."""
    sizes: dict[str, int] = defaultdict(int)
    for point in profile["pps"]:
        frames = (str(profile["ftbl"][number]) for number in point["fs"])
        found = (re.search(r": (.*) \(\S*/oddities/(crates/\S+):\d+\)$", frame) for frame in frames)
        innermost = next((match for match in found if match), None)
        if innermost is not None:
            sizes[f" - {innermost[1]} ({innermost[2]})"] += int(str(point["gb"]))
    return max(sizes, key=lambda place: sizes[place]) if sizes else ""


ORDERLY = "cargo test --locked --workspace --exclude deaths --exclude threads"


def test_all_that_behaves_is_measured_to_the_byte(zoo: Zoo) -> None:
    run = zoo.measure(ORDERLY)
    assert table(run) == expected(ORDERLY)
    assert "the special harness ran" in zoo.output
