"""Why a level is not reached. ``str()`` of it is what a document keeps and its page shows."""

from rubrica.sealing.values import Refusal


class NotRaised(Refusal):
    """``code`` is one of TSA_AWAY, TSA_REFUSED, TSA_ANSWER, TSA_UNTRUSTED, TSA_UNSET, TSA_LARGE, CHAIN_INCOMPLETE,
    REVOCATION_MISSING, CERTIFICATE_REVOKED, LEVEL_CHECK; ``about`` the particulars, which are not translated."""

    def __init__(self, code: str, detail: str, about: str = "") -> None:
        super().__init__(code, detail)
        self.args = (code, detail, about)  # what it is made of again on the other side of the sandbox
        self.about = " ".join(about.split())[:300]

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}\n{self.about}".rstrip()
