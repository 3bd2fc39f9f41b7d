"""Whether a sign-in is recent or strong enough for a signature (RFC 9470), by the claims `auth_time` and `acr`."""

from dataclasses import dataclass

from jejak.platform.errors import SignInAgain
from jejak.platform.identity_settings import Identity
from jejak.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in at the issuer: when (seconds since 1970; None where unknown), and whether with a second factor."""

    at: int | None = None
    strong: bool = False

    @classmethod
    def of(cls, claims: dict[str, object], identity: Identity) -> "SignIn":
        """By the claims of a token. An unknown time or word counts as no."""
        at = claims.get("auth_time")
        return cls(at if type(at) is int else None, claims.get("acr") in identity.second_factor)

    def suffices(self, seconds: int, now: float) -> bool:
        """Whether it is strong, or at most this old."""
        return self.strong or (self.at is not None and now - self.at <= seconds)


def sign_in_again(settings: Settings) -> SignInAgain:
    """The answer to an official whose sign-in does not suffice for a signature (`Actor.fresh`)."""
    return SignInAgain("Sebelum menandatangani, masuklah sekali lagi. Isian Anda ikut dibawa.", settings.session.fresh)
