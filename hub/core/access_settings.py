"""Settings of who may use the API."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from hub.core.setting_checks import check_address, check_issuer

Access = Literal["tokens", "open"]
MOST_TOKEN_SECONDS: Final = 3600


class AccessSettings(BaseSettings):
    """The part of `Settings` about callers and their tokens."""

    access: Access = Field(
        "tokens", description="tokens: every caller needs one; open: nobody does, on a loopback address only"
    )
    issuer: Annotated[str, AfterValidator(check_issuer)] | None = Field(
        None, description="the https://HOST that clients know the API by; none: where it listens"
    )
    token_lifetime_s: int = Field(
        600, ge=10, le=MOST_TOKEN_SECONDS, description="how long an access token is good for, in seconds"
    )
    query_url: Annotated[str, AfterValidator(check_address)] | None = Field(
        None, description="where `hub query` finds the API: https://HOST/graphql; none: where it listens"
    )
    query_client: str | None = Field(None, min_length=1, max_length=200, description="the client that `hub query` is")
    query_secret: SecretStr | None = Field(None, description="the secret of that client")
