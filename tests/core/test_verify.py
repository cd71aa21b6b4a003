"""Verify: passes on what was written, fails on anything else, and says what differs."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from diptych.core import verify as verify_module
from diptych.core.document import Document
from diptych.core.errors import NotVerified
from diptych.core.history import Edit
from diptych.core.operation import Brightness, Crop, Flip, Grain, Invert
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.record import Record, read_record
from diptych.core.verify import verify
from plain_renderer import Rendered, render

FORMATS = ["jpg", "png", "webp", "tiff", "bmp", "gif"]
SOURCE = Picture.from_bytes(Picture.from_array(data.astronaut()[:48, :64]).encode("jpg"), "astronaut.jpg")
DOCUMENT = (
    Document(SOURCE)
    .apply(Plan(steps=(Invert(), Grain(), Brightness(amount=0.1))), instruction="反相，加颗粒，亮一点", seed=4)
    .undo_step(1)
    .apply(Plan(steps=(Crop(), Flip())), instruction="crop and flip")
)


@pytest.fixture
def written(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[bytes, Record]:
    path = tmp_path / f"out.{request.param}"
    rendering = DOCUMENT.render(render)
    rendering.picture.save(path, record=DOCUMENT.to_record(rendering), quality=80)
    record = read_record(path)
    assert record is not None
    return path.read_bytes(), record


def check(content: bytes, record: Record, source: Picture = SOURCE, renderer: object = render) -> object:
    beside = record if record.encoding is not None and record.encoding.sidecar else None
    return verify(content, source, renderer, record=beside)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", FORMATS, indirect=True)
def test_it_passes(written: tuple[bytes, Record]) -> None:
    content, record = written
    result = check(content, record)
    assert (result.record, result.size, result.steps) == (record, len(content), 4)


@pytest.mark.parametrize("written", FORMATS, indirect=True)
def test_one_flipped_bit_anywhere_fails(written: tuple[bytes, Record]) -> None:
    content, record = written
    rng = np.random.default_rng(2)
    offsets = {0, 1, len(content) // 2, len(content) - 1, *rng.integers(0, len(content), 60).tolist()}
    for offset in offsets:
        damaged = bytearray(content)
        damaged[offset] ^= 1 << int(rng.integers(8))
        with pytest.raises(NotVerified):
            check(bytes(damaged), record)


@pytest.mark.parametrize("written", ["png"], indirect=True)
def test_bytes_added_or_cut_off_fail(written: tuple[bytes, Record]) -> None:
    content, record = written
    with pytest.raises(
        NotVerified, match=f"1 of {len(content) + 1:,} bytes differ, the first at offset {len(content):,}"
    ):
        check(content + b"\0", record)
    with pytest.raises(NotVerified):
        check(content[:-1], record)


@pytest.mark.parametrize("written", ["bmp"], indirect=True)
def test_changed_pixels_are_counted_and_located(written: tuple[bytes, Record]) -> None:
    content, record = written
    damaged = bytearray(content)
    damaged[-1] ^= 255
    with pytest.raises(NotVerified) as error:
        check(bytes(damaged), record)
    assert "1 pixels differ from a new rendering, in the box 55,0–56,1" in error.value.say("en")
    assert "有 1 个像素不同" in error.value.say("zh")


def test_no_record_and_no_picture() -> None:
    for content in (SOURCE.encode("png"), SOURCE.encode("bmp")):
        with pytest.raises(NotVerified, match="carries no record"):
            verify(content, SOURCE, render)
    with pytest.raises(NotVerified, match="not a picture"):
        verify(b"text", SOURCE, render)


@pytest.mark.parametrize("written", ["png"], indirect=True)
def test_another_source(written: tuple[bytes, Record]) -> None:
    other = Picture.from_bytes(SOURCE.encode("png"), "astronaut.jpg")
    with pytest.raises(NotVerified, match="is not the source that the record names"):
        check(*written, source=other)


@pytest.mark.parametrize("written", ["png"], indirect=True)
def test_a_renderer_that_does_something_else(written: tuple[bytes, Record]) -> None:
    def crooked(picture: Picture, edits: tuple[Edit, ...]) -> Rendered:
        rendering = render(picture, edits)
        return Rendered(rendering.picture.with_pixels(rendering.picture.pixels // 2), rendering.certificates)

    with pytest.raises(NotVerified, match=r"[\d,]+ pixels differ from a new rendering"):
        check(*written, renderer=crooked)

    def smaller(picture: Picture, edits: tuple[Edit, ...]) -> Rendered:
        rendering = render(picture, edits)
        cut = rendering.picture.pixels[:10, :10].copy()
        return Rendered(rendering.picture.with_pixels(cut), rendering.certificates)

    with pytest.raises(NotVerified, match="The file shows 56 × 40 pixels, rendering again gives 10 × 10"):
        check(*written, renderer=smaller)


@pytest.mark.parametrize("written", ["png"], indirect=True)
def test_a_certificate_that_claims_something_else(written: tuple[bytes, Record]) -> None:
    def boasting(picture: Picture, edits: tuple[Edit, ...]) -> Rendered:
        rendering = render(picture, edits)
        first = rendering.certificates[0].model_copy(update={"changed_inside": 1})
        return Rendered(rendering.picture, (first, *rendering.certificates[1:]))

    with pytest.raises(NotVerified, match=r"The certificate of step 1 \(grain\) differs"):
        check(*written, renderer=boasting)

    def silent(picture: Picture, edits: tuple[Edit, ...]) -> Rendered:
        return Rendered(render(picture, edits).picture, ())

    with pytest.raises(NotVerified, match="number of certificates"):
        check(*written, renderer=silent)


@pytest.mark.parametrize("written", ["png"], indirect=True)
def test_a_record_made_up_with_a_fitting_digest(written: tuple[bytes, Record]) -> None:
    """Whoever changes a record can compute its digest, but not make the rendering agree."""
    content, record = written
    edits = tuple(edit.model_copy(update={"seed": 5}) for edit in record.branches[0].actions[0].edits)
    branch = record.branches[0]
    actions = (branch.actions[0].model_copy(update={"edits": edits}), *branch.actions[1:])
    forged = record.model_copy(update={"branches": (branch.model_copy(update={"actions": actions}),)})
    rewritten = Picture.from_bytes(content).encode("png", quality=80, record=forged)
    assert read_record(rewritten) is not None
    with pytest.raises(NotVerified):
        verify(rewritten, SOURCE, render)


@pytest.mark.parametrize("written", ["png"], indirect=True)
def test_other_library_versions_are_named(written: tuple[bytes, Record], monkeypatch: pytest.MonkeyPatch) -> None:
    content, record = written
    versions = {**record.libraries, "numpy": "0.1"}
    monkeypatch.setattr(verify_module, "library_versions", lambda: versions)
    with pytest.raises(NotVerified) as error:
        check(content + b"\0", record)
    assert f"It was made with numpy {np.__version__}" in error.value.remedy.en
    assert f"numpy {np.__version__}" in error.value.remedy.zh


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_metadata_goes_along_or_not_as_recorded(suffix: str, metadata: bool, tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[0x013B] = "somebody"
    buffer = io.BytesIO()
    Image.fromarray(SOURCE.pixels).save(buffer, "JPEG", exif=tags.tobytes(), dpi=(300, 300))
    source = Picture.from_bytes(buffer.getvalue(), "a.jpg")
    document = Document(source).apply(Plan(steps=(Invert(),)))
    rendering = document.render(render)
    path = tmp_path / f"out.{suffix}"
    rendering.picture.save(path, record=document.to_record(rendering), metadata=metadata)
    content = path.read_bytes()
    assert (b"somebody" in content) == metadata
    assert verify(content, source, render).record.encoding.metadata is metadata


def test_a_picture_that_a_step_used_is_named_when_it_differs() -> None:
    rendering = DOCUMENT.render(render)
    data = rendering.picture.encode("png", record=DOCUMENT.to_record(rendering, pictures={"logo.png": "ab" * 32}))
    assert verify(data, SOURCE, render, pictures={"logo.png": "ab" * 32}).size == len(data)
    with pytest.raises(NotVerified, match=r"'logo.png' that a step uses has changed"):
        verify(data, SOURCE, render, pictures={"logo.png": "cd" * 32})
    with pytest.raises(NotVerified, match=r"'logo.png' that a step uses is gone"):
        verify(data, SOURCE, render, pictures={})
