"""SmartMoving: connector, contracts, mapping into the core and rows for the lake.

What all sources share stands one folder up.
"""
