"""Membership: enrolling, tiers that are granted and sold, benefits and coupons, and what a member has of all of it."""
