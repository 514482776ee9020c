"""Points of orders: worked out from what is known of an order now, compared with what was posted, the rest posted."""

from hub.services.order_points.earner import Earner, shipped_earner
from hub.services.order_points.sweep import Settled, settle_orders

__all__ = ["Earner", "Settled", "settle_orders", "shipped_earner"]
