"""The two-way model in one hand: words to layouts to pictures, and instructions to changes of pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property

import numpy as np

from diptych.core.errors import Bilingual, Language, NotUnderstood, shorten
from diptych.core.operation import Add, Draw, Operation, Repaint
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.painters.arranging import arrange
from diptych.painters.cascade import CascadePainter
from diptych.painters.changes import NotExact, edits_of, things_meant
from diptych.painters.clauses import background_edit, clauses
from diptych.painters.embedded import EmbeddedPainter
from diptych.painters.latent import USUAL, LatentPainter
from diptych.painters.mentions import Mention
from diptych.painters.prompt import check_question, check_wish, some_nouns
from diptych.painters.reading import EmbeddedReader, is_clear
from diptych.painters.said import plainly_said
from diptych.painters.ways import PAINTED_ANEW, Way
from diptych.runtime import Weights
from diptych.world.edits import Edit, instruct
from diptych.world.layout import CELL, cells_of
from diptych.world.questions import ask
from diptych.world.scene import SIDE, Scene
from diptych.world.tokens import Malformed, parse_scene, scene_tokens
from diptych.world.wish import judge
from diptych.world.words import describe

TRIES = 6
"""Layouts that are tried before a wish counts as not understood."""
CANVAS = (SIDE, SIDE)
PUT_THERE = re.compile(r"\W*(?:please |could you |can you )?(?:put|place|set) the\b", re.IGNORECASE)
Understand = Callable[[str], Sequence[Operation]]
"""Words → what the grammar makes of them; nothing where it doesn't understand."""


