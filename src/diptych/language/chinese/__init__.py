"""The Chinese grammar: tokens → clauses → frames."""

from diptych.language.chinese.framing import frame
from diptych.language.chinese.splitting import clauses

__all__ = ["clauses", "frame"]
