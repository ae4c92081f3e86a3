"""From recollections to notes: what was said twice shown once, a reply with its question, newer after older."""
