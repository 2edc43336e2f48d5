"""Snapshots from lines of text, and DHAT files from stacks, so that a test shows what matters and nothing else."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import Metric
from leakgate.git.command import Done
from leakgate.snapshot.model import Measurement, Site, Snapshot

FINGERPRINT = {
    "profiler": "dhat-rs",
    "profiler-version": "0.3.3",
    "rustc": "1.95.0",
    "target": "x86_64-unknown-linux-gnu",
    "cargo-profile": "dev",
    "features": "dhat-heap",
}

_SHORT = {"gmax": Metric.T_GMAX_BYTES, "end": Metric.T_END_BYTES, "total": Metric.TOTAL_BYTES}


def snapshot(
    *lines: str,
    commit: str | None = None,
    fingerprint: Mapping[str, str] | None = None,
    unmeasured: tuple[str, ...] = (),
) -> Snapshot:
    """A snapshot from lines like these; an indented line is a site of the test above it.

    s3 put_many: gmax=2359808 end=0
      s3::put src/lib.rs:9 via alloc::vec::Vec::push from tests::put_many: gmax=1000 end=0
    """
    tests: list[Measurement] = []
    for line in lines:
        if line.startswith(" "):
            last = tests.pop()
            tests.append(
                Measurement(
                    test=last.test, units=last.units, metrics=last.metrics, sites=(*last.sites, _site(line))
                )
            )
        else:
            name, _, counts = line.rpartition(":")
            tests.append(Measurement(test=name, metrics=_counts(counts)))
    return Snapshot(
        commit=commit,
        fingerprint=FINGERPRINT if fingerprint is None else fingerprint,
        tests=tuple(tests),
        unmeasured=unmeasured,
    )


def _site(line: str) -> Site:
    head, _, counts = line.strip().rpartition(":")
    function, place, *rest = head.split(" ")
    words = dict(zip(rest[::2], rest[1::2], strict=True))
    file, _, number = place.rpartition(":")
    chain = tuple(name for name in (words.get("via"), function, words.get("from")) if name)
    frames = {name: ClassifiedFrame(function=name, origin=Origin.USER) for name in chain}
    frames[function] = ClassifiedFrame(function=function, origin=Origin.USER, file=file, line=int(number))
    return Site(
        chain=chain,
        function=function,
        file=file,
        line=int(number),
        counts=_counts(counts),
        stack=tuple(frames.values()),
    )


def _counts(text: str) -> dict[Metric, int]:
    counts: dict[Metric, int] = {}
    for word in text.split():
        name, value = word.split("=")
        metric = _SHORT.get(name) or Metric(name)
        counts[metric] = int(value)
    return counts


def dhat(*points: tuple[Iterable[str], Mapping[str, int]], mode: str = "rust-heap", **fields: object) -> bytes:
    """A DHAT file from `(stack, counts)`; a count that is not given is 1 block, or the bytes of the total.

    Args:
        points: Frames innermost first, as dhat writes them but for the address, and counts by DHAT's names.
        mode: DHAT's mode; only heap modes have counts at t-gmax and t-end.
        fields: Other fields of the file.
    """
    frames = ["[root]"]
    encoded = []
    for stack, counts in points:
        indices = []
        for frame in stack:
            if frame not in frames:
                frames.append(frame)
            indices.append(frames.index(frame))
        total = counts.get("tb", 1)
        full = {"tb": total, "tbk": 1, "gb": total, "gbk": 1, "eb": total, "ebk": 1, **counts}
        full["tbk"] = max(full["tbk"], full["gbk"], full["ebk"])
        if not mode.endswith("heap"):
            full = {name: full[name] for name in ("tb", "tbk")}
        encoded.append({**full, "fs": indices or [0]})
    header = {"dhatFileVersion": 2, "mode": mode, "bklt": mode.endswith("heap"), "cmd": "app"}
    return json.dumps({**header, "pps": encoded, "ftbl": frames, **fields}).encode()


def no_git(args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = MappingProxyType({})) -> Done:
    """A machine without a repository: git refuses whatever it is asked."""
    del args, stdin, env
    return Done(128, b"", "fatal: not a git repository")
