"""Wallets in lines of text: descriptors, header lines, setups of several signers, labels.

Read are lines of descriptors (BIP-380), records of BSMS 1.0 (BIP-129), labels (BIP-329), and the
header lines `Name:`, `Policy:`, `Derivation:`, `Format:`, `XFP: xpub` that Coldcard began and
BlueWallet, Jade, Keystone, Passport, SeedSigner and Sparrow write as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from embit import bip32, bip39
from embit.base import EmbitError
from embit.wordlists.slip39 import SLIP39_WORDS

from forthwith.exports.bitcoin import wallet_json
from forthwith.exports.bitcoin.wallet_file import LARGEST, PrivatePart, WalletFile, Written, names
from forthwith.plain import json_document
from forthwith.plain.counting import count
from forthwith.plain.public_keys import secret_of
from forthwith.plain.short_keys import short

_HEADER = re.compile(r"(?im)^[ \t]*(?:policy|derivation|format|seed|[0-9a-f]{8})[ \t]*:[ \t]*\S")
_DESCRIPTOR = re.compile(r"[a-z0-9_]+\(.*\)(?:#[a-z0-9]{8})?")
_POLICY_LINE = re.compile(r"(?im)^[ \t]*(?:@0|(?:wallet )?descript(?:ion|or) template)[ \t]*[:=]")
#: A new descriptor begins, so the one before is not going on.
_BEGINS = re.compile(r"[a-z]{2,8}\((?:[a-z]|[0-9]+,|\[|@|[0-9A-Za-z]{50})")
_KEY_ALONE = re.compile(
    r"(?:\[[0-9a-fA-F]{8}(?:/\d{1,10}['hH]?)*\])?(?:[A-Za-z](?:pub|prv)[0-9A-Za-z]{96,116}"
    r"|[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51})(?:/[0-9<>;*'hH/]{1,100})?"
)
#: From twelve words on, with or without numbers before them.
_ALL_WORDS = re.compile(r"(?:[\s\d.,:;)-]*\b[a-zA-Z]{3,8}\b){12,60}[\s.]*")
_LONGEST_SEED = 1000
_SHARE_WORDS = frozenset(SLIP39_WORDS)
_FEWEST_IN_A_SHARE = 20
#: Mail does not break a descriptor into more lines.
_MOST_LINES = 200
_ENCRYPTED = (
    ("QklFM", "an Electrum wallet encrypted under a password"),
    ("U1BSVzE", "a Sparrow wallet encrypted under a password"),
    ("H:2,block", "the database of a Sparrow wallet"),
    ("SQLite format 3", "the database of a wallet"),
    ("cHNidP", "a transaction (PSBT), not a wallet"),
    ("UR:", "a code for a camera (UR)"),
    ("ur:", "a code for a camera (UR)"),
    ("# Wallet dump created by Bitcoin", "Bitcoin Core's dump of private keys (dumpwallet)"),
)
_PUBLIC = "Export the wallet's output descriptor in its program, without keys, and import that"
_MOST_SHOWN = 5


def wallet_file(data: bytes, name: str) -> WalletFile:
    """Read a file of any shape; what is wrong with it is among its faults."""
    file = WalletFile(name, data)
    if len(data) > LARGEST:
        file.fault(f"The file is larger than {LARGEST} bytes")
        return file
    begins = data[:40].decode("utf-8-sig", "replace").lstrip()
    for mark, what in _ENCRYPTED:
        if begins.startswith(mark):
            file.fault(f"The file is {what}", _PUBLIC)
            return file
    # What Windows calls Unicode says so in its first two bytes.
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        file.fault("The file is not text in UTF-8")
        return file
    _shape(text)(text, file)
    if file.empty:
        file.fault("The file holds no descriptor")
    return file


def _shape(text: str) -> Callable[[str, WalletFile], None]:
    begins = text.lstrip()
    if begins[:1] == "{" and _labels_begin(begins):
        return _labels
    if begins[:1] in ("{", "["):
        return wallet_json.read
    if begins.startswith("BSMS "):
        return _bsms
    if _POLICY_LINE.search(text):
        return _policy
    if len(text) < _LONGEST_SEED and _ALL_WORDS.fullmatch(text):
        return _seed_alone
    return _setup if _HEADER.search(text) else _descriptors


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for line, written in enumerate(text.splitlines(), 1):
        # A comment begins a line or follows a space; a `#` within is that of the checksum.
        if bare := re.sub(r"(?:^|(?<!\s)\s+)#.*", "", written.strip()):
            yield line, bare


def _descriptors(text: str, file: WalletFile) -> None:
    """Read descriptors and keys, one a line.

    Mail breaks long lines: while a bracket is open the next line goes on, unless it begins another
    descriptor. A page of the web may have written <0;1> in its own way.
    """
    lines = list(_lines(text.replace("&lt;", "<").replace("&gt;", ">")))
    place = 0
    while place < len(lines):
        parts = [lines[place][1].strip("\"',; ")]
        opened = _open(parts[0])
        for _, more in lines[place + 1 : place + _MOST_LINES]:
            if opened <= 0 or _BEGINS.match(more):
                break
            parts.append(more)
            opened += _open(more)
        # Where it never closes, each line is told by itself.
        wholes = parts if opened else ["".join(parts)]
        for (line, _), whole in zip(lines[place : place + len(parts)], wholes, strict=False):
            if _KEY_ALONE.fullmatch(whole):
                file.keys.append((line, whole))
            else:
                file.descriptors.append(Written(line, whole))
        place += len(parts)


def _open(text: str) -> int:
    """Return how many brackets are open at the end of a text."""
    return text.count("(") - text.count(")")


def _seed_alone(text: str, file: WalletFile) -> None:
    """Read a file that is the words of a seed and nothing else: it is a copy of the seed.

    Words of a share, and seeds that are not of BIP-39, are refused by name; no word is repeated.
    """
    words = re.findall(r"[a-z]+", text.lower())
    if len(words) >= _FEWEST_IN_A_SHARE and set(words) <= _SHARE_WORDS:
        file.fault("The file is a share of SLIP-39", "Import it as shamir")
        return
    try:
        root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(" ".join(words)))
    except (EmbitError, ValueError, KeyError, IndexError, AssertionError):
        file.fault(
            "The file is the words of a seed that is not of BIP-39, or a word of it is wrong",
            "List the seed as a means of kind seed, and who has the file, by hand",
        )
        return
    fingerprint = root.my_fingerprint.hex()
    file.private.append(PrivatePart(1, "", seed=True, fingerprint=fingerprint))
    file.counted = 1
    file.note(
        f"The file is the seed whose master key has the fingerprint {fingerprint}, if no "
        "passphrase goes with it; with one it is another master key."
    )


def _bsms(text: str, file: WalletFile) -> None:
    """Read a record of BSMS 1.0 (BIP-129): of one signer's key, or of the whole wallet."""
    lines = [(line, bare.strip()) for line, bare in enumerate(text.splitlines(), 1) if bare.strip()]
    if lines[0][1] != "BSMS 1.0" or not 4 <= len(lines) <= 5:
        file.fault("The file is no record of BSMS 1.0: a version and three or four lines")
        return
    (_, second), (line, third) = lines[1], lines[2]
    if re.fullmatch(r"[0-9a-fA-F]{2,32}", second):
        # Round 1: token, key, description, signature.
        file.keys.append((line, third))
        file.label(third, lines[3][1])
        file.note("The file is one signer's key for a wallet (BSMS, round 1), not the wallet.")
        return
    paths = ["/<0;1>/*"] if third == "No path restrictions" else third.split(",")
    for path in paths:
        if not re.fullmatch(r"(?:/[0-9<>;]+)*(?:/\*)?", path.strip()):
            file.fault("The path restrictions cannot be read", line=line)
            return
        body = second if "/**" not in second else second.partition("#")[0]
        body = body.replace("/**", path.strip())
        file.descriptors.append(Written(lines[1][0], body, lines[3][1]))


