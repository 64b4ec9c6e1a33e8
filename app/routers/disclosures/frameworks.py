"""The reporting frameworks the service knows."""

from typing import Annotated

from fastapi import Path

from app.disclosure.frameworks.frameworks import framework_named, frameworks
from app.http.deps import MayReadAnywhere, api_router
from app.schemas.disclosures.frameworks import Framework, FrameworkPage, framework_from, summary_from
from app.schemas.wire.texts import Code

router = api_router("frameworks", "/v1/frameworks")


@router.get("")
def list_frameworks(_access: MayReadAnywhere) -> FrameworkPage:
    """List every framework."""
    return FrameworkPage(items=[summary_from(each) for each in frameworks().values()], next=None)


@router.get("/{framework}")
def get_framework(
    _access: MayReadAnywhere,
    framework: Annotated[Code, Path(description="The code of the framework edition, such as hkex-2025.")],
) -> Framework:
    """Read a framework with the figures it asks for."""
    return framework_from(framework_named(framework))
