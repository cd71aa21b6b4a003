"""Noun phrases for people: what a Target points at, and what a Thing is, as one says it."""

from __future__ import annotations

from diptych.core.errors import Language
from diptych.core.target import Place, Relation, Target, Thing
from diptych.wording import names

_CHINESE_RELATIONS = {
    "of": "{}的", "on": "{}上的", "in": "{}里的", "with": "带{}的", "behind": "{}后面的", "in front of": "{}前面的",
    "above": "{}上方的", "below": "{}下方的", "beside": "{}旁边的", "left of": "{}左边的", "right of": "{}右边的",
    "around": "{}周围的", "between": "{}之间的", "near": "{}附近的", "from": "{}里的", "to": "到{}的",
    "except": "除{}以外的",
}  # fmt: skip

_ORDINALS = {1: "first", 2: "second", 3: "third"}


def chinese_relation(kind: str, anchor: str) -> str:
    """What stands before the noun: ("on", 桌子) → 桌子上的."""
    return _CHINESE_RELATIONS[kind].format(anchor)


def target(value: Target, language: Language) -> str:
    """ "the second dog from the left", 左起第 2 只狗, as precisely as the target says it."""
    return _chinese_target(value) if language == "zh" else _english_target(value)


def thing(value: Thing, language: Language) -> str:
    """What is brought in: "a small star", "2 × red balloon", 2 个红色气球."""
    if language == "zh":
        return _chinese_core(value)
    core = _english_core(value)
    if value.count:
        return core
    return f"{'an' if core[:1].lower() in tuple('aeiou') else 'a'} {core}"


def place(value: Place, language: Language) -> str:
    """ "bottom right", 右下角."""
    return names.places()[value] if language == "zh" else value


def _english_core(value: Thing) -> str:
    words = [f"{value.count} ×"] if value.count else []
    words += value.attributes
    if value.color:
        words.append(names.color(value.color, "en"))
    phrase = " ".join([*words, value.noun]).strip()
    return f"{phrase} {_english_relation(value.relation)}" if value.relation else phrase


def _english_relation(relation: Relation) -> str:
    return f"{relation.kind} {_english_target(relation.anchor)}"


def _english_target(value: Target) -> str:
    core = _english_core(value)
    if value.text:
        core = f"{core or 'text'} “{value.text}”"
    if value.ordinal == -1:
        core = f"last {core}"
    elif value.ordinal:
        which = _ORDINALS.get(value.ordinal, f"{value.ordinal}th")
        core = f"{which} {core} from the left"
    if value.place:
        core = f"{core} at the {value.place}" if core else value.place
    phrase = {"all": f"every {core}", "each": f"each {core}", None: f"the {core}"}[value.quantifier]
    return f"everything except {phrase}" if value.invert else phrase


def _chinese_core(value: Thing) -> str:
    words = [chinese_relation(value.relation.kind, _chinese_target(value.relation.anchor))] if value.relation else []
    if value.count:
        words.append(f"{value.count} 个")
    words += [chinese_attribute(attribute) for attribute in value.attributes]
    if value.color:
        words.append(names.color(value.color, "zh"))
    return "".join([*words, names.chinese_nouns().get(value.noun, value.noun)])


def chinese_attribute(attribute: str) -> str:
    """As it stands before a noun: 大, 条纹的."""
    word = names.chinese_attributes().get(attribute, attribute)
    return word if len(word) == 1 or word.endswith("的") else f"{word}的"


def _chinese_target(value: Target) -> str:
    core = _chinese_core(value)
    if value.text:
        core = f"{core or '文字'}“{value.text}”"
    if value.ordinal == -1:
        core = f"最后一个{core}"
    elif value.ordinal:
        core = f"左起第 {value.ordinal} 个{core}"
    if value.place:
        where = names.places()[value.place]
        core = f"{where}的{core}" if core else where
    if value.quantifier:
        core = f"{'所有' if value.quantifier == 'all' else '每个'}{core}"
    return f"{core}以外的部分" if value.invert else core
