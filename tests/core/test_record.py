"""The record: in every format, in every script, and noticed when it was changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from diptych.core import record as record_module
from diptych.core import xmp
from diptych.core.document import Document
from diptych.core.errors import InvalidPicture, NotVerified, SaveFailed
from diptych.core.history import Applied, Branch, Edit
from diptych.core.operation import AddText, Denoise, Extend, Flip, Invert, Remove, Restore, Upscale
from diptych.core.picture import Picture
from diptych.core.plan import Plan
from diptych.core.record import Record, Source, read_record, sidecar_path
from diptych.core.target import Target
from plain_renderer import render

SOURCE = Picture.from_bytes(Picture.from_array(data.astronaut()[:48, :64]).encode("png"), "宇航员.png")
WORDS = "把“清仓”换成 'SALE' & <b>50%</b> 🎉👩🏽‍🚀\n\t\x00\x7f\x85\ufffe\uffff\u2028 ]]> &amp; \\u0041"


def document(words: str = WORDS) -> Document:
    return Document(SOURCE).apply(Plan(steps=(Invert(), Flip())), instruction=words, seed=11)


def record_of(made: Document) -> Record:
    return made.to_record(made.render(render))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "bmp", "gif"])
@pytest.mark.parametrize("sidecar", [False, True])
def test_it_is_written_and_read(suffix: str, sidecar: bool, tmp_path: Path) -> None:
    path = tmp_path / f"out.{suffix}"
    made = document()
    made.render(render).picture.save(path, record=record_of(made), sidecar=sidecar, quality=88)
    found = read_record(path)
    assert found is not None
    assert found.instructions == (WORDS,)
    assert found.plan == made.plan
    assert [edit.seed for edit in found.edits] == [11, 11]
    assert found.engines == ("numpy",)
    assert (found.source.name, found.source.sha256) == ("宇航员.png", SOURCE.sha256)
    assert found.output is not None
    assert (found.output.width, found.output.height) == (64, 48)
    assert found.encoding is not None
    assert (found.encoding.quality, found.encoding.metadata) == (88, True)
    assert set(found.libraries) == {"python", "numpy", "Pillow", "opencv"}
    beside = sidecar or suffix in ("bmp", "gif")
    assert found.encoding.sidecar == sidecar_path(path).exists() == beside
    assert read_record(path.read_bytes()) == (None if beside else found)


def test_chinese_is_readable_in_the_file() -> None:
    made = document("把背景虚化🎉")
    content = made.render(render).picture.encode("jpg", record=record_of(made))
    assert "把背景虚化🎉".encode() in content


def test_the_packet_is_valid_xml() -> None:
    from xml.etree import ElementTree

    text = record_of(document()).to_json()
    tree = ElementTree.fromstring(xmp.wrap(text).decode())
    assert tree.find(f".//{{{xmp.NAMESPACE}}}record").text == text


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_a_long_record_is_compressed(suffix: str) -> None:
    words = "把天空换成晚霞，" * 20_000
    made = document(words)
    content = made.render(render).picture.encode(suffix, record=record_of(made))
    assert len(content) < 100_000
    found = read_record(content)
    assert found is not None
    assert found.instructions == (words,)


def test_a_record_too_long_for_jpeg_names_the_remedy(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    made = document("".join(chr(code) for code in rng.integers(0x4E00, 0x9FFF, 60_000)))
    picture, record = made.render(render).picture, record_of(made)
    with pytest.raises(SaveFailed, match="--sidecar"):
        picture.save(tmp_path / "a.jpg", record=record)
    assert list(tmp_path.iterdir()) == []
    picture.save(tmp_path / "a.jpg", record=record, sidecar=True)
    picture.save(tmp_path / "a.png", record=record)
    assert read_record(tmp_path / "a.jpg").instructions == read_record(tmp_path / "a.png").instructions


def test_encoding_a_record_into_a_format_without_a_place_for_it_fails() -> None:
    with pytest.raises(SaveFailed, match="BMP"):
        SOURCE.encode("bmp", record=record_of(document()))


def test_no_record() -> None:
    assert read_record(SOURCE.encode("png")) is None
    assert read_record(SOURCE.encode("jpg")) is None
    with pytest.raises(InvalidPicture):
        read_record(b"no picture")


def test_an_xmp_packet_of_another_program_is_no_record() -> None:
    assert xmp.unwrap(b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>') is None


def test_equal_edits_are_equal_files() -> None:
    """But for the time that each step took, which certificates tell."""
    made = document()
    rendering = made.render(render)
    first, second = (rendering.picture.encode("png", record=made.to_record(rendering)) for _ in range(2))
    assert first == second
    assert made.to_record(rendering).created is None
    assert made.to_record(rendering, created="2025-01-01T00:00:00Z").created == "2025-01-01T00:00:00Z"


def test_any_changed_value_is_noticed() -> None:
    made = document("plain words")
    picture = made.render(render).picture
    text = record_of(made).of_output(picture, record_module.Encoding(format="PNG", quality=92, metadata=True)).to_json()
    assert Record.from_json(text).instructions == ("plain words",)
    for old, new in (
        ("plain words", "other words"),
        ('"quality":92', '"quality":91'),
        ('"seed":11', '"seed":12'),
        ('"op":"invert"', '"op":"sepia"'),
        ('"changed_outside":0', '"changed_outside":1'),
        ('"digest":"', '"digest":"0'),
    ):
        assert old in text
        with pytest.raises(NotVerified) as error:
            Record.from_json(text.replace(old, new, 1))
        assert "The record is damaged" in error.value.say("en")
        assert "编辑记录已损坏" in error.value.say("zh")
        assert error.value.exit_code == 10


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 2}', '{"unknown": 1}'])
def test_what_is_no_record(text: str) -> None:
    with pytest.raises(NotVerified, match="The record is damaged"):
        Record.from_json(text)


@pytest.mark.parametrize(
    "packet",
    [
        f"<a xmlns='{xmp.NAMESPACE}'/>",
        f"{xmp.NAMESPACE}<diptych:record>{{}}",
        f"{xmp.NAMESPACE}<diptych:packed>!!!</diptych:packed>",
        f"{xmp.NAMESPACE}<diptych:packed>AAAA</diptych:packed>",
        f"{xmp.NAMESPACE}<diptych:packed>eJwD</diptych:packed>",
    ],
)
def test_a_damaged_packet(packet: str) -> None:
    with pytest.raises(NotVerified, match="The record is damaged"):
        xmp.unwrap(packet.encode())


def test_a_packed_bomb_is_refused() -> None:
    import base64
    import zlib

    bomb = base64.b64encode(zlib.compress(bytes(100_000_000))).decode()
    with pytest.raises(NotVerified):
        xmp.unwrap(f"{xmp.NAMESPACE}<diptych:packed>{bomb}</diptych:packed>".encode())


def test_a_plan_that_is_not_the_history_is_refused() -> None:
    data_of = json.loads(record_of(document("x")).to_json())
    data_of["plan"]["steps"].pop()
    with pytest.raises(NotVerified, match="not what the history comes to"):
        Record.from_json(json.dumps(data_of))
    data_of["branch"] = "nowhere"
    with pytest.raises(NotVerified, match="nowhere"):
        Record.from_json(json.dumps(data_of))


def test_text_in_operations_survives_too() -> None:
    made = Document(SOURCE).apply(Plan(steps=(AddText(text=WORDS), AddText(text=""))))
    record = made.to_record(Document(SOURCE).render(render))
    assert Record.from_json(record.model_copy(update={"digest": record.compute_digest()}).to_json()).plan == made.plan


def test_measured_time_is_no_part_of_a_file() -> None:
    """The plain renderer measures another time in each run."""
    files = set()
    for _ in range(3):
        rendering = document().render(render)
        assert any(certificate.seconds for certificate in rendering.certificates)
        files.add(rendering.picture.encode("png", record=document().to_record(rendering)))
    assert len(files) == 1
    assert b"seconds" not in files.pop()


def test_pictures_that_steps_used_are_in_the_record() -> None:
    made = document()
    rendering = made.render(render)
    record = made.to_record(rendering, pictures={"海滩.jpg": "ab" * 32})
    found = read_record(rendering.picture.encode("png", record=record))
    assert found is not None
    assert found.pictures == {"海滩.jpg": "ab" * 32}


def test_fields_that_came_later_don_t_change_the_digests_of_older_records() -> None:
    steps = (
        Remove(target=Target(noun="dog")),
        Upscale(factor=3.0),
        Denoise(strength=0.5),
        Restore(),
        Extend(sides=("left",)),
    )
    applied = Applied(edits=tuple(Edit(step=step) for step in steps))
    record = Record(
        diptych="0.1.0",
        source=Source(width=8, height=6, sha256="0" * 64, name="a.png"),
        plan=Plan(steps=steps),
        branches=(Branch(actions=(applied,), position=1),),
    )
    # Written by version 0.1.0 before Upscale had `faithful`, Restore `scratches` and Remove `fill`.
    assert record.compute_digest() == "1d4db8130e3ae56b346ac2677f665af6e42aa5f291ec3fb86318008635ebd668"
    said = record.plan.model_copy(update={"steps": (Upscale(faithful=True), Remove(fill="classical"))})
    assert '"faithful": true' in said.to_json()
    assert '"fill": "classical"' in said.to_json()
    assert Plan.from_json(said.to_json()) == said
