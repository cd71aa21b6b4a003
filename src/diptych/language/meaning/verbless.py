"""Clauses without a verb: "a bit brighter", "more contrast", "the sky is too dark", 暖一点, "white background"."""

from __future__ import annotations

from diptych.core.operation import Denoise, Grayscale, RemoveBackground, Restore, Vague, Watermark
from diptych.language.frame import Frame
from diptych.language.meaning.adding import add
from diptych.language.meaning.adjusting import adjusted, quality_target
from diptych.language.meaning.backgrounds import background_changed
from diptych.language.meaning.lettering import text_styled
from diptych.language.meaning.predicates import predicated
from diptych.language.meaning.qualities import FLAWS, shifted
from diptych.language.meaning.talk import SCRATCHES, Operations, Talk, speaks_of_scratches
from diptych.language.phrase import Phrase


def verbless(frame: Frame, talk: Talk) -> Operations:
    """The wish or the complaint that a clause without a verb is."""
    if frame.tokens and frame.tokens[0].says("without_it") and frame.all.verbs & _EFFECTS:
        return []
    if text_styled(frame, talk):
        return []
    if speaks_of_scratches(frame.all) and not _opens_with_article(frame):
        if isinstance(talk.last, Restore) and talk.last.target is None:
            talk.operations[-1] = talk.last.model_copy(update={"scratches": True})
        else:
            talk.topic = SCRATCHES
        return []
    if frame.qualities == ["opacity"] and isinstance(talk.last, Watermark):
        talk.operations[-1] = talk.last.model_copy(update={"opacity": frame.share(0.5)})
        return []
    if isinstance(talk.last, Watermark) and frame.mentions("tiled"):
        talk.operations[-1] = talk.last.model_copy(update={"tiled": True})
        return []
    if frame.all.has("negation") and "color" in frame.qualities and not frame.object.names("thing")[1:]:
        return [Grayscale()]
    named = _is_background_first(frame.object)
    if frame.object.is_background or named:
        if frame.all.has("negation"):
            return [RemoveBackground()]
        old = Phrase() if named else frame.object
        return background_changed(old, frame.object.without_background, frame, talk)
    if frame.all.has("statement"):
        return _complained(frame, talk)
    target = None if frame.object.style is not None else quality_target(frame, talk)
    made = predicated(frame.all, target, frame) or adjusted(frame, talk)
    if not made and _opens_with_article(frame) and frame.object.headed_by("thing"):
        made = add(frame, talk)
    if made or talk.operations or not frame.object.has("filter"):
        return made
    return [Vague(words=frame.text)]


_EFFECTS = frozenset({"vignette", "grain", "blur", "sepia", "pixelate", "posterize"})
"""What "no vignette" asks to leave out, rather than to take away."""


def _complained(frame: Frame, talk: Talk) -> Operations:
    """ "it's too noisy", 照片太暗了: flaws go down, qualities go the other way; "it" is what was complained of."""
    flaws = [name for name in (*frame.qualities, *frame.all.names("more")) if name in FLAWS]
    flaws += sorted(FLAWS & frame.all.verbs)
    if flaws:
        made = shifted([(name, -1) for name in dict.fromkeys(flaws)], frame, None)
        # "very noisy" says how much there is, not how much of it is to go.
        return [one.model_copy(update={"strength": None}) if isinstance(one, Denoise) else one for one in made]
    target = None if frame.object.only_color else quality_target(frame, talk)
    talk.last_target = target or talk.last_target
    made = predicated(frame.all, target, frame)
    if made or talk.operations or not frame.object.has("filter"):
        return made
    return [Vague(words=frame.text)]


def _is_background_first(phrase: Phrase) -> bool:
    """ "new background something with snow": the background is named before anything else is."""
    for token in phrase.content:
        if token.sense("place") == "background":
            return Phrase((token,)).is_background
        if not token.has("color", "shade", "attribute", "determiner", "amount"):
            return False
    return False


def _opens_with_article(frame: Frame) -> bool:
    """ "a dog on the sofa" wants one added."""
    first = next((token for token in frame.tokens if token.surface == "word"), None)
    return first is not None and first.says("opens_addition")
