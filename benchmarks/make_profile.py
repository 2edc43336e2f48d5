"""Write a large DHAT profile that looks like a real one, the same bytes for the same arguments.

    python benchmarks/make_profile.py FILE [--points 300000] [--frames 60000] [--seed 1] [--grow]

The file imitates dhat-rs: many inlined frames an address, paths cut to three components, symbols of both
manglings, stacks of 8 to 30 frames that share their ends, sizes and counts with long tails, most program points
freed before the end and about one in eight live at t-gmax. `--grow` writes the head of a comparison: the same
program rebuilt (every address has moved), in which the sites of the functions in `GROWN` hold so much more that
the totals cross a limit.
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

GROWN = (
    "s3_server::store_7::Store::put",
    "s3_server::index_3::Index::insert",
    "s3_server::session_5::Session::open",
)
"""The functions that allocate more in a `--grow` file, as their frames have them without closures."""

_LIVE_AT_PEAK = 0.125
_LIVE_AT_END = 0.5  # of those live at the peak
_ENTRY_POINTS = 20  # user functions that no user function calls
_DEEPEST_CHAIN = 9
_GROWTH = 1000  # doubles what is live at the end

_ALLOCATOR = (
    ("<dhat::Alloc as core::alloc::global::GlobalAlloc>::alloc", "dhat-0.3.3/src/lib.rs"),
    ("alloc::alloc::alloc", "alloc/src/alloc.rs"),
    ("alloc::alloc::Global::alloc_impl_runtime", "alloc/src/alloc.rs"),
    ("<alloc::alloc::Global as core::alloc::Allocator>::allocate", "alloc/src/alloc.rs"),
    ("alloc::raw_vec::RawVecInner<A>::try_allocate_in", "src/raw_vec/mod.rs"),
    ("<alloc::raw_vec::RawVecInner>::finish_grow", "src/raw_vec/mod.rs"),
)
_STD = (
    ("<alloc::vec::Vec<{t}> as core::clone::Clone>::clone", "src/vec/mod.rs"),
    ("alloc::vec::Vec<T,A>::push", "src/vec/mod.rs"),
    ("core::iter::traits::iterator::Iterator::collect", "iter/traits/iterator.rs"),
    ("core::option::Option<T>::map", "core/src/option.rs"),
    (
        "<core::iter::adapters::map::Map<I, {u}::{{closure#0}}> as core::iter::Iterator>::fold",
        "iter/adapters/map.rs",
    ),
    ("std::collections::hash::map::HashMap<K,V,S,A>::insert", "collections/hash/map.rs"),
    ("core::ops::function::FnOnce::call_once{{{{vtable.shim}}}}", "src/ops/function.rs"),
    ("alloc::sync::Arc<T>::new", "alloc/src/sync.rs"),
)
_DEPENDENCIES = (
    ("tokio::runtime::task::core::Core<T,S>::poll::{{{{closure}}}}", "runtime/task/core.rs"),
    ("tokio::runtime::task::harness::Harness<T,S>::poll", "runtime/task/harness.rs"),
    (
        "<tokio::runtime::scheduler::multi_thread::worker::Context>::run_task::{{closure#0}}",
        "multi_thread/worker.rs",
    ),
    ("hashbrown::map::HashMap<{t},V,S,A>::insert", "hashbrown-0.15.5/src/map.rs"),
    (
        "<serde_json::de::Deserializer<R> as serde::de::Deserializer>::deserialize_map",
        "serde_json-1.0.140/src/de.rs",
    ),
    ("<hyper::proto::h1::dispatch::Dispatcher<{t}, bytes::bytes::Bytes>>::poll_loop", "proto/h1/dispatch.rs"),
    ("bytes::bytes_mut::BytesMut::reserve_inner", "bytes-1.10.1/src/bytes_mut.rs"),
)
_USER = (
    ("s3_server::store_{i}::Store::put::{{{{closure}}}}", "s3-server/src/store_{i}.rs"),
    ("<s3_server::store_{i}::Store as core::clone::Clone>::clone", "s3-server/src/store_{i}.rs"),
    ("s3_server::index_{i}::Index<K>::insert", "s3-server/src/index_{i}.rs"),
    ("<s3_server::index_{i}::Index<{t}>>::rebalance::{{closure#0}}", "s3-server/src/index_{i}.rs"),
    ("s3_server::session_{i}::Session::open::{{async_fn#0}}", "s3-server/src/session_{i}.rs"),
    ("s3_server::session_{i}::Session::read_part", "s3-server/src/session_{i}.rs"),
)
_OUTER = (
    ("std::thread::Builder::spawn_unchecked_::{{{{closure}}}}", "std/src/thread/mod.rs"),
    ("tokio::runtime::blocking::pool::Inner::run", "runtime/blocking/pool.rs"),
    ("std::sys::thread::unix::Thread::new::thread_start", "thread/unix.rs"),
    ("start_thread", "nptl/nptl/pthread_create.c"),
)
_TYPES = (
    "u8",
    "alloc::string::String",
    "s3_server::store_{i}::Object",
    "core::option::Option<bytes::bytes::Bytes>",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What to write.

    Attributes:
        points: How many program points.
        frames: How many entries the frame table has.
        seed: Two files of the same seed have the same stacks.
        grow: Whether this is the head in which `GROWN` grew.
    """

    points: int = 300_000
    frames: int = 60_000
    seed: int = 1
    grow: bool = False


