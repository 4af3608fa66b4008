"""Ethereum by dumps and tables: what moves coins and tokens, what does not, what is not known."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.chains import chain_of
from forthwith.domain.chain import COIN, FEE, NATIVE, TOKENS, ChainRead, ChainTransaction
from forthwith.exports.chain import evm_etl, evm_json
from forthwith.exports.chain.evm_chain import TRANSFER, bloom_of
from forthwith.exports.chain.evm_telling import Log
from forthwith.exports.chain.join import join
from forthwith.exports.ethereum.address import NOBODY
from tests.exports.chain.node import (
    TOKEN,
    Act,
    Call,
    Event,
    Node,
    account,
    digest,
    lines,
    topic,
    transfer,
)

A, B, C, D, E = (account(number) for number in range(1, 6))


def one(act: Act, **more: object) -> tuple[ChainTransaction, ChainRead]:
    """A chain of one transaction, read."""
    node = Node()
    node.block(act, **more)
    found = evm_json.read(node.json())
    return found.transactions[0], found


def legs(row: ChainTransaction) -> list[tuple[str, int]]:
    """Address and amount."""
    return [(leg.address, leg.amount) for leg in row.legs]


def test_coins_move_in_call_frames_and_not_where_code_is_borrowed() -> None:
    """DELEGATECALL, STATICCALL and CALLCODE repeat a value and move nothing."""
    calls = [
        Call("DELEGATECALL", B, C, 5), Call("STATICCALL", B, C, 5), Call("CALLCODE", B, C, 5),
        Call("CALL", B, D, 3), Call("CREATE", B, E, 2), Call("CREATE2", B, account(9), 1),
        Call("SELFDESTRUCT", B, A, 4),
    ]  # fmt: skip
    row, _ = one(Act(Call("CALL", A, B, 10, calls=calls)))

    assert legs(row) == [
        (A, -10), (B, 10), (B, -3), (D, 3), (B, -2), (E, 2), (B, -1), (account(9), 1), (B, -4),
        (A, 4),
    ]  # fmt: skip
    assert [leg.row for leg in row.legs[::2]] == [
        "frame 0", "frame 0.3", "frame 0.4", "frame 0.5", "frame 0.6",
    ]  # fmt: skip
    assert row.unknown == ()


def test_nothing_below_a_failed_call_counts() -> None:
    """Its callees did not fail themselves; all is undone."""
    inner = Call("CALL", C, D, 3, calls=[Call("CALL", D, E, 2)])
    row, _ = one(Act(Call("CALL", A, B, 10, calls=[Call("CALL", B, C, 4, True, [inner])])))

    assert legs(row) == [(A, -10), (B, 10)]


def test_a_failed_transaction_costs_its_gas_alone() -> None:
    """Neither its value nor its logs happened."""
    row, _ = one(Act(Call("CALL", A, B, 10, failed=True), [transfer(A, B, 1)], gas=30_000, price=7))

    assert (row.legs, row.fee, row.fee_payer, row.unknown) == ((), 210_000, A, ())


def test_blob_and_layer_1_fees_are_part_of_what_it_cost() -> None:
    """They are told."""
    extra = {"blobGasUsed": "0x20000", "blobGasPrice": "0x2", "l1Fee": "0x5"}
    row, found = one(Act(Call("CALL", A, B, 1), gas=21_000, price=1, kind=3, receipt=extra))

    assert row.fee == 21_000 + 2 * 0x20000 + 5
    assert "a part for blobs or for layer 1" in found.notes[0]


def test_transfers_have_three_topics_and_an_nft_four() -> None:
    """The number of an NFT is no amount."""
    events = [
        transfer(A, B, 10**77),
        Event(TOKEN, [TRANSFER, topic(A), topic(B), f"0x{77:064x}"]),
        transfer(A, B, 0),
        Event(TOKEN, [digest("Approval"), topic(A), topic(B)], f"0x{5:064x}"),
    ]
    row, found = one(Act(Call("CALL", A, TOKEN), events))

    assert legs(row) == [(A, -(10**77)), (B, 10**77)]
    assert [leg.contract for leg in row.legs] == [TOKEN, TOKEN]
    assert any("NFTs (four topics)" in note for note in found.notes)
    assert row.unknown == ()


@pytest.mark.parametrize(
    "event",
    [
        Event(TOKEN, [TRANSFER, topic(A), topic(B)], "0x"),
        Event(TOKEN, [TRANSFER, topic(A), topic(B)], "0x" + "00" * 64),
        Event(TOKEN, [TRANSFER, "0x" + "ff" * 32, topic(B)], f"0x{5:064x}"),
    ],
)
def test_a_transfer_of_another_shape_is_unsure_and_not_an_amount(event: Event) -> None:
    """Three topics, and something else in them or behind them."""
    row, found = one(Act(Call("CALL", A, TOKEN), [event]))

    assert row.legs == ()
    assert TOKENS in row.unknown
    assert found.faults


def test_a_transfer_without_indexed_ends_is_told() -> None:
    """Old contracts log all three in the data: not by the rule, so not counted, and said."""
    data = "0x" + topic(A)[2:] + topic(B)[2:] + f"{5:064x}"
    row, found = one(Act(Call("CALL", A, TOKEN), [Event(TOKEN, [TRANSFER], data)]))

    assert row.legs == ()
    assert any("another shape" in note for note in found.notes)


def test_wrapped_coins_count_where_their_code_is_known_and_are_unsure_elsewhere() -> None:
    """WETH9 logs Deposit, and no Transfer."""
    weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
    named = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
    known, _ = one(Act(Call("CALL", A, weth, 5), [Event(weth, [named, topic(A)], f"0x{5:064x}")]))
    other, _ = one(Act(Call("CALL", A, TOKEN, 5), [Event(TOKEN, [named, topic(A)], f"0x{5:064x}")]))
    beside, _ = one(
        Act(
            Call("CALL", A, TOKEN, 5),
            [Event(TOKEN, [named, topic(A)], f"0x{5:064x}"), transfer(NOBODY, A, 5)],
        )
    )

    assert [(leg.address, leg.amount) for leg in known.legs if leg.contract] == [
        (NOBODY, -5),
        (A, 5),
    ]
    assert (other.unknown, other.suspects) == ((TOKENS,), (A,))
    assert beside.unknown == ()


def test_a_call_whose_trace_is_missing_makes_the_coin_unsure_from_there() -> None:
    """A plain payment is sure without one: no code ran."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5), gas=21_000))
    node.block(Act(Call("CALL", A, C, 5, data="0x01")))
    found = evm_json.read(node.json()[:2])
    plain, called = found.transactions
    (gap,) = chain_of(found).gaps

    assert (legs(plain), plain.unknown) == ([(A, -5), (B, 5)], ())
    assert called.unknown == (COIN,)
    assert "callTracer" in called.why
    assert gap.start == found.blocks[1].time
    assert gap.touches(E, NATIVE)
    assert not gap.touches(E, TOKEN)


