"""Sizes in bytes as people write them: `4 KiB`, `1.5 MB`, `300`."""

import re
from decimal import ROUND_HALF_UP, Decimal

MAXIMUM = 2**50
"""The largest size that is read, 1 PiB: no heap is as large, and every JSON reader can hold the number."""

_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_DECIMAL = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS = {"B": 1, **_BINARY, **_DECIMAL}

_NUMBER = re.compile(r"([0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?)\s*(.*)", re.DOTALL)
_UNIT = re.compile(r"(?:[KMGT]i?)?B", re.IGNORECASE)


class SizeError(ValueError):
    """A text that is no size.

    Attributes:
        what: What it is instead, to follow the text and an `is`: `not a size: its unit is unknown`.
        remedy: What was probably meant.
    """

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


def parse_size(text: str) -> int:
    """The bytes that `text` says; a fraction of a byte that a unit leaves over (`0.3 KiB`) is rounded.

    Units are `B`, `kB` `MB` `GB` `TB` (powers of 1000) and `KiB` `MiB` `GiB` `TiB` (powers of 1024). The prefix
    may be written in either case, the `B` may not: `Kb` are kilobits. Without a unit the number is bytes.

    Raises:
        SizeError: It is not a size, or one above `MAXIMUM`; with what was probably meant.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None or match[2][:1] in {",", "."}:
        raise SizeError("not a size", remedy=_remedy_for_number(text))
    number, unit = match[1].replace("_", ""), match[2]
    factor = _factor(unit) if unit else 1
    if factor is None:
        raise SizeError("not a size: its unit is unknown", remedy=_remedy_for_unit(match[1], unit))
    if factor == 1 and "." in number:
        raise SizeError("not a size: bytes are whole numbers", remedy="for example `64 B` or `1.5 KiB`")
    exact = Decimal(number) * factor
    if exact > MAXIMUM:
        raise SizeError("larger than any heap", remedy=f"the largest size is {format_size(MAXIMUM)}")
    return int(exact.to_integral_value(ROUND_HALF_UP))


def format_size(size: int) -> str:
    """`size` bytes in the largest binary unit of which there is at least one: `64 B`, `1.5 KiB`, `2.25 MiB`.

    A rounded value always has two decimals (`1.00 KiB` is about 1 KiB), an exact one has no trailing zeros
    (`1 KiB`). A negative size gets a `-`.
    """
    if size < 0:
        return f"-{format_size(-size)}"
    unit, factor = "B", 1
    for larger, its_factor in _BINARY.items():
        # 1023.995 KiB would be shown as 1024.00 KiB: that is 1.00 MiB.
        if _hundredths(size, factor) < 1024 * 100:
            break
        unit, factor = larger, its_factor
    if size % factor == 0:
        return f"{size // factor} {unit}"
    hundredths = _hundredths(size, factor)
    value = f"{hundredths // 100}.{hundredths % 100:02}"
    if hundredths * factor == size * 100:
        value = value.rstrip("0")
    return f"{value} {unit}"


def format_count(value: int, unit: str) -> str:
    """`value` of what a metric counts: bytes as a size, all else by its own name (`1,024 blocks`, `1 event`)."""
    if unit == "bytes":
        return format_size(value)
    return f"{value:,} {unit.removesuffix('s') if abs(value) == 1 else unit}"


def _hundredths(size: int, factor: int) -> int:
    """How many hundredths of `factor` are in `size`, rounded half up."""
    return (size * 200 + factor) // (2 * factor)


def _factor(unit: str) -> int | None:
    if not _UNIT.fullmatch(unit) or not unit.endswith("B") or "I" in unit:
        return None
    return {known.upper(): factor for known, factor in _UNITS.items()}[unit.upper()]


def _remedy_for_number(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith("-"):
        return "a size is not negative; the least is `0 B`"
    if "," in stripped:
        return "write a decimal point, and `_` between thousands: `1.5 MB`, `1_000`"
    return "for example `4 KiB`, `1.5 MB` or `300`"


def _remedy_for_unit(number: str, unit: str) -> str:
    letter = unit[0].upper()
    binary = next((known for known in _BINARY if known[0] == letter), None)
    decimal = next((known for known in _DECIMAL if known[0].upper() == letter), None)
    if binary and decimal and re.fullmatch(r".(i?b?|(bit|byte)s?)", unit, re.IGNORECASE):
        if unit[1:2] in {"i", "I"}:
            return f"did you mean `{number} {binary}` ({_UNITS[binary]} bytes each)?"
        return (
            f"did you mean `{number} {binary}` ({_UNITS[binary]} bytes each) "
            f"or `{number} {decimal}` ({_UNITS[decimal]} bytes each)?"
        )
    if unit.lower() in {"b", "byte", "bytes"}:
        return f"did you mean `{number} B`?"
    return "the units are B, kB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024)"