def _policy(text: str, file: WalletFile) -> None:
    """Read a wallet policy (BIP-388) in lines: a template, and behind @0, @1 … the keys."""
    keys: dict[int, str] = {}
    template, at = "", 1
    for line, bare in _lines(text):
        sign = min((bare.find(mark) for mark in ":=" if mark in bare), default=len(bare))
        head, value = " ".join(bare[:sign].lower().split()), bare[sign + 1 :]
        if number := re.fullmatch(r"@(\d{1,3})", head):
            keys[int(number[1])] = value.strip()
        elif head in ("description template", "descriptor template", "wallet descriptor template"):
            template, at = value.strip(), line
        elif head in ("name", "wallet name"):
            file.call(value)
        elif value.strip():
            word = f": {head}" if re.fullmatch(r"\w{1,20}", head) else ""
            file.leave({f"line {line}{word}": 0}, (), "")
    if sorted(keys) != list(range(len(keys))):
        file.fault("The keys of the policy are not numbered from @0 without a gap")
        return
    wallet_json.policy_in_words(template, [keys[place] for place in sorted(keys)], file, at)


def _setup(text: str, file: WalletFile) -> None:
    """Read a setup file of several signers, as Coldcard's firmware takes it (`from_file`).

    A line `Derivation:` holds for the keys below it; as a comment, `# derivation:`, for the next.
    Keys are sorted in the script (BIP-67) unless the file says `Sorted: false`. Coldcard at
    00cecb7, BlueWallet at 092998a, Sparrow at 14aa328.
    """
    setup = _Setup(file)
    for line, written in enumerate(text.splitlines(), 1):
        bare = written.strip()
        if comment := re.fullmatch(r"(?i)#\s*derivation\s*:\s*(\S+)", bare):
            setup.next_path = comment[1]
        bare = "" if bare.startswith("#") else re.sub(r"\s#(?!\d).*", "", bare).strip()
        if _DESCRIPTOR.fullmatch(bare):
            file.descriptors.append(Written(line, bare))
        elif bare:
            setup.take(bare, line)
    file.call(setup.said.get("name"))
    if setup.keys and not file.faults:
        setup.add()
    elif not (setup.keys or file.descriptors):
        file.fault("The file names no key: a line like 0F056943: xpub6…")


