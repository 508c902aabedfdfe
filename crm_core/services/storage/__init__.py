"""Units, rentals, rents and arrears.

Bills themselves are `finance`.
"""
