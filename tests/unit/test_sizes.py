import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.sizes import MAXIMUM, SizeError, format_count, format_size, parse_size

SIZES = st.integers(min_value=0, max_value=MAXIMUM)

UNITS = "the units are B, kB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024)"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("300", 300),
        ("1_000", 1000),
        ("64 B", 64),
        ("64B", 64),
        (" 4 KiB ", 4096),
        ("4 kiB", 4096),
        ("2MiB", 2 * 1024**2),
        ("1_000 KiB", 1_024_000),
        ("1.5 KiB", 1536),
        ("0.3 KiB", 307),
        ("3 GiB", 3 * 1024**3),
        ("1 TiB", 1024**4),
        ("4 kB", 4000),
        ("4 KB", 4000),
        ("1.5 MB", 1_500_000),
        ("2 gB", 2_000_000_000),
        ("1 TB", 10**12),
    ],
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a size; for example `4 KiB`, `1.5 MB` or `300`"),
        ("KiB", "not a size; for example `4 KiB`, `1.5 MB` or `300`"),
        ("lots", "not a size; for example `4 KiB`, `1.5 MB` or `300`"),
        ("NaN", "not a size; for example `4 KiB`, `1.5 MB` or `300`"),
        ("+4 KiB", "not a size; for example `4 KiB`, `1.5 MB` or `300`"),
        ("٤ KiB", "not a size; for example `4 KiB`, `1.5 MB` or `300`"),
        ("-4 KiB", "not a size; a size is not negative; the least is `0 B`"),
        (
            "1,5 MB",
            "not a size; write a decimal point, and `_` between thousands: `1.5 MB`, `1_000`",
        ),
        (
            "4 K",
            "not a size: its unit is unknown; did you mean `4 KiB` (1024 bytes each) or `4 kB` (1000 bytes each)?",
        ),
        (
            "4 Kb",
            "not a size: its unit is unknown; did you mean `4 KiB` (1024 bytes each) or `4 kB` (1000 bytes each)?",
        ),
        (
            "4 kb",
            "not a size: its unit is unknown; did you mean `4 KiB` (1024 bytes each) or `4 kB` (1000 bytes each)?",
        ),
        ("2 Mib", "not a size: its unit is unknown; did you mean `2 MiB` (1048576 bytes each)?"),
        ("2 MIB", "not a size: its unit is unknown; did you mean `2 MiB` (1048576 bytes each)?"),
        ("9 bytes", "not a size: its unit is unknown; did you mean `9 B`?"),
        ("4 furlongs", f"not a size: its unit is unknown; {UNITS}"),
        ("1e3", f"not a size: its unit is unknown; {UNITS}"),
        ("1.5", "not a size: bytes are whole numbers; for example `64 B` or `1.5 KiB`"),
        ("1.5 B", "not a size: bytes are whole numbers; for example `64 B` or `1.5 KiB`"),
        ("9000 TiB", "larger than any heap; the largest size is 1024 TiB"),
    ],
)
def test_what_is_no_size(text: str, message: str) -> None:
    with pytest.raises(SizeError) as caught:
        parse_size(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (64, "64 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1025, "1.00 KiB"),
        (1536, "1.5 KiB"),
        (1280, "1.25 KiB"),
        (10_000, "9.77 KiB"),
        (1024**2 - 1, "1.00 MiB"),
        (1024**2 - 1024, "1023 KiB"),
        (2_359_712, "2.25 MiB"),
        (1024**4 * 2000, "2000 TiB"),
        (-1536, "-1.5 KiB"),
    ],
)
def test_sizes_are_shown_in_the_largest_fitting_unit(size: int, text: str) -> None:
    assert format_size(size) == text


def test_bytes_are_sizes_and_all_else_is_counted() -> None:
    assert format_count(4096, "bytes") == "4 KiB"
    assert format_count(4096, "blocks") == "4,096 blocks"
    assert format_count(1, "events") == "1 event"


@given(SIZES)
def test_a_shown_size_reads_back_as_nearly_the_same(size: int) -> None:
    shown = format_size(size)
    assert abs(parse_size(shown) - size) <= size * 0.005
    is_rounded = re.search(r"\.\d\d ", shown) is not None
    assert is_rounded or parse_size(shown) == size


@given(SIZES, SIZES)
def test_showing_sizes_keeps_their_order(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert parse_size(format_size(small)) <= parse_size(format_size(large))


@given(SIZES, st.sampled_from(["", "B", " B"]))
def test_bytes_read_back_exactly(size: int, unit: str) -> None:
    assert parse_size(f"{size}{unit}") == parse_size(f"{size:_}{unit}") == size


@given(st.text(alphabet="0123456789._ -+eEkKmMgGtTiIbB", max_size=12))
def test_any_text_is_a_size_or_an_error(text: str) -> None:
    with suppress(SizeError):
        assert 0 <= parse_size(text) <= MAXIMUM