@dataclass(slots=True)
class _Setup:
    """What the lines of a setup file have said so far."""

    file: WalletFile
    said: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    path: str = ""
    next_path: str = ""

    def take(self, bare: str, line: int) -> None:
        """Take one line; what nobody knows is named."""
        head, colon, value = (part.strip() for part in bare.partition(":"))
        name = head.lower()
        if not colon and re.fullmatch(r"[A-Za-z]pub[0-9A-Za-z]{96,116}", bare):
            self.keys.append(self.file.key(f"The key of line {line}", bare, None, None))
        elif name == "derivation":
            self.path = value
        elif name == "descriptor":
            self.file.descriptors.append(Written(line, value))
        elif name in ("name", "policy", "format", "sorted"):
            if self.said.setdefault(name, value) != value:
                self.file.fault(f"Line {line} says another {head} than a line before", line=line)
        elif name == "seed" or re.fullmatch(r"[0-9a-f]{8}", name):
            path = self.next_path or self.path
            self.next_path = ""
            if name == "seed":
                self.keys.append(_seed(value, path, line, self.file))
            else:
                place = f"The key of line {line}"
                self.keys.append(self.file.key(place, value, name, path or None))
        else:
            # A seed may stand on a line of its own: no more is repeated than one word.
            word = f": {head}" if colon and re.fullmatch(r"\w{1,20}", head) else ""
            self.file.leave({f"line {line}{word}": 0}, (), "")

    def add(self) -> None:
        """Add the descriptor the lines stand for."""
        keys, file = self.keys, self.file
        asks = self.said.get("policy", f"{len(keys)} of {len(keys)}")
        asked = re.search(r"(\d{1,3})\D*(\d{1,3})", asks)
        if asked is None:
            file.fault("The line Policy: is not like 2 of 3")
            return
        if int(asked[2]) != len(keys):
            file.fault(
                f"The policy speaks of {asked[2]} keys and the file has {len(keys)}: keys are "
                "missing or too many"
            )
            return
        if "policy" not in self.said:
            file.note(f"The file has no line Policy:, which asks for all {len(keys)} keys.")
        if "format" not in self.said:
            file.note("The file has no line Format:, which stands for P2SH.")
        ordered = self.said.get("sorted", "").lower() in ("false", "no", "0")
        file.signed_by(self.said.get("format", "P2SH"), keys, int(asked[1]), ordered=ordered)


