"""The state machines of the business as data, one module per area.

What guards a step and what follows from it stands in the services.
"""
