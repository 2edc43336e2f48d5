"""Runs the tests of real crates plain and under leakgate, each way twice, and says what came of it.

For each crate of `crates.toml`: how many tests ran and were measured, which failed under leakgate only, whose
figures differed between two runs, which differences leakgate would have called a regression, and the time it took.
The whole takes most of an hour on two cores, most of it builds; `--keep` keeps these.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from _crates import bring

from field import listing, page
from field.command import CommandError
from field.listing import Entry
from field.measure import Row, measure

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/field.md"
BEGIN, END = "<!-- made by `make field` -->\n", "<!-- end of what is made -->\n"


def main() -> int:
    """Returns: 1 where a crate did not run at all."""
    parser = argparse.ArgumentParser(
        prog="field", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="CRATE", help="these alone; docs/field.md stays as it is")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work here, and build only what is not there yet")
    parser.add_argument("--no-docs", action="store_true", help="print, and leave docs/field.md as it is")
    arguments = parser.parse_args()
    entries = listing.read(listing.LIST.read_text(encoding="utf-8"))
    if arguments.only:
        entries = [entry for entry in entries if entry.suite.name in arguments.only]
    header = _circumstances()
    with tempfile.TemporaryDirectory(dir=arguments.keep) as scratch:
        directory = (arguments.keep or Path(scratch)).resolve()
        bring([entry.suite for entry in entries], directory)
        rows, troubles = _run(entries, directory)
    text = f"{header}\n\n{page.render(rows, troubles)}"
    print(text)
    if not (arguments.only or arguments.no_docs):
        PAGE.write_text(page.replaced(PAGE.read_text(encoding="utf-8"), BEGIN, text, END), encoding="utf-8")
    return 1 if troubles else 0


def _run(entries: list[Entry], directory: Path) -> tuple[list[Row], dict[str, str]]:
    rows: list[Row] = []
    troubles: dict[str, str] = {}
    for number, entry in enumerate(entries, 1):
        start = time.perf_counter()

        def say(text: str, entry: Entry = entry, number: int = number, start: float = start) -> None:
            spent = time.perf_counter() - start
            print(
                f"[{number}/{len(entries)}] {entry.suite.folder} {spent:5.0f} s: {text}",
                file=sys.stderr,
                flush=True,
            )

        try:
            row = measure(entry, directory, say)
            rows.append(row)
            say(page.line(row))
        except CommandError as error:
            troubles[entry.title] = str(error)
            say(f"did not run: {error}")
    return rows, troubles


def _circumstances() -> str:
    """When, of what, with what and on what."""

    def output(*words: str) -> str:
        return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()

    day = datetime.now(UTC).date()
    commit = output("git", "describe", "--always", "--dirty", "--abbrev=12")
    rustc = output("rustc", "--version").split()[1]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return f"{day}, leakgate {commit}, rustc {rustc}, {machine}, load {os.getloadavg()[0]:.1f} at the start."


if __name__ == "__main__":
    sys.exit(main())
