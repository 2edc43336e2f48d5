"""Markdown as GitHub makes a page of it: rendered by its own C code, and then read as HTML."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # as above

_EXTENSIONS = ["table", "autolink", "tagfilter", "strikethrough", "tasklist"]
_VOID = {"br", "img", "hr", "input"}

LIVE = re.compile(
    r"""
    @\w                                # a mention, an address
    | \#\d                             # an issue, here or in another repository
    | \b[a-z]\w*-\d                    # GH-1, or a reference that the repository has set up
    | (?<![\w.])[0-9a-f]{7,40}(?!\w)   # a commit
    | \w:// | \bwww\.                  # a bare link
    | :[a-z0-9_+-]+:                   # an emoji
    | \$                               # mathematics
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What GitHub looks for in the rendered page, everywhere but in code."""


@dataclass(slots=True)
class Page:
    """What a reader's browser gets.

    Attributes:
        tags: Every element's name, with its attributes but for a column's alignment; `code in pre` is a fence.
        tables: Table → row → the text of each cell.
        codes: The text of each piece of code.
        prose: The text outside of code, a line for each block.
        text: All text.
        unclosed: Elements that were never closed, or closed too often.
    """

    tags: set[str] = field(default_factory=set)
    tables: list[list[list[str]]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    prose: str = ""
    text: str = ""
    unclosed: list[str] = field(default_factory=list)


def page(markdown: str) -> Page:
    """Render a comment."""
    html = cmarkgfm.markdown_to_html_with_extensions(
        markdown,
        options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG | Options.CMARK_OPT_FOOTNOTES,
        extensions=_EXTENSIONS,
    )
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.unclosed += reader.open
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = [f"{name}={value}" for name, value in attrs if name != "align"]
        self.page.tags.add(" ".join([tag, *shown]))
        if tag == "code" and "pre" in self.open:
            self.page.tags.add("code in pre")
        if tag not in _VOID:
            self.open.append(tag)
        match tag:
            case "table":
                self.page.tables.append([])
            case "tr":
                self.page.tables[-1].append([])
            case "td" | "th":
                self.page.tables[-1][-1].append("")
            case "code":
                self.page.codes.append("")
            case _:
                pass
        if tag not in {"code", "em", "a", "span"}:
            self.page.prose += "\n"

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.page.unclosed.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.page.tags.add(f"!--{data}")

    def handle_data(self, data: str) -> None:
        self.page.text += data
        if {"td", "th"} & set(self.open):
            self.page.tables[-1][-1][-1] += data
        if {"code", "pre", "span"} & set(self.open):  # in a span of its own, a `$` is no mathematics
            if "code" in self.open:
                self.page.codes[-1] += data
            self.page.prose += "\ufffc"  # a mention may not begin beside of code either
        else:
            self.page.prose += data


_OURS = {
    "h2",
    "h3",
    "p",
    "ul",
    "li",
    "details",
    "summary",
    "sub",
    "br",
    "code",
    "pre",
    "b",
    "strong",
    "em",
    "span",
}
_OURS |= {"table", "thead", "tbody", "tr", "th", "td"}


def not_ours(rendered: Page, *more: str) -> list[str]:
    """What no report writes: elements but for `more`, references, tables with rows of different lengths."""
    found = sorted(rendered.tags - _OURS - {*more}) + rendered.unclosed
    found += [match[0] for match in LIVE.finditer(rendered.prose)]
    found += [f"a row of {len(row)}" for table in rendered.tables for row in table if len(row) != len(table[0])]
    return found
