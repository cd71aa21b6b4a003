"""Drawing: pictures from words, by the embedded painter or by a large one, once or until they are as the words say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from diptych.core.document import Document
from diptych.core.errors import Bilingual, InvalidPlan, NotUnderstood, Unsupported
from diptych.core.operation import Draw, Sampler, Upscale
from diptych.core.plan import Plan
from diptych.core.ports import is_for_photos
from diptych.engines import Engines, language_of
from diptych.opening import empty_canvas
from diptych.painters.enlarging import layout_of
from diptych.repainting import SIZES, enlargement

if TYPE_CHECKING:
    from diptych.core.errors import Language
    from diptych.core.picture import Picture
    from diptych.core.ports import PhotoPainter
    from diptych.language.llm.planner import LLMPlanner
    from diptych.reimagining import Aim, Checked
    from diptych.result import Result
    from diptych.world.wish import Wish

CORRECTIONS = 3
"""Of a drawing that is checked, at most, unless another number is asked for."""

Size = int | tuple[int, int] | None


@dataclass(frozen=True)
class Told:
    """In which language, and who is told of progress and shown what there is; as by `Studio.edit`."""

    language: Language | None = None
    on_progress: Callable[[float, str], None] | None = None
    on_preview: Callable[[Callable[[], Picture]], None] | None = None


@dataclass(frozen=True)
class Sampling:
    """How the embedded painter samples a drawing; None: as is usual (`painters.embedded`)."""

    steps: int | None = None
    guidance: float | None = None
    sampler: Sampler | None = None

    def __post_init__(self) -> None:
        """Raises InvalidPlan for a value that can't be."""
        for name, value, most in (("steps", self.steps, 200), ("guidance", self.guidance, 20)):
            if value is not None and not 1 <= value <= most:
                raise _no_setting(name, value, Bilingual(f"1 to {most}", f"1 到 {most}"))
        known = get_args(Sampler)
        if self.sampler is not None and self.sampler not in known:
            raise _no_setting("sampler", self.sampler, Bilingual(", ".join(known), "、".join(known)))

    @property
    def said(self) -> dict[str, Any]:
        """What was asked for, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def drawn(
    engines: Engines,
    words: str,
    seed: int,
    best_of: int,
    size: Size,
    told: Told,
    sampling: Sampling | None = None,
) -> Result:
    """A picture from words, as `Studio.draw` says."""
    artist, sampling = artist_for(engines, words), sampling or Sampling()
    if artist is not None and sampling.said:
        raise _not_for(artist, sampling)
    if artist is None:
        size = check_size(size or SIZES[0])
    if best_of <= 1:
        return _once(engines, artist, words, seed, size, told, sampling)
    first = size if artist is not None else SIZES[0]
    tried = [_once(engines, artist, words, seed + n, first, told, sampling) for n in range(best_of)]
    scores = engines.sight.best_of(words, [one.picture for one in tried])
    best = scores.index(max(scores))
    if artist is not None or size == SIZES[0]:
        return tried[best]
    return _once(engines, artist, words, seed + best, size, told, sampling)


def _once(
    engines: Engines,
    artist: PhotoPainter | None,
    words: str,
    seed: int,
    size: Size,
    told: Told,
    sampling: Sampling,
) -> Result:
    said, canvas = words.strip(), empty_canvas()
    steps: list[Draw | Upscale]
    if artist is not None:
        wanted = (size, size) if isinstance(size, int) else None if size is None else (size[1], size[0])
        canvas, steps = empty_canvas(*artist.canvas(wanted)), [Draw(words=said, layout="")]
    else:
        assert isinstance(size, int)
        step = engines.stickerbook.plan_drawing(words, seed).model_copy(update=sampling.said)
        larger = [] if size == SIZES[0] else [enlargement(engines, size / SIZES[0], step.layout)]
        steps = [step, *larger]
    document = Document(canvas).apply(Plan(steps=tuple(steps)), instruction=said, seed=seed)
    return engines.render(document, told.language or language_of(words), told.on_progress, told.on_preview)


def varied(engines: Engines, document: Document, seed: int, told: Told) -> Result:
    """Another drawing of what a document shows, as `Studio.variation` says."""
    from diptych.painters.reading import SURE_ENOUGH
    from diptych.world.tokens import scene_tokens

    book, picture = engines.stickerbook, engines.render(document).picture
    layout = layout_of(document)
    if layout is None:
        scene = book.reader.sees(picture, SURE_ENOUGH)
        if scene is None:
            raise Unsupported(
                Bilingual("Of a photograph there are no variations: nothing here draws photographs anew.",
                          "照片没有变体：目前没有能重新画照片的引擎。"),
                Bilingual("Say how it should differ, as an edit; variations are of drawings.",
                          "请用编辑说明要怎样不同；变体只用于画作。"),
            )  # fmt: skip
        layout = " ".join(scene_tokens(scene))
    language = told.language or "en"
    words = book.describe(layout, language)
    steps: list[Draw | Upscale] = [Draw(words=words, layout=layout)]
    if picture.width != SIZES[0] and picture.width in SIZES and picture.width == picture.height:
        steps.append(enlargement(engines, picture.width / SIZES[0], layout))
    fresh = Document(empty_canvas()).apply(Plan(steps=tuple(steps)), instruction=words, seed=seed)
    return engines.render(fresh, language, told.on_progress)


def artist_for(engines: Engines, words: str) -> PhotoPainter | None:
    """The fittest attached painter that draws from words."""
    wish = Draw(words=words.strip(), layout="")
    attached = [one for one in engines.chosen.painters if is_for_photos(one) and one.fitness(wish) > 0]
    return max(attached, key=lambda painter: painter.fitness(wish), default=None)


def drawn_checked(
    engines: Engines, words: str, seed: int, rounds: int, size: Size, language: Language | None
) -> Checked:
    """As `drawn`, then looked at and corrected, as `Studio.draw_checked` says."""
    from diptych.reimagining import aim_by_model, aim_of_words
    from diptych.world.tokens import parse_scene

    language, model = language or language_of(words), _model(engines)
    if artist_for(engines, words) is not None:
        from diptych.critique import stated

        return _freely(engines, words, stated(words), seed, rounds, language, size)
    side = check_size(size or SIZES[0])
    try:
        layout = engines.stickerbook.plan_drawing(words, seed).layout
        aim = aim_of_words(words, parse_scene(layout.split()))
    except NotUnderstood:
        if model is None:
            raise
        aim = aim_by_model(model, None, "", words, None, engines.stickerbook.reader.known, seed)
    return _aimed(engines, aim, seed, rounds, language, side)


def reimagined(
    engines: Engines, document: Document, words: str, seed: int, rounds: int, language: Language | None
) -> Checked:
    """A document's picture drawn anew, as `Studio.reimagine` says."""
    from diptych.reimagining import aim_for
    from diptych.world.tokens import parse_scene

    language, model, book = language or language_of(words), _model(engines), engines.stickerbook
    picture, layout = engines.render(document).picture, layout_of(document)
    scene = parse_scene(layout.split()) if layout is not None else book.reader.sees(picture)
    tags = tuple(tag.name for tag in engines.sight.tag(picture, "en")) if scene is None else ()
    shown = ", ".join(tags) if scene is None else book.said_of(scene, language)
    attached = artist_for(engines, words) is not None
    if attached and scene is None and model is None:
        return replace(_of_tags(engines, tags, words, seed, rounds, language), drawn_from=shown)
    described = ", ".join(tags) if scene is None else book.said_of(scene)
    aim = aim_for(words, picture, scene, tags, described, book.reader.known, model, seed)
    if attached:
        told = ", ".join([book.said_of(aim.scene), *aim.beyond])
        made = _freely(engines, told, (aim.wish, aim.beyond), seed, rounds, language)
    else:
        made = _aimed(engines, aim, seed, rounds, language, SIZES[0])
    return replace(made, drawn_from=shown)


