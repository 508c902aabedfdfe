"""From raw rows to a number, without any framework of schedules, screens or pages.

Operational rules belong to `crm_core`, presentation to `reports`.
"""
