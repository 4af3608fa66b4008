"""Pedersen commitments over ristretto255 (RFC 9496), as bulletproofs' own generators make them.

Only what opening one commitment takes. Nothing here is secret, so nothing is constant in time.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)
#: Order of the group.
ORDER = 2**252 + 27742317777372353535851937790883648493
#: Extended coordinates: X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z.
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)


def _odd(value: int) -> int:
    """Return 1 for what RFC 9496 calls a negative number of the field."""
    return value % _P & 1


def _root(u: int, v: int) -> tuple[bool, int]:
    """Return whether u/v is a square, and the even root of it or of i·u/v (4.2, SQRT_RATIO_M1)."""
    r = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    check = v * r * r % _P
    square, flipped, turned = check == u % _P, check == -u % _P, check == -u * _SQRT_M1 % _P
    if flipped or turned:
        r = r * _SQRT_M1 % _P
    return square or flipped, -r % _P if _odd(r) else r


_INVSQRT_A_MINUS_D = _root(1, -1 - _D)[1]
#: The odd one of the two roots is the constant of RFC 9496 4.1.
_SQRT_AD_MINUS_ONE = _P - _root(-_D - 1, 1)[1]


def _added(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * _D * p[3] * q[3], 2 * p[2] * q[2]
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    result = _NEUTRAL
    while scalar:
        if scalar & 1:
            result = _added(result, point)
        point, scalar = _added(point, point), scalar >> 1
    return result


def _encoded(point: _Point) -> bytes:
    """Return the 32 bytes of a point (4.3.2)."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % _P, x * y % _P
    inverse = _root(1, u1 * u2 * u2)[1]
    first, second = inverse * u1 % _P, inverse * u2 % _P
    z_inverse = first * second * t % _P
    denominator = second
    if _odd(t * z_inverse):
        x, y, denominator = y * _SQRT_M1, x * _SQRT_M1, first * _INVSQRT_A_MINUS_D
    if _odd(x * z_inverse):
        y = -y
    s = denominator * (z - y) % _P
    return (-s % _P if _odd(s) else s).to_bytes(32, "little")


def _mapped(t: int) -> _Point:
    """Return the point of a number of the field (4.3.4, MAP)."""
    r = _SQRT_M1 * t * t % _P
    u, v = (r + 1) * (1 - _D * _D), (-1 - r * _D) * (r + _D)
    square, s = _root(u, v)
    c = -1
    if not square:
        s, c = s * t % _P, r
        s = s if _odd(s) else -s
    n = c * (r - 1) * (_D - 1) ** 2 - v
    w0, w1, w2, w3 = 2 * s * v, n * _SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % _P, w2 * w1 % _P, w1 * w3 % _P, w0 * w2 % _P


def one_way(data: bytes) -> bytes:
    """Return the encoding of the point that 64 bytes lead to (4.3.4)."""
    return _encoded(_point_of(data))


def _point_of(data: bytes) -> _Point:
    halves = (int.from_bytes(data[at : at + 32], "little") % 2**255 for at in (0, 32))
    return _added(*(_mapped(half % _P) for half in halves))


_Y = 4 * pow(5, -1, _P) % _P
_X = _root(_Y * _Y - 1, _D * _Y * _Y + 1)[1]
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)
_BLINDING = _point_of(hashlib.sha3_512(_encoded(_BASE)).digest())


def committed(value: int, blinding: int) -> bytes:
    """Return the commitment to a value under a blinding factor, as 32 bytes."""
    return _encoded(_added(_times(value % ORDER, _BASE), _times(blinding % ORDER, _BLINDING)))
