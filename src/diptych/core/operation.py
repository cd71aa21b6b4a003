"""The Operations: one small class per verb, holding only its own parameters.

`op` values follow the kinds under which people's photo-edit requests are usually classed (brightness,
replace_background, …), with finer ones where a request is finer than those.

Conventions
    amount   signed share of the full effect, -1..1; None means "as much as the picture needs", measured
    strength unsigned share of the full effect, 0..1
    target   None is the whole picture
    angles   degrees, clockwise positive
    lengths  a `Length`: pixels or a share of the picture's shorter side
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from diptych.core.target import Color, Place, Target, Thing, Value

Amount = Annotated[float, Field(ge=-1.0, le=1.0)]
Strength = Annotated[float, Field(ge=0.0, le=1.0)]
Side = Literal["left", "right", "top", "bottom"]


def _is_usual(value: object) -> bool:
    """Fields that came later are left out of JSON at their default, so that older records keep their digests."""
    return value is False or value in ("learned", "noise", "repaint", "")


Fill = Annotated[Literal["learned", "classical"], Field(exclude_if=_is_usual)]
"""What takes the place of something that goes: a network's completion of its surroundings, or patches of them."""


class Length(Value):
    """`pixels`, or `share` of the picture's shorter side; exactly one of them."""

    pixels: int | None = Field(default=None, ge=0, le=100_000)
    share: float | None = Field(default=None, ge=0.0, le=10.0)

    @model_validator(mode="after")
    def _one_of_them(self) -> Length:
        if (self.pixels is None) == (self.share is None):
            raise ValueError(f"a length is pixels or share, got pixels={self.pixels} share={self.share}")
        return self

    def in_pixels(self, width: int, height: int) -> int:
        if self.pixels is not None:
            return self.pixels
        return round((self.share or 0.0) * min(width, height))


class Operation(Value):
    """Base of all operations."""

    op: str


class Targeted(Operation):
    """An operation that can be bound to a region. It then composites last: outside stays byte-identical."""

    target: Target | None = None


# ---- tone and colour: pointwise, and so fusible into one look-up table ---------------------------------


class Brightness(Targeted):
    """Perceived lightness; black and white stay pinned."""

    op: Literal["brightness"] = "brightness"
    amount: Amount | None = None


class Exposure(Targeted):
    """Linear light times 2**stops."""

    op: Literal["exposure"] = "exposure"
    stops: float = Field(default=1.0, ge=-10, le=10)


class Contrast(Targeted):
    op: Literal["contrast"] = "contrast"
    amount: Amount | None = None


class Highlights(Targeted):
    op: Literal["highlights"] = "highlights"
    amount: Amount | None = None


class Shadows(Targeted):
    op: Literal["shadows"] = "shadows"
    amount: Amount | None = None


class Gamma(Targeted):
    """Encoded value ** (1 / gamma): above 1 lightens the mid-tones."""

    op: Literal["gamma"] = "gamma"
    gamma: float = Field(default=1.2, ge=0.05, le=20)


class Saturation(Targeted):
    op: Literal["saturation"] = "saturation"
    amount: Amount | None = None


class Vibrance(Targeted):
    """Saturation, most for the least saturated colours."""

    op: Literal["vibrance"] = "vibrance"
    amount: Amount | None = None


class Warmth(Targeted):
    """White balance along the daylight locus: positive is warmer (yellower), None balances to neutral."""

    op: Literal["warmth"] = "warmth"
    amount: Amount | None = None


class Tint(Targeted):
    """A colour cast. Positive adds `color`, negative takes it out; color None with amount None re-balances."""

    op: Literal["tint"] = "tint"
    color: Color | None = None
    amount: Amount | None = None


class Hue(Targeted):
    op: Literal["hue"] = "hue"
    degrees: float = Field(default=30.0, ge=-360, le=360)


class Grayscale(Targeted):
    op: Literal["grayscale"] = "grayscale"


class Sepia(Targeted):
    op: Literal["sepia"] = "sepia"
    strength: Strength = 1.0


class Invert(Targeted):
    op: Literal["invert"] = "invert"


class Posterize(Targeted):
    op: Literal["posterize"] = "posterize"
    levels: int = Field(default=4, ge=2, le=64)


class AutoEnhance(Targeted):
    """Levels, white balance and a little vibrance, measured from the picture."""

    op: Literal["auto_enhance"] = "auto_enhance"
    strength: Strength = 1.0


# ---- filters: each pixel from its neighbourhood --------------------------------------------------------


class Sharpness(Targeted):
    """Positive sharpens, negative softens."""

    op: Literal["sharpness"] = "sharpness"
    amount: Amount | None = None


