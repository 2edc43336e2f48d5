"""What an initialiser made: once, if it is a static's, and for each object if it is a field's.

The cells of std and of others (`OnceLock`, `LazyLock`, `once_cell`) may be in a static or in a field. The stack
does not say which, unless the closure stands in the static itself. What was allocated beneath one call of an
initialiser, on one line, tells: each run makes each of these blocks anew.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import ProgramPoint
from leakgate.snapshot.doubling import most_blocks
from leakgate.snapshot.model import Kind

_OF_STATICS = re.compile(
    r"<?(?:"
    # thread_local!: not `LocalKey::with`, which runs any code.
    r"std::sys::(?:\w+::)*thread_local::(?:\w+::)*(?:initialize|try_initialize|get_or_init_slow)"
    r"|std::thread::local::(?:\w+::)*(?:LazyKeyInner::)?(?:initialize|try_initialize)"
    r"|lazy_static::(?:lazy|inline_lazy|core_lazy)::"
    # parking_lot_core/src/parking_lot.rs: a static table, by an atomic pointer.
    r"|parking_lot_core::parking_lot::(?:create|get)_hashtable"
    r")"
)
"""What can be in a static only: macros that write one, and the like."""

_OF_CELLS = re.compile(
    r"<?(?:"
    # library/std/src/sync: `Once` under all.
    r"std::sync::(?:poison::)?once::(?:Once::)?call_once|std::sys::sync::once::|std::sys_common::once::"
    r"|std::sync::(?:once_lock::(?:OnceLock::)?(?:get_or_(?:try_)?init|initialize|get_mut_or_init)"
    r"|lazy_lock::(?:LazyLock::)?force)"
    r"|once_cell::(?:imp|sync|race)::(?:\w+::)*(?:initialize|get_or_(?:try_)?init|force)"
    r"|spin::(?:once|lazy)::"
    r"|tokio::sync::once_cell::(?:OnceCell::)?(?:get_or_(?:try_)?init|\w*init\w*)"
    r"|async_once_cell::|async_lock::once_cell::(?:OnceCell::)?(?:get_or_(?:try_)?init|initialize)"
    r")"
)
"""What runs the initialiser of a cell, in a static or in a field. A cell that is not `Sync` is in no static."""

_STATIC_ITEM = re.compile(r"::[A-Z][A-Z0-9_]+$")
"""`app::TABLE`, where a static's closure is. rustc warns of a static that is named otherwise."""


@lru_cache(maxsize=65_536)
def _initialises(name: str) -> re.Pattern[str] | None:
    return next((of for of in (_OF_STATICS, _OF_CELLS) if of.match(name)), None)


class Cell(NamedTuple):
    """An initialiser of a cell that may be in a static or in a field.

    Attributes:
        depth: How deep in the stack it is.
        nested: Whether it ran another's: then what that made tells nothing of how often this one ran.
    """

    depth: int
    nested: bool


def initialiser(stack: Sequence[ClassifiedFrame], names: Sequence[str]) -> tuple[bool, Cell | None]:
    """Whether a static's initialiser is on the stack; else the outermost one of a cell."""
    cell = None
    for depth, name in enumerate(names):
        of = _initialises(name)
        if of is _OF_STATICS:
            return True, None
        if of is _OF_CELLS:
            run = next((frame for frame in reversed(stack[:depth]) if frame.origin is Origin.USER), None)
            if run is not None and _STATIC_ITEM.search(run.function):
                return True, None
            # A cell calls `Once`, or a function of its own crate; another cell is reached by other code.
            between: Sequence[ClassifiedFrame] = stack[cell.depth : depth] if cell else ()
            other = any(frame.origin not in {Origin.STD, stack[depth].origin} for frame in between)
            cell = Cell(depth, nested=other or (cell is not None and cell.nested))
    return False, cell


_GROWS = frozenset({Kind.LIST, Kind.MAP})


class Initialisers:
    """Counts the runs of initialisers in one profile, each told by the stack from it outwards."""

    def __init__(self) -> None:
        self._once: defaultdict[Hashable, bool] = defaultdict(bool)

    def saw(self, initialiser: Hashable, point: ProgramPoint, kind: Kind | None) -> None:
        """Note what one program point allocated beneath it, and beneath no other."""
        self._once[initialiser] |= point.tbk == 1 or (kind in _GROWS and _is_one_that_grew(point))

    def ran_once(self, initialiser: Hashable) -> bool:
        """Whether any of its blocks was made once only, which it would not be in a second run."""
        return self._once[initialiser]


def _is_one_that_grew(point: ProgramPoint) -> bool:
    """Whether it is one buffer that became larger, and not one for each of several objects."""
    if max(point.gbk or 0, point.ebk or 0) != 1:
        return False
    return point.tbk <= most_blocks(max(point.gb or 0, point.eb or 0))
