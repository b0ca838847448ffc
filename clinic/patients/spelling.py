"""Words that are nearly alike: how a misspelt name leads to the right one.

Two words that differ in one letter, or in the order of two, are the same once one letter of each is left out. What
sounds alike has the same sound. So a word is kept under all of these, and the few words that share one of them with
what was typed are compared letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from anyascii import anyascii
from rapidfuzz.distance import OSA

SOUND = "%"
SHORTEST = 4
"""Letters that a word needs before anybody takes another one for it."""
MOST = 20
"""Words that one misspelt word may stand for."""

_SOUNDS = [
    (re.compile(pattern), by)
    for pattern, by in [
        (r"[^a-z]", ""),
        (r"^mac(?=[^aeiou])", "mc"),
        (r"ph", "f"),
        (r"(?<!^)gh", ""),
        (r"tsch|tch|sch|cz|sz|ch|sh|zh", "s"),
        (r"c(?=[eiy])", "s"),
        (r"qu|qv|kv|kw|ck|q|c|x", "k"),
        (r"[vw]", "f"),
        (r"z", "s"),
        (r"d", "t"),
        (r"j", "y"),
        (r"^[aeiouy]", "A"),
        (r"[aeiouyh]", ""),
        (r"(.)\1+", r"\1"),
    ]
]


def sound(word: str) -> str:
    """Return roughly how a word sounds: its consonants, those that are mistaken for one another made the same."""
    heard = anyascii(word).lower()
    for pattern, by in _SOUNDS:
        heard = pattern.sub(by, heard)
    return heard


def spellings(word: str) -> set[str]:
    """Return the keys under which a word is kept, and which a misspelt one is looked for under."""
    if len(word) < SHORTEST:
        return {word}
    without = {word[:at] + word[at + 1 :] for at in range(len(word))}
    heard = sound(word)
    return {word, *without} | ({SOUND + heard} if len(heard) > 1 else set())


def nearest(word: str, among: Iterable[str]) -> list[str]:
    """Return those of `among` that somebody who typed `word` may have meant, the likeliest first."""
    rated = sorted((rate, other) for other in set(among) if other != word for rate in _rates(word, other))
    return [other for _, other in rated[:MOST]]


def distance(word: str, other: str) -> int:
    """Return how many letters apart two words are, or what was typed and the beginning of a longer one."""
    return min(OSA.distance(word, other), OSA.distance(word, other[: len(word)]))


def _rates(word: str, other: str) -> Iterator[tuple[int, int]]:
    """Yield how far `other` is from `word`, or nothing if it is another word altogether."""
    apart = distance(word, other)
    alike_at_first = word[0] == other[0] or word[:2] == other[1::-1]
    allowed = (1 if len(word) < 6 else 2) if alike_at_first else int(len(word) >= 6)
    if apart <= allowed:
        yield apart, abs(len(word) - len(other))
    elif 2 * apart <= len(word) and _sounds_like(sound(word), sound(other)):
        yield 3, apart


def _sounds_like(heard: str, other: str) -> bool:
    """Tell whether two sounds are the same, or one the beginning of the other where it says enough by itself."""
    return len(heard) > 2 and (heard == other or (len(heard) > 3 and other.startswith(heard)))
