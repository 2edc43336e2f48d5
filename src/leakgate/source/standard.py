"""The standard library's traits and types that projects implement traits for, by the paths that symbols have."""

PATHS = {
    name: f"{module}::{name}"
    for module, names in {
        "alloc::borrow": "Cow ToOwned",
        "alloc::boxed": "Box",
        "alloc::string": "String ToString",
        "alloc::sync": "Arc",
        "alloc::rc": "Rc",
        "alloc::vec": "Vec",
        "core::borrow": "Borrow BorrowMut",
        "core::clone": "Clone",
        "core::cmp": "Eq Ord PartialEq PartialOrd",
        "core::convert": "AsMut AsRef From Into TryFrom TryInto",
        "core::default": "Default",
        "core::error": "Error",
        "core::fmt": "Debug Display LowerHex UpperHex",
        "core::future::future": "Future",
        "core::future::into_future": "IntoFuture",
        "core::hash": "BuildHasher Hash Hasher",
        "core::iter::traits::collect": "Extend FromIterator IntoIterator",
        "core::iter::traits::double_ended": "DoubleEndedIterator",
        "core::iter::traits::iterator": "Iterator",
        "core::ops::deref": "Deref DerefMut",
        "core::ops::drop": "Drop",
        "core::ops::index": "Index IndexMut",
        "core::option": "Option",
        "core::result": "Result",
        "core::str::traits": "FromStr",
        "core::task::wake": "Wake",
        "std::io": "BufRead Read Seek Write",
    }.items()
    for name in names.split()
}
"""Last part of the path → the whole of it, where it is defined; `std::fmt` and the prelude only pass it on."""
