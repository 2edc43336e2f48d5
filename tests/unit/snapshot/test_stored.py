"""The stored form: what goes in comes out, git can diff it, and nothing wrong gets in."""

import difflib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from factories import snapshot
from leakgate import schemas
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.snapshot.model import Measurement, Shard, Site, Snapshot
from leakgate.snapshot.stored import dump, parse

Json = dict[str, Any]

SMALL = snapshot(
    "s3 list: gmax=2355 end=0",
    "s3 put_many: gmax=14685 end=64",
    "  s3::store::put src/store.rs:20 via bytes::from: gmax=14000 end=0",
    "  s3::index::add src/index.rs:7 via alloc::vec::Vec::push: gmax=600 end=64",
    "  s3::log src/log.rs:1: gmax=14 end=0",
    commit="1a2b3c4d5e6f" + "0" * 28,
    fingerprint={"rustc": "1.95.0", "profiler": "dhat-rs"},
    unmeasured=("s3 quick",),
)
STORED = """\
{
"version": 1,
"commit": "1a2b3c4d5e6f0000000000000000000000000000",
"fingerprint": {
  "profiler": "dhat-rs",
  "rustc": "1.95.0"
},
"unmeasured": ["s3 quick"],
"tests": [
{"test":"s3 list","metrics":{"t-gmax-bytes":2355,"t-end-bytes":0},"sites":[
]},
{"test":"s3 put_many","metrics":{"t-gmax-bytes":14685,"t-end-bytes":64},"sites":[
  {"chain":["alloc::vec::Vec::push","s3::index::add"],"function":"s3::index::add","file":"src/index.rs","line":7,\
"counts":{"t-gmax-bytes":600,"t-end-bytes":64}},
  {"chain":["bytes::from","s3::store::put"],"function":"s3::store::put","file":"src/store.rs","line":20,\
"counts":{"t-gmax-bytes":14000,"t-end-bytes":0}}
]}
]
}
"""


def test_a_stored_snapshot_byte_for_byte() -> None:
    """Sorted, a line a site, without stacks, and without the site that holds less than a thousandth."""
    assert dump(SMALL).decode() == STORED


def test_a_site_is_stored_from_more_than_a_thousandth_of_any_metric() -> None:
    sites = ("  s3::a a.rs:1: gmax=1 end=0", "  s3::b b.rs:1: gmax=2 end=0", "  s3::c c.rs:1: gmax=0 end=1")
    stored = parse(dump(snapshot("s3 t: gmax=1000 end=999", *sites)), "p")

    assert [site.function for site in stored.tests[0].sites] == ["s3::b", "s3::c"]


def test_sketches_are_stored_of_the_functions_whose_sites_are() -> None:
    sketches = {"s3::store::put": (1, 2**32 - 1), "s3::log": (5,), "s3::gone": (7,)}

    stored = dump(structs.replace(SMALL, functions=sketches))

    assert b'"functions": {\n  "s3::store::put": [1,4294967295]\n},\n"tests"' in stored
    assert parse(stored, "p").functions == {"s3::store::put": (1, 2**32 - 1)}
    jsonschema.validate(msgspec.json.decode(stored), schemas.load("snapshot"))


def test_two_calls_of_one_function_are_two_sites() -> None:
    test = SMALL.tests[1]
    twice = tuple(structs.replace(test.sites[1], text=text, counts={}) for text in ("0badcafe", "00c0ffee"))
    both = structs.replace(test, sites=(test.sites[0], *twice))

    again = parse(dump(structs.replace(SMALL, tests=(both,), shard=Shard(number=1, of=1))), "p")

    assert [site.text for site in again.tests[0].sites] == ["00c0ffee", "0badcafe", ""]


def test_a_part_of_a_suite_is_stored_with_all_that_the_job_that_joins_it_needs() -> None:
    told = Shard(number=2, of=4, command="cargo test", reasons={"s3 get": "failed"}, notes=("slow",))
    part = structs.replace(SMALL, shard=told)

    again = parse(dump(part), "p")

    assert again.shard == told
    sites = [(site.function, site.stack) for site in again.tests[1].sites]
    assert sorted(sites) == sorted((site.function, site.stack) for site in SMALL.tests[1].sites)
    assert all(stack for _, stack in sites)
    jsonschema.validate(msgspec.json.decode(dump(part)), schemas.load("snapshot"))


def test_a_part_can_be_no_shard_that_there_is_not() -> None:
    for number, of in ((3, 2), (0, 2), (1, 1001)):
        data = dump(structs.replace(SMALL, shard=Shard(number=number, of=of)))
        with pytest.raises(InputError, match=r"p: \$\.shard"):
            parse(data, "p")