class Stickerbook:
    """Reader and painter over one set of weights; each network is loaded when it is first needed."""

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights()

    @cached_property
    def reader(self) -> EmbeddedReader:
        return EmbeddedReader(self._weights)

    @cached_property
    def painter(self) -> EmbeddedPainter:
        return EmbeddedPainter(self._weights)

    @cached_property
    def latent_painters(self) -> tuple[LatentPainter, ...]:
        """One for each method."""
        return tuple(LatentPainter(self._weights, method) for method in USUAL)

    @cached_property
    def enlarger(self) -> CascadePainter:
        return CascadePainter(self._weights)

    def plan_drawing(self, words: str, seed: int) -> Draw:
        """What `words` come to: a layout in which exactly the named things stand apart from each other.

        Another seed, another layout. Raises NotUnderstood for unknown words and for what can't be laid out.
        """
        mentions = check_wish(words, self.reader.known)
        scene = self._laid_out(words.strip(), mentions, seed)
        return Draw(words=words.strip(), layout=" ".join(scene_tokens(scene)))

    def _laid_out(self, words: str, mentions: Sequence[Mention], seed: int) -> Scene:
        """The reader's first layout in which all holds that `words` plainly say; else one by rule; else the reader's
        best."""
        named, said = {mention.noun for mention in mentions}, plainly_said(words, mentions)
        best: tuple[int, Scene] | None = None
        for attempt in range(TRIES):
            try:
                scene = self.reader.compose(words, np.random.default_rng([seed, 2, attempt]))
            except (Malformed, ValueError):
                continue
            if not is_clear(scene) or {thing.noun for thing in scene.things} != named:
                continue
            wrong = sum(not atom.holds for atom in judge(said, scene))
            if best is None or wrong < best[0]:
                best = wrong, scene
            if not wrong:
                return scene
        by_rule = arrange(said, np.random.default_rng([seed, 4]))
        if by_rule is not None:
            return by_rule
        if best is not None:
            return best[1]
        raise NotUnderstood(
            Bilingual(
                f"No picture could be laid out in which all of “{shorten(words)}” holds.",
                f"无法安排出一幅完全符合“{shorten(words)}”的画。",
            ),
            Bilingual(
                "Say it more simply: fewer things, and places that don't contradict each other.",
                "请说得简单些：少画几样东西，位置不要互相矛盾。",
            ),
            (words,),
        )

    def plan_changes(
        self,
        picture: Picture,
        instruction: str,
        language: Language,
        *,
        layout: str | None = None,
        understand: Understand = lambda words: (),
        seed: int = 0,
        way: Way = PAINTED_ANEW,
    ) -> list[Repaint]:
        """What an instruction comes to on a drawn picture of 128×128: one step for each edit, said in `language`, to be
        made in that way.

        `layout` is what the picture shows, where that is known from how it was made; else the picture is read.
        `understand` is the grammar: where it is exact it decides, of the whole or of a clause; what plainly names a
        background is one; the rest is the reader's to plan.
        Raises NotUnderstood for unknown words and where no edit comes out.
        """
        check_wish_of_edit(instruction, self.reader.known)
        scene = self.reader.read(picture) if layout is None else parse_scene(layout.split())
        edits = self._edits(scene, instruction, understand, seed)
        return self._repaints(edits, scene, instruction, language, way)

    def plan_steps(
        self,
        picture: Picture,
        instruction: str,
        operations: Sequence[Operation],
        language: Language,
        *,
        layout: str | None = None,
        seed: int = 0,
        way: Way = PAINTED_ANEW,
    ) -> list[Repaint]:
        """As `plan_changes`, of steps that a planner made of the instruction. Raises NotUnderstood where they say no
        exact change of what is drawn."""
        scene = self.reader.read(picture) if layout is None else parse_scene(layout.split())
        try:
            edits = edits_of(operations, scene, self.reader.known, np.random.default_rng([seed, 3]))
        except NotExact as error:
            raise self._no_edit(instruction) from error
        return self._repaints(edits, scene, instruction, language, way)

    def _repaints(
        self, edits: Sequence[tuple[Edit, Scene]], scene: Scene, instruction: str, language: Language, way: Way
    ) -> list[Repaint]:
        """One step for each edit that changes what is seen. Raises NotUnderstood where none does."""
        steps, before = [], scene
        for edit, after in edits:
            boxes = boxes_of(before, after)
            if boxes:
                steps.append(
                    Repaint(
                        words=instruct(edit, before, language, None), layout=" ".join(scene_tokens(after)), boxes=boxes,
                        method=way.method, strength=way.strength,
                        before=" ".join(scene_tokens(before)) if way.in_latents else "",
                    )
                )  # fmt: skip
            before = after
        if not steps:
            raise self._no_edit(instruction)
        return steps

    def _edits(self, scene: Scene, instruction: str, understand: Understand, seed: int) -> list[tuple[Edit, Scene]]:
        rng = np.random.default_rng([seed, 3])
        whole = self._plainly(scene, instruction, understand, rng)
        if whole is not None:
            return whole
        done: list[tuple[Edit, Scene]] = []
        try:
            for clause in clauses(instruction):
                edits = self._plainly(scene, clause, understand, rng) or self.reader.plan(clause, scene)
                if not edits:
                    raise Malformed(f"no edit in {clause!r}")
                done += edits
                scene = done[-1][1]
        except (Malformed, ValueError) as error:
            raise self._no_edit(instruction) from error
        return done

    def _plainly(
        self, scene: Scene, words: str, understand: Understand, rng: np.random.Generator
    ) -> list[tuple[Edit, Scene]] | None:
        """What the grammar, or a background that is named, makes of the words; None where neither is exact."""
        operations = understand(words)
        if PUT_THERE.match(words) and all(isinstance(step, Add) for step in operations):
            operations = ()  # "put the cat in the middle" moves a cat that is there; the grammar adds another
        with suppress(NotExact):
            if operations:
                return edits_of(operations, scene, self.reader.known, rng)
        edit = background_edit(words, scene) if len(clauses(words)) == 1 else None
        return None if edit is None else [(edit, edit.after(scene))]

    def others(self, before: str, after: str, target: Target) -> list[Target]:
        """What else `target` could have meant when a drawing of layout `before` became `after`: things of its kind that
        were left as they were."""
        scene, left = parse_scene(before.split()), parse_scene(after.split()).things
        every = target.model_copy(update={"place": None, "ordinal": None, "quantifier": None, "count": None})
        try:
            found = things_meant(every.model_copy(update={"quantifier": "all"}), scene, self.reader.known)
        except NotExact:
            return []
        return [every.model_copy(update={"ordinal": n}) for n, thing in enumerate(found, 1) if thing in left]

    def change(
        self,
        picture: Picture,
        instruction: str,
        language: Language,
        seed: int,
        understand: Understand = lambda words: (),
        way: Way = PAINTED_ANEW,
    ) -> Picture:
        """The picture with an instruction carried out, as `Studio.edit` does it: only inside of the boxes."""
        steps = self.plan_changes(picture, instruction, language, understand=understand, seed=seed, way=way)
        painters = (self.painter, *self.latent_painters)
        for number, step in enumerate(steps):
            mask = np.zeros(CANVAS, np.float32)
            for x0, y0, x1, y1 in step.boxes:
                mask[y0:y1, x0:x1] = 1
            painter = next(one for one in painters if one.can(step))
            painted = painter.paint(picture, step, Region(mask), seed + number)
            picture = picture.with_pixels(np.where(mask[..., None] > 0, painted.pixels, picture.pixels))
        return picture

    def describe(self, layout: str, language: Language) -> str:
        """A layout in words: known exactly, so nothing has to be read."""
        return describe(parse_scene(layout.split()), language)

    def said_of(self, scene: Scene, language: Language = "en") -> str:
        """What was read of a picture; painters are told it in English."""
        return describe(scene, language)

    def check_question(self, question: str) -> None:
        """Raises NotUnderstood for a question with words that the reader doesn't know."""
        check_question(question, self.reader.known)

    def answer(self, layout: str, question: str, language: Language) -> str:
        """The reader's answer about a layout: what a drawing shows is known, how to speak of it is the reader's."""
        return self.reader.answer_about(parse_scene(layout.split()), question, language)

    def quiz(self, layout: str, language: Language, seed: int) -> tuple[str, str]:
        """A question about a layout and its true answer, by rule: nothing has to be read."""
        scene, rng = parse_scene(layout.split()), np.random.default_rng([seed, 5])
        while True:
            question = ask(scene, language, rng, self.reader.known)
            if question is not None:
                return question.text, question.answer

    def _no_edit(self, instruction: str) -> NotUnderstood:
        known = self.reader.known
        return NotUnderstood(
            Bilingual(
                f"“{shorten(instruction)}” is no change of this drawing that could be made out.",
                f"没有从“{shorten(instruction)}”里看出要怎样修改这幅画。",
            ),
            Bilingual(
                "Name what is to change and how: “remove the cat”, “make the star red”. "
                f"It knows {some_nouns(known, 'en')}, …",
                f"请说出要改什么、怎么改：“去掉猫”“把星星变成红色”。它认识{some_nouns(known, 'zh')}……",
            ),
            (instruction,),
        )


def check_wish_of_edit(instruction: str, known: Sequence[str]) -> None:
    """Raises NotUnderstood as `check_wish` does, but an edit need not name a thing ("make it night")."""
    try:
        check_wish(instruction, known)
    except NotUnderstood as error:
        if error.words != (instruction.strip(),):
            raise


def boxes_of(before: Scene, after: Scene) -> tuple[tuple[int, int, int, int], ...]:
    """The rows of cells that differ, as boxes in pixels (x0, y0, x1, y1), joined where rows are alike."""
    cells = cells_of(before, after)
    boxes: list[tuple[int, int, int, int]] = []
    for row, line in enumerate(cells):
        edges = np.flatnonzero(np.diff(np.r_[0, line.astype(int), 0]))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            x0, x1, y0 = int(start) * CELL, int(end) * CELL, row * CELL
            above = next((i for i, box in enumerate(boxes) if (box[0], box[2], box[3]) == (x0, x1, y0)), None)
            if above is None:
                boxes.append((x0, y0, x1, y0 + CELL))
            else:
                boxes[above] = (*boxes[above][:3], y0 + CELL)
    return tuple(boxes)
