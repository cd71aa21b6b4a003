"""The index of a folder's pictures: kept up to date without encoding twice, whole whatever happens, exact."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from diptych.core.errors import InvalidPicture
from diptych.core.picture import Picture
from diptych.index import Hit, PictureIndex, Update
from diptych.index.folder import walk
from diptych.index.storage import INSIDE

Vectors = NDArray[np.float32]


class Colours:
    """A real encoder, if a tiny one: the mean colours of a picture's four quarters and a constant, as a unit vector."""

    def __init__(self, name: str = "colours 1", fail_at: int | None = None) -> None:
        self.name = name
        self.fail_at = fail_at
        self.encoded: list[str] = []
        self.calls = 0

    def pictures(self, pictures: list[Picture], /) -> Vectors:
        self.calls += 1
        if self.calls == self.fail_at:
            raise RuntimeError("out of power")
        self.encoded += [picture.name for picture in pictures]
        return np.stack([colours(picture) for picture in pictures])


class Given:
    """Vectors that are given, by the number that a picture's first pixels spell."""

    name = "given"

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def pictures(self, pictures: list[Picture], /) -> Vectors:
        return self.vectors[[int(picture.pixels[0, 0] @ [1, 256, 65536]) for picture in pictures]]


def colours(picture: Picture) -> Vectors:
    halves = [half for rows in np.array_split(picture.rgb, 2) for half in np.array_split(rows, 2, axis=1)]
    means = np.array([*np.concatenate([half.mean(axis=(0, 1)) for half in halves]), 100], np.float32)
    return means / np.linalg.norm(means)


def drawn(seed: int) -> Picture:
    """Four coloured quarters, 8×8, in a colour scheme of their own."""
    quarters = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    return Picture.from_array(quarters.repeat(4, axis=0).repeat(4, axis=1))


def numbered(number: int) -> bytes:
    """A 1×1 BMP that spells the number: cheap to write and to decode by the thousand."""
    pixel = np.array([[[number & 255, number >> 8 & 255, number >> 16]]], np.uint8)
    return Picture.from_array(pixel).encode("bmp")


def counts(update: Update) -> dict[str, int]:
    """What isn't zero."""
    kinds = ("added", "changed", "moved", "removed", "unchanged")
    said = {kind: getattr(update, kind) for kind in kinds} | {"unreadable": len(update.unreadable)}
    return {kind: number for kind, number in said.items() if number}


def all_hits(index: PictureIndex) -> list[Hit]:
    return index.search(colours(drawn(0)), 1000)


def replace_member(place: Path, name: str, data: bytes) -> None:
    """A ZIP with good checksums and one other member."""
    with zipfile.ZipFile(place) as archive:
        members = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(place, "w") as archive:
        for entry, old in members.items():
            archive.writestr(entry, data if entry == name else old)


def entries_of(place: Path) -> dict:
    with zipfile.ZipFile(place) as archive:
        return json.loads(archive.read("entries.json"))


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six pictures in three folders, formats and scripts; the user's cache is beside them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    album = tmp_path / "album"
    (album / "旅行" / "day 2").mkdir(parents=True)
    names = ("a.png", "b.jpg", "c.WEBP", "旅行/日落 照片.png", "旅行/é.tif", "旅行/day 2/x.bmp")
    for seed, name in enumerate(names):
        (album / name).write_bytes(drawn(seed).encode(name.rpartition(".")[2].lower()))
    return album


# ---- updates -------------------------------------------------------------------------------------------


def test_everything_is_indexed_and_found(album: Path) -> None:
    encoder = Colours()
    index = PictureIndex.open(album, encoder)
    steps: list[tuple[int, int]] = []
    assert counts(index.update(lambda *step: steps.append(step))) == {"added": 6}
    assert steps == [(number, 6) for number in range(1, 7)]
    assert (len(index), encoder.calls, index.notes) == (6, 1, [])
    for seed, name in ((0, "a.png"), (3, "旅行/日落 照片.png"), (5, "旅行/day 2/x.bmp")):
        best = index.search(colours(drawn(seed)), 2)
        assert best[0].path == album / name
        assert best[0].score == pytest.approx(1, abs=1e-6)
        assert best[0].score > best[1].score