def test_a_missing_receipt_leaves_logs_and_fee_unknown() -> None:
    """Nothing of it is zero."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5)), Act(Call("CALL", B, C, 1)))
    blocks, (name, receipts), traces = node.json()
    found = evm_json.read([blocks, (name, receipts.split(b"\n")[1]), traces])

    assert found.transactions[0].unknown == (TOKENS, FEE)
    assert found.transactions[1].unknown == ()


def test_a_trace_of_the_top_call_alone_is_found_out_by_its_logs() -> None:
    """A contract that logged was called."""
    row, found = one(Act(Call("CALL", A, B, 1), [transfer(A, C, 5)]))

    assert COIN in row.unknown
    assert "has no call of" in found.faults[0].what


def test_a_trace_of_something_else_is_found_out() -> None:
    """By who calls whom with how much."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5)))
    node.traces[0] = (*node.traces[0][:2], Call("CALL", A, B, 6))
    found = evm_json.read(node.json())

    assert COIN in found.transactions[0].unknown
    assert "is not that of what was sent" in found.faults[0].what


def test_success_by_one_file_and_failure_by_another_is_a_fault() -> None:
    """Then neither coin nor tokens are sure."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5)))
    node.receipts[0]["status"] = "0x0"
    found = evm_json.read(node.json())

    assert {COIN, TOKENS} <= set(found.transactions[0].unknown)


def test_withdrawals_tips_and_rewards_come_from_outside() -> None:
    """Stake in gwei; tips are the price above the base fee."""
    stake = {"index": "0x7", "validatorIndex": "0x1", "address": C, "amount": "0x3"}
    node = Node()
    node.block(Act(Call("CALL", A, B, 5), gas=21_000, price=4), miner=D, withdrawals=[stake])
    found = evm_json.read(node.json())

    outside = [row for row in found.transactions if row.from_outside]
    assert [legs(row) for row in outside] == [[(C, 3 * 10**9)], [(D, 63_000)]]
    assert [row.position for row in outside] == [1, 2]


def test_a_miners_reward_needs_its_trace() -> None:
    """Before the merge its amount depends on rules of the day; `trace_block` lists it."""
    node = Node()
    node.block(difficulty="0x5", miner=D)
    reward = {
        "action": {"author": D, "rewardType": "block", "value": "0x1bc16d674ec80000"},
        "blockHash": node.blocks[0]["hash"], "blockNumber": 100, "traceAddress": [],
        "type": "reward", "result": None, "subtraces": 0,
    }  # fmt: skip
    without = evm_json.read(node.json())
    found = evm_json.read([*node.json(), lines("rewards.jsonl", [reward])])

    assert [(row.unknown, row.suspects) for row in without.transactions] == [((COIN,), (D,))]
    assert [legs(row) for row in found.transactions] == [[(D, 2 * 10**18)]]


def test_a_sibling_block_and_what_it_did_do_not_count() -> None:
    """The longest run of headers that link; a transaction may stand in both."""
    node = Node()
    first = node.block(Act(Call("CALL", A, B, 1)))
    lost = node.block(Act(Call("CALL", A, B, 2)), parent=first)
    node.block(Act(Call("CALL", A, B, 3)), parent=first, number=101)
    node.block(number=102)
    found = evm_json.read(node.json())

    assert [block.height for block in found.blocks] == [100, 101, 102]
    assert [row.legs[1].amount for row in found.transactions] == [1, 3]
    assert any(lost in note for note in found.notes)
    assert found.faults == ()


def test_two_last_blocks_of_one_height_end_the_chain_before_them() -> None:
    """Nothing says which is the chain."""
    node = Node()
    first = node.block()
    node.block(parent=first)
    node.block(parent=first, number=101)
    found = evm_json.read(node.json())

    assert [block.height for block in found.blocks] == [100]
    assert "which of them the chain is" in found.faults[0].what


def test_a_dropped_log_or_receipt_or_transaction_is_noticed() -> None:
    """Log numbers run on, gas adds up, and a block lists its transactions."""
    node = Node()
    node.block(
        Act(Call("CALL", A, TOKEN), [transfer(A, B, 1), transfer(B, C, 2), transfer(C, D, 3)])
    )
    node.receipts[0]["logs"].pop(1)  # type: ignore[attr-defined]
    found = evm_json.read(node.json())
    assert "lacks the log 1" in found.faults[0].what
    assert any(TOKENS in row.unknown for row in found.transactions)

    node = Node()
    node.block(Act(Call("CALL", A, B, 1)))
    node.receipts[0]["gasUsed"] = "0xc351"
    found = evm_json.read(node.json())
    assert "use 50001 gas, the block 50000" in found.faults[0].what
    assert [row.suspects for row in found.transactions if FEE in row.unknown] == [(A,)]


CALLS = st.recursive(
    st.builds(
        Call,
        st.sampled_from(["CALL", "DELEGATECALL", "STATICCALL", "CALLCODE", "CREATE", "CREATE2"]),
        st.sampled_from([A, B, C, D]),
        st.sampled_from([A, B, C, D, E]),
        st.integers(0, 9),
        st.booleans(),
    ),
    lambda inner: st.builds(
        lambda call, calls: replace(call, calls=calls), inner, st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


def played(call: Call) -> Counter[str]:
    """What a call changes, played out with its reverts: written apart from the reader."""
    changed: Counter[str] = Counter()
    if call.failed:
        return changed
    if call.kind in ("CALL", "CREATE", "CREATE2", "SELFDESTRUCT"):
        changed[call.source] -= call.value
        changed[call.target] += call.value
    for inner in call.calls:
        for address, amount in played(inner).items():
            changed[address] += amount
    return changed


@given(st.lists(CALLS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_any_tree_of_calls_changes_what_playing_it_changes(calls: list[Call]) -> None:
    """By callTracer, by trace_block and by tables alike, in any order of lines."""
    roots = [replace(call, kind="CALL") for call in calls]
    node = Node()
    for root in roots:
        node.block(Act(root))
    want = [{a: n for a, n in played(root).items() if n} for root in roots]
    shuffled = [
        (name, b"\n".join(body.split(b"\n")[::-1])) for name, body in node.json(parity=True)
    ]

    for found in (evm_json.read(node.json()), evm_json.read(shuffled), evm_etl.read(node.tables())):
        assert found.chain == "evm-1"
        have = []
        for row in found.transactions:
            net: Counter[str] = Counter()
            for leg in row.legs:
                net[leg.address] += leg.amount
            have.append({address: amount for address, amount in net.items() if amount})
        assert have == want
        assert not any(row.unknown for row in found.transactions)
        assert found.faults == ()


def test_dumps_and_tables_of_one_node_agree_in_everything() -> None:
    """Blocks, legs, fees, order."""
    node = Node()
    node.block(
        Act(Call("CALL", A, B, 5)), Act(Call("CALL", B, TOKEN), [transfer(A, B, 10**40)]), miner=D
    )
    node.block(Act(Call("CREATE", A, C, 1, data="0x6000")))
    dumps, tables = evm_json.read(node.json()), evm_etl.read(node.tables())
    (both,) = join([tables, dumps])

    assert dumps.faults == tables.faults == both.faults == ()
    plain = [replace(row, file="") for row in dumps.transactions]
    assert [replace(row, file="") for row in tables.transactions] == plain
    assert [replace(row, file="") for row in both.transactions] == plain
    assert len(both.second_tellings) in (3, 6)


def test_calls_nest_as_deep_as_the_chain_allows() -> None:
    """1,024 frames, without recursion."""
    text = f'{{"type":"CALL","from":"{A}","to":"{B}","value":"0x1","calls":[' * 1024
    text = text.removesuffix(',"calls":[') + "}" + "]}" * 1023
    node = Node()
    node.block(Act(Call("CALL", A, B, 1)))
    blocks, receipts, _ = node.json()
    trace = f'{{"tx":"{node.traces[0][0]}","result":{text}}}'.encode()
    (row,) = evm_json.read([blocks, receipts, ("t.json", trace)]).transactions

    assert sum(leg.amount for leg in row.legs if leg.address == B) == 1024
    assert row.unknown == ()


@pytest.mark.parametrize("layout", ["array", "wrapped", "batch", "container", "one each"])
def test_every_layout_of_answers_reads_alike(layout: str) -> None:
    """Bare or as RPC wraps them, in one file or many, named by their file."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5)), Act(Call("CALL", B, TOKEN), [transfer(A, B, 7)]))
    want = evm_json.read(node.json())
    blocks, receipts, traces = (
        [json.loads(row) for row in body.split(b"\n")] for _, body in node.json()
    )
    files: list[tuple[str, object]] = [("b", blocks), ("r", receipts), ("t", traces)]
    if layout == "wrapped":
        files = [
            ("b", {"jsonrpc": "2.0", "id": 1, "result": blocks[0]}),
            ("r", {"jsonrpc": "2.0", "id": 2, "result": receipts}),
            ("t", {"jsonrpc": "2.0", "id": 3, "result": [
                {"txHash": row["tx"], "result": row["result"]} for row in traces]}),
        ]  # fmt: skip
    elif layout == "batch":
        files = [
            ("all", [{"id": at, "result": row} for at, row in enumerate([*blocks, *receipts])])
        ]
        files += [(f"{row['tx']}.json", {"id": 9, "result": row["result"]}) for row in traces]
    elif layout == "container":
        files[1] = ("r", {"block": "0x64", "receipts": receipts})
    elif layout == "one each":
        files = [(f"{at}.json", row) for at, row in enumerate([*traces, *receipts, *blocks])]
    found = evm_json.read([(name, json.dumps(value).encode()) for name, value in files])

    assert found.faults == ()
    assert [replace(row, file="") for row in found.transactions] == [
        replace(row, file="") for row in want.transactions
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"result":null,"error":{"code":-32000,"message":"missing trie node"}}', "missing trie"),
        ('{"structLogs":[],"gas":1}', "callTracer"),
        ('{"type":"CALL","from":"0x01"}', "names no transaction"),
        ('{"number":"0x1","parentHash":"0x00"}', "no hash"),
        ('{"number":1e21,"parentHash":"0x00","hash":"0x00"}', "not a whole number"),
        ('{"number":NaN}', "NaN"),
        ("[[[[", "JSON"),
        ('{"foo":1}', "no block, receipt or trace"),
        ('"text"', "is no object"),
    ],
)
def test_what_is_no_answer_of_a_node_is_a_fault(body: str, said: str) -> None:
    """Never an exception, and never a float."""
    found = evm_json.read([("x.json", body.encode())])

    assert said in " ".join(map(str, found.faults))
    assert (found.blocks, found.transactions) == ((), ())


