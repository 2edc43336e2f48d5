"""A raw profile and its frames → DHAT JSON, version 2, in the dialect of dhat-rs."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from leakgate.profilers.resolving.raw import RawProfile
from leakgate.profilers.resolving.symbols import Frame, Stack, unknown

_SHIM = re.compile(r"(?:__rustc::)?__(?:rust|rg|rdl)_(?:alloc|alloc_zeroed|realloc)\b")
"""What rustc generates between `alloc::alloc` and the global allocator."""

_OURS = re.compile(r"<?(?:&?(?:mut )?)leakgate_harness::")
_OUTERMOST = "__rust_begin_short_backtrace"
"""Where a thread's own code begins, by std's convention; what is further out starts threads and runs tests."""

_THREAD = re.compile(r"\bstd::thread::(?:\w+::)*(?:Builder(?:<.*?>)?::)?spawn_unchecked")
"""What a thread's own code is called by, and a test's is not: its thread is the harness's."""

_FIELDS = ("tb", "tbk", "tl", "mb", "mbk", "gb", "gbk", "eb", "ebk")


def dhat_json(profile: RawProfile, frames: Mapping[int, Stack], command: str) -> bytes:
    """Write a profile as a DHAT file.

    Args:
        profile: What was counted.
        frames: For each return address in it the functions there.
        command: What `cmd` is to say.
    """
    table = _FrameTable()
    points: dict[tuple[int, ...], list[int]] = {}
    for site in profile.sites:
        found = [frame for address in reversed(site.stack) for frame in frames[address]]
        stack = table.indices(_own(found) or unknown(0))
        known = points.get(stack)
        if known is None:
            points[stack] = list(site.counts)
        else:
            known[:] = map(sum, zip(known, site.counts, strict=True))
    return msgspec.json.encode(
        {
            "dhatFileVersion": 2,
            "mode": "rust-heap",
            "verb": "Allocated",
            "bklt": True,
            "bkacc": False,
            "tu": "µs",
            "Mtu": "s",
            "tuth": 10,
            "cmd": command,
            "pid": profile.pid,
            "tg": profile.peak,
            "te": profile.duration,
            "pps": [{**dict(zip(_FIELDS, counts, strict=True)), "fs": stack} for stack, counts in points.items()],
            "ftbl": table.texts,
        }
    )


def _own(frames: Sequence[Frame]) -> Sequence[Frame]:
    """The frames without the allocator at the inner end and without what starts tests and threads at the outer.

    Of what starts a thread one function is kept: it tells that the code ran in a thread of the test's own.
    """
    start = 0
    while start < len(frames) and _is_allocator(frames[start].function):
        start += 1
    end = start
    while end < len(frames) and not _is_outside(frames[end].function):
        end += 1
    if start == end:
        return frames
    return [*frames[start:end], *_thread_start(frames[end:])]


def _thread_start(outside: Sequence[Frame]) -> Sequence[Frame]:
    """The function of std that calls a thread's code, where that is what is further out."""
    for depth, frame in enumerate(outside):
        if _OURS.match(frame.function):
            return ()
        if _THREAD.search(frame.function):
            return outside[depth : depth + 1]
    return ()


def _is_allocator(function: str) -> bool:
    return _OURS.match(function) is not None or _SHIM.match(function) is not None


def _is_outside(function: str) -> bool:
    return _OUTERMOST in function or _OURS.match(function) is not None


class _FrameTable:
    """Numbers frames. Number 0 is the root, as in every DHAT file."""

    def __init__(self) -> None:
        self.texts = ["[root]"]
        self._numbers: dict[str, int] = {}

    def indices(self, frames: Sequence[Frame]) -> tuple[int, ...]:
        return tuple(map(self._number, frames))

    def _number(self, frame: Frame) -> int:
        number = self._numbers.get(frame.text)
        if number is None:
            number = self._numbers[frame.text] = len(self.texts)
            self.texts.append(frame.text)
        return number
