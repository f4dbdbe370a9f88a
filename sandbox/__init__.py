"""A local GitHub that bills: it answers every path that the connector asks, from one generated set of charges."""

from .bill import Bill
from .charges import Charge
from .faults import Fault
from .front_desk import Request
from .messages import Call
from .sandbox import Sandbox
from .settings import Settings
from .shape import BillShape
from .spelling import canonical_sku
from .truth import Sums

__all__ = ["Bill", "BillShape", "Call", "Charge", "Fault", "Request", "Sandbox", "Settings", "Sums", "canonical_sku"]
