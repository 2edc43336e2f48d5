"""The store first, then what stands in for it."""

from dataclasses import dataclass

import pytest

from factories import snapshot
from leakgate.baselines.find import find
from leakgate.baselines.model import Ancestors, Base, Missing, Saving, Store, Wanted
from leakgate.comparison.result import Side
from leakgate.errors import InputError
from leakgate.snapshot.model import Snapshot

WANTED = Wanted("a" * 40, "main", "the merge commit's parent on main")


@dataclass(frozen=True)
class Has:
    """A store that has one answer."""

    answer: Base | str | InputError

    def find(self, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        assert list(ancestors()) == [WANTED.commit]
        if isinstance(self.answer, InputError):
            raise self.answer
        return Missing(self.answer, wanted) if isinstance(self.answer, str) else self.answer

    def save(self, snapshot: Snapshot, saving: Saving) -> str:
        raise NotImplementedError


def base(name: str) -> Base:
    return Base(snapshot(), Side(store=name, fingerprint={}))


@pytest.mark.parametrize(
    ("store", "fallback", "found"),
    [
        (Has(base("branch")), Has(base("rebuild")), base("branch")),
        (Has("None was saved."), Has(base("rebuild")), base("rebuild")),
        (
            Has("None was saved."),
            Has("It does not compile."),
            Missing("None was saved. It does not compile.", WANTED),
        ),
        (Has("None was saved."), None, Missing("None was saved.", WANTED)),
    ],
)
def test_the_fallback_is_asked_where_the_store_has_none(
    store: Store, fallback: Store | None, found: Base | Missing
) -> None:
    assert find(store, WANTED, lambda: ["a" * 40], fallback) == found


def test_a_damaged_baseline_is_told_and_not_replaced() -> None:
    with pytest.raises(InputError, match="is cut off"):
        find(Has(InputError("is cut off")), WANTED, lambda: ["a" * 40], Has(base("rebuild")))