def _of_tags(engines: Engines, tags: Sequence[str], words: str, seed: int, rounds: int, language: Language) -> Checked:
    """A photograph drawn anew by a large model that is told what vision found on it."""
    from diptych.critique import caption_of_tags, stated_of_tags
    from diptych.reimagining import not_reimagined

    if not caption_of_tags((), words):
        raise not_reimagined(words)
    statements = stated_of_tags(tags, words, engines.stickerbook.reader.known)
    return _freely(engines, caption_of_tags(tags, words), statements, seed, rounds, language)


def _model(engines: Engines) -> LLMPlanner | None:
    """The language model that is named, unless the grammar alone is to plan."""
    from diptych.wishes import model_of

    return None if engines.chosen.planner_kind == "grammar" else model_of(engines.chosen.llm)


def _freely(
    engines: Engines,
    words: str,
    statements: tuple[Wish, tuple[str, ...]],
    seed: int,
    rounds: int,
    language: Language,
    size: Size = None,
) -> Checked:
    """`words` drawn by the attached model that is fittest, and looked at."""
    from diptych.critique import drawn_until_it_holds, looking
    from diptych.reimagining import Checked

    look = looking(*statements, engines.stickerbook.reader, _model(engines))
    result, found, tried = drawn_until_it_holds(
        lambda one: drawn(engines, words, one, 1, size, Told(language)), look, seed, rounds
    )
    return Checked(result, tuple(found), tried)


