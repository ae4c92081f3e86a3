"""English words that do not tell what a text is about, in lower case and split at apostrophes as the analysis does."""

from __future__ import annotations

_WORDS = """
a about after again all also am an and any are aren as at be because been before being but by can cannot could
couldn d did didn do does doesn doing don down during each ever few for from further get got had hadn has hasn
have haven having he her here hers herself hey hi him himself his how i if in into is isn it its itself just
know let ll m me more most mustn my myself no nor not now of off oh ok okay on once only or other our ours
ourselves out over own please re really s same shan she should shouldn so some still such t tell than that the
their theirs them themselves then there these they this those through to too under until up us ve very was wasn
we well were weren what when where which while who whom whose why will with won would wouldn yes yet you your
yours yourself yourselves
"""

STOPWORDS = frozenset(_WORDS.split())
