"""What the step before the tests leaves for the step that runs them.

In a workflow the two are apart because the first one has a token and the second one runs the pull request's code.
"""

from pathlib import Path

import msgspec

from leakgate import files
from leakgate.baselines.model import Base, Missing, Wanted
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.errors import InputError

_VERSION = 1


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the other side of the comparison that took a token or the network to find out.

    Attributes:
        wanted: The commit that the head should be compared with.
        base: What the store has for it.
        missing: Why there is no base; None where there is one, or none was looked for.
        sources: A working tree of the wanted commit, which is still to be measured: the store `rebuild`.
        accepted_by: The label that accepts growth, where the pull request has it.
        notes: What went wrong on the way; sentences.
        version: Of this format.
    """

    wanted: Wanted = Wanted(None, None, "nothing was looked for")
    base: Base | None = None
    missing: str | None = None
    sources: Path | None = None
    accepted_by: LabelAcceptance | None = None
    notes: tuple[str, ...] = ()
    version: int = _VERSION

    @property
    def found(self) -> Base | Missing:
        """The base, or why there is none."""
        return self.base or Missing(self.missing or "There is no baseline.", self.wanted)

    def with_found(self, found: Base | Missing) -> "Prepared":
        """The same with another base, or one more reason for having none."""
        if isinstance(found, Base):
            return msgspec.structs.replace(self, base=found, missing=None, sources=None)
        missing = f"{self.missing} {found.reason}" if self.missing else found.reason
        return msgspec.structs.replace(self, base=None, missing=missing, sources=None)


def save(path: Path, prepared: Prepared) -> None:
    """Write it for the next step.

    Raises:
        ServiceError: The file cannot be written.
    """
    files.save(path, msgspec.json.encode(prepared, enc_hook=str))


def load(path: Path) -> Prepared:
    """Read what `save` wrote.

    Raises:
        InputError: It is not there, or is something else.
    """
    try:
        prepared = msgspec.json.decode(path.read_bytes(), type=Prepared, dec_hook=lambda kind, text: kind(text))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"is not what `leakgate prepare` writes: {error}", where=str(path)) from error
    if prepared.version != _VERSION:
        raise InputError(f"is of version {prepared.version}, not {_VERSION}", where=str(path))
    return prepared
