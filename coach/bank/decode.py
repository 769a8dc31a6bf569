"""Bytes to characters: UTF-8 and UTF-16 by their marks, else the best guess, said aloud."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,30})""", re.IGNORECASE)
_SAMPLE = 64_000  # bytes that the guess looks at; more takes seconds and changes nothing
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"
_CONTROL_SHARE = 0.01
_MARKS_OF_PROSE = "\u00a0“”‘’„–—…•£€§°©®™×±«»·"


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and a warning when its encoding had to be guessed. Raises ValueError when it is binary or cannot be told."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError as error:
                raise ValueError(f"it begins as {encoding.upper()} and breaks off at byte {error.start}. Save it as UTF-8.") from error
    controls = len(data) - len(data.translate(None, _CONTROL))
    if b"\x00" in data or controls > _CONTROL_SHARE * len(data):
        raise ValueError("it is a binary file, not text. Export it as text, Markdown or HTML.")
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _guess(data)


def _guess(data: bytes) -> tuple[str, tuple[str, ...]]:
    mended = data.decode("utf-8", errors="replace")
    bad = mended.count("\ufffd")
    wide = sum(ord(character) > 127 for character in mended) - bad
    if bad * 5 <= wide:
        return mended, (f"{bad} characters are not valid UTF-8 and were replaced by \ufffd.",)
    declared = _DECLARED.search(data[:4000])
    encodings = [declared[1].decode("ascii")] if declared else []
    encodings += _guesses(data)
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return text, (f"The text is not UTF-8; it was read as {encoding.replace('_', '-')}. Save it as UTF-8 if words look wrong.",)
    raise ValueError("its encoding cannot be told. Save it as UTF-8 and try again.")


def _guesses(data: bytes) -> list[str]:
    """What charset-normalizer thinks, its best guess first, and the western encoding before that where it fits."""
    from charset_normalizer import from_bytes

    # Guess from the lines that tell encodings apart: those with bytes beyond ASCII.
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_SAMPLE]
    matches = list(from_bytes(telling))
    if not matches:
        return []
    guesses = [match.encoding for match in matches]
    # Short texts fit many encodings; the western one wins where all that it makes of them is letters and marks of prose.
    western = telling.decode("cp1252", errors="replace")
    if all(character.isascii() or character.isalpha() or character in _MARKS_OF_PROSE for character in western):
        guesses.insert(0, "cp1252")
    return guesses
