"""Which server is asked, named by the user; its key comes from the environment and goes nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from diptych.core.errors import Bilingual, Unsupported, shorten

URL, MODEL, KEY, SEES, TIMEOUT = (
    f"DIPTYCH_LLM_{name}" for name in ("URL", "MODEL", "KEY", "SEES", "TIMEOUT")
)  # fmt: skip
HOSTS_OF_KEYS = {
    "OPENAI_API_KEY": ("api.openai.com",),
    "DASHSCOPE_API_KEY": ("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"),
    "DEEPSEEK_API_KEY": ("api.deepseek.com",),
}
"""Keys that people have already, and the only hosts that each is sent to."""
USUAL_TIMEOUT = 120.0


@dataclass(frozen=True)
class Server:
    """An OpenAI-compatible server.

    url      up to what comes before /chat/completions; without a path /v1 is meant
    model    as the server calls it
    sees     whether the model looks at pictures, and may be sent them
    timeout  seconds that one question may take, waits between tries included
    """

    url: str
    model: str
    sees: bool = False
    timeout: float = USUAL_TIMEOUT

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _checked(self.url))
        if not self.model.strip():
            raise Unsupported(
                Bilingual("No model was named for the language server.", "没有指定语言模型的名称。"),
                Bilingual(f"Name it with --llm-model or {MODEL}.", f"请用 --llm-model 或 {MODEL} 指定。"),
            )
        if not 0 < self.timeout <= 3600:
            raise Unsupported(
                Bilingual(f"A time-out of {self.timeout:g} seconds is none.", f"超时 {self.timeout:g} 秒无效。"),
                Bilingual("Give 1 to 3600 seconds.", "请给出 1 到 3600 秒。"),
            )

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def key(self, environment: Mapping[str, str]) -> str | None:
        """DIPTYCH_LLM_KEY, else the one that belongs to this very host; None for servers without."""
        own = environment.get(KEY, "").strip()
        if own:
            return own
        names = (name for name, hosts in HOSTS_OF_KEYS.items() if self.host in hosts)
        return next((key for name in names if (key := environment.get(name, "").strip())), None)


def named_server(environment: Mapping[str, str], url: str | None = None, model: str | None = None) -> Server | None:
    """The server that the user named, by arguments or else by the environment; None where none is. Raises Unsupported
    for what can't be one."""
    url = url or environment.get(URL, "").strip()
    if not url:
        return None
    seconds = environment.get(TIMEOUT, "").strip() or str(USUAL_TIMEOUT)
    try:
        timeout = float(seconds)
    except ValueError as error:
        raise Unsupported(
            Bilingual(
                f"{TIMEOUT} is '{shorten(seconds)}', which is no number.", f"{TIMEOUT}“{shorten(seconds)}”不是数字。"
            ),
            Bilingual("Give seconds, such as 120.", "请给出秒数，例如 120。"),
        ) from error
    sees = environment.get(SEES, "").strip().lower() in ("1", "true", "yes")
    return Server(url, model or environment.get(MODEL, ""), sees, timeout)


def _checked(url: str) -> str:
    """`url` without a trailing slash, with /v1 where it has no path. Raises Unsupported."""
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - raises ValueError for what is no port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise Unsupported(
            Bilingual("The language server's URL is none.", "语言模型服务的网址无效。"),
            Bilingual("Give one like http://localhost:11434/v1.", "请给出类似 http://localhost:11434/v1 的网址。"),
        )
    if parts.username is not None or parts.password is not None:
        raise Unsupported(
            Bilingual(
                "The language server's URL holds a name or a password.", "语言模型服务的网址里带有用户名或密码。"
            ),
            Bilingual(f"Put the key into {KEY} instead.", f"请把密钥放在环境变量 {KEY} 里。"),
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or "/v1", "", ""))