def test_a_number_that_went_through_a_float_is_a_fault_and_its_transaction_unsure() -> None:
    """A table of floats has 1e+21, or 1000.0."""
    for bad in ("1e+21", "1000.0", "", "-5"):
        node = Node()
        node.block(Act(Call("CALL", A, TOKEN), [transfer(A, B, 10**21)]))
        tables = dict(node.tables())
        del tables["logs.csv"]
        text = tables["token_transfers.csv"].decode().replace(f"{10**21}", bad)
        tables["token_transfers.csv"] = text.encode()
        found = evm_etl.read(list(tables.items()))
        assert (
            "is not a whole number" in found.faults[0].what or "is missing" in found.faults[0].what
        )
        assert found.faults[0].line == 2
        assert found.transactions[0].unknown == (TOKENS,)


def test_a_row_whose_transaction_does_not_read_makes_everything_unsure() -> None:
    """It may be anybody's."""
    node = Node()
    node.block(Act(Call("CALL", A, TOKEN), [transfer(A, B, 5)]))
    tables = dict(node.tables())
    del tables["logs.csv"]
    tables["token_transfers.csv"] = tables["token_transfers.csv"].replace(b"0x", b"0y")
    found = evm_etl.read(list(tables.items()))

    assert found.faults
    assert [row.unknown for row in found.transactions if row.id == "rows"] == [(TOKENS,)]
    assert chain_of(found).gaps


