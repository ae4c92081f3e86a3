"""Upkeep: what keeps a memory safe. Examining, mending, backups, changing over to another embedder or store."""
