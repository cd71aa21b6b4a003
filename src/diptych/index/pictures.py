"""PictureIndex: what is in a folder of pictures, kept up to date and searched by a vector.

A content is known by its SHA-256, so that copies and moves cost no encoding, and equal folders have equal indexes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from diptych.core.decode import decode
from diptych.core.errors import Bilingual, InvalidPicture, MissingExtra, SaveFailed, shorten
from diptych.core.files import read_file
from diptych.core.picture import Picture
from diptych.index import folder as folders
from diptych.index import storage
from diptych.index.folder import Stamp
from diptych.index.neighbours import Graph
from diptych.index.storage import File, Vectors

APPROXIMATE_ABOVE = 100_000
"""Contents up to which search compares all: 30 ms on one core where each has 512 numbers (200 MB)."""
FEW = 1000
"""Of more hits at once, all are compared in the largest folder, too: a graph is good at finding few."""
SAVE_EVERY = 512
"""Pictures encoded between two saves. In a large index a sixteenth of it, since a save writes all of it."""
BATCH = 16
BATCH_PIXELS = 64_000_000
"""So many pictures go to the encoder at once, fewer of large ones (0.2 GB)."""
ROUNDING = 1e-4
"""More than a float32 product of unit vectors is off by: what lies so close is compared in float64."""


class Encoder(Protocol):
    """Turns pictures into vectors. `name` names exactly the weights: vectors of another name are not used."""

    @property
    def name(self) -> str: ...

    def pictures(self, pictures: list[Picture], /) -> Vectors:
        """N×D float32 unit vectors of N ≥ 1 pictures; D is always the same."""


@dataclass(frozen=True)
class Hit:
    """A picture that was found; `score` is the cosine between it and what was sought, -1..1."""

    path: Path
    score: float


@dataclass(frozen=True)
class Unreadable:
    """A file with a picture's suffix, or a folder, that can't be read, and why."""

    path: Path
    problem: Bilingual
    remedy: Bilingual


@dataclass(frozen=True)
class Update:
    """Numbers of pictures: what an update found them to be. Moved: a known content whose file has another path now."""

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    unreadable: tuple[Unreadable, ...]


@dataclass
class _Work:
    """What an update has in hand.

    orphans    contents → files with them that are gone, one of which a new file may be
    pictures   contents → pictures that wait for the encoder; `waiting` are their files
    encoded    contents → vectors that aren't in the index yet
    refused    paths → why they could not be opened
    """

    orphans: Counter[str]
    pictures: dict[str, Picture] = field(default_factory=dict)
    waiting: dict[str, File] = field(default_factory=dict)
    encoded: dict[str, Vectors] = field(default_factory=dict)
    refused: dict[str, InvalidPicture] = field(default_factory=dict)

    def add(self, path: str, file: File, data: bytes) -> None:
        """Let a file wait for the encoder. Raises InvalidPicture."""
        if file.sha256 not in self.pictures:
            self.pictures[file.sha256] = decode(data, name=path.rpartition("/")[2], origin=path)
        self.waiting[path] = file

    @property
    def is_full(self) -> bool:
        pixels = sum(picture.height * picture.width for picture in self.pictures.values())
        return len(self.pictures) >= BATCH or pixels >= BATCH_PIXELS


class PictureIndex:
    """The index of one folder by one encoder; get it by `open`. `len` is how many pictures search can find.

    notes   what people should know without having asked: an index that is made anew, one that is kept elsewhere, a
            missing extra. Opening, updating and searching add to them.

    For one thread at a time; any number of processes.
    """

    def __init__(self, folder: Path, encoder: Encoder, approximate_above: int, save_every: int) -> None:
        self.folder = folder
        self.encoder = encoder
        self.notes: list[Bilingual] = []
        self._approximate_above = approximate_above
        self._save_every = save_every
        self._cache = storage.cache_for(folder)
        self._files: dict[str, File] = {}
        self._vectors: Vectors = np.zeros((0, 0), np.float32)
        self._saved: dict[str, File] | None = {}  # the files as they are on the disk; None: what is there is useless
        self._load()
        self._arrange()

    @classmethod
    def open(
        cls,
        folder: Path,
        encoder: Encoder,
        *,
        approximate_above: int = APPROXIMATE_ABOVE,
        save_every: int = SAVE_EVERY,
    ) -> PictureIndex:
        """The index of `folder` as it was saved, or an empty one. Nothing is encoded or written before `update`.

        One that is damaged or was made by another encoder counts for nothing, and is noted. Raises InvalidPicture
        where there is no such folder.
        """
        folders.check(folder)
        return cls(folder, encoder, approximate_above, save_every)

    def __len__(self) -> int:
        return sum(map(len, self._paths))

    # ---- update ----------------------------------------------------------------------------------------

    def update(self, progress: Callable[[int, int], None] | None = None) -> Update:
        """Bring the index up to date with the folder and save it. `progress` takes (files looked into, of how many).

        Files whose size and time are as before aren't opened, and of those that can't be decoded none is tried twice.
        Whatever ends it early (the encoder's error, Ctrl-C), what was encoded by then is saved. Raises InvalidPicture
        (no such folder), SaveFailed, ValueError (the encoder gave no unit vectors).
        """
        found, unlisted = folders.walk(self.folder)
        gone = [path for path in self._files if path not in found and not folders.is_within(path, unlisted)]
        stale = [path for path, stamp in found.items() if path not in self._files or self._files[path].stamp != stamp]
        counts = Counter(unchanged=sum(map(self._is_good, self._files.keys() - {*stale, *gone})))
        work = _Work(Counter(self._files[path].sha256 for path in gone if self._is_good(path)))
        try:
            for number, path in enumerate(stale, 1):
                counts[self._look_into(path, found[path], work)] += 1
                if progress:
                    progress(number, len(stale))
            self._encode(work)
            counts["removed"] = sum(self._files.pop(path).trouble is None for path in gone) - counts["moved"]
        finally:
            self._settle(work)
        self._near()  # so that it isn't the first search that waits for it
        kinds = ("added", "changed", "moved", "removed", "unchanged")
        return Update(**{kind: counts[kind] for kind in kinds}, unreadable=self._unreadable(work.refused | unlisted))

    def _is_good(self, path: str) -> bool:
        return path in self._files and self._files[path].trouble is None

    def _look_into(self, path: str, stamp: Stamp, work: _Work) -> str:
        """Read a file that is new or seems changed; its picture waits for the encoder if its content is new.

        Returns what the file is, as Update calls it.
        """
        known, was_good = self._files.get(path), self._is_good(path)
        try:
            data = read_file(self.folder / path)
        except InvalidPicture as error:  # not remembered: a permission can be given without the file changing
            self._files.pop(path, None)
            work.refused[path] = error
            return "unreadable"
        file = File(*stamp, hashlib.sha256(data).hexdigest())
        if known and known.sha256 == file.sha256:
            self._files[path] = file._replace(trouble=known.trouble)
            return "unchanged" if was_good else "unreadable"
        if file.sha256 in self._rows or file.sha256 in work.encoded:
            self._files[path] = file
        else:
            try:
                work.add(path, file, data)
            except InvalidPicture as error:
                self._files[path] = file._replace(trouble=(*_both(error.problem), *_both(error.remedy)))
                return "unreadable"
            if work.is_full:
                self._encode(work)
        if was_good:
            return "changed"
        work.orphans[file.sha256] -= 1
        return "added" if work.orphans[file.sha256] < 0 else "moved"

    def _encode(self, work: _Work) -> None:
        """Have what waits encoded; save now and then."""
        if not work.pictures:
            return
        vectors = np.asarray(self.encoder.pictures(list(work.pictures.values())), np.float32)
        if not self._vectors.shape[1]:
            self._vectors = np.zeros((0, vectors.shape[-1]), np.float32)
        expected = (len(work.pictures), self._vectors.shape[1])
        if vectors.shape != expected or not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
            raise ValueError(f"the encoder '{self.encoder.name}' gave {vectors.shape}, not unit vectors of {expected}")
        work.encoded.update(zip(work.pictures, vectors, strict=True))
        self._files.update(work.waiting)
        work.pictures.clear()
        work.waiting.clear()
        if len(work.encoded) >= max(self._save_every, len(self._rows) // 16):
            self._settle(work)

    def _settle(self, work: _Work) -> None:
        """Take in what was encoded, let go of contents that no file has any more, and save if anything is new."""
        self._files = dict(sorted(self._files.items()))
        if self._files == self._saved:
            return
        rows = {content: row for row, content in enumerate((*self._rows, *work.encoded))}
        encoded = np.array(list(work.encoded.values()), np.float32).reshape(len(work.encoded), self._vectors.shape[1])
        kept = np.array([rows[content] for content in storage.contents_of(self._files)], np.intp)
        self._vectors = np.concatenate([self._vectors, encoded])[kept]
        work.encoded.clear()
        self._arrange()
        self._save()

    def _arrange(self) -> None:
        """What follows from the files: the row of each content, the paths of each row."""
        self._rows = {content: row for row, content in enumerate(storage.contents_of(self._files))}
        self._paths: list[list[str]] = [[] for _ in self._rows]
        for path, file in self._files.items():
            if file.trouble is None:
                self._paths[self._rows[file.sha256]].append(path)
        self._graph: Graph | None = None

    def _unreadable(self, errors: dict[str, InvalidPicture]) -> tuple[Unreadable, ...]:
        """These and what is remembered, by path."""
        listed = {path: Unreadable(self.folder / path, error.problem, error.remedy) for path, error in errors.items()}
        for path, file in self._files.items():
            if file.trouble is not None:
                problem, remedy = Bilingual(*file.trouble[:2]), Bilingual(*file.trouble[2:])
                listed[path] = Unreadable(self.folder / path, problem, remedy)
        return tuple(listed[path] for path in sorted(listed))

    # ---- search ----------------------------------------------------------------------------------------

    def search(self, vector: NDArray[np.floating], count: int = 10) -> list[Hit]:
        """At most `count` pictures nearest to `vector` (D numbers, not all zero), best first, equal ones by path.

        Raises ValueError for a vector that can't be compared to those of the index.
        """
        query = np.asarray(vector, np.float64)
        length = float(np.linalg.norm(query))
        if not 0 < length < np.inf or (self._rows and query.shape != self._vectors.shape[1:]):
            raise ValueError(f"{query.shape} of length {length:g} can't be compared to vectors {self._vectors.shape}")
        if not self._rows or count < 1:
            return []
        query /= length
        graph = self._near() if count <= FEW else None
        rows = self._compare_all(query, count) if graph is None else graph.near(query, count)
        # A matrix product adds up the rows at its end in another order; like this, equal rows have equal scores.
        scores = (self._vectors[rows] * query).sum(axis=1)
        found = [(-score, path) for score, row in zip(scores.tolist(), rows, strict=True) for path in self._paths[row]]
        return [Hit(self.folder / path, -score) for score, path in sorted(found)[:count]]

    def _compare_all(self, query: NDArray[np.float64], count: int) -> NDArray[np.intp]:
        """The rows that can be among the best `count`."""
        scores = self._vectors @ query.astype(np.float32)
        if count >= len(scores):
            return np.arange(len(scores))
        return np.flatnonzero(scores >= np.partition(scores, -count)[-count] - ROUNDING)

    def _near(self) -> Graph | None:
        """The graph of a large index; None where search compares all."""
        if self._graph is None and len(self._rows) > self._approximate_above:
            try:
                self._graph = Graph(self._cache / "graph.zip", self.encoder.name, self._rows, self._vectors)
            except MissingExtra as error:
                self._note(f"{error.say('en')}", f"{error.say('zh')}")
        return self._graph

    # ---- on the disk -----------------------------------------------------------------------------------

    def _note(self, en: str, zh: str) -> None:
        note = Bilingual(en, zh)
        if note not in self.notes:
            self.notes.append(note)

    def _load(self) -> None:
        """What was saved last by this encoder, in the folder or in the user's cache."""
        places: list[tuple[int, Path]] = []
        for file in (self.folder / storage.INSIDE, self._cache / storage.NAME):
            with suppress(OSError):  # there is none
                places.append((file.stat().st_mtime_ns, file))
        for _, file in sorted(places, reverse=True):
            try:
                saved = storage.read(file)
            except storage.DAMAGED as error:
                reason = shorten(error)
                self._note_useless(file, f"is damaged ({reason})", f"已损坏（{reason}）")
                continue
            if saved.encoder == self.encoder.name:
                self._files, self._vectors = saved.files, saved.vectors
                self._saved = None if self.notes else saved.files.copy()
                return
            by = shorten(saved.encoder)
            self._note_useless(file, f"was made by another model ({by})", f"由另一个模型（{by}）建立")

    def _note_useless(self, file: Path, en: str, zh: str) -> None:
        self._saved = None
        quoted = shorten(file, 200)
        self._note(
            f"The index '{quoted}' {en}. It is made anew; this takes as long as the first time.",
            f"索引“{quoted}”{zh}。将重新建立，所需时间与首次相同。",
        )

    def _save(self) -> None:
        """Into the folder, or into the user's cache where that fails. Raises SaveFailed where both do."""
        members = storage.Saved(self.encoder.name, self._files, self._vectors).to_bytes()
        try:
            storage.write(self.folder / storage.INSIDE, members)
        except SaveFailed as error:
            elsewhere = self._cache / storage.NAME
            storage.write(elsewhere, members)
            self._note(
                f"{error.problem.en} The index is kept in '{elsewhere}' instead.",
                f"{error.problem.zh}索引改存于“{elsewhere}”。",
            )
        self._saved = self._files.copy()


def _both(message: Bilingual) -> tuple[str, str]:
    return message.en, message.zh
