"""Finds or starts the real things that the tests run against: PostgreSQL, Redis, Chromium, the clinic's processes."""
