"""Mangled Rust symbols → the functions' names, without hashes.

Both manglings that rustc has: *legacy* (`_ZN…17h0123456789abcdefE`) and *v0* (`_R…`, RFC 2603,
https://doc.rust-lang.org/rustc/symbol-mangling/v0.html). Names come out as in rustc-demangle's alternate form,
which is what dhat-rs writes. `symbolic` has no demangler for Python any more, and the one on PyPI fails on names
of the standard library.
"""

import re
from collections.abc import Callable

_LEGACY_ESCAPES = {
    "SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
}  # fmt: skip
_LEGACY_ESCAPE = re.compile(r"\$(?:u([0-9a-f]{1,6})|([A-Z]{1,2}))\$")
_LEGACY_HASH = re.compile(r"h[0-9a-f]{16}")
_VENDOR_SUFFIX = re.compile(r"\.(?:llvm\.[0-9A-F@]+|cold(?:\.\d+)?|\d+)$")
_BASIC_TYPES = {
    "b": "bool", "c": "char", "e": "str", "u": "()", "a": "i8", "s": "i16", "l": "i32", "x": "i64", "n": "i128",
    "i": "isize", "h": "u8", "t": "u16", "m": "u32", "y": "u64", "o": "u128", "j": "usize", "f": "f32", "d": "f64",
    "z": "!", "p": "_", "v": "...",
}  # fmt: skip
_SIGNED = frozenset("aslxni")
_DIGITS_62 = {
    digit: value for value, digit in enumerate("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
_DEEPEST = 300
_LONGEST = 1 << 16
"""Nesting and length at which a name is given up: the text is untrusted, and back references can blow it up."""


def demangle(symbol: str) -> str:
    """The function's name; the symbol itself where it is no Rust symbol that can be read."""
    plain = symbol
    while match := _VENDOR_SUFFIX.search(plain):
        plain = plain[: match.start()]
    for prefix, read in _MANGLINGS:
        if plain.startswith(prefix):
            try:
                return read(plain.removeprefix(prefix)) or symbol
            except (ValueError, IndexError, KeyError, RecursionError):
                return symbol
    return symbol


def _legacy(text: str) -> str:
    """`3foo3bar17h0123456789abcdefE` → `foo::bar`."""
    parts: list[str] = []
    at = 0
    while text[at] != "E":
        end = at
        while text[end].isdigit():
            end += 1
        length = int(text[at:end])
        part = text[end : end + length]
        if len(part) < length:
            raise ValueError(text)
        parts.append(part)
        at = end + length
    if len(parts) > 1 and _LEGACY_HASH.fullmatch(parts[-1]):
        parts.pop()
    return "::".join(map(_unescaped, parts))


def _unescaped(part: str) -> str:
    part = part.removeprefix("_") if part.startswith("_$") else part
    return _LEGACY_ESCAPE.sub(_character, part.replace("..", "::"))


def _character(match: re.Match[str]) -> str:
    number, name = match.groups()
    return chr(int(number, 16)) if number else _LEGACY_ESCAPES[name]


def _v0(text: str) -> str:
    if not text.isascii():
        raise ValueError(text)
    return _V0(text).path(in_value=True)


class _V0:
    """A reader of one v0 symbol, behind `_R`. Each method reads one production of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.work = 0
        self.lifetimes = 0

    def path(self, *, in_value: bool = False) -> str:
        self._deeper()
        tag = self._take()
        match tag:
            case "C":
                self._disambiguator()
                result = self._identifier()
            case "N":
                result = self._nested(in_value=in_value)
            case "M":
                self._implementation()
                result = f"<{self.type()}>"
            case "X" | "Y":
                if tag == "X":
                    self._implementation()
                implementor = self.type()
                result = f"<{implementor} as {self.path()}>"
            case "I":
                base = self.path(in_value=in_value)
                turbofish = "::" if in_value else ""
                result = f"{base}{turbofish}<{self._list(self._generic_argument)}>"
            case "B":
                result = self._back(lambda: self.path(in_value=in_value))
            case _:
                raise ValueError(tag)
        return self._shallower(result)

    def type(self) -> str:  # noqa: C901 - one case for each letter of the grammar
        self._deeper()
        tag = self._take()
        if tag in _BASIC_TYPES:
            return self._shallower(_BASIC_TYPES[tag])
        match tag:
            case "R" | "Q":
                lifetime = self._lifetime() if self._peek("L") else ""
                spaced = f"{lifetime} " if lifetime not in {"", "'_"} else ""
                result = f"&{spaced}{'mut ' if tag == 'Q' else ''}{self.type()}"
            case "P":
                result = f"*const {self.type()}"
            case "O":
                result = f"*mut {self.type()}"
            case "A":
                element = self.type()
                result = f"[{element}; {self.constant()}]"
            case "S":
                result = f"[{self.type()}]"
            case "T":
                items = self._items(self.type)
                result = f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
            case "F":
                result = self._bound(self._function)
            case "D":
                traits = self._bound(lambda: " + ".join(self._items(self._dyn_trait)))
                lifetime = self._lifetime()
                result = f"dyn {traits}" + (f" + {lifetime}" if lifetime != "'_" else "")
            case "W":
                base = self.type()
                result = f"{base} is {self.constant()}"
            case "B":
                result = self._back(self.type)
            case _:
                self.at -= 1
                result = self.path()
        return self._shallower(result)

    def constant(self) -> str:  # noqa: C901, PLR0912 - one case for each letter of the grammar
        self._deeper()
        tag = self._take()
        match tag:
            case "p":
                result = "_"
            case "B":
                result = self._back(self.constant)
            case "b":
                result = {"0": "false", "1": "true"}[self._hex()]
            case "c":
                result = repr(chr(int(self._hex(), 16)))
            case "e":
                result = self._text()
            case "R" | "Q":
                if tag == "R" and self._peek("e"):
                    self.at += 1
                    result = self._text()
                else:
                    result = f"&{'mut ' if tag == 'Q' else ''}{self.constant()}"
            case "A":
                result = f"[{self._list(self.constant)}]"
            case "T":
                items = self._items(self.constant)
                result = f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
            case "V":
                result = self._variant()
            case _ if tag in _BASIC_TYPES:
                negative = tag in _SIGNED and self._skip("n")
                result = f"{'-' if negative else ''}{int(self._hex() or '0', 16)}"
            case _:
                raise ValueError(tag)
        return self._shallower(result)

    def _nested(self, *, in_value: bool) -> str:
        namespace = self._take()
        outer = self.path(in_value=in_value)
        number = self._disambiguator()
        name = self._identifier()
        if namespace.islower():
            return f"{outer}::{name}" if name else outer
        if not namespace.isupper():
            raise ValueError(namespace)
        kind = {"C": "closure", "S": "shim"}.get(namespace, namespace)
        return f"{outer}::{{{kind}{':' if name else ''}{name}#{number}}}"

    def _implementation(self) -> None:
        """Where an `impl` stands; its type says more."""
        self._disambiguator()
        self.path()

    def _generic_argument(self) -> str:
        if self._peek("L"):
            return self._lifetime()
        return self.constant() if self._skip("K") else self.type()

    def _function(self) -> str:
        words = "unsafe " if self._skip("U") else ""
        if self._skip("K"):
            abi = "C" if self._skip("C") else self._identifier().replace("_", "-")
            words += f'extern "{abi}" '
        arguments = self._list(self.type)
        result = self.type()
        return f"{words}fn({arguments})" + (f" -> {result}" if result != "()" else "")

    def _dyn_trait(self) -> str:
        start = self.at
        trait = self.path()
        opened = self._opens_generics(start)
        bindings = []
        while self._skip("p"):
            name = self._identifier()
            bindings.append(f"{name} = {self.type()}")
        if not bindings:
            return trait
        joined = ", ".join(bindings)
        return f"{trait[:-1]}, {joined}>" if opened else f"{trait}<{joined}>"

    def _opens_generics(self, start: int) -> bool:
        """Whether the path that starts there ends in generic arguments, be it behind a back reference."""
        while self.text[start] == "B":
            start = self._number_at(start + 1)[0]
        return self.text[start] == "I"

    def _variant(self) -> str:
        kind = self._take()
        path = self.path(in_value=True)
        if kind == "U":
            return path
        if kind == "T":
            return f"{path}({self._list(self.constant)})"
        fields = []
        while not self._skip("E"):
            self._disambiguator()
            name = self._identifier()
            fields.append(f"{name}: {self.constant()}")
        return f"{path} {{ {', '.join(fields)} }}"

    def _bound(self, read: Callable[[], str]) -> str:
        """What a `for<'a>` may stand in front of."""
        count = self._number() + 1 if self._skip("G") else 0
        if count > _DEEPEST:
            raise ValueError(count)
        self.lifetimes += count
        names = ", ".join(self._name_of(count - number) for number in range(count))
        inner = read()
        self.lifetimes -= count
        return f"for<{names}> {inner}" if count else inner

    def _lifetime(self) -> str:
        if self._take() != "L":
            raise ValueError(self.text)
        return self._name_of(self._number())

    def _name_of(self, index: int) -> str:
        """The lifetime that was bound `index` binders ago; 0 is one that is left out."""
        if index == 0:
            return "'_"
        depth = self.lifetimes - index
        if depth < 0:
            raise ValueError(index)
        letters = "abcdefghijklmnopqrstuvwxyz"
        return f"'{letters[depth]}" if depth < len(letters) else f"'_{depth}"

    def _list(self, read: Callable[[], str]) -> str:
        return ", ".join(self._items(read))

    def _items(self, read: Callable[[], str]) -> list[str]:
        items = []
        while not self._skip("E"):
            items.append(read())
        return items

    def _back(self, read: Callable[[], str]) -> str:
        """Read what stands earlier in the symbol."""
        start = self.at - 1
        target = self._number()
        if target >= start:
            raise ValueError(target)
        here, self.at = self.at, target
        result = read()
        self.at = here
        return result

    def _identifier(self) -> str:
        encoded = self._skip("u")
        end = self.at
        while self.text[end].isdigit():
            end += 1
            if self.text[self.at] == "0":
                break
        length = int(self.text[self.at : end])
        self.at = end
        self._skip("_")
        name = self.text[self.at : self.at + length]
        if len(name) < length:
            raise ValueError(name)
        self.at += length
        if not encoded:
            return name
        ascii_part, separator, rest = name.rpartition("_")
        return (ascii_part + "-" + rest if separator else rest).encode().decode("punycode")

    def _disambiguator(self) -> int:
        return self._number() + 1 if self._skip("s") else 0

    def _number(self) -> int:
        value, self.at = self._number_at(self.at)
        return value

    def _number_at(self, at: int) -> tuple[int, int]:
        """A number in base 62 and where it ends: `_` is 0, `0_` is 1."""
        value = 0
        start = at
        while self.text[at] != "_":
            value = value * 62 + _DIGITS_62[self.text[at]]
            at += 1
        return (value + 1 if at > start else 0), at + 1

    def _hex(self) -> str:
        end = self.text.index("_", self.at)
        digits, self.at = self.text[self.at : end], end + 1
        return digits

    def _text(self) -> str:
        return '"' + bytes.fromhex(self._hex()).decode() + '"'

    def _take(self) -> str:
        letter = self.text[self.at]
        self.at += 1
        return letter

    def _peek(self, letter: str) -> bool:
        return self.text[self.at : self.at + 1] == letter

    def _skip(self, letter: str) -> bool:
        found = self._peek(letter)
        self.at += found
        return found

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(self.text)

    def _shallower(self, result: str) -> str:
        self.depth -= 1
        self.work += len(result)
        if len(result) > _LONGEST or self.work > 16 * _LONGEST:
            raise ValueError(self.text)
        return result


_MANGLINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("_ZN", _legacy),
    ("__ZN", _legacy),  # macOS puts another underscore in front
    ("_R", _v0),
    ("__R", _v0),
)
