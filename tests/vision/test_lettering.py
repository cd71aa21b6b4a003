"""Which lettering a target means; and, where the extra is installed, reading it off a photo."""

from __future__ import annotations

import importlib.util

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from diptych.core.errors import MissingExtra
from diptych.core.picture import Picture
from diptych.core.target import Target
from diptych.vision import lettering
from diptych.vision.grounder import EmbeddedGrounder
from diptych.vision.lettering import Line, lettering_regions, select_lines

needs_ocr = pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="the extra `ocr` is not installed")


def _line(text: str, x: float = 0, y: float = 0, width: float = 100, height: float = 20) -> Line:
    quad = np.float32([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    return Line(text, quad, 0.9)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("phone number", "Call 138-1234-5678 now", ["138-1234-5678"]),
        ("phone number", "Tel: +1 (555) 123-4567", ["+1 (555) 123-4567"]),
        ("phone number", "电话：13812345678", ["13812345678"]),
        ("phone number", "010-62345678", ["010-62345678"]),
        ("phone number", "SALE 50% off", []),
        ("phone number", "room 4711", []),
        ("date", "2024-05-17  $19.99", ["2024-05-17"]),
        ("date", "2024年5月17日", ["2024年5月17日"]),
        ("date", "17/05/2024", ["17/05/2024"]),
        ("date", "Open May 5, 2024", ["May 5, 2024"]),
        ("date", "Call 138-1234-5678 now", []),
        ("url", "www.acme.com  info@acme.com", ["www.acme.com"]),
        ("url", "visit acme.org/shop", ["acme.org/shop"]),
        ("email", "www.acme.com  info@acme.com", ["info@acme.com"]),
        ("price", "only $19.99!", ["$19.99"]),
        ("price", "特价 ¥99", ["¥99"]),
        ("number", "SALE 50% off", ["50"]),
        ("text", "SALE 50% off", ["SALE 50% off"]),
    ],
)
def test_kinds_of_lettering(kind: str, text: str, found: list[str]) -> None:
    assert [line.text.strip() for line in select_lines([_line(text)], kind, None)] == found


@pytest.mark.parametrize(
    ("quoted", "text", "found"),
    [
        ("SALE", "Summer Sale today", "Sale"),
        ("50% off", "SALE 50%off", "50%off"),
        ("清仓", "全场清仓 ５折", "清仓"),
        ("5折", "全场清仓 ５折", "５折"),
        ("ACME", "ACNE", None),
        ("WELCOME", "WELC0ME", "WELC0ME"),
    ],
)
def test_quoted_words_are_found_whatever_their_case_width_and_spacing(
    quoted: str, text: str, found: str | None
) -> None:
    lines = select_lines([_line("something else"), _line(text)], "text", quoted)
    if found is None:
        assert [line.text for line in lines] in ([], [text])
    else:
        assert [line.text for line in lines] == [found]


def test_a_part_of_a_line_has_its_part_of_the_quad() -> None:
    (part,) = select_lines([_line("AAAA BBBB")], "text", "BBBB")
    assert part.quad[0][0] == pytest.approx(53, abs=6)
    assert part.quad[1][0] == 100
    (column,) = select_lines([_line("有本明功", width=20, height=80)], "text", "明功")
    assert column.quad[:, 1].min() == pytest.approx(40, abs=6)
    assert column.quad[:, 1].max() == 80
    assert np.ptp(column.quad[:, 0]) == 20


def test_a_misread_line_scores_less_than_a_read_one() -> None:
    exact = select_lines([_line("WELCOME")], "text", "WELCOME")[0]
    close = select_lines([_line("WELC0ME")], "text", "WELCOME")[0]
    assert close.score < exact.score


def test_a_watermark_is_told_from_other_lettering() -> None:
    sign = _line("OPEN", 180, 120, 200, 60)
    assert lettering.laid_over([sign], 600, 400) == []
    owned = _line("© Jane Doe Photography", 180, 120, 200, 60)
    low = _line("JD 2024", 470, 370, 110, 20)
    slanted = Line("JANE", np.float32([[100, 300], [300, 150], [320, 180], [120, 330]]), 0.9)
    tiled = [_line("DRAFT", x, 180, 100, 40) for x in (100, 300)]
    assert lettering.laid_over([sign, owned, low, slanted, *tiled], 600, 400) == [owned, low, slanted, *tiled]


@needs_ocr
@pytest.mark.parametrize("target", [Target(noun="watermark"), Target(noun="logo", place="bottom right")])
def test_a_translucent_watermark_is_found_with_its_sign(target: Target) -> None:
    photo = Image.fromarray(data.coffee()).convert("RGBA")
    layer = Image.new("RGBA", photo.size)
    font = ImageFont.load_default(20)
    ImageDraw.Draw(layer).text((430, 360), "(c) ACME Photos", fill=(255, 255, 255, 130), font=font)
    marked = np.asarray(Image.alpha_composite(photo, layer).convert("RGB"))
    (found,) = EmbeddedGrounder().find(Picture(marked), target)
    x0, y0, x1, y1 = found.box
    assert x0 <= 432
    assert x1 >= 560
    assert y1 - y0 < 60
    assert EmbeddedGrounder().find(Picture(data.coffee()), target) == []


def test_without_the_extra_the_error_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lettering._reader.cache_clear()
    monkeypatch.setattr(lettering, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'diptych\[ocr\]'"):
        lettering_regions(Picture(data.coffee()), "text")


@needs_ocr
def test_words_on_a_photo_are_read_where_they_stand() -> None:
    pixels = np.ascontiguousarray(data.coffee())
    cv2.putText(pixels, "SALE 50% OFF", (30, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 3)
    cv2.putText(pixels, "138-1234-5678", (30, 370), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 3)
    picture = Picture(pixels)
    everything = lettering_regions(picture)
    assert len(everything) == 2
    assert all(region.score > 0.8 for region in everything)
    (sale,) = lettering_regions(picture, quoted="sale")
    assert sale.box[2] < 160
    assert 20 <= sale.box[1] <= sale.box[3] <= 80
    (phone,) = lettering_regions(picture, "phone number")
    assert phone.box[1] > 320
    assert lettering_regions(picture, quoted="clearance") == []