def test_a_changed_number_changes_one_line() -> None:
    put_many = SMALL.tests[1]
    counts = {**put_many.sites[0].counts, Metric.T_GMAX_BYTES: 14001}
    sites = (structs.replace(put_many.sites[0], counts=counts), *put_many.sites[1:])
    changed = structs.replace(SMALL, tests=(SMALL.tests[0], structs.replace(put_many, sites=sites)))

    diff = list(difflib.ndiff(STORED.splitlines(), dump(changed).decode().splitlines()))

    assert len([line for line in diff if line.startswith("+")]) == 1
    assert len([line for line in diff if line.startswith("-")]) == 1


def test_what_the_order_of_things_was_is_not_stored() -> None:
    put_many = SMALL.tests[1]
    shuffled = structs.replace(
        SMALL,
        fingerprint=dict(sorted(SMALL.fingerprint.items())),
        tests=(SMALL.tests[0], structs.replace(put_many, sites=put_many.sites[::-1])),
    )

    assert dump(shuffled) == dump(SMALL)


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    """A test with sites that add up to at most its totals, each large enough to be stored."""
    chains = draw(st.lists(st.lists(names, min_size=1, max_size=3).map(tuple), max_size=4, unique=True))
    metrics = draw(st.lists(st.sampled_from(Metric), min_size=1, unique=True))
    largest = (2**63 - 1) // (len(chains) + 1)
    sites = [
        Site(
            chain=chain,
            function=draw(names),
            file=draw(names | st.none()),
            line=draw(st.integers(1, 999_999_999) | st.none()),
            counts={metric: draw(st.integers(largest // 100, largest)) for metric in metrics},
        )
        for chain in sorted(chains)
    ]
    totals = {metric: sum(site.counts[metric] for site in sites) for metric in metrics}
    units = draw(st.tuples(names, names))
    return Measurement(test=draw(names), units=units, metrics=totals, sites=tuple(sites))


snapshots = st.builds(
    Snapshot,
    commit=st.none() | st.text("0123456789abcdef", min_size=40, max_size=40),
    fingerprint=st.dictionaries(names, names),
    tests=st.lists(measurements(), max_size=4, unique_by=lambda test: test.test).map(tuple),
    unmeasured=st.lists(names).map(tuple),
    shard=st.none()
    | st.builds(
        Shard,
        number=st.integers(1, 9),
        of=st.integers(9, 1000),
        command=st.none() | names,
        reasons=st.dictionaries(names, names),
        problems=st.lists(names).map(tuple),
        notes=st.lists(names).map(tuple),
    ),
)


@given(snapshots)
@settings(deadline=None)  # jsonschema is slow on a busy machine
def test_what_goes_in_comes_out_and_keeps_to_the_published_schema(stored: Snapshot) -> None:
    data = dump(stored)

    assert parse(data, "p") == stored
    jsonschema.validate(msgspec.json.decode(data), schemas.load("snapshot"))


def edited(edit: Callable[[Json], object]) -> bytes:
    data = msgspec.json.decode(dump(SMALL))
    edit(data)
    return msgspec.json.encode(data)


def in_test(**fields: object) -> bytes:
    return edited(lambda data: data["tests"][1].update(fields))


def in_site(**fields: object) -> bytes:
    return edited(lambda data: data["tests"][1]["sites"][0].update(fields))


AGAIN = "\n  help: make it again: `leakgate profile`, then `leakgate baseline save`"
OTHER = "\n  help: save the baseline again with this version of leakgate, or update leakgate"
NOT = "not a leakgate snapshot"
DAMAGED = "damaged snapshot"
NUMBER = "<a number>"

WRONG = {
    "empty": (b"", f"p: is empty{AGAIN}"),
    "white space": (b" \n", f"p: is empty{AGAIN}"),
    "cut off": (dump(SMALL)[:300], f"p:12:47: {DAMAGED}: it is cut off here{AGAIN}"),
    "no JSON": (b"hello", f"p:1:1: {DAMAGED}: invalid character{AGAIN}"),
    "merge conflict": (
        dump(SMALL).replace(b'"version"', b'<<<<<<< HEAD\n"version"'),
        f"p:2:1: {DAMAGED}: object keys must be strings{AGAIN}",
    ),
    "two of them": (dump(SMALL) * 2, f"p:18:1: {DAMAGED}: trailing characters{AGAIN}"),
    "not UTF-8": (dump(SMALL).replace(b"1.95", b"\xff.95"), f"p:6:13: {DAMAGED}: byte 0xff is not UTF-8{AGAIN}"),
    "lone surrogate": (
        dump(SMALL).replace(b"1.95", b"\\ud800"),
        f"p:6:19: {DAMAGED}: unexpected end of escaped utf-16 surrogate pair{AGAIN}",
    ),
    "nested too deeply": (
        dump(SMALL).replace(b'"unmeasured"', b'"x": ' + b"[" * 200_000),
        f"p:1:1: {DAMAGED}: its JSON is nested too deeply{AGAIN}",
    ),
    "NaN": (
        dump(SMALL).replace(b"14685", b"NaN"),
        f"p:12:49: {DAMAGED}: invalid character{AGAIN}",
    ),
    "no object": (b"[]", f"p: $: {NOT}: expected `object`, got `array`{AGAIN}"),
    "other JSON": (b"{}", f"p: $: {NOT}: object missing required field `fingerprint`{AGAIN}"),
    "version 2": (
        edited(lambda data: data.update(version=2)),
        f"p: $.version: snapshot version 2; this leakgate reads version 1{OTHER}",
    ),
    "version 2, of another shape": (
        b'{"version": 2, "suites": {"fingerprint": 1}}',
        f"p: $.version: snapshot version 2; this leakgate reads version 1{OTHER}",
    ),
    "version that is text": (
        edited(lambda data: data.update(version="1")),
        f"p: $.version: {NOT}: expected `int`, got `str`{AGAIN}",
    ),
    "commit that is none": (
        edited(lambda data: data.update(commit="--output=x")),
        f"p: $.commit: {NOT}: expected `str` matching regex '^([0-9a-f]{{40}}|[0-9a-f]{{64}})$'{AGAIN}",
    ),
    "unknown metric": (
        in_test(metrics={"t-max": 1}),
        f"p: key in $.tests[1].metrics: {NOT}: invalid enum value 't-max'{AGAIN}",
    ),
    "negative": (
        in_test(metrics={"t-end-bytes": -1}),
        f"p: $.tests[1].metrics[...]: {NOT}: expected `int` >= 0{AGAIN}",
    ),
    "fraction": (
        in_test(metrics={"t-end-bytes": 0.5}),
        f"p: $.tests[1].metrics[...]: {NOT}: expected `int`, got `float`{AGAIN}",
    ),
    "2^63": (
        in_test(metrics={"t-end-bytes": 2**63}),
        f"p: $.tests[1].metrics[...]: {NOT}: expected `int` <= 9223372036854775807{AGAIN}",
    ),
    "a number of 400 digits": (
        in_test(metrics={"t-end-bytes": NUMBER}).replace(f'"{NUMBER}"'.encode(), b"9" * 400),
        f"p: $.tests[1].metrics[...]: {NOT}: expected `int` <= 9223372036854775807{AGAIN}",
    ),
    "a number of 5,000 digits": (
        in_test(metrics={"t-end-bytes": NUMBER}).replace(f'"{NUMBER}"'.encode(), b"9" * 5000),
        f"p: $.tests[1].metrics[...]: {NOT}: integer value out of range{AGAIN}",
    ),
    "line 0": (in_site(line=0), f"p: $.tests[1].sites[0].line: {NOT}: expected `int` >= 1{AGAIN}"),
    "chain that is text": (
        in_site(chain="a::b"),
        f"p: $.tests[1].sites[0].chain: {NOT}: expected `array`, got `str`{AGAIN}",
    ),
    "units of one": (
        in_test(units=["bytes"]),
        f"p: $.tests[1].units: {NOT}: expected `array` of length 2{AGAIN}",
    ),
    "test twice": (
        edited(lambda data: data.update(tests=data["tests"] * 2)),
        f"p: the test `s3 list` is in the snapshot 2 times{AGAIN}",
    ),
    "site twice": (
        edited(lambda data: data["tests"][1]["sites"].append(data["tests"][1]["sites"][0])),
        f"p: $.tests[1].sites: two sites have the same chain and text{AGAIN}",
    ),
    "sites that hold more than their test": (
        in_site(counts={"t-end-bytes": 65}),
        f"p: $.tests[1].sites: contradicts itself: the sites hold 65 of 64 t-end-bytes{AGAIN}",
    ),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_snapshot_is_told_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(data, "p")

    assert str(caught.value) == message
    assert caught.value.exit_code == 2


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(dump(SMALL))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        piece = draw(st.sampled_from([b"", b'"', b"-", b"]", b"9" * 25, b"1.5", b"null", b"\xff", b"\0", b"["]))
        data[start : start + draw(st.integers(0, 3) | st.just(len(data)))] = piece
    return bytes(data)


@given(damaged() | st.binary())
@example(b'{"fingerprint": {"a": "\\ud800"}, "tests": []}')
def test_any_bytes_are_a_snapshot_that_can_be_stored_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        read = parse(data, "p")
        assert parse(dump(read), "p").fingerprint == read.fingerprint
