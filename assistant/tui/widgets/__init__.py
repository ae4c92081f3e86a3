"""The pieces of the interface. Each shows what it is given and says by messages what was done to it."""
