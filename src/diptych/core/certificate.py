"""Certificate: what one step changed, and the proof that it changed nothing else."""

from __future__ import annotations

from diptych.core.target import Value


class Certificate(Value):
    """Counted on the pixels before and after one step.

    step             1-based number of the step in its plan
    operation        the step in a readable line
    region           what the region shows, in words; None when the step is about the whole picture
    box              (x0, y0, x1, y1) of the region in pixels, exclusive ends
    area             share of the picture that the region covers, 0..1
    changed_inside   pixels that differ and lie inside the region (mask > 0)
    changed_outside  pixels that differ and lie outside; 0 or the step raises
    frame            (width, height) after the step
    grounder         what found the region: a grounder with its weights, or the user's own mask; None where none was
                     looked for
    engine, seed     what made the pixels, and from which seed (None: nothing random in it)
    seconds          wall time; kept in memory only, not in a file's record
    """

    step: int
    operation: str
    region: str | None = None
    box: tuple[int, int, int, int] | None = None
    area: float = 1.0
    score: float | None = None
    grounder: str | None = None
    changed_inside: int = 0
    changed_outside: int = 0
    frame: tuple[int, int]
    engine: str
    seed: int | None = None
    seconds: float = 0.0
