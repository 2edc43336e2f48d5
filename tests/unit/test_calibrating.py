"""The same suite several times, with a suite that wrote real DHAT files."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from factories import FINGERPRINT, dhat, no_git
from leakgate.calibrating import calibrate
from leakgate.config import DEFAULT
from leakgate.dhat.frames import Workspace
from leakgate.edges import Edges
from leakgate.errors import MeasurementError
from leakgate.git.checkout import Checkout
from leakgate.output import OutputDirectory
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import FailedTest, Phase, Progress, SuiteRequest, SuiteRun, TestProfile

PUT = ("s3::put (s3/src/lib.rs:2:3)",)


class World:
    """A project whose one test holds so many bytes in each run; None: it fails."""

    def __init__(self, cwd: Path, sizes: Sequence[int | None]) -> None:
        self.cwd = cwd
        self.sizes = list(sizes)
        self.requests: list[SuiteRequest] = []
        self.told: list[object] = []

    def suite(self, request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
        del progress, start  # a profiler's, and not needed to make files
        self.requests.append(request)
        suite = SuiteRun((), (), (), 0, None, FINGERPRINT, Workspace({}, ()))
        size = self.sizes.pop(0)
        if size is None:
            return replace(suite, failed=(FailedTest("s3 put", "failed"),))
        path = request.run_dir / "0.json"
        path.write_bytes(dhat((PUT, {"tb": size, "eb": 0})))
        return replace(suite, profiles=(TestProfile("s3 put", path),))

    @property
    def edges(self) -> Edges:
        return Edges(
            cwd=self.cwd,
            root=self.cwd,
            env={},
            git=Checkout(no_git),
            profilers={"auto": self.suite},
            progress=self.told.append,
            note=pytest.fail,
            now=datetime(2026, 5, 1, tzinfo=UTC),
        )


def test_the_suite_runs_as_often_as_asked_and_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, [100_000, 200_000, 150_000])

    found = calibrate(DEFAULT, 3, OutputDirectory(tmp_path / "out"), world.edges)

    [movement] = found.movements
    assert (movement.lowest, movement.highest, movement.min_delta) == (100_000, 200_000, 224 * 1024)
    assert world.told == [Phase("run 1 of 3"), Phase("run 2 of 3"), Phase("run 3 of 3")]
    assert [request.ceilings for request in world.requests] == [{}, {"s3 put": 150_000}, {"s3 put": 150_000}]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_run_with_a_test_that_fails_is_an_error(tmp_path: Path) -> None:
    world = World(tmp_path, [10, None])

    with pytest.raises(MeasurementError) as caught:
        calibrate(DEFAULT, 3, OutputDirectory(tmp_path / "out"), world.edges)

    assert str(caught.value) == (
        "run 2 of 3 says nothing of the limits: 1 test failed.\n"
        "  help: make the tests pass first: `leakgate check` names those that fail"
    )


def test_where_nothing_that_was_measured_has_a_limit_there_is_nothing_to_calibrate(tmp_path: Path) -> None:
    world = World(tmp_path, [10])

    with pytest.raises(
        MeasurementError, match="run 1 of 2 says nothing of the limits: Nothing was judged: none of"
    ):
        calibrate(replace(DEFAULT, limits={}), 2, OutputDirectory(tmp_path / "out"), world.edges)
