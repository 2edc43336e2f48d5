"""Names of Rust functions as symbol tables have them, and the part of them that survives a rebuild.

One function has many spellings: rustc mangles in two ways (legacy and v0) and mixes them in one binary, debug
information has a third, Windows' a fourth. See rustc's `symbol_mangling` and `debuginfo/type_names.rs`.
"""

import re

STD_CRATES = frozenset(
    {
        "__rustc", "addr2line", "alloc", "backtrace_rs", "compiler_builtins", "core", "gimli", "miniz_oxide",
        "panic_abort", "panic_unwind", "proc_macro", "rustc_demangle", "rustc_std_workspace_alloc",
        "rustc_std_workspace_core", "std", "std_detect", "test", "unwind",
    }
)  # fmt: skip
"""The crates that make up or are linked into the standard library. Where a project uses one of those that also
exist on crates.io, the frame's path says so, and the path is asked first."""

_LONGEST = 16_384
_DEEPEST = 100
"""Longer names and deeper nesting than any compiler writes are not worked on: the text is untrusted."""

_HASH = re.compile(r"\[[0-9a-f]{8,16}\]|::h[0-9a-f]{16}(?=$|\.)|\.llvm\.[0-9A-Za-z]+$|\.cold(?:\.\d+)?$")
_GENERICS = re.compile(r"(?<=[\w}$])(?:::)?<(?!impl )[^<>]*>")
_INHERENT = re.compile(r"(?:(?<![\w{}$:])(?:[\w{}$]+::)+)?<impl ([^<>]+)>|(?<!>)<([^<>]+)>")
_IMPLEMENTOR = re.compile(r"[\w:{}$]+")
_IMPL = re.compile(r"\{\{impl\}\}|\{impl#\d+\}|\bimpl\$\d+")
_WINDOWS = r"(?:async_|gen_|async_gen_)?(?:closure|fn|block|coroutine)(?:_env)?\$\d+"
_SYNTHETIC = rf"(?:\{{\{{[\w.:-]+\}}\}}|\{{[\w:.-]+#\d+\}}|\b{_WINDOWS})"
_ENCLOSED = re.compile(rf"(?:::|(?<=\w)){_SYNTHETIC}")
_ALONE = re.compile(_SYNTHETIC)
_BRACKETS = re.compile(r"->|[<>]| as ")
_CRATE = re.compile(r"(?:&|\*const |\*mut |mut |dyn |impl |for |'\w+ |[(\[ ])*(\w+)::")

_OPEN, _CLOSE, _ARROW = "\x01", "\x02", "\x03"
"""Stand for `<`, `>` and `->` while generic arguments are taken away."""


def normalise_function(name: str) -> str:
    """The function's path without what a rebuild, another compiler or another use changes.

    Hashes and generic arguments go; closures, async blocks and shims become the function that encloses them
    (`{closure}` where that is not known); an `{impl#3}` loses its number. `<T as Trait>::method` stays, and
    `<Type>::method` becomes `Type::method`. Any text is accepted; doing it twice changes nothing.
    """
    if name.isidentifier():
        return name
    name = _HASH.sub("", name)
    if "<" not in name and "{" not in name and "$" not in name:
        return name
    if not name.isprintable() or len(name) > _LONGEST:
        name = "".join(filter(str.isprintable, name))[:_LONGEST]
    if "{" in name or "$" in name:
        name = _ALONE.sub("{closure}", _ENCLOSED.sub("", _IMPL.sub("{impl}", name)))
    return _without_generics(name) if "<" in name else name


def crate_of(name: str) -> str:
    """The crate that a normalised function belongs to; empty where the name does not say.

    For `<T as Trait>::method` this is the type's crate, or the trait's where the type is a primitive, a type
    parameter or of the standard library: no other crate may write such an implementation.
    """
    if not name.startswith("<"):
        crate, separator, _ = name.partition("::")
        return crate if separator and crate.isidentifier() else ""
    implementor, trait = _qualified(name)
    crate = _crate_of_type(implementor)
    if trait and crate in {"", *STD_CRATES}:
        return _crate_of_type(trait) or crate
    return crate or "core"  # only core has methods on primitives


def trait_crate(name: str) -> str:
    """The trait's crate of a normalised `<T as Trait>::method`; empty for other names."""
    return _crate_of_type(_qualified(name)[1]) if name.startswith("<") else ""


def _without_generics(name: str) -> str:
    """Take generic arguments away from the inside out, and settle what `<…>` at the start of a path means."""
    name = name.replace("->", _ARROW)
    for _ in range(_DEEPEST):
        shorter = _GENERICS.sub("", name)
        if shorter == name:
            shorter = _INHERENT.sub(_settle, name)
            if shorter == name:
                break
        name = shorter
    return name.replace(_OPEN, "<").replace(_CLOSE, ">").replace(_ARROW, "->")


def _settle(match: re.Match[str]) -> str:
    """`<Type>` → `Type`; `<T as Trait>` and `<[T]>` stay; `module::<impl Trait for T>` becomes one of these."""
    implementation, inside = match.groups()
    if implementation is not None:
        trait, separator, implementor = implementation.partition(" for ")
        inside = f"{implementor} as {trait}" if separator else trait
    return inside if _IMPLEMENTOR.fullmatch(inside) else f"{_OPEN}{inside}{_CLOSE}"


def _qualified(name: str) -> tuple[str, str]:
    """`<T as Trait>::method` → (`T`, `Trait`); the trait is empty for `<T>::method`."""
    depth = 0
    split = None
    for match in _BRACKETS.finditer(name):
        bracket = match.group()
        if bracket == "<":
            depth += 1
        elif bracket == ">":
            depth -= 1
            if depth == 0:
                end = match.start()
                return (name[1:end], "") if split is None else (name[1 : split[0]], name[split[1] : end])
        elif bracket == " as " and depth == 1 and split is None:
            split = match.span()
    return name[1:], ""


def _crate_of_type(text: str) -> str:
    match = _CRATE.match(text)
    if match is not None:
        return match[1]
    start = text.find("<")
    return crate_of(text[start:]) if 0 <= start < len(text) - 1 and "::" in text else ""
