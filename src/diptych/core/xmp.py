"""XMP: the packet of RDF/XML (ISO 16684-1) in which a file carries its record.

Only this project's own packets are read, by their tags and without an XML parser: a file's XML is not trusted
with entities. A packet that the source brought along is not kept, since it would tell of the source's pixels.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from xml.sax.saxutils import escape, unescape

from diptych.core.errors import Bilingual
from diptych.core.record import damaged_record

NAMESPACE = "https://diptych.dev/ns/1.0/"

_HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:diptych="{NAMESPACE}">'
)
_TAIL = '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'

_PACK_ABOVE = 60_000
"""Bytes of a packet above which the record is compressed: a JPEG has 65,504 for it."""

_MAX_UNPACKED = 1 << 26


def wrap(record: str) -> bytes:
    """The packet, UTF-8, for a record's JSON; above 60 kB as base64 of zlib."""
    packet = f"{_HEAD}<diptych:record>{escape(record)}</diptych:record>{_TAIL}".encode()
    if len(packet) <= _PACK_ABOVE:
        return packet
    packed = base64.b64encode(zlib.compress(record.encode(), 9)).decode()
    return f"{_HEAD}<diptych:packed>{packed}</diptych:packed>{_TAIL}".encode()


def unwrap(packet: bytes) -> str | None:
    """The record's JSON in a packet, or None when the packet is another's. Raises NotVerified when it is damaged."""
    if NAMESPACE.encode() not in packet:
        return None
    try:
        text = _between(packet, b"diptych:record")
        if text is not None:
            return unescape(text.decode())
        packed = _between(packet, b"diptych:packed")
        if packed is not None:
            unpacker = zlib.decompressobj()
            record = unpacker.decompress(base64.b64decode(packed, validate=True), _MAX_UNPACKED)
            if unpacker.eof:
                return record.decode()
    except (UnicodeDecodeError, binascii.Error, zlib.error) as error:
        raise damaged_record(Bilingual("it can't be unpacked", "无法解包")) from error
    raise damaged_record(Bilingual("it is not whole", "内容不完整"))


def _between(packet: bytes, tag: bytes) -> bytes | None:
    start, end = packet.find(b"<" + tag + b">"), packet.find(b"</" + tag + b">")
    return packet[start + len(tag) + 2 : end] if 0 <= start < end else None
