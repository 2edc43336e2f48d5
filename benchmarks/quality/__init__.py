"""leakgate on the leak zoo: what it detects, names and explains, and when it cries wolf."""
