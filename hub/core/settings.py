"""Settings: read once, checked at once, explained when they are wrong.

A value comes from the first of: an environment variable (`HUB_GRAPH_URI`), a file of that name in lower case in the
secrets folder (`/run/secrets/hub_graph_password`, the folder is `HUB_SECRETS_DIR`), what the embedded stack keeps in
the data directory, the default.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from hub.core.access_settings import AccessSettings
from hub.core.api_settings import ApiSettings
from hub.core.errors import InvalidSettings
from hub.core.redaction import redact_text
from hub.core.setting_checks import (
    check_collector,
    check_graph_uri,
    check_identity_key,
    check_queue_uri,
    check_timezone,
)
from hub.core.setting_files import CREDENTIALS_FILE, ENDPOINTS_FILE, read_secrets, read_stack_file
from hub.core.setting_words import describe_values

PREFIX: Final = "HUB_"
_DEFAULT_SECRETS_DIR: Final = "/run/secrets"
_MOST_SHOWN: Final = 120
_OF_THE_GRAPH: Final = frozenset({"graph_uri", "graph_user", "graph_password", "graph_database"})
_NOT_SETTINGS: Final = ("HUB_SECRETS_DIR", "HUB_SIMULATION_", "HUB_TEST_")

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Settings(ApiSettings, AccessSettings):
    """Every setting of the hub; the environment variable is the name in upper case after `HUB_`.

    Made by `load_settings`; constructing it directly takes only what is passed and the defaults.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(Path("var"), description="where the embedded stack keeps its data")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto: readable on a terminal, JSON elsewhere"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="the least that is logged")
    timezone: Annotated[str, AfterValidator(check_timezone)] = Field(
        "Asia/Shanghai", description="the zone of times that a source writes without one"
    )
    region: str = Field(
        "CN", pattern="^[A-Z]{2}$", description="the country of phones without a country code: two capital letters"
    )
    identity_key: Annotated[SecretStr, AfterValidator(check_identity_key)] | None = Field(
        None, description="the key that hashes and encrypts identifiers; losing it loses them"
    )
    identity_key_previous: Annotated[SecretStr, AfterValidator(check_identity_key)] | None = Field(
        None, description="the key that `hub keys rotate` replaces; nothing else reads it"
    )

    graph_uri: Annotated[str, AfterValidator(check_graph_uri)] | None = Field(
        None, description="bolt://HOST:PORT or neo4j://HOST:PORT, without credentials"
    )
    graph_user: str = Field("neo4j", description="the graph's user")
    graph_password: SecretStr = Field(SecretStr(""), description="the graph's password; empty: no authentication")
    graph_database: str | None = Field(None, description="the graph's database; empty: the server's default")
    graph_pool_size: int = Field(32, ge=2, le=1000, description="connections to the graph, at most")
    graph_acquire_timeout_s: Seconds = Field(5, description="how long a request waits for a free connection")
    graph_read_timeout_s: Seconds = Field(10, description="how long a read may take")
    graph_write_timeout_s: Seconds = Field(60, description="how long a write transaction may take")

    queue_uri: Annotated[SecretStr, AfterValidator(check_queue_uri)] | None = Field(
        None, description="redis://[:PASSWORD@]HOST:PORT/DB"
    )
    queue_name: str = Field("memberhub", min_length=1, max_length=64, description="the queue's name in Redis or Valkey")

    changes_kept: int = Field(
        100_000, ge=100, le=10_000_000, description="events of changes that are kept for who was away, at least"
    )

    candidates_hour: Annotated[int, Field(ge=0, le=23)] | None = Field(
        None, description="the hour, in the time zone, at which the worker compares records each day; none: never"
    )

    traces_endpoint: Annotated[str, AfterValidator(check_collector)] | None = Field(
        None, description="the collector of OpenTelemetry that gets traces by OTLP: http://HOST:4318/v1/traces"
    )
    traces_share: Annotated[float, Field(ge=0, le=1)] = Field(
        1, description="how many of the traces that begin here are kept; what a caller traces is traced"
    )

    http_host: str = Field("127.0.0.1", description="the address that the API listens on")
    http_port: Port = Field(8000, description="the port that the API listens on")
    http_max_body_bytes: int = Field(
        1024 * 1024, ge=1024, le=64 * 1024 * 1024, description="the largest request that is read"
    )
    shutdown_grace_s: Seconds = Field(10, description="how long running requests may take to end on shutdown")

    embedded_graph_port: Port = Field(0, description="the embedded graph's port; 0 takes a free one")
    embedded_queue_port: Port = Field(0, description="the embedded queue's port; 0 takes a free one")
    embedded_graph_memory_mb: int = Field(1024, ge=256, le=65536, description="the embedded graph's heap")
    embedded_queue_memory_mb: int = Field(128, ge=16, le=65536, description="the embedded queue's memory")
    embedded_durable: bool = Field(True, description="false: faster, but a power cut may lose the last writes")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed: `load_settings` reads the sources itself, so that it can say which one spoke."""
        return (init_settings,)

    def require_graph_uri(self) -> str:
        """Where the graph answers; raises InvalidSettings where nothing says so."""
        if self.graph_uri is None:
            raise self._absent("graph", "graph_uri")
        return self.graph_uri

    def require_queue_uri(self) -> str:
        """Where the queue answers, password included; raises InvalidSettings where nothing says so."""
        if self.queue_uri is None:
            raise self._absent("queue", "queue_uri")
        return self.queue_uri.get_secret_value()

    def require_identity_key(self) -> bytes:
        """The 32 bytes that identifiers are hashed and encrypted with; raises InvalidSettings without them."""
        if self.identity_key is None:
            raise InvalidSettings(
                f"{_place(self.data_dir)} holds no identity key: start `make demo` or `hub up` there "
                "(or set HUB_IDENTITY_KEY to 64 hexadecimal digits)."
            )
        return bytes.fromhex(self.identity_key.get_secret_value())

    @property
    def issuer_uri(self) -> str:
        """What tokens say of who issued them, and clients of whom they call."""
        host = f"[{self.http_host}]" if ":" in self.http_host and "[" not in self.http_host else self.http_host
        return self.issuer or f"http://{host}:{self.http_port}"

    def _absent(self, service: str, name: str) -> InvalidSettings:
        return InvalidSettings(
            f"No {service} runs in {_place(self.data_dir)}: start `make demo` or `hub up` there "
            f"(or set {_variable(name)} to {Settings.model_fields[name].description})."
        )


@dataclass(frozen=True, slots=True)
class SettingShown:
    """A setting as `hub config` prints it: secrets masked."""

    variable: str
    value: str
    origin: str
    description: str


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    Raises:
        InvalidSettings: one sentence a wrong setting: the variable, what was found (secrets masked), what is expected.
    """
    return _load(os.environ if environ is None else environ)[0]


