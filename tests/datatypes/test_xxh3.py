"""XXH3: known hashes of all lengths for which the algorithm differs, computed with the reference implementation."""

from __future__ import annotations

import pytest

from stubredis.datatypes.xxh3 import xxh3

KNOWN = [
    (0, 0x2D06800538D394C2),
    (1, 0xC44BDFF4074EECDB),
    (2, 0x9093381C8763D62E),
    (3, 0xC3489259E968AD9E),
    (4, 0xD3D60C1519014E89),
    (7, 0x0FFC4827844C63A6),
    (8, 0xB88DEE77F6BF6980),
    (9, 0x03688DCAD730D826),
    (15, 0x2E52BC81C6A30FA3),
    (16, 0x9DA23836ADF2BE1E),
    (17, 0xF34C3C9CF5A112D1),
    (31, 0x1C67766271B95C64),
    (32, 0x99CB9AD0F1A11FBE),
    (33, 0xC077B45492D29CDE),
    (63, 0x6488DB93271FEAEC),
    (64, 0xFAECD52EFFBB854F),
    (65, 0xFD2B8A4F15D954D0),
    (96, 0x8F8A0C940D32E958),
    (97, 0x92B3A831FEBF71AC),
    (127, 0x7F31FDFDF0C915A3),
    (128, 0x4C659B745F435148),
    (129, 0xB85222B83902B6E5),
    (143, 0xDBBF853F67ACEB7E),
    (144, 0x4030D31D75951B8F),
    (239, 0x6B9D88F6418559A4),
    (240, 0xD6DFBF67B0675B54),
    (241, 0xC614C8C3575348C1),
    (255, 0x7170BA88ECC1B4D7),
    (256, 0xF4186DC163A3283C),
    (319, 0xDD9EE3A3E8FA97FE),
    (320, 0xFFFE25B1B9C2E812),
    (321, 0xC85394A17BF86A8E),
    (1023, 0x540C9523214A845B),
    (1024, 0xF22EF3DC84FF47EA),
    (1025, 0x43F869A83769A435),
    (1087, 0x3B34F143EFBB334A),
    (1088, 0x40D71F037CD0C530),
    (1089, 0xC1F23F6BFA8243A4),
    (2048, 0x3D2649F662A2E191),
    (2049, 0x4583128AFA3A2985),
    (10000, 0x436BAB56C0B548EA),
    (100000, 0x17A701075A95B432),
]


@pytest.mark.parametrize(("length", "expected"), KNOWN)
def test_every_length_has_its_way(length: int, expected: int) -> None:
    data = bytes(n * 7 % 251 for n in range(length))
    assert xxh3(data) == xxh3(bytearray(data)) == expected


def test_the_example_of_the_manual() -> None:
    assert xxh3(b"Hello world") == 0xB6ACB9D84A38FF74
