"""Test names and symbols come from the code under test: nothing in them may become markup or a mention."""

import unicodedata

MAX_LENGTH = 200
"""Characters of one name that a report shows; generic symbols run to thousands."""


def plain(text: str, length: int = MAX_LENGTH) -> str:
    r"""One line of visible characters.

    Control characters, line ends and the invisible marks that reorder text are written as `\u{…}`; a longer text
    is cut in its middle, where both ends of a path stay readable.
    """
    if len(text) > 2 * length:  # what lies between is cut out anyway
        text = text[:length] + text[-length:]
    visible = "".join(c if _is_visible(c) else f"\\u{{{ord(c):x}}}" for c in text)
    if len(visible) <= length:
        return visible
    half = (length - 1) // 2
    return f"{visible[:half]}…{visible[-half:]}"


def _is_visible(character: str) -> bool:
    return character == " " or not unicodedata.category(character).startswith(("C", "Z"))
