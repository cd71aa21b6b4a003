"""How words point at things: noun phrases, places, relations; canonical in both languages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
"""sRGB as `#rrggbb`, lower case."""

Place = Literal[
    "top left", "top", "top right",
    "left", "center", "right",
    "bottom left", "bottom", "bottom right",
    "left half", "right half", "top half", "bottom half",
    "left third", "middle third", "right third", "top third", "bottom third",
    "edges", "corners", "foreground", "background",
]  # fmt: skip
"""Where in the frame. The first nine are the 3×3 grid; `edges` is the rim on all four sides."""

RelationKind = Literal[
    "of", "on", "in", "with", "behind", "in front of", "above", "below", "beside",
    "left of", "right of", "around", "between", "near", "from", "to", "except",
]  # fmt: skip


class Value(BaseModel):
    """Base of every value in a plan: immutable; unknown keys fail, and so does what is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Thing(Value):
    """A noun phrase that names something to bring in ("two small stars").

    `noun` is the lexicon's canonical English name ("star") when the lexicon knows the thing, so that
    both languages agree, else the words as they were said. `attributes` are canonical and sorted
    ("big", "striped"); a colour is in `color`. `count` None means not said.
    """

    noun: str
    attributes: tuple[str, ...] = ()
    color: Color | None = None
    count: int | None = Field(default=None, ge=1, le=1000)
    relation: Relation | None = None

    def describe(self) -> str:
        """The phrase in plain canonical English, for messages, records and text-conditioned engines."""
        words = [str(self.count)] if self.count else []
        words += [*self.attributes, *([self.color] if self.color else []), self.noun]
        phrase = " ".join(word for word in words if word)
        return f"{phrase} {self.relation.describe()}" if self.relation else phrase


class Target(Thing):
    """Words that point at a region of the picture.

    place       where in the frame it lies ("the person on the right")
    ordinal     which one, counted from the left, 1-based; -1 is the last
    quantifier  "all" for every match, "each" for one region per match
    invert      everything but this ("everything except the man", 背景以外)
    text        the lettering itself, when it was quoted ("the word 'SALE'")
    """

    noun: str = ""
    place: Place | None = None
    ordinal: int | None = None
    quantifier: Literal["all", "each"] | None = None
    invert: bool = False
    text: str | None = None

    def describe(self) -> str:
        phrase = super().describe()
        if self.text:
            phrase = f"{phrase} “{self.text}”".strip()
        if self.ordinal:
            phrase = f"{phrase} #{self.ordinal}"
        if self.place:
            phrase = f"{phrase} at the {self.place}".strip()
        if self.quantifier:
            phrase = f"{self.quantifier} {phrase}"
        return f"everything except {phrase}" if self.invert else phrase


class Relation(Value):
    """How a thing stands to another: `kind` and the other, its anchor ("on the table", "girl's hair")."""

    kind: RelationKind
    anchor: Target

    def describe(self) -> str:
        return f"{self.kind} {self.anchor.describe()}"


Thing.model_rebuild()
Target.model_rebuild()
