"""Frame text → Frame, and whose code a frame is."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath


class Origin(StrEnum):
    """Whose code a frame is."""

    USER = "user"
    DEPENDENCY = "dependency"
    STD = "std"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Workspace:
    """What tells the user's frames from the others'. Empty for a profile that comes without its project.

    Attributes:
        crates: Crate names (with `_`) of the workspace's members → the member's directory, relative to the root.
        files: The repository's Rust source files, relative to its root.
    """

    crates: dict[str, PurePosixPath]
    files: tuple[str, ...]
