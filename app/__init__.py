"""Where people look: one ASGI application of pages, log-in and API.

Figures come from `transforms.metrics` through the door; no SQL and no arithmetic in a page.
"""
