"""What cargo says of a project and of what it built."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo.listing import Plan, read_list


class Target(msgspec.Struct, frozen=True):
    """A library, program, test, example or benchmark of a package."""

    name: str
    kind: tuple[str, ...]
    src_path: str = ""
    test: bool = True
    required_features: tuple[str, ...] = msgspec.field(default=(), name="required-features")

    @property
    def is_library(self) -> bool:
        """Whether other crates can use it."""
        return not {"bin", "test", "example", "bench", "custom-build"} & set(self.kind)


class Dependency(msgspec.Struct, frozen=True):
    """What a package's manifest lists: `kind` is None, `dev` or `build`; `path` is a directory on this machine."""

    kind: str | None = None
    path: str | None = None
    optional: bool = False


class Package(msgspec.Struct, frozen=True):
    """A member of the workspace."""

    id: str
    name: str
    manifest_path: str
    targets: tuple[Target, ...]
    features: dict[str, tuple[str, ...]]
    dependencies: tuple[Dependency, ...] = ()


class Metadata(msgspec.Struct, frozen=True):
    """`cargo metadata --no-deps`."""

    packages: tuple[Package, ...]
    workspace_root: str
    target_directory: str
    build_directory: str | None = None
    workspace_default_members: tuple[str, ...] | None = None
    """Ids of the packages that a command is about when it names none; None from a cargo before 1.71."""


class _Profile(msgspec.Struct, frozen=True):
    test: bool


class _Artifact(msgspec.Struct, frozen=True):
    """A message of `cargo build --message-format=json`; other kinds of messages lack most fields."""

    reason: str
    package_id: str = ""
    target: Target | None = None
    profile: _Profile | None = None
    executable: str | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """An executable that cargo built.

    Attributes:
        id: As cargo-nextest names it: `store`, `store::api`, `store::bin/serve`.
        test: Whether it was built as a test; also true with `harness = false`.
    """

    id: str
    test: bool


@dataclass(frozen=True, slots=True)
class Build:
    """What one cargo command built.

    Attributes:
        binaries: Executables by path, as cargo writes it.
        dhat: The versions of dhat that took part, sorted. Not known of a build for nextest.
        plan: What nextest will run; None for cargo's own commands.
    """

    binaries: Mapping[str, Binary]
    dhat: tuple[str, ...] = ()
    plan: Plan | None = None


def read_metadata(text: str) -> Metadata:
    """Read `cargo metadata`'s output.

    Raises:
        MeasurementError: It is not what cargo writes.
    """
    try:
        return msgspec.json.decode(text, type=Metadata)
    except msgspec.DecodeError as error:
        raise MeasurementError(f"cargo metadata wrote something unexpected: {error}") from error


def read_build(lines: Iterable[str], metadata: Metadata) -> Build:
    """Read the messages of a build. A build script may print to the same stream: other lines are not ours."""
    names = {package.id: package.name for package in metadata.packages}
    binaries: dict[str, Binary] = {}
    dhat: set[str] = set()
    for line in lines:
        if not line.startswith("{"):
            continue
        try:
            artifact = msgspec.json.decode(line, type=_Artifact)
        except msgspec.DecodeError:
            continue
        if artifact.reason != "compiler-artifact" or artifact.target is None or artifact.profile is None:
            continue
        if artifact.target.name == "dhat" and artifact.target.is_library:
            dhat.add(_version(artifact.package_id))
        if artifact.executable is not None:
            package = names.get(artifact.package_id, artifact.target.name)
            binaries[artifact.executable] = Binary(binary_id(package, artifact.target), artifact.profile.test)
    return Build(binaries=binaries, dhat=tuple(sorted(dhat)))


def read_nextest_build(lines: Iterable[str]) -> Build:
    """Read `cargo nextest list`; see `read_list`."""
    paths, plan = read_list(lines)
    return Build({path: Binary(binary, test=True) for path, binary in paths.items()}, plan=plan)


def binary_id(package: str, target: Target) -> str:
    """The binary id, by cargo-nextest's stable rule (`nextest_metadata::RustBinaryId::from_parts`)."""
    if target.is_library:
        return package
    kind = target.kind[0]
    return f"{package}::{target.name}" if kind == "test" else f"{package}::{kind}/{target.name}"


def dhat_features(metadata: Metadata) -> tuple[str, ...]:
    """The members' features that switch dhat on, as `package/feature`, sorted."""
    return tuple(
        sorted(
            f"{package.name}/{feature}"
            for package in metadata.packages
            for feature, enabled in package.features.items()
            if any(re.fullmatch(r"(dep:)?dhat(/.*)?", item) for item in enabled)
        )
    )


def dhat_switched_on(metadata: Metadata, features: str) -> str | None:
    """A feature that brings dhat and that a command switches on, as `package/feature`.

    Args:
        metadata: The workspace.
        features: As `CargoCommand.features` has them: `all`, or names with commas.
    """
    on = switched_on(metadata, features)
    return next((name for name in dhat_features(metadata) if tuple(name.split("/")) in on), None)


def switched_on(metadata: Metadata, features: str) -> frozenset[tuple[str, str]]:
    """All features of members that a command switches on, each as (package, feature).

    Args:
        metadata: The workspace.
        features: As `CargoCommand.features` has them: `all`, or names with commas.
    """
    packages = {package.name: package.features for package in metadata.packages}
    if features == "all":
        return frozenset((package, feature) for package, known in packages.items() for feature in known)
    waiting: list[tuple[str, str]] = []
    for name in features.split(","):
        package, slash, feature = name.partition("/")
        waiting += [(package, feature)] if slash else [(every, name) for every in packages]
    seen: set[tuple[str, str]] = set()
    while waiting:
        package, feature = place = waiting.pop()
        if place in seen or feature not in packages.get(package, {}):
            continue
        seen.add(place)
        for item in packages[package][feature]:
            dependency, slash, inner = item.partition("/")
            waiting.append((dependency.removesuffix("?"), inner) if slash else (package, item))
    return frozenset(seen)


def built_for(binaries: Iterable[str], metadata: Metadata) -> tuple[str, ...]:
    """The target triples in the paths of executables.

    Cargo names a directory by the triple that was asked for, be it in a configuration file.
    """
    found = set()
    for path in binaries:
        if Path(path).is_relative_to(metadata.target_directory):
            first = Path(path).relative_to(metadata.target_directory).parts[0]
            if re.fullmatch(r"[^-/]+(-[^-/]+){2,}", first):
                found.add(first)
    return tuple(sorted(found))


def _version(package_id: str) -> str:
    """The version in a package id, of which cargo has had three spellings."""
    old = re.match(r"\S+ (\S+) \(", package_id)
    return old[1] if old else re.split("[#@]", package_id)[-1]
