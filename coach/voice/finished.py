"""Does what was said sound finished? Rules over the last words of a transcript, which say how long to wait in a pause.

A recogniser ends most pieces with a full stop, whether or not the sentence is at its end, so a full stop alone says little: what
counts is whether the last words can end a sentence, and whether the last sentence has announced more than it has said.
"""

from __future__ import annotations

import re
from typing import Literal

Finish = Literal["finished", "unsure", "open"]

FEW_WORDS = 8  # an answer this short has mostly just begun

# Words that want another one after them, and words that mostly do, but can end a sentence ("because of that", "or not").
# Particles that end many sentences ("turned off", "scaled up") are in neither.
_WANTS_MORE = frozenset(
    """a an the my your our their its every no which whose and or but nor because since although unless until while whereas if when
    whenever where as than whether of to in on at by for with from into onto about between among within without during against
    toward towards via per like under above below across around behind upon am been being it's that's there's they're we're you're
    i'm i've we've they've i we they he she very quite rather even basically actually essentially equals plus minus times versus means
    so um uh""".split()
)
_MAY_WANT_MORE = frozenset(
    """this that these those his each some any another such both either neither though then through is are was were be have has had do
    does did can could will would shall should may might must cannot gets isn't aren't don't doesn't can't won't not more most less least
    much really too just only also still called using instead""".split()
)
_FLAGS = re.IGNORECASE | re.VERBOSE
_SHORT_ANSWERS = re.compile(
    r"""\b(yes|no|yeah|nope|true|false|correct|pass|skip|next|none|neither|both)\b
        | \b(don'?t|do\ not)\ (know|remember)\b | \bno\ idea\b | \bnot\ sure\b""",
    _FLAGS,
)
# Verbs that end sentences together with a preposition: "it is turned on", "what it depends on".
_PARTS_WITH = re.compile(
    r"""\b(turn|switch|depend|rel[iy]|bas|work|train|us|deal|look|car|account|ask|need|plug|build|built|run|call|start|optimi[sz])
        (s|ed|d|e|es|ies|ing|ned)?\ (on|in|for|with|of|to|from|at|by)$""",
    _FLAGS,
)
_FILLER_END = re.compile(
    r"""\b(um+ | uh+ | erm? | hmm* | mm+ | ah | well | okay | so | and\ so | you\ know | i\ (mean|think|guess) | kind\ of | sort\ of
        | or\ something | what\ else | let\ me\ (think|see) | let's\ see | how\ (do|should|can)\ i\ (say|put)(\ (it|this|that))?)\W*$""",
    _FLAGS,
)
_ANNOUNCES = re.compile(
    r"""\b(two|three|four|five|six|several|a\ few|a\ couple\ of|some|many|different|various)\s+(\w+\s+){0,3}
          (things?|reasons?|ways?|parts?|types?|kinds?|steps?|points?|differences?|cases?|options?|ideas?|problems?|approaches|phases?
          |advantages?|disadvantages?|components?|properties|factors?|stages?|methods?|techniques?|categories)
          (\s+(here|to\ (it|this|that)|of\ (it|them)))?$
      | \bthere(\ are|'re)\ (mainly\ |basically\ )?(two|three|four|five|several|a\ few)(\ \w+){1,5}$
      | \bnot\ only\b(?!.*\bbut\b) | \bon\ (the\ )?one\ (hand|side)\b(?!.*\bother\b)
      | ^((so|and|well|okay)\ )*(first|firstly|first\ of\ all|to\ begin\ with|the\ first\ (one|thing|reason|step))\b
          (?!.*\b(second|then|finally|last|next|after)\b)
      | \b(for\ example | for\ instance | such\ as | as\ follows | the\ following | in\ other\ words | in\ particular | namely
          | which\ means(\ that)? | the\ (idea|point|problem|thing|question|reason|difference|answer)\ (here\ )?is(\ that)?)$""",
    _FLAGS,
)
_SUBORDINATE = re.compile(
    r"^((so|and|but|well|okay|now)\ )*(if|when|whenever|while|although|though|once|unless|whereas|given\ that|suppose)\b", _FLAGS
)
# A main clause after it: a comma, "then", or a second subject with its verb.
_MAIN_FOLLOWS = re.compile(
    r"""[,] | \bthen\b
      | \b(it|they|we|you|that|this|he|she|there)\ (\w+\ )?(would|will|can|gets?|becomes?|is|are|has|have)\b
        .*\b(it|they|we|you|this|that|there)\b""",
    _FLAGS,
)


def finish_of(text: str) -> Finish:
    """How an answer sounds up to a pause: `finished`, `open` where more must follow, `unsure` where it could be either."""
    said = " ".join(text.replace("’", "'").split())
    words = re.findall(r"[\w'-]+", said.casefold())
    if not words:
        return "unsure"
    if re.search(r"(\.\.\.|…|[,:;–—-])[\"')\]]*$", said):
        return "open"
    last = re.split(r"(?<=[.!?])\s+", said)[-1]
    bare = last.rstrip(".!?\"') ")
    if len(words) <= FEW_WORDS // 2 and _SHORT_ANSWERS.search(words[-1]):
        return "finished"
    if _PARTS_WITH.search(bare) and bare != last:
        return "unsure"
    if words[-1] in _WANTS_MORE or _FILLER_END.search(bare) or _ANNOUNCES.search(bare):
        return "open"
    if words[-1] in _MAY_WANT_MORE:
        return "open" if bare == last else "unsure"
    if _SUBORDINATE.search(bare) and not _MAIN_FOLLOWS.search(bare):
        return "open"
    if said.endswith("?") or _SHORT_ANSWERS.search(said):
        return "finished"
    if len(words) < FEW_WORDS or not re.search(r"[.!?][\"')\]]*$", said):
        return "unsure"
    return "finished"
