"""A project that does not exist: its tests, what they allocate, and how that changes from commit to commit.

Made to resemble what leakgate measured in tokio-util: 5.5 sites a test, chains of 2 to 6 functions, 95 bytes of a
compressed snapshot for each test. Tests of a module share what sets them up, and each has sites of its own.
"""

import random
from collections.abc import Sequence

from leakgate.dhat.profile import Metric
from leakgate.snapshot import stored
from leakgate.snapshot.model import Measurement, Site, Snapshot

FINGERPRINT = {
    "allocator": "system",
    "cargo-profile": "test",
    "features": "default",
    "profiler": "harness",
    "profiler-version": "0.1.0",
    "rounds": "auto",
    "rustc": "1.95.0 (59807616e)",
    "target": "x86_64-unknown-linux-gnu",
}

_VERBS = (
    "parse encode decode read write insert remove list open close flush merge split scan apply load store send"
)
_NOUNS = (
    "session object bucket page cache queue stream buffer frame packet token table segment cursor record header"
)
_TESTS_OF_A_MODULE = 60
_FUNCTIONS = 40
_SETUPS = 8
_CHANGED_TESTS = 3
_LIVE_AT_THE_PEAK = 0.7

Counts = dict[Metric, int]


def _counts(total: int, blocks: int, peak: bool) -> Counts:
    return {
        Metric.TOTAL_BYTES: total,
        Metric.TOTAL_BLOCKS: blocks,
        Metric.T_GMAX_BYTES: total if peak else 0,
        Metric.T_GMAX_BLOCKS: blocks if peak else 0,
        Metric.T_END_BYTES: 0,
        Metric.T_END_BLOCKS: 0,
    }


class _Module:
    """A source file: its functions with their lines, and what most of its tests do first."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.crate = f"crate_{number % 12}"
        nouns = _NOUNS.split()
        self.name = f"{chance.choice(nouns)}_{chance.choice(nouns)}_{number}"
        self.file = f"crates/{self.crate}/src/{self.name}.rs"
        self.functions = [
            f"{self.crate}::{self.name}::{chance.choice(nouns).title()}::{chance.choice(_VERBS.split())}_{n}"
            for n in range(_FUNCTIONS)
        ]
        self.lines = [20 * n + chance.randrange(1, 20) for n in range(_FUNCTIONS)]
        self.setups = [(self.chain(chance), self.some_counts(chance)) for _ in range(_SETUPS)]

    def chain(self, chance: random.Random) -> tuple[int, ...]:
        return tuple(sorted(chance.sample(range(_FUNCTIONS), chance.randint(1, 5))))

    @staticmethod
    def some_counts(chance: random.Random) -> Counts:
        blocks = min(int(chance.paretovariate(0.8)), 500)
        return _counts(
            blocks * 8 * min(int(chance.paretovariate(0.5)), 20_000), blocks, chance.random() < _LIVE_AT_THE_PEAK
        )


class Project:
    """What the next commit measures, as one grows out of the other.

    Attributes:
        tests: For each test, in the order of their ids, its measurement.
    """

    def __init__(self, tests: int, seed: int = 1) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same project each time
        count = -(-tests // _TESTS_OF_A_MODULE)
        self._modules = [_Module(number, self._chance) for number in range(count)]
        shapes = []
        for number in range(tests):
            module = self._modules[number // _TESTS_OF_A_MODULE]
            verbs, nouns = _VERBS.split(), _NOUNS.split()
            name = f"{self._chance.choice(verbs)}_{self._chance.choice(nouns)}_{self._chance.choice(verbs)}"
            sites = self._chance.sample(module.setups, self._chance.randint(2, 5))
            sites += [
                (module.chain(self._chance), module.some_counts(self._chance))
                for _ in range(self._chance.randint(1, 3))
            ]
            unique = dict(sites)
            shapes.append((f"{module.crate} {module.name}::tests::{name}_{number}", module, list(unique.items())))
        self._shapes = sorted(shapes, key=lambda shape: shape[0])
        self.tests = [self._measured(number) for number in range(tests)]
        self._of_module = {
            module.name: [n for n, shape in enumerate(self._shapes) if shape[1] is module]
            for module in self._modules
        }

    def commit(self) -> Sequence[int]:
        """Some tests allocate more or less, and lines move in one file; the numbers of the tests that changed."""
        changed = set(self._chance.sample(range(len(self._shapes)), min(_CHANGED_TESTS, len(self._shapes))))
        for number in changed:
            sites = self._shapes[number][2]
            chain, counts = sites[-1]
            delta = self._chance.choice((-64, -8, 8, 64, 256))
            blocks, total = counts[Metric.TOTAL_BLOCKS], max(8, counts[Metric.TOTAL_BYTES] + delta)
            sites[-1] = chain, _counts(total, blocks, peak=True)
        module = self._chance.choice(self._modules)
        cut, moved = self._chance.randrange(_FUNCTIONS), self._chance.choice((-2, -1, 1, 2, 5))
        module.lines = [max(1, line + (moved if n >= cut else 0)) for n, line in enumerate(module.lines)]
        changed.update(self._of_module[module.name])
        for number in changed:
            self.tests[number] = self._measured(number)
        return sorted(changed)

    def snapshot(self, commit: str) -> Snapshot:
        return Snapshot(commit=commit, fingerprint=FINGERPRINT, tests=tuple(self.tests))

    def _measured(self, number: int) -> Measurement:
        name, module, shape = self._shapes[number]
        test = f"{module.crate}::{name.partition(' ')[2]}"
        sites = tuple(
            Site(
                chain=(*(module.functions[n] for n in chain), test),
                function=module.functions[chain[0]],
                file=module.file,
                line=module.lines[chain[0]] + 3,
                counts=counts,
            )
            for chain, counts in shape
        )
        totals = {metric: sum(counts[metric] for _, counts in shape) for metric in Metric}
        return Measurement(test=name, metrics=totals, sites=sites)


def stored_lines(test: Measurement) -> bytes:
    """The lines of a stored snapshot that are of one test."""
    alone = stored.dump(Snapshot(fingerprint={}, tests=(test,)))
    return alone.partition(b'"tests": [\n')[2].removesuffix(b"\n]\n}\n")
