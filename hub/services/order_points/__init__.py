"""Points of orders: worked out from what is known of an order now, compared with what was posted, the rest posted."""

from hub.services.order_points.earner import Earner, load_earner
from hub.services.order_points.sweep import Settled, settle_orders

__all__ = ["Earner", "Settled", "load_earner", "settle_orders"]
