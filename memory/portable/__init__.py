"""The memory as plain text that can be taken away and brought back: everything that was said, in lines of JSON.

What is made from it (indexes, vectors, terms and names, what was recalled together) is not written down, but made anew.
"""

from memory.portable.export import EVERYTHING, export
from memory.portable.lines import FORMAT, VERSION, is_export
from memory.portable.restore import How, Report, check, restore

__all__ = ["EVERYTHING", "FORMAT", "VERSION", "How", "Report", "check", "export", "is_export", "restore"]
