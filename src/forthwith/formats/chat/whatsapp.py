"""WhatsApp's text exports: `_chat.txt` of an iPhone, "WhatsApp Chat with X.txt" of Android.

A message begins a line: `[14/03/2022, 09:00:00] Per: words` or `14/03/2022, 09:00 - Per: words`;
lines that begin otherwise go on with the message before. Day, month and year stand as the phone's
language has them, with marks of direction (U+200E), narrow spaces before AM, and words for morning
and afternoon. Nobody writes down which order it was, so the whole file decides: an order under
which one line is no date is out. Where more than one is left, and they differ, no message has a
date: the text shows each as exported, and a Fault says so. The times are the phone's, without zone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.chat.conversations import Conversation, Export, Post
from forthwith.formats.chat.transcript import ChatFile, Event, unique

#: Marks of direction and joining that stand before names and files, and mean nothing here.
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
#: Spaces of every width that stand for one.
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f\u3000]")
_DATE = r"(?P<a>\d{1,4})(?P<sep>[/.\-]\s?)(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})\.?"
_TIME = (
    r"(?P<hour>\d{1,2})(?:[:.]| h )(?P<minute>\d\d)(?:(?:[:.]| min )(?P<second>\d\d)(?: s\b)?)?"
    r"(?:\s?(?P<half>[^\W\d_][^\d\]\[:\-]{0,14}?))?"
)
#: Words before the hour in some languages: "klo" (Finnish), "om" (Dutch), "a las", 오전, 下午.
_BEFORE = r"(?P<before>[^\W\d_][^\d\]\[:]{0,14}?)?"
_START = re.compile(
    rf"(?:\[{_DATE}[,،]?\s{{0,2}}{_BEFORE}\s?{_TIME}\]\s?|"
    rf"{_DATE.replace('?P<', '?P<x').replace('?P=', '?P=x')}[,،]?\s{{0,2}}"
    rf"{_BEFORE.replace('?P<', '?P<x')}\s?{_TIME.replace('?P<', '?P<x')}\s[-\u2013]\s)"
)
_SENDER = re.compile(r"(?P<who>[^:\n]{1,120}?): ?")
#: Words beside the hour, their dots taken off: before noon, after noon, and those that say neither.
_AM = frozenset(["am", "a m", "vorm", "上午", "오전", "午前", "ص", "πμ", "π μ", "de", "sáng"])
_PM = frozenset(["pm", "p m", "nachm", "下午", "오후", "午後", "م", "μμ", "μ μ", "du", "chiều"])
_IDLE = frozenset(["klo", "om", "um", "uhr", "a las", "à", "at", "kl", "h", "alle", "às"])
#: What WhatsApp writes in the languages of its large markets.
_FILE_ATTACHED = (
    "file attached", "datei angehängt", "archivo adjunto", "fichier joint", "arquivo anexado",
    "ficheiro anexado", "file allegato", "bestand bijgevoegd", "файл добавлен", "файл прикреплен",
    "bilagd fil", "fil vedhæftet", "plik załączony", "dosya ekli",
)  # fmt: skip
_MEDIA_OMITTED = (
    "media omitted", "medien ausgeschlossen", "medien weggelassen", "multimedia omitido",
    "archivo omitido", "médias omis", "média omis", "fichier omis", "mídia oculta",
    "mídia omitida", "ficheiro omitido", "media omessi", "media omesso", "media weggelaten",
    "без медиафайлов", "файл пропущен", "mediefil udeladt", "pominięto multimedia",
    "medya dahil edilmedi",
)  # fmt: skip
_THINGS = (
    "image", "photo", "video", "video note", "audio", "sticker", "gif", "document", "contact card",
    "bild", "foto", "imagen", "imagem", "immagine", "afbeelding", "dokument", "documento", "vidéo",
    "vídeo", "figurinha", "kontaktkarte", "tarjeta de contacto",
)  # fmt: skip
_OMITTED_WORDS = (
    "omitted", "weggelassen", "omitido", "omitida", "omise", "ocultada", "ocultado", "absente",
    "absent", "omesso", "omessa", "weggelaten",
)  # fmt: skip
_DELETED_WORDS = (
    "this message was deleted", "you deleted this message", "diese nachricht wurde gelöscht",
    "du hast diese nachricht gelöscht", "se eliminó este mensaje", "eliminaste este mensaje",
    "ce message a été supprimé", "mensagem apagada", "essa mensagem foi apagada",
    "questo messaggio è stato eliminato", "dit bericht is verwijderd",
    "данное сообщение удалено",
)  # fmt: skip
_ENCRYPTED = (
    "end-to-end encrypted", "end-to-end encryption", "ende-zu-ende-verschlüssel",
    "cifrados de extremo a extremo", "cifrado de extremo a extremo", "chiffrés de bout en bout",
    "criptografia de ponta a ponta", "crittografia end-to-end", "crittografati end-to-end",
    "end-to-end versleuteld", "сквозным шифрованием", "szyfrowane", "uçtan uca şifreli",
)  # fmt: skip
_CHAT_WITH = (
    "WhatsApp Chat with", "WhatsApp Chat - ", "WhatsApp-Chat mit", "WhatsApp Chat mit",
    "WhatsApp-chat met", "Chat de WhatsApp con", "Chat WhatsApp con", "Discussion WhatsApp avec",
    "Conversation WhatsApp avec", "Conversa do WhatsApp com", "Чат WhatsApp с контактом",
    "Чат WhatsApp с",
)  # fmt: skip


def _any(words: Sequence[str]) -> str:
    return "|".join(map(re.escape, words))


#: `<attached: 00000002-PHOTO.jpg>` of an iPhone in any language, `IMG-1.jpg (file attached)`.
_ATTACHED = re.compile(r"<[^<>:\n]{2,40}: ?(?P<name>[^<>\n]+\.\w{1,8})>")
_ATTACHED_AFTER = re.compile(
    rf"(?P<name>[^\n<>/\\]{{1,200}}\.\w{{1,8}}) \((?:{_any(_FILE_ATTACHED)})\)", re.IGNORECASE
)
#: What stands where a file was left out: the whole message, a document's name before it.
_OMITTED = re.compile(
    rf"<(?:{_any(_MEDIA_OMITTED)})>|(?:(?P<doc>.{{1,200}}\.\w{{1,8}}) (?:\u2022 [^\n]{{1,40}} )?)?"
    rf"(?P<what>{_any(_THINGS)}) (?:{_any(_OMITTED_WORDS)})",
    re.IGNORECASE,
)
_DELETED = re.compile(rf"(?:{_any(_DELETED_WORDS)})\.?", re.IGNORECASE)
_NOTICE = re.compile(_any(_ENCRYPTED), re.IGNORECASE)
#: What no log of another program holds.
_MARKED = re.compile(
    rf"\u200e|{_any(_ENCRYPTED)}|<(?:{_any(_MEDIA_OMITTED)})>|\((?:{_any(_FILE_ATTACHED)})\)",
    re.IGNORECASE,
)
_EDITED = re.compile(r" ?<(?:This message was edited|Diese Nachricht wurde bearbeitet)>$")
_ORDERS = ("DMY", "MDY", "YMD")


@dataclass(frozen=True, slots=True)
class _Line:
    """One message as it begins, and the lines that go on with it."""

    numbers: tuple[str, str, str]
    clock: tuple[int, int, int]
    #: The words beside the hour that say which half of the day; "" for 24 hours.
    half: str
    #: What parts the date: "/", ".", "-", ". ".
    sep: str
    #: The stamp as exported.
    stamp: str
    words: str
    raw: str


def export(text: str, name: str) -> Export | None:
    """Return the conversation in a text, or None when it is no WhatsApp export.

    `name` is the file's own where it is known to be one that WhatsApp gives, "" otherwise: then a
    log of the same shape is told apart by marks that only WhatsApp writes.
    """
    first = next((line for line in text[:4096].splitlines() if line.strip()), "")
    if _start(first) is None or not (name or _MARKED.search(text)):
        return None
    lines = list(_messages(text))
    if not any(_SENDER.match(line.words) for line in lines):
        return None
    order, fault = _order(lines)
    posts = tuple(_post(line, order) for line in lines)
    people = unique(post.event.sender for post in posts if post.event.kind == "message")
    channel = _channel(name) or ", ".join(people)
    talk = Conversation(
        "WhatsApp", channel, posts, _part, people, extension=".txt", media_type="text/plain",
        faults=(fault,) if fault else (),
    )  # fmt: skip
    return Export((talk,), "whatsapp", media_type="text/plain")


def _part(posts: Sequence[Post]) -> bytes:
    return "".join(str(post.raw) for post in posts).encode("utf-8", "replace")


def _channel(name: str) -> str:
    """Return whom the chat is with, as Android's file name says; "" for `_chat.txt`."""
    stem = _MARKS.sub("", name.rpartition("/")[2]).removesuffix(".txt")
    return next(
        (stem.removeprefix(start).strip() for start in _CHAT_WITH if stem.startswith(start)), ""
    )


