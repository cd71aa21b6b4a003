import cv2
import numpy as np
import pytest
from skimage import data

from diptych.core.errors import Bilingual, InvalidPlan, NoFont, TargetNotFound, Unsupported
from diptych.core.operation import Add, Duplicate, Length, Move, Recolor, Remove, Replace, Scale
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.region import Region
from diptych.core.target import Relation, Target, Thing
from diptych.operations import drawing, stickers, things, weather
from diptych.operations.change import Context
from diptych.operations.color_space import oklab_pixels
from diptych.operations.cutout import cut_out, foreground, over, paste
from diptych.operations.run import run

HEX = {"red": "#ff0000", "blue": "#0000ff", "white": "#ffffff", "black": "#000000", "yellow": "#ffff00"}


class Pointing:
    """Finds one given region, whatever is asked."""

    name = "pointing"

    def __init__(self, region):
        self.region = region

    def find(self, picture, target):
        return [self.region]


@pytest.fixture(scope="module")
def coffee():
    return Picture(np.ascontiguousarray(data.coffee()))


@pytest.fixture(scope="module")
def saucer(coffee):
    """The red saucer and cup: what is red enough."""
    lab = oklab_pixels(coffee.pixels)
    mask = (lab[:, :, 1] > 0.13) & (lab[:, :, 0] > 0.3)
    mask[:60] = mask[:, :60] = mask[:, 480:] = False
    return Region(mask.astype(np.float32), "saucer")


@pytest.fixture
def scene():
    """A striped ground with a green disc on it, and the disc's region."""
    y, x = np.mgrid[:160, :240]
    pixels = np.dstack([120 + 40 * np.sin(x / 5), 110 + 30 * np.sin(x / 5), 100 + 0 * x]).astype(np.uint8)
    disc = (x - 80) ** 2 + (y - 90) ** 2 <= 25**2
    pixels[disc] = (30, 160, 40)
    return Picture(pixels), Region(disc.astype(np.float32), "disc")


def is_green(pixels):
    return (pixels[:, :, 1] > 120) & (pixels[:, :, 0] < 80) & (pixels[:, :, 2] < 80)


def executed(picture, step, region):
    """Through the executor, which proves that nothing outside changed."""
    outcome = run(picture, Plan(steps=(step,)), Context(grounder=Pointing(region)))
    assert outcome.certificates[0].changed_outside == 0
    return outcome


# ---- recolor -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["blue", "yellow", "red"])
def test_recolor_gives_the_hue_that_was_asked_for(coffee, saucer, name):
    after = things.recolor(coffee, Recolor(color=HEX[name]), saucer, Context()).pixels
    inside = saucer.mask > 0.5
    mean = oklab_pixels(after)[inside].mean(axis=0)
    wanted = oklab_pixels(np.array([[[int(HEX[name][i : i + 2], 16) for i in (1, 3, 5)]]], np.uint8))[0, 0]
    turn = np.arctan2(mean[2], mean[1]) - np.arctan2(wanted[2], wanted[1])
    assert abs((turn + np.pi) % (2 * np.pi) - np.pi) < 0.15


@pytest.mark.parametrize(("name", "low", "high"), [("white", 0.8, 1.0), ("black", 0.0, 0.35)])
def test_recolor_to_white_and_black_moves_lightness_and_takes_the_colour(coffee, saucer, name, low, high):
    after = things.recolor(coffee, Recolor(color=HEX[name]), saucer, Context()).pixels
    lab = oklab_pixels(after)[saucer.mask > 0.5]
    assert low < float(np.median(lab[:, 0])) < high
    assert float(np.hypot(lab[:, 1], lab[:, 2]).mean()) < 0.02


def test_recolor_keeps_the_shading(coffee, saucer):
    after = things.recolor(coffee, Recolor(color=HEX["blue"]), saucer, Context()).pixels
    inside = saucer.mask > 0.5
    before_l, after_l = oklab_pixels(coffee.pixels)[inside][:, 0], oklab_pixels(after)[inside][:, 0]
    assert np.corrcoef(before_l, after_l)[0, 1] > 0.9


