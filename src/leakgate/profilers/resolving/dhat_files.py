"""The raw profiles of a run → DHAT files."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue

from leakgate.profilers.harness_events import Recorded
from leakgate.profilers.resolving import raw, symbols
from leakgate.profilers.resolving.dhat_json import dhat_json

_NOTABLE_CUT = 0.01
"""The share of cut stacks from which on it is worth a word."""


class Writer:
    """Turns raw profiles into DHAT files, one after the other."""

    def __init__(self, run_dir: Path, folder: Path) -> None:
        """Prepare.

        Args:
            run_dir: Where the DHAT files go, below `profiles`.
            folder: Where symcaches are kept.
        """
        (run_dir / "profiles").mkdir(exist_ok=True)
        self._run_dir = run_dir
        self._folder = folder
        self._symbolizer = _Symbolizer(folder)
        self._stacks = self._cut = 0
        self._notes: list[str] = []

    def write(self, test: Recorded) -> None:
        """Turn one profile into a DHAT file.

        Raises:
            InputError: It is damaged.
        """
        read = raw.read(test.raw)
        self._stacks += read.stacks
        self._cut += read.cut
        if read.lost:
            self._notes.append(f"{test.test}: {read.lost} allocations were not counted, for want of memory")
        (self._run_dir / test.target).write_bytes(dhat_json(read, self._symbolizer.frames(read), test.test))

    def close(self) -> list[str]:
        """All are written. Returns: what is to be said of their quality, in sentences."""
        symbols.trim(self._folder)
        if self._cut > self._stacks * _NOTABLE_CUT:
            self._notes.append(
                f"{self._cut / self._stacks:.0%} of the stacks are cut at the outer end, at functions without "
                "frame pointers; the figures are not touched by it"
            )
        return self._notes


class Background:
    """A writer that works while the tests still run: they leave a processor idle, and nobody waits for it then."""

    def __init__(self, writer: Writer, ready: Callable[[], None]) -> None:
        """Start.

        Args:
            writer: Does the work.
            ready: Returns when the work can begin.
        """
        self._writer = writer
        self._ready = ready
        self._queue: SimpleQueue[Recorded | None] = SimpleQueue()
        self._error: Exception | None = None
        # A daemon: an interrupted run waits for nothing.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, test: Recorded) -> None:
        """Have a profile turned into a DHAT file."""
        self._queue.put(test)

    def close(self) -> list[str]:
        """Wait until all are written. Returns: as `Writer.close`.

        Raises:
            InputError: A raw profile is damaged.
        """
        self._queue.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._writer.close()

    def _run(self) -> None:
        try:
            self._ready()
            while (test := self._queue.get()) is not None:
                self._writer.write(test)
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            self._error = error


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
