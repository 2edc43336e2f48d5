"""Whatever a file holds, reading it ends in a config or in an error with a place."""

import re
from contextlib import suppress
from datetime import date

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leakgate.config import Config, decode, parse
from leakgate.errors import ConfigError

TODAY = date(2026, 6, 1)

WORDS = st.sampled_from(
    [
        *"""
        version command profiler jobs limits tests match ignore frame test reason expires baseline store path
        branch branches fallback keep accept accept-label up-to comment
        no-baseline max-missing t-gmax t-end total t-gmax-blocks ratio warn-ratio min-delta max
        : - ? , [ ] { } & * ! | > ' " % @ ` # --- ... << null ~ true no 1 0 -1 1.5 25%
        1e999 .nan .inf 0x1F 2027-01-01 2027-13-45 cargo
        &a *a !!str !!python/object:os.system file dhat-rs always pass \\0 \\ud800 [a ]b
        """.split(),  # noqa: SIM905 - as a list literal it would fill a page
        "4 KiB",
        "%YAML 1.1",
        "",
    ]
)
SPACES = st.sampled_from([" ", " ", "\n", "\n  ", "\n    ", "", "\t"])
YAML_LIKE = st.lists(st.tuples(WORDS, SPACES), max_size=40).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["4 KiB", "4 Kb", "25%", "2027-01-01", "cargo test", "a[", "*", "file", "always", "pass"])
)
KEYS = st.sampled_from(
    """
    version command profiler jobs limits tests match ignore frame test reason expires baseline store path comment
    branch branches fallback keep accept accept-label up-to
    no-baseline max-missing t-gmax t-gmax-bytes t-end total-blocks ratio warn-ratio min-delta max extra
    """.split()  # noqa: SIM905 - as above
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


def read(text: str) -> Config | ConfigError:
    try:
        return parse(text, "leakgate.yml", TODAY)
    except ConfigError as error:
        return error


def check(text: str) -> None:
    """Parse `text`; a config must be one that can be used, an error one that can be shown."""
    result = read(text)
    if isinstance(result, ConfigError):
        assert re.match(r"leakgate\.yml:\d+:\d+: \S", str(result))
        assert str(result).replace("\n", "").isprintable()
    else:
        result.limits_for("server tests::put")
        repr(result).encode()
        assert not any(
            "\0" in text
            for text in (*result.command, result.baseline.path, result.baseline.branch, *result.baseline.branches)
        )


@settings(deadline=None)
@given(st.text())
@example("\ud800")
@example("%YAML 1.11 ")
@example("\ufeff%YAML 3.0\n---\n")
@example("a: \x00")
@example("\x85\u2028: [")
def test_any_text(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=400)
@given(YAML_LIKE)
def test_any_pieces_of_yaml(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_any_tree_of_known_keys(tree: dict[str, object]) -> None:
    check(flow(tree))


@given(st.binary())
@example(b"\xef\xbb\xbf\xff")
@example(b"\xff\xfea\x00")
def test_any_bytes(raw: bytes) -> None:
    with suppress(ConfigError):
        decode(raw, "leakgate.yml").encode()


def flow(value: object) -> str:
    """`value` as YAML on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case str():
            return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case _:
            return str(value)
