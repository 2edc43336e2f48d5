"""A local server that answers as GitHub's REST API does, for the few operations that leakgate uses."""