def _aimed(engines: Engines, aim: Aim, seed: int, rounds: int, language: Language, size: int) -> Checked:
    from diptych.painters.constraints import checked
    from diptych.painters.reading import SURE_ENOUGH
    from diptych.reimagining import Checked, Draughtsman

    def picture_of(document: Document) -> Picture:
        return engines.render(document).picture

    reader = engines.stickerbook.reader
    document, found, tried = Draughtsman(reader, picture_of, empty_canvas()).draw(aim, seed, rounds)
    if size != SIZES[0]:
        layout = layout_of(document)
        assert layout is not None
        step = enlargement(engines, size / SIZES[0], layout)
        document = document.apply(Plan(steps=(step,)), instruction=aim.words, seed=seed)
        found = checked(aim.wish, reader.sees(picture_of(document), SURE_ENOUGH), aim.beyond)
    return Checked(engines.render(document, language), tuple(found), tried)


def check_size(size: int | tuple[int, int]) -> int:
    """The size. Raises InvalidPlan for one that the embedded painter's drawings don't come in."""
    if isinstance(size, int) and size in SIZES:
        return size
    said = str(size) if isinstance(size, int) else "×".join(map(str, size))
    raise InvalidPlan(
        Bilingual(f"A drawing can't be {said} pixels large.", f"画不能是 {said} 像素大。"),
        Bilingual(f"Sizes are {', '.join(map(str, SIZES))}; a large model (--painter) draws others, too.",
                  f"可选大小：{'、'.join(map(str, SIZES))}；大模型（--painter）还能画其他大小。"),
    )  # fmt: skip


def _no_setting(name: str, value: object, allowed: Bilingual) -> InvalidPlan:
    return InvalidPlan(
        Bilingual(f"A drawing can't be made with {name} {value}.", f"不能以 {name} {value} 作画。"),
        Bilingual(f"Give {allowed.en}.", f"可选：{allowed.zh}。"),
    )


def _not_for(artist: PhotoPainter, sampling: Sampling) -> Unsupported:
    said = ",".join(f"{name}={value}" for name, value in sampling.said.items())
    return Unsupported(
        Bilingual(
            f"{said} is for the embedded painter; {artist.name} draws this.",
            f"{said} 用于内置画笔；这幅画由 {artist.name} 来画。",
        ),
        Bilingual(
            f"Write settings after the model: --painter MODEL,{said}.", f"请把设置写在模型后：--painter 模型,{said}。"
        ),
    )