def test_a_second_update_does_nothing(album: Path) -> None:
    PictureIndex.open(album, Colours()).update()
    before = (album / INSIDE).stat().st_mtime_ns
    encoder = Colours()
    index = PictureIndex.open(album, encoder)
    found = all_hits(index)
    assert counts(index.update()) == counts(index.update()) == {"unchanged": 6}
    assert encoder.calls == 0
    assert all_hits(index) == found
    assert (album / INSIDE).stat().st_mtime_ns == before


def test_only_what_is_new_is_encoded(album: Path) -> None:
    PictureIndex.open(album, Colours()).update()
    encoder = Colours()
    index = PictureIndex.open(album, encoder)
    drawn(10).save(album / "new.png")
    drawn(11).save(album / "a.png")
    (album / "b.jpg").rename(album / "旅行" / "renamed.jpg")
    (album / "c.WEBP").unlink()
    (album / "旅行/é.tif").touch()
    (album / "旅行/copy.png").write_bytes((album / "旅行/日落 照片.png").read_bytes())
    expected = {"added": 2, "changed": 1, "moved": 1, "removed": 1, "unchanged": 3}
    assert counts(index.update()) == expected
    assert sorted(encoder.encoded) == ["a.png", "new.png"]
    assert counts(index.update()) == {"unchanged": 7}
    copies = [album / "旅行/copy.png", album / "旅行/日落 照片.png"]
    assert [hit.path for hit in index.search(colours(drawn(3)), 2)] == copies
    assert index.search(colours(drawn(11)), 1)[0].path == album / "a.png"


def test_a_folder_that_is_moved_takes_its_index_along(album: Path) -> None:
    PictureIndex.open(album, Colours()).update()
    elsewhere = album.rename(album.with_name("moved"))
    encoder = Colours()
    index = PictureIndex.open(elsewhere, encoder)
    assert counts(index.update()) == {"unchanged": 6}
    assert encoder.calls == 0
    assert all_hits(index)[0].path == elsewhere / "a.png"


def test_equal_folders_have_equal_indexes_whatever_happened(album: Path) -> None:
    """A random history of changes, updated after each, against an index made at once."""
    rng = np.random.default_rng(0)
    for step in range(30):
        files = [album / path for path in walk(album)[0]]
        file, other = (files[number] for number in rng.choice(len(files), 2, replace=False))
        new = album / f"{step}.png"
        picture = drawn(int(rng.integers(20, 26))).encode("png")
        match rng.integers(6):
            case 0 | 1:
                new.write_bytes(picture)
            case 2:
                new = file
                new.write_bytes(picture)
            case 3:
                file.rename(new)
            case 4:
                new = other
                file.replace(new)
            case _:
                new = other
                new.write_bytes(file.read_bytes() if rng.random() < 0.7 else b"broken")
        os.utime(new, ns=(step, step))  # within one tick of the clock, a change of the same size can't be told
        PictureIndex.open(album, Colours(), save_every=2).update()
    grown, grown_entries = PictureIndex.open(album, Colours()), entries_of(album / INSIDE)
    vectors = grown._vectors
    (album / INSIDE).unlink()
    made = PictureIndex.open(album, Colours())
    update = made.update()
    assert update.added == len(grown)
    assert len(update.unreadable) + len(made) == len(walk(album)[0])
    assert entries_of(album / INSIDE) == grown_entries
    np.testing.assert_array_equal(made._vectors, vectors)
    assert all_hits(made) == all_hits(grown)


def test_an_empty_folder(tmp_path: Path) -> None:
    index = PictureIndex.open(tmp_path, Colours())
    assert counts(index.update()) == {}
    assert len(index) == 0
    assert index.search(np.ones(3, np.float32)) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "said"), [("nowhere", "There is no folder"), ("file", "is a file"), ("a\0b", "null")])
def test_no_such_folder(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidPicture, match=said) as caught:
        PictureIndex.open(tmp_path / name, Colours())
    assert "文件夹" in caught.value.say("zh")


def test_a_folder_that_goes_away_leaves_the_index_as_it_was(album: Path) -> None:
    index = PictureIndex.open(album, Colours())
    index.update()
    album.rename(album.with_name("away"))
    with pytest.raises(InvalidPicture, match="There is no folder"):
        index.update()
    assert len(index) == 6


