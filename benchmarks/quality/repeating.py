"""The unchanged cases many times: what moves by itself has to stay below the limits every time."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

import leakgate
from leakgate.comparison.result import Result, Status
from quality.cases import Case, case_of
from quality.measuring import batches, judge
from quality.outcome import Alarm, Repeats
from quality.score import alarms
from quality.sides import Side


class Repeat(msgspec.Struct, frozen=True):
    """One time.

    Attributes:
        seconds: That it took.
        failed: Alarms of tests that failed.
        warned: The same of those that warned.
    """

    seconds: float
    failed: tuple[Alarm, ...]
    warned: tuple[Alarm, ...]


def repeat(
    cases: Sequence[Case], times: int, sides: tuple[Side, Side], work: Path, say: Callable[[str], None]
) -> dict[str, Repeats]:
    """Measure unchanged cases again and again, both sides each time, judged as a user's run would be.

    What an earlier, interrupted call has measured of the same files with the same leakgate counts.

    Args:
        cases: They.
        times: How often.
        sides: Base and head.
        work: Where the files go.
        say: Told of each time, and how long the others may take.

    Returns:
        Name → what came of the case.

    Raises:
        ZooError: A time could not be judged.
    """
    kept = work / "repeats" / _stamp(cases, sides)
    kept.mkdir(parents=True, exist_ok=True)
    done: list[Repeat] = []
    for number in range(1, times + 1):
        file = kept / f"{number}.json"
        if not file.exists():
            say(f"repeat {number} of {times}{_left(done, times)}")
            measured = _once(cases, sides, work)
            file.write_bytes(msgspec.json.encode(measured))
        done.append(msgspec.json.decode(file.read_bytes(), type=Repeat))
    return tally([case.name for case in cases], done)


def tally(names: Iterable[str], done: Sequence[Repeat]) -> dict[str, Repeats]:
    """Add up what came of each case in all times."""
    return {
        name: Repeats(
            runs=len(done),
            failed=sum(any(case_of(one.test) == name for one in each.failed) for each in done),
            warned=sum(any(case_of(one.test) == name for one in each.warned) for each in done),
            alarms=_worst(one for each in done for one in each.failed if case_of(one.test) == name),
        )
        for name in names
    }


def _worst(found: Iterable[Alarm]) -> tuple[Alarm, ...]:
    worst: dict[tuple[str, str], Alarm] = {}
    for alarm in found:
        known = worst.setdefault((alarm.test, alarm.metric), alarm)
        if _growth(alarm) > _growth(known):
            worst[alarm.test, alarm.metric] = alarm
    return tuple(worst[key] for key in sorted(worst))


def _growth(alarm: Alarm) -> int:
    return (alarm.head or 0) - (alarm.base or 0)


def _once(cases: Sequence[Case], sides: tuple[Side, Side], work: Path) -> Repeat:
    start = time.perf_counter()
    results = [judge(batch, *sides, work / "results" / f"repeat-{batch.name}") for batch in batches(cases)]
    return Repeat(
        time.perf_counter() - start,
        tuple(one for result in results for one in _with(Status.FAIL, result)),
        tuple(one for result in results for one in _with(Status.WARN, result)),
    )


def _with(status: Status, result: Result) -> tuple[Alarm, ...]:
    return alarms(status, result.tests)


def _left(done: Sequence[Repeat], times: int) -> str:
    if not done:
        return ""
    seconds = sum(one.seconds for one in done) / len(done) * (times - len(done))
    return f", about {seconds / 60:.0f} min left"


def _stamp(cases: Iterable[Case], sides: tuple[Side, Side]) -> str:
    """What must be the same for earlier figures to count."""
    told: Mapping[str, object] = {
        "cases": [case.name for case in cases],
        "commits": [side.commit for side in sides],
        "leakgate": _own_files(),
    }
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


def _own_files() -> dict[str, str]:
    root = Path(leakgate.__file__).parent
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.suffix in {".py", ".rs", ".toml"}
    }
