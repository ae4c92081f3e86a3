"""The bench: how well recall finds, and answers say, what a set of conversations holds. It knows no user interface."""
