"""The two rebuildable indexes of the journal, each with the scan of what it does not hold yet."""
