"""Facts of a picture that a planner may be told: never its name, its folder or its EXIF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diptych.core.picture import Picture


@dataclass(frozen=True)
class Facts:
    """What is known of the picture that a wish is about.

    width, height  in pixels
    tags           what it shows, likeliest first, canonical English
    regions        found things, each with its box (x0, y0, x1, y1 in pixels)
    steps          what was done to it so far, one line each
    picture        its pixels, where the planner sees; None otherwise
    """

    width: int
    height: int
    tags: tuple[str, ...] = ()
    regions: tuple[tuple[str, tuple[int, int, int, int]], ...] = ()
    steps: tuple[str, ...] = ()
    picture: Picture | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data without the pixels."""
        return {
            "width": self.width,
            "height": self.height,
            "tags": list(self.tags),
            "regions": [{"label": label, "box": list(box)} for label, box in self.regions],
            "steps_so_far": list(self.steps),
        }