class Blur(Targeted):
    op: Literal["blur"] = "blur"
    strength: Strength = 0.3
    style: Literal["gaussian", "bokeh", "motion", "zoom"] = "gaussian"
    radius: Length | None = None


class Denoise(Targeted):
    """Takes off noise, or what JPEG left of edges and flat parts. 0 leaves the picture as it is.

    strength  of what the picture needs; None with everything else None is as much as is measured
    sigma     standard deviation of the noise in levels, 0..100; it wins over `strength`
    kind      "compression" takes off blocks and ringing and leaves the noise
    quality   1..100, of the JPEG compression that is taken off; None is measured
    """

    op: Literal["denoise"] = "denoise"
    strength: Strength | None = None
    sigma: float | None = Field(default=None, ge=0.0, le=100.0)
    kind: Annotated[Literal["noise", "compression"], Field(exclude_if=_is_usual)] = "noise"
    quality: int | None = Field(default=None, ge=1, le=100)


class Dehaze(Targeted):
    op: Literal["dehaze"] = "dehaze"
    strength: Strength = 0.7


class Pixelate(Targeted):
    op: Literal["pixelate"] = "pixelate"
    size: Length = Length(share=0.02)


class Vignette(Targeted):
    """Positive darkens the corners, negative lightens them."""

    op: Literal["vignette"] = "vignette"
    amount: Amount = 0.4


class Grain(Targeted):
    op: Literal["grain"] = "grain"
    strength: Strength = 0.3


class Restyle(Targeted):
    """`style` is a canonical style name, or the wish in words when it is none of those."""

    op: Literal["restyle"] = "restyle"
    style: str
    strength: Strength = 1.0


# ---- geometry ------------------------------------------------------------------------------------------


class Crop(Operation):
    """What is kept: `box` (x0, y0, x1, y1 as shares 0..1), a `target`, the aspect about an anchor, or less margin.

    aspect   width / height ("1:1" is 1.0)
    shape    "circle" makes the outside transparent
    zoom     how many times closer (2.0 keeps the middle half of each side)
    cut      sides to cut off, each by `share` of that dimension or by `pixels`
    """

    op: Literal["crop"] = "crop"
    target: Target | None = None
    aspect: float | None = Field(default=None, gt=0.01, le=100)
    orientation: Literal["portrait", "landscape"] | None = None
    shape: Literal["rectangle", "circle"] = "rectangle"
    anchor: Place = "center"
    zoom: float | None = Field(default=None, ge=1.0, le=100)
    cut: tuple[Side, ...] = ()
    share: float | None = Field(default=None, gt=0.0, lt=1.0)
    pixels: int | None = Field(default=None, ge=1, le=100_000)
    box: tuple[float, float, float, float] | None = None
    width: int | None = Field(default=None, ge=1, le=100_000)
    height: int | None = Field(default=None, ge=1, le=100_000)


class Rotate(Targeted):
    op: Literal["rotate"] = "rotate"
    degrees: float = Field(default=90.0, ge=-3600, le=3600)


class Straighten(Targeted):
    """Turn so that the dominant horizontal or vertical lines become so; `degrees` None is measured."""

    op: Literal["straighten"] = "straighten"
    degrees: float | None = Field(default=None, ge=-45, le=45)


class Flip(Targeted):
    """`horizontal` mirrors left and right; `vertical` turns upside down."""

    op: Literal["flip"] = "flip"
    axis: Literal["horizontal", "vertical"] = "horizontal"


class Resize(Operation):
    """Exactly one way: width and/or height in px, factor, longest side, shortest side.

    The aspect is kept unless both width and height are given.
    """

    op: Literal["resize"] = "resize"
    width: int | None = Field(default=None, ge=1, le=100_000)
    height: int | None = Field(default=None, ge=1, le=100_000)
    factor: float | None = Field(default=None, gt=0.0, le=64)
    longest: int | None = Field(default=None, ge=1, le=100_000)
    shortest: int | None = Field(default=None, ge=1, le=100_000)


class Border(Operation):
    """A frame (or padding) around the whole picture. `aspect` pads to that shape instead of an even width."""

    op: Literal["border"] = "border"
    width: Length = Length(share=0.04)
    color: Color = "#ffffff"
    sides: tuple[Side, ...] = ()
    aspect: float | None = Field(default=None, gt=0.01, le=100)


class RoundCorners(Operation):
    op: Literal["round_corners"] = "round_corners"
    radius: Length = Length(share=0.08)


class Warp(Targeted):
    """`kind` stretches, squeezes, … ; `axis` None is what the kind is usually done along."""

    op: Literal["warp"] = "warp"
    kind: Literal[
        "stretch", "squeeze", "wave", "swirl", "bulge", "pinch", "fisheye", "perspective", "distort"
    ] = "distort"  # fmt: skip
    axis: Literal["horizontal", "vertical"] | None = None
    amount: Amount = 0.3


