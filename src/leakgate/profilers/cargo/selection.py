"""Which test binaries a cargo command builds, as far as it can be known without building them.

By the rules of `cargo test` (https://doc.rust-lang.org/cargo/commands/cargo-test.html#target-selection).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from leakgate.profilers.cargo.build import Metadata, Package, Target, binary_id, switched_on
from leakgate.profilers.cargo.command import CargoCommand

_NAMED = {"bin": "--bin", "test": "--test", "example": "--example", "bench": "--bench"}
_OF_A_KIND = {"bin": "--bins", "example": "--examples", "bench": "--benches"}


@dataclass(frozen=True, slots=True)
class TestBinary:
    """A test binary that cargo would build.

    Attributes:
        id: As cargo-nextest names it.
        package: The member that it belongs to.
        target: What it is made of.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    id: str
    package: Package
    target: Target


def selected_packages(asked: CargoCommand, metadata: Metadata) -> tuple[Package, ...]:
    """The members that a command is about."""
    if asked.has("--workspace") or asked.has("--all"):
        excluded = [_name(spec) for spec in asked.values("--exclude")]
        return tuple(package for package in metadata.packages if not _matches(package.name, excluded))
    named = [_name(spec) for spec in asked.values("-p", "--package")]
    if named:
        return tuple(package for package in metadata.packages if _matches(package.name, named))
    usual = metadata.workspace_default_members
    return tuple(package for package in metadata.packages if usual is None or package.id in usual)


def test_binaries(asked: CargoCommand, metadata: Metadata) -> tuple[TestBinary, ...]:
    """The test binaries that a command builds and runs, in cargo's order."""
    on = switched_on(metadata, asked.features)

    def is_buildable(package: Package, target: Target) -> bool:
        return all((package.name, feature) in on for feature in target.required_features)

    return tuple(
        TestBinary(binary_id(package.name, target), package, target)
        for package in selected_packages(asked, metadata)
        for target in _selected(asked, package)
        if is_buildable(package, target)
    )


def _selected(asked: CargoCommand, package: Package) -> Iterator[Target]:
    every = asked.has("--all-targets")
    chosen = {kind: asked.values(option) for kind, option in _NAMED.items()}
    chooses = (
        any(chosen.values())
        or any(asked.has(option) for option in ("--lib", "--tests", *_OF_A_KIND.values()))
        or every
    )
    for target in package.targets:
        if "custom-build" in target.kind:
            continue
        kind = "lib" if target.is_library else target.kind[0]
        if not chooses:
            wanted = target.test
        else:
            wanted = (
                every
                or (target.test and asked.has("--tests"))
                or (kind == "lib" and asked.has("--lib"))
                or (kind in _OF_A_KIND and asked.has(_OF_A_KIND[kind]))
                or _matches(target.name, chosen.get(kind, ()))
            )
        if wanted:
            yield target


def _matches(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _name(spec: str) -> str:
    """The name in a package id specification: `basket`, `basket@1.0`, `path+file:///shop#basket@1.0`."""
    return spec.rpartition("#")[2].partition("@")[0]
