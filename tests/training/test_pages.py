import numpy as np

from diptych.training.pages import SIZE, pages
from diptych.training.reductions import SIZES, Reductions


def test_pages_are_a_function_of_their_seed():
    first, again, other = (list(pages(3, seed)) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert {page.dtype for page in first} == {np.dtype(np.uint8)}
    assert {page.shape for page in (*first, *other)} <= {(*SIZE, 3), (*SIZE[::-1], 3)}


def test_pages_have_edges_as_letters_have_them():
    """Next to each other dark and light, which in photographs is rare."""
    steps = [np.abs(np.diff(page.astype(int).mean(2), axis=1)) for page in pages(4, 0)]
    assert min(float((step > 80).mean()) for step in steps) > 0.01


def test_some_crops_show_pages():
    reductions = Reductions((), factor=4, pages=2)
    assert len(reductions.page_pairs) == 2 * 2
    reductions.pairs = [(np.zeros((60, 60, 3), np.uint8), np.zeros((240, 240, 3), np.uint8))]
    rng = np.random.default_rng(0)
    crops = [reductions.crop(rng, 24) for _ in range(200)]
    drawn = [large for _, large in crops if large.any()]
    assert 4 < len(drawn) < 40
    assert all(small.shape == (24, 24, 3) and large.shape == (96, 96, 3) for small, large in crops)


def test_a_pair_is_cut_to_whole_small_pixels():
    small, large = Reductions((), factor=3).pair(np.zeros((101, 77, 3), np.uint8), SIZES[1])
    assert large.shape == (3 * small.shape[0], 3 * small.shape[1], 3)