def test_tables_by_cryos_names_read_and_their_floats_do_not() -> None:
    """value_f64 loses digits of anything past 2^53."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 10**20 + 1)))
    sent = node.blocks[0]["transactions"][0]  # type: ignore[index]
    name, block = sent["hash"], node.blocks[0]
    files = {
        "ethereum__blocks__100_to_100.csv":
            "block_hash,author,block_number,gas_used,extra_data,timestamp,base_fee_per_gas,"
            "parent_hash,chain_id\n"
            f"{block['hash']},{account(0)},100,50000,0x,1700001200,1,{block['parentHash']},1\n",
        "ethereum__transactions__100_to_100.csv":
            "block_number,transaction_index,transaction_hash,nonce,from_address,to_address,"
            "value_binary,value_string,value_f64,input,gas_limit,gas_used,gas_price,"
            "transaction_type,success,chain_id\n"
            f"100,0,{name},0,{A},{B},0x,{10**20 + 1},1e+20,0x,1,50000,3,2,true,1\n",
        "ethereum__traces__100_to_100.csv":
            "action_from,action_to,action_value,action_gas,action_input,action_call_type,"
            "action_init,action_reward_type,action_type,result_gas_used,result_output,result_code,"
            "result_address,trace_address,subtraces,transaction_index,transaction_hash,"
            "block_number,block_hash,error,chain_id\n"
            f"{A},{B},{10**20 + 1},0,0x,call,,,call,0,0x,,,,0,0,{name},100,{block['hash']},,1\n",
        "ethereum__logs__100_to_100.csv":
            "block_number,transaction_index,log_index,transaction_hash,address,topic0,topic1,"
            "topic2,topic3,data,n_data_bytes,chain_id\n",
    }  # fmt: skip
    found = evm_etl.read([(key, text.encode()) for key, text in files.items()])
    want = evm_json.read(node.json())

    assert found.faults == ()
    assert [replace(row, file="") for row in found.transactions] == [
        replace(row, file="") for row in want.transactions
    ]


def parquet(name: str, body: bytes, kinds: dict[str, pa.DataType]) -> tuple[str, bytes]:
    """A CSV table as Parquet, columns of the given types, addresses and hashes as bytes."""
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    columns = {}
    for column in rows[0] if rows else ():
        cells = [row[column] or None for row in rows]
        kind = kinds.get(column, pa.string())
        if kind == pa.binary():
            columns[column] = pa.array([cell and bytes.fromhex(cell[2:]) for cell in cells], kind)
        elif kind == pa.string():
            columns[column] = pa.array(cells, kind)
        else:
            columns[column] = pa.array([cell and int(cell) for cell in cells], pa.int64()).cast(
                kind
            )
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return name.replace(".csv", ".parquet"), written.getvalue()


def test_tables_in_parquet_say_what_csv_says() -> None:
    """Bytes for hashes and addresses, integers or text for amounts."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5)), Act(Call("CALL", B, TOKEN), [transfer(A, B, 10**30)]))
    binary = dict.fromkeys(
        ("hash", "parent_hash", "block_hash", "transaction_hash", "from_address", "to_address",
         "token_address", "miner"), pa.binary(),
    )  # fmt: skip
    kinds = binary | {"block_number": pa.uint32(), "number": pa.int64(), "gas_used": pa.uint64()}
    files = [parquet(*file, kinds) for file in node.tables() if file[0] != "logs.csv"]
    want = evm_json.read(node.json())
    found = evm_etl.read(files)

    assert found.faults == ()
    assert [replace(row, file="") for row in found.transactions] == [
        replace(row, file="") for row in want.transactions
    ]


