"""Runs the leak zoo through leakgate's own command line and holds every word of it against the truth.

All cases of `tests/zoo/leaks` are measured at once, as they are and as their patches leave them; then those in
which nothing has grown many times more. What it is about, and the last figures: docs/quality.md.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from _page import circumstances, replaced
from msgspec import structs

from quality import floor, page
from quality.cases import Case, ZooError, read_all
from quality.measuring import batches, judge
from quality.outcome import Outcome, Quality, summarise
from quality.repeating import repeat
from quality.score import score
from quality.sides import prepare

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- made by `make quality` -->\n", "<!-- end of what is made -->\n"


def main() -> int:
    """Returns: 1 where the zoo could not be measured, or a figure is below the floor."""
    arguments = _arguments()
    say = _progress()
    try:
        cases = _chosen(read_all(arguments.zoo), arguments)
        committed = floor.read(arguments.floor.read_bytes(), str(arguments.floor)) if arguments.floor else None
        quality = _measure(cases, arguments, say)
    except (ZooError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(page.render(quality))
    if committed is not None:
        worse = list(floor.below(quality, committed))
        for sentence in worse:
            print(f"below the committed figures: {sentence}", file=sys.stderr)
        return 1 if worse else 0
    if arguments.quick or arguments.only:
        print("these are not all cases: the documentation stays as it is", file=sys.stderr)
    else:
        _write(quality, arguments.docs)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="CASE", help="these alone")
    parser.add_argument("--quick", action="store_true", help="the fixed part that every change is held against")
    parser.add_argument("--repeats", type=int, metavar="N", help="of the unchanged cases; 50, with --quick 0")
    parser.add_argument("--floor", type=Path, metavar="FILE", help="fail where a figure is below those in there")
    parser.add_argument(
        "--work", type=Path, metavar="DIR", default=ROOT / "target/quality", help="where both sides are built"
    )
    parser.add_argument("--zoo", type=Path, metavar="DIR", default=ROOT / "tests/zoo/leaks", help="another zoo")
    parser.add_argument(
        "--docs", type=Path, metavar="DIR", default=ROOT / "docs", help="where quality.md and quality.json are"
    )
    return parser.parse_args()


def _chosen(cases: tuple[Case, ...], arguments: argparse.Namespace) -> tuple[Case, ...]:
    names = set(arguments.only or (floor.QUICK if arguments.quick else [case.name for case in cases]))
    if unknown := names - {case.name for case in cases}:
        raise ZooError(f"there is no case {', '.join(f'`{name}`' for name in sorted(unknown))}")
    if not names:
        raise ZooError(f"there is no case in {arguments.zoo}")
    return tuple(case for case in cases if case.name in names)


def _measure(cases: tuple[Case, ...], arguments: argparse.Namespace, say: Callable[[str], None]) -> Quality:
    work: Path = arguments.work.resolve()
    taken_with = circumstances(ROOT)
    sides = prepare(arguments.zoo, cases, work)
    outcomes: list[Outcome] = []
    for batch in batches(cases):
        say(f"building and measuring {len(batch.cases)} cases ({batch.name})")
        result = judge(batch, *sides, work / "results" / batch.name)
        outcomes += [score(case, result) for case in batch.cases]
    times = (0 if arguments.quick else 50) if arguments.repeats is None else arguments.repeats
    repeats = repeat([case for case in cases if case.unchanged], times, sides, work, say) if times else {}
    found = (structs.replace(outcome, repeats=repeats.get(outcome.case)) for outcome in outcomes)
    return summarise(tuple(sorted(found, key=lambda outcome: outcome.case)), times, taken_with)


def _write(quality: Quality, docs: Path) -> None:
    markdown, data = docs / "quality.md", docs / "quality.json"
    text = replaced(markdown.read_text(encoding="utf-8"), BEGIN, page.render(quality), END)
    markdown.write_text(text, encoding="utf-8")
    data.write_bytes(msgspec.json.format(msgspec.json.encode(quality), indent=1) + b"\n")


def _progress() -> Callable[[str], None]:
    start = time.perf_counter()
    return lambda text: print(f"{time.perf_counter() - start:5.0f} s: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
