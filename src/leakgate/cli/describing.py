"""The verbs that tell about leakgate itself."""

from typing import Annotated

import typer

from leakgate.cli.streams import print_report
from leakgate.errors import UsageError


def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="config, snapshot, result or doctor.")],
) -> None:
    """Print the JSON Schema of the config file, of stored snapshots or of `--format json`.

    leakgate schema config > leakgate.schema.json
    """
    from leakgate import schemas

    if name not in schemas.NAMES:
        raise UsageError(f"there is no schema `{name}`", remedy=f"choose one of: {', '.join(schemas.NAMES)}")
    print_report(schemas.text(name))
