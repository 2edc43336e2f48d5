from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.github.patience import Patience, asked_wait

NOW = 1_800_000_000.0
HEADERS = st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date", "RETRY-AFTER"])


def date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "60"}, 60),
        ({"retry-after": " 60 "}, 60),
        ({"retry-after": date(NOW + 90)}, 90),
        ({"retry-after": date(NOW - 90)}, 0),
        ({"retry-after": date(NOW + 90), "date": date(NOW + 80)}, 10),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "9" * 5_000}, None),
        ({"x-ratelimit-reset": str(int(NOW) + 5)}, None),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": str(int(NOW) + 5)}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 5)}, 5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 5)}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 5), "retry-after": "7"}, 7),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 5), "retry-after": "soon"}, 5),
    ],
)
def test_the_server_s_own_hint_is_read(headers: dict[str, str], wait: float | None) -> None:
    assert asked_wait(headers, NOW) == wait


@given(st.dictionaries(HEADERS, st.text() | st.integers().map(str) | st.datetimes().map(format_datetime)))
def test_no_header_is_more_than_no_hint(headers: dict[str, str]) -> None:
    wait = asked_wait(headers, NOW)
    assert wait is None or wait >= 0


def test_the_waits_grow_and_differ_from_job_to_job() -> None:
    first, last = Patience(chance=lambda: 0.0), Patience(chance=lambda: 1.0)
    assert [first.after_trouble(attempt) for attempt in (1, 2, 3, 9)] == [0.25, 0.5, 1, 4]
    assert [last.after_trouble(attempt) for attempt in (1, 2, 3, 9)] == [0.5, 1, 2, 8]
    assert [last.after_throttling(attempt) for attempt in (1, 2, 3)] == [60, 120, 240]
