"""leakgate on crates that no one here wrote: their own tests, plain and under leakgate."""
