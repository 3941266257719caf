"""Numbers as Grafana shows them, for the units that the dashboards use."""

from __future__ import annotations

_SHARES = {"percentunit": 100.0, "percent": 1.0}
_TIMES = {"s": 1.0, "ms": 1e-3}
_BINARY = {"bytes": ("B", 0), "Bps": ("B/s", 0), "mbytes": ("B", 2)}
_AFTER = {
    "cps": " c/s",
    "ops": " ops/s",
    "reqps": " req/s",
    "watt": " W",
    "celsius": " °C",
    "rotmhz": " MHz",
}


def shown(value: float, unit: str) -> str:
    """A number with its unit.

    >>> shown(0.00123, "s"), shown(5400, "s"), shown(0.5, "percentunit"), shown(2048, "bytes")
    ('1.23 ms', '1.5 h', '50%', '2 KiB')
    >>> shown(12345, "ops"), shown(3, "short"), shown(512, "mbytes")
    ('12.3 K ops/s', '3', '512 MiB')
    """
    if unit in _SHARES:
        return f"{_digits(value * _SHARES[unit])}%"
    if unit in _BINARY:
        return _binary(value, *_BINARY[unit])
    if unit in _TIMES:
        return _seconds(value * _TIMES[unit])
    return _decimal(value) + _AFTER.get(unit, "")


def _digits(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _binary(value: float, base: str, power: int) -> str:
    while abs(value) >= 1024 and power < 4:
        value, power = value / 1024, power + 1
    return f"{_digits(value)} {('', 'Ki', 'Mi', 'Gi', 'Ti')[power]}{base}"


def _decimal(value: float) -> str:
    for size, letter in ((1e9, " B"), (1e6, " M"), (1e3, " K")):
        if abs(value) >= size:
            return _digits(value / size) + letter
    return _digits(value)


def _seconds(value: float) -> str:
    sizes = ((3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
    for size, name in sizes:
        if abs(value) >= size:
            return f"{_digits(value / size)} {name}"
    return "0 s"
