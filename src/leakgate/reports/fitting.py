"""A document that may only be so long: whole items are left out from the ends of its blocks, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakgate.reports.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a document: a paragraph, or a list of items of which the first few may be drawn alone.

    Attributes:
        before: What stands before the items.
        items: Table rows, list items, paragraphs; all that would be drawn with room enough.
        between: What separates them.
        after: What stands after them.
        fold: The summary below which the whole is folded; empty: it is not.
        of: How many items there are, where `items` are only the first of them.
        noun: What an item is, to count what is left out.
        counted: The words around that count.
        rank: Blocks of a lower rank get their room first.
        share: How much of the whole document it may take, 0 to 1, before all others had their turn.
    """

    before: str = ""
    items: Sequence[str] = ()
    between: str = "\n"
    after: str = ""
    fold: str = ""
    of: int = 0
    noun: str = ""
    counted: str = "{}"
    rank: int = 0
    share: float = 1

    def draw(self, count: int, pointer: str) -> str:
        """The block with its first `count` items, and a line that counts the others and says where they are."""
        listed = self.before + self.between.join(self.items[:count]) if count or not self.items else ""
        left_out = max(self.of, len(self.items)) - count
        number = plural(left_out, f"more {self.noun}" if count else self.noun)
        rest = f"… {self.counted.format(number)}: {pointer}." if left_out else ""
        body = "\n\n".join(part for part in (listed, rest, self.after) if part)
        return f"<details><summary>{self.fold}</summary>\n\n{body}\n\n</details>" if self.fold else body


def fit(blocks: Sequence[Block], longest: int, pointer: str) -> str:
    """The blocks one below the other, at most `longest` long.

    Args:
        blocks: In the order in which they are read.
        longest: In bytes of UTF-8, of which a text has at least as many as characters of any kind. It must have
            room for every block with none of its items.
        pointer: Where a reader finds what is left out: the end of a sentence, as Markdown.
    """
    counts = [0 for _ in blocks]
    sizes = [_size(block.draw(0, pointer)) for block in blocks]
    room = longest - sum(sizes)
    ranked = sorted(range(len(blocks)), key=lambda index: blocks[index].rank)
    for fair in (True, False):
        for index in ranked:
            block = blocks[index]
            most = sizes[index] + room
            if fair:
                most = min(most, max(sizes[index], int(block.share * longest)))
            counts[index] = _most_items(block, counts[index], most, pointer)
            size = _size(block.draw(counts[index], pointer))
            room -= size - sizes[index]
            sizes[index] = size
    drawn = (block.draw(count, pointer) for block, count in zip(blocks, counts, strict=True))
    return "\n\n".join(drawn) + "\n"


def _most_items(block: Block, fits: int, most: int, pointer: str) -> int:
    """The most items with which the block has at most the size `most`, as it has with `fits` of them."""
    if _size(block.draw(len(block.items), pointer)) <= most:
        return len(block.items)
    too_many = len(block.items)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _size(block.draw(middle, pointer)) <= most:
            fits = middle
        else:
            too_many = middle
    return fits


def _size(text: str) -> int:
    """With the two line ends that part it from the next one."""
    return len(text.encode()) + 2