def show_settings(environ: Mapping[str, str] | None = None) -> list[SettingShown]:
    """The effective settings in the order of their declaration, each with where it came from."""
    settings, origins = _load(os.environ if environ is None else environ)
    return [
        SettingShown(
            variable=_variable(name),
            value=_shown(getattr(settings, name)),
            origin=origins.get(name, "default"),
            description=info.description or "",
        )
        for name, info in Settings.model_fields.items()
    ]


def _load(environ: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    _refuse_unknown(environ)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, found in _sources(environ):
        for name, value in found.items():
            if name not in values:
                values[name], origins[name] = value, origin
    try:
        return Settings(**values), origins
    except ValidationError as error:
        raise InvalidSettings("\n".join(_explain(detail, values, origins) for detail in error.errors())) from None


def _sources(environ: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    environment = EnvSettingsSource(Settings)
    environment.env_vars = {name.lower(): value for name, value in environ.items() if value}
    from_environment = environment()
    yield "environment", from_environment

    secrets_dir = environ.get("HUB_SECRETS_DIR") or _DEFAULT_SECRETS_DIR
    secrets = read_secrets(Path(secrets_dir), map(_variable, Settings.model_fields))
    yield (
        f"secret file in {secrets_dir}",
        {name: secrets[_variable(name)] for name in Settings.model_fields if _variable(name) in secrets},
    )

    # The embedded graph's password is not for another server.
    elsewhere = _OF_THE_GRAPH if "graph_uri" in from_environment or _variable("graph_uri") in secrets else frozenset()
    data_dir = Path(from_environment.get("data_dir") or Settings.model_fields["data_dir"].default)
    for name in (ENDPOINTS_FILE, CREDENTIALS_FILE):
        found = read_stack_file(data_dir, name)
        wanted = Settings.model_fields.keys() - elsewhere
        yield f"embedded stack ({data_dir / name})", {name: value for name, value in found.items() if name in wanted}


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [_variable(name) for name in Settings.model_fields]
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable not in known and not variable.startswith(_NOT_SETTINGS):
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`hub config` lists the settings."
            raise InvalidSettings(f"{variable.encode('unicode_escape').decode()} is not a setting: {hint}")


def _explain(detail: ErrorDetails, values: Mapping[str, object], origins: Mapping[str, str]) -> str:
    name = str(detail["loc"][0])
    info = Settings.model_fields[name]
    found = "(secret)" if "SecretStr" in str(info.annotation) else _found(values.get(name))
    return f"{_variable(name)}: found {found} ({origins.get(name, 'default')}); {_expected(name, detail)}."


def _expected(name: str, detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":  # of one of our own checks
        return detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "string_pattern_mismatch":
        return f"expected {Settings.model_fields[name].description}"
    return f"expected {describe_values(Settings.model_json_schema()['properties'][name])}"


def _found(value: object) -> str:
    """The value as it may be shown: whatever stands before an @ is taken for a password."""
    _, at, rest = repr(value).rpartition("@")
    found = redact_text(f"'[secret]@{rest}" if at else rest)
    return found if len(found) <= _MOST_SHOWN else f"{found[:_MOST_SHOWN]}..."


def _place(folder: Path) -> str:
    return str(folder) if folder.is_absolute() else f"./{folder}"


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else "(empty)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "(none)" if value is None else redact_text(str(value))
