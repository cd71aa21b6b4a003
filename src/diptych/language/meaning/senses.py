"""Verb senses → what they mean for the object they are given: one function each, in an explicit table.

Both languages arrive here as the same frames, so what is decided here is decided for both.
"""

from __future__ import annotations

from diptych.core.operation import (
    Ask,
    AutoEnhance,
    Count,
    Dehaze,
    Describe,
    Grain,
    Grayscale,
    Hue,
    Invert,
    Replace,
    Straighten,
    Vague,
    Vignette,
)  # fmt: skip
from diptych.language import numbers
from diptych.language.frame import Frame
from diptych.language.meaning.adding import add, give
from diptych.language.meaning.adjusting import Act, adjusted, decrease, tone
from diptych.language.meaning.backgrounds import background_changed, new_background, use_as_background
from diptych.language.meaning.borders import border, round_corners
from diptych.language.meaning.changing import change, exchange
from diptych.language.meaning.cleaning import deblock, denoise
from diptych.language.meaning.composing import combine, cut_out, put_onto
from diptych.language.meaning.cropping import crop, zoom_in, zoom_out
from diptych.language.meaning.exceptions import except_for, keep
from diptych.language.meaning.filters import blur, pixelate, plain, posterize, sepia
from diptych.language.meaning.improving import adjust, restore
from diptych.language.meaning.lettering import caption_bar, watermark, write
from diptych.language.meaning.making import make
from diptych.language.meaning.manner import add_manner, is_manner, manner, mannered
from diptych.language.meaning.moving import duplicate, move
from diptych.language.meaning.qualities import USUAL_VIGNETTE
from diptych.language.meaning.removing import remove
from diptych.language.meaning.restyling import recolor, restyle
from diptych.language.meaning.sizing import enlarge, increased, resize, shrink, upscale
from diptych.language.meaning.talk import Operations, Talk
from diptych.language.meaning.turning import flip, rotate, straighten, warp
from diptych.language.meaning.verbless import verbless


def act(frame: Frame, talk: Talk) -> Operations:
    """The operations of one clause: the first sense of its verb that means something for its object."""
    if is_manner(frame):
        add_manner(frame, talk)
        return []
    return mannered(_meant(frame, talk), {**talk.manner, **manner(frame)})


def _meant(frame: Frame, talk: Talk) -> Operations:
    if is_denied(frame):
        return []
    turned_hue = _hue(frame, talk)
    if turned_hue:
        return turned_hue
    if frame.means("straighten") and frame.all.has("statement"):
        return [Straighten()]
    if not frame.verb and frame.object.names("thing"):
        talk.topic = talk.target(frame.object)
    for sense in frame.senses:
        made = SENSES[sense](frame, talk)
        if made:
            return except_for(made, frame, talk)
    if frame.senses in ((), ("apart",)):
        return except_for(verbless(frame, talk), frame, talk)
    return []


def is_denied(frame: Frame) -> bool:
    """ "don't crop", 别裁剪: the verb is denied, unless denying is itself the wish (不要背景里的人)."""
    if frame.means("remove", "keep") or not frame.senses or (frame.means("make") and frame.is_chinese):
        return False
    pairs = zip(frame.tokens, frame.tokens[1:], strict=False)
    denies = (before for before, token in pairs if token.text == frame.verb and before.has("negation"))
    return any(not before.has("verb") or before.says("do_not") for before in denies)


def _hue(frame: Frame, talk: Talk) -> Operations:
    """ "shift the hue by 30 degrees" whatever the verb is."""
    degrees = numbers.degrees(frame.tokens) if frame.says("hue") else None
    return [Hue(degrees=degrees, target=talk.target(frame.object))] if degrees is not None else []


def _use(frame: Frame, talk: Talk) -> Operations:
    """ "use a cat instead of the dog", 用海滩做背景, "use more contrast"."""
    instead = frame.led_by("instead of", "in place of")
    if instead.content and frame.object.content:
        return [Replace(target=talk.target(instead), thing=frame.object.alone.thing())]
    if "watermark" in frame.value.verbs:
        return watermark(frame, talk)
    if frame.object.content and frame.value.is_background:
        return [new_background(frame.object, frame, talk)]
    if frame.value.content and frame.object.is_background:
        return background_changed(frame.object, frame.value, frame, talk)
    return adjusted(frame, talk, 1)


def _make(frame: Frame, talk: Talk) -> Operations:
    return make(frame, talk, act)


def _vignette(frame: Frame, talk: Talk) -> Operations:
    return [Vignette(amount=frame.share_or(USUAL_VIGNETTE))]


def _grain(frame: Frame, talk: Talk) -> Operations:
    return [Grain(strength=frame.share())]


def _vague(frame: Frame, talk: Talk) -> Operations:
    return [Vague(words=frame.text)]


def _describe(frame: Frame, talk: Talk) -> Operations:
    return [Describe(target=talk.target(frame.object))]


def _count(frame: Frame, talk: Talk) -> Operations:
    return [Count(target=talk.target(frame.object) or talk.target(frame.value))]


def _ask(frame: Frame, talk: Talk) -> Operations:
    return [Ask(question=talk.instruction.strip())]


def _nothing(frame: Frame, talk: Talk) -> Operations:
    """ "select the car" only names what the next clause is about."""
    return []


SENSES: dict[str, Act] = {
    "remove": remove,
    "add": add,
    "give": give,
    "use": _use,
    "replace": exchange,
    "change": change,
    "make": _make,
    "adjust": adjust,
    "increase": increased,
    "decrease": decrease,
    "brighten": tone("brightness", 1),
    "darken": tone("brightness", -1),
    "sharpen": tone("sharpness", 1),
    "warm": tone("warmth", 1),
    "cool": tone("warmth", -1),
    "saturate": tone("saturation", 1),
    "desaturate": tone("saturation", -1),
    "blur": blur,
    "pixelate": pixelate,
    "denoise": denoise,
    "deblock": deblock,
    "dehaze": plain(lambda target: Dehaze(target=target)),
    "grayscale": plain(lambda target: Grayscale(target=target)),
    "sepia": sepia,
    "invert": plain(lambda target: Invert(target=target)),
    "posterize": posterize,
    "auto_enhance": plain(lambda target: AutoEnhance(target=target)),
    "vignette": _vignette,
    "grain": _grain,
    "crop": crop,
    "cut_out": cut_out,
    "zoom_in": zoom_in,
    "zoom_out": zoom_out,
    "enlarge": enlarge,
    "shrink": shrink,
    "resize": resize,
    "upscale": upscale,
    "rotate": rotate,
    "straighten": straighten,
    "flip": flip,
    "warp": warp,
    "move": move,
    "duplicate": duplicate,
    "combine": combine,
    "put_onto": put_onto,
    "restore": restore,
    "restyle": restyle,
    "recolor": recolor,
    "as_background": use_as_background,
    "write": write,
    "watermark": watermark,
    "caption_bar": caption_bar,
    "border": border,
    "round_corners": round_corners,
    "keep": keep,
    "vague": _vague,
    "describe": _describe,
    "count": _count,
    "ask": _ask,
    "select": _nothing,
    "apart": _nothing,
}
"""Sense of verbs.toml → its function: (frame, talk) → operations, none where it means nothing for that object."""