class Extend(Operation):
    """Outpaint: more canvas on `sides` (all when empty), `share` of the dimension on each."""

    op: Literal["extend"] = "extend"
    sides: tuple[Side, ...] = ()
    share: float = Field(default=0.25, gt=0.0, le=4.0)
    fill: Fill = "learned"


class Upscale(Operation):
    """`factor` times as many pixels a side. `faithful` is for clean pictures and adds nothing; otherwise blur, noise
    and compression, as snapshots have them, are taken off on the way. `words` say what a drawing shows, for a painter
    that makes drawings large; "" is a photo."""

    op: Literal["upscale"] = "upscale"
    factor: float = Field(default=2.0, gt=1.0, le=8.0)
    faithful: Annotated[bool, Field(exclude_if=_is_usual)] = False
    words: Annotated[str, Field(exclude_if=_is_usual)] = ""


# ---- lettering -----------------------------------------------------------------------------------------


class AddText(Operation):
    """Draw `text`. `color` None is picked to contrast; `target` puts it on or beside a region.

    place    None: the bottom of the frame, or with a target: on the target. With a target, "top", "bottom", "left"
             and "right" are beside it (above, below, …) where there is room; the others are places on it
    """

    op: Literal["add_text"] = "add_text"
    text: str
    place: Place | None = None
    color: Color | None = None
    size: Length | None = None
    strength: Strength = 1.0
    target: Target | None = None


class Caption(Operation):
    """A bar below (or above) the picture with `text` in it."""

    op: Literal["caption"] = "caption"
    text: str
    side: Literal["top", "bottom"] = "bottom"
    color: Color = "#ffffff"
    background: Color = "#000000"


class Watermark(Operation):
    """Translucent `text` or `picture` (a file) at a place, or tiled over everything."""

    op: Literal["watermark"] = "watermark"
    text: str | None = None
    picture: str | None = None
    place: Place = "bottom right"
    tiled: bool = False
    opacity: Strength = 0.5
    color: Color | None = None
    size: Length | None = None


class RemoveText(Operation):
    """Take lettering off; target None is all of it."""

    op: Literal["remove_text"] = "remove_text"
    target: Target | None = None
    fill: Fill = "learned"


class ReplaceText(Operation):
    op: Literal["replace_text"] = "replace_text"
    target: Target | None = None
    text: str
    fill: Fill = "learned"


# ---- things --------------------------------------------------------------------------------------------


class Recolor(Targeted):
    """Give the target a colour; its shading stays. `strength` below 1 leans towards the colour."""

    op: Literal["recolor"] = "recolor"
    color: Color | None = None
    strength: Strength = 1.0


class Remove(Targeted):
    """Take the target away and fill from around it. Some targets (haze, noise, red-eye) have their own treatment."""

    op: Literal["remove"] = "remove"
    fill: Fill = "learned"


class Add(Operation):
    op: Literal["add"] = "add"
    thing: Thing
    place: Place | None = None
    target: Target | None = None


class Replace(Targeted):
    op: Literal["replace"] = "replace"
    thing: Thing | None = None
    fill: Fill = "learned"


class Move(Targeted):
    """Towards a side or to a place; `distance` None is a tenth of the shorter side for a direction."""

    op: Literal["move"] = "move"
    place: Place | None = None
    direction: Literal["left", "right", "up", "down"] | None = None
    distance: Length | None = None
    to: Target | None = None
    fill: Fill = "learned"


class Scale(Targeted):
    op: Literal["scale"] = "scale"
    factor: float = Field(default=1.3, gt=0.0, le=20)
    fill: Fill = "learned"


class Duplicate(Targeted):
    op: Literal["duplicate"] = "duplicate"
    count: int = Field(default=1, ge=1, le=100)
    place: Place | None = None


# ---- background and several pictures -------------------------------------------------------------------


class RemoveBackground(Operation):
    """What lies behind `target` (None: the picture's main subject) becomes transparent."""

    op: Literal["remove_background"] = "remove_background"
    target: Target | None = None


class ReplaceBackground(Operation):
    """Behind `target` (None: the main subject) comes a colour, a gradient of two, a picture file, or a scene."""

    op: Literal["replace_background"] = "replace_background"
    color: Color | None = None
    gradient: tuple[Color, Color] | None = None
    picture: str | None = None
    scene: Thing | None = None
    target: Target | None = None


class BlurBackground(Operation):
    op: Literal["blur_background"] = "blur_background"
    strength: Strength = 0.5
    target: Target | None = None


