"""What the invented exchange gets wrong, one by one: each is planted and noted as truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

from forthwith.example.books import bitcoin
from forthwith.example.books.model import DAY, Customer, DepositAddress, Instant, Place, text
from forthwith.example.books.quarter import (
    AFFILIATE,
    AFFILIATE_ACCOUNT,
    EXCHANGE,
    FORMER_NAME,
    HOSTING,
    LIQUIDITY,
    LISTINGS,
    PAYROLL,
    Quarter,
)
from forthwith.example.books.truth import told


class Defect(StrEnum):
    """What can be planted. Each is independent of the others but where its sentence says so."""

    #: A token leaves the cold wallet for an affiliate and is back nine days later.
    DIVERSION = "diversion"
    #: An affiliate's bitcoin lies in the customers' cold wallet for eight days.
    AFFILIATE_COIN = "affiliate coin"
    #: A customer's wire comes into the house's account, is spent, and is made good later.
    HOUSE_WIRE = "house wire"
    #: The same, and it is never made good.
    HOUSE_WIRE_KEPT = "house wire kept"
    #: Deposits to an address nobody registered, later spent together with the hot wallet.
    UNREGISTERED = "unregistered"
    #: One more such deposit that stays where it is.
    UNREGISTERED_LEFT = "unregistered left"
    #: The unregistered address and the hot wallet pay one withdrawal together.
    JOINT_SPEND = "joint spend"
    #: A credit without a coin, reversed four days later across a month end.
    PHANTOM_CREDIT = "phantom credit"
    #: A coin that nobody was credited with.
    UNCREDITED = "uncredited"
    #: An entry of one month that was written in the next.
    BACKDATED = "backdated"
    #: A withdrawal in the ledger before a cut and on the chain after it.
    ACROSS_CUT = "across cut"
    #: A customer takes a wire back that was traded away; the balance is negative for a while.
    CHARGEBACK = "chargeback"
    #: A withdrawal whose row was cut at eight places.
    DUST = "dust"
    #: Proofs of control that are made once and grow old.
    STALE_PROOFS = "stale proofs"
    #: A consultant passes the exchange's fee on to the affiliate under its former name.
    INTERMEDIARY = "intermediary"
    #: A deposit that stands twice in the ledger, found six days later.
    DOUBLED = "doubled"
    #: A deposit credited to another customer than the address's.
    MISPOSTED = "misposted"
    #: One weekly statement of the house's account is missing.
    GAP = "gap"
    #: One monthly statement of the customers' reserve is missing.
    RESERVE_GAP = "reserve gap"
    #: An affiliate's money lies in the customers' account over a month end.
    DRESSING = "dressing"
    #: Withdrawals whose transaction failed: only their gas was paid.
    FAILED = "failed"
    #: A trade in bitcoin whose fee was taken in the token.
    THIRD_ASSET_FEE = "third asset fee"
    #: A deposit address that was one customer's and becomes another's.
    REASSIGNED = "reassigned"
    #: The reserve account is closed and another is opened with its money.
    MOVED = "moved"
    #: The same, and the money is two days under way.
    MOVED_SLOWLY = "moved slowly"
    #: A customer becomes an affiliated liquidity provider.
    CLASS_CHANGED = "class changed"
    #: A customer becomes an account of the house.
    CLASS_HOUSE = "class house"
    #: A block that the chain left behind stands in the block file, with a deposit in it.
    REORGANISED = "reorganised"
    #: A block whose header time lies before its parent's.
    CLOCK_BACK = "clock back"
    #: Block files stand masked, with the xor.dat that Bitcoin Core writes since version 28.
    MASKED = "masked"
    #: A validator's withdrawal pays the house from nowhere.
    STAKED = "staked"
    #: Odd but right: one transaction pays two customers, twice the same amount to one of them.
    BATCH_OUT = "batch out"
    #: One transaction of a stranger pays in for two customers, and one for a customer twice.
    BATCH_IN = "batch in"
    #: Coin comes to deposit addresses from a contract: in call frames, one of which fails.
    FROM_CONTRACT = "from contract"
    #: Tokens nobody asked for, and an NFT, in the hot wallet.
    SPAM = "spam"
    #: A customer gives another coin inside the exchange, and the house gives one a reward.
    INSIDE = "inside"
    #: Deposits whose rows have no reference: one that can be told by amount, day and address, and
    #: two of one amount and address that cannot.
    NO_REFERENCE = "no reference"
    #: Rows that write a transaction's id in capitals, or without its 0x.
    CAPITALS = "capitals"
    #: A row of the quarter's last day that was booked nine days after it.
    BOOKED_LATER = "booked later"
    #: One transaction pays a customer and fills the cold wallet; another only joins coins.
    MIXED_BATCH = "mixed batch"
    #: A customer withdraws to the deposit address of another.
    ON_US = "on us"
    #: A withdrawal whose fee is a row of its own, with the same reference.
    WITHDRAWAL_FEE = "withdrawal fee"


#: The demo's: nine hidden days, a commingling interval, a trace with a range, and small things.
DEMO = (
    Defect.DIVERSION, Defect.AFFILIATE_COIN, Defect.HOUSE_WIRE, Defect.BACKDATED,
    Defect.ACROSS_CUT, Defect.STALE_PROOFS, Defect.INTERMEDIARY, Defect.UNREGISTERED,
    Defect.FAILED,
)  # fmt: skip


def plant(quarter: Quarter, chosen: set[Defect]) -> None:
    """Plan the defects chosen."""
    for defect, act in _PLANS.items():
        if defect in chosen:
            act(quarter)


def _diversion(quarter: Quarter) -> None:
    first = 36 + quarter.seed % 7
    amount = 500_000_123456789012345678

    def leaves(at: Instant) -> None:
        reference = quarter.between(
            at, "eth-cold", "eth-aff", "NGT", amount, "customer", "internal"
        )
        quarter.model.plant("diversion", ref=reference, amount=text("NGT", amount), at=told(at))
        quarter.model.claims.append(
            {"claim": "K2", "asset": "NGT", "place": "eth-aff", "reference": reference,
             "claimant": "customers", "stop": "class:customer", "follow": "eth-aff"}
        )  # fmt: skip

    def returns(at: Instant) -> None:
        reference = quarter.between(
            at, "eth-aff", "eth-cold", "NGT", amount, "customer", "internal"
        )
        quarter.model.plant("diversion_return", ref=reference, at=told(at))

    quarter.on(first, "07:40", leaves)
    quarter.on(first + 9, "07:40", returns)


def _affiliate_coin(quarter: Quarter) -> None:
    first = 8 + quarter.seed % 3

    def comes(at: Instant) -> None:
        reference = quarter.between(
            at, "btc-aff", "btc-cold", "BTC", 40 * 10**8, "affiliate", "loan"
        )
        quarter.model.plant(
            "commingling", place="btc-cold", asset="BTC", ref=reference, at=told(at)
        )
        quarter.model.claims.append(
            {"claim": "K3", "asset": "BTC", "place": "btc-cold", "reference": reference,
             "claimant": AFFILIATE, "stop": "", "follow": "btc-cold btc-hot"}
        )  # fmt: skip

    def goes(at: Instant) -> None:
        reference = quarter.between(
            at, "btc-cold", "btc-aff", "BTC", 40 * 10**8, "affiliate", "loan_return"
        )
        quarter.model.plant("commingling_end", ref=reference, at=told(at))

    quarter.on(first, "07:20", comes)
    quarter.on(first + 8, "07:20", goes)


def _house_wire(quarter: Quarter, *, kept: bool = False) -> None:
    """The day the wire comes in, the house earns and pays too: no statement says in which order."""
    first = 33 + quarter.seed % 4
    amount = 250_000_00
    account = "C0004"

    def comes(at: Instant) -> None:
        end = at + 59
        before = quarter.model.balance("op", "USD")
        quarter.wire_outside(end, "op", -(before * 3 // 10), HOSTING, "house", "expense")
        reference = quarter.wire_in(end, account, amount, place="op")
        quarter.wire_outside(end, "op", 90_000_00, LISTINGS, "house", "revenue")
        rest = before + 60_000_00 - before * 3 // 10
        quarter.wire_outside(end, "op", -rest, PAYROLL, "house", "expense")
        quarter.model.plant(
            "customer_money_in_house_account", place="op", ref=reference, account=account,
            amount=text("USD", amount),
        )  # fmt: skip
        quarter.model.claims.append(
            {"claim": "K4" if kept else "K1", "asset": "USD", "place": "op", "reference": reference,
             "claimant": f"customer {account}", "stop": "class:customer", "follow": "op"}
        )  # fmt: skip

    def spent(at: Instant) -> None:
        paid = quarter.model.balance("op", "USD") - 230_000_00
        if paid > 0:
            quarter.wire_outside(at + 59, "op", -paid, PAYROLL, "house", "expense")

    def earned(at: Instant) -> None:
        missing = amount + 20_000_00 - quarter.model.balance("op", "USD")
        if missing > 0:
            quarter.wire_outside(at + 59, "op", missing, LISTINGS, "house", "revenue")

    def made_good(at: Instant) -> None:
        reference = quarter.wire_between(
            at + 59, "op", "fbo", amount, "customer", "internal", "TO CUSTOMERS"
        )
        quarter.model.plant("made_good", ref=reference, amount=text("USD", amount))

    quarter.on(first, "23:59", comes)
    quarter.on(first + 3, "23:59", spent)
    if not kept:
        # The day before, so that no order of a day overdraws the account.
        quarter.on(first + 13, "23:59", earned)
        quarter.on(first + 14, "23:59", made_good)


def _to_nobodys_address(quarter: Quarter, day: int, account: str, amount: int) -> None:
    def act(at: Instant) -> None:
        reference = quarter.coin_in(
            at, account, "BTC", amount, place="btc-x", written=bool(quarter.seed % 2)
        )
        quarter.model.plant(
            "unregistered_place", place="btc-x", ref=reference, account=account,
            amount=text("BTC", amount),
        )  # fmt: skip

    quarter.on(day, "08:40", act)


def _unregistered(quarter: Quarter) -> None:
    _to_nobodys_address(quarter, 5, "C0005", 1_30004321)
    _to_nobodys_address(quarter, 12, "C0008", 80004321)

    def together(at: Instant) -> None:
        ours = quarter.btc.pick(1, *quarter.wallet(quarter.hot))
        theirs = [coin for coin in quarter.btc.coins if coin.owner is quarter.owners["btc-x"]]
        fee = quarter.bitcoin_fee()
        lost = sum(coin.amount for coin in theirs)
        whole = lost + sum(coin.amount for coin in ours) - fee
        reference = quarter.btc.spend([*theirs, *ours], [(quarter.wallet(quarter.hot)[0], whole)])
        model = quarter.model
        model.stake(at, "btc-x", "BTC", "house", -fee, "fee")
        quarter.moved(at, "btc-x", quarter.hot, "BTC", lost - fee, "customer")
        model.plant("spends_together", place="btc-x", with_=quarter.hot, ref=reference)

    quarter.on(19, "11:30", together)


def _unregistered_left(quarter: Quarter) -> None:
    _to_nobodys_address(quarter, 68, "C0007", 2_10004321)


def _joint_spend(quarter: Quarter) -> None:
    """A customer is paid from the unregistered address first and the hot wallet for the rest."""
    _to_nobodys_address(quarter, 61, "C0006", 40004321)

    def act(at: Instant) -> None:
        model, hot = quarter.model, quarter.hot
        theirs = [coin for coin in quarter.btc.coins if coin.owner is quarter.owners["btc-x"]]
        lost, fee = sum(coin.amount for coin in theirs), quarter.bitcoin_fee()
        account, extra = "C0001", 30_000_000
        ours = quarter.btc.pick(extra + fee, *quarter.wallet(hot))
        rest = sum(coin.amount for coin in ours) - extra - fee
        outputs = [(quarter.owners["outside"], lost + extra)]
        if rest:
            outputs.append((quarter.wallet(hot)[-1], rest))
        reference = quarter.btc.spend([*theirs, *ours], outputs)
        model.stake(at, "btc-x", "BTC", "customer", -lost, "customer")
        model.stake(at, hot, "BTC", "customer", -extra, "customer")
        quarter.fee(at, hot, "BTC", fee, reference)
        quarter.row(account, "BTC", -(lost + extra), "withdrawal", reference, at, received=at)
        quarter.entry(at, "btc-x", "", "BTC", lost, "customer", "withdrawal", reference)
        quarter.entry(at, hot, "", "BTC", extra, "customer", "withdrawal", reference)
        model.plant("spends_together", place="btc-x", with_=hot, ref=reference)

    quarter.on(64, "11:40", act)


def _phantom_credit(quarter: Quarter) -> None:
    amount, day = 12 * 10**18, quarter.cuts[0] - 2
    reference = "0x" + bitcoin.secret(quarter.seed, "no such transaction").hex()

    def credited(at: Instant) -> None:
        quarter.row(LIQUIDITY, "ETH", amount, "deposit", reference, at)
        quarter.model.plant(
            "ledger_only", ref=reference, account=LIQUIDITY, amount=text("ETH", amount), asset="ETH"
        )

    def reversed_(at: Instant) -> None:
        quarter.row(LIQUIDITY, "ETH", -amount, "reversal", reference, at)

    quarter.on(day, "09:05", credited)
    quarter.on(day + 4, "09:05", reversed_)


def _uncredited(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        reference = quarter.coin_in(at, "C0001", "BTC", 1_25000000, credited=False)
        quarter.model.plant("chain_only", ref=reference, account="C0001", amount="1.25")

    quarter.on(quarter.cuts[0] + 3, "08:50", act)


def _backdated(quarter: Quarter) -> None:
    """A fee of a month is taken in the next; both ledgers say it was then."""

    def act(at: Instant) -> None:
        effective = quarter.when(19, 15 * 60)
        account, amount = "C0003", 2_000_00
        quarter.row(
            account, "USD", -amount, "adjustment", "ADJ42", effective, booked=at,
            memo="fee correction",
        )  # fmt: skip
        quarter.entry(
            effective, "fbo", "fbo", "USD", amount, "customer>house", "fee", "ADJ42", booked=at
        )
        quarter.model.regroup(effective, "fbo", "USD", amount, "customer", "house")
        quarter.model.plant(
            "backdated", ref="ADJ42", account=account, amount=text("USD", -amount),
            effective=told(effective), booked=told(at),
        )  # fmt: skip

    quarter.on(42, "09:02", act)


def _across_cut(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        account, amount = "C0007", 12345678
        before = at - 25 * 60
        reference = quarter.coin_out(at, account, "BTC", amount, ledger_at=before)
        quarter.model.plant(
            "timing", ref=reference, account=account, amount=text("BTC", -amount),
            ledger=told(before), chain=told(at),
        )  # fmt: skip

    quarter.on(quarter.cuts[0] + 1, "00:15", act)


def _chargeback(quarter: Quarter) -> None:
    account, below = "C0009", 7_500_00
    quarter.alone.add(account)

    def taken_back(at: Instant) -> None:
        amount = quarter.model.owed(account, "USD") + below
        reference = quarter.wire_out(at + 59, account, amount, "chargeback")
        quarter.model.plant(
            "negative_balance", account=account, balance=text("USD", -below), ref=reference
        )

    def paid(at: Instant) -> None:
        quarter.wire_in(at + 59, account, 9_000_00)

    quarter.on(52, "23:59", taken_back)
    quarter.on(63, "23:59", paid)


def _dust(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        amount, written = 1234_567890123456789012, 1234_567890120000000000
        reference = quarter.coin_out(at, "C0008", "NGT", amount, ledger_amount=written)
        quarter.model.plant(
            "amount", ref=reference, account="C0008", ledger=text("NGT", -written),
            chain=text("NGT", -amount), difference=text("NGT", amount - written),
        )  # fmt: skip

    quarter.on(15, "12:10", act)


def _intermediary(quarter: Quarter) -> None:
    def pays(at: Instant) -> None:
        reference = quarter.wire_between(
            at + 59, "op", "int", 80_000_00, "house", "expense", "STRATEGY ADVICE"
        )
        quarter.model.expenses.append((at + 59, "int", 80_000_00))
        quarter.model.plant(
            "affiliate_through_intermediary", ref=reference, amount="80000.00", passed_on="62000.00"
        )

    def passes_on(at: Instant) -> None:
        party = (FORMER_NAME, AFFILIATE_ACCOUNT, AFFILIATE, "ADVISORY SHARE")
        quarter.wire_outside(at + 59, "int", -62_000_00, party, "vendor", "expense")
        quarter.model.entries.pop()

    quarter.on(24, "23:59", pays)
    quarter.on(26, "23:59", passes_on)


def _doubled(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        account, amount = "C0002", 21_000_00
        reference = quarter.wire_in(at + 59, account, amount)
        quarter.row(account, "USD", amount, "deposit", reference, at + 59, memo="import 2")
        quarter.model.plant("duplicate", ref=reference, account=account, amount=text("USD", amount))

        def reversed_(later: Instant) -> None:
            quarter.row(account, "USD", -amount, "reversal", reference, later)

        quarter.on(18, "09:03", reversed_)

    quarter.on(12, "23:59", act)


def _misposted(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        reference = quarter.coin_in(at, "C0002", "ETH", 3_141592653589793238, to="C0003")
        quarter.model.plant(
            "misposted", ref=reference, account="C0003", address_of="C0002",
            amount=text("ETH", 3_141592653589793238),
        )  # fmt: skip

    quarter.on(47, "08:45", act)


def _gap(quarter: Quarter) -> None:
    start = quarter.when(70)
    quarter.model.gaps.append(("op", start, start + 7 * DAY))
    quarter.model.plant("statement_gap", place="op", start=told(start), end=told(start + 7 * DAY))


def _reserve_gap(quarter: Quarter) -> None:
    start, end = quarter.when(quarter.cuts[0] + 1), quarter.when(quarter.cuts[1] + 1)
    quarter.model.gaps.append(("res", start, end))
    quarter.model.plant("statement_gap", place="res", start=told(start), end=told(end))


def _dressing(quarter: Quarter) -> None:
    cut = quarter.cuts[1]
    amount = 180_000_00
    party = ("Halden Custody Technology", AFFILIATE_ACCOUNT, AFFILIATE, "SHORT LOAN")

    def comes(at: Instant) -> None:
        reference = quarter.wire_outside(at + 59, "fbo", amount, party, "affiliate", "loan")
        quarter.model.dressing.append(
            {"place": "fbo", "asset": "USD", "cut": told(quarter.day_end(cut)), "in": reference,
             "amount_in": text("USD", amount)}
        )  # fmt: skip
        quarter.model.plant("dressing", ref=reference, place="fbo", amount=text("USD", amount))

    def goes(at: Instant) -> None:
        back = amount * 95 // 100
        reference = quarter.wire_outside(at + 59, "fbo", -back, party, "affiliate", "loan_return")
        quarter.model.dressing[-1] |= {"out": reference, "amount_out": text("USD", back)}

    quarter.on(cut - 2, "23:59", comes)
    quarter.on(cut + 3, "23:59", goes)


def _failed(quarter: Quarter) -> None:
    def tries(at: Instant) -> None:
        hot, outside = quarter.accounts["eth-hot"], quarter.accounts["outside"]
        if quarter.seed % 2:
            reference, fee = quarter.evm.send(hot, outside, 5 * 10**18, quarter.price(), fails=True)
        else:
            reference, fee = quarter.evm.pay_token(
                hot, quarter.coined, outside, 900 * 10**18, quarter.price(), fails=True
            )
        quarter.fee(at, "eth-hot", "ETH", fee, reference)
        quarter.model.plant("failed_withdrawal", ref=reference, gas=text("ETH", fee))

    quarter.on(21, "12:30", tries)
    quarter.on(58, "12:30", tries)


def _third_asset_fee(quarter: Quarter) -> None:
    for day in (10, 31, 44):
        quarter.on(day, "13:10", lambda at: quarter.trade(at, "NGT"))


def _reassigned(quarter: Quarter) -> None:
    """C0006's addresses become C0012's; each is credited with what comes in its own time."""
    change = quarter.when(50)
    rows = quarter.model.deposit_addresses
    for at, row in enumerate(list(rows)):
        if row.account == "C0006":
            rows[at] = replace(row, end=change)
            rows.append(DepositAddress("C0012", row.chain, row.address, change))

    def act(asset: str, account: str, amount: int) -> Callable[[Instant], None]:
        def deposit(at: Instant) -> None:
            reference = quarter.coin_in(at, account, asset, amount, of="C0006")
            quarter.model.plant("reassigned_address", ref=reference, account=account)

        return deposit

    quarter.reassigned.add("C0006")
    quarter.on(41, "08:55", act("BTC", "C0006", 31_000_001))
    quarter.on(53, "08:55", act("BTC", "C0012", 33_000_001))
    quarter.on(56, "08:55", act("ETH", "C0012", 2 * 10**18 + 1))


def _moved(quarter: Quarter, *, slowly: bool = False) -> None:
    model = quarter.model
    day = 45
    number = str(int(model.places["res"].addresses[0]) + 4_000_000)
    quarter.bank_accounts["res2"] = (number, "Northgate Reserve II FBO Customers")
    arrival = day + (2 if slowly else 0)
    model.places["res"] = replace(model.places["res"], end=quarter.when(day + 1))
    model.places["res2"] = Place(
        "res2", "bank account", "", (number,), EXCHANGE, "customer", quarter.when(day)
    )

    def act(at: Instant) -> None:
        amount = model.balance("res", "USD")
        reference = quarter.wire_between(
            at + 59, "res", "res2", amount, "customer", "internal", "CLOSING",
            arrives=quarter.day_end(arrival),
        )  # fmt: skip
        model.plant("place_moved", ref=reference, from_="res", to="res2")

    quarter.on(day, "23:59", act)


def _class_changed(quarter: Quarter, klass: str = "affiliated_lp") -> None:
    account = "C0010" if klass == "affiliated_lp" else "C0011"
    change = quarter.when(quarter.cuts[1] - 3)
    rows = quarter.model.customers
    at = next(at for at, row in enumerate(rows) if row.account == account)
    rows[at] = replace(rows[at], end=change)
    entity = "" if klass == "affiliated_lp" else EXCHANGE
    rows.insert(at + 1, Customer(account, klass, entity, change))
    quarter.model.plant("class_changed", account=account, at=told(change), klass=klass)


def _reorganised(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        reference = quarter.coin_in(at, "C0004", "BTC", 77_000_077)
        quarter.btc.mine_beside(at - 30)
        quarter.model.plant("reorganised", ref=reference, height=str(quarter.btc.height + 1))

    quarter.on(30, "12:40", act)
    quarter.on(66, "12:40", act)


def _clock_back(quarter: Quarter) -> None:
    """The block after this day's deposit says an hour less; it counts from its parent's time."""

    def act(_: Instant) -> None:
        at = quarter.btc.blocks[-1].time
        quarter.coin_in(at, "C0003", "BTC", 45_000_045)
        quarter.seal(at, header=at - 3600)
        quarter.model.plant(
            "clock_back", height=str(quarter.btc.height), header=told(at - 3600), counts=told(at)
        )

    quarter.on(25, "13:30", act)


def _staked(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        amount = 17_123456 * 10**12
        quarter.staked[at] = amount
        # No row says for whom, and nobody sent it.
        quarter.model.stake(at, "eth-house", "ETH", "unknown", amount, "unknown")
        quarter.model.plant("from_outside", place="eth-house", amount=text("ETH", amount))

    quarter.on(37, "14:00", act)


def _batch_out(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        outside = quarter.owners["outside"]
        paid = (("C0001", 11_000_011), ("C0002", 22_000_022), ("C0002", 22_000_022))
        fee, hot = quarter.bitcoin_fee(), quarter.hot
        whole = sum(amount for _, amount in paid)
        coins = quarter.btc.pick(whole + fee, *quarter.wallet(hot))
        rest = sum(coin.amount for coin in coins) - whole - fee
        change = [(quarter.wallet(hot)[-1], rest)] if rest else []
        owners = [outside, quarter.owners["outside two"], quarter.owners["outside three"]]
        outputs = [(owner, amount) for owner, (_, amount) in zip(owners, paid, strict=True)]
        reference = quarter.btc.spend(coins, [*outputs, *change])
        for account, amount in paid:
            quarter.model.stake(at, hot, "BTC", "customer", -amount, "customer")
            quarter.row(account, "BTC", -amount, "withdrawal", reference, at, received=at)
            quarter.entry(at, hot, "", "BTC", amount, "customer", "withdrawal", reference)
        quarter.fee(at, hot, "BTC", fee, reference)

    quarter.on(27, "12:50", act)


def _batch_in(quarter: Quarter) -> None:
    def pays(rows: tuple[tuple[str, int], ...]) -> Callable[[Instant], None]:
        def act(at: Instant) -> None:
            market, fee = quarter.owners["market"], quarter.bitcoin_fee()
            whole = sum(amount for _, amount in rows)
            coins = quarter.btc.pick(whole + fee, market)
            rest = sum(coin.amount for coin in coins) - whole - fee
            outputs = [(quarter.deposit_owner(account), amount) for account, amount in rows]
            reference = quarter.btc.spend(coins, [*outputs, (market, rest)])
            sums: dict[str, int] = {}
            for account, amount in rows:
                sums[account] = sums.get(account, 0) + amount
            for account, amount in sums.items():
                quarter.model.stake(at, "btc-dep", "BTC", "customer", amount, "customer")
                quarter.row(account, "BTC", amount, "deposit", reference, at + 1800, received=at)
                quarter.entry(at, "", "btc-dep", "BTC", amount, "customer", "deposit", reference)

        return act

    quarter.on(13, "12:55", pays((("C0003", 30_000_003), ("C0004", 40_000_004))))
    quarter.on(29, "12:55", pays((("C0005", 15_000_005), ("C0005", 16_000_006))))


def _from_contract(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        paid = (("C0001", 2 * 10**18 + 7, True), ("C0002", 3 * 10**18 + 9, True))
        rows = [(quarter.deposit_account(account), amount, good) for account, amount, good in paid]
        failed = (quarter.deposit_account("C0003"), 4 * 10**18, False)
        reference = quarter.evm.scatter(
            quarter.accounts["faucet"], quarter.accounts["scatter"], [*rows, failed],
            quarter.price(),
        )  # fmt: skip
        for account, amount, _ in paid:
            quarter.model.stake(at, "eth-dep", "ETH", "customer", amount, "customer")
            quarter.row(account, "ETH", amount, "deposit", reference, at + 600, received=at)
            quarter.entry(at, "", "eth-dep", "ETH", amount, "customer", "deposit", reference)

    quarter.on(34, "12:45", act)


def _spam(quarter: Quarter) -> None:
    def act(_: Instant) -> None:
        quarter.evm.spam(
            quarter.accounts["faucet"], quarter.accounts["spam"], quarter.accounts["eth-hot"],
            quarter.price(),
        )  # fmt: skip

    quarter.on(38, "12:20", act)
    quarter.on(60, "12:20", act)


def _inside(quarter: Quarter) -> None:
    def gives(at: Instant) -> None:
        amount = 60_000_000
        quarter.row("C0001", "BTC", -amount, "transfer", "IN0001", at)
        quarter.row("C0002", "BTC", amount, "transfer", "IN0001", at)

    def rewards(at: Instant) -> None:
        quarter.row("C0003", "NGT", 250 * 10**18, "reward", "RW0001", at)
        quarter.model.regroup(at, "eth-hot", "NGT", 250 * 10**18, "house", "customer")
        quarter.entry(
            at, "eth-hot", "eth-hot", "NGT", 250 * 10**18, "house>customer", "reward", "RW0001"
        )

    quarter.on(22, "13:20", gives)
    quarter.on(43, "13:20", rewards)


def _no_reference(quarter: Quarter) -> None:
    def deposit(account: str, amount: int, *, told_apart: bool) -> Callable[[Instant], None]:
        def act(at: Instant) -> None:
            reference = quarter.from_outside("BTC", amount, quarter.deposit_owner(account))
            quarter.model.stake(at, "btc-dep", "BTC", "customer", amount, "customer")
            quarter.row(
                account,
                "BTC",
                amount,
                "deposit",
                "",
                at + 2400,
                received=at if told_apart else None,
            )
            if not told_apart:
                quarter.model.plant(
                    "ambiguous", ref=reference, account=account, amount=text("BTC", amount)
                )

        return act

    quarter.on(16, "14:10", deposit("C0002", 12_121_212, told_apart=True))
    quarter.on(20, "14:10", deposit("C0005", 23_232_323, told_apart=False))
    quarter.on(20, "15:10", deposit("C0005", 23_232_323, told_apart=False))


def _capitals(quarter: Quarter) -> None:
    def act(asset: str, amount: int) -> Callable[[Instant], None]:
        def deposit(at: Instant) -> None:
            quarter.coin_in(at, "C0003", asset, amount)
            row, entry = quarter.model.rows[-1], quarter.model.entries[-1]
            written = row.reference.removeprefix("0x").upper()
            quarter.model.rows[-1] = replace(row, reference=written)
            quarter.model.entries[-1] = replace(entry, reference=f" {written} ")

        return deposit

    quarter.on(23, "14:20", act("BTC", 8_765_432))
    quarter.on(24, "14:20", act("NGT", 765 * 10**18 + 1))


def _booked_later(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        account, amount = "C0005", 3_333_33
        later = quarter.model.end + 8 * DAY
        quarter.row(
            account, "USD", -amount, "adjustment", "ADJ77", at, booked=later, memo="year end"
        )
        quarter.entry(at, "fbo", "fbo", "USD", amount, "customer>house", "fee", "ADJ77", later)
        quarter.model.regroup(at, "fbo", "USD", amount, "customer", "house")
        quarter.model.plant(
            "backdated", ref="ADJ77", account=account, amount=text("USD", -amount),
            effective=told(at), booked=told(later),
        )  # fmt: skip

    quarter.on(quarter.days - 1, "15:00", act)


def _mixed_batch(quarter: Quarter) -> None:
    def batch(at: Instant) -> None:
        hot, fee = quarter.hot, quarter.bitcoin_fee()
        paid, filled = 9_000_009, 50_000_005
        coins = quarter.btc.pick(paid + filled + fee, *quarter.wallet(hot))
        rest = sum(coin.amount for coin in coins) - paid - filled - fee
        change = [(quarter.wallet(hot)[0], rest)] if rest else []
        cold = quarter.owners["btc-cold"]
        reference = quarter.btc.spend(
            coins, [(cold, filled), *change, (quarter.owners["outside"], paid)]
        )
        quarter.moved(at, hot, "btc-cold", "BTC", filled, "customer")
        quarter.entry(at, hot, "btc-cold", "BTC", filled, "customer", "internal", reference)
        quarter.model.stake(at, hot, "BTC", "customer", -paid, "customer")
        quarter.row("C0004", "BTC", -paid, "withdrawal", reference, at, received=at)
        quarter.entry(at, hot, "", "BTC", paid, "customer", "withdrawal", reference)
        quarter.fee(at, hot, "BTC", fee, reference)

    def joined(at: Instant) -> None:
        owners, fee = quarter.wallet(quarter.hot), quarter.bitcoin_fee()
        coins = [coin for coin in quarter.btc.coins if coin.owner in owners]
        whole = sum(coin.amount for coin in coins) - fee
        reference = quarter.btc.spend(coins, [(owners[0], whole)])
        quarter.fee(at, quarter.hot, "BTC", fee, reference)

    quarter.on(26, "14:30", batch)
    quarter.on(28, "14:30", joined)


def _on_us(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        amount = 14_141_414
        reference = quarter.bitcoin_pay(at, quarter.hot, quarter.deposit_owner("C0002"), amount)
        quarter.moved(at, quarter.hot, "btc-dep", "BTC", amount, "customer")
        quarter.row("C0001", "BTC", -amount, "withdrawal", reference, at, received=at)
        quarter.row("C0002", "BTC", amount, "deposit", reference, at + 1800, received=at)
        quarter.entry(at, quarter.hot, "btc-dep", "BTC", amount, "customer", "internal", reference)

    quarter.on(35, "14:40", act)


def _withdrawal_fee(quarter: Quarter) -> None:
    def act(at: Instant) -> None:
        amount, cost = 17_171_717, 50_000
        reference = quarter.coin_out(at, "C0003", "BTC", amount)
        quarter.row("C0003", "BTC", -cost, "fee", reference, at)
        quarter.model.regroup(at, quarter.hot, "BTC", cost, "customer", "house")
        quarter.entry(at, quarter.hot, quarter.hot, "BTC", cost, "customer>house", "fee", reference)

    quarter.on(39, "14:50", act)
    quarter.on(54, "14:50", act)


_PLANS: Mapping[Defect, Callable[[Quarter], None]] = {
    Defect.DIVERSION: _diversion,
    Defect.AFFILIATE_COIN: _affiliate_coin,
    Defect.HOUSE_WIRE: _house_wire,
    Defect.HOUSE_WIRE_KEPT: lambda quarter: _house_wire(quarter, kept=True),
    Defect.UNREGISTERED: _unregistered,
    Defect.UNREGISTERED_LEFT: _unregistered_left,
    Defect.JOINT_SPEND: _joint_spend,
    Defect.PHANTOM_CREDIT: _phantom_credit,
    Defect.UNCREDITED: _uncredited,
    Defect.BACKDATED: _backdated,
    Defect.ACROSS_CUT: _across_cut,
    Defect.CHARGEBACK: _chargeback,
    Defect.DUST: _dust,
    Defect.INTERMEDIARY: _intermediary,
    Defect.DOUBLED: _doubled,
    Defect.MISPOSTED: _misposted,
    Defect.GAP: _gap,
    Defect.RESERVE_GAP: _reserve_gap,
    Defect.DRESSING: _dressing,
    Defect.FAILED: _failed,
    Defect.THIRD_ASSET_FEE: _third_asset_fee,
    Defect.REASSIGNED: _reassigned,
    Defect.MOVED: _moved,
    Defect.MOVED_SLOWLY: lambda quarter: _moved(quarter, slowly=True),
    Defect.CLASS_CHANGED: _class_changed,
    Defect.CLASS_HOUSE: lambda quarter: _class_changed(quarter, "house"),
    Defect.REORGANISED: _reorganised,
    Defect.CLOCK_BACK: _clock_back,
    Defect.STAKED: _staked,
    Defect.BATCH_OUT: _batch_out,
    Defect.BATCH_IN: _batch_in,
    Defect.FROM_CONTRACT: _from_contract,
    Defect.SPAM: _spam,
    Defect.INSIDE: _inside,
    Defect.NO_REFERENCE: _no_reference,
    Defect.CAPITALS: _capitals,
    Defect.BOOKED_LATER: _booked_later,
    Defect.MIXED_BATCH: _mixed_batch,
    Defect.ON_US: _on_us,
    Defect.WITHDRAWAL_FEE: _withdrawal_fee,
}
