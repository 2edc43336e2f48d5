"""`leakgate calibrate`: the same code several times, to see how far its figures move by themselves."""

from leakgate.comparison.calibration import Calibration
from leakgate.comparison.calibration import calibrate as of_runs
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.limits import ceilings
from leakgate.comparison.result import Result, Side
from leakgate.config import Config
from leakgate.edges import Edges
from leakgate.errors import MeasurementError
from leakgate.measuring import measure
from leakgate.output import OutputDirectory
from leakgate.profilers.suite import Phase


def calibrate(config: Config, times: int, output: OutputDirectory, edges: Edges) -> Calibration:
    """Measure the suite several times and see which limits its noise needs.

    Args:
        config: What to run and how, and the limits that hold now.
        times: How often, at least twice.
        output: Where the raw files of a run go while it lasts.
        edges: The world.

    Raises:
        UsageError: The command or the config is not usable.
        MeasurementError: It does not compile, or a run measured too little for a word.
    """
    runs: list[Result] = []
    allowed = ceilings(config, None)
    for number in range(1, times + 1):
        edges.progress(Phase(f"run {number} of {times}"))
        measured = measure(config, output, edges, None, allowed)
        # As in a check, a test whose peak is far above what it was gets a second round.
        allowed = allowed or ceilings(config, measured.snapshot)
        side = Side(fingerprint=measured.snapshot.fingerprint)
        origin = Provenance(base=None, head=side, problems=measured.problems)
        result = judge(compare(None, measured.snapshot), config, origin)
        if result.problems:
            raise MeasurementError(
                f"run {number} of {times} says nothing of the limits: {' '.join(result.problems)}",
                remedy="make the tests pass first: `leakgate check` names those that fail",
            )
        runs.append(result)
    return of_runs(runs, config)
