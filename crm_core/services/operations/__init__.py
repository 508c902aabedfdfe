"""The work itself: journeys, phases, crews, hours, costs, reviews, claims.

When and with what is `scheduling`.
"""