def lines(shape: Shape) -> Iterator[str]:
    """The file's text, in pieces."""
    rng = random.Random(shape.seed)  # noqa: S311 - the same file each time is the point
    table, layers = _frame_table(rng, shape)
    user = layers["user"].indices
    callers = _call_chains(rng, user)
    grown = {
        index
        for index, frame in enumerate(table)
        if any(f": {name}" in frame.replace("<K>", "") for name in GROWN)
    }
    yield (
        '{\n"dhatFileVersion": 2,\n"mode": "rust-heap",\n"verb": "Allocated",\n"bklt": true,\n"bkacc": false,\n'
        '"tu": "µs",\n"Mtu": "s",\n"tuth": 10,\n"cmd": "target/debug/s3-server --requests 10000",\n"pid": 4242,\n'
        '"tg": 60112233,\n"te": 61998877,\n"pps": [\n'
    )
    seen: set[tuple[int, ...]] = set()
    while len(seen) < shape.points:
        stack = tuple(_stack(rng, layers, callers))
        if stack not in seen:
            seen.add(stack)
            innermost = next(index for index in stack if index in user)
            factor = _GROWTH if shape.grow and innermost in grown else 1
            yield _point(rng, stack, factor) + (",\n" if len(seen) < shape.points else "\n")
    yield '],\n"ftbl": [\n"[root]",\n' + ",\n".join(f'"{frame}"' for frame in table[1:]) + "\n]\n}"


@dataclass(frozen=True, slots=True)
class _Layer:
    """Frames of one part of the stacks, with Zipf weights: a few are on most stacks."""

    indices: range
    weights: tuple[float, ...]

    def pick(self, rng: random.Random, count: int) -> list[int]:
        return rng.choices(self.indices, cum_weights=self.weights, k=count)


def _frame_table(rng: random.Random, shape: Shape) -> tuple[list[str], dict[str, _Layer]]:
    """The frame table and its layers. About half of the entries differ from another one in the address only."""
    shares = {"allocator": 0.02, "std": 0.38, "dependency": 0.25, "user": 0.33, "outer": 0.02}
    texts = {"allocator": _ALLOCATOR, "std": _STD, "dependency": _DEPENDENCIES, "user": _USER, "outer": _OUTER}
    table = ["[root]"]
    layers = {}
    base = 0x55D5C2560000 if shape.grow else 0x560001230000
    for name, share in shares.items():
        first = len(table)
        for _ in range(round(share * (shape.frames - 1))):
            function, path = rng.choice(texts[name])
            i = rng.randrange(40)
            kind = rng.choice(_TYPES).format(i=i)
            user = f"s3_server::index_{rng.randrange(40)}::Index"
            text = f"{function.format(t=kind, u=user, i=i)} ({path.format(i=i)}:{rng.randrange(1, 60) * 7}:"
            base += rng.randrange(4, 90)
            table.append(f"0x{base:x}: {text}{rng.randrange(5, 20)})")
        layers[name] = _Layer(
            range(first, len(table)), tuple(accumulate(1 / rank for rank in range(1, len(table) - first + 1)))
        )
    return table, layers


def _call_chains(rng: random.Random, user: range) -> list[tuple[int, ...]]:
    """For each of the user's frames the frames that lead to it, innermost first: a tree, as programs have it."""
    chains: list[tuple[int, ...]] = []
    for index in user:
        caller = chains[rng.randrange(len(chains))] if len(chains) >= _ENTRY_POINTS else ()
        chains.append((index, *caller[: _DEEPEST_CHAIN - 1]))
    return chains


def _stack(rng: random.Random, layers: dict[str, _Layer], callers: list[tuple[int, ...]]) -> list[int]:
    """8 to 30 frames, innermost first."""
    [user] = layers["user"].pick(rng, 1)
    chain = callers[user - layers["user"].indices.start]
    rest = max(2, min(30, max(8, round(rng.gauss(23, 5)))) - len(chain) - 4)
    return [
        *sorted(layers["allocator"].pick(rng, 2)),
        *layers["std"].pick(rng, rest - rest // 3),
        *chain,
        *layers["dependency"].pick(rng, rest // 3),
        *sorted(layers["outer"].pick(rng, 2)),
    ]


def _point(rng: random.Random, stack: tuple[int, ...], factor: int) -> str:
    """One program point; one in eight lives at t-gmax, half of those to the end."""
    size = min(1 << 20, 8 * round(rng.paretovariate(0.9)))
    blocks = min(1 << 20, round(rng.paretovariate(0.8)))
    at_peak = max(1, blocks // 3) if rng.random() < _LIVE_AT_PEAK else 0
    at_end = max(1, at_peak // 2) if at_peak and rng.random() < _LIVE_AT_END else 0
    lifetime = rng.randrange(60_000_000) * blocks
    blocks, at_peak, at_end = blocks * factor, at_peak * factor, at_end * factor
    return (
        f'{{\n"tb": {size * blocks},\n"tbk": {blocks},\n"tl": {lifetime},\n"mb": {size * max(1, at_peak)},\n'
        f'"mbk": {max(1, at_peak)},\n"gb": {size * at_peak},\n"gbk": {at_peak},\n"eb": {size * at_end},\n'
        f'"ebk": {at_end},\n"fs": [\n' + ",\n".join(map(str, stack)) + "\n]\n}"
    )


def write(path: Path, shape: Shape) -> None:
    """Write the profile to `path`."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines(shape))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Shape()
    parser.add_argument("file", type=Path)
    parser.add_argument("--points", type=int, default=default.points)
    parser.add_argument("--frames", type=int, default=default.frames)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--grow", action="store_true")
    arguments = vars(parser.parse_args())
    write(arguments.pop("file"), Shape(**arguments))


if __name__ == "__main__":
    main()