def test_recolor_leans_with_its_strength(coffee, saucer):
    inside = saucer.mask > 0.5
    before = oklab_pixels(coffee.pixels)[inside].mean(axis=0)

    def shift(strength):
        step = Recolor(color=HEX["blue"], strength=strength)
        after = oklab_pixels(things.recolor(coffee, step, saucer, Context()).pixels)[inside]
        return float(np.linalg.norm(after.mean(axis=0) - before))

    shifts = [shift(strength) for strength in (0.0, 0.3, 1.0)]
    assert shifts[0] < 0.003 < shifts[1] < shifts[2]


def test_recolor_does_not_speckle_grey():
    rng = np.random.default_rng(1)
    grey = np.clip(rng.normal(128, 2, (80, 80, 3)), 0, 255).astype(np.uint8)
    after = things.recolor(Picture(grey), Recolor(color=HEX["red"]), None, Context()).pixels
    assert after.astype(float).std(axis=(0, 1)).max() < 6


def test_recolor_without_a_colour_turns_the_hue_half_way(coffee, saucer):
    after = things.recolor(coffee, Recolor(), saucer, Context()).pixels
    inside = saucer.mask > 0.5
    before_a, after_a = (oklab_pixels(p)[inside][:, 1].mean() for p in (coffee.pixels, after))
    assert before_a > 0.1
    assert after_a < -0.03


def test_recolor_without_a_colour_gives_grey_one():
    after = things.recolor(Picture(np.full((20, 20, 3), 120, np.uint8)), Recolor(), None, Context()).pixels
    assert int(after[0, 0, 2]) > int(after[0, 0, 0]) + 40


def test_recolor_keeps_alpha():
    pixels = np.dstack([np.full((20, 20, 3), 90, np.uint8), np.arange(400, dtype=np.uint16).reshape(20, 20) % 256])
    pixels = pixels.astype(np.uint8)
    after = things.recolor(Picture(pixels), Recolor(color=HEX["red"]), None, Context()).pixels
    assert np.array_equal(after[:, :, 3], pixels[:, :, 3])
    assert (after[:, :, 0] > after[:, :, 1]).all()


# ---- remove --------------------------------------------------------------------------------------------


def test_remove_leaves_nothing_of_the_thing(scene):
    picture, region = scene
    outcome = executed(picture, Remove(target=Target(noun="disc")), region)
    assert not is_green(outcome.picture.pixels).any()
    assert outcome.certificates[0].engine.startswith("inpainter ")


def test_remove_from_a_transparent_surrounding_leaves_it_transparent(scene):
    picture, region = scene
    alpha = np.where(region.mask > 0.5, 255, 0).astype(np.uint8)
    after = things.remove(Picture(np.dstack([picture.pixels, alpha])), Remove(), region, Context()).pixels
    assert after[:, :, 3].max() == 0


def test_remove_without_a_region_says_what_is_missing(coffee):
    with pytest.raises(Unsupported, match="what to remove") as caught:
        things.remove(coffee, Remove(), None, Context())
    assert "去掉" in caught.value.say("zh")


@pytest.mark.parametrize("noun", ["haze", "fog", "noise", "blur", "vignette"])
def test_treatments_work_on_the_whole_picture(noun, coffee):
    noise = np.random.default_rng(0).normal(0, 12, (160, 200, 3))
    small = Picture(np.clip(coffee.pixels[:160, :200] + noise, 0, 255).astype(np.uint8))
    change = things.remove(small, Remove(target=Target(noun=noun)), None, Context())
    assert change.pixels.shape == small.pixels.shape
    assert (change.pixels != small.pixels).any()


def test_removing_noise_needs_no_grounder(coffee):
    small = Picture(np.ascontiguousarray(coffee.pixels[:100, :100]))
    outcome = run(small, Plan(steps=(Remove(target=Target(noun="noise")),)), Context())
    assert outcome.picture.pixels.shape == small.pixels.shape


def test_remove_border_trims_exactly_the_border(coffee):
    framed = np.full((440, 660, 3), 250, np.uint8)
    framed[15:415, 20:620] = coffee.pixels
    outcome = run(Picture(framed), Plan(steps=(Remove(target=Target(noun="border")),)), Context())
    assert np.array_equal(outcome.picture.pixels, coffee.pixels)


