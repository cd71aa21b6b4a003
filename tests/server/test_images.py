"""/v1/images by the official OpenAI client, unmodified, against a running server."""

from __future__ import annotations

import base64
import re
import warnings
from io import BytesIO
from pathlib import Path

import httpx2
import numpy as np
import openai
import pytest
from openai import OpenAI

from diptych import Picture, Studio
from diptych.core.record import read_record

pytestmark = pytest.mark.enable_socket


def picture_of(coded: str | None) -> Picture:
    assert coded is not None
    return Picture.from_bytes(base64.b64decode(coded))


def transparent_left(height: int, width: int) -> bytes:
    """A mask of the API: what is transparent may be edited."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[:, width // 2 :, 3] = 255
    return Picture.from_array(pixels).encode("png")


# ---- generations ----


def test_draws_several_pictures_and_the_same_for_the_same_seed(client: OpenAI) -> None:
    made = client.images.generate(prompt="a red car on a beach", n=2, size="128x128", extra_body={"seed": 5})
    assert made.data is not None
    assert len(made.data) == 2
    assert made.size == "128x128"
    assert (made.output_format, made.background, made.quality) == ("png", "opaque", "auto")
    first, second = (picture_of(one.b64_json) for one in made.data)
    assert first.rgb.shape == (128, 128, 3)
    assert first.pixel_sha256 != second.pixel_sha256
    same = client.images.generate(prompt="a red car on a beach", size="128x128", extra_body={"seed": 5})
    assert same.data is not None
    assert picture_of(same.data[0].b64_json).pixel_sha256 == first.pixel_sha256


def test_the_usual_size_is_large(client: OpenAI) -> None:
    made = client.images.generate(prompt="一只黄色的小鸟")
    assert made.size == "1024x1024"


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("jpeg", b"\xff\xd8"), ("webp", b"RIFF")])
def test_formats_and_their_compression(client: OpenAI, kind: str, begins: bytes) -> None:
    sizes = []
    for compression in (20, 90) if kind != "png" else (openai.omit,):
        made = client.images.generate(
            prompt="two stars at night",
            size="512x512",
            output_format=kind,
            output_compression=compression,  # type: ignore[arg-type]
        )
        assert made.data is not None
        data = base64.b64decode(made.data[0].b64_json or "")
        assert data.startswith(begins)
        assert read_record(data) is not None
        sizes.append(len(data))
    assert sizes == sorted(sizes)


def test_a_picture_behind_a_url(client: OpenAI) -> None:
    made = client.images.generate(prompt="a tree", size="128x128", response_format="url")
    assert made.data is not None
    place = made.data[0].url
    assert place is not None
    assert Picture.from_bytes(httpx2.get(place).content).width == 128
    assert httpx2.get(place[:-2] + "xx").status_code == 404


def test_streams_partial_pictures(client: OpenAI) -> None:
    events = list(
        client.images.generate(prompt="a blue boat on the sea", stream=True, partial_images=3, size="512x512")
    )
    assert [event.type for event in events] == ["image_generation.partial_image"] * 3 + ["image_generation.completed"]
    assert [event.partial_image_index for event in events[:3]] == [0, 1, 2]  # type: ignore[union-attr]
    shown = [picture_of(event.b64_json) for event in events]
    assert shown[-1].width == 512
    assert len({one.pixel_sha256 for one in shown}) == 4
    # Each is nearer to the last: they are of the same drawing.
    last = picture_of(client.images.generate(prompt="a blue boat on the sea", size="128x128").data[0].b64_json)  # type: ignore[index]
    off = [float(np.abs(one.rgb.astype(int) - last.rgb).mean()) for one in shown[:3]]
    assert off == sorted(off, reverse=True)


def test_transparent_and_opaque_backgrounds(client: OpenAI, photo: bytes) -> None:
    made = client.images.edit(image=photo, prompt="make it 100 pixels wide", background="transparent")
    assert made.data is not None
    alpha = picture_of(made.data[0].b64_json).alpha
    assert alpha is not None
    assert alpha.min() == 0
    cut = base64.b64decode(made.data[0].b64_json or "")
    flat = client.images.edit(image=cut, prompt="make it a bit brighter", background="opaque")
    assert flat.data is not None
    assert picture_of(flat.data[0].b64_json).alpha is None
    assert flat.background == "opaque"


# ---- edits ----


@pytest.mark.parametrize("words", ["make it black and white", "改成黑白"])
def test_edits_a_photo(client: OpenAI, photo: bytes, words: str) -> None:
    made = client.images.edit(image=("photo.jpg", photo), prompt=words)
    assert made.data is not None
    picture = picture_of(made.data[0].b64_json)
    assert (np.ptp(picture.rgb.astype(int), axis=2) <= 1).all()
    assert picture.pixel_sha256 == Studio().edit(photo, words).picture.pixel_sha256


def test_a_mask_binds_the_edit(client: OpenAI, photo: bytes) -> None:
    made = client.images.edit(
        image=photo, mask=("mask.png", transparent_left(512, 512)), prompt="make it much brighter", output_format="png"
    )
    assert made.data is not None
    before, after = Picture.from_bytes(photo).rgb, picture_of(made.data[0].b64_json).rgb
    assert np.array_equal(before[:, 264:], after[:, 264:])  # the edge itself is soft
    assert after[:, :256].mean() > before[:, :256].mean() + 10


def test_other_pictures_are_called_by_their_names(client: OpenAI, photo: bytes) -> None:
    logo = Picture.from_array(np.full((40, 80, 3), (255, 0, 0), np.uint8)).encode("png")
    made = client.images.edit(image=[("photo.jpg", photo), ("logo.png", logo)], prompt='watermark it with "logo.png"')
    assert made.data is not None
    reddened = picture_of(made.data[0].b64_json).rgb.astype(int) - Picture.from_bytes(photo).rgb
    assert (reddened[..., 0] > reddened[..., 1] + 20).sum() > 500


def test_streams_an_edit_step_by_step(client: OpenAI, photo: bytes) -> None:
    words = "make it brighter, then blur it, then rotate it right"
    events = list(client.images.edit(image=photo, prompt=words, stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]


# ---- variations ----


def test_variations_of_a_drawing(client: OpenAI) -> None:
    drawn = client.images.generate(prompt="a red cat left of a green tree", size="128x128")
    assert drawn.data is not None
    data = base64.b64decode(drawn.data[0].b64_json or "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made = client.images.create_variation(image=data, n=2)
        with pytest.raises(openai.BadRequestError, match="photograph"):
            client.images.create_variation(image=Picture.from_array(_noise()).encode("png"))
    assert made.data is not None
    others = [picture_of(one.b64_json) for one in made.data]
    assert len({one.pixel_sha256 for one in (*others, picture_of(drawn.data[0].b64_json))}) == 3
    studio = Studio()
    for one in others:
        assert studio.ask(one, "what colour is the cat?") == studio.ask(data, "what colour is the cat?")


def _noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)


# ---- what is wrong ----


def test_errors_are_of_the_types_that_clients_know(client: OpenAI, photo: bytes) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(prompt="a flurgle")
    assert (refused.value.code, refused.value.param) == ("not_understood", "prompt")
    with pytest.raises(openai.BadRequestError, match="不认识“flurgle”"):
        client.images.generate(prompt="一只 flurgle")
    with pytest.raises(openai.NotFoundError, match="dall-e-3"):
        client.images.generate(prompt="a cat", model="dall-e-3")
    with pytest.raises(openai.UnprocessableEntityError, match="unicorn"):
        client.images.edit(image=photo, prompt="remove the unicorn")
    with pytest.raises(openai.BadRequestError, match="not a picture"):
        client.images.edit(image=("x.png", b"no picture"), prompt="make it brighter")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"style": "vivid"}, "style"), ({"moderation": "low"}, "moderation"), ({"size": "large"}, "size"),
        ({"size": "300x300"}, None), ({"n": 11}, "n"), ({"output_compression": 5}, "output_compression"),
        ({"background": "transparent", "output_format": "jpeg"}, "background"),
        ({"partial_images": 2}, "partial_images"), ({"quality": "hd"}, "quality"),
        ({"extra_body": {"steps": 3}}, "steps"), ({"prompt": "  "}, "prompt"), ({"extra_body": {"seed": -1}}, "seed"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_by_name(client: OpenAI, given: dict, named: str | None) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(**{"prompt": "a cat", **given})
    assert refused.value.param == named


def test_masks_and_sizes_that_do_not_fit(client: OpenAI, photo: bytes) -> None:
    opaque = Picture.from_array(np.zeros((512, 512, 3), np.uint8)).encode("png")
    for mask, said in ((transparent_left(100, 100), "100x100"), (opaque, "opaque"), (b"nothing", "not a picture")):
        with pytest.raises(openai.BadRequestError, match=said):
            client.images.edit(image=photo, mask=mask, prompt="make it brighter")
    with pytest.raises(openai.BadRequestError, match="512x512"):
        client.images.edit(image=photo, prompt="make it brighter", size="1024x1024")
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.edit(image=BytesIO(b""), prompt="make it brighter")
    assert refused.value.status_code == 400


def test_no_error_tells_a_path(client: OpenAI, photo: bytes) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        client.images.edit(image=[photo, photo], prompt='combine with "missing.png"')
    assert "missing.png" in refused.value.message
    assert "/" not in refused.value.message.replace("and/or", "")


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_what_the_readme_says_runs(
    url: str, page: str, photo: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    code = re.search(r"```py\n(.*?)```", text, re.DOTALL)
    assert code is not None
    assert "http://127.0.0.1:8000" in code[1]
    (tmp_path / "photo.jpg").write_bytes(photo)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the page opens files as people do
        exec(compile(code[1].replace("http://127.0.0.1:8000", url), page, "exec"), {})
