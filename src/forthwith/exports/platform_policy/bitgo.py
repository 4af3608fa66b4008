"""BitGo: wallets with their users and policies, keychains, and the users of an enterprise.

Shapes are those of BitGo's API v2: a wallet (WalletData of @bitgo/sdk-core 38.8.0 and WalletUser of
@bitgo/public-types 6.22.0; `m`, `n`, `isCold`, `admin.policy` and the rule's types and actions as
its reference of "Add wallet-policy rule" prints them), a keychain (Keychain of the same SDK), and
the answer of "List enterprise users". A wallet has three keys, by convention the user's, the backup
and BitGo's, of which two sign.

A wallet policy says when BitGo signs with its key, so it binds the platform's path alone; the user
and the backup key sign without it. Its rules all apply, each on its own occasion, and only ever ask
for more: one that cannot be read is a condition of what the others let do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.platform_policy.paths import ENGINE, ENGINE_LABEL, OWN_APPROVAL
from forthwith.exports.platform_policy.slices import TooManySlicesError, amount, clean
from forthwith.exports.platform_policy.users import Quorum, User, Users
from forthwith.exports.tables.rows import Rows, all_of, any_of, at_least, ident
from forthwith.plain import json_values as js

#: Digits behind the point of a coin, in whose base units limits are written.
_DIGITS = {
    **dict.fromkeys(("btc", "bch", "bsv", "btg", "dash", "doge", "ltc", "zec"), 8),
    **dict.fromkeys(("eth", "etc", "avaxc", "bsc", "polygon"), 18),
}
#: Ways through a policy of one wallet; a policy a person wrote has some tens.
_MOST_WAYS = 400
_LISTS = frozenset(("advancedWhitelist", "coinAddressWhitelist", "bitcoinAddressWhitelist"))
_RULE_KEYS = frozenset(("id", "type", "coin", "condition", "action", "lockDate",
                        "mutabilityConstraint", "createDate", "message"))  # fmt: skip
_ACTION_KEYS = frozenset(("type", "approvalsRequired", "userIds"))
_CONDITION_KEYS = frozenset(("amountString", "amount", "timeWindow", "groupTags", "excludeTags",
                             "groupBy", "addresses", "entries", "url"))  # fmt: skip
_WALLET_KEYS = frozenset((
    "id", "coin", "label", "keys", "users", "approvalsRequired", "admin", "type", "subType",
    "multisigType", "multisigTypeVersion", "m", "n", "isCold", "coldSigning", "coldsigning",
    "enterprise", "coinSpecific", "freeze", "deleted", "receiveAddress", "allowBackupKeySigning",
))  # fmt: skip
#: What says nothing of who may move what.
_WALLET_IDLE = frozenset((
    "balance", "confirmedBalance", "spendableBalance", "balanceString", "confirmedBalanceString",
    "spendableBalanceString", "walletFlags", "migratedFrom", "pendingApprovals", "tokens", "nfts",
    "customChangeKeySignatures", "keySignatures", "tags", "disableTransactionNotifications",
    "clientFlags", "recoverable", "startDate", "buildDefaults", "hasLargeNumberOfAddresses",
    "config", "bitgoOrg", "organization", "unsupportedNfts", "custodialWalletId",
))  # fmt: skip
_KEY_KEYS = frozenset((
    "id", "pub", "ethAddress", "source", "type", "encryptedPrv", "isBitGo", "commonKeychain",
    "commonPub", "coinSpecific", "provider", "hsmType", "keyShares", "walletHSMGPGPublicKeySigs",
    "webauthnDevices", "reducedEncryptedPrv", "derivedFromParentWithSeed", "derivationPath",
))  # fmt: skip
_USER_KEYS = frozenset(("id", "username", "firstName", "lastName", "fullName", "isActive",
                        "verified", "email", "identity", "name"))  # fmt: skip
_SOURCES = ("user", "backup", "bitgo")
#: Types of wallet of which the client holds the user's key, and of which BitGo holds them all.
_CLIENTS = frozenset(("hot", "cold"))
_NOTES = (
    "A wallet's policy binds only what BitGo's key signs; the user and the backup key need none.",
    "Policies of the enterprise are not in a wallet; they may ask for more.",
    "Who knows a wallet's passphrase, and where its keys and backups lie, is not in the export.",
    "People are named by the platform's user ids; join them to the people of the matter.",
)
_MORE = "Policies of the enterprise are not in the wallet; they may ask for more."


def holds(value: Any) -> bool:
    """Return whether a file looks like one of BitGo's answers."""
    body = js.record(value)
    listed = value if isinstance(value, list) else []
    for key in ("wallets", "keys"):
        listed = [*listed, *js.records(body.get(key))]
    return bool(body.keys() & {"adminUsers", "nonAdminUsers"}) or any(
        _is_wallet(entry) or _is_key(entry) for entry in [body, *js.records(listed)]
    )


