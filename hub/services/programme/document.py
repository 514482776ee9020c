"""The YAML document of a programme: its sections, and what they become. `default.yaml` shows every key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from hub.services.documents.mistakes import Problem
from hub.services.documents.values import FormatOne, Name, Part
from hub.services.programme.assets_section import AssetPart, check_assets
from hub.services.programme.benefits_section import BenefitsPart, check_benefits
from hub.services.programme.earning_section import EarningPart, check_earning
from hub.services.programme.examples_section import MOST_EXAMPLES, ExamplePart
from hub.services.programme.orders_section import OrdersPart
from hub.services.programme.sharing_section import SharingPart
from hub.services.programme.tiers_section import TiersPart, check_tiers
from rules.programme import Programme

FORMAT: Final = 1
_POINTS: Final = "points"
"""The asset that orders earn."""


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError, OSError):
        raise ValueError("there is no such time zone: expected one such as Asia/Shanghai") from None
    return text


class ProgrammeDocument(Part):
    """A programme of memberhub. / memberhub 会员计划。"""

    format: FormatOne = Field(description="The version of this format, not of the programme. / 文档格式的版本。")
    name: Name = Field(description="The programme: a brand's or a banner's. / 会员计划名称。")
    timezone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = Field(
        None, description="By which days begin; left out: the installation's. / 时区，留空则用系统设置。"
    )
    assets: Annotated[dict[Name, AssetPart], Field(min_length=1, max_length=20)] = Field(
        description="What members hold, by name. / 会员持有的资产。", json_schema_extra={"additionalProperties": False}
    )
    earning: EarningPart = EarningPart()
    orders: OrdersPart = OrdersPart()
    tiers: TiersPart = TiersPart()
    benefits: BenefitsPart = BenefitsPart()
    sharing: SharingPart = SharingPart()
    examples: Annotated[tuple[ExamplePart, ...], Field(max_length=MOST_EXAMPLES)] = Field(
        (), description="Orders and what they are to earn. / 示例订单。"
    )

    def to_programme(self, zone: ZoneInfo) -> Programme:
        """The programme as rules read it, as version 0; `zone` is the installation's."""
        return Programme(
            self.name,
            ZoneInfo(self.timezone) if self.timezone else zone,
            {name: asset.to_asset(name) for name, asset in self.assets.items()},
            self.earning.to_earning(),
            orders=self.orders.to_terms(),
            tiers=self.tiers.to_tiers(),
            benefits=self.benefits.to_benefits(),
            sharing=self.sharing.to_sharing(),
        )


def check_document(document: ProgrammeDocument) -> Iterator[Problem]:
    """What a document can get wrong though each of its values is allowed by itself."""
    points = document.assets.get(_POINTS)
    if points is None or points.unit != "point":
        yield ("assets",), "the asset points, of the unit point, is missing: it is what orders earn"
    yield from check_assets(document.assets)
    yield from check_earning(document.earning)
    yield from check_tiers(document.tiers)
    yield from check_benefits(document.benefits, document.tiers.ladder)
    tiers, coupons = document.tiers.ladder, document.benefits.coupons
    yield from document.sharing.check({"assets": list(document.assets), "tiers": list(tiers), "coupons": list(coupons)})


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document, for editors; `parse_programme` checks more than it can say."""
    schema = ProgrammeDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
