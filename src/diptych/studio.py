"""Studio: the façade. Words and pictures go in, Results come out; nothing is decided here that a room below decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from os import PathLike, fspath
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from diptych.core.document import Document
from diptych.core.errors import (
    Bilingual,
    DiptychError,
    InvalidPlan,
    Language,
    NotUnderstood,
    NotVerified,
    TargetNotFound,
    shorten,
)
from diptych.core.files import read_file
from diptych.core.operation import Draw, Repaint, Upscale
from diptych.core.originals import find_original
from diptych.core.picture import Picture
from diptych.core.plan import Plan, describe
from diptych.core.ports import is_for_photos
from diptych.core.record import Record, read_record
from diptych.core.verify import Verification, verify
from diptych.operations.change import Context
from diptych.operations.run import Outcome, run
from diptych.painters.enlarging import last_enlargement, layout_of
from diptych.photos import Photo, received
from diptych.result import Result

if TYPE_CHECKING:
    from diptych.core.facts import Facts
    from diptych.core.history import Edit
    from diptych.core.operation import Operation
    from diptych.core.ports import Grounder, Painter, PhotoPainter, Planner, Reader
    from diptych.core.record import Score
    from diptych.core.region import Region
    from diptych.core.target import Target
    from diptych.language.llm.planner import LLMPlanner
    from diptych.language.llm.server import Server
    from diptych.language.planning import Planned, PlannerKind
    from diptych.language.turns import Turn
    from diptych.painters.stickerbook import Stickerbook
    from diptych.reimagining import Aim, Checked
    from diptych.runtime import Weights
    from diptych.sight import Found, Label, Sight
    from diptych.vision.tagging import Tag
    from diptych.world.wish import Wish


CANVAS = (128, 128)
"""Height and width of what the embedded painter draws."""
LARGEST_CANVAS = 4096 * 4096
"""Pixels of what a large model draws at most: an empty canvas named in a record is made anew up to that."""
SIZES = (128, 512, 1024)
"""Pixels a side that drawings come in; the larger ones are enlarged from the first."""

EMBEDDED_PLANNER = "grammar and reader"
"""Who plans changes of drawings, unless a language model does."""

CORRECTIONS = 3
"""Of a drawing that is checked, at most, unless another number is asked for."""

CLOSE_SCORES = 0.002
"""How far a score may lie from the one in a record: it is rounded, and networks differ in the last digit between
machines."""

REPAINTED = frozenset(
    {
        "add",
        "remove",
        "replace",
        "recolor",
        "move",
        "scale",
        "duplicate",
        "replace_background",
        "combine",
        "restyle",
        "tint",
        "vague",
    }
)
"""Operations that on a drawing are its painter's: it knows what the drawing shows."""


@dataclass(frozen=True)
class Executor:
    """Renders a document: carries its edits out with the engines it holds. A pure function of its arguments."""

    context: Context
    on_progress: Callable[[float, str], None] | None = field(default=None, compare=False)

    def __call__(self, picture: Picture, edits: tuple[Edit, ...]) -> Outcome:
        """Edits with one seed and pick run together, so that their pointwise steps can fuse."""
        outcome = Outcome(picture, Plan(), (), (), ())
        done = 0
        for (seed, pick, all_matches, mask, mask_sha256), group in groupby(edits, _settings):
            plan = Plan(steps=tuple(edit.step for edit in group))
            context = replace(
                self.context, seed=seed, pick=pick, all_matches=all_matches,
                mask=None if mask is None else own_mask(self.context.folder, mask, mask_sha256),
                on_progress=self._part(done, plan, edits),
            )  # fmt: skip
            outcome = _joined(outcome, run(outcome.picture, plan, context))
            done += len(plan.steps)
        return outcome

    def _part(self, done: int, plan: Plan, edits: Sequence[Edit]) -> Callable[[float, str], None] | None:
        """Progress of one group as that of the whole, its steps said as people say them."""
        report = self.on_progress
        if report is None:
            return None
        from diptych.wording import step

        language: Language = "zh" if self.context.language == "zh" else "en"
        said = {describe(operation): step(operation, language) for operation in plan.steps}
        return lambda fraction, text: report((done + fraction * len(plan.steps)) / len(edits), said.get(text, text))


