"""The raw profiles that the harness writes: counts and return addresses. The format is in `harness/README.md`."""

from dataclasses import dataclass
from pathlib import Path

from leakgate.errors import InputError

_VERSION = 1
_WITHOUT_NUMBERS = {"profile", ""}


@dataclass(frozen=True, slots=True)
class Module:
    """An executable or library that was loaded.

    Attributes:
        bias: What to subtract from an address in the process to get the one in the file.
        start: Where its code begins in the process.
        end: One past the last byte of its code.
        id: The build id or UUID in hexadecimal; empty if it has none.
        path: Where it was loaded from.
    """

    bias: int
    start: int
    end: int
    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Site:
    """One program point.

    Attributes:
        counts: tb, tbk, tl (µs), mb, mbk, gb, gbk, eb, ebk: DHAT's counts.
        stack: Return addresses in the process, the outermost first.
    """

    counts: tuple[int, ...]
    stack: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RawProfile:
    """One raw file: one test and round.

    Attributes:
        pid: The process.
        modules: What was loaded.
        peak: When the heap was largest, in µs since the start.
        duration: µs.
        sites: The program points; the same stack may occur more than once.
        totals: tb, tbk, gb, gbk, eb and ebk of all sites, as the harness summed them up.
        stacks: How many stacks were taken.
        cut: How many of them lost their outer end to a function without frame pointers.
        limited: How many lost it because they are very deep.
        survivors: How many threads of an earlier test allocated.
        lost: How many events were not counted for want of memory.
    """

    pid: int
    modules: tuple[Module, ...]
    peak: int
    duration: int
    sites: tuple[Site, ...]
    totals: tuple[int, ...]
    stacks: int
    cut: int
    limited: int
    survivors: int
    lost: int


def read(path: Path) -> RawProfile:
    """Read a raw file.

    Raises:
        InputError: It is damaged or cut off, or its sums are wrong.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    return parse(text, str(path))


def parse(text: str, source: str) -> RawProfile:
    """Read the text of a raw file; see `read`."""
    reader = _Reader()
    number = 0
    try:
        for line in text.split("\n"):
            number += 1
            if reader.take(line):
                return reader.result()
    except (ValueError, KeyError, IndexError) as error:
        raise InputError(
            "is not what the harness writes",
            where=f"{source}:{number}",
            remedy="profile the program again; if the message stays, report it",
        ) from error
    raise InputError("is cut off", where=source, remedy="was the disk full? profile the program again")


class _Reader:
    """Takes the lines of one file."""

    def __init__(self) -> None:
        self.modules: list[Module] = []
        self.sites: list[Site] = []
        self.stack: tuple[int, ...] = ()
        self.numbers: dict[str, list[int]] = {}
        self.pid = 0

    def take(self, line: str) -> bool:
        """Take a line. Returns: whether it was the last."""
        key, _, rest = line.partition(" ")
        match key:
            case "site":
                self._site(rest.split(" "))
            case "module":
                bias, start, end, identity, path = rest.split(" ", 4)
                name = "" if identity == "-" else identity
                self.modules.append(Module(int(bias, 16), int(start, 16), int(end, 16), name, path))
            case "modules":
                self.modules.clear()
            case "process":
                self.pid = int(rest.split(" ")[0])
            case "leakgate-heap" | "time" | "totals" | "stacks" | "threads" | "lost":
                self.numbers[key] = list(map(int, rest.split(" ")))
            case "end":
                return True
            case _ if key not in _WITHOUT_NUMBERS:
                raise ValueError(key)
        if self.numbers.get("leakgate-heap") != [_VERSION]:
            raise ValueError(line)
        return False

    def _site(self, words: list[str]) -> None:
        shared = int(words[9])
        if shared > len(self.stack):
            raise ValueError(shared)
        self.stack = (*self.stack[:shared], *(int(word, 16) for word in words[10:]))
        self.sites.append(Site(tuple(map(int, words[:9])), self.stack))

    def result(self) -> RawProfile:
        numbers = self.numbers
        columns = list(zip(*(site.counts for site in self.sites), strict=True)) or [()] * 9
        totals = tuple(sum(columns[index]) for index in (0, 1, 5, 6, 7, 8))
        if totals != tuple(numbers["totals"]):
            raise ValueError(totals)
        stacks, cut, limited = numbers["stacks"]
        return RawProfile(
            pid=self.pid,
            modules=tuple(self.modules),
            peak=numbers["time"][0],
            duration=numbers["time"][1],
            sites=tuple(self.sites),
            totals=totals,
            stacks=stacks,
            cut=cut,
            limited=limited,
            survivors=numbers["threads"][1],
            lost=numbers["lost"][0],
        )
