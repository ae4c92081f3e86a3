"""Recall: from a cue to recollections, each with its why."""