class Studio:
    """Edits photos by words, in English or Chinese.

    planner    makes plans of words: "grammar", "llm", or "auto", which asks the language model only for what the
               grammar could not read; or one of your own
    llm        the language server; None: the one that DIPTYCH_LLM_URL names. Where none is named, none is asked
    grounder   finds what targets mean; None: the embedded one
    painters   engines for generative steps: those for photographs (`painters.large`) by how well they do a step, the
               others in order; the embedded one, which draws stickers, comes last
    reader     engine for questions about pictures; None: the embedded one, which reads what the embedded painter draws
    weights    of the embedded models; None: those that ship
    score_photos  whether edits of photographs are scored, too. Drawings always are; of photographs the dual encoder's
                  word
               is a hint, and at 12 megapixels it takes as long as the edit, and 100 MB
    folder     where picture files that a wish names are looked for
    """

    def __init__(
        self,
        *,
        planner: Planner | PlannerKind | None = None,
        llm: Server | None = None,
        grounder: Grounder | None = None,
        painters: Sequence[Painter] = (),
        reader: Reader | None = None,
        weights: Weights | None = None,
        score_photos: bool = False,
        folder: str | PathLike[str] = ".",
    ) -> None:
        self._own_planner: Planner | None = None if planner is None or isinstance(planner, str) else planner
        self._planner_kind: str = planner if isinstance(planner, str) else "auto"
        self._llm = llm
        self._grounder = grounder
        self._painters = tuple(painters)
        self._reader = reader
        self._folder = Path(folder)
        self._given_weights = weights
        self._score_photos = score_photos

    def __repr__(self) -> str:
        named = [engine.name for engine in (self._own_planner, self._grounder, *self._painters, self._reader) if engine]
        return f"Studio({', '.join(named) or 'embedded engines'})"

    @cached_property
    def _context(self) -> Context:
        """Made at the first rendering: a plan alone needs no engines."""
        grounder = self._grounder
        if grounder is None:
            from diptych.painters.reading import SURE_ENOUGH
            from diptych.vision.grounder import EmbeddedGrounder

            reader = self._stickerbook.reader
            grounder = EmbeddedGrounder(self._weights, lambda picture: reader.sees(picture, SURE_ENOUGH))
        return Context(
            grounder=grounder,
            painters=(*self._painters, self._stickerbook.painter, self._stickerbook.enlarger),
            reader=self._reader or self._stickerbook.reader,
            folder=self._folder,
            weights=self._weights,
        )

    @cached_property
    def _stickerbook(self) -> Stickerbook:
        from diptych.painters.stickerbook import Stickerbook

        return Stickerbook(self._weights)

    @cached_property
    def _weights(self) -> Weights:
        from diptych.runtime import shipped

        return self._given_weights or shipped()

    @cached_property
    def _sight(self) -> Sight:
        from diptych.sight import Sight

        return Sight(self._weights, self._stickerbook.reader)

    @cached_property
    def _planner(self) -> Planner:
        from diptych.wishes import planner_of

        return self._own_planner or planner_of(self._planner_kind, self._llm)

    def plan(self, words: str) -> Plan:
        """What the words come to; no picture is needed. Raises NotUnderstood."""
        return self.planned(words).plan

    def planned(self, words: str, document: Document | None = None) -> Planned:
        """What the words come to, and who planned it; a language model is told of the document's picture. Raises
        NotUnderstood, Unsupported for a language server that is named and can't be used."""
        from diptych.language.planning import planned_by
        from diptych.wishes import check_no_turn, facts_of

        check_no_turn(words)

        def facts() -> Facts:
            grounder = self._context.grounder
            assert document is not None
            assert grounder is not None
            return facts_of(document, self.render(document).picture, words, self._sight, grounder)

        return planned_by(self._planner, words, None if document is None else facts)

    def edit(
        self,
        photo: Photo,
        wish: str | Plan,
        *,
        seed: int = 0,
        pick: int | None = None,
        all_matches: bool = False,
        mask: str | PathLike[str] | None = None,
        fill: Literal["learned", "classical"] | None = None,
        language: Language | None = None,
        on_progress: Callable[[float, str], None] | None = None,
        on_notice: Callable[[Bilingual], None] | None = None,
    ) -> Result:
        """Carry a wish, in words or as a plan, out on a photo. A file made by Diptych is opened as by `open`.

        seed         of what is random
        pick         1-based choice where several things match; `all_matches` takes every one
        mask         a picture file as large as the photo: white is where the edit works, whatever the words would find
        fill         of what steps take away: by the network, or by patches alone; None: as the wish says
        language     of answers; by default that of the words
        on_progress  called with (fraction 0..1, what is being done)
        on_notice    told what a planner has to say: parts that nobody could read, what its server refused
        """
        document = self.open(photo)
        words = wish if isinstance(wish, str) else ""
        turned = self._turned(document, words, seed, pick, language) if self._own_planner is None else None
        if turned is not None:
            return self.render(turned, language=language or _language_of(words), on_progress=on_progress)
        document, planned = self._wished(document, wish, seed, language, masked=mask is not None)
        if on_notice:
            for note in planned.notes:
                on_notice(note)
        plan = planned.plan if fill is None else planned.plan.filled(fill)
        document = document.apply(
            plan, instruction=words, seed=seed, pick=pick, all_matches=all_matches,
            mask=None if mask is None else _file_name(mask),
            mask_sha256=None if mask is None else Picture.open(self._folder / mask).sha256,
            planners=planned.planners,
        )  # fmt: skip
        return self.render(document, language=language or _language_of(words), on_progress=on_progress)

    def draw(
        self,
        words: str,
        *,
        seed: int = 0,
        best_of: int = 1,
        size: int | tuple[int, int] | None = None,
        language: Language | None = None,
    ) -> Result:
        """A picture from words.

        A painter that was attached and draws does it at its own size, or at `size`: a side or (width, height) in
        pixels. The embedded painter draws a sticker scene of 128×128 pixels; with another `size` of SIZES a second step
        makes it that large.

        The layout is made first and is part of the plan; the same words and seed give the same bytes. With `best_of` so
        many are drawn, with seeds one after another, and the one that the dual encoder finds most like the words is
        kept; equal ones are the earlier's. Raises NotUnderstood for words that it doesn't know and for what can't be
        laid out, InvalidPlan for another size.
        """
        artist = self._artist(words)
        if artist is None:
            size = check_size(size or SIZES[0])
        if best_of > 1:
            first = size if artist is not None else SIZES[0]
            drawn = [self.draw(words, seed=seed + n, size=first, language=language) for n in range(best_of)]
            scores = self._sight.best_of(words, [one.picture for one in drawn])
            best = scores.index(max(scores))
            if artist is not None or size == SIZES[0]:
                return drawn[best]
            return self.draw(words, seed=seed + best, size=size, language=language)
        if artist is not None:
            return self._drawn_by(artist, words, seed, size, language)
        assert isinstance(size, int)
        step = self._stickerbook.plan_drawing(words, seed)
        steps: list[Draw | Upscale] = [step]
        if size != SIZES[0]:
            steps.append(self._enlargement(size / SIZES[0], step.layout))
        document = Document(_canvas(*CANVAS)).apply(Plan(steps=tuple(steps)), instruction=words.strip(), seed=seed)
        return self.render(document, language=language or _language_of(words))

    def draw_checked(
        self,
        words: str,
        *,
        seed: int = 0,
        rounds: int = CORRECTIONS,
        size: int | tuple[int, int] | None = None,
        language: Language | None = None,
    ) -> Checked:
        """As `draw`, then looked at by the reader and corrected, at most `rounds` times: every statement that the words
        plainly make is reported, with whether it holds of what was drawn.

        A language model that is named makes statements of words that the embedded painter doesn't know. A large model
        that is attached draws instead of it; its drawings are looked at by the language model if that sees, and drawn
        again where a statement fails. Raises as `draw` does."""
        from diptych.reimagining import aim_by_model, aim_of_words
        from diptych.world.tokens import parse_scene

        language, model = language or _language_of(words), self._model
        if self._artist(words) is not None:
            from diptych.critique import stated

            return self._drawn_freely(words, stated(words), seed, rounds, language, size)
        side = check_size(size or SIZES[0])
        try:
            layout = self._stickerbook.plan_drawing(words, seed).layout
            aim = aim_of_words(words, parse_scene(layout.split()))
        except NotUnderstood:
            if model is None:
                raise
            aim = aim_by_model(model, None, "", words, None, self._stickerbook.reader.known, seed)
        return self._drawn(aim, seed, rounds, language, size=side)

    def reimagine(
        self, photo: Photo, words: str, *, seed: int = 0, rounds: int = CORRECTIONS, language: Language | None = None
    ) -> Checked:
        """A picture drawn anew "as a rainy night": what it shows, by the reader for drawings and by vision for photos,
        becomes statements, which the words change; it is drawn, looked at and corrected at most `rounds` times. A
        language model that is named says the statements where the words say more than place, time and weather, and for
        photos. A large model that is attached draws it instead of the embedded painter, told in English what it is to
        show.

        Raises NotUnderstood for words that can't be drawn, Unsupported for photos of nothing that is known.
        """
        from diptych.reimagining import aim_for, not_reimagined
        from diptych.world.tokens import parse_scene

        language, model = language or _language_of(words), self._model
        document = self.open(photo)
        picture, layout = self.render(document).picture, layout_of(document)
        reader = self._stickerbook.reader
        scene = parse_scene(layout.split()) if layout is not None else reader.sees(picture)
        tags = tuple(tag.name for tag in self._sight.tag(picture, "en")) if scene is None else ()
        described = ", ".join(tags) if scene is None else self._stickerbook.said_of(scene)
        shown = described if scene is None else self._stickerbook.said_of(scene, language)
        attached = self._artist(words) is not None
        if attached and scene is None and model is None:
            from diptych.critique import caption_of_tags, stated_of_tags

            if not caption_of_tags((), words):
                raise not_reimagined(words)
            told, statements = caption_of_tags(tags, words), stated_of_tags(tags, words, reader.known)
            return replace(self._drawn_freely(told, statements, seed, rounds, language), drawn_from=shown)
        aim = aim_for(words, picture, scene, tags, described, reader.known, model, seed)
        if attached:
            told = ", ".join([self._stickerbook.said_of(aim.scene), *aim.beyond])
            made = self._drawn_freely(told, (aim.wish, aim.beyond), seed, rounds, language)
            return replace(made, drawn_from=shown)
        return replace(self._drawn(aim, seed, rounds, language), drawn_from=shown)

    @property
    def _model(self) -> LLMPlanner | None:
        """The language model that is named, unless the grammar alone is to plan."""
        from diptych.wishes import model_of

        return None if self._planner_kind == "grammar" else model_of(self._llm)

    def _drawn_freely(
        self,
        words: str,
        statements: tuple[Wish, tuple[str, ...]],
        seed: int,
        rounds: int,
        language: Language,
        size: int | tuple[int, int] | None = None,
    ) -> Checked:
        """`words` drawn by the attached model that is fittest, and looked at."""
        from diptych.critique import drawn_until_it_holds, looking
        from diptych.reimagining import Checked

        look = looking(*statements, self._stickerbook.reader, self._model)
        result, found, tried = drawn_until_it_holds(
            lambda one: self.draw(words, seed=one, size=size, language=language), look, seed, rounds
        )
        return Checked(result, tuple(found), tried)

    def _drawn(self, aim: Aim, seed: int, rounds: int, language: Language, size: int = SIZES[0]) -> Checked:
        from diptych.painters.constraints import checked
        from diptych.painters.reading import SURE_ENOUGH
        from diptych.reimagining import Checked, Draughtsman

        def picture_of(document: Document) -> Picture:
            return self.render(document).picture

        reader = self._stickerbook.reader
        document, found, tried = Draughtsman(reader, picture_of, _canvas(*CANVAS)).draw(aim, seed, rounds)
        if size != SIZES[0]:
            layout = layout_of(document)
            assert layout is not None
            step = self._enlargement(size / SIZES[0], layout)
            document = document.apply(Plan(steps=(step,)), instruction=aim.words, seed=seed)
            found = checked(aim.wish, reader.sees(picture_of(document), SURE_ENOUGH), aim.beyond)
        return Checked(self.render(document, language=language), tuple(found), tried)

    def _artist(self, words: str) -> PhotoPainter | None:
        """The fittest attached painter that draws from words."""
        wish = Draw(words=words.strip(), layout="")
        attached = [painter for painter in self._painters if is_for_photos(painter) and painter.fitness(wish) > 0]
        return max(attached, key=lambda painter: painter.fitness(wish), default=None)

    def _drawn_by(
        self,
        artist: PhotoPainter,
        words: str,
        seed: int,
        size: int | tuple[int, int] | None,
        language: Language | None,
    ) -> Result:
        wanted = (size, size) if isinstance(size, int) else None if size is None else (size[1], size[0])
        plan = Plan(steps=(Draw(words=words.strip(), layout=""),))
        document = Document(_canvas(*artist.canvas(wanted))).apply(plan, instruction=words.strip(), seed=seed)
        return self.render(document, language=language or _language_of(words))

    def describe(self, photo: Photo, *, language: Language = "en") -> str:
        """What a picture shows, in words: of a drawing what its layout says, of others what the reader sees.

        Raises Unsupported where the reader can't read it.
        """
        document = self.open(photo)
        layout = layout_of(document)
        if layout is not None:
            return self._stickerbook.describe(layout, language)
        return self._reads().describe(self.render(document).picture, language)

    def ask(self, photo: Photo, question: str, *, language: Language | None = None) -> str:
        """The answer to a question about a picture, in the question's language or in `language`.

        Raises NotUnderstood for words that the embedded reader doesn't know, Unsupported for what it can't read.
        """
        document, language = self.open(photo), language or _language_of(question)
        if self._reader is not None:
            return self._reader.answer(self.render(document).picture, question, language)
        self._stickerbook.check_question(question)
        layout = layout_of(document)
        if layout is not None:
            return self._stickerbook.answer(layout, question, language)
        return self._stickerbook.reader.answer(self.render(document).picture, question, language)

    def quiz(self, photo: Photo, *, seed: int = 0, language: Language = "en") -> tuple[str, str]:
        """A question about a picture and its answer: of a drawing from its layout, of others by the embedded reader."""
        document = self.open(photo)
        layout = layout_of(document)
        if layout is not None:
            return self._stickerbook.quiz(layout, language, seed)
        return self._stickerbook.reader.quiz(self.render(document).picture, language, seed)

    def _reads(self) -> Reader:
        reader = self._context.reader
        assert reader is not None
        return reader

    def render(
        self,
        document: Document,
        *,
        language: Language = "en",
        on_progress: Callable[[float, str], None] | None = None,
    ) -> Result:
        """The present state of a document, from its source."""
        from diptych.wording import answer, reworded

        with reworded():
            outcome = document.render(Executor(replace(self._context, language=language), on_progress))
        return Result(
            picture=outcome.picture,
            plan=outcome.plan,
            regions=outcome.regions,
            certificates=outcome.certificates,
            answers=tuple(replace(one, words=answer(one.words, language)) for one in outcome.answers),
            document=document,
            pictures=self._pictures_in(document),
            judge=self._judge(document),
        )

    def _judge(self, document: Document) -> Callable[[str, Picture, Picture], Score] | None:
        frame = document.source
        if (frame.height, frame.width) != CANVAS and not self._score_photos:
            return None
        return lambda words, before, after: self._score(document, words, before, after)

    def _score(self, document: Document, words: str, before: Picture, after: Picture) -> Score:
        """How well the words fit. Of a drawing it is known what it should show, so that is asked instead of "make it
        red"."""
        layout = layout_of(document)
        if layout is not None and any(isinstance(step, Repaint) for step in document.plan.steps):
            words = self._stickerbook.describe(layout, _language_of(words))
        return self._sight.score(words, before, after)

    # ---- what pictures show ----

    def tag(self, photo: Photo, *, language: Language = "en") -> list[Tag]:
        """What is in a picture, in words, likeliest first, each with what says so."""
        return self._sight.tag(self._shown(photo), language)

    def classify(self, photo: Photo, labels: Sequence[str]) -> list[Label]:
        """How likely each label, in English or Chinese, holds of a picture; best first."""
        return self._sight.classify(self._shown(photo), labels)

    def similarity(self, photo: Photo, other: Photo) -> float:
        """Cosine in -1..1 of a picture and words, or of two pictures. A str is words, unless a file has that name."""
        if isinstance(other, str) and not isfile(other):
            return self._sight.similarity(self._shown(photo), other)
        return self._sight.similarity(self._shown(photo), self._shown(other))

    def search(
        self,
        words: str,
        folder: str | PathLike[str],
        *,
        count: int = 10,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Found:
        """The pictures of a folder that fit some words best. Its index is kept in the folder and brought up to date."""
        return self._sight.search(words, Path(folder), count, on_progress)

    def knows(self, photo: Photo) -> bool:
        """Whether a picture is of the Stickerbook; of others the dual encoder's word is only a hint."""
        return self._sight.knows(self._shown(photo))

    def _shown(self, photo: Photo) -> Picture:
        """The picture as it is in its file, whatever its record says."""
        photo = received(photo)
        if isinstance(photo, Picture):
            return photo
        if isinstance(photo, Document | Result):
            return self.render(photo).picture if isinstance(photo, Document) else photo.picture
        return Picture.from_bytes(photo) if isinstance(photo, bytes) else Picture.open(photo)

    def open(
        self,
        photo: Photo,
        *,
        source: str | PathLike[str] | Picture | None = None,
        fresh: bool = False,
        on_notice: Callable[[Bilingual], None] | None = None,
    ) -> Document:
        """The document to go on from.

        A file that carries a record goes on from its source: `source` when it is given, else the file of the
        recorded name and hash beside it, provided that the file is still what its record renders to. In
        all other cases, and with `fresh`, the photo itself is the source; `on_notice` is told why.
        """
        photo = received(photo)
        if isinstance(photo, Document):
            return photo
        if isinstance(photo, Result):
            return photo.document
        if isinstance(photo, Picture):
            return Document(photo)
        if not fresh:
            record = _record_if_sound(photo, on_notice)
            if record is not None:
                document = self._continued(photo, record, source, on_notice)
                if document is not None:
                    return document
        return Document(Picture.from_bytes(photo) if isinstance(photo, bytes) else Picture.open(photo))

    def reopen(
        self, file: str | PathLike[str] | bytes, *, source: str | PathLike[str] | Picture | None = None
    ) -> tuple[Document, Record]:
        """The document that a file was saved from, and its record. Raises NotVerified where `open` would start anew."""
        record = read_record(file)
        if record is None:
            raise NotVerified(
                Bilingual("The file carries no record of edits.", "文件中没有编辑记录。"),
                Bilingual("Give a file that `diptych edit` has written.", "请给出由 `diptych edit` 写出的文件。"),
            )
        return Document.from_record(record, _source_of(file, record, source)), record

    def verify(self, file: str | PathLike[str], *, source: str | PathLike[str] | Picture | None = None) -> Verification:
        """Prove a file by rendering its record again and comparing all bytes. Raises NotVerified."""
        document, record = self.reopen(file, source=source)
        return self._proof(read_file(Path(file)), document.source, record)

    def export_lut(self, wish: str | Plan, path: str | PathLike[str], *, title: str | None = None) -> None:
        """Write the colour change that is wished for as an Adobe .cube file. Raises Unsupported for other steps.

        `title` is written into it; by default the words.
        """
        from diptych.operations.cube import write_cube

        plan = self._plan_of(wish)
        write_cube(Path(path), plan.steps, title=title or (wish if isinstance(wish, str) else "Diptych"))

    def _plan_of(self, wish: object) -> Plan:
        """Raises InvalidPlan for what is neither words nor a plan, NotUnderstood for words that say nothing."""
        if isinstance(wish, Plan):
            return wish
        if isinstance(wish, str):
            return self.plan(wish)
        name = type(wish).__name__
        raise InvalidPlan(
            Bilingual(f"A wish can't be '{name}'.", f"愿望不能是“{name}”。"),
            Bilingual("Say it in words, or give a Plan.", "请用文字说明，或给出 Plan。"),
        )

    def may_understand(self, words: str, photos: Sequence[str | PathLike[str]]) -> bool:
        """Whether words can come to something on these photos, as far as that is known without opening them: the
        grammar understands them, they may speak of what is drawn, or somebody else plans."""
        from diptych.language.turns import turn_of

        if turn_of(words) is not None:
            return True
        if self._own_planner is not None or getattr(self._planner, "model", self._planner_kind == "llm"):
            return True
        return bool(self._understand(words)) or self.has_drawn(photos)

    @staticmethod
    def has_drawn(photos: Sequence[str | PathLike[str]]) -> bool:
        """Whether one of the files says that it was drawn here, or has a drawing's size: then a wish that the grammar
        doesn't understand may still speak of what is drawn."""
        for photo in photos:
            try:
                record = read_record(photo)
                picture = Picture.open(photo) if record is None else None
            except DiptychError:
                continue
            if record is not None and any(isinstance(step, Draw) for step in record.plan.steps):
                return True
            if picture is not None and (picture.height, picture.width) == CANVAS:
                return True
        return False

    def _repainting(
        self, document: Document, words: str, language: Language | None, seed: int, given: Sequence[Operation] | None
    ) -> Plan | None:
        """The wish as changes of a drawing; None where the picture is none, or where the grammar understands
        the wish as something that needs no painter (tone, filters, frame, questions). `given` are the steps of the
        wish where another planner made them."""
        frame = document.source
        if (frame.height, frame.width) != CANVAS:
            return None
        steps = self._understand(words) if given is None else given
        if steps and not any(step.op in REPAINTED for step in steps):
            return None
        picture = self.render(document).picture
        if (picture.height, picture.width) != CANVAS:
            return None
        layout = layout_of(document)
        if layout is None and not self._stickerbook.reader.recognises(picture):
            return None
        language = language or _language_of(words)
        if given is not None:
            changes = self._stickerbook.plan_steps(picture, words, given, language, layout=layout, seed=seed)
        else:
            changes = self._stickerbook.plan_changes(
                picture, words, language, layout=layout, understand=self._understand, seed=seed
            )
        return Plan(steps=tuple(changes))

    def _repainted(
        self,
        document: Document,
        words: str,
        language: Language | None,
        seed: int,
        given: Sequence[Operation] | None = None,
    ) -> tuple[Document, Plan] | None:
        """A document and the changes of a drawing that the wish comes to for it; None as `_repainting`. A drawing that
        was made large is changed while it is small: the step is taken back, and done again after the changes."""
        made_large = last_enlargement(document)
        if made_large is None:
            plan = self._repainting(document, words, language, seed, given)
            return None if plan is None else (document, plan)
        small = document.undo_step(made_large.number)
        plan = self._repainting(small, words, language, seed, given)
        if plan is None:
            return None
        last = plan.steps[-1]
        assert isinstance(last, Repaint)
        again = self._enlargement(made_large.step.factor, last.layout)
        return small, Plan(steps=(*plan.steps, again))

    def _told(self, document: Document, plan: Plan) -> Plan:
        """The plan; an Upscale that it begins with is told what the picture shows, where that is a drawing."""
        first = plan.steps[0] if plan.steps else None
        frame = document.source
        if not isinstance(first, Upscale) or first.words or first.faithful or frame.width != frame.height:
            return plan
        enlarger = self._stickerbook.enlarger
        if frame.width not in SIZES or not enlarger.ready:
            return plan
        picture, layout = self.render(document).picture, layout_of(document)
        if not enlarger.reaches(picture, first.factor):
            return plan
        if layout is not None:
            step = self._enlargement(first.factor, layout)
        else:
            scene = self._stickerbook.reader.sees(picture)
            if scene is None:
                return plan
            step = first.model_copy(update={"words": self._stickerbook.said_of(scene)})
        return Plan(steps=(step, *plan.steps[1:]))

    def _enlargement(self, factor: float, layout: str) -> Upscale:
        return Upscale(factor=factor, words=self._stickerbook.describe(layout, "en"))

    def _wished(
        self, document: Document, wish: object, seed: int, language: Language | None, *, masked: bool
    ) -> tuple[Document, Planned]:
        """A document and what the wish comes to for it: on a drawing changes of it, by the grammar and the reader, and
        by a language model where these don't understand."""
        from diptych.language.planning import Planned

        if not isinstance(wish, str):
            plan = self._plan_of(wish)
            return document, Planned(self._told(document, plan), ())
        embedded = self._own_planner is None and not masked
        refused: NotUnderstood | None = None
        if embedded and wish and self._planner_kind != "llm":
            try:
                repainted = self._repainted(document, wish, language, seed)
            except NotUnderstood as error:
                if getattr(self._planner, "model", None) is None:
                    raise
                repainted, refused = None, error
            if repainted is not None:
                small, plan = repainted
                return small, Planned(plan, (EMBEDDED_PLANNER,) * len(plan.steps))
        planned = self.planned(wish, document)
        if embedded and (refused or self._planner_kind == "llm"):
            repainted = self._repainted(document, wish, language, seed, planned.plan.steps)
            if repainted is not None:
                small, plan = repainted
                return small, replace(planned, plan=plan, planners=(planned.by,) * len(plan.steps))
        return document, replace(planned, plan=self._told(document, planned.plan))

    def _turned(
        self, document: Document, words: str, seed: int, pick: int | None, language: Language | None
    ) -> Document | None:
        """The document after words about the change before ("a bit more", 撤销第二步); None for other words. Raises
        HistoryError where there was no change, and what finding another thing raises."""
        from diptych.language.revising import last_said, needs_history, repeated, retargeted, revised, target_said
        from diptych.language.turns import turn_of

        turn = turn_of(words)
        if turn is None:
            return None
        if not document.edits:
            if self._understand(words):
                return None
            raise needs_history(words)
        if document.is_drawn and turn.kind in ("more", "same", "other"):
            return self._turned_drawing(document, turn, words, seed, pick, language)
        if turn.kind == "same":
            steps = [edit.step for _, edit in last_said(document)]
            plan = repeated(steps, target_said(turn.words), words)
            named = ("grammar",) * len(plan.steps)
            return document.apply(plan, instruction=words, seed=seed, pick=pick, planners=named)
        if turn.kind == "other":
            return retargeted(document, lambda number, edit: self._other(document, number, edit, pick), words)
        return revised(document, turn, words)

    def _other(self, document: Document, number: int, edit: Edit, pick: int | None) -> Target:
        """What else a step's target can mean, on the picture that the step was given."""
        from diptych.wishes import other_target

        before = tuple(one for one in document.edits[: number - 1] if one.enabled)
        picture = Executor(self._context)(document.source, before).picture
        return other_target(picture, edit, self._context, pick)

    def _turned_drawing(
        self, document: Document, turn: Turn, words: str, seed: int, pick: int | None, language: Language | None
    ) -> Document:
        """The same again, elsewhere, or on the other thing: what was said last, planned anew for what is drawn."""
        from diptych.language.revising import joined, repeated, revised, target_of, target_said
        from diptych.language.turns import Turn
        from diptych.wishes import chosen_of

        edits = [edit for edit in document.effective if not isinstance(edit.step, Upscale)]
        said = edits[-1].instruction.split(" … ")[0]
        steps = () if len(edits) < 2 else self._understand(said)
        if not steps:
            return revised(document, Turn("more"), words)  # raises what says that there is nothing to repeat
        if turn.kind == "same":
            steps = repeated(steps, target_said(turn.words), words).steps
        target = next((found for step in steps if (found := target_of(step)) is not None), None)
        if turn.kind == "other" and target is not None:
            before, after = document.undo(), layout_of(document)
            layout = layout_of(before)
            others = [] if after is None or layout is None else self._stickerbook.others(layout, after, target)
            steps = repeated(steps, chosen_of(others, target, pick), words).steps
            document = before
        repainted = self._repainted(document, said, language or _language_of(words), seed, steps)
        if repainted is None:
            return revised(document, Turn("more"), words)
        small, plan = repainted
        named = (EMBEDDED_PLANNER,) * len(plan.steps)
        return small.apply(plan, instruction=joined(said, words), seed=seed, planners=named)

    def _understand(self, words: str) -> Sequence[Operation]:
        """The steps that the grammar makes of words; none where it doesn't understand them. The learned reader isn't
        asked: the Stickerbook's own knows what is drawn."""
        from diptych.language.compiler import compile_instruction

        try:
            return compile_instruction(words, learned=False).steps
        except NotUnderstood:
            return ()

    def _pictures_in(self, document: Document) -> dict[str, str]:
        """SHA-256 by name of the picture files that the steps and their masks name; one that is gone is left out."""
        named = [name for step in document.plan.steps if (name := getattr(step, "picture", None))]
        named += [edit.mask for edit in document.effective if edit.mask]
        return {
            name: hashlib.sha256(read_file(self._folder / name)).hexdigest()
            for name in named
            if (self._folder / name).is_file()
        }

    def _proof(self, data: bytes, source: Picture, record: Record) -> Verification:
        document = Document.from_record(record, source)
        pictures = self._pictures_in(document)
        proof = verify(data, source, Executor(self._context), record=record, pictures=pictures)
        self._check_score(document, record, proof.picture)
        return proof

    def _check_score(self, document: Document, record: Record, picture: Picture) -> None:
        """Raises NotVerified where the same network now gives another score; of another network nothing can be said."""
        said, words = record.score, [edit.instruction for edit in document.effective if edit.instruction]
        if said is None or not words or said.judge != self._sight.likeness.name:
            return
        found = self._score(document, words[-1], document.source, picture)
        pairs = ((found.before, said.before), (found.after, said.after), (found.holds, said.holds))
        if any(abs(one - other) > CLOSE_SCORES for one, other in pairs):
            raise NotVerified(
                Bilingual(
                    f"The score in the record is {said.before}, {said.after}, {said.holds}; it comes to "
                    f"{found.before}, {found.after}, {found.holds}.",
                    f"记录中的得分是 {said.before}、{said.after}、{said.holds}，重新计算得 "
                    f"{found.before}、{found.after}、{found.holds}。",
                ),
                Bilingual("Use an untouched copy of the file.", "请使用未改动的文件副本。"),
            )

    def _continued(
        self,
        photo: str | PathLike[str] | bytes,
        record: Record,
        source: str | PathLike[str] | Picture | None,
        on_notice: Callable[[Bilingual], None] | None,
    ) -> Document | None:
        """The document behind the record; None (and a notice) when going on from it could lose something."""
        if source is not None:
            return Document.from_record(record, _source_of(photo, record, source))
        try:
            original = _source_of(photo, record, None)
            data = photo if isinstance(photo, bytes) else read_file(Path(photo))
            # Another program may have changed the pixels and kept the record. To go on from the source
            # would silently undo that, so the file has to prove itself first.
            self._proof(data, original, record)
        except DiptychError as error:  # also where another grounder had found what this one doesn't
            if on_notice:
                on_notice(
                    Bilingual(
                        f"It is edited as it is, not from its source: {error.problem.en}",
                        f"按文件现状编辑，不从原图继续：{error.problem.zh}",
                    )
                )
            return None
        return Document.from_record(record, original)


def check_size(size: int | tuple[int, int]) -> int:
    """The size. Raises InvalidPlan for one that the embedded painter's drawings don't come in."""
    if isinstance(size, int) and size in SIZES:
        return size
    said = _size_said(size)
    raise InvalidPlan(
        Bilingual(f"A drawing can't be {said} pixels large.", f"画不能是 {said} 像素大。"),
        Bilingual(f"Sizes are {', '.join(map(str, SIZES))}; a large model (--painter) draws others, too.",
                  f"可选大小：{'、'.join(map(str, SIZES))}；大模型（--painter）还能画其他大小。"),
    )  # fmt: skip


def _file_name(path: str | PathLike[str]) -> str:
    """As it is written into a record: with slashes, and without what no file may hold."""
    return Path(fspath(path)).as_posix().encode("utf-8", "replace").decode()


def _settings(edit: Edit) -> tuple[int, int | None, bool, str | None, str | None]:
    return edit.seed, edit.pick, edit.all_matches, edit.mask, edit.mask_sha256


def own_mask(folder: Path, name: str, sha256: str | None = None) -> Region:
    """The region that a mask file shows: its alpha where it is transparent anywhere, else its brightness; white is
    inside.

    Raises InvalidPicture for what can't be read, TargetNotFound where nothing is white.
    """
    from diptych.core.region import Region

    picture = Picture.open(folder / name)
    if sha256 is not None and picture.sha256 != sha256:
        raise NotVerified(
            Bilingual(
                f"The mask '{shorten(name)}' has changed since the edit.",
                f"蒙版“{shorten(name)}”在编辑之后被改动过。",
            ),
            Bilingual(
                f"Put the file with SHA-256 {sha256[:12]}… back, and give a new mask another name.",
                f"请把 SHA-256 为 {sha256[:12]}… 的文件放回原处；新的蒙版请另取名字。",
            ),
        )
    levels = picture.alpha
    if levels is None or int(levels.min()) == 255:
        levels = np.rint(picture.rgb.astype(np.float32).mean(-1)).astype(np.uint8)
    region = Region(levels.astype(np.float32) / 255.0, f"mask {Path(name).name}")
    if region.is_empty:
        raise TargetNotFound(
            Bilingual(f"The mask '{shorten(name)}' is black all over.", f"蒙版“{shorten(name)}”全是黑色。"),
            Bilingual("Paint white what is to be edited.", "请把要编辑的部分涂成白色。"),
        )
    return region


def _joined(before: Outcome, after: Outcome) -> Outcome:
    """Two outcomes, one after the other, as one; steps are numbered through."""
    count = len(before.plan.steps)
    certificates = tuple(c.model_copy(update={"step": c.step + count}) for c in after.certificates)
    return Outcome(
        picture=after.picture,
        plan=Plan(steps=before.plan.steps + after.plan.steps),
        regions=before.regions + after.regions,
        certificates=before.certificates + certificates,
        answers=before.answers + after.answers,
    )


def _record_if_sound(
    photo: str | PathLike[str] | bytes, on_notice: Callable[[Bilingual], None] | None
) -> Record | None:
    try:
        return read_record(photo)
    except NotVerified as error:
        if on_notice:
            on_notice(error.problem)
        return None


def _source_of(
    file: str | PathLike[str] | bytes, record: Record, source: str | PathLike[str] | Picture | None
) -> Picture:
    """The source: the one given, or beside `file` the one of the recorded name, or its kept original.

    Raises NotVerified.
    """
    if isinstance(source, Picture):
        return source
    if source is not None:
        return Picture.open(source)
    frame = record.source
    if not frame.name and frame.height * frame.width <= LARGEST_CANVAS:  # drawn: its source is an empty canvas
        canvas = _canvas(frame.height, frame.width)
        if canvas.fingerprint == frame.sha256:
            return canvas
    named = Path(record.source.name).name  # a record must not point out of the folder
    beside = None if isinstance(file, bytes) or not named else Path(file).with_name(named)
    if beside is not None and beside.is_file():
        picture = Picture.open(beside)
        if picture.fingerprint == record.source.sha256:
            return picture
    kept = beside and find_original(beside, record.source.sha256)
    if kept:
        return replace(Picture.open(kept), name=named)  # edited in place: it is that file, under its own name
    said = shorten(record.source.name or "?")
    raise NotVerified(
        Bilingual(
            f"Its source '{said}' (SHA-256 {record.source.sha256[:12]}…) is not beside it.",
            f"原图“{said}”（SHA-256 {record.source.sha256[:12]}…）不在同一文件夹。",
        ),
        Bilingual("Say where it is with --source FILE.", "请用 --source 文件 指明原图。"),
    )


def _size_said(size: int | tuple[int, int]) -> str:
    return str(size) if isinstance(size, int) else "×".join(map(str, size))


def _canvas(height: int, width: int) -> Picture:
    """White, to be drawn on."""
    return Picture.from_array(np.full((height, width, 3), 255, np.uint8))


def _language_of(words: str) -> Language:
    if not words:
        return "en"
    from diptych.language.tokens import detect_language

    return detect_language(words)
