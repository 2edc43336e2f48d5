"""`leakgate explain` reads what the last check left."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from factories import FINGERPRINT, snapshot
from leakgate import explaining
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import Side
from leakgate.config import DEFAULT
from leakgate.errors import InputError, UsageError
from leakgate.reports.explanation import Explanation
from leakgate.snapshot.stored import dump

BASE = snapshot("shop tests::list: gmax=2355 end=0", "shop tests::put: gmax=9000 end=0")
HEAD = snapshot(
    "shop tests::list: gmax=2355 end=0",
    "  shop::list src/lib.rs:3 via alloc::vec::Vec::push: gmax=2000 end=0",
    "  shop::sort src/lib.rs:9 via alloc::vec::Vec::push: gmax=300 end=0",
    "shop tests::put: gmax=99000 end=0",
    "  shop::put src/lib.rs:20 via alloc::vec::Vec::push: gmax=90000 end=0",
)
TODAY = date(2026, 11, 28)


@pytest.fixture
def result(tmp_path: Path) -> Path:
    sides = Provenance(base=Side(fingerprint=FINGERPRINT), head=Side(fingerprint=FINGERPRINT))
    path = tmp_path / "result.json"
    path.write_bytes(msgspec.json.encode(judge(compare(BASE, HEAD), DEFAULT, sides)))
    (tmp_path / "snapshot.json").write_bytes(dump(HEAD))
    return path


def functions(told: Explanation) -> list[str | None]:
    return [site.function for site in told.sites]


def test_a_test_that_grew_is_told_from_the_result(result: Path) -> None:
    (result.parent / "snapshot.json").unlink()
    told = explaining.explain("put", result, TODAY)
    assert (told.test.name, functions(told), told.is_compared) == ("shop tests::put", ["shop::put"], True)
    assert told.until == date(2027, 2, 26)


def test_a_test_that_crossed_nothing_is_told_from_the_snapshot(result: Path) -> None:
    told = explaining.explain("shop tests::list", result, TODAY)
    assert (functions(told), told.is_compared) == (["shop::list", "shop::sort"], False)


@pytest.mark.parametrize(
    ("command", "alone"),
    [
        ("cargo test --workspace", "cargo test --workspace tests::put"),
        ("cargo test -p shop -- --nocapture", "cargo test -p shop tests::put -- --nocapture"),
        ("cargo +nightly nextest run --no-capture", "cargo +nightly nextest run --no-capture tests::put"),
        ("cargo test put", "cargo test put"),
        ("cargo test -- put", "cargo test -- put"),
        ("cargo nextest run -E 'test(put)'", "cargo nextest run -E 'test(put)'"),
        ("cargo test --features 'a", "cargo test --features 'a"),
        ("cargo run", "cargo run"),
        ("make check", "make check"),
    ],
)
def test_the_command_is_for_this_test_alone_where_it_chooses_none_itself(
    result: Path, command: str, alone: str
) -> None:
    stored = msgspec.json.decode(result.read_bytes())
    result.write_bytes(msgspec.json.encode({**stored, "command": command}))
    assert explaining.explain("put", result, TODAY).command == alone


def test_without_a_snapshot_nothing_is_known_of_it(result: Path) -> None:
    (result.parent / "snapshot.json").unlink()
    assert functions(explaining.explain("shop *list", result, TODAY)) == []


def test_a_damaged_snapshot_is_an_error(result: Path) -> None:
    (result.parent / "snapshot.json").write_text("{")
    with pytest.raises(InputError, match="cut off"):
        explaining.explain("list", result, TODAY)


@pytest.mark.parametrize(
    ("asked", "what", "remedy"),
    [
        ("tests", "`tests` is 2 tests", "name one of them: `shop tests::put`, `shop tests::list`"),
        ("lisst", "there is no test `lisst`", "did you mean `shop tests::list`?"),
    ],
)
def test_one_test_must_be_meant(result: Path, asked: str, what: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        explaining.explain(asked, result, TODAY)
    assert (caught.value.what, caught.value.remedy) == (what, remedy)


def test_there_must_be_a_result(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        explaining.explain("put", tmp_path / "result.json", TODAY)
    assert str(caught.value) == (
        f"{tmp_path / 'result.json'}: there is no result\n  help: make it first: `leakgate check -- cargo test`"
    )
