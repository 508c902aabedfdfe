"""Trucks and other assets: service, repairs, fuel.

Who has them when is `scheduling`.
"""
