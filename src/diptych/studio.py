"""Studio: the façade. Words and pictures go in, Results come out; nothing is decided here that a room below decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from os import PathLike, fspath
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from diptych import drawing, opening, planning, telling
from diptych.core.errors import Bilingual, Language
from diptych.core.files import read_file
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.drawing import CORRECTIONS
from diptych.engines import Chosen, Engines, language_of
from diptych.follow_ups import followed_up
from diptych.opening import shown
from diptych.painters.ways import PAINTED_ANEW, Way
from diptych.photos import Photo

if TYPE_CHECKING:
    from diptych.core.document import Document
    from diptych.core.operation import Method, Sampler
    from diptych.core.ports import Grounder, Painter, Planner, Reader
    from diptych.core.record import Record
    from diptych.core.region import Region
    from diptych.core.verify import Verification
    from diptych.language.llm.server import Server
    from diptych.language.planning import Planned, PlannerKind
    from diptych.reimagining import Checked
    from diptych.result import Result
    from diptych.runtime import Weights
    from diptych.sight import Found, Label
    from diptych.vision.tagging import Tag


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
               word is a hint, and at 12 megapixels it takes as long as the edit, and 100 MB
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
        chosen = Chosen(
            None if isinstance(planner, str) else planner, planner if isinstance(planner, str) else "auto", llm,
            grounder, tuple(painters), reader, weights, score_photos, Path(folder),
        )  # fmt: skip
        self.engines = Engines(chosen)

    def within(self, folder: str | PathLike[str]) -> Studio:
        """The same studio, with its models, where wishes name picture files of another folder."""
        other = copy(self)
        other.engines = self.engines.within(Path(folder))
        return other

    def __repr__(self) -> str:
        return f"Studio({', '.join(self.engines.chosen.names) or 'embedded engines'})"

    # ---- words to plans ----

    def plan(self, words: str) -> Plan:
        """What the words come to; no picture is needed. Raises NotUnderstood."""
        return self.planned(words).plan

    def planned(self, words: str, document: Document | None = None) -> Planned:
        """What the words come to, and who planned it; a language model is told of the document's picture. Raises
        NotUnderstood, Unsupported for a language server that is named and can't be used."""
        return planning.planned(self.engines, words, document)

    def planned_for(self, photo: Photo, words: str, *, seed: int = 0, language: Language | None = None) -> Planned:
        """What the words come to for this very picture: on a drawing, changes of what it shows. Raises as `edit`."""
        return planning.planned_for(self.engines, self.open(photo), words, seed, language, masked=False)[1]

    def may_understand(self, words: str, photos: Sequence[str | PathLike[str]]) -> bool:
        """Whether words can come to something on these photos, as far as that is known without opening them: the
        grammar understands them, they may speak of what is drawn, or somebody else plans."""
        return planning.may_understand(self.engines, words, photos)

    @staticmethod
    def has_drawn(photos: Sequence[str | PathLike[str]]) -> bool:
        """Whether one of the files says that it was drawn here, or has a drawing's size: then a wish that the grammar
        doesn't understand may still speak of what is drawn."""
        return planning.has_drawn(photos)

    # ---- pictures ----

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
        method: Method | None = None,
        strength: float | None = None,
        language: Language | None = None,
        on_progress: Callable[[float, str], None] | None = None,
        on_notice: Callable[[Bilingual], None] | None = None,
        on_preview: Callable[[Callable[[], Picture]], None] | None = None,
    ) -> Result:
        """Carry a wish, in words or as a plan, out on a photo. A file made by Diptych is opened as by `open`.

        seed         of what is random
        pick         1-based choice where several things match; `all_matches` takes every one
        mask         a picture file as large as the photo: white is where the edit works, whatever the words would find
        fill         of what steps take away: by the network, or by patches alone; None: as the wish says
        method       how a drawing is changed: "repaint" (the usual way), or in the latents of the picture as it is:
                     "prompt-to-prompt" (Hertz et al.), "sdedit" (Meng et al.), "invert" (resampled from its own noise)
        strength     0..1, for "prompt-to-prompt" and "sdedit": how far it may go from what was there
        language     of answers; by default that of the words
        on_progress  called with (fraction 0..1, what is being done)
        on_notice    told what a planner has to say: parts that nobody could read, what its server refused
        on_preview   called after each step, and each step of a painter that shows its work, with a function that gives
                     the picture as it is then

        Raises what planning and the steps raise; Unsupported for a method on what is no change of a drawing,
        InvalidPlan for a strength that can't be.
        """
        way = None if method is None and strength is None else Way(method or "repaint", strength)
        document = self.open(photo)
        words = wish if isinstance(wish, str) else ""
        said = language or language_of(words)
        if self.engines.chosen.planner is None:
            turned = followed_up(self.engines, document, words, seed, pick, language, way)
            if turned is not None:
                return self.render(turned, language=said, on_progress=on_progress, on_preview=on_preview)
        document, made = planning.planned_for(
            self.engines, document, wish, seed, language, way or PAINTED_ANEW, masked=mask is not None
        )
        if on_notice:
            for note in made.notes:
                on_notice(note)
        document = document.apply(
            made.plan if fill is None else made.plan.filled(fill),
            instruction=words, seed=seed, pick=pick, all_matches=all_matches,
            mask=None if mask is None else _file_name(mask),
            mask_sha256=None if mask is None else Picture.open(self.engines.chosen.folder / mask).sha256,
            planners=made.planners,
        )  # fmt: skip
        return self.render(document, language=said, on_progress=on_progress, on_preview=on_preview)

    def draw(
        self,
        words: str,
        *,
        seed: int = 0,
        best_of: int = 1,
        size: int | tuple[int, int] | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        sampler: Sampler | None = None,
        language: Language | None = None,
        on_progress: Callable[[float, str], None] | None = None,
        on_preview: Callable[[Callable[[], Picture]], None] | None = None,
    ) -> Result:
        """A picture from words; `on_progress` and `on_preview` are called as by `edit`.

        A painter that was attached and draws does it at its own size, or at `size`: a side or (width, height) in
        pixels. The embedded painter draws a sticker scene of 128×128 pixels; with another `size` of SIZES a second step
        makes it that large.

        The layout is made first and is part of the plan; the same words and seed give the same bytes. With `best_of` so
        many are drawn, with seeds one after another, and the one that the dual encoder finds most like the words is
        kept; equal ones are the earlier's.

        steps      of sampling by the embedded painter, 1..200; usually 8
        guidance   scale of classifier-free guidance, 1..20; usually 1, which is none and half the time
        sampler    "euler" (the usual one), "heun" or "dpm++2m"

        Raises NotUnderstood for words that it doesn't know and for what can't be laid out, InvalidPlan for another size
        or setting, Unsupported for these settings where an attached painter draws: it has its own.
        """
        sampling, told = drawing.Sampling(steps, guidance, sampler), drawing.Told(language, on_progress, on_preview)
        return drawing.drawn(self.engines, words, seed, best_of, size, told, sampling)

    @property
    def has_artist(self) -> bool:
        """Whether a painter is attached that draws from words, at sizes of its own."""
        return drawing.artist_for(self.engines, "a picture") is not None

    def variation(
        self,
        photo: Photo,
        *,
        seed: int,
        language: Language = "en",
        on_progress: Callable[[float, str], None] | None = None,
    ) -> Result:
        """Another picture of the same things in the same places: of a drawing with another seed. Raises Unsupported for
        photographs."""
        return drawing.varied(self.engines, self.open(photo), seed, drawing.Told(language, on_progress))

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
        return drawing.drawn_checked(self.engines, words, seed, rounds, size, language)

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
        return drawing.reimagined(self.engines, self.open(photo), words, seed, rounds, language)

    def render(
        self,
        document: Document,
        *,
        language: Language = "en",
        on_progress: Callable[[float, str], None] | None = None,
        on_preview: Callable[[Callable[[], Picture]], None] | None = None,
    ) -> Result:
        """The present state of a document, from its source."""
        return self.engines.render(document, language, on_progress, on_preview)

    # ---- what pictures show ----

    def describe(self, photo: Photo, *, language: Language = "en") -> str:
        """What a picture shows, in words: of a drawing what its layout says, of others what the reader sees.

        Raises Unsupported where the reader can't read it.
        """
        return telling.described(self.engines, self.open(photo), language)

    def ask(self, photo: Photo, question: str, *, language: Language | None = None) -> str:
        """The answer to a question about a picture, in the question's language or in `language`.

        Raises NotUnderstood for words that the embedded reader doesn't know, Unsupported for what it can't read.
        """
        return telling.answered(self.engines, self.open(photo), question, language or language_of(question))

    def quiz(self, photo: Photo, *, seed: int = 0, language: Language = "en") -> tuple[str, str]:
        """A question about a picture and its answer: of a drawing from its layout, of others by the embedded reader."""
        return telling.quizzed(self.engines, self.open(photo), seed, language)

    def tag(self, photo: Photo, *, language: Language = "en") -> list[Tag]:
        """What is in a picture, in words, likeliest first, each with what says so."""
        return self.engines.sight.tag(shown(self.engines, photo), language)

    def classify(self, photo: Photo, labels: Sequence[str]) -> list[Label]:
        """How likely each label, in English or Chinese, holds of a picture; best first."""
        return self.engines.sight.classify(shown(self.engines, photo), labels)

    def similarity(self, photo: Photo, other: Photo) -> float:
        """Cosine in -1..1 of a picture and words, or of two pictures. A str is words, unless a file has that name."""
        if isinstance(other, str) and not isfile(other):
            return self.engines.sight.similarity(shown(self.engines, photo), other)
        return self.engines.sight.similarity(shown(self.engines, photo), shown(self.engines, other))

    def search(
        self,
        words: str,
        folder: str | PathLike[str],
        *,
        count: int = 10,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Found:
        """The pictures of a folder that fit some words best. Its index is kept in the folder and brought up to date."""
        return self.engines.sight.search(words, Path(folder), count, on_progress)

    def find(self, photo: Photo, words: str) -> list[Region]:
        """Where words point ("the dog on the left", 左边的狗): every region that matches, numbered from the left as
        `pick` counts them. Raises NotUnderstood for words that name nothing, TargetNotFound where nothing matches."""
        return telling.found(self.engines, self.open(photo), words)

    def knows(self, photo: Photo) -> bool:
        """Whether a picture is of the Stickerbook; of others the dual encoder's word is only a hint."""
        return self.engines.sight.knows(shown(self.engines, photo))

    # ---- files ----

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
        return opening.opened(self.engines, photo, source, fresh, on_notice)

    def reopen(
        self, file: str | PathLike[str] | bytes, *, source: str | PathLike[str] | Picture | None = None
    ) -> tuple[Document, Record]:
        """The document that a file was saved from, and its record. Raises NotVerified where `open` would start anew."""
        return opening.reopened(file, source)

    def verify(self, file: str | PathLike[str], *, source: str | PathLike[str] | Picture | None = None) -> Verification:
        """Prove a file by rendering its record again and comparing all bytes. Raises NotVerified."""
        document, record = self.reopen(file, source=source)
        return opening.proven(self.engines, read_file(Path(file)), document.source, record)

    def export_lut(self, wish: str | Plan, path: str | PathLike[str], *, title: str | None = None) -> None:
        """Write the colour change that is wished for as an Adobe .cube file. Raises Unsupported for other steps.

        `title` is written into it; by default the words.
        """
        from diptych.operations.cube import write_cube

        plan = planning.plan_of(self.engines, wish)
        write_cube(Path(path), plan.steps, title=title or (wish if isinstance(wish, str) else "Diptych"))


def _file_name(path: str | PathLike[str]) -> str:
    """As it is written into a record: with slashes, and without what no file may hold."""
    return Path(fspath(path)).as_posix().encode("utf-8", "replace").decode()
