"""`.cube` files: valid, true to the transform as another program reads them, and refused where they would lie."""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data

from diptych.core import operation as op
from diptych.core.errors import SaveFailed, Unsupported
from diptych.core.target import Target
from diptych.operations.cube import cube_text, lut3d, transform_of, write_cube

LOOK = (op.Warmth(amount=0.3), op.Contrast(amount=0.2), op.Saturation(amount=0.2))


def read_cube(text):
    lines = text.splitlines()
    size = int(next(line for line in lines if line.startswith("LUT_3D_SIZE")).split()[1])
    rows = [[float(value) for value in line.split()] for line in lines if line[0].isdigit()]
    return size, np.array(rows)


def test_file_is_what_the_specification_says(tmp_path):
    path = tmp_path / "look.cube"
    write_cube(path, LOOK, title='warm "evening"\n晚', size=17)
    text = path.read_text("ascii")
    assert text.splitlines()[0] == "TITLE \"warm 'evening'\""
    assert "DOMAIN_MIN 0.0 0.0 0.0" in text
    size, rows = read_cube(text)
    assert rows.shape == (size**3, 3) == (17**3, 3)
    assert rows.min() >= 0
    assert rows.max() <= 1


def test_red_runs_fastest():
    _, rows = read_cube(cube_text((op.Brightness(amount=0.0),), size=5))
    assert rows[1] == pytest.approx([0.25, 0, 0])
    assert rows[5] == pytest.approx([0, 0.25, 0])
    assert rows[25] == pytest.approx([0, 0, 0.25])


def test_another_reader_gets_the_picture_that_we_make():
    size, rows = read_cube(cube_text(LOOK))
    photo = data.astronaut()
    theirs = Image.fromarray(photo).filter(ImageFilter.Color3DLUT(size, rows.ravel().tolist()))
    off = np.abs(np.asarray(theirs).astype(int) - transform_of(LOOK).apply(photo))
    assert np.percentile(off, 99) <= 2
    assert off.mean() < 0.5


@pytest.mark.parametrize(
    "step",
    [
        op.Blur(),
        op.Contrast(),
        op.AutoEnhance(),
        op.Tint(),
        op.Brightness(amount=0.3, target=Target(noun="sky")),
    ],
)
def test_what_no_table_can_hold_is_refused_with_a_remedy(step):
    with pytest.raises(Unsupported) as refusal:
        lut3d((op.Hue(degrees=10), step))
    assert step.op in refusal.value.problem.en
    assert refusal.value.remedy.zh


def test_tint_with_a_color_is_fixed():
    assert lut3d((op.Tint(color="#ff0000"),), 5).shape == (5, 5, 5, 3)


def test_no_folder_no_file(tmp_path):
    with pytest.raises(SaveFailed):
        write_cube(tmp_path / "missing" / "look.cube", LOOK, size=5)
