"""The catalogue of resources."""

from app.core.resources import shipped_resources
from app.deps import ReadingAnywhere, api_router
from app.schemas.resources import ResourcePage, resource_from

router = api_router("resources", "/v1/resources")


@router.get("")
def list_resources(_access: ReadingAnywhere) -> ResourcePage:
    """List everything that can be measured, each with its units, meter kinds and attributes."""
    return ResourcePage(items=[resource_from(resource) for resource in shipped_resources()], next=None)
