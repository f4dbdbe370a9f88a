"""Who may see which user a row is of: everybody, or nobody without the company's secret, or nobody."""

import hmac
from dataclasses import dataclass, field

PLAIN, PSEUDONYMIZED, LEFT_OUT = "plain", "pseudonymized", "left_out"
SAFE_BITS = 53  # a JSON number holds each whole number of so many bits exactly, whoever reads it


@dataclass(frozen=True)
class UserNames:
    """How users are named in what is emitted, logged and raised. GitHub itself is asked by their logins.

    :param choice: PLAIN, PSEUDONYMIZED or LEFT_OUT
    :param secret: the user's; empty where the choice is PLAIN
    """

    choice: str = PLAIN
    secret: str = field(default="", repr=False)

    @property
    def are_plain(self) -> bool:
        return self.choice == PLAIN

    @property
    def mode(self) -> str | None:
        """As it stands in the state: rows of another choice, or of another secret, do not fit these. Of the secret it
        has 8 hexadecimal digits of a hash that has no other use."""
        return None if self.are_plain else f"names {self.choice} {self._hash('secret of user_names').hex()[:8]}"

    def with_mode(self, mode: str | None) -> str | None:
        """A reader's own mode and this one together."""
        return ", ".join(part for part in (mode, self.mode) if part) or None

    def login(self, login: str) -> str | None:
        """A login as a row holds it: the same for the same user in every stream, in whatever case."""
        if self.are_plain:
            return login
        return self._hash(login.lower()).hex()[:32] if self.choice == PSEUDONYMIZED else None

    def number(self, number: int) -> int | None:
        """GitHub's number of a user as a row holds it."""
        if self.are_plain:
            return number
        if self.choice == LEFT_OUT:
            return None
        return int.from_bytes(self._hash(f"#{number}")[:8], "big") >> (64 - SAFE_BITS)

    def row_id(self, id: str) -> str:
        """A row's id. Whoever knows the key of a row but for its user could find the user by trying logins: so it is
        hashed with the secret, also where names are left out. Else the rows of all users would be one."""
        return id if self.are_plain else self._hash(f"row {id}").hex()[:32]

    def in_messages(self, login: str) -> str:
        """A login as a message quotes it."""
        return self.login(login) or "(a user)"

    def _hash(self, text: str) -> bytes:
        """No two uses hash one text: a login has no space and no #."""
        return hmac.digest(self.secret.encode(), text.encode(), "sha256")


PLAIN_NAMES = UserNames()