def _seed(value: str, path: str, line: int, file: WalletFile) -> str:
    """Return the public key at `path` of a seed in words (BIP-39) or of an extended private key.

    The words are let go: no fault or note repeats one.
    """
    if re.match(r"[A-Za-z]prv", value):
        # Its public part is found, and the file listed as a copy, where descriptors are read.
        return f"{value.split()[0]}/<0;1>/*"
    words, _, passphrase = value.partition(" - ")
    if not re.fullmatch(r"m?(?:/\d{1,10}['hH]?)*", path):
        file.fault("No path says which key of the seed in words the wallet uses", line=line)
        return ""
    try:
        root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(words.strip().lower(), passphrase))
        account = root.derive(f"m{path.removeprefix('m')}").to_public()
    except (EmbitError, ValueError, KeyError, IndexError, AssertionError):
        # Without the library's words and without a chain of causes: both may quote the seed.
        file.fault("The seed in words is not one of BIP-39, or a word of it is wrong", line=line)
        return ""
    fingerprint = root.my_fingerprint.hex()
    key = account.to_base58()
    file.private.append(PrivatePart(line, key, seed=True, fingerprint=fingerprint))
    return file.key(f"The seed of line {line}", key, fingerprint, path)


def _labels_begin(text: str) -> bool:
    """Whether the first line is a record of BIP-329."""
    first = text.partition("\n")[0].strip()
    try:
        record = json_document.load(first) if len(first) < 100_000 else None
    except json_document.NotJsonError:
        return False
    return isinstance(record, dict) and {"type", "ref"} <= record.keys()


#: What BIP-329 and its additional fields name (revision of 2025).
_LABEL = names("type ref label origin spendable height time fee value rate keypath fmv heights")


_POINT = re.compile(r"[0-9a-f]{64}")


def _labels(text: str, file: WalletFile) -> None:
    """Read labels (BIP-329), a JSON object a line: those of keys name means, others are counted."""
    counted: Counter[str] = Counter()
    addresses: list[str] = []
    unread: dict[str, None] = {}
    for line, written in enumerate(text.splitlines(), 1):
        if not written.strip():
            continue
        try:
            record = json_document.load(written)
        except json_document.NotJsonError as wrong:
            file.fault(f"The line {wrong}", line=line)
            continue
        if not isinstance(record, dict) or not all(
            isinstance(record.get(name), str) for name in ("type", "ref")
        ):
            file.fault("The line is no label: it has no text in type or ref", line=line)
            continue
        unread |= dict.fromkeys(f"labels.{name}" for name in sorted(record.keys() - _LABEL))
        kind, ref, called = record["type"], record["ref"], record.get("label")
        if kind in ("xpub", "pubkey") and _POINT.fullmatch(secret_of(ref)):
            file.label(ref, called)
            if kind == "xpub":
                origins = re.findall(r"\[[0-9a-fA-F]{8}[^\]()]*\]", str(record.get("origin", "")))
                file.keys.append((line, f"{origins[0] if len(origins) == 1 else ''}{ref.strip()}"))
            continue
        counted[kind if kind in ("tx", "addr", "input", "output") else "other"] += 1
        if kind == "addr" and isinstance(called, str) and called.strip():
            addresses.append(f"{short(ref)} is {' '.join(called.split())[:60]!r}")
    file.unread += [name[:200] for name in unread]
    if addresses:
        more = f", and {len(addresses) - _MOST_SHOWN:,} more" * (len(addresses) > _MOST_SHOWN)
        file.note(f"Addresses with labels: {'; '.join(addresses[:_MOST_SHOWN])}{more}.")
    if counted:
        file.counted = counted.total()
        file.note(
            "Labels that say nothing about a key: "
            + ", ".join(count(number, f"{kind} label") for kind, number in sorted(counted.items()))
            + "."
        )
