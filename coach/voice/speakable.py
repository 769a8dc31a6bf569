"""Text as it is said aloud: markup gone, formulas, code and abbreviations in words, one sentence at a time."""

from __future__ import annotations

import re

_MARKUP: tuple[tuple[str, str], ...] = (
    (r"```.*?```", " "),  # a block of code cannot be said
    (r"!\[[^\]]*\]\([^)]*\)", " "),
    (r"\[([^\]]+)\]\([^)]*\)", r"\1"),
    (r"https?://(?:www\.)?([\w.-]+)\S*", r"\1"),
    (r"<[^>\s][^>]*>", " "),
    (r"(?m)^\s*(?:[-*+]|\d+[.)]|#+|>)\s+", ""),
    (r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2"),
    (r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"\1"),
    (r"`([^`]*)`", r"\1"),
    (r"\\[()\[\]]|\$\$?", ""),
)
_ABBREVIATIONS: tuple[tuple[str, str], ...] = (
    (r"\be\.\s?g\.,?", "for example"),
    (r"\bi\.\s?e\.,?", "that is"),
    (r"\betc\.", "and so on"),
    (r"\bvs\.?(?=\s)", "versus"),
    (r"\bw\.\s?r\.\s?t\.?|\bwrt\b", "with respect to"),
    (r"\bapprox\.", "about"),
    (r"\bet al\.", "and others"),
    (r"\bcf\.", "compare"),
    (r"\bFig\.\s?(?=\d)", "figure "),
    (r"\bno\.\s?(?=\d)", "number "),
    (r"\bi\.i\.d\.", "I I D"),
)
_GREEK = dict(
    zip(
        "αβγδεζηθκλμνξπρστφχψωΔΣΩ",
        "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega delta sum omega".split(),
        strict=True,
    )
)
_SIGNS = {
    "≤": "at most", "≥": "at least", "≠": "is not", "≈": "about", "×": "times", "·": "times", "÷": "divided by", "±": "plus or minus",
    "→": "to", "⇒": "so", "←": "from", "√": "the square root of ", "∑": "the sum of", "∏": "the product of", "∫": "the integral of",
    "∂": "d", "∇": "the gradient of ", "∞": "infinity", "∈": "in", "∀": "for all", "²": " squared", "³": " cubed", "°": " degrees",
    "%": " percent", "&": " and ", "§": " section ", "½": " a half", "…": ".",
}  # fmt: skip
_LATEX: tuple[tuple[str, str], ...] = (
    (r"\^\{(\w+)\}", r"^\1"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1 over \2"),
    (r"\\sqrt\{([^{}]*)\}", r"the square root of \1"),
    (r"\\(?:text|mathrm|mathbf|mathit|operatorname)\{([^{}]*)\}", r"\1"),
    (r"\\(?:cdot|times)\b", " times "),
    (r"\\leq?\b", " at most "),
    (r"\\geq?\b", " at least "),
    (r"\\(?:left|right|quad|,|;|!)", " "),
    (r"\\([A-Za-z]+)", r" \1 "),
)
_CALL = (r"\b([A-Za-z_]\w*)\(([^()]{1,40})\)", r"\1 of \2")
_FORMULAS: tuple[tuple[str, str], ...] = (
    (r"(?<=[A-Za-z0-9)])\s*\^\s*[({]?\s*2(?:\s*[)}])?(?![\d.])", " squared"),
    (r"(?<=[A-Za-z0-9)])\s*\^\s*[({]?\s*3(?:\s*[)}])?(?![\d.])", " cubed"),
    (r"(?<=[A-Za-z0-9)])\s*\^\s*[({]?\s*[-−]\s*(\w+)(?:\s*[)}])?", r" to the minus \1"),
    (r"(?<=[A-Za-z0-9)])\s*\^\s*[({]?\s*(\w+)(?:\s*[)}])?", r" to the \1"),
    (r"\b(\d+(?:\.\d+)?)e[-−](\d+)\b", r"\1 times ten to the minus \2"),
    (r"\b(\d+(?:\.\d+)?)e\+?(\d+)\b", r"\1 times ten to the \2"),
    (r"\b([A-Z])\(([^()|]{1,20})\|([^()|]{1,20})\)", r"\1 of \2 given \3"),
    _CALL,
    (r"(?<=\w)\(\)", ""),
    (r"(?<=[\w)])\s*==?\s*(?=[\w(−-])", " equals "),
    (r"(?<=[\w)])\s*!=\s*(?=\w)", " is not "),
    (r"(?<=[\w)])\s*<=\s*(?=\w)", " at most "),
    (r"(?<=[\w)])\s*>=\s*(?=\w)", " at least "),
    (r"(?<=[\w)])\s+<\s+(?=\w)", " less than "),
    (r"(?<=[\w)])\s+>\s+(?=\w)", " greater than "),
    (r"(?<=[\w)])\s*\+\s*(?=[\w(])", " plus "),
    (r"(?<=[\w)])\s+[-−]\s+(?=\d)", " minus "),
    (r"(?<![\w.])[-−](?=\d)", "minus "),
    (r"(?<=[\w)])\s+\*\s+(?=[\w(])|(?<=\d)\*(?=\w)", " times "),
    (r"(?<=\d)\s*/\s*(?=\d)", " over "),
    (r"\s+/\s+", " over "),
    (r"(?<=[A-Za-z])/(?=[A-Za-z])", " "),
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"(?<=\d)\s*[–-]\s*(?=\d)", " to "),
    (r"~\s*(?=\d)", "about "),
)
_NAMES: tuple[tuple[str, str], ...] = (
    (r"\bC\+\+", "C plus plus"),
    (r"\b([CF])#", r"\1 sharp"),
    (r"(?<!\w)\.NET\b", "dot net"),
)
_CODE: tuple[tuple[str, str], ...] = (
    (r"(?<!\w)_{1,2}(\w+?)_{1,2}(?!\w)", r"\1"),
    (r"(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])", " "),
    (r"\b(\w+)\[([\w+ -]+)\]", r"\1 at \2"),
    (r"(?<=\w)::(?=\w)|(?<=[a-z])\.(?=[a-z_]+\b)", " dot "),
    (r"[#|{}\\^~<>*=_]+", " "),
)
_ENDS = re.compile(r"(?<=[.!?])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9])|\n+")
_NO_END = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|approx|[A-Z])\.$")


