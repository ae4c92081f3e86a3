"""Features: what is measured of each candidate, in groups by idea. A model weighs them; the why shows the chief ones.

Everything is computed in arrays over the candidates of one cue. Names are `group.name`; those in `association` are the
ones that the arm without association does not have, and those in `asked` are the same for all candidates of a cue.
"""

from memory.recall.features.table import ASKED, ASSOCIATIVE, Table, table

__all__ = ["ASKED", "ASSOCIATIVE", "Table", "table"]
