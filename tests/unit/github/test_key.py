import pytest

from leakgate.errors import UsageError
from leakgate.github.key import check_key


@pytest.mark.parametrize("key", ["memory", "x" * 200, "ü" * 33, "a/b: <c> --> `d`", "build (ubuntu-latest, 1.95)"])
def test_any_short_line_is_a_key(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize("key", ["", "a\nb", "a\0b", "x" * 201, "ü" * 34, "\udcff", "\u202e"])
def test_what_could_not_be_posted_under_is_refused(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_key(key)
    assert str(caught.value) == (
        f"this cannot be a job's key: {key[:200]!r}\n"
        "  help: give the action a `key` of 1 to 200 characters, without line ends and the like; "
        "what is no letter or digit of ASCII counts as 3 or more"
    )


def test_of_an_endless_key_the_beginning_is_shown() -> None:
    with pytest.raises(UsageError, match=f"key: '{'x' * 200}'\n"):
        check_key("x" * 10**6)
