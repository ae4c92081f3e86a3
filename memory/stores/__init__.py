"""The vector stores that come with recollect; others come by entry point."""
