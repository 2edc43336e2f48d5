"""What every page of figures needs: what they were taken with, and a place between two lines of the page."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def circumstances(repository: Path) -> str:
    """A sentence; taken at the start, as it has the machine's load in it."""

    def output(*words: str) -> str:
        return subprocess.run(words, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()

    day = datetime.now(UTC).date()
    commit = output("git", "describe", "--always", "--dirty", "--abbrev=12")
    rustc = output("rustc", "--version").split()[1]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return f"{day}, leakgate {commit}, rustc {rustc}, {machine}, load {os.getloadavg()[0]:.1f} at the start."


def replaced(text: str, begin: str, new: str, end: str) -> str:
    """A page with something else between two lines of it."""
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{new}\n{end}{rest.partition(end)[2]}"