def test_hidden_things_and_other_files_are_passed_over(album: Path) -> None:
    for name in (".diptych/index/shown.png", ".thumbnails/a.png", "旅行/.hidden.png", "._a.png", "folder.png/in.png"):
        (album / name).parent.mkdir(parents=True, exist_ok=True)
        drawn(7).save(album / name)
    (album / "notes.txt").write_text("no picture")
    (album / "nowhere.png").symlink_to("missing")
    (album / "circle.png").symlink_to("circle.png")
    (album / "again").symlink_to(album, target_is_directory=True)
    (album / "link.png").symlink_to("a.png")
    index = PictureIndex.open(album, Colours())
    assert counts(index.update()) == {"added": 8}
    found = {hit.path.relative_to(album).as_posix() for hit in all_hits(index)}
    assert {"folder.png/in.png", "link.png"} < found


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
def test_a_name_that_is_no_unicode(album: Path) -> None:
    name = os.fsdecode(b"\xff.png")
    drawn(7).save(album / name)
    assert counts(PictureIndex.open(album, Colours()).update()) == {"added": 7}
    assert PictureIndex.open(album, Colours()).search(colours(drawn(7)), 1)[0].path.name == name


# ---- what can't be read --------------------------------------------------------------------------------


def test_a_broken_file_stops_nothing_and_is_decoded_once(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = (album / "a.png").read_bytes()
    (album / "a.png").write_bytes(good[:60])
    (album / "empty.jpg").write_bytes(b"")
    update = PictureIndex.open(album, Colours()).update()
    assert counts(update) == {"added": 5, "unreadable": 2}
    broken, empty = update.unreadable
    assert (broken.path, empty.path) == (album / "a.png", album / "empty.jpg")
    assert broken.problem.en.startswith("'a.png' is damaged or cut off")
    assert "已损坏" in broken.problem.zh
    assert "空文件" in empty.problem.zh
    assert empty.remedy.en
    assert empty.remedy.zh

    decoded: list[str] = []
    monkeypatch.setattr("diptych.index.pictures.decode", lambda data, name, origin: decoded.append(name))
    again = PictureIndex.open(album, Colours())
    (album / "empty.jpg").touch()
    assert again.update().unreadable == update.unreadable
    assert decoded == []
    monkeypatch.undo()

    (album / "a.png").write_bytes(good)
    (album / "empty.jpg").unlink()
    assert counts(again.update()) == {"added": 1, "unchanged": 5}
    assert counts(again.update()) == {"unchanged": 6}


def test_a_picture_that_breaks_is_not_found_any_more(album: Path) -> None:
    index = PictureIndex.open(album, Colours())
    index.update()
    (album / "a.png").write_bytes(b"GIF89a")
    assert counts(index.update()) == {"unchanged": 5, "unreadable": 1}
    assert album / "a.png" not in [hit.path for hit in all_hits(index)]
    (album / "a.png").unlink()
    assert counts(index.update()) == {"unchanged": 5}


def test_a_file_that_may_not_be_read_is_tried_again(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The open file is what refuses, since permissions don't bind everybody who runs tests."""
    real = Path.open

    def refuse(path: Path, *rest: object) -> object:
        if path.name == "b.jpg":
            raise PermissionError(13, "Permission denied")
        return real(path, *rest)

    index = PictureIndex.open(album, Colours())
    monkeypatch.setattr(Path, "open", refuse)
    update = index.update()
    assert counts(update) == {"added": 5, "unreadable": 1}
    assert "No permission to read" in update.unreadable[0].problem.en
    monkeypatch.undo()
    assert counts(index.update()) == {"added": 1, "unchanged": 5}


def test_a_folder_that_can_not_be_listed_keeps_its_entries(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PictureIndex.open(album, Colours())
    index.update()
    real = os.scandir

    def refuse(folder: Path) -> object:
        if folder.name == "旅行":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    update = index.update()
    assert counts(update) == {"unchanged": 6, "unreadable": 1}
    assert update.unreadable[0].path == album / "旅行"
    assert len(index) == 6


# ---- interrupted, damaged, elsewhere -------------------------------------------------------------------


@pytest.fixture
def many(album: Path) -> Path:
    """Seventy more pictures: five batches in all."""
    for seed in range(100, 170):
        (album / f"{seed}.bmp").write_bytes(drawn(seed).encode("bmp"))
    return album


def test_an_interrupted_update_goes_on(many: Path) -> None:
    encoder = Colours(fail_at=3)
    index = PictureIndex.open(many, encoder)
    with pytest.raises(RuntimeError, match="out of power"):
        index.update()
    assert len(encoder.encoded) == len(index) == len(all_hits(index)) == 32
    rest = Colours()
    assert counts(PictureIndex.open(many, rest).update()) == {"added": 44, "unchanged": 32}
    assert len(rest.encoded) == 44
    assert not set(rest.encoded) & set(encoder.encoded)


def test_what_a_killed_update_had_saved_is_not_lost(many: Path) -> None:
    """Saved every 32 pictures, and killed at the fourth batch of 16."""
    program = (
        "import os, sys; from pathlib import Path; import numpy as np; from diptych.index import PictureIndex\n"
        "class Dying:\n"
        "    name, calls = 'colours 1', 0\n"
        "    def pictures(self, pictures):\n"
        "        self.calls += 1\n"
        "        if self.calls == 4: os._exit(7)\n"
        "        return np.tile(np.float32(13**-0.5), (len(pictures), 13))\n"
        "PictureIndex.open(Path(sys.argv[1]), Dying(), save_every=32).update()"
    )
    assert subprocess.run([sys.executable, "-c", program, str(many)], check=False).returncode == 7
    index = PictureIndex.open(many, Colours())
    assert (len(index), index.notes) == (32, [])
    assert counts(index.update()) == {"added": 44, "unchanged": 32}
    assert sorted(path.name for path in (many / INSIDE).parent.iterdir()) == ["index.zip"]


def test_a_failed_save_leaves_the_last_index(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PictureIndex.open(album, Colours())
    index.update()
    drawn(7).save(album / "new.png")
    monkeypatch.setattr("diptych.core.files.os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(Exception, match="No space left"):
        index.update()
    monkeypatch.undo()
    again = PictureIndex.open(album, Colours())
    assert (len(again), again.notes) == (6, [])
    assert counts(index.update()) == {"unchanged": 7}
    assert len(PictureIndex.open(album, Colours())) == 7


DAMAGE = {
    "cut off": lambda place: place.write_bytes(place.read_bytes()[:200]),
    "empty": lambda place: place.write_bytes(b""),
    "a flipped bit": lambda place: place.write_bytes(bytes(b ^ (n == 900) for n, b in enumerate(place.read_bytes()))),
    "no JSON": lambda place: replace_member(place, "entries.json", b"{"),
    "other JSON": lambda place: replace_member(place, "entries.json", b"[]"),
    "nested JSON": lambda place: replace_member(place, "entries.json", b"[" * 100_000),
    "another version": lambda place: change_entries(place, version=2),
    "a missing entry": lambda place: change_entries(place, files={}),
    "an entry outside": lambda place: change_entries(place, files={"../a.png": [1, 1, "0" * 64, None]}),
    "an absolute entry": lambda place: change_entries(place, files={"/a.png": [1, 1, "0" * 64, None]}),
    "no hash": lambda place: change_entries(place, files={"a.png": [1, 1, "a", None]}),
    "no size": lambda place: change_entries(place, files={"a.png": [None, 1, "0" * 64, None]}),
    "no vectors": lambda place: replace_member(place, "vectors.npy", b"\x93NUMPY"),
    "pickled vectors": lambda place: replace_vectors(place, np.array([[None]] * 6, object)),
    "huge vectors": lambda place: replace_member(place, "vectors.npy", npy_header((1 << 50, 13))),
    "other vectors": lambda place: replace_vectors(place, np.zeros((5, 13), np.float32)),
    "doubles": lambda place: replace_vectors(place, np.zeros((6, 13))),
    "not numbers": lambda place: replace_vectors(place, np.full((6, 13), np.nan, np.float32)),
    "compressed": lambda place: compress(place),
}


def change_entries(place: Path, **changed: object) -> None:
    replace_member(place, "entries.json", json.dumps(entries_of(place) | changed).encode())


def replace_vectors(place: Path, vectors: NDArray) -> None:
    with zipfile.ZipFile(place) as archive:
        entries = archive.read("entries.json")
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("entries.json", entries)
        with archive.open("vectors.npy", "w") as file:
            np.lib.format.write_array(file, vectors)


def npy_header(shape: tuple[int, int]) -> bytes:
    import io

    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def compress(place: Path) -> None:
    entries = json.dumps(entries_of(place)).encode()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("entries.json", entries)
        archive.writestr("vectors.npy", b"")


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_made_anew(album: Path, damage: str) -> None:
    PictureIndex.open(album, Colours()).update()
    found = all_hits(PictureIndex.open(album, Colours()))
    DAMAGE[damage](album / INSIDE)
    encoder = Colours()
    index = PictureIndex.open(album, encoder)
    assert len(index) == 0
    (note,) = index.notes
    assert "is damaged" in note.en
    assert "已损坏" in note.zh
    assert counts(index.update()) == {"added": 6}
    again = PictureIndex.open(album, Colours())
    assert again.notes == []
    assert all_hits(again) == found


def test_a_damaged_index_of_an_empty_folder_is_reported_once(tmp_path: Path) -> None:
    place = tmp_path / INSIDE
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no index")
    index = PictureIndex.open(tmp_path, Colours())
    assert len(index.notes) == 1
    index.update()
    assert PictureIndex.open(tmp_path, Colours()).notes == []


def test_a_folder_of_broken_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    index = PictureIndex.open(tmp_path, Colours())
    assert counts(index.update()) == counts(PictureIndex.open(tmp_path, Colours()).update()) == {"unreadable": 1}


def test_another_encoder_makes_it_anew(album: Path) -> None:
    PictureIndex.open(album, Colours()).update()
    other = Colours("colours 2")
    index = PictureIndex.open(album, other)
    assert len(index) == 0
    (note,) = index.notes
    assert "another model (colours 1)" in note.en
    assert "另一个模型（colours 1）" in note.zh
    assert counts(index.update()) == {"added": 6}
    assert len(other.encoded) == 6
    assert PictureIndex.open(album, Colours("colours 2")).notes == []


@pytest.mark.parametrize("obstacle", ["a file", "a link", "permissions"])
def test_a_folder_that_can_not_be_written(album: Path, tmp_path: Path, obstacle: str) -> None:
    if obstacle == "a file":
        (album / ".diptych").write_bytes(b"in the way")
    elif obstacle == "a link":
        victim = tmp_path / "mine.txt"
        victim.write_bytes(b"precious")
        (album / INSIDE).parent.mkdir(parents=True)
        (album / INSIDE).symlink_to(victim)
    elif os.name == "nt" or os.geteuid() == 0:
        pytest.skip("permissions don't bind this user")
    else:
        album.chmod(0o555)
    index = PictureIndex.open(album, Colours())
    assert counts(index.update()) == {"added": 6}
    (note,) = [note for note in index.notes if "instead" in note.en]
    assert str(tmp_path / "cache") in note.en
    assert "索引改存于" in note.zh
    encoder = Colours()
    again = PictureIndex.open(album, encoder)
    assert len(again) == 6
    assert counts(again.update()) == {"unchanged": 6}
    assert encoder.calls == 0
    if obstacle == "a link":
        assert victim.read_bytes() == b"precious"
    album.chmod(0o755)


def test_the_newer_of_two_places_counts(album: Path) -> None:
    """A folder that couldn't be written, and then can."""
    (album / ".diptych").write_bytes(b"in the way")
    PictureIndex.open(album, Colours()).update()
    (album / ".diptych").unlink()
    drawn(7).save(album / "new.png")
    encoder = Colours()
    assert counts(PictureIndex.open(album, encoder).update()) == {"added": 1, "unchanged": 6}
    assert encoder.encoded == ["new.png"]
    assert (album / INSIDE).is_file()
    assert len(PictureIndex.open(album, encoder)) == 7


def test_two_updates_at_once_leave_one_whole_state(many: Path) -> None:
    one, other = (PictureIndex.open(many, Colours(), save_every=16) for _ in range(2))
    states = []

    def meanwhile(number: int, total: int) -> None:
        if number == 40:
            other.update()
        if number % 8 == 0:
            states.append(len(PictureIndex.open(many, Colours())))

    one.update(meanwhile)
    last = PictureIndex.open(many, Colours())
    assert last.notes == []
    assert set(states) <= {0, 16, 32, 48, 64, 76}
    assert counts(last.update()) == {"unchanged": 76}


# ---- search --------------------------------------------------------------------------------------------


def test_equal_scores_are_ordered_by_path(tmp_path: Path) -> None:
    for number in range(37):
        (tmp_path / f"{number:02}.bmp").write_bytes(numbered(number))
    vectors = np.tile(np.random.default_rng(0).standard_normal(13).astype(np.float32), (37, 1))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = PictureIndex.open(tmp_path, Given(vectors))
    index.update()
    hits = index.search(np.random.default_rng(1).standard_normal(13), 5)
    assert [hit.path.name for hit in hits] == ["00.bmp", "01.bmp", "02.bmp", "03.bmp", "04.bmp"]
    assert len({hit.score for hit in hits}) == 1


@pytest.mark.parametrize("vector", [np.ones(12), np.ones((1, 13)), np.zeros(13), np.full(13, np.nan)])
def test_a_vector_that_can_not_be_compared(album: Path, vector: NDArray[np.float64]) -> None:
    index = PictureIndex.open(album, Colours())
    index.update()
    with pytest.raises(ValueError, match="can't be compared"):
        index.search(vector)
    assert index.search(np.ones(13), 0) == []


@pytest.mark.parametrize("vectors", [np.ones((6, 13)), np.ones(6), np.zeros((5, 13)), np.full((6, 13), np.nan)])
def test_what_the_encoder_gives_is_checked(album: Path, vectors: NDArray[np.float64]) -> None:
    encoder = Colours()
    encoder.pictures = lambda pictures: vectors  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="not unit vectors"):
        PictureIndex.open(album, encoder).update()
    assert not (album / INSIDE).exists()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Vectors]:
    """2,000 files and 2,200 clustered unit vectors of 32 numbers."""
    folder = tmp_path_factory.mktemp("crowd")
    for number in range(2000):
        (folder / f"{number}.bmp").write_bytes(numbered(number))
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((50, 32))[rng.integers(0, 50, 2200)] + 0.7 * rng.standard_normal((2200, 32))
    return folder, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def recall(near: PictureIndex, exact: PictureIndex, queries: Vectors) -> float:
    """Of the ten best, the part that is found."""
    found = [len(set(near.search(query)) & set(exact.search(query))) / 10 for query in queries]
    return float(np.mean(found))


def test_a_large_folder_is_searched_by_a_graph(
    crowd: tuple[Path, Vectors], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("usearch")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder, vectors = crowd
    encoder = Given(vectors)
    near = PictureIndex.open(folder, encoder, approximate_above=500)
    exact = PictureIndex.open(folder, encoder, approximate_above=10**9)
    assert counts(near.update()) == {"added": 2000}
    exact.update()
    (graph,) = tmp_path.rglob("graph.zip")
    assert recall(near, exact, vectors[2000:2100]) >= 0.95
    assert near.search(vectors[7])[0] == exact.search(vectors[7])[0]
    assert len(near.search(vectors[7], 2000)) == 2000

    for number in range(300):
        (folder / f"{number}.bmp").unlink()
    for number in range(2000, 2200):
        (folder / f"{number}.bmp").write_bytes(numbered(number))
    near = PictureIndex.open(folder, encoder, approximate_above=500)
    assert counts(near.update()) == {"added": 200, "removed": 300, "unchanged": 1700}
    exact.update()
    assert recall(near, exact, vectors[2000:2100]) >= 0.95
    assert recall(near, exact, vectors[:100]) >= 0.95

    for content in (b"no graph", graph.read_bytes()[:5000]):
        graph.write_bytes(content)
        assert recall(PictureIndex.open(folder, encoder, approximate_above=500), exact, vectors[:20]) >= 0.95
        assert graph.stat().st_size > 5000


def test_a_large_folder_without_the_extra(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    index = PictureIndex.open(album, Colours(), approximate_above=3)
    index.update()
    assert len(all_hits(index)) == 6
    assert len(index.search(colours(drawn(0)), 2)) == 2
    (note,) = index.notes
    assert "pip install 'diptych[search]'" in note.en
    assert "可选组件“search”" in note.zh


def test_usearch_is_imported_only_when_needed(album: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from diptych.index import PictureIndex\n"
        "index = PictureIndex.open(Path(sys.argv[1]), type('E', (), {'name': 'e'})())\n"
        "print([name for name in ('usearch', 'torch', 'cv2') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(album)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
