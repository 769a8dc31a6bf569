"""The spoken interview: speech to text and back, and whose turn it is. Needs the extra `voice`; the rest of the coach does without."""
