"""The only room that talks to GitHub: what the runner says, workflow commands, outputs, and the comment."""
