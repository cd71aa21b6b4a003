"""English inflection by rule: the forms of verbs and nouns that the lexicon doesn't list, and typo repair keys."""

from __future__ import annotations

from collections.abc import Collection

_DOUBLED = frozenset("bdgmnprt")
"""Last letters that double before -ed and -ing (crop, cropped)."""
_VOWELS = "aeiou"
_SIBILANTS = ("s", "sh", "ch", "x", "z")


def verb_forms(phrase: str, uninflected: Collection[str]) -> set[str]:
    """A verb phrase with its first word as it stands, with -s, -ed and -ing: "take out", "takes out" …

    `uninflected` are phrases, or first words of phrases, that have one form only.
    """
    head, _, rest = phrase.partition(" ")
    if not head.isalpha() or len(head) < 3 or not {head, phrase}.isdisjoint(uninflected):
        return {phrase}
    stem = head.removesuffix("e")
    forms = {head, f"{stem}ed", f"{stem}ing"}
    if head.endswith("y") and head[-2] not in _VOWELS:
        forms |= {f"{head[:-1]}ies", f"{head[:-1]}ied"}
    else:
        forms.add(f"{head}es" if head.endswith(_SIBILANTS) else f"{head}s")
    if len(head) <= 4 and head[-1] in _DOUBLED and head[-2] in _VOWELS and head[-3] not in _VOWELS:
        forms |= {f"{head}{head[-1]}ed", f"{head}{head[-1]}ing"}
    return {f"{form} {rest}".strip() for form in forms}


def plurals(phrase: str) -> list[str]:
    """A noun phrase with its last word in the plural: "trash can" → "trash cans"."""
    head = phrase.rsplit(" ", 1)[-1]
    if not head[-1:].isalpha():
        return []
    if head.endswith("y") and len(head) > 1 and head[-2] not in _VOWELS:
        return [f"{phrase[:-1]}ies"]
    return [f"{phrase}es" if head.endswith(_SIBILANTS) else f"{phrase}s"]


def deletions(word: str) -> list[str]:
    """The word itself and each form with one letter left out.

    Two words within one edit (a letter changed, added, dropped or swapped with its neighbour) share such a
    form (Garbe's symmetric delete), so that repairing a typo needs look-ups and no search.
    """
    return [word, *(word[:position] + word[position + 1 :] for position in range(len(word)))]
