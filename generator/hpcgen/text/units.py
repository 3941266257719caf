"""Spans of time and amounts of memory as recipes and Slurm write them."""

from __future__ import annotations

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_POWERS = {"K": 1, "M": 2, "G": 3, "T": 4}


def duration(value: int | str) -> int:
    """`600`, "600" or "10m" in seconds.

    >>> duration("10m")
    600
    """
    text = str(value)
    return int(text[:-1]) * _SECONDS[text[-1]] if text[-1] in _SECONDS else int(text)


def walltime(text: str) -> int:
    """Slurm's `D-HH:MM:SS` or `HH:MM:SS` in seconds.

    >>> walltime("1-02:00:30")
    93630
    """
    days, _, clock = text.rpartition("-")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds


def as_walltime(seconds: int) -> str:
    """Seconds in Slurm's form, rounded up to whole minutes as Slurm does.

    >>> as_walltime(170)
    '00:03:00'
    """
    hours, minutes = divmod(-(-seconds // 60), 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours:02}:{minutes:02}:00"
    return f"{days}-{clock}" if days else clock


def memory(text: str) -> int:
    """Slurm's `4G` in bytes; its units are powers of 1024.

    >>> memory("4G")
    4294967296
    """
    return int(text[:-1]) * int(1024 ** _POWERS[text[-1]])


def as_memory(amount: int) -> str:
    """Bytes in Slurm's form, in the largest unit that needs no fraction; at least whole KiB.

    >>> as_memory(4294967296 + 2147483648)
    '6G'
    """
    return next(
        f"{amount // 1024**power}{unit}"
        for unit, power in reversed(_POWERS.items())
        if amount % 1024**power == 0
    )
