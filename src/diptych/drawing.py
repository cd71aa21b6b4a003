"""Drawing: pictures from words, by the embedded painter or by a large one, once or until they are as the words say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from diptych.core.document import Document
from diptych.core.errors import Bilingual, InvalidPlan, Unsupported
from diptych.core.operation import Draw, Upscale
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.ports import is_for_photos
from diptych.engines import Engines, language_of
from diptych.opening import empty_canvas
from diptych.painters.enlarging import layout_of
from diptych.repainting import SIZES, enlargement

if TYPE_CHECKING:
    from diptych.core.errors import Language
    from diptych.core.ports import PhotoPainter
    from diptych.reimagining import Aim, Checked
    from diptych.result import Result

CORRECTIONS = 3
"""Of a drawing that is checked, at most, unless another number is asked for."""

Size = int | tuple[int, int] | None


Watchers = tuple[Callable[[float, str], None] | None, Callable[[Callable[[], Picture]], None] | None]
"""Who is told of progress, and who is shown what there is."""


def drawn(
    engines: Engines,
    words: str,
    seed: int,
    best_of: int,
    size: Size,
    language: Language | None,
    watchers: Watchers = (None, None),
) -> Result:
    """A picture from words, as `Studio.draw` says."""
    artist = artist_for(engines, words)
    if artist is None:
        size = check_size(size or SIZES[0])
    if best_of <= 1:
        return _once(engines, artist, words, seed, size, language, watchers)
    first = size if artist is not None else SIZES[0]
    tried = [_once(engines, artist, words, seed + n, first, language, watchers) for n in range(best_of)]
    scores = engines.sight.best_of(words, [one.picture for one in tried])
    best = scores.index(max(scores))
    if artist is not None or size == SIZES[0]:
        return tried[best]
    return _once(engines, artist, words, seed + best, size, language, watchers)


def _once(
    engines: Engines,
    artist: PhotoPainter | None,
    words: str,
    seed: int,
    size: Size,
    language: Language | None,
    watchers: Watchers,
) -> Result:
    said, canvas = words.strip(), empty_canvas()
    steps: list[Draw | Upscale]
    if artist is not None:
        wanted = (size, size) if isinstance(size, int) else None if size is None else (size[1], size[0])
        canvas, steps = empty_canvas(*artist.canvas(wanted)), [Draw(words=said, layout="")]
    else:
        assert isinstance(size, int)
        step = engines.stickerbook.plan_drawing(words, seed)
        larger = [] if size == SIZES[0] else [enlargement(engines, size / SIZES[0], step.layout)]
        steps = [step, *larger]
    document = Document(canvas).apply(Plan(steps=tuple(steps)), instruction=said, seed=seed)
    return engines.render(document, language or language_of(words), *watchers)


def varied(
    engines: Engines,
    document: Document,
    seed: int,
    language: Language,
    on_progress: Callable[[float, str], None] | None,
) -> Result:
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
    words = book.describe(layout, language)
    steps: list[Draw | Upscale] = [Draw(words=words, layout=layout)]
    if picture.width != SIZES[0] and picture.width in SIZES and picture.width == picture.height:
        steps.append(enlargement(engines, picture.width / SIZES[0], layout))
    fresh = Document(empty_canvas()).apply(Plan(steps=tuple(steps)), instruction=words, seed=seed)
    return engines.render(fresh, language, on_progress)


def artist_for(engines: Engines, words: str) -> PhotoPainter | None:
    """The fittest attached painter that draws from words."""
    wish = Draw(words=words.strip(), layout="")
    attached = [one for one in engines.chosen.painters if is_for_photos(one) and one.fitness(wish) > 0]
    return max(attached, key=lambda painter: painter.fitness(wish), default=None)


def drawn_checked(
    engines: Engines, words: str, seed: int, rounds: int, size: Size, language: Language | None
) -> Checked:
    """As `drawn`, then looked at and corrected, as `Studio.draw_checked` says."""
    from diptych.reimagining import aim_of_words
    from diptych.world.tokens import parse_scene

    side = check_size(size or SIZES[0])
    layout = engines.stickerbook.plan_drawing(words, seed).layout
    aim = aim_of_words(words, parse_scene(layout.split()))
    return _aimed(engines, aim, seed, rounds, language or language_of(words), side)


def reimagined(
    engines: Engines, document: Document, words: str, seed: int, rounds: int, language: Language | None
) -> Checked:
    """A document's picture drawn anew, as `Studio.reimagine` says."""
    from diptych.reimagining import aim_for
    from diptych.wishes import model_of
    from diptych.world.tokens import parse_scene

    language = language or language_of(words)
    chosen, book = engines.chosen, engines.stickerbook
    model = model_of(chosen.llm) if chosen.planner_kind != "grammar" else None
    picture, layout = engines.render(document).picture, layout_of(document)
    scene = parse_scene(layout.split()) if layout is not None else book.reader.sees(picture)
    tags = tuple(tag.name for tag in engines.sight.tag(picture, "en")) if scene is None else ()
    described = ", ".join(tags) if scene is None else book.said_of(scene)
    aim = aim_for(words, picture, scene, tags, described, book.reader.known, model, seed)
    shown = described if scene is None else book.said_of(scene, language)
    return replace(_aimed(engines, aim, seed, rounds, language, SIZES[0]), drawn_from=shown)


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
