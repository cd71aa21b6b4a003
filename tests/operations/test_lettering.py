"""Text, captions and watermarks: where they land, that they can be read, and that nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from diptych.core.errors import InvalidPicture, InvalidPlan, NoFont, Unsupported
from diptych.core.operation import AddText, Caption, Length, Watermark
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Place, Target
from diptych.operations.change import Change, Context
from diptych.operations.fonts import choose_fonts
from diptych.operations.inking import READABLE, contrast, luminance, readable_on
from diptych.operations.lettering import caption
from diptych.operations.typesetting import advance, clean, draw, fit, wrap
from whole_frame import add_text, watermark


@pytest.fixture(scope="module")
def photo() -> Picture:
    return Picture(data.coffee())


def flat(color: tuple[int, ...], width: int = 400, height: int = 300) -> Picture:
    return Picture(np.full((height, width, len(color)), color, np.uint8))


def only_touched_changed(before: Picture, change: Change) -> bool:
    assert change.touched is not None
    differs = (before.pixels != change.pixels).any(axis=2)
    return bool(differs.any()) and not bool(differs[change.touched.mask == 0].any())


# ---- text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "column", "row"),
    [("top left", 0, 0), ("top", 1, 0), ("top right", 2, 0), ("left", 0, 1), ("center", 1, 1), ("right", 2, 1),
     ("bottom left", 0, 2), ("bottom", 1, 2), ("bottom right", 2, 2), ("corners", 2, 2), ("edges", 1, 2),
     ("background", 1, 1), ("top third", 1, 0), ("right third", 2, 1)],
)  # fmt: skip
def test_text_lands_at_its_place(photo: Picture, place: Place, column: int, row: int) -> None:
    change = add_text(photo, AddText(text="ACME", place=place), None, Context())
    assert only_touched_changed(photo, change)
    assert change.touched is not None
    x0, y0, x1, y1 = change.touched.box
    assert int((x0 + x1) / 2 / photo.width * 3) == column
    assert int((y0 + y1) / 2 / photo.height * 3) == row
    assert x0 > 0
    assert y0 > 0
    assert x1 < photo.width
    assert y1 < photo.height


def test_text_goes_to_the_bottom_when_no_place_is_said(photo: Picture) -> None:
    silent = add_text(photo, AddText(text="ACME"), None, Context())
    said = add_text(photo, AddText(text="ACME", place="bottom"), None, Context())
    assert np.array_equal(silent.pixels, said.pixels)


def test_the_touched_region_is_tight(photo: Picture) -> None:
    change = add_text(photo, AddText(text="ACME"), None, Context())
    assert change.touched is not None
    assert change.touched.area < 0.02


def test_its_size_follows_the_picture_or_what_was_said(photo: Picture) -> None:
    def height(operation: AddText) -> int:
        touched = add_text(photo, operation, None, Context()).touched
        assert touched is not None
        return touched.box[3] - touched.box[1]

    normal = height(AddText(text="HHH", color="#ffffff"))
    assert 0.05 * photo.height < normal < 0.1 * photo.height  # capitals are 0.7 of the em, and have a rim here
    large, small = (height(AddText(text="HHH", size=Length(pixels=pixels))) for pixels in (100, 50))
    assert large == pytest.approx(2 * small, rel=0.15)


@pytest.mark.parametrize(("ground", "expected"), [((10, 10, 30), "#ffffff"), ((240, 240, 220), "#000000")])
def test_the_color_is_picked_to_contrast(ground: tuple[int, int, int], expected: str) -> None:
    picture = flat(ground)
    change = add_text(picture, AddText(text="ACME", place="center"), None, Context())
    wanted = np.array([int(expected[i : i + 2], 16) for i in (1, 3, 5)])
    assert (change.pixels == wanted).all(axis=2).sum() > 100
    # Nothing but mixtures of the two: the contrast is there, so no outline is drawn.
    low, high = np.minimum(ground, wanted), np.maximum(ground, wanted)
    assert ((change.pixels >= low) & (change.pixels <= high)).all()


@pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0), (119, 119, 119), (200, 60, 20)])
@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#777777", "#ffe000", "#ff0000"])
def test_letters_of_any_color_are_readable_on_any_ground(ground: tuple[int, int, int], color: str) -> None:
    """Between a letter and what it borders on, the ground or the outline, the contrast is that of WCAG or the best
    that black and white allow for its colour."""
    operation = AddText(text="HIH", place="center", color=color, size=Length(pixels=120))
    change = add_text(flat(ground), operation, None, Context())
    letter = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    row = change.pixels[150]
    if tuple(letter) != ground:
        assert (row == letter).all(axis=1).any()
    under = [luminance("#" + "".join(f"{value:02x}" for value in pixel)) for pixel in row]
    best = max(contrast(luminance(color), value) for value in under)
    possible = max(contrast(luminance(color), 0.0), contrast(luminance(color), 1.0))
    assert best >= min(READABLE, 0.8 * possible) * 0.95


def test_an_outline_comes_only_where_contrast_lacks() -> None:
    pixels = np.zeros((300, 600, 3), np.uint8)
    pixels[:, 300:] = 255
    picture = Picture(pixels)
    operation = AddText(text="HHHHHHHH", place="center", color="#ffffff", size=Length(pixels=90))
    change = add_text(picture, operation, None, Context())
    assert change.touched is not None
    x0, _, x1, _ = change.touched.box
    dark = (change.pixels[:, 330:] < 60).all(axis=2)
    assert dark.any()
    left, right = 300 - x0, x1 - 300
    assert right > left + 2  # the outline reaches beyond the letters on the white half only


def test_strength_is_opacity() -> None:
    picture = flat((0, 0, 0))
    change = add_text(picture, AddText(text="HHH", place="center", color="#ffffff", strength=0.5), None, Context())
    assert change.pixels.max() in (127, 128)


def test_text_is_drawn_over_transparent_pixels() -> None:
    change = add_text(flat((0, 0, 0, 0)), AddText(text="HHH", place="center", color="#ff0000"), None, Context())
    assert change.pixels.shape[2] == 4
    solid = change.pixels[change.pixels[:, :, 3] == 255]
    assert (solid[:, :3] == (255, 0, 0)).all(axis=1).sum() > 50
    assert change.pixels[0, 0].tolist() == [0, 0, 0, 0]


def test_alpha_of_what_is_beneath_stays(photo: Picture) -> None:
    rgba = Picture(np.dstack([photo.pixels, np.full(photo.pixels.shape[:2], 255, np.uint8)]))
    plain = add_text(photo, AddText(text="ACME"), None, Context())
    change = add_text(rgba, AddText(text="ACME"), None, Context())
    assert (change.pixels[:, :, 3] == 255).all()
    assert np.abs(change.pixels[:, :, :3].astype(int) - plain.pixels).max() <= 1


def test_a_target_takes_the_text_on_it_or_beside_it(photo: Picture) -> None:
    box = (150, 150, 450, 250)
    region = Region.from_box(box, photo.height, photo.width)

    def where(place: Place | None) -> tuple[int, int, int, int]:
        operation = AddText(text="HELLO", place=place, target=Target(noun="sign"))
        touched = add_text(photo, operation, region, Context()).touched
        assert touched is not None
        return touched.box

    for place in (None, "center", "top left", "bottom right"):
        x0, y0, x1, y1 = where(place)
        assert box[0] <= x0 < x1 <= box[2]
        assert box[1] <= y0 < y1 <= box[3]
    assert where("top")[3] <= box[1]
    assert where("bottom")[1] >= box[3]
    assert where("right")[0] >= box[2]


def test_where_there_is_no_room_beside_a_target_the_text_goes_on_it(photo: Picture) -> None:
    region = Region.from_box((0, 0, photo.width, 390), photo.height, photo.width)
    touched = add_text(photo, AddText(text="HELLO", place="top", target=Target(noun="sky")), region, Context()).touched
    assert touched is not None
    assert touched.box[3] < 390


def test_chinese_and_emoji_are_drawn_or_refused(photo: Picture) -> None:
    operation = AddText(text="清仓 SALE 🎉", place="center", color="#ffffff", size=Length(pixels=60))
    if not _has_font(operation.text):
        with pytest.raises(NoFont, match=r"[清仓🎉]"):
            add_text(photo, operation, None, Context())
        return
    change = add_text(photo, operation, None, Context())
    assert only_touched_changed(photo, change)
    latin = add_text(photo, operation.model_copy(update={"text": "SALE"}), None, Context())
    assert change.touched is not None
    assert latin.touched is not None
    assert change.touched.box[2] - change.touched.box[0] > 1.5 * (latin.touched.box[2] - latin.touched.box[0])


def test_the_same_words_give_the_same_bytes(photo: Picture) -> None:
    first, second = (add_text(photo, AddText(text="ACME 50%"), None, Context()) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\x00\x07"])
def test_no_text_is_an_error(photo: Picture, text: str) -> None:
    for call in (
        lambda: add_text(photo, AddText(text=text), None, Context()),
        lambda: caption(photo, Caption(text=text), None, Context()),
        lambda: watermark(photo, Watermark(text=text), None, Context()),
    ):
        with pytest.raises(InvalidPlan, match="no text"):
            call()


@pytest.mark.parametrize(("size", "text"), [((1, 1), "A"), ((40, 30), "word " * 200), ((400, 300), "x" * 100_000)])
def test_a_text_that_cannot_fit_is_an_error_that_says_so(size: tuple[int, int], text: str) -> None:
    picture = flat((0, 0, 0), *size)
    with pytest.raises(Unsupported, match="does not fit") as caught:
        add_text(picture, AddText(text=text), None, Context())
    assert "放不进" in caught.value.say("zh")


# ---- setting -------------------------------------------------------------------------------------------


def test_lines_break_at_spaces_and_stay_within_the_measure() -> None:
    text = "The quick brown fox jumps over the lazy dog and runs away"
    fonts = choose_fonts(text)
    lines = wrap(text, 10.0, fonts)
    assert lines is not None
    assert " ".join(lines) == text
    assert all(advance(line, fonts) <= 10.0 for line in lines)
    widths = [advance(line, fonts) for line in lines]
    assert max(widths) - min(widths) < 4.0  # balanced


def test_a_long_word_is_broken_only_when_it_must_be() -> None:
    fonts = choose_fonts("Donaudampfschifffahrt")
    assert wrap("Donaudampfschifffahrt", 5.0, fonts) is None
    broken = wrap("Donaudampfschifffahrt", 5.0, fonts, break_words=True)
    assert broken is not None
    assert "".join(broken) == "Donaudampfschifffahrt"


def test_chinese_breaks_anywhere_but_before_closing_or_after_opening_marks() -> None:
    text = "今天天气很好，我们（一起）去公园《散步》吧！明天也去。"
    if not _has_font(text):
        pytest.skip("no font with Chinese characters on this machine")
    fonts = choose_fonts(text)
    for measure in np.arange(3.0, 12.0, 0.5):
        lines = wrap(text, float(measure), fonts)
        assert lines is not None
        assert "".join(lines) == text
        assert len(lines) > 1
        for line in lines:
            assert line[0] not in "，。！）》"
            assert line[-1] not in "（《"


def test_line_breaks_in_the_text_are_kept() -> None:
    fonts = choose_fonts("one two")
    fitted = fit("one\n\ntwo", 20, 400, 300, fonts)
    assert fitted == (20, ["one", "", "two"])
    assert clean("one\r\ntwo\x00\x07 \n") == "one\ntwo"


def test_a_line_a_little_too_long_shrinks_before_it_wraps() -> None:
    fonts = choose_fonts("Slightly too long")
    natural = advance("Slightly too long", fonts)
    fitted = fit("Slightly too long", 40, int(natural * 40 * 0.85), 300, fonts)
    assert fitted is not None
    assert fitted[1] == ["Slightly too long"]
    assert 30 <= fitted[0] < 40


def test_ink_is_cut_to_its_letters_and_knows_its_baseline() -> None:
    fonts = choose_fonts("Hg")
    capital, descender = draw(["H"], 100, fonts), draw(["Hg"], 100, fonts)
    assert capital.coverage[0].any()
    assert capital.coverage[-1].any()
    assert capital.coverage[:, 0].any()
    assert capital.coverage[:, -1].any()
    assert abs(capital.baseline - capital.height) <= 1
    assert descender.height > descender.baseline + 10
    bolder = draw(["H"], 100, fonts, embolden=3)
    assert bolder.coverage.sum() > 1.3 * capital.coverage.sum()


# ---- caption -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["top", "bottom"])
def test_a_caption_adds_a_bar_and_keeps_every_pixel(photo: Picture, side: str) -> None:
    change = caption(photo, Caption(text="Figure 1: an espresso", side=side), None, Context())  # type: ignore[arg-type]
    added = change.pixels.shape[0] - photo.height
    assert 0.05 * photo.height < added < 0.3 * photo.height
    kept = change.pixels[added:] if side == "top" else change.pixels[: photo.height]
    assert np.array_equal(kept, photo.pixels)
    bar = change.pixels[:added] if side == "top" else change.pixels[photo.height :]
    assert (bar[:3] == 0).all()
    assert (bar == 255).all(axis=2).sum() > 50
    inked = np.flatnonzero((bar > 128).any(axis=(0, 2)))
    assert abs((inked[0] + inked[-1]) / 2 - photo.width / 2) < 3


def test_a_long_caption_wraps_into_a_higher_bar(photo: Picture) -> None:
    short = caption(photo, Caption(text="An espresso"), None, Context())
    long = caption(photo, Caption(text="An espresso on a wooden table, " * 8), None, Context())
    assert long.pixels.shape[0] > short.pixels.shape[0] + 20


def test_a_caption_in_the_color_of_its_bar_is_made_readable(photo: Picture) -> None:
    change = caption(photo, Caption(text="Hello", color="#ffffff", background="#fffff0"), None, Context())
    assert (change.pixels[photo.height :] < 30).all(axis=2).any()
    assert readable_on("#ffffff") == "#000000"


def test_a_caption_under_a_transparent_picture_is_opaque() -> None:
    change = caption(flat((9, 9, 9, 0)), Caption(text="Hello"), None, Context())
    assert (change.pixels[300:, :, 3] == 255).all()
    assert (change.pixels[:300, :, 3] == 0).all()


# ---- watermark -----------------------------------------------------------------------------------------


def test_a_text_watermark_is_translucent_and_small(photo: Picture) -> None:
    change = watermark(photo, Watermark(text="ACME"), None, Context())
    assert only_touched_changed(photo, change)
    assert change.touched is not None
    x0, y0, x1, y1 = change.touched.box
    assert x1 > 0.9 * photo.width
    assert y1 > 0.9 * photo.height
    assert change.touched.area < 0.01
    weaker = watermark(photo, Watermark(text="ACME", opacity=0.1), None, Context())
    before = photo.pixels.astype(int)
    assert np.abs(weaker.pixels - before).sum() < 0.5 * np.abs(change.pixels - before).sum()
    assert (x0, y0) != (0, 0)


def test_a_tiled_watermark_is_everywhere_and_tilted(photo: Picture) -> None:
    change = watermark(photo, Watermark(text="SAMPLE", tiled=True), None, Context())
    assert only_touched_changed(photo, change)
    assert change.touched is not None
    mask = change.touched.mask
    for rows in np.array_split(mask, 3, axis=0):
        for part in np.array_split(rows, 3, axis=1):
            assert 0.005 < part.mean() < 0.5


def test_a_picture_watermark_keeps_its_alpha_and_its_share(tmp_path: Path) -> None:
    logo = np.zeros((50, 100, 4), np.uint8)
    logo[:, :50] = (255, 0, 0, 255)
    Image.fromarray(logo).save(tmp_path / "logo.png")
    picture = flat((0, 0, 255), 1000, 800)
    operation = Watermark(picture="logo.png", place="top left", opacity=1.0)
    change = watermark(picture, operation, None, Context(folder=tmp_path))
    assert change.touched is not None
    x0, y0, x1, y1 = change.touched.box
    assert abs((x1 - x0) - 90) <= 2  # the opaque half of 18 % of the width
    assert abs((y1 - y0) - 90) <= 2
    assert (change.pixels[y0 + 10, x0 + 10] == (255, 0, 0)).all()
    half = watermark(picture, operation.model_copy(update={"opacity": 0.5}), None, Context(folder=tmp_path))
    assert np.abs(half.pixels[y0 + 10, x0 + 10].astype(int) - (128, 0, 128)).max() <= 1
    tiled = watermark(picture, operation.model_copy(update={"tiled": True}), None, Context(folder=tmp_path))
    assert tiled.touched is not None
    assert tiled.touched.area > 3 * change.touched.area
    assert (tiled.pixels[:, :, 1] == 0).all()  # red and blue mix without the colour of the transparent half


def test_a_watermark_file_that_is_missing_is_named(photo: Picture, tmp_path: Path) -> None:
    with pytest.raises(InvalidPicture, match=r"nowhere\.png"):
        watermark(photo, Watermark(picture="nowhere.png"), None, Context(folder=tmp_path))


def _has_font(text: str) -> bool:
    try:
        choose_fonts(text)
    except NoFont:
        return False
    return True
