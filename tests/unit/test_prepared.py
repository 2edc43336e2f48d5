"""The file that one step leaves for the next: all of it comes back, and nothing else is taken for it."""

from pathlib import Path

import pytest

from factories import FINGERPRINT, snapshot
from leakgate import prepared
from leakgate.baselines.model import Base, Missing, Wanted
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.result import Side
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.prepared import Prepared

WANTED = Wanted("a" * 40, "main", "the merge commit's parent on main")
BASE = Base(
    snapshot(
        "s3 put: gmax=1000 end=0",
        "  s3::put src/lib.rs:9 via Vec::push from tests::put: gmax=1000 end=0",
        commit="a" * 40,
    ),
    Side(commit="a" * 40, requested="a" * 40, distance=0, age_seconds=60, store="branch", fingerprint=FINGERPRINT),
    {"s3 put": {Metric.T_GMAX_BYTES: (900, 950, 1000)}},
)


@pytest.mark.parametrize(
    "value",
    [
        Prepared(),
        Prepared(wanted=WANTED, base=BASE, accepted_by=LabelAcceptance("leakgate: accept", "ada")),
        Prepared(wanted=WANTED, missing="There is none.", notes=("GitHub did not answer.", "böse ☠")),
        Prepared(wanted=WANTED, sources=Path("/somewhere/sources")),
    ],
)
def test_everything_comes_back(tmp_path: Path, value: Prepared) -> None:
    prepared.save(tmp_path / "new/prepared.json", value)
    assert prepared.load(tmp_path / "new/prepared.json") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "prepared.json: cannot be read: No such file or directory"),
        ("", "prepared.json: is not what `leakgate prepare` writes: Input data was truncated"),
        ("[]", "prepared.json: is not what `leakgate prepare` writes: Expected `object`, got `array`"),
        (
            '{"notes": 1}',
            "prepared.json: is not what `leakgate prepare` writes: Expected `array`, got `int` - at `$.notes`",
        ),
        ("[" * 100_000, "prepared.json: is not what `leakgate prepare` writes: "),
        ('{"version": 2}', "prepared.json: is of version 2, not 1"),
    ],
)
def test_anything_else_is_an_error(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "prepared.json").write_text(text)
    with pytest.raises(InputError) as caught:
        prepared.load(tmp_path / "prepared.json")
    assert str(caught.value).startswith(f"{tmp_path}/{message}")


def test_what_was_found_takes_the_place_of_what_was_missing() -> None:
    before = Prepared(wanted=WANTED, missing="The store has none.", sources=Path("sources"), notes=("slow",))
    assert before.with_found(BASE) == Prepared(wanted=WANTED, base=BASE, notes=("slow",))
    assert before.with_found(BASE).found == BASE


def test_two_reasons_for_having_none_are_both_told() -> None:
    before = Prepared(wanted=WANTED, missing="The store has none.", sources=Path("sources"))
    after = before.with_found(Missing("It does not compile.", WANTED))
    assert after == Prepared(wanted=WANTED, missing="The store has none. It does not compile.")
    assert after.found == Missing("The store has none. It does not compile.", WANTED)
    assert Prepared().with_found(Missing("It does not compile.", WANTED)).missing == "It does not compile."


def test_where_nothing_was_looked_for_there_is_none() -> None:
    assert Prepared().found == Missing("There is no baseline.", Prepared().wanted)
