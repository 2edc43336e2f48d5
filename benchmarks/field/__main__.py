"""Runs the tests of real crates plain and under leakgate, each way twice, and says what came of it.

For each crate of `crates.toml`: how many tests ran and were measured, which failed under leakgate only, whose
figures differed between two runs, which differences crossed a limit, what `leakgate check` failed for, and the
time it took. The whole takes most of an hour on two cores, most of it builds; `--keep` keeps these.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from _crates import bring
from _page import circumstances, replaced

from field import listing, page, row
from field.command import CommandError
from field.listing import Entry
from field.running import carry_out

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/field.md"
BEGIN, END = "<!-- made by `make field` -->\n", "<!-- end of what is made -->\n"


def main() -> int:
    """Returns: 1 where a crate did not run at all."""
    parser = argparse.ArgumentParser(
        prog="field", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", metavar="CRATE", help="run these alone; without a name, none")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="work here: builds stay, and other crates' results count",
    )
    parser.add_argument("--no-docs", action="store_true", help="print, and leave docs/field.md as it is")
    arguments = parser.parse_args()
    entries = listing.read(listing.LIST.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        directory = (arguments.keep or Path(scratch)).resolve()
        directory.mkdir(parents=True, exist_ok=True)
        chosen = [entry for entry in entries if arguments.only is None or entry.suite.name in arguments.only]
        bring([entry.suite for entry in chosen], directory)
        troubles = _run(chosen, directory)
        found = {entry.title: row.read(entry, directory) for entry in entries}
    rows = [one for one in found.values() if one]
    text = page.render(rows, troubles)
    print(text)
    if unknown := found.keys() - {one.entry.title for one in rows} - troubles.keys():
        print(f"docs/field.md stays as it is: no result of {', '.join(sorted(unknown))}", file=sys.stderr)
    elif not arguments.no_docs:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), BEGIN, text, END), encoding="utf-8")
    return 1 if troubles else 0


def _run(entries: Sequence[Entry], directory: Path) -> dict[str, str]:
    """Run the crates one after the other. Returns: of those that could not be run to their end, what happened."""
    taken_with = circumstances(ROOT)
    troubles: dict[str, str] = {}
    for number, entry in enumerate(entries, 1):
        say = _progress(f"[{number}/{len(entries)}] {entry.suite.folder}")
        try:
            carry_out(entry, directory, taken_with, say)
        except CommandError as error:
            troubles[entry.title] = str(error)
            say(f"did not run: {error}")
        else:
            if result := row.read(entry, directory):
                say(page.line(result))
    return troubles


def _progress(place: str) -> Callable[[str], None]:
    start = time.perf_counter()
    return lambda text: print(f"{place} {time.perf_counter() - start:5.0f} s: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
