"""Tests mirror the packages: unit (no service), integration (real services), browser."""
