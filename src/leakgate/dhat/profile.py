"""What one DHAT file says, as typed values. Source: valgrind's `dhat/dh_main.c` and dhat-rs' `lib.rs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec


class Mode(StrEnum):
    """What was counted: blocks on the heap, copied memory, or events that the program announced itself."""

    HEAP = "heap"
    COPY = "copy"
    AD_HOC = "ad-hoc"


class Producer(StrEnum):
    """The profiler that wrote the file. Other writers imitate one of these two."""

    VALGRIND = "valgrind"
    DHAT_RS = "dhat-rs"


class Metric(StrEnum):
    """A count of a profile, by the slug that the config, the snapshot and the result use."""

    TOTAL_BYTES = "total-bytes"
    TOTAL_BLOCKS = "total-blocks"
    T_GMAX_BYTES = "t-gmax-bytes"
    T_GMAX_BLOCKS = "t-gmax-blocks"
    T_END_BYTES = "t-end-bytes"
    T_END_BLOCKS = "t-end-blocks"


MAX_COUNT = 2**63 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
"""What fits both into DHAT's own counters and into a stored snapshot's."""


class ProgramPoint(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One allocation site as the file has it: a stack plus its counts, under DHAT's own names.

    Attributes:
        tb: Bytes (or units) ever allocated here.
        tbk: Blocks (or events) ever allocated here.
        gb: Bytes live at t-gmax; absent (None) in modes without lifetimes, which is not 0.
        gbk: Blocks live at t-gmax.
        eb: Bytes live at t-end.
        ebk: Blocks live at t-end.
        fs: The stack as raw JSON, innermost frame first. A large profile has millions of frame references
            and a report needs few of them, so they are decoded on demand by `stack`.
    """

    tb: Count
    tbk: Count
    fs: msgspec.Raw
    gb: Count | None = None
    gbk: Count | None = None
    eb: Count | None = None
    ebk: Count | None = None

    @property
    def stack(self) -> list[int]:
        """Indices into `Profile.frames`, innermost frame first. In range: the reader has checked them."""
        return _decode_stack(self.fs)


_decode_stack = msgspec.json.Decoder(list[int]).decode

_decode_stacks = msgspec.json.Decoder(list[list[int]]).decode


def stacks_of(points: Sequence[ProgramPoint]) -> list[list[int]]:
    """The stacks of many points, decoded together in a fraction of the time."""
    return _decode_stacks(b"[" + b",".join([point.fs for point in points]) + b"]")


FIELD_OF: Mapping[Metric, str] = {
    Metric.TOTAL_BYTES: "tb",
    Metric.TOTAL_BLOCKS: "tbk",
    Metric.T_GMAX_BYTES: "gb",
    Metric.T_GMAX_BLOCKS: "gbk",
    Metric.T_END_BYTES: "eb",
    Metric.T_END_BLOCKS: "ebk",
}


@dataclass(frozen=True, slots=True)
class Units:
    """What the file calls the things that `*-bytes` and `*-blocks` count."""

    bytes: str = "bytes"
    blocks: str = "blocks"


@dataclass(frozen=True, slots=True)
class Profile:
    """One DHAT file, checked.

    Attributes:
        source: The path it was read from, as the user wrote it.
        producer: Which profiler's dialect it is.
        mode: What was counted.
        units: The names of what was counted.
        command: The profiled command line, as the file has it. Untrusted text.
        frames: The frame table; `frames[0]` is `[root]`. Untrusted text.
        points: The program points, no two with the same stack. Of a file with very many, only those that can
            explain anything (`reader.MANY_POINTS`).
        totals: The sum over all points of the file, for each metric it has. A metric that is absent is unknown,
            not 0.
    """

    source: str
    producer: Producer
    mode: Mode
    units: Units
    command: str
    frames: Sequence[str]
    points: Sequence[ProgramPoint]
    totals: Mapping[Metric, int]
