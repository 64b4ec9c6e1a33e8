"""What the health answers look like."""

from pydantic import BaseModel


class Health(BaseModel):
    """The service answers."""

    status: str
