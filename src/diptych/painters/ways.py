"""Ways to change a drawing, as users choose them: a method, and how far it may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from diptych.core.errors import Bilingual, InvalidPlan, Unsupported, shorten
from diptych.core.operation import Method, Repaint
from diptych.operations.painted import STRENGTHS, no_strength

METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class Way:
    """`strength` 0..1 for the methods that have one; None: as is usual."""

    method: Method = "repaint"
    strength: float | None = None

    def __post_init__(self) -> None:
        """Raises Unsupported for a method that is none, InvalidPlan for a strength that can't be."""
        if self.method not in METHODS:
            listed = ", ".join(METHODS)
            raise Unsupported(
                Bilingual(f"There is no method '{shorten(self.method)}'.", f"没有名为“{shorten(self.method)}”的方法。"),
                Bilingual(f"Methods are {listed}.", f"可选的方法：{listed}。"),
            )
        if self.strength is None:
            return
        if self.method not in STRENGTHS:
            raise no_strength(self.method)
        if not 0 <= self.strength <= 1:
            raise InvalidPlan(
                Bilingual(f"The strength is {self.strength:g}.", f"强度为 {self.strength:g}。"),
                Bilingual(
                    "Give one from 0 (near to what was there) to 1 (all anew).",
                    "请给出 0（接近原样）到 1（全部重画）之间的值。",
                ),
            )

    @property
    def in_latents(self) -> bool:
        return self.method != "repaint"


PAINTED_ANEW = Way()
"""How drawings are changed, unless somebody asks for another way."""


def way_of(step: object) -> Way:
    """How a step changed a drawing; painting anew, where it is another step."""
    return Way(step.method, step.strength) if isinstance(step, Repaint) else PAINTED_ANEW