def _start(line: str) -> tuple[re.Match[str], str] | None:
    """Return the stamp a line begins with and the words after it; None for a line that goes on."""
    plain = _SPACES.sub(" ", _MARKS.sub("", line))
    shape = _START.match(plain)
    return None if shape is None else (shape, plain[shape.end() :])


def _messages(text: str) -> Iterator[_Line]:
    """Yield each message with the lines that follow it; blank ones before the first go with it."""
    waiting: list[str] = []
    current: tuple[re.Match[str], list[str]] | None = None
    for raw in text.splitlines(keepends=True):
        start = _start(raw.rstrip("\r\n"))
        if start is None:
            waiting.append(raw)
            if current is not None:
                current[1].append(_SPACES.sub(" ", _MARKS.sub("", raw.rstrip("\r\n"))))
            continue
        if current is not None:
            yield _line(current[0], current[1], "".join(waiting))
            waiting = []
        waiting.append(raw)
        current = (start[0], [start[1]])
    if current is not None:
        yield _line(current[0], current[1], "".join(waiting))


def _line(shape: re.Match[str], words: list[str], raw: str) -> _Line:
    def part(name: str) -> str:
        return shape[name] or shape[f"x{name}"] or ""

    half = " ".join(f"{part('before')} {part('half')}".replace(".", " ").casefold().split())
    clock = (int(part("hour")), int(part("minute")), int(part("second") or 0))
    stamp = shape[0].strip(" -\u2013[]")
    numbers = (part("a"), part("b"), part("c"))
    return _Line(numbers, clock, half, part("sep"), stamp, "\n".join(words), raw)


