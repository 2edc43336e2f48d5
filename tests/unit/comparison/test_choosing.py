"""What a person means by a test's name."""

import pytest

from leakgate.comparison.choosing import choose, choose_one
from leakgate.errors import UsageError

NAMES = ["shop list", "shop put", "shop put_many", "shop::api put", "shop::api upload[a]", "db tests::list"]

NEAREST = ["shop put", "shop::api put", "shop put_many", "shop list"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("shop put", ["shop put"]),  # the very one, though others have it in them
        ("shop::api upload[a]", ["shop::api upload[a]"]),  # the very one, though it is a glob too
        ("shop *", ["shop list", "shop put", "shop put_many"]),
        ("*put", ["shop put", "shop::api put"]),
        ("many", ["shop put_many"]),
        ("put", ["shop put", "shop put_many", "shop::api put"]),
    ],
)
def test_the_very_one_then_a_glob_then_a_part(asked: str, meant: list[str]) -> None:
    assert choose(asked, NAMES) == meant


def test_one_is_wanted_and_several_are_meant() -> None:
    assert choose_one("many", NAMES) == "shop put_many"
    with pytest.raises(UsageError) as caught:
        choose_one("put", NAMES)
    assert str(caught.value) == (
        "`put` is 3 tests\n  help: name one of them: `shop put`, `shop put_many`, `shop::api put`"
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "shop puts",
            f"there is no test `shop puts`\n  help: did you mean {', '.join(f'`{name}`' for name in NEAREST)}?",
        ),
        ("uplaod[a]", "there is no test `uplaod[a]`\n  help: did you mean `shop::api upload[a]`?"),
        ("lisst", "there is no test `lisst`\n  help: did you mean `shop list`, `db tests::list`?"),
        (
            "xyzzy",
            "there is no test `xyzzy`\n  help: there are 7 tests: `a 0`, `a 1`, `a 2`, `a 3`, `a 4` and 2 more",
        ),
    ],
)
def test_an_unknown_one_gets_the_nearest(asked: str, message: str) -> None:
    names = NAMES if asked != "xyzzy" else [f"a {number}" for number in range(7)]
    with pytest.raises(UsageError) as caught:
        choose(asked, names)
    assert str(caught.value) == message


def test_nothing_to_choose_among() -> None:
    with pytest.raises(UsageError, match="no test has been measured yet"):
        choose("put", [])
