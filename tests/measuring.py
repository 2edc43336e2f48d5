"""What tests that measure real projects share."""

import json
import os
import sys
from pathlib import Path

from leakgate.profilers.suite import SuiteRun


def environment(cache: Path, *folders: Path) -> dict[str, str]:
    """This process' environment without what would steer cargo, nextest or make.

    Args:
        cache: For leakgate's cache.
        folders: Looked in for commands first; next comes where cargo-nextest is.
    """
    ours = ("CARGO_", "RUST", "GIT_", "GITHUB_", "LEAKGATE_", "NEXTEST", "MAKE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    rustup = {name: value for name, value in os.environ.items() if name.startswith("RUSTUP_")}
    path = os.pathsep.join([*map(str, folders), str(Path(sys.executable).parent), kept["PATH"]])
    return {**kept, **rustup, "PATH": path, "XDG_CACHE_HOME": str(cache), "CARGO_INCREMENTAL": "0"}


def write(directory: Path, texts: dict[str, str]) -> None:
    """Write files by their paths below a directory."""
    for path, text in texts.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def figures(run: SuiteRun) -> dict[str, tuple[int, int, int]]:
    """Test id → bytes at t-gmax, at t-end and in total."""
    found = {}
    for profile in run.profiles:
        points = json.loads(profile.path.read_bytes())["pps"]
        at_peak, at_end, total = (sum(point[key] for point in points) for key in ("gb", "eb", "tb"))
        found[profile.test] = at_peak, at_end, total
    return found
