"""Which commit was the first to cross a limit: `story` tells it, `ends` measures both ends, `step` one commit."""
