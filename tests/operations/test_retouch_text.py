"""Lettering taken off, and other words written in its place, on boards, paper and photos."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.errors import AmbiguousTarget, InvalidPlan, NoFont, TargetNotFound, Unsupported
from diptych.core.operation import AddText, Length, RemoveText, ReplaceText
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Change, Context, Pixels
from diptych.operations.fonts import Style, choose_fonts
from diptych.operations.imitation import Hand, imitate
from diptych.operations.inking import blend
from diptych.operations.retouch_text import remove_text, replace_text
from diptych.operations.strokes import find_strokes, softness, thickness
from diptych.operations.typesetting import draw
from whole_frame import add_text

Quad = list[tuple[float, float]]
RED, WHITE = np.array([170, 25, 30]), np.array([255, 255, 255])


class Found:
    """A grounder that has found what it is told."""

    name = "found"

    def __init__(self, *regions: Region) -> None:
        self.regions = list(regions)

    def find(self, picture: Picture, target: Target) -> list[Region]:
        return self.regions


def lettered_board(words: str, quad: Quad, noise: float = 3.0) -> tuple[Picture, Picture, Region]:
    """A photo with a red board whose corners are `quad`: empty, lettered in white, and the box of the letters."""
    photo = data.coffee()
    ink = draw([words], 120, choose_fonts(words))
    board = np.empty((ink.height + 160, ink.width + 200, 3), np.uint8)
    board[:] = RED
    empty = board.copy()
    blend(board[80:-80, 100:-100], "#ffffff", ink.coverage.astype(np.float32) / 255)
    rows, columns = board.shape[:2]
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    place = cv2.getPerspectiveTransform(corners, np.array(quad, np.float32))
    size = (photo.shape[1], photo.shape[0])
    where = cv2.warpPerspective(np.ones((rows, columns), np.float32), place, size)[:, :, None]
    grain = np.random.default_rng(5).normal(0, noise, photo.shape)
    pictures = []
    for face in (empty, board):
        soft = cv2.GaussianBlur(face, (0, 0), 1.5)
        mixed = photo * (1 - where) + cv2.warpPerspective(soft, place, size) * where + grain
        pictures.append(Picture(np.clip(mixed, 0, 255).astype(np.uint8)))
    box = np.array([[[80, 60], [columns - 80, 60], [columns - 80, rows - 60], [80, rows - 60]]], np.float32)
    mask = np.zeros(photo.shape[:2], np.float32)
    cv2.fillConvexPoly(mask, np.round(cv2.perspectiveTransform(box, place)[0]).astype(np.int32), 1.0)
    return pictures[0], pictures[1], Region(mask, words)


STRAIGHT: Quad = [(60, 60), (400, 60), (400, 180), (60, 180)]
TURNED: Quad = [(60, 120), (400, 60), (420, 170), (80, 230)]
RECEDING: Quad = [(60, 40), (420, 100), (420, 190), (60, 220)]


def only_touched_changed(before: Picture, change: Change) -> bool:
    assert change.touched is not None
    differs = (before.pixels != change.pixels).any(axis=2)
    return bool(differs.any()) and not bool(differs[change.touched.mask == 0].any())


def letter_pixels(pixels: Pixels, region: Region) -> np.ndarray:
    """Where in the region it is more like the white of the letters than like the red of the board."""
    values = pixels.astype(int)
    nearer = np.abs(values - WHITE).sum(axis=2) < np.abs(values - RED).sum(axis=2)
    return np.asarray(nearer & (region.mask > 0))


@pytest.mark.parametrize("quad", [STRAIGHT, TURNED, RECEDING], ids=["straight", "turned", "receding"])
def test_letters_are_removed_from_a_board(quad: Quad) -> None:
    empty, lettered, region = lettered_board("SALE 2024", quad)
    assert letter_pixels(lettered.pixels, region).sum() > 500
    change = remove_text(lettered, RemoveText(), region, Context())
    assert only_touched_changed(lettered, change)
    assert not letter_pixels(change.pixels, region).any()
    # What is left differs from the empty board by its grain alone (two draws of deviation 3: 3.4 on average).
    error = np.abs(change.pixels.astype(int) - empty.pixels)[region.mask > 0]
    assert error.mean() < 4.0
    # ... and has grain itself, instead of a smooth patch.
    assert change.touched is not None
    filled = change.pixels[(change.touched.mask > 0) & (region.mask > 0)]
    assert 1.5 < filled.std(axis=0).mean() < 6.0


def test_only_the_strokes_are_repainted() -> None:
    _, lettered, region = lettered_board("SALE 2024", STRAIGHT)
    change = remove_text(lettered, RemoveText(), region, Context())
    assert change.touched is not None
    assert change.touched.area < 0.75 * region.area


def test_a_line_is_removed_from_a_photographed_page() -> None:
    page = Picture(np.repeat(data.page()[:, :, None], 3, axis=2))
    heading = Region.from_box((2, 8, 298, 37), page.height, page.width)
    change = remove_text(page, RemoveText(), heading, Context())
    assert only_touched_changed(page, change)
    before = cv2.Laplacian(page.pixels[10:35, 5:290, 0], cv2.CV_32F)
    after = cv2.Laplacian(change.pixels[10:35, 5:290, 0], cv2.CV_32F)
    assert np.abs(after).mean() < 0.3 * np.abs(before).mean()
    # The paper's shading, darker on the left, runs on.
    columns = change.pixels[12:32, :, 0].mean(axis=0)
    assert columns[10:40].mean() < columns[100:140].mean() - 20


def test_lettering_is_removed_from_a_photo_of_many_colors() -> None:
    photo = Picture(data.chelsea())
    operation = AddText(text="SPECIMEN", place="center", color="#ffffff", size=Length(share=0.14))
    marked = add_text(photo, operation, None, Context())
    assert marked.touched is not None
    x0, y0, x1, y1 = marked.touched.box
    region = Region.from_box((x0 - 4, y0 - 4, x1 + 4, y1 + 4), photo.height, photo.width)
    change = remove_text(Picture(marked.pixels), RemoveText(), region, Context())
    marks = np.abs(marked.pixels.astype(int) - photo.pixels).max(axis=2)
    ink = marks > 20  # its rim fades away into the photo
    after = np.abs(change.pixels.astype(int) - photo.pixels).max(axis=2)
    assert after[ink].mean() < 0.4 * marks[ink].mean()


@pytest.mark.parametrize("quad", [STRAIGHT, TURNED, RECEDING], ids=["straight", "turned", "receding"])
def test_new_words_stand_where_the_old_ones_stood(quad: Quad) -> None:
    """Same colour, height, angle: drawn over the board as if they had always been there."""
    _, lettered, region = lettered_board("SALE", quad)
    change = replace_text(lettered, ReplaceText(text="SOLD", target=Target(text="SALE")), region, Context())
    assert only_touched_changed(lettered, change)
    new = letter_pixels(change.pixels, region)
    old = letter_pixels(lettered.pixels, region)
    rows_new, rows_old = np.flatnonzero(new.any(axis=1)), np.flatnonzero(old.any(axis=1))
    assert abs(rows_new[0] - rows_old[0]) <= 4
    assert abs(rows_new[-1] - rows_old[-1]) <= 4
    assert 0.7 < new.sum() / old.sum() < 1.5
    core = change.pixels[cv2.erode(new.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0]
    old_core = lettered.pixels[cv2.erode(old.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0]
    assert np.abs(np.median(core, axis=0) - np.median(old_core, axis=0)).max() < 25


@pytest.mark.parametrize("quad", [STRAIGHT, TURNED, RECEDING], ids=["straight", "turned", "receding"])
def test_the_same_words_come_back_as_they_were(quad: Quad) -> None:
    _, lettered, region = lettered_board("OPEN", quad)
    change = replace_text(lettered, ReplaceText(text="OPEN", target=Target(text="OPEN")), region, Context())
    new, old = letter_pixels(change.pixels, region), letter_pixels(lettered.pixels, region)
    assert (new & old).sum() / (new | old).sum() > 0.75


def test_long_words_stay_within_the_old_box() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    operation = ReplaceText(text="EVERYTHING MUST GO", target=Target(text="SALE"))
    change = replace_text(lettered, operation, region, Context())
    assert change.touched is not None
    assert change.touched.box[0] >= region.box[0] - 3
    assert change.touched.box[2] <= region.box[2] + 3


def test_words_that_were_not_quoted_are_replaced_too() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    unlabelled = Region(np.asarray(region.mask))
    change = replace_text(lettered, ReplaceText(text="SOLD"), unlabelled, Context())
    new, old = letter_pixels(change.pixels, region), letter_pixels(lettered.pixels, region)
    rows_new, rows_old = np.flatnonzero(new.any(axis=1)), np.flatnonzero(old.any(axis=1))
    assert abs(len(rows_new) - len(rows_old)) <= 8


def test_chinese_replaces_english_or_is_refused() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    operation = ReplaceText(text="清仓", target=Target(text="SALE"))
    if not _has_font("清仓"):
        with pytest.raises(NoFont, match="清仓"):
            replace_text(lettered, operation, region, Context())
        return
    change = replace_text(lettered, operation, region, Context())
    new, old = letter_pixels(change.pixels, region), letter_pixels(lettered.pixels, region)
    rows_new, rows_old = np.flatnonzero(new.any(axis=1)), np.flatnonzero(old.any(axis=1))
    assert 0.9 < len(rows_new) / len(rows_old) < 1.3
    columns = np.flatnonzero(new.any(axis=0))
    assert 1.5 < len(columns) / len(rows_new) < 2.5  # two square characters


def test_vertical_writing_stays_vertical() -> None:
    inside = np.zeros((400, 140), np.bool_)
    inside[20:380, 20:120] = True
    text = "AB" if not _has_font("欢迎光临") else "欢迎光临"
    alpha = imitate(text, Hand(inside, None, None))
    rows, columns = np.flatnonzero((alpha > 0.5).any(axis=1)), np.flatnonzero((alpha > 0.5).any(axis=0))
    assert len(rows) > 1.5 * len(columns)
    assert rows[0] >= 20
    assert rows[-1] < 380


def test_old_words_that_no_font_has_can_still_be_replaced() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    operation = ReplaceText(text="SOLD", target=Target(text="\U00013000\U00013001"))
    change = replace_text(lettered, operation, region, Context())
    assert letter_pixels(change.pixels, region).sum() > 300


def test_every_quoted_place_is_rewritten_and_an_unquoted_one_only_once() -> None:
    photo = Picture(np.full((300, 500, 3), RED, np.uint8))
    picture, mask = photo, np.zeros((300, 500), np.float32)
    for place in ("top", "bottom"):
        change = add_text(picture, AddText(text="SALE", place=place, color="#ffffff"), None, Context())  # type: ignore[arg-type]
        assert change.touched is not None
        x0, y0, x1, y1 = change.touched.box
        mask[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = 1.0
        picture = Picture(change.pixels)
    region = Region(mask, "text")
    for target, expected in ((Target(text="SALE"), 2), (None, 1)):
        change = replace_text(picture, ReplaceText(text="SOLD", target=target), region, Context())
        white = (change.pixels > 200).all(axis=2)
        assert [bool(white[:150].any()), bool(white[150:].any())].count(True) == expected


def test_alpha_stays() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    rgba = Picture(np.dstack([lettered.pixels, np.full(lettered.pixels.shape[:2], 200, np.uint8)]))
    removed = remove_text(rgba, RemoveText(), region, Context())
    assert (removed.pixels[:, :, 3] == 200).all()
    plain = remove_text(lettered, RemoveText(), region, Context())
    assert np.array_equal(removed.pixels[:, :, :3], plain.pixels)


def test_without_a_region_the_grounder_is_asked() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    corner = Region.from_box((500, 300, 560, 340), lettered.height, lettered.width, "©")
    found = remove_text(lettered, RemoveText(), None, Context(grounder=Found(region)))
    assert np.array_equal(found.pixels, remove_text(lettered, RemoveText(), region, Context()).pixels)
    with pytest.raises(TargetNotFound):
        remove_text(lettered, RemoveText(), None, Context(grounder=Found()))
    with pytest.raises(Unsupported):
        remove_text(lettered, RemoveText(), None, Context())
    quoted = ReplaceText(text="SOLD", target=Target(text="SALE"))
    with pytest.raises(AmbiguousTarget):
        replace_text(lettered, quoted, None, Context(grounder=Found(region, corner)))
    picked = replace_text(lettered, quoted, None, Context(grounder=Found(region, corner), pick=1))
    assert picked.touched is not None
    assert picked.touched.box[2] < 480


def test_no_new_words_is_an_error() -> None:
    _, lettered, region = lettered_board("SALE", STRAIGHT)
    with pytest.raises(InvalidPlan, match="no text"):
        replace_text(lettered, ReplaceText(text="  "), region, Context())


# ---- measuring the strokes -----------------------------------------------------------------------------


def test_strokes_are_told_from_a_plain_ground() -> None:
    ink = draw(["Hamburg"], 60, choose_fonts("Hamburg"))
    rgb = np.empty((ink.height + 40, ink.width + 40, 3), np.uint8)
    rgb[:] = (20, 60, 90)
    blend(rgb[20:-20, 20:-20], "#f0e0c0", ink.coverage.astype(np.float32) / 255)
    inside = np.zeros(rgb.shape[:2], np.bool_)
    inside[14:-14, 14:-14] = True
    strokes = find_strokes(rgb, inside, ink.height)
    assert strokes.separable
    assert strokes.color == "#f0e0c0"
    assert strokes.plain is not None
    assert np.abs(strokes.plain.astype(int) - (20, 60, 90)).max() <= 2
    expected = np.pad(ink.coverage, 20).astype(np.float32) / 255
    assert np.abs(strokes.coverage - expected).max() < 0.06
    assert strokes.spread[expected > 0].all()


def test_a_box_without_letters_is_repainted_whole() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (60, 200, 3), dtype=np.uint8)
    inside = np.zeros((60, 200), np.bool_)
    inside[10:50, 10:190] = True
    strokes = find_strokes(rgb, inside, 40)
    assert not strokes.separable
    assert np.array_equal(strokes.spread, inside)


def test_thickness_and_softness_are_in_pixels() -> None:
    bar = np.zeros((200, 400), np.float32)
    bar[90:102, 50:350] = 1.0
    assert thickness(bar) == pytest.approx(12, rel=0.15)
    for sigma in (1.5, 3.0):
        assert softness(cv2.GaussianBlur(bar, (0, 0), sigma)) == pytest.approx(sigma, rel=0.2)
    assert softness(bar) == 0.0


def test_a_bold_hand_is_imitated_bold() -> None:
    """On a machine with a bold face it is taken; on one without, the strokes are thickened."""
    regular = draw(["MARKET"], 120, choose_fonts("MARKET"))
    bold = draw(["MARKET"], 120, choose_fonts("MARKET"), embolden=5)
    measured = []
    for ink in (regular, bold):
        coverage = np.pad(ink.coverage, 20).astype(np.float32) / 255
        inside = np.pad(np.ones(ink.coverage.shape, np.bool_), 20)
        measured.append(thickness(imitate("MARKET", Hand(inside, coverage, "MARKET"))))
    assert measured[1] > 1.25 * measured[0]


def _has_font(text: str) -> bool:
    try:
        choose_fonts(text, Style())
    except NoFont:
        return False
    return True
