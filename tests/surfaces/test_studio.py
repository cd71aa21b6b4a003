"""The façade: what goes in, what comes out, and when an edit goes on from the source."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from diptych import (
    Document,
    InvalidPicture,
    InvalidPlan,
    NotUnderstood,
    NotVerified,
    Picture,
    Plan,
    Studio,
    Unsupported,
)
from diptych.core.errors import Bilingual

BRIGHTER = Plan.from_json('{"steps": [{"op": "brightness", "amount": 0.3}]}')
BORDER = Plan.from_json('{"steps": [{"op": "border", "width": {"pixels": 5}}]}')
GRAIN = Plan.from_json('{"steps": [{"op": "grain", "strength": 0.5}]}')


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


def cup() -> Picture:
    return Picture.from_array(data.coffee()[:200, :300])


def test_every_kind_of_photo_gives_the_same_pixels(studio: Studio, folder: Path) -> None:
    path = folder / "shop" / "cup.jpg"
    photos = [path, str(path), path.read_bytes(), Picture.open(path), Document(Picture.open(path))]
    results = [studio.edit(photo, BRIGHTER).picture.pixels for photo in photos]
    assert all(np.array_equal(results[0], pixels) for pixels in results[1:])


def test_images_in_memory_and_open_files_are_photos_too(studio: Studio, folder: Path) -> None:
    path = folder / "shop" / "cup.jpg"
    wanted = studio.edit(path, BRIGHTER).picture.pixels
    with Image.open(path) as image, path.open("rb") as file:
        photos = [image, np.asarray(image), file, io.BytesIO(path.read_bytes()), bytearray(path.read_bytes())]
        assert all(np.array_equal(studio.edit(photo, BRIGHTER).picture.pixels, wanted) for photo in photos)


def test_pillow_images_of_all_modes(studio: Studio) -> None:
    rgb = Image.fromarray(cup().pixels)
    clear = rgb.copy()
    clear.putalpha(128)
    for mode in ("1", "L", "P", "CMYK", "YCbCr", "LAB", "HSV"):
        assert not studio.open(rgb.convert(mode)).source.has_alpha
    for image in (clear, clear.convert("LA"), clear.convert("PA")):
        assert studio.open(image).source.has_alpha
    turned = Image.Exif()
    turned[0x0112] = 6
    turned_bytes = io.BytesIO()
    rgb.save(turned_bytes, "JPEG", exif=turned)
    assert studio.open(Image.open(turned_bytes)).source.width == 200


@pytest.mark.parametrize(
    "photo",
    [None, 3, [1, 2], np.zeros((4, 4)), np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4, 3), np.uint8),
     Image.new("I", (4, 4)), io.StringIO("text")],
    ids=["None", "int", "list", "floats", "two channels", "empty", "Pillow I", "text file"],
)  # fmt: skip
def test_what_is_no_photo(studio: Studio, photo: object) -> None:
    with pytest.raises(InvalidPicture, match="can't be") as error:
        studio.edit(photo, BRIGHTER)  # type: ignore[arg-type]
    assert "不能是" in error.value.say("zh")


@pytest.mark.parametrize("wish", [None, 3, BRIGHTER.as_dict()], ids=["None", "int", "dict"])
def test_what_is_no_wish(studio: Studio, wish: object) -> None:
    with pytest.raises(InvalidPlan, match=type(wish).__name__):
        studio.edit(cup(), wish)  # type: ignore[arg-type]


def test_results_print_shortly(studio: Studio) -> None:
    result = studio.edit(cup(), "make the left half black and white, then add a white border")
    assert len(repr(result)) < 200
    assert str(result).splitlines()[0] == "1. black and white, the left half only"
    assert str(studio.edit(cup(), "把左半边变黑白")) == "1. 左半边：变成黑白"
    assert len(repr(result.document)) < 200
    assert "“make the left half" in str(result.document)
    assert "grayscale" in result.document._repr_html_()
    assert Picture.from_bytes(cup()._repr_png_()).width == 300
    assert repr(studio) == "Studio(embedded engines)"
    counted = studio.edit(cup(), Plan.from_json('{"steps": [{"op": "count", "target": {"noun": "subject"}}]}'))
    assert "array" not in str(counted) + repr(counted)
    assert "→ I count" in str(counted)


def test_words_in_both_languages_are_the_same_edit(studio: Studio) -> None:
    english = studio.edit(cup(), "crop it square and make it a bit brighter")
    chinese = studio.edit(cup(), "裁成正方形，稍微调亮一点")
    assert english.plan == chinese.plan
    assert english.picture.width == english.picture.height == 200
    assert np.array_equal(english.picture.pixels, chinese.picture.pixels)
    assert english.picture.pixels.mean() > cup().pixels[:, 50:250].mean() + 1


def test_a_result_says_what_changed_and_where(studio: Studio) -> None:
    result = studio.edit(cup(), "make the left half black and white")
    (region,), (certificate,) = result.regions, result.certificates
    assert region is not None
    assert region.box[0] == 0
    assert certificate.changed_outside == 0
    assert certificate.changed_inside > 10_000
    assert np.array_equal(result.picture.pixels[:, 200:], cup().pixels[:, 200:])
    assert np.ptp(result.picture.pixels[:, 50].astype(int), axis=1).max() <= 1


def test_an_edit_goes_on_from_a_result(studio: Studio) -> None:
    result = studio.edit(studio.edit(cup(), BRIGHTER), BORDER)
    assert [step.op for step in result.plan.steps] == ["brightness", "border"]
    assert [certificate.step for certificate in result.certificates] == [1, 2]
    without = studio.render(result.document.undo_step(1))
    assert np.array_equal(without.picture.pixels, studio.edit(cup(), BORDER).picture.pixels)


def test_seeds_belong_to_their_edit(studio: Studio) -> None:
    one = studio.edit(studio.edit(cup(), GRAIN, seed=1), BORDER, seed=2)
    assert [certificate.seed for certificate in one.certificates] == [1, None]
    assert np.array_equal(one.picture.pixels[5:-5, 5:-5], studio.edit(cup(), GRAIN, seed=1).picture.pixels)
    assert not np.array_equal(studio.edit(cup(), GRAIN, seed=2).picture.pixels, one.picture.pixels[5:-5, 5:-5])


def test_a_saved_file_goes_on_from_its_source(studio: Studio, folder: Path) -> None:
    studio.edit("photo.jpg", BRIGHTER).save("once.jpg")
    result = studio.edit("once.jpg", BORDER)
    assert result.before.sha256 == Picture.open("photo.jpg").sha256
    assert [step.op for step in result.plan.steps] == ["brightness", "border"]
    assert studio.open("once.jpg", fresh=True).source.name == "once.jpg"


def test_the_source_may_lie_elsewhere(studio: Studio, folder: Path) -> None:
    studio.edit("photo.jpg", BRIGHTER).save("shop/once.jpg")
    notices: list[Bilingual] = []
    assert studio.open("shop/once.jpg", on_notice=notices.append).source.name == "once.jpg"
    assert "photo.jpg" in notices[0].en
    assert "photo.jpg" in notices[0].zh
    assert studio.open("shop/once.jpg", source="photo.jpg").source.name == "photo.jpg"
    assert studio.open("shop/once.jpg", source=Picture.open("photo.jpg")).plan == BRIGHTER
    with pytest.raises(NotVerified):
        studio.open("shop/once.jpg", source="shop/cup.jpg")


def test_what_another_program_changed_is_not_lost(studio: Studio, folder: Path) -> None:
    result = studio.edit("photo.jpg", BRIGHTER)
    result.save("once.jpg")
    painted = result.picture.pixels.copy()
    painted[:50] = 0
    with Image.open("once.jpg") as image:
        packet = image.info["xmp"]
    Image.fromarray(painted).save("once.jpg", xmp=packet)
    assert studio.reopen("once.jpg")[0].plan == BRIGHTER
    notices: list[Bilingual] = []
    assert studio.open("once.jpg", on_notice=notices.append).source.name == "once.jpg"
    assert len(notices) == 1


def test_verification(studio: Studio, folder: Path) -> None:
    result = studio.edit("photo.jpg", "make the top half darker and add film grain", seed=7)
    for name in ("a.jpg", "a.png", "a.webp", "a.bmp"):
        result.save(name)
        assert studio.verify(name).size == Path(name).stat().st_size
    spoilt = bytearray(Path("a.png").read_bytes())
    spoilt[-20] ^= 1
    Path("a.png").write_bytes(spoilt)
    with pytest.raises((NotVerified, InvalidPicture)):
        studio.verify("a.png")
    with pytest.raises(NotVerified, match="no record"):
        studio.verify("photo.jpg")


def test_an_empty_plan_and_empty_words_are_errors(studio: Studio) -> None:
    with pytest.raises(InvalidPlan):
        studio.edit(cup(), Plan())
    with pytest.raises(NotUnderstood):
        studio.edit(cup(), "")


def test_a_look_up_table(studio: Studio, tmp_path: Path) -> None:
    studio.export_lut(BRIGHTER, tmp_path / "look.cube")
    lines = (tmp_path / "look.cube").read_text().splitlines()
    size = int(next(line for line in lines if line.startswith("LUT_3D_SIZE")).split()[1])
    assert sum(line[:1].isdigit() for line in lines) == size**3
    with pytest.raises(Unsupported):
        studio.export_lut(BORDER, tmp_path / "border.cube")


def test_progress_goes_from_nothing_to_all(studio: Studio) -> None:
    heard: list[float] = []
    document = studio.edit(studio.edit(cup(), GRAIN, seed=1), BRIGHTER, seed=2).document
    told: list[str] = []
    studio.edit(document, BORDER, on_progress=lambda fraction, text: (heard.append(fraction), told.append(text)))
    assert "film grain, 50 %" in told
    assert heard == sorted(heard)
    assert heard[0] == 0.0
    assert heard[-1] == 1.0


def test_show_without_a_display_makes_a_file(studio: Studio, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    path = studio.edit(cup(), "make the left half black and white").show()
    assert list(temporary.iterdir()) == [path]
    assert Picture.open(path).width == 300 + 12 + 300


def test_notebooks_show_the_panels_and_the_steps(studio: Studio) -> None:
    plan = Plan.from_json('{"steps": [{"op": "add_text", "text": "<b>&"}]}')
    page = studio.edit(cup(), plan)._repr_html_()
    assert 'src="data:image/jpeg;base64,' in page
    assert "&lt;b&gt;&amp;" in page
    assert "<b>&" not in page


def test_regions_are_outlined_on_the_frame_that_they_were_found_in(studio: Studio) -> None:
    after_crop = studio.edit(cup(), "crop it square, then make the left half black and white")
    assert after_crop.outlined().width == 200
    assert studio.edit(cup(), "make the left half black and white").outlined().width == 300
