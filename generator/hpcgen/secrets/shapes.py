"""The shapes of secrets in any text: a token of a known maker, or a value after a telling name.

All share this definition: `literals.py` refuses secrets in a recipe, `masking.py` masks them in
output, and `check/` keeps them out of the bundle. detect-secrets covers half of it (no tokens of
Hugging Face or NVIDIA), judges line by line without a recipe's places, and takes as long to import
as all of hpcgen.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping

from hpcgen.secrets.names import judge

Place = tuple[int, int]

LONGEST_NAME = 100
SHORTEST = len("pwd=x")

TOKENS: Mapping[str, str] = {  # the token's prefix, as a fast test, and its full pattern
    "hf_": r"\bhf_[A-Za-z0-9]{20,}",
    "sk-": r"(?<![\w-])sk-(?:(?=[\w-]*[0-9])(?=[\w-]*[A-Z])[\w-]{20,}|[\w-]{0,16}[a-z0-9]{20,})",
    **{f"gh{kind}_": rf"\bgh{kind}_[A-Za-z0-9]{{20,}}" for kind in "oprsu"},
    "github_pat_": r"\bgithub_pat_\w{20,}",
    **{f"gl{kind}-": rf"\bgl{kind}-[\w-]{{20,}}" for kind in ("pat", "dt", "rt", "ptt", "oas")},
    "glsa_": r"\bglsa_\w{32,}",
    "AKIA": r"\bAKIA[0-9A-Z]{16}",
    "ASIA": r"\bASIA[0-9A-Z]{16}",
    "AIza": r"\bAIza[\w-]{35}",
    "ya29.": r"\bya29\.[\w-]{20,}",
    "xox": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "xapp-": r"\bxapp-[A-Za-z0-9-]{20,}",
    "hooks.slack.com/": r"hooks\.slack\.com/(?:services|workflows)/[\w/]{20,}",
    "eyJ": r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]+)?",
    "npm_": r"\bnpm_[A-Za-z0-9]{36}",
    "pypi-": r"\bpypi-AgE[\w-]{50,}",
    "nvapi-": r"\bnvapi-[\w-]{40,}",
    "dckr_pat_": r"\bdckr_pat_[\w-]{20,}",
    "hvs.": r"\bhvs\.[\w-]{24,}",
    "dapi": r"\bdapi[0-9a-f]{32}",
    "gsk_": r"\bgsk_[A-Za-z0-9]{40,}",
    "r8_": r"\br8_[A-Za-z0-9]{30,}",
    "SG.": r"\bSG\.[\w-]{20,24}\.[\w-]{39,50}",
    "_live_": r"\b[rs]k_live_[A-Za-z0-9]{16,}",
    "dop_v1_": r"\bdop_v1_[0-9a-f]{64}",
    "tskey-": r"\btskey-[a-z]+-[\w-]{16,}",
    "AGE-SECRET-KEY-1": r"AGE-SECRET-KEY-1[0-9A-Z]{40,}",
    "-----BEGIN ": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?:(?!-----END)[\s\S])*",
}

_COMMON = ("hf_", "sk-", "ghp_", "github_pat_", "glpat-", "AKIA", "xox", "nvapi-", "-----BEGIN ")
"""The tokens that are searched for in a bundle, which is long and made of checked values."""

_LITERAL = r"(?![$<{%*]|\[)"  # neither a variable nor a placeholder
_SHAPES = re.compile(
    rf"""(?P<token>{"|".join(TOKENS.values()).replace(" ", "[ ]")})
    | ://[^\s/:@]*:(?P<user>{_LITERAL}[^\s/@]+)@(?!sha256:)
    | \b[Aa]uthorization["']?\s*[:=]\s*["']?(?:[Bb]earer|[Bb]asic|[Tt]oken)\s+
      (?P<header>{_LITERAL}[\w.~+/=-]{{8,}})
    | \bcurl\b[^\n|;&]{{0,300}}?\s(?:-u|--user)[ ]?["']?[^\s:"']+:(?P<curl>{_LITERAL}[^\s"']+)
    | \bredis-(?:cli|benchmark)\b[^\n|;&]{{0,300}}?\s-a\s+["']?(?P<redis>{_LITERAL}[^\s"']+)
    | \bsshpass\s+-p\s*["']?(?P<ssh>{_LITERAL}[^\s"']+)
    | \bmysql(?:admin|dump|slap)?\b[^\n|;&]{{0,300}}?\s-p["']?(?P<mysql>{_LITERAL}[^\s"']+)""",
    re.VERBOSE,
)
_NAMES = ("pass", "pwd", "secret", "token", "key", "credential", "auth")
NAME = rf"(?P<name>(?:{'|'.join(_NAMES)})[\w.-]{{0,80}})"
"""A name from its telling part on; `full_name` adds the letters before it."""

_NAMED = re.compile(
    rf"""{NAME}["']?
    (?P<between>=|[ ]*[:=][ ]*|[ ]+)
    (?P<value>"[^"\n]*"|'[^'\n]*'|[^\s"'`,;&|(){{}}\[\]]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_OF_A_NAME = f"{string.ascii_letters}{string.digits}_.-"
_CLUE = re.compile(
    "|".join(map(re.escape, (*TOKENS, "@", "uthorization", "curl", "redis-cli", "sshpass")))
    + "|redis-benchmark|mysql"
)


def common_tokens_in(text: str) -> Iterator[tuple[str, Place]]:
    """The prefix and the place of each token of the most common makers."""
    for prefix in _COMMON:
        if prefix in text:
            yield from ((prefix, match.span()) for match in re.finditer(TOKENS[prefix], text))


def secrets_in(text: str) -> Iterator[Place]:
    """The places of secrets in text of any kind: prose, a command line, a script, a URL."""
    if _CLUE.search(text):
        yield from (match.span(match.lastgroup or 0) for match in _SHAPES.finditer(text))
    lowered = text.lower()
    for name in _NAMES:
        if name in lowered:
            yield from _named_values(text)
            break


def holds_secret(text: str) -> bool:
    """Whether `secrets_in` finds any."""
    return len(text) >= SHORTEST and next(secrets_in(text), None) is not None


def full_name(text: str, match: re.Match[str]) -> str:
    """The complete name of which `NAME` matched the telling part."""
    before = text[max(0, match.start("name") - LONGEST_NAME) : match.start("name")]
    return before[len(before.rstrip(_OF_A_NAME)) :] + match["name"]


def without_secrets(text: str) -> str:
    """`text` with stars in place of its secrets; its length stays the same."""
    return star_out(text, secrets_in(text)) if len(text) >= SHORTEST else text


def star_out(text: str, places: Iterable[Place]) -> str:
    """`text` with stars in place of all characters in `places` but line feeds."""
    characters = list(text)
    for start, end in places:
        characters[start:end] = (
            "\n" if character == "\n" else "*" for character in text[start:end]
        )
    return "".join(characters)


def _named_values(text: str) -> Iterator[Place]:
    """The values of `--token VALUE`, `TOKEN=VALUE` and `"token": "VALUE"`."""
    place = 0
    while match := _NAMED.search(text, place):
        start, end = match.span("value")
        place = start
        value = match["value"]
        if value[0] in "\"'":
            start, end, value = start + 1, end - 1, value[1:-1]
        if _is_named_secret(full_name(text, match), match["between"], value):
            yield start, end
            place = match.end()


def _is_named_secret(name: str, between: str, value: str) -> bool:
    """Prose has colons too (`per token: 12.5`), so after a colon the value must look random."""
    judged = judge(name)
    if judged is None or not judged(value):
        return False
    if between.strip() == "":
        return name.startswith("-") and not value.startswith("-")
    return between == "=" or name.startswith("-") or _mixes_letters_and_digits(value)


def _mixes_letters_and_digits(value: str) -> bool:
    letters = sum(character.isalpha() for character in value)
    return letters >= 4 and any(character.isdigit() for character in value) and len(value) >= 8