def _is_wallet(body: Mapping[str, Any]) -> bool:
    return "coin" in body and bool(body.keys() & {"keys", "multisigType", "approvalsRequired"})


def _is_key(body: Mapping[str, Any]) -> bool:
    return body.get("source") in (*_SOURCES, "cold") and bool(
        body.keys() & {"pub", "commonKeychain", "encryptedPrv"}
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """One way through the rules: where it leads, on what conditions, with whose approvals."""

    #: None: anywhere.
    destinations: frozenset[str] | None = None
    when: tuple[str, ...] = ()
    #: How many of whom, for each rule that was triggered.
    asks: tuple[tuple[int, frozenset[str]], ...] = ()


@dataclass(slots=True)
class _Enterprise:
    """What all files of an import say together."""

    rows: Rows
    wallets: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    admins: set[str] = field(default_factory=set)


def write(bodies: Sequence[tuple[str, Any]], rows: Rows, wallet: str) -> None:
    """Write the rows of the parts of one enterprise. Raises TooManySlicesError."""
    space = _Enterprise(rows)
    for file, value in bodies:
        _take(space, value, file)
    if not space.wallets and not rows.faults:
        rows.fault("it has no wallet", "Give the wallet along with its keys and users")
    if wallet and len(space.wallets) > 1:
        rows.fault(f"{len(space.wallets)} wallets cannot all be wallet {wallet}", "Give no id")
    if rows.faults:
        return
    users = _users(space)
    for name, body in space.wallets.items():
        _Wallet(name, body, wallet or ident("bitgo", name), space, users).write()
    users.write(rows)
    rows.notes += _NOTES


def _take(space: _Enterprise, value: Any, file: str) -> None:
    body = js.record(value)
    if body.keys() & {"adminUsers", "nonAdminUsers"}:
        _take_users(space, body, file)
        return
    entries = js.records(value)
    if not _is_wallet(body) and not _is_key(body):
        if body.get("nextBatchPrevId"):
            space.rows.notes.append(f"{file} is one batch of several; the others are not read.")
        listed = [key for key in ("wallets", "keys") if isinstance(body.get(key), list)]
        entries += [entry for key in listed for entry in js.records(body[key])]
        known = {*listed, "limit", "nextBatchPrevId", "coin"}
        _unread(space, file, body.keys() - known)
    else:
        entries.append(body)
    for entry in entries:
        kept = space.wallets if _is_wallet(entry) else space.keys if _is_key(entry) else None
        name = js.text(entry.get("id"))
        if kept is None or not name:
            what = "it holds an entry that is no wallet, keychain or user"
            space.rows.faults.append(RowFault(file, 0, what, "Give what the API answers"))
        elif kept.setdefault(name, entry) != entry:
            space.rows.faults.append(RowFault(file, 0, f"{name} is there twice", "Give it once"))
        else:
            keys = _WALLET_KEYS | _WALLET_IDLE if kept is space.wallets else _KEY_KEYS
            noun = "wallet" if kept is space.wallets else "key"
            _unread(space, f"{noun} {name}", entry.keys() - keys)


def _take_users(space: _Enterprise, body: dict[str, Any], file: str) -> None:
    lists = ("adminUsers", "nonAdminUsers", "walletUsers")
    for key in lists:
        for entry in js.records(body.get(key)):
            name = js.text(entry.get("id"))
            if not name:
                what = f"an entry of its {key} has no id"
                space.rows.faults.append(RowFault(file, 0, what, "Give what the API answers"))
                continue
            space.people.setdefault(name, {}).update(entry)
            if key == "adminUsers":
                space.admins.add(name)
            _unread(space, f"user {name}", entry.keys() - _USER_KEYS)
    if body.get("incomplete") is True:
        space.rows.notes.append(f"{file} says that it does not list all users.")
    _unread(space, file, body.keys() - {*lists, "count", "incomplete"})


def _unread(space: _Enterprise, where: str, keys: Iterable[str]) -> None:
    space.rows.unread += [f"{where}.{key}" for key in sorted(keys)]


def _users(space: _Enterprise) -> Users:
    """Return the users of the enterprise and of the wallets; each of them has a login."""
    ids = dict.fromkeys(space.people)
    for body in space.wallets.values():
        ids.update(
            dict.fromkeys(js.text(user.get("user")) for user in js.records(body.get("users")))
        )
    listed = {}
    for name in filter(None, ids):
        body = space.people.get(name, {})
        full = f"{js.text(body.get('firstName'))} {js.text(body.get('lastName'))}"
        called = (js.text(body.get("fullName")), full, js.text(body.get("username")), name)
        label = next((" ".join(text.split()) for text in called if text.strip()), repr(name))
        mail = js.text(body.get("username")).strip().lower()
        aliases = (f"mail:{mail}",) if "@" in mail else ((f"login:{mail}",) if mail else ())
        listed[name] = User(
            name,
            label,
            active=body.get("isActive") is not False,
            program=False,
            aliases=aliases,
        )
    return Users(listed, Quorum(None, ()))


class _Wallet:
    """One wallet on its way to rows."""

    def __init__(
        self, name: str, body: dict[str, Any], wallet: str, space: _Enterprise, users: Users
    ) -> None:
        self._name, self._body, self._wallet = name, body, wallet
        self._space, self._rows, self._users = space, space.rows, users
        self._coin = js.text(body.get("coin"))
        self._by_right: dict[str, set[str]] = {}
        for user in js.records(body.get("users")):
            rights = user.get("permissions")
            given = rights.split(",") if isinstance(rights, str) else js.texts(rights)
            for right in given:
                self._by_right.setdefault(right.strip(), set()).add(js.text(user.get("user")))

    def write(self) -> None:
        """Write the wallet and its paths."""
        specific = js.record(self._body.get("coinSpecific"))
        address = js.text(specific.get("baseAddress")) or js.text(specific.get("rootAddress"))
        self._rows.add("wallets", id=self._wallet, asset=self._coin.upper(), address=address)
        keys = self._keys()
        self._signing(keys)
        self._software(keys)
        self._policy_change()
        if self._body.get("deleted") is True:
            self._rows.notes.append(f"Wallet {self._wallet} is deleted at the platform.")

    def _keys(self) -> list[str]:
        """Return the means of the wallet's keys, in their order; their rows are written."""
        tss = self._body.get("multisigType") == "tss"
        found = []
        for place, key in enumerate(js.texts(self._body.get("keys"))):
            body = self._space.keys.get(key, {})
            source = js.text(body.get("source")) or (_SOURCES[place] if place < 3 else "")
            name = ident("bitgo-key", key)
            label = f"{source} {'share' if tss else 'key'} of {self._label()}"
            more = {} if tss else {"public_key": js.text(body.get("pub"))}
            more |= {} if tss else {"address": js.text(body.get("ethAddress"))}
            kept = {column: text for column, text in more.items() if text}
            kind = "share" if tss else "key"
            self._rows.add("means", None, id=name, kind=kind, label=label.strip(), **kept)
            found.append(name)
        return found

    def _approvals_required(self) -> int:
        return _count(self._body.get("approvalsRequired"), 1) or 1

    def _label(self) -> str:
        return " ".join(js.text(self._body.get("label")).split()) or self._name

    def _signing(self, keys: list[str]) -> None:
        needed = _count(self._body.get("m"), 2)
        if len(keys) == 3 and needed == 2:
            formula = at_least(2, keys)
            self._rows.add("policies", wallet=self._wallet, path="signing", formula=formula)
        else:
            self._open("signing", f"it has {len(keys)} keys, of which {max(needed, 0)} sign")

    def _open(self, path: str, why: str) -> None:
        name = ident("unread", f"{self._wallet}/{path}")
        label = f"whatever moves {self._label()} by {path}; the export cannot be read"
        self._rows.add("means", id=name, kind="vendor_path", label=label)
        self._rows.add(
            "policies",
            wallet=self._wallet,
            path=path,
            formula=name,
            scope=f"when=the export does not say how: {clean(why)}",
            note=f"What moves the wallet by {path} cannot be read: {why}.",
        )

    def _software(self, keys: list[str]) -> None:
        kind = js.text(self._body.get("type")) or ("cold" if self._body.get("isCold") else "")
        cold = self._body.get("isCold") is True or kind == "cold"
        if kind == "custodial":
            needed = ident("bitgo", "custody-operator")
            label = "BitGo's own people, who sign for custodial wallets"
            self._rows.add("means", id=needed, kind="vendor_path", label=label)
        elif (kind in _CLIENTS or not kind) and keys:
            needed = keys[0]
        else:
            self._open("software", f"wallets of type {kind or 'none'} are not known")
            return
        spenders = sorted(self._by_right.get("spend", ()))
        self._kept_at_bitgo(spenders, keys, needed, hot=kind != "custodial" and not cold)
        ways = self._ways()
        if ways is None:
            return
        for user in spenders:
            login = self._users.logins((user,))[0]
            for scope, way in ways:
                self._way(user, all_of((login, needed)), scope, way)

    def _kept_at_bitgo(
        self, spenders: list[str], keys: list[str], users_key: str, *, hot: bool
    ) -> None:
        """Write who may have a key that BitGo keeps, encrypted under a passphrase it does not know.

        That is the user's key of a hot wallet, and each key whose record holds it so.
        """
        kept = {users_key: "user"} if hot else {}
        for name, key in zip(keys, js.texts(self._body.get("keys")), strict=True):
            body = self._space.keys.get(key, {})
            if body.get("encryptedPrv") and body.get("isBitGo") is not True:
                kept.setdefault(name, js.text(body.get("source")))
        for name, source in kept.items():
            for login in self._users.logins(spenders):
                condition = " ".join(
                    f"if the user knows the passphrase of the wallet's {source} key".split()
                )
                self._rows.add("grants", means=login, gives=name, condition=condition)

    def _way(self, user: str, base: str, scope: str, way: _Way) -> None:
        """Write the rows of one spender; whether the own approval counts is not said."""
        own = any(user in members for _, members in way.asks)
        for without, more in ((user, ()), ("", (OWN_APPROVAL,))):
            if not without and not own:
                continue
            parts = [base]
            for count, members in way.asks:
                others = frozenset(member for member in members if member != without)
                if count > len(others):
                    break
                asked = at_least(count, self._users.logins(others) if others else [])
                parts.append(any_of((asked, self._engine())))
            else:
                when = " and ".join((*way.when, *more))
                cells = "; ".join(filter(None, (scope, f"when={when}" if when else "")))
                self._rows.add(
                    "policies",
                    wallet=self._wallet,
                    path="software",
                    formula=all_of(parts),
                    scope=cells,
                    note=_MORE,
                )

    def _engine(self) -> str:
        self._rows.add("means", id=ENGINE, kind="vendor_path", label=ENGINE_LABEL)
        return ENGINE

    def _ways(self) -> list[tuple[str, _Way]] | None:
        """Return scope and way for each band of amounts; None where it was written open."""
        policy = js.record(js.record(self._body.get("admin")).get("policy"))
        rules = policy.get("rules")
        start = _Way()
        if not isinstance(rules, list):
            start = _Way(when=("the wallet's policy, which the export does not give, lets it",))
            rules = []
        if js.record(self._body.get("freeze")):
            start = replace(start, when=(*start.when, "the wallet is no longer frozen"))
        limits = sorted(
            {limit for rule in rules if (limit := _limit(rule)) is not None} | {Decimal(0)}
        )
        found: list[tuple[str, _Way]] = []
        for low, high in zip(limits, [*limits[1:], None], strict=True):
            ways = [start]
            for rule in rules:
                ways = list(
                    dict.fromkeys(after for way in ways for after in self._after(way, rule, low))
                )
                if len(ways) > _MOST_WAYS:
                    raise TooManySlicesError
            found += [(self._scope(way, low, high), way) for way in ways]
        return found

    def _scope(self, way: _Way, low: Decimal, high: Decimal | None) -> str:
        bounds = [
            f"{key}={self._amount(bound)}" for key, bound in (("min", low), ("max", high)) if bound
        ]
        if way.destinations is not None:
            names = sorted(ident("", name)[1:] for name in way.destinations)
            bounds.insert(0, f"destination={'|'.join(names)}")
        return "; ".join(bounds)

    def _amount(self, bound: Decimal) -> str:
        digits = _DIGITS.get(self._coin.removeprefix("t"), _DIGITS.get(self._coin))
        if digits is None:
            return clean(f"{amount(bound)} base units of {self._coin}")
        return f"{amount(bound.scaleb(-digits))} {clean(self._coin.upper())}"

    def _after(self, way: _Way, rule: Any, low: Decimal) -> Iterator[_Way]:
        """Yield the way behind one rule, for amounts above `low` up to the next limit."""
        body = js.record(rule)
        label = ident("", js.text(body.get("id")) or "?")[1:]
        trigger = self._trigger(body, low)
        ask = self._ask(body)
        if trigger is None or ask is None:
            self._rows.notes.append(
                f"Rule {label} of {self._wallet} cannot be read: what it stops is a condition."
            )
            unread = f"rule {label}, which cannot be read, lets it"
            yield replace(way, when=(*way.when, unread))
            return
        untriggered, surely = trigger
        if not surely:
            if isinstance(untriggered, frozenset):
                here = way.destinations
                kept = untriggered if here is None else untriggered & here
                if kept:
                    yield replace(way, destinations=kept)
            else:
                words = f"{untriggered} (rule {label})"
                yield replace(way, when=(*way.when, words)) if untriggered else way
        if (surely or untriggered) and ask != "deny":
            yield replace(way, asks=(*way.asks, *ask))

    def _trigger(self, body: dict[str, Any], low: Decimal) -> tuple[Any, bool] | None:
        """Return what must be so for a rule to stay still, and whether it surely does not.

        A frozenset is addresses it lets pass; a text is a condition, "" for nothing. None: the
        rule cannot be read.
        """
        condition = js.record(body.get("condition"))
        if body.keys() - _RULE_KEYS or condition.keys() - _CONDITION_KEYS:
            self._rows.unread += [
                f"{self._wallet} rule {js.text(body.get('id'))}.{key}"
                for key in sorted((body.keys() - _RULE_KEYS) | (condition.keys() - _CONDITION_KEYS))
            ]
            return None
        kind = js.text(body.get("type"))
        coin = js.text(body.get("coin"))
        if coin and coin != self._coin:
            return f"what moves is not {clean(coin)}", False
        if kind == "allTx":
            return "", True
        limit = _limit(body)
        if kind in ("transactionLimit", "velocityLimit") and limit is not None:
            if low >= limit and not condition.get("excludeTags"):
                return "", True
            if kind == "transactionLimit":
                return "", False
            span = clean(js.text(condition.get("timeWindow")) or "so many")
            return f"the total within {span} seconds is at most {self._amount(limit)}", False
        listed = _addresses(condition)
        if kind in _LISTS and listed is not None:
            return listed, False
        if kind == "coinAddressBlacklist" and listed is not None:
            return f"the destination is none of the {len(listed)} it names", False
        return ("its webhook lets it", False) if kind == "webhook" else None

    def _ask(self, body: dict[str, Any]) -> Any:
        """Return whose approvals a triggered rule asks for; "deny"; None where it is not known."""
        action = js.record(body.get("action"))
        kind = js.text(action.get("type"))
        if action.keys() - _ACTION_KEYS:
            return None
        count = _count(action.get("approvalsRequired"), 0)
        if count < 0 or self._approvals_required() < 0:
            return None
        match kind:
            case "deny":
                return "deny"
            case "noop":
                return ()
            case "getApproval":
                count = count or self._approvals_required()
                return ((count, frozenset(self._by_right.get("admin", ()))),)
            case "getFinalApproval" if js.texts(action.get("userIds")):
                return ((count or 1, frozenset(js.texts(action.get("userIds")))),)
        return None

    def _policy_change(self) -> None:
        quorum = ident("quorum", self._wallet)
        label = f"enough administrators to change the policy of {self._label()}"
        self._rows.add("means", id=quorum, kind="role", label=label)
        admins = sorted(self._by_right.get("admin", set()) | self._space.admins)
        if admins:
            count = max(self._approvals_required(), 1)
            formula = at_least(min(count, len(admins)), self._users.logins(admins))
            condition = "if so many may change it, and its rules are not locked"
            self._rows.add("grants", means=formula, gives=quorum, condition=condition)
        self._rows.add("policies", wallet=self._wallet, path="policy_change", formula=quorum)


def _count(value: Any, default: int) -> int:
    """Return a count, the default where none is given, and -1 for what is no count."""
    if value is None:
        return default
    text = js.text(value)
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _limit(rule: Any) -> Decimal | None:
    """Return the amount above which a rule is triggered, in base units."""
    body = js.record(rule)
    if js.text(body.get("type")) not in ("transactionLimit", "velocityLimit"):
        return None
    condition = js.record(body.get("condition"))
    text = js.text(condition.get("amountString", condition.get("amount")))
    return Decimal(text) if text.isdecimal() and text.isascii() and len(text) <= 40 else None


def _addresses(condition: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the addresses and wallets of a list; None where there is none."""
    if isinstance(condition.get("addresses"), list):
        return frozenset(js.texts(condition["addresses"]))
    if isinstance(condition.get("entries"), list):
        items = {
            (js.text(entry.get("item")), js.text(entry.get("type")))
            for entry in js.records(condition["entries"])
        }
        names = (ident("bitgo", item) if kind == "walletId" else item for item, kind in items)
        return frozenset(filter(None, names))
    return None
