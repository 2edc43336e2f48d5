"""The profilers by the name that `--profiler` and `leakgate.yml` use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from leakgate.profilers import around, auto, dhat_rs, valgrind
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import Progress, SuiteRequest, SuiteRun


class Profiler(Protocol):
    """Runs a suite so that it leaves DHAT files. See `dhat_rs.profile`."""

    def __call__(self, request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun: ...


PROFILERS: Mapping[str, Profiler] = MappingProxyType(
    {
        "auto": auto.profile,
        "dhat-rs": dhat_rs.profile,
        "harness": around.profile,
        "valgrind": valgrind.profile,
    }
)
