"""The parts of a suite joined: they are the whole again; whatever is missing, doubled or different has a name."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from factories import FINGERPRINT, snapshot
from leakgate.snapshot.join import Part, join
from leakgate.snapshot.model import Shard, Snapshot
from leakgate.snapshot.stored import dump, parse

HERE, ELSEWHERE = "a" * 40, "b" * 40
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map("s3 {}".format)


def part(number: int, of: int, *tests: str, **fields: object) -> Part:
    """Shard `number` of `of` with tests of 1 byte."""
    measured = snapshot(*(f"{test}: gmax=1 end=0" for test in tests), commit=HERE)
    told = {"shard": Shard(number=number, of=of, command="cargo test"), **fields}
    return Part(f"{number}.json", structs.replace(measured, **told))


def problems(*parts: Part, commit: str | None = HERE) -> tuple[str, ...]:
    return join(parts, commit).problems


@st.composite
def wholes(draw: st.DrawFn) -> Snapshot:
    ids = draw(st.lists(names, unique=True, max_size=12))
    kinds = [draw(st.sampled_from(("measured", "unmeasured", "failed"))) for _ in ids]
    chosen = {kind: sorted(test for test, of in zip(ids, kinds, strict=True) if of == kind) for kind in kinds}
    lines = [
        line
        for number, test in enumerate(chosen.get("measured", []))
        for line in (f"{test}: gmax={1000 + number} end=9", "  s3::put src/store.rs:20: gmax=9 end=0")
    ]
    return structs.replace(
        snapshot(*lines, commit=HERE),
        unmeasured=tuple(chosen.get("unmeasured", [])),
        failed=tuple(chosen.get("failed", [])),
        functions={"s3::put": (1, 2)} if chosen.get("measured") else {},
    )


def split(whole: Snapshot, owners: Sequence[int], of: int) -> list[Part]:
    """The whole in so many parts, as their jobs write them and the job after them reads them."""
    everything = [*(test.test for test in whole.tests), *whole.unmeasured, *whole.failed]
    owner = dict(zip(everything, owners, strict=False))
    parts = []
    for number in range(1, of + 1):
        mine = structs.replace(
            whole,
            tests=tuple(test for test in whole.tests if owner[test.test] == number),
            unmeasured=tuple(test for test in whole.unmeasured if owner[test] == number),
            failed=tuple(test for test in whole.failed if owner[test] == number),
            shard=Shard(
                number=number, of=of, reasons={t: f"because {t}" for t in whole.failed if owner[t] == number}
            ),
        )
        parts.append(Part(f"{number}.json", parse(dump(mine), "p")))
    return parts


@given(wholes(), st.integers(1, 5), st.data())
def test_however_a_suite_is_cut_joined_it_is_the_whole_again(
    whole: Snapshot, of: int, data: st.DataObject
) -> None:
    owners = data.draw(st.lists(st.integers(1, of), min_size=12, max_size=12))
    parts = data.draw(st.permutations(split(whole, owners, of)))

    joined = join(parts, HERE)

    assert joined.snapshot == whole
    assert (joined.problems, joined.notes) == ((), ())
    assert joined.reasons == {test: f"because {test}" for test in whole.failed}


@given(wholes(), st.integers(2, 5), st.data())
def test_whichever_shards_are_missing_are_named(whole: Snapshot, of: int, data: st.DataObject) -> None:
    owners = data.draw(st.lists(st.integers(1, of), min_size=12, max_size=12))
    there = data.draw(st.sets(st.integers(1, of), min_size=1, max_size=of - 1))

    found = problems(*(one for one in split(whole, owners, of) if one.number in there))

    missing = [str(number) for number in range(1, of + 1) if number not in there]
    named = f"Shard {missing[0]}" if len(missing) == 1 else f"Shards {', '.join(missing[:-1])} and {missing[-1]}"
    assert [problem.partition(" of ")[0] for problem in found] == [named]


def test_a_shard_that_is_missing() -> None:
    assert problems(part(1, 4, "a"), part(3, 4, "b"), part(4, 4, "c")) == (
        "Shard 2 of 4 is missing: its job left no part, or it was not fetched.",
    )


def test_a_great_many_that_are_missing_are_counted() -> None:
    [problem] = problems(part(1, 1000, "a"))
    assert problem == (
        "Shards 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 989 more of 1000 are missing: "
        "their jobs left no part, or it was not fetched."
    )


def test_a_shard_that_is_there_twice_counts_once() -> None:
    again = Part("again.json", part(1, 2, "a").snapshot)
    joined = join([part(1, 2, "a"), part(2, 2, "b"), again], HERE)

    assert joined.problems == ("Shard 1 of 2 is there 2 times: `1.json` and `again.json`.",)
    assert [test.test for test in joined.snapshot.tests] == ["a", "b"]


def test_parts_that_do_not_agree_on_how_many_there_are() -> None:
    assert problems(part(1, 2, "a"), part(2, 3, "b")) == (
        "The parts do not agree on how many shards there are: shard 1 of 2 and shard 2 of 3.",
    )


def test_a_part_without_a_number_among_others_that_have_one() -> None:
    nameless = Part("b.json", snapshot("b: gmax=1", commit=HERE))
    assert problems(part(1, 1, "a"), nameless) == (
        "`b.json` is without a shard's number, and others have one: `--shard N/M`.",
    )


def test_parts_of_which_none_has_a_number_are_joined_with_a_word_of_warning() -> None:
    first, second = (Part(f"{test}.json", snapshot(f"{test}: gmax=1", commit=HERE)) for test in "ab")

    joined = join([second, first], HERE)

    assert [test.test for test in joined.snapshot.tests] == ["a", "b"]
    assert joined.problems == ()
    assert joined.notes == (
        "No part has a shard's number (`--shard N/M`), so one that is missing might not be noticed.",
    )


def test_one_snapshot_of_a_whole_suite_is_a_whole() -> None:
    whole = snapshot("a: gmax=1", commit=HERE)
    joined = join([Part("a.json", whole)], HERE)
    assert (joined.snapshot, joined.problems, joined.notes) == (whole, (), ())


@pytest.mark.parametrize("kind", ["tests", "unmeasured", "failed"])
def test_a_test_in_two_shards(kind: str) -> None:
    twice = part(2, 2, "b", **({} if kind == "tests" else {kind: ("a",)}))
    if kind == "tests":
        twice = part(2, 2, "a", "b")

    assert problems(part(1, 2, "a"), twice) == (
        "The test `a` is in shard 1 of 2 and shard 2 of 2: each must be in one shard only.",
    )


def test_many_tests_in_two_shards_are_counted() -> None:
    tests = [f"t{number:02}" for number in range(12)]
    found = problems(part(1, 2, *tests), part(2, 2, *tests))
    assert len(found) == 11
    assert found[-1] == "2 more tests are in more than one shard."


def test_a_part_of_another_commit_than_the_one_that_is_checked_out() -> None:
    assert problems(part(1, 2, "a"), part(2, 2, "b", commit=ELSEWHERE)) == (
        "Shard 2 of 2 measured the commit bbbbbbbbbbbb, and aaaaaaaaaaaa is checked out here.",
    )
    assert problems(part(1, 1, "a", commit=None)) == ("Shard 1 of 1 does not say which commit was measured.",)


def test_parts_must_agree_on_the_commit_where_none_is_checked_out() -> None:
    assert problems(part(1, 2, "a"), part(2, 2, "b", commit=ELSEWHERE), commit=None) == (
        "Shard 2 of 2 measured the commit bbbbbbbbbbbb, and aaaaaaaaaaaa is that of shard 1 of 2.",
    )
    outside_git = [part(1, 2, "a", commit=None), part(2, 2, "b", commit=None)]
    assert problems(*outside_git, commit=None) == ()


def test_parts_that_were_measured_in_different_ways() -> None:
    other = part(2, 2, "b", fingerprint={**FINGERPRINT, "rustc": "1.96.0", "features": "all"})
    [problem] = problems(part(1, 2, "a"), other)
    assert problem == (
        "Shard 2 of 2 was measured otherwise than shard 1 of 2: features `all`, not `dhat-heap`; "
        "rustc `1.96.0`, not `1.95.0`."
    )


def test_what_a_shard_had_to_say_is_said_with_its_number() -> None:
    spoilt = Part("2.json", part(2, 2, "b").snapshot, ("1 test failed.", "3 of 4 test binaries did not run"))
    assert problems(part(1, 2, "a"), spoilt) == (
        "Shard 2 of 2: 1 test failed.",
        "Shard 2 of 2: 3 of 4 test binaries did not run",
    )


def test_the_same_note_of_every_shard_is_given_once() -> None:
    shards = (
        Shard(number=1, of=2, notes=("measured by the harness", "only here")),
        Shard(number=2, of=2, notes=("measured by the harness",)),
    )
    joined = join([part(number, 2, str(number), shard=shard) for number, shard in enumerate(shards, 1)], HERE)
    assert joined.notes == ("measured by the harness", "only here")


def test_the_command_is_known_where_all_ran_the_same() -> None:
    other = part(2, 2, "b", shard=Shard(number=2, of=2, command="cargo test -p b"))
    assert join([part(1, 2, "a"), part(2, 2, "b")], HERE).command == "cargo test"
    assert join([part(1, 2, "a"), other], HERE).command is None
