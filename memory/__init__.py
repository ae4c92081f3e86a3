"""A memory that recalls by association; usable alone."""
