"""`leakgate demo`: the main job on the example service, before and after a leak."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

from msgspec import structs

from leakgate import check
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.config import DEFAULT
from leakgate.edges import Edges
from leakgate.errors import MeasurementError
from leakgate.output import OutputDirectory
from leakgate.reports import markdown
from leakgate.snapshot.stored import parse

COMMAND = ("cargo", "test")
FAULTS = ("unfinished-task", "reference-cycle", "growing-buffer")
"""What the example can be told to do wrong."""

FAULT = FAULTS[0]

_EXAMPLE = Path("examples/s3-server")


def run(output: Path, edges: Edges, say: Callable[[str], None]) -> None:
    """Show the gate at work and check that it did work.

    With cargo and the example at hand everything is run for real; without, a recorded run is shown, and the demo
    says so.

    Args:
        output: Where profiles, snapshots and the comment are left to look at.
        edges: The world.
        say: Prints a piece of text.

    Raises:
        LeakgateError: The example does not build, its tests fail, or the leak was not found.
    """
    example = edges.cwd / _EXAMPLE
    if not (example / "Cargo.toml").is_file():
        say(f"There is no {_EXAMPLE} here, so a RECORDED run is shown; nothing is built or measured.")
        result = recorded(FAULT)
    elif shutil.which("cargo", path=edges.env.get("PATH")) is None:
        say("There is no cargo on this machine, so a RECORDED run is shown; nothing is built or measured.")
        result = recorded(FAULT)
    else:
        result = _profile_twice((edges.cwd / output).resolve(), replace(edges, cwd=example, root=example), say)
    say("\nThe comment that the pull request gets:\n")
    say(markdown.render(result))
    if result.verdict is not Verdict.FAIL:
        raise MeasurementError(f"the demo should end with the verdict `fail`, and ended with `{result.verdict}`")
    failed = next(test for test in result.tests if test.sites)
    site = failed.sites[0]
    say(
        f"What you saw: two measurements of the example's tests, the second with the fault `{FAULT}` on.\n"
        f"leakgate found that `{failed.name}` grew, in `{site.function}` at {site.file}:{site.line}.\n"
        "As a check it would have exited with 1; the demo exits with 0, because this is what it set out to show."
    )


def _profile_twice(output: Path, edges: Edges, say: Callable[[str], None]) -> Result:
    healthy = {name: value for name, value in edges.env.items() if name != "S3_FAULT"}
    config = replace(DEFAULT, command=COMMAND, confirm=0)  # two measurements are the story
    base = Path(os.path.relpath(output, edges.cwd)) / "base.json"
    say(f"1. The base: `{' '.join(COMMAND)}` in {_EXAMPLE}, as it is.")
    measured = check.profile(config, base, output / "base-profiles", replace(edges, env=healthy))
    if measured.problems:
        raise MeasurementError(" ".join(measured.problems))
    say(f"   {len(measured.snapshot.tests)} tests measured.\n")
    say(f"2. The pull request: the same with S3_FAULT={FAULT}, a task that is spawned and never ends.")
    faulty = replace(edges, env=healthy | {"S3_FAULT": FAULT})
    directory = OutputDirectory(output)
    return check.check(config, check.find_base(config, base, None, directory, faulty), directory, faulty)


def recorded(fault: str) -> Result:
    """What the gate said of the example with one of its faults, measured once and judged anew."""
    source = resources.files("leakgate") / "recorded"
    base, head = (parse((source / f"{side}.json").read_bytes(), f"{side}.json") for side in ("base", fault))
    measured = {test.test for test in head.tests}
    base = structs.replace(base, tests=tuple(test for test in base.tests if test.test in measured))
    # Where this package happens to be installed tells nobody anything.
    origin = Provenance(
        base=Side(source="recorded/base.json", fingerprint=base.fingerprint),
        head=Side(source=f"recorded/{fault}.json", fingerprint=head.fingerprint),
    )
    return judge(compare(base, head), DEFAULT, origin)
