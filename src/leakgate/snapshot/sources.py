"""What the measured commit's own source says of the user's frames."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from leakgate.dhat.frames import UNKNOWN_INLINED, ClassifiedFrame, Workspace
from leakgate.dhat.names import crate_of
from leakgate.source.modules import Modules

if TYPE_CHECKING:
    from leakgate.source.file import SourceFile
    from leakgate.source.items import Item

_STARTING = "spawn"
"""What the functions that start a task or a thread have in their names, whichever runtime's they are."""


class Sources:
    """The source files of one project: each is read and parsed once, when it is first asked for.

    Where a file cannot be read, or does not hold what was compiled, the symbol table's word is what is left.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._read_file = workspace.read
        self._modules = Modules(workspace.roots)
        self._data: dict[str, bytes | None] = {}
        self._files: dict[tuple[str, str], SourceFile | None] = {}
        self._found: dict[ClassifiedFrame, tuple[SourceFile, Item] | None] = {}
        self._named: dict[str, tuple[SourceFile, Item]] = {}
        self._starts: dict[ClassifiedFrame, tuple[str, ...]] = {}
        self._forgets: dict[ClassifiedFrame, str | None] = {}

    def function(self, frame: ClassifiedFrame) -> str:
        """The function that a user frame is in, as the source names it; else as the symbol table does."""
        found = self._find(frame)
        return frame.function if found is None else self._name(frame, found)

    def text(self, frame: ClassifiedFrame) -> str:
        """A digest of a user frame's line; empty where the source is not known."""
        file = self._file(frame)
        return file.digest(frame.line) if file and frame.line else ""

    def starts(self, frame: ClassifiedFrame) -> tuple[str, ...]:
        """What the line of a user frame calls, if a task or thread is started there."""
        if frame not in self._starts:
            file = self._file(frame)
            names = file.calls_at(frame.line) if file and frame.line else ()
            self._starts[frame] = names if any(_STARTING in name for name in names) else ()
        return self._starts[frame]

    def forgets(self, frames: Sequence[ClassifiedFrame]) -> str | None:
        """The call by which the user's code keeps for ever what is allocated below it.

        Each of the functions may do it with what its line makes. A test does it itself only where no other
        function is between.

        Args:
            frames: The user's, innermost first.
        """
        if not self._named:  # nothing was found in any source
            return None
        others = [frame for frame in frames if not self._is_test(frame)]
        return next((call for frame in others or frames if (call := self._forgotten(frame))), None)

    def sketches(self, names: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
        """Of the functions with these names, those that `function` has given: each with its sketch."""
        found = {name: self._named[name] for name in names if name in self._named}
        return {name: file.sketch(function) for name, (file, function) in sorted(found.items())}

    def _is_test(self, frame: ClassifiedFrame) -> bool:
        found = self._find(frame)
        return found is not None and found[1].test

    def _forgotten(self, frame: ClassifiedFrame) -> str | None:
        if frame not in self._forgets:
            found = self._find(frame)
            call = None
            if found is not None and frame.line is not None:
                file, function = found
                call = file.forgotten_at(function, frame.line)
            self._forgets[frame] = call
        return self._forgets[frame]

    def _find(self, frame: ClassifiedFrame) -> tuple["SourceFile", "Item"] | None:
        if frame.file is None or frame.line is None:
            return None
        if frame not in self._found:
            self._found[frame] = self._look_up(frame, frame.line)
        return self._found[frame]

    def _look_up(self, frame: ClassifiedFrame, line: int) -> tuple["SourceFile", "Item"] | None:
        file = self._file(frame)
        if file is None:
            return None
        last = frame.function.rpartition("::")[2]
        named = last.isidentifier() and last != UNKNOWN_INLINED
        function = file.function_at(line, last if named else "")
        if function is None:
            return None
        found = file, function
        self._named.setdefault(self._name(frame, found), found)
        return found

    def _name(self, frame: ClassifiedFrame, found: tuple["SourceFile", "Item"]) -> str:
        """The symbol's, where the source does not tell which module the file is."""
        return found[1].name if self._module(frame) else frame.function

    def _module(self, frame: ClassifiedFrame) -> str:
        return self._modules.of(frame.file or "", crate_of(frame.function)) or ""

    def _file(self, frame: ClassifiedFrame) -> "SourceFile | None":
        path = frame.file
        if path is None:
            return None
        module = self._module(frame)
        if (path, module) not in self._files:
            self._files[path, module] = self._read(path, module)
        return self._files[path, module]

    def _read(self, path: str, module: str) -> "SourceFile | None":
        if path not in self._data:
            self._data[path] = self._read_file(path)
        data = self._data[path]
        if data is None:
            return None
        from leakgate.source.file import SourceFile  # noqa: PLC0415 - the parser is loaded when a file is parsed

        return SourceFile(data, module)
