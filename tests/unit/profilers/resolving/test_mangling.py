"""Expected names are rustc-demangle's (`{:#}`), for symbols of rustc 1.95 and examples of the v0 specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.profilers.resolving.mangling import demangle


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("_ZN9s3_server5store5Store3put17h0123456789abcdefE", "s3_server::store::Store::put"),
        ("__ZN9s3_server5store5Store3put17h0123456789abcdefE", "s3_server::store::Store::put"),
        ("_ZN3foo3barE", "foo::bar"),
        (
            "_ZN75_$LT$core..panic..Safe$LT$F$GT$$u20$as$u20$core..FnOnce$LT$$LP$$RP$$GT$$GT$4call17h5ef17b0001062d7eE",
            "<core::panic::Safe<F> as core::FnOnce<()>>::call",
        ),
        (
            "_ZN9s3_server5store5Store3put28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE.llvm.1234567890",
            "s3_server::store::Store::put::{{closure}}",
        ),
        ("_RNvC6_123foo3bar", "123foo::bar"),
        ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
        ("_RNCNvC7mycrate3foo0B3_", "mycrate::foo::{closure#0}"),
        ("_RNCNvC7mycrate3foos_0B3_", "mycrate::foo::{closure#1}"),
        ("_RNvMs0_C7mycrateNtB5_3Foo3bar", "<mycrate::Foo>::bar"),
        ("_RNvXs_C7mycrateNtB4_3FooNtB4_5Trait3bar", "<mycrate::Foo as mycrate::Trait>::bar"),
        ("_RINvC7mycrate3foolhE", "mycrate::foo::<i32, u8>"),
        ("_RINvC7mycrate3fooKj10_E", "mycrate::foo::<16>"),
        ("_RINvC7mycrate3fooKan80_E", "mycrate::foo::<-128>"),
        ("_RINvC7mycrate3fooKb1_E", "mycrate::foo::<true>"),
        ("_RINvC7mycrate3fooKc41_E", "mycrate::foo::<'A'>"),
        ("_RINvC7mycrate3fooTlEE", "mycrate::foo::<(i32,)>"),
        ("_RINvC7mycrate3fooFUKCPhEvE", 'mycrate::foo::<unsafe extern "C" fn(*const u8) -> ...>'),
        ("_RINvC7mycrate3fooDNtB2_5TraitEL_E", "mycrate::foo::<dyn mycrate::Trait>"),
        ("_RINvC7mycrate3fooFG_RL0_hEuE", "mycrate::foo::<for<'a> fn(&'a u8)>"),
        (
            "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
            "utf8_idents::საჭმელად_გემრიელი_სადილი",
        ),
    ],
)
def test_names(symbol: str, name: str) -> None:
    assert demangle(symbol) == name


@pytest.mark.parametrize(
    "symbol",
    [
        "main",
        "",
        "_Z3fooi",
        "_ZN",
        "_ZN99999999fooE",
        "_R",
        "_RNvC",
        "_RNvB_3foo",
        "_RNvBa_3foo",
        "_RI" + "I" * 400 + "C1aE",
        "_RNvC7mycrate999999999999foo",
        "_RINvC1a1bTTTTT",
        "_RINvC1a1b" + "S" * 2000,
    ],
)
def test_what_is_no_rust_symbol_stays_as_it_is(symbol: str) -> None:
    assert demangle(symbol) == symbol


def test_a_name_that_explodes_is_given_up() -> None:
    """Each tuple holds the one before it twice."""
    symbol = "_RINvC1a1b"
    previous = "h"
    for _ in range(40):
        start = len(symbol) - 2
        symbol += f"T{previous}{previous}E"
        previous = f"B{_base_62(start)}"
    assert demangle(symbol + "E") == symbol + "E"


def _base_62(value: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if value == 0:
        return "_"
    text, value = "", value - 1
    while True:
        value, digit = divmod(value, 62)
        text = digits[digit] + text
        if not value:
            return f"{text}_"


@given(st.text(alphabet="NCMXYIBvtsRQPOASTFDGUKLEpneu_0123456789abcxyzhlj", max_size=60))
def test_any_text_gives_some_name(text: str) -> None:
    for prefix in ("_R", "_ZN"):
        assert demangle(prefix + text)
