"""Parameters of the configuration: the table of all of them, and what a declaration says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from stubredis.kinds import Kind
from stubredis.versions import Emulated, Origin

if TYPE_CHECKING:
    from stubredis.known_parameters import KnownParameters

T = TypeVar("T")

OLDEST = "6.2.0"
"""The oldest version to stand for."""
IMMUTABLE = "can't set immutable config"
PROTECTED = "can't set protected config"


class ConfigError(Exception):
    """A parameter or value that is refused: `name` and the reason, worded as Redis words it."""

    UNKNOWN = "unknown parameter"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


TABLE: dict[str, Parameter[Any]] = {}
"""All parameters by name, in the order of their declaration."""

NAMES: dict[str, Parameter[Any]] = {}
"""The same by all their names, aliases included."""


class Parameter(Generic[T]):
    """One parameter: its kind, its default, what it is for, and why CONFIG SET may not change it, if so.

    `effect` is False for a parameter that is only known, kept and reported, so that configuration written
    for Redis is understood. `since` is the version that brought it, and `alias_since` that of its second name, where
    that is newer than Redis 6.2.
    """

    name: str

    def __init__(
        self,
        kind: Kind[T],
        default: T,
        summary: str,
        *,
        refusal: str = "",
        effect: bool = True,
        alias: str = "",
        hidden: bool = False,
        since: str = OLDEST,
        alias_since: str = OLDEST,
    ) -> None:
        self.kind = kind
        self.default = default
        self.summary = summary
        self.refusal = refusal
        self.effect = effect
        self.alias = alias
        """A second name, under which CONFIG GET shows the parameter as well."""
        self.hidden = hidden
        """Whether only its whole name finds it, and no pattern."""
        self._origin, self._alias_origin = Origin.parse(since), Origin.parse(alias_since)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name.replace("_", "-")
        TABLE[self.name] = NAMES[self.name] = self
        if self.alias:
            NAMES[self.alias] = self

    @overload
    def __get__(self, config: None, owner: type) -> Parameter[T]: ...
    @overload
    def __get__(self, config: KnownParameters, owner: type) -> T: ...
    def __get__(self, config: KnownParameters | None, owner: type) -> Parameter[T] | T:
        if config is None:
            return self
        return config.values[self.name]  # type: ignore[no-any-return]

    def __set__(self, config: KnownParameters, value: T) -> None:
        config.values[self.name] = value

    def is_known(self, emulated: Emulated, name: str) -> bool:
        """Tell whether a server to stand for has the parameter under one of its names."""
        return emulated.has(self._alias_origin if name == self.alias else self._origin)

    def read(self, words: Sequence[str], current: T) -> T:
        """Read the words of a setting. Raises ConfigError."""
        if self.kind.words is not None and len(words) != self.kind.words:
            raise ConfigError(self.name, "wrong number of arguments")
        try:
            value = self.kind.parse(" ".join(words))
        except ValueError as error:
            raise ConfigError(self.name, str(error)) from None
        if isinstance(value, dict) and isinstance(current, dict):  # classes that are not named keep their limits
            return {**current, **value}  # type: ignore[return-value]
        return value


class Known(Parameter[T]):
    """A parameter without an effect."""

    def __init__(
        self,
        kind: Kind[T],
        default: T,
        summary: str,
        *,
        refusal: str = "",
        alias: str = "",
        hidden: bool = False,
        since: str = OLDEST,
        alias_since: str = OLDEST,
    ) -> None:
        super().__init__(
            kind, default, summary,
            refusal=refusal, effect=False, alias=alias, hidden=hidden, since=since, alias_since=alias_since,
        )  # fmt: skip
