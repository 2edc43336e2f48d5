"""Text → GitHub-flavoured Markdown in which nothing is live: no link, mention, reference, image, HTML or emoji.

GitHub looks for mentions, references, commits and bare links after it has resolved entities and everywhere but in
code, so escaping is not enough outside code: such words are broken up by an invisible word joiner as well.
"""

import re
from collections.abc import Sequence
from html import escape as html_escape

from leakgate.reports.untrusted import MAX_LENGTH, plain

_LONGEST_SENTENCE = 1000
"""Characters of a sentence that are shown."""

_HARMLESS = frozenset(" .,:;'%()/+-=…–×−±")
_WORD_JOINER = "\u2060"
_WHERE_LINKS_START = re.compile(
    r"""
    :(?=\S)                 # http://, mailto:, :emoji:
    | [wW](?=[.])            # www.example
    | (?<=[^\W\d])-(?=\d)   # GH-1
    | (?<=\w)(?<!\d{4})(?<!\d-\d\d)-(?=\d)  # V2-1, but no date
    """,
    re.VERBOSE,
)


_HASH = re.compile(r"(?<!\w)[0-9a-fA-F]{7,}(?!\w)")
"""What GitHub takes for the hash of a commit, which has at least 7 digits."""


def code(text: str, length: int = MAX_LENGTH) -> str:
    """A code span, for everywhere but tables."""
    body = plain(text, length) or " "
    fence = "`"
    while fence in body:
        fence += "`"
    pad = " " if body.strip() and (body[0] in "` " or body[-1] in "` ") else ""
    return f"{fence}{pad}{body}{pad}{fence}"


def cell(text: str) -> str:
    """A code span for a table's cell, where a `|` would end the cell even inside of code."""
    return code(text).replace("|", "\\|")


def html_text(text: str) -> str:
    """Text in an HTML block that is code already, such as `pre`."""
    return html_escape(plain(text))


def html_code(text: str) -> str:
    """Code in an HTML block, where Markdown is not read."""
    return f"<code>{html_text(text)}</code>"


def html_link(html: str, url: str | None) -> str:
    """Escaped HTML as a link to a page of ours; as it is where the address is none."""
    return f'<a href="{html_escape(url)}">{html}</a>' if _is_address(url) and url else html


def prose(text: str, length: int = _LONGEST_SENTENCE) -> str:
    """Text outside of code, in Markdown, a table's cell or an HTML block alike."""
    escaped = "".join(_escaped(c) for c in plain(text, length))
    unlinked = _WHERE_LINKS_START.sub(rf"\g<0>{_WORD_JOINER}", escaped)
    return _HASH.sub(lambda digits: re.sub(r".{6}", rf"\g<0>{_WORD_JOINER}", digits[0]), unlinked)


def _escaped(character: str) -> str:
    if character.isalnum() or character in _HARMLESS:
        return character
    if character == "$":  # https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting
        return "<span>$</span>"
    return f"&#{ord(character)};{_WORD_JOINER}"


def figure(text: str) -> str:
    """A number that stays on one line with its unit, which is a profile's own, however narrow the column is."""
    return prose(text, MAX_LENGTH).replace(" ", "\u00a0")


def sentence(text: str) -> str:
    """One of our sentences: what stands between backticks becomes a code span, the rest is escaped."""
    half = _LONGEST_SENTENCE // 2
    pieces = (text if len(text) <= _LONGEST_SENTENCE else f"{text[:half]}…{text[-half:]}").split("`")
    return "".join(code(piece) if i % 2 else prose(piece) for i, piece in enumerate(pieces))


def link(text: str, url: str | None) -> str:
    """A link with words of ours to a page of ours; empty where the address is none."""
    return f"[{text}]({url})" if _is_address(url) else ""


LEFT, RIGHT = ":--", "--:"


def table_header(headers: Sequence[str], align: Sequence[str]) -> str:
    """The first two lines of a table."""
    return f"{table_row(headers)}\n|{'|'.join(align)}|"


def table_row(cells: Sequence[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def _is_address(url: str | None) -> bool:
    return url is not None and re.fullmatch(r"https?://[\w./:?=&%#+~-]+", url, re.ASCII) is not None
