"""Words for people: steps, phrases, labels and messages in English and Chinese, made of the typed values.

Plans and certificates stay canonical; this is how the surfaces say them. The sentences are in steps.toml and
labels.toml, the nouns, colours, places and styles in the lexicon.
"""

from diptych.wording.labels import label, place
from diptych.wording.messages import answer, reworded
from diptych.wording.steps import plan_lines, step

__all__ = ["answer", "label", "place", "plan_lines", "reworded", "step"]
