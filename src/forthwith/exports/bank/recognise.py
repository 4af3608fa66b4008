"""Which kind of evidence a file of a folder of books is, by what it holds and then by its name.

What is not recognised is "": a note, a program's own record, somebody's answer. A file that looks
like a kind and cannot be read is still of that kind, so that its reader says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from forthwith.domain.book_tables import TABLES
from forthwith.exports.bank import sheet
from forthwith.plain import charset, table_names

KINDS = (
    "camt", "mt940", "ofx", "bai2", "bank-csv", "exchange-csv", "bitcoin-blocks", "bitcoin-json",
    "evm-json", "evm-etl", "proofs", "table",
)  # fmt: skip
#: Bytes of a file's head that are looked at.
HEAD = 64 * 2**10
#: What begins each block in a file of Bitcoin Core: main, test 3, test 4, signet, regtest.
_MAGIC = frozenset(
    bytes.fromhex(magic) for magic in ("f9beb4d9", "0b110907", "1c163f28", "0a03cf40", "fabfb5da")
)
_BLOCK_FILE = re.compile(r"blk\d{5,}\.dat|xor\.dat")
#: Papers and programs may quote a statement; they are none.
_PAPERS = frozenset(("md", "rst", "htm", "html", "py", "beancount", "sql", "eml", "toml"))
_CAMT = re.compile(
    r"iso:20022:tech:xsd:camt\.05[234]\.|<(?:\w+:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)[\s>/]"
)
_OFX = re.compile(r"\s*(?:OFXHEADER\s*:|(?:<\?(?!OFX)[^>]*>\s*)*<(?:\?OFX\b|OFX>))", re.IGNORECASE)
_MT940 = re.compile(r"^:(?:60[FM]|61|62[FM]|34F|28C?|25P?):", re.MULTILINE)
_OTHER_MESSAGE = re.compile(r"\{2:[IO](?!94[0-2]|950)\d{3}")
_BAI2 = re.compile(r"\s*01,[^\n]*(?:,[^\n]*){5,}[/\r\n]")
_KEY = re.compile(r'"([A-Za-z_]\w*)"\s*:')
#: Keys by which a JSON document is known: each set is enough; the first kind that fits stands.
_JSON_KEYS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (kind, tuple(frozenset(keys.split()) for keys in sets))
    for kind, sets in (
        ("proofs", ("address message signature",)),
        ("bitcoin-json", (
            "merkleroot", "previousblockhash", "mediantime chainwork", "vin vout txid",
        )),
        ("evm-etl", (
            "block_number transaction_hash", "parent_hash block_hash", "parent_hash state_root",
            "token_address from_address", "block_number block_hash",
        )),
        ("evm-json", (
            "parentHash stateRoot", "parentHash logsBloom", "blockNumber transactionHash",
            "receipts block", "tracer result", "action traceAddress", "gasUsed gas input from",
        )),
    )
)  # fmt: skip
#: Columns of tables that ethereum-etl and cryo write.
_ETL_COLUMNS = tuple(
    frozenset(columns.split())
    for columns in (
        "token_address from_address to_address", "transaction_hash gas_used",
        "transaction_hash trace_type", "block_number transaction_hash log_index",
        "number hash parent_hash", "hash block_number from_address", "block_number block_hash",
        "block_number transaction_hash", "action_from action_to transaction_hash",
    )
)  # fmt: skip
_CRYO = re.compile(r"(?:^|_|-)(blocks|transactions|logs|traces|erc20_transfers|native_transfers)_")
_ENDINGS = {
    "mt940": "mt940", "mt942": "mt940", "sta": "mt940", "940": "mt940", "942": "mt940",
    "ofx": "ofx", "qfx": "ofx", "qbo": "ofx", "bai2": "bai2", "bai": "bai2",
}  # fmt: skip


def kind_of(name: str, head: bytes) -> str:
    """Return one of KINDS for a file of this name that begins with these bytes; "" unknown.

    `head` may be the whole file; HEAD bytes of it are enough.
    """
    if len(head) > HEAD:
        # Whole lines: half a character at the end would pass for another charset.
        head = head[:HEAD].rpartition(b"\n")[0] or head[:HEAD]
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    ending = base.rpartition(".")[2] if "." in base else ""
    if _BLOCK_FILE.fullmatch(base) or (head[:4] in _MAGIC and not base.startswith("rev")):
        return "bitcoin-blocks"
    if head.startswith(b"PAR1"):
        return "evm-etl" if _CRYO.search(base) else ""
    if ending in _PAPERS:
        return ""
    text = charset.decode(head).text.lstrip("\ufeff")
    for recognised in _BY_CONTENT:
        if kind := recognised(base, text):
            return kind
    return _ENDINGS.get(ending, "")


def _statement(_base: str, text: str) -> str:
    if _CAMT.search(text):
        return "camt"
    if _OFX.match(text):
        return "ofx"
    if _MT940.search(text.replace("\r", "\n")) and not _OTHER_MESSAGE.search(text):
        return "mt940"
    return "bai2" if _BAI2.match(text) else ""


def _json(_base: str, text: str) -> str:
    """Tell a chain or proofs by the keys of the first document; a head may end in its middle."""
    if text.lstrip()[:1] not in ("{", "["):
        return ""
    keys = set(_KEY.findall(text))
    for kind, sets in _JSON_KEYS:
        if any(wanted <= keys for wanted in sets):
            return kind
    return ""


def _table(base: str, text: str) -> str:
    """Tell a table of the books by its name; a bank's file of that name by its columns."""
    if table_names.named(base, TABLES) is None:
        return ""
    return _separated(base, text) if base.endswith(".csv") and _is_foreign(base, text) else "table"


def _is_foreign(base: str, text: str) -> bool:
    named = table_names.named(base, TABLES)
    heading = {table_names.folded(cell) for cell in sheet.first_cells(text)}
    return (
        named is not None
        and len(heading & set(TABLES[named.table].columns)) < 2
        and bool(_separated(base, text))
    )


def _separated(_base: str, text: str) -> str:
    heading = frozenset(table_names.folded(cell) for cell in sheet.first_cells(text))
    if any(columns <= heading for columns in _ETL_COLUMNS):
        return "evm-etl"
    return sheet.kind_of(text)


_BY_CONTENT: tuple[Callable[[str, str], str], ...] = (_statement, _json, _table, _separated)
