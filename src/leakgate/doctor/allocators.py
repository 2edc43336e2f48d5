"""The global allocators that the members' sources bring into test binaries. A process has room for one."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakgate.doctor import manifests
from leakgate.doctor.conditions import facts, holds
from leakgate.profilers import workspace
from leakgate.profilers.cargo.build import Metadata, Package, Target, switched_on
from leakgate.profilers.cargo.command import CargoCommand
from leakgate.profilers.cargo.selection import TestBinary
from leakgate.profilers.session import Session


@dataclass(frozen=True, slots=True)
class Brought:
    """A `#[global_allocator]` that may be part of this build.

    Attributes:
        place: The file, as seen from here, and the line.
        package: Whose it is.
        target: What its file is the root of; None for a module, which counts as the library's.
        tested: Whether it is there where its crate is compiled as a test; None where that is not known.
        linked: Whether it is there where its crate is compiled for others.
        users: Ids of the members that link its package's library.
    """

    place: str
    package: Package
    target: Target | None
    tested: bool | None
    linked: bool | None
    users: frozenset[str]

    def is_in(self, binary: TestBinary) -> bool | None:
        """Whether a test binary has it; None where that is not known."""
        of_library = self.target is None or self.target.is_library
        if binary.package.id != self.package.id:
            return of_library and binary.package.id in self.users and self.linked
        if of_library:
            return self.tested if binary.target.is_library else self.linked
        return binary.target == self.target and self.tested

    @property
    def remedy(self) -> str:
        """What keeps it out of the tests."""
        if self.target is not None and self.target.kind[0] == "bin":
            return "put `#[cfg(not(test))]` in front of it"
        return 'where tests do not need it, put `#[cfg(feature = "allocator")]` in front of it, and leave that off'


def find(asked: CargoCommand, metadata: Metadata, session: Session, of_target: Sequence[str]) -> list[Brought]:
    """What the members' sources show."""
    root = workspace.repository_root(Path(metadata.workspace_root))
    sources = workspace.find(metadata, session.request.env, session.start).files
    owners = {file: manifests.owner(root / file, metadata.packages) for file in sources}
    on = switched_on(metadata, asked.features)
    brought = []
    for found in manifests.allocators(root, [file for file, package in owners.items() if package is not None]):
        file, package = root / found.file, owners[found.file]
        if package is not None:
            features = {feature for name, feature in on if name == package.name}
            tested, linked = (
                found.condition is None or holds(found.condition, facts(features, of_target, test=test))
                for test in (True, False)
            )
            place = f"{os.path.relpath(file, session.request.cwd)}:{found.line}"
            roots = {Path(target.src_path): target for target in package.targets}
            users = _linking(package, metadata.packages)
            brought.append(Brought(place, package, roots.get(file), tested, linked, users))
    return brought


def _linking(library: Package, packages: Sequence[Package]) -> frozenset[str]:
    """The ids of the other members whose tests link a member's library, through others too; features aside."""
    by_home = {str(Path(package.manifest_path).parent): package for package in packages}

    def used(package: Package, *kinds: str | None) -> Iterator[Package]:
        for dependency in package.dependencies:
            if dependency.kind in kinds and not dependency.optional and dependency.path in by_home:
                yield by_home[dependency.path]

    def links(package: Package) -> bool:
        waiting, seen = list(used(package, None, "dev")), set[str]()
        while waiting:
            one = waiting.pop()
            if one.id not in seen:
                seen.add(one.id)
                waiting += used(one, None)
        return library.id in seen

    return frozenset(package.id for package in packages if package.id != library.id and links(package))
