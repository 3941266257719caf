"""Who may log in: in grafana.db of the data directory, as SQLite, as Grafana keeps it."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from pathlib import Path


class Users:
    """`admin` gets `password` when the database is made, and never again."""

    def __init__(self, data: Path, admin: str, password: str) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.path = data / "grafana.db"
        with sqlite3.connect(self.path) as database:
            database.execute("CREATE TABLE IF NOT EXISTS user (login PRIMARY KEY, salt, password)")
            if not database.execute("SELECT 1 FROM user").fetchone():
                salt = secrets.token_hex(8)
                row = (admin, salt, _digest(password, salt))
                database.execute("INSERT INTO user VALUES (?, ?, ?)", row)

    def knows(self, login: str, password: str) -> bool:
        """Whether this is a user's password."""
        with sqlite3.connect(self.path) as database:
            query = "SELECT salt, password FROM user WHERE login = ?"
            row = database.execute(query, (login,)).fetchone()
        return bool(row) and secrets.compare_digest(_digest(password, row[0]), row[1])


def _digest(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex()
