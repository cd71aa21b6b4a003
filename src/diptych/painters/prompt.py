"""Whether a wish is one that the embedded painter can fulfil: words are never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from diptych.core.errors import Bilingual, NotUnderstood, shorten
from diptych.painters.mentions import (
    CHINESE_NUMBERS,
    CHINESE_RUN,
    NUMBER_WORDS,
    Mention,
    scan,
    without_names,
)
from diptych.painters.said import contradicts, plainly_said
from diptych.world.vocabulary import MAX_COUNT, MAX_THINGS, chinese_names, english_names, nouns

LONGEST = 400
"""Characters of a wish; longer ones are no wishes."""


def check_wish(words: str, known: Sequence[str]) -> list[Mention]:
    """The nouns that `words` name, in order. Raises NotUnderstood for what the painter can't draw: nothing, too much,
    unknown words, known nouns that these weights have not learned, counts beyond reach."""
    text = words.strip()
    if not text:
        raise NotUnderstood(
            Bilingual("There are no words to draw from.", "没有可以画的内容。"),
            Bilingual(
                'Say what to draw, such as "a red cat on a meadow".', "请说明要画什么，例如“草地上有一只红色的猫”。"
            ),
        )
    if len(text) > LONGEST:
        raise NotUnderstood(
            Bilingual(
                f"The wish has {len(text)} characters; a drawing takes at most {LONGEST}.",
                f"描述有 {len(text)} 个字符；一幅画最多 {LONGEST} 个。",
            ),
            Bilingual(f"Say it shorter: up to {MAX_THINGS} things.", f"请说短一些：最多 {MAX_THINGS} 个东西。"),
        )
    mentions, unknown = scan(text)
    check_counts(without_names(text, mentions))
    if unknown:
        raise _not_known(unknown, known)
    strangers = [mention for mention in mentions if mention.noun not in known]
    if strangers:
        raise _not_known([mention.said for mention in strangers], known)
    if not mentions:
        raise NotUnderstood(
            Bilingual(f"“{shorten(text)}” names nothing to draw.", f"“{shorten(text)}”里没有可以画的东西。"),
            Bilingual(f"Name a thing: {some_nouns(known, 'en')}, …", f"请说出要画的东西：{some_nouns(known, 'zh')}……"),
            (text,),
        )
    said = plainly_said(text, mentions)
    if sum(group.count for group in said.groups) > MAX_THINGS:
        raise _too_many(text)
    if contradicts(text, mentions):
        raise NotUnderstood(
            Bilingual(
                f"The places in “{shorten(text)}” contradict each other.", f"“{shorten(text)}”里的位置互相矛盾。"
            ),
            Bilingual("Say one place for each thing.", "请为每样东西只说一个位置。"),
            (text,),
        )
    return mentions


def check_question(question: str, known: Sequence[str]) -> None:
    """Raises NotUnderstood for a question that is empty, too long, or speaks of what these weights don't know."""
    text = question.strip()
    if not text or len(text) > LONGEST:
        raise NotUnderstood(
            Bilingual(
                f"A question has 1 to {LONGEST} characters; this one has {len(text)}.",
                f"问题应为 1 到 {LONGEST} 个字符；这个有 {len(text)} 个。",
            ),
            Bilingual('Ask something like "how many stars are there?".', "请这样问：“有几颗星星？”"),
        )
    mentions, unknown = scan(text)
    unknown += [mention.said for mention in mentions if mention.noun not in known]
    if unknown:
        raise _not_known(unknown, known)


def check_counts(text: str) -> None:
    """Raises NotUnderstood for a number that no scene can hold."""
    for word in re.findall(r"\d+|[a-z]+|[一二两三四五六七八九十百千万]+", text.lower()):
        if word.isdigit():
            number = int(word)
        else:
            number = max(NUMBER_WORDS.get(word, 0), *(CHINESE_NUMBERS.get(character, 0) for character in word))
        if number > MAX_COUNT:
            raise _too_many(word)


def _too_many(words: str) -> NotUnderstood:
    return NotUnderstood(
        Bilingual(
            f"“{shorten(words)}” is more than fits: a drawing holds up to {MAX_COUNT} of a kind, "
            f"{MAX_THINGS} things in all.",
            f"“{shorten(words)}”太多了：一幅画里同一种东西最多 {MAX_COUNT} 个，总共最多 {MAX_THINGS} 个。",
        ),
        Bilingual(f"Ask for 1 to {MAX_COUNT}.", f"请要 1 到 {MAX_COUNT} 个。"),
        (words,),
    )


def _not_known(said: Sequence[str], known: Sequence[str]) -> NotUnderstood:
    near = nearest(said[0], known)
    listed = "、".join(f"“{word}”" for word in said)
    return NotUnderstood(
        Bilingual(
            f"The embedded models don't know {', '.join(f'“{word}”' for word in said)}.",
            f"内置模型不认识{listed}。",
        ),
        Bilingual(
            f"Nearest that they know: {', '.join(nouns()[noun].en for noun in near)}.",
            f"它们认识的相近的东西：{'、'.join(nouns()[noun].zh for noun in near)}。",
        ),
        tuple(said),
    )


def nearest(said: str, known: Sequence[str], number: int = 4) -> list[str]:
    """Known nouns that are near: by spelling, else by kind (nouns stand by kind in the data file)."""
    order = [noun.id for noun in sorted(nouns().values(), key=lambda noun: noun.row)]
    names = {**{" ".join(form): noun for form, noun in english_names().items()}, **chinese_names()}
    if said in names:
        at = order.index(names[said])
        return sorted(known, key=lambda noun: abs(order.index(noun) - at))[:number]
    close = [names[name] for name in get_close_matches(said, names, n=12, cutoff=0.6) if names[name] in known]
    shared = [
        noun
        for name, noun in names.items()
        if noun in known and set(said) & set(name) & set(CHINESE_RUN.findall(said) and said)
    ]
    found = list(dict.fromkeys([*close, *shared]))[:number]
    return found or list(known[:number])


def some_nouns(known: Sequence[str], language: str, number: int = 8) -> str:
    picked = [nouns()[noun] for noun in known[:: max(1, len(known) // number)][:number]]
    return ("、" if language == "zh" else ", ").join(noun.zh if language == "zh" else noun.en for noun in picked)
