"""What a server is allowed to do, and where it listens."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from diptych.core.errors import Bilingual, Unsupported

TOKEN = "DIPTYCH_TOKEN"
"""The environment variable that holds the bearer token."""


@dataclass(frozen=True)
class Limits:
    """
    queue       pieces of work that wait at most; one more is refused with 429
    workers     that run at once
    seconds     that one piece of work may run
    megabytes   of a request
    megapixels  of a picture that is sent, and of one that is asked for
    pictures    in one request, and made by one request
    words       characters of an instruction
    sessions    kept at once; the one that was longest unused goes first
    minutes     that an unused session, or a picture behind a URL, is kept
    """

    queue: int = 16
    workers: int = 1
    seconds: float = 120.0
    megabytes: float = 64.0
    megapixels: float = 50.0
    pictures: int = 10
    words: int = 32_000
    sessions: int = 64
    minutes: float = 60.0

    def __post_init__(self) -> None:
        """Raises Unsupported for a limit that lets nothing through."""
        for name, value in vars(self).items():
            if (value <= 0 and name != "queue") or value < 0:
                raise _refused(f"--{name} {value:g}", "nothing would get through", "任何请求都无法通过")

    @property
    def bytes(self) -> int:
        return round(self.megabytes * 1e6)

    @property
    def pixels(self) -> int:
        return round(self.megapixels * 1e6)


@dataclass(frozen=True)
class Settings:
    """
    host, port  where it listens
    token       that clients must send as `Authorization: Bearer …`; None: none is asked for
    origins     web pages elsewhere that may call it (CORS)
    hosts       from which pictures named by URL may be fetched
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        """Raises Unsupported where others could reach it and no token is asked for."""
        if not 0 <= self.port <= 65535:
            raise _refused(f"--port {self.port}", "there is no such port", "没有这个端口")
        if self.token is not None and len(self.token) < 16:
            raise Unsupported(
                Bilingual(f"The token in {TOKEN} has {len(self.token)} characters; it could be guessed.",
                          f"{TOKEN} 中的令牌只有 {len(self.token)} 个字符，容易被猜到。"),
                Bilingual("Take 16 or more, e.g. of `openssl rand -hex 16`.",
                          "请用 16 个以上字符，例如 `openssl rand -hex 16`。"),
            )  # fmt: skip
        if self.token is None and not is_loopback(self.host):
            raise Unsupported(
                Bilingual(f"On {self.host} others could reach the server, and no token is asked of them.",
                          f"监听 {self.host} 时他人可以访问服务，却没有设置令牌。"),
                Bilingual(f"Put a secret into {TOKEN}, or listen on 127.0.0.1.",
                          f"请把密钥放进环境变量 {TOKEN}，或改为监听 127.0.0.1。"),
            )  # fmt: skip


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address or "localhost"."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(said: str, en: str, zh: str) -> Unsupported:
    return Unsupported(
        Bilingual(f"{said}: {en}.", f"{said}：{zh}。"),
        Bilingual("See `diptych serve --help`.", "见 `diptych serve --help`。"),
    )
