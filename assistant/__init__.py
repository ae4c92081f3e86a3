"""The conversation: one turn, its models, its front doors."""
