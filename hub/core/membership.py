"""What a membership refuses, and why."""

from __future__ import annotations

from hub.core.errors import Conflict, NotFound


class MembershipRefused(Conflict):
    """The programme does not do what was asked for this person; nothing was written."""

    code = "MEMBERSHIP_REFUSED"


class NotEntitled(MembershipRefused):
    """The benefit is not this person's now: not their tier's, or not in this period."""

    code = "NOT_ENTITLED"


class QuotaUsed(MembershipRefused):
    """The benefit is the person's, and used up for this period."""

    code = "QUOTA_USED"


class NotForSale(MembershipRefused):
    """The tier is not sold, or not renewable because there is no term of it."""

    code = "NOT_FOR_SALE"


class AlreadyEnded(MembershipRefused):
    """The grant or the paid term is over, or was cancelled before."""

    code = "ALREADY_ENDED"


class AlreadyRestored(MembershipRefused):
    """The use or the redemption was given back before."""

    code = "ALREADY_RESTORED"


class CouponRefused(MembershipRefused):
    """The coupon is redeemed, too old, or not for this purchase."""

    code = "COUPON_REFUSED"


class NoConsent(MembershipRefused):
    """Nobody recorded a consent of this person's, or it was withdrawn before."""

    code = "NO_CONSENT"


class UnknownCoupon(NotFound):
    """There is no coupon under this code, or its holder is erased."""

    code = "UNKNOWN_COUPON"
