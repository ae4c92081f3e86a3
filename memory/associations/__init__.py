"""Associations: what leads from one message to another, and how activation spreads along it."""

from memory.associations.associations import Associations
from memory.associations.types import Activated, Edge, Hop

__all__ = ["Activated", "Associations", "Edge", "Hop"]