@pytest.mark.parametrize("together", [True, False])
def test_tables_as_json_say_what_csv_says(*, together: bool) -> None:
    """A row a line, as ethereum-etl streams them, with receipts in the transactions' rows."""
    node = Node()
    stake = {"index": 7, "validator_index": 1, "address": C, "amount": 3}
    node.block(Act(Call("CALL", A, B, 5)), Act(Call("CALL", B, TOKEN), [transfer(A, B, 10**30)]))
    tables = {
        name: list(csv.DictReader(io.StringIO(body.decode()))) for name, body in node.tables()
    }
    receipts = {row["transaction_hash"]: row for row in tables.pop("receipts.csv")}
    numbers = ("value", "block_number", "log_index", "number", "timestamp", "gas_price")
    for row in (row for table in tables.values() for row in table):
        row |= {name: int(row[name]) for name in numbers if row.get(name)}
    for row in tables["transactions.csv"]:
        names = ("gas_used", "status", "effective_gas_price")
        row |= {f"receipt_{name}": int(receipts[row["hash"]][name]) for name in names}
    for row in tables["logs.csv"]:
        row["topics"] = row["topics"].split(",")
    for row in tables["traces.csv"]:
        row["trace_address"] = [int(step) for step in row["trace_address"].split(",") if step]
    tables["blocks.csv"][0]["withdrawals"] = [stake]
    node.blocks[0]["withdrawals"] = [stake]
    files = [lines(name.replace("csv", "jsonl"), table) for name, table in tables.items()]
    if together:
        files = [("all.jsonl", b"\n".join(body for _, body in files))]
    want = evm_json.read(node.json())
    found = evm_etl.read(files)

    assert found.faults == ()
    assert len(found.transactions) == 3
    assert [replace(row, file="") for row in found.transactions] == [
        replace(row, file="") for row in want.transactions
    ]


