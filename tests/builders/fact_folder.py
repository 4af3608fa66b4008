"""A folder of facts as a person would fill it in: four sentences about one wallet."""

from __future__ import annotations

from pathlib import Path

_LAST = "standing,cites,disputed"
_TABLES = {
    "entities": (
        f"id,name,from,to,alias_of,{_LAST}",
        "northgate,Northgate Trading Ltd.,,,,document,NGT00000001,",
        "halden,Halden Holdings,,,,document,NGT00000001,",
        "brisk,Brisk,2023-02-01,,halden,document,NGT00000003,",
    ),
    "people": (
        f"id,name,{_LAST}",
        "ortega,Marisol Ortega,system record,NGT00000010,",
        "lindqvist,Per Lindqvist,system record,NGT00000010,",
        "adeyemi,Tunde Adeyemi,system record,NGT00000010,",
    ),
    "affiliations": (
        f"person,entity,kind,value,from,to,{_LAST}",
        "ortega,northgate,employer,,2022-01-01,,system record,NGT00000011,",
        "lindqvist,northgate,employer,,2022-01-01,,system record,NGT00000012,",
        "adeyemi,halden,employer,,2022-01-01,,system record,NGT00000013,",
    ),
    "means": (
        f"id,kind,label,of,{_LAST}",
        "k1,key,Key 1,,document,NGT00000020,",
        "k2,key,Key 2,,document,NGT00000020,",
        "k3,key,Key 3,,document,NGT00000020,",
    ),
    "possessions": (
        f"person,means,from,to,{_LAST}",
        "ortega,k1,2023-01-01,,document,NGT00000021,",
        "lindqvist,k2,2023-01-01,,document,NGT00000022,",
        "adeyemi,k3,2023-01-01,,document,NGT00000023,",
        "adeyemi,k1,2023-09-01,2023-10-01,system record,NGT00000024,",
    ),
    "completeness": (
        f"means,from,to,{_LAST}",
        *(
            f"{each},2023-01-01,2024-01-01,document,NGT00000030,"
            for each in (
                "k1", "k2", "k3", "wallet:cold", "person:ortega", "person:lindqvist",
                "person:adeyemi", "everything",
            )
        ),
    ),
    "wallets": (f"id,asset,class,address,{_LAST}", "cold,BTC,customer,,document,NGT00000040,"),
    "policies": (
        f"wallet,path,formula,scope,from,to,{_LAST}",
        'cold,signing,"2 of (k1, k2, k3)",,2023-01-01,,document,NGT00000041,',
    ),
    "statements": (
        f"id,speaker,paper,sentence,claim,as_of,from,to,basis,{_LAST}",
        ("S1,ortega,DECL1,The customer assets are in the sole control of Northgate.,"
         '"sole_control(northgate, class=customer)",2023-06-12,,,own knowledge,sworn,NGT00000050,'),
        ("S2,ortega,DECL1,Nobody at Halden had access in the third quarter.,"
         "no_access(halden),,2023-07-01,2023-10-01,own knowledge,sworn,NGT00000051,"),
        ("S3,lindqvist,DECL2,My understanding is that Northgate never used Brisk.,"
         '"never_used(northgate, brisk)",2023-06-12,,,told,sworn,,'),
        ("S4,adeyemi,LETTER1,Halden could move them.,"
         '"can_move(halden, class=customer)",2023-09-05,,,own knowledge,sworn,NGT00000052,'),
    ),
}  # fmt: skip


def fact_folder(folder: Path) -> Path:
    """Write the tables and return their folder."""
    for table, lines in _TABLES.items():
        write(folder / f"{table}.csv", *lines)
    return folder


def write(path: Path, *lines: str) -> Path:
    """Write lines and return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