def _order(lines: Sequence[_Line]) -> tuple[str, Fault | None]:
    """Return the order of day, month and year that the whole file allows; "" and why for none.

    An order is out when one line is no date under it. Of two that are left, one is out when under
    it the chat would often run backwards in time and under the other never does: exports are in
    order of time. Anything less is no proof, and the dates stay undecided.
    """
    read = {order: [_moment(line, order) for line in lines] for order in _ORDERS}
    possible = [order for order, moments in read.items() if None not in moments]
    if len(possible) > 1 and all(read[order] == read[possible[0]] for order in possible):
        return possible[0], None
    if len(possible) > 1:
        backwards = {order: _backwards(read[order]) for order in possible}
        forward = [order for order in possible if not backwards[order]]
        if len(forward) == 1 and all(backwards[o] > 1 for o in possible if o not in forward):
            return forward[0], None
    if len(possible) == 1:
        return possible[0], None
    if not possible:
        detail = "no order of day, month and year makes dates of all its lines; none is taken"
        return "", Fault(FaultReason.CORRUPT, detail)
    first, second = (f"{_SPOKEN[order]} ({read[order][0]:%Y-%m-%d})" for order in possible[:2])
    detail = (
        f"whether its dates are {first} or {second} cannot be told from the whole file, so its "
        "messages have no date; the text shows each as exported"
    )
    return "", Fault(FaultReason.DISAGREEMENT, detail)


_SPOKEN = {"DMY": "day, month, year", "MDY": "month, day, year", "YMD": "year, month, day"}


def _backwards(moments: Sequence[datetime | None]) -> int:
    """Count the days that lie before the day above them."""
    known = [moment.date() for moment in moments if moment is not None]
    return sum(after < before for before, after in pairwise(known))


def _moment(line: _Line, order: str) -> datetime | None:
    """Return when a message was sent if its date stands in `order`; None when that is no date."""
    by_letter = dict(zip(order, line.numbers, strict=True))
    year, month, day = by_letter["Y"], by_letter["M"], by_letter["D"]
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    hour, minute, second = line.clock
    if line.half:
        half = next((h for h in (line.half, *line.half.split()) if h in _AM | _PM), "")
        if half in _PM:
            hour = hour % 12 + 12 if hour <= 12 else hour
        elif half in _AM:
            hour = hour % 12 if hour <= 12 else hour
        elif line.half not in _IDLE:
            return None
    # The short dates of CLDR: no language puts the month first where dots part the numbers, nor a
    # year of two digits first but in "22-3-14" and "22. 3. 14". And WhatsApp began in 2009: what
    # lies before is another order.
    if order == "MDY" and line.sep.startswith("."):
        return None
    if order == "YMD" and len(year) == 2 and line.sep in ("/", "."):
        return None
    whole_year = int(year) + 2000 * (len(year) == 2)
    if whole_year < 2009:
        return None
    numbers = (whole_year, int(month), int(day), hour, minute, second)
    try:
        return datetime(*numbers)  # noqa: DTZ001 - the source names no zone
    except ValueError:
        return None


def _post(line: _Line, order: str) -> Post:
    sender = _SENDER.match(line.words)
    words = line.words[sender.end() :] if sender else line.words
    # An iPhone writes the chat's own name before the first such line.
    by_whatsapp = sender is None or _NOTICE.search(words) is not None
    edited = _EDITED.search(words)
    notes = [] if order else [f"Sent {line.stamp}, as exported"]
    if edited:
        words, notes = words[: edited.start()], [*notes, "Edited"]
    shapes = (*_ATTACHED.finditer(words), *_ATTACHED_AFTER.finditer(words))
    files = unique(shape["name"].strip() for shape in shapes)
    gone: tuple[ChatFile, ...] = ()
    if left_out := _OMITTED.fullmatch(words.strip()):
        name = (left_out["doc"] or left_out["what"] or "media").strip()
        gone = (ChatFile(name, note="left out when the chat was exported", absent=True),)
    event = Event(
        id="",
        sender="" if sender is None or by_whatsapp else sender["who"].strip(),
        text=words,
        when=_moment(line, order) if order else None,
        kind="system" if by_whatsapp else "message",
        deleted=_DELETED.fullmatch(words.strip()) is not None,
        files=gone,
        notes=tuple(notes),
    )
    return Post(event, line.raw, files)


def normal_name(name: str) -> str:
    """Return a file's name without marks of direction, composed: as names are compared."""
    return unicodedata.normalize("NFC", _MARKS.sub("", name))