def sayable(text: str) -> str:
    """The text as it is said: no markup, no sign that a voice would spell out or leave out. Empty where nothing can be said."""
    for pattern, instead in _MARKUP:
        text = re.sub(pattern, instead, text, flags=re.DOTALL)
    for pattern, instead in (*_ABBREVIATIONS, *_LATEX):
        text = re.sub(pattern, instead, text)
    for sign, word in {**_GREEK, **_SIGNS}.items():
        text = text.replace(sign, f" {word} " if word.strip() == word and sign != "…" else word)
    for pattern, instead in (*_NAMES, *_FORMULAS, _CALL, *_CODE):  # a function of a function is said from the inside
        text = re.sub(pattern, instead, text)
    text = re.sub(r"\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]", r", \1,", text)
    text = re.sub(r"\s+[–—]\s+|—", ", ", text)
    text = re.sub(r"[^\w\s.,;:!?'’“”\"%-]", " ", text)
    text = re.sub(r",\s*(?=[.,;:!?])", "", text)
    text = re.sub(r"\s+(?=[.,;:!?])", "", text)
    said = " ".join(text.split()).strip(" ,;:-")
    return said if re.search(r"\w", said) else ""


def sentences(text: str) -> tuple[str, ...]:
    """The text as it is said, sentence by sentence, each of which can be spoken by itself."""
    plain = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    for pattern, instead in _ABBREVIATIONS:
        plain = re.sub(pattern, instead, plain)
    pieces: list[str] = []
    for piece in _ENDS.split(plain):
        if pieces and _NO_END.search(pieces[-1]):
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    return tuple(said for piece in pieces if (said := sayable(piece)))
