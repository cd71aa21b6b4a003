"""Changing and replacing: "change OLD to NEW", "replace OLD with NEW", 把OLD换成NEW."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from diptych.core.operation import (
    AnyOperation,
    Grayscale,
    Invert,
    Recolor,
    RemoveBackground,
    Replace,
    ReplaceBackground,
    ReplaceText,
    Restyle,
    Scale,
    Sepia,
    Tint,
    Vague,
)  # fmt: skip
from diptych.core.target import Relation, Target
from diptych.language.frame import Frame
from diptych.language.lexicon import lexicon
from diptych.language.meaning.adjusting import adjusted
from diptych.language.meaning.backgrounds import (
    BACKGROUND,
    background_behind,
    background_changed,
    background_described,
    new_background,
    says_only_new,
)  # fmt: skip
from diptych.language.meaning.cropping import shaped
from diptych.language.meaning.lettering import as_said
from diptych.language.meaning.predicates import predicated
from diptych.language.meaning.qualities import USUAL_FACTOR, shifted, ways
from diptych.language.meaning.sizing import is_sized, resized
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.meaning.turning import is_turn, rotate, warped
from diptych.language.phrase import Phrase
from diptych.language.tokens import Token

_FILTERS: dict[str, Callable[[Target | None], AnyOperation]] = {
    "grayscale": lambda target: Grayscale(target=target),
    "sepia": lambda target: Sepia(target=target),
    "invert": lambda target: Invert(target=target),
}


# ---- replace ---------------------------------------------------------------------------------------------


def exchange(frame: Frame, talk: Talk) -> Operations:
    """ "replace the sky with a sunset", "a cat instead of the dog", 把狗换成猫."""
    old, new = frame.object, frame.value
    instead = frame.led_by("instead of", "in place of")
    if instead:
        old, new = instead, frame.object
    elif frame.verb == "instead of":
        new = Phrase()
    return _exchanged(old, new, frame, talk)


def _exchanged(old: Phrase, new: Phrase, frame: Frame, talk: Talk) -> Operations:
    if talk.about_background(old):
        return background_changed(old, new, frame, talk)
    behind = old.attached_by("behind")
    if behind.content and new.content and (not old.content or _is_surroundings(old)):
        return background_behind(behind, new, frame, talk)
    if (old.quotes or old.is_lettering) and (new.quotes or (new.content and not new.colors)):
        return [ReplaceText(target=old.target(), text=new.quote or new.text)]
    target = talk.target(old)
    if target is None and new.is_background:
        return [ReplaceBackground()]
    if new.only_color and target is not None:
        return [Recolor(color=new.color, target=target)]
    if target is None and old.content:
        target = old.target()
    if target is None and not new.content:
        return []
    return [Replace(target=target, thing=new.thing() if new.content else None)]


def _is_surroundings(phrase: Phrase) -> bool:
    """What lies behind somebody as a whole (a room, a street), so that exchanging it is exchanging the background."""
    return bool(phrase.names("scene")) or phrase.names_any("thing", "surroundings")


# ---- change ----------------------------------------------------------------------------------------------


def change(frame: Frame, talk: Talk) -> Operations:
    """ "change the dress to blue", "turn it into a sketch", 把宽度改成800像素, 换个背景."""
    old = frame.object
    becomes = bool(frame.value.content or frame.predicate.content)
    if old.parts and becomes:
        return [operation for part in old.parts for operation in change(replace(frame, object=part), talk)]
    if is_sized(frame):
        return [resized(frame)]
    if says_only(frame) and not becomes:
        talk.last_target = talk.target(old)
        return []
    new = frame.value or frame.predicate
    removed = isinstance(talk.last, RemoveBackground)
    if removed and not (old.content and new.content) and (says_only_new(old) or says_only_new(new)):
        return background_changed(Phrase(), new if new.content else old, frame, talk)
    if new.is_background and not old.is_background:
        made = new_background(background_described(new), frame, talk)
        return [made.model_copy(update={"target": talk.target(old)})]
    if is_turn(frame):
        return rotate(frame, talk)
    exchanged = frame.verb_starts("swaps") and old.content and not new.content and not old.is_background
    if talk.thing_is_gone and exchanged:
        return [Replace(thing=old.thing())]
    return changed(old, new, frame, talk)


def says_only(frame: Frame) -> bool:
    """ "only change the car", 只改天空: names what the next clause is about."""
    return (
        frame.all.has("only")
        or frame.mentions("only_inside")
        or any(token.starts("only_start") for token in frame.tokens)
    )


def changed(old: Phrase, new: Phrase, frame: Frame, talk: Talk) -> Operations:
    """ "change OLD to NEW": a quality, a colour, a style, lettering, a background or a thing; the first that fits."""
    changing = _Change(old, new, frame, talk)
    for reading in _READINGS:
        made = reading(changing)
        if made is not None:
            return made
    return [Replace(target=changing.target, thing=new.thing() if new.content else None)]


@dataclass(frozen=True)
class _Change:
    """Old and new of one change, and the target that the old points at (None: the whole picture)."""

    old: Phrase
    new: Phrase
    frame: Frame
    talk: Talk

    @cached_property
    def target(self) -> Target | None:
        return BACKGROUND if self.old.is_background else self.talk.target(self.old)

    @property
    def of_whole(self) -> bool:
        return self.target is None

    @property
    def of_sign(self) -> bool:
        """It is about lettering, or about what carries it: changed to words, the words change."""
        return self.target is not None and self.target.noun in lexicon().cues["sign"]


# ---- readings: each gives the operations, or None to leave the change to the next --------------------------


def _filtered(change: _Change) -> Operations | None:
    """ "turn it black and white", 变成怀旧色."""
    return next(([make(change.target)] for verb, make in _FILTERS.items() if verb in change.new.verbs), None)


def _quality_of_picture(change: _Change) -> Operations | None:
    """ "change the contrast", "change the size to half", 把颜色改成复古风."""
    old, new, frame = change.old, change.new, change.frame
    named = list(dict.fromkeys(old.qualities))
    if not change.of_whole or not named or new.colors or (old.names("thing") and not old.has("quality")):
        return None
    if "size" in named:
        return [resized(frame)]
    if new.style is not None:
        return [Restyle(style=new.style)]
    way = dict(ways(new))
    return shifted([(name, way.get(name, 0)) for name in named if name != "color" or named == ["color"]], frame, None)


def _quality_of_thing(change: _Change) -> Operations | None:
    """ "change the size of the dog", 把天空的亮度改一下."""
    old, frame = change.old, change.frame
    names_owner_only = old.head is None or old.head.has("quality")
    if change.of_whole or not old.qualities or old.is_background or not names_owner_only or change.new.colors:
        return None
    if "size" in old.qualities:
        return [Scale(factor=frame.factor(USUAL_FACTOR), target=change.target)]
    return adjusted(frame, change.talk) or None


def _background(change: _Change) -> Operations | None:
    """ "change the background to a beach", "change the room behind him to a forest"."""
    old, new, frame, talk = change.old, change.new, change.frame, change.talk
    led = (other for lead, other in (*old.attached, *frame.around) if lead == "behind" and other.content)
    behind = next(led, None)
    if behind is not None and new.content and not new.only_color and (not old.content or _is_surroundings(old)):
        return background_behind(behind, new, frame, talk)
    about_it = talk.about_background(old) and (new.content or old.is_background)
    if about_it or (change.target is not None and change.target.noun == "background"):
        return background_changed(old, new, frame, talk)
    return None


def _lettering(change: _Change) -> Operations | None:
    """ "change the sign to OPEN", 把“SALE”改成“HOT”, "change the number to 7"."""
    old, new, instruction = change.old, change.new, change.talk.instruction
    written = _written(new, instruction) if change.of_sign else []
    if written:
        return [ReplaceText(target=change.target, text=as_said(written, instruction))]
    if new.quotes and (change.of_whole or old.quotes or old.has("letters") or change.of_sign):
        return [ReplaceText(target=old.target() if old.content else None, text=new.quote or "")]
    lettered = old.is_lettering or (old.has_number and new.has_number)
    if lettered and not new.colors and new.tokens and new.style is None:
        said = [token for token in new.tokens if not token.has("determiner")] or list(new.tokens)
        return [ReplaceText(target=old.target(), text=new.quote or as_said(said, instruction))]
    if old.quotes and new.content and not new.colors:
        return [ReplaceText(target=old.target(), text=new.quote or new.text)]
    return None


def _written(new: Phrase, instruction: str) -> list[Token]:
    """The words of a name or number to be written: "an R" is R, "The End" both words; none where it is neither."""
    tokens = list(new.tokens)
    if len(tokens) > 1 and tokens[0].has("determiner") and instruction[tokens[0].start].islower():
        tokens = tokens[1:]
    proper = any(instruction[token.start].isupper() or token.surface == "number" for token in tokens)
    return tokens if proper else []


def _owned_color(change: _Change) -> Operations | None:
    """给她换成红头发: the hair of the one who was named takes the colour."""
    new, old = change.new, change.old
    if change.target is None or new.color is None or not new.noun_is("hairlike") or new.head is None:
        return None
    noun = new.head.sense("thing") or ""
    if old.head is not None and old.head.sense("thing") == noun:
        return None
    return [Recolor(color=new.color, target=Target(noun=noun, relation=Relation(kind="of", anchor=change.target)))]


def _style(change: _Change) -> Operations | None:
    """ "turn it into a watercolor", "give it a stretched look", 改成电影的感觉."""
    new = change.new
    if new.style is not None and not new.names("thing"):
        return [Restyle(style=new.style, target=change.target)]
    if "warp" in new.verbs:
        return [warped(change.frame, change.target)]
    if new.head is not None and (new.head.says("seeming") or new.head.has("filter")):
        return [Restyle(style=new.text, target=change.target)]
    return None


def _color(change: _Change) -> Operations | None:
    """ "change the car to red", 变成彩色; the picture takes a tint, a thing the colour."""
    old, new, talk = change.old, change.new, change.talk
    about_it = change.of_whole and not old.content and not change.frame.object.has("whole")
    if about_it and new.only_color and talk.last_target is not None:
        return [Recolor(color=new.color, target=talk.last_target)]
    if new.only_color or ("color" in old.qualities and new.colors):
        if change.of_whole:
            return [Tint(color=new.color, amount=change.frame.share())]
        return [Recolor(color=new.color, target=change.target)]
    if "color" in new.qualities and not new.names("thing"):
        return [Restyle(style="color", target=change.target)]
    return None


def _predicate(change: _Change) -> Operations | None:
    """ "change it to be brighter", 变得更亮."""
    new = change.new
    if not new.content or not (new.head is None or new.head.has("quality", "more", "less", "verb")):
        return None
    return predicated(new, change.target, change.frame) or None


def _shape(change: _Change) -> Operations | None:
    """ "change it to 16:9", 改成正方形."""
    crop = shaped(change.new) if change.of_whole else None
    return [crop] if crop is not None else None


def _whole(change: _Change) -> Operations | None:
    """What the whole picture becomes in free words; after a removal, what comes in its place."""
    if not change.of_whole:
        return None
    new, obj = change.new, change.frame.object
    if new.content and not change.old.content and change.talk.thing_is_gone:
        return [Replace(thing=new.thing())]
    if new.content:
        return [Restyle(style=new.text)]
    open_wish = not obj.content or obj.is_whole or obj.has("filter")
    return [Vague(words=change.frame.text)] if open_wish else []


def _free_words(change: _Change) -> Operations | None:
    """换成湿漉漉的: an adjective that the lexicon doesn't know is a look, not a thing."""
    tokens = change.frame.tokens
    if not change.new.tokens or not tokens or not tokens[-1].ends("adjective_ending") or change.new.names("thing"):
        return None
    return [Restyle(style=change.new.text, target=change.target)]


_READINGS: tuple[Callable[[_Change], Operations | None], ...] = (
    _filtered,
    _quality_of_picture,
    _quality_of_thing,
    _background,
    _lettering,
    _owned_color,
    _style,
    _color,
    _predicate,
    _shape,
    _whole,
    _free_words,
)
