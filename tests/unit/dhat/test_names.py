import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakgate.dhat.names import crate_of, normalise_function, trait_crate

FILES = Path(__file__).parent / "files"

# spelling → the function's stable name, its crate
NAMES = {
    # hashes
    "s3_server::put::h0123456789abcdef": ("s3_server::put", "s3_server"),
    "s3_server[0123456789abcdef]::store[5]::put": ("s3_server::store[5]::put", "s3_server"),
    "s3_server::put.llvm.10234567890": ("s3_server::put", "s3_server"),
    "s3_server::put::h0123456789abcdef.llvm.9912": ("s3_server::put", "s3_server"),
    "s3_server::hash": ("s3_server::hash", "s3_server"),
    # closures, async blocks and shims, in the spellings of both manglings, of debug information and of Windows
    "s3_server::put::{{closure}}::{{closure}}": ("s3_server::put", "s3_server"),
    "s3_server::put::{closure#0}::{closure#12}": ("s3_server::put", "s3_server"),
    "s3_server::put::{closure_env#0}<u8>": ("s3_server::put", "s3_server"),
    "s3_server::put::{async_fn#0}::{async_block#1}": ("s3_server::put", "s3_server"),
    "s3_server::put::{async_fn_env#0}": ("s3_server::put", "s3_server"),
    "s3_server::put::{async_block_env#0}": ("s3_server::put", "s3_server"),
    "s3_server::put::async_block$0": ("s3_server::put", "s3_server"),
    "s3_server::put::closure_env$0<u8>": ("s3_server::put", "s3_server"),
    "s3_server::put::closure$1::async_fn_env$0": ("s3_server::put", "s3_server"),
    "s3_server::Object::{{constructor}}": ("s3_server::Object", "s3_server"),
    "core::ops::function::FnOnce::call_once{{vtable.shim}}": ("core::ops::function::FnOnce::call_once", "core"),
    "core::ops::function::FnOnce::call_once::{shim:vtable#0}": ("core::ops::function::FnOnce::call_once", "core"),
    "{closure#0}<i32, app::main::{closure_env#0}>": ("{closure}", ""),
    "alloc::vec::{impl#21}::extend_trusted": ("alloc::vec::{impl}::extend_trusted", "alloc"),
    "alloc::vec::impl$21::extend_trusted": ("alloc::vec::{impl}::extend_trusted", "alloc"),
    # generic arguments
    "alloc::raw_vec::RawVecInner<A>::finish_grow": ("alloc::raw_vec::RawVecInner::finish_grow", "alloc"),
    "<alloc::raw_vec::RawVecInner>::finish_grow": ("alloc::raw_vec::RawVecInner::finish_grow", "alloc"),
    "<alloc::vec::Vec<T>>::push": ("alloc::vec::Vec::push", "alloc"),
    "std::panicking::catch_unwind::<i32, &dyn core::ops::Fn<(), Output = i32>>": (
        "std::panicking::catch_unwind",
        "std",
    ),
    "a::map<fn(&b::B<u8>) -> c::C<u8>, [u8; 3]>::get": ("a::map::get", "a"),
    "a::first<<b::B<u8> as c::C<u8>>::Item>": ("a::first", "a"),
    "with_capacity<u8>": ("with_capacity", ""),
    # implementations of traits
    "<s3_server::Store as core::clone::Clone>::clone": (
        "<s3_server::Store as core::clone::Clone>::clone",
        "s3_server",
    ),
    "<a::Map<I, a::f::{closure#0}> as core::iter::Iterator<X>>::next::{closure#1}": (
        "<a::Map as core::iter::Iterator>::next",
        "a",
    ),
    "s3_server::from::<impl core::convert::From<io::Error<E>> for s3_server::Error<E>>::from": (
        "<s3_server::Error as core::convert::From>::from",
        "s3_server",
    ),
    "<T as s3_server::Handler>::call": ("<T as s3_server::Handler>::call", "s3_server"),
    "<alloc::vec::Vec<u8> as s3_server::Handler>::call": (
        "<alloc::vec::Vec as s3_server::Handler>::call",
        "s3_server",
    ),
    "<&mut dyn s3_server::Handler as core::fmt::Debug>::fmt": (
        "<&mut dyn s3_server::Handler as core::fmt::Debug>::fmt",
        "s3_server",
    ),
    "<*const s3_server::Node as core::fmt::Debug>::fmt": (
        "<*const s3_server::Node as core::fmt::Debug>::fmt",
        "s3_server",
    ),
    "<(u8, s3_server::Key) as s3_server::Ord>::cmp": (
        "<(u8, s3_server::Key) as s3_server::Ord>::cmp",
        "s3_server",
    ),
    "<[s3_server::Part] as s3_server::Join>::join": ("<[s3_server::Part] as s3_server::Join>::join", "s3_server"),
    "<dyn s3_server::Handler>::name": ("<dyn s3_server::Handler>::name", "s3_server"),
    "<<a::A<T> as b::B>::Item as c::C>::call": ("<<a::A as b::B>::Item as c::C>::call", "a"),
    "<[u8]>::to_vec_in::<alloc::alloc::Global>": ("<[u8]>::to_vec_in", "core"),
    "alloc::slice::<impl [T]>::to_vec": ("<[T]>::to_vec", "core"),
    "<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem": (
        "<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem",
        "alloc",
    ),
    # no Rust, or no name
    "main": ("main", ""),
    "???": ("???", ""),
    "(below main)": ("(below main)", ""),
    "operator<<": ("operator<<", ""),
    "_ZN4core3ptr13drop_in_place": ("_ZN4core3ptr13drop_in_place", ""),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_normalises_a_name_and_tells_its_crate(name: str, expected: tuple[str, str]) -> None:
    normalised = normalise_function(name)

    assert (normalised, crate_of(normalised)) == expected


def test_the_trait_of_a_method_has_a_crate() -> None:
    assert trait_crate("<s3_server::Store as core::clone::Clone>::clone") == "core"
    assert trait_crate("<[u8]>::to_vec") == ""
    assert trait_crate("s3_server::put") == ""


def real_names() -> list[str]:
    names: set[str] = set()
    for path in FILES.glob("*.json"):
        names.update(
            re.sub(r"^0x[0-9a-f]+: | \([^()]*\)$", "", text) for text in json.loads(path.read_bytes())["ftbl"]
        )
    return sorted(names)


def test_no_real_name_keeps_what_a_rebuild_changes() -> None:
    names = [normalise_function(name) for name in real_names()]

    assert len(names) > 300
    assert [name for name in names if re.search(r"#|\{\{|::<|h[0-9a-f]{16}|_env", name)] == []


def paths() -> st.SearchStrategy[str]:
    """Paths as rustc writes them, nested as deep as hypothesis likes."""
    segments = st.sampled_from(
        ["a", "b_c", "Vec", "{closure#0}", "{{closure}}", "{impl#3}", "{async_fn_env#0}", "closure$0"]
    )
    plain = st.lists(segments, min_size=1, max_size=4).map("::".join)

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return (
            st.builds("{}<{}, fn(&{}) -> u8>::f".format, inner, inner, inner)
            | st.builds("<{} as {}>::f".format, inner, inner)
            | st.builds("<{}>::f::<{}>".format, inner, inner)
            | st.builds("m::<impl {} for {}>::f".format, inner, inner)
            | st.builds("<[{}]>::f::h0123456789abcdef".format, inner)
            | st.builds("<&mut dyn {}>::f".format, inner)
        )

    return st.recursive(plain, grown, max_leaves=6)


@given(paths() | st.sampled_from(real_names()))
@example("a::f::<<[b]>::g><c>::h")
def test_normalising_twice_changes_nothing(name: str) -> None:
    once = normalise_function(name)

    assert normalise_function(once) == once


@given(st.text() | st.text("<>:{}#$ as-[]&(),h0123456789abcdef.implfor", max_size=200))
@example("<" * 50_000)
@example("a<" * 50_000)
@example("a<" * 2000 + ">" * 2000)
@example("::" * 50_000)
@example("<a as " * 20_000)
@example("a" * 100_000 + "<")
def test_any_text_has_a_name_and_a_crate(text: str) -> None:
    name = normalise_function(text)

    assert name or not text
    assert crate_of(name) == "" or crate_of(name) in name + "core"
