"""Upkeep: what keeps a memory safe. Examining and mending it, backups, and changing over to another embedder or store."""
