import pytest

from leakgate.errors import ConfigError, InputError, LeakgateError, MeasurementError, ServiceError, UsageError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UsageError("there is no baseline"), "there is no baseline"),
        (UsageError("is a directory", where="a.json"), "a.json: is a directory"),
        (
            UsageError("is cut off", where="a.json:1:9", remedy="profile again"),
            "a.json:1:9: is cut off\n  help: profile again",
        ),
    ],
)
def test_a_message_says_where_what_and_what_to_do(error: LeakgateError, text: str) -> None:
    assert str(error) == text


def test_exit_codes_are_a_contract() -> None:
    codes = {
        kind: kind.exit_code for kind in (UsageError, ConfigError, InputError, MeasurementError, ServiceError)
    }

    assert codes == {UsageError: 2, ConfigError: 2, InputError: 2, MeasurementError: 3, ServiceError: 4}