@pytest.mark.parametrize("noun", ["border", "red-eye"])
def test_treatment_of_what_is_not_there_is_target_not_found(noun, coffee):
    with pytest.raises(TargetNotFound):
        things.remove(coffee, Remove(target=Target(noun=noun)), None, Context())


def test_red_pupils_go_dark_and_keep_their_glint():
    rng = np.random.default_rng(2)
    face = np.clip(rng.normal((205, 160, 135), 3, (300, 300, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:300, :300]
    pupils = np.zeros((300, 300), bool)
    for cx in (100, 190):
        eye = ((x - cx) / 2) ** 2 + (y - 120) ** 2 < 12**2
        face[eye] = (235, 232, 230)
        pupil = (x - cx) ** 2 + (y - 120) ** 2 <= 3**2
        face[pupil] = (210, 40, 45)
        pupils |= pupil
    lips = ((x - 145) / 4) ** 2 + (y - 220) ** 2 < 9**2
    face[lips] = (190, 70, 75)
    outcome = run(Picture(face), Plan(steps=(Remove(target=Target(noun="red-eye")),)), Context())
    after = outcome.picture.pixels
    assert after[pupils][:, 0].max() < 90
    assert np.array_equal(after[lips], face[lips])


# ---- move, scale, duplicate ----------------------------------------------------------------------------


def centre(pixels):
    rows, columns = np.nonzero(is_green(pixels))
    return float(columns.mean()), float(rows.mean())


@pytest.mark.parametrize(
    ("direction", "dx", "dy"), [("left", -40, 0), ("right", 40, 0), ("up", 0, -40), ("down", 0, 40)]
)
def test_move_by_a_distance(scene, direction, dx, dy):
    picture, region = scene
    step = Move(direction=direction, distance=Length(pixels=40), target=Target(noun="disc"))
    x, y = centre(executed(picture, step, region).picture.pixels)
    assert (x - 80, y - 90) == pytest.approx((dx, dy), abs=1.5)


def test_move_to_a_place_leaves_no_copy_behind(scene):
    picture, region = scene
    after = executed(picture, Move(place="top right", target=Target(noun="disc")), region).picture.pixels
    assert not is_green(after)[:, :120].any()
    x, y = centre(after)
    assert x > 180
    assert y < 50


def test_move_without_a_distance_stays_in_the_frame(scene):
    picture, region = scene
    for direction in ("left", "right", "up", "down"):
        after = things.move(picture, Move(direction=direction), region, Context()).pixels
        assert is_green(after).sum() > 0.9 * region.mask.sum()


def test_move_to_another_thing(scene):
    picture, region = scene
    goal = Region.from_box((150, 20, 230, 100), 160, 240, "window")
    change = things.move(picture, Move(to=Target(noun="window")), region, Context(grounder=Pointing(goal)))
    x, y = centre(change.pixels)
    assert (x, y) == pytest.approx((190, 60), abs=2)


def test_move_nowhere_is_an_invalid_plan(scene):
    picture, region = scene
    with pytest.raises(InvalidPlan, match="direction"):
        things.move(picture, Move(), region, Context())


@pytest.mark.parametrize("factor", [0.5, 1.4])
def test_scale_keeps_the_foot_and_scales_the_area(scene, factor):
    picture, region = scene
    after = executed(picture, Scale(factor=factor, target=Target(noun="disc")), region).picture.pixels
    green = is_green(after)
    assert green.sum() == pytest.approx(factor**2 * region.mask.sum(), rel=0.12)
    assert np.nonzero(green)[0].max() == pytest.approx(115, abs=2)


def test_scale_keeps_a_thing_at_the_frame_that_cuts_it(scene):
    picture, _ = scene
    pixels = picture.pixels.copy()
    pixels[100:, 200:] = (30, 160, 40)
    region = Region.from_box((200, 100, 240, 160), 160, 240, "block")
    after = things.scale(Picture(pixels), Scale(factor=0.5), region, Context()).pixels
    assert is_green(after)[-1, -1]
    assert not is_green(after)[:128, 120:].any()


def test_duplicate_makes_copies_that_do_not_overlap(scene):
    picture, region = scene
    after = executed(picture, Duplicate(count=2, target=Target(noun="disc")), region).picture.pixels
    assert is_green(after).sum() == pytest.approx(3 * region.mask.sum(), rel=0.1)
    assert np.array_equal(after[region.mask > 0], picture.pixels[region.mask > 0])


def test_duplicate_shrinks_when_there_is_little_room(scene):
    picture, region = scene
    after = things.duplicate(picture, Duplicate(count=6), region, Context()).pixels
    assert cv2.connectedComponents(is_green(after).astype(np.uint8))[0] - 1 == 7
    assert is_green(after).sum() > 1.5 * region.mask.sum()


def test_duplicate_at_a_place(scene):
    picture, region = scene
    after = things.duplicate(picture, Duplicate(place="top right"), region, Context()).pixels
    assert is_green(after)[:60, 180:].sum() == pytest.approx(region.mask.sum(), rel=0.15)


def test_duplicate_without_room_says_so(scene):
    picture, region = scene
    with pytest.raises(Unsupported, match="room"):
        things.duplicate(picture, Duplicate(count=100), region, Context())


@pytest.mark.parametrize("step", [Move(place="top"), Scale(factor=0.5), Duplicate()])
def test_transparent_pictures_stay_valid(scene, step):
    picture, region = scene
    alpha = np.where(region.mask > 0.5, 255, 0).astype(np.uint8)
    function = {"move": things.move, "scale": things.scale, "duplicate": things.duplicate}[step.op]
    after = function(Picture(np.dstack([picture.pixels, alpha])), step, region, Context()).pixels
    assert after.shape[2] == 4
    shown = after[:, :, 3] > 250
    assert 0.15 * region.mask.sum() < shown.sum() < 2.2 * region.mask.sum()
    assert is_green(after)[shown].all()


# ---- cutout --------------------------------------------------------------------------------------------


def test_foreground_takes_the_old_background_out_of_the_edge():
    x = np.arange(120, dtype=np.float32)
    alpha = np.broadcast_to(np.clip((x - 50) / 20, 0, 1), (60, 120)).copy()
    mixed = alpha[:, :, None] * np.array([200, 40, 40]) + (1 - alpha[:, :, None]) * np.array([20, 60, 220])
    pixels = np.rint(mixed).astype(np.uint8)
    own = foreground(pixels, alpha)
    edge = (alpha > 0.3) & (alpha < 1)
    assert np.abs(own[edge].astype(float) - (200, 40, 40)).mean() < 12
    assert np.abs(pixels[edge].astype(float) - (200, 40, 40)).mean() > 30


def test_cut_out_and_pasted_back_is_the_same_picture(scene):
    picture, region = scene
    thing = cut_out(picture, region)
    canvas = picture.pixels.copy()
    paste(canvas, thing.pixels, *thing.box[:2])
    sure = cv2.erode(region.mask, np.ones((13, 13))) == 1
    assert np.array_equal(canvas[sure], picture.pixels[sure])
    assert np.array_equal(canvas[region.mask == 0], picture.pixels[region.mask == 0])
    edge = (region.mask > 0) & ~sure
    assert np.abs(canvas[edge].astype(int) - picture.pixels[edge]).mean() < 12


def test_paste_beyond_the_frame_is_clipped():
    canvas = np.zeros((10, 10, 3), np.uint8)
    piece = np.full((6, 6, 4), 255, np.uint8)
    assert paste(canvas, piece, -3, 7).sum() == 9
    assert paste(canvas, piece, 20, 20).sum() == 0
    assert (canvas[7:, :3] == 255).all()
    assert canvas.sum() == 9 * 3 * 255


def test_over_with_alpha_follows_porter_and_duff():
    front = np.array([[[200, 0, 0, 128]]], np.uint8)
    back = np.array([[[0, 0, 100, 128]]], np.uint8)
    alpha = 128 / 255 + 128 / 255 * (1 - 128 / 255)
    expected = (200 * 128 / 255 / alpha, 0, 100 * (128 / 255) * (1 - 128 / 255) / alpha, 255 * alpha)
    assert over(front, back)[0, 0] == pytest.approx(expected, abs=1)


# ---- add and replace -----------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", drawing.figures())
def test_every_figure_is_drawn_in_its_colour(noun, coffee):
    change = things.add(coffee, Add(thing=Thing(noun=noun, color="#00ff00")), None, Context())
    changed = (change.pixels != coffee.pixels).any(axis=2)
    assert changed.any()
    assert not changed[change.touched.mask == 0].any()
    assert (change.pixels.reshape(-1, 3) == (0, 255, 0)).all(axis=1).any()
    assert change.engine == "drawing"


@pytest.mark.parametrize("noun", weather.overlays())
def test_every_overlay_is_seeded_and_repeatable(noun, coffee):
    step = Add(thing=Thing(noun=noun))
    small = Picture(np.ascontiguousarray(coffee.pixels[::2, ::2]))
    first, second = (things.add(small, step, None, Context(seed=4)) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert (first.pixels != small.pixels).any()
    assert first.seeded


def test_weather_keeps_to_its_target(coffee):
    region = Region.from_box((0, 0, 300, 200), coffee.height, coffee.width)
    change = things.add(coffee, Add(thing=Thing(noun="fog"), target=Target(noun="wall")), region, Context())
    assert np.array_equal(change.pixels[200:], coffee.pixels[200:])
    assert (change.pixels[:200, :300] != coffee.pixels[:200, :300]).any()


def test_place_count_and_size_are_followed(coffee):
    def box(step):
        return things.add(coffee, step, None, Context()).touched.box

    corner = box(Add(thing=Thing(noun="star"), place="top left"))[:2]
    assert max(corner) < 0.1 * coffee.height
    big, small = (box(Add(thing=Thing(noun="star", attributes=(w,)), place="center")) for w in ("big", "small"))
    assert big[3] - big[1] > 2 * (small[3] - small[1])
    three = things.add(coffee, Add(thing=Thing(noun="heart", count=3)), None, Context()).touched
    one = things.add(coffee, Add(thing=Thing(noun="heart")), None, Context()).touched
    assert three.box[2] - three.box[0] > 1.8 * (one.box[2] - one.box[0])


def test_many_things_are_scattered_in_the_frame(coffee):
    touched = things.add(coffee, Add(thing=Thing(noun="star", count=30)), None, Context()).touched
    assert touched.box[2] - touched.box[0] > 0.7 * coffee.width


@pytest.mark.parametrize(("kind", "side"), [("above", 1), ("below", -1)])
def test_a_relation_puts_the_thing_beside_its_target(coffee, kind, side):
    region = Region.from_box((250, 150, 350, 250), coffee.height, coffee.width)
    relation = Relation(kind=kind, anchor=Target(noun="cup"))
    step = Add(thing=Thing(noun="heart", relation=relation), target=Target(noun="cup"))
    _, y0, _, y1 = things.add(coffee, step, region, Context()).touched.box
    assert side * (200 - (y0 + y1) / 2) > 50


def test_arrows_point_where_they_are_told():
    right, down = (drawing.figure(Thing(noun="arrow", attributes=a), 40)[:, :, 3] for a in ((), ("down",)))
    assert np.array_equal(np.rot90(right, -1), down)


def test_outlines_and_filled_figures():
    hollow, filled = (drawing.figure(Thing(noun="circle", attributes=a), 60)[:, :, 3] for a in ((), ("filled",)))
    assert hollow[30, 30] == 0
    assert filled[30, 30] == 255


def has_emoji_font():
    try:
        return stickers.sticker(Thing(noun="dog"), 32) is not None
    except NoFont:
        return False


def test_sticker_is_drawn_or_the_font_is_asked_for(coffee):
    if not has_emoji_font():
        with pytest.raises(NoFont, match="apt install"):
            things.add(coffee, Add(thing=Thing(noun="dog")), None, Context())
        return
    change = things.add(coffee, Add(thing=Thing(noun="dog"), place="bottom right"), None, Context())
    assert change.engine.startswith("sticker: ")
    assert change.touched.box[0] > coffee.width / 2
    blue, _ = stickers.sticker(Thing(noun="cat", color="#0000ff"), 64)
    shown = blue[:, :, 3] > 200
    assert blue[shown][:, 2].mean() > blue[shown][:, 0].mean() + 40


class Cutter:
    """A painter that makes one sticker: a red square of 10×20 pixels for a dog."""

    name = "cutter"

    def can(self, operation):
        return False

    def paint(self, picture, operation, region, seed):
        raise AssertionError

    def sticker(self, thing):
        return np.full((20, 10, 4), (255, 0, 0, 255), np.uint8) if thing.noun == "dog" else None


def test_without_an_emoji_font_a_painter_makes_the_sticker(coffee, monkeypatch):
    def no_font(thing, height):
        raise NoFont(Bilingual("none", "没有"), Bilingual("apt install one", "apt install 一个"))

    monkeypatch.setattr("diptych.operations.adding.sticker", no_font)
    context = Context(painters=(Cutter(),))
    change = things.add(coffee, Add(thing=Thing(noun="dog"), place="bottom right"), None, context)
    assert change.engine == "sticker: cutter"
    x0, y0, x1, y1 = change.touched.box
    assert abs((y1 - y0) - 2 * (x1 - x0)) <= 2
    assert (change.pixels[(y0 + y1) // 2, (x0 + x1) // 2, :3] == (255, 0, 0)).all()
    with pytest.raises(NoFont, match="apt install"):
        things.add(coffee, Add(thing=Thing(noun="cat")), None, context)


def test_every_listed_sticker_has_one_emoji_of_its_own():
    if not has_emoji_font():
        pytest.skip("no colour emoji font on this system")
    for noun in stickers.sticker_nouns():
        pixels, _ = stickers.sticker(Thing(noun=noun), 32)
        assert pixels.shape[0] == 32, noun
        assert 0.2 < pixels.shape[1] / 32 < 4, noun
        assert (pixels[:, :, 3] > 128).mean() > 0.1, noun


def test_nouns_find_their_emoji():
    assert stickers.sticker_character("dog") == "🐶"
    assert stickers.sticker_character("rocket") == "🚀"
    assert stickers.sticker_character("trolleybus") == "🚎"  # by its Unicode name alone
    assert stickers.sticker_character("beard") is None
    assert stickers.sticker_character("plus sign") is None


def test_what_cannot_be_drawn_is_refused_with_a_remedy(coffee):
    with pytest.raises(Unsupported, match="painter") as caught:
        things.add(coffee, Add(thing=Thing(noun="beard")), None, Context())
    assert "heart" in caught.value.remedy.en
    assert "beard" in caught.value.say("zh")


def test_replace_removes_and_stands_in_the_same_box(scene):
    picture, region = scene
    step = Replace(thing=Thing(noun="star", color="#ff0000"), target=Target(noun="disc"))
    after = executed(picture, step, region).picture.pixels
    assert not is_green(after).any()
    rows, columns = np.nonzero((after == (255, 0, 0)).all(axis=2))
    x0, y0, x1, y1 = region.box
    assert x0 <= columns.min()
    assert columns.max() < x1
    assert y0 <= rows.min()
    assert rows.max() < y1


def test_replace_fills_as_it_is_told(scene):
    picture, region = scene
    step = Replace(thing=Thing(noun="star"), target=Target(noun="disc"), fill="classical")
    assert things.replace(picture, step, region, Context()).engine.endswith("exemplar inpainting")
    learned = things.replace(picture, step.model_copy(update={"fill": "learned"}), region, Context())
    assert "inpainter" in learned.engine


def test_replace_by_what_cannot_be_drawn_leaves_no_hole(scene):
    picture, region = scene
    with pytest.raises(Unsupported):
        things.replace(picture, Replace(thing=Thing(noun="beard")), region, Context())


def test_replace_by_nothing_is_an_invalid_plan(scene):
    picture, region = scene
    with pytest.raises(InvalidPlan):
        things.replace(picture, Replace(), region, Context())
