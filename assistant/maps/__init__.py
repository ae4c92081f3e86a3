"""Maps of associations as they are shown: in the cells of a terminal, as a tree of text, as a page for a browser."""