def test_amounts_in_a_column_of_floats_are_refused() -> None:
    """An integer past 64 bits is written to Parquet as a float by some programs, without a word."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5)))
    for name, body in node.tables():
        if name in ("transactions.csv", "traces.csv"):
            found = evm_etl.read([parquet(name, body, {"value": pa.float64()})])
            assert found.faults, name
            assert not any(row.legs for row in found.transactions)
    assert "does not read" in evm_etl.read([("x.parquet", b"PAR1junk")]).faults[0].what


def test_two_chains_in_one_import_are_told() -> None:
    """Each is imported by itself."""
    one_chain, other = Node(1), Node(10, first=500)
    one_chain.block(Act(Call("CALL", A, B, 5)))
    other.block(Act(Call("CALL", A, B, 5)))
    files = [*one_chain.json(), *((f"o-{name}", body) for name, body in other.json())]

    assert any("several chains" in fault.what for fault in evm_json.read(files).faults)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_cut_or_changed_byte_never_makes_it_fail(data: st.DataObject) -> None:
    """Whatever is lost is a fault or unknown, or what was changed is read."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 5, calls=[Call("CALL", B, TOKEN)]), [transfer(A, B, 7)]))
    files = [*node.json(), *node.tables()]
    which = data.draw(st.integers(0, len(files) - 1))
    name, body = files[which]
    at = data.draw(st.integers(0, len(body) - 1))
    cut = data.draw(st.booleans())
    files[which] = (name, body[:at] if cut else body[:at] + bytes([body[at] ^ 9]) + body[at + 1 :])

    dumps, tables = evm_json.read(files[:3]), evm_etl.read(files[3:])
    join([dumps, tables])
    if cut and which < 3:
        assert dumps.faults or any(row.unknown for row in dumps.transactions) or not dumps.blocks


