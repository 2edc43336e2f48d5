"""What `leakgate demo` replays, and the comments that README.md shows: recorded anew, or rendered anew.

make recorded                          # measures the example with each of its faults, and rewrites README.md
.venv/bin/python tests/recording.py    # rewrites README.md from what is recorded
"""

import argparse
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec

from leakgate import check, demo
from leakgate.cli.world import real_edges
from leakgate.config import DEFAULT
from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.reports import markdown
from leakgate.snapshot.model import Measurement, Site, Snapshot
from leakgate.snapshot.stacks import LIBRARY_ROOT

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RECORDED = ROOT / "src/leakgate/recorded"

QUIET = "list_is_ordered_and_filtered_by_prefix"
"""A test that no fault touches."""

SHOWS_BEST = {
    "unfinished-task": "overwriting_an_object_keeps_one_copy",
    "reference-cycle": "closed_sessions_are_forgotten",
    "growing-buffer": "every_request_is_logged",
}


def record(fault: str | None, directory: Path) -> Snapshot:
    """Measure the example's unit tests with a fault, or with none."""
    with real_edges() as edges:
        env = {name: value for name, value in edges.env.items() if name != "S3_FAULT"}
        env |= {"S3_FAULT": fault} if fault else {}
        config = replace(DEFAULT, command=("cargo", "test", "--lib"))
        measured = check.profile(config, directory / "snapshot.json", None, replace(edges, env=env))
    names = (QUIET, *([SHOWS_BEST[fault]] if fault else SHOWS_BEST.values()))
    tests = [test for test in measured.snapshot.tests if test.test.endswith(names)]
    portable = tuple(_portable(test, stacks=fault is not None) for test in tests)
    return msgspec.structs.replace(measured.snapshot, commit=None, tests=portable)


def _portable(test: Measurement, *, stacks: bool) -> Measurement:
    """Without a path of the machine that recorded it, and without what no report shows."""

    def portable(site: Site) -> Site:
        return msgspec.structs.replace(site, stack=tuple(map(_portable_frame, site.stack)) if stacks else ())

    return msgspec.structs.replace(test, sites=tuple(map(portable, test.sites)))


def _portable_frame(frame: ClassifiedFrame) -> ClassifiedFrame:
    path = None if frame.origin is Origin.USER or not frame.path else LIBRARY_ROOT.sub("", frame.path)
    return msgspec.structs.replace(frame, path=path)


def shown(readme: str) -> str:
    """The README with its samples as the tool prints them now."""
    for fault in demo.FAULTS:
        begin, end = f"<!-- sample: {fault} -->\n", "<!-- end of sample -->"
        comment = markdown.render(demo.recorded(fault))
        readme = re.sub(f"(?s){re.escape(begin)}.*?{end}", lambda _: f"{begin}{comment}{end}", readme)  # noqa: B023 - called at once
    return readme


def main() -> None:
    """Record where asked to, and rewrite the README."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--record", action="store_true", help="measure the example anew, which takes cargo")
    if arguments.parse_args().record:
        os.chdir(ROOT / "examples/s3-server")
        with tempfile.TemporaryDirectory() as directory:
            for fault in (None, *demo.FAULTS):
                data = msgspec.json.format(msgspec.json.encode(record(fault, Path(directory))), indent=1)
                (RECORDED / f"{fault or 'base'}.json").write_bytes(data + b"\n")
        for old in ("base", "head"):
            shutil.rmtree(RECORDED / old, ignore_errors=True)
    README.write_text(shown(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
