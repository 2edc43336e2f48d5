"""Conditions of `#[cfg]`, as far as they can be known before a build."""

import pytest

from leakgate.doctor.conditions import facts, holds

KNOWN = facts({"heap"}, ['target_os="linux"', 'target_env="gnu"', "unix"], test=True)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('feature = "heap"', True),
        ('feature="slow"', False),
        ("test", True),
        ("unix", True),
        ("windows", False),
        ('target_os = "linux"', True),
        ('not(target_env = "msvc")', True),
        ('all(test, feature = "heap")', True),
        ('all(feature = "slow", loom)', False),
        ('all(feature = "heap", loom)', None),
        ('any(feature = "heap", loom)', True),
        ('any(feature = "slow", loom)', None),
        ('any(all(unix, not(feature = "heap")), not(any(windows, test)))', False),
        ("all()", True),
        ("any()", False),
        ("all(test,)", True),
        ("debug_assertions", None),
        ("loom", None),
        ("not(loom)", None),
        # what cannot be read is not known
        ("", None),
        ("not()", None),
        ("all(test", None),
        ("feature", None),
        ("a b", None),
        ("{}", None),
        ("not(" * 1000 + "test" + ")" * 1000, None),
    ],
)
def test_a_condition(condition: str, expected: bool | None) -> None:
    assert holds(condition, KNOWN) is expected
