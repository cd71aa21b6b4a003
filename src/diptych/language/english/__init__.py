"""The English grammar: tokens → clauses → frames."""

from diptych.language.english.framing import frame
from diptych.language.english.splitting import clauses

__all__ = ["clauses", "frame"]
