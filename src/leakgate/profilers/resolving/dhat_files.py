"""The raw profiles of a run → DHAT files."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from leakgate.profilers.harness_events import Recorded
from leakgate.profilers.resolving import raw, symbols
from leakgate.profilers.resolving.dhat_json import dhat_json

_NOTABLE_CUT = 0.01
"""The share of cut stacks from which on it is worth a word."""


def write_all(recorded: Sequence[Recorded], run_dir: Path, folder: Path) -> list[str]:
    """Turn raw profiles into DHAT files.

    Args:
        recorded: The profiles.
        run_dir: Where their targets are.
        folder: Where symcaches are kept.

    Returns:
        What is to be said of their quality, in sentences.

    Raises:
        InputError: A raw profile is damaged.
    """
    (run_dir / "profiles").mkdir(exist_ok=True)
    symbolizer = _Symbolizer(folder)
    stacks = cut = 0
    notes: list[str] = []
    for test in recorded:
        read = raw.read(test.raw)
        stacks += read.stacks
        cut += read.cut
        if read.lost:
            notes.append(f"{test.test}: {read.lost} allocations were not counted, for want of memory")
        (run_dir / test.target).write_bytes(dhat_json(read, symbolizer.frames(read), test.test))
    symbols.trim(folder)
    if cut > stacks * _NOTABLE_CUT:
        notes.append(
            f"{cut / stacks:.0%} of the stacks are cut at the outer end, at functions without frame pointers; "
            "the figures are not touched by it"
        )
    return notes


class _Symbolizer:
    """Looks every address up once in a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._modules: dict[tuple[str, str], symbols.Symbols] = {}
        self._process: tuple[int, tuple[raw.Module, ...]] | None = None
        self._known: dict[int, symbols.Stack] = {}

    def frames(self, profile: raw.RawProfile) -> Mapping[int, symbols.Stack]:
        """The functions at each address of a profile. Addresses mean the same in all profiles of one process."""
        process = profile.pid, profile.modules
        if process != self._process:
            self._process, self._known = process, {}
            self._ordered = sorted(profile.modules, key=lambda module: module.start)
            self._starts = [module.start for module in self._ordered]
        known = self._known
        for address in self._new(profile):
            module = self._module(address)
            known[address] = (
                symbols.unknown(address) if module is None else self._symbols(module).at(address, module)
            )
        return known

    def _new(self, profile: raw.RawProfile) -> Iterator[int]:
        return (address for site in profile.sites for address in site.stack if address not in self._known)

    def _module(self, address: int) -> raw.Module | None:
        number = bisect_right(self._starts, address - 1) - 1
        module = self._ordered[number] if number >= 0 else None
        return module if module is not None and address <= module.end else None

    def _symbols(self, module: raw.Module) -> symbols.Symbols:
        key = module.path, module.id
        found = self._modules.get(key)
        if found is None:
            found = self._modules[key] = symbols.Symbols(module, self._folder)
        return found
