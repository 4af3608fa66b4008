"""When a block of Bitcoin's main chain was found, as far as known blocks bound it.

An absolute lock by height (BIP-65) opens when the chain has come so far. No clock says when that
is, but the blocks before and after of which the time is known do: two instants that surely hold it
between them, or one and no end where the table stops.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

#: Below it the number of an absolute lock is a height, from it on seconds since 1970 (BIP-65).
FIRST_TIME = 500_000_000

#: A header's time may run two hours ahead of the network's clock (consensus: Bitcoin Core,
#: MAX_FUTURE_BLOCK_TIME). How far it may lag is bounded by the median of eleven blocks alone; the
#: same two hours are taken for it.
SLACK = timedelta(hours=2)

#: Height and header time (seconds since 1970, UTC) of blocks of the main chain.
#: To 822,528: headers of bitcoinj's list of checkpoints of the main chain (the one of 408 entries),
#: each proved by its own work: its double SHA-256 was computed and lies below the target it names.
#: 840,000: the header of the block that Bitcoin Core's `m_assumeutxo_data` names by its hash.
#: 824,000 and from 856,760 on: the block that each release of Bitcoin Core takes as valid, with the
#: time it gives for it (`chainTxData` of releases 27 to 31).
_ANCHORS = (
    (0, 1231006505), (2_016, 1233063531), (24_192, 1254454028), (44_352, 1268010873),
    (66_528, 1279008237), (86_688, 1287637995), (110_880, 1298800760), (131_040, 1308145774),
    (153_216, 1321253770), (177_408, 1335512370), (195_552, 1345859199), (197_568, 1346955037),
    (209_664, 1353928229), (227_808, 1364126425), (243_936, 1372515725), (256_032, 1378268460),
    (272_160, 1385742648), (290_304, 1394676764), (310_464, 1405205894), (326_592, 1414055393),
    (342_720, 1423496415), (360_864, 1434257763), (376_992, 1443700390), (393_120, 1452667178),
    (411_264, 1462944866), (427_392, 1472479861), (443_520, 1481765313), (459_648, 1490891948),
    (475_776, 1500021942), (491_904, 1509036762), (508_032, 1517958487), (524_160, 1527168053),
    (542_304, 1537478139), (558_432, 1547432394), (576_576, 1558168296), (592_704, 1567305301),
    (606_816, 1575576145), (620_928, 1583751917), (635_040, 1592326267), (651_168, 1601781592),
    (667_296, 1611403017), (683_424, 1620896338), (699_552, 1631061045), (715_680, 1640422999),
    (731_808, 1649925939), (743_904, 1657153358), (760_032, 1666569091), (776_160, 1676188371),
    (792_288, 1685557167), (802_368, 1691584068), (810_432, 1696319920), (816_480, 1699806273),
    (822_528, 1703311464), (824_000, 1704194835), (840_000, 1713571767), (856_760, 1723649144),
    (886_157, 1741017141), (912_683, 1756722903), (938_343, 1772055173),
)  # fmt: skip
_HEIGHTS = [height for height, _ in _ANCHORS]


def bounds(height: int) -> tuple[datetime, datetime | None]:
    """Return the instants (UTC) between which the block of this height was found.

    The second is None past the last block of the table. Raises ValueError for a number that is no
    height (negative, or a time by BIP-65).
    """
    if not 0 <= height < FIRST_TIME:
        raise ValueError(f"{height} is not the height of a block: one from 0 to 499999999 is.")
    place = bisect_left(_HEIGHTS, height)
    if place == len(_ANCHORS):
        return _instant(place - 1) - SLACK, None
    exact = _HEIGHTS[place] == height
    return _instant(place if exact else place - 1) - SLACK, _instant(place) + SLACK


def _instant(place: int) -> datetime:
    return datetime.fromtimestamp(_ANCHORS[place][1], UTC)
