"""Memberships in GraphQL: tiers, benefits, coupons, what is honoured where, and how all of it is changed."""