class Combine(Operation):
    """Put the target (cut out) or the whole picture together with another: a file, or a described scene."""

    op: Literal["combine"] = "combine"
    target: Target | None = None
    picture: str | None = None
    scene: Thing | None = None
    layout: Literal["into", "beside", "above", "grid", "blend"] = "into"


class Restore(Targeted):
    """An old, noisy or faded photo made presentable; with `scratches`, thin lines are found and filled, too.

    strength  share of what is measured to be needed; 0 with `scratches` touches nothing else
    sigma     standard deviation of the noise in levels, 0..100; None is measured
    """

    op: Literal["restore"] = "restore"
    strength: Strength | None = None
    sigma: float | None = Field(default=None, ge=0.0, le=100.0)
    scratches: Annotated[bool, Field(exclude_if=_is_usual)] = False
    fill: Fill = "learned"


# ---- painted by a model: made by a reader from words, not by the grammar ---------------------------------


Sampler = Literal["euler", "heun", "dpm++2m"]


class Draw(Operation):
    """A picture from nothing, in place of the canvas. `words` are the wish; `layout` is what is painted: the scene that
    a reader made of them, in the tokens of the Stickerbook (`world.tokens`).

    steps     of sampling;  guidance  scale of classifier-free guidance;  sampler  how the steps are gone. None: as is
              usual. They are the embedded painter's; large models have settings of their own.
    """

    op: Literal["draw"] = "draw"
    words: str
    layout: str
    steps: int | None = Field(default=None, ge=1, le=200)
    guidance: float | None = Field(default=None, ge=1.0, le=20.0)
    sampler: Sampler | None = None


Method = Literal["repaint", "prompt-to-prompt", "sdedit", "invert"]
"""How parts of a drawing become others: painted anew beside what stays ("repaint"), or the given picture edited in
latents, beside its own path from noise with its attention or without ("prompt-to-prompt", "invert"), or begun midway
with fresh noise ("sdedit")."""


class Repaint(Operation):
    """Parts of a drawn picture made into others: inside of `boxes` (x0, y0, x1, y1 in pixels) it becomes `layout`.

    method    how
    before    what the picture shows before, in the tokens of `layout`; for the methods that edit in latents
    strength  how far it may go from what was there, for "prompt-to-prompt" and "sdedit"; None: as is usual
    """

    op: Literal["repaint"] = "repaint"
    words: str
    layout: str
    boxes: tuple[tuple[int, int, int, int], ...]
    method: Annotated[Method, Field(exclude_if=_is_usual)] = "repaint"
    before: Annotated[str, Field(exclude_if=_is_usual)] = ""
    strength: Strength | None = None


# ---- questions, and wishes with nothing definite in them -----------------------------------------------


class Describe(Targeted):
    op: Literal["describe"] = "describe"


class Ask(Operation):
    op: Literal["ask"] = "ask"
    question: str


class Count(Targeted):
    op: Literal["count"] = "count"


class Vague(Targeted):
    """Something is wanted but nothing definite ("apply a filter"); carrying it out asks back."""

    op: Literal["vague"] = "vague"
    words: str = ""


ALL_OPERATIONS: tuple[type[Operation], ...] = (
    Brightness, Exposure, Contrast, Highlights, Shadows, Gamma, Saturation, Vibrance, Warmth, Tint, Hue,
    Grayscale, Sepia, Invert, Posterize, AutoEnhance,
    Sharpness, Blur, Denoise, Dehaze, Pixelate, Vignette, Grain, Restyle,
    Crop, Rotate, Straighten, Flip, Resize, Border, RoundCorners, Warp, Extend, Upscale,
    AddText, Caption, Watermark, RemoveText, ReplaceText,
    Recolor, Remove, Add, Replace, Move, Scale, Duplicate,
    RemoveBackground, ReplaceBackground, BlurBackground, Combine, Restore,
    Draw, Repaint,
    Describe, Ask, Count, Vague,
)  # fmt: skip

AnyOperation = Annotated[
    Brightness | Exposure | Contrast | Highlights | Shadows | Gamma | Saturation | Vibrance | Warmth | Tint | Hue
    | Grayscale | Sepia | Invert | Posterize | AutoEnhance
    | Sharpness | Blur | Denoise | Dehaze | Pixelate | Vignette | Grain | Restyle
    | Crop | Rotate | Straighten | Flip | Resize | Border | RoundCorners | Warp | Extend | Upscale
    | AddText | Caption | Watermark | RemoveText | ReplaceText
    | Recolor | Remove | Add | Replace | Move | Scale | Duplicate
    | RemoveBackground | ReplaceBackground | BlurBackground | Combine | Restore
    | Draw | Repaint
    | Describe | Ask | Count | Vague,
    Field(discriminator="op"),
]  # fmt: skip