def test_a_call_that_can_carry_value_must_say_how_much() -> None:
    """What is left out is not nothing: in dumps and in tables."""
    node = Node()
    node.block(
        Act(Call("CALL", A, B, 5, calls=[Call("DELEGATECALL", B, C), Call("CALL", B, D, 2)]))
    )
    blocks, receipts, (name, traces) = node.json()
    without = json.loads(traces)
    del without["result"]["calls"][0]["value"]
    fine = evm_json.read([blocks, receipts, (name, json.dumps(without).encode())])
    del without["result"]["calls"][1]["value"]
    amiss = evm_json.read([blocks, receipts, (name, json.dumps(without).encode())])

    assert (fine.faults, fine.transactions[0].unknown) == ((), ())
    assert "its value is missing" in amiss.faults[0].what
    assert amiss.transactions[0].unknown == (COIN,)
    tables = dict(node.tables())
    tables["traces.csv"] = tables["traces.csv"].replace(f"{D},2,".encode(), f"{D},,".encode())
    found = evm_etl.read(list(tables.items()))
    assert "its value is missing" in found.faults[0].what
    assert found.transactions[0].unknown == (COIN,)


def test_the_last_logs_of_a_block_are_held_against_their_marks() -> None:
    """They leave no hole in the numbers: dropped, they are missed in the bloom."""
    node = Node()
    node.block(Act(Call("CALL", A, TOKEN), [transfer(A, B, 1), transfer(B, C, 2)]))
    receipt = node.receipts[0]
    logs = [Log(TOKEN, (TRANSFER, topic(x), topic(y)), b"", 0) for x, y in ((A, B), (B, C))]
    receipt["logsBloom"] = "0x" + bloom_of(logs).hex()
    assert evm_json.read(node.json()).faults == ()

    for left in (1, 0):
        receipt["logs"] = receipt["logs"][:left]  # type: ignore[index]
        found = evm_json.read(node.json())
        assert "not those of their blooms" in found.faults[0].what
        assert any(row.unknown == (TOKENS,) for row in found.transactions)


def test_what_is_absurd_in_a_block_or_receipt_is_refused() -> None:
    """A price below the base fee, withdrawals that their root has and the block not, no miner."""
    node = Node()
    node.block(Act(Call("CALL", A, B, 1), price=1), baseFeePerGas="0x2")
    found = evm_json.read(node.json())
    assert [row.suspects for row in found.transactions if row.unknown == (FEE,)] == [(A,)]

    for more in ({"withdrawalsRoot": digest("some")}, {"miner": None}, {"withdrawals": ""}):
        node = Node()
        node.block(**more)
        assert evm_json.read(node.json()).faults, more


def test_a_call_of_no_known_kind_is_refused() -> None:
    """It may move coins by rules of its own."""
    for kind in ("CR1ATE", "", "AUTHCALL"):
        node = Node()
        node.block(Act(Call("CALL", A, B, 1, calls=[Call(kind, B, C, 1)])))
        found = evm_json.read(node.json())
        assert "none of a call" in found.faults[0].what
        assert found.transactions[0].unknown == (COIN,)


def test_a_log_number_past_all_bounds_costs_nothing() -> None:
    """A hostile number is no range to walk."""
    node = Node()
    node.block(Act(Call("CALL", A, TOKEN), [transfer(A, B, 1)]))
    node.receipts[0]["logs"][0]["logIndex"] = hex(1 << 200)  # type: ignore[index]

    assert "lacks the log 0" in evm_json.read(node.json()).faults[0].what
